/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as people write them: "7 days", "1 hour", "90s". */
#ifndef CC_POLICY_DURATION_H
#define CC_POLICY_DURATION_H

#include "base/span.h"

#define CC_DURATION_TEXT 32
#define CC_DURATION_MAX ((uint64_t)1000 * 365 * 24 * 3600) /* 1000 years, in seconds */

/*
 * Numbers with units, added up: seconds, minutes, hours, days, weeks, months (of 30 days) or years
 * (of 365), in full, singular or plural, or as sec, min, hr, yr; all but months also as the first
 * letter. "1 year 6 months", "90d". CC_E_ARG otherwise, CC_E_TOOBIG over the maximum.
 */
int cc_duration_parse(struct cc_span text, uint64_t *seconds,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* In the largest of days, hours, minutes and seconds that divides it: one text for one span. */
void cc_duration_print(uint64_t seconds, char out[static CC_DURATION_TEXT]);

#endif
