/* SPDX-License-Identifier: Apache-2.0 */
/* What may be staged, decided before anything is mounted. */
#include "tests/unit/test.h"

#include "runtime/staging.h"

#define SAVED_MIB 49152

static int check(bool is_written, enum cc_config_current current, uint64_t mib, bool has_fuse,
		 struct cc_err *err)
{
	char service[] = "s", small[] = "small", big[] = "big";
	struct cc_config_volume volumes[] = {
		{ .name = small, .is_written = true, .staged = 1 },
		{ .name = big, .is_written = is_written, .commit.current = current, .staged = mib },
	};
	const struct cc_config config = {
		.service = service, .image.staged = 1, .volumes = volumes, .volume_count = 2
	};
	struct cc_err no_fuse = { 0 };

	if (!has_fuse)
		cc_err_set(&no_fuse, CC_E_UNSUPPORTED, "there is no /dev/fuse");
	return cc_staging_check(&config, &no_fuse, err);
}

static void what_is_written_back_fits_into_one_commit(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	for (int has_fuse = 0; has_fuse <= 1; has_fuse++) {
		assert_int_equal(check(true, CC_CONFIG_COMPLETION, SAVED_MIB, has_fuse, &err), 0);
		assert_int_equal(check(true, CC_CONFIG_COMPLETION, SAVED_MIB + 1, has_fuse, &err),
				 -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
		assert_non_null(strstr(err.text, "'big' is staged in 49153 MiB"));
		assert_int_equal(check(true, CC_CONFIG_COMMIT, SAVED_MIB + 1, has_fuse, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

static void what_is_read_or_forgotten_may_be_as_large_as_memory(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(check(false, CC_CONFIG_COMPLETION, 1048576, false, &err), 0);
	assert_int_equal(check(true, CC_CONFIG_NEVER, 1048576, false, &err), 0);
}

static void what_is_not_staged_needs_the_hosts_fuse(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(check(true, CC_CONFIG_COMPLETION, 0, true, &err), 0);
	assert_int_equal(check(true, CC_CONFIG_COMPLETION, 0, false, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "volume 'big'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_back_fits_into_one_commit),
		cmocka_unit_test(what_is_read_or_forgotten_may_be_as_large_as_memory),
		cmocka_unit_test(what_is_not_staged_needs_the_hosts_fuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
