/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/str.h"
#include "cas/records.h"

static void fill(struct cc_rec_run *run)
{
	struct cc_rec_stage *stage = NULL;
	struct cc_rec_name *need = NULL;
	struct cc_err err = { 0 };
	void *at = NULL;

	memset(run->id, 7, sizeof(run->id));
	assert_int_equal(cc_str_dup("sh3/pipeline", &run->workflow, &err), 0);
	assert_int_equal(cc_str_dup("open", &run->state, &err), 0);
	run->index = 41;
	assert_int_equal(cc_list_add(&run->stages, &cc_rec_stage, &at, &err), 0);
	stage = at;
	assert_int_equal(cc_str_dup("compute", &stage->name, &err), 0);
	stage->count_start = true;
	stage->attempts_max = 3;
	assert_int_equal(cc_list_add(&stage->needs, &cc_rec_name, &at, &err), 0);
	need = at;
	assert_int_equal(cc_str_dup("input-x", &need->name, &err), 0);
}

static void what_is_saved_is_loaded(void **state)
{
	struct cc_rec_run run = { 0 }, again = { 0 };
	CC_AUTO_BUF struct cc_buf one = { 0 }, two = { 0 };
	const struct cc_rec_stage *stage = NULL;
	struct cc_err err = { 0 };

	(void)state;
	fill(&run);
	assert_int_equal(cc_record_save(&cc_rec_run, &run, &one, &err), 0);
	assert_int_equal(cc_record_load(&cc_rec_run, cc_buf_span(&one), &again, &err), 0);
	assert_int_equal(cc_record_save(&cc_rec_run, &again, &two, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&one), cc_buf_span(&two)));
	assert_string_equal(again.workflow, "sh3/pipeline");
	assert_int_equal(again.index, 41);
	assert_int_equal(again.stages.count, 1);
	stage = CC_LIST_AT(again.stages, struct cc_rec_stage, 0);
	assert_true(stage->count_start);
	assert_null(stage->grant);
	assert_string_equal(CC_LIST_AT(stage->needs, struct cc_rec_name, 0)->name, "input-x");
	cc_record_clear(&cc_rec_run, &run);
	cc_record_clear(&cc_rec_run, &again);
}

static void secrets_go_through_rows_as_secrets(void **state)
{
	struct cc_rec_session session = { 0 }, again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_random(32, &session.up, &err), 0);
	assert_int_equal(cc_record_save(&cc_rec_session, &session, &text, &err), 0);
	assert_int_equal(cc_record_load(&cc_rec_session, cc_buf_span(&text), &again, &err), 0);
	assert_true(cc_secret_equal(session.up, again.up));
	assert_null(again.down);
	cc_record_clear(&cc_rec_session, &session);
	cc_record_clear(&cc_rec_session, &again);
}

static void another_shape_is_refused_and_leaves_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"rows\":-1}",
		"{\"rows\":\"1\"}",
		"{\"rows\":1.5}",
		"{\"rows\":1,\"more\":2}",
		"{\"rows\":1,\"rows\":1}",
		"{\"rows\":1} x",
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(bad); i++) {
		struct cc_rec_count count = { 0 };

		assert_int_equal(cc_record_load(&cc_rec_count, cc_span_str(bad[i]), &count, &err),
				 -1);
		assert_int_equal(count.rows, 0);
	}
}

static void an_element_is_dropped_in_place(void **state)
{
	struct cc_list list = { 0 };
	struct cc_err err = { 0 };
	void *at = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cc_list_add(&list, &cc_rec_open, &at, &err), 0);
		assert_int_equal(cc_strf(&((struct cc_rec_open *)at)->stage, &err, "s%d", i), 0);
	}
	cc_list_drop(&list, &cc_rec_open, 1);
	assert_int_equal(list.count, 2);
	assert_string_equal(CC_LIST_AT(list, struct cc_rec_open, 0)->stage, "s0");
	assert_string_equal(CC_LIST_AT(list, struct cc_rec_open, 1)->stage, "s2");
	cc_list_drop(&list, &cc_rec_open, 0);
	cc_list_drop(&list, &cc_rec_open, 0);
	free(list.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(secrets_go_through_rows_as_secrets),
		cmocka_unit_test(another_shape_is_refused_and_leaves_nothing),
		cmocka_unit_test(an_element_is_dropped_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
