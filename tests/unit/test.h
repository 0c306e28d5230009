/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes first: cmocka.h needs these four before it, in any order. */
#ifndef CC_TESTS_UNIT_TEST_H
#define CC_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
