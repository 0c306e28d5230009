/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of secrets: what an entry of `secrets` stands for (scone.md 1.8).
 *
 * Everything here is a function of its arguments and of random bytes. Other secrets of the policy,
 * a certificate's key or its issuer, come through a lookup, so that the CAS alone knows which of
 * them are imported and from where.
 */
#ifndef CC_SECRET_VALUE_H
#define CC_SECRET_VALUE_H

#include "base/buf.h"
#include "base/secret.h"
#include "policy/policy.h"
#include "secret/azure.h"

#define CC_SECRET_CHAIN_MAX ((size_t)64 * 1024) /* PEM of the certificates above one */

/*
 * The bytes are: ascii and tokens as text; binary as they are; a private key in PKCS#8, a public
 * key in SubjectPublicKeyInfo and a certificate in DER; the transferable secret key of OpenPGP;
 * canonical JSON of a config-fragment.
 */
struct cc_secret_value {
	enum cc_secret_kind kind;
	struct cc_secret *bytes; /* NULL: no bytes at all */
	struct cc_secret *key;   /* of a certificate that has a key of its own (0.2): PKCS#8 */
	struct cc_buf chain;     /* of a certificate: PEM of those above it, the root last */
	int64_t from, until;     /* of certificates and tokens; `until` 0: it does not end */
};
#define CC_AUTO_SECRET_VALUE CC_CLEANUP(cc_secret_value_clear)
void cc_secret_value_clear(struct cc_secret_value *value) CC_NONNULL;
struct cc_span cc_secret_value_span(const struct cc_secret_value *value) CC_NONNULL;

/* Borrowed until the lookup's owner lets go of it. */
struct cc_secret_found {
	const struct cc_secret_value *value;
	const struct cc_secret_value *key; /* private key of a certificate; NULL: not to be had */
};
struct cc_secret_lookup {
	/* A secret of the policy by name. CC_E_NOTFOUND when `secrets` lacks it. */
	int (*find)(void *context, const char *name, struct cc_secret_found *out,
		    struct cc_err *err);
	void *context;
};

/*
 * Services outside, and whoever has a way to them. A value is a function of their answers: while
 * one is not there, `ask` is CC_E_UNAVAILABLE, and the value is made again when it is.
 */
struct cc_secret_outside {
	const struct cc_azure *azure; /* NULL: it is not asked */
	int (*ask)(void *context, const struct cc_outside_ask *ask, struct cc_outside_answer *out,
		   struct cc_err *err);
	void *context;
};

struct cc_secret_making {
	const struct cc_secret_entry *entry;
	const struct cc_secret_lookup *others;
	const struct cc_secret_found *authority; /* the session's CA of 0.2; NULL: none */
	const struct cc_secret_outside *outside; /* NULL: what lies there is CC_E_UNSUPPORTED */
	const char *aad_token; /* the one secret of that kind; NULL: there is none or several */
	const char *identity;  /* of the software, for tokens; NULL: not known */
	int64_t now;
};

/*
 * Generate or issue a value, or take the explicit one, in which references to other secrets of the
 * policy are filled in. An import is CC_E_BUG: its value is another policy's. `out` is zeroed.
 */
int cc_secret_make(const struct cc_secret_making *making, struct cc_secret_value *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Is it made anew each time that it is asked for, and not stored? What follows from other values
 * is (explicit values, public keys), what lies in a key vault is, for its owner changes it there,
 * and tokens are: they hold for a while and for one program.
 */
bool cc_secret_is_momentary(const struct cc_secret_entry *entry) CC_NONNULL;

/*
 * Does the value outlive the update from `old` to `new` (scone.md 1.8.5)? Only what the CAS made
 * is ever asked about.
 */
bool cc_secret_migrates(const struct cc_secret_entry *old,
			const struct cc_secret_entry *new) CC_NONNULL;

/*
 * Must a certificate be issued again: less than a tenth of its time is left, or its key or issuer
 * is another one by now? Nothing else ever is.
 */
bool cc_secret_is_due(const struct cc_secret_making *making,
		      const struct cc_secret_value *value) CC_NONNULL;

/* The form in which the CAS stores a value and gives it to another one (docs/format/secret.md). */
#define CC_SECRET_RECORD_MAX ((size_t)1024 * 1024)
int cc_secret_value_print(const struct cc_secret_value *value, struct cc_buf *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_secret_value_parse(struct cc_span bytes, struct cc_secret_value *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
