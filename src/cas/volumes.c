/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/volumes.h"

#include "base/str.h"
#include "cas/operation.h"
#include "cas/view.h"

int cc_volume_row(const char *policy, const char *volume, const uint8_t *run, char **out,
		  struct cc_err *err)
{
	char id[CC_ID_TEXT] = "";

	if (run != NULL)
		cc_id_print(run, id);
	return cc_strf(out, err, "%s\n%s\n%s", policy, volume, id);
}

int cc_volume_log_row(const char *workflow, const uint8_t run[static CC_ID_LEN], const char *stage,
		      char **out, struct cc_err *err)
{
	char id[CC_ID_TEXT];

	cc_id_print(run, id);
	return cc_strf(out, err, "%s\nlog\n%s\n%s", workflow, id, stage);
}

int cc_volume_load(struct cc_state *state, const char *row, struct cc_rec_volume *out,
		   struct cc_err *err)
{
	bool found = false;

	CC_TRY(cc_state_find(state, &cc_rec_volume, row, out, &found, err));
	if (found)
		return 0;
	out->next_epoch = 1;
	return cc_random(CC_MUT(out->id), err);
}

static int latest_run(struct cc_state *state, const char *policy, uint8_t id[static CC_ID_LEN],
		      struct cc_err *err)
{
	struct cc_rec_latest latest = { 0 };
	bool found = false;

	CC_TRY(cc_state_find(state, &cc_rec_latest, policy, &latest, &found, err));
	if (!found) {
		cc_err_set(err, CC_E_NOTFOUND, "no run of workflow '%s' has completed", policy);
		return cc_hint(err, "name a run: --run RUN");
	}
	memcpy(id, latest.run, CC_ID_LEN);
	return 0;
}

/* Does each run have this volume of its own, by the policy as it is now? */
static int is_of_run(struct cc_state *state, const char *policy, const char *volume, bool *out,
		     struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_volume_entry *entry = NULL;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, policy, &known, NULL, err));
	entry = cc_policy_volume(known.policy, volume);
	/* Of a volume that the policy has lost the run must be named. */
	*out = entry != NULL && entry->lifetime == CC_LIFETIME_RUN;
	return 0;
}

int cc_volume_asked(struct cc_state *state, const struct cc_operation_call *call,
		    const char *policy, char **row, struct cc_err *err)
{
	bool named = cc_json_has(call->body, "run"), of_run = named;
	const char *volume = NULL;
	uint8_t id[CC_ID_LEN];

	if (named)
		CC_TRY(cc_json_get_hex(call->body, "run", CC_MUT(id), err));
	if (cc_json_has(call->body, "log")) {
		CC_TRY(cc_json_get_str(call->body, "log", &volume, err));
		if (!named)
			return cc_fail(err, CC_E_ARG, "a log is that of a stage of a run: 'run'");
		return cc_volume_log_row(policy, id, volume, row, err);
	}
	CC_TRY(cc_json_get_str(call->body, "volume", &volume, err));
	if (!named)
		CC_TRY(is_of_run(state, policy, volume, &of_run, err));
	if (of_run && !named)
		CC_TRY(latest_run(state, policy, id, err));
	return cc_volume_row(policy, volume, of_run ? id : NULL, row, err);
}

int cc_volume_name(const struct cc_rec_volume *volume, struct cc_json *out, struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(out, "id", CC_SPAN(volume->id), err));
	CC_TRY(cc_json_set_hex(out, "state", CC_SPAN(volume->state), err));
	CC_TRY(cc_json_set_u64(out, "epoch", volume->epoch, err));
	CC_TRY(cc_json_set_u64(out, "number", volume->number, err));
	return cc_json_set_hex(out, "tag", CC_SPAN(volume->tag), err);
}

int cc_volume_answer(const struct cc_rec_volume *volume, struct cc_json *out, struct cc_err *err)
{
	CC_TRY(cc_volume_name(volume, out, err));
	return cc_json_set_base64(out, "key", cc_secret_span(volume->key), err);
}

static int answer_key(const struct cc_rec_volume *volume, struct cc_result *result,
		      struct cc_err *err)
{
	CC_TRY(cc_json_object(&result->answer, err));
	return cc_volume_answer(volume, result->answer, err);
}

void cc_volume_expose(struct cc_rec_volume *volume)
{
	volume->exposed = true;
	volume->exposed_epoch = volume->epoch;
}

/* "<state>\n<row>" */
static int name_state(const struct cc_rec_volume *volume, const char *row, char **out,
		      struct cc_err *err)
{
	char id[CC_ID_TEXT];

	cc_id_print(volume->state, id);
	return cc_strf(out, err, "%s\n%s", id, row);
}

static int expose(struct cc_state *state, const struct cc_operation_call *call, const char *policy,
		  const char *row, struct cc_rec_volume *volume, struct cc_result *result,
		  struct cc_err *err)
{
	CC_TRY(answer_key(volume, result, err));
	CC_TRY(name_state(volume, row, &result->subject, err));
	cc_volume_expose(volume);
	CC_TRY(cc_state_put(state, &cc_rec_volume, row, volume, err));
	result->type = "volume.expose";
	CC_TRY(cc_json_object(&result->fields, err));
	CC_TRY(cc_json_set_str(result->fields, "policy", policy, err));
	CC_TRY(cc_json_set_hex(result->fields, "volume", CC_SPAN(volume->id), err));
	CC_TRY(cc_json_set_hex(result->fields, "tag", CC_SPAN(volume->tag), err));
	return cc_caller_fields(&call->caller, result->fields, err);
}

int cc_volume_owner(struct cc_state *state, const struct cc_operation_call *call,
		    const char *policy, struct cc_err *err)
{
	struct cc_rec_policy row = { 0 };
	bool owns = false;

	CC_TRY(cc_caller_require(&call->caller, err));
	if (call->caller.transport)
		return cc_fail(err, CC_E_DENIED, "volumes are only for signed requests");
	CC_TRY(cc_state_get(state, &cc_rec_policy, policy, &row, err));
	owns = memcmp(row.creator, call->caller.key.b, sizeof(row.creator)) == 0;
	cc_record_clear(&cc_rec_policy, &row);
	if (owns)
		return 0;
	cc_err_set(err, CC_E_DENIED, "only the owner of policy '%s' reads and writes its volumes",
		   policy);
	return cc_hint(err, "a service that may read them is granted them by an export");
}

int cc_volume_key(struct cc_state *state, const struct cc_operation_call *call,
		  struct cc_result *result, struct cc_err *err)
{
	struct cc_rec_volume volume = { 0 };
	CC_AUTO_FREE char *row = NULL;
	const char *policy = NULL;
	bool found = false;
	int done = 0;

	CC_TRY(cc_caller_require(&call->caller, err));
	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_get_str(call->body, "policy", &policy, err));
	/* First: what runs and volumes there are is nobody else's business. */
	CC_TRY(cc_volume_owner(state, call, policy, err));
	CC_TRY(cc_volume_asked(state, call, policy, &row, err));
	CC_TRY(cc_state_find(state, &cc_rec_volume, row, &volume, &found, err));
	if (found && volume.committed && !volume.has_content) {
		cc_err_set(err, CC_E_CONFLICT,
			   "the service that writes the volume has not completed since");
		done = cc_hint(err, "its key leaves when what the volume holds is known: end the "
				    "service in order");
	} else if (found && volume.committed) {
		done = expose(state, call, policy, row, &volume, result, err);
	} else {
		cc_err_set(err, CC_E_NOTFOUND, "the volume has no state: no run has completed it");
		done = cc_hint(err, "see what became of the run: concordat workflow status RUN");
	}
	cc_record_clear(&cc_rec_volume, &volume);
	return done;
}

/* The same key again, which the ledger says has left; that of a later state takes a new entry. */
int cc_volume_key_given(struct cc_state *state, const struct cc_operation_call *call,
			const char *subject, uint64_t index, struct cc_result *result,
			struct cc_err *err)
{
	const char *row = strchr(subject, '\n'), *policy = NULL;
	struct cc_rec_volume volume = { 0 };
	CC_AUTO_FREE char *now = NULL;
	bool found = false;
	int done = 0;

	(void)index;
	if (row == NULL)
		return cc_fail(err, CC_E_BUG, "a key was given of no volume");
	CC_TRY(cc_json_get_str(call->body, "policy", &policy, err));
	CC_TRY(cc_volume_owner(state, call, policy, err));
	CC_TRY(cc_state_find(state, &cc_rec_volume, row + 1, &volume, &found, err));
	done = name_state(&volume, row + 1, &now, err);
	if (done == 0 && volume.exposed && cc_str_eq(now, subject)) {
		done = answer_key(&volume, result, err);
	} else if (done == 0) {
		cc_err_set(err, CC_E_CONFLICT, "the volume has another state since");
		done = cc_hint(err, "ask for it with a new Idempotency-Key");
	}
	cc_record_clear(&cc_rec_volume, &volume);
	return done;
}
