/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation as the keeper serves it, behind a web and before a verifier that the test plays:
 * what is relayed, replayed, exchanged on the way or appraised by a liar releases nothing.
 */
#include "tests/unit/cas/story.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/time.h"
#include "cas/asked.h"
#include "cas/runs.h"
#include "platform/quote.h"
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
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

/* The keeper's last words (keeper.c) have no place here. */
void cc_keeper_end(struct cc_keeper *keeper, const char *what, const struct cc_err *err)
{
	(void)keeper;
	fail_msg("the keeper ended: %s: %s", what, err->text);
}

static void on_web(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	struct scene *scene = context;

	cc_keeper_request(scene->keeper, wire, message);
}

static void on_verifier(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	struct scene *scene = context;

	(void)wire;
	cc_keeper_claims(scene->keeper, message);
}

static void on_closed(void *context, struct cc_wire *wire, const struct cc_err *why)
{
	(void)context;
	(void)wire;
	fail_msg("a wire of the keeper closed: %s", why->text);
}

static void connect_to(struct scene *scene, enum cc_process them, int *ours, struct cc_wire **out)
{
	struct cc_wire_plan plan = { .loop = scene->keeper->loop,
				     .us = CC_KEEPER,
				     .them = them,
				     .message = them == CC_WEB ? on_web : on_verifier,
				     .closed = on_closed,
				     .context = scene };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
			 0);
	*ours = ends[0];
	plan.fd = ends[1];
	ok(cc_wire_new(&plan, out, &oops));
	cc_wire_phase(*out, CC_PHASE_SERVING);
}

static void simulated_root(const struct scene *scene, struct cc_roots *out)
{
	struct cc_root root = { 0 };

	ok(cc_sim_pki_root(&scene->pki, &root, &oops));
	ok(cc_roots_add(out, &root, &oops));
}

/* As the policy of the CAS names them. */
static void accept_roots(struct scene *scene, const struct cc_roots *roots)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	ok(cc_roots_to_json(roots, &json, &oops));
	cc_buf_reset(&scene->keeper->roots);
	ok(cc_json_print(json, &scene->keeper->roots, &oops));
}

static void load_evidence_parts(struct scene *scene)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_collateral collateral = { 0 };
	struct cc_sim_plan plan = { 0 };
	struct cc_roots roots = { 0 };

	ok(cc_sim_plan_good(cc_time_now(), &plan, &oops));
	ok(cc_sim_pki_make(&plan, &scene->pki, &oops));
	cc_sim_pki_collateral(&scene->pki, &collateral);
	ok(cc_collateral_to_json(&collateral, &json, &oops));
	ok(cc_json_print(json, &scene->keeper->collateral, &oops));
	simulated_root(scene, &roots);
	accept_roots(scene, &roots);
}

static void nobody_to_ask(void *context, uint32_t question, struct cc_span body)
{
	(void)context;
	(void)question;
	(void)body;
	fail_msg("a witness was asked, and there is none");
}

static void on_fatal(void *context, const struct cc_err *why)
{
	(void)context;
	fail_msg("the pipeline ended the keeper: %s", why->text);
}

static void set(struct scene *scene)
{
	const struct cc_pipeline_io io = { nobody_to_ask, on_fatal, scene };
	struct cc_keeper *keeper = calloc(1, sizeof(*keeper));

	assert_non_null(keeper);
	tell_story(&scene->world, S1, S3);
	ok(open_run(&scene->world, SH3, &scene->run, &oops));
	scene->keeper = keeper;
	keeper->cas.keys = scene->world.keys;
	keeper->cas.state = scene->world.state;
	keeper->cas.policy = scene->world.cas;
	keeper->cas.policy.witness_count = keeper->cas.policy.quorum = 0;
	keeper->serving = true;
	ok(cc_loop_new(&keeper->loop, &oops));
	ok(cc_nonces_new(&keeper->nonces, &oops));
	ok(cc_pipeline_new(keeper->cas.state, &keeper->cas.policy, &io, &keeper->pipeline, &oops));
	connect_to(scene, CC_WEB, &scene->web, &keeper->webs[0]);
	connect_to(scene, CC_VERIFIER, &scene->verifier, &keeper->verifier);
	load_evidence_parts(scene);
	scene->start = program_of(&scene->run, 0, 1);
	scene->start.attest.cas_key = scene->world.keys.cas_hash;
	memset(scene->exporter.b, 0xe1, sizeof(scene->exporter.b));
}

static void scene_clear(struct scene *scene)
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
	world_clear(&scene->world);
}

/* A runtime's honest preparation: a fresh nonce, and evidence for this very connection. */
static void draw_nonce_of(struct scene *scene, uint64_t age_ms)
{
	struct cc_digest nonce = { 0 };

	ok(cc_nonces_draw(scene->keeper->nonces, cc_time_monotonic_ms() - age_ms, &nonce, &oops));
	memcpy(scene->start.attest.nonce, nonce.b, sizeof(nonce.b));
}

static void draw_nonce(struct scene *scene)
{
	draw_nonce_of(scene, 0);
}

static void make_evidence(struct scene *scene)
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
	cc_buf_reset(&attest->evidence);
	ok(cc_sim_quote(&scene->pki, &enclave, &attest->evidence, &oops));
}

static void prepare(struct scene *scene)
{
	draw_nonce(scene);
	make_evidence(scene);
}

/* One whole message from the keeper, or none when it has nothing more to say. */
static bool hear(struct scene *scene, int fd, const struct cc_link *link, struct cc_buf *bytes,
		 struct cc_message *out)
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

static void send_on(int fd, const struct cc_link *link, const struct cc_message *message)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	ok(cc_message_add(link, message, &bytes, &oops));
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
}

/* The verifier, as verifier.c appraises, unless this scene's is a liar. */
static void appraise(struct scene *scene, const struct cc_message *ask)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;
	struct cc_message reply = { .type = CC_CLAIMS, .id = ask->id };
	struct cc_roots roots = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX,
					.bytes = ask->fields[CC_APPRAISE_EVIDENCE],
					.roots = &roots,
					.at = cc_time_now() };
	struct cc_claims claims = { 0 };
	struct cc_err why = { 0 };
	int done = 0;

	ok(cc_json_parse(cc_buf_span(&scene->keeper->roots), 65536, &list, &oops));
	ok(cc_roots_from_json(list, &roots, &oops));
	cc_sim_pki_collateral(&scene->pki, &evidence.collateral);
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

static int read_reply(struct scene *scene, const struct cc_message *reply, struct cc_err *err)
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
static int ask(struct scene *scene, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, asked = { 0 }, replied = { 0 };
	const uint8_t operation = CC_OP_ATTEST;
	struct cc_message message = { .type = CC_REQUEST, .id = 1 }, heard = { 0 };

	ok(cc_attest_print(&scene->start.attest, &body, &oops));
	message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
	message.fields[CC_REQUEST_EXPORTER] = CC_DIGEST_SPAN(scene->exporter);
	message.fields[CC_REQUEST_BODY] = cc_buf_span(&body);
	send_on(scene->web, &web_says, &message);
	if (hear(scene, scene->verifier, &keeper_asks, &asked, &heard))
		appraise(scene, &heard);
	if (!hear(scene, scene->web, &keeper_replies, &replied, &heard))
		fail_msg("the keeper said nothing");
	return read_reply(scene, &heard, err);
}

static void assert_refused(struct scene *scene, enum cc_code code)
{
	struct cc_err err = { 0 };

	if (ask(scene, &err) == 0)
		fail_msg("a configuration was released");
	assert_code(err, code);
	assert_stage(&scene->world, &scene->run, 0, "ready");
}

static void an_honest_start_gets_its_configuration(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_string_equal(scene.start.config.stage, "input");
	assert_string_equal(scene.start.config.class, "simulated");
	assert_stage(&scene.world, &scene.run, 0, "running");
}

/* A relay ends the runtime's TLS and opens one of its own: the exporters differ. */
static void a_relayed_quote_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.exporter.b[0] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void a_replayed_request_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_int_equal(ask(&scene, &err), -1);
	assert_code(err, CC_E_STALE);
}

static void an_old_quote_for_a_new_nonce_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	draw_nonce(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void a_nonce_that_nobody_drew_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	memset(scene.start.attest.nonce, 0x11, sizeof(scene.start.attest.nonce));
	make_evidence(&scene);
	assert_refused(&scene, CC_E_STALE);
}

static void a_nonce_older_than_a_minute_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	draw_nonce_of(&scene, 61000);
	make_evidence(&scene);
	assert_refused(&scene, CC_E_STALE);
}

static void a_root_that_the_cas_does_not_name_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_roots vendors = { 0 };

	(void)state;
	set(&scene);
	cc_roots_vendors(&vendors);
	accept_roots(&scene, &vendors);
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

/* Evidence of one role says nothing in another; only runtimes are configured here. */
static void another_role_is_refused(void **state)
{
	static const enum cc_role roles[] = { CC_ROLE_PEER, CC_ROLE_BUILDER };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(roles); i++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene);
		scene.start.attest.role = roles[i];
		prepare(&scene);
		assert_refused(&scene, CC_E_UNSUPPORTED);
	}
}

/* Before its evidence is proven, a caller hears a code, and a number to look up in the log. */
static void who_is_not_proven_learns_a_reference_and_no_reason(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.exporter.b[0] ^= 1;
	assert_int_equal(ask(&scene, &err), -1);
	assert_int_equal(strncmp(err.text, "reference ", 10), 0);
	assert_string_equal(err.hint, "");
	/* Proven, and another program: its operator is told which. */
	scene.exporter.b[1] ^= 1;
	scene.start.claims.measurement[0] ^= 1;
	prepare(&scene);
	assert_int_equal(ask(&scene, &err), -1);
	assert_says(err, "measurement");
}

static void another_policy(struct cc_attest *attest)
{
	free(attest->policy);
	ok(cc_str_dup("sh2/s2", &attest->policy, &oops));
}

static void another_service(struct cc_attest *attest)
{
	free(attest->service);
	ok(cc_str_dup("s2", &attest->service, &oops));
}

static void another_ticket(struct cc_attest *attest)
{
	attest->ticket[0] ^= 1;
}

/* A release to a key of web's own: what a hostile web wants most. */
static void another_hpke_key(struct cc_attest *attest)
{
	attest->hpke.b[0] ^= 1;
}

static void another_signer(struct cc_attest *attest)
{
	attest->signer[0] ^= 1;
}

static void what_web_exchanges_behind_the_evidence_is_refused(void **state)
{
	static void (*const exchanges[])(struct cc_attest *) = { another_policy, another_service,
								 another_ticket, another_hpke_key,
								 another_signer };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(exchanges); i++) {
		AUTO_SCENE struct scene scene = { 0 };

		set(&scene);
		prepare(&scene);
		exchanges[i](&scene.start.attest);
		assert_refused(&scene, CC_E_EVIDENCE);
	}
}

static void a_start_without_a_ticket_of_the_cas_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	memset(scene.start.attest.ticket, 0x77, sizeof(scene.start.attest.ticket));
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void a_ticket_is_for_its_own_service_alone(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	another_policy(&scene.start.attest);
	another_service(&scene.start.attest);
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void a_request_for_another_cas_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.attest.cas_key.b[0] ^= 1;
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void another_program_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.claims.measurement[0] ^= 1;
	prepare(&scene);
	assert_refused(&scene, CC_E_DENIED);
}

static void say_the_agreed_measurement(struct cc_claims *claims)
{
	const struct cc_claims good = good_claims();

	memcpy(claims->measurement, good.measurement, sizeof(claims->measurement));
}

static void a_verifier_cannot_lie_about_the_measurement(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.start.claims.measurement[0] ^= 1;
	scene.lie = say_the_agreed_measurement;
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void say_no_debugger_can_look(struct cc_claims *claims)
{
	claims->debug = false;
}

static void a_verifier_cannot_lie_about_the_debug_mode(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.attributes = CC_SGX_DEBUG;
	scene.lie = say_no_debugger_can_look;
	prepare(&scene);
	assert_refused(&scene, CC_E_EVIDENCE);
}

static struct cc_digest64 expected_by_the_keeper;

static void say_the_expected_report(struct cc_claims *claims)
{
	memcpy(claims->report_data, expected_by_the_keeper.b, sizeof(claims->report_data));
}

static void a_verifier_cannot_lie_about_the_report_data(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.exporter.b[0] ^= 1;
	prepare(&scene);
	expected_by_the_keeper = scene.start.report;
	scene.exporter.b[0] ^= 1;
	make_evidence(&scene);
	scene.exporter.b[0] ^= 1;
	scene.lie = say_the_expected_report;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static struct cc_claims of_the_honest_quote;

static void say_what_the_honest_quote_said(struct cc_claims *claims)
{
	*claims = of_the_honest_quote;
}

static void a_verifier_cannot_lie_about_the_signature(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX };
	struct cc_roots roots = { 0 };
	struct cc_quote quote = { 0 };
	uint8_t *bytes = NULL;

	(void)state;
	set(&scene);
	prepare(&scene);
	bytes = scene.start.attest.evidence.at;
	evidence.at = cc_time_now(); /* not before the platform was made */
	evidence.bytes = cc_buf_span(&scene.start.attest.evidence);
	simulated_root(&scene, &roots);
	evidence.roots = &roots;
	cc_sim_pki_collateral(&scene.pki, &evidence.collateral);
	ok(cc_evidence_prove(&evidence, &of_the_honest_quote, &oops));
	ok(cc_quote_parse(evidence.bytes, &quote, &oops));
	bytes[quote.signature.at - bytes] ^= 1;
	scene.lie = say_what_the_honest_quote_said;
	scene.says_ok_always = true;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void what_the_verifier_refuses_is_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.start.attest.evidence.at[CC_QUOTE_HEADER_LEN] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void the_same_instance_asks_again_and_another_takes_over(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	uint8_t attempt[CC_CONFIG_ID_LEN];

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	memcpy(attempt, scene.start.config.attempt, sizeof(attempt));
	scene.exporter.b[0] ^= 1; /* a new connection, with evidence for it */
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_memory_equal(scene.start.config.attempt, attempt, sizeof(attempt));
	memset(scene.start.attest.signer, 2, sizeof(scene.start.attest.signer));
	scene.exporter.b[1] ^= 1;
	prepare(&scene);
	ok(ask(&scene, &oops));
	assert_memory_not_equal(scene.start.config.attempt, attempt, sizeof(attempt));
}

static void a_connection_attests_once(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	ok(ask(&scene, &oops));
	/* Fresh evidence with a fresh nonce, over the same connection. */
	prepare(&scene);
	assert_int_equal(ask(&scene, &err), -1);
	assert_code(err, CC_E_STALE);
	scene.exporter.b[0] ^= 1;
	prepare(&scene);
	ok(ask(&scene, &oops));
}

/* Else whoever cannot attest could try over one connection for ever. */
static void an_attestation_that_was_refused_was_one(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	prepare(&scene);
	scene.start.attest.evidence.at[CC_QUOTE_HEADER_LEN] ^= 1;
	assert_refused(&scene, CC_E_EVIDENCE);
	prepare(&scene);
	assert_refused(&scene, CC_E_STALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_start_gets_its_configuration),
		cmocka_unit_test(a_relayed_quote_is_refused),
		cmocka_unit_test(a_replayed_request_is_refused),
		cmocka_unit_test(an_old_quote_for_a_new_nonce_is_refused),
		cmocka_unit_test(a_connection_attests_once),
		cmocka_unit_test(an_attestation_that_was_refused_was_one),
		cmocka_unit_test(a_nonce_that_nobody_drew_is_refused),
		cmocka_unit_test(a_nonce_older_than_a_minute_is_refused),
		cmocka_unit_test(a_root_that_the_cas_does_not_name_is_refused),
		cmocka_unit_test(another_role_is_refused),
		cmocka_unit_test(who_is_not_proven_learns_a_reference_and_no_reason),
		cmocka_unit_test(what_web_exchanges_behind_the_evidence_is_refused),
		cmocka_unit_test(a_start_without_a_ticket_of_the_cas_is_refused),
		cmocka_unit_test(a_ticket_is_for_its_own_service_alone),
		cmocka_unit_test(a_request_for_another_cas_is_refused),
		cmocka_unit_test(another_program_is_refused),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_measurement),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_debug_mode),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_report_data),
		cmocka_unit_test(a_verifier_cannot_lie_about_the_signature),
		cmocka_unit_test(what_the_verifier_refuses_is_refused),
		cmocka_unit_test(the_same_instance_asks_again_and_another_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
