/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: the story of three stakeholders, its order, and every grant that is missing. */
#include "tests/unit/policy/world.h"

static const char sh1[] = "name: sh1/s1\n"
			  "services:\n"
			  "- {name: s1, image_name: i, command: [run], " PARTS ",\n"
			  "   executions: [{id: paid, consumer: sh3/pipeline, maximum: 3}]}\n"
			  "images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"
			  "volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n"
			  "tolerate: [simulation]\n";
static const char sh2[] =
	"name: sh2/s2\n"
	"services: [{name: s2, image_name: i, command: [run], " PARTS "}]\n"
	"images: [{name: i, volumes: [{name: in, path: /vol1}, {name: out, path: /vol2}]}]\n"
	"volumes:\n"
	"- {name: in, import: {session: sh3/pipeline, volume: vol1}}\n"
	"- {name: out, import: {session: sh3/pipeline, volume: vol2}}\n"
	"tolerate: [simulation]\n";
#define STAGES                                                                     \
	"workflow:\n  stages:\n  - {name: compute, policy: sh2/s2, service: s2}\n" \
	"  - {name: input, policy: sh1/s1, service: s1}\n"
static const char sh3[] =
	"name: sh3/pipeline\n"
	"volumes:\n"
	"- {name: vol1, lifetime: run, export: [sh1/s1, {session: sh2/s2, "
	"access: read}]}\n"
	"- {name: vol2, lifetime: run, export: sh2/s2}\n" STAGES "tolerate: [simulation]\n";

static struct cc_plan *plan_of(struct world *world, const char *workflow, enum cc_class class)
{
	const struct cc_plan_ask ask = { .workflow = &world->at[world_index(world, workflow)],
					 .view = &world->view,
					 .class = class,
					 .used = world_used,
					 .context = world };
	struct cc_plan *plan = NULL;
	struct cc_err err = { 0 };

	if (cc_plan_make(&ask, &plan, &err) != 0)
		fail_msg("%s", err.text);
	return plan;
}

/* A missing thing of this stage and owner whose sentence has `text` and whose hint has `hint`. */
static void assert_missing(const struct cc_plan *plan, const char *stage, const char *owner,
			   const char *text, const char *hint)
{
	for (size_t i = 0; i < plan->missing.count; i++) {
		const struct cc_plan_missing *one = &plan->missing.at[i];

		if (cc_str_eq(one->stage, stage) && cc_str_eq(one->owner, owner) &&
		    strstr(one->text, text) != NULL && strstr(one->hint, hint) != NULL)
			return;
	}
	for (size_t i = 0; i < plan->missing.count; i++)
		print_message("# missing: %s %s: %s (%s)\n", plan->missing.at[i].stage,
			      plan->missing.at[i].owner, plan->missing.at[i].text,
			      plan->missing.at[i].hint);
	fail_msg("not named as missing: %s %s: %s", stage, owner, text);
}

static void the_story_of_three_stakeholders_can_run(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	const struct cc_plan_stage *input = NULL, *compute = NULL;

	(void)state;
	world_put(&world, sh1);
	world_put(&world, sh2);
	world_put(&world, sh3);
	world_consent_all(&world);
	plan = plan_of(&world, "sh3/pipeline", CC_CLASS_SIMULATED);
	assert_int_equal(plan->missing.count, 0);
	assert_int_equal(plan->stages.count, 2);
	input = &plan->stages.at[0];
	compute = &plan->stages.at[1];
	assert_string_equal(input->name, "input");
	assert_string_equal(input->policy, "sh1/s1");
	assert_string_equal(input->service, "s1");
	assert_string_equal(input->grant, "paid");
	assert_int_equal(input->attempts, 3);
	assert_int_equal(input->needs.count, 0);
	assert_true(cc_digest_eq(&input->policy_hash, &world.at[0].hash));
	assert_string_equal(compute->name, "compute");
	assert_null(compute->grant);
	assert_int_equal(compute->needs.count, 1); /* inferred: it reads what input writes */
	assert_string_equal(compute->needs.at[0], "input");
	assert_int_equal(compute->volumes.count, 2);
	assert_string_equal(compute->volumes.at[0].owner, "sh3/pipeline");
	assert_string_equal(compute->volumes.at[0].volume, "vol1");
	assert_string_equal(compute->volumes.at[0].path, "/vol1");
	assert_int_equal(compute->volumes.at[0].access, CC_ACCESS_READ);
	assert_int_equal(compute->volumes.at[1].access, CC_ACCESS_WRITE);
	assert_int_equal(compute->volumes.at[1].lifetime, CC_LIFETIME_RUN);
}

static void who_can_read_each_volume_is_listed(void **state)
{
	static const char *const expected[] = {
		"vol1 sh1/s1 - -",        "vol1 sh1/s1 s1 input",  "vol1 sh2/s2 - -",
		"vol1 sh2/s2 s2 compute", "vol1 sh3/pipeline - -", "vol2 sh2/s2 - -",
		"vol2 sh2/s2 s2 compute", "vol2 sh3/pipeline - -",
	};
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;

	(void)state;
	world_put(&world, sh1);
	world_put(&world, sh2);
	world_put(&world, sh3);
	world_consent_all(&world);
	plan = plan_of(&world, "sh3/pipeline", CC_CLASS_SIMULATED);
	assert_int_equal(plan->readers.count, CC_COUNT(expected));
	for (size_t i = 0; i < plan->readers.count; i++) {
		const struct cc_plan_reader *one = &plan->readers.at[i];
		char text[128];

		(void)snprintf(text, sizeof(text), "%s %s %s %s", one->volume, one->policy,
			       one->service == NULL ? "-" : one->service,
			       one->stage == NULL ? "-" : one->stage);
		assert_string_equal(one->owner, "sh3/pipeline");
		assert_string_equal(text, expected[i]);
	}
}

static void every_missing_grant_is_named_with_its_owner_and_a_next_step(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;

	(void)state;
	world_put(&world,
		  "name: sh1/s1\n"
		  "services:\n"
		  "- {name: s1, image_name: i, mrenclaves: [" HEX_A "],\n"
		  "   executions: [{id: paid, consumer: somebody, maximum: 3}]}\n"
		  "images: [{name: i, volumes: [{name: out, path: /vol1}]}]\n"
		  "volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n");
	world_put(&world, sh2);
	world_put(&world,
		  "name: sh3/pipeline\n"
		  "volumes:\n"
		  "- {name: vol1, export: [sh1/s1, {session: sh2/s2, access: read}]}\n"
		  "- {name: vol2}\n" STAGES "  - {name: last, policy: sh4/s4, service: s4}\n"
		  "  - {name: none, policy: sh2/s2, service: nowhere}\n"
		  "tolerate: [simulation]\n");
	world_consent_all(&world);
	world_put(&world,
		  "name: sh2/s2\nservices: [{name: s2, image_name: i, command: [other], " PARTS
		  "}]\n"
		  "images: [{name: i, volumes: [{name: in, path: /vol1}, {name: out, path: "
		  "/vol2}]}]\n"
		  "volumes:\n"
		  "- {name: in, import: {session: sh3/pipeline, volume: vol1}}\n"
		  "- {name: out, import: {session: sh3/pipeline, volume: vol2}}\n"
		  "tolerate: [simulation]\n");
	plan = plan_of(&world, "sh3/pipeline", CC_CLASS_SIMULATED);
	assert_missing(plan, "input", "sh1/s1", "no 'command'", "");
	assert_missing(plan, "input", "sh1/s1", "does not tolerate the class SIMULATION",
		       "simulation");
	assert_missing(plan, "input", "sh1/s1", "may not be run on the account of 'sh3/pipeline'",
		       "the owner of 'sh1/s1' can add");
	assert_missing(plan, "input", "sh3/pipeline", "is not 'opaque'", "'sh3/pipeline'");
	assert_missing(plan, "compute", "sh3/pipeline", "'sh2/s2' has changed since",
		       "'sh3/pipeline'");
	assert_missing(plan, "compute", "sh3/pipeline", "does not export volume 'vol2'",
		       "export: [{session: sh2/s2}]");
	assert_missing(plan, "last", "sh4/s4", "policy 'sh4/s4' is not there", "creates it");
	assert_missing(plan, "none", "sh2/s2", "has no service 'nowhere'", "");
	assert_int_equal(plan->missing.count, 8);
	assert_int_equal(plan->stages.count, 4);
}

static void a_fourth_run_of_three_is_missing_its_grant(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_PLAN struct cc_plan *third = NULL, *fourth = NULL;

	(void)state;
	world_put(&world, sh1);
	world_put(&world, sh2);
	world_put(&world, sh3);
	world_consent_all(&world);
	world.used = 2;
	third = plan_of(&world, "sh3/pipeline", CC_CLASS_SIMULATED);
	assert_int_equal(third->missing.count, 0);
	world.used = 3;
	fourth = plan_of(&world, "sh3/pipeline", CC_CLASS_SIMULATED);
	assert_int_equal(fourth->missing.count, 1);
	assert_int_equal(fourth->missing.at[0].code, CC_E_LIMIT);
	assert_missing(fourth, "input", "sh1/s1", "grant 'paid' of 'sh1/s1/s1' is used up",
		       "the owner of 'sh1/s1'");
}

static void stages_of_one_run_share_what_is_left(void **state)
{
	static const char text[] =
		"name: p\n"
		"services: [{name: s, command: [x], " PARTS
		", executions: [{id: a, consumer: p, maximum: 3}]}]\n"
		"workflow: {stages: [{name: a, service: s}, {name: b, service: s}]}\n";
	CC_CLEANUP(world_clear) struct world world = { .used = 1 };
	CC_AUTO_PLAN struct cc_plan *fits = NULL, *over = NULL;

	(void)state;
	world_put(&world, text);
	fits = plan_of(&world, "p", CC_CLASS_NONE);
	assert_int_equal(fits->missing.count, 0);
	world.used = 2;
	over = plan_of(&world, "p", CC_CLASS_NONE);
	assert_int_equal(over->missing.count, 1);
	assert_string_equal(over->missing.at[0].stage, "b");
}

static void attempts_are_the_fewer_of_what_grant_and_stage_say(void **state)
{
	static const struct {
		const char *line, *stage;
		uint64_t attempts;
	} cases[] = {
		{ "", "", 3 },
		{ "", ", attempts: 7", 7 },
		{ ", executions: [{id: a, consumer: p, maximum: 3}]", "", 3 },
		{ ", executions: [{id: a, consumer: p, maximum: 3, attempts: 5}]", "", 5 },
		{ ", executions: [{id: a, consumer: p, maximum: 3, attempts: 5}]", ", attempts: 2",
		  2 },
		{ ", executions: [{id: a, consumer: p, maximum: 3, attempts: 5}]", ", attempts: 7",
		  5 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_CLEANUP(world_clear) struct world world = { 0 };
		CC_AUTO_PLAN struct cc_plan *plan = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err,
					 "name: p\nservices: [{name: s, command: [x], " PARTS
					 "%s}]\nworkflow: {stages: [{name: a, service: s%s}]}\n",
					 cases[i].line, cases[i].stage),
				 0);
		world_put(&world, text);
		plan = plan_of(&world, "p", CC_CLASS_NONE);
		assert_int_equal(plan->stages.at[0].attempts, cases[i].attempts);
	}
}

/* A workflow whose stages share volumes v and w as told; the names of the order, joined. */
static void order_of(const char *images, const char *stages, const char *expected,
		     const char *missing)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_PLAN struct cc_plan *plan = NULL;
	CC_AUTO_BUF struct cc_buf order = { 0 };
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };
	const char *str = NULL;

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nservices:\n"
				 "- {name: a, image_name: a, command: [x], " PARTS "}\n"
				 "- {name: b, image_name: b, command: [x], " PARTS "}\n"
				 "- {name: c, image_name: c, command: [x], " PARTS "}\n"
				 "images: [%s]\nvolumes: [{name: v}, {name: w}]\n"
				 "workflow: {stages: [%s]}\n",
				 images, stages),
			 0);
	world_put(&world, text);
	plan = plan_of(&world, "p", CC_CLASS_NONE);
	for (size_t i = 0; i < plan->stages.count; i++)
		assert_int_equal(cc_buf_add_str(&order, plan->stages.at[i].name, &err), 0);
	assert_int_equal(cc_buf_str(&order, &str, &err), 0);
	assert_string_equal(str, expected);
	assert_int_equal(plan->missing.count, missing == NULL ? 0 : 1);
	if (missing != NULL)
		assert_non_null(strstr(plan->missing.at[0].text, missing));
}

#define W(v) "{name: " #v ", path: /" #v "}"
#define R(v) "{name: " #v ", path: /" #v ", access: read}"
#define IMAGES(a, b, c) \
	"{name: a, volumes: [" a "]}, {name: b, volumes: [" b "]}, {name: c, volumes: [" c "]}"
#define ALL "{name: a, service: a}, {name: b, service: b}, {name: c, service: c}"

static void stages_are_ordered_by_needs_and_by_volumes(void **state)
{
	(void)state;
	order_of(IMAGES("", "", ""), ALL, "abc", NULL);
	order_of(IMAGES("", "", ""), "{name: c, service: c}, {name: b, service: b}", "bc", NULL);
	order_of(IMAGES("", "", ""),
		 "{name: a, service: a, needs: [c]}, {name: b, service: b}, {name: c, service: c}",
		 "bca", NULL);
	order_of(IMAGES(R(v), R(w), W(v) ", " W(w)), ALL, "cab", NULL);
	order_of(IMAGES(R(v), R(w) ", " W(v), W(w)), ALL, "cba", NULL);
	/* What is ordered beside them does not order a reader and its writer. */
	order_of(IMAGES(R(v), "", W(v)),
		 "{name: a, service: a, needs: [b]}, {name: b, service: b}, {name: c, service: c}",
		 "bca", NULL);
	/* Reading first, when it is said so. */
	order_of(IMAGES(R(v), W(v), ""), "{name: a, service: a}, {name: b, service: b, needs: [a]}",
		 "ab", NULL);
	order_of(IMAGES(R(v), W(v), ""), "{name: a, service: a}, {name: b, service: b}", "ba",
		 NULL);
	/* Two writers are ordered by their owner or not at all. */
	order_of(IMAGES(W(v), W(v), ""), "{name: a, service: a}, {name: b, service: b}", "ab",
		 "stages 'a' and 'b' both write volume 'v'");
	order_of(IMAGES(W(v), W(v), ""), "{name: a, service: a, needs: [b]}, {name: b, service: b}",
		 "ba", NULL);
	order_of(IMAGES(W(v), W(v), ""),
		 "{name: a, service: a, needs: [c]}, {name: b, service: b}, {name: c, service: c, "
		 "needs: [b]}",
		 "bca", NULL);
	/* Each reads what the other writes: nobody can begin. */
	order_of(IMAGES(W(v) ", " R(w), R(v) ", " W(w), ""),
		 "{name: a, service: a}, {name: b, service: b}", "ab", "waits for itself");
}

/* What an ephemeral mount writes is nobody's: it reads, and many do so beside each other. */
static void what_is_forgotten_orders_as_reading_does(void **state)
{
#define E(v) "{name: " #v ", path: /" #v ", update_policy: ephemeral}"
	(void)state;
	order_of(IMAGES(E(v), W(v), E(v)), ALL, "bac", NULL);
	order_of(IMAGES(E(v), E(v), ""), "{name: a, service: a}, {name: b, service: b}", "ab",
		 NULL);
}

/* Else a consumer reads what it has not paid for, and aborts the run. */
static void what_is_counted_at_completion_is_not_current_before(void **state)
{
	static const struct {
		const char *line, *current, *mount;
		size_t missing;
	} cases[] = {
		{ ", executions: [{id: a, consumer: p, maximum: 3}]", "commit", "", 1 },
		{ ", executions: [{id: a, consumer: p, maximum: 3, counted: start}]", "commit", "",
		  0 },
		{ ", executions: [{id: a, consumer: p, maximum: 3}]", "completion", "", 0 },
		{ ", executions: [{id: a, consumer: p, maximum: 3}]", "commit", ", access: read",
		  0 },
		{ ", executions: [{id: a, consumer: p, maximum: 3}]", "commit",
		  ", update_policy: ephemeral", 0 },
		{ "", "commit", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_CLEANUP(world_clear) struct world world = { 0 };
		CC_AUTO_PLAN struct cc_plan *plan = NULL;
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_strf(&text, &err,
				"name: p\nservices: [{name: s, image_name: i, command: [x], " PARTS
				"%s}]\nimages: [{name: i, volumes: [{name: v, path: /v%s}]}]\n"
				"volumes: [{name: v, current: %s}]\n"
				"workflow: {stages: [{name: a, service: s}]}\n",
				cases[i].line, cases[i].mount, cases[i].current),
			0);
		world_put(&world, text);
		plan = plan_of(&world, "p", CC_CLASS_NONE);
		assert_int_equal(plan->missing.count, cases[i].missing);
		if (cases[i].missing != 0)
			assert_missing(plan, "a", "p", "is counted at completion",
				       "counted: start");
	}
}

/* The order hangs on what the policy says and not on how it is written down. */
static void the_order_of_the_text_does_not_matter(void **state)
{
	(void)state;
	order_of(IMAGES(R(v), W(v), ""),
		 "{name: b, service: b}, {name: c, service: c}, {name: a, service: a}", "bac",
		 NULL);
	order_of(IMAGES(R(v), W(v), ""), ALL, "bac", NULL);
}

static void a_store_that_fails_is_no_missing_grant(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_plan_ask ask = { .used = world_used, .context = &world };
	struct cc_plan *plan = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_put(&world, sh3);
	world_put(&world, "name: p\n");
	world.is_broken = true;
	ask.workflow = &world.at[0];
	ask.view = &world.view;
	assert_int_equal(cc_plan_make(&ask, &plan, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	ask.workflow = &world.at[1];
	assert_int_equal(cc_plan_make(&ask, &plan, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_null(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_story_of_three_stakeholders_can_run),
		cmocka_unit_test(who_can_read_each_volume_is_listed),
		cmocka_unit_test(every_missing_grant_is_named_with_its_owner_and_a_next_step),
		cmocka_unit_test(a_fourth_run_of_three_is_missing_its_grant),
		cmocka_unit_test(stages_of_one_run_share_what_is_left),
		cmocka_unit_test(attempts_are_the_fewer_of_what_grant_and_stage_say),
		cmocka_unit_test(stages_are_ordered_by_needs_and_by_volumes),
		cmocka_unit_test(what_is_forgotten_orders_as_reading_does),
		cmocka_unit_test(what_is_counted_at_completion_is_not_current_before),
		cmocka_unit_test(the_order_of_the_text_does_not_matter),
		cmocka_unit_test(a_store_that_fails_is_no_missing_grant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
