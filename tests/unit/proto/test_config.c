/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "proto/config.h"

#define H16 "00112233445566778899aabbccddeeff"
#define H32 H16 H16
#define KEY "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define BASE \
	"{\"epoch\":4,\"key\":\"" KEY "\",\"number\":9,\"state\":\"" H16 "\",\"tag\":\"" H32 "\"}"
#define LATER                                                                           \
	"{\"ahead\":30,\"any\":true,\"content\":\"" H32 "\",\"epoch\":4,\"key\":\"" KEY \
	"\",\"number\":9,\"state\":\"" H16 "\",\"tag\":\"" H32 "\"}"
#define ATTEMPT "{\"epoch\":5,\"key\":\"" KEY "\",\"lease\":2,\"state\":\"" H16 "\"}"
#define COMMIT_OF(current, commits)                                                     \
	"{\"alone\":true,\"bytes\":4096,\"commits\":" commits ",\"current\":\"" current \
	"\",\"seconds\":9,\"strict\":false}"
#define COMMIT COMMIT_OF("commit", "8")

/* The members of a good configuration, in their canonical order; one is exchanged by a test. */
static const struct member {
	const char *name, *value;
} good[] = {
	{ "attempt", "\"" H16 "\"" },
	{ "class", "\"simulated\"" },
	{ "command", "[\"python3\",\"-c\",\"print(15)\"]" },
	{ "environment", "{\"A\":\"1\",\"PATH\":\"/bin\"}" },
	{ "gid", "100" },
	{ "host", "{\"arguments\":[{\"at\":1,\"position\":2},{\"at\":2,\"position\":1}],"
		  "\"variables\":[\"HOME\"]}" },
	{ "image", "{\"content\":\"" H32 "\",\"key\":\"" KEY "\",\"salt\":\"" H32
		   "\",\"staged\":512,\"tag\":\"" H32 "\"}" },
	{ "injected", "[{\"content\":\"c2VjcmV0\",\"mode\":448,\"path\":\"/etc/x\"},"
		      "{\"mode\":256,\"path\":\"/etc/of-image\"}]" },
	{ "log", "{\"access\":\"write\",\"attempt\":" ATTEMPT ",\"commit\":" COMMIT_OF(
			 "completion", "16") ",\"id\":\"" H16 "\",\"name\":\"log\"}" },
	{ "policy", "\"a/b\"" },
	{ "policy_hash", "\"" H32 "\"" },
	{ "proposals",
	  "[{\"expires\":9,\"proposal\":{\"policy\":\"trial\",\"proposal\":\"00\"}}]" },
	{ "pwd", "\"/\"" },
	{ "run", "\"" H16 "\"" },
	{ "sandbox",
	  "{\"memory\":64,\"open_files\":0,\"processes\":8,\"read\":[\"/usr\"],\"sockets\":["
	  "\"unix\"],\"system_calls\":[],\"write\":[]}" },
	{ "service", "\"s1\"" },
	{ "stage", "\"first\"" },
	{ "uid", "1000" },
	{ "values", "{\"key\":\"\",\"key:der\":\"c2VjcmV0\"}" },
	{ "volumes", "[{\"access\":\"write\",\"attempt\":" ATTEMPT ",\"base\":" LATER
		     ",\"commit\":" COMMIT ",\"id\":\"" H16
		     "\",\"name\":\"vol1\",\"path\":\"/vol1\"},{\"access\":\"read\",\"base\":" BASE
		     ",\"id\":\"" H16 "\",\"name\":\"vol2\",\"path\":\"/vol2\",\"staged\":64}]" },
};

/* The good text with the member `name` as `value`; NULL leaves it out. */
static void text_with(const char *name, const char *value, struct cc_buf *out)
{
	struct cc_err err = { 0 };
	bool first = true, known = false;

	assert_int_equal(cc_buf_add_str(out, "{", &err), 0);
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		bool exchanged = strcmp(good[i].name, name) == 0;
		const char *text = exchanged ? value : good[i].value;

		known = known || exchanged;
		if (text == NULL)
			continue;
		assert_int_equal(
			cc_buf_addf(out, &err, "%s\"%s\":%s", first ? "" : ",", good[i].name, text),
			0);
		first = false;
	}
	if (!known && value != NULL)
		assert_int_equal(cc_buf_addf(out, &err, ",\"%s\":%s", name, value), 0);
	assert_int_equal(cc_buf_add_str(out, "}", &err), 0);
}

static void a_configuration_is_read_and_printed_as_it_was(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, again = { 0 };
	CC_AUTO_CONFIG struct cc_config c = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	text_with("", NULL, &text);
	if (cc_config_parse(cc_buf_span(&text), &c, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(c.command_count, 3);
	assert_string_equal(c.command[2], "print(15)");
	assert_int_equal(c.environment_count, 2);
	assert_int_equal(c.host_argument_count, 2);
	assert_int_equal(c.host_arguments[0].position, 2);
	assert_string_equal(c.host_variables[0], "HOME");
	assert_int_equal(c.injected[0].mode, 0700);
	assert_true(cc_span_eq_str(cc_buf_span(&c.injected[0].content), "secret"));
	assert_true(!c.injected[0].of_image && c.injected[1].of_image);
	assert_int_equal(c.sandbox.memory, 64);
	assert_string_equal(c.sandbox.read.at[0], "/usr");
	assert_int_equal(c.proposal_count, 1);
	assert_int_equal(c.proposals[0].expires, 9);
	assert_int_equal(c.value_count, 2);
	assert_string_equal(c.values[1].name, "key:der");
	assert_true(cc_span_eq_str(cc_buf_span(&c.values[1].value), "secret"));
	assert_int_equal(c.volume_count, 2);
	assert_true(c.volumes[0].is_written && !c.volumes[1].is_written);
	assert_int_equal(c.volumes[0].staged, 0);
	assert_int_equal(c.volumes[1].staged, 64);
	assert_int_equal(c.volumes[0].base.number, 9);
	assert_int_equal(c.volumes[0].base.ahead, 30);
	assert_true(c.volumes[0].base.is_any && c.volumes[0].base.has_content);
	assert_int_equal(c.volumes[1].base.ahead, 0);
	assert_false(c.volumes[1].base.is_any || c.volumes[1].base.has_content);
	assert_int_equal(c.volumes[0].attempt.lease, 2);
	assert_int_equal(c.volumes[0].commit.current, CC_CONFIG_COMMIT);
	assert_int_equal(c.volumes[0].commit.commits, 8);
	assert_int_equal(c.log.commit.current, CC_CONFIG_COMPLETION);
	assert_int_equal(cc_secret_bytes(c.volumes[0].attempt.key)[1], 2);
	assert_null(c.volumes[1].attempt.key);
	assert_null(c.log.path);
	assert_null(c.log.base.key);
	assert_int_equal(c.image.salt_len, 32);
	assert_int_equal(c.image.staged, 512);
	assert_int_equal(cc_config_print(&c, &again, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&text), cc_buf_span(&again)));
}

static void null_is_the_absence_of_a_state_and_an_open_image_has_no_salt(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, open = { 0 };
	CC_AUTO_CONFIG struct cc_config c = { 0 }, second = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	text_with("volumes",
		  "[{\"access\":\"write\",\"attempt\":" ATTEMPT ",\"base\":null,\"commit\":" COMMIT
		  ",\"id\":\"" H16 "\",\"name\":\"v\",\"path\":\"/v\"}]",
		  &text);
	assert_int_equal(cc_config_parse(cc_buf_span(&text), &c, &err), 0);
	assert_null(c.volumes[0].base.key);
	text_with("image",
		  "{\"content\":\"" H32 "\",\"key\":\"" KEY "\",\"salt\":\"\",\"tag\":\"" H32 "\"}",
		  &open);
	assert_int_equal(cc_config_parse(cc_buf_span(&open), &second, &err), 0);
	assert_int_equal(second.image.salt_len, 0);
}

#define VOLUME(more) "[{\"id\":\"" H16 "\",\"name\":\"v\"," more "}]"
#define WRITTEN(attempt, commit) \
	VOLUME("\"access\":\"write\",\"path\":\"/v\",\"attempt\":" attempt ",\"commit\":" commit)
#define FILE_AT(path) "[{\"content\":\"\",\"mode\":448,\"path\":\"" path "\"}]"

#define HOST(arguments, variables) "{\"arguments\":[" arguments "],\"variables\":[" variables "]}"

static const struct member refused[] = {
	{ "unknown", "1" },
	{ "attempt", NULL },
	{ "attempt", "\"0011\"" },
	{ "class", "\"hardware\"" },
	{ "command", "[]" },
	{ "command", "[1]" },
	{ "command", "\"sh\"" },
	{ "environment", "{\"A=B\":\"1\"}" },
	{ "environment", "{\"\":\"1\"}" },
	{ "environment", "{\"A\":1}" },
	{ "host", HOST("{\"at\":3,\"position\":1}", "") },
	{ "host", HOST("{\"at\":1,\"position\":0}", "") },
	{ "host", HOST("{\"at\":1,\"position\":65}", "") },
	{ "host", HOST("{\"at\":1,\"position\":1},{\"at\":2,\"position\":1}", "") },
	{ "host", HOST("{\"at\":1,\"position\":1},{\"at\":1,\"position\":2}", "") },
	{ "host", HOST("", "\"A\"") }, /* the policy's own */
	{ "host", HOST("", "\"B=C\"") },
	{ "host", HOST("", "1") },
	{ "host", "{\"arguments\":[]}" },
	{ "image", NULL },
	{ "image", "{\"content\":\"" H32 "\",\"key\":\"AQID\",\"salt\":\"\",\"tag\":\"" H32 "\"}" },
	{ "image",
	  "{\"content\":\"" H32 "\",\"key\":\"" KEY "\",\"salt\":\"00\",\"tag\":\"" H32 "\"}" },
	{ "image", "{\"content\":\"" H32 "\",\"key\":\"" KEY
		   "\",\"salt\":\"\",\"staged\":true,\"tag\":\"" H32 "\"}" },
	{ "injected", FILE_AT("etc/x") },
	{ "injected", FILE_AT("/etc/../x") },
	{ "injected", FILE_AT("/etc/..") },
	{ "injected", "[{\"content\":\"\",\"mode\":4096,\"path\":\"/x\"}]" },
	{ "injected", "[{\"content\":\"!\",\"mode\":1,\"path\":\"/x\"}]" },
	{ "log", NULL },
	{ "log", "{\"access\":\"write\",\"attempt\":" ATTEMPT ",\"commit\":" COMMIT ",\"id\":\"" H16
		 "\",\"name\":\"log\",\"staged\":1}" },
	{ "log", "{\"access\":\"read\",\"id\":\"" H16 "\",\"name\":\"log\"}" },
	{ "log", "{\"access\":\"write\",\"attempt\":" ATTEMPT ",\"commit\":" COMMIT ",\"id\":\"" H16
		 "\",\"name\":\"log\",\"path\":\"/log\"}" },
	{ "policy", "\"\"" },
	{ "pwd", "\"tmp\"" },
	{ "volumes", VOLUME("\"access\":\"append\",\"path\":\"/v\"") },
	{ "volumes", VOLUME("\"access\":\"write\",\"path\":\"/v\"") },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"attempt\":" ATTEMPT) },
	{ "volumes", VOLUME("\"access\":\"read\"") },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"staged\":0") },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"staged\":1048577") },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"base\":" ATTEMPT) },
	{ "volumes",
	  VOLUME("\"access\":\"write\",\"path\":\"/v\",\"commit\":" COMMIT ",\"attempt\":" BASE) },
	{ "volumes", WRITTEN(ATTEMPT, COMMIT_OF("always", "8")) },
	{ "volumes", WRITTEN(ATTEMPT, COMMIT_OF("commit", "31")) },
	{ "volumes", WRITTEN(ATTEMPT, COMMIT_OF("commit", "0")) },
	{ "volumes", WRITTEN(ATTEMPT, "{}") },
	{ "volumes", VOLUME("\"access\":\"write\",\"path\":\"/v\",\"attempt\":" ATTEMPT) },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"commit\":" COMMIT) },
	{ "volumes", VOLUME("\"access\":\"read\",\"path\":\"/v\",\"base\":{\"ahead\":31,"
			    "\"epoch\":4,\"key\":\"" KEY "\",\"number\":9,\"state\":\"" H16
			    "\",\"tag\":\"" H32 "\"}") },
};

static void other_configurations_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };
		CC_AUTO_CONFIG struct cc_config c = { 0 };
		struct cc_err err = { 0 };

		text_with(refused[i].name, refused[i].value, &text);
		if (cc_config_parse(cc_buf_span(&text), &c, &err) != -1)
			fail_msg("'%s' as %s is taken", refused[i].name,
				 refused[i].value == NULL ? "nothing" : refused[i].value);
		if (err.code != CC_E_ARG && err.code != CC_E_TOOBIG)
			fail_msg("'%s': %s", refused[i].name, err.text);
		assert_null(c.class);
	}
}

/* A list of `count` copies of `element`, or a map when it holds a %zu. */
static void repeat(struct cc_buf *out, const char *name, const char *element, size_t count)
{
	CC_AUTO_BUF struct cc_buf list = { 0 };
	const bool is_map = name[0] == 'e';
	struct cc_err err = { 0 };
	const char *text = NULL;

	assert_int_equal(cc_buf_add_str(&list, is_map ? "{" : "[", &err), 0);
	for (size_t i = 0; i < count; i++) {
		if (is_map)
			assert_int_equal(
				cc_buf_addf(&list, &err, "%s\"V%zu\":", i > 0 ? "," : "", i), 0);
		else if (i > 0)
			assert_int_equal(cc_buf_add_str(&list, ",", &err), 0);
		assert_int_equal(cc_buf_add_str(&list, element, &err), 0);
	}
	assert_int_equal(cc_buf_add_str(&list, is_map ? "}" : "]", &err), 0);
	assert_int_equal(cc_buf_str(&list, &text, &err), 0);
	text_with(name, text, out);
}

static void every_list_has_its_maximum(void **state)
{
	static const struct {
		const char *name, *element;
		size_t most;
	} lists[] = {
		{ "command", "\"x\"", CC_CONFIG_ARGUMENTS_MAX },
		{ "environment", "\"x\"", CC_CONFIG_ENVIRONMENT_MAX },
		{ "injected", "{\"content\":\"\",\"mode\":1,\"path\":\"/x\"}",
		  CC_CONFIG_FILES_MAX },
		{ "volumes",
		  "{\"access\":\"read\",\"id\":\"" H16 "\",\"name\":\"v\",\"path\":\"/v\"}",
		  CC_CONFIG_VOLUMES_MAX },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lists); i++) {
		CC_AUTO_BUF struct cc_buf full = { 0 }, over = { 0 };
		CC_AUTO_CONFIG struct cc_config c = { 0 }, none = { 0 };
		struct cc_err err = { 0 };

		repeat(&full, lists[i].name, lists[i].element, lists[i].most);
		if (cc_config_parse(cc_buf_span(&full), &c, &err) != 0)
			fail_msg("%s: %s", lists[i].name, err.text);
		repeat(&over, lists[i].name, lists[i].element, lists[i].most + 1);
		assert_int_equal(cc_config_parse(cc_buf_span(&over), &none, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_is_read_and_printed_as_it_was),
		cmocka_unit_test(null_is_the_absence_of_a_state_and_an_open_image_has_no_salt),
		cmocka_unit_test(other_configurations_are_refused),
		cmocka_unit_test(every_list_has_its_maximum),
	};

	return cmocka_run_group_tests_name("proto/config", tests, NULL, NULL);
}
