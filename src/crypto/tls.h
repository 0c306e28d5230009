/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 contexts (RFC 8446) as the project uses it: no older version, no
 * 0-RTT, no session tickets, no renegotiation, one exporter label.
 *
 * A server is known by its CAS key: its certificate is signed by a
 * certificate whose key hash the client has pinned; names do not matter.
 * A client certificate is optional, of any issuer, within its window: it proves
 * that the client holds a key, nothing more.
 *
 * A server of the public web (cc_tls_public) is known by its name, from TLS 1.2 on. That
 * only keeps what is asked from third eyes: what it answers has to be proven by itself.
 *
 * Any certificate under the pinned root passes for the server. So whoever holds
 * the root's key signs no other certificates for TLS with it.
 */
#ifndef CC_CRYPTO_TLS_H
#define CC_CRYPTO_TLS_H

#include "crypto/x509.h"

#define CC_TLS_EXPORTER_LABEL "EXPORTER-concordat-attest-1"
#define CC_TLS_EXPORTER_LEN 32

struct ssl_st;
struct cc_tls; /* outlives the connections made from it */
#define CC_AUTO_TLS CC_CLEANUP(cc_tls_auto)

/* `chain` is the server's certificate first, then those that signed it, the root included. */
int cc_tls_server(const struct cc_key *key, const struct cc_chain *chain, struct cc_tls **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * `pin`: key hash of the root that must have signed; NULL: of any, for who attests the other
 * end over this very connection (its exporter is in the evidence). `key` and `cert` of the
 * client, or both NULL. The server's chain must hold the root; each signature and window in it is
 * checked.
 */
int cc_tls_client(const struct cc_digest *pin, const struct cc_key *key, const struct cc_cert *cert,
		  struct cc_tls **out, struct cc_err *err) CC_MUST __attribute__((nonnull(4, 5)));
/*
 * For a server of the public web, `host` as its certificate names it: by the system's roots or
 * those in the PEM file `roots`. Connections need no `server_name`.
 */
int cc_tls_public(const char *host, const char *roots, struct cc_tls **out,
		  struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));
void cc_tls_free(struct cc_tls *tls);
static inline void cc_tls_auto(struct cc_tls **tls)
{
	cc_tls_free(*tls);
}
/* A connection, for libevent, which takes it over. `server_name` (SNI) or NULL. */
int cc_tls_connection(struct cc_tls *tls, const char *server_name, struct ssl_st **out,
		      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));

/* After the handshake: CC_TLS_EXPORTER_LEN bytes (RFC 5705, RFC 8446 7.5) without context. */
int cc_tls_exporter(struct ssl_st *connection, struct cc_digest *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* The peer's certificate, or CC_E_NOTFOUND. */
int cc_tls_peer(struct ssl_st *connection, struct cc_cert **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Why the handshake failed, in words and with the next step:
 *   CC_E_EVIDENCE     another CAS key than the pinned one (both are named), or a chain that
 *                     does not verify
 *   CC_E_EXPIRED      a certificate, ours or theirs, outside its window
 *   CC_E_UNAVAILABLE  anything else
 * `openssl_error` is what libevent took off the queue (bufferevent_get_openssl_error), or 0
 * to take it from the queue. Fills *err; the error queue is empty afterwards.
 */
void cc_tls_failure(struct ssl_st *connection, unsigned long openssl_error,
		    struct cc_err *err) CC_NONNULL;

#endif
