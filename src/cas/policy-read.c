/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies are read, and their hashes shown to those who may know them.
 *
 * Whoever knows a policy hash can try guesses of what the policy spells out against it: a
 * password in the text is as good as published. So without a salt the hash is for readers only,
 * and the public ledger has a commitment to it (scone.md 1.5).
 */
#include "base/str.h"
#include "cas/operation.h"
#include "cas/policies.h"
#include "cas/view.h"
#include "codec/text.h"
#include "ledger/entry.h"

int cc_policy_version_key(const char *name, const uint8_t hash[static 32], char **out,
			  struct cc_err *err)
{
	struct cc_digest digest = { 0 };
	char text[CC_HEX_DIGEST];

	memcpy(digest.b, hash, sizeof(digest.b));
	cc_hex_digest(&digest, text);
	return cc_strf(out, err, "%s\n%s", name, text);
}

static int find_version(struct cc_state *state, const char *name, const uint8_t hash[static 32],
			struct cc_rec_version *out, bool *found, struct cc_err *err)
{
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(cc_policy_version_key(name, hash, &key, err));
	return cc_state_find(state, &cc_rec_version, key, out, found, err);
}

int cc_policy_blind(struct cc_state *state, const char *name, const uint8_t hash[static 32],
		    uint8_t out[static 32], struct cc_err *err)
{
	struct cc_rec_version version = { 0 };
	struct cc_salt salt = { 0 };
	bool found = false;

	CC_TRY(find_version(state, name, hash, &version, &found, err));
	memcpy(out, version.blind, sizeof(version.blind));
	cc_record_clear(&cc_rec_version, &version);
	if (found)
		return 0;
	CC_TRY(cc_salt_new(&salt, err));
	memcpy(out, salt.b, sizeof(salt.b));
	return 0;
}

static int add_commitment(const struct cc_rec_version *version, const uint8_t hash[static 32],
			  const char *member, struct cc_json *fields, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;
	struct cc_digest commitment = { 0 };
	struct cc_salt salt = { 0 };

	memcpy(salt.b, version->blind, sizeof(salt.b));
	CC_TRY(cc_commit("policy hash", &salt, cc_span(hash, 32), &commitment, err));
	CC_TRY(cc_strf(&name, err, "%s_commitment", member));
	return cc_json_set_hex(fields, name, CC_DIGEST_SPAN(commitment), err);
}

int cc_policy_publish(struct cc_state *state, const char *name, const uint8_t hash[static 32],
		      const char *member, struct cc_json *fields, struct cc_err *err)
{
	struct cc_rec_version version = { 0 };
	bool found = false;
	int done = 0;

	CC_TRY(find_version(state, name, hash, &version, &found, err));
	if (found)
		done = version.salted ? cc_json_set_hex(fields, member, cc_span(hash, 32), err)
				      : add_commitment(&version, hash, member, fields, err);
	cc_record_clear(&cc_rec_version, &version);
	return done;
}

static int answer_signatures(const char *signatures, struct cc_json *answer, struct cc_err *err)
{
	struct cc_json *list = NULL;

	if (signatures == NULL)
		return 0;
	CC_TRY(cc_json_parse(cc_span_str(signatures), CC_RECORD_MAX, &list, err));
	return cc_json_set(answer, "signatures", list, err);
}

/* With `hash_salt` the reader opens the commitments of the ledger to this hash. */
static int answer_read(const char *name, const uint8_t hash[static 32],
		       const struct cc_rec_version *version, struct cc_result *result,
		       struct cc_err *err)
{
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_str(result->answer, "name", name, err));
	CC_TRY(cc_json_set_hex(result->answer, "hash", cc_span(hash, 32), err));
	CC_TRY(cc_json_set_hex(result->answer, "creator", CC_SPAN(version->creator), err));
	CC_TRY(cc_json_set_u64(result->answer, "index", version->index, err));
	if (!version->salted)
		CC_TRY(cc_json_set_hex(result->answer, "hash_salt", CC_SPAN(version->blind), err));
	CC_TRY(answer_signatures(version->signatures, result->answer, err));
	return cc_json_set_str(result->answer, "policy", version->text, err);
}

int cc_policy_version_text(struct cc_state *state, const char *name, const uint8_t hash[static 32],
			   char **out, struct cc_err *err)
{
	struct cc_rec_version version = { 0 };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(cc_policy_version_key(name, hash, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_version, key, &version, err));
	*out = CC_TAKE(version.text);
	cc_record_clear(&cc_rec_version, &version);
	return 0;
}

/* An old version, by hash: whoever may read the policy now may read what it was. */
static int read_version(struct cc_state *state, const char *name, const uint8_t hash[static 32],
			struct cc_result *result, struct cc_err *err)
{
	struct cc_rec_version version = { 0 };
	CC_AUTO_FREE char *key = NULL;
	int done = 0;

	CC_TRY(cc_policy_version_key(name, hash, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_version, key, &version, err));
	done = answer_read(name, hash, &version, result, err);
	cc_record_clear(&cc_rec_version, &version);
	return done;
}

/* Which version a caller asks for, NULL for the active one. */
static int asked_version(const struct cc_operation_call *call, char **out, struct cc_err *err)
{
	static const char *const known[] = { "hash" };

	if (call->body != NULL)
		CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	return cc_call_text(call, "hash", out, err);
}

int cc_policy_read(struct cc_state *state, const struct cc_operation_call *call,
		   struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_rec_policy *row = NULL;
	struct cc_known known = { 0 };
	CC_AUTO_FREE char *hash = NULL;
	struct cc_digest asked = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, call->argument, &known, &row, err));
	CC_TRY(cc_caller_may(&call->caller, &known, CC_RIGHT_READ, err));
	CC_TRY(asked_version(call, &hash, err));
	if (hash == NULL)
		return read_version(state, row->name, row->hash, result, err);
	CC_TRY(cc_hex_parse_fixed(cc_span_str(hash), "hash", CC_MUT(asked.b), err));
	return read_version(state, row->name, asked.b, result, err);
}
