/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/idempotency.h"

#include "base/str.h"
#include "codec/text.h"

/* The requests that share a row with the one that is asked. */
struct bucket {
	char *key;
	struct cc_rec_idempotency row;
};

static void clear_bucket(struct bucket *bucket)
{
	free(bucket->key);
	cc_record_clear(&cc_rec_idempotency, &bucket->row);
}

static int open_bucket(struct cc_state *state, const struct cc_operation_call *call,
		       struct bucket *out, struct cc_err *err)
{
	struct cc_digest hash = { 0 };
	char caller[CC_HEX_DIGEST];
	bool found = false;

	CC_TRY(cc_sha256(cc_span_str(call->idempotency), &hash, err));
	cc_hex_digest(&call->caller.key, caller);
	CC_TRY(cc_strf(&out->key, err, "%s\n%s\n%u", cc_caller_identity(&call->caller), caller,
		       (unsigned int)hash.b[0] % CC_IDEMPOTENCY_BUCKETS));
	return cc_state_find(state, &cc_rec_idempotency, out->key, &out->row, &found, err);
}

/* What the caller asks, whole: operation, path, query and body. */
static int hash_request(const struct cc_change *change, const struct cc_operation_call *call,
			struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf all = { 0 };

	CC_TRY(cc_buf_add_sized(&all, cc_span_str("concordat repeat 1"), err));
	CC_TRY(cc_buf_add_sized(&all, cc_span_str(change->name), err));
	CC_TRY(cc_buf_add_sized(&all, cc_span_str(call->argument), err));
	/* A query is not signed: in a signed request it says nothing, here neither. */
	CC_TRY(cc_buf_add_sized(&all, cc_span_str(call->caller.transport ? call->query : ""), err));
	CC_TRY(cc_buf_add_sized(&all, call->bytes, err));
	return cc_sha256(cc_buf_span(&all), out, err);
}

static bool is_forgotten(const struct cc_rec_request *request, uint64_t index)
{
	return index - request->index > CC_IDEMPOTENCY_ENTRIES;
}

static const struct cc_rec_request *find(const struct bucket *bucket, const char *key,
					 uint64_t index)
{
	for (size_t i = 0; i < bucket->row.requests.count; i++) {
		const struct cc_rec_request *one =
			CC_LIST_AT(bucket->row.requests, struct cc_rec_request, i);

		if (cc_str_eq(one->key, key) && !is_forgotten(one, index))
			return one;
	}
	return NULL;
}

/* Room for one more: what is forgotten goes, then the oldest. */
static void make_room(struct cc_list *requests, uint64_t index)
{
	for (size_t i = requests->count; i > 0; i--)
		if (is_forgotten(CC_LIST_AT(*requests, struct cc_rec_request, i - 1), index))
			cc_list_drop(requests, &cc_rec_request, i - 1);
	while (requests->count >= CC_IDEMPOTENCY_EACH)
		cc_list_drop(requests, &cc_rec_request, 0);
}

static int remember(struct cc_state *state, const char *key, const struct cc_digest *request,
		    const char *subject, struct bucket *bucket, struct cc_err *err)
{
	struct cc_rec_request *one = NULL;
	void *at = NULL;

	make_room(&bucket->row.requests, cc_state_index(state));
	CC_TRY(cc_list_add(&bucket->row.requests, &cc_rec_request, &at, err));
	one = at;
	CC_TRY(cc_str_dup(key, &one->key, err));
	CC_TRY(cc_str_dup(subject, &one->subject, err));
	memcpy(one->request, request->b, sizeof(one->request));
	one->index = cc_state_index(state);
	return cc_state_put(state, &cc_rec_idempotency, bucket->key, &bucket->row, err);
}

static int decide_with_key(const struct cc_change *change, struct cc_state *state,
			   const struct cc_operation_call *call, struct cc_result *result,
			   struct cc_err *err)
{
	CC_CLEANUP(clear_bucket) struct bucket bucket = { 0 };
	const struct cc_rec_request *before = NULL;
	struct cc_digest request = { 0 };

	CC_TRY(open_bucket(state, call, &bucket, err));
	CC_TRY(hash_request(change, call, &request, err));
	before = find(&bucket, call->idempotency, cc_state_index(state));
	if (before != NULL && memcmp(before->request, request.b, sizeof(request.b)) == 0)
		return change->again(state, call, before->subject, before->index, result, err);
	if (before != NULL) {
		cc_err_set(err, CC_E_CONFLICT,
			   "the Idempotency-Key '%s' was used for another request",
			   call->idempotency);
		return cc_hint(err, "a new request takes a new key");
	}
	CC_TRY(change->decide(state, call, result, err));
	if (result->type == NULL || result->subject == NULL)
		return 0;
	return remember(state, call->idempotency, &request, result->subject, &bucket, err);
}

int cc_change_decide(const struct cc_change *change, struct cc_state *state,
		     const struct cc_operation_call *call, struct cc_result *result,
		     struct cc_err *err)
{
	/* Nobody has no keys of its own. */
	if (!call->caller.known || call->idempotency == NULL || call->idempotency[0] == '\0')
		return change->decide(state, call, result, err);
	return decide_with_key(change, state, call, result, err);
}
