/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#define FIRST_SECOND (-30610224000) /* 1000-01-01T00:00:00Z */
#define LAST_SECOND 253402300799    /* 9999-12-31T23:59:59Z */

int64_t cc_time_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

uint64_t cc_time_monotonic_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void cc_time_print(int64_t at, char out[static CC_TIME_TEXT])
{
	time_t when = at < FIRST_SECOND ? FIRST_SECOND : at > LAST_SECOND ? LAST_SECOND : at;
	struct tm parts = { 0 };

	(void)gmtime_r(&when, &parts);
	(void)strftime(out, CC_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static int digits(const uint8_t *at, size_t len)
{
	int value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (at[i] - '0');
	return value;
}

/* The punctuation and the digits are where they belong. */
static bool has_shape(struct cc_span text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";

	if (text.len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		bool digit = text.at[i] >= '0' && text.at[i] <= '9';

		if (shape[i] == 'd' ? !digit : text.at[i] != (uint8_t)shape[i])
			return false;
	}
	return true;
}

int cc_time_parse(struct cc_span text, int64_t *out, struct cc_err *err)
{
	struct tm parts = { 0 }, again = { 0 };
	time_t when = 0;

	if (!has_shape(text))
		return cc_fail(err, CC_E_ARG, "time '%.*s' is not of the form 2026-01-31T23:59:59Z",
			       (int)(text.len < 40 ? text.len : 40), (const char *)text.at);
	parts.tm_year = digits(text.at, 4) - 1900;
	parts.tm_mon = digits(text.at + 5, 2) - 1;
	parts.tm_mday = digits(text.at + 8, 2);
	parts.tm_hour = digits(text.at + 11, 2);
	parts.tm_min = digits(text.at + 14, 2);
	parts.tm_sec = digits(text.at + 17, 2);
	again = parts;
	when = timegm(&again);
	/* timegm turns 31 February into March: what it gives back must be what was written. */
	if (when < 0 || again.tm_mday != parts.tm_mday || again.tm_mon != parts.tm_mon ||
	    again.tm_hour != parts.tm_hour || again.tm_min != parts.tm_min ||
	    again.tm_sec != parts.tm_sec)
		return cc_fail(err, CC_E_ARG, "time '%.20s' does not exist", (const char *)text.at);
	*out = when;
	return 0;
}
