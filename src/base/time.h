/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time as whole seconds since 1970 (UTC) and as RFC 3339 text.
 *
 * The host's clock is the enemy's: what it says is never the sole basis of a
 * grant. Pure code takes the time as an argument.
 */
#ifndef CC_BASE_TIME_H
#define CC_BASE_TIME_H

#include "base/span.h"

#define CC_TIME_TEXT 21 /* "2026-11-21T02:30:00Z" and its NUL */

/* The host's clock. */
int64_t cc_time_now(void);
/* Milliseconds that never run backwards, from an arbitrary start. */
uint64_t cc_time_monotonic_ms(void);
/* "YYYY-MM-DDThh:mm:ssZ" for years 1000 to 9999; others are clamped. */
void cc_time_print(int64_t at, char out[static CC_TIME_TEXT]);
/* Exactly the form that cc_time_print writes (RFC 3339 with Z), nothing more lenient. */
int cc_time_parse(struct cc_span text, int64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
