/* SPDX-License-Identifier: Apache-2.0 */
/* What vendors have stated, in the state: held once, replaced by what is newer, never by older. */
#include "tests/unit/cas/world.h"

#include "cas/collateral.h"
#include "codec/text.h"

static struct cc_statement statement(enum cc_statement_kind kind, const char *subject,
				     uint64_t number)
{
	struct cc_statement out = { .kind = kind,
				    .platform = CC_PLATFORM_SGX,
				    .class = CC_CLASS_SIMULATED,
				    .number = number,
				    .from = WORLD_NOW,
				    .until = WORLD_NOW + 1000,
				    .bytes = cc_span_str("the text"),
				    .chain = cc_span_str("the chain") };

	(void)snprintf(out.subject, sizeof(out.subject), "%s", subject);
	out.issuer.b[0] = kind == CC_STATEMENT_CRL ? 2 : 1;
	out.root.b[0] = 1;
	out.hash.b[0] = (uint8_t)number;
	out.hash.b[1] = (uint8_t)kind;
	return out;
}

/* A TCB info and a list, both with this number. */
static struct cc_statements set_of(uint64_t tcb, uint64_t list)
{
	struct cc_statements out = { .count = 2 };

	out.at[0] = statement(CC_STATEMENT_TCB_INFO, "00606a000000", tcb);
	out.at[1] = statement(CC_STATEMENT_CRL, "Intel SGX Root CA", list);
	return out;
}

/* Decided and durable, or undone. How many were news, or -1. */
static int hold(struct world *world, const struct cc_statements *set, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *news = NULL;
	int count = 0;

	*err = (struct cc_err){ 0 };
	cc_state_begin(world->state, world->now);
	if (cc_collateral_hold(world->state, set, &news, err) != 0) {
		cc_state_undo(world->state);
		return -1;
	}
	count = news == NULL ? 0 : (int)cc_json_count(news);
	if (count == 0)
		cc_state_undo(world->state);
	else
		stand(world, "collateral.hold", NULL);
	return count;
}

static void assert_numbers(struct world *world, uint64_t tcb, uint64_t list)
{
	CC_AUTO_STATEMENTS struct cc_statements held = { 0 };

	ok(cc_collateral_load(world->state, &held, &oops));
	assert_int_equal(held.count, 2);
	assert_int_equal(held.at[0].number, tcb);
	assert_int_equal(held.at[1].number, list);
	assert_true(cc_span_eq_str(held.at[0].bytes, "the text"));
	assert_true(cc_span_eq_str(held.at[1].chain, "the chain"));
}

static void what_is_held_is_there_after_a_restart(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	const struct cc_statements set = set_of(17, 5);
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(hold(&world, &set, &err), 2);
	assert_numbers(&world, 17, 5);
	world_reopen(&world);
	assert_numbers(&world, 17, 5);
}

static void the_same_again_changes_nothing(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_statements set = set_of(17, 5);
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(hold(&world, &set, &err), 2);
	assert_int_equal(hold(&world, &set, &err), 0);
	set.at[0].chain = cc_span_str("a renewed chain");
	assert_int_equal(hold(&world, &set, &err), 1);
}

static void newer_takes_the_place_of_older(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_statements set = set_of(17, 5);
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(hold(&world, &set, &err), 2);
	set = set_of(18, 5);
	assert_int_equal(hold(&world, &set, &err), 1);
	assert_numbers(&world, 18, 5);
	set = set_of(18, 6);
	assert_int_equal(hold(&world, &set, &err), 1);
	assert_numbers(&world, 18, 6);
}

/* Also the part of it that would have been news. */
static void a_set_with_something_older_is_refused_whole(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_statements set = set_of(17, 5);
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(hold(&world, &set, &err), 2);
	set = set_of(18, 4);
	assert_int_equal(hold(&world, &set, &err), -1);
	assert_code(err, CC_E_STALE);
	assert_says(err, "number 4");
	assert_says(err, "known is 5");
	assert_numbers(&world, 17, 5);
	assert_int_equal(cc_collateral_check(world.state, &set, &err), -1);
	assert_code(err, CC_E_STALE);
	set = set_of(18, 5);
	ok(cc_collateral_check(world.state, &set, &oops));
	assert_numbers(&world, 17, 5);
}

static void there_is_room_for_so_many(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_statements set = set_of(17, 5);
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	for (size_t i = 0; i < CC_STATEMENTS_MAX; i++) {
		char fmspc[16];

		(void)snprintf(fmspc, sizeof(fmspc), "%012zx", i);
		set.at[i] = statement(CC_STATEMENT_TCB_INFO, fmspc, 1);
		set.at[i].hash.b[2] = (uint8_t)i;
	}
	set.count = CC_STATEMENTS_MAX;
	assert_int_equal(hold(&world, &set, &err), CC_STATEMENTS_MAX);
	set = set_of(17, 5);
	assert_int_equal(hold(&world, &set, &err), -1);
	assert_code(err, CC_E_TOOBIG);
}

static void there_is_room_for_so_many_bytes(void **state)
{
	static uint8_t large[CC_COLLATERAL_ITEM_MAX];
	AUTO_WORLD struct world world = { 0 };
	struct cc_statements set = { .count = 4 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	for (size_t i = 0; i < set.count; i++) {
		char fmspc[16];

		(void)snprintf(fmspc, sizeof(fmspc), "%012zx", i);
		set.at[i] = statement(CC_STATEMENT_TCB_INFO, fmspc, 1);
		set.at[i].hash.b[2] = (uint8_t)i;
		set.at[i].bytes = CC_SPAN(large);
	}
	assert_int_equal(hold(&world, &set, &err), -1);
	assert_code(err, CC_E_TOOBIG);
	set.count = 3;
	assert_int_equal(hold(&world, &set, &err), 3);
}

static void a_statement_is_read_by_its_hash(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	const struct cc_statements set = set_of(17, 5);
	struct asking_for ask = { .operation = cc_collateral_list, .caller = person(1) };
	CC_CLEANUP(cc_result_clear) struct cc_result result = { 0 };
	const struct cc_json *list = NULL;
	const char *text = NULL;
	struct cc_err err = { 0 };
	char hash[CC_HEX_DIGEST];

	(void)state;
	world_make(&world, 0, 0);
	assert_int_equal(hold(&world, &set, &err), 2);
	ok(ask_cas(&world, &ask, &result, &oops));
	ok(cc_json_get_array(result.answer, "statements", &list, &oops));
	assert_int_equal(cc_json_count(list), 2);
	cc_result_clear(&result);
	cc_hex_digest(&set.at[1].hash, hash);
	ask.operation = cc_collateral_read;
	ask.argument = hash;
	ok(ask_cas(&world, &ask, &result, &oops));
	ok(cc_json_get_object(result.answer, "statement", &list, &oops));
	ok(cc_json_get_str(list, "bytes", &text, &oops));
	assert_string_equal(text, "dGhlIHRleHQ=");
	cc_result_clear(&result);
	hash[0] = hash[0] == '0' ? '1' : '0';
	assert_int_equal(ask_cas(&world, &ask, &result, &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	ask.caller = person(0);
	assert_int_equal(ask_cas(&world, &ask, &result, &err), -1);
	assert_code(err, CC_E_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_is_there_after_a_restart),
		cmocka_unit_test(the_same_again_changes_nothing),
		cmocka_unit_test(newer_takes_the_place_of_older),
		cmocka_unit_test(a_set_with_something_older_is_refused_whole),
		cmocka_unit_test(there_is_room_for_so_many),
		cmocka_unit_test(there_is_room_for_so_many_bytes),
		cmocka_unit_test(a_statement_is_read_by_its_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
