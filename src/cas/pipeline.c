/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/pipeline.h"

#include "base/str.h"
#include "cas/due.h"
#include "ledger/ask.h"

struct job {
	struct cc_command_job job;
	bool refused;
	struct cc_err why;
};

struct jobs {
	struct job *at;
	size_t count;
};

struct peer {
	bool waits; /* for the answer to ... */
	uint32_t question;
	struct cc_buf asked; /* the checkpoint that it is about */
	uint64_t asked_size;
	uint64_t size;    /* of the checkpoint that it co-signed last */
	bool cosigned;    /* the checkpoint of the round: its signature is in the note */
	bool asked_again; /* it told us its size once in this round */
	bool says_stale;
};

struct cc_pipeline {
	struct cc_state *state;
	const struct cc_cas_policy *policy;
	struct cc_pipeline_io io;
	struct jobs queue, group;
	bool waiting; /* a group is durable and waits for its quorum */
	uint64_t deadline_ms;
	bool lost;              /* the last round ended without its quorum: */
	struct cc_err lacks;    /* who was missing */
	uint64_t retry_ms;      /* when it is asked for again */
	struct cc_buf note;     /* of the round: the checkpoint and the cosignatures so far */
	struct cc_buf cosigned; /* the greatest with a quorum */
	uint64_t cosigned_size;
	uint32_t serial; /* of questions */
	struct peer peers[CC_WITNESSES_MAX];
	bool dead;
};

static void clear_jobs(struct jobs *jobs)
{
	free(jobs->at);
	*jobs = (struct jobs){ 0 };
}

static void answer_all(struct jobs *jobs, const struct cc_err *failure)
{
	struct jobs taken = *jobs;

	/* An answer may lead to the next submit: the list is ours alone by then. */
	*jobs = (struct jobs){ 0 };
	for (size_t i = 0; i < taken.count; i++) {
		struct job *job = &taken.at[i];

		job->job.answer(job->job.context, job->refused ? &job->why : failure);
	}
	clear_jobs(&taken);
}

int cc_pipeline_new(struct cc_state *state, const struct cc_cas_policy *policy,
		    const struct cc_pipeline_io *io, struct cc_pipeline **out, struct cc_err *err)
{
	struct cc_pipeline *pipeline = calloc(1, sizeof(*pipeline));

	if (pipeline == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the pipeline");
	pipeline->state = state;
	pipeline->policy = policy;
	pipeline->io = *io;
	*out = pipeline;
	return 0;
}

void cc_pipeline_free(struct cc_pipeline *pipeline)
{
	struct cc_err ending = { 0 };

	if (pipeline == NULL)
		return;
	pipeline->dead = true;
	cc_err_set(&ending, CC_E_UNAVAILABLE, "the CAS is ending");
	answer_all(&pipeline->group, &ending);
	answer_all(&pipeline->queue, &ending);
	cc_buf_clear(&pipeline->note);
	cc_buf_clear(&pipeline->cosigned);
	for (size_t i = 0; i < CC_WITNESSES_MAX; i++)
		cc_buf_clear(&pipeline->peers[i].asked);
	free(pipeline);
}

static void die(struct cc_pipeline *pipeline, const struct cc_err *why)
{
	pipeline->dead = true;
	pipeline->waiting = false;
	answer_all(&pipeline->group, why);
	answer_all(&pipeline->queue, why);
	pipeline->io.fatal(pipeline->io.context, why);
}

static int seal(struct cc_pipeline *pipeline, const char *type, const struct cc_json *fields,
		struct cc_err *err)
{
	if (fields != NULL)
		return cc_state_seal(pipeline->state, type, fields, err);
	return cc_state_seal(pipeline->state, type, NULL, err);
}

/* One try. What is owed comes before whatever the job made of it. */
static int try_job(struct cc_pipeline *pipeline, struct job *job, int64_t now, bool *owes,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *fields = NULL;
	const char *type = NULL;

	job->why = (struct cc_err){ 0 };
	cc_state_begin(pipeline->state, now);
	job->refused =
		job->job.decide(job->job.context, pipeline->state, &type, &fields, &job->why) != 0;
	*owes = cc_state_owed(pipeline->state)->policy != NULL;
	/* No type, no entry: the state already says what was asked for (a retry). */
	if (!*owes && !job->refused && type != NULL)
		return seal(pipeline, type, fields, err);
	cc_state_undo(pipeline->state);
	return 0;
}

/* A step that time has decided, with its own entry. Fails as the job's refusal. */
static int settle_owed(struct cc_pipeline *pipeline, struct job *job, int64_t now,
		       struct cc_err *err)
{
	CC_AUTO_FREE char *policy = CC_TAKE(cc_state_owed(pipeline->state)->policy);
	CC_AUTO_JSON struct cc_json *fields = NULL;
	const char *type = NULL;

	job->why = (struct cc_err){ 0 };
	cc_state_begin(pipeline->state, now);
	job->refused = cc_due_decide(pipeline->state, policy, &type, &fields, &job->why) != 0;
	if (!job->refused)
		return seal(pipeline, type, fields, err);
	cc_state_undo(pipeline->state);
	return 0;
}

/* Decide one job on the state as the jobs before it left it, and as the time has. */
static int decide(struct cc_pipeline *pipeline, struct job *job, int64_t now, struct cc_err *err)
{
	bool owes = false;

	CC_TRY(try_job(pipeline, job, now, &owes, err));
	for (size_t steps = 0; owes && steps < CC_DUE_MAX; steps++) {
		CC_TRY(settle_owed(pipeline, job, now, err));
		if (job->refused)
			return 0;
		CC_TRY(try_job(pipeline, job, now, &owes, err));
	}
	if (!owes)
		return 0;
	job->refused = true;
	cc_err_set(&job->why, CC_E_UNAVAILABLE, "too many proposals are due");
	return 0;
}

static int make_durable(struct cc_pipeline *pipeline, int64_t now, struct cc_err *err)
{
	for (size_t i = 0; i < pipeline->group.count; i++)
		CC_TRY(decide(pipeline, &pipeline->group.at[i], now, err));
	if (cc_state_broken(pipeline->state, err))
		return -1;
	return cc_state_commit(pipeline->state, err);
}

static int store_hash(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		      struct cc_err *err)
{
	return cc_store_get_hash(context, level, index, out, err);
}

/* From the size that this witness knows to ours. */
static int ask(struct cc_pipeline *pipeline, size_t witness, struct cc_err *err)
{
	uint64_t size = cc_state_frontier(pipeline->state)->size;
	struct cc_tree_source hashes = { store_hash, cc_state_store(pipeline->state) };
	struct peer *peer = &pipeline->peers[witness];
	struct cc_witness_ask ask = { .old = peer->size,
				      .note = cc_state_checkpoint(pipeline->state) };
	CC_AUTO_BUF struct cc_buf body = { 0 };

	if (ask.old != 0 && ask.old < size)
		CC_TRY(cc_tree_prove_consistency(&hashes, ask.old, size, &ask.proof, err));
	CC_TRY(cc_witness_request(&ask, &body, err));
	cc_buf_reset(&peer->asked);
	CC_TRY(cc_buf_add(&peer->asked, ask.note, err));
	peer->asked_size = size;
	peer->waits = true;
	peer->question = pipeline->serial++ * CC_WITNESSES_MAX + (uint32_t)witness;
	pipeline->io.ask(pipeline->io.context, peer->question, cc_buf_span(&body));
	return 0;
}

static void settle(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms);
static void go_on(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms);

static int start_round(struct cc_pipeline *pipeline, uint64_t now_ms, struct cc_err *err)
{
	cc_buf_reset(&pipeline->note);
	CC_TRY(cc_buf_add(&pipeline->note, cc_state_checkpoint(pipeline->state), err));
	pipeline->waiting = true;
	pipeline->deadline_ms = now_ms + CC_WITNESS_PATIENCE_MS;
	for (size_t i = 0; i < pipeline->policy->witness_count; i++)
		pipeline->peers[i].asked_again = pipeline->peers[i].cosigned = false;
	/* Of one that still answers we do not know where it stands: it is asked after that. */
	for (size_t i = 0; i < pipeline->policy->witness_count; i++)
		if (!pipeline->peers[i].waits)
			CC_TRY(ask(pipeline, i, err));
	return 0;
}

static void take_group(struct cc_pipeline *pipeline)
{
	size_t count = pipeline->queue.count < CC_GROUP_MAX ? pipeline->queue.count : CC_GROUP_MAX;
	struct job *rest = NULL;

	if (count < pipeline->queue.count)
		rest = malloc((pipeline->queue.count - count) * sizeof(*rest));
	if (rest == NULL) { /* all of it: a larger group is no error */
		pipeline->group = pipeline->queue;
		pipeline->queue = (struct jobs){ 0 };
		return;
	}
	memcpy(rest, pipeline->queue.at + count, (pipeline->queue.count - count) * sizeof(*rest));
	pipeline->group = (struct jobs){ pipeline->queue.at, count };
	pipeline->queue = (struct jobs){ rest, pipeline->queue.count - count };
}

/* One group from the queue: decide, make durable, ask. */
static void run_group(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms)
{
	uint64_t before = cc_state_frontier(pipeline->state)->size;
	struct cc_err err = { 0 }, broken = { 0 };

	take_group(pipeline);
	if (make_durable(pipeline, now, &err) != 0 || cc_state_broken(pipeline->state, &broken)) {
		if (cc_state_broken(pipeline->state, &broken))
			die(pipeline, &broken);
		else
			answer_all(&pipeline->group, &err);
		return;
	}
	/*
	 * Nothing changed. What the answers rest on may still lack its quorum: a repeat of
	 * what timed out must not be told that it stands.
	 */
	if (cc_state_frontier(pipeline->state)->size == before &&
	    pipeline->cosigned_size == before && pipeline->cosigned.len != 0) {
		answer_all(&pipeline->group, NULL);
		return;
	}
	if (start_round(pipeline, now_ms, &err) != 0) {
		pipeline->waiting = false;
		answer_all(&pipeline->group, &err);
		return;
	}
	settle(pipeline, now, now_ms);
}

/* A round without a group gives way to one: its checkpoint covers both. */
static bool is_busy(const struct cc_pipeline *pipeline)
{
	return pipeline->waiting && pipeline->group.count != 0;
}

static void go_on(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms)
{
	while (!pipeline->dead && !is_busy(pipeline) && pipeline->queue.count != 0)
		run_group(pipeline, now, now_ms);
}

/* Each signature in the note was verified when it came. */
static int count_signed(const struct cc_pipeline *pipeline, struct cc_err *err)
{
	const struct cc_quorum quorum = cc_cas_policy_quorum(pipeline->policy);
	struct cc_cosigned cosigned = { 0 };

	if (quorum.count == 0)
		return 0;
	for (size_t i = 0; i < quorum.count; i++) {
		cosigned.by[i] = pipeline->peers[i].cosigned;
		cosigned.count += pipeline->peers[i].cosigned;
	}
	return cc_quorum_require(&quorum, &cosigned, err);
}

static int keep_cosigned(struct cc_pipeline *pipeline, struct cc_err *err)
{
	cc_buf_reset(&pipeline->cosigned);
	CC_TRY(cc_buf_add(&pipeline->cosigned, cc_buf_span(&pipeline->note), err));
	pipeline->lost = false;
	pipeline->cosigned_size = cc_state_frontier(pipeline->state)->size;
	return 0;
}

/* Answer the group when the quorum is there. */
static void settle(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms)
{
	struct cc_err err = { 0 };

	if (!pipeline->waiting || count_signed(pipeline, &err) != 0)
		return;
	pipeline->waiting = false;
	if (keep_cosigned(pipeline, &err) != 0)
		answer_all(&pipeline->group, &err);
	else
		answer_all(&pipeline->group, NULL);
	go_on(pipeline, now, now_ms);
}

void cc_pipeline_submit(struct cc_pipeline *pipeline, const struct cc_command_job *job, int64_t now,
			uint64_t now_ms)
{
	struct cc_err err = { 0 };
	struct job *more = NULL;

	if (pipeline->dead || pipeline->queue.count == CC_QUEUE_MAX) {
		cc_err_set(&err, CC_E_UNAVAILABLE, "%s",
			   pipeline->dead ? "the CAS is ending" : "too many requests wait");
		job->answer(job->context, &err);
		return;
	}
	more = realloc(pipeline->queue.at, (pipeline->queue.count + 1) * sizeof(*more));
	if (more == NULL) {
		cc_err_set(&err, CC_E_SYSTEM, "out of memory for a request");
		job->answer(job->context, &err);
		return;
	}
	pipeline->queue.at = more;
	pipeline->queue.at[pipeline->queue.count++] = (struct job){ .job = *job };
	go_on(pipeline, now, now_ms);
}

/* The witness knows what it was asked about; the note has one more signature if that is its text.
 */
static int add_signature(struct cc_pipeline *pipeline, size_t witness, struct cc_span line,
			 struct cc_err *err)
{
	struct peer *peer = &pipeline->peers[witness];

	peer->size = peer->asked_size;
	if (peer->asked_size != cc_state_frontier(pipeline->state)->size)
		return 0;
	CC_TRY(cc_buf_add(&pipeline->note, line, err));
	peer->cosigned = true;
	return 0;
}

/* A witness knows another size: ask once more from there. */
static int ask_again(struct cc_pipeline *pipeline, size_t witness, uint64_t size,
		     struct cc_err *err)
{
	struct peer *peer = &pipeline->peers[witness];

	if (peer->asked_again)
		return 0;
	peer->asked_again = true;
	peer->size = size;
	return ask(pipeline, witness, err);
}

static int take_answer(struct cc_pipeline *pipeline, size_t witness, unsigned int status,
		       struct cc_span body, struct cc_err *err)
{
	const struct peer *peer = &pipeline->peers[witness];
	struct cc_witness_asked asked = { .witness = &pipeline->policy->witnesses[witness],
					  .size = peer->asked_size,
					  .old = peer->size };
	struct cc_witness_reply reply = { 0 };
	CC_AUTO_BUF struct cc_buf line = { 0 };
	struct cc_note note = { 0 };

	CC_TRY(cc_note_parse(cc_buf_span(&peer->asked), &note, err));
	asked.text = note.text;
	CC_TRY(cc_witness_answer(&asked, status, body, &reply, &line, err));
	if (reply.cosigned)
		return add_signature(pipeline, witness, cc_buf_span(&line), err);
	return ask_again(pipeline, witness, reply.size, err);
}

/*
 * A witness says that it has seen a greater or another ledger. So many as may lie are
 * not believed; with one more, an honest one says so: this store is not the newest.
 */
static void hear_of_rollback(struct cc_pipeline *pipeline, size_t witness, struct cc_err *err)
{
	size_t count = 0;

	pipeline->peers[witness].says_stale = true;
	for (size_t i = 0; i < pipeline->policy->witness_count; i++)
		count += pipeline->peers[i].says_stale;
	if (count <= pipeline->policy->faulty)
		return;
	cc_err_wrap(err, "witness '%s'", pipeline->policy->witnesses[witness].name);
	cc_err_hint(err, "an older database was put back, or a copy of this CAS is running: "
			 "bring the newest one");
	die(pipeline, err);
}

/* The round began while it answered an earlier one. */
static int catch_up(struct cc_pipeline *pipeline, size_t witness, struct cc_err *err)
{
	const struct peer *peer = &pipeline->peers[witness];

	if (!pipeline->waiting || peer->waits ||
	    peer->asked_size == cc_state_frontier(pipeline->state)->size)
		return 0;
	return ask(pipeline, witness, err);
}

void cc_pipeline_witness(struct cc_pipeline *pipeline, uint32_t question, unsigned int status,
			 struct cc_span body, int64_t now, uint64_t now_ms)
{
	size_t witness = cc_pipeline_asked(question);
	struct peer *peer = &pipeline->peers[witness];
	struct cc_err err = { 0 };

	if (pipeline->dead || !peer->waits || peer->question != question)
		return;
	peer->waits = false;
	/* What a witness says wrongly otherwise is as good as silence. */
	if (take_answer(pipeline, witness, status, body, &err) != 0 && err.code == CC_E_STALE)
		hear_of_rollback(pipeline, witness, &err);
	if (pipeline->dead)
		return;
	cc_ignore(catch_up(pipeline, witness, &err));
	settle(pipeline, now, now_ms);
}

static void give_up(struct cc_pipeline *pipeline, uint64_t now_ms)
{
	struct cc_err err = { 0 };

	pipeline->waiting = false;
	/* Who is silent for so long is asked anew in the next round. */
	for (size_t i = 0; i < pipeline->policy->witness_count; i++)
		pipeline->peers[i].waits = false;
	if (count_signed(pipeline, &err) == 0)
		return;
	pipeline->lost = true;
	pipeline->lacks = err;
	pipeline->retry_ms = now_ms + CC_WITNESS_RETRY_MS;
	cc_err_wrap(&err, "the decision is durable but not co-signed");
	cc_err_hint(&err, "start the witnesses that are missing, then ask again: "
			  "a repeat is answered from what was decided");
	answer_all(&pipeline->group, &err);
}

/* A round without a group: nobody may come who would start one. */
static void ask_for_lost(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms)
{
	struct cc_err err = { 0 };

	pipeline->retry_ms = now_ms + CC_WITNESS_RETRY_MS;
	if (start_round(pipeline, now_ms, &err) != 0)
		pipeline->waiting = false;
	else
		settle(pipeline, now, now_ms);
}

void cc_pipeline_tick(struct cc_pipeline *pipeline, int64_t now, uint64_t now_ms)
{
	if (pipeline->dead)
		return;
	if (pipeline->waiting && now_ms >= pipeline->deadline_ms)
		give_up(pipeline, now_ms);
	go_on(pipeline, now, now_ms);
	if (!pipeline->dead && pipeline->lost && !pipeline->waiting && now_ms >= pipeline->retry_ms)
		ask_for_lost(pipeline, now, now_ms);
}

int cc_pipeline_health(const struct cc_pipeline *pipeline, struct cc_err *err)
{
	if (!pipeline->lost)
		return 0;
	*err = pipeline->lacks;
	return -1;
}

struct cc_span cc_pipeline_checkpoint(const struct cc_pipeline *pipeline)
{
	return cc_buf_span(&pipeline->cosigned);
}
