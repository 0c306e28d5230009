/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stakeholder keeps on its own machine: the key that is its identity,
 * and what it knows of each CAS.
 *
 *     <home>/identity.pem        Ed25519, PKCS#8, mode 0600
 *     <home>/cas/<name>.json     address, pinned key and policy, greatest checkpoint seen
 *
 * The home is $CONCORDAT_HOME, else $XDG_CONFIG_HOME/concordat, else
 * ~/.config/concordat. It is made with mode 0700 when first written to.
 */
#ifndef CC_CLIENT_HOME_H
#define CC_CLIENT_HOME_H

#include "base/dir.h"
#include "crypto/sign.h"

struct cc_home {
	struct cc_dir dir;
	char path[1024];
};
#define CC_AUTO_HOME CC_CLEANUP(cc_home_close)

int cc_home_open(struct cc_home *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_home_close(struct cc_home *home) CC_NONNULL;

/* The identity, made at first use. */
int cc_home_identity(const struct cc_home *home, struct cc_key **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* SCONE's form of a key hash: Base58Check, version 1, as access policies name it. */
#define CC_IDENTITY_TEXT 64
int cc_identity_print(const struct cc_pubkey *key, char out[static CC_IDENTITY_TEXT],
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_key_hash_print(const struct cc_digest *hash, char out[static CC_IDENTITY_TEXT],
		      struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A CAS that was attested, or whose key was given by hand. The checkpoint is
 * the greatest that was seen: an older or inconsistent one is refused.
 */
struct cc_known_cas {
	char name[65];        /* "default", or what the user called it */
	char address[256];    /* host:port */
	struct cc_digest key; /* key hash of the CAS key */
	bool has_policy;
	struct cc_digest policy; /* hash of the CAS's own policy */
	bool simulation;         /* the evidence rested on a simulated platform */
	uint64_t size;           /* of the checkpoint */
	struct cc_digest root;
};
int cc_home_cas_load(const struct cc_home *home, const char *name, struct cc_known_cas *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_home_cas_save(const struct cc_home *home, const struct cc_known_cas *cas,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
