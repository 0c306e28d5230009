/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as a table. */
#include <ctype.h>

#include "base/str.h"
#include "cli/output.h"

#define COLUMNS_MAX 32
#define GAP "  "

/* Characters and not bytes: what follows the first byte of one has 10 in front. */
static size_t width_of(struct cc_span text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += (text.at[i] & 0xc0) != 0x80;
	return width;
}

static int pad(struct cc_buf *out, size_t from, size_t to, struct cc_err *err)
{
	for (; from < to; from++)
		CC_TRY(cc_buf_add_u8(out, ' ', err));
	return cc_buf_add_str(out, GAP, err);
}

static bool is_plain_list(const struct cc_json *json)
{
	for (size_t i = 0; i < cc_json_count(json); i++) {
		const struct cc_json *one = cc_json_at(json, i);

		if (cc_json_is_object(one) || cc_json_is_array(one))
			return false;
	}
	return cc_json_is_array(json);
}

/* A list of objects has rows of its own. */
static bool has_rows(const struct cc_json *json)
{
	return cc_json_is_array(json) && !is_plain_list(json);
}

static bool has_lines(const struct cc_json *json)
{
	const char *text = cc_json_str(json);

	return text != NULL && strchr(text, '\n') != NULL;
}

/* What fits into one place; `json` NULL is absent. */
static int add_cell(const struct cc_json *json, struct cc_buf *out, struct cc_err *err);

static int add_plain_list(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	if (cc_json_count(json) == 0)
		return cc_buf_add_str(out, "-", err);
	for (size_t i = 0; i < cc_json_count(json); i++) {
		CC_TRY(cc_buf_add_str(out, i == 0 ? "" : ", ", err));
		CC_TRY(add_cell(cc_json_at(json, i), out, err));
	}
	return 0;
}

static int add_cell(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	const char *text = json == NULL ? "" : cc_json_str(json);
	size_t len = 0;

	if (json != NULL && is_plain_list(json))
		return add_plain_list(json, out, err);
	if (text == NULL)
		return cc_json_print(json, out, err);
	len = strcspn(text, "\n");
	if (text[0] == '\0')
		return cc_buf_add_str(out, "-", err);
	CC_TRY(cc_name_escape(cc_span(text, len), out, err));
	return text[len] == '\0' ? 0 : cc_buf_add_str(out, " …", err);
}

static const struct cc_json *member(const struct cc_json *json, const char *name)
{
	for (size_t i = 0; i < cc_json_count(json); i++)
		if (cc_str_eq(cc_json_name_at(json, i), name))
			return cc_json_at(json, i);
	return NULL;
}

/* Rows: what any of the objects has is a column, in the order in which they come. */

struct columns {
	const char *names[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t count;
};

static size_t find_column(struct columns *columns, const char *name)
{
	size_t at = 0;

	while (at < columns->count && !cc_str_eq(columns->names[at], name))
		at++;
	if (at == columns->count && at < COLUMNS_MAX) {
		columns->names[at] = name;
		columns->widths[at] = strlen(name);
		columns->count++;
	}
	return at;
}

static int measure_row(const struct cc_json *row, struct columns *columns, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf cell = { 0 };

	for (size_t i = 0; cc_json_is_object(row) && i < cc_json_count(row); i++) {
		size_t at = find_column(columns, cc_json_name_at(row, i)), width = 0;

		if (at == COLUMNS_MAX)
			continue;
		cc_buf_reset(&cell);
		CC_TRY(add_cell(cc_json_at(row, i), &cell, err));
		width = width_of(cc_buf_span(&cell));
		if (width > columns->widths[at])
			columns->widths[at] = width;
	}
	return 0;
}

static int add_row(const struct cc_json *row, const struct columns *columns, struct cc_buf *out,
		   struct cc_err *err)
{
	for (size_t i = 0; i < columns->count; i++) {
		size_t from = out->len, width = 0;

		CC_TRY(add_cell(member(row, columns->names[i]), out, err));
		width = width_of(cc_span(out->at + from, out->len - from));
		if (i + 1 < columns->count)
			CC_TRY(pad(out, width, columns->widths[i], err));
	}
	return cc_buf_add_u8(out, '\n', err);
}

static int add_upper(const char *name, struct cc_buf *out, struct cc_err *err)
{
	for (const char *c = name; *c != '\0'; c++)
		CC_TRY(cc_buf_add_u8(out, (uint8_t)(toupper)((unsigned char)*c), err));
	return 0;
}

static int add_heads(const struct columns *columns, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < columns->count; i++) {
		CC_TRY(add_upper(columns->names[i], out, err));
		if (i + 1 < columns->count)
			CC_TRY(pad(out, strlen(columns->names[i]), columns->widths[i], err));
	}
	return cc_buf_add_u8(out, '\n', err);
}

static int add_rows(const struct cc_json *rows, struct cc_buf *out, struct cc_err *err)
{
	struct columns columns = { 0 };

	for (size_t i = 0; i < cc_json_count(rows); i++)
		CC_TRY(measure_row(cc_json_at(rows, i), &columns, err));
	CC_TRY(add_heads(&columns, out, err));
	for (size_t i = 0; i < cc_json_count(rows); i++)
		CC_TRY(add_row(cc_json_at(rows, i), &columns, out, err));
	return 0;
}

/* Members: an object in an object is written as "outer.inner". */

struct lines {
	struct cc_buf *out;
	const char *before; /* "outer." */
	size_t width;       /* of the names */
	int (*add)(struct lines *lines, const char *name, const struct cc_json *json,
		   struct cc_err *err);
};

static int each_member(struct lines *lines, const struct cc_json *json, struct cc_err *err)
{
	const char *before = lines->before;

	for (size_t i = 0; i < cc_json_count(json); i++) {
		const struct cc_json *one = cc_json_at(json, i);
		CC_AUTO_FREE char *name = NULL;

		CC_TRY(cc_strf(&name, err, "%s%s%s", before, cc_json_name_at(json, i),
			       cc_json_is_object(one) ? "." : ""));
		if (!cc_json_is_object(one)) {
			CC_TRY(lines->add(lines, name, one, err));
			continue;
		}
		lines->before = name;
		CC_TRY(each_member(lines, one, err));
		lines->before = before;
	}
	return 0;
}

static int measure_line(struct lines *lines, const char *name, const struct cc_json *json,
			struct cc_err *err)
{
	(void)err;
	if (!has_rows(json) && !has_lines(json) && strlen(name) > lines->width)
		lines->width = strlen(name);
	return 0;
}

static int add_line(struct lines *lines, const char *name, const struct cc_json *json,
		    struct cc_err *err)
{
	if (has_rows(json) || has_lines(json))
		return 0;
	CC_TRY(cc_buf_add_str(lines->out, name, err));
	CC_TRY(pad(lines->out, strlen(name), lines->width, err));
	CC_TRY(add_cell(json, lines->out, err));
	return cc_buf_add_u8(lines->out, '\n', err);
}

static int add_text(const char *text, struct cc_buf *out, struct cc_err *err)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		CC_TRY(cc_buf_add_str(out, "    ", err));
		CC_TRY(cc_name_escape(cc_span(text, len), out, err));
		CC_TRY(cc_buf_add_u8(out, '\n', err));
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int add_part(struct lines *lines, const char *name, const struct cc_json *json,
		    struct cc_err *err)
{
	if (!has_rows(json) && !has_lines(json))
		return 0;
	CC_TRY(cc_buf_addf(lines->out, err, "%s%s:\n", lines->out->len == 0 ? "" : "\n", name));
	return has_rows(json) ? add_rows(json, lines->out, err)
			      : add_text(cc_json_str(json), lines->out, err);
}

int cc_table_print(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	struct lines lines = { .out = out, .before = "", .add = measure_line };

	if (has_rows(json))
		return add_rows(json, out, err);
	if (!cc_json_is_object(json)) {
		CC_TRY(add_cell(json, out, err));
		return cc_buf_add_u8(out, '\n', err);
	}
	CC_TRY(each_member(&lines, json, err));
	lines.add = add_line;
	CC_TRY(each_member(&lines, json, err));
	lines.add = add_part;
	return each_member(&lines, json, err);
}
