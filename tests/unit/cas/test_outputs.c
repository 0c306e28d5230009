/* SPDX-License-Identifier: Apache-2.0 */
/* What attempts do to volumes: leases, commits, epochs, and what of it stays. */
#include "tests/unit/cas/story.h"

#include "base/str.h"
#include "cas/volumes.h"

#define AT_START S1_OF("maximum: 9, counted: start", TOLERATE)
#define AT_COMMIT S3_WITH("current: commit, ", TOLERATE)
#define STANDING S3_WITH("", TOLERATE)
/* S1 with its mount so. */
#define S1_MOUNTS(how)                                                        \
	"name: sh1/s1\nservices: [{name: s1, " PROGRAM "}]\n"                 \
	"images: [{name: i, volumes: [{name: out, path: /vol1, " how "}]}]\n" \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n" TOLERATE
#define FAIL "{\"type\":\"fail\",\"exit\":1}"
#define EPOCH "{\"type\":\"epoch\",\"volume\":\"out\",\"number\":5,\"tag\":\"" HEX_D "\"}"

static struct cc_rec_volume volume_of(struct world *world, const char *name)
{
	CC_AUTO_FREE char *row = NULL;
	struct cc_rec_volume volume = { 0 };

	ok(cc_volume_row("sh3/pipeline", name, NULL, &row, &oops));
	ok(cc_state_get(world->state, &cc_rec_volume, row, &volume, &oops));
	return volume;
}

static void assert_named(struct world *world, uint64_t epoch, uint64_t number)
{
	struct cc_rec_volume volume = volume_of(world, "vol1");

	assert_true(volume.committed);
	assert_int_equal(volume.epoch, epoch);
	assert_int_equal(volume.number, number);
	cc_record_clear(&cc_rec_volume, &volume);
}

/* Who fails has not undone what it had committed; the next one has a lease and a key of its own. */
static void a_named_commit_is_where_the_next_writer_goes_on(void **state)
{
	static const struct {
		const char *s3;
		uint64_t ahead;
	} rows[] = {
		{ AT_COMMIT, CC_WINDOW_COMMITS },
		{ S3_WITH("current: commit, window: {commits: 3}, ", TOLERATE), 3 },
		{ S3_WITH("current: commit, strict: true, ", TOLERATE), 0 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { 0 };
		AUTO_START struct start one = { 0 }, two = { 0 };
		const struct cc_config_volume *from = NULL;
		struct opened run = { 0 };

		tell_story(&world, AT_START, rows[i].s3);
		ok(open_run(&world, SH3, &run, &oops));
		one = program_of(&run, 0, 11);
		ok(release_to(&world, &one, &oops));
		assert_int_equal(one.config.volumes[0].commit.current, CC_CONFIG_COMMIT);
		ok(say(&world, &one, TAG("3"), &oops));
		ok(say(&world, &one, FAIL, &oops));
		two = program_of(&run, 0, 12);
		ok(release_to(&world, &two, &oops));
		from = &two.config.volumes[0];
		assert_int_equal(from->base.epoch, 1);
		assert_int_equal(from->base.number, 3);
		assert_int_equal(from->base.ahead, rows[i].ahead);
		assert_int_equal(from->commit.is_strict, rows[i].ahead == 0);
		assert_true(cc_secret_equal(from->base.key, one.config.volumes[0].attempt.key));
		assert_int_equal(from->attempt.epoch, 2);
		assert_int_equal(one.config.volumes[0].attempt.lease, 1);
		assert_int_equal(from->attempt.lease, 2);
	}
}

/* Before the completion nothing is named: what fails leaves no trace. */
static void a_volume_that_is_current_at_completion_keeps_nothing_of_a_failure(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, two = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	ok(say(&world, &one, FAIL, &oops));
	two = program_of(&run, 0, 12);
	ok(release_to(&world, &two, &oops));
	assert_null(two.config.volumes[0].base.key);
}

/* An order end leaves exactly one state, whatever the storage shows beside it. */
static void a_completed_state_is_exactly_what_was_named(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, two = { 0 };
	struct opened run = { 0 }, next = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	ok(open_run(&world, SH3, &next, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	ok(say(&world, &one, DONE, &oops));
	two = program_of(&next, 0, 12);
	ok(release_to(&world, &two, &oops));
	assert_int_equal(two.config.volumes[0].base.number, 7);
	assert_int_equal(two.config.volumes[0].base.ahead, 0);
}

/* By takeover the fence rises: the former writer names nothing any more, and undoes nothing. */
static void a_fenced_writer_is_refused_for_ever(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, two = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	two = program_of(&run, 0, 12);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	ok(release_to(&world, &two, &oops));
	assert_int_equal(say(&world, &one, TAG("4"), &err), -1);
	assert_code(err, CC_E_STALE);
	assert_named(&world, 1, 3);
	ok(say(&world, &two, TAG("1"), &oops));
	assert_named(&world, 2, 1);
	world_reopen(&world);
	assert_int_equal(say(&world, &one, TAG("9"), &err), -1);
	assert_code(err, CC_E_STALE);
	assert_int_equal(say(&world, &one, DONE, &err), -1);
	assert_code(err, CC_E_STALE);
	assert_named(&world, 2, 1);
}

/* The lease alone, without the session that ends with it: an attempt of an earlier fence. */
static void a_lease_of_an_earlier_fence_names_nothing(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	struct cc_rec_volume volume = { 0 };
	CC_AUTO_FREE char *row = NULL;
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	volume = volume_of(&world, "vol1");
	volume.lease++;
	ok(cc_volume_row("sh3/pipeline", "vol1", NULL, &row, &oops));
	cc_state_begin(world.state, world.now);
	ok(cc_state_put(world.state, &cc_rec_volume, row, &volume, &oops));
	stand(&world, "test", NULL);
	cc_record_clear(&cc_rec_volume, &volume);
	assert_int_equal(say(&world, &one, TAG("3"), &err), -1);
	assert_code(err, CC_E_STALE);
	assert_says(err, "taken the volume over");
}

/* Its writer reuses space that a reader would still need. */
static void what_is_written_at_commit_has_no_readers_meanwhile(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, reader = { 0 }, writer = { 0 };
	struct opened run = { 0 }, next = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	ok(open_run(&world, SH3, &next, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, DONE, &oops));
	writer = program_of(&next, 0, 12);
	ok(release_to(&world, &writer, &oops));
	reader = program_of(&run, 1, 13);
	assert_int_equal(release_to(&world, &reader, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	assert_says(err, "being written");
	ok(say(&world, &writer, DONE, &oops));
	ok(release_to(&world, &reader, &oops));
}

/* Who has a key can make another tree of the same tag: readers are held to the content. */
static void an_exposed_state_is_read_with_its_content_checked(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, before = { 0 }, after = { 0 };
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, DONE, &oops));
	before = program_of(&run, 1, 12);
	ok(release_to(&world, &before, &oops));
	assert_false(before.config.volumes[0].base.has_content);
	ok(ask_key(&world, person(SH3), "vol1", NULL, &key, &oops));
	after = program_of(&run, 1, 13);
	ok(release_to(&world, &after, &oops));
	assert_true(after.config.volumes[0].base.has_content);
	assert_int_equal(after.config.volumes[0].base.content.b[0], 0xbb);
}

#define DONE_FROM(oldest)                                                                      \
	COMPLETE("{\"volume\":\"out\",\"number\":7,\"tag\":\"" HEX_A "\",\"content\":\"" HEX_B \
		 "\",\"oldest\":" oldest "}," VOLUME("@log", "1"))

/* A later state still has parts that the key opens: who has it can make others of the same tag. */
static void what_is_made_from_an_exposed_state_is_exposed(void **state)
{
	static const struct {
		const char *done;
		bool exposed;
	} rows[] = { { DONE, true }, { DONE_FROM("1"), true }, { DONE_FROM("2"), false } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { 0 };
		AUTO_START struct start one = { 0 }, two = { 0 }, three = { 0 };
		CC_AUTO_BUF struct cc_buf key = { 0 };
		struct opened runs[3] = { 0 };

		tell_story(&world, S1, STANDING);
		for (size_t k = 0; k < CC_COUNT(runs); k++)
			ok(open_run(&world, SH3, &runs[k], &oops));
		one = program_of(&runs[0], 0, 11);
		ok(release_to(&world, &one, &oops));
		ok(say(&world, &one, DONE, &oops));
		ok(ask_key(&world, person(SH3), "vol1", NULL, &key, &oops));
		two = program_of(&runs[1], 0, 12);
		ok(release_to(&world, &two, &oops));
		ok(say(&world, &two, rows[i].done, &oops));
		three = program_of(&runs[2], 0, 13);
		ok(release_to(&world, &three, &oops));
		assert_int_equal(three.config.volumes[0].base.epoch, 2);
		assert_int_equal(three.config.volumes[0].base.has_content, rows[i].exposed);
	}
}

static void a_key_does_not_leave_before_the_content_is_known(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	assert_int_equal(ask_key(&world, person(SH3), "vol1", NULL, &key, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(say(&world, &one, DONE, &oops));
	ok(ask_key(&world, person(SH3), "vol1", NULL, &key, &oops));
}

/* What writes for nobody is no stage that others wait for: the order is that of the names. */
static void open_compute_first(struct world *world, struct opened *run)
{
	uint8_t ticket[CC_TICKET_LEN];

	ok(open_run(world, SH3, run, &oops));
	memcpy(ticket, run->tickets[0], sizeof(ticket));
	memcpy(run->tickets[0], run->tickets[1], sizeof(ticket));
	memcpy(run->tickets[1], ticket, sizeof(ticket));
}

/* SCONE's language, 1.11: the CAS ignores the changes, the old state goes on working. */
static void rule_1_11_what_is_ephemeral_becomes_nobodys(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, two = { 0 }, three = { 0 };
	struct opened run = { 0 }, beside = { 0 };
	struct cc_rec_attempt attempt = { 0 };
	struct cc_rec_volume volume = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1_MOUNTS("update_policy: ephemeral"), STANDING);
	open_compute_first(&world, &run);
	open_compute_first(&world, &beside);
	one = program_of(&run, 0, 11);
	two = program_of(&beside, 0, 12);
	three = program_of(&beside, 0, 13);
	ok(release_to(&world, &one, &oops));
	ok(release_to(&world, &two, &oops)); /* at the same time: nobody has a lease */
	assert_int_equal(one.config.volumes[0].commit.current, CC_CONFIG_NEVER);
	assert_false(cc_secret_equal(one.config.volumes[0].attempt.key,
				     two.config.volumes[0].attempt.key));
	assert_int_equal(say(&world, &two, TAG("3"), &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(release_to(&world, &three, &oops));
	ok(say(&world, &one, COMPLETE(VOLUME("@log", "1")), &oops));
	volume = volume_of(&world, "vol1");
	assert_false(volume.committed || volume.leased);
	assert_int_equal(volume.reading, 1);
	ok(cc_attempt_load(world.state, one.config.attempt, &attempt, &oops));
	for (size_t i = 0; i < attempt.outputs.count; i++)
		assert_null(CC_LIST_AT(attempt.outputs, struct cc_rec_output, i)->key);
	cc_record_clear(&cc_rec_attempt, &attempt);
	cc_record_clear(&cc_rec_volume, &volume);
	assert_int_equal(say(&world, &three, DONE, &err), -1);
	assert_code(err, CC_E_ARG);
}

static void a_runtime_is_told_what_is_staged(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(
		&world,
		"name: sh1/s1\nservices: [{name: s1, staged: 512, " PROGRAM "}]\n"
		"images: [{name: i, volumes: [{name: out, path: /vol1, staged: 64}]}]\n"
		"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n" TOLERATE,
		STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	assert_int_equal(one.config.image.staged, 512);
	assert_int_equal(one.config.volumes[0].staged, 64);
	assert_int_equal(one.config.log.staged, 0);
}

static void rule_1_11_without_rollback_protection_any_state_is_as_good(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, two = { 0 };
	struct opened run = { 0 }, next = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	ok(create(&world, SH2, SPACE("sh2"), &oops));
	ok(create(&world, SH3, SPACE("sh3"), &oops));
	ok(create(&world, SH1, S1_MOUNTS("update_policy: no_rollback_protection"), &oops));
	ok(create(&world, SH2, S2, &oops));
	ok(create(&world, SH3,
		  "name: sh3/pipeline\nvolumes:\n"
		  "- {name: vol1, export: [{session: sh1/s1, update_policy: "
		  "no_rollback_protection}, {session: sh2/s2, access: read}]}\n"
		  "- {name: vol2, export: sh2/s2}\nworkflow:\n  stages:\n"
		  "  - {name: input, policy: sh1/s1, service: s1}\n"
		  "  - {name: compute, policy: sh2/s2, service: s2}\n" TOLERATE,
		  &oops));
	ok(open_run(&world, SH3, &run, &oops));
	ok(open_run(&world, SH3, &next, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, DONE, &oops));
	two = program_of(&next, 0, 12);
	ok(release_to(&world, &two, &oops));
	assert_true(two.config.volumes[0].base.is_any);
}

/* The files of a state that somebody still reads stay. */
static void who_writes_learns_whether_it_is_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, reader = { 0 }, two = { 0 }, three = { 0 };
	struct opened run = { 0 }, next = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 9", TOLERATE), STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	ok(open_run(&world, SH3, &next, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	assert_true(one.config.volumes[0].commit.is_alone);
	ok(say(&world, &one, DONE, &oops));
	reader = program_of(&run, 1, 12);
	ok(release_to(&world, &reader, &oops));
	two = program_of(&next, 0, 13);
	ok(release_to(&world, &two, &oops));
	assert_false(two.config.volumes[0].commit.is_alone);
	ok(say(&world, &reader, FAIL, &oops));
	three = program_of(&next, 0, 14);
	ok(release_to(&world, &three, &oops));
	assert_true(three.config.volumes[0].commit.is_alone);
}

/* The epoch of the answer to `frame`. */
static struct cc_rec_output epoch_in(struct start *start, struct cc_span frame)
{
	struct cc_frames frames = start->frames;
	CC_AUTO_BUF struct cc_buf plain = { 0 }, key = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *epoch = NULL;
	struct cc_rec_output out = { 0 };

	ok(cc_frame_answered(&frames, frame, &plain, &oops));
	ok(cc_json_parse(cc_buf_span(&plain), 4096, &json, &oops));
	ok(cc_json_get_object(json, "epoch", &epoch, &oops));
	ok(cc_json_get_u64(epoch, "epoch", 99, &out.epoch, &oops));
	ok(cc_json_get_hex(epoch, "state", CC_MUT(out.state), &oops));
	ok(cc_json_get_base64(epoch, "key", 32, &key, &oops));
	ok(cc_secret_from(cc_buf_span(&key), &out.key, &oops));
	return out;
}

/* A key is drawn once for each epoch, and a lost answer is given again as it was. */
static void a_writer_goes_on_in_an_epoch_of_its_own(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	CC_AUTO_BUF struct cc_buf frame = { 0 }, first = { 0 }, again = { 0 };
	struct cc_rec_output got = { 0 }, repeated = { 0 };
	struct cc_rec_volume volume = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, AT_START, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	ok(cc_frame_ask(&one.frames, cc_span_str(EPOCH), &frame, &oops));
	ok(deliver(&world, cc_buf_span(&frame), &first, &oops));
	got = epoch_in(&one, cc_buf_span(&first));
	assert_int_equal(got.epoch, 2);
	assert_false(cc_secret_equal(got.key, one.config.volumes[0].attempt.key));
	assert_memory_not_equal(got.state, one.config.volumes[0].attempt.state, CC_ID_LEN);
	world_reopen(&world);
	ok(deliver(&world, cc_buf_span(&frame), &again, &oops));
	repeated = epoch_in(&one, cc_buf_span(&again));
	assert_true(cc_secret_equal(got.key, repeated.key));
	assert_memory_equal(got.state, repeated.state, CC_ID_LEN);
	/* Until a commit of the new epoch is named, the last one of the old is the state. */
	assert_named(&world, 1, 5);
	ok(read_answer(&one, cc_buf_span(&again), &oops));
	ok(say(&world, &one, TAG("1"), &oops));
	assert_named(&world, 2, 1);
	volume = volume_of(&world, "vol1");
	assert_true(cc_secret_equal(volume.key, got.key));
	cc_record_clear(&cc_rec_volume, &volume);
	cc_secret_free(got.key);
	cc_secret_free(repeated.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_commit_is_where_the_next_writer_goes_on),
		cmocka_unit_test(a_volume_that_is_current_at_completion_keeps_nothing_of_a_failure),
		cmocka_unit_test(a_completed_state_is_exactly_what_was_named),
		cmocka_unit_test(a_fenced_writer_is_refused_for_ever),
		cmocka_unit_test(a_lease_of_an_earlier_fence_names_nothing),
		cmocka_unit_test(what_is_written_at_commit_has_no_readers_meanwhile),
		cmocka_unit_test(an_exposed_state_is_read_with_its_content_checked),
		cmocka_unit_test(what_is_made_from_an_exposed_state_is_exposed),
		cmocka_unit_test(a_key_does_not_leave_before_the_content_is_known),
		cmocka_unit_test(rule_1_11_what_is_ephemeral_becomes_nobodys),
		cmocka_unit_test(a_runtime_is_told_what_is_staged),
		cmocka_unit_test(rule_1_11_without_rollback_protection_any_state_is_as_good),
		cmocka_unit_test(who_writes_learns_whether_it_is_alone),
		cmocka_unit_test(a_writer_goes_on_in_an_epoch_of_its_own),
	};

	return cmocka_run_group_tests_name("cas/outputs", tests, NULL, NULL);
}
