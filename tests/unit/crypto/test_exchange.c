/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/pki.h"

#include "base/str.h"
#include "crypto/exchange.h"
#include "crypto/tls.h"

#define QUESTION "GET / and a canary"
#define HOST "vault.example"

/* A public server: a root, and a certificate with names. */
struct server {
	struct party root, web;
	struct cc_chain chain;
	struct cc_tls *tls;
	struct cc_buf pem;
};

static struct server server(const char *name, int64_t until)
{
	const char *const names[] = { name };
	const int64_t now = cc_time_now();
	struct server s = { 0 };
	struct cc_err err = { 0 };

	s.root = issue((struct cc_cert_plan){ .common_name = "public root",
					      .from = now - 10 * DAY,
					      .until = now + DAY,
					      .is_ca = true },
		       CC_KEY_P384, NULL);
	s.web = issue((struct cc_cert_plan){ .common_name = HOST,
					     .from = now - 5 * DAY,
					     .until = now + until,
					     .use = CC_CERT_USE_SERVER,
					     .names = names,
					     .name_count = 1 },
		      CC_KEY_P256, &s.root);
	chain_push(&s.chain, s.web.cert);
	chain_push(&s.chain, s.root.cert);
	assert_int_equal(cc_tls_server(s.web.key, &s.chain, &s.tls, &err), 0);
	assert_int_equal(cc_cert_to_pem(s.root.cert, &s.pem, &err), 0);
	return s;
}

static void server_clear(struct server *s)
{
	party_clear(&s->root);
	party_clear(&s->web);
	cc_chain_clear(&s->chain);
	cc_tls_free(s->tls);
	cc_buf_clear(&s->pem);
}

/* One connection of `s`, whose question is answered by `answer`. */
struct talk {
	SSL *ssl;
	BIO *in, *out;
	struct cc_buf asked, heard; /* by the server, by us */
};

static struct talk talk(const struct server *s)
{
	struct talk t = { .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem()) };
	struct cc_err err = { 0 };

	assert_int_equal(cc_tls_connection(s->tls, NULL, &t.ssl, &err), 0);
	SSL_set_bio(t.ssl, t.in, t.out);
	return t;
}

static void talk_clear(struct talk *t)
{
	SSL_free(t->ssl);
	cc_buf_clear(&t->asked);
	cc_buf_clear(&t->heard);
	ERR_clear_error();
}

static void serve(struct talk *t, struct cc_span in, const char *answer, struct cc_buf *out)
{
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };
	char said[256];
	int got = 0;

	if (in.len != 0)
		assert_int_equal(BIO_write(t->in, in.at, (int)in.len), (int)in.len);
	got = SSL_read(t->ssl, said, sizeof(said));
	if (got > 0) {
		assert_int_equal(cc_buf_add(&t->asked, cc_span(said, (size_t)got), &err), 0);
		assert_true(SSL_write(t->ssl, answer, (int)strlen(answer)) > 0);
	}
	if (BIO_ctrl_pending(t->out) == 0)
		return;
	assert_int_equal(cc_buf_extend(out, BIO_ctrl_pending(t->out), &room, &err), 0);
	assert_int_equal(BIO_read(t->out, room.at, (int)room.len), (int)room.len);
}

/* Until nobody has anything to say. `wire` is all that went by in the clear sense. */
static int converse(const struct server *s, struct talk *t, const char *host, struct cc_buf *wire,
		    struct cc_err *err)
{
	CC_AUTO_TRUST struct cc_trust *trust = NULL;
	CC_AUTO_EXCHANGE struct cc_exchange *exchange = NULL;
	CC_AUTO_BUF struct cc_buf in = { 0 };

	CC_TRY(cc_trust_new(cc_buf_span(&s->pem), &trust, err));
	CC_TRY(cc_exchange_new(trust, host, cc_span_str(QUESTION), &exchange, err));
	for (int i = 0; i < 10; i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };

		CC_TRY(cc_exchange_step(exchange, cc_buf_span(&in), &out, &t->heard, err));
		CC_TRY(cc_buf_add(wire, cc_buf_span(&out), err));
		cc_buf_reset(&in);
		serve(t, cc_buf_span(&out), "the answer", &in);
		CC_TRY(cc_buf_add(wire, cc_buf_span(&in), err));
	}
	return 0;
}

static void a_question_is_answered_and_whoever_carries_it_reads_nothing(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, DAY);
	CC_CLEANUP(talk_clear) struct talk t = talk(&s);
	CC_AUTO_BUF struct cc_buf wire = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	if (converse(&s, &t, HOST, &wire, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(cc_span_eq_str(cc_buf_span(&t.asked), QUESTION));
	assert_true(cc_span_eq_str(cc_buf_span(&t.heard), "the answer"));
	assert_null(memmem(wire.at, wire.len, "canary", 6));
	assert_null(memmem(wire.at, wire.len, "the answer", 10));
}

/* Nothing of the question has gone out when the server is not the one. */
static void assert_refused(const struct server *s, const struct server *trusted, enum cc_code code,
			   const char *word)
{
	CC_CLEANUP(talk_clear) struct talk t = talk(s);
	struct server met = { .pem = trusted->pem };
	CC_AUTO_BUF struct cc_buf wire = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(converse(&met, &t, HOST, &wire, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, word) == NULL)
		fail_msg("no '%s' in '%s'", word, err.text);
	assert_true(err.hint[0] != '\0');
	assert_int_equal(t.asked.len, 0);
}

static void a_server_of_another_root_is_asked_nothing(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, DAY);
	CC_CLEANUP(server_clear) struct server other = server("dns:" HOST, DAY);

	(void)state;
	assert_refused(&s, &other, CC_E_EVIDENCE, "certificate");
}

static void a_server_of_another_name_is_asked_nothing(void **state)
{
	/* The common name is that of the host, and does not count. */
	CC_CLEANUP(server_clear) struct server s = server("dns:other.example", DAY);

	(void)state;
	assert_refused(&s, &s, CC_E_EVIDENCE, "hostname mismatch");
}

static void a_certificate_outside_its_window_is_refused(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, -DAY);

	(void)state;
	assert_refused(&s, &s, CC_E_EXPIRED, "expired");
}

static void an_answer_over_its_maximum_ends_the_exchange(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, DAY);
	CC_CLEANUP(talk_clear) struct talk t = talk(&s);
	CC_AUTO_BUF struct cc_buf wire = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	t.heard.max = 9;
	assert_int_equal(converse(&s, &t, HOST, &wire, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void what_is_no_tls_is_said_so(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, DAY);
	CC_AUTO_TRUST struct cc_trust *trust = NULL;
	CC_AUTO_EXCHANGE struct cc_exchange *exchange = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 }, answer = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_trust_new(cc_buf_span(&s.pem), &trust, &err), 0);
	assert_int_equal(cc_exchange_new(trust, HOST, cc_span_str("x"), &exchange, &err), 0);
	assert_int_equal(cc_exchange_step(exchange, cc_span_str("HTTP/1.1 400 Bad Request\r\n\r\n"),
					  &out, &answer, &err),
			 -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(answer.len, 0);
}

static void roots_are_authorities_and_not_too_many_bytes(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server("dns:" HOST, DAY);
	CC_AUTO_BUF struct cc_buf leaf = { 0 }, long_text = { 0 };
	struct cc_trust *trust = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_to_pem(s.web.cert, &leaf, &err), 0);
	assert_int_equal(cc_trust_new(cc_buf_span(&leaf), &trust, &err), -1);
	assert_non_null(strstr(err.text, "is no CA"));
	assert_int_equal(cc_trust_new(cc_span_str("no PEM"), &trust, &err), -1);
	while (long_text.len <= CC_TRUST_PEM_MAX)
		assert_int_equal(cc_buf_add(&long_text, cc_buf_span(&s.pem), &err), 0);
	assert_int_equal(cc_trust_new(cc_buf_span(&long_text), &trust, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered_and_whoever_carries_it_reads_nothing),
		cmocka_unit_test(a_server_of_another_root_is_asked_nothing),
		cmocka_unit_test(a_server_of_another_name_is_asked_nothing),
		cmocka_unit_test(a_certificate_outside_its_window_is_refused),
		cmocka_unit_test(an_answer_over_its_maximum_ends_the_exchange),
		cmocka_unit_test(what_is_no_tls_is_said_so),
		cmocka_unit_test(roots_are_authorities_and_not_too_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
