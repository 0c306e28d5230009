/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/duration.h"

#include "base/str.h"

#define DAY ((uint64_t)24 * 3600)

struct unit {
	const char *name;  /* singular */
	const char *brief; /* what it is abbreviated to, beside its first letter; or NULL */
	bool has_letter;   /* 'm' is a minute and no month */
	uint64_t seconds;
	bool is_printed;
};

/* Largest first. Weeks, months and years would be second texts for what days say. */
static const struct unit units[] = {
	{ "year", "yr", true, 365 * DAY, false }, { "month", NULL, false, 30 * DAY, false },
	{ "week", NULL, true, 7 * DAY, false },   { "day", NULL, true, DAY, true },
	{ "hour", "hr", true, 3600, true },       { "minute", "min", true, 60, true },
	{ "second", "sec", true, 1, true },
};

/* Singular or plural. */
static bool is_word(const char *name, struct cc_span word)
{
	size_t len = strlen(name);

	return (word.len == len || (word.len == len + 1 && word.at[len] == 's')) &&
	       memcmp(word.at, name, len) == 0;
}

static bool is_unit(const struct unit *unit, struct cc_span word)
{
	if (word.len == 1)
		return unit->has_letter && word.at[0] == (uint8_t)unit->name[0];
	return is_word(unit->name, word) || (unit->brief != NULL && is_word(unit->brief, word));
}

static int find_unit(struct cc_span text, struct cc_span word, uint64_t *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(units); i++) {
		if (!is_unit(&units[i], word))
			continue;
		*out = units[i].seconds;
		return 0;
	}
	cc_err_set(err, CC_E_ARG, "'%.*s' is no span of time", (int)(text.len < 64 ? text.len : 64),
		   (const char *)text.at);
	return cc_hint(err, "write it like '7 days', '1 hour' or '90s'");
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static size_t skip_digits(struct cc_span text, size_t at)
{
	while (at < text.len && is_digit(text.at[at]))
		at++;
	return at;
}

static size_t skip_spaces(struct cc_span text, size_t at)
{
	while (at < text.len && text.at[at] == ' ')
		at++;
	return at;
}

static size_t skip_letters(struct cc_span text, size_t at)
{
	while (at < text.len && !is_digit(text.at[at]) && text.at[at] != ' ')
		at++;
	return at;
}

/* One number and its unit at `*at`, which then stands behind them. */
static int add_part(struct cc_span text, size_t *at, uint64_t *seconds, struct cc_err *err)
{
	size_t digits = skip_digits(text, *at);
	size_t word = skip_spaces(text, digits);
	size_t end = skip_letters(text, word);
	uint64_t count = 0, unit = 0;

	CC_TRY(find_unit(text, cc_span_sub(text, word, end - word), &unit, err));
	CC_TRY(cc_parse_u64(cc_span_sub(text, *at, digits - *at),
			    (CC_DURATION_MAX - *seconds) / unit, "span of time", &count, err));
	*seconds += count * unit;
	*at = end;
	return 0;
}

int cc_duration_parse(struct cc_span text, uint64_t *seconds, struct cc_err *err)
{
	uint64_t sum = 0;
	size_t at = 0;

	CC_TRY(add_part(text, &at, &sum, err));
	while (at < text.len) {
		at = skip_spaces(text, at);
		CC_TRY(add_part(text, &at, &sum, err));
	}
	*seconds = sum;
	return 0;
}

void cc_duration_print(uint64_t seconds, char out[static CC_DURATION_TEXT])
{
	const struct unit *unit = &units[CC_COUNT(units) - 1];

	for (size_t i = CC_COUNT(units); i > 0; i--)
		if (units[i - 1].is_printed && seconds != 0 && seconds % units[i - 1].seconds == 0)
			unit = &units[i - 1];
	(void)snprintf(out, CC_DURATION_TEXT, "%llu %s%s",
		       (unsigned long long)(seconds / unit->seconds), unit->name,
		       seconds / unit->seconds == 1 ? "" : "s");
}
