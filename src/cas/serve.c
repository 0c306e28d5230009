/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to operations: what each needs before it is decided, and what goes back. */
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "cas/asked.h"
#include "cas/fetch.h"
#include "cas/frames.h"
#include "cas/https.h"
#include "cas/idempotency.h"
#include "cas/release.h"
#include "codec/text.h"
#include "evidence/evidence.h"
#include "ledger/tile.h"
#include "net/http.h"
#include "policy/encrypted.h"
#include "proto/report.h"

#define BODY_MAX ((size_t)4 * 1024 * 1024)
#define CLAIMS_MAX ((size_t)1024 * 1024)
#define COLLATERAL_MAX ((size_t)8 * 1024 * 1024)

static int parse_body(struct cc_asked *asked, struct cc_err *err)
{
	if (asked->body.len == 0)
		return 0;
	CC_TRY(cc_json_parse(cc_buf_span(&asked->body), BODY_MAX, &asked->json, err));
	if (!cc_json_is_object(asked->json))
		return cc_fail(err, CC_E_ARG, "the body is not a JSON object");
	return 0;
}

/*
 * A policy that is encrypted to this CAS: from here on the body is the signed policy inside. A
 * request that was sealed on the way is opened already.
 */
static int open_policy(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf inside = { .max = CC_ENCRYPTED_POLICY_MAX };

	if (cc_policy_form(cc_buf_span(&asked->body), &json) != CC_POLICY_ENCRYPTED)
		return 0;
	CC_TRY(cc_encrypted_policy_open(asked->keeper->cas.keys.hpke, json, &inside, err));
	asked->encrypted = true;
	cc_buf_clear(&asked->body);
	asked->body = inside;
	inside = (struct cc_buf){ 0 };
	return 0;
}

static struct cc_operation_call call_of(const struct cc_asked *asked)
{
	return (struct cc_operation_call){ .caller = asked->caller,
					   .argument = asked->argument,
					   .query = asked->query,
					   .body = asked->json,
					   .bytes = cc_buf_span(&asked->body),
					   .encrypted = asked->encrypted,
					   .idempotency = asked->idempotency,
					   .cas = &asked->keeper->cas.policy };
}

/* Changes: through the pipeline. */

struct change {
	struct cc_asked *asked;
	struct cc_change what;
};

static int decide_change(void *context, struct cc_state *state, const char **type,
			 struct cc_json **fields, struct cc_err *err)
{
	struct change *change = context;
	struct cc_asked *asked = change->asked;
	const struct cc_operation_call call = call_of(asked);

	cc_result_clear(&asked->result);
	asked->result.status = 200;
	CC_TRY(cc_change_decide(&change->what, state, &call, &asked->result, err));
	*type = asked->result.type;
	*fields = CC_TAKE(asked->result.fields);
	return 0;
}

static void answer_change(void *context, const struct cc_err *failure)
{
	struct change *change = context;
	struct cc_asked *asked = change->asked;

	free(change);
	if (failure != NULL)
		cc_asked_refuse(asked, failure);
	else
		cc_asked_answer(asked, asked->result.status, asked->result.answer);
}

static void submit(struct cc_keeper *keeper, const struct cc_command_job *job)
{
	cc_pipeline_submit(keeper->pipeline, job, cc_time_now(), cc_time_monotonic_ms());
}

static int submit_change(struct cc_asked *asked, const struct cc_change *what, struct cc_err *err)
{
	struct change *change = malloc(sizeof(*change));
	const struct cc_command_job job = { decide_change, answer_change, change };

	if (change == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	*change = (struct change){ asked, *what };
	change->what.name = cc_route_of(asked->operation)->name;
	submit(asked->keeper, &job);
	return 0;
}

/*
 * Reads: at once, on the state as it is, which the answer names by its checkpoint. When the time is
 * ahead of the state they go through the pipeline, which brings it there (due.h).
 */

/* `text`, when it is not NULL, is the member of the answer that goes out alone. */
struct reading {
	struct cc_asked *asked;
	cc_operation_fn *operation;
	const char *text;
};

static int send_read(struct cc_asked *asked, const char *text, struct cc_err *err)
{
	struct cc_state *state = asked->keeper->cas.state;

	if (text != NULL) {
		const char *value = NULL;

		CC_TRY(cc_json_get_str(asked->result.answer, text, &value, err));
		cc_asked_text(asked, "application/yaml", cc_span_str(value));
		return 0;
	}
	CC_TRY(cc_json_set_u64(asked->result.answer, "checkpoint", cc_state_frontier(state)->size,
			       err));
	cc_asked_answer(asked, asked->result.status, asked->result.answer);
	return 0;
}

static int read_state(const struct reading *reading, struct cc_state *state, struct cc_err *err)
{
	const struct cc_operation_call call = call_of(reading->asked);

	cc_result_clear(&reading->asked->result);
	reading->asked->result.status = 200;
	return reading->operation(state, &call, &reading->asked->result, err);
}

static int decide_read(void *context, struct cc_state *state, const char **type,
		       struct cc_json **fields, struct cc_err *err)
{
	(void)type;
	(void)fields;
	return read_state(context, state, err);
}

static void answer_later(void *context, const struct cc_err *failure)
{
	struct reading *reading = context;
	struct cc_asked *asked = reading->asked;
	const char *text = reading->text;
	struct cc_err err = { 0 };

	free(reading);
	if (failure != NULL)
		cc_asked_refuse(asked, failure);
	else if (send_read(asked, text, &err) != 0)
		cc_asked_refuse(asked, &err);
}

static int read_later(const struct reading *reading, struct cc_err *err)
{
	struct reading *copy = malloc(sizeof(*copy));
	const struct cc_command_job job = { decide_read, answer_later, copy };

	if (copy == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a request");
	*copy = *reading;
	submit(reading->asked->keeper, &job);
	return 0;
}

static int answer_read(struct cc_asked *asked, cc_operation_fn *operation, const char *text,
		       struct cc_err *err)
{
	const struct reading reading = { asked, operation, text };
	struct cc_state *state = asked->keeper->cas.state;
	struct cc_err why = { 0 };
	int done = 0;

	cc_state_begin(state, cc_time_now());
	done = read_state(&reading, state, &why);
	if (cc_state_owed(state)->policy != NULL)
		return read_later(&reading, err);
	if (done == 0)
		return send_read(asked, text, err);
	*err = why;
	return cc_failed();
}

/* Attestation: nonce and request first, claims from the verifier, then a change. */

static int expected_report(struct cc_asked *asked, struct cc_err *err)
{
	const struct cc_attest *attest = &asked->attest;
	struct cc_report report = { .role = attest->role,
				    .exporter = asked->exporter,
				    .cas_key = asked->keeper->cas.keys.cas_hash,
				    .policy = attest->policy,
				    .service = attest->service,
				    .ticket = attest->ticket,
				    .hpke = attest->hpke };

	memcpy(report.nonce, attest->nonce, sizeof(report.nonce));
	memcpy(report.signer, attest->signer, sizeof(report.signer));
	return cc_report_data(&report, &asked->report_data, err);
}

int cc_asked_slot(struct cc_asked *asked, uint32_t *id, struct cc_err *err)
{
	struct cc_keeper *keeper = asked->keeper;
	uint32_t at = keeper->next_appraisal % CC_APPRAISALS_MAX;

	if (keeper->appraisals[at] != NULL)
		return cc_fail(err, CC_E_UNAVAILABLE, "too many appraisals are under way");
	*id = at + 1;
	return 0;
}

void cc_asked_wait(struct cc_asked *asked, uint32_t id, const struct cc_appraisal *appraisal)
{
	asked->appraisal = *appraisal;
	asked->keeper->appraisals[id - 1] = asked;
	asked->keeper->next_appraisal++;
}

int cc_asked_appraise(struct cc_asked *asked, const struct cc_appraisal *appraisal,
		      struct cc_err *err)
{
	uint32_t id = 0;

	CC_TRY(cc_asked_slot(asked, &id, err));
	CC_TRY(cc_keeper_appraise(asked->keeper, id, appraisal->platform, appraisal->evidence,
				  err));
	cc_asked_wait(asked, id, appraisal);
	return 0;
}

static void on_appraised(struct cc_asked *asked, const struct cc_err *failure);

/* One after the other, a process for each: what one evidence breaks does not see the other. */
static int appraise_next(struct cc_asked *asked, struct cc_err *err)
{
	const struct cc_attest_evidence *evidence = &asked->attest.evidence[asked->appraised];
	const struct cc_appraisal appraisal = { .platform = evidence->platform,
						.evidence = cc_buf_span(&evidence->bytes),
						.expected = &asked->report_data,
						.claims = &asked->claims[asked->appraised],
						.done = on_appraised };

	return cc_asked_appraise(asked, &appraisal, err);
}

static int start_attest(struct cc_asked *asked, struct cc_err *err)
{
	struct cc_keeper *keeper = asked->keeper;
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_attest_parse(cc_buf_span(&asked->body), &asked->attest, err));
	memcpy(nonce.b, asked->attest.nonce, sizeof(nonce.b));
	CC_TRY(cc_nonces_take(keeper->nonces, &nonce, cc_time_monotonic_ms(), err));
	CC_TRY(cc_nonces_take_connection(keeper->nonces, &asked->exporter, cc_time_monotonic_ms(),
					 err));
	if (!cc_digest_eq(&asked->attest.cas_key, &keeper->cas.keys.cas_hash))
		return cc_fail(err, CC_E_DENIED, "the request is for a CAS with another key");
	if (asked->attest.role != CC_ROLE_RUNTIME)
		return cc_fail(err, CC_E_UNSUPPORTED, "only runtimes are released to");
	CC_TRY(expected_report(asked, err));
	return appraise_next(asked, err);
}

static int decide_release(void *context, struct cc_state *state, const char **type,
			  struct cc_json **fields, struct cc_err *err)
{
	struct cc_asked *asked = context;
	const struct cc_azure whole = cc_cas_policy_azure(&asked->keeper->cas.policy);
	const struct cc_azure *azure = asked->keeper->trust == NULL ? NULL : &whole;
	const struct cc_presented presented = { asked->claims, asked->appraised,
						&asked->keeper->cas.policy.roots };
	const struct cc_release_call call = { &asked->attest, &presented, &asked->report_data,
					      &asked->peers,
					      cc_answers_way(&asked->answers, azure) };

	cc_peers_forget_lack(&asked->peers);
	cc_answers_forget_lack(&asked->answers);
	cc_release_clear(&asked->release);
	CC_TRY(cc_release_decide(state, &call, &asked->release, &asked->outcome, fields, err));
	*type = asked->outcome.entry;
	return 0;
}

static void on_fetched(struct cc_asked *asked, const struct cc_err *why);

static void answer_release(void *context, const struct cc_err *failure)
{
	struct cc_asked *asked = context;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	/* For want of what others say nothing was decided: ask for it and decide again. */
	if (failure != NULL && (asked->peers.is_lacking || asked->answers.is_lacking)) {
		int begun = asked->peers.is_lacking ? cc_fetch_start(asked, on_fetched, &err)
						    : cc_https_start(asked, on_fetched, &err);

		if (begun != 0)
			cc_asked_refuse(asked, &err);
		return;
	}
	if (failure == NULL)
		failure = asked->outcome.refusal;
	if (failure != NULL)
		cc_asked_refuse(asked, failure);
	else if (cc_release_print(&asked->release, &text, &err) != 0)
		cc_asked_refuse(asked, &err);
	else
		cc_asked_bytes(asked, "application/json", cc_buf_span(&text));
}

static void decide(struct cc_asked *asked)
{
	const struct cc_command_job job = { decide_release, answer_release, asked };

	submit(asked->keeper, &job);
}

static void on_fetched(struct cc_asked *asked, const struct cc_err *why)
{
	if (why != NULL)
		cc_asked_refuse(asked, why);
	else
		decide(asked);
}

static void on_appraised(struct cc_asked *asked, const struct cc_err *failure)
{
	struct cc_err err = { 0 };

	if (failure != NULL) {
		cc_asked_refuse(asked, failure);
		return;
	}
	if (++asked->appraised < asked->attest.evidence_count) {
		if (appraise_next(asked, &err) != 0)
			cc_asked_refuse(asked, &err);
		return;
	}
	/* Authentic and bound, all of it: from here on the caller may be told why. */
	asked->proven = true;
	decide(asked);
}

int cc_keeper_appraise(struct cc_keeper *keeper, uint32_t id, const char *platform,
		       struct cc_span evidence, struct cc_err *err)
{
	struct cc_message message = { .type = CC_APPRAISE, .id = id };
	uint64_t now = (uint64_t)cc_time_now();
	uint8_t time[8];

	for (size_t i = 0; i < sizeof(time); i++)
		time[i] = (uint8_t)(now >> (56 - 8 * i));
	message.fields[CC_APPRAISE_PLATFORM] = cc_span_str(platform);
	message.fields[CC_APPRAISE_EVIDENCE] = evidence;
	message.fields[CC_APPRAISE_TIME] = CC_SPAN(time);
	return cc_wire_send(keeper->verifier, &message, err);
}

int cc_keeper_said(const struct cc_message *message, const char *what, struct cc_err *err)
{
	struct cc_span code = message->fields[CC_CLAIMS_CODE],
		       text = message->fields[CC_CLAIMS_TEXT];
	enum cc_code named = CC_OK;
	char name[33];

	(void)snprintf(name, sizeof(name), "%.*s", (int)code.len, (const char *)code.at);
	if (cc_str_eq(name, "ok"))
		return 0;
	named = cc_code_named(name);
	return cc_fail(err, named != CC_OK ? named : CC_E_BUG, "%s: %.*s", what, (int)text.len,
		       (const char *)text.at);
}

int cc_keeper_believe(const struct cc_message *message, struct cc_span evidence,
		      const struct cc_digest64 *expected, struct cc_claims *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_keeper_said(message, "evidence", err));
	CC_TRY(cc_json_parse(message->fields[CC_CLAIMS_CLAIMS], CLAIMS_MAX, &json, err));
	CC_TRY(cc_claims_from_json(json, out, err));
	/* The verifier's word is the decision: so look at the signed body ourselves. */
	CC_TRY(cc_claims_bound(out, expected, err));
	return cc_evidence_recheck(evidence, out, expected, err);
}

void cc_keeper_claims(struct cc_keeper *keeper, const struct cc_message *message)
{
	uint32_t id = message->id - 1;
	struct cc_asked *asked = id < CC_APPRAISALS_MAX ? keeper->appraisals[id] : NULL;
	struct cc_err err = { 0 };
	bool good = false;

	if (asked == NULL)
		return;
	keeper->appraisals[id] = NULL;
	if (asked->appraisal.heard != NULL) {
		asked->appraisal.heard(asked, message);
		return;
	}
	good = cc_keeper_believe(message, asked->appraisal.evidence, asked->appraisal.expected,
				 asked->appraisal.claims, &err) == 0;
	asked->appraisal.done(asked, good ? NULL : &err);
}

/* Frames. */

static int decide_frame(void *context, struct cc_state *state, const char **type,
			struct cc_json **fields, struct cc_err *err)
{
	struct cc_asked *asked = context;
	struct cc_frame_result result = { 0 };

	if (cc_frame_decide(state, cc_buf_span(&asked->body), &result, err) != 0) {
		cc_frame_result_clear(&result);
		return -1;
	}
	cc_buf_clear(&asked->frame);
	asked->frame = result.answer;
	*type = result.type;
	*fields = result.fields;
	return 0;
}

static void answer_frame(void *context, const struct cc_err *failure)
{
	struct cc_asked *asked = context;

	if (failure != NULL)
		cc_asked_refuse(asked, failure);
	else
		cc_asked_bytes(asked, "application/octet-stream", cc_buf_span(&asked->frame));
}

static int start_frame(struct cc_asked *asked, struct cc_err *err)
{
	const struct cc_command_job job = { decide_frame, answer_frame, asked };

	(void)err;
	submit(asked->keeper, &job);
	return 0;
}

/* What is open to everyone. */

int cc_keeper_says(struct cc_keeper *keeper, struct cc_json **out, struct cc_err *err)
{
	struct cc_span checkpoint = cc_pipeline_checkpoint(keeper->pipeline);
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf key = { 0 };

	CC_TRY(cc_pubkey_to_pem(cc_key_public(keeper->cas.keys.cas), &key, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_text(json, "cas_key", cc_buf_span(&key), err));
	CC_TRY(cc_json_set_text(json, "document", cc_buf_span(&keeper->document), err));
	CC_TRY(cc_json_set_base64(json, "signature", CC_SPAN(keeper->document_signature), err));
	CC_TRY(cc_json_set_text(json, "checkpoint", checkpoint, err));
	*out = CC_TAKE(json);
	return 0;
}

static int answer_cas(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_keeper_says(asked->keeper, &json, err));
	cc_asked_answer(asked, 200, json);
	return 0;
}

/* Also while the CAS starts: 503 until it serves, for probes that only look at the status. */
static int answer_ready(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	bool ready = asked->keeper->serving;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "status", ready ? "ready" : "starting", err));
	cc_asked_answer(asked, ready ? 200 : 503, json);
	return 0;
}

/* Reads go on without the quorum, so it is ready all the same: but all is not well. */
static int answer_health(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err lacks = { 0 };

	if (!asked->keeper->serving || cc_pipeline_health(asked->keeper->pipeline, &lacks) == 0)
		return answer_ready(asked, err);
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "status", "no-quorum", err));
	CC_TRY(cc_json_set_str(json, "detail", lacks.text, err));
	cc_asked_answer(asked, 503, json);
	return 0;
}

static int answer_live(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "status", "live", err));
	cc_asked_answer(asked, 200, json);
	return 0;
}

static int answer_version(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "product", "concordat", err));
	CC_TRY(cc_json_set_str(json, "version", CC_VERSION, err));
	cc_asked_answer(asked, 200, json);
	return 0;
}

/* With the key that signs what follows: who is started for its hash need not ask for it too. */
static int answer_challenge(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_digest nonce = { 0 };

	CC_TRY(parse_body(asked, err));
	if (asked->json != NULL)
		CC_TRY(cc_json_closed(asked->json, (const char *const[]){ "" }, 0, err));
	CC_TRY(cc_pubkey_to_der(cc_key_public(asked->keeper->cas.keys.cas), &der, err));
	CC_TRY(cc_nonces_draw(asked->keeper->nonces, cc_time_monotonic_ms(), &nonce, err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_base64(json, "cas_key", cc_buf_span(&der), err));
	CC_TRY(cc_json_set_base64(json, "nonce", CC_DIGEST_SPAN(nonce), err));
	cc_asked_answer(asked, 200, json);
	return 0;
}

static int answer_checkpoint(struct cc_asked *asked, struct cc_err *err)
{
	(void)err;
	cc_asked_bytes(asked, "text/plain; charset=utf-8",
		       cc_pipeline_checkpoint(asked->keeper->pipeline));
	return 0;
}

static int tree_hash(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		     struct cc_err *err)
{
	return cc_store_get_hash(context, level, index, out, err);
}

struct cc_tree_source cc_keeper_tree(struct cc_keeper *keeper)
{
	return (struct cc_tree_source){ tree_hash, keeper->cas.store };
}

static int tree_entry(void *context, uint64_t at, struct cc_buf *out, struct cc_err *err)
{
	return cc_store_get_entry(context, at, out, err);
}

static int answer_tile(struct cc_asked *asked, struct cc_err *err)
{
	struct cc_store *store = asked->keeper->cas.store;
	const struct cc_tree_source hashes = cc_keeper_tree(asked->keeper);
	const struct cc_entry_source entries = { tree_entry, store };
	uint64_t size = cc_state_frontier(asked->keeper->cas.state)->size;
	CC_AUTO_FREE char *path = NULL;
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_tile tile = { 0 };

	CC_TRY(cc_strf(&path, err, "tile/%s", asked->argument));
	CC_TRY(cc_tile_parse(cc_span_str(path), &tile, err));
	if (tile.entries)
		CC_TRY(cc_tile_entries(&entries, size, &tile, &body, err));
	else
		CC_TRY(cc_tile_hashes(&hashes, size, &tile, &body, err));
	cc_asked_bytes(asked, "application/octet-stream", cc_buf_span(&body));
	return 0;
}

/* The CAS attests itself: the caller's nonce, this connection, our keys. */
static int own_report(struct cc_asked *asked, struct cc_digest64 *out, struct cc_err *err)
{
	const struct cc_cas_keys *keys = &asked->keeper->cas.keys;
	struct cc_report report = { .role = CC_ROLE_CAS,
				    .exporter = asked->exporter,
				    .cas_key = keys->cas_hash,
				    .hpke = *cc_hpke_key_public(keys->hpke) };
	static const char *const nonce_name = "nonce";
	CC_AUTO_BUF struct cc_buf nonce = { 0 }, raw = { 0 };

	CC_TRY(parse_body(asked, err));
	if (asked->json == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no nonce");
	CC_TRY(cc_json_closed(asked->json, &nonce_name, 1, err));
	CC_TRY(cc_json_get_base64(asked->json, "nonce", sizeof(report.nonce), &nonce, err));
	if (nonce.len != sizeof(report.nonce))
		return cc_fail(err, CC_E_ARG, "a nonce has %zu bytes", sizeof(report.nonce));
	memcpy(report.nonce, nonce.at, sizeof(report.nonce));
	CC_TRY(cc_pubkey_to_raw(cc_key_public(keys->cas), &raw, err));
	memcpy(report.signer, raw.at, sizeof(report.signer));
	return cc_report_data(&report, out, err);
}

static int answer_attest_cas(struct cc_asked *asked, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *collateral = NULL;
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	struct cc_digest64 report = { 0 };

	CC_TRY(own_report(asked, &report, err));
	CC_TRY(cc_platform_quote(asked->keeper->platform, &report, &evidence, err));
	CC_TRY(cc_json_parse(cc_buf_span(&asked->keeper->collateral), COLLATERAL_MAX, &collateral,
			     err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_base64(json, "evidence", cc_buf_span(&evidence), err));
	CC_TRY(cc_json_set(json, "collateral", CC_TAKE(collateral), err));
	CC_TRY(cc_json_set_str(json, "platform", cc_platform_kind_name(asked->keeper->platform),
			       err));
	cc_asked_answer(asked, 200, json);
	return 0;
}

/* The table: what an operation is, and what does it. Each callee frees `asked` when it returns 0.
 */
static const struct {
	cc_operation_fn *read;
	struct cc_change change;
	int (*other)(struct cc_asked *asked, struct cc_err *err);
	const char *text;                     /* of a read: see answer_read */
	const struct cc_session_words *words; /* the body is no JSON, errors are SCONE's */
	bool early;                           /* answered before the CAS serves */
	bool policy;                          /* the body may be an encrypted policy */
	const char *query[2];                 /* names that its query may have */
} operations[CC_OP_COUNT] = {
	[CC_OP_CAS] = { .other = answer_cas },
	[CC_OP_CHALLENGE] = { .other = answer_challenge },
	[CC_OP_CHECKPOINT] = { .other = answer_checkpoint },
	[CC_OP_TILE] = { .other = answer_tile },
	[CC_OP_ATTEST_CAS] = { .other = answer_attest_cas },
	[CC_OP_PEER] = { .other = cc_asked_peer },
	[CC_OP_ATTEST] = { .other = start_attest },
	[CC_OP_FRAMES] = { .other = start_frame },
	[CC_OP_POLICY_CREATE] = { .change = { .decide = cc_policy_create,
					      .again = cc_policy_created },
				  .policy = true },
	[CC_OP_POLICY_UPDATE] = { .change = { .decide = cc_policy_update,
					      .again = cc_policy_updated } },
	[CC_OP_POLICY_READ] = { .read = cc_policy_read, .query = { "hash" } },
	[CC_OP_POLICY_LIST] = { .read = cc_policy_list, .query = { "after", "limit" } },
	[CC_OP_POLICY_VERSIONS] = { .read = cc_policy_versions, .query = { "from", "limit" } },
	[CC_OP_PROPOSAL_CREATE] = { .change = { .decide = cc_proposal_create,
						.again = cc_proposal_repeated } },
	[CC_OP_PROPOSAL_VOTE] = { .change = { .decide = cc_proposal_vote,
					      .again = cc_proposal_repeated } },
	[CC_OP_PROPOSAL_WITHDRAW] = { .change = { .decide = cc_proposal_withdraw,
						  .again = cc_proposal_repeated } },
	[CC_OP_PROPOSAL_SETTLE] = { .change = { .decide = cc_proposal_settle,
						.again = cc_proposal_repeated } },
	[CC_OP_PROPOSAL_READ] = { .read = cc_proposal_read },
	[CC_OP_PROPOSAL_LIST] = { .read = cc_proposal_list },
	[CC_OP_COLLATERAL_BRING] = { .other = cc_asked_collateral },
	[CC_OP_COLLATERAL_LIST] = { .read = cc_collateral_list },
	[CC_OP_COLLATERAL_READ] = { .read = cc_collateral_read },
	[CC_OP_EXECUTIONS] = { .read = cc_policy_executions },
	[CC_OP_WORKFLOW_PLAN] = { .read = cc_workflow_plan_show },
	[CC_OP_RUN_OPEN] = { .change = { .decide = cc_run_open, .again = cc_run_opened } },
	[CC_OP_RUN_READ] = { .read = cc_run_status },
	[CC_OP_RUN_ABORT] = { .change = { .decide = cc_run_abort, .again = cc_run_aborted } },
	[CC_OP_SESSION_CREATE] = { .change = { .decide = cc_session_create,
					       .again = cc_session_created },
				   .policy = true,
				   .words = &cc_session_creating },
	[CC_OP_SESSION_CREATE_OLD] = { .change = { .decide = cc_session_create,
						   .again = cc_session_created },
				       .policy = true,
				       .words = &cc_session_creating },
	[CC_OP_SESSION_ENCRYPTED] = { .change = { .decide = cc_session_encrypted,
						  .again = cc_session_created },
				      .policy = true,
				      .words = &cc_session_creating },
	[CC_OP_SESSION_LIST] = { .read = cc_session_list,
				 .words = &cc_session_reading,
				 .query = { "after", "limit" } },
	[CC_OP_SESSION_READ] = { .read = cc_session_read,
				 .words = &cc_session_reading,
				 .query = { "hash" } },
	[CC_OP_SESSION_TEXT] = { .read = cc_session_read,
				 .text = "session",
				 .query = { "hash" },
				 .words = &cc_session_reading },
	[CC_OP_VALUES] = { .read = cc_values_read, .words = &cc_values_reading },
	[CC_OP_VERSION] = { .other = answer_version, .early = true },
	[CC_OP_HEALTH] = { .other = answer_health, .early = true },
	[CC_OP_LIVE] = { .other = answer_live, .early = true },
	[CC_OP_READY] = { .other = answer_ready, .early = true },
	[CC_OP_VOLUME_KEY] = { .change = { .decide = cc_volume_key,
					   .again = cc_volume_key_given } },
	[CC_OP_VOLUME_WRITE] = { .change = { .decide = cc_owner_write,
					     .again = cc_owner_write_again } },
	[CC_OP_VOLUME_WRITTEN] = { .change = { .decide = cc_owner_written,
					       .again = cc_owner_written_again } },
	[CC_OP_VOLUME_WRITERS] = { .read = cc_volume_writers },
};

/* A misspelled name would be another question, with another answer. */
static int check_query(const struct cc_asked *asked, struct cc_err *err)
{
	const char *const *known = operations[asked->operation].query;
	size_t count = 0;

	while (count < CC_COUNT(operations[0].query) && known[count] != NULL)
		count++;
	return cc_http_query_closed(cc_span_str(asked->query), known, count, err);
}

static int serve(struct cc_asked *asked, struct cc_err *err)
{
	if (!asked->keeper->serving && !operations[asked->operation].early)
		return cc_fail(err, CC_E_UNAVAILABLE, "the CAS is starting");
	CC_TRY(check_query(asked, err));
	if (operations[asked->operation].other != NULL)
		return operations[asked->operation].other(asked, err);
	if (operations[asked->operation].policy)
		CC_TRY(open_policy(asked, err));
	if (operations[asked->operation].words == NULL)
		CC_TRY(parse_body(asked, err));
	if (operations[asked->operation].read != NULL)
		return answer_read(asked, operations[asked->operation].read,
				   operations[asked->operation].text, err);
	if (operations[asked->operation].change.decide != NULL)
		return submit_change(asked, &operations[asked->operation].change, err);
	return cc_fail(err, CC_E_BUG, "operation %u has no handler", asked->operation);
}

void cc_keeper_request(struct cc_keeper *keeper, struct cc_wire *web,
		       const struct cc_message *message)
{
	struct cc_asked *asked = NULL;
	struct cc_err err = { 0 }, broken = { 0 };
	int done = cc_asked_new(keeper, web, message, &asked, &err);

	if (asked != NULL) {
		if (cc_route_of(asked->operation) != NULL)
			asked->words = operations[asked->operation].words;
		if (done != 0 || serve(asked, &err) != 0)
			cc_asked_refuse(asked, &err);
	}
	if (cc_state_broken(keeper->cas.state, &broken))
		cc_keeper_end(keeper, "the store", &broken);
}
