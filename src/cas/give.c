/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/give.h"

#include "base/str.h"
#include "cas/ballot.h"
#include "cas/vault.h"
#include "codec/text.h"
#include "crypto/kdf.h"
#include "ledger/entry.h"

#define ABOUT "peer.release"

struct giving {
	const struct cc_give_call *call;
	struct cc_state *state;
	struct cc_cas_view view;
	struct cc_known giver;
	struct cc_secret_use use;
	enum cc_class class; /* the weaker of the asker's own and its program's */
	struct cc_salt salt;
	struct cc_vault *vault;
};

static void clear(struct giving *g)
{
	cc_vault_free(g->vault);
	cc_cas_view_clear(&g->view);
}

/* In the words of an export that is not there: who has none learns no names of policies. */
static int find_giver(struct giving *g, struct cc_err *err)
{
	const struct cc_peer_want *want = &g->call->ask->want;
	const struct cc_policy nobody = { .name = want->session };
	const struct cc_peer_policy asker = { .name = want->policy };

	if (cc_cas_view_raw(&g->view, want->session, &g->giver, err) == 0)
		return 0;
	if (err->code != CC_E_NOTFOUND)
		return -1;
	*err = (struct cc_err){ 0 };
	return cc_decide_peer_secret(&nobody, &asker, want->secret, &g->use, err);
}

static int decide(struct giving *g, struct cc_err *err)
{
	const struct cc_peer_want *want = &g->call->ask->want;
	const struct cc_claims *claims = g->call->claims;
	struct cc_peer_policy asker = { .name = want->policy,
					.hash = want->policy_hash,
					.cas_key = g->call->asker->key_hash };

	CC_TRY(cc_software_key(cc_platform_name(claims->platform),
			       cc_span(claims->measurement, claims->measurement_len),
			       &asker.software_key, err));
	CC_TRY(cc_decide_peer_secret(g->giver.policy, &asker, want->secret, &g->use, err));
	/* Only who has an export learns that the version is another one, or that it is stopped. */
	if (want->has_session_hash && !cc_digest_eq(&want->session_hash, &g->giver.hash))
		return cc_fail(err, CC_E_DENIED,
			       "policy '%.128s' is not the version from which '%.128s' is imported",
			       want->session, want->secret);
	return cc_board_require_running(g->state, want->session, err);
}

/* Data goes to no weaker class than its owner tolerates: neither a program nor a keeper. */
static int check_class(struct giving *g, struct cc_err *err)
{
	enum cc_class program = cc_class_named(g->call->ask->want.class);
	enum cc_class keeper = g->call->claims->class;

	if (program == CC_CLASS_NONE || keeper == CC_CLASS_NONE)
		return cc_fail(err, CC_E_ARG, "a secret is asked for without a class");
	g->class = program < keeper ? program : keeper;
	return cc_decide_class(g->giver.policy, g->class, err);
}

static int print_value(struct giving *g, const char *name, struct cc_buf *out, struct cc_err *err)
{
	struct cc_secret_found found = { 0 };

	CC_TRY(cc_vault_find(g->vault, g->giver.policy->name, name, &found, err));
	return cc_secret_value_print(found.value, out, err);
}

/* Ours can be derived again for every entry, so that the commitment can be opened later. */
static int make_salt(struct giving *g, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *salt = NULL;
	CC_AUTO_BUF struct cc_buf index = { 0 };

	CC_TRY(cc_buf_add_u64be(&index, cc_state_index(g->state), err));
	CC_TRY(cc_hkdf(cc_state_keys(g->state)->row, cc_buf_span(&index),
		       cc_span_str("concordat peer salt 1"), sizeof(g->salt.b), &salt, err));
	memcpy(g->salt.b, cc_secret_span(salt).at, sizeof(g->salt.b));
	return 0;
}

static int seal(struct giving *g, struct cc_release *out, struct cc_err *err)
{
	const struct cc_vault_start start = { .view = &g->view, .class = g->class };
	CC_AUTO_BUF struct cc_buf value = { .max = CC_SECRET_RECORD_MAX },
				  key = { .max = CC_SECRET_RECORD_MAX }, text = { 0 };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	struct cc_peer_given given = { .session_hash = CC_DIGEST_SPAN(g->giver.hash),
				       .salt = CC_SPAN(g->salt.b) };
	struct cc_release_plan plan = { .report_data = g->call->report_data,
					.to = &g->call->ask->hpke,
					.cas = cc_state_keys(g->state)->cas };

	CC_TRY(cc_vault_new(&start, &g->vault, err));
	CC_TRY(print_value(g, g->use.secret->name, &value, err));
	if (g->use.key != NULL)
		CC_TRY(print_value(g, g->use.key->name, &key, err));
	given.value = cc_buf_span(&value);
	given.key = cc_buf_span(&key);
	CC_TRY(cc_peer_given_print(&given, &text, err));
	plan.configuration = cc_buf_span(&text);
	out->index = cc_state_index(g->state);
	CC_TRY(cc_random(CC_MUT(out->session), err));
	return cc_release_seal(&plan, out, &frames, err);
}

static int describe(const struct giving *g, struct cc_json **out, struct cc_err *err)
{
	const struct cc_peer_want *want = &g->call->ask->want;
	const struct cc_claims *claims = g->call->claims;
	CC_AUTO_JSON struct cc_json *fields = NULL;
	struct cc_digest commitment = { 0 };

	CC_TRY(cc_commit(ABOUT, &g->salt, cc_span_str(want->secret), &commitment, err));
	CC_TRY(cc_json_object(&fields, err));
	CC_TRY(cc_json_set_str(fields, "policy", want->session, err));
	CC_TRY(cc_json_set_hex(fields, "policy_hash", CC_DIGEST_SPAN(g->giver.hash), err));
	CC_TRY(cc_json_set_hex(fields, "cas_key", CC_DIGEST_SPAN(g->call->asker->key_hash), err));
	CC_TRY(cc_json_set_str(fields, "to", want->policy, err));
	CC_TRY(cc_json_set_hex(fields, "to_hash", CC_DIGEST_SPAN(want->policy_hash), err));
	CC_TRY(cc_json_set_hex(fields, "secret", CC_DIGEST_SPAN(commitment), err));
	CC_TRY(cc_json_set_str(fields, "class", cc_class_name(g->class), err));
	CC_TRY(cc_json_set_hex(fields, "measurement",
			       cc_span(claims->measurement, claims->measurement_len), err));
	*out = CC_TAKE(fields);
	return 0;
}

int cc_give_decide(struct cc_state *state, const struct cc_give_call *call, struct cc_release *out,
		   struct cc_json **fields, struct cc_err *err)
{
	CC_CLEANUP(clear) struct giving g = { .call = call, .state = state };

	cc_cas_view_init(&g.view, state);
	CC_TRY(cc_peer_check(call->asker, call->claims, err));
	if (call->ask->want.seen > cc_state_index(state))
		return cc_fail(err, CC_E_STALE,
			       "the CAS that asks has seen %llu entries of our ledger, which has "
			       "%llu: we were rolled back, or it means another CAS",
			       (unsigned long long)call->ask->want.seen,
			       (unsigned long long)cc_state_index(state));
	CC_TRY(find_giver(&g, err));
	CC_TRY(decide(&g, err));
	CC_TRY(check_class(&g, err));
	CC_TRY(make_salt(&g, err));
	CC_TRY(seal(&g, out, err));
	return describe(&g, fields, err);
}
