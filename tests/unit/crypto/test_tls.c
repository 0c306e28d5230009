/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/pki.h"

#include "base/fd.h"
#include "base/str.h"
#include "crypto/tls.h"

struct server {
	struct party root, web;
	struct cc_chain chain;
	struct cc_digest pin;
};

static struct server server(int64_t web_until)
{
	const int64_t now = cc_time_now();
	struct server s = { 0 };

	s.root = issue((struct cc_cert_plan){ .common_name = "CAS",
					      .from = now - 10 * DAY,
					      .until = now + DAY,
					      .is_ca = true },
		       CC_KEY_ED25519, NULL);
	s.web = issue((struct cc_cert_plan){ .common_name = "web",
					     .from = now - 5 * DAY,
					     .until = now + web_until },
		      CC_KEY_P256, &s.root);
	chain_push(&s.chain, s.web.cert);
	chain_push(&s.chain, s.root.cert);
	s.pin = key_hash(s.root.cert);
	return s;
}

static void server_clear(struct server *s)
{
	party_clear(&s->root);
	party_clear(&s->web);
	cc_chain_clear(&s->chain);
}

/* Both ends of one connection, joined in memory. */
struct pair {
	struct cc_tls *server_tls, *client_tls;
	SSL *server, *client;
	int server_result, client_result; /* of the last step: 1 when done */
};

static void pair_clear(struct pair *p)
{
	SSL_free(p->server);
	SSL_free(p->client);
	cc_tls_free(p->server_tls);
	cc_tls_free(p->client_tls);
	ERR_clear_error();
}

static struct pair joined(const struct server *s, const struct cc_digest *pin,
			  const struct party *client)
{
	struct pair p = { 0 };
	struct cc_err err = { 0 };
	BIO *a = NULL, *b = NULL;

	assert_int_equal(cc_tls_server(s->web.key, &s->chain, &p.server_tls, &err), 0);
	assert_int_equal(cc_tls_client(pin, client == NULL ? NULL : client->key,
				       client == NULL ? NULL : client->cert, &p.client_tls, &err),
			 0);
	assert_int_equal(cc_tls_connection(p.server_tls, NULL, &p.server, &err), 0);
	assert_int_equal(cc_tls_connection(p.client_tls, "cas.example", &p.client, &err), 0);
	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.server, a, a);
	SSL_set_bio(p.client, b, b);
	return p;
}

/* Steps of both ends; the error queue keeps what the server's last step left in it. */
static void shake(struct pair *p)
{
	for (int i = 0; i < 20; i++) {
		char byte = 0;

		ERR_clear_error();
		p->client_result = SSL_do_handshake(p->client);
		ERR_clear_error();
		p->server_result = SSL_do_handshake(p->server);
		if (p->client_result == 1 && p->server_result == 1)
			return;
		if (SSL_get_error(p->server, p->server_result) == SSL_ERROR_SSL)
			return;
		/* In TLS 1.3 the client is done before the server has seen its certificate. */
		if (p->client_result == 1)
			(void)SSL_read(p->client, &byte, 1);
	}
}

static struct cc_err failure(SSL *ssl)
{
	struct cc_err err = { 0 };

	cc_tls_failure(ssl, 0, &err);
	return err;
}

static void assert_says(const struct cc_err *err, const char *text)
{
	if (strstr(err->text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, err->text);
	assert_true(err->hint[0] != '\0');
}

static void both_ends_export_the_same_value_and_other_connections_another(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, NULL);
	CC_CLEANUP(pair_clear) struct pair second = joined(&s, &s.pin, NULL);
	struct cc_digest a = { 0 }, b = { 0 }, c = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tls_exporter(p.client, &a, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	shake(&p);
	shake(&second);
	assert_int_equal(cc_tls_exporter(p.client, &a, &err), 0);
	assert_int_equal(cc_tls_exporter(p.server, &b, &err), 0);
	assert_int_equal(cc_tls_exporter(second.server, &c, &err), 0);
	assert_true(cc_digest_eq(&a, &b));
	assert_false(cc_digest_eq(&a, &c));
	assert_string_equal(SSL_get_version(p.client), "TLSv1.3");
}

static void a_client_without_a_certificate_is_let_in_and_has_none(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, NULL);
	struct cc_cert *peer = NULL;
	struct cc_err err = { 0 };

	(void)state;
	shake(&p);
	assert_true(p.server_result == 1 && p.client_result == 1);
	assert_int_equal(cc_tls_peer(p.server, &peer, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static struct party client(int64_t from, int64_t until)
{
	const int64_t now = cc_time_now();

	return issue((struct cc_cert_plan){ .common_name = "client",
					    .from = now + from,
					    .until = now + until },
		     CC_KEY_ED25519, NULL);
}

static void a_self_signed_client_certificate_shows_its_key(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY);
	CC_CLEANUP(party_clear) struct party c = client(-DAY, DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, &c);
	CC_AUTO_CERT struct cc_cert *peer = NULL;
	struct cc_digest hash = { 0 }, expected = key_hash(c.cert);
	struct cc_err err = { 0 };

	(void)state;
	shake(&p);
	assert_true(p.server_result == 1 && p.client_result == 1);
	assert_int_equal(cc_tls_peer(p.server, &peer, &err), 0);
	assert_int_equal(cc_cert_key_hash(peer, &hash, &err), 0);
	assert_true(cc_digest_eq(&hash, &expected));
}

static void a_client_certificate_outside_its_window_is_refused_and_told(void **state)
{
	static const struct {
		int64_t from, until;
		const char *text;
	} cases[] = {
		{ -2 * DAY, -DAY, "certificate has expired" },
		{ DAY, 2 * DAY, "certificate is not yet valid" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_CLEANUP(server_clear) struct server s = server(DAY);
		CC_CLEANUP(party_clear) struct party c = client(cases[i].from, cases[i].until);
		CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, &c);
		struct cc_err err = { 0 };
		char byte = 0;

		shake(&p);
		assert_true(p.server_result != 1);
		err = failure(p.server);
		assert_int_equal(err.code, CC_E_EXPIRED);
		assert_says(&err, cases[i].text);
		/* The client learns it from the alert. */
		assert_true(SSL_read(p.client, &byte, 1) <= 0);
		err = failure(p.client);
		assert_int_equal(err.code, CC_E_EXPIRED);
		assert_says(&err, "our certificate");
	}
}

static void another_cas_key_is_refused_and_both_are_named(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY), other = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &other.pin, NULL);
	char want[65] = "", got[65] = "";
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 32; i++) {
		(void)snprintf(want + 2 * i, 3, "%02x", other.pin.b[i]);
		(void)snprintf(got + 2 * i, 3, "%02x", s.pin.b[i]);
	}
	shake(&p);
	assert_true(p.client_result != 1);
	err = failure(p.client);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_says(&err, want);
	assert_says(&err, got);
}

/* The pinned certificate is public: showing it must not be enough. */
static void a_chain_that_only_shows_the_pinned_root_is_refused(void **state)
{
	CC_CLEANUP(server_clear) struct server real = server(DAY), fake = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	chain_push(&fake.chain, real.root.cert);
	p = joined(&fake, &real.pin, NULL);
	shake(&p);
	assert_true(p.client_result != 1);
	err = failure(p.client);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "refused"));
}

static void an_expired_server_certificate_is_refused(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(-DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, NULL);
	struct cc_err err = { 0 };

	(void)state;
	shake(&p);
	assert_true(p.client_result != 1);
	err = failure(p.client);
	assert_int_equal(err.code, CC_E_EXPIRED);
	assert_says(&err, "'web': certificate has expired");
}

/* Peers that are not ours: a context with other limits on one side. */
static SSL *foreign(const SSL_METHOD *method, int least, int most)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	SSL *ssl = NULL;

	assert_non_null(ctx);
	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, least), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, most), 1);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	assert_non_null(ssl);
	return ssl;
}

static void a_client_with_tls_1_2_is_refused(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, NULL);
	struct cc_err err = { 0 };
	BIO *a = NULL, *b = NULL;

	(void)state;
	SSL_free(p.client);
	p.client = foreign(TLS_client_method(), TLS1_2_VERSION, TLS1_2_VERSION);
	SSL_set_connect_state(p.client);
	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(p.server, a, a);
	SSL_set_bio(p.client, b, b);
	shake(&p);
	assert_true(p.server_result != 1 && p.client_result != 1);
	err = failure(p.server);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_says(&err, "TLS 1.3");
}

static void a_server_gives_no_tickets(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY);
	CC_CLEANUP(pair_clear) struct pair p = joined(&s, &s.pin, NULL);
	char byte = 0;

	(void)state;
	shake(&p);
	assert_int_equal(SSL_write(p.server, "x", 1), 1);
	assert_int_equal(SSL_read(p.client, &byte, 1), 1);
	assert_int_equal(SSL_SESSION_has_ticket(SSL_get_session(p.client)), 0);
	assert_int_equal(SSL_SESSION_is_resumable(SSL_get_session(p.client)), 0);
}

static void key_and_certificate_must_belong_together(void **state)
{
	CC_CLEANUP(server_clear) struct server s = server(DAY), other = server(DAY);
	CC_CLEANUP(party_clear) struct party c = client(-DAY, DAY);
	struct cc_tls *tls = NULL;
	struct cc_chain none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_tls_server(other.web.key, &s.chain, &tls, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_tls_server(s.web.key, &none, &tls, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_tls_client(&s.pin, c.key, NULL, &tls, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_export_the_same_value_and_other_connections_another),
		cmocka_unit_test(a_client_without_a_certificate_is_let_in_and_has_none),
		cmocka_unit_test(a_self_signed_client_certificate_shows_its_key),
		cmocka_unit_test(a_client_certificate_outside_its_window_is_refused_and_told),
		cmocka_unit_test(another_cas_key_is_refused_and_both_are_named),
		cmocka_unit_test(a_chain_that_only_shows_the_pinned_root_is_refused),
		cmocka_unit_test(an_expired_server_certificate_is_refused),
		cmocka_unit_test(a_client_with_tls_1_2_is_refused),
		cmocka_unit_test(a_server_gives_no_tickets),
		cmocka_unit_test(key_and_certificate_must_belong_together),
	};

	return cmocka_run_group_tests_name("crypto/tls", tests, NULL, NULL);
}
