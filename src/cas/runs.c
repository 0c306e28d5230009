/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/runs.h"

#include "base/str.h"
#include "cas/outputs.h"

#define AUTO_RUN CC_CLEANUP(clear_run)
#define AUTO_ATTEMPT CC_CLEANUP(clear_attempt)
#define AUTO_EXECUTIONS CC_CLEANUP(clear_executions)

static void clear_run(struct cc_rec_run *run)
{
	cc_record_clear(&cc_rec_run, run);
}

static void clear_attempt(struct cc_rec_attempt *attempt)
{
	cc_record_clear(&cc_rec_attempt, attempt);
}

static void clear_executions(struct cc_rec_executions *executions)
{
	cc_record_clear(&cc_rec_executions, executions);
}

void cc_id_print(const uint8_t id[static CC_ID_LEN], char out[static CC_ID_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < CC_ID_LEN; i++) {
		out[2 * i] = digits[id[i] >> 4];
		out[2 * i + 1] = digits[id[i] & 15];
	}
	out[CC_ID_TEXT - 1] = '\0';
}

int cc_text_set(char **at, const char *text, struct cc_err *err)
{
	char *copy = NULL;

	CC_TRY(cc_str_dup(text, &copy, err));
	free(*at);
	*at = copy;
	return 0;
}

int cc_executions_key(const char *policy, const char *service, const char *grant, char **out,
		      struct cc_err *err)
{
	return cc_strf(out, err, "%s\n%s\n%s", policy, service, grant);
}

int cc_run_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN], struct cc_rec_run *out,
		struct cc_err *err)
{
	char key[CC_ID_TEXT];

	cc_id_print(id, key);
	return cc_state_get(state, &cc_rec_run, key, out, err);
}

int cc_run_store(struct cc_state *state, const struct cc_rec_run *run, struct cc_err *err)
{
	char key[CC_ID_TEXT];

	cc_id_print(run->id, key);
	return cc_state_put(state, &cc_rec_run, key, run, err);
}

int cc_attempt_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		    struct cc_rec_attempt *out, struct cc_err *err)
{
	char key[CC_ID_TEXT];

	cc_id_print(id, key);
	return cc_state_get(state, &cc_rec_attempt, key, out, err);
}

int cc_attempt_store(struct cc_state *state, const struct cc_rec_attempt *attempt,
		     struct cc_err *err)
{
	char key[CC_ID_TEXT];

	cc_id_print(attempt->id, key);
	return cc_state_put(state, &cc_rec_attempt, key, attempt, err);
}

static int load_open(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		     struct cc_rec_attempt *out, struct cc_err *err)
{
	CC_TRY(cc_attempt_load(state, id, out, err));
	if (!cc_str_eq(out->state, "open"))
		return cc_fail(err, CC_E_STALE, "the attempt is over: it is %s", out->state);
	return 0;
}

int cc_attempt_count(struct cc_rec_attempt *attempt, struct cc_err *err)
{
	if (attempt->entries < CC_ATTEMPT_ENTRIES_MAX) {
		attempt->entries++;
		return 0;
	}
	cc_err_set(err, CC_E_LIMIT, "the attempt has led to %llu entries of the ledger",
		   (unsigned long long)attempt->entries);
	return cc_hint(err, "let its volumes commit less often, or start the stage again");
}

int cc_attempt_renew(struct cc_state *state, const uint8_t id[static CC_ID_LEN], struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };

	CC_TRY(load_open(state, id, &attempt, err));
	CC_TRY(cc_attempt_count(&attempt, err));
	return cc_attempt_store(state, &attempt, err);
}

int cc_attempt_tag(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		   const struct cc_report_output *report, struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };

	CC_TRY(load_open(state, id, &attempt, err));
	CC_TRY(cc_output_tag(state, &attempt, report, err));
	CC_TRY(cc_attempt_count(&attempt, err));
	return cc_attempt_store(state, &attempt, err);
}

int cc_attempt_epoch(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		     const struct cc_report_output *report, struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };

	CC_TRY(load_open(state, id, &attempt, err));
	CC_TRY(cc_output_epoch(state, &attempt, report, err));
	CC_TRY(cc_attempt_count(&attempt, err));
	return cc_attempt_store(state, &attempt, err);
}

/* Take the reservation of a stage back; `counted` makes it an execution. */
static int settle(struct cc_state *state, const struct cc_rec_run *run,
		  const struct cc_rec_stage *stage, bool counted, uint64_t *used,
		  struct cc_err *err)
{
	AUTO_EXECUTIONS struct cc_rec_executions row = { 0 };
	CC_AUTO_FREE char *key = NULL;
	size_t at = 0;

	if (stage->grant == NULL)
		return 0;
	CC_TRY(cc_executions_key(stage->policy, stage->service, stage->grant, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_executions, key, &row, err));
	for (; at < row.open.count; at++) {
		const struct cc_rec_open *open = CC_LIST_AT(row.open, struct cc_rec_open, at);

		if (memcmp(open->run, run->id, CC_ID_LEN) == 0 &&
		    cc_str_eq(open->stage, stage->name))
			break;
	}
	if (at < row.open.count)
		cc_list_drop(&row.open, &cc_rec_open, at);
	else if (counted)
		return cc_fail(err, CC_E_BUG, "stage '%s' has no reservation", stage->name);
	row.used += counted;
	*used = row.used;
	return cc_state_put(state, &cc_rec_executions, key, &row, err);
}

/* The first attempt spends the reservation of the run; a further one needs a place of its own. */
int cc_run_count_start(struct cc_state *state, const struct cc_rec_run *run,
		       const struct cc_rec_stage *stage, struct cc_err *err)
{
	AUTO_EXECUTIONS struct cc_rec_executions row = { 0 };
	CC_AUTO_FREE char *key = NULL;
	uint64_t unused = 0;

	if (stage->grant == NULL)
		return 0;
	if (stage->attempts == 0)
		return settle(state, run, stage, true, &unused, err);
	CC_TRY(cc_executions_key(stage->policy, stage->service, stage->grant, &key, err));
	CC_TRY(cc_state_get(state, &cc_rec_executions, key, &row, err));
	if (row.used + row.open.count >= stage->grant_maximum)
		return cc_fail(err, CC_E_LIMIT, "all %llu executions of grant '%s' are used",
			       (unsigned long long)stage->grant_maximum, stage->grant);
	row.used++;
	return cc_state_put(state, &cc_rec_executions, key, &row, err);
}

static struct cc_rec_stage *find_stage(const struct cc_rec_run *run, const char *name)
{
	for (size_t i = 0; i < run->stages.count; i++) {
		struct cc_rec_stage *stage = CC_LIST_AT(run->stages, struct cc_rec_stage, i);

		if (cc_str_eq(stage->name, name))
			return stage;
	}
	return NULL;
}

static bool is_ready(const struct cc_rec_run *run, const struct cc_rec_stage *stage)
{
	for (size_t i = 0; i < stage->needs.count; i++) {
		const struct cc_rec_name *need = CC_LIST_AT(stage->needs, struct cc_rec_name, i);
		const struct cc_rec_stage *other = find_stage(run, need->name);

		if (other == NULL || !cc_str_eq(other->state, "complete"))
			return false;
	}
	return true;
}

/* Stages whose needs are now complete become ready; a run of complete stages is complete. */
static int wake(struct cc_rec_run *run, struct cc_err *err)
{
	bool all = true;

	for (size_t i = 0; i < run->stages.count; i++) {
		struct cc_rec_stage *stage = CC_LIST_AT(run->stages, struct cc_rec_stage, i);

		all = all && cc_str_eq(stage->state, "complete");
		if (cc_str_eq(stage->state, "waiting") && is_ready(run, stage))
			CC_TRY(cc_text_set(&stage->state, "ready", err));
	}
	return all ? cc_text_set(&run->state, "complete", err) : 0;
}

static int load_stage(struct cc_state *state, const struct cc_rec_attempt *attempt,
		      struct cc_rec_run *run, struct cc_rec_stage **stage, struct cc_err *err)
{
	CC_TRY(cc_run_load(state, attempt->run, run, err));
	if (attempt->stage >= run->stages.count)
		return cc_fail(err, CC_E_BUG, "attempt of stage %llu of %zu",
			       (unsigned long long)attempt->stage, run->stages.count);
	*stage = CC_LIST_AT(run->stages, struct cc_rec_stage, attempt->stage);
	return 0;
}

static int end_session(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		       struct cc_err *err)
{
	struct cc_rec_session session = { 0 };
	char key[CC_ID_TEXT];
	bool found = false;
	int result = 0;

	cc_id_print(id, key);
	CC_TRY(cc_state_find(state, &cc_rec_session, key, &session, &found, err));
	if (!found)
		return 0;
	session.ended = true;
	result = cc_state_put(state, &cc_rec_session, key, &session, err);
	cc_record_clear(&cc_rec_session, &session);
	return result;
}

/* What 'volume cat' shows of volumes that each run has of its own. */
static int note_latest(struct cc_state *state, const struct cc_rec_run *run, struct cc_err *err)
{
	struct cc_rec_latest latest = { 0 };

	if (!cc_str_eq(run->state, "complete"))
		return 0;
	memcpy(latest.run, run->id, sizeof(latest.run));
	return cc_state_put(state, &cc_rec_latest, run->workflow, &latest, err);
}

int cc_attempt_complete(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
			const struct cc_report_output *outputs, size_t count, uint64_t *used,
			struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };
	AUTO_RUN struct cc_rec_run run = { 0 };
	struct cc_rec_stage *stage = NULL;

	CC_TRY(load_open(state, id, &attempt, err));
	CC_TRY(load_stage(state, &attempt, &run, &stage, err));
	CC_TRY(cc_outputs_complete(state, &attempt, outputs, count, err));
	if (!stage->count_start)
		CC_TRY(settle(state, &run, stage, true, used, err));
	CC_TRY(cc_text_set(&stage->state, "complete", err));
	CC_TRY(wake(&run, err));
	CC_TRY(note_latest(state, &run, err));
	CC_TRY(cc_run_store(state, &run, err));
	CC_TRY(cc_text_set(&attempt.state, "complete", err));
	CC_TRY(end_session(state, attempt.session, err));
	return cc_attempt_store(state, &attempt, err);
}

int cc_attempt_end(struct cc_state *state, struct cc_rec_attempt *attempt, const char *word,
		   struct cc_err *err)
{
	CC_TRY(cc_outputs_end(state, attempt, err));
	CC_TRY(cc_text_set(&attempt->state, word, err));
	CC_TRY(end_session(state, attempt->session, err));
	return cc_attempt_store(state, attempt, err);
}

int cc_attempt_fail(struct cc_state *state, const uint8_t id[static CC_ID_LEN], uint64_t exit,
		    struct cc_err *err)
{
	AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };
	AUTO_RUN struct cc_rec_run run = { 0 };
	struct cc_rec_stage *stage = NULL;

	CC_TRY(load_open(state, id, &attempt, err));
	CC_TRY(load_stage(state, &attempt, &run, &stage, err));
	CC_TRY(cc_attempt_end(state, &attempt, "failed", err));
	stage->exit = exit;
	if (stage->attempts < stage->attempts_max) {
		CC_TRY(cc_text_set(&stage->state, "ready", err));
		return cc_run_store(state, &run, err);
	}
	CC_TRY(cc_text_set(&stage->state, "failed", err));
	return cc_run_end(state, &run, "failed", err);
}

/* An open stage of a run that ends: its attempt ends with it, its reservation goes back. */
static int end_stage(struct cc_state *state, const struct cc_rec_run *run,
		     struct cc_rec_stage *stage, struct cc_err *err)
{
	uint64_t unused = 0;

	if (cc_str_eq(stage->state, "complete"))
		return 0;
	if (cc_str_eq(stage->state, "running")) {
		AUTO_ATTEMPT struct cc_rec_attempt attempt = { 0 };

		CC_TRY(cc_attempt_load(state, stage->attempt, &attempt, err));
		CC_TRY(cc_attempt_end(state, &attempt, "aborted", err));
	}
	if (!cc_str_eq(stage->state, "failed"))
		CC_TRY(cc_text_set(&stage->state, "aborted", err));
	/* Counted at the start: once it was started, nothing is given back. */
	if (stage->count_start && stage->attempts != 0)
		return 0;
	return settle(state, run, stage, false, &unused, err);
}

int cc_run_end(struct cc_state *state, struct cc_rec_run *run, const char *word, struct cc_err *err)
{
	for (size_t i = 0; i < run->stages.count; i++)
		CC_TRY(end_stage(state, run, CC_LIST_AT(run->stages, struct cc_rec_stage, i), err));
	CC_TRY(cc_text_set(&run->state, word, err));
	return cc_run_store(state, run, err);
}
