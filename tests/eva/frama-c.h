/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before every file that Frama-C reads: base/banned.h has macros in the place of what its own
 * headers of libc declare.
 */
#ifndef CC_TESTS_EVA_FRAMA_C_H
#define CC_TESTS_EVA_FRAMA_C_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#endif
