/* SPDX-License-Identifier: Apache-2.0 */
/* A keeper behind a web and before a verifier that the test plays, and a runtime that asks it. */
#ifndef CC_TESTS_UNIT_CAS_SCENE_H
#define CC_TESTS_UNIT_CAS_SCENE_H

#include "tests/unit/cas/wires.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/time.h"
#include "cas/asked.h"
#include "cas/runs.h"
#include "platform/quote.h"
#include "platform/tpm.h"
#include "proto/problem.h"

static const struct cc_link web_says = { CC_WEB, CC_KEEPER, CC_PHASE_SERVING },
			    keeper_replies = { CC_KEEPER, CC_WEB, CC_PHASE_SERVING },
			    keeper_asks = { CC_KEEPER, CC_VERIFIER, CC_PHASE_SERVING },
			    verifier_says = { CC_VERIFIER, CC_KEEPER, CC_PHASE_SERVING };

struct scene {
	struct world world;
	struct opened run;
	struct cc_sim_pki pki;
	struct cc_keeper *keeper;
	int web, verifier;         /* our ends */
	struct start start;        /* who asks */
	struct cc_digest exporter; /* of the connection on which it asks */
	/* What a lying verifier does to honest claims; NULL: nothing. */
	void (*lie)(struct cc_claims *claims);
	bool says_ok_always;
	uint64_t attributes; /* of its enclave, beside those of every one */
	/* A TPM of the simulation, whose root the CAS names, too. */
	struct cc_sim_tpm tpm;
	struct cc_sim_tpm_plan quoted; /* beside the enclave, ... */
	bool is_beside;                /* ... when it is */
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

static inline void simulated_roots(const struct scene *scene, struct cc_roots *out)
{
	struct cc_root root = { 0 };

	ok(cc_sim_pki_root(&scene->pki, &root, &oops));
	ok(cc_roots_add(out, &root, &oops));
	ok(cc_sim_tpm_root(&scene->tpm, &scene->quoted, &root, &oops));
	ok(cc_roots_add(out, &root, &oops));
}

/* As the policy of the CAS names them. */
static inline void accept_roots(struct scene *scene, const struct cc_roots *roots)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	scene->keeper->cas.policy.roots = *roots;
	ok(cc_roots_to_json(roots, &json, &oops));
	cc_buf_reset(&scene->keeper->roots);
	ok(cc_json_print(json, &scene->keeper->roots, &oops));
}

static inline void load_evidence_parts(struct scene *scene)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_collateral collateral = { 0 };
	struct cc_sim_plan plan = { 0 };
	struct cc_roots roots = { 0 };

	ok(cc_sim_plan_good(cc_time_now(), &plan, &oops));
	ok(cc_sim_pki_make(&plan, &scene->pki, &oops));
	ok(cc_sim_tpm_make(&scene->quoted, &scene->tpm, &oops));
	cc_sim_pki_collateral(&scene->pki, &collateral);
	ok(cc_collateral_to_json(&collateral, &json, &oops));
	ok(cc_json_print(json, &scene->keeper->collateral, &oops));
	simulated_roots(scene, &roots);
	accept_roots(scene, &roots);
}

static inline void nobody_to_ask(void *context, uint32_t question, struct cc_span body)
{
	(void)context;
	(void)question;
	(void)body;
	fail_msg("a witness was asked, and there is none");
}

static inline void on_fatal(void *context, const struct cc_err *why)
{
	(void)context;
	fail_msg("the pipeline ended the keeper: %s", why->text);
}

static inline void set_with(struct scene *scene, const char *s1)
{
	const struct cc_pipeline_io io = { nobody_to_ask, on_fatal, scene };
	struct cc_keeper *keeper = calloc(1, sizeof(*keeper));

	assert_non_null(keeper);
	tell_story(&scene->world, s1, S3);
	ok(open_run(&scene->world, SH3, &scene->run, &oops));
	scene->keeper = keeper;
	cc_sim_tpm_plan_good(cc_time_now(), &scene->quoted);
	keeper->cas.keys = scene->world.keys;
	keeper->cas.state = scene->world.state;
	keeper->cas.policy = scene->world.cas;
	keeper->cas.policy.witness_count = keeper->cas.policy.quorum = 0;
	keeper->serving = true;
	ok(cc_loop_new(&keeper->loop, &oops));
	ok(cc_nonces_new(&keeper->nonces, &oops));
	ok(cc_pipeline_new(keeper->cas.state, &keeper->cas.policy, &io, &keeper->pipeline, &oops));
	connect_to(keeper, CC_WEB, &scene->web, &keeper->webs[0]);
	connect_to(keeper, CC_VERIFIER, &scene->verifier, &keeper->verifier);
	load_evidence_parts(scene);
	scene->start = program_of(&scene->run, 0, 1);
	scene->start.attest.cas_key = scene->world.keys.cas_hash;
	memset(scene->exporter.b, 0xe1, sizeof(scene->exporter.b));
}

static inline void set(struct scene *scene)
{
	set_with(scene, S1);
}

static inline void scene_clear(struct scene *scene)
{
	struct cc_keeper *keeper = scene->keeper;

	start_clear(&scene->start);
	cc_pipeline_free(keeper->pipeline);
	cc_wire_free(keeper->webs[0]);
	cc_wire_free(keeper->verifier);
	cc_nonces_free(keeper->nonces);
	cc_loop_free(keeper->loop);
	cc_buf_clear(&keeper->collateral);
	cc_buf_clear(&keeper->roots);
	free(keeper);
	(void)close(scene->web);
	(void)close(scene->verifier);
	cc_sim_pki_clear(&scene->pki);
	cc_sim_tpm_clear(&scene->tpm);
	world_clear(&scene->world);
}

/* A runtime's honest preparation: a fresh nonce, and evidence for this very connection. */
static inline void draw_nonce_of(struct scene *scene, uint64_t age_ms)
{
	struct cc_digest nonce = { 0 };

	ok(cc_nonces_draw(scene->keeper->nonces, cc_time_monotonic_ms() - age_ms, &nonce, &oops));
	memcpy(scene->start.attest.nonce, nonce.b, sizeof(nonce.b));
}

static inline void draw_nonce(struct scene *scene)
{
	draw_nonce_of(scene, 0);
}

/* Of the same report data as the enclave's quote, unless the test has something else in mind. */
static inline void quote_tpm(struct scene *scene, const struct cc_digest64 *report_data)
{
	struct cc_attest *attest = &scene->start.attest;
	struct cc_buf *bytes = &attest->evidence[1].bytes;

	if (attest->evidence_count == 1)
		ok(cc_attest_add(attest, "tpm", &bytes, &oops));
	scene->quoted.report_data = *report_data;
	cc_buf_reset(bytes);
	ok(cc_sim_tpm_quote(&scene->tpm, &scene->quoted, bytes, &oops));
}

static inline void make_evidence(struct scene *scene)
{
	struct cc_attest *attest = &scene->start.attest;
	struct cc_report report = { .role = attest->role,
				    .exporter = scene->exporter,
				    .cas_key = attest->cas_key,
				    .policy = attest->policy,
				    .service = attest->service,
				    .ticket = attest->ticket,
				    .hpke = attest->hpke };
	struct cc_sim_enclave enclave = { .attributes =
						  CC_SGX_INIT | CC_SGX_MODE64 | scene->attributes };

	memcpy(report.nonce, attest->nonce, sizeof(report.nonce));
	memcpy(report.signer, attest->signer, sizeof(report.signer));
	ok(cc_report_data(&report, &scene->start.report, &oops));
	memcpy(enclave.mrenclave.b, scene->start.claims.measurement, sizeof(enclave.mrenclave.b));
	enclave.report_data = scene->start.report;
	cc_buf_reset(&attest->evidence[0].bytes);
	ok(cc_sim_quote(&scene->pki, &enclave, &attest->evidence[0].bytes, &oops));
	if (scene->is_beside)
		quote_tpm(scene, &scene->start.report);
}

static inline void prepare(struct scene *scene)
{
	draw_nonce(scene);
	make_evidence(scene);
}

/* One whole message from the keeper, or none when it has nothing more to say. */
static inline bool hear(struct scene *scene, int fd, const struct cc_link *link,
			struct cc_buf *bytes, struct cc_message *out)
{
	size_t used = 0;

	for (;;) {
		struct cc_mut room = { 0 };
		ssize_t got = 0;

		for (int i = 0; i < 8; i++) /* a callback may make the next one ready */
			ok(cc_loop_step(scene->keeper->loop, false, &oops));
		ok(cc_buf_extend(bytes, 65536, &room, &oops));
		got = read(fd, room.at, room.len);
		bytes->len -= 65536 - (size_t)(got > 0 ? got : 0);
		ok(cc_message_next(link, cc_buf_span(bytes), out, &used, &oops));
		if (used != 0 || got <= 0)
			return used != 0;
	}
}

static inline void send_on(int fd, const struct cc_link *link, const struct cc_message *message)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	ok(cc_message_add(link, message, &bytes, &oops));
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
}

/* The verifier, as verifier.c appraises, unless this scene's is a liar. */
static inline void appraise(struct scene *scene, const struct cc_message *ask)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;
	struct cc_message reply = { .type = CC_CLAIMS, .id = ask->id };
	struct cc_roots roots = { 0 };
	const bool is_tpm = cc_span_eq_str(ask->fields[CC_APPRAISE_PLATFORM], "tpm");
	struct cc_evidence evidence = { .platform = is_tpm ? CC_PLATFORM_TPM : CC_PLATFORM_SGX,
					.bytes = ask->fields[CC_APPRAISE_EVIDENCE],
					.roots = &roots,
					.at = cc_time_now() };
	struct cc_claims claims = { 0 };
	struct cc_err why = { 0 };
	int done = 0;

	ok(cc_json_parse(cc_buf_span(&scene->keeper->roots), 65536, &list, &oops));
	ok(cc_roots_from_json(list, &roots, &oops));
	if (is_tpm) {
		evidence.collateral.certs = cc_buf_span(&scene->tpm.certs);
		evidence.collateral.crls = cc_buf_span(&scene->tpm.crls);
	} else {
		cc_sim_pki_collateral(&scene->pki, &evidence.collateral);
	}
	done = cc_evidence_prove(&evidence, &claims, &why);
	if (scene->lie != NULL)
		scene->lie(&claims);
	if (done == 0 || scene->says_ok_always) {
		ok(cc_claims_to_json(&claims, &json, &oops));
		ok(cc_json_print(json, &text, &oops));
	}
	reply.fields[CC_CLAIMS_CODE] =
		cc_span_str(text.len != 0 ? "ok" : cc_code_info(why.code)->name);
	reply.fields[CC_CLAIMS_TEXT] = cc_span_str(text.len != 0 ? "" : why.text);
	reply.fields[CC_CLAIMS_CLAIMS] = cc_buf_span(&text);
	send_on(scene->verifier, &verifier_says, &reply);
}

static inline int read_reply(struct scene *scene, const struct cc_message *reply,
			     struct cc_err *err)
{
	CC_AUTO_RELEASE struct cc_release release = { 0 };

	if (!cc_span_eq_str(reply->fields[CC_REPLY_TYPE], "application/json")) {
		ok(cc_problem_parse(reply->fields[CC_REPLY_BODY], err, &oops));
		return -1;
	}
	ok(cc_release_parse(reply->fields[CC_REPLY_BODY], &release, &oops));
	open_release(&scene->world, &scene->start, &release);
	return 0;
}

/* The request goes by web to the keeper, its evidence to the verifier; what comes back. */
static inline int ask(struct scene *scene, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, replied = { 0 };
	const uint8_t operation = CC_OP_ATTEST;
	struct cc_message message = { .type = CC_REQUEST, .id = 1 }, heard = { 0 };

	ok(cc_attest_print(&scene->start.attest, &body, &oops));
	message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
	message.fields[CC_REQUEST_EXPORTER] = CC_DIGEST_SPAN(scene->exporter);
	message.fields[CC_REQUEST_BODY] = cc_buf_span(&body);
	send_on(scene->web, &web_says, &message);
	for (bool is_asked = true; is_asked;) {
		CC_AUTO_BUF struct cc_buf asked = { 0 };

		is_asked = hear(scene, scene->verifier, &keeper_asks, &asked, &heard);
		if (is_asked)
			appraise(scene, &heard);
	}
	if (!hear(scene, scene->web, &keeper_replies, &replied, &heard))
		fail_msg("the keeper said nothing");
	return read_reply(scene, &heard, err);
}

static inline void assert_refused(struct scene *scene, enum cc_code code)
{
	struct cc_err err = { 0 };

	if (ask(scene, &err) == 0)
		fail_msg("a configuration was released");
	assert_code(err, code);
	assert_stage(&scene->world, &scene->run, 0, "ready");
}

#endif
