/* SPDX-License-Identifier: Apache-2.0 */
/* The story of three stakeholders in a world: policies, runs, runtimes and their frames. */
#ifndef CC_TESTS_UNIT_CAS_STORY_H
#define CC_TESTS_UNIT_CAS_STORY_H

#include "tests/unit/cas/world.h"

#include "cas/frames.h"
#include "cas/release.h"
#include "codec/text.h"
#include "measure/measure.h"
#include "proto/config.h"

#define SH1 1
#define SH2 2
#define SH3 3
#define STRANGER 9

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEX_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define HEX_D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

#define SPACE(name) "name: " name "\naccess_policy: {create_sessions: [CREATOR]}\n"
#define PROGRAM                                                                          \
	"image_name: i, command: [run, -v, '15'], fspf_key: " HEX_C ", fspf_tag: " HEX_D \
	", measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_B "}]"
#define TOLERATE "tolerate: [simulation]\n"

/* `line` is what the executions of s1 say; `more` goes behind. */
#define S1_OF(line, more)                                                           \
	"name: sh1/s1\nservices: [{name: s1, " PROGRAM ", executions: [{id: paid, " \
	"consumer: sh3/pipeline, " line "}]}]\n"                                    \
	"images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"                \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n" more
#define S1 S1_OF("maximum: 3", TOLERATE)
#define S2_WITH(more)                                                              \
	"name: sh2/s2\nservices: [{name: s2, " PROGRAM "}]\n"                      \
	"images: [{name: i, volumes: [{name: in, path: /vol1}, {name: out, path: " \
	"/vol2}]}]\n"                                                              \
	"volumes:\n"                                                               \
	"- {name: in, import: {session: sh3/pipeline, volume: vol1}}\n"            \
	"- {name: out, import: {session: sh3/pipeline, volume: vol2}}\n" more
#define S2 S2_WITH(TOLERATE)
#define S3_WITH(lifetime, more)                                                  \
	"name: sh3/pipeline\nvolumes:\n"                                         \
	"- {name: vol1, " lifetime "export: [sh1/s1, {session: sh2/s2, access: " \
	"read}]}\n"                                                              \
	"- {name: vol2, " lifetime "export: sh2/s2}\n"                           \
	"workflow:\n  stages:\n"                                                 \
	"  - {name: input, policy: sh1/s1, service: s1}\n"                       \
	"  - {name: compute, policy: sh2/s2, service: s2}\n" more
#define S3 S3_WITH("lifetime: run, ", TOLERATE)

/* Who shows a TLS certificate, and has signed nothing. */
static inline struct cc_caller certificate(uint8_t number)
{
	struct cc_caller caller = person(number);

	caller.transport = true;
	return caller;
}

static inline int send_policy(struct world *world, struct cc_caller who, cc_operation_fn *operation,
			      const char *name, const char *text, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct asking_for with = { operation, who, name, NULL, NULL };
	struct cc_result result = { 0 };
	int done = 0;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", text, &oops));
	with.body = body;
	done = ask_cas(world, &with, &result, err);
	cc_result_clear(&result);
	return done;
}

static inline int create(struct world *world, uint8_t who, const char *text, struct cc_err *err)
{
	return send_policy(world, person(who), cc_policy_create, "", text, err);
}

/* The version that is active now is named as the predecessor. */
static inline int update_as(struct world *world, struct cc_caller who, const char *name,
			    const char *text, struct cc_err *err)
{
	CC_AUTO_FREE char *next = NULL;
	struct cc_rec_policy row = { 0 };
	struct cc_digest hash = { 0 };
	char hex[CC_HEX_DIGEST];

	ok(cc_state_get(world->state, &cc_rec_policy, name, &row, &oops));
	memcpy(hash.b, row.hash, sizeof(hash.b));
	cc_record_clear(&cc_rec_policy, &row);
	cc_hex_digest(&hash, hex);
	ok(cc_strf(&next, &oops, "%spredecessor: %s\n", text, hex));
	return send_policy(world, who, cc_policy_update, name, next, err);
}

static inline int update(struct world *world, uint8_t who, const char *name, const char *text,
			 struct cc_err *err)
{
	return update_as(world, person(who), name, text, err);
}

/* Everyone has written its policy; the last is SH3, which has seen the others. */
static inline void tell_story(struct world *world, const char *s1, const char *s3)
{
	world_make(world, 1, 1);
	ok(create(world, SH1, SPACE("sh1"), &oops));
	ok(create(world, SH2, SPACE("sh2"), &oops));
	ok(create(world, SH3, SPACE("sh3"), &oops));
	ok(create(world, SH1, s1, &oops));
	ok(create(world, SH2, S2, &oops));
	ok(create(world, SH3, s3, &oops));
}

#define STAGES_MAX 2
struct opened {
	char run[CC_ID_TEXT];
	uint8_t id[CC_ID_LEN];
	uint8_t tickets[STAGES_MAX][CC_TICKET_LEN]; /* input, compute */
};

static inline int open_run(struct world *world, uint8_t who, struct opened *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct asking_for ask = { cc_run_open, person(who), NULL, NULL, NULL };
	const struct cc_json *stages = NULL;
	struct cc_result result = { 0 };

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "workflow", "sh3/pipeline", &oops));
	ask.body = body;
	CC_TRY(ask_cas(world, &ask, &result, err));
	assert_int_equal(result.status, 201);
	ok(cc_json_get_hex(result.answer, "run", CC_MUT(out->id), &oops));
	cc_id_print(out->id, out->run);
	ok(cc_json_get_array(result.answer, "stages", &stages, &oops));
	assert_int_equal(cc_json_count(stages), STAGES_MAX);
	for (size_t i = 0; i < STAGES_MAX; i++)
		ok(cc_json_get_hex(cc_json_at(stages, i), "ticket", CC_MUT(out->tickets[i]),
				   &oops));
	cc_result_clear(&result);
	return 0;
}

static inline int abort_run(struct world *world, uint8_t who, const struct opened *run,
			    struct cc_err *err)
{
	const struct asking_for ask = { cc_run_abort, person(who), run->run, NULL, NULL };
	struct cc_result result = { 0 };
	int done = ask_cas(world, &ask, &result, err);

	cc_result_clear(&result);
	return done;
}

/* Claims of the good program under simulation. */
static inline struct cc_claims good_claims(void)
{
	struct cc_claims claims = { .platform = CC_PLATFORM_SGX,
				    .class = CC_CLASS_SIMULATED,
				    .measurement_len = 32,
				    .sgx.initialized = true,
				    .sgx.mode64 = true,
				    .tcb = CC_TCB_UP_TO_DATE,
				    .intel.qe_tcb = CC_TCB_UP_TO_DATE };
	struct cc_measured record = { 0 };
	struct cc_digest mrenclave = { 0 };

	memset(record.runtime.b, 0xaa, sizeof(record.runtime.b));
	memset(record.content.b, 0xbb, sizeof(record.content.b));
	ok(cc_measure_options(NULL, &record.options, &oops));
	ok(cc_measure_sgx(&record, &mrenclave, &oops));
	memcpy(claims.measurement, mrenclave.b, sizeof(mrenclave.b));
	return claims;
}

/* One start of a program: what it asks with and what it was given. */
struct start {
	struct cc_hpke_key *hpke;
	struct cc_attest attest;
	struct cc_digest64 report;
	struct cc_claims claims;
	struct cc_frames frames;
	struct cc_config config;
	uint64_t index;
	bool repeated;
};
#define AUTO_START CC_CLEANUP(start_clear)

static inline void start_clear(struct start *start)
{
	cc_hpke_key_free(start->hpke);
	cc_attest_clear(&start->attest);
	cc_frames_clear(&start->frames);
	cc_config_clear(&start->config);
}

/* `stage` 0 is input of SH1, 1 compute of SH2. */
static inline struct start program_of(const struct opened *run, size_t stage, uint8_t instance)
{
	struct start start = { .claims = good_claims(), .attest.role = CC_ROLE_RUNTIME };
	struct cc_buf *evidence = NULL;

	ok(cc_hpke_key_generate(&start.hpke, &oops));
	ok(cc_attest_add(&start.attest, "sgx", &evidence, &oops));
	ok(cc_str_dup(stage == 0 ? "sh1/s1" : "sh2/s2", &start.attest.policy, &oops));
	ok(cc_str_dup(stage == 0 ? "s1" : "s2", &start.attest.service, &oops));
	memcpy(start.attest.ticket, run->tickets[stage], sizeof(start.attest.ticket));
	memset(start.attest.signer, instance, sizeof(start.attest.signer));
	start.attest.hpke = *cc_hpke_key_public(start.hpke);
	memset(start.report.b, instance, sizeof(start.report.b));
	return start;
}

static inline void open_release(struct world *world, struct start *start,
				const struct cc_release *release)
{
	const struct cc_release_expect expect = { .report_data = &start->report,
						  .key = start->hpke,
						  .cas = cc_key_public(world->keys.cas),
						  .pin = &world->keys.cas_hash };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	cc_frames_clear(&start->frames);
	cc_config_clear(&start->config);
	ok(cc_release_open(release, &expect, &text, &start->frames, &oops));
	ok(cc_config_parse(cc_buf_span(&text), &start->config, &oops));
	start->index = release->index;
}

static inline int release_to(struct world *world, struct start *start, struct cc_err *err)
{
	const struct cc_presented presented = { &start->claims, 1, &world->cas.roots };
	const struct cc_release_call call = { &start->attest, &presented, &start->report, NULL,
					      NULL };
	CC_AUTO_RELEASE struct cc_release release = { 0 };
	CC_AUTO_JSON struct cc_json *fields = NULL;
	struct cc_release_outcome outcome = { 0 };

	int done = 0;

	do {
		cc_release_clear(&release);
		cc_json_free(fields);
		fields = NULL;
		cc_state_begin(world->state, world->now);
		done = cc_release_decide(world->state, &call, &release, &outcome, &fields, err);
	} while (settle_owed(world));
	if (done != 0) {
		cc_state_undo(world->state);
		return -1;
	}
	start->repeated = cc_str_eq(outcome.entry, "release.repeat");
	stand(world, outcome.entry, fields);
	if (outcome.refusal != NULL) {
		*err = *outcome.refusal;
		return -1;
	}
	open_release(world, start, &release);
	return 0;
}

/* What the keeper does with the bytes of a frame; `answer` is what goes back. */
static inline int deliver(struct world *world, struct cc_span frame, struct cc_buf *answer,
			  struct cc_err *err)
{
	struct cc_frame_result result = { 0 };
	int done = 0;

	do {
		cc_frame_result_clear(&result);
		cc_state_begin(world->state, world->now);
		done = cc_frame_decide(world->state, frame, &result, err);
	} while (settle_owed(world));
	if (done != 0) {
		cc_state_undo(world->state);
		cc_frame_result_clear(&result);
		return -1;
	}
	ok(cc_buf_add(answer, cc_buf_span(&result.answer), &oops));
	if (result.type != NULL)
		stand(world, result.type, result.fields);
	else
		cc_state_undo(world->state);
	cc_frame_result_clear(&result);
	return 0;
}

/* The answer's "ok", or its error. */
static inline int read_answer(struct start *start, struct cc_span frame, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *error = NULL;
	const char *code = NULL, *text = NULL;
	bool done = false;

	ok(cc_frame_answered(&start->frames, frame, &plain, &oops));
	ok(cc_json_parse(cc_buf_span(&plain), 4096, &json, &oops));
	if (!cc_json_has(json, "error")) {
		ok(cc_json_get_bool(json, "ok", &done, &oops));
		assert_true(done);
		return 0;
	}
	ok(cc_json_get_object(json, "error", &error, &oops));
	ok(cc_json_get_str(error, "code", &code, &oops));
	ok(cc_json_get_str(error, "text", &text, &oops));
	return cc_fail(err, cc_code_named(code), "%s", text);
}

static inline int say(struct world *world, struct start *start, const char *json,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf frame = { 0 }, answer = { 0 };

	ok(cc_frame_ask(&start->frames, cc_span_str(json), &frame, &oops));
	CC_TRY(deliver(world, cc_buf_span(&frame), &answer, err));
	return read_answer(start, cc_buf_span(&answer), err);
}

#define VOLUME(name, number)                                              \
	"{\"volume\":\"" name "\",\"number\":" number ",\"tag\":\"" HEX_A \
	"\",\"content\":\"" HEX_B "\"}"
#define COMPLETE(volumes) "{\"type\":\"complete\",\"exit\":0,\"volumes\":[" volumes "]}"
#define DONE COMPLETE(VOLUME("out", "7") "," VOLUME("@log", "1"))
#define TAG(number) \
	"{\"type\":\"tag\",\"volume\":\"out\",\"number\":" number ",\"tag\":\"" HEX_D "\"}"
#define FAILED "{\"type\":\"fail\",\"exit\":3}"

/* A stage from its start to its completion. */
static inline void do_stage(struct world *world, const struct opened *run, size_t stage,
			    uint8_t instance)
{
	AUTO_START struct start start = program_of(run, stage, instance);

	ok(release_to(world, &start, &oops));
	ok(say(world, &start, DONE, &oops));
}

static inline void assert_used(struct world *world, uint64_t used, uint64_t open)
{
	struct cc_rec_executions row = { 0 };
	bool found = false;

	cc_state_begin(world->state, world->now);
	ok(cc_state_find(world->state, &cc_rec_executions, "sh1/s1\ns1\npaid", &row, &found,
			 &oops));
	assert_int_equal(row.used, used);
	assert_int_equal(row.open.count, open);
	cc_record_clear(&cc_rec_executions, &row);
}

static inline void assert_stage(struct world *world, const struct opened *run, size_t stage,
				const char *word)
{
	struct cc_rec_run row = { 0 };

	ok(cc_run_load(world->state, run->id, &row, &oops));
	assert_string_equal(CC_LIST_AT(row.stages, struct cc_rec_stage, stage)->state, word);
	cc_record_clear(&cc_rec_run, &row);
}

static inline void assert_run(struct world *world, const struct opened *run, const char *word)
{
	struct cc_rec_run row = { 0 };

	ok(cc_run_load(world->state, run->id, &row, &oops));
	assert_string_equal(row.state, word);
	cc_record_clear(&cc_rec_run, &row);
}

/* {"policy", "volume"} with or without "run". */
static inline int ask_key(struct world *world, struct cc_caller caller, const char *volume,
			  const struct opened *run, struct cc_buf *key, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct asking_for ask = { cc_volume_key, caller, NULL, NULL, NULL };
	struct cc_result result = { 0 };

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", "sh3/pipeline", &oops));
	ok(cc_json_set_str(body, "volume", volume, &oops));
	if (run != NULL)
		ok(cc_json_set_str(body, "run", run->run, &oops));
	ask.body = body;
	CC_TRY(ask_cas(world, &ask, &result, err));
	ok(cc_json_get_base64(result.answer, "key", 32, key, &oops));
	cc_result_clear(&result);
	return 0;
}

#endif
