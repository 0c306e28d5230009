/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-anchor.h"

#include "base/str.h"
#include "base/time.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"

#define FORMAT "concordat volume state "
#define VERSION "1"
#define OWNER_LABEL "concordat volume owner 1"
#define OWNER_LEN 16
#define SALT_LEN 32
#define KEY_LEN 32
#define SEALED_LEN (KEY_LEN + CC_AEAD_TAG_LEN)

void cc_volume_anchor_clear(struct cc_volume_anchor *anchor)
{
	cc_volume_access_clear(&anchor->access);
}

/* Tells whose key this is, so that a wrong one is not mistaken for tampering. */
static int owner_of(const struct cc_secret *owner, uint8_t out[static OWNER_LEN],
		    struct cc_err *err)
{
	return cc_hkdf_expand(cc_secret_span(owner), cc_span_str(OWNER_LABEL),
			      (struct cc_mut){ out, OWNER_LEN }, err);
}

/* Whatever the file says beside the sealed key is authenticated with it. */
static int aad_of(const struct cc_json *top, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *rest = NULL;

	CC_TRY(cc_json_copy(top, &rest, err));
	cc_json_drop(rest, "key");
	return cc_json_print(rest, out, err);
}

static int unseal(const struct cc_json *top, const struct cc_secret *owner, struct cc_secret **out,
		  struct cc_err *err)
{
	const struct cc_aead_nonce nonce = { { 0 } };
	uint8_t salt[SALT_LEN], sealed[SEALED_LEN];
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf aad = { 0 };
	struct cc_aead_tag tag;

	CC_TRY(cc_json_get_hex(top, "salt", CC_MUT(salt), err));
	CC_TRY(cc_json_get_base64_fixed(top, "key", CC_MUT(sealed), err));
	memcpy(tag.b, sealed + KEY_LEN, sizeof(tag.b));
	CC_TRY(aad_of(top, &aad, err));
	CC_TRY(cc_secret_new(KEY_LEN, &key, err));
	CC_TRY(cc_aead_derive(owner, CC_SPAN(salt), cc_span_str(FORMAT VERSION), &aead, err));
	if (cc_aead_open(aead, &nonce, cc_buf_span(&aad), cc_span(sealed, KEY_LEN), &tag,
			 (struct cc_mut){ cc_secret_bytes(key), KEY_LEN }, err) != 0)
		return cc_fail(err, CC_E_TAMPERED, "its members are not those that were sealed");
	*out = CC_TAKE(key);
	return 0;
}

static int check_head(const struct cc_json *top, const struct cc_secret *owner, struct cc_err *err)
{
	static const char *const known[] = { "format", "volume", "owner",     "state", "epoch",
					     "number", "tag",    "committed", "salt",  "key" };
	uint8_t mine[OWNER_LEN], named[OWNER_LEN];
	const char *format = NULL;

	CC_TRY(cc_json_get_str(top, "format", &format, err));
	if (!cc_str_starts(format, FORMAT))
		return cc_fail(err, CC_E_ARG, "'%.64s' is no state file of a volume", format);
	if (!cc_str_eq(format, FORMAT VERSION))
		return cc_fail(err, CC_E_UNSUPPORTED, "it has version '%.16s', not " VERSION,
			       format + strlen(FORMAT));
	CC_TRY(cc_json_closed(top, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_hex(top, "owner", CC_MUT(named), err));
	CC_TRY(owner_of(owner, mine, err));
	if (memcmp(mine, named, sizeof(mine)) == 0)
		return 0;
	cc_err_set(err, CC_E_DENIED, "it is sealed under another key");
	return cc_hint(err, "name the key file that the volume was made with: --key-file FILE");
}

static int parse(const struct cc_json *top, const struct cc_secret *owner,
		 struct cc_volume_anchor *out, struct cc_err *err)
{
	struct cc_volume_access *access = &out->access;
	const char *time = NULL;

	CC_TRY(check_head(top, owner, err));
	CC_TRY(cc_json_get_hex(top, "volume", CC_MUT(access->id.b), err));
	CC_TRY(cc_json_get_hex(top, "state", CC_MUT(access->base.state.b), err));
	CC_TRY(cc_json_get_u64(top, "epoch", CC_JSON_INTEGER_MAX, &access->base.epoch, err));
	CC_TRY(cc_json_get_u64(top, "number", CC_JSON_INTEGER_MAX, &access->base.number, err));
	CC_TRY(cc_json_get_digest(top, "tag", &access->base.tag, err));
	CC_TRY(cc_json_get_str(top, "committed", &time, err));
	CC_TRY(cc_time_parse(cc_span_str(time), &out->committed, err));
	CC_TRY(unseal(top, owner, &access->key, err));
	access->base.key = access->key;
	return 0;
}

int cc_volume_anchor_parse(struct cc_span text, const struct cc_secret *owner,
			   struct cc_volume_anchor *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;

	CC_TRY(cc_json_parse(text, CC_VOLUME_ANCHOR_MAX, &top, err));
	return parse(top, owner, out, err);
}

static int describe(const struct cc_volume_anchor *anchor, const struct cc_secret *owner,
		    struct cc_json *top, struct cc_err *err)
{
	const struct cc_volume_base *base = &anchor->access.base;
	uint8_t mine[OWNER_LEN];
	char time[CC_TIME_TEXT];

	cc_time_print(anchor->committed, time);
	CC_TRY(owner_of(owner, mine, err));
	CC_TRY(cc_json_set_str(top, "format", FORMAT VERSION, err));
	CC_TRY(cc_json_set_hex(top, "volume", CC_SPAN(anchor->access.id.b), err));
	CC_TRY(cc_json_set_hex(top, "owner", CC_SPAN(mine), err));
	CC_TRY(cc_json_set_hex(top, "state", CC_SPAN(base->state.b), err));
	CC_TRY(cc_json_set_u64(top, "epoch", base->epoch, err));
	CC_TRY(cc_json_set_u64(top, "number", base->number, err));
	CC_TRY(cc_json_set_hex(top, "tag", CC_DIGEST_SPAN(base->tag), err));
	return cc_json_set_str(top, "committed", time, err);
}

static int seal(struct cc_json *top, const struct cc_secret *owner, const struct cc_secret *key,
		struct cc_err *err)
{
	const struct cc_aead_nonce nonce = { { 0 } };
	uint8_t salt[SALT_LEN], sealed[SEALED_LEN];
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf aad = { 0 };
	struct cc_aead_tag tag;

	CC_TRY(cc_random(CC_MUT(salt), err));
	CC_TRY(cc_json_set_hex(top, "salt", CC_SPAN(salt), err));
	CC_TRY(aad_of(top, &aad, err));
	CC_TRY(cc_aead_derive(owner, CC_SPAN(salt), cc_span_str(FORMAT VERSION), &aead, err));
	CC_TRY(cc_aead_seal(aead, &nonce, cc_buf_span(&aad), cc_secret_span(key),
			    (struct cc_mut){ sealed, KEY_LEN }, &tag, err));
	memcpy(sealed + KEY_LEN, tag.b, sizeof(tag.b));
	return cc_json_set_base64(top, "key", CC_SPAN(sealed), err);
}

int cc_volume_anchor_print(const struct cc_volume_anchor *anchor, const struct cc_secret *owner,
			   struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *top = NULL;

	CC_TRY(cc_json_object(&top, err));
	CC_TRY(describe(anchor, owner, top, err));
	CC_TRY(seal(top, owner, anchor->access.base.key, err));
	CC_TRY(cc_json_print_pretty(top, out, err));
	return 0;
}
