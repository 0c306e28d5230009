/* SPDX-License-Identifier: Apache-2.0 */
/* Workflows: the plan, a run opened from it with its reservations and tickets, and its end. */
#include "base/str.h"
#include "base/time.h"
#include "cas/ballot.h"
#include "cas/operation.h"
#include "cas/view.h"
#include "cas/volumes.h"
#include "codec/text.h"
#include "policy/plan.h"

#define ATTEMPTS_DEFAULT 3

static int count_used(void *context, const char *policy, const char *service, const char *grant,
		      uint64_t *used, uint64_t *open, struct cc_err *err)
{
	struct cc_rec_executions row = { 0 };
	CC_AUTO_FREE char *key = NULL;
	bool found = false;

	CC_TRY(cc_executions_key(policy, service, grant, &key, err));
	CC_TRY(cc_state_find(context, &cc_rec_executions, key, &row, &found, err));
	*used = row.used;
	*open = row.open.count;
	cc_record_clear(&cc_rec_executions, &row);
	return 0;
}

static int make_plan(struct cc_cas_view *view, const struct cc_operation_call *call,
		     const char *name, struct cc_known *workflow, struct cc_plan **out,
		     struct cc_err *err)
{
	struct cc_plan_ask ask = { .workflow = workflow,
				   .view = &view->view,
				   .now = cc_state_time(view->state),
				   .used = count_used,
				   .context = view->state };

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_cas_view_policy(view, name, workflow, NULL, err));
	CC_TRY(cc_caller_fits(&call->caller, workflow, err));
	/* A run spends what the consumer has paid for: only its own key opens one. */
	if (!cc_digest_eq(&workflow->creator, &call->caller.key)) {
		cc_err_set(err, CC_E_DENIED, "only the owner of '%s' plans and runs it", name);
		return cc_hint(err, "use the key that created the policy");
	}
	return cc_plan_make(&ask, out, err);
}

/* A policy's owner as people can name it: Base58Check of the key hash, in "owner_key". */
static int set_owner(struct cc_cas_view *view, const char *policy, struct cc_json *json,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_known known = { 0 };
	struct cc_err missing = { 0 };

	CC_TRY(cc_json_set_str(json, "owner", policy, err));
	if (cc_cas_view_policy(view, policy, &known, NULL, &missing) != 0)
		return 0;
	CC_TRY(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(known.creator), err));
	return cc_json_set_text(json, "owner_key", cc_buf_span(&text), err);
}

static int add_missing(struct cc_cas_view *view, const struct cc_plan_missing *missing,
		       struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "stage", missing->stage, err));
	CC_TRY(cc_json_set_str(one, "code", cc_code_info(missing->code)->name, err));
	CC_TRY(cc_json_set_str(one, "text", missing->text, err));
	CC_TRY(cc_json_set_str(one, "hint", missing->hint, err));
	CC_TRY(set_owner(view, missing->owner, one, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int add_texts(struct cc_json *json, const char *name, const struct cc_texts *texts,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < texts->count; i++)
		CC_TRY(cc_json_add_str(list, texts->at[i], err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}

static const char *access_word(enum cc_access access)
{
	return access == CC_ACCESS_WRITE ? "write" : access == CC_ACCESS_READ ? "read" : "none";
}

static int add_stage(const struct cc_plan_stage *stage, struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL, *volumes = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_array(&volumes, err));
	CC_TRY(cc_json_set_str(one, "stage", stage->name, err));
	CC_TRY(cc_json_set_str(one, "policy", stage->policy, err));
	CC_TRY(cc_json_set_str(one, "service", stage->service, err));
	if (stage->grant != NULL)
		CC_TRY(cc_json_set_str(one, "grant", stage->grant, err));
	CC_TRY(add_texts(one, "needs", &stage->needs, err));
	for (size_t i = 0; i < stage->volumes.count; i++) {
		const struct cc_plan_volume *volume = &stage->volumes.at[i];
		CC_AUTO_JSON struct cc_json *use = NULL;

		CC_TRY(cc_json_object(&use, err));
		CC_TRY(cc_json_set_str(use, "name", volume->name, err));
		CC_TRY(cc_json_set_str(use, "owner", volume->owner, err));
		CC_TRY(cc_json_set_str(use, "volume", volume->volume, err));
		CC_TRY(cc_json_set_str(use, "access", access_word(volume->access), err));
		CC_TRY(cc_json_add(volumes, CC_TAKE(use), err));
	}
	CC_TRY(cc_json_set(one, "volumes", CC_TAKE(volumes), err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int add_reader(const struct cc_plan_reader *reader, struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "owner", reader->owner, err));
	CC_TRY(cc_json_set_str(one, "volume", reader->volume, err));
	CC_TRY(cc_json_set_str(one, "reader", reader->policy, err));
	if (reader->service != NULL)
		CC_TRY(cc_json_set_str(one, "service", reader->service, err));
	if (reader->stage != NULL)
		CC_TRY(cc_json_set_str(one, "stage", reader->stage, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

int cc_workflow_plan_show(struct cc_state *state, const struct cc_operation_call *call,
			  struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *stages = NULL, *missing = NULL, *readers = NULL;
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	struct cc_known workflow = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(make_plan(&view, call, call->argument, &workflow, &plan, err));
	CC_TRY(cc_json_array(&stages, err));
	CC_TRY(cc_json_array(&missing, err));
	CC_TRY(cc_json_array(&readers, err));
	for (size_t i = 0; i < plan->stages.count; i++)
		CC_TRY(add_stage(&plan->stages.at[i], stages, err));
	for (size_t i = 0; i < plan->missing.count; i++)
		CC_TRY(add_missing(&view, &plan->missing.at[i], missing, err));
	for (size_t i = 0; i < plan->readers.count; i++)
		CC_TRY(add_reader(&plan->readers.at[i], readers, err));
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_str(result->answer, "workflow", call->argument, err));
	CC_TRY(cc_json_set(result->answer, "stages", CC_TAKE(stages), err));
	CC_TRY(cc_json_set(result->answer, "missing", CC_TAKE(missing), err));
	return cc_json_set(result->answer, "readers", CC_TAKE(readers), err);
}

/* The first thing that is missing, with its owner, as the refusal. */
static int refuse(struct cc_cas_view *view, const struct cc_plan *plan, struct cc_err *err)
{
	const struct cc_plan_missing *missing = &plan->missing.at[0];
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_known known = { 0 };
	struct cc_err ignored = { 0 };
	const char *text = "";

	if (cc_cas_view_policy(view, missing->owner, &known, NULL, &ignored) == 0) {
		CC_TRY(cc_base58check_add(&key, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(known.creator),
					  err));
		CC_TRY(cc_buf_str(&key, &text, err));
	}
	cc_err_set(err, missing->code, "stage '%s': %s (owner of '%s': %s)", missing->stage,
		   missing->text, missing->owner, text);
	return cc_hint(err, "%s", missing->hint);
}

static int add_use(const struct cc_plan_volume *volume, const uint8_t run[static CC_ID_LEN],
		   struct cc_rec_stage *stage, struct cc_err *err)
{
	struct cc_rec_use *use = NULL;
	CC_AUTO_FREE char *row = NULL;
	void *at = NULL;

	CC_TRY(cc_volume_row(volume->owner, volume->volume,
			     volume->lifetime == CC_LIFETIME_RUN ? run : NULL, &row, err));
	CC_TRY(cc_list_add(&stage->volumes, &cc_rec_use, &at, err));
	use = at;
	use->row = CC_TAKE(row);
	use->write = volume->access == CC_ACCESS_WRITE;
	use->forgotten = use->write && !cc_plan_writes(volume);
	use->unprotected = volume->update_policy == CC_UPDATE_NO_ROLLBACK_PROTECTION;
	use->at_commit = volume->current == CC_CURRENT_COMMIT && !use->forgotten;
	use->strict = volume->strict;
	use->commits = volume->window.commits;
	use->bytes = volume->window.bytes;
	use->seconds = volume->window.seconds;
	use->staged = volume->staged;
	CC_TRY(cc_str_dup(volume->name, &use->name, err));
	return cc_str_dup(volume->path, &use->path, err);
}

static int add_log(const char *workflow, const uint8_t run[static CC_ID_LEN],
		   struct cc_rec_stage *stage, struct cc_err *err)
{
	struct cc_rec_use *use = NULL;
	void *at = NULL;

	CC_TRY(cc_list_add(&stage->volumes, &cc_rec_use, &at, err));
	use = at;
	use->write = use->log = true;
	use->commits = CC_WINDOW_COMMITS;
	use->bytes = CC_WINDOW_BYTES;
	use->seconds = CC_WINDOW_SECONDS;
	/* No volume of a policy can have this name. */
	CC_TRY(cc_str_dup(CC_LOG_VOLUME, &use->name, err));
	return cc_volume_log_row(workflow, run, stage->name, &use->row, err);
}

/* Every volume gets its row now, so that the storage's names are known before anything starts. */
static int make_rows(struct cc_state *state, const struct cc_rec_stage *stage, struct cc_err *err)
{
	for (size_t i = 0; i < stage->volumes.count; i++) {
		const struct cc_rec_use *use = CC_LIST_AT(stage->volumes, struct cc_rec_use, i);
		struct cc_rec_volume volume = { 0 };
		int done = 0;

		CC_TRY(cc_volume_load(state, use->row, &volume, err));
		done = cc_state_put(state, &cc_rec_volume, use->row, &volume, err);
		cc_record_clear(&cc_rec_volume, &volume);
		if (done != 0)
			return -1;
	}
	return 0;
}

static int reserve(struct cc_state *state, const struct cc_rec_run *run,
		   const struct cc_rec_stage *stage, struct cc_err *err)
{
	struct cc_rec_executions row = { 0 };
	struct cc_rec_open *open = NULL;
	CC_AUTO_FREE char *key = NULL;
	bool found = false;
	void *at = NULL;
	int done = 0;

	if (stage->grant == NULL)
		return 0;
	CC_TRY(cc_executions_key(stage->policy, stage->service, stage->grant, &key, err));
	CC_TRY(cc_state_find(state, &cc_rec_executions, key, &row, &found, err));
	/* The plan has looked already; this is the line that the promise hangs on. */
	if (row.used + row.open.count >= stage->grant_maximum)
		done = cc_fail(err, CC_E_LIMIT, "grant '%s' allows %llu executions", stage->grant,
			       (unsigned long long)stage->grant_maximum);
	if (done == 0)
		done = cc_list_add(&row.open, &cc_rec_open, &at, err);
	if (done == 0) {
		open = at;
		memcpy(open->run, run->id, sizeof(open->run));
		done = cc_str_dup(stage->name, &open->stage, err);
	}
	if (done == 0)
		done = cc_state_put(state, &cc_rec_executions, key, &row, err);
	cc_record_clear(&cc_rec_executions, &row);
	return done;
}

static uint64_t grant_maximum(const struct cc_known *known, const struct cc_plan_stage *planned)
{
	const struct cc_service *service = cc_policy_service(known->policy, planned->service);

	for (size_t i = 0; service != NULL && i < service->executions.count; i++)
		if (cc_str_eq(service->executions.at[i].id, planned->grant))
			return service->executions.at[i].maximum;
	return 0;
}

static int issue_ticket(struct cc_state *state, const struct cc_rec_run *run, uint64_t number,
			struct cc_rec_stage *stage, struct cc_err *err)
{
	struct cc_rec_ticket ticket = { .stage = number };
	struct cc_digest name = { 0 };
	char key[CC_HEX_DIGEST];

	CC_TRY(cc_random(CC_MUT(stage->ticket), err));
	memcpy(name.b, stage->ticket, sizeof(name.b));
	cc_hex_digest(&name, key);
	memcpy(ticket.run, run->id, sizeof(ticket.run));
	return cc_state_put(state, &cc_rec_ticket, key, &ticket, err);
}

static int fill_stage(const struct cc_plan_stage *planned, struct cc_cas_view *view,
		      struct cc_rec_stage *stage, struct cc_err *err)
{
	struct cc_known known = { 0 };

	CC_TRY(cc_str_dup(planned->name, &stage->name, err));
	CC_TRY(cc_str_dup(planned->policy, &stage->policy, err));
	CC_TRY(cc_str_dup(planned->service, &stage->service, err));
	memcpy(stage->policy_hash, planned->policy_hash.b, sizeof(stage->policy_hash));
	stage->count_start = planned->counted == CC_COUNTED_START;
	stage->attempts_max = planned->attempts != 0 ? planned->attempts : ATTEMPTS_DEFAULT;
	for (size_t i = 0; i < planned->needs.count; i++) {
		void *at = NULL;

		CC_TRY(cc_list_add(&stage->needs, &cc_rec_name, &at, err));
		CC_TRY(cc_str_dup(planned->needs.at[i], &((struct cc_rec_name *)at)->name, err));
	}
	CC_TRY(cc_str_dup(planned->needs.count == 0 ? "ready" : "waiting", &stage->state, err));
	if (planned->grant == NULL)
		return 0;
	CC_TRY(cc_cas_view_policy(view, planned->policy, &known, NULL, err));
	stage->grant_maximum = grant_maximum(&known, planned);
	return cc_str_dup(planned->grant, &stage->grant, err);
}

static int open_stage(struct cc_cas_view *view, const struct cc_plan_stage *planned,
		      struct cc_rec_run *run, uint64_t number, struct cc_err *err)
{
	struct cc_rec_stage *stage = NULL;
	void *at = NULL;

	CC_TRY(cc_list_add(&run->stages, &cc_rec_stage, &at, err));
	stage = at;
	CC_TRY(fill_stage(planned, view, stage, err));
	for (size_t i = 0; i < planned->volumes.count; i++)
		CC_TRY(add_use(&planned->volumes.at[i], run->id, stage, err));
	CC_TRY(add_log(run->workflow, run->id, stage, err));
	CC_TRY(make_rows(view->state, stage, err));
	CC_TRY(reserve(view->state, run, stage, err));
	return issue_ticket(view->state, run, number, stage, err);
}

static int start_run(struct cc_state *state, const struct cc_operation_call *call,
		     const struct cc_known *workflow, struct cc_rec_run *run, struct cc_err *err)
{
	char opened[CC_TIME_TEXT];

	CC_TRY(cc_random(CC_MUT(run->id), err));
	CC_TRY(cc_str_dup(workflow->policy->name, &run->workflow, err));
	memcpy(run->workflow_hash, workflow->hash.b, sizeof(run->workflow_hash));
	memcpy(run->consumer, call->caller.key.b, sizeof(run->consumer));
	CC_TRY(cc_str_dup("open", &run->state, err));
	run->index = cc_state_index(state);
	cc_time_print(cc_state_time(state), opened);
	return cc_str_dup(opened, &run->opened, err);
}

/* For the driver: where storage of a volume is, by the volume's id, which is no secret. */
static int answer_volumes(struct cc_state *state, const struct cc_rec_stage *stage,
			  struct cc_json *one, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < stage->volumes.count; i++) {
		const struct cc_rec_use *use = CC_LIST_AT(stage->volumes, struct cc_rec_use, i);
		CC_AUTO_JSON struct cc_json *volume = NULL;
		struct cc_rec_volume row = { 0 };

		CC_TRY(cc_json_object(&volume, err));
		CC_TRY(cc_volume_load(state, use->row, &row, err));
		CC_TRY(cc_json_set_hex(volume, "id", CC_SPAN(row.id), err));
		cc_record_clear(&cc_rec_volume, &row);
		CC_TRY(cc_json_set_str(volume, "name", use->name, err));
		CC_TRY(cc_json_set_bool(volume, "write", use->write, err));
		CC_TRY(cc_json_set_bool(volume, "log", use->log, err));
		CC_TRY(cc_json_add(list, CC_TAKE(volume), err));
	}
	return cc_json_set(one, "volumes", CC_TAKE(list), err);
}

static int answer_stage(struct cc_state *state, const struct cc_rec_stage *stage, bool ticket,
			struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL, *needs = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_array(&needs, err));
	CC_TRY(cc_json_set_str(one, "stage", stage->name, err));
	CC_TRY(cc_json_set_str(one, "policy", stage->policy, err));
	CC_TRY(cc_json_set_str(one, "service", stage->service, err));
	CC_TRY(cc_json_set_str(one, "state", stage->state, err));
	CC_TRY(cc_json_set_u64(one, "attempts", stage->attempts, err));
	CC_TRY(cc_json_set_u64(one, "exit", stage->exit, err));
	for (size_t i = 0; i < stage->needs.count; i++)
		CC_TRY(cc_json_add_str(needs, CC_LIST_AT(stage->needs, struct cc_rec_name, i)->name,
				       err));
	CC_TRY(cc_json_set(one, "needs", CC_TAKE(needs), err));
	CC_TRY(answer_volumes(state, stage, one, err));
	if (ticket)
		CC_TRY(cc_json_set_hex(one, "ticket", CC_SPAN(stage->ticket), err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int answer_run(struct cc_state *state, const struct cc_rec_run *run, bool tickets,
		      struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_json_set_hex(result->answer, "run", CC_SPAN(run->id), err));
	CC_TRY(cc_json_set_str(result->answer, "workflow", run->workflow, err));
	CC_TRY(cc_json_set_str(result->answer, "state", run->state, err));
	CC_TRY(cc_json_set_str(result->answer, "opened", run->opened, err));
	CC_TRY(cc_json_set_u64(result->answer, "index", run->index, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < run->stages.count; i++)
		CC_TRY(answer_stage(state, CC_LIST_AT(run->stages, struct cc_rec_stage, i), tickets,
				    list, err));
	return cc_json_set(result->answer, "stages", CC_TAKE(list), err);
}

static int record_run(const struct cc_operation_call *call, const struct cc_rec_run *run,
		      const char *type, struct cc_result *result, struct cc_err *err)
{
	char id[CC_ID_TEXT];

	cc_id_print(run->id, id);
	CC_TRY(cc_text_set(&result->subject, id, err));
	result->type = type;
	CC_TRY(cc_json_object(&result->fields, err));
	CC_TRY(cc_json_set_hex(result->fields, "run", CC_SPAN(run->id), err));
	CC_TRY(cc_json_set_str(result->fields, "workflow", run->workflow, err));
	CC_TRY(cc_json_set_hex(result->fields, "workflow_hash", CC_SPAN(run->workflow_hash), err));
	return cc_caller_fields(&call->caller, result->fields, err);
}

static void clear_run(struct cc_rec_run *run)
{
	cc_record_clear(&cc_rec_run, run);
}

/* No stop of a board is in force, of the workflow or of a service in it. */
static int check_running(struct cc_state *state, const char *workflow, const struct cc_plan *plan,
			 struct cc_err *err)
{
	CC_TRY(cc_board_require_running(state, workflow, err));
	for (size_t i = 0; i < plan->stages.count; i++)
		CC_TRY(cc_board_require_running(state, plan->stages.at[i].policy, err));
	return 0;
}

int cc_run_open(struct cc_state *state, const struct cc_operation_call *call,
		struct cc_result *result, struct cc_err *err)
{
	static const char *const known[] = { "workflow" };
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	CC_CLEANUP(clear_run) struct cc_rec_run run = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	struct cc_known workflow = { 0 };
	const char *name = NULL;

	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(call->body, "workflow", &name, err));
	cc_cas_view_init(&view, state);
	CC_TRY(make_plan(&view, call, name, &workflow, &plan, err));
	if (plan->missing.count != 0)
		return refuse(&view, plan, err);
	CC_TRY(check_running(state, name, plan, err));
	CC_TRY(start_run(state, call, &workflow, &run, err));
	for (size_t i = 0; i < plan->stages.count; i++)
		CC_TRY(open_stage(&view, &plan->stages.at[i], &run, i, err));
	CC_TRY(cc_run_store(state, &run, err));
	CC_TRY(answer_run(state, &run, true, result, err));
	result->status = 201;
	return record_run(call, &run, "run.open", result, err);
}

static int fits_workflow(struct cc_state *state, const struct cc_operation_call *call,
			 const char *workflow, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, workflow, &known, NULL, err));
	return cc_caller_fits(&call->caller, &known, err);
}

/* The caller's own run: others do not learn that it exists. */
static int own_run(struct cc_state *state, const struct cc_operation_call *call, const char *name,
		   struct cc_rec_run *out, struct cc_err *err)
{
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_hex_parse_fixed(cc_span_str(name), "run", CC_MUT(id), err));
	CC_TRY(cc_run_load(state, id, out, err));
	if (memcmp(out->consumer, call->caller.key.b, sizeof(out->consumer)) != 0)
		return cc_fail(err, CC_E_NOTFOUND, "there is no run '%s'", name);
	return fits_workflow(state, call, out->workflow, err);
}

int cc_run_status(struct cc_state *state, const struct cc_operation_call *call,
		  struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(clear_run) struct cc_rec_run run = { 0 };

	CC_TRY(own_run(state, call, call->argument, &run, err));
	return answer_run(state, &run, false, result, err);
}

int cc_run_abort(struct cc_state *state, const struct cc_operation_call *call,
		 struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(clear_run) struct cc_rec_run run = { 0 };

	CC_TRY(own_run(state, call, call->argument, &run, err));
	if (!cc_str_eq(run.state, "open"))
		return answer_run(state, &run, false, result, err);
	CC_TRY(cc_run_end(state, &run, "aborted", err));
	CC_TRY(answer_run(state, &run, false, result, err));
	return record_run(call, &run, "run.abort", result, err);
}

/* Whoever opened it lost the answer: the tickets with it. */
int cc_run_opened(struct cc_state *state, const struct cc_operation_call *call, const char *subject,
		  uint64_t index, struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(clear_run) struct cc_rec_run run = { 0 };

	(void)index;
	CC_TRY(own_run(state, call, subject, &run, err));
	result->status = 201;
	return answer_run(state, &run, true, result, err);
}

int cc_run_aborted(struct cc_state *state, const struct cc_operation_call *call,
		   const char *subject, uint64_t index, struct cc_result *result,
		   struct cc_err *err)
{
	CC_CLEANUP(clear_run) struct cc_rec_run run = { 0 };

	(void)index;
	CC_TRY(own_run(state, call, subject, &run, err));
	return answer_run(state, &run, false, result, err);
}
