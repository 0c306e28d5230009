/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as they are written, and the releases that rest on them. */
#include "tests/unit/cas/story.h"

#include "base/str.h"
#include "base/time.h"

static void rule_1_4_a_name_below_another_needs_its_leave(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	assert_int_equal(create(&world, SH1, "name: sh1/s1\n", &err), -1);
	assert_code(err, CC_E_NOTFOUND);
	assert_says(err, "namespace 'sh1'");
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	assert_int_equal(create(&world, STRANGER, "name: sh1/s1\n", &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_int_equal(create(&world, 0, "name: other\n", &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(create(&world, SH1, "name: sh1/s1\n", &oops));
	/* A repeat is answered; another's attempt at the name is not one. */
	ok(create(&world, SH1, "name: sh1/s1\n", &oops));
	assert_int_equal(create(&world, STRANGER, "name: sh1\n", &err), -1);
	assert_code(err, CC_E_CONFLICT);
	assert_int_equal(create(&world, SH1, "name: sh1/s1\ntolerate: [simulation]\n", &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

/* SCONE's language, 1.4: whoever took the name of a namespace is known by its hash. */
static void rule_1_4_a_namespace_may_be_pinned_by_its_hash(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_POLICY struct cc_policy *parent = NULL;
	struct cc_digest hash = { 0 };
	char hex[CC_HEX_DIGEST], text[256];
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	ok(cc_policy_parse(cc_span_str(SPACE("sh1")), &parent, &oops));
	ok(cc_policy_hash(parent, &hash, &oops));
	hash.b[0] ^= 1;
	cc_hex_digest(&hash, hex);
	(void)snprintf(text, sizeof(text), "name: sh1/s1\nnamespace_hash: %s\n", hex);
	assert_int_equal(create(&world, SH1, text, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "'namespace_hash'");
	hash.b[0] ^= 1;
	cc_hex_digest(&hash, hex);
	(void)snprintf(text, sizeof(text), "name: sh1/s1\nnamespace_hash: %s\n", hex);
	ok(create(&world, SH1, text, &oops));
	(void)snprintf(text, sizeof(text), "name: top\nnamespace_hash: %s\n", hex);
	assert_int_equal(create(&world, SH1, text, &err), -1);
	assert_says(err, "the namespace '/' does not exist");
}

/* SCONE's language, 1.4, and its fourth exercise. */
static void rule_1_4_a_policy_of_0_2_is_no_namespace(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, "name: sh1\nversion: '0.2'\n", &oops));
	assert_int_equal(create(&world, SH1, "name: sh1/s1\n", &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "'sh1' is of version 0.2");
	ok(update(&world, SH1, "sh1", "name: sh1\nversion: '0.3'\n", &oops));
	ok(create(&world, SH1, "name: sh1/s1\n", &oops));
}

/* 1.4: what the namespace became later does not matter to who is in it already. */
static void rule_1_4_the_hash_of_the_namespace_counts_at_the_creation_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_rec_policy row = { 0 };
	struct cc_digest hash = { 0 };
	char hex[CC_HEX_DIGEST], text[256];
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	ok(cc_state_get(world.state, &cc_rec_policy, "sh1", &row, &oops));
	memcpy(hash.b, row.hash, sizeof(hash.b));
	cc_record_clear(&cc_rec_policy, &row);
	cc_hex_digest(&hash, hex);
	(void)snprintf(text, sizeof(text), "name: sh1/s1\nnamespace_hash: %s\n", hex);
	ok(create(&world, SH1, text, &oops));
	ok(update(&world, SH1, "sh1", SPACE("sh1") "tolerate: [simulation]\n", &oops));
	(void)snprintf(text, sizeof(text), "name: sh1/s2\nnamespace_hash: %s\n", hex);
	assert_int_equal(create(&world, SH1, text, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(update(&world, SH1, "sh1/s1", "name: sh1/s1\ntolerate: [simulation]\n", &oops));
}

/* SCONE's language, 1.4: the root namespace is claimed first, or never. */
static void rule_1_4_the_root_is_claimed_before_all_others(void **state)
{
	AUTO_WORLD struct world world = { 0 }, late = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, "name: /\n", &oops));
	assert_int_equal(create(&world, SH2, "name: sh2\n", &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(create(&world, SH1, "name: sh1\n", &oops));
	world_make(&late, 1, 1);
	ok(create(&late, SH1, "name: sh1\n", &oops));
	assert_int_equal(create(&late, SH1, "name: /\n", &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "sealed");
}

static void a_repeat_makes_no_entry(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	uint64_t size = 0;

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	size = cc_state_frontier(world.state)->size;
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	assert_int_equal(cc_state_frontier(world.state)->size, size);
}

static void rule_1_5_an_update_follows_the_version_that_is_active(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	assert_int_equal(send_policy(&world, person(SH2), cc_policy_update, "sh2/s2", S2, &err),
			 -1);
	assert_code(err, CC_E_CONFLICT);
	assert_int_equal(update(&world, SH2, "sh2/s2", S1, &err), -1);
	assert_code(err, CC_E_ARG); /* the text is another policy than the request says */
	ok(update(&world, SH2, "sh2/s2", S2_WITH("tolerate: [simulation, debug]\n"), &oops));
}

/* Of a text that names no predecessor, the request says which version its author has read. */
static int update_after(struct world *world, const struct cc_digest *read, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct asking_for ask = { cc_policy_update, person(SH2), "sh2/s2", NULL, NULL };
	struct cc_result result = { 0 };
	int done = 0;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", S2_WITH("tolerate: [simulation, debug]\n"), &oops));
	ok(cc_json_set_hex(body, "predecessor", CC_DIGEST_SPAN(*read), &oops));
	ask.body = body;
	done = ask_cas(world, &ask, &result, err);
	cc_result_clear(&result);
	return done;
}

static void an_update_of_a_version_that_was_not_read_is_refused(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_rec_policy row = { 0 };
	struct cc_digest read = { { 1 } };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	assert_int_equal(update_after(&world, &read, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(cc_state_get(world.state, &cc_rec_policy, "sh2/s2", &row, &oops));
	memcpy(read.b, row.hash, sizeof(read.b));
	cc_record_clear(&cc_rec_policy, &row);
	ok(update_after(&world, &read, &oops));
}

/* A text that says whose it is becomes nobody else's. */
static void a_policy_is_made_by_the_creator_that_it_names(void **state)
{
	static const uint8_t people[] = { SH1, SH2 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(people); i++) {
		AUTO_WORLD struct world world = { 0 };
		const struct cc_caller named = person(SH2);
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_err err = { 0 };
		const char *policy = NULL;

		world_make(&world, 1, 1);
		ok(cc_buf_add_str(&text, "name: p\ncreator: ", &oops));
		ok(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(named.key), &oops));
		ok(cc_buf_add_str(&text, "\n", &oops));
		ok(cc_buf_str(&text, &policy, &oops));
		assert_int_equal(create(&world, people[i], policy, &err),
				 people[i] == SH2 ? 0 : -1);
		assert_code(err, people[i] == SH2 ? CC_OK : CC_E_DENIED);
	}
}

/* The grant was to the program that SH3 saw: another one is not what it agreed to. */
static void a_changed_grantee_is_closed_out_until_the_giver_writes_again(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	ok(update(&world, SH2, "sh2/s2", S2_WITH("tolerate: [simulation, debug]\n"), &oops));
	do_stage(&world, &run, 0, 11);
	{
		AUTO_START struct start compute = program_of(&run, 1, 12);

		/* The run was opened with another policy. */
		assert_int_equal(release_to(&world, &compute, &err), -1);
		assert_code(err, CC_E_CONFLICT);
		assert_says(err, "has changed since the run was opened");
	}
	ok(abort_run(&world, SH3, &run, &oops));
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "sh2/s2");
	assert_used(&world, 1, 0);
	ok(update(&world, SH3, "sh3/pipeline", S3, &oops));
	ok(open_run(&world, SH3, &run, &oops));
}

static void the_consumer_s_own_change_closes_its_open_runs(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	ok(update(&world, SH3, "sh3/pipeline", S3, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_CONFLICT);
	}
}

static void executions_need_a_cas_with_witnesses(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 0, 0);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	assert_int_equal(create(&world, SH1, S1, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(create(&world, SH1, S1_OF("maximum: 3", "tolerate: [simulation, unwitnessed]\n"),
		  &oops));
}

/* One thing is wrong with what asks for the release. */
static void wrong_measurement(struct start *start)
{
	start->claims.measurement[31] ^= 1;
}

static void debug_enclave(struct start *start)
{
	start->claims.debug = true;
}

static void old_platform(struct start *start)
{
	start->claims.tcb = CC_TCB_OUT_OF_DATE;
}

static void revoked_platform(struct start *start)
{
	start->claims.tcb = CC_TCB_REVOKED;
}

static void no_class(struct start *start)
{
	start->claims.class = CC_CLASS_NONE;
}

static void wrong_ticket(struct start *start)
{
	start->attest.ticket[0] ^= 1;
}

static void another_service(struct start *start)
{
	ok(cc_text_set(&start->attest.service, "s2", &oops));
}

static void another_policy(struct start *start)
{
	ok(cc_text_set(&start->attest.policy, "sh2/s2", &oops));
}

/* The keeper's own time ends an exception; the story begins at 2027-01-15T08:00:00Z. */
static void an_exception_ends_for_releases(void **state)
{
	static const char s1[] =
		S1_OF("maximum: 3",
		      TOLERATE "security:\n  attestation:\n    exceptions:\n"
			       "    - {tolerate: outdated-tcb, until: 2027-01-15T09:00:00Z}\n");
	AUTO_WORLD struct world world = { 0 };
	AUTO_START struct start input = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, s1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	input = program_of(&run, 0, 11);
	old_platform(&input);
	world.now += 2 * 3600;
	assert_int_equal(release_to(&world, &input, &err), -1);
	assert_code(err, CC_E_DENIED);
	world.now -= 2 * 3600;
	ok(release_to(&world, &input, &oops));
}

static void what_is_not_agreed_is_not_released_to(void **state)
{
	static const struct {
		void (*spoil)(struct start *start);
		enum cc_code code;
		const char *says;
	} rows[] = {
		{ wrong_measurement, CC_E_DENIED, "" },
		{ debug_enclave, CC_E_DENIED, "debug" },
		{ old_platform, CC_E_DENIED, "" },
		{ revoked_platform, CC_E_DENIED, "" },
		{ no_class, CC_E_DENIED, "" },
		{ wrong_ticket, CC_E_DENIED, "no such ticket" },
		{ another_service, CC_E_DENIED, "the ticket is for 'sh1/s1/s1'" },
		{ another_policy, CC_E_DENIED, "the ticket is for 'sh1/s1/s1'" },
	};
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	uint64_t size = 0;

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	size = cc_state_frontier(world.state)->size;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_START struct start input = program_of(&run, 0, 11);
		struct cc_err err = { 0 };

		rows[i].spoil(&input);
		if (release_to(&world, &input, &err) == 0)
			fail_msg("row %zu was released to", i);
		assert_code(err, rows[i].code);
		assert_says(err, rows[i].says);
	}
	assert_int_equal(cc_state_frontier(world.state)->size, size);
	assert_stage(&world, &run, 0, "ready");
	do_stage(&world, &run, 0, 11);
}

static void simulation_needs_the_word_of_every_owner(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 3", ""), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_DENIED);
		input.claims.class = CC_CLASS_CONFIDENTIAL;
		ok(release_to(&world, &input, &oops));
	}
}

/* SH3's data does not go to a simulated machine, whatever SH1 puts up with. */
static void the_giver_of_data_has_a_word_too(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3_WITH("lifetime: run, ", ""));
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_DENIED);
	}
}

static void a_stage_waits_for_what_it_needs(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start compute = program_of(&run, 1, 12);

		assert_int_equal(release_to(&world, &compute, &err), -1);
		assert_code(err, CC_E_CONFLICT);
		do_stage(&world, &run, 0, 11);
		ok(release_to(&world, &compute, &oops));
	}
	{
		AUTO_START struct start input = program_of(&run, 0, 13);

		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_CONFLICT);
		assert_says(err, "is complete");
	}
}

static void the_same_instance_gets_the_same_attempt_again(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 3, attempts: 1", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start one = program_of(&run, 0, 11),
					again = program_of(&run, 0, 11);
		struct cc_err err = { 0 };

		ok(release_to(&world, &one, &oops));
		assert_false(one.repeated);
		ok(release_to(&world, &again, &oops));
		assert_true(again.repeated);
		assert_memory_equal(one.config.attempt, again.config.attempt, CC_ID_LEN);
		assert_true(cc_secret_equal(one.config.volumes[0].attempt.key,
					    again.config.volumes[0].attempt.key));
		assert_memory_not_equal(one.frames.session, again.frames.session, CC_ID_LEN);
		/* Two sessions never mix: the first is over. */
		assert_int_equal(say(&world, &one, TAG("1"), &err), -1);
		assert_code(err, CC_E_STALE);
		ok(say(&world, &again, DONE, &oops));
	}
	assert_used(&world, 1, 0);
}

#define BOUND(maximum) S1_OF("maximum: " maximum ", binding: true", TOLERATE ANYONE)
#define ANYONE "access_policy: {update: ANY}\n"

/* The owner of the service changes it alone, up to what the consumer was promised. */
static void a_binding_line_is_lowered_with_its_consumer_alone(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, BOUND("3"), S3);
	ok(update(&world, SH1, "sh1/s1", BOUND("5"), &oops));
	assert_int_equal(update(&world, SH1, "sh1/s1", BOUND("4"), &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "'paid' of service 's1' is binding and is lowered");
	assert_int_equal(update(&world, SH2, "sh1/s1", BOUND("4"), &err), -1);
	assert_code(err, CC_E_DENIED);
	/* the web's word for a certificate could be anybody's */
	assert_int_equal(update_as(&world, certificate(SH3), "sh1/s1", BOUND("4"), &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(update(&world, SH3, "sh1/s1", BOUND("4"), &oops));
}

/* A name that nobody has taken is nobody who could consent. */
static void a_binding_line_of_nobody_binds_nobody(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, SPACE("sh1"), &oops));
	ok(create(&world, SH1, BOUND("3"), &oops));
	ok(update(&world, SH1, "sh1/s1", BOUND("2"), &oops));
}

/* A run that was opened in time is not started after the end of the contract that pays for it. */
static void no_ticket_outlives_the_contract(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	AUTO_START struct start one = { 0 }, late = { 0 };
	CC_AUTO_FREE char *policy = NULL;
	struct cc_err err = { 0 };
	char until[CC_TIME_TEXT];

	(void)state;
	cc_time_print(WORLD_NOW + 1000, until);
	ok(cc_strf(&policy, &oops, S1_OF("maximum: 3, until: '%s'", TOLERATE), until));
	tell_story(&world, policy, S3);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 1);
	ok(release_to(&world, &one, &oops));
	world.now += 1000;
	ok(release_to(&world, &one, &oops)); /* it was started before */
	assert_true(one.repeated);
	late = program_of(&run, 0, 2);
	assert_int_equal(release_to(&world, &late, &err), -1);
	assert_code(err, CC_E_EXPIRED);
	assert_says(err, "grant 'paid' of 'sh1/s1/s1' ended");
}

/* SCONE's language, 1.7.2: what was attested once is known, and is not configured again. */
static void an_instance_of_a_singleton_is_attested_once(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 }, later = { 0 };
	AUTO_START struct start one = { 0 }, other = { 0 }, reused = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, S1_OF("maximum: 3", TOLERATE "security: {singleton_enclaves: true}\n"),
		   S3);
	ok(open_run(&world, SH3, &run, &oops));
	one = program_of(&run, 0, 1);
	ok(release_to(&world, &one, &oops));
	assert_int_equal(release_to(&world, &one, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "attested before");
	/* another one takes over; the first is out, under this ticket and any other */
	other = program_of(&run, 0, 2);
	ok(release_to(&world, &other, &oops));
	ok(open_run(&world, SH3, &later, &oops));
	reused = program_of(&later, 0, 1);
	assert_int_equal(release_to(&world, &reused, &err), -1);
	assert_code(err, CC_E_DENIED);
}

static void another_instance_takes_the_stage_over(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start one = program_of(&run, 0, 11),
					two = program_of(&run, 0, 12);
		struct cc_err err = { 0 };

		ok(release_to(&world, &one, &oops));
		ok(release_to(&world, &two, &oops));
		assert_false(two.repeated);
		assert_memory_not_equal(one.config.attempt, two.config.attempt, CC_ID_LEN);
		assert_int_equal(say(&world, &one, DONE, &err), -1);
		assert_code(err, CC_E_STALE);
		assert_stage(&world, &run, 0, "running");
		assert_used(&world, 0, 1);
		ok(say(&world, &two, DONE, &oops));
	}
	assert_used(&world, 1, 0);
}

/* What is sealed to one key and signed over one report opens for nobody else. */
static void a_release_is_for_the_key_and_report_of_its_evidence(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world, S1, S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);
		const struct cc_presented presented = { &input.claims, 1, &world.cas.roots };
		const struct cc_release_call call = { &input.attest, &presented, &input.report,
						      NULL, NULL };
		CC_AUTO_RELEASE struct cc_release release = { 0 };
		CC_AUTO_HPKE_KEY struct cc_hpke_key *other = NULL;
		CC_AUTO_JSON struct cc_json *fields = NULL;
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_digest64 another = { { 1 } };
		struct cc_release_expect expect = { .report_data = &another,
						    .key = input.hpke,
						    .cas = cc_key_public(world.keys.cas),
						    .pin = &world.keys.cas_hash };
		struct cc_release_outcome outcome = { 0 };
		struct cc_err err = { 0 };

		ok(cc_hpke_key_generate(&other, &oops));
		cc_state_begin(world.state, world.now);
		ok(cc_release_decide(world.state, &call, &release, &outcome, &fields, &oops));
		assert_int_equal(release.index, cc_state_index(world.state));
		stand(&world, "release", fields);
		assert_int_equal(cc_release_open(&release, &expect, &text, &input.frames, &err),
				 -1);
		assert_code(err, CC_E_EVIDENCE);
		expect.report_data = &input.report;
		expect.key = other;
		assert_int_equal(cc_release_open(&release, &expect, &text, &input.frames, &err),
				 -1);
		assert_code(err, CC_E_TAMPERED);
		open_release(&world, &input, &release);
	}
}

/* SH1 and SH2 are the board of a service that imports nothing. */
#define STOPPABLE                                                                   \
	"name: sh1/s1\nservices: [{name: s1, " PROGRAM ", executions: [{id: paid, " \
	"consumer: sh3/pipeline, maximum: 3}]}]\n"                                  \
	"images: [{name: i}]\n" TOLERATE
static int stop_as(struct world *world, uint8_t who, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct asking_for ask = { cc_proposal_create, person(who), NULL, NULL, NULL };
	struct cc_result result = { 0 };
	int done = 0;

	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "kind", "stop", &oops));
	ok(cc_json_set_str(body, "name", "sh1/s1", &oops));
	ask.body = body;
	done = ask_cas(world, &ask, &result, err);
	cc_result_clear(&result);
	return done;
}

static void key_of_person(uint8_t who, char out[static 96])
{
	const struct cc_caller caller = person(who);
	CC_AUTO_BUF struct cc_buf text = { 0 };

	ok(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(caller.key), &oops));
	(void)snprintf(out, 96, "%.*s", (int)text.len, (const char *)text.at);
}

static int look_at_plan(struct world *world, uint8_t who, struct cc_err *err)
{
	const struct asking_for ask = { cc_workflow_plan_show, person(who), "sh3/pipeline", NULL,
					NULL };
	struct cc_result result = { 0 };
	int done = ask_cas(world, &ask, &result, err);

	cc_result_clear(&result);
	return done;
}

static void a_service_that_a_member_of_the_board_stopped_is_not_released(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *text = NULL;
	struct opened run = { 0 }, none = { 0 };
	struct cc_err err = { 0 };
	char one[96], other[96];

	(void)state;
	key_of_person(SH1, one);
	key_of_person(SH2, other);
	ok(cc_strf(
		&text, &oops,
		"%sboard: {rule: one, members: [{name: one, key: %s}, {name: other, key: %s}]}\n",
		STOPPABLE, one, other));
	tell_story(&world, text, S3);
	ok(open_run(&world, SH3, &run, &oops));
	ok(stop_as(&world, SH2, &oops));
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		/* Without a volume between them the stages stand in the order of their names. */
		memcpy(input.attest.ticket, run.tickets[1], sizeof(input.attest.ticket));
		assert_int_equal(release_to(&world, &input, &err), -1);
		assert_code(err, CC_E_DENIED);
		assert_says(err, "stopped");
	}
	assert_int_equal(open_run(&world, SH3, &none, &err), -1);
	assert_code(err, CC_E_DENIED);
	world.now += 24 * 3600;
	ok(look_at_plan(&world, SH3, &oops)); /* which brings the state to the time */
	{
		AUTO_START struct start input = program_of(&run, 0, 11);

		memcpy(input.attest.ticket, run.tickets[1], sizeof(input.attest.ticket));
		ok(release_to(&world, &input, &oops));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_that_a_member_of_the_board_stopped_is_not_released),
		cmocka_unit_test(rule_1_4_a_name_below_another_needs_its_leave),
		cmocka_unit_test(rule_1_4_a_namespace_may_be_pinned_by_its_hash),
		cmocka_unit_test(rule_1_4_a_policy_of_0_2_is_no_namespace),
		cmocka_unit_test(rule_1_4_the_hash_of_the_namespace_counts_at_the_creation_alone),
		cmocka_unit_test(rule_1_4_the_root_is_claimed_before_all_others),
		cmocka_unit_test(a_repeat_makes_no_entry),
		cmocka_unit_test(rule_1_5_an_update_follows_the_version_that_is_active),
		cmocka_unit_test(an_update_of_a_version_that_was_not_read_is_refused),
		cmocka_unit_test(a_policy_is_made_by_the_creator_that_it_names),
		cmocka_unit_test(a_changed_grantee_is_closed_out_until_the_giver_writes_again),
		cmocka_unit_test(the_consumer_s_own_change_closes_its_open_runs),
		cmocka_unit_test(executions_need_a_cas_with_witnesses),
		cmocka_unit_test(an_exception_ends_for_releases),
		cmocka_unit_test(what_is_not_agreed_is_not_released_to),
		cmocka_unit_test(simulation_needs_the_word_of_every_owner),
		cmocka_unit_test(the_giver_of_data_has_a_word_too),
		cmocka_unit_test(a_stage_waits_for_what_it_needs),
		cmocka_unit_test(the_same_instance_gets_the_same_attempt_again),
		cmocka_unit_test(no_ticket_outlives_the_contract),
		cmocka_unit_test(an_instance_of_a_singleton_is_attested_once),
		cmocka_unit_test(a_binding_line_is_lowered_with_its_consumer_alone),
		cmocka_unit_test(a_binding_line_of_nobody_binds_nobody),
		cmocka_unit_test(another_instance_takes_the_stage_over),
		cmocka_unit_test(a_release_is_for_the_key_and_report_of_its_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
