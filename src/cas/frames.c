/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/frames.h"

#include "base/str.h"
#include "cas/outputs.h"
#include "cas/seats.h"
#include "proto/frame.h"

#define PLAIN_MAX ((size_t)256 * 1024)
#define OUTPUTS_MAX 300 /* volumes of an attempt and its log */
#define EXIT_MAX 255

void cc_frame_result_clear(struct cc_frame_result *result)
{
	cc_buf_clear(&result->answer);
	cc_json_free(result->fields);
	*result = (struct cc_frame_result){ 0 };
}

/* What a frame asks, and what it led to. */
struct asking {
	struct cc_state *state;
	struct cc_rec_session session;
	struct cc_frames frames;
	char key[CC_ID_TEXT];
	char *next; /* the volume that goes on in a new epoch, which the answer has; or NULL */
	struct cc_frame_result *result;
};

static void clear(struct asking *a)
{
	/* The keys belong to the frames while they are open, to the row otherwise. */
	a->session.up = a->session.down = NULL;
	cc_record_clear(&cc_rec_session, &a->session);
	cc_frames_clear(&a->frames);
	free(a->next);
}

static int load(struct asking *a, struct cc_span frame, struct cc_err *err)
{
	uint8_t id[CC_SESSION_LEN];
	bool found = false;

	CC_TRY(cc_frame_session(frame, id, err));
	cc_id_print(id, a->key);
	CC_TRY(cc_state_find(a->state, &cc_rec_session, a->key, &a->session, &found, err));
	if (!found)
		return cc_fail(err, CC_E_NOTFOUND, "there is no such session");
	memcpy(a->frames.session, id, sizeof(id));
	a->frames.up = a->session.up;
	a->frames.down = a->session.down;
	a->frames.next = a->session.next;
	memcpy(a->frames.last.b, a->session.last, sizeof(a->frames.last.b));
	return 0;
}

/* `taken`: the frame is the session's last one now; `refusal` what answers it, NULL: done. */
static int store(struct asking *a, bool taken, const char *refusal, struct cc_err *err)
{
	struct cc_rec_session now = { 0 };
	bool found = false;
	int done = 0;

	/* The decision may have ended the session: only our part of the row is written anew. */
	CC_TRY(cc_state_find(a->state, &cc_rec_session, a->key, &now, &found, err));
	now.ended = now.ended || a->session.ended;
	if (taken) {
		now.next = a->frames.next;
		memcpy(now.last, a->frames.last.b, sizeof(now.last));
		now.last_index = cc_state_index(a->state);
	}
	if (refusal != NULL)
		done = cc_text_set(&now.refusal, refusal, err);
	if (done == 0)
		done = cc_state_put(a->state, &cc_rec_session, a->key, &now, err);
	cc_record_clear(&cc_rec_session, &now);
	return done;
}

/* From the attempt as it is: a repeat is answered with the same. */
static int add_epoch(struct asking *a, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *epoch = NULL;
	struct cc_rec_attempt attempt = { 0 };
	const struct cc_rec_output *output = NULL;
	int done = 0;

	CC_TRY(cc_json_object(&epoch, err));
	CC_TRY(cc_attempt_load(a->state, a->session.attempt, &attempt, err));
	output = cc_output_find(&attempt, a->next);
	if (output == NULL || output->key == NULL)
		done = cc_fail(err, CC_E_STALE, "volume '%s' has no epoch any more", a->next);
	if (done == 0)
		done = cc_json_set_u64(epoch, "epoch", output->epoch, err);
	if (done == 0)
		done = cc_json_set_base64(epoch, "key", cc_secret_span(output->key), err);
	if (done == 0)
		done = cc_json_set_hex(epoch, "state", CC_SPAN(output->state), err);
	cc_record_clear(&cc_rec_attempt, &attempt);
	return done != 0 ? -1 : cc_json_set(json, "epoch", CC_TAKE(epoch), err);
}

static int answer_done(struct asking *a, uint64_t index, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_bool(json, "ok", true, err));
	CC_TRY(cc_json_set_u64(json, "index", index, err));
	if (a->next != NULL)
		CC_TRY(add_epoch(a, json, err));
	CC_TRY(cc_json_print(json, &text, err));
	return cc_frame_answer(&a->frames, cc_buf_span(&text), &a->result->answer, err);
}

static int print_refusal(const struct cc_err *why, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *error = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_object(&error, err));
	CC_TRY(cc_json_set_str(error, "code", cc_code_info(why->code)->name, err));
	CC_TRY(cc_json_set_str(error, "text", why->text, err));
	CC_TRY(cc_json_set_str(error, "hint", why->hint, err));
	CC_TRY(cc_json_set(json, "error", CC_TAKE(error), err));
	return cc_json_print(json, out, err);
}

static int read_output(const struct cc_json *json, bool complete, struct cc_report_output *out,
		       struct cc_err *err)
{
	static const char *const known[] = {
		"content", "number", "oldest", "tag", "type", "volume"
	};

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(json, "volume", &out->volume, err));
	CC_TRY(cc_json_get_u64(json, "number", UINT64_MAX, &out->number, err));
	CC_TRY(cc_json_get_hex(json, "tag", CC_MUT(out->tag), err));
	if (!complete)
		return 0;
	if (cc_json_has(json, "oldest"))
		CC_TRY(cc_json_get_u64(json, "oldest", CC_JSON_INTEGER_MAX, &out->oldest, err));
	return cc_json_get_hex(json, "content", CC_MUT(out->content), err);
}

/* The entry's fields that all of them have. */
static int start_fields(struct asking *a, struct cc_err *err)
{
	struct cc_rec_attempt attempt = { 0 };
	struct cc_rec_run run = { 0 };
	int done = 0;

	CC_TRY(cc_json_object(&a->result->fields, err));
	CC_TRY(cc_json_set_hex(a->result->fields, "attempt", CC_SPAN(a->session.attempt), err));
	CC_TRY(cc_attempt_load(a->state, a->session.attempt, &attempt, err));
	done = cc_json_set_hex(a->result->fields, "run", CC_SPAN(attempt.run), err);
	if (done == 0)
		done = cc_run_load(a->state, attempt.run, &run, err);
	if (done == 0 && attempt.stage < run.stages.count)
		done = cc_json_set_str(
			a->result->fields, "stage",
			CC_LIST_AT(run.stages, struct cc_rec_stage, attempt.stage)->name, err);
	cc_record_clear(&cc_rec_attempt, &attempt);
	cc_record_clear(&cc_rec_run, &run);
	return done;
}

static int output_fields(struct asking *a, const struct cc_report_output *output,
			 struct cc_err *err)
{
	CC_TRY(cc_json_set_str(a->result->fields, "volume", output->volume, err));
	CC_TRY(cc_json_set_u64(a->result->fields, "number", output->number, err));
	return cc_json_set_hex(a->result->fields, "tag", CC_SPAN(output->tag), err);
}

static int decide_tag(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	struct cc_report_output output = { 0 };

	CC_TRY(read_output(json, false, &output, err));
	CC_TRY(cc_attempt_tag(a->state, a->session.attempt, &output, err));
	return output_fields(a, &output, err);
}

static int decide_epoch(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	struct cc_report_output output = { 0 };

	CC_TRY(read_output(json, false, &output, err));
	CC_TRY(cc_attempt_epoch(a->state, a->session.attempt, &output, err));
	CC_TRY(cc_str_dup(output.volume, &a->next, err));
	return output_fields(a, &output, err);
}

static int decide_complete(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	static const char *const known[] = { "exit", "type", "volumes" };
	CC_AUTO_FREE struct cc_report_output *outputs = NULL;
	const struct cc_json *list = NULL;
	uint64_t exit = 0, used = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "exit", 0, &exit, err));
	CC_TRY(cc_json_get_array(json, "volumes", &list, err));
	if (cc_json_count(list) > OUTPUTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "completion of %zu volumes", cc_json_count(list));
	outputs = calloc(cc_json_count(list) + 1, sizeof(*outputs));
	if (outputs == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a completion");
	for (size_t i = 0; i < cc_json_count(list); i++)
		CC_TRY(read_output(cc_json_at(list, i), true, &outputs[i], err));
	CC_TRY(cc_attempt_complete(a->state, a->session.attempt, outputs, cc_json_count(list),
				   &used, err));
	return cc_json_set_u64(a->result->fields, "used", used, err);
}

static int decide_fail(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	static const char *const known[] = { "exit", "reason", "signal", "type" };
	const char *reason = "";
	uint64_t status = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	if (cc_json_has(json, "signal")) {
		CC_TRY(cc_json_get_u64(json, "signal", 127, &status, err));
		status += 128;
	} else {
		CC_TRY(cc_json_get_u64(json, "exit", EXIT_MAX, &status, err));
	}
	/* Words of the runtime: for its log and ours, not for the public ledger. */
	if (cc_json_has(json, "reason"))
		CC_TRY(cc_json_get_str(json, "reason", &reason, err));
	CC_TRY(cc_attempt_fail(a->state, a->session.attempt, status, err));
	return cc_json_set_u64(a->result->fields, "exit", status, err);
}

static int decide_renew(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	static const char *const known[] = { "type" };

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	return cc_attempt_renew(a->state, a->session.attempt, err);
}

static int decide_vote(struct asking *a, const struct cc_json *json, struct cc_err *err)
{
	return cc_seat_vote(a->state, a->session.attempt, json, a->result->fields, &a->result->type,
			    err);
}

static const struct {
	const char *type, *entry;
	int (*decide)(struct asking *a, const struct cc_json *json, struct cc_err *err);
} kinds[] = {
	{ "tag", "tag", decide_tag },
	{ "epoch", "tag", decide_epoch },
	{ "complete", "complete", decide_complete },
	{ "fail", "fail", decide_fail },
	{ "renew", "renew", decide_renew },
	{ "vote", "proposal.vote", decide_vote },
};

static int decide(struct asking *a, struct cc_span plain, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *type = NULL;

	CC_TRY(cc_json_parse(plain, PLAIN_MAX, &json, err));
	CC_TRY(cc_json_get_str(json, "type", &type, err));
	CC_TRY(start_fields(a, err));
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (cc_str_eq(type, kinds[i].type)) {
			a->result->type = kinds[i].entry;
			return kinds[i].decide(a, json, err);
		}
	return cc_fail(err, CC_E_ARG, "no kind of frame '%s'", type);
}

/*
 * Authentic, but refused: all it changed is undone, and the session ends. One that was
 * taken stays refused: its repeat must not be answered as if it had been done. One out
 * of order is not taken, and the frame before it keeps its answer.
 */
static int refuse(struct asking *a, bool taken, const struct cc_err *why, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	int64_t now = cc_state_time(a->state);
	const char *refusal = NULL;

	cc_state_undo(a->state);
	cc_state_begin(a->state, now);
	a->session.ended = true;
	cc_json_free(a->result->fields);
	a->result->fields = NULL;
	a->result->type = "session.end";
	CC_TRY(cc_json_object(&a->result->fields, err));
	CC_TRY(cc_json_set_str(a->result->fields, "session", a->key, err));
	CC_TRY(cc_json_set_str(a->result->fields, "code", cc_code_info(why->code)->name, err));
	CC_TRY(print_refusal(why, &text, err));
	CC_TRY(cc_buf_str(&text, &refusal, err));
	CC_TRY(store(a, taken, taken ? refusal : NULL, err));
	/* Before the first question there is no number to answer under. */
	if (a->frames.next == 0)
		return 0;
	return cc_frame_answer(&a->frames, cc_span_str(refusal), &a->result->answer, err);
}

/*
 * No entry and no change: or whoever has an ended session's keys could fill the ledger with
 * them. So the number does not move on, and each frame is answered under its own: a runtime
 * that was superseded ends at once instead of asking until its patience does.
 */
static int say_over(struct asking *a, struct cc_span frame, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err why = { 0 };

	CC_TRY(cc_frame_take_late(&a->frames, frame, err));
	cc_err_set(&why, CC_E_STALE, "the session is over");
	CC_TRY(print_refusal(&why, &text, err));
	return cc_frame_answer(&a->frames, cc_buf_span(&text), &a->result->answer, err);
}

/* The last question again, which was agreed to. */
static int answer_again(struct asking *a, struct cc_span plain, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *type = NULL, *volume = NULL;

	CC_TRY(cc_json_parse(plain, PLAIN_MAX, &json, err));
	CC_TRY(cc_json_get_str(json, "type", &type, err));
	if (cc_str_eq(type, "epoch")) {
		CC_TRY(cc_json_get_str(json, "volume", &volume, err));
		CC_TRY(cc_str_dup(volume, &a->next, err));
	}
	return answer_done(a, a->session.last_index, err);
}

int cc_frame_decide(struct cc_state *state, struct cc_span frame, struct cc_frame_result *result,
		    struct cc_err *err)
{
	CC_CLEANUP(clear) struct asking a = { .state = state, .result = result };
	CC_AUTO_BUF struct cc_buf plain = { 0 };
	struct cc_err why = { 0 };
	bool repeated = false;

	CC_TRY(load(&a, frame, err));
	if (cc_frame_take(&a.frames, frame, &plain, &repeated, &why) != 0) {
		if (why.code == CC_E_STALE)
			return a.session.ended ? say_over(&a, frame, err)
					       : refuse(&a, false, &why, err);
		*err = why;
		return -1;
	}
	if (repeated && a.session.refusal != NULL)
		return cc_frame_answer(&a.frames, cc_span_str(a.session.refusal), &result->answer,
				       err);
	if (repeated)
		return answer_again(&a, cc_buf_span(&plain), err);
	if (a.session.ended)
		return say_over(&a, frame, err);
	if (decide(&a, cc_buf_span(&plain), &why) != 0) {
		/* A step that is due comes first, then the same question again (pipeline.c). */
		if (cc_state_owed(state)->policy == NULL)
			return refuse(&a, true, &why, err);
		*err = why;
		return cc_failed();
	}
	CC_TRY(store(&a, true, NULL, err));
	return answer_done(&a, cc_state_index(state), err);
}
