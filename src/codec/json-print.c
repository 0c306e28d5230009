/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Printing, by ourselves: what is signed must have one form, and jansson's
 * differs from RFC 8785 in the case of \u001F and in the order of members.
 */
#include <inttypes.h>

#include "base/fd.h"
#include "codec/json-internal.h"

struct printer {
	struct cc_buf *out;
	bool canonical;
	size_t depth;
};

#define FEW 16 /* members that are sorted without asking for memory */

struct member {
	const char *name;
	size_t len;
	const json_t *value;
};

static int print_value(struct printer *p, const json_t *json, struct cc_err *err);

/* RFC 8785, 3.2.2.2: the short escapes where there are any, else \u00xx in lower case. */
static int print_control(struct printer *p, uint8_t c, struct cc_err *err)
{
	static const char *const escapes[] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
		['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
	};

	if (escapes[c] != NULL)
		return cc_buf_add_str(p->out, escapes[c], err);
	return cc_buf_addf(p->out, err, "\\u%04x", c);
}

#define EACH 0x0101010101010101U
#define TOPS (EACH << 7)

/* Has one of the eight bytes a zero in `word`? It says so of no word without one. */
static uint64_t zero_in(uint64_t word)
{
	return (word - EACH) & ~word & TOPS;
}

/* How many bytes at the front stand for themselves between quotes. */
static size_t plain_len(struct cc_span text)
{
	size_t i = 0;

	for (; text.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word = 0, control = 0;

		memcpy(&word, text.at + i, sizeof(word));
		control = (word - EACH * ' ') & ~word & TOPS; /* a byte under ' ' */
		if ((control | zero_in(word ^ EACH * '"') | zero_in(word ^ EACH * '\\')) != 0)
			break;
	}
	while (i < text.len && text.at[i] >= ' ' && text.at[i] != '"' && text.at[i] != '\\')
		i++;
	return i;
}

/* All of it stands for itself. */
static int print_plain(struct printer *p, struct cc_span text, struct cc_err *err)
{
	struct cc_mut room = { 0 };

	CC_TRY(cc_buf_extend(p->out, text.len + 2, &room, err));
	room.at[0] = room.at[text.len + 1] = '"';
	if (text.len != 0)
		memcpy(room.at + 1, text.at, text.len);
	return 0;
}

static int print_text(struct printer *p, struct cc_span text, struct cc_err *err)
{
	size_t len = plain_len(text);

	if (len == text.len)
		return print_plain(p, text, err);
	CC_TRY(cc_buf_add_u8(p->out, '"', err));
	for (;; len = plain_len(text)) {
		CC_TRY(cc_buf_add(p->out, cc_span(text.at, len), err));
		if (len == text.len)
			break;
		CC_TRY(print_control(p, text.at[len], err));
		text = cc_span_sub(text, len + 1, text.len);
	}
	return cc_buf_add_u8(p->out, '"', err);
}

static int print_integer(struct printer *p, const json_t *json, struct cc_err *err)
{
	intmax_t number = json_integer_value(json), most = (intmax_t)CC_JSON_INTEGER_MAX;

	if (p->canonical && (number > most || number < -most))
		return cc_fail(err, CC_E_ARG, "print json: an integer beyond 2^53 - 1");
	return cc_buf_addf(p->out, err, "%" PRIdMAX, number);
}

static int print_real(struct printer *p, const json_t *json, struct cc_err *err)
{
	if (p->canonical)
		return cc_fail(err, CC_E_ARG, "print json: a number that is not an integer");
	return cc_buf_addf(p->out, err, "%.17g", json_real_value(json));
}

/* A new line at the present depth, for people. */
static int print_break(struct printer *p, struct cc_err *err)
{
	if (p->canonical)
		return 0;
	return cc_buf_addf(p->out, err, "\n%*s", (int)(p->depth * 2), "");
}

static int print_array(struct printer *p, const json_t *json, struct cc_err *err)
{
	size_t count = json_array_size(json);

	CC_TRY(cc_buf_add_u8(p->out, '[', err));
	p->depth++;
	for (size_t i = 0; i < count; i++) {
		if (i != 0)
			CC_TRY(cc_buf_add_u8(p->out, ',', err));
		CC_TRY(print_break(p, err));
		CC_TRY(print_value(p, json_array_get(json, i), err));
	}
	p->depth--;
	if (count != 0)
		CC_TRY(print_break(p, err));
	return cc_buf_add_u8(p->out, ']', err);
}

/*
 * RFC 8785, 3.2.3: by UTF-16 code units. UTF-8 bytes order the same way, but for
 * characters over U+FFFF (first byte from 0xf0), whose surrogates stand before
 * U+E000 to U+FFFF (first byte 0xee or 0xef).
 */
static int compare(const void *a, const void *b)
{
	const struct member *x = (const struct member *)a, *y = (const struct member *)b;
	size_t least = x->len < y->len ? x->len : y->len, i = 0;
	int p = 0, q = 0;

	while (i < least && x->name[i] == y->name[i])
		i++;
	if (i == least)
		return (x->len > y->len) - (x->len < y->len);
	p = (uint8_t)x->name[i];
	q = (uint8_t)y->name[i];
	if ((p >= 0xf0 && q >= 0xee && q < 0xf0) || (q >= 0xf0 && p >= 0xee && p < 0xf0))
		return q - p;
	return p - q;
}

static size_t members_of(const json_t *json, struct member *out)
{
	json_t *object = cc_json_unconst(cc_json_out_const(json));
	size_t count = 0;

	for (void *at = json_object_iter(object); at != NULL;
	     at = json_object_iter_next(object, at)) {
		out[count].name = json_object_iter_key(at);
		out[count].len = json_object_iter_key_len(at);
		out[count].value = json_object_iter_value(at);
		count++;
	}
	return count;
}

static int print_members(struct printer *p, const struct member *members, size_t count,
			 struct cc_err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (i != 0)
			CC_TRY(cc_buf_add_u8(p->out, ',', err));
		CC_TRY(print_break(p, err));
		CC_TRY(print_text(p, cc_span(members[i].name, members[i].len), err));
		CC_TRY(cc_buf_add_str(p->out, p->canonical ? ":" : ": ", err));
		CC_TRY(print_value(p, members[i].value, err));
	}
	return 0;
}

static int print_object(struct printer *p, const json_t *json, struct cc_err *err)
{
	size_t count = json_object_size(json);
	struct member few[FEW];
	CC_AUTO_FREE struct member *many = NULL;
	struct member *members = few;

	if (count > FEW)
		members = many = calloc(count, sizeof(*many));
	if (members == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu members", count);
	count = members_of(json, members);
	if (p->canonical)
		qsort(members, count, sizeof(*members), compare);
	CC_TRY(cc_buf_add_u8(p->out, '{', err));
	p->depth++;
	CC_TRY(print_members(p, members, count, err));
	p->depth--;
	if (count != 0)
		CC_TRY(print_break(p, err));
	return cc_buf_add_u8(p->out, '}', err);
}

static int print_string(struct printer *p, const json_t *json, struct cc_err *err)
{
	return print_text(p, cc_span(json_string_value(json), json_string_length(json)), err);
}

static int print_true(struct printer *p, const json_t *json, struct cc_err *err)
{
	(void)json;
	return cc_buf_add_str(p->out, "true", err);
}

static int print_false(struct printer *p, const json_t *json, struct cc_err *err)
{
	(void)json;
	return cc_buf_add_str(p->out, "false", err);
}

static int print_null(struct printer *p, const json_t *json, struct cc_err *err)
{
	(void)json;
	return cc_buf_add_str(p->out, "null", err);
}

static int print_value(struct printer *p, const json_t *json, struct cc_err *err)
{
	static int (*const printers[])(struct printer *, const json_t *, struct cc_err *) = {
		[JSON_OBJECT] = print_object, [JSON_ARRAY] = print_array,
		[JSON_STRING] = print_string, [JSON_INTEGER] = print_integer,
		[JSON_REAL] = print_real,     [JSON_TRUE] = print_true,
		[JSON_FALSE] = print_false,   [JSON_NULL] = print_null,
	};

	if (json == NULL)
		return cc_fail(err, CC_E_BUG, "print json: there is no value");
	/* What was built may be deeper than what is parsed: nobody could read it. */
	if (p->depth > CC_JSON_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "print json: nested deeper than %d",
			       CC_JSON_DEPTH_MAX);
	return printers[json_typeof(json)](p, json, err);
}

static int print(const struct cc_json *json, bool canonical, struct cc_buf *out, struct cc_err *err)
{
	struct printer p = { .out = out, .canonical = canonical };
	size_t before = out->len;

	if (print_value(&p, cc_json_in(json), err) == 0)
		return 0;
	out->len = before;
	return -1;
}

int cc_json_print(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	return print(json, true, out, err);
}

int cc_json_print_pretty(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(print(json, false, out, err));
	return cc_buf_add_u8(out, '\n', err);
}

struct element {
	size_t at, len; /* in the canonical text */
	json_t *json;
};

struct elements {
	struct element *at;
	size_t count;
	struct cc_buf text;
};

static void elements_clear(struct elements *list)
{
	for (size_t i = 0; i < list->count; i++)
		json_decref(list->at[i].json);
	free(list->at);
	cc_buf_clear(&list->text);
}

static int by_text(const void *a, const void *b, void *context)
{
	const struct element *x = a, *y = b;
	const uint8_t *text = context;
	int order = memcmp(text + x->at, text + y->at, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int elements_load(const json_t *array, struct elements *list, struct cc_err *err)
{
	struct printer p = { .out = &list->text, .canonical = true };
	size_t count = json_array_size(array);

	list->at = calloc(count, sizeof(*list->at));
	if (list->at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu elements", count);
	while (list->count < count) {
		struct element *element = &list->at[list->count];

		element->at = list->text.len;
		element->json = json_incref(json_array_get(array, list->count++));
		CC_TRY(print_value(&p, element->json, err));
		element->len = list->text.len - element->at;
	}
	return 0;
}

int cc_json_sort(struct cc_json *array, struct cc_err *err)
{
	CC_CLEANUP(elements_clear) struct elements list = { 0 };
	json_t *json = cc_json_in_mut(array);

	if (json_array_size(json) < 2)
		return 0;
	CC_TRY(elements_load(json, &list, err));
	qsort_r(list.at, list.count, sizeof(*list.at), by_text, list.text.at);
	(void)json_array_clear(json);
	for (size_t i = 0; i < list.count; i++)
		if (i == 0 || by_text(&list.at[i - 1], &list.at[i], list.text.at) != 0)
			CC_TRY(cc_json_add(array, cc_json_out(json_incref(list.at[i].json)), err));
	return 0;
}
