/* SPDX-License-Identifier: Apache-2.0 */
/* Decided, durable, co-signed, answered: in this order, whatever witnesses do. */
#include "tests/unit/cas/world.h"

#include "cas/pipeline.h"
#include "witness/witness.h"

#define ASKED_MAX 64
#define JOBS_MAX 1000

/* A question as it is on its way to a witness. */
struct asked {
	uint32_t question;
	struct cc_buf body;
	uint64_t durable; /* entries that the store had when it was asked */
};

struct net {
	struct world world;
	struct cc_pipeline *pipeline;
	struct cc_witness_log seen[CC_WITNESSES_MAX]; /* what each witness remembers */
	struct asked asked[ASKED_MAX];
	size_t count;
	uint64_t now_ms;
	bool ended;
	struct cc_err why;
};

/* One change: it puts a row, and notes when it was decided and answered, and how. */
struct job {
	struct net *net;
	char key[16];
	bool refuses, repeats, looks; /* `looks`: at a row that was changed behind us */
	size_t answers;
	struct cc_err failure;
	uint64_t index; /* that it was decided at */
};

static int decide(void *context, struct cc_state *state, const char **type, struct cc_json **fields,
		  struct cc_err *err)
{
	struct job *job = context;
	struct cc_rec_count row = { 1 };

	(void)fields;
	if (job->refuses)
		return cc_fail(err, CC_E_DENIED, "not this one");
	job->index = cc_state_index(state);
	if (job->looks)
		return cc_state_get(state, &cc_rec_count, "a", &row, err);
	if (job->repeats)
		return 0;
	*type = "test";
	return cc_state_put(state, &cc_rec_count, job->key, &row, err);
}

static void answer(void *context, const struct cc_err *failure)
{
	struct job *job = context;

	job->answers++;
	job->failure = failure != NULL ? *failure : (struct cc_err){ 0 };
}

static void on_ask(void *context, uint32_t question, struct cc_span body)
{
	struct net *net = context;
	struct asked *asked = &net->asked[net->count];

	assert_true(net->count < ASKED_MAX);
	net->count++;
	asked->question = question;
	ok(cc_buf_add(&asked->body, body, &oops));
	ok(cc_store_count_entries(net->world.store, &asked->durable, &oops));
}

static void on_fatal(void *context, const struct cc_err *why)
{
	struct net *net = context;

	net->ended = true;
	net->why = *why;
}

static void net_clear(struct net *net)
{
	cc_pipeline_free(net->pipeline);
	for (size_t i = 0; i < net->count; i++)
		cc_buf_clear(&net->asked[i].body);
	world_clear(&net->world);
}
#define AUTO_NET CC_CLEANUP(net_clear)

static void begin(struct net *net)
{
	const struct cc_pipeline_io io = { on_ask, on_fatal, net };

	ok(cc_pipeline_new(net->world.state, &net->world.cas, &io, &net->pipeline, &oops));
}

static void net_make(struct net *net, size_t witnesses, size_t needed)
{
	world_make(&net->world, witnesses, needed);
	for (size_t i = 0; i < witnesses; i++) {
		net->seen[i].keys[0] = net->world.keys.log_name;
		net->seen[i].key_count = 1;
		ok(cc_sha256(cc_span(NULL, 0), &net->seen[i].last.head.root, &oops));
	}
	begin(net);
}

static void submit(struct net *net, struct job *job, const char *key)
{
	const struct cc_command_job command = { decide, answer, job };

	job->net = net;
	(void)snprintf(job->key, sizeof(job->key), "%s", key);
	cc_pipeline_submit(net->pipeline, &command, net->world.now, net->now_ms);
}

static void hear(struct net *net, uint32_t question, unsigned int status, struct cc_span body)
{
	cc_pipeline_witness(net->pipeline, question, status, body, net->world.now, net->now_ms);
}

/* What the witness with this key makes of a question, by the witness's own rules. */
static unsigned int judge(struct net *net, const struct asked *asked, size_t by, struct cc_buf *out)
{
	struct cc_witness_log *log = &net->seen[by];
	struct cc_witness_verdict verdict = { 0 };
	struct cc_checkpoint checkpoint = { 0 };
	struct cc_witness_ask ask = { 0 };
	struct cc_note note = { 0 };

	ok(cc_witness_ask_parse(cc_buf_span(&asked->body), &ask, &oops));
	ok(cc_note_parse(ask.note, &note, &oops));
	ok(cc_checkpoint_parse(note.text, &checkpoint, &oops));
	ok(cc_witness_decide(log, &ask, &note, &checkpoint, &verdict, &oops));
	if (verdict.tell_size)
		ok(cc_buf_addf(out, &oops, "%llu\n", (unsigned long long)log->last.head.size));
	if (verdict.status != 200)
		return verdict.status;
	log->last = checkpoint;
	ok(cc_note_signature_line(note.text, &net->world.cas.witnesses[by],
				  net->world.witnesses[by], (uint64_t)net->world.now, out, &oops));
	return 200;
}

/* The question at `at` is answered by its witness. */
static void answer_question(struct net *net, size_t at)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	unsigned int status = 0;

	assert_true(at < net->count);
	status = judge(net, &net->asked[at], cc_pipeline_asked(net->asked[at].question), &body);
	hear(net, net->asked[at].question, status, cc_buf_span(&body));
}

static void tick(struct net *net, uint64_t ms)
{
	net->now_ms += ms;
	cc_pipeline_tick(net->pipeline, net->world.now, net->now_ms);
}

static void durable_then_co_signed_then_answered(void **state)
{
	struct job job = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &job, "a");
	assert_int_equal(net.count, 3);
	for (size_t i = 0; i < net.count; i++)
		assert_int_equal(net.asked[i].durable, 1);
	assert_int_equal(job.answers, 0);
	answer_question(&net, 0);
	assert_int_equal(job.answers, 0); /* one is not the quorum of two */
	assert_int_equal(cc_pipeline_checkpoint(net.pipeline).len, 0);
	answer_question(&net, 2);
	assert_int_equal(job.answers, 1);
	assert_code(job.failure, CC_OK);
	answer_question(&net, 1); /* the third comes late */
	assert_int_equal(job.answers, 1);
}

static void the_checkpoint_that_is_shown_has_its_quorum(void **state)
{
	struct cc_cosigned cosigned = { 0 };
	struct cc_checkpoint checkpoint = { 0 };
	struct cc_note note = { 0 };
	struct cc_quorum quorum;
	struct job job = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	quorum = cc_cas_policy_quorum(&net.world.cas);
	submit(&net, &job, "a");
	answer_question(&net, 1);
	answer_question(&net, 2);
	ok(cc_checkpoint_open(cc_pipeline_checkpoint(net.pipeline), &net.world.keys.log_name,
			      &checkpoint, &note, &oops));
	ok(cc_quorum_count(&quorum, &note, &cosigned, &oops));
	assert_int_equal(cosigned.count, 2);
	assert_int_equal(checkpoint.head.size, 1);
}

static void without_witnesses_a_change_is_answered_when_it_is_durable(void **state)
{
	struct job job = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 0, 0);
	submit(&net, &job, "a");
	assert_int_equal(job.answers, 1);
	assert_int_equal(cc_state_frontier(net.world.state)->size, 1);
}

/* Whatever comes that is not the witness's own cosignature over this checkpoint. */
static void a_false_cosignature_counts_as_none(void **state)
{
	CC_AUTO_BUF struct cc_buf line = { 0 };
	struct job job = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &job, "a");
	answer_question(&net, 0);
	/* Witness 0's line, sent as that of witness 1. */
	net.seen[0].last.head.size = 0;
	ok(cc_sha256(cc_span(NULL, 0), &net.seen[0].last.head.root, &oops));
	assert_int_equal(judge(&net, &net.asked[0], 0, &line), 200);
	hear(&net, net.asked[1].question, 200, cc_buf_span(&line));
	assert_int_equal(job.answers, 0);
	/* A line of witness 2 with a bit turned. */
	cc_buf_reset(&line);
	assert_int_equal(judge(&net, &net.asked[2], 2, &line), 200);
	line.at[line.len - 10] = line.at[line.len - 10] == 'A' ? 'B' : 'A';
	hear(&net, net.asked[2].question, 200, cc_buf_span(&line));
	assert_int_equal(job.answers, 0);
	tick(&net, CC_WITNESS_PATIENCE_MS);
	assert_code(job.failure, CC_E_UNAVAILABLE);
}

static void one_witness_cannot_sign_for_two(void **state)
{
	CC_AUTO_BUF struct cc_buf line = { 0 };
	struct job job = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &job, "a");
	assert_int_equal(judge(&net, &net.asked[0], 0, &line), 200);
	for (size_t i = 0; i < 3; i++)
		hear(&net, net.asked[0].question, 200, cc_buf_span(&line));
	assert_int_equal(job.answers, 0);
	hear(&net, 99 * CC_WITNESSES_MAX + 17, 200, cc_buf_span(&line)); /* no such witness */
	assert_int_equal(job.answers, 0);
}

static void without_the_quorum_the_missing_are_named_and_the_decision_stands(void **state)
{
	struct job job = { 0 }, next = { 0 };
	size_t before = 0;
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &job, "a");
	answer_question(&net, 0);
	tick(&net, CC_WITNESS_PATIENCE_MS - 1);
	assert_int_equal(job.answers, 0);
	tick(&net, 1);
	assert_int_equal(job.answers, 1);
	assert_code(job.failure, CC_E_UNAVAILABLE);
	assert_says(job.failure, "w1");
	assert_says(job.failure, "w2");
	assert_null(strstr(job.failure.text, "w0"));
	/* The next group's checkpoint covers it. */
	before = net.count;
	submit(&net, &next, "b");
	assert_int_equal(next.index, 1);
	answer_question(&net, before);
	answer_question(&net, before + 1);
	assert_int_equal(next.answers, 1);
	assert_code(next.failure, CC_OK);
	assert_int_equal(net.seen[1].last.head.size, 2);
	assert_int_equal(job.answers, 1);
}

static void a_lost_quorum_is_told_and_asked_for_again(void **state)
{
	struct job job = { 0 };
	struct cc_err lacks = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 2, 2);
	submit(&net, &job, "a");
	ok(cc_pipeline_health(net.pipeline, &oops));
	answer_question(&net, 0);
	tick(&net, CC_WITNESS_PATIENCE_MS);
	assert_code(job.failure, CC_E_UNAVAILABLE);
	assert_int_equal(cc_pipeline_health(net.pipeline, &lacks), -1);
	assert_says(lacks, "w1");
	assert_int_equal(net.count, 2);
	tick(&net, CC_WITNESS_RETRY_MS - 1);
	assert_int_equal(net.count, 2);
	tick(&net, 1);
	assert_int_equal(net.count, 4);
	/* A round in vain leads to the next one. */
	tick(&net, CC_WITNESS_PATIENCE_MS);
	assert_int_equal(cc_pipeline_health(net.pipeline, &lacks), -1);
	tick(&net, CC_WITNESS_RETRY_MS);
	assert_int_equal(net.count, 6);
	answer_question(&net, 4);
	answer_question(&net, 5);
	ok(cc_pipeline_health(net.pipeline, &oops));
	tick(&net, 10 * CC_WITNESS_RETRY_MS);
	assert_int_equal(net.count, 6);
	assert_int_equal(job.answers, 1);
}

static void a_change_does_not_wait_for_a_round_without_one(void **state)
{
	struct job job = { 0 }, next = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &job, "a");
	tick(&net, CC_WITNESS_PATIENCE_MS);
	tick(&net, CC_WITNESS_RETRY_MS);
	assert_int_equal(net.count, 2);
	submit(&net, &next, "b");
	assert_int_equal(next.index, 1);
	answer_question(&net, 1);
	answer_question(&net, 2);
	assert_int_equal(next.answers, 1);
	assert_code(next.failure, CC_OK);
}

/* It is durable, but without its quorum it could still be rolled back. */
static void a_repeat_of_what_timed_out_waits_for_the_quorum_too(void **state)
{
	struct job first = { 0 }, job = { 0 }, again = { .repeats = true },
		   more = { .repeats = true };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &first, "a");
	answer_question(&net, 0);
	submit(&net, &job, "b");
	tick(&net, CC_WITNESS_PATIENCE_MS);
	assert_code(job.failure, CC_E_UNAVAILABLE);
	submit(&net, &again, "b");
	assert_int_equal(again.answers, 0);
	answer_question(&net, 2);
	assert_int_equal(again.answers, 1);
	assert_code(again.failure, CC_OK);
	/* Now that it is co-signed, a repeat asks nobody. */
	submit(&net, &more, "b");
	assert_int_equal(more.answers, 1);
	assert_int_equal(net.count, 3);
}

static void what_comes_while_a_group_waits_is_the_next_group(void **state)
{
	struct job jobs[5] = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	for (size_t i = 0; i < CC_COUNT(jobs); i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%zu", i);
		submit(&net, &jobs[i], key);
	}
	assert_int_equal(cc_state_frontier(net.world.state)->size, 1);
	assert_int_equal(net.count, 1);
	answer_question(&net, 0);
	assert_int_equal(jobs[0].answers, 1);
	assert_int_equal(jobs[1].answers, 0);
	assert_int_equal(net.count, 2); /* one checkpoint for the other four */
	assert_int_equal(cc_state_frontier(net.world.state)->size, 5);
	answer_question(&net, 1);
	for (size_t i = 0; i < CC_COUNT(jobs); i++) {
		assert_int_equal(jobs[i].answers, 1);
		assert_int_equal(jobs[i].index, i);
	}
}

static void a_refusal_hurts_none_of_its_group(void **state)
{
	struct job first = { 0 }, good = { 0 }, bad = { .refuses = true }, last = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &first, "a");
	submit(&net, &good, "b");
	submit(&net, &bad, "c");
	submit(&net, &last, "d");
	answer_question(&net, 0);
	answer_question(&net, 1);
	assert_code(good.failure, CC_OK);
	assert_code(bad.failure, CC_E_DENIED);
	assert_code(last.failure, CC_OK);
	assert_int_equal(last.index, 2);
	assert_int_equal(bad.answers, 1);
}

static void a_thousand_jobs_are_each_answered_once(void **state)
{
	static struct job jobs[JOBS_MAX];
	size_t at = 0;
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	memset(jobs, 0, sizeof(jobs));
	net_make(&net, 1, 1);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%zu", i);
		submit(&net, &jobs[i], key);
	}
	while (at < net.count)
		answer_question(&net, at++);
	assert_int_equal(net.count, 1 + (JOBS_MAX - 1 + CC_GROUP_MAX - 1) / CC_GROUP_MAX);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		assert_int_equal(jobs[i].answers, 1);
		assert_code(jobs[i].failure, CC_OK);
		assert_int_equal(jobs[i].index, i);
	}
	assert_int_equal(cc_state_frontier(net.world.state)->size, JOBS_MAX);
}

static void a_queue_that_is_full_refuses_and_keeps_the_others(void **state)
{
	struct job *jobs = calloc(CC_QUEUE_MAX + 2, sizeof(*jobs));
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	assert_non_null(jobs);
	net_make(&net, 1, 1);
	for (size_t i = 0; i < CC_QUEUE_MAX + 2; i++)
		submit(&net, &jobs[i], "k");
	assert_int_equal(jobs[CC_QUEUE_MAX].answers, 0);
	assert_int_equal(jobs[CC_QUEUE_MAX + 1].answers, 1);
	assert_code(jobs[CC_QUEUE_MAX + 1].failure, CC_E_UNAVAILABLE);
	/* The end answers whoever waits, once. */
	cc_pipeline_free(net.pipeline);
	net.pipeline = NULL;
	for (size_t i = 0; i < CC_QUEUE_MAX + 2; i++) {
		assert_int_equal(jobs[i].answers, 1);
		assert_code(jobs[i].failure, CC_E_UNAVAILABLE);
	}
	free(jobs);
}

/* A witness that was ahead of a former process is asked again, from where it is. */
static void a_witness_with_another_size_is_asked_again_with_a_proof(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	/* A new process knows nothing of what the witness has. */
	cc_pipeline_free(net.pipeline);
	begin(&net);
	submit(&net, &two, "b");
	assert_int_equal(net.count, 2);
	answer_question(&net, 1); /* 409: size 1 */
	assert_int_equal(two.answers, 0);
	assert_int_equal(net.count, 3);
	answer_question(&net, 2);
	assert_int_equal(two.answers, 1);
	assert_code(two.failure, CC_OK);
	assert_false(net.ended);
}

static void a_late_or_repeated_answer_is_no_proof_of_a_fork(void **state)
{
	struct job one = { 0 }, two = { 0 }, three = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	cc_pipeline_free(net.pipeline);
	begin(&net);
	submit(&net, &two, "b");
	tick(&net, CC_WITNESS_PATIENCE_MS);
	assert_code(two.failure, CC_E_UNAVAILABLE);
	submit(&net, &three, "c");
	assert_int_equal(net.count, 3);
	/* Both questions are answered by "1", the older one late; then the newer one again. */
	hear(&net, net.asked[1].question, 409, cc_span_str("1\n"));
	assert_int_equal(net.count, 3);
	hear(&net, net.asked[2].question, 409, cc_span_str("1\n"));
	assert_int_equal(net.count, 4);
	hear(&net, net.asked[1].question, 409, cc_span_str("1\n"));
	hear(&net, net.asked[2].question, 409, cc_span_str("1\n"));
	assert_false(net.ended);
	assert_int_equal(net.count, 4);
	answer_question(&net, 3);
	assert_int_equal(three.answers, 1);
	assert_code(three.failure, CC_OK);
}

static void a_witness_that_was_not_needed_is_asked_from_where_it_stands(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	answer_question(&net, 1);
	assert_int_equal(one.answers, 1);
	answer_question(&net, 2);
	submit(&net, &two, "b");
	assert_int_equal(net.count, 6);
	answer_question(&net, 5);
	answer_question(&net, 3);
	assert_int_equal(two.answers, 1);
	assert_code(two.failure, CC_OK);
	assert_int_equal(net.count, 6); /* none had to tell its size first */
}

static void a_witness_that_still_answers_is_asked_after_that(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 2);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	answer_question(&net, 1);
	submit(&net, &two, "b");
	assert_int_equal(net.count, 5);
	answer_question(&net, 3);
	answer_question(&net, 2);
	/* It has signed the checkpoint before: that is no signature of this one. */
	assert_int_equal(two.answers, 0);
	assert_int_equal(net.count, 6);
	answer_question(&net, 5);
	assert_int_equal(two.answers, 1);
	assert_code(two.failure, CC_OK);
	assert_int_equal(net.seen[2].last.head.size, 2);
}

static void a_witness_that_is_silent_is_asked_anew_when_a_group_gives_up(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 2, 2);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	tick(&net, CC_WITNESS_PATIENCE_MS);
	submit(&net, &two, "b");
	assert_int_equal(net.count, 4);
	answer_question(&net, 2);
	answer_question(&net, 3);
	assert_int_equal(two.answers, 1);
	assert_code(two.failure, CC_OK);
}

static void a_witness_that_lies_about_its_size_is_asked_only_once_more(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 2, 2);
	submit(&net, &one, "a");
	answer_question(&net, 0);
	answer_question(&net, 1);
	submit(&net, &two, "b");
	hear(&net, net.asked[2].question, 409, cc_span_str("0\n"));
	assert_int_equal(net.count, 5);
	hear(&net, net.asked[4].question, 409, cc_span_str("1\n"));
	assert_int_equal(net.count, 5);
	assert_int_equal(two.answers, 0);
}

static void a_witness_that_is_ahead_ends_the_keeper(void **state)
{
	struct job one = { 0 }, waits = { 0 }, after = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 3, 3);
	submit(&net, &one, "a");
	submit(&net, &waits, "b");
	hear(&net, net.asked[1].question, 409, cc_span_str("7\n"));
	assert_true(net.ended);
	assert_code(net.why, CC_E_STALE);
	assert_says(net.why, "w1");
	assert_code(one.failure, CC_E_STALE);
	assert_int_equal(one.answers, 1);
	assert_int_equal(waits.answers, 1);
	assert_code(waits.failure, CC_E_STALE);
	submit(&net, &after, "c");
	assert_int_equal(after.answers, 1);
	assert_code(after.failure, CC_E_UNAVAILABLE);
}

static void so_many_as_may_lie_are_not_believed(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 4, 3);
	net.world.cas.faulty = 1;
	submit(&net, &one, "a");
	hear(&net, net.asked[1].question, 409, cc_span_str("7\n"));
	assert_false(net.ended);
	answer_question(&net, 0);
	answer_question(&net, 2);
	assert_int_equal(one.answers, 0);
	answer_question(&net, 3);
	assert_int_equal(one.answers, 1);
	assert_code(one.failure, CC_OK);
	/* The same liar twice is one liar; another one makes an honest one among them. */
	submit(&net, &two, "b");
	hear(&net, net.asked[5].question, 409, cc_span_str("9\n"));
	assert_false(net.ended);
	hear(&net, net.asked[6].question, 409, cc_span_str("9\n"));
	assert_true(net.ended);
}

static void a_group_that_is_not_durable_asks_nobody(void **state)
{
	struct job one = { 0 }, two = { 0 };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */

	(void)state;
	net_make(&net, 1, 1);
	/* A transaction is open: the group's own fails. */
	ok(cc_store_begin(net.world.store, &oops));
	submit(&net, &one, "a");
	assert_int_equal(one.answers, 1);
	assert_int_not_equal(one.failure.code, CC_OK);
	assert_int_equal(net.count, 0);
	assert_int_equal(cc_state_frontier(net.world.state)->size, 0);
	cc_store_rollback(net.world.store);
	submit(&net, &two, "a");
	assert_int_equal(two.index, 0);
	answer_question(&net, 0);
	assert_code(two.failure, CC_OK);
}

/* What was decided beside a row that is not ours must not become durable with it. */
static void a_store_that_was_changed_takes_no_further_entry(void **state)
{
	struct job first = { 0 }, waits = { 0 }, good = { 0 }, looks = { .looks = true };
	AUTO_NET struct net net = { 0 }; /* goes first: its end answers jobs */
	uint64_t entries = 0;

	(void)state;
	net_make(&net, 1, 1);
	submit(&net, &first, "a");
	answer_question(&net, 0);
	submit(&net, &waits, "b");
	submit(&net, &good, "c"); /* these two are one group */
	submit(&net, &looks, "d");
	ok(cc_store_begin(net.world.store, &oops));
	ok(cc_store_delete_row(net.world.store, cc_rec_count.table, cc_span_str("a"), &oops));
	ok(cc_store_commit(net.world.store, &oops));
	answer_question(&net, 1);
	assert_true(net.ended);
	assert_code(net.why, CC_E_TAMPERED);
	assert_code(waits.failure, CC_OK);
	assert_code(good.failure, CC_E_TAMPERED);
	assert_code(looks.failure, CC_E_TAMPERED);
	ok(cc_store_count_entries(net.world.store, &entries, &oops));
	assert_int_equal(entries, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durable_then_co_signed_then_answered),
		cmocka_unit_test(the_checkpoint_that_is_shown_has_its_quorum),
		cmocka_unit_test(without_witnesses_a_change_is_answered_when_it_is_durable),
		cmocka_unit_test(a_false_cosignature_counts_as_none),
		cmocka_unit_test(one_witness_cannot_sign_for_two),
		cmocka_unit_test(without_the_quorum_the_missing_are_named_and_the_decision_stands),
		cmocka_unit_test(a_lost_quorum_is_told_and_asked_for_again),
		cmocka_unit_test(a_change_does_not_wait_for_a_round_without_one),
		cmocka_unit_test(a_repeat_of_what_timed_out_waits_for_the_quorum_too),
		cmocka_unit_test(what_comes_while_a_group_waits_is_the_next_group),
		cmocka_unit_test(a_refusal_hurts_none_of_its_group),
		cmocka_unit_test(a_thousand_jobs_are_each_answered_once),
		cmocka_unit_test(a_queue_that_is_full_refuses_and_keeps_the_others),
		cmocka_unit_test(a_witness_with_another_size_is_asked_again_with_a_proof),
		cmocka_unit_test(a_late_or_repeated_answer_is_no_proof_of_a_fork),
		cmocka_unit_test(a_witness_that_was_not_needed_is_asked_from_where_it_stands),
		cmocka_unit_test(a_witness_that_still_answers_is_asked_after_that),
		cmocka_unit_test(a_witness_that_is_silent_is_asked_anew_when_a_group_gives_up),
		cmocka_unit_test(a_witness_that_lies_about_its_size_is_asked_only_once_more),
		cmocka_unit_test(a_witness_that_is_ahead_ends_the_keeper),
		cmocka_unit_test(so_many_as_may_lie_are_not_believed),
		cmocka_unit_test(a_group_that_is_not_durable_asks_nobody),
		cmocka_unit_test(a_store_that_was_changed_takes_no_further_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
