/* SPDX-License-Identifier: Apache-2.0 */
/* What one CAS asks of another one, and what binds it to this question and this connection. */
#include "tests/unit/test.h"

#include "base/str.h"
#include "proto/peer.h"

static struct cc_err oops;
#define ok(call)                                              \
	do {                                                  \
		if ((call) != 0)                              \
			fail_msg("%s: %s", #call, oops.text); \
	} while (0)

struct asking {
	struct cc_key *key;
	struct cc_digest exporter;
	struct cc_peer_ask ask;
};
#define AUTO_ASKING CC_CLEANUP(asking_clear)

static void asking_clear(struct asking *asking)
{
	cc_key_free(asking->key);
	cc_peer_ask_clear(&asking->ask);
}

static void fill(struct asking *asking)
{
	struct cc_peer_ask *ask = &asking->ask;

	ok(cc_key_generate(CC_KEY_ED25519, &asking->key, &oops));
	memset(asking->exporter.b, 0xe1, sizeof(asking->exporter.b));
	memset(ask->cas_key.b, 1, sizeof(ask->cas_key.b));
	memset(ask->nonce, 2, sizeof(ask->nonce));
	memset(ask->hpke.b, 3, sizeof(ask->hpke.b));
	memset(ask->want.policy_hash.b, 4, sizeof(ask->want.policy_hash.b));
	memset(ask->want.session_hash.b, 5, sizeof(ask->want.session_hash.b));
	ask->want.has_session_hash = true;
	ask->want.seen = 17;
	ok(cc_str_dup("sgx", &ask->platform, &oops));
	ok(cc_str_dup("sh2/s2", &ask->want.policy, &oops));
	ok(cc_str_dup("sh1/s1", &ask->want.session, &oops));
	ok(cc_str_dup("token", &ask->want.secret, &oops));
	ok(cc_str_dup("simulated", &ask->want.class, &oops));
	ok(cc_buf_add_str(&ask->evidence, "evidence", &oops));
	ok(cc_buf_add_str(&ask->cas, "what it is", &oops));
}

static void report_of(const struct asking *asking, struct cc_digest64 *out)
{
	ok(cc_peer_report(&asking->ask, &asking->exporter, cc_key_public(asking->key), out, &oops));
}

static void an_ask_is_read_as_it_was_written(void **state)
{
	AUTO_ASKING struct asking asking = { 0 };
	CC_AUTO_PEER_ASK struct cc_peer_ask again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 }, second = { 0 };
	struct cc_digest64 report = { 0 };

	(void)state;
	fill(&asking);
	report_of(&asking, &report);
	ok(cc_peer_sign(asking.key, &report, &asking.ask, &oops));
	ok(cc_peer_ask_print(&asking.ask, &text, &oops));
	ok(cc_peer_ask_parse(cc_buf_span(&text), &again, &oops));
	ok(cc_peer_ask_print(&again, &second, &oops));
	assert_true(cc_span_eq(cc_buf_span(&text), cc_buf_span(&second)));
	assert_string_equal(again.want.secret, "token");
	assert_int_equal(again.want.seen, 17);
	ok(cc_peer_verify(&again, cc_key_public(asking.key), &report, &oops));
}

/* Each of them alone makes other report data, so that evidence for one is none for another. */
static void report_data_holds_every_word_of_the_ask(void **state)
{
	(void)state;
	for (int i = 0; i < 11; i++) {
		AUTO_ASKING struct asking asking = { 0 };
		struct cc_digest64 was = { 0 }, is = { 0 };

		fill(&asking);
		report_of(&asking, &was);
		asking.exporter.b[0] ^= i == 0;
		asking.ask.cas_key.b[0] ^= i == 1;
		asking.ask.nonce[0] ^= i == 2;
		asking.ask.hpke.b[0] ^= i == 3;
		asking.ask.want.policy_hash.b[0] ^= i == 4;
		asking.ask.want.session_hash.b[0] ^= i == 5;
		asking.ask.want.seen ^= i == 6;
		asking.ask.want.policy[0] ^= i == 7;
		asking.ask.want.session[0] ^= i == 8;
		asking.ask.want.secret[0] ^= i == 9;
		asking.ask.want.class[0] ^= i == 10;
		report_of(&asking, &is);
		if (memcmp(was.b, is.b, sizeof(was.b)) == 0)
			fail_msg("the report data does not hold field %d", i);
	}
}

static void report_data_holds_the_key_of_the_asker(void **state)
{
	AUTO_ASKING struct asking asking = { 0 };
	CC_AUTO_KEY struct cc_key *other = NULL;
	struct cc_digest64 was = { 0 }, is = { 0 };

	(void)state;
	fill(&asking);
	ok(cc_key_generate(CC_KEY_ED25519, &other, &oops));
	report_of(&asking, &was);
	ok(cc_peer_report(&asking.ask, &asking.exporter, cc_key_public(other), &is, &oops));
	assert_memory_not_equal(was.b, is.b, sizeof(was.b));
}

/* The report data of a runtime with the same words is another one. */
static void report_data_of_a_runtime_is_none_of_a_peer(void **state)
{
	AUTO_ASKING struct asking asking = { 0 };
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	const uint8_t ticket[CC_TICKET_LEN] = { 0 };
	struct cc_digest64 peer = { 0 }, runtime = { 0 };
	struct cc_report report = { .role = CC_ROLE_RUNTIME, .ticket = ticket };

	(void)state;
	fill(&asking);
	report_of(&asking, &peer);
	report.policy = asking.ask.want.policy;
	report.service = asking.ask.want.session;
	report.exporter = asking.exporter;
	report.cas_key = asking.ask.cas_key;
	report.hpke = asking.ask.hpke;
	memcpy(report.nonce, asking.ask.nonce, sizeof(report.nonce));
	ok(cc_pubkey_to_raw(cc_key_public(asking.key), &raw, &oops));
	memcpy(report.signer, raw.at, sizeof(report.signer));
	ok(cc_report_data(&report, &runtime, &oops));
	assert_memory_not_equal(peer.b, runtime.b, sizeof(peer.b));
}

static void a_signature_by_another_key_or_over_another_report_is_none(void **state)
{
	AUTO_ASKING struct asking asking = { 0 };
	CC_AUTO_KEY struct cc_key *other = NULL;
	struct cc_digest64 report = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fill(&asking);
	ok(cc_key_generate(CC_KEY_ED25519, &other, &oops));
	report_of(&asking, &report);
	ok(cc_peer_sign(other, &report, &asking.ask, &oops));
	assert_int_equal(cc_peer_verify(&asking.ask, cc_key_public(asking.key), &report, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	ok(cc_peer_sign(asking.key, &report, &asking.ask, &oops));
	report.b[0] ^= 1;
	err = (struct cc_err){ 0 };
	assert_int_equal(cc_peer_verify(&asking.ask, cc_key_public(asking.key), &report, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void an_ask_with_more_or_less_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"want\":{}}",
					     "{\"role\":\"peer\"}" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_PEER_ASK struct cc_peer_ask ask = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_peer_ask_parse(cc_span_str(texts[i]), &ask, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void an_answer_is_read_as_it_was_written(void **state)
{
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { .proof_count = 2 }, again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	answer.proof[1].b[0] = 7;
	answer.release.index = 12;
	ok(cc_buf_add_str(&answer.checkpoint, "a note\n", &oops));
	ok(cc_buf_add_str(&answer.release.sealed, "sealed", &oops));
	ok(cc_peer_answer_print(&answer, &text, &oops));
	ok(cc_peer_answer_parse(cc_buf_span(&text), &again, &oops));
	assert_int_equal(again.release.index, 12);
	assert_int_equal(again.proof_count, 2);
	assert_int_equal(again.proof[1].b[0], 7);
	assert_true(cc_span_eq_str(cc_buf_span(&again.checkpoint), "a note\n"));
}

static void what_is_given_comes_apart_as_it_was_put_together(void **state)
{
	const uint8_t hash[32] = { 1 }, salt[32] = { 2 };
	const struct cc_peer_given given = { CC_SPAN(hash), CC_SPAN(salt), cc_span_str("value"),
					     cc_span_str("") };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_peer_given again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ok(cc_peer_given_print(&given, &bytes, &oops));
	ok(cc_peer_given_parse(cc_buf_span(&bytes), &again, &oops));
	assert_true(cc_span_eq_str(again.value, "value"));
	assert_int_equal(again.key.len, 0);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(cc_peer_given_parse(cc_span(bytes.at, len), &again, &err), -1);
}

static void a_software_key_is_of_one_platform_and_one_measurement(void **state)
{
	const uint8_t one[32] = { 1 }, two[32] = { 2 };
	struct cc_digest a = { 0 }, b = { 0 }, c = { 0 }, again = { 0 };

	(void)state;
	ok(cc_software_key("sgx", CC_SPAN(one), &a, &oops));
	ok(cc_software_key("sgx", CC_SPAN(two), &b, &oops));
	ok(cc_software_key("tdx", CC_SPAN(one), &c, &oops));
	ok(cc_software_key("sgx", CC_SPAN(one), &again, &oops));
	assert_true(cc_digest_eq(&a, &again));
	assert_false(cc_digest_eq(&a, &b));
	assert_false(cc_digest_eq(&a, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ask_is_read_as_it_was_written),
		cmocka_unit_test(report_data_holds_every_word_of_the_ask),
		cmocka_unit_test(report_data_holds_the_key_of_the_asker),
		cmocka_unit_test(report_data_of_a_runtime_is_none_of_a_peer),
		cmocka_unit_test(a_signature_by_another_key_or_over_another_report_is_none),
		cmocka_unit_test(an_ask_with_more_or_less_is_refused),
		cmocka_unit_test(an_answer_is_read_as_it_was_written),
		cmocka_unit_test(what_is_given_comes_apart_as_it_was_put_together),
		cmocka_unit_test(a_software_key_is_of_one_platform_and_one_measurement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
