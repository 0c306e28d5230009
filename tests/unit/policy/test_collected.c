/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public policy files of SCONE's users, collected beside this repository. What
 * this version lacks must be refused as unsupported, and the rest be accepted.
 */
#include "tests/unit/policy/given.h"

#include <ctype.h>
#include <dirent.h>

#include "base/dir.h"
#include "base/str.h"

#define FLOOR 52 /* files accepted as they are; raised with the language */

#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"

struct counts {
	size_t accepted, unsupported, refused;
};

/* Does the placeholder at `at` stand alone as an element of a list? */
static bool is_entry(struct cc_span text, size_t at)
{
	return at >= 2 && memcmp(text.at + at - 2, "- ", 2) == 0;
}

/* The placeholders of shell templates, as a user would have filled them in. */
static int fill_in(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	for (size_t at = 0; at < text.len; at++) {
		size_t end = at + 1;
		bool is_hash = false;

		if (text.at[at] != '$' || end == text.len || text.at[end] == '$' ||
		    (at > 0 && text.at[at - 1] == '$')) {
			CC_TRY(cc_buf_add_u8(out, text.at[at], err));
			continue;
		}
		if (text.at[end] == '{')
			end++;
		while (end < text.len && (text.at[end] == '_' || isalnum(text.at[end])))
			end++;
		is_hash = memmem(text.at + at, end - at, "MRENCLAVE", 9) != NULL ||
			  memmem(text.at + at, end - at, "KEY", 3) != NULL ||
			  memmem(text.at + at, end - at, "TAG", 3) != NULL ||
			  memmem(text.at + at, end - at, "PREDECESSOR", 11) != NULL ||
			  memmem(text.at + at, end - at, "HASH", 4) != NULL;
		if (memmem(text.at + at, end - at, "OWNER", 5) != NULL && is_entry(text, at))
			CC_TRY(cc_buf_add_str(out, KEY_HASH, err));
		else
			CC_TRY(cc_buf_add_str(out, is_hash ? HEX_A : "filled-in", err));
		if (end < text.len && text.at[end] == '}')
			end++;
		at = end - 1;
	}
	return 0;
}

static void try_one(const struct cc_dir *dir, const char *name, struct counts *counts)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_dir_read(dir, name, CC_POLICY_TEXT_MAX, &bytes, &err), 0);
	assert_int_equal(fill_in(cc_buf_span(&bytes), &text, &err), 0);
	if (cc_policy_parse(cc_buf_span(&text), &policy, &err) == 0) {
		counts->accepted++;
		return;
	}
	if (err.code == CC_E_UNSUPPORTED)
		counts->unsupported++;
	else
		counts->refused++;
	printf("# %s: %s\n", name, err.text);
}

static void public_policies_are_accepted_or_refused_with_a_reason(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct counts counts = { 0 };
	struct cc_err err = { 0 };
	struct dirent *entry = NULL;
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
	while ((entry = readdir(stream)) != NULL)
		if (entry->d_type == DT_REG && !cc_str_eq(entry->d_name, "INDEX.tsv"))
			try_one(&dir, entry->d_name, &counts);
	(void)closedir(stream);
	printf("# accepted %zu, of parts that are not supported yet %zu, refused %zu\n",
	       counts.accepted, counts.unsupported, counts.refused);
	assert_true(counts.accepted >= FLOOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_policies_are_accepted_or_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
