/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two keepers, each with a web and a verifier that the test plays: a program starts at one CAS and
 * needs a secret of the other. The test is the network between the webs, too.
 */
#ifndef CC_TESTS_UNIT_CAS_NET_H
#define CC_TESTS_UNIT_CAS_NET_H

#include "tests/unit/cas/wires.h"

#include <fcntl.h>

#include "base/fd.h"
#include "base/time.h"
#include "platform/quote.h"
#include "proto/problem.h"

static const struct cc_link web_says = { CC_WEB, CC_KEEPER, CC_PHASE_SERVING },
			    web_hears = { CC_KEEPER, CC_WEB, CC_PHASE_SERVING },
			    verifier_hears = { CC_KEEPER, CC_VERIFIER, CC_PHASE_SERVING },
			    verifier_says = { CC_VERIFIER, CC_KEEPER, CC_PHASE_SERVING };

struct net;

/* One CAS; its platform is this struct itself (see the wraps below). */
struct side {
	struct net *net;
	struct world world;
	struct cc_keeper *keeper;
	int web, verifier; /* our ends */
	struct cc_buf from_web, from_verifier;
	struct cc_digest measurement;
	struct cc_digest exporter; /* of the connection between the two, as this web says it */
};

struct net {
	struct cc_sim_pki pki;
	struct side giver, asker;
	struct opened run;
	struct start start;
	/* What the network or an end of it does to a body on its way; may be NULL. */
	void (*to_giver)(struct net *net, const char *path, struct cc_buf *body);
	void (*to_asker)(struct net *net, const char *path, struct cc_buf *body);
	char path[64]; /* that was asked last */
	uint32_t link;
	uint8_t connection;     /* that is the present one */
	bool is_one_connection; /* between the two webs, for all starts */
	struct cc_buf kept;     /* for who records and replays */
	bool is_over;
	int done;
	struct cc_err why;
};
#define AUTO_NET CC_CLEANUP(net_clear)

int __wrap_cc_platform_quote(struct cc_platform *platform, const struct cc_digest64 *report,
			     struct cc_buf *out, struct cc_err *err);
const char *__wrap_cc_platform_kind_name(const struct cc_platform *platform);

int __wrap_cc_platform_quote(struct cc_platform *platform, const struct cc_digest64 *report,
			     struct cc_buf *out, struct cc_err *err)
{
	const struct side *side = (const void *)platform;
	const struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64,
						.mrenclave = side->measurement,
						.report_data = *report };

	return cc_sim_quote(&side->net->pki, &enclave, out, err);
}

const char *__wrap_cc_platform_kind_name(const struct cc_platform *platform)
{
	(void)platform;
	return "sgx";
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

static inline int decide_nothing(void *context, struct cc_state *state, const char **type,
				 struct cc_json **fields, struct cc_err *err)
{
	(void)context;
	(void)state;
	*type = "start";
	return cc_json_object(fields, err);
}

static inline void on_started(void *context, const struct cc_err *failure)
{
	(void)context;
	assert_null(failure);
}

/* What GET /v1/cas says of it, as keeper.c makes it. */
static inline void make_document(struct side *side, const char *class)
{
	struct cc_keeper *keeper = side->keeper;
	const struct cc_cas_keys *keys = &keeper->cas.keys;
	CC_AUTO_BUF struct cc_buf der = { 0 }, log = { 0 }, policy = { 0 }, message = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *inner = NULL;
	struct cc_signature signature = { 0 };
	struct cc_digest hash = { 0 };

	ok(cc_json_object(&json, &oops));
	ok(cc_pubkey_to_der(cc_key_public(keys->cas), &der, &oops));
	ok(cc_json_set_base64(json, "cas_key", cc_buf_span(&der), &oops));
	ok(cc_json_set_str(json, "class", class, &oops));
	ok(cc_json_set_bool(json, "simulation", cc_str_eq(class, "simulated"), &oops));
	ok(cc_json_set_base64(json, "hpke", CC_SPAN(cc_hpke_key_public(keys->hpke)->b), &oops));
	ok(cc_note_key_print(&keys->log_name, &log, &oops));
	ok(cc_json_set_text(json, "log_key", cc_buf_span(&log), &oops));
	ok(cc_json_set_str(json, "name", keeper->cas.policy.name, &oops));
	ok(cc_cas_policy_hash(&keeper->cas.policy, &hash, &oops));
	ok(cc_json_set_hex(json, "policy_hash", CC_DIGEST_SPAN(hash), &oops));
	ok(cc_cas_policy_print(&keeper->cas.policy, &policy, &oops));
	ok(cc_json_parse(cc_buf_span(&policy), CC_CAS_POLICY_MAX, &inner, &oops));
	ok(cc_json_set(json, "policy", CC_TAKE(inner), &oops));
	cc_buf_reset(&keeper->document);
	ok(cc_json_print(json, &keeper->document, &oops));
	ok(cc_buf_add_sized(&message, cc_span_str("concordat cas 1"), &oops));
	ok(cc_buf_add_sized(&message, cc_buf_span(&keeper->document), &oops));
	ok(cc_sign(keys->cas, cc_buf_span(&message), &signature, &oops));
	memcpy(keeper->document_signature, signature.b, sizeof(keeper->document_signature));
}

static inline void name_roots(struct side *side)
{
	struct cc_collateral collateral = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;
	struct cc_root root = { 0 };

	cc_sim_pki_collateral(&side->net->pki, &collateral);
	ok(cc_collateral_to_json(&collateral, &json, &oops));
	ok(cc_json_print(json, &side->keeper->collateral, &oops));
	ok(cc_sim_pki_root(&side->net->pki, &root, &oops));
	ok(cc_roots_add(&side->keeper->cas.policy.roots, &root, &oops));
	ok(cc_roots_to_json(&side->keeper->cas.policy.roots, &list, &oops));
	ok(cc_json_print(list, &side->keeper->roots, &oops));
}

/* The world has its policies: a keeper over it. */
static inline void open_side(struct net *net, struct side *side)
{
	const struct cc_pipeline_io io = { nobody_to_ask, on_fatal, side };
	const struct cc_command_job start = { decide_nothing, on_started, side };
	struct cc_keeper *keeper = calloc(1, sizeof(*keeper));

	assert_non_null(keeper);
	side->net = net;
	side->keeper = keeper;
	keeper->platform = (void *)side;
	keeper->cas.keys = side->world.keys;
	keeper->cas.state = side->world.state;
	keeper->cas.store = side->world.store;
	keeper->cas.policy = side->world.cas;
	keeper->cas.policy.witness_count = keeper->cas.policy.quorum = 0;
	memset(side->measurement.b, 0x50 + side->world.seed, sizeof(side->measurement.b));
	keeper->cas.policy.measurements[0] = side->measurement;
	keeper->cas.policy.measurement_count = 1;
	keeper->serving = true;
	ok(cc_loop_new(&keeper->loop, &oops));
	ok(cc_nonces_new(&keeper->nonces, &oops));
	ok(cc_pipeline_new(keeper->cas.state, &keeper->cas.policy, &io, &keeper->pipeline, &oops));
	cc_pipeline_submit(keeper->pipeline, &start, cc_time_now(), cc_time_monotonic_ms());
	connect_to(keeper, CC_WEB, &side->web, &keeper->webs[0]);
	connect_to(keeper, CC_VERIFIER, &side->verifier, &keeper->verifier);
	name_roots(side);
	make_document(side, "simulated");
	memset(side->exporter.b, 0xe1, sizeof(side->exporter.b));
}

static inline void side_clear(struct side *side)
{
	struct cc_keeper *keeper = side->keeper;

	if (keeper == NULL)
		return;
	cc_pipeline_free(keeper->pipeline);
	for (size_t i = 0; i < CC_FETCHES_MAX; i++)
		cc_fetch_free(keeper->fetches[i]);
	cc_wire_free(keeper->webs[0]);
	cc_wire_free(keeper->verifier);
	cc_nonces_free(keeper->nonces);
	cc_loop_free(keeper->loop);
	cc_buf_clear(&keeper->collateral);
	cc_buf_clear(&keeper->roots);
	cc_buf_clear(&keeper->document);
	free(keeper);
	(void)close(side->web);
	(void)close(side->verifier);
	cc_buf_clear(&side->from_web);
	cc_buf_clear(&side->from_verifier);
	world_clear(&side->world);
}

static inline void net_clear(struct net *net)
{
	start_clear(&net->start);
	side_clear(&net->giver);
	side_clear(&net->asker);
	cc_buf_clear(&net->kept);
	cc_sim_pki_clear(&net->pki);
}

#define GIVER \
	"name: sh2/giver\nversion: 0.3.12\n%s\nsecrets: [{name: token, kind: ascii, value: given, export: [%s]}]\n"
#define EXPORT "{cas_url: here.example.com, cas_key: %s, session: sh1/s1}"

/* `lines` go to the head of the policy; `%s` of `export` is the asker's key. */
static inline void write_giver(struct net *net, const char *lines, const char *export,
			       bool is_first)
{
	struct world *world = &net->giver.world;
	char key[CC_IDENTITY_TEXT], one[512], text[1024];

	ok(cc_key_hash_print(&net->asker.world.keys.cas_hash, key, &oops));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(one, sizeof(one), export, key);
#pragma GCC diagnostic pop
	(void)snprintf(text, sizeof(text), GIVER, lines, one);
	if (is_first)
		ok(create(world, SH2, text, &oops));
	else
		ok(update(world, SH2, "sh2/giver", text, &oops));
}

#define ASKER                                                                                \
	"name: sh1/s1\nversion: 0.3.12\nservices: [{name: s1, " PROGRAM                      \
	", environment: {GIVEN: $$SCONE::token$$}, executions: [{id: paid, "                 \
	"consumer: sh3/pipeline, maximum: 3}]}]\n"                                           \
	"images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"                         \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n"            \
	"secrets: [{name: token, kind: ascii, import: {cas_url: there.example.com, %s: %s, " \
	"session: sh2/giver, secret: token%s}}]\n" TOLERATE

/* `pin` is the key of the import, `of` what it holds; NULL: the giver's own. */
static inline void begin_with(struct net *net, const char *pin, const struct cc_digest *of,
			      const char *more)
{
	struct cc_sim_plan plan = { 0 };
	char key[CC_IDENTITY_TEXT], text[2048];

	ok(cc_sim_plan_good(cc_time_now(), &plan, &oops));
	ok(cc_sim_pki_make(&plan, &net->pki, &oops));
	net->giver.world.seed = 2;
	net->asker.world.seed = 1;
	world_make(&net->giver.world, 1, 1);
	ok(cc_key_hash_print(of != NULL ? of : &net->giver.world.keys.cas_hash, key, &oops));
	(void)snprintf(text, sizeof(text), ASKER, pin, key, more);
	tell_story(&net->asker.world, text, S3);
	ok(create(&net->giver.world, SH2, SPACE("sh2"), &oops));
	write_giver(net, TOLERATE, EXPORT, true);
	ok(open_run(&net->asker.world, SH3, &net->run, &oops));
	open_side(net, &net->giver);
	open_side(net, &net->asker);
	net->start = program_of(&net->run, 0, 1);
	net->start.attest.cas_key = net->asker.world.keys.cas_hash;
}

static inline void begin(struct net *net)
{
	begin_with(net, "cas_key", NULL, "");
}

static inline void send_on(int fd, const struct cc_link *link, const struct cc_message *message)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	ok(cc_message_add(link, message, &bytes, &oops));
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
}

/* One whole message from the keeper. */
static inline bool hear(struct side *side, int fd, const struct cc_link *link, struct cc_buf *bytes,
			struct cc_message *out, size_t *used)
{
	struct cc_mut room = { 0 };
	ssize_t got = 0;

	for (int i = 0; i < 8; i++)
		ok(cc_loop_step(side->keeper->loop, false, &oops));
	ok(cc_buf_extend(bytes, 262144, &room, &oops));
	got = read(fd, room.at, room.len);
	bytes->len -= 262144 - (size_t)(got > 0 ? got : 0);
	ok(cc_message_next(link, cc_buf_span(bytes), out, used, &oops));
	return *used != 0;
}

/* As verifier.c appraises. */
static inline void appraise(struct side *side, const struct cc_message *ask)
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

	ok(cc_json_parse(cc_buf_span(&side->keeper->roots), 65536, &list, &oops));
	ok(cc_roots_from_json(list, &roots, &oops));
	cc_sim_pki_collateral(&side->net->pki, &evidence.collateral);
	done = cc_evidence_prove(&evidence, &claims, &why);
	if (done == 0) {
		ok(cc_claims_to_json(&claims, &json, &oops));
		ok(cc_json_print(json, &text, &oops));
	}
	reply.fields[CC_CLAIMS_CODE] = cc_span_str(done == 0 ? "ok" : cc_code_info(why.code)->name);
	reply.fields[CC_CLAIMS_TEXT] = cc_span_str(why.text);
	reply.fields[CC_CLAIMS_CLAIMS] = cc_buf_span(&text);
	send_on(side->verifier, &verifier_says, &reply);
}

static inline void to_giver(struct net *net, const struct cc_message *ask)
{
	struct cc_message message = { .type = CC_REQUEST, .id = 1 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	enum cc_operation operation = CC_OP_NONE;
	struct cc_span argument = { 0 }, path = ask->fields[CC_PEER_PATH];
	uint8_t number = 0;

	net->link = ask->id;
	if (path.len == 0)
		return;
	(void)snprintf(net->path, sizeof(net->path), "%.*s", (int)path.len, (const char *)path.at);
	ok(cc_buf_add(&body, ask->fields[CC_PEER_BODY], &oops));
	if (net->to_giver != NULL)
		net->to_giver(net, net->path, &body);
	ok(cc_route_find(body.len == 0 ? "GET" : "POST", path, &operation, &argument, &oops));
	number = (uint8_t)operation;
	message.fields[CC_REQUEST_OPERATION] = cc_span(&number, 1);
	message.fields[CC_REQUEST_EXPORTER] = CC_DIGEST_SPAN(net->giver.exporter);
	message.fields[CC_REQUEST_BODY] = cc_buf_span(&body);
	send_on(net->giver.web, &web_says, &message);
}

static inline void to_asker(struct net *net, const struct cc_message *reply)
{
	struct cc_message message = { .type = CC_PEER_REPLY, .id = net->link };
	CC_AUTO_BUF struct cc_buf body = { 0 };

	ok(cc_buf_add(&body, reply->fields[CC_REPLY_BODY], &oops));
	if (net->to_asker != NULL)
		net->to_asker(net, net->path, &body);
	message.fields[CC_PEER_STATUS] = reply->fields[CC_REPLY_STATUS];
	message.fields[CC_PEER_EXPORTER] = CC_DIGEST_SPAN(net->asker.exporter);
	message.fields[CC_PEER_ANSWER] = cc_buf_span(&body);
	send_on(net->asker.web, &web_says, &message);
}

static inline void to_program(struct net *net, const struct cc_message *reply)
{
	CC_AUTO_RELEASE struct cc_release release = { 0 };

	net->is_over = true;
	net->done = -1;
	if (!cc_span_eq_str(reply->fields[CC_REPLY_TYPE], "application/json")) {
		ok(cc_problem_parse(reply->fields[CC_REPLY_BODY], &net->why, &oops));
		return;
	}
	ok(cc_release_parse(reply->fields[CC_REPLY_BODY], &release, &oops));
	open_release(&net->asker.world, &net->start, &release);
	net->done = 0;
}

static inline bool step_verifier(struct side *side)
{
	struct cc_message heard = { 0 };
	size_t used = 0;

	if (!hear(side, side->verifier, &verifier_hears, &side->from_verifier, &heard, &used))
		return false;
	appraise(side, &heard);
	cc_message_drop(&side->from_verifier, used);
	return true;
}

static inline bool step_web(struct net *net, struct side *side)
{
	struct cc_message heard = { 0 };
	size_t used = 0;

	if (!hear(side, side->web, &web_hears, &side->from_web, &heard, &used))
		return false;
	if (heard.type == CC_PEER_ASK)
		to_giver(net, &heard);
	else if (side == &net->giver)
		to_asker(net, &heard);
	else
		to_program(net, &heard);
	cc_message_drop(&side->from_web, used);
	return true;
}

static inline void make_evidence(struct net *net)
{
	struct cc_attest *attest = &net->start.attest;
	struct cc_report report = { .role = CC_ROLE_RUNTIME,
				    .exporter = { { net->connection } },
				    .cas_key = attest->cas_key,
				    .policy = attest->policy,
				    .service = attest->service,
				    .ticket = attest->ticket,
				    .hpke = attest->hpke };
	struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64 };
	struct cc_digest nonce = { 0 };

	ok(cc_nonces_draw(net->asker.keeper->nonces, cc_time_monotonic_ms(), &nonce, &oops));
	memcpy(attest->nonce, nonce.b, sizeof(attest->nonce));
	memcpy(report.nonce, nonce.b, sizeof(report.nonce));
	memcpy(report.signer, attest->signer, sizeof(report.signer));
	ok(cc_report_data(&report, &net->start.report, &oops));
	memcpy(enclave.mrenclave.b, net->start.claims.measurement, sizeof(enclave.mrenclave.b));
	enclave.report_data = net->start.report;
	cc_buf_reset(&attest->evidence[0].bytes);
	ok(cc_sim_quote(&net->pki, &enclave, &attest->evidence[0].bytes, &oops));
}

/* A program starts at the asker; everybody does what is theirs until it has an answer. */
static inline int start(struct net *net, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	const uint8_t operation = CC_OP_ATTEST;
	struct cc_digest exporter = { { 0 } };
	struct cc_message message = { .type = CC_REQUEST, .id = 1 };

	net->connection++; /* each start has its own, to its CAS and between the two */
	if (!net->is_one_connection)
		net->giver.exporter.b[1] = net->asker.exporter.b[1] = net->connection;
	exporter.b[0] = net->connection;
	make_evidence(net);
	net->is_over = false;
	net->why = (struct cc_err){ 0 };
	ok(cc_attest_print(&net->start.attest, &body, &oops));
	message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
	message.fields[CC_REQUEST_EXPORTER] = CC_DIGEST_SPAN(exporter);
	message.fields[CC_REQUEST_BODY] = cc_buf_span(&body);
	send_on(net->asker.web, &web_says, &message);
	for (int idle = 0; !net->is_over && idle < 8; idle++)
		if (step_verifier(&net->asker) || step_web(net, &net->asker) ||
		    step_verifier(&net->giver) || step_web(net, &net->giver))
			idle = 0;
	if (!net->is_over)
		fail_msg("nobody goes on, after '%s'", net->path);
	*err = net->why;
	return net->done;
}

static inline void assert_given(struct net *net)
{
	struct cc_err err = { 0 };

	if (start(net, &err) != 0)
		fail_msg("refused: %s (%s)", err.text, err.hint);
	assert_int_equal(net->start.config.environment_count, 1);
	assert_string_equal(net->start.config.environment[0].value, "given");
}

/* No configuration, the stage waits as before, and the giver has entered nothing unless it gave. */
static inline void assert_refused(struct net *net, enum cc_code code, const char *words)
{
	struct cc_err err = { 0 };

	if (start(net, &err) == 0)
		fail_msg("a configuration was released");
	assert_code(err, code);
	assert_says(err, words);
	assert_stage(&net->asker.world, &net->run, 0, "ready");
}

static inline uint64_t entries_of(const struct side *side)
{
	return cc_state_frontier(side->world.state)->size;
}

/* The giver says no: in its ledger is nothing. */
static inline void assert_not_given(struct net *net, const char *words)
{
	uint64_t before = entries_of(&net->giver);

	assert_refused(net, CC_E_UNAVAILABLE, words);
	assert_int_equal(entries_of(&net->giver), before);
}

#endif
