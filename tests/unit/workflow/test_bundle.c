/* SPDX-License-Identifier: Apache-2.0 */
/* What the container of a stage is given, and what it is not. */
#include "tests/unit/test.h"

#include "base/str.h"
#include "codec/json.h"
#include "workflow/bundle.h"

#define CONFIG_MAX ((size_t)256 * 1024)

static struct cc_json *config_of(const struct cc_bundle *bundle)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	if (cc_bundle_config(bundle, &text, &err) != 0 ||
	    cc_json_parse(cc_buf_span(&text), CONFIG_MAX, &json, &err) != 0)
		fail_msg("%s", err.text);
	return json;
}

static struct cc_bundle plain(void)
{
	static const char *const args[] = { "/concordat/runtime", "--ticket", "00" };
	static const struct cc_bundle_mount mounts[] = { { "in", "/s/in", false },
							 { "out", "/s/out", true } };
	static const struct cc_bundle_source platform = { .path = "/s/platform",
							  .inside = CC_INSIDE_PLATFORM };

	return (struct cc_bundle){ .root = "/images/1",
				   .args = args,
				   .arg_count = CC_COUNT(args),
				   .cas_socket = "/s/cas",
				   .sources = &platform,
				   .source_count = 1,
				   .mounts = mounts,
				   .mount_count = CC_COUNT(mounts) };
}

static const struct cc_json *object(const struct cc_json *json, const char *name)
{
	const struct cc_json *out = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_object(json, name, &out, &err), 0);
	return out;
}

static const struct cc_json *array(const struct cc_json *json, const char *name)
{
	const struct cc_json *out = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_array(json, name, &out, &err), 0);
	return out;
}

static bool has_word(const struct cc_json *list, const char *word)
{
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (cc_str_eq(cc_json_str(cc_json_at(list, i)), word))
			return true;
	return false;
}

static const char *text(const struct cc_json *json, const char *name)
{
	struct cc_err err = { 0 };
	const char *out = NULL;

	assert_int_equal(cc_json_get_str(json, name, &out, &err), 0);
	return out;
}

/* New ones, for a namespace with a path is somebody else's. */
static void the_container_has_namespaces_of_its_own_and_no_network(void **state)
{
	static const char *const needed[] = { "pid", "network", "ipc", "uts", "mount" };
	const struct cc_bundle bundle = plain();
	CC_AUTO_JSON struct cc_json *json = config_of(&bundle);
	const struct cc_json *list = array(object(json, "linux"), "namespaces");
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		assert_false(cc_json_has(cc_json_at(list, i), "path"));
		for (size_t k = 0; k < CC_COUNT(needed); k++)
			found += cc_str_eq(text(cc_json_at(list, i), "type"), needed[k]);
	}
	assert_int_equal(found, CC_COUNT(needed));
	assert_int_equal(cc_json_count(list), CC_COUNT(needed));
}

static void nothing_of_the_image_can_be_written_and_no_privilege_gained(void **state)
{
	const struct cc_bundle bundle = plain();
	CC_AUTO_JSON struct cc_json *json = config_of(&bundle);
	const struct cc_json *process = object(json, "process");
	struct cc_err err = { 0 };
	bool is = false;

	(void)state;
	assert_int_equal(cc_json_get_bool(object(json, "root"), "readonly", &is, &err), 0);
	assert_true(is);
	assert_int_equal(cc_json_get_bool(process, "noNewPrivileges", &is, &err), 0);
	assert_true(is);
	/* Secrets come by the attested channel: the host has none to give. */
	assert_int_equal(cc_json_count(array(process, "env")), 0);
	assert_int_equal(cc_json_count(array(process, "args")), 3);
	assert_false(
		has_word(array(object(process, "capabilities"), "bounding"), "CAP_SYS_PTRACE"));
	assert_false(has_word(array(object(process, "capabilities"), "bounding"), "CAP_SYS_RAWIO"));
}

/* The host's file systems are in it as these two sockets and the storage of these volumes. */
static void only_sockets_and_storage_come_from_the_host(void **state)
{
	static const struct {
		const char *source, *word;
	} rows[] = {
		{ "/s/cas", "rw" }, { "/s/platform", "rw" }, { "/s/in", "ro" }, { "/s/out", "rw" }
	};
	const struct cc_bundle bundle = plain();
	CC_AUTO_JSON struct cc_json *json = config_of(&bundle);
	const struct cc_json *list = array(json, "mounts");
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *mount = cc_json_at(list, i),
				     *options = array(mount, "options");

		if (!has_word(options, "bind"))
			continue;
		assert_true(found < CC_COUNT(rows));
		assert_string_equal(text(mount, "source"), rows[found].source);
		assert_true(has_word(options, rows[found].word));
		found++;
	}
	assert_int_equal(found, CC_COUNT(rows));
}

static void one_device_is_allowed_after_all_are_refused(void **state)
{
	const struct cc_bundle bundle = plain();
	CC_AUTO_JSON struct cc_json *json = config_of(&bundle);
	const struct cc_json *part = object(json, "linux");
	const struct cc_json *rules = array(object(part, "resources"), "devices");
	struct cc_err err = { 0 };
	uint64_t minor = 0;
	bool allow = true;

	(void)state;
	assert_int_equal(cc_json_count(array(part, "devices")), 1);
	assert_string_equal(text(cc_json_at(array(part, "devices"), 0), "path"), "/dev/fuse");
	assert_int_equal(cc_json_count(rules), 2);
	assert_int_equal(cc_json_get_bool(cc_json_at(rules, 0), "allow", &allow, &err), 0);
	assert_false(allow);
	assert_false(cc_json_has(cc_json_at(rules, 0), "type"));
	assert_int_equal(cc_json_get_u64(cc_json_at(rules, 1), "minor", UINT32_MAX, &minor, &err),
			 0);
	assert_int_equal(minor, 229);
}

static void without_fuse_no_device_is_there_and_none_allowed(void **state)
{
	struct cc_bundle bundle = plain();
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *part = NULL;

	(void)state;
	bundle.without_fuse = true;
	json = config_of(&bundle);
	part = object(json, "linux");
	assert_int_equal(cc_json_count(array(part, "devices")), 0);
	assert_int_equal(cc_json_count(array(object(part, "resources"), "devices")), 1);
}

/* The node is made inside: one that is bound may lie where devices mean nothing. */
static void a_device_that_gives_evidence_is_allowed_too_and_its_log_is_read(void **state)
{
	/* beside another platform, which is a mount */
	static const struct cc_bundle_source sources[] = {
		{ "/dev/tpmrm0", "/dev/tpm", "/s/log", true, 253, 65536 },
		{ .path = "/s/platform", .inside = CC_INSIDE_PLATFORM },
	};
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_bundle bundle = plain();
	const struct cc_json *part = NULL, *rules = NULL, *mounts = NULL;
	struct cc_err err = { 0 };
	uint64_t minor = 0;
	size_t logs = 0, platforms = 0;

	(void)state;
	bundle.sources = sources;
	bundle.source_count = CC_COUNT(sources);
	json = config_of(&bundle);
	part = object(json, "linux");
	rules = array(object(part, "resources"), "devices");
	assert_int_equal(cc_json_count(rules), 3);
	assert_int_equal(cc_json_get_u64(cc_json_at(rules, 2), "minor", UINT32_MAX, &minor, &err),
			 0);
	assert_int_equal(minor, 65536);
	assert_string_equal(text(cc_json_at(array(part, "devices"), 1), "path"), "/dev/tpm");
	mounts = array(json, "mounts");
	for (size_t i = 0; i < cc_json_count(mounts); i++) {
		const struct cc_json *mount = cc_json_at(mounts, i);

		assert_string_not_equal(text(mount, "source"), "/dev/tpmrm0");
		platforms += cc_str_eq(text(mount, "source"), "/s/platform");
		if (!cc_str_eq(text(mount, "source"), "/s/log"))
			continue;
		assert_string_equal(text(mount, "destination"), CC_INSIDE_LOG);
		assert_true(has_word(array(mount, "options"), "ro"));
		logs++;
	}
	assert_int_equal(logs, 1);
	assert_int_equal(platforms, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_container_has_namespaces_of_its_own_and_no_network),
		cmocka_unit_test(nothing_of_the_image_can_be_written_and_no_privilege_gained),
		cmocka_unit_test(only_sockets_and_storage_come_from_the_host),
		cmocka_unit_test(one_device_is_allowed_after_all_are_refused),
		cmocka_unit_test(without_fuse_no_device_is_there_and_none_allowed),
		cmocka_unit_test(a_device_that_gives_evidence_is_allowed_too_and_its_log_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
