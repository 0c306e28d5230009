/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/exchange.h"

#include "base/secret.h"
#include "base/time.h"
#include "crypto/x509-internal.h"

#define CIPHERS_12                                                   \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SECURITY_LEVEL 2
#define READ_SIZE ((size_t)4096)

struct cc_trust {
	SSL_CTX *ctx;
};

struct cc_exchange {
	SSL *ssl;
	BIO *in, *out;              /* memory; the connection owns them */
	struct cc_secret *question; /* NULL: sent */
};

void cc_trust_free(struct cc_trust *trust)
{
	if (trust == NULL)
		return;
	SSL_CTX_free(trust->ctx);
	free(trust);
}

static int add_roots(X509_STORE *store, struct cc_span pem, struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain roots = { 0 };

	CC_TRY(cc_chain_from_pem(pem, &roots, err));
	for (size_t i = 0; i < roots.count; i++) {
		char label[CC_X509_LABEL] = "";
		X509 *x509 = NULL;

		CC_TRY(cc_cert_x509(roots.certs[i], &x509, err));
		cc_x509_label(x509, label);
		if (X509_check_ca(x509) == 0)
			return cc_fail(err, CC_E_ARG, "certificate %s is no CA", label);
		if (X509_STORE_add_cert(store, x509) != 1)
			return cc_fail_openssl(err, CC_E_SYSTEM, "take certificate %s", label);
	}
	return 0;
}

static int configure(SSL_CTX *ctx, struct cc_err *err)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, CIPHERS_12) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "configure TLS");
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ctx, (long)(CC_CHAIN_MAX * CC_CERT_MAX));
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return 0;
}

int cc_trust_new(struct cc_span pem, struct cc_trust **out, struct cc_err *err)
{
	CC_AUTO_TRUST struct cc_trust *trust = calloc(1, sizeof(*trust));

	if (trust == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for roots");
	if (pem.len > CC_TRUST_PEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "roots of %zu bytes, more than %zu", pem.len,
			       CC_TRUST_PEM_MAX);
	/* libssl has a configuration section of its own: see cc_crypto_init. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start TLS");
	trust->ctx = SSL_CTX_new(TLS_client_method());
	if (trust->ctx == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start TLS");
	CC_TRY(configure(trust->ctx, err));
	CC_TRY(add_roots(SSL_CTX_get_cert_store(trust->ctx), pem, err));
	*out = CC_TAKE(trust);
	return 0;
}

void cc_exchange_free(struct cc_exchange *exchange)
{
	if (exchange == NULL)
		return;
	SSL_free(exchange->ssl);
	cc_secret_free(exchange->question);
	free(exchange);
}

/* Both the name that is asked for and the one that the certificate must have. */
static int name_server(SSL *ssl, const char *host, struct cc_err *err)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char *name = strdup(host); /* OpenSSL's macro wants it without const */
	long named = name == NULL ? 0 : SSL_set_tlsext_host_name(ssl, name);

	free(name);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
						       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	X509_VERIFY_PARAM_set_time(param, (time_t)cc_time_now());
	if (named != 1 || host[0] == '\0' || SSL_set1_host(ssl, host) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "name the server '%.200s' in TLS", host);
	return 0;
}

int cc_exchange_new(struct cc_trust *trust, const char *host, struct cc_span question,
		    struct cc_exchange **out, struct cc_err *err)
{
	CC_AUTO_EXCHANGE struct cc_exchange *exchange = calloc(1, sizeof(*exchange));

	if (exchange == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an exchange");
	CC_TRY(cc_secret_from(question, &exchange->question, err));
	exchange->ssl = SSL_new(trust->ctx);
	exchange->in = BIO_new(BIO_s_mem());
	exchange->out = BIO_new(BIO_s_mem());
	if (exchange->ssl == NULL || exchange->in == NULL || exchange->out == NULL) {
		BIO_free(exchange->in);
		BIO_free(exchange->out);
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a TLS connection");
	}
	SSL_set_bio(exchange->ssl, exchange->in, exchange->out);
	SSL_set_connect_state(exchange->ssl);
	CC_TRY(name_server(exchange->ssl, host, err));
	*out = CC_TAKE(exchange);
	return 0;
}

/* Why it failed: what the certificate lacks, or OpenSSL's reason. */
static int fail(const struct cc_exchange *exchange, struct cc_err *err)
{
	long verdict = SSL_get_verify_result(exchange->ssl);

	if (verdict == X509_V_OK)
		return cc_fail_openssl(err, CC_E_UNAVAILABLE, "TLS");
	cc_ignore(cc_x509_refused((int)verdict, NULL, err));
	return cc_hint(err, "compare its roots with those that this CAS was made with");
}

/* 1: done, 0: more bytes are needed, -1: failed. */
static int outcome(const struct cc_exchange *exchange, int result, struct cc_err *err)
{
	int reason = 0;

	if (result > 0)
		return 1;
	reason = SSL_get_error(exchange->ssl, result);
	if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_ZERO_RETURN)
		return 0;
	return fail(exchange, err);
}

static int ask(struct cc_exchange *exchange, struct cc_err *err)
{
	struct cc_span question = cc_secret_span(exchange->question);
	int moved = outcome(exchange, SSL_do_handshake(exchange->ssl), err);

	if (moved != 1)
		return moved;
	/* Memory takes it whole. */
	moved = outcome(exchange, SSL_write(exchange->ssl, question.at, (int)question.len), err);
	if (moved != 1)
		return moved < 0 ? -1 : cc_fail(err, CC_E_BUG, "a question was not sent");
	cc_secret_free(exchange->question);
	exchange->question = NULL;
	return 1;
}

static int hear(struct cc_exchange *exchange, struct cc_buf *answer, struct cc_err *err)
{
	CC_WIPED(part, READ_SIZE);
	int got = 0;

	for (;;) {
		got = SSL_read(exchange->ssl, part, sizeof(part));
		if (got <= 0)
			return outcome(exchange, got, err);
		CC_TRY(cc_buf_add(answer, cc_span(part, (size_t)got), err));
	}
}

static int drain(BIO *from, struct cc_buf *out, struct cc_err *err)
{
	size_t waits = BIO_ctrl_pending(from);
	struct cc_mut room = { 0 };

	if (waits == 0)
		return 0;
	CC_TRY(cc_buf_extend(out, waits, &room, err));
	return BIO_read(from, room.at, (int)waits) == (int)waits
		       ? 0
		       : cc_fail(err, CC_E_BUG, "TLS bytes are gone");
}

int cc_exchange_step(struct cc_exchange *exchange, struct cc_span in, struct cc_buf *out,
		     struct cc_buf *answer, struct cc_err *err)
{
	struct cc_err ignored = { 0 };
	int moved = 1;

	ERR_clear_error();
	if (in.len > INT32_MAX ||
	    (in.len != 0 && BIO_write(exchange->in, in.at, (int)in.len) != (int)in.len))
		return cc_fail_openssl(err, CC_E_SYSTEM, "out of memory for TLS");
	if (exchange->question != NULL)
		moved = ask(exchange, err);
	if (moved == 1)
		moved = hear(exchange, answer, err);
	if (moved < 0) { /* the alert goes out all the same */
		cc_ignore(drain(exchange->out, out, &ignored));
		return -1;
	}
	return drain(exchange->out, out, err);
}
