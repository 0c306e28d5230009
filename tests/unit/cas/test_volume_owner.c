/* SPDX-License-Identifier: Apache-2.0 */
/* What an owner writes into a volume without a runtime: who may, one at a time, and exposed. */
#include "tests/unit/cas/story.h"

#include "base/str.h"
#include "cas/idempotency.h"
#include "cas/volumes.h"

#define STANDING S3_WITH("", TOLERATE)

/* What a write was given. */
struct write {
	char id[33];
	uint64_t epoch, lease;
	struct cc_secret *key, *base;
};

static void write_clear(struct write *write)
{
	cc_secret_free(write->key);
	cc_secret_free(write->base);
	*write = (struct write){ 0 };
}
/* None is the same as no other. */
static bool same_key(const struct cc_secret *a, const struct cc_secret *b)
{
	return a != NULL && b != NULL && cc_secret_equal(a, b);
}
#define AUTO_WRITE CC_CLEANUP(write_clear)

static int ask(struct world *world, cc_operation_fn *operation, struct cc_caller caller,
	       const struct cc_json *body, struct cc_result *result, struct cc_err *err)
{
	struct asking_for what = { operation, caller, NULL, NULL, NULL };

	what.body = body;
	return ask_cas(world, &what, result, err);
}

static struct cc_json *body_for(const char *volume)
{
	struct cc_json *body = NULL;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", "sh3/pipeline", &oops));
	ok(cc_json_set_str(body, "volume", volume, &oops));
	return body;
}

static void read_write(const struct cc_json *answer, struct write *out)
{
	const struct cc_json *base = NULL;
	const char *id = NULL;

	ok(cc_json_get_str(answer, "write", &id, &oops));
	assert_true(strlen(id) == 32);
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	ok(cc_json_get_u64(answer, "epoch", 99, &out->epoch, &oops));
	ok(cc_json_get_u64(answer, "lease", 99, &out->lease, &oops));
	ok(cc_json_get_secret(answer, "key", 32, &out->key, &oops));
	if (!cc_json_has(answer, "base"))
		return;
	ok(cc_json_get_object(answer, "base", &base, &oops));
	ok(cc_json_get_secret(base, "key", 32, &out->base, &oops));
}

static int begin_as(struct world *world, struct cc_caller caller, const char *volume,
		    struct write *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = body_for(volume);
	struct cc_result result = { 0 };

	if (ask(world, cc_owner_write, caller, body, &result, err) != 0)
		return -1;
	read_write(result.answer, out);
	cc_result_clear(&result);
	return 0;
}

/* `number` 0: it is given up. */
static int end_as(struct world *world, struct cc_caller caller, const struct write *write,
		  uint64_t number, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = body_for("vol1");
	struct cc_result result = { 0 };
	struct cc_digest tag = { { 0xaa } }, content = { { 0xbb } };

	ok(cc_json_set_str(body, "write", write->id, &oops));
	if (number != 0) {
		ok(cc_json_set_u64(body, "number", number, &oops));
		ok(cc_json_set_hex(body, "tag", CC_DIGEST_SPAN(tag), &oops));
		ok(cc_json_set_hex(body, "content", CC_DIGEST_SPAN(content), &oops));
	}
	if (ask(world, cc_owner_written, caller, body, &result, err) != 0)
		return -1;
	assert_false(cc_json_has(result.answer, "key"));
	cc_result_clear(&result);
	return 0;
}

static void what_the_owner_wrote_is_read_with_its_content_checked(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start reader = { 0 };
	AUTO_WRITE struct write write = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(begin_as(&world, person(SH3), "vol1", &write, &oops));
	assert_null(write.base);
	ok(end_as(&world, person(SH3), &write, 4, &oops));
	ok(open_run(&world, SH3, &run, &oops));
	reader = program_of(&run, 0, 11);
	ok(release_to(&world, &reader, &oops));
	assert_int_equal(reader.config.volumes[0].base.number, 4);
	assert_true(reader.config.volumes[0].base.has_content);
	assert_int_equal(reader.config.volumes[0].base.content.b[0], 0xbb);
	assert_true(same_key(reader.config.volumes[0].base.key, write.key));
}

static void a_volume_is_written_by_its_owner_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_WRITE struct write write = { 0 };
	struct cc_caller transport = person(SH3);
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	transport.transport = true;
	assert_int_equal(begin_as(&world, transport, "vol1", &write, &err), -1);
	assert_code(err, CC_E_DENIED);
	for (uint8_t who = SH1; who <= SH2; who++) {
		assert_int_equal(begin_as(&world, person(who), "vol1", &write, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_int_equal(begin_as(&world, person(who), "nothing", &write, &err), -1);
		assert_code(err, CC_E_DENIED); /* whether it is there or not */
	}
	assert_int_equal(begin_as(&world, person(SH3), "nothing", &write, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	ok(begin_as(&world, person(SH3), "vol1", &write, &oops));
	assert_int_equal(end_as(&world, person(SH1), &write, 4, &err), -1);
	assert_code(err, CC_E_DENIED);
}

static void what_a_run_made_is_not_written_afterwards(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_WRITE struct write write = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	assert_int_equal(begin_as(&world, person(SH3), "vol1", &write, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "each run's own");
}

static void an_owner_and_a_stage_do_not_write_at_once(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 };
	AUTO_WRITE struct write write = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(begin_as(&world, person(SH3), "vol1", &write, &oops));
	assert_int_equal(release_to(&world, &one, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(end_as(&world, person(SH3), &write, 0, &oops));
	ok(release_to(&world, &one, &oops));
	assert_null(one.config.volumes[0].base.key); /* what was given up is nothing */
	write_clear(&write);
	assert_int_equal(begin_as(&world, person(SH3), "vol1", &write, &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

/* Whoever lost one begins another, in an epoch of its own; the lost one names nothing any more. */
static void a_second_write_takes_the_first_over(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_WRITE struct write one = { 0 }, two = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(begin_as(&world, person(SH3), "vol1", &one, &oops));
	ok(begin_as(&world, person(SH3), "vol1", &two, &oops));
	assert_true(same_key(two.key, two.key));
	assert_false(same_key(one.key, two.key));
	assert_true(two.epoch > one.epoch);
	assert_true(two.lease > one.lease);
	assert_int_equal(end_as(&world, person(SH3), &one, 4, &err), -1);
	assert_code(err, CC_E_STALE);
	ok(end_as(&world, person(SH3), &two, 4, &oops));
	assert_int_equal(end_as(&world, person(SH3), &two, 5, &err), -1);
	assert_code(err, CC_E_STALE);
}

static void the_state_that_a_write_goes_on_from_is_exposed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start one = { 0 }, reader = { 0 };
	AUTO_WRITE struct write write = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, STANDING);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 11);
	ok(release_to(&world, &one, &oops));
	ok(say(&world, &one, DONE, &oops));
	ok(begin_as(&world, person(SH3), "vol1", &write, &oops));
	assert_true(same_key(write.base, one.config.volumes[0].attempt.key));
	ok(end_as(&world, person(SH3), &write, 0, &oops));
	reader = program_of(&run, 1, 12);
	ok(release_to(&world, &reader, &oops));
	assert_true(reader.config.volumes[0].base.has_content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_owner_wrote_is_read_with_its_content_checked),
		cmocka_unit_test(a_volume_is_written_by_its_owner_alone),
		cmocka_unit_test(what_a_run_made_is_not_written_afterwards),
		cmocka_unit_test(an_owner_and_a_stage_do_not_write_at_once),
		cmocka_unit_test(a_second_write_takes_the_first_over),
		cmocka_unit_test(the_state_that_a_write_goes_on_from_is_exposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
