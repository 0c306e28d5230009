/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/duration.h"

#include "base/str.h"

struct unit {
	const char *name; /* singular; its first letter stands for it */
	uint64_t seconds;
	bool is_printed;
};

/* Largest first. Weeks and years would be second texts for what days say. */
static const struct unit units[] = {
	{ "year", (uint64_t)365 * 24 * 3600, false },
	{ "week", (uint64_t)7 * 24 * 3600, false },
	{ "day", (uint64_t)24 * 3600, true },
	{ "hour", 3600, true },
	{ "minute", 60, true },
	{ "second", 1, true },
};

static bool is_unit(const struct unit *unit, struct cc_span word)
{
	size_t len = strlen(unit->name);

	if (word.len == 1)
		return word.at[0] == (uint8_t)unit->name[0];
	if (word.len != len && !(word.len == len + 1 && word.at[len] == 's'))
		return false;
	return memcmp(word.at, unit->name, len) == 0;
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

int cc_duration_parse(struct cc_span text, uint64_t *seconds, struct cc_err *err)
{
	uint64_t count = 0, unit = 0;
	size_t digits = 0, gap = 0;

	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	while (digits + gap < text.len && text.at[digits + gap] == ' ')
		gap++;
	CC_TRY(find_unit(text, cc_span_sub(text, digits + gap, text.len), &unit, err));
	CC_TRY(cc_parse_u64(cc_span_sub(text, 0, digits), CC_DURATION_MAX / unit, "span of time",
			    &count, err));
	*seconds = count * unit;
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
