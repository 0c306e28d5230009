/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars of the quick reader: first where one ends, then what it says. What it says is never
 * longer than how it is written, so its room is known before.
 */
#include "codec/yaml-quick-internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the text of a scalar goes: `len` is at most the length of its source. */
struct writer {
	char *at;
	size_t len;
};

static void put(struct writer *w, char c)
{
	w->at[w->len++] = c;
}

static void put_many(struct writer *w, char c, size_t count)
{
	memset(w->at + w->len, c, count);
	w->len += count;
}

static void put_bytes(struct writer *w, const char *from, size_t len)
{
	memcpy(w->at + w->len, from, len);
	w->len += len;
}

static bool writer_for(struct cc_quick *q, size_t len, struct writer *out)
{
	struct cc_err why = { 0 };
	void *room = NULL;

	if (cc_arena_take(q->arena, 1, len + 1, &room, &why) != 0)
		return false;
	*out = (struct writer){ .at = room };
	return true;
}

static void finish(struct cc_yaml *node, const struct writer *w)
{
	node->text = w->at; /* the room was zeroed: it is terminated */
	node->text_len = w->len;
}

static bool take_bytes(struct cc_quick *q, const char *from, size_t len, struct cc_yaml *node)
{
	struct cc_err why = { 0 };
	char *copy = NULL;

	if (cc_arena_copy(q->arena, cc_span(from, len), &copy, &why) != 0)
		return false;
	node->text = copy;
	node->text_len = len;
	return true;
}

/*
 * Lines of a plain or quoted scalar become one: a break is a space, of more breaks one less is
 * left; blanks around them go. `from` stands at a blank or a break.
 */
static const char *fold(struct writer *w, const char *from, const char *end)
{
	const char *at = from;
	size_t breaks = 0;

	while (at < end && (is_blank(*at) || *at == '\n'))
		breaks += *at++ == '\n';
	if (breaks == 0)
		put_bytes(w, from, (size_t)(at - from));
	else if (breaks == 1)
		put(w, ' ');
	else
		put_many(w, '\n', breaks - 1);
	return at;
}

/* What may be the first of a plain scalar for certain. */
static bool starts_plain(const char *at)
{
	static const char indicators[] = "-?:,[]{}#&*!|>'\"%@` \t\n";

	if (at[0] == '-')
		return at[1] != '\0' && strchr(indicators, at[1]) == NULL;
	return at[0] != '\0' && strchr(indicators, at[0]) == NULL;
}

/* Characters of a plain scalar that are not simply part of it. */
static bool is_special(char c, enum cc_quick_place place)
{
	if (c == ':' || c == '#' || c == '\n' || c == '\0' || c == '\t')
		return true;
	return place == CC_QUICK_FLOW &&
	       (c == ',' || c == '[' || c == ']' || c == '{' || c == '}' || c == '?');
}

/* The end of a plain scalar in its line, behind its last character that is no space; or NULL. */
static const char *plain_end(const char *from, enum cc_quick_place place)
{
	const char *at = from;

	for (;; at++) {
		while (!is_special(*at, place))
			at++;
		if (*at == ':' && (at[1] == ' ' || cc_quick_is_end(at[1])))
			break;
		if (*at == ':' && at[1] != '\t' &&
		    (place != CC_QUICK_FLOW || !is_special(at[1], place) || at[1] == ':'))
			continue;
		if (*at == '#' && at[-1] != ' ')
			continue;
		if (*at == '\t' || *at == ':' ||
		    (place == CC_QUICK_FLOW && strchr("[{?", *at) != NULL && *at != '\0'))
			return NULL;
		break;
	}
	while (at > from && at[-1] == ' ')
		at--;
	return at;
}

/*
 * Whether a plain scalar goes on behind its line: then the reader stands at its next word. Only
 * spaces and breaks lie between. False leaves the reader where it was.
 */
static bool goes_on(struct cc_quick *q, int indent)
{
	struct cc_quick ahead = *q;

	while (*ahead.at == ' ')
		ahead.at++;
	if (*ahead.at != '\n')
		return false;
	while (*ahead.at == '\n' || *ahead.at == ' ') {
		if (*ahead.at == ' ')
			ahead.at++;
		else
			(void)cc_quick_new_line(&ahead);
	}
	if (*ahead.at == '\0' || *ahead.at == '#' || cc_quick_column(&ahead) <= indent)
		return false;
	*q = ahead;
	return true;
}

static bool fold_all(struct cc_quick *q, const char *from, const char *end, struct cc_yaml *node)
{
	struct writer w;

	if (!writer_for(q, (size_t)(end - from), &w))
		return false;
	while (from < end) {
		if (is_blank(*from) || *from == '\n')
			from = fold(&w, from, end);
		else
			put(&w, *from++);
	}
	finish(node, &w);
	return true;
}

/* A comment behind a line ends the scalar, and so does the start of a value: which is none here. */
static bool plain(struct cc_quick *q, enum cc_quick_place place, int indent, struct cc_yaml *node)
{
	const char *from = q->at, *end = NULL;
	bool has_lines = false;

	if (!starts_plain(from))
		return false;
	end = plain_end(from, place);
	if (end == NULL)
		return false;
	q->at = end;
	while (place == CC_QUICK_BLOCK && goes_on(q, indent)) {
		has_lines = true;
		end = plain_end(q->at, place);
		if (end == NULL || end == q->at)
			return false;
		q->at = end;
	}
	node->plain = true;
	return has_lines ? fold_all(q, from, end, node)
			 : take_bytes(q, from, (size_t)(end - from), node);
}

/* To the next character that is more than itself between quotes of this kind. */
static char skip_quoted(struct cc_quick *q, char quote)
{
	while (*q->at != quote && !cc_quick_is_end(*q->at) && (*q->at != '\\' || quote == '\''))
		q->at++;
	return *q->at;
}

/* The closing quote, or NULL; the reader goes with it from line to line. */
static const char *closing_quote(struct cc_quick *q, bool *has_more)
{
	char quote = *q->at++;

	for (char c = skip_quoted(q, quote); c != '\0'; c = skip_quoted(q, quote)) {
		if (c == quote && (quote == '"' || q->at[1] != quote))
			return q->at;
		*has_more = true;
		if (c == '\n') {
			if (!cc_quick_new_line(q))
				return NULL;
			continue;
		}
		/* A pair: '' or an escape, which must be in this line. */
		if (cc_quick_is_end(q->at[1]))
			return NULL;
		q->at += 2;
	}
	return NULL;
}

/* The escapes of one letter that give one character. */
static bool unescape(char letter, struct writer *w)
{
	static const char pairs[][2] = { { '"', '"' },  { '\\', '\\' }, { 'n', '\n' },
					 { 't', '\t' }, { 'r', '\r' },  { ' ', ' ' } };

	for (size_t i = 0; i < CC_COUNT(pairs); i++)
		if (pairs[i][0] == letter) {
			put(w, pairs[i][1]);
			return true;
		}
	return false;
}

static bool decode_quoted(struct cc_quick *q, const char *from, const char *end,
			  struct cc_yaml *node)
{
	char quote = *end;
	struct writer w;

	if (!writer_for(q, (size_t)(end - from), &w))
		return false;
	while (from < end) {
		if (is_blank(*from) || *from == '\n') {
			from = fold(&w, from, end);
		} else if (*from == '\\' && quote == '"') {
			if (!unescape(from[1], &w))
				return false;
			from += 2;
		} else {
			from += *from == quote; /* '' */
			put(&w, *from++);
		}
	}
	finish(node, &w);
	return true;
}

static bool quoted(struct cc_quick *q, enum cc_quick_place place, struct cc_yaml *node)
{
	const char *from = q->at + 1, *end = NULL;
	unsigned int line = q->line;
	bool has_more = false;

	end = closing_quote(q, &has_more);
	if (end == NULL || (place == CC_QUICK_LINE && q->line != line))
		return false;
	q->at = end + 1;
	return has_more ? decode_quoted(q, from, end, node)
			: take_bytes(q, from, (size_t)(end - from), node);
}

bool cc_quick_scalar(struct cc_quick *q, enum cc_quick_place place, int indent,
		     struct cc_yaml *node)
{
	if (!cc_quick_begin(q, CC_YAML_SCALAR, node))
		return false;
	if (*q->at == '"' || *q->at == '\'')
		return quoted(q, place, node);
	if (!plain(q, place, indent, node))
		return false;
	if (cc_yaml_is_null(node->text))
		node->kind = CC_YAML_NULL;
	return true;
}

/* The header of a block scalar: "|" or ">", "+" or "-", maybe a comment. */
static bool block_header(struct cc_quick *q, bool *is_folded, char *chomping)
{
	*is_folded = *q->at++ == '>';
	*chomping = ' ';
	if (*q->at == '+' || *q->at == '-')
		*chomping = *q->at++;
	while (*q->at == ' ')
		q->at++;
	if (*q->at == '#' && q->at[-1] == ' ')
		while (!cc_quick_is_end(*q->at))
			q->at++;
	return *q->at == '\n';
}

/* Over spaces, `most` of them. */
static const char *skip_spaces(const char *at, int most)
{
	while (*at == ' ' && most-- > 0)
		at++;
	return at;
}

/*
 * The columns before the first line that says something; -1 when there is none deeper than
 * `indent`, or an empty one before it is longer.
 */
static int content_column(const char *at, int indent)
{
	int longest = 0;

	for (;;) {
		const char *word = skip_spaces(at, INT32_MAX);
		int column = (int)(word - at);

		if (*word == '\n') {
			longest = column > longest ? column : longest;
			at = word + 1;
			continue;
		}
		if (*word == '\0' || *word == '\t' || column <= indent || column < longest)
			return -1;
		return column;
	}
}

/* A line of a block scalar and the empty ones before it. */
struct line {
	const char *from;
	size_t len;
	size_t empty; /* lines before it */
};

/* The next line; *is_last when the scalar has none, with the empty ones that were left. */
static bool next_line(struct cc_quick *q, int column, struct line *out, bool *is_last)
{
	*out = (struct line){ 0 };
	for (;;) {
		const char *word = skip_spaces(q->at, column);

		*is_last = word - q->at < column || *word == '\0';
		if (*is_last && *word == '\t')
			return false;
		if (*word != '\n') {
			out->from = word;
			break;
		}
		out->empty++;
		q->at = word;
		q->line_start = ++q->at;
		q->line++;
	}
	if (*is_last)
		return true;
	while (!cc_quick_is_end(out->from[out->len]))
		out->len++;
	q->at = out->from + out->len;
	return true;
}

/* The break behind the line before and the empty lines behind that, before this line. */
static void join(struct writer *w, const struct line *before, const struct line *line,
		 bool is_folded)
{
	bool folds = is_folded && before->from != NULL && !is_blank(*before->from) &&
		     !is_blank(*line->from);

	if (folds && line->empty == 0)
		put(w, ' ');
	else if (!folds && before->from != NULL)
		put(w, '\n');
	put_many(w, '\n', line->empty);
}

/* Over the break behind a line: false at the end of the text. */
static bool end_line(struct cc_quick *q)
{
	if (*q->at != '\n')
		return false;
	q->line_start = ++q->at;
	q->line++;
	return true;
}

static bool block_lines(struct cc_quick *q, int column, bool is_folded, char chomping,
			struct writer *w)
{
	struct line before = { 0 }, line;
	bool is_last = false, has_break = false;

	for (;;) {
		if (!next_line(q, column, &line, &is_last))
			return false;
		if (is_last)
			break;
		join(w, &before, &line, is_folded);
		put_bytes(w, line.from, line.len);
		has_break = end_line(q);
		before = line;
	}
	if (chomping != '-' && has_break)
		put(w, '\n');
	if (chomping == '+')
		put_many(w, '\n', line.empty);
	return true;
}

/* An upper bound of what the scalar says: to the first line that is less indented and says
 * anything. */
static size_t block_room(const char *from, int column)
{
	const char *at = from;

	while (*at != '\0') {
		const char *word = skip_spaces(at, column);

		if (word - at < column && *word != '\n')
			break;
		at = strchrnul(word, '\n');
		at += *at == '\n';
	}
	return (size_t)(at - from);
}

bool cc_quick_block_scalar(struct cc_quick *q, int indent, struct cc_yaml *node)
{
	bool is_folded = false;
	char chomping = 0;
	struct writer w;
	int column = 0;

	if (!cc_quick_begin(q, CC_YAML_SCALAR, node) || !block_header(q, &is_folded, &chomping))
		return false;
	(void)end_line(q);
	column = content_column(q->at, indent);
	if (column < 1 || !writer_for(q, block_room(q->at, column), &w) ||
	    !block_lines(q, column, is_folded, chomping, &w))
		return false;
	finish(node, &w);
	return !cc_quick_is_marker(q->at);
}
