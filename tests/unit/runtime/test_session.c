/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/secret.h"
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
					  .sources = &w.source,
					  .source_count = 1,
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
	cc_buf_clear(&w->cas.kept);
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

/* What a runtime with two platforms sends; the fake CAS looks at the first of it alone. */
static int look_at_both(struct fake_cas *cas, const char *path, struct cc_span question,
			struct cc_buf *answer, struct cc_err *err)
{
	CC_AUTO_ATTEST struct cc_attest ask = { 0 };

	(void)cas;
	(void)answer;
	if (strcmp(path, "/v1/attest") != 0)
		return 0;
	CC_TRY(cc_attest_parse(question, &ask, err));
	assert_int_equal(ask.evidence_count, 2);
	assert_string_equal(ask.evidence[0].platform, "sgx");
	assert_string_equal(ask.evidence[1].platform, "tpm");
	assert_true(ask.evidence[0].bytes.len > 0);
	assert_true(cc_span_eq(cc_buf_span(&ask.evidence[0].bytes),
			       cc_buf_span(&ask.evidence[1].bytes)));
	return 0;
}

static void two_platforms_speak_of_the_same_report_data(void **state)
{
	struct world *w = *state;
	const struct cc_evidence_source both[] = { { .platform = "tpm", .quote = fake_quote },
						   { .platform = "sgx", .quote = fake_quote } };
	struct cc_frames frames = { 0 };
	struct cc_err err = { 0 };

	w->plan.sources = both;
	w->plan.source_count = CC_COUNT(both);
	w->cas.web = look_at_both;
	assert_int_equal(attest(w, &frames, &err), 0);
	cc_frames_clear(&frames);
}

static int no_quote(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
		    struct cc_err *err)
{
	(void)ctx;
	(void)data;
	(void)evidence;
	return cc_fail(err, CC_E_UNSUPPORTED, "there is no TPM");
}

/* One is no substitute for two, and one platform is not asked twice. */
static void a_platform_that_fails_or_comes_twice_ends_it(void **state)
{
	struct world *w = *state;
	struct cc_evidence_source both[] = { { .platform = "sgx", .quote = fake_quote },
					     { .platform = "tpm", .quote = no_quote } };

	w->plan.sources = both;
	w->plan.source_count = CC_COUNT(both);
	is_refused(w, CC_E_UNSUPPORTED, "there is no TPM");
	both[1] = both[0];
	is_refused(w, CC_E_CONFLICT, "evidence of 'sgx' already");
	assert_int_equal(w->cas.requests, 2); /* challenges alone */
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

/* A release that web makes itself: for the runtime's key, which web has seen, and unsigned. */
static int give_a_configuration_of_its_own(struct fake_cas *cas, const char *path,
					   struct cc_span question, struct cc_buf *answer,
					   struct cc_err *err)
{
	CC_AUTO_ATTEST struct cc_attest ask = { 0 };
	CC_AUTO_RELEASE struct cc_release honest = { 0 }, forged = { 0 };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	struct cc_digest64 report = { 0 };
	const struct cc_release_plan plan = { &report, &ask.hpke, cas->key,
					      cc_span_str("command: steal") };

	if (strcmp(path, "/v1/attest") != 0)
		return 0;
	CC_TRY(cc_attest_parse(question, &ask, err));
	CC_TRY(cc_release_parse(cc_buf_span(answer), &honest, err));
	memcpy(forged.session, honest.session, sizeof(forged.session));
	forged.index = honest.index;
	CC_TRY(cc_release_seal(&plan, &forged, &frames, err));
	/* the keeper's signature, which is over another ciphertext */
	memcpy(forged.signature, honest.signature, sizeof(forged.signature));
	cc_buf_reset(answer);
	return cc_release_print(&forged, answer, err);
}

static void a_configuration_that_web_forges_is_refused(void **state)
{
	struct world *w = *state;

	w->cas.web = give_a_configuration_of_its_own;
	is_refused(w, CC_E_EVIDENCE, "");
}

/* The first release of this instance is kept back, and given for the second question. */
static int give_the_release_before(struct fake_cas *cas, const char *path, struct cc_span question,
				   struct cc_buf *answer, struct cc_err *err)
{
	(void)question;
	if (strcmp(path, "/v1/attest") != 0)
		return 0;
	if (cas->kept.len == 0) {
		CC_TRY(cc_buf_add(&cas->kept, cc_buf_span(answer), err));
		return cc_fail(err, CC_E_UNAVAILABLE, "the answer was lost");
	}
	cc_buf_reset(answer);
	return cc_buf_add(answer, cc_buf_span(&cas->kept), err);
}

static void a_release_of_an_earlier_connection_is_refused(void **state)
{
	struct world *w = *state;

	w->cas.web = give_the_release_before;
	is_refused(w, CC_E_EVIDENCE, "");
	assert_int_equal(w->cas.connections, 2);
}

static bool is_of_a_session(const char *path)
{
	return strncmp(path, "/v1/sessions/", strlen("/v1/sessions/")) == 0;
}

/* Acknowledgements by keys of web's own, under the right session and number. */
static int invent_an_acknowledgement(struct fake_cas *cas, const char *path,
				     struct cc_span question, struct cc_buf *answer,
				     struct cc_err *err)
{
	CC_AUTO_FRAMES struct cc_frames own = { .next = cas->frames.next };

	(void)question;
	if (!is_of_a_session(path))
		return 0;
	memcpy(own.session, cas->frames.session, sizeof(own.session));
	CC_TRY(cc_secret_random(32, &own.down, err));
	cc_buf_reset(answer);
	return cc_frame_answer(&own, cc_span_str("{\"index\":9,\"ok\":true}"), answer, err);
}

/* The runtime's own frame is sealed under a key of its session, too. */
static int send_the_question_back(struct fake_cas *cas, const char *path, struct cc_span question,
				  struct cc_buf *answer, struct cc_err *err)
{
	(void)cas;
	if (!is_of_a_session(path))
		return 0;
	cc_buf_reset(answer);
	return cc_buf_add(answer, question, err);
}

/* What the keeper said to the first question, for every later one. */
static int give_the_first_acknowledgement(struct fake_cas *cas, const char *path,
					  struct cc_span question, struct cc_buf *answer,
					  struct cc_err *err)
{
	(void)question;
	if (!is_of_a_session(path))
		return 0;
	if (cas->kept.len == 0)
		return cc_buf_add(&cas->kept, cc_buf_span(answer), err);
	cc_buf_reset(answer);
	return cc_buf_add(answer, cc_buf_span(&cas->kept), err);
}

/* The runtime must not go on as if the keeper knew of the commit. */
static void assert_not_acknowledged(struct world *w, fake_web_fn *web, unsigned int honest)
{
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1);
	const struct cc_session_commit commit = { .volume = "ab", .number = 1 };
	struct cc_err err = { 0 };

	w->cas.web = web;
	for (; honest > 0; honest--)
		assert_int_equal(cc_session_tag(session, &commit, &err), 0);
	if (cc_session_tag(session, &commit, &err) == 0)
		fail_msg("web's acknowledgement was believed");
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(cc_session_complete(session, &commit, 1, &err), -1);
}

static void an_acknowledgement_that_web_invents_is_none(void **state)
{
	assert_not_acknowledged(*state, invent_an_acknowledgement, 0);
}

static void a_question_that_web_sends_back_is_no_answer(void **state)
{
	assert_not_acknowledged(*state, send_the_question_back, 0);
}

static void an_acknowledgement_of_an_earlier_question_is_none(void **state)
{
	assert_not_acknowledged(*state, give_the_first_acknowledgement, 1);
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

#define EPOCH_WITH(key)                          \
	"{\"epoch\":{\"epoch\":3,\"key\":\"" key \
	"\",\"state\":\"00112233445566778899aabbccddeeff\"},\"index\":9,\"ok\":true}"

static void the_next_epoch_is_what_the_cas_drew(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	const struct cc_session_commit last = { .volume = "ab", .number = 4, .tag = { { 1 } } };
	struct cc_session_epoch next = { 0 }, none = { 0 };
	struct cc_err err = { 0 };

	w->cas.refuses = EPOCH_WITH("AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	assert_int_equal(cc_session_epoch(session, &last, &next, &err), 0);
	assert_non_null(strstr(w->cas.said[0], "\"type\":\"epoch\",\"volume\":\"ab\""));
	assert_int_equal(next.epoch, 3);
	assert_int_equal(next.state[1], 0x11);
	assert_int_equal(cc_secret_bytes(next.key)[2], 3);
	cc_secret_free(next.key);
	w->cas.refuses = EPOCH_WITH("AQID");
	assert_int_equal(cc_session_epoch(session, &last, &none, &err), -1);
	w->cas.refuses = NULL;
	assert_int_equal(cc_session_epoch(session, &last, &none, &err), -1);
	assert_null(none.key);
}

static void completion_names_every_volume_with_its_content(void **state)
{
	struct world *w = *state;
	CC_AUTO_SESSION struct cc_session *session = session_of(w, 1000);
	const struct cc_session_commit commits[] = { { "ab", 4, { { 1 } }, { { 2 } }, 3 },
						     { "cd", 5, { { 3 } }, { { 4 } }, 6 } };
	struct cc_err err = { 0 };

	assert_int_equal(cc_session_complete(session, commits, 2, &err), 0);
	assert_non_null(strstr(w->cas.said[0], "{\"exit\":0,\"type\":\"complete\",\"volumes\":[{"
					       "\"content\":\"02"));
	assert_non_null(strstr(w->cas.said[0], "\"oldest\":3"));
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
		TEST(two_platforms_speak_of_the_same_report_data),
		TEST(a_platform_that_fails_or_comes_twice_ends_it),
		TEST(a_cas_that_is_away_is_asked_again_with_fresh_evidence),
		TEST(a_cas_that_stays_away_ends_the_start),
		TEST(a_configuration_that_web_forges_is_refused),
		TEST(a_release_of_an_earlier_connection_is_refused),
		TEST(an_acknowledgement_that_web_invents_is_none),
		TEST(a_question_that_web_sends_back_is_no_answer),
		TEST(an_acknowledgement_of_an_earlier_question_is_none),
		TEST(a_tag_is_told_and_acknowledged),
		TEST(the_next_epoch_is_what_the_cas_drew),
		TEST(completion_names_every_volume_with_its_content),
		TEST(failure_names_its_signal_or_status),
		TEST(a_lost_answer_is_asked_for_with_the_same_bytes),
		TEST(an_answer_that_is_not_authentic_is_no_answer),
		TEST(after_silence_nothing_is_asked_again),
		TEST(a_refusal_is_passed_on_as_it_was_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
