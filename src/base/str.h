/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: owned copies, numbers in text, the nearest of several words. */
#ifndef CC_BASE_STR_H
#define CC_BASE_STR_H

#include "base/fd.h"

/* A malloc'd, terminated copy. A NUL inside the bytes is CC_E_ARG. */
int cc_str_from(struct cc_span bytes, char **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_str_dup(const char *text, char **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_strf(char **out, struct cc_err *err, const char *fmt, ...) CC_MUST CC_NONNULL
	CC_PRINTF(3, 4);
bool cc_str_eq(const char *a, const char *b) CC_NONNULL;
bool cc_str_starts(const char *text, const char *prefix) CC_NONNULL;

/* Decimal digits only (no sign, no space, no leading zero but "0" itself), at most `max`. */
int cc_parse_u64(struct cc_span text, uint64_t max, const char *what, uint64_t *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

/* The word nearest to `word` by edit distance, or NULL when none is near enough to suggest. */
const char *cc_str_nearest(const char *word, const char *const *words, size_t count) CC_NONNULL;

#endif
