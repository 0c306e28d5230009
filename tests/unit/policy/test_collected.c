/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public policy files of SCONE's users, collected beside this repository: each is
 * accepted, or refused for the reason that stands in the table.
 */
#include "tests/unit/policy/given.h"

#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>

#include "base/dir.h"
#include "base/str.h"
#include "policy/template.h"

#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define HEX_TAG "0123456789abcdef0123456789abcdef"
#define COMPLETE 194 /* files in the collection */

/* What a user would fill in, by a part of the variable's name; the first that fits. */
static const char *const values[][2] = {
	{ "PREDECESSOR", "~" },
	{ "ENCLAVE", HEX_A },
	{ "FSPF_TAG", HEX_TAG },
	{ "FSPF_KEY", HEX_B },
	{ "FSPF", "/fspf" },
	{ "OWNER_IDENTITY", "          {}" }, /* a line of a block, with its indentation */
	{ "OWNER_CONFIG", "          {}" },
	{ "ENVVARS", "        A: b" },
	{ "INJECTED_FILES", "     injection_files: []" },
	{ "SECRETS", "# none" },
	{ "OWNER_ID", "1234" },
	{ "OWNER", KEY_HASH },
	{ "MAA_PROVIDER", "https://maa.example.com" },
	{ "LANG_VERSION", "0.3" },
	{ "OTPSECRET", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" },
	{ "PLATFORM", HEX_C },
	{ "TOLERATED", "[debug-mode]" },
	{ "ADVISORIES", "['*']" },
};

static const char *value(void *context, const char *name)
{
	static char text[CC_TEMPLATE_NAME_MAX + 1];
	size_t len = 0;

	(void)context;
	for (size_t i = 0; i < CC_COUNT(values); i++)
		if (strstr(name, values[i][0]) != NULL)
			return values[i][1];
	for (; name[len] != '\0'; len++)
		text[len] = (char)tolower((unsigned char)name[len]);
	text[len] = '\0';
	return text;
}

/* Why a file is refused: a part of the error's text, and of its hint. */
static const struct reason {
	const char *file, *why, *hint;
} reasons[] = {
	/* A template of something else: Velocity, Go, sed. It is no YAML before they ran. */
	{ "iExec*palaemonTemplate.vm", "line 5 column 35: mapping values", "" },
	{ "iExec*palaemonTemplate__11.vm", "line 5 column 35: mapping values", "" },
	{ "iExec*palaemonTemplate__16.vm", "line 5 column 35: mapping values", "" },
	{ "iExec*palaemonTemplate__26.vm", "line 13 column 3: did not find", "" },
	{ "iExec*palaemonTemplate__27.vm", "line 13 column 3: did not find", "" },
	{ "iExec*palaemonTemplate__33.vm", "line 11 column 3: did not find", "" },
	{ "iExec*sms-palaemon-conf.yml.template__2.yaml", "line 6 column 12: found character", "" },
	{ "scontain__operator-samples__*backup_policy.yaml", "line 7 column 8: a key that is not",
	  "" },
	{ "ethernity-cloud__*etny-*.yaml.tpl*", "line 5 column 1: could not find expected ':'",
	  "" },
	/* A place of a document where the reader shall put something. */
	{ "SconeDocs__*namespace.html.yaml", "'...' is no key hash", "CREATOR" },
	{ "SconeDocs__*otp_demo.html.yaml", "name: 'my_session_<random-id>' has a character", "" },
	{ "ufcg-lsd__spire__*", "line 1, column 7: name: 'spire-", "" },
	/* Test data, cut short. */
	{ "iExec*test__resources__session.yml", "services[0].mrenclaves[0]: 'mrEnclave1'", "" },
	{ "iExec*test__resources__palaemon-tee-session*", "services[0].mrenclaves[0]: 'mrEnclave1'",
	  "" },
	{ "scontain__manifests__0.0.0-test.1__backup_policy.yaml",
	  "services[0].attestation[0].mrenclave[0]: an empty element", "take out the '-'" },
	/* Slips of their authors. */
	{ "SconeDocs__*CAS_session_lang_0_2.html.yaml",
	  "read[0]: '$$SCONE::policy_checker_certificate_hash' is not '$$SCONE::name$$'",
	  "ends with '$$'" },
	{ "scontain__flask_example__flask-template__11.yml",
	  "line 45, column 15: secrets[1].import: '$$REDIS_SESSION' has a character", "" },
	{ "shifty21__*session_auto__5.yml", "line 13 column 1: key 'services' for the second", "" },
	{ "shifty21__*vault-init__session__7.yml", "line 24, column 7: image", "" },
	{ "shifty21__*consul-template__session_test.yml",
	  "images[0].injection_files[0].path: 'resources/", "" },
	/* Version 0.1 authenticated services that name no program; nothing else ever did. */
	{ "shifty21__*print-argv__session.yml", "names no measurement that is accepted",
	  "mrenclaves" },
	/* 0.1 imported services and images from a policy with a colon in its name: undocumented. */
	{ "SconeDocs__*7.0__blender.html.yaml", "name: 'scone:blender' has a character", "" },
	{ "SconeDocs__*7.0__blender.html__2.yaml", "services[0].import: 'import' is no key", "" },
};

static const struct reason *reason_of(const char *file)
{
	for (size_t i = 0; i < CC_COUNT(reasons); i++)
		if (fnmatch(reasons[i].file, file, 0) == 0)
			return &reasons[i];
	return NULL;
}

/* Twice, for files that were copied out of shell scripts are templates of templates (`\$NAME`). */
static int expand(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf once = { 0 };

	CC_TRY(cc_template_expand(text, value, NULL, &once, err));
	return cc_template_expand(cc_buf_span(&once), value, NULL, out, err);
}

/* The canonical form of whatever is accepted means the same. */
static bool is_stable(const struct cc_policy *policy)
{
	CC_AUTO_BUF struct cc_buf one = { 0 }, other = { 0 };
	CC_AUTO_POLICY struct cc_policy *again = NULL;
	struct cc_err err = { 0 };

	return cc_policy_print(policy, &one, &err) == 0 &&
	       cc_policy_parse(cc_buf_span(&one), &again, &err) == 0 &&
	       cc_policy_print(again, &other, &err) == 0 && one.len == other.len &&
	       memcmp(one.at, other.at, one.len) == 0;
}

/* Whether the file does what the table says. */
static bool is_as_told(const struct cc_dir *dir, const char *name)
{
	const struct reason *reason = reason_of(name);
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_read(dir, name, CC_POLICY_TEXT_MAX, &bytes, &err), 0);
	assert_int_equal(expand(cc_buf_span(&bytes), &text, &err), 0);
	if (cc_policy_parse(cc_buf_span(&text), &policy, &err) == 0) {
		if (reason == NULL && is_stable(policy))
			return true;
		printf("# %s: %s\n", name,
		       reason == NULL ? "its canonical form is not stable" : "is accepted");
		return false;
	}
	if (reason != NULL && strstr(err.text, reason->why) != NULL &&
	    strstr(err.hint, reason->hint) != NULL)
		return true;
	printf("# %s: %s (%s)\n", name, err.text, err.hint);
	return false;
}

static void public_policies_are_accepted_or_refused_with_the_reason_in_the_table(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err = { 0 };
	struct dirent *entry = NULL;
	size_t seen = 0, wrong = 0;
	DIR *stream = NULL;

	(void)state;
	assert_int_equal(
		cc_strf(&path, &err, "%s/../shared/data/scone-policies", root == NULL ? "." : root),
		0);
	if (cc_dir_open(path, CC_DIR_OWN, &dir, &err) != 0) {
		printf("# skipped: the collection of public policies is not beside the sources\n");
		skip();
	}
	stream = opendir(path);
	assert_non_null(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (entry->d_type != DT_REG || cc_str_eq(entry->d_name, "INDEX.tsv"))
			continue;
		seen++;
		wrong += !is_as_told(&dir, entry->d_name);
	}
	(void)closedir(stream);
	assert_int_equal(wrong, 0);
	assert_int_equal(seen, COMPLETE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			public_policies_are_accepted_or_refused_with_the_reason_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
