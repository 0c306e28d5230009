/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/value.h"

#include "base/str.h"
#include "secret/pgp.h"
#include "secret/value-internal.h"

#define ASCII_FIRST '!'
#define ASCII_COUNT 94 /* to '~' */

void cc_secret_value_clear(struct cc_secret_value *value)
{
	cc_secret_free(value->bytes);
	cc_secret_free(value->key);
	cc_buf_clear(&value->chain);
	*value = (struct cc_secret_value){ 0 };
}

struct cc_span cc_secret_value_span(const struct cc_secret_value *value)
{
	return value->bytes == NULL ? (struct cc_span){ 0 } : cc_secret_span(value->bytes);
}

/* Random bytes below the last multiple of 94 that fits, so that each character is as likely. */
static int make_ascii(const struct cc_secret_making *making, struct cc_secret_value *out,
		      struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *text = NULL;
	CC_WIPED(pool, 256);
	size_t made = 0, size = making->entry->size;
	uint8_t *at = NULL;

	CC_TRY(cc_secret_new(size, &text, err));
	at = cc_secret_bytes(text);
	while (made < size) {
		CC_TRY(cc_random(CC_MUT(pool), err));
		for (size_t i = 0; i < sizeof(pool) && made < size; i++)
			if (pool[i] < 256 / ASCII_COUNT * ASCII_COUNT)
				at[made++] = (uint8_t)(ASCII_FIRST + pool[i] % ASCII_COUNT);
	}
	out->bytes = CC_TAKE(text);
	return 0;
}

static int make_binary(const struct cc_secret_making *making, struct cc_secret_value *out,
		       struct cc_err *err)
{
	return cc_secret_random(making->entry->size, &out->bytes, err);
}

static int make_private_key(const struct cc_secret_making *making, struct cc_secret_value *out,
			    struct cc_err *err)
{
	static const enum cc_keypair_kind kinds[] = {
		[CC_KEY_TYPE_P256] = CC_KEYPAIR_P256,
		[CC_KEY_TYPE_P384] = CC_KEYPAIR_P384,
		[CC_KEY_TYPE_ED25519] = CC_KEYPAIR_ED25519,
		[CC_KEY_TYPE_RSA2048] = CC_KEYPAIR_RSA2048,
		[CC_KEY_TYPE_RSA3072] = CC_KEYPAIR_RSA3072,
	};
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;

	CC_TRY(cc_keypair_generate(kinds[making->entry->key_type], &pair, err));
	return cc_keypair_to_pkcs8(pair, &out->bytes, err);
}

int cc_secret_find_key(const struct cc_secret_lookup *others, const char *name, const char *what,
		       struct cc_keypair **out, struct cc_err *err)
{
	struct cc_secret_found found = { 0 };

	CC_TRY(others->find(others->context, name, &found, err));
	if (found.value->kind != CC_SECRET_PRIVATE_KEY)
		return cc_fail(err, CC_E_ARG, "%s '%.128s' is no private key", what, name);
	return cc_keypair_from_pkcs8(cc_secret_value_span(found.value), out, err);
}

static int make_public_key(const struct cc_secret_making *making, struct cc_secret_value *out,
			   struct cc_err *err)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_BUF struct cc_buf spki = { 0 };

	CC_TRY(cc_secret_find_key(making->others, making->entry->private_key, "private_key", &pair,
				  err));
	CC_TRY(cc_keypair_public(pair, &spki, err));
	return cc_secret_from(cc_buf_span(&spki), &out->bytes, err);
}

static int make_pgp_key(const struct cc_secret_making *making, struct cc_secret_value *out,
			struct cc_err *err)
{
	return cc_pgp_generate(making->entry->name, making->now, &out->bytes, err);
}

typedef int maker(const struct cc_secret_making *making, struct cc_secret_value *out,
		  struct cc_err *err);
static maker *const makers[CC_SECRET_KIND_COUNT] = {
	[CC_SECRET_ASCII] = make_ascii,
	[CC_SECRET_BINARY] = make_binary,
	[CC_SECRET_PRIVATE_KEY] = make_private_key,
	[CC_SECRET_PUBLIC_KEY] = make_public_key,
	[CC_SECRET_X509] = cc_secret_issue,
	[CC_SECRET_X509_CA] = cc_secret_issue,
	[CC_SECRET_SESSION_CA] = cc_secret_issue,
	[CC_SECRET_AAD_TOKEN] = cc_secret_fetch_token,
	[CC_SECRET_PGP_KEY] = make_pgp_key,
	[CC_SECRET_JWT] = cc_secret_token,
};

int cc_secret_make(const struct cc_secret_making *making, struct cc_secret_value *out,
		   struct cc_err *err)
{
	const struct cc_secret_entry *entry = making->entry;
	CC_AUTO_SECRET_VALUE struct cc_secret_value made = { .kind = entry->kind };
	maker *make = entry->value != NULL        ? cc_secret_explicit
		      : entry->import_akv != NULL ? cc_secret_fetch_vault
						  : makers[entry->kind];

	if (entry->import != NULL || make == NULL)
		return cc_fail(err, CC_E_BUG, "secret '%.128s' has nothing to be made from",
			       entry->name);
	if (make(making, &made, err) != 0)
		return cc_wrap(err, "secret '%.128s'", entry->name);
	*out = made;
	made = (struct cc_secret_value){ 0 };
	return 0;
}

bool cc_secret_is_momentary(const struct cc_secret_entry *entry)
{
	return entry->value != NULL || entry->import_akv != NULL ||
	       entry->kind == CC_SECRET_PUBLIC_KEY || entry->kind == CC_SECRET_JWT ||
	       entry->kind == CC_SECRET_AAD_TOKEN;
}

static bool is_made(const struct cc_secret_entry *entry)
{
	return entry->value == NULL && entry->import == NULL && entry->import_akv == NULL;
}

bool cc_secret_migrates(const struct cc_secret_entry *old, const struct cc_secret_entry *new)
{
	if (!is_made(old) || !is_made(new) || old->kind != new->kind ||
	    !cc_str_eq(old->name, new->name))
		return false;
	switch (new->kind) {
	case CC_SECRET_ASCII:
	case CC_SECRET_BINARY:
		return old->size == new->size;
	case CC_SECRET_PGP_KEY:
	case CC_SECRET_SESSION_CA:
		return true;
	case CC_SECRET_PRIVATE_KEY:
		return old->migrate && new->migrate && old->key_type == new->key_type;
	case CC_SECRET_NONE:
	case CC_SECRET_PUBLIC_KEY:
	case CC_SECRET_X509: /* always issued again */
	case CC_SECRET_X509_CA:
	case CC_SECRET_AAD_TOKEN:
	case CC_SECRET_CONFIG_FRAGMENT:
	case CC_SECRET_JWT:
	case CC_SECRET_KIND_COUNT:
		break;
	}
	return false;
}
