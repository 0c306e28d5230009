/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "codec/json-internal.h"

/* In front of each piece of jansson's memory, so that it can be wiped: keeps the alignment. */
union piece {
	size_t size;
	max_align_t align;
};

static void *piece_new(size_t size)
{
	union piece *piece = NULL;

	if (size > CC_BUF_MAX)
		return NULL;
	piece = malloc(sizeof(*piece) + size);
	if (piece == NULL)
		return NULL;
	piece->size = size;
	return piece + 1;
}

static void piece_free(void *at)
{
	union piece *piece = at;

	if (piece == NULL)
		return;
	piece--;
	cc_wipe(at, piece->size);
	free(piece);
}

/*
 * Before main, so that no thread sees jansson without it. The seed keeps others
 * from choosing names that collide; left to itself jansson opens /dev/urandom at
 * its first object, which a sandbox forbids.
 */
__attribute__((constructor)) static void prepare(void)
{
	struct cc_err err = { 0 };
	size_t seed = 0;

	json_set_alloc_funcs(piece_new, piece_free);
	if (cc_random((struct cc_mut){ (uint8_t *)&seed, sizeof(seed) }, &err) == 0)
		json_object_seed(seed | 1U);
}

/* jansson's own texts quote what is near the place. */
static const char *const reasons[] = {
	[json_error_out_of_memory] = "out of memory",
	[json_error_stack_overflow] = "nested too deeply",
	[json_error_invalid_utf8] = "not UTF-8",
	[json_error_premature_end_of_input] = "the text ends too early",
	[json_error_end_of_input_expected] = "something follows the value",
	[json_error_invalid_syntax] = "invalid syntax",
	[json_error_null_character] = "a NUL character",
	[json_error_null_byte_in_key] = "a NUL character in a member's name",
	[json_error_duplicate_key] = "a second member of the same name",
	[json_error_numeric_overflow] = "a number that is too large",
};

static const char *reason_of(enum json_error_code code)
{
	size_t at = (size_t)code;

	return at < CC_COUNT(reasons) && reasons[at] != NULL ? reasons[at] : "invalid syntax";
}

/* What the text will become, counted before anything is built. */
struct extent {
	size_t depth;
	size_t values;
	struct {
		bool object;
		size_t commas;
	} open[CC_JSON_DEPTH_MAX];
};

static int enter(struct extent *e, bool object, struct cc_err *err)
{
	if (e->depth == CC_JSON_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "json is nested deeper than %d",
			       CC_JSON_DEPTH_MAX);
	e->open[e->depth].object = object;
	e->open[e->depth].commas = 0;
	e->depth++;
	e->values++;
	return 0;
}

static int comma(struct extent *e, struct cc_err *err)
{
	bool object = e->depth != 0 && e->open[e->depth - 1].object;
	size_t max = object ? CC_JSON_MEMBERS_MAX : CC_JSON_ELEMENTS_MAX;

	e->values++;
	if (e->depth != 0 && ++e->open[e->depth - 1].commas >= max)
		return cc_fail(err, CC_E_TOOBIG, "json %s has more than %zu %s",
			       object ? "object" : "array", max, object ? "members" : "elements");
	return 0;
}

static int count(struct extent *e, uint8_t c, struct cc_err *err)
{
	if (c == '{' || c == '[')
		return enter(e, c == '{', err);
	if ((c == '}' || c == ']') && e->depth != 0)
		e->depth--;
	return c == ',' ? comma(e, err) : 0;
}

/* Bounds what a text that is JSON becomes; of any other the parser says what is wrong. */
static int check_extent(struct cc_span text, struct cc_err *err)
{
	struct extent e = { 0 };
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted)
			CC_TRY(count(&e, c, err));
		if (e.values > CC_JSON_VALUES_MAX)
			return cc_fail(err, CC_E_TOOBIG, "json has more than %d values",
				       CC_JSON_VALUES_MAX);
	}
	return 0;
}

int cc_json_parse(struct cc_span text, size_t max, struct cc_json **out, struct cc_err *err)
{
	json_error_t error = { 0 };
	json_t *json = NULL;

	if (text.len > max)
		return cc_fail(err, CC_E_TOOBIG, "json has %zu bytes, more than %zu", text.len,
			       max);
	CC_TRY(check_extent(text, err));
	json = json_loadb(text.len == 0 ? "" : (const char *)text.at, text.len,
			  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL)
		return cc_fail(err, CC_E_ARG, "json line %d column %d: %s",
			       error.line > 0 ? error.line : 1, error.column > 0 ? error.column : 1,
			       reason_of(json_error_code(&error)));
	*out = cc_json_out(json);
	return 0;
}

void cc_json_free(struct cc_json *json)
{
	json_decref(cc_json_in_mut(json));
}
