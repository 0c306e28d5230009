/* SPDX-License-Identifier: Apache-2.0 */
/* A secret of another CAS: who gets it, and all that does not get it. */
#include "tests/unit/cas/net.h"

static void a_secret_of_another_cas_reaches_the_program(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_tree_head seen = { 0 };
	uint64_t before = 0;

	(void)state;
	begin(&net);
	before = entries_of(&net.giver);
	assert_given(&net);
	assert_int_equal(entries_of(&net.giver), before + 1);
	cc_state_begin(net.asker.world.state, WORLD_NOW);
	ok(cc_peer_seen(net.asker.world.state, &net.giver.world.keys.cas_hash, &seen, &oops));
	assert_int_equal(seen.size, before + 1);
	/* The same instance asks again, and so does its CAS: with a proof from what it has seen. */
	assert_given(&net);
	assert_int_equal(entries_of(&net.giver), before + 2);
}

static void a_software_key_is_enough_and_must_be_the_giver_s(void **state)
{
	struct cc_digest measured = { 0 }, software = { 0 };

	(void)state;
	memset(measured.b, 0x52, sizeof(measured.b));
	ok(cc_software_key("sgx", CC_DIGEST_SPAN(measured), &software, &oops));
	for (int good = 0; good < 2; good++) {
		AUTO_NET struct net net = { 0 };

		software.b[0] ^= good == 0;
		begin_with(&net, "cas_software_key", &software, "");
		software.b[0] ^= good == 0;
		if (good == 1)
			assert_given(&net);
		else
			assert_refused(&net, CC_E_DENIED, "not the CAS that policy");
	}
}

static void a_giver_with_another_key_is_refused(void **state)
{
	const struct cc_digest other = { { 7 } };
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin_with(&net, "cas_key", &other, "");
	assert_refused(&net, CC_E_EVIDENCE, "what it says of itself");
}

static void exports_that_do_not_name_this_cas_and_policy_give_nothing(void **state)
{
	static const char *const exports[] = {
		"",
		"{cas_url: c.example.com, cas_key: %s, session: sh1/other}",
		"{cas_url: c.example.com, cas_software_key: %s, session: sh1/s1}",
		"{cas_url: c.example.com, cas_key: %s, session: sh1/s1, session_hash: " HEX_A "}",
		"{session: sh1/s1}",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(exports); i++) {
		AUTO_NET struct net net = { 0 };

		begin(&net);
		write_giver(&net, TOLERATE, exports[i], false);
		assert_not_given(&net, "does not export");
	}
}

static void an_export_that_was_taken_back_closes_the_next_start(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	begin(&net);
	assert_given(&net);
	write_giver(&net, TOLERATE, "", false);
	assert_int_equal(start(&net, &err), -1);
	assert_says(err, "does not export");
}

static void another_version_than_the_import_pins_gives_nothing(void **state)
{
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin_with(&net, "cas_key", NULL, ", session_hash: " HEX_A);
	assert_not_given(&net, "is not the version");
}

static void a_giver_that_does_not_tolerate_the_class_gives_nothing(void **state)
{
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin(&net);
	write_giver(&net, "", EXPORT, false);
	assert_not_given(&net, "denied");
}

static void a_connection_is_good_for_one_ask(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	begin(&net);
	assert_given(&net);
	net.is_one_connection = true;
	assert_int_equal(start(&net, &err), -1);
	assert_says(err, "stale");
}

/* A relay has a connection to each; the exporters differ. */
static void evidence_over_another_connection_is_refused_by_both(void **state)
{
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin(&net);
	net.giver.exporter.b[0] ^= 1;
	assert_refused(&net, CC_E_EVIDENCE, "its evidence");
}

static void keep_ask(struct net *net, const char *path, struct cc_buf *body)
{
	if (!cc_str_eq(path, "/v1/peer"))
		return;
	if (net->kept.len == 0) {
		ok(cc_buf_add(&net->kept, cc_buf_span(body), &oops));
		return;
	}
	cc_buf_reset(body);
	ok(cc_buf_add(body, cc_buf_span(&net->kept), &oops));
}

static void an_ask_that_was_recorded_is_not_answered_again(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_err err = { 0 };
	uint64_t before = 0;

	(void)state;
	begin(&net);
	net.to_giver = keep_ask;
	assert_given(&net);
	before = entries_of(&net.giver);
	assert_int_equal(start(&net, &err), -1);
	assert_int_equal(entries_of(&net.giver), before);
}

static void keep_answer(struct net *net, const char *path, struct cc_buf *body)
{
	keep_ask(net, path, body);
}

static void an_answer_that_was_recorded_opens_nothing(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	begin(&net);
	net.to_asker = keep_answer;
	assert_given(&net);
	assert_int_equal(start(&net, &err), -1);
	assert_code(err, CC_E_EVIDENCE);
}

/* The ask, changed by whoever is between and put together again. */
static void (*change_ask)(struct net *net, struct cc_peer_ask *ask);

static void edit_ask(struct net *net, const char *path, struct cc_buf *body)
{
	CC_AUTO_PEER_ASK struct cc_peer_ask ask = { 0 };

	if (!cc_str_eq(path, "/v1/peer"))
		return;
	ok(cc_peer_ask_parse(cc_buf_span(body), &ask, &oops));
	change_ask(net, &ask);
	cc_buf_reset(body);
	ok(cc_peer_ask_print(&ask, body, &oops));
}

static void other_hash(struct net *net, struct cc_peer_ask *ask)
{
	(void)net;
	ask->want.policy_hash.b[0] ^= 1;
}

static void own_key(struct net *net, struct cc_peer_ask *ask)
{
	(void)net;
	ask->hpke.b[0] ^= 1;
}

static void other_nonce(struct net *net, struct cc_peer_ask *ask)
{
	(void)net;
	ask->nonce[0] ^= 1;
}

static void other_cas(struct net *net, struct cc_peer_ask *ask)
{
	(void)net;
	ask->cas_key.b[0] ^= 1;
}

/* With the signature of the asker's key, as a keeper that an exploit owns could make it. */
static void sign_again(struct net *net, struct cc_peer_ask *ask)
{
	struct cc_digest64 report = { 0 };

	ok(cc_peer_report(ask, &net->giver.exporter, cc_key_public(net->asker.world.keys.cas),
			  &report, &oops));
	ok(cc_peer_sign(net->asker.world.keys.cas, &report, ask, &oops));
}

static void other_hash_signed(struct net *net, struct cc_peer_ask *ask)
{
	other_hash(net, ask);
	sign_again(net, ask);
}

/* Evidence of the very keeper, of the very words, and for a runtime. */
static void evidence_of_a_runtime(struct net *net, struct cc_peer_ask *ask)
{
	struct cc_report report = { .role = CC_ROLE_RUNTIME,
				    .exporter = net->giver.exporter,
				    .cas_key = ask->cas_key,
				    .policy = ask->want.policy,
				    .service = ask->want.session,
				    .ticket = ask->nonce,
				    .hpke = ask->hpke };
	struct cc_digest64 data = { 0 };

	memcpy(report.nonce, ask->nonce, sizeof(report.nonce));
	ok(cc_report_data(&report, &data, &oops));
	cc_buf_reset(&ask->evidence);
	ok(__wrap_cc_platform_quote((void *)&net->asker, &data, &ask->evidence, &oops));
}

/* Another program on a good platform, which knows the asker's words but is no build of its policy.
 */
static void another_program(struct net *net, struct cc_peer_ask *ask)
{
	struct cc_digest64 report = { 0 };
	struct side other = { .net = net, .measurement = { { 9 } } };

	ok(cc_peer_report(ask, &net->giver.exporter, cc_key_public(net->asker.world.keys.cas),
			  &report, &oops));
	cc_buf_reset(&ask->evidence);
	ok(__wrap_cc_platform_quote((void *)&other, &report, &ask->evidence, &oops));
}

/* Signed and attested as it is now: only what the giver decides is left to refuse it. */
static void prove_again(struct net *net, struct cc_peer_ask *ask)
{
	struct cc_digest64 report = { 0 };

	sign_again(net, ask);
	ok(cc_peer_report(ask, &net->giver.exporter, cc_key_public(net->asker.world.keys.cas),
			  &report, &oops));
	cc_buf_reset(&ask->evidence);
	ok(__wrap_cc_platform_quote((void *)&net->asker, &report, &ask->evidence, &oops));
}

static void say_class(struct net *net, struct cc_peer_ask *ask, const char *class)
{
	free(ask->want.class);
	ask->want.class = NULL;
	ok(cc_str_dup(class, &ask->want.class, &oops));
	prove_again(net, ask);
}

static void no_class(struct net *net, struct cc_peer_ask *ask)
{
	say_class(net, ask, "none");
}

static void better_class(struct net *net, struct cc_peer_ask *ask)
{
	say_class(net, ask, "confidential");
}

/* The asker knows more of our ledger than there is: so it was rolled back. */
static void seen_more(struct net *net, struct cc_peer_ask *ask)
{
	ask->want.seen = 1000000;
	prove_again(net, ask);
}

static void other_signature(struct net *net, struct cc_peer_ask *ask)
{
	(void)net;
	ask->signature[0] ^= 1;
}

static void an_ask_that_is_not_what_was_attested_and_signed_is_refused(void **state)
{
	static const struct {
		void (*change)(struct net *net, struct cc_peer_ask *ask);
		const char *words;
	} cases[] = {
		{ other_signature, "evidence" },
		{ other_hash, "evidence" },
		{ own_key, "evidence" },
		{ other_nonce, "stale" },
		{ other_cas, "denied" },
		{ other_hash_signed, "evidence" },
		{ evidence_of_a_runtime, "evidence" },
		{ another_program, "denied" },
		{ no_class, "without a class" },
		{ seen_more, "stale" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_NET struct net net = { 0 };

		begin(&net);
		change_ask = cases[i].change;
		net.to_giver = edit_ask;
		assert_not_given(&net, cases[i].words);
	}
}

/* A program on good hardware does not make its keeper's platform good. */
static void the_weaker_class_of_program_and_keeper_counts(void **state)
{
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin(&net);
	write_giver(&net, "", EXPORT, false);
	change_ask = better_class;
	net.to_giver = edit_ask;
	assert_not_given(&net, "denied");
}

/* What comes back, changed on the way. */
static void (*change_answer)(struct net *net, struct cc_peer_answer *answer);

static void edit_answer(struct net *net, const char *path, struct cc_buf *body)
{
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { 0 };

	if (!cc_str_eq(path, "/v1/peer"))
		return;
	ok(cc_peer_answer_parse(cc_buf_span(body), &answer, &oops));
	change_answer(net, &answer);
	cc_buf_reset(body);
	ok(cc_peer_answer_print(&answer, body, &oops));
}

static void other_value(struct net *net, struct cc_peer_answer *answer)
{
	(void)net;
	answer->release.sealed.at[40] ^= 1;
}

static void other_index(struct net *net, struct cc_peer_answer *answer)
{
	(void)net;
	answer->release.index++;
}

/* The giver's own signature, over a head of its choice. */
static void sign_head(struct net *net, uint64_t size, const struct cc_digest *root,
		      struct cc_peer_answer *answer)
{
	const struct cc_cas_keys *keys = &net->giver.world.keys;
	struct cc_checkpoint checkpoint = { .head = { .size = size, .root = *root } };

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", WORLD_NAME);
	cc_buf_reset(&answer->checkpoint);
	ok(cc_checkpoint_sign(&checkpoint, &keys->log_name, keys->log, &answer->checkpoint, &oops));
}

static void older_head(struct net *net, struct cc_peer_answer *answer)
{
	const struct cc_digest root = { { 1 } };

	sign_head(net, 1, &root, answer);
}

static void another_head(struct net *net, struct cc_peer_answer *answer)
{
	const struct cc_digest root = { { 1 } };

	sign_head(net, answer->release.index + 1, &root, answer);
}

static void head_without_the_entry(struct net *net, struct cc_peer_answer *answer)
{
	const struct cc_digest root = { { 1 } };

	sign_head(net, answer->release.index, &root, answer);
	answer->proof_count = 0;
}

static void an_answer_that_was_changed_is_refused(void **state)
{
	static void (*const changes[])(struct net *, struct cc_peer_answer *) = { other_value,
										  other_index };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		AUTO_NET struct net net = { 0 };

		begin(&net);
		change_answer = changes[i];
		net.to_asker = edit_answer;
		assert_refused(&net, CC_E_EVIDENCE, "its answer");
	}
}

static void a_release_that_is_not_in_the_ledger_it_shows_is_refused(void **state)
{
	AUTO_NET struct net net = { 0 };

	(void)state;
	begin(&net);
	change_answer = head_without_the_entry;
	net.to_asker = edit_answer;
	assert_refused(&net, CC_E_EVIDENCE, "does not have the entry");
}

/* Once its ledger was seen, it cannot show an older one, nor another. */
static void a_giver_that_lies_about_its_checkpoint_is_refused(void **state)
{
	static void (*const changes[])(struct net *, struct cc_peer_answer *) = { older_head,
										  another_head };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		AUTO_NET struct net net = { 0 };
		struct cc_err err = { 0 };

		begin(&net);
		assert_given(&net);
		change_answer = changes[i];
		net.to_asker = edit_answer;
		assert_int_equal(start(&net, &err), -1);
		assert_code(err, CC_E_STALE);
	}
}

/* A keeper that is not in the policy of its own CAS, and one that says another class. */
static void a_giver_that_is_not_what_it_says_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO_NET struct net net = { 0 };

		begin(&net);
		if (i == 0)
			net.giver.measurement.b[0] ^= 1;
		else
			make_document(&net.giver, "confidential");
		assert_refused(&net, i == 0 ? CC_E_DENIED : CC_E_EVIDENCE, "its evidence");
	}
}

static void who_does_not_answer_in_time_is_named(void **state)
{
	AUTO_NET struct net net = { 0 };
	struct cc_message heard = { 0 };
	size_t used = 0;

	(void)state;
	begin(&net);
	make_evidence(&net);
	{
		CC_AUTO_BUF struct cc_buf body = { 0 };
		const uint8_t operation = CC_OP_ATTEST, exporter[32] = { 0 };
		struct cc_message message = { .type = CC_REQUEST, .id = 1 };

		ok(cc_attest_print(&net.start.attest, &body, &oops));
		message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
		message.fields[CC_REQUEST_EXPORTER] = CC_SPAN(exporter);
		message.fields[CC_REQUEST_BODY] = cc_buf_span(&body);
		send_on(net.asker.web, &web_says, &message);
	}
	assert_true(step_verifier(&net.asker));
	/* Web is told to connect, and nothing more is heard of it. */
	assert_true(
		hear(&net.asker, net.asker.web, &web_hears, &net.asker.from_web, &heard, &used));
	assert_int_equal(heard.type, CC_PEER_ASK);
	assert_true(cc_span_eq_str(heard.fields[CC_PEER_ADDRESS], "there.example.com:18765"));
	cc_message_drop(&net.asker.from_web, used);
	cc_fetch_tick(net.asker.keeper, cc_time_monotonic_ms() + CC_FETCH_LIFE_MS);
	while (!net.is_over && step_web(&net, &net.asker))
		;
	assert_true(net.is_over);
	assert_code(net.why, CC_E_UNAVAILABLE);
	assert_says(net.why, "it took more than 20 s");
	assert_says(net.why, "there.example.com");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_of_another_cas_reaches_the_program),
		cmocka_unit_test(a_software_key_is_enough_and_must_be_the_giver_s),
		cmocka_unit_test(a_giver_with_another_key_is_refused),
		cmocka_unit_test(exports_that_do_not_name_this_cas_and_policy_give_nothing),
		cmocka_unit_test(an_export_that_was_taken_back_closes_the_next_start),
		cmocka_unit_test(another_version_than_the_import_pins_gives_nothing),
		cmocka_unit_test(a_giver_that_does_not_tolerate_the_class_gives_nothing),
		cmocka_unit_test(the_weaker_class_of_program_and_keeper_counts),
		cmocka_unit_test(a_connection_is_good_for_one_ask),
		cmocka_unit_test(evidence_over_another_connection_is_refused_by_both),
		cmocka_unit_test(an_ask_that_was_recorded_is_not_answered_again),
		cmocka_unit_test(an_answer_that_was_recorded_opens_nothing),
		cmocka_unit_test(an_ask_that_is_not_what_was_attested_and_signed_is_refused),
		cmocka_unit_test(an_answer_that_was_changed_is_refused),
		cmocka_unit_test(a_release_that_is_not_in_the_ledger_it_shows_is_refused),
		cmocka_unit_test(a_giver_that_lies_about_its_checkpoint_is_refused),
		cmocka_unit_test(a_giver_that_is_not_what_it_says_is_refused),
		cmocka_unit_test(who_does_not_answer_in_time_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
