/* SPDX-License-Identifier: Apache-2.0 */
/* From a row of the catalogue and its slots to an effect; quoting. */
#include <stdarg.h>

#include "base/str.h"
#include "codec/text.h"
#include "policy/effects-text-internal.h"

#define SHOWN_MAX 600 /* bytes of a value that stand in a sentence: no name is longer */

static const char *slot_value(const struct cc_slot *slots, const char *name, size_t len)
{
	for (; slots->name != NULL; slots++)
		if (strlen(slots->name) == len && memcmp(slots->name, name, len) == 0)
			return slots->value;
	return NULL;
}

static int add_escaped(struct cc_buf *out, struct cc_span value, struct cc_err *err)
{
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.at[i];

		if (c == '\'' || c == '\\')
			CC_TRY(cc_buf_addf(out, err, "\\%c", c));
		else if (c >= ' ' && c <= '~')
			CC_TRY(cc_buf_add_u8(out, c, err));
		else
			CC_TRY(cc_buf_addf(out, err, "\\x%02x", c));
	}
	return 0;
}

static int add_quoted(struct cc_buf *out, struct cc_span value, struct cc_err *err)
{
	char hex[CC_HEX_DIGEST];
	struct cc_digest digest = { 0 };
	bool is_long = value.len > SHOWN_MAX;

	CC_TRY(cc_buf_add_u8(out, '\'', err));
	CC_TRY(add_escaped(out, cc_span(value.at, is_long ? SHOWN_MAX : value.len), err));
	CC_TRY(cc_buf_add_u8(out, '\'', err));
	if (!is_long)
		return 0;
	CC_TRY(cc_sha256(value, &digest, err));
	cc_hex_digest(&digest, hex);
	return cc_buf_addf(out, err, " and so on (%zu bytes, SHA-256 %s)", value.len, hex);
}

static int keep(struct cc_arena *arena, const struct cc_buf *buf, const char **out,
		struct cc_err *err)
{
	char *copy = NULL;

	CC_TRY(cc_arena_copy(arena, cc_buf_span(buf), &copy, err));
	*out = copy;
	return 0;
}

int cc_quoted(struct cc_making *making, const char *value, const char **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };

	if (strstr(value, "PRIVATE KEY-----") != NULL) { /* PEM, wherever somebody put it */
		*out = "a private key that is not shown";
		return 0;
	}
	CC_TRY(add_quoted(&buf, cc_span_str(value), err));
	return keep(making->scratch, &buf, out, err);
}

int cc_quoted_node(struct cc_making *making, const struct cc_node *node, const char **out,
		   struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };
	const char *text = NULL;

	if (node == NULL) {
		*out = "nothing";
		return 0;
	}
	if (node->text != NULL)
		return cc_quoted(making, node->text, out, err);
	CC_TRY(cc_node_print(node, &json, err));
	CC_TRY(cc_buf_str(&json, &text, err));
	return cc_quoted(making, text, out, err);
}

int cc_before(struct cc_making *making, const struct cc_node *old, const char **out,
	      struct cc_err *err)
{
	const char *was = NULL;

	*out = "";
	if (old == NULL)
		return 0;
	CC_TRY(cc_quoted_node(making, old, &was, err));
	return cc_phrase(making, out, err, ", before %s", was);
}

int cc_phrase(struct cc_making *making, const char **out, struct cc_err *err, const char *fmt, ...)
{
	CC_AUTO_FREE char *text = NULL;
	char *copy = NULL;
	va_list args;
	int len = 0;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a sentence");
	}
	CC_TRY(cc_arena_copy(making->scratch, cc_span_str(text), &copy, err));
	*out = copy;
	return 0;
}

/* The words of a sentence with their slots filled. */
static int expand(const char *words, const struct cc_slot *slots, struct cc_buf *out,
		  struct cc_err *err)
{
	for (const char *c = words; *c != '\0'; c++) {
		const char *end = NULL, *value = NULL;

		if (*c != '{' && *c != '[') {
			CC_TRY(cc_buf_add_u8(out, (uint8_t)*c, err));
			continue;
		}
		end = strchr(c, *c == '{' ? '}' : ']');
		if (end != NULL)
			value = slot_value(slots, c + 1, (size_t)(end - c - 1));
		if (value == NULL)
			return cc_fail(err, CC_E_BUG, "the sentence '%s' lacks a slot", words);
		CC_TRY(*c == '{' ? add_quoted(out, cc_span_str(value), err)
				 : cc_buf_add_str(out, value, err));
		c = end;
	}
	return 0;
}

static int copy_slot(struct cc_making *making, const struct cc_slot *slots, const char *name,
		     const char **out, struct cc_err *err)
{
	const char *value = slot_value(slots, name, strlen(name));
	char *copy = NULL;

	CC_TRY(cc_arena_copy(making->effects->arena, cc_span_str(value == NULL ? "" : value), &copy,
			     err));
	*out = copy;
	return 0;
}

static int grow(struct cc_making *making, struct cc_err *err)
{
	struct cc_effects *effects = making->effects;
	size_t room = making->room == 0 ? 32 : 2 * making->room;
	void *list = NULL, *origins = NULL;

	if (effects->list.count >= CC_EFFECTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d sentences", CC_EFFECTS_MAX);
	if (effects->list.count < making->room)
		return 0;
	CC_TRY(cc_arena_take(effects->arena, room, sizeof(*effects->list.at), &list, err));
	CC_TRY(cc_arena_take(making->scratch, room, sizeof(*making->origins), &origins, err));
	if (effects->list.count != 0) {
		memcpy(list, effects->list.at, effects->list.count * sizeof(*effects->list.at));
		memcpy(origins, making->origins, effects->list.count * sizeof(*making->origins));
	}
	effects->list.at = list;
	making->origins = origins;
	making->room = room;
	return 0;
}

int cc_say_slots(struct cc_making *making, enum cc_text text, const struct cc_slot *slots,
		 struct cc_err *err)
{
	const struct cc_sentence *row = &cc_sentences[text];
	struct cc_effects *effects = making->effects;
	struct cc_effect effect = { row->class, row->kind, row->about, NULL, NULL, NULL, NULL };
	const struct cc_slot self[] = { { "policy", making->policy }, { NULL, NULL } };
	CC_AUTO_BUF struct cc_buf buf = { 0 };

	if (row->words == NULL)
		return cc_fail(err, CC_E_BUG, "there is no sentence %u", (unsigned int)text);
	CC_TRY(expand(row->words, slots, &buf, err));
	CC_TRY(keep(effects->arena, &buf, &effect.sentence, err));
	CC_TRY(copy_slot(making, row->about == CC_ABOUT_POLICY ? self : slots,
			 cc_effect_about_name(row->about), &effect.subject, err));
	CC_TRY(copy_slot(making, slots, "who", &effect.who, err));
	CC_TRY(copy_slot(making, slots, "often", &effect.often, err));
	CC_TRY(grow(making, err));
	making->origins[effects->list.count] = making->origin;
	effects->list.at[effects->list.count++] = effect;
	return 0;
}
