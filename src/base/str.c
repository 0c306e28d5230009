/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>

int cc_str_from(struct cc_span bytes, char **out, struct cc_err *err)
{
	char *copy = NULL;

	if (bytes.len != 0 && memchr(bytes.at, '\0', bytes.len) != NULL)
		return cc_fail(err, CC_E_ARG, "text with a NUL character in it");
	copy = malloc(bytes.len + 1);
	if (copy == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu bytes", bytes.len);
	if (bytes.len != 0)
		memcpy(copy, bytes.at, bytes.len);
	copy[bytes.len] = '\0';
	*out = copy;
	return 0;
}

int cc_str_dup(const char *text, char **out, struct cc_err *err)
{
	return cc_str_from(cc_span_str(text), out, err);
}

int cc_strf(char **out, struct cc_err *err, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int len = 0;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a text");
	*out = text;
	return 0;
}

bool cc_str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool cc_str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

int cc_parse_u64(struct cc_span text, uint64_t max, const char *what, uint64_t *out,
		 struct cc_err *err)
{
	uint64_t value = 0;

	if (text.len == 0)
		return cc_fail(err, CC_E_ARG, "%s is empty, not a number", what);
	if (text.len > 20 || (text.len > 1 && text.at[0] == '0'))
		return cc_fail(err, CC_E_ARG, "%s '%.*s' is not a number", what,
			       (int)(text.len < 40 ? text.len : 40), (const char *)text.at);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t digit = (uint8_t)(text.at[i] - '0');

		if (digit > 9)
			return cc_fail(err, CC_E_ARG, "%s '%.*s' is not a number", what,
				       (int)text.len, (const char *)text.at);
		if (digit > max || value > (max - digit) / 10)
			return cc_fail(err, CC_E_TOOBIG, "%s is over the maximum of %llu", what,
				       (unsigned long long)max);
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

#define WORD_MAX 64
#define PREFIX_MIN 3

/* Case, and which of '-' and '_' stands between words, are no difference worth a step. */
static char folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if (c == '-')
		return '_';
	return c;
}

/* Optimal string alignment: a swap of neighbours, the commonest typo, counts as one step. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1], a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *now = row[i % 3];
		const size_t *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + (folded(a[i - 1]) != folded(b[j - 1])));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[a_len % 3][b_len];
}

/* The only one that begins with the word, as "env" for "environment"; or NULL. */
static const char *completed(const char *word, const char *const *words, size_t count)
{
	const char *only = NULL;

	if (strlen(word) < PREFIX_MIN)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!cc_str_starts(words[i], word))
			continue;
		if (only != NULL)
			return NULL;
		only = words[i];
	}
	return only;
}

const char *cc_str_nearest(const char *word, const char *const *words, size_t count)
{
	size_t len = strlen(word);
	/* Two steps lead from any short word to another one that means something else. */
	size_t best = len < 5 ? 2 : len / 3 + 2;
	size_t nearest = count;

	for (size_t i = 0; i < count; i++) {
		size_t steps = distance(word, words[i]);

		if (steps < best) {
			best = steps;
			nearest = i;
		}
	}
	return nearest < count ? words[nearest] : completed(word, words, count);
}
