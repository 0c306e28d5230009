/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, counts, attempts and volumes: what the promise "three executions" hangs on. */
#include "tests/unit/cas/story.h"

static void the_story_of_three_stakeholders_is_played_to_its_end(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf one = { 0 }, two = { 0 }, output = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	assert_used(&world, 0, 1);
	assert_stage(&world, &run, 0, "ready");
	assert_stage(&world, &run, 1, "waiting");
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		ok(release_to(&world, &input, &oops));
		assert_stage(&world, &run, 0, "running");
		assert_string_equal(input.config.policy, "sh1/s1");
		assert_string_equal(input.config.class, "simulated");
		assert_string_equal(input.config.command[2], "15");
		assert_int_equal(input.config.volume_count, 1);
		assert_true(input.config.volumes[0].is_written);
		assert_null(input.config.volumes[0].base.key);
		ok(cc_buf_add(&one, cc_secret_span(input.config.volumes[0].attempt.key), &oops));
		/* Nothing is counted or readable before the completion. */
		assert_used(&world, 0, 1);
		assert_int_equal(ask_key(&world, person(SH3), "vol1", &run, &output, &err), -1);
		assert_code(err, CC_E_NOTFOUND);
		ok(say(&world, &input, DONE, &oops));
	}
	assert_used(&world, 1, 0);
	assert_stage(&world, &run, 0, "complete");
	assert_stage(&world, &run, 1, "ready");
	assert_run(&world, &run, "open");
	ok(ask_key(&world, person(SH3), "vol1", &run, &output, &oops));
	assert_true(cc_span_eq(cc_buf_span(&output), cc_buf_span(&one)));
	{
		AUTO_START struct start compute = program_of(&run, 1, 12);
		const struct cc_config_volume *in = NULL, *out = NULL;

		ok(release_to(&world, &compute, &oops));
		assert_int_equal(compute.config.volume_count, 2);
		in = &compute.config.volumes[0];
		out = &compute.config.volumes[1];
		assert_false(in->is_written);
		assert_null(in->attempt.key);
		assert_int_equal(in->base.number, 7);
		assert_true(cc_span_eq(cc_secret_span(in->base.key), cc_buf_span(&one)));
		assert_true(out->is_written);
		ok(cc_buf_add(&two, cc_secret_span(out->attempt.key), &oops));
		assert_false(cc_span_eq(cc_buf_span(&one), cc_buf_span(&two)));
		ok(say(&world, &compute, DONE, &oops));
	}
	assert_run(&world, &run, "complete");
	world_reopen(&world);
	cc_buf_reset(&output);
	ok(ask_key(&world, person(SH3), "vol2", NULL, &output, &oops)); /* of the latest run */
	assert_true(cc_span_eq(cc_buf_span(&output), cc_buf_span(&two)));
}

static void a_hundred_requests_open_exactly_the_runs_that_were_paid_for(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	size_t opened = 0;

	(void)state;
	tell_story(&world, S1, S3);
	for (size_t i = 0; i < 100; i++) {
		struct cc_err err = { 0 };

		if (open_run(&world, SH3, &run, &err) == 0) {
			opened++;
			continue;
		}
		assert_code(err, CC_E_LIMIT);
		assert_says(err, "paid");
		assert_says(err, "sh1/s1");
		assert_says(err, "maximum 3");
		if (i == 50)
			world_reopen(&world);
	}
	assert_int_equal(opened, 3);
	assert_used(&world, 0, 3);
}

static void rule_1_16_three_executions_and_then_none(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	for (uint64_t i = 0; i < 3; i++) {
		ok(open_run(&world, SH3, &run, &oops));
		do_stage(&world, &run, 0, 11);
		assert_used(&world, i + 1, 0);
	}
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_code(err, CC_E_LIMIT);
	/* The counter hangs on the grant: no edit of the policy gives it back. */
	ok(update(&world, SH1, "sh1/s1", S1_OF("maximum: 3", "tolerate: [simulation, debug]\n"),
		  &oops));
	ok(update(&world, SH3, "sh3/pipeline", S3_WITH("lifetime: run, ", TOLERATE "\n"), &oops));
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_code(err, CC_E_LIMIT);
	assert_used(&world, 3, 0);
}

/* Each stage alone fits into what is left; both together do not. */
static void two_stages_of_one_run_reserve_two_executions(void **state)
{
	static const char twice[] =
		"name: sh3/pipeline\nvolumes:\n- {name: vol1, lifetime: run, export: sh1/s1}\n"
		"workflow:\n  stages:\n"
		"  - {name: input, policy: sh1/s1, service: s1}\n"
		"  - {name: again, policy: sh1/s1, service: s1, needs: [input]}\n" TOLERATE;
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, twice);
	ok(open_run(&world, SH3, &run, &oops));
	assert_used(&world, 0, 2);
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_code(err, CC_E_LIMIT);
	assert_used(&world, 0, 2); /* nothing of the refused run is left */
}

static void an_abort_gives_the_reservation_back_and_ends_everything(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 }, other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		ok(release_to(&world, &input, &oops));
		assert_int_equal(abort_run(&world, SH1, &run, &err), -1);
		assert_code(err, CC_E_NOTFOUND); /* others do not learn that there is one */
		ok(abort_run(&world, SH3, &run, &oops));
		assert_used(&world, 0, 0);
		assert_run(&world, &run, "aborted");
		assert_stage(&world, &run, 0, "aborted");
		assert_int_equal(say(&world, &input, DONE, &err), -1);
		assert_code(err, CC_E_STALE);
		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_STALE);
	}
	assert_used(&world, 0, 0);
	ok(abort_run(&world, SH3, &run, &oops)); /* a repeat is answered and changes nothing */
	assert_used(&world, 0, 0);
	for (size_t i = 0; i < 3; i++)
		ok(open_run(&world, SH3, &other, &oops));
	assert_int_equal(open_run(&world, SH3, &other, &err), -1);
	assert_code(err, CC_E_LIMIT);
}

static void a_complete_stage_stays_counted_when_its_run_is_aborted(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	do_stage(&world, &run, 0, 11);
	ok(abort_run(&world, SH3, &run, &oops));
	assert_used(&world, 1, 0);
	assert_stage(&world, &run, 0, "complete");
	assert_stage(&world, &run, 1, "aborted");
}

static void a_failed_attempt_may_be_tried_again_until_none_is_left(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 3, attempts: 2", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	for (uint8_t i = 0; i < 2; i++) {
		AUTO_START struct start input = program_of(&run, 0, (uint8_t)(20 + i));

		ok(release_to(&world, &input, &oops));
		ok(say(&world, &input, FAILED, &oops));
		assert_stage(&world, &run, 0, i == 0 ? "ready" : "failed");
		assert_used(&world, 0, i == 0 ? 1 : 0);
	}
	assert_run(&world, &run, "failed");
	assert_stage(&world, &run, 1, "aborted");
}

static void killed_attempts_are_bounded_too(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 3, attempts: 2", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	for (uint8_t i = 0; i < 3; i++) {
		AUTO_START struct start input = program_of(&run, 0, (uint8_t)(20 + i));

		assert_int_equal(release_to(&world, &input, &err), i < 2 ? 0 : -1);
	}
	assert_code(err, CC_E_LIMIT);
	assert_says(err, "2 attempts");
	assert_used(&world, 0, 1);
}

static void counted_at_the_start_means_every_start(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 2, counted: start", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start one = program_of(&run, 0, 21),
					two = program_of(&run, 0, 22),
					three = program_of(&run, 0, 23);

		ok(release_to(&world, &one, &oops));
		assert_used(&world, 1, 0);
		ok(release_to(&world, &one, &oops)); /* the same instance: a repeat */
		assert_used(&world, 1, 0);
		ok(release_to(&world, &two, &oops));
		assert_used(&world, 2, 0);
		assert_int_equal(release_to(&world, &three, &err), -1);
		assert_code(err, CC_E_LIMIT);
		assert_used(&world, 2, 0);
		/* The refusal changed nothing: the second goes on. */
		ok(say(&world, &two, DONE, &oops));
	}
	assert_used(&world, 2, 0);
	ok(abort_run(&world, SH3, &run, &oops));
	assert_used(&world, 2, 0);
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_code(err, CC_E_LIMIT);
}

static void an_abort_after_a_counted_start_gives_nothing_back(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 2, counted: start", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start one = program_of(&run, 0, 21);

		ok(release_to(&world, &one, &oops));
		ok(abort_run(&world, SH3, &run, &oops));
	}
	assert_used(&world, 1, 0);
	ok(open_run(&world, SH3, &run, &oops));
	ok(abort_run(&world, SH3, &run, &oops)); /* never started: given back */
	assert_used(&world, 1, 0);
}

static void a_standing_volume_has_one_writer(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened one = { 0 }, two = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3_WITH("", TOLERATE));
	ok(open_run(&world, SH3, &one, &oops));
	ok(open_run(&world, SH3, &two, &oops));
	{
		AUTO_START struct start first = program_of(&one, 0, 11),
					other = program_of(&two, 0, 12);

		ok(release_to(&world, &first, &oops));
		assert_int_equal(release_to(&world, &other, &err), -1);
		assert_code(err, CC_E_CONFLICT);
		assert_says(err, "being written");
		assert_stage(&world, &two, 0, "ready"); /* the refusal spent no attempt */
		ok(say(&world, &first, DONE, &oops));
		ok(release_to(&world, &other, &oops));
		/* It goes on from what the first one left, in an epoch of its own. */
		assert_int_equal(other.config.volumes[0].base.number, 7);
		assert_int_equal(other.config.volumes[0].base.epoch, 1);
		assert_int_equal(other.config.volumes[0].attempt.epoch, 2);
	}
}

static void what_an_abandoned_attempt_wrote_has_no_key_any_more(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_rec_attempt former = { 0 };
	struct opened run = { 0 };
	uint8_t id[CC_ID_LEN];

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start one = program_of(&run, 0, 21),
					two = program_of(&run, 0, 22);

		ok(release_to(&world, &one, &oops));
		memcpy(id, one.config.attempt, sizeof(id));
		ok(say(&world, &one, TAG("3"), &oops));
		ok(release_to(&world, &two, &oops));
		assert_int_equal(two.config.volumes[0].attempt.epoch, 2);
		assert_false(cc_secret_equal(one.config.volumes[0].attempt.key,
					     two.config.volumes[0].attempt.key));
	}
	world_reopen(&world);
	ok(cc_attempt_load(world.state, id, &former, &oops));
	assert_string_equal(former.state, "superseded");
	assert_int_equal(former.outputs.count, 2);
	for (size_t i = 0; i < former.outputs.count; i++)
		assert_null(CC_LIST_AT(former.outputs, struct cc_rec_output, i)->key);
	cc_record_clear(&cc_rec_attempt, &former);
}

/* A volume's key belongs to its policy's owner, who asks with a signed request. */
static void a_key_is_for_the_owner_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_caller transport = person(SH3);
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	do_stage(&world, &run, 0, 11);
	transport.transport = true;
	assert_int_equal(ask_key(&world, transport, "vol1", &run, &key, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_int_equal(ask_key(&world, person(0), "vol1", &run, &key, &err), -1);
	assert_code(err, CC_E_DENIED);
	for (uint8_t who = SH1; who <= SH2; who++) {
		assert_int_equal(ask_key(&world, person(who), "vol1", &run, &key, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_int_equal(ask_key(&world, person(who), "nothing", &run, &key, &err), -1);
		assert_code(err, CC_E_DENIED); /* whether it is there or not */
	}
	assert_int_equal(ask_key(&world, person(SH3), "vol2", &run, &key, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	assert_int_equal(key.len, 0);
	ok(ask_key(&world, person(SH3), "vol1", &run, &key, &oops));
	assert_int_equal(key.len, 32);
}

static int read_as(struct world *world, cc_operation_fn *operation, uint8_t who,
		   const char *argument, struct cc_err *err)
{
	const struct asking_for ask = { operation, person(who), argument, NULL, NULL };
	struct cc_result result = { 0 };
	int done = ask_cas(world, &ask, &result, err);

	cc_result_clear(&result);
	return done;
}

static void what_is_of_one_party_is_not_read_by_another(void **state)
{
	static const uint8_t others[] = { 0, SH1, SH2, STRANGER };
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 }, mine = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		struct cc_err err = { 0 };

		assert_int_equal(read_as(&world, cc_policy_read, others[i], "sh3/pipeline", &err),
				 -1);
		assert_code(err, CC_E_DENIED);
		assert_int_equal(
			read_as(&world, cc_workflow_plan_show, others[i], "sh3/pipeline", &err),
			-1);
		assert_code(err, CC_E_DENIED);
		assert_int_equal(open_run(&world, others[i], &mine, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_int_equal(read_as(&world, cc_run_status, others[i], run.run, &err), -1);
		assert_code(err, others[i] == 0 ? CC_E_DENIED : CC_E_NOTFOUND);
		assert_int_equal(update(&world, others[i], "sh3/pipeline", S3, &err), -1);
		assert_code(err, CC_E_DENIED);
	}
	ok(read_as(&world, cc_policy_read, SH3, "sh3/pipeline", &oops));
	ok(read_as(&world, cc_run_status, SH3, run.run, &oops));
	ok(read_as(&world, cc_workflow_plan_show, SH3, "sh3/pipeline", &oops));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_story_of_three_stakeholders_is_played_to_its_end),
		cmocka_unit_test(a_hundred_requests_open_exactly_the_runs_that_were_paid_for),
		cmocka_unit_test(rule_1_16_three_executions_and_then_none),
		cmocka_unit_test(two_stages_of_one_run_reserve_two_executions),
		cmocka_unit_test(an_abort_gives_the_reservation_back_and_ends_everything),
		cmocka_unit_test(a_complete_stage_stays_counted_when_its_run_is_aborted),
		cmocka_unit_test(a_failed_attempt_may_be_tried_again_until_none_is_left),
		cmocka_unit_test(killed_attempts_are_bounded_too),
		cmocka_unit_test(counted_at_the_start_means_every_start),
		cmocka_unit_test(an_abort_after_a_counted_start_gives_nothing_back),
		cmocka_unit_test(a_standing_volume_has_one_writer),
		cmocka_unit_test(what_an_abandoned_attempt_wrote_has_no_key_any_more),
		cmocka_unit_test(a_key_is_for_the_owner_alone),
		cmocka_unit_test(what_is_of_one_party_is_not_read_by_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
