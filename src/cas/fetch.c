/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/fetch.h"

#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"

#define EVIDENCE_ANSWER_MAX ((size_t)6 * 1024 * 1024)
#define CHALLENGE_MAX ((size_t)64 * 1024)

enum step {
	STEP_DOCUMENT = 0,
	STEP_EVIDENCE,
	STEP_APPRAISAL, /* at our verifier */
	STEP_CHALLENGE,
	STEP_ASK,
	STEP_COUNT,
};

struct cc_fetch {
	struct cc_asked *asked;
	void (*done)(struct cc_asked *asked, const struct cc_err *why);
	uint32_t id;
	uint64_t until_ms;
	enum step step;
	struct cc_tree_head seen;
	struct cc_document giver;
	struct cc_digest exporter;
	uint8_t nonce[CC_NONCE_LEN]; /* ours */
	struct cc_digest64 expected; /* of the giver's evidence */
	struct cc_buf evidence;
	struct cc_claims claims;
	struct cc_hpke_key *key; /* of this ask alone */
	struct cc_peer_ask ask;
	struct cc_digest64 report; /* of ours */
};

void cc_fetch_free(struct cc_fetch *fetch)
{
	if (fetch == NULL)
		return;
	cc_document_clear(&fetch->giver);
	cc_buf_clear(&fetch->evidence);
	cc_hpke_key_free(fetch->key);
	cc_peer_ask_clear(&fetch->ask);
	free(fetch);
}

static struct cc_keeper *keeper_of(const struct cc_fetch *fetch)
{
	return fetch->asked->keeper;
}

static const struct cc_peer_import *import_of(const struct cc_fetch *fetch)
{
	return &fetch->asked->peers.lacking;
}

static int tell_web(const struct cc_fetch *fetch, const char *address, const char *path,
		    struct cc_span body, struct cc_err *err)
{
	const struct cc_peer_import *import = import_of(fetch);
	struct cc_message message = { .type = CC_PEER_ASK, .id = fetch->id };

	message.fields[CC_PEER_ADDRESS] = cc_span_str(address);
	if (import->cas.key.is_set)
		message.fields[CC_PEER_PIN] = CC_DIGEST_SPAN(import->cas.key.digest);
	message.fields[CC_PEER_PATH] = cc_span_str(path);
	message.fields[CC_PEER_BODY] = body;
	return cc_wire_send(keeper_of(fetch)->webs[0], &message, err);
}

static void end(struct cc_fetch *fetch, const struct cc_err *why)
{
	struct cc_asked *asked = fetch->asked;
	void (*done)(struct cc_asked *, const struct cc_err *) = fetch->done;
	struct cc_err ignored = { 0 };

	cc_ignore(tell_web(fetch, "", "", cc_span(NULL, 0), &ignored));
	asked->keeper->fetches[fetch->id % CC_FETCHES_MAX] = NULL;
	asked->fetch = NULL;
	cc_fetch_free(fetch);
	done(asked, why);
}

/* Step 1: who it says it is. Under the pinned key when there is one; else evidence decides. */

static int hear_document(struct cc_fetch *fetch, struct cc_span body, struct cc_err *err)
{
	const struct cc_peer_import *import = import_of(fetch);
	struct cc_state *state = keeper_of(fetch)->cas.state;

	CC_TRY(cc_document_open(body, import->cas.key.is_set ? &import->cas.key.digest : NULL,
				&fetch->giver, err));
	cc_state_begin(state, cc_time_now());
	CC_TRY(cc_peer_seen(state, &fetch->giver.key_hash, &fetch->seen, err));
	if (fetch->giver.head.size < fetch->seen.size)
		return cc_peer_follows(&fetch->seen, &fetch->giver.head,
				       &(struct cc_tree_proof){ 0 }, err);
	return 0;
}

/* Step 2: its evidence, over our nonce and the connection. */

static int ask_evidence(struct cc_fetch *fetch, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf body = { 0 };

	CC_TRY(cc_random(CC_MUT(fetch->nonce), err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_base64(json, "nonce", CC_SPAN(fetch->nonce), err));
	CC_TRY(cc_json_print(json, &body, err));
	return tell_web(fetch, "", "/v1/attest-cas", cc_buf_span(&body), err);
}

static int expect_evidence(struct cc_fetch *fetch, struct cc_err *err)
{
	struct cc_report report = { .role = CC_ROLE_CAS,
				    .exporter = fetch->exporter,
				    .cas_key = fetch->giver.key_hash,
				    .hpke = fetch->giver.hpke };
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	memcpy(report.nonce, fetch->nonce, sizeof(report.nonce));
	CC_TRY(cc_pubkey_to_raw(fetch->giver.key, &raw, err));
	if (raw.len != sizeof(report.signer))
		return cc_fail(err, CC_E_ARG, "its key is not Ed25519");
	memcpy(report.signer, raw.at, sizeof(report.signer));
	return cc_report_data(&report, &fetch->expected, err);
}

static void on_appraised(struct cc_asked *asked, const struct cc_err *failure);

static int hear_evidence(struct cc_fetch *fetch, struct cc_span body, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_appraisal appraisal = { .expected = &fetch->expected,
					  .claims = &fetch->claims,
					  .done = on_appraised };

	CC_TRY(cc_json_parse(body, EVIDENCE_ANSWER_MAX, &json, err));
	CC_TRY(cc_json_get_str(json, "platform", &appraisal.platform, err));
	CC_TRY(cc_json_get_base64(json, "evidence", CC_EVIDENCE_MAX, &fetch->evidence, err));
	appraisal.evidence = cc_buf_span(&fetch->evidence);
	CC_TRY(expect_evidence(fetch, err));
	return cc_asked_appraise(fetch->asked, &appraisal, err);
}

static int check_giver(const struct cc_fetch *fetch, struct cc_err *err)
{
	CC_TRY(cc_peer_check(&fetch->giver, &fetch->claims, err));
	return cc_peer_pinned(import_of(fetch), &fetch->giver, &fetch->claims, err);
}

/* Step 3: its nonce. */

static int ask_challenge(struct cc_fetch *fetch, struct cc_err *err)
{
	return tell_web(fetch, "", "/v1/challenge", cc_span_str("{}"), err);
}

static int hear_challenge(struct cc_fetch *fetch, struct cc_span body, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(body, CHALLENGE_MAX, &json, err));
	return cc_json_get_base64_fixed(json, "nonce", CC_MUT(fetch->ask.nonce), err);
}

/* Step 4: what we ask for, with our own evidence, under our CAS key. */

static int fill_want(const struct cc_fetch *fetch, struct cc_peer_want *want, struct cc_err *err)
{
	const struct cc_peer_import *import = import_of(fetch);

	want->policy_hash = import->policy_hash;
	want->seen = fetch->seen.size;
	want->has_session_hash = import->session_hash.is_set;
	want->session_hash = import->session_hash.digest;
	CC_TRY(cc_str_dup(import->policy, &want->policy, err));
	CC_TRY(cc_str_dup(import->session, &want->session, err));
	CC_TRY(cc_str_dup(import->secret, &want->secret, err));
	return cc_str_dup(cc_class_name(import->class), &want->class, err);
}

static int prove_ourselves(struct cc_fetch *fetch, struct cc_err *err)
{
	struct cc_keeper *keeper = keeper_of(fetch);
	const struct cc_key *cas = keeper->cas.keys.cas;
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_keeper_says(keeper, &json, err));
	CC_TRY(cc_json_print(json, &fetch->ask.cas, err));
	CC_TRY(cc_peer_report(&fetch->ask, &fetch->exporter, cc_key_public(cas), &fetch->report,
			      err));
	CC_TRY(cc_peer_sign(cas, &fetch->report, &fetch->ask, err));
	CC_TRY(cc_str_dup(cc_platform_kind_name(keeper->platform), &fetch->ask.platform, err));
	return cc_platform_quote(keeper->platform, &fetch->report, &fetch->ask.evidence, err);
}

static int ask_secret(struct cc_fetch *fetch, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };

	CC_TRY(cc_hpke_key_generate(&fetch->key, err));
	fetch->ask.hpke = *cc_hpke_key_public(fetch->key);
	fetch->ask.cas_key = fetch->giver.key_hash;
	CC_TRY(fill_want(fetch, &fetch->ask.want, err));
	CC_TRY(prove_ourselves(fetch, err));
	CC_TRY(cc_peer_ask_print(&fetch->ask, &body, err));
	return tell_web(fetch, "", "/v1/peer", cc_buf_span(&body), err);
}

/* The ledger over there has gone on from what we know, and has the entry of this release. */
static int check_head(struct cc_fetch *fetch, const struct cc_peer_answer *answer,
		      struct cc_err *err)
{
	struct cc_tree_proof proof = { .count = answer->proof_count };

	memcpy(proof.hashes, answer->proof, sizeof(proof.hashes));
	CC_TRY(cc_document_head(cc_buf_span(&answer->checkpoint), &fetch->giver, err));
	CC_TRY(cc_peer_follows(&fetch->seen, &fetch->giver.head, &proof, err));
	if (answer->release.index >= fetch->giver.head.size)
		return cc_fail(err, CC_E_EVIDENCE,
			       "its checkpoint does not have the entry of the release");
	return 0;
}

static int hear_answer(struct cc_fetch *fetch, struct cc_span body, struct cc_err *err)
{
	const struct cc_release_expect expect = { .report_data = &fetch->report,
						  .key = fetch->key,
						  .cas = fetch->giver.key,
						  .pin = &fetch->giver.key_hash };
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { 0 };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	CC_AUTO_BUF struct cc_buf given = { 0 };
	struct cc_peer_giver giver = { .cas_key = fetch->giver.key_hash,
				       .class = fetch->claims.class };

	CC_TRY(cc_peer_answer_parse(body, &answer, err));
	CC_TRY(cc_release_open(&answer.release, &expect, &given, &frames, err));
	CC_TRY(check_head(fetch, &answer, err));
	giver.head = fetch->giver.head;
	giver.index = answer.release.index;
	return cc_peers_add(&fetch->asked->peers, import_of(fetch), &giver, cc_buf_span(&given),
			    err);
}

/* The steps by their order. */

static const struct {
	const char *name; /* "its …" */
	int (*ask)(struct cc_fetch *fetch, struct cc_err *err);
	int (*hear)(struct cc_fetch *fetch, struct cc_span body, struct cc_err *err);
} steps[STEP_COUNT] = {
	[STEP_DOCUMENT] = { "what it says of itself", NULL, hear_document },
	[STEP_EVIDENCE] = { "its evidence", ask_evidence, hear_evidence },
	[STEP_APPRAISAL] = { "the appraisal of its evidence", NULL, NULL },
	[STEP_CHALLENGE] = { "its challenge", ask_challenge, hear_challenge },
	[STEP_ASK] = { "its answer", ask_secret, hear_answer },
};

static void fail(struct cc_fetch *fetch, struct cc_err *err)
{
	const struct cc_peer_import *import = import_of(fetch);

	if (err->hint[0] == '\0')
		cc_err_hint(err,
			    "the owner of '%.80s' looks whether '%.80s' there exports '%.40s' "
			    "to it, and whether that CAS runs",
			    import->policy, import->session, import->secret);
	cc_err_wrap(err, "secret '%.64s' of policy '%.64s' at CAS '%.64s', %s", import->name,
		    import->policy, import->url, steps[fetch->step].name);
	end(fetch, err);
}

/* What is wrong may be this step's end, or the next one's beginning. */
static int go_on(struct cc_fetch *fetch, struct cc_err *err)
{
	fetch->step++;
	if (fetch->step == STEP_COUNT || steps[fetch->step].ask == NULL)
		return 0;
	return steps[fetch->step].ask(fetch, err);
}

static void on_appraised(struct cc_asked *asked, const struct cc_err *failure)
{
	struct cc_fetch *fetch = asked->fetch;
	struct cc_err err = { 0 };

	if (failure != NULL)
		err = *failure;
	if (failure != NULL || check_giver(fetch, &err) != 0 || go_on(fetch, &err) != 0)
		fail(fetch, &err);
}

/* The same connection all along: evidence holds for no other. */
static int check_exporter(struct cc_fetch *fetch, struct cc_span exporter, struct cc_err *err)
{
	if (exporter.len != sizeof(fetch->exporter.b))
		return cc_fail(err, CC_E_UNAVAILABLE, "web names no connection");
	if (fetch->step == STEP_DOCUMENT)
		memcpy(fetch->exporter.b, exporter.at, sizeof(fetch->exporter.b));
	if (cc_span_eq(exporter, CC_DIGEST_SPAN(fetch->exporter)))
		return 0;
	return cc_fail(err, CC_E_EVIDENCE, "the connection is another one than before");
}

static int check_reply(struct cc_fetch *fetch, const struct cc_message *message, struct cc_err *err)
{
	struct cc_span status = message->fields[CC_PEER_STATUS];
	struct cc_span body = message->fields[CC_PEER_ANSWER];
	CC_AUTO_REPLY struct cc_reply reply = { .status = (unsigned int)(status.at[0] << 8 |
									 status.at[1]) };

	if (reply.status == 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "%.*s",
			       (int)(body.len > 200 ? 200 : body.len), (const char *)body.at);
	CC_TRY(check_exporter(fetch, message->fields[CC_PEER_EXPORTER], err));
	if (reply.status == 200)
		return 0;
	CC_TRY(cc_buf_add(&reply.body, body, err));
	return cc_unsigned_refusal(&reply, err);
}

static struct cc_fetch *find(struct cc_keeper *keeper, uint32_t id)
{
	struct cc_fetch *fetch = keeper->fetches[id % CC_FETCHES_MAX];

	return fetch != NULL && fetch->id == id ? fetch : NULL;
}

void cc_fetch_heard(struct cc_keeper *keeper, const struct cc_message *message)
{
	struct cc_fetch *fetch = find(keeper, message->id);
	struct cc_err err = { 0 };

	if (fetch == NULL)
		return;
	/* The verifier has our evidence still: its claims come first, then this ends. */
	if (fetch->step == STEP_APPRAISAL)
		return;
	if (check_reply(fetch, message, &err) != 0 ||
	    steps[fetch->step].hear(fetch, message->fields[CC_PEER_ANSWER], &err) != 0 ||
	    go_on(fetch, &err) != 0)
		fail(fetch, &err);
	else if (fetch->step == STEP_COUNT)
		end(fetch, NULL);
}

void cc_fetch_tick(struct cc_keeper *keeper, uint64_t now_ms)
{
	for (size_t i = 0; i < CC_FETCHES_MAX; i++) {
		struct cc_fetch *fetch = keeper->fetches[i];
		struct cc_err err = { 0 };

		/* Who waits for the verifier is called back by it. */
		if (fetch == NULL || now_ms < fetch->until_ms || fetch->step == STEP_APPRAISAL)
			continue;
		cc_err_set(&err, CC_E_UNAVAILABLE, "it took more than %d s",
			   CC_FETCH_LIFE_MS / 1000);
		fail(fetch, &err);
	}
}

/* "host" is "host:18765", as 'concordat cas start' listens without being told. */
static int make_address(const char *url, char **out, struct cc_err *err)
{
	const char *bracket = strrchr(url, ']');

	if (strchr(bracket != NULL ? bracket : url, ':') != NULL)
		return cc_str_dup(url, out, err);
	return cc_strf(out, err, "%s:18765", url);
}

static int find_place(struct cc_keeper *keeper, uint32_t *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_FETCHES_MAX; i++) {
		*out = keeper->next_fetch++;
		if (keeper->fetches[*out % CC_FETCHES_MAX] == NULL)
			return 0;
	}
	return cc_fail(err, CC_E_UNAVAILABLE, "too many secrets of other CASes are being fetched");
}

int cc_fetch_start(struct cc_asked *asked,
		   void (*done)(struct cc_asked *asked, const struct cc_err *why),
		   struct cc_err *err)
{
	struct cc_keeper *keeper = asked->keeper;
	CC_AUTO_FREE char *address = NULL;
	struct cc_fetch *fetch = NULL;
	uint32_t id = 0;

	CC_TRY(make_address(asked->peers.lacking.url, &address, err));
	CC_TRY(find_place(keeper, &id, err));
	fetch = calloc(1, sizeof(*fetch));
	if (fetch == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a secret of another CAS");
	*fetch = (struct cc_fetch){ .asked = asked,
				    .done = done,
				    .id = id,
				    .until_ms = cc_time_monotonic_ms() + CC_FETCH_LIFE_MS };
	if (tell_web(fetch, address, "/v1/cas", cc_span(NULL, 0), err) != 0) {
		cc_fetch_free(fetch);
		return -1;
	}
	asked->fetch = keeper->fetches[id % CC_FETCHES_MAX] = fetch;
	return 0;
}
