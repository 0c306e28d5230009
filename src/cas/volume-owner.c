/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume written by its owner, without a runtime: two requests, between which the owner has the
 * lease under an epoch of its own, as an attempt would have.
 *
 * The key of what is written leaves the CAS, so the state is exposed from its beginning: who reads
 * it in a stage is held to the content that the owner named.
 */
#include "base/str.h"
#include "cas/operation.h"
#include "cas/outputs.h"
#include "cas/view.h"
#include "cas/volumes.h"

#define AUTO_VOLUME CC_CLEANUP(clear_volume)
static void clear_volume(struct cc_rec_volume *volume)
{
	cc_record_clear(&cc_rec_volume, volume);
}

#define AUTO_ATTEMPT CC_CLEANUP(clear_attempt)
static void clear_attempt(struct cc_rec_attempt *attempt)
{
	cc_record_clear(&cc_rec_attempt, attempt);
}

/* What the request is about, proven to be its sender's. Texts are the body's. */
struct asked {
	const char *policy, *volume;
	char *row;
};

static void asked_clear(struct asked *asked)
{
	free(asked->row);
}

/* The volume of a run is what that run made of it: receipts name it. */
static int check_standing(struct cc_state *state, const struct asked *asked, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_volume_entry *entry = NULL;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, asked->policy, &known, NULL, err));
	entry = cc_policy_volume(known.policy, asked->volume);
	if (entry == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%s' has no volume '%s'", asked->policy,
			       asked->volume);
	if (entry->lifetime != CC_LIFETIME_RUN)
		return 0;
	cc_err_set(err, CC_E_DENIED, "volume '%s' is each run's own: only stages write it",
		   asked->volume);
	return cc_hint(err, "write one that lives as long as its policy");
}

static int read_asked(struct cc_state *state, const struct cc_operation_call *call,
		      struct asked *out, struct cc_err *err)
{
	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_get_str(call->body, "policy", &out->policy, err));
	/* First: what volumes there are is nobody else's business. */
	CC_TRY(cc_volume_owner(state, call, out->policy, err));
	CC_TRY(cc_json_get_str(call->body, "volume", &out->volume, err));
	CC_TRY(check_standing(state, out, err));
	return cc_volume_row(out->policy, out->volume, NULL, &out->row, err);
}

/* What the owner writes already, as the attempt that it stands for. */
static int find_write(struct cc_state *state, const char *row, struct cc_rec_attempt *out,
		      bool *found, struct cc_err *err)
{
	struct cc_rec_owned owned = { 0 };

	CC_TRY(cc_state_find(state, &cc_rec_owned, row, &owned, found, err));
	memcpy(out->id, owned.id, sizeof(out->id));
	out->outputs = owned.outputs;
	return 0;
}

static int keep_write(struct cc_state *state, const char *row, const struct cc_rec_attempt *attempt,
		      struct cc_err *err)
{
	struct cc_rec_owned owned = { .outputs = attempt->outputs };

	memcpy(owned.id, attempt->id, sizeof(owned.id));
	return cc_state_put(state, &cc_rec_owned, row, &owned, err);
}

/* Whoever lost the end of a write begins another: the key of the lost one is destroyed. */
static int end_former(struct cc_state *state, const char *row, struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt former = { 0 };
	bool found = false;

	CC_TRY(find_write(state, row, &former, &found, err));
	return found ? cc_outputs_end(state, &former, err) : 0;
}

static int begin(struct cc_state *state, const struct asked *asked, struct cc_rec_attempt *attempt,
		 struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;
	struct cc_rec_use use = { .row = asked->row, .write = true };
	const struct cc_writing by_owner = { 0 };

	CC_TRY(cc_str_dup(asked->volume, &name, err));
	use.name = name;
	CC_TRY(end_former(state, asked->row, err));
	CC_TRY(cc_random(CC_MUT(attempt->id), err));
	CC_TRY(cc_output_begin(state, &use, &by_owner, attempt, err));
	return keep_write(state, asked->row, attempt, err);
}

/* {"write", "id", "epoch", "lease", "state", "key", "base"?: as volume-key answers}. */
static int answer_write(const struct cc_rec_attempt *attempt, const struct cc_rec_volume *volume,
			struct cc_result *result, struct cc_err *err)
{
	const struct cc_rec_output *output = CC_LIST_AT(attempt->outputs, struct cc_rec_output, 0);
	CC_AUTO_JSON struct cc_json *base = NULL;
	struct cc_json *top = NULL;

	CC_TRY(cc_json_object(&result->answer, err));
	top = result->answer;
	CC_TRY(cc_json_set_hex(top, "write", CC_SPAN(attempt->id), err));
	CC_TRY(cc_json_set_hex(top, "id", CC_SPAN(volume->id), err));
	CC_TRY(cc_json_set_hex(top, "state", CC_SPAN(output->state), err));
	CC_TRY(cc_json_set_u64(top, "epoch", output->epoch, err));
	CC_TRY(cc_json_set_u64(top, "lease", output->lease, err));
	CC_TRY(cc_json_set_base64(top, "key", cc_secret_span(output->key), err));
	if (!volume->committed)
		return 0;
	CC_TRY(cc_json_object(&base, err));
	CC_TRY(cc_volume_answer(volume, base, err));
	return cc_json_set(top, "base", CC_TAKE(base), err);
}

static int record(const struct cc_operation_call *call, const struct asked *asked,
		  const struct cc_rec_volume *volume, struct cc_result *result, struct cc_err *err)
{
	CC_TRY(cc_json_object(&result->fields, err));
	CC_TRY(cc_json_set_str(result->fields, "policy", asked->policy, err));
	CC_TRY(cc_json_set_hex(result->fields, "volume", CC_SPAN(volume->id), err));
	CC_TRY(cc_json_set_u64(result->fields, "lease", volume->lease, err));
	if (volume->committed)
		CC_TRY(cc_json_set_hex(result->fields, "tag", CC_SPAN(volume->tag), err));
	return cc_caller_fields(&call->caller, result->fields, err);
}

static int set_subject(const uint8_t id[static CC_ID_LEN], struct cc_result *result,
		       struct cc_err *err)
{
	char text[CC_ID_TEXT];

	cc_id_print(id, text);
	return cc_str_dup(text, &result->subject, err);
}

int cc_owner_write(struct cc_state *state, const struct cc_operation_call *call,
		   struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(asked_clear) struct asked asked = { 0 };
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };

	CC_TRY(read_asked(state, call, &asked, err));
	CC_TRY(begin(state, &asked, &attempt, err));
	CC_TRY(cc_state_get(state, &cc_rec_volume, asked.row, &volume, err));
	if (volume.committed && !volume.has_content) {
		cc_err_set(err, CC_E_CONFLICT,
			   "the service that writes the volume has not completed since");
		return cc_hint(err,
			       "end the service in order: then what the volume holds is known");
	}
	CC_TRY(answer_write(&attempt, &volume, result, err));
	/* The key of what it goes on from leaves, too. */
	if (volume.committed)
		cc_volume_expose(&volume);
	CC_TRY(cc_state_put(state, &cc_rec_volume, asked.row, &volume, err));
	CC_TRY(set_subject(attempt.id, result, err));
	result->type = "volume.write";
	return record(call, &asked, &volume, result, err);
}

static int taken_over(struct cc_err *err)
{
	cc_err_set(err, CC_E_STALE,
		   "another write of the volume has begun since, or this one ended");
	return cc_hint(err, "begin again from the state that the volume has now");
}

static bool is_this(const struct cc_rec_attempt *attempt, const char *id)
{
	char text[CC_ID_TEXT];

	cc_id_print(attempt->id, text);
	return cc_str_eq(text, id);
}

int cc_owner_write_again(struct cc_state *state, const struct cc_operation_call *call,
			 const char *subject, uint64_t index, struct cc_result *result,
			 struct cc_err *err)
{
	CC_CLEANUP(asked_clear) struct asked asked = { 0 };
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	bool found = false;

	(void)index;
	CC_TRY(read_asked(state, call, &asked, err));
	CC_TRY(find_write(state, asked.row, &attempt, &found, err));
	if (!found || !is_this(&attempt, subject))
		return taken_over(err);
	CC_TRY(cc_state_get(state, &cc_rec_volume, asked.row, &volume, err));
	return answer_write(&attempt, &volume, result, err);
}

static int read_report(const struct cc_json *body, const char *volume, struct cc_report_output *out,
		       struct cc_err *err)
{
	out->volume = volume;
	CC_TRY(cc_json_get_u64(body, "number", CC_JSON_INTEGER_MAX, &out->number, err));
	CC_TRY(cc_json_get_hex(body, "tag", CC_MUT(out->tag), err));
	return cc_json_get_hex(body, "content", CC_MUT(out->content), err);
}

static int answer_written(const struct cc_rec_volume *volume, struct cc_result *result,
			  struct cc_err *err)
{
	CC_TRY(cc_json_object(&result->answer, err));
	return volume->committed ? cc_volume_name(volume, result->answer, err)
				 : cc_json_set_hex(result->answer, "id", CC_SPAN(volume->id), err);
}

/* Its key was never only ours. */
static int complete(struct cc_state *state, const struct cc_operation_call *call,
		    const struct asked *asked, struct cc_rec_attempt *attempt, struct cc_err *err)
{
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	struct cc_report_output report = { 0 };

	CC_TRY(read_report(call->body, asked->volume, &report, err));
	CC_TRY(cc_outputs_complete(state, attempt, &report, 1, err));
	CC_TRY(cc_state_get(state, &cc_rec_volume, asked->row, &volume, err));
	cc_volume_expose(&volume);
	return cc_state_put(state, &cc_rec_volume, asked->row, &volume, err);
}

int cc_owner_written(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(asked_clear) struct asked asked = { 0 };
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	const char *id = NULL;
	bool found = false;

	CC_TRY(read_asked(state, call, &asked, err));
	CC_TRY(cc_json_get_str(call->body, "write", &id, err));
	CC_TRY(find_write(state, asked.row, &attempt, &found, err));
	if (!found || !is_this(&attempt, id))
		return taken_over(err);
	/* Without a tag it is given up. */
	CC_TRY(cc_json_has(call->body, "tag") ? complete(state, call, &asked, &attempt, err)
					      : cc_outputs_end(state, &attempt, err));
	CC_TRY(cc_state_drop(state, &cc_rec_owned, asked.row, err));
	CC_TRY(cc_state_get(state, &cc_rec_volume, asked.row, &volume, err));
	CC_TRY(answer_written(&volume, result, err));
	CC_TRY(set_subject(volume.state, result, err));
	result->type = "volume.written";
	return record(call, &asked, &volume, result, err);
}

int cc_owner_written_again(struct cc_state *state, const struct cc_operation_call *call,
			   const char *subject, uint64_t index, struct cc_result *result,
			   struct cc_err *err)
{
	CC_CLEANUP(asked_clear) struct asked asked = { 0 };
	AUTO_VOLUME struct cc_rec_volume volume = { 0 };
	char now[CC_ID_TEXT];

	(void)index;
	CC_TRY(read_asked(state, call, &asked, err));
	CC_TRY(cc_state_get(state, &cc_rec_volume, asked.row, &volume, err));
	cc_id_print(volume.state, now);
	if (!cc_str_eq(now, subject))
		return taken_over(err);
	return answer_written(&volume, result, err);
}
