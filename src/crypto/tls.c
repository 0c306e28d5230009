/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls.h"

#include <pthread.h>

#include "base/str.h"
#include "base/time.h"
#include "crypto/sign-internal.h"
#include "crypto/x509-internal.h"

#define CHAIN_BYTES_MAX ((long)(CC_CHAIN_MAX * CC_CERT_MAX))
#define CIPHERS "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define SECURITY_LEVEL 2

struct cc_tls {
	SSL_CTX *ctx;
	bool is_client;
	bool is_pinned; /* of a client: */
	struct cc_digest pin;
	char *host; /* of the public web, or NULL */
};

/*
 * Where a connection keeps why it refused its peer: OpenSSL's own results have
 * no room for two key hashes, and it drops the chain that it refused.
 */
static struct {
	pthread_once_t once;
	int index;
} reason_slot = { .once = PTHREAD_ONCE_INIT };

static void free_reason(void *parent, void *reason, CRYPTO_EX_DATA *data, int index, long number,
			void *argument)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)number;
	(void)argument;
	free(reason);
}

static void make_slot(void)
{
	reason_slot.index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_reason);
}

/* Refuse the peer: remember why and choose the alert. Returns what OpenSSL wants, 0. */
static int refuse(X509_STORE_CTX *store, const struct cc_err *err)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct cc_err *copy = malloc(sizeof(*copy));

	X509_STORE_CTX_set_error(store, err->code == CC_E_EXPIRED ? X509_V_ERR_CERT_HAS_EXPIRED
								  : X509_V_ERR_CERT_UNTRUSTED);
	if (copy == NULL)
		return 0;
	*copy = *err;
	free(SSL_get_ex_data(ssl, reason_slot.index));
	if (SSL_set_ex_data(ssl, reason_slot.index, copy) != 1)
		free(copy);
	return 0;
}

static int check_window(const X509 *x509, struct cc_err *err)
{
	const time_t now = cc_time_now();
	time_t at = now;

	if (X509_cmp_time(X509_get0_notBefore(x509), &at) > 0)
		return cc_x509_refused(X509_V_ERR_CERT_NOT_YET_VALID, x509, err);
	at = now;
	if (X509_cmp_time(X509_get0_notAfter(x509), &at) < 0)
		return cc_x509_refused(X509_V_ERR_CERT_HAS_EXPIRED, x509, err);
	return 0;
}

/* A client proves that it holds a key. Who issued the certificate says nothing to us. */
static int verify_client(X509_STORE_CTX *store, void *tls)
{
	struct cc_err err = { 0 };

	(void)tls;
	if (check_window(X509_STORE_CTX_get0_cert(store), &err) == 0) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	cc_err_wrap(&err, "the client's certificate is refused");
	cc_err_hint(&err, "make a new client certificate, or set the clock of the host");
	return refuse(store, &err);
}

static void hash_text(const struct cc_digest *d, char out[static 65])
{
	for (size_t i = 0; i < sizeof(d->b); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", d->b[i]);
}

static int pin_mismatch(const struct cc_digest *pin, const struct cc_digest *presented,
			struct cc_err *err)
{
	char want[65] = "", got[65] = "";

	hash_text(pin, want);
	hash_text(presented, got);
	cc_err_set(err, CC_E_EVIDENCE, "the CAS has the key '%s', pinned is '%s'", got, want);
	return cc_hint(err,
		       "check the address; if the CAS has a new key, ask its owner for the hash "
		       "and attest it: concordat cas attest");
}

static int take(X509 *presented, struct cc_cert **out, struct cc_err *err)
{
	if (presented == NULL || X509_up_ref(presented) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "take a server's certificate");
	return cc_cert_from_x509(presented, out, err);
}

/* What the server presented, as a chain of ours. */
static int take_chain(STACK_OF(X509) * presented, struct cc_chain *out, struct cc_err *err)
{
	int count = sk_X509_num(presented);

	if (count < 1 || count > CC_CHAIN_MAX)
		return cc_fail(err, CC_E_EVIDENCE, "a server presents 1 to %d certificates, not %d",
			       CC_CHAIN_MAX, count);
	for (int i = 0; i < count; i++) {
		CC_TRY(take(sk_X509_value(presented, i), &out->certs[i], err));
		out->count++;
	}
	return 0;
}

static int check_pin(const struct cc_chain *chain, const struct cc_digest *pin, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	for (size_t i = 0; i < chain->count; i++) {
		CC_TRY(cc_cert_key_hash(chain->certs[i], &hash, err));
		if (cc_digest_eq(&hash, pin))
			return 0;
	}
	return pin_mismatch(pin, &hash, err); /* the hash of the last: the presented root */
}

static int check_server(X509_STORE_CTX *store, const struct cc_tls *tls, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *leaf = NULL;
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_path path = { .chain = &chain, .root = &tls->pin, .strict = true };
	struct cc_digest presented = { 0 };

	path.at = cc_time_now();
	CC_TRY(take(X509_STORE_CTX_get0_cert(store), &leaf, err));
	path.leaf = leaf;
	CC_TRY(take_chain(X509_STORE_CTX_get0_untrusted(store), &chain, err));
	if (tls->is_pinned) {
		CC_TRY(check_pin(&chain, &tls->pin, err));
	} else {
		CC_TRY(cc_cert_key_hash(chain.certs[chain.count - 1], &presented, err));
		path.root = &presented;
	}
	return cc_path_verify(&path, err);
}

static int verify_server(X509_STORE_CTX *store, void *data)
{
	struct cc_err err = { 0 };

	if (check_server(store, data, &err) == 0) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	cc_err_wrap(&err, "the server's certificate is refused");
	if (err.code == CC_E_EXPIRED)
		cc_err_hint(&err, "set the clock of this host, or tell the CAS's operator");
	return refuse(store, &err);
}

static void limit(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES_MAX);
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
}

static int configure(SSL_CTX *ctx, struct cc_err *err)
{
	int groups[] = { NID_X25519, NID_X9_62_prime256v1, NID_secp384r1 };

	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, CIPHERS) != 1 ||
	    SSL_CTX_set1_groups(ctx, groups, CC_COUNT(groups)) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1 || SSL_CTX_set_max_early_data(ctx, 0) != 1 ||
	    SSL_CTX_set_recv_max_early_data(ctx, 0) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "configure TLS");
	limit(ctx);
	return 0;
}

static int tls_new(const SSL_METHOD *method, struct cc_tls **out, struct cc_err *err)
{
	CC_AUTO_TLS struct cc_tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for TLS");
	/* libssl has a configuration section of its own: see cc_crypto_init. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start TLS");
	(void)pthread_once(&reason_slot.once, make_slot);
	tls->ctx = SSL_CTX_new(method);
	if (tls->ctx == NULL || reason_slot.index < 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start TLS");
	CC_TRY(configure(tls->ctx, err));
	*out = CC_TAKE(tls);
	return 0;
}

static int use(SSL_CTX *ctx, const struct cc_key *key, const struct cc_cert *cert,
	       struct cc_err *err)
{
	X509 *x509 = NULL;

	CC_TRY(cc_cert_x509(cert, &x509, err));
	if (SSL_CTX_use_certificate(ctx, x509) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, cc_pubkey_pkey(cc_key_public(key))) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "use a certificate for TLS");
	return 0;
}

int cc_tls_server(const struct cc_key *key, const struct cc_chain *chain, struct cc_tls **out,
		  struct cc_err *err)
{
	CC_AUTO_TLS struct cc_tls *tls = NULL;

	if (chain->count == 0)
		return cc_fail(err, CC_E_ARG, "a TLS server needs a certificate");
	CC_TRY(tls_new(TLS_server_method(), &tls, err));
	CC_TRY(use(tls->ctx, key, chain->certs[0], err));
	for (size_t i = 1; i < chain->count; i++) {
		X509 *x509 = NULL;

		CC_TRY(cc_cert_x509(chain->certs[i], &x509, err));
		if (SSL_CTX_add1_chain_cert(tls->ctx, x509) != 1)
			return cc_fail_openssl(err, CC_E_ARG, "use a certificate chain for TLS");
	}
	/* Without FAIL_IF_NO_PEER_CERT: asked for, not demanded. */
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(tls->ctx, verify_client, tls);
	*out = CC_TAKE(tls);
	return 0;
}

int cc_tls_client(const struct cc_digest *pin, const struct cc_key *key, const struct cc_cert *cert,
		  struct cc_tls **out, struct cc_err *err)
{
	CC_AUTO_TLS struct cc_tls *tls = NULL;

	if ((key == NULL) != (cert == NULL))
		return cc_fail(err, CC_E_BUG, "a TLS client needs key and certificate, or neither");
	CC_TRY(tls_new(TLS_client_method(), &tls, err));
	tls->is_client = true;
	tls->is_pinned = pin != NULL;
	if (pin != NULL)
		tls->pin = *pin;
	if (key != NULL)
		CC_TRY(use(tls->ctx, key, cert, err));
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(tls->ctx, verify_server, tls);
	*out = CC_TAKE(tls);
	return 0;
}

/* Its own store and checks of OpenSSL, and what servers of the web still speak. */
int cc_tls_public(const char *host, const char *roots, struct cc_tls **out, struct cc_err *err)
{
	CC_AUTO_TLS struct cc_tls *tls = NULL;

	CC_TRY(tls_new(TLS_client_method(), &tls, err));
	CC_TRY(cc_str_dup(host, &tls->host, err));
	tls->is_client = true;
	if (SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "configure TLS");
	if (roots != NULL && SSL_CTX_load_verify_file(tls->ctx, roots) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "read certificates from '%s'", roots);
	if (roots == NULL && SSL_CTX_set_default_verify_paths(tls->ctx) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "read the system's certificates");
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	*out = CC_TAKE(tls);
	return 0;
}

void cc_tls_free(struct cc_tls *tls)
{
	if (tls == NULL)
		return;
	free(tls->host);
	SSL_CTX_free(tls->ctx);
	free(tls);
}

CC_OPENSSL_OWNER(SSL, auto_ssl, SSL_free)

/* A number is no name: it is not sent, and stands elsewhere in a certificate. */
static int expect_host(SSL *ssl, const char *host, struct cc_err *err)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return 0;
	ERR_clear_error();
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, host) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "expect the server '%s'", host);
	return 0;
}

int cc_tls_connection(struct cc_tls *tls, const char *server_name, struct ssl_st **out,
		      struct cc_err *err)
{
	CC_CLEANUP(auto_ssl) SSL *ssl = SSL_new(tls->ctx);
	CC_AUTO_FREE char *name = NULL; /* OpenSSL's macro wants it without const */

	if (ssl == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start a TLS connection");
	if (tls->is_client)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	if (tls->host != NULL)
		CC_TRY(expect_host(ssl, tls->host, err));
	if (server_name == NULL)
		server_name = tls->host;
	if (server_name != NULL)
		CC_TRY(cc_str_dup(server_name, &name, err));
	if (name != NULL && SSL_set_tlsext_host_name(ssl, name) != 1)
		return cc_fail_openssl(err, CC_E_ARG, "name the server '%s' in TLS", server_name);
	*out = CC_TAKE(ssl);
	return 0;
}

int cc_tls_exporter(struct ssl_st *connection, struct cc_digest *out, struct cc_err *err)
{
	/* Before the end of the handshake there is nothing that both ends agree on. */
	if (SSL_is_init_finished(connection) != 1)
		return cc_fail(err, CC_E_BUG, "the TLS handshake is not done");
	if (SSL_export_keying_material(connection, out->b, CC_TLS_EXPORTER_LEN,
				       CC_TLS_EXPORTER_LABEL, strlen(CC_TLS_EXPORTER_LABEL), NULL,
				       0, 0) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "export a value from TLS");
	return 0;
}

int cc_tls_peer(struct ssl_st *connection, struct cc_cert **out, struct cc_err *err)
{
	X509 *x509 = SSL_get1_peer_certificate(connection);

	if (x509 == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "the peer has shown no certificate");
	return cc_cert_from_x509(x509, out, err);
}

/* What the peer's alert, or our own library, means to a user. */
static const struct {
	int reason; /* SSL_R_… */
	enum cc_code code;
	const char *text, *hint;
} causes[] = {
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, CC_E_EXPIRED,
	  "the peer says that our certificate is outside its window",
	  "make a new certificate, or set the clock of this host" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, CC_E_UNAVAILABLE, "the peer does not take TLS 1.3",
	  "check the address: a CAS speaks TLS 1.3 only" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, CC_E_UNAVAILABLE, "the peer does not offer TLS 1.3",
	  "use a client that speaks TLS 1.3" },
	{ SSL_R_WRONG_VERSION_NUMBER, CC_E_UNAVAILABLE, "the peer does not speak TLS",
	  "check the address and the port" },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, CC_E_EVIDENCE,
	  "the server's certificate is not by a root that we know, or for another name",
	  "check the address, and name the roots to go by" },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, CC_E_UNAVAILABLE,
	  "the peer ended the connection within the handshake", "check the address and the port" },
};

void cc_tls_failure(struct ssl_st *connection, unsigned long openssl_error, struct cc_err *err)
{
	const struct cc_err *kept = SSL_get_ex_data(connection, reason_slot.index);
	unsigned long error = openssl_error != 0 ? openssl_error : ERR_peek_error();
	const char *text = ERR_reason_error_string(error);

	ERR_clear_error();
	if (kept != NULL) {
		*err = *kept;
		return;
	}
	for (size_t i = 0; i < CC_COUNT(causes); i++) {
		if (ERR_GET_LIB(error) != ERR_LIB_SSL || ERR_GET_REASON(error) != causes[i].reason)
			continue;
		cc_err_set(err, causes[i].code, "TLS handshake: %s", causes[i].text);
		cc_err_hint(err, "%s", causes[i].hint);
		return;
	}
	cc_err_set(err, CC_E_UNAVAILABLE, "TLS handshake: %s",
		   text == NULL ? "the connection ended" : text);
}
