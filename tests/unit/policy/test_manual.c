/* SPDX-License-Identifier: Apache-2.0 */
/* The manual and the tables of the language name the same keys, with the same origin. */
#include "tests/unit/policy/given.h"

#include "base/dir.h"
#include "base/str.h"
#include "policy/schema-internal.h"

#define MANUAL_MAX ((size_t)256 * 1024)

/* How many rows of the tables the manual lacks; the language nests a few levels deep. */
static size_t check_shape(const struct cc_shape *shape, const char *manual, int depth)
{
	size_t wrong = 0;

	assert_true(depth < 8);
	for (size_t i = 0; i < shape->count; i++) {
		const struct cc_member *member = &shape->members[i];
		bool is_dropped = member->kind == CC_MEMBER_DROPPED;
		CC_AUTO_FREE char *line = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&line, &err, "\n.It Ic %s Pq %s, %s", member->name,
					 member->since, is_dropped ? "dropped\n" : ""),
				 0);
		if (strstr(manual, line) == NULL) {
			print_message("# not in the manual:%s of %s\n", line, shape->noun);
			wrong++;
		}
		if (member->shape != NULL)
			wrong += check_shape(member->shape, manual, depth + 1);
	}
	return wrong;
}

static void every_key_is_in_the_manual_with_the_version_that_brought_it(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_BUF struct cc_buf manual = { 0 };
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err = { 0 };
	const char *text = NULL;

	(void)state;
	assert_int_equal(cc_strf(&path, &err, "%s/man/policy.5", root == NULL ? "." : root), 0);
	assert_int_equal(cc_file_read(path, MANUAL_MAX, &manual, &err), 0);
	assert_int_equal(cc_buf_str(&manual, &text, &err), 0);
	assert_int_equal(check_shape(&cc_shape_policy, text, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_in_the_manual_with_the_version_that_brought_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
