/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/collateral.h"

#include "base/str.h"
#include "cas/operation.h"
#include "codec/text.h"

#define ROW "held"

static void shelf_clear(struct cc_rec_shelf *shelf)
{
	cc_record_clear(&cc_rec_shelf, shelf);
}

static void statement_clear(struct cc_rec_statement *row)
{
	cc_record_clear(&cc_rec_statement, row);
}

static int load_shelf(struct cc_state *state, struct cc_rec_shelf *out, struct cc_err *err)
{
	bool found = false;

	return cc_state_find(state, &cc_rec_shelf, ROW, out, &found, err);
}

static enum cc_statement_kind kind_named(const char *name)
{
	for (unsigned int i = CC_STATEMENT_NONE; i < CC_STATEMENT_KINDS; i++)
		if (cc_str_eq(name, cc_statement_name((enum cc_statement_kind)i)))
			return (enum cc_statement_kind)i;
	return CC_STATEMENT_NONE;
}

/* What is held of a statement but its bytes and chain. */
static struct cc_statement statement_of(const struct cc_rec_held *held)
{
	struct cc_statement out = { .kind = kind_named(held->kind),
				    .platform = cc_platform_named(held->platform),
				    .class = cc_class_named(held->platform_class),
				    .number = held->number,
				    .from = (int64_t)held->from,
				    .until = (int64_t)held->until };

	(void)snprintf(out.subject, sizeof(out.subject), "%s", held->subject);
	memcpy(out.root.b, held->root, sizeof(held->root));
	memcpy(out.issuer.b, held->issuer, sizeof(held->issuer));
	memcpy(out.hash.b, held->hash, sizeof(held->hash));
	return out;
}

/* The one that this would replace, or NULL. */
static struct cc_rec_held *find(const struct cc_rec_shelf *shelf,
				const struct cc_statement *statement)
{
	for (size_t i = 0; i < shelf->held.count; i++) {
		struct cc_rec_held *held = CC_LIST_AT(shelf->held, struct cc_rec_held, i);
		struct cc_statement known = statement_of(held);

		if (cc_statement_replaces(statement, &known))
			return held;
	}
	return NULL;
}

static int check_follows(const struct cc_rec_held *held, const struct cc_statement *next,
			 struct cc_err *err)
{
	struct cc_statement known = { 0 };

	if (held == NULL)
		return 0;
	known = statement_of(held);
	return cc_statement_follows(next, &known, err);
}

static int fill(struct cc_state *state, const struct cc_statement *from, struct cc_rec_held *to,
		struct cc_err *err)
{
	struct cc_digest chain = { 0 };

	CC_TRY(cc_text_set(&to->kind, cc_statement_name(from->kind), err));
	CC_TRY(cc_text_set(&to->platform, cc_platform_name(from->platform), err));
	CC_TRY(cc_text_set(&to->platform_class, cc_class_name(from->class), err));
	CC_TRY(cc_text_set(&to->subject, from->subject, err));
	CC_TRY(cc_sha256(from->chain, &chain, err));
	memcpy(to->root, from->root.b, sizeof(to->root));
	memcpy(to->issuer, from->issuer.b, sizeof(to->issuer));
	memcpy(to->hash, from->hash.b, sizeof(to->hash));
	memcpy(to->chain, chain.b, sizeof(to->chain));
	to->number = from->number;
	to->from = (uint64_t)from->from;
	to->until = (uint64_t)from->until;
	to->size = from->bytes.len + from->chain.len;
	to->index = cc_state_index(state);
	return 0;
}

static int put_bytes(struct cc_state *state, const struct cc_statement *statement,
		     struct cc_err *err)
{
	CC_CLEANUP(statement_clear) struct cc_rec_statement row = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 }, chain = { 0 };
	char key[CC_HEX_DIGEST];

	CC_TRY(cc_base64_add(&bytes, statement->bytes, err));
	CC_TRY(cc_base64_add(&chain, statement->chain, err));
	CC_TRY(cc_buf_take_str(&bytes, &row.bytes, err));
	CC_TRY(cc_buf_take_str(&chain, &row.chain, err));
	cc_hex_digest(&statement->hash, key);
	return cc_state_put(state, &cc_rec_statement, key, &row, err);
}

static int drop_bytes(struct cc_state *state, const uint8_t hash[static 32], struct cc_err *err)
{
	struct cc_digest digest = { 0 };
	char key[CC_HEX_DIGEST];

	memcpy(digest.b, hash, sizeof(digest.b));
	cc_hex_digest(&digest, key);
	return cc_state_drop(state, &cc_rec_statement, key, err);
}

static bool is_held(const struct cc_rec_held *held, const struct cc_rec_held *next)
{
	return memcmp(held->hash, next->hash, sizeof(held->hash)) == 0 &&
	       memcmp(held->chain, next->chain, sizeof(held->chain)) == 0;
}

static int add_news(struct cc_json *news, const struct cc_statement *statement, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_statement_summary(statement, &json, err));
	return cc_json_add(news, CC_TAKE(json), err);
}

/* Take the place of `held`, or a new one when it is NULL. */
static int place(struct cc_state *state, struct cc_rec_shelf *shelf, struct cc_rec_held *held,
		 const struct cc_statement *statement, struct cc_err *err)
{
	void *at = held;

	if (held == NULL && shelf->held.count == CC_STATEMENTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the CAS holds %d statements of vendors already",
			       CC_STATEMENTS_MAX);
	if (held == NULL)
		CC_TRY(cc_list_add(&shelf->held, &cc_rec_held, &at, err));
	else
		CC_TRY(drop_bytes(state, held->hash, err));
	CC_TRY(fill(state, statement, at, err));
	return put_bytes(state, statement, err);
}

static int hold_one(struct cc_state *state, struct cc_rec_shelf *shelf,
		    const struct cc_statement *statement, struct cc_json *news, struct cc_err *err)
{
	struct cc_rec_held *held = find(shelf, statement), next = { 0 };
	bool same = false;
	int done = 0;

	CC_TRY(check_follows(held, statement, err));
	done = fill(state, statement, &next, err);
	same = done == 0 && held != NULL && is_held(held, &next);
	cc_record_clear(&cc_rec_held, &next);
	if (done != 0 || same)
		return done;
	CC_TRY(place(state, shelf, held, statement, err));
	return add_news(news, statement, err);
}

static int check_room(const struct cc_rec_shelf *shelf, struct cc_err *err)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < shelf->held.count; i++)
		sum += CC_LIST_AT(shelf->held, struct cc_rec_held, i)->size;
	if (sum > CC_COLLATERAL_HELD_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the CAS holds at most %llu bytes of collateral",
			       (unsigned long long)CC_COLLATERAL_HELD_MAX);
	return 0;
}

int cc_collateral_hold(struct cc_state *state, const struct cc_statements *proven,
		       struct cc_json **news, struct cc_err *err)
{
	CC_CLEANUP(shelf_clear) struct cc_rec_shelf shelf = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(load_shelf(state, &shelf, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < proven->count; i++)
		CC_TRY(hold_one(state, &shelf, &proven->at[i], list, err));
	CC_TRY(check_room(&shelf, err));
	*news = NULL;
	if (cc_json_count(list) == 0)
		return 0;
	CC_TRY(cc_state_put(state, &cc_rec_shelf, ROW, &shelf, err));
	*news = CC_TAKE(list);
	return 0;
}

int cc_collateral_check(struct cc_state *state, const struct cc_statements *proven,
			struct cc_err *err)
{
	CC_CLEANUP(shelf_clear) struct cc_rec_shelf shelf = { 0 };

	CC_TRY(load_shelf(state, &shelf, err));
	for (size_t i = 0; i < proven->count; i++)
		CC_TRY(check_follows(find(&shelf, &proven->at[i]), &proven->at[i], err));
	return 0;
}

/* Bytes and chain of a statement to the end of `text`; the ranges are set when it moves no more. */
static int add_bytes(struct cc_state *state, struct cc_statement *statement, struct cc_buf *text,
		     struct cc_err *err)
{
	CC_CLEANUP(statement_clear) struct cc_rec_statement row = { 0 };
	size_t before = text->len;
	char key[CC_HEX_DIGEST];

	cc_hex_digest(&statement->hash, key);
	CC_TRY(cc_state_get(state, &cc_rec_statement, key, &row, err));
	CC_TRY(cc_base64_parse(cc_span_str(row.bytes), text, err));
	statement->bytes.len = text->len - before;
	CC_TRY(cc_base64_parse(cc_span_str(row.chain), text, err));
	statement->chain.len = text->len - before - statement->bytes.len;
	return 0;
}

int cc_collateral_load(struct cc_state *state, struct cc_statements *out, struct cc_err *err)
{
	CC_CLEANUP(shelf_clear) struct cc_rec_shelf shelf = { 0 };

	CC_TRY(load_shelf(state, &shelf, err));
	if (shelf.held.count > CC_STATEMENTS_MAX)
		return cc_fail(err, CC_E_BUG, "%zu statements are held", shelf.held.count);
	for (size_t i = 0; i < shelf.held.count; i++) {
		out->at[i] = statement_of(CC_LIST_AT(shelf.held, struct cc_rec_held, i));
		CC_TRY(add_bytes(state, &out->at[i], &out->text, err));
	}
	out->count = shelf.held.count;
	cc_statements_place(out);
	return 0;
}

/* Reads. */

static int summary_of(const struct cc_rec_held *held, struct cc_json **out, struct cc_err *err)
{
	const struct cc_statement statement = statement_of(held);
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_statement_summary(&statement, &json, err));
	CC_TRY(cc_json_set_u64(json, "index", held->index, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_collateral_list(struct cc_state *state, const struct cc_operation_call *call,
		       struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(shelf_clear) struct cc_rec_shelf shelf = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(load_shelf(state, &shelf, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < shelf.held.count; i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;

		CC_TRY(summary_of(CC_LIST_AT(shelf.held, struct cc_rec_held, i), &json, err));
		CC_TRY(cc_json_add(list, CC_TAKE(json), err));
	}
	CC_TRY(cc_json_object(&result->answer, err));
	return cc_json_set(result->answer, "statements", CC_TAKE(list), err);
}

static int find_hash(const struct cc_rec_shelf *shelf, const char *text,
		     const struct cc_rec_held **out, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_hex_parse_fixed(cc_span_str(text), "hash of a statement", CC_MUT(hash.b), err));
	for (size_t i = 0; i < shelf->held.count; i++) {
		*out = CC_LIST_AT(shelf->held, struct cc_rec_held, i);
		if (memcmp((*out)->hash, hash.b, sizeof(hash.b)) == 0)
			return 0;
	}
	cc_err_set(err, CC_E_NOTFOUND, "the CAS holds no collateral with hash '%s'", text);
	return cc_hint(err, "see what it holds: concordat collateral list");
}

int cc_collateral_read(struct cc_state *state, const struct cc_operation_call *call,
		       struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(shelf_clear) struct cc_rec_shelf shelf = { 0 };
	CC_CLEANUP(statement_clear) struct cc_rec_statement row = { 0 };
	const struct cc_rec_held *held = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_statement statement = { 0 };
	char key[CC_HEX_DIGEST];

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(load_shelf(state, &shelf, err));
	CC_TRY(find_hash(&shelf, call->argument, &held, err));
	statement = statement_of(held);
	cc_hex_digest(&statement.hash, key);
	CC_TRY(cc_state_get(state, &cc_rec_statement, key, &row, err));
	CC_TRY(summary_of(held, &json, err));
	CC_TRY(cc_json_set_str(json, "bytes", row.bytes, err));
	CC_TRY(cc_json_set_str(json, "chain", row.chain, err));
	CC_TRY(cc_json_object(&result->answer, err));
	return cc_json_set(result->answer, "statement", CC_TAKE(json), err);
}
