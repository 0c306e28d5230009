/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies there are, and which versions of one: in pages. */
#include "base/str.h"
#include "base/time.h"
#include "cas/names.h"
#include "cas/operation.h"
#include "cas/policies.h"
#include "cas/view.h"
#include "codec/text.h"

/* Policies that one page looks at, listed or not: others wait meanwhile. */
#define LOOKS_MAX 1000

/* Add the policy when the caller may list it. */
static int list_one(struct cc_state *state, const struct cc_operation_call *call, const char *name,
		    struct cc_json *out, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_AUTO_JSON struct cc_json *one = NULL;
	const struct cc_rec_policy *row = NULL;
	struct cc_known known = { 0 };
	struct cc_err denied = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, name, &known, &row, err));
	if (cc_caller_may(&call->caller, &known, CC_RIGHT_LIST, &denied) != 0)
		return 0;
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "name", row->name, err));
	/* Without a salt the hash is for readers: guesses could be tried against it. */
	if (row->salted || cc_caller_may(&call->caller, &known, CC_RIGHT_READ, &denied) == 0)
		CC_TRY(cc_json_set_hex(one, "hash", cc_span(row->hash, 32), err));
	CC_TRY(cc_json_set_u64(one, "version", row->version, err));
	CC_TRY(cc_json_set_u64(one, "index", row->index, err));
	return cc_json_add(out, CC_TAKE(one), err);
}

/* From behind `*at` on, which is the last name that was looked at afterwards; NULL: of all. */
static int list_page(struct cc_state *state, const struct cc_operation_call *call, uint64_t limit,
		     char **at, struct cc_json *out, struct cc_err *err)
{
	for (size_t looks = 0; looks < LOOKS_MAX && cc_json_count(out) < limit; looks++) {
		char *next = NULL;

		CC_TRY(cc_names_next(state, *at, &next, err));
		free(*at);
		*at = next;
		if (next == NULL)
			return 0;
		CC_TRY(list_one(state, call, next, out, err));
	}
	return 0;
}

int cc_policy_list(struct cc_state *state, const struct cc_operation_call *call,
		   struct cc_result *result, struct cc_err *err)
{
	static const char *const known[] = { "after", "limit" };
	CC_AUTO_JSON struct cc_json *list = NULL;
	struct cc_rec_count count = { 0 };
	CC_AUTO_FREE char *at = NULL;
	uint64_t limit = 0;
	bool found = false;

	CC_TRY(cc_caller_require(&call->caller, err));
	if (call->body != NULL)
		CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	CC_TRY(cc_call_page(call, &limit, err));
	CC_TRY(cc_call_text(call, "after", &at, err));
	if (at == NULL)
		CC_TRY(cc_str_dup("", &at, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(list_page(state, call, limit, &at, list, err));
	CC_TRY(cc_state_find(state, &cc_rec_count, cc_rec_policy.table, &count, &found, err));
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_u64(result->answer, "count", count.rows, err));
	if (at != NULL)
		CC_TRY(cc_json_set_str(result->answer, "next", at, err));
	return cc_json_set(result->answer, "policies", CC_TAKE(list), err);
}

static int set_signers(const struct cc_list *signers, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (signers->count == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < signers->count; i++) {
		const struct cc_rec_signer *one = CC_LIST_AT(*signers, struct cc_rec_signer, i);
		struct cc_digest key = { 0 };
		char hex[CC_HEX_DIGEST];

		memcpy(key.b, one->key, sizeof(key.b));
		cc_hex_digest(&key, hex);
		CC_TRY(cc_json_add_str(list, hex, err));
	}
	return cc_json_set(json, "signers", CC_TAKE(list), err);
}

static int print_author(const struct cc_rec_change *change, struct cc_json *one, struct cc_err *err)
{
	CC_TRY(cc_json_set_str(one, "identity", change->identity, err));
	if (!cc_str_eq(change->identity, CC_CHANGE_BOARD))
		CC_TRY(cc_json_set_hex(one, "author", CC_SPAN(change->author), err));
	return set_signers(&change->signers, one, err);
}

static int print_version(const struct cc_rec_change *change, uint64_t version, bool is_reader,
			 struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	char time[CC_TIME_TEXT];

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_u64(one, "version", version, err));
	CC_TRY(cc_json_set_hex(one, "hash", CC_SPAN(change->hash), err));
	CC_TRY(cc_json_set_u64(one, "index", change->index, err));
	cc_time_print((int64_t)change->time, time);
	CC_TRY(cc_json_set_str(one, "time", time, err));
	if (is_reader)
		CC_TRY(print_author(change, one, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int add_version(struct cc_state *state, const char *name, uint64_t version, bool is_reader,
		       struct cc_json *list, struct cc_err *err)
{
	struct cc_rec_change change = { 0 };
	CC_AUTO_FREE char *key = NULL;
	int done = 0;

	CC_TRY(cc_policy_change_key(name, version, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_change, key, &change, err));
	done = print_version(&change, version, is_reader, list, err);
	cc_record_clear(&cc_rec_change, &change);
	return done;
}

/* Whoever may read; of a policy with a salt the hashes are for everyone. */
static int check_reader(const struct cc_operation_call *call, const struct cc_known *known,
			const struct cc_rec_policy *row, bool *is_reader, struct cc_err *err)
{
	struct cc_err denied = { 0 };

	*is_reader = cc_caller_may(&call->caller, known, CC_RIGHT_READ, &denied) == 0;
	if (*is_reader || row->salted)
		return 0;
	*err = denied;
	return cc_failed();
}

/* Newest first. The first version that is not in the page any more is the next page's `from`. */
int cc_policy_versions(struct cc_state *state, const struct cc_operation_call *call,
		       struct cc_result *result, struct cc_err *err)
{
	static const char *const known_members[] = { "from", "limit" };
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_AUTO_JSON struct cc_json *list = NULL;
	const struct cc_rec_policy *row = NULL;
	struct cc_known known = { 0 };
	uint64_t limit = 0, at = 0;
	bool is_reader = false;

	if (call->body != NULL)
		CC_TRY(cc_json_closed(call->body, known_members, CC_COUNT(known_members), err));
	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, call->argument, &known, &row, err));
	CC_TRY(check_reader(call, &known, row, &is_reader, err));
	CC_TRY(cc_call_page(call, &limit, err));
	CC_TRY(cc_call_number(call, "from", row->version, row->version, &at, err));
	CC_TRY(cc_json_array(&list, err));
	for (; at > 0 && cc_json_count(list) < limit; at--)
		CC_TRY(add_version(state, row->name, at, is_reader, list, err));
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_str(result->answer, "name", row->name, err));
	CC_TRY(cc_json_set_u64(result->answer, "count", row->version, err));
	if (at > 0)
		CC_TRY(cc_json_set_u64(result->answer, "next", at, err));
	return cc_json_set(result->answer, "versions", CC_TAKE(list), err);
}
