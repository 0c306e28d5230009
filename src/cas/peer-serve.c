/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/peer: another CAS asks for a secret that a policy here exports to a policy there. */
#include "base/time.h"
#include "cas/asked.h"
#include "cas/give.h"

static int prove_continuation(const struct cc_asked *asked, const struct cc_tree_head *head,
			      struct cc_peer_answer *out, struct cc_err *err)
{
	const struct cc_tree_source source = cc_keeper_tree(asked->keeper);
	uint64_t seen = asked->peer.want.seen;
	struct cc_tree_proof proof = { 0 };

	if (seen == 0)
		return 0;
	CC_TRY(cc_tree_prove_consistency(&source, seen, head->size, &proof, err));
	memcpy(out->proof, proof.hashes, sizeof(out->proof));
	out->proof_count = proof.count;
	return 0;
}

/* After the entry is durable and co-signed: the checkpoint has it. */
static int make_answer(struct cc_asked *asked, struct cc_buf *text, struct cc_err *err)
{
	struct cc_span note = cc_pipeline_checkpoint(asked->keeper->pipeline);
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { 0 };
	CC_AUTO_FREE struct cc_note *opened = calloc(1, sizeof(*opened));
	struct cc_checkpoint checkpoint = { 0 };

	if (opened == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a checkpoint");
	CC_TRY(cc_checkpoint_open(note, &asked->keeper->cas.keys.log_name, &checkpoint, opened,
				  err));
	CC_TRY(cc_buf_add(&answer.checkpoint, note, err));
	CC_TRY(prove_continuation(asked, &checkpoint.head, &answer, err));
	answer.release = asked->release;
	asked->release = (struct cc_release){ 0 };
	return cc_peer_answer_print(&answer, text, err);
}

static int decide_give(void *context, struct cc_state *state, const char **type,
		       struct cc_json **fields, struct cc_err *err)
{
	struct cc_asked *asked = context;
	const struct cc_give_call call = { &asked->peer, asked->asker, &asked->claims[0],
					   &asked->report_data };

	cc_release_clear(&asked->release);
	CC_TRY(cc_give_decide(state, &call, &asked->release, fields, err));
	*type = "peer.release";
	return 0;
}

static void answer_give(void *context, const struct cc_err *failure)
{
	struct cc_asked *asked = context;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	if (failure != NULL)
		cc_asked_refuse(asked, failure);
	else if (make_answer(asked, &text, &err) != 0)
		cc_asked_refuse(asked, &err);
	else
		cc_asked_bytes(asked, "application/json", cc_buf_span(&text));
}

static void on_appraised(struct cc_asked *asked, const struct cc_err *failure)
{
	const struct cc_command_job job = { decide_give, answer_give, asked };

	if (failure != NULL) {
		cc_asked_refuse(asked, failure);
		return;
	}
	asked->proven = true;
	cc_pipeline_submit(asked->keeper->pipeline, &job, cc_time_now(), cc_time_monotonic_ms());
}

/* Whose it is: the key that signed the ask signed the document too. */
static int open_asker(struct cc_asked *asked, struct cc_err *err)
{
	asked->asker = calloc(1, sizeof(*asked->asker));
	if (asked->asker == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for another CAS");
	CC_TRY(cc_document_open(cc_buf_span(&asked->peer.cas), NULL, asked->asker, err));
	CC_TRY(cc_peer_report(&asked->peer, &asked->exporter, asked->asker->key,
			      &asked->report_data, err));
	return cc_peer_verify(&asked->peer, asked->asker->key, &asked->report_data, err);
}

int cc_asked_peer(struct cc_asked *asked, struct cc_err *err)
{
	struct cc_keeper *keeper = asked->keeper;
	struct cc_appraisal appraisal = { .expected = &asked->report_data,
					  .claims = &asked->claims[0],
					  .done = on_appraised };
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_peer_ask_parse(cc_buf_span(&asked->body), &asked->peer, err));
	memcpy(nonce.b, asked->peer.nonce, sizeof(nonce.b));
	CC_TRY(cc_nonces_take(keeper->nonces, &nonce, cc_time_monotonic_ms(), err));
	CC_TRY(cc_nonces_take_connection(keeper->nonces, &asked->exporter, cc_time_monotonic_ms(),
					 err));
	if (!cc_digest_eq(&asked->peer.cas_key, &keeper->cas.keys.cas_hash))
		return cc_fail(err, CC_E_DENIED, "the request is for a CAS with another key");
	CC_TRY(open_asker(asked, err));
	appraisal.platform = asked->peer.platform;
	appraisal.evidence = cc_buf_span(&asked->peer.evidence);
	return cc_asked_appraise(asked, &appraisal, err);
}
