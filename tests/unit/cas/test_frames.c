/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a session, in order and out of it, repeated, changed and forged. */
#include "tests/unit/cas/story.h"

/* One run whose first stage has been released to. */
struct scene {
	struct world world;
	struct opened run;
	struct start start;
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

static void scene_clear(struct scene *scene)
{
	start_clear(&scene->start);
	world_clear(&scene->world);
}

static void set(struct scene *scene)
{
	tell_story(&scene->world, S1, S3);
	ok(open_run(&scene->world, SH3, &scene->run, &oops));
	scene->start = program_of(&scene->run, 0, 11);
	ok(release_to(&scene->world, &scene->start, &oops));
}

static uint64_t entries(const struct scene *scene)
{
	return cc_state_frontier(scene->world.state)->size;
}

static void sealed(struct scene *scene, const char *json, struct cc_buf *frame)
{
	ok(cc_frame_ask(&scene->start.frames, cc_span_str(json), frame, &oops));
}

/* A frame that says what it likes: with these numbers and the session's own keys. */
static void sealed_as(struct scene *scene, uint64_t number, const char *json, struct cc_buf *frame)
{
	struct cc_frames copy = scene->start.frames;

	copy.next = number;
	copy.asked = false;
	ok(cc_frame_ask(&copy, cc_span_str(json), frame, &oops));
}

static struct cc_rec_output output_of(struct scene *scene)
{
	struct cc_rec_attempt attempt = { 0 };
	struct cc_rec_output output = { 0 };

	ok(cc_attempt_load(scene->world.state, scene->start.config.attempt, &attempt, &oops));
	output = *CC_LIST_AT(attempt.outputs, struct cc_rec_output, 0);
	cc_record_clear(&cc_rec_attempt, &attempt);
	output.name = output.row = NULL;
	output.key = NULL;
	return output;
}

static bool is_ended(struct scene *scene)
{
	struct cc_rec_session session = { 0 };
	char key[CC_ID_TEXT];
	bool ended = false;

	cc_id_print(scene->start.frames.session, key);
	ok(cc_state_get(scene->world.state, &cc_rec_session, key, &session, &oops));
	ended = session.ended;
	cc_record_clear(&cc_rec_session, &session);
	return ended;
}

/* Half of a completion would show here: the first volume taken over, the second refused. */
static void assert_no_state(struct scene *scene)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(ask_key(&scene->world, person(SH3), "vol1", &scene->run, &key, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
}

static void tags_go_forwards(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	ok(say(&scene.world, &scene.start, TAG("3"), &oops));
	assert_int_equal(output_of(&scene).number, 3);
	ok(say(&scene.world, &scene.start, TAG("3"), &oops)); /* the same again is fine */
	ok(say(&scene.world, &scene.start, TAG("5"), &oops));
	assert_int_equal(output_of(&scene).number, 5);
	assert_false(is_ended(&scene));
}

static void what_is_refused_ends_the_session_and_changes_nothing(void **state)
{
	static const struct {
		const char *json;
		enum cc_code code;
	} rows[] = {
		{ TAG("4"), CC_E_STALE },
		{ "{\"type\":\"tag\",\"volume\":\"out\",\"number\":5,\"tag\":\"" HEX_A "\"}",
		  CC_E_STALE }, /* another tag under the same number */
		{ "{\"type\":\"tag\",\"volume\":\"other\",\"number\":9,\"tag\":\"" HEX_A "\"}",
		  CC_E_DENIED },
		{ "{\"type\":\"tag\",\"volume\":\"out\",\"number\":9,\"tag\":\"aa\"}", CC_E_ARG },
		{ "{\"type\":\"more\"}", CC_E_ARG },
		{ "{}", CC_E_ARG },
		{ "[]", CC_E_ARG },
		{ "{\"type\":\"renew\",\"x\":1}", CC_E_ARG },
		{ "{\"type\":\"complete\",\"exit\":1,\"volumes\":[]}", CC_E_TOOBIG },
		{ COMPLETE(VOLUME("out", "7")), CC_E_ARG }, /* the log is missing */
		{ COMPLETE(VOLUME("out", "7") "," VOLUME("out", "7")), CC_E_ARG },
		{ COMPLETE(VOLUME("out", "7") "," VOLUME("@log", "1") "," VOLUME("x", "1")),
		  CC_E_ARG },
		{ COMPLETE(VOLUME("out", "4") "," VOLUME("@log", "1")), CC_E_STALE },
		{ "{\"type\":\"fail\",\"exit\":256}", CC_E_TOOBIG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_SCENE struct scene scene = { 0 };
		struct cc_err err = { 0 };

		set(&scene);
		ok(say(&scene.world, &scene.start, TAG("5"), &oops));
		if (say(&scene.world, &scene.start, rows[i].json, &err) == 0)
			fail_msg("row %zu was accepted: %s", i, rows[i].json);
		if (err.code != rows[i].code)
			fail_msg("row %zu: %d %s", i, err.code, err.text);
		assert_true(is_ended(&scene));
		assert_int_equal(output_of(&scene).number, 5);
		assert_int_equal(output_of(&scene).tag[0], 0xdd);
		assert_stage(&scene.world, &scene.run, 0, "running");
		assert_used(&scene.world, 0, 1);
		assert_no_state(&scene);
		assert_int_equal(say(&scene.world, &scene.start, DONE, &err), -1);
		assert_code(err, CC_E_STALE);
		assert_used(&scene.world, 0, 1);
	}
}

static void the_same_frame_twice_is_answered_the_same_and_done_once(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, one = { 0 }, two = { 0 };
	CC_AUTO_BUF struct cc_buf first = { 0 }, second = { 0 };
	struct cc_frames copy;
	uint64_t size = 0;

	(void)state;
	set(&scene);
	ok(say(&scene.world, &scene.start, TAG("3"), &oops));
	sealed(&scene, DONE, &frame);
	ok(deliver(&scene.world, cc_buf_span(&frame), &one, &oops));
	assert_used(&scene.world, 1, 0);
	size = entries(&scene);
	world_reopen(&scene.world); /* the answer was lost, and the keeper began anew */
	ok(deliver(&scene.world, cc_buf_span(&frame), &two, &oops));
	assert_used(&scene.world, 1, 0);
	assert_int_equal(entries(&scene), size);
	copy = scene.start.frames;
	ok(cc_frame_answered(&copy, cc_buf_span(&one), &first, &oops));
	copy = scene.start.frames;
	ok(cc_frame_answered(&copy, cc_buf_span(&two), &second, &oops));
	assert_true(cc_span_eq(cc_buf_span(&first), cc_buf_span(&second)));
}

/* A runtime that lost the answer must not hear that a refused completion was done. */
static void a_refused_frame_twice_is_refused_twice(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, one = { 0 }, two = { 0 };
	struct cc_err err = { 0 };
	uint64_t size = 0;

	(void)state;
	set(&scene);
	sealed(&scene, COMPLETE(VOLUME("out", "7")), &frame);
	ok(deliver(&scene.world, cc_buf_span(&frame), &one, &oops));
	size = entries(&scene);
	ok(deliver(&scene.world, cc_buf_span(&frame), &two, &oops));
	assert_int_equal(entries(&scene), size);
	assert_int_equal(read_answer(&scene.start, cc_buf_span(&two), &err), -1);
	assert_code(err, CC_E_ARG);
	assert_says(err, "completion names 1 volumes, the attempt writes 2");
}

static void other_bytes_under_a_number_end_the_session(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf good = { 0 }, other = { 0 }, answer = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	sealed(&scene, TAG("3"), &good);
	ok(deliver(&scene.world, cc_buf_span(&good), &answer, &oops));
	ok(read_answer(&scene.start, cc_buf_span(&answer), &oops));
	sealed_as(&scene, 0, TAG("9"), &other);
	cc_buf_reset(&answer);
	ok(deliver(&scene.world, cc_buf_span(&other), &answer, &oops));
	assert_true(is_ended(&scene));
	assert_int_equal(output_of(&scene).number, 3);
	assert_int_equal(say(&scene.world, &scene.start, DONE, &err), -1);
	assert_code(err, CC_E_STALE);
	/* What was done before stays done, and its repeat gets the answer that it had. */
	ok(deliver(&scene.world, cc_buf_span(&good), &again, &oops));
	assert_int_equal(output_of(&scene).number, 3);
}

static void the_frame_before_a_stray_one_keeps_its_answer(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf good = { 0 }, stray = { 0 }, lost = { 0 }, answer = { 0 };

	(void)state;
	set(&scene);
	sealed(&scene, TAG("3"), &good);
	ok(deliver(&scene.world, cc_buf_span(&good), &lost, &oops));
	sealed_as(&scene, 7, TAG("9"), &stray);
	cc_buf_reset(&lost);
	ok(deliver(&scene.world, cc_buf_span(&stray), &lost, &oops));
	assert_true(is_ended(&scene));
	ok(deliver(&scene.world, cc_buf_span(&good), &answer, &oops));
	ok(read_answer(&scene.start, cc_buf_span(&answer), &oops));
}

static void a_frame_from_the_future_ends_the_session_before_its_first(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, answer = { 0 };

	(void)state;
	set(&scene);
	sealed_as(&scene, 1, TAG("3"), &frame);
	ok(deliver(&scene.world, cc_buf_span(&frame), &answer, &oops));
	assert_int_equal(answer.len, 0);
	assert_true(is_ended(&scene));
	assert_int_equal(output_of(&scene).number, 0);
}

static void after_completion_the_session_is_over(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };
	uint64_t size = 0;

	(void)state;
	set(&scene);
	ok(say(&scene.world, &scene.start, DONE, &oops));
	assert_true(is_ended(&scene));
	size = entries(&scene);
	/* Each gets the keeper's own answer, as often as it asks, and none an entry. */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(say(&scene.world, &scene.start, TAG("9"), &err), -1);
		assert_code(err, CC_E_STALE);
		assert_string_equal(err.text, "the session is over");
	}
	assert_int_equal(say(&scene.world, &scene.start, FAILED, &err), -1);
	assert_string_equal(err.text, "the session is over");
	assert_int_equal(entries(&scene), size);
	assert_stage(&scene.world, &scene.run, 0, "complete");
	assert_used(&scene.world, 1, 0);
}

/* A failure ends the session, and the attempt by itself: not only what arrives in frames. */
static void an_attempt_that_failed_is_over(void **state)
{
	static const struct cc_report_output late = { .volume = "out", .number = 9 };
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_err err = { 0 };
	uint64_t used = 0;

	(void)state;
	set(&scene);
	ok(say(&scene.world, &scene.start, FAILED, &oops));
	assert_true(is_ended(&scene));
	cc_state_begin(scene.world.state, scene.world.now);
	assert_int_equal(cc_attempt_tag(scene.world.state, scene.start.config.attempt, &late, &err),
			 -1);
	assert_code(err, CC_E_STALE);
	assert_int_equal(cc_attempt_complete(scene.world.state, scene.start.config.attempt, &late,
					     1, &used, &err),
			 -1);
	assert_code(err, CC_E_STALE);
	assert_int_equal(cc_attempt_fail(scene.world.state, scene.start.config.attempt, 1, &err),
			 -1);
	assert_code(err, CC_E_STALE);
	cc_state_undo(scene.world.state);
}

/* Every single bit of a frame: whatever is turned, nothing happens and the session goes on. */
static void a_forged_frame_changes_nothing(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, answer = { 0 };
	struct cc_err err = { 0 };
	uint64_t size = 0;

	(void)state;
	set(&scene);
	sealed(&scene, DONE, &frame);
	size = entries(&scene);
	for (size_t i = 0; i < frame.len; i++) {
		frame.at[i] ^= 1;
		if (deliver(&scene.world, cc_buf_span(&frame), &answer, &err) == 0)
			fail_msg("byte %zu of the frame is not authenticated", i);
		frame.at[i] ^= 1;
	}
	for (size_t len = 0; len < frame.len; len += 7)
		assert_int_equal(deliver(&scene.world, cc_span(frame.at, len), &answer, &err), -1);
	assert_int_equal(entries(&scene), size);
	assert_int_equal(answer.len, 0);
	assert_false(is_ended(&scene));
	ok(deliver(&scene.world, cc_buf_span(&frame), &answer, &oops));
	ok(read_answer(&scene.start, cc_buf_span(&answer), &oops));
	assert_used(&scene.world, 1, 0);
}

static void a_frame_of_one_session_says_nothing_in_another(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	AUTO_START struct start other = { 0 };
	struct opened run = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	ok(open_run(&scene.world, SH3, &run, &oops));
	other = program_of(&run, 0, 12);
	ok(release_to(&scene.world, &other, &oops));
	sealed(&scene, DONE, &frame);
	memcpy(frame.at + 1, other.frames.session, CC_SESSION_LEN);
	assert_int_equal(deliver(&scene.world, cc_buf_span(&frame), &answer, &err), -1);
	assert_code(err, CC_E_TAMPERED);
	assert_used(&scene.world, 0, 2);
}

/* As after so many entries that nobody waits for them in a test. */
static void set_entries(struct scene *scene, uint64_t count)
{
	struct cc_rec_attempt attempt = { 0 };

	cc_state_begin(scene->world.state, scene->world.now);
	ok(cc_attempt_load(scene->world.state, scene->start.config.attempt, &attempt, &oops));
	attempt.entries = count;
	ok(cc_attempt_store(scene->world.state, &attempt, &oops));
	cc_record_clear(&cc_rec_attempt, &attempt);
	stand(&scene->world, "test", NULL);
}

static void an_attempt_leads_to_only_so_many_entries(void **state)
{
	static const char *const asks[] = { TAG("9"), "{\"type\":\"renew\"}" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(asks); i++) {
		AUTO_SCENE struct scene scene = { 0 };
		struct cc_err err = { 0 };

		set(&scene);
		set_entries(&scene, CC_ATTEMPT_ENTRIES_MAX - 1);
		ok(say(&scene.world, &scene.start, asks[i], &oops));
		assert_int_equal(say(&scene.world, &scene.start, asks[i], &err), -1);
		assert_code(err, CC_E_LIMIT);
		assert_true(is_ended(&scene));
		/* From here on nothing of it reaches the ledger. */
		{
			uint64_t before = entries(&scene);

			assert_int_equal(say(&scene.world, &scene.start, asks[i], &err), -1);
			assert_int_equal(entries(&scene), before);
		}
	}
}

/* Whoever has used them cannot have a new session for the same attempt. */
static void a_repeated_release_counts_too(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	AUTO_START struct start again = { 0 }, more = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	set_entries(&scene, CC_ATTEMPT_ENTRIES_MAX - 1);
	again = program_of(&scene.run, 0, 11);
	ok(release_to(&scene.world, &again, &oops));
	assert_true(again.repeated);
	more = program_of(&scene.run, 0, 11);
	assert_int_equal(release_to(&scene.world, &more, &err), -1);
	assert_code(err, CC_E_LIMIT);
}

/* Its end is never refused for that: it is one entry. */
static void an_attempt_that_has_used_its_entries_can_still_end(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	ok(say(&scene.world, &scene.start, TAG("1"), &oops));
	set_entries(&scene, CC_ATTEMPT_ENTRIES_MAX);
	ok(say(&scene.world, &scene.start, DONE, &oops));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_go_forwards),
		cmocka_unit_test(what_is_refused_ends_the_session_and_changes_nothing),
		cmocka_unit_test(the_same_frame_twice_is_answered_the_same_and_done_once),
		cmocka_unit_test(a_refused_frame_twice_is_refused_twice),
		cmocka_unit_test(other_bytes_under_a_number_end_the_session),
		cmocka_unit_test(the_frame_before_a_stray_one_keeps_its_answer),
		cmocka_unit_test(a_frame_from_the_future_ends_the_session_before_its_first),
		cmocka_unit_test(after_completion_the_session_is_over),
		cmocka_unit_test(an_attempt_that_failed_is_over),
		cmocka_unit_test(a_forged_frame_changes_nothing),
		cmocka_unit_test(a_frame_of_one_session_says_nothing_in_another),
		cmocka_unit_test(an_attempt_leads_to_only_so_many_entries),
		cmocka_unit_test(a_repeated_release_counts_too),
		cmocka_unit_test(an_attempt_that_has_used_its_entries_can_still_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
