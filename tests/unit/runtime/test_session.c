/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "runtime/session.h"
#include "tests/unit/runtime/fake_cas.h"

#define CONFIGURATION "the configuration"

struct world {
	struct fake_cas cas;
	struct cc_key *other;
	struct cc_link link;
	struct cc_evidence_source source;
	struct cc_attest_plan plan;
};

static int set_up(void **state)
{
	static struct world w;
	struct cc_err err = { 0 };

	memset(&w, 0, sizeof(w));
	w.cas.configuration = CONFIGURATION;
	memset(w.cas.ticket, 5, sizeof(w.cas.ticket));
	w.link = (struct cc_link){ &w.cas, fake_cas_connect, fake_cas_request };
	w.source = (struct cc_evidence_source){ .platform = "sgx", .quote = fake_quote };
	w.plan = (struct cc_attest_plan){ .link = &w.link,
					  .source = &w.source,
					  .policy = "p",
					  .service = "s",
					  .patience_ms = 2000 };
	memset(w.plan.ticket, 5, sizeof(w.plan.ticket));
	*state = &w;
	if (cc_key_generate(CC_KEY_ED25519, &w.cas.key, &err) != 0 ||
	    cc_key_generate(CC_KEY_ED25519, &w.other, &err) != 0)
		return -1;
	return cc_pubkey_hash(cc_key_public(w.cas.key), &w.plan.cas_key, &err);
}

static int tear_down(void **state)
{
	struct world *w = *state;

	cc_frames_clear(&w->cas.frames);
	cc_key_free(w->cas.key);
	cc_key_free(w->other);
	return 0;
}

static int attest(const struct world *w, struct cc_frames *frames, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf configuration = { 0 };
	int result = cc_attest_run(&w->plan, &configuration, frames, err);

	if (result == 0)
		assert_true(cc_span_eq_str(cc_buf_span(&configuration), CONFIGURATION));
	else
		assert_int_equal(configuration.len, 0);
	return result;
}

static struct cc_session *session_of(const struct world *w, uint64_t patience_ms)
{
	struct cc_frames frames = { 0 };
	struct cc_session *session = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(attest(w, &frames, &err), 0);
	assert_int_equal(cc_session_new(&w->link, &frames, patience_ms, &session, &err), 0);
	return session;
}

/* Why a release must fail in this world. */
static void is_refused(const struct world *w, enum cc_code code, const char *text)
{
	struct cc_frames frames = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(attest(w, &frames, &err), -1);
	if (err.code != code || strstr(err.text, text) == NULL)
		fail_msg("%s: %s", cc_code_info(err.code)->name, err.text);
}

static void the_configuration_comes_through(void **state)
{
	struct world *w = *state;
	struct cc_frames frames = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(attest(w, &frames, &err), 0);
	assert_int_equal(w->cas.connections, 1);
	cc_frames_clear(&frames);
}

static void a_cas_with_another_key_is_refused_before_it_is_told_anything(void **state)
{
	struct world *w = *state;

	w->cas.shows = w->other;
	is_refused(w, CC_E_EVIDENCE, "another key");
	assert_int_equal(w->cas.requests, 1);
}

static void a_release_signed_by_another_key_is_refused(void **state)
{
	struct world *w = *state;

	w->cas.signs_with = w->other;
	is_refused(w, CC_E_EVIDENCE, "");
}

static void a_relay_has_another_exporter_and_gets_nothing(void **state)
{
	struct world *w = *state;

	w->cas.is_relayed = true;
	is_refused(w, CC_E_EVIDENCE, "");
}

static void another_ticket_gets_nothing(void **state)
{
	struct world *w = *state;

	w->plan.ticket[0] ^= 1;
	is_refused(w, CC_E_EVIDENCE, "");
}

static void a_cas_that_is_away_is_asked_again_with_fresh_evidence(void **state)
{
	struct world *w = *state;
	struct cc_frames frames = { 0 };
	struct cc_err err = { 0 };

	w->cas.fails = 2;
	assert_int_equal(attest(w, &frames, &err), 0);
	assert_int_equal(w->cas.connections, 3);
	cc_frames_clear(&frames);
}

static void a_cas_that_stays_away_ends_the_start(void **state)
{
	struct world *w = *state;

	w->plan.patience_ms = 1;
	w->cas.fails = 1000;
	is_refused(w, CC_E_UNAVAILABLE, "away");
}

static void a_tag_is_told_and_acknowledged(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	const struct cc_session_commit commit = { .volume = "ab", .number = 4, .tag = { { 1 } } };
	struct cc_err err = { 0 };

	assert_int_equal(cc_session_tag(session, &commit, &err), 0);
	assert_string_equal(
		w->cas.said[0],
		"{\"number\":4,\"tag\":\"01000000000000000000000000000000000000000000000"
		"00000000000000000\",\"type\":\"tag\",\"volume\":\"ab\"}");
}

static void completion_names_every_volume_with_its_content(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	const struct cc_session_commit commits[] = { { "ab", 4, { { 1 } }, { { 2 } } },
						     { "cd", 5, { { 3 } }, { { 4 } } } };
	struct cc_err err = { 0 };

	assert_int_equal(cc_session_complete(session, commits, 2, &err), 0);
	assert_non_null(strstr(w->cas.said[0], "{\"exit\":0,\"type\":\"complete\",\"volumes\":[{"
					       "\"content\":\"02"));
	assert_non_null(strstr(w->cas.said[0], "\"volume\":\"cd\"}]}"));
}

static void failure_names_its_signal_or_status(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	struct cc_err err = { 0 };

	assert_int_equal(cc_session_fail(session, true, 9, "why", &err), 0);
	assert_int_equal(cc_session_fail(session, false, 3, "why", &err), 0);
	assert_string_equal(w->cas.said[0], "{\"reason\":\"why\",\"signal\":9,\"type\":\"fail\"}");
	assert_string_equal(w->cas.said[1], "{\"exit\":3,\"reason\":\"why\",\"type\":\"fail\"}");
}

static void a_lost_answer_is_asked_for_with_the_same_bytes(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 5000);
	const struct cc_session_commit commit = { .volume = "ab", .number = 1 };
	struct cc_err err = { 0 };

	w->cas.loses = 1;
	assert_int_equal(cc_session_tag(session, &commit, &err), 0);
	/* decided once, answered twice: other bytes under the number would have ended it */
	assert_int_equal(w->cas.frame_count, 1);
	assert_int_equal(w->cas.repeats, 1);
	assert_int_equal(w->cas.connections, 2);
}

static void an_answer_that_is_not_authentic_is_no_answer(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 5000);
	const struct cc_session_commit commit = { .volume = "ab", .number = 1 };
	struct cc_err err = { 0 };

	w->cas.garbles = 1;
	assert_int_equal(cc_session_tag(session, &commit, &err), 0);
	assert_int_equal(w->cas.repeats, 1);
	w->cas.garbles = 1000;
	cc_session_free(CC_TAKE(session));
	session = session_of(w, 1);
	assert_int_equal(cc_session_tag(session, &commit, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
}

static void after_silence_nothing_is_asked_again(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1);
	const struct cc_session_commit commit = { .volume = "ab", .number = 1 };
	struct cc_err err = { 0 };
	unsigned int requests = 0;

	w->cas.fails = 1000;
	assert_int_equal(cc_session_tag(session, &commit, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_true(err.hint[0] != '\0');
	w->cas.fails = 0;
	requests = w->cas.requests;
	assert_int_equal(cc_session_complete(session, NULL, 0, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(w->cas.requests, requests);
}

static void a_refusal_is_passed_on_as_it_was_put(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	struct cc_err err = { 0 };

	w->cas.refuses =
		"{\"error\":{\"code\":\"limit\",\"hint\":\"buy more\",\"text\":\"three of three\"}}";
	assert_int_equal(cc_session_complete(session, NULL, 0, &err), -1);
	assert_int_equal(err.code, CC_E_LIMIT);
	assert_non_null(strstr(err.text, "three of three"));
	assert_string_equal(err.hint, "buy more");
	w->cas.refuses = "{\"index\":9,\"ok\":false}";
	assert_int_equal(cc_session_complete(session, NULL, 0, &err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_configuration_comes_through),
		TEST(a_cas_with_another_key_is_refused_before_it_is_told_anything),
		TEST(a_release_signed_by_another_key_is_refused),
		TEST(a_relay_has_another_exporter_and_gets_nothing),
		TEST(another_ticket_gets_nothing),
		TEST(a_cas_that_is_away_is_asked_again_with_fresh_evidence),
		TEST(a_cas_that_stays_away_ends_the_start),
		TEST(a_tag_is_told_and_acknowledged),
		TEST(completion_names_every_volume_with_its_content),
		TEST(failure_names_its_signal_or_status),
		TEST(a_lost_answer_is_asked_for_with_the_same_bytes),
		TEST(an_answer_that_is_not_authentic_is_no_answer),
		TEST(after_silence_nothing_is_asked_again),
		TEST(a_refusal_is_passed_on_as_it_was_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
