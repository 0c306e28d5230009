/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of Azure, and what its answers mean: tokens of Active Directory (OAuth 2.0 client
 * credentials, RFC 6749 4.4) and secrets of a Key Vault (REST, api-version 7.4).
 *
 * Pure but for the number of an assertion: requests and answers are bytes, and who has a way to the
 * network carries them (struct cc_secret_outside). Where they go is no policy's to choose: the
 * hosts are those that the CAS was made with, a policy names a tenant and a vault below them. So no
 * policy has a token sent to a host of its own, and nobody on the way answers for Azure: the roots
 * are pinned with them.
 */
#ifndef CC_SECRET_AZURE_H
#define CC_SECRET_AZURE_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define CC_HOST_MAX 253 /* characters of a DNS name */
#define CC_AZURE_TOKEN_MAX ((size_t)16 * 1024)
#define CC_AZURE_BODY_MAX ((size_t)64 * 1024) /* of an answer */

struct cc_azure {
	const char *authority; /* host: "login.microsoftonline.com" */
	const char *vaults;    /* what the names of vaults end in: "vault.azure.net" */
};

/* A DNS name in lower case, of two labels or more, or "localhost". */
int cc_host_check(const char *host, struct cc_err *err) CC_MUST CC_NONNULL;

/* One request over HTTPS. The bytes are HTTP/1.1 and hold secrets. */
struct cc_outside_ask {
	char host[CC_HOST_MAX + 1];
	struct cc_buf request;
	struct cc_digest id; /* the same for the same question */
};
#define CC_AUTO_OUTSIDE_ASK CC_CLEANUP(cc_outside_ask_clear)
void cc_outside_ask_clear(struct cc_outside_ask *ask) CC_NONNULL;
/* Borrowed from whoever keeps it. */
struct cc_outside_answer {
	unsigned int status;
	struct cc_span body;
};

/* How a token is bought: with a secret, or with the key of a certificate. */
struct cc_azure_buyer {
	const char *tenant, *client;
	struct cc_span secret;  /* empty: with */
	struct cc_span key;     /* RSA, PKCS#8 in DER, and */
	const char *thumbprint; /* hexadecimal, of SHA-1 or SHA-256 */
	int64_t now;            /* for an assertion */
};
int cc_azure_ask_token(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		       struct cc_outside_ask *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* `until` from `now`. CC_E_DENIED: refused; CC_E_EXPIRED: it ends before it begins. */
int cc_azure_read_token(const struct cc_outside_answer *answer, int64_t now,
			struct cc_secret **token, int64_t *until,
			struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * `vault` is a name or a host, `name` that of a secret, with "/version" behind it or the newest.
 * CC_E_ARG: neither Azure nor this CAS has such.
 */
struct cc_azure_want {
	const char *vault, *name;
	struct cc_span token;
};
int cc_azure_ask_secret(const struct cc_azure *azure, const struct cc_azure_want *want,
			struct cc_outside_ask *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_NOTFOUND, CC_E_DENIED: the vault says so; CC_E_EXPIRED: outside the secret's own window. */
int cc_azure_read_secret(const struct cc_outside_answer *answer, int64_t now,
			 struct cc_secret **text, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The text of a secret that was sealed for a vault (scone.md 1.10), by a key of 32 bytes:
 * base64(u16 0x00a1 ‖ u16 2 ‖ u16 length ‖ nonce[12] ‖ payload ‖ tag[16]), AES-256-GCM, no AAD.
 */
int cc_azure_open(struct cc_span text, const struct cc_secret *key, struct cc_secret **plain,
		  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
