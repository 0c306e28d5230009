/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes first: cmocka.h needs these four before it, in any order. */
#ifndef CC_TESTS_UNIT_TEST_H
#define CC_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

/* Names of cases to leave out, or to run alone: how tests/mutate asks the quick ones first. */
static __attribute__((constructor)) void choose_cases(void)
{
	cmocka_set_skip_filter(getenv("CONCORDAT_SKIP"));
	cmocka_set_test_filter(getenv("CONCORDAT_ONLY"));
}

#endif
