/* SPDX-License-Identifier: Apache-2.0 */
/* Who wrote a volume, as its owner is told: each lease, what it left, and nobody else hears of it.
 */
#include "tests/unit/cas/story.h"

#include "base/str.h"
#include "cas/volumes.h"

#define STANDING S3_WITH("", TOLERATE)
#define AT_COMMIT S3_WITH("current: commit, ", TOLERATE)
#define S1_OFTEN S1_OF("maximum: 9, counted: start", TOLERATE)

static struct cc_json *body_for(const char *volume)
{
	struct cc_json *body = NULL;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", "sh3/pipeline", &oops));
	ok(cc_json_set_str(body, "volume", volume, &oops));
	return body;
}

static int ask(struct world *world, cc_operation_fn *operation, struct cc_caller caller,
	       const struct cc_json *body, struct cc_result *result, struct cc_err *err)
{
	struct asking_for what = { operation, caller, NULL, NULL, NULL };

	what.body = body;
	return ask_cas(world, &what, result, err);
}

/* The page from `from` on (0: from the newest), of `limit` lines. */
static struct cc_json *page(struct world *world, uint64_t from, uint64_t limit)
{
	CC_AUTO_JSON struct cc_json *body = body_for("vol1");
	struct cc_result result = { 0 };
	struct cc_json *answer = NULL;

	if (from != 0)
		ok(cc_json_set_u64(body, "from", from, &oops));
	if (limit != 0)
		ok(cc_json_set_u64(body, "limit", limit, &oops));
	ok(ask(world, cc_volume_writers, person(SH3), body, &result, &oops));
	assert_null(result.type); /* nothing is recorded */
	answer = result.answer;
	result.answer = NULL;
	cc_result_clear(&result);
	return answer;
}

static const struct cc_json *line(const struct cc_json *answer, size_t at)
{
	const struct cc_json *list = NULL;

	ok(cc_json_get_array(answer, "writers", &list, &oops));
	assert_true(at < cc_json_count(list));
	return cc_json_at(list, at);
}

static size_t lines(const struct cc_json *answer)
{
	const struct cc_json *list = NULL;

	ok(cc_json_get_array(answer, "writers", &list, &oops));
	return cc_json_count(list);
}

static uint64_t number(const struct cc_json *json, const char *name)
{
	uint64_t value = 0;

	ok(cc_json_get_u64(json, name, UINT64_MAX, &value, &oops));
	return value;
}

static void assert_text(const struct cc_json *json, const char *name, const char *expected)
{
	const char *text = NULL;

	ok(cc_json_get_str(json, name, &text, &oops));
	assert_string_equal(text, expected);
}

/* The owner writes and names `commit`; 0: gives it up. */
static void owner_writes(struct world *world, uint64_t commit)
{
	CC_AUTO_JSON struct cc_json *begin = body_for("vol1"), *end = body_for("vol1");
	struct cc_result begun = { 0 }, ended = { 0 };
	struct cc_digest tag = { { 0xaa } };
	const char *id = NULL;

	ok(ask(world, cc_owner_write, person(SH3), begin, &begun, &oops));
	ok(cc_json_get_str(begun.answer, "write", &id, &oops));
	ok(cc_json_set_str(end, "write", id, &oops));
	if (commit != 0) {
		ok(cc_json_set_u64(end, "number", commit, &oops));
		ok(cc_json_set_hex(end, "tag", CC_DIGEST_SPAN(tag), &oops));
		ok(cc_json_set_hex(end, "content", CC_DIGEST_SPAN(tag), &oops));
	}
	ok(ask(world, cc_owner_written, person(SH3), end, &ended, &oops));
	cc_result_clear(&begun);
	cc_result_clear(&ended);
}

static void stages_and_owners_are_told_apart_newest_first(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;
	const struct cc_json *owner = NULL, *stage = NULL;
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, DONE, &oops));
	owner_writes(&world, 9);
	answer = page(&world, 0, 0);
	assert_int_equal(number(answer, "count"), 2);
	assert_int_equal(lines(answer), 2);
	assert_false(cc_json_has(answer, "next"));
	owner = line(answer, 0);
	assert_text(owner, "by", "owner");
	assert_int_equal(number(owner, "lease"), 2);
	assert_int_equal(number(owner, "number"), 9);
	assert_int_equal(number(owner, "epoch"), 2);
	assert_false(cc_json_has(owner, "run") || cc_json_has(owner, "key"));
	stage = line(answer, 1);
	assert_text(stage, "by", "stage");
	assert_text(stage, "run", run.run);
	assert_text(stage, "workflow", "sh3/pipeline");
	assert_text(stage, "stage", "input");
	assert_text(stage, "policy", "sh1/s1");
	assert_text(stage, "service", "s1");
	assert_text(stage, "outcome", "complete");
	assert_int_equal(number(stage, "epoch"), 1);
	assert_true(number(stage, "end_index") > number(stage, "index"));
	assert_true(number(owner, "index") > number(stage, "end_index"));
}

/* Whoever gave up left nothing; the state of the one before is not told as theirs. */
static void what_was_given_up_names_no_state(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;

	(void)state;
	tell_story(&world, S1, STANDING);
	owner_writes(&world, 4);
	owner_writes(&world, 0);
	answer = page(&world, 0, 0);
	assert_text(line(answer, 0), "outcome", "given-up");
	assert_false(cc_json_has(line(answer, 0), "number"));
	assert_text(line(answer, 1), "outcome", "complete");
	assert_int_equal(number(line(answer, 1), "number"), 4);
}

/* What is current at commit stays when its writer fails, and is seen while it writes. */
static void commits_count_before_and_without_a_completion(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	CC_AUTO_JSON struct cc_json *during = NULL, *after = NULL;
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1_OFTEN, AT_COMMIT);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, TAG("3"), &oops));
	during = page(&world, 0, 0);
	assert_text(line(during, 0), "outcome", "writing");
	assert_int_equal(number(line(during, 0), "number"), 3);
	assert_false(cc_json_has(line(during, 0), "ended"));
	ok(say(&world, &one, FAILED, &oops));
	after = page(&world, 0, 0);
	assert_text(line(after, 0), "outcome", "given-up");
	assert_int_equal(number(line(after, 0), "number"), 3);
}

static void pages_follow_each_other_without_a_gap(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	uint64_t from = 0, expected = 5;

	(void)state;
	tell_story(&world, S1, STANDING);
	for (uint64_t commit = 1; commit <= 5; commit++)
		owner_writes(&world, commit);
	do {
		CC_AUTO_JSON struct cc_json *answer = page(&world, from, 2);

		assert_int_equal(number(answer, "count"), 5);
		for (size_t i = 0; i < lines(answer); i++, expected--) {
			assert_int_equal(number(line(answer, i), "lease"), expected);
			assert_int_equal(number(line(answer, i), "number"), expected);
		}
		from = cc_json_has(answer, "next") ? number(answer, "next") : 0;
	} while (from != 0);
	assert_int_equal(expected, 0);
}

static void the_list_is_its_owners_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = body_for("vol1"), *unused = body_for("vol2");
	const struct cc_caller others[] = { person(SH1), person(STRANGER), certificate(SH3) };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	owner_writes(&world, 4);
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		assert_int_equal(ask(&world, cc_volume_writers, others[i], body, &result, &err),
				 -1);
		assert_code(err, CC_E_DENIED);
	}
	assert_int_equal(ask(&world, cc_volume_writers, person(SH3), NULL, &result, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_int_equal(ask(&world, cc_volume_writers, person(SH3), unused, &result, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_and_owners_are_told_apart_newest_first),
		cmocka_unit_test(what_was_given_up_names_no_state),
		cmocka_unit_test(commits_count_before_and_without_a_completion),
		cmocka_unit_test(pages_follow_each_other_without_a_gap),
		cmocka_unit_test(the_list_is_its_owners_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
