/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hpke.h"

#include "base/fd.h"
#include "crypto/aead-internal.h"
#include "crypto/hpke-internal.h"
#include "crypto/kdf.h"
#include "crypto/openssl-internal.h"

#define KEM_ID 0x20 /* DHKEM(X25519, HKDF-SHA256) */
#define KDF_ID 0x01 /* HKDF-SHA256 */
#define MODE_BASE 0

const struct cc_hpke_suite cc_hpke_aes128 = { 1, 16 };
const struct cc_hpke_suite cc_hpke_aes256 = { 2, 32 };

struct cc_hpke_key {
	EVP_PKEY *pkey; /* its private half is in OpenSSL's secure heap */
	struct cc_hpke_public public;
};

struct cc_hpke {
	struct cc_aead *aead;
	struct cc_aead_nonce base;
	struct cc_secret *exporter;
	uint8_t aead_id;
	bool sends;
	uint64_t seq;
};

/* The suite identifier that a label is bound to: the KEM's own, or the whole suite's. */
struct scope {
	uint8_t b[10];
	size_t len;
};

static const struct scope kem_scope = { { 'K', 'E', 'M', 0, KEM_ID }, 5 };

static struct scope suite_scope(uint8_t aead_id)
{
	return (struct scope){ { 'H', 'P', 'K', 'E', 0, KEM_ID, 0, KDF_ID, 0, aead_id }, 10 };
}

/* RFC 9180 4: LabeledExtract. */
static int labeled_extract(const struct scope *scope, struct cc_span salt, const char *label,
			   struct cc_span ikm, struct cc_digest *out, struct cc_err *err)
{
	const struct cc_span parts[] = { cc_span_str("HPKE-v1"), cc_span(scope->b, scope->len),
					 cc_span_str(label), ikm };

	return cc_hmac_sha256v(salt, parts, CC_COUNT(parts), out, err);
}

/* RFC 9180 4: LabeledExpand. */
static int labeled_expand(const struct scope *scope, struct cc_span prk, const char *label,
			  struct cc_span info, struct cc_mut out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf labeled = { 0 };

	if (out.len > UINT16_MAX)
		return cc_fail(err, CC_E_TOOBIG, "HPKE derives at most %d bytes, not %zu",
			       UINT16_MAX, out.len);
	CC_TRY(cc_buf_add_u16be(&labeled, (uint16_t)out.len, err));
	CC_TRY(cc_buf_add_str(&labeled, "HPKE-v1", err));
	CC_TRY(cc_buf_add(&labeled, cc_span(scope->b, scope->len), err));
	CC_TRY(cc_buf_add_str(&labeled, label, err));
	CC_TRY(cc_buf_add(&labeled, info, err));
	return cc_hkdf_expand(prk, cc_buf_span(&labeled), out, err);
}

static int key_from_pkey(EVP_PKEY *taken, struct cc_hpke_key **out, struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *pkey = taken;
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = calloc(1, sizeof(*key));
	size_t len = CC_HPKE_KEY_LEN;

	if (key == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a key");
	if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, key->public.b, &len) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make an X25519 key");
	key->pkey = CC_TAKE(pkey);
	*out = CC_TAKE(key);
	return 0;
}

int cc_hpke_key_generate(struct cc_hpke_key **out, struct cc_err *err)
{
	return key_from_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), out, err);
}

int cc_hpke_key_from_raw(struct cc_span private, struct cc_hpke_key **out, struct cc_err *err)
{
	return key_from_pkey(
		EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private.at, private.len), out,
		err);
}

/* RFC 9180 7.1.3: DeriveKeyPair. */
int cc_hpke_key_derive(const struct cc_secret *ikm, struct cc_hpke_key **out, struct cc_err *err)
{
	CC_AUTO_DIGEST struct cc_digest prk = { 0 }, private = { 0 };

	if (cc_secret_len(ikm) < CC_HPKE_KEY_LEN)
		return cc_fail(err, CC_E_ARG, "key material has at least %d bytes, not %zu",
			       CC_HPKE_KEY_LEN, cc_secret_len(ikm));
	CC_TRY(labeled_extract(&kem_scope, cc_span(NULL, 0), "dkp_prk", cc_secret_span(ikm), &prk,
			       err));
	CC_TRY(labeled_expand(&kem_scope, CC_DIGEST_SPAN(prk), "sk", cc_span(NULL, 0),
			      CC_MUT(private.b), err));
	return cc_hpke_key_from_raw(CC_DIGEST_SPAN(private), out, err);
}

const struct cc_hpke_public *cc_hpke_key_public(const struct cc_hpke_key *key)
{
	return &key->public;
}

void cc_hpke_key_free(struct cc_hpke_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* A point of low order gives zero whatever our key is: OpenSSL refuses it, RFC 9180 7.1.4. */
static int diffie_hellman(const struct cc_hpke_key *key, const struct cc_hpke_public *peer,
			  struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_PKEY EVP_PKEY *theirs =
		EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, peer->b, sizeof(peer->b));
	CC_AUTO_PKEY_CTX EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	size_t len = sizeof(out->b);

	if (theirs == NULL || ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "start an X25519 agreement");
	if (EVP_PKEY_derive_set_peer(ctx, theirs) != 1 || EVP_PKEY_derive(ctx, out->b, &len) != 1 ||
	    len != sizeof(out->b) || cc_digest_is_zero(out))
		return cc_fail_openssl(err, CC_E_EVIDENCE, "agree on a key with an X25519 key");
	return 0;
}

/* RFC 9180 4.1: ExtractAndExpand over the agreement of `mine` and `peer`. */
static int shared_secret(const struct cc_hpke_key *mine, const struct cc_hpke_public *peer,
			 const struct cc_span context[static 2], struct cc_digest *out,
			 struct cc_err *err)
{
	CC_AUTO_DIGEST struct cc_digest dh = { 0 }, prk = { 0 };
	uint8_t enc_and_receiver[2 * CC_HPKE_KEY_LEN];

	memcpy(enc_and_receiver, context[0].at, CC_HPKE_KEY_LEN);
	memcpy(enc_and_receiver + CC_HPKE_KEY_LEN, context[1].at, CC_HPKE_KEY_LEN);
	CC_TRY(diffie_hellman(mine, peer, &dh, err));
	CC_TRY(labeled_extract(&kem_scope, cc_span(NULL, 0), "eae_prk", CC_DIGEST_SPAN(dh), &prk,
			       err));
	return labeled_expand(&kem_scope, CC_DIGEST_SPAN(prk), "shared_secret",
			      CC_SPAN(enc_and_receiver), CC_MUT(out->b), err);
}

struct schedule {
	struct scope scope;
	uint8_t context[1 + 32 + 32]; /* mode, hash of no psk id, hash of info */
	struct cc_digest secret;
};

static void auto_schedule(struct schedule *s)
{
	cc_wipe(s, sizeof(*s));
}

/* RFC 9180 5.1, mode base: no psk. */
static int schedule(uint8_t aead_id, const struct cc_digest *shared, struct cc_span info,
		    struct schedule *out, struct cc_err *err)
{
	const struct cc_span none = cc_span(NULL, 0);
	struct cc_digest psk_id = { 0 }, about = { 0 };

	out->scope = suite_scope(aead_id);
	CC_TRY(labeled_extract(&out->scope, none, "psk_id_hash", none, &psk_id, err));
	CC_TRY(labeled_extract(&out->scope, none, "info_hash", info, &about, err));
	CC_TRY(labeled_extract(&out->scope, CC_DIGEST_SPAN(*shared), "secret", none, &out->secret,
			       err));
	out->context[0] = MODE_BASE;
	memcpy(out->context + 1, psk_id.b, sizeof(psk_id.b));
	memcpy(out->context + 1 + 32, about.b, sizeof(about.b));
	return 0;
}

static int expand(const struct schedule *s, const char *label, struct cc_mut out,
		  struct cc_err *err)
{
	return labeled_expand(&s->scope, CC_DIGEST_SPAN(s->secret), label, CC_SPAN(s->context), out,
			      err);
}

static int context_new(const struct cc_hpke_suite *suite, const struct cc_digest *shared,
		       struct cc_span info, struct cc_hpke **out, struct cc_err *err)
{
	CC_CLEANUP(auto_schedule) struct schedule s = { 0 };
	CC_AUTO_HPKE struct cc_hpke *hpke = calloc(1, sizeof(*hpke));
	CC_AUTO_DIGEST struct cc_digest key = { 0 };

	if (hpke == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an HPKE context");
	hpke->aead_id = suite->aead_id;
	CC_TRY(schedule(suite->aead_id, shared, info, &s, err));
	CC_TRY(expand(&s, "key", (struct cc_mut){ key.b, suite->key_len }, err));
	CC_TRY(expand(&s, "base_nonce", CC_MUT(hpke->base.b), err));
	CC_TRY(cc_secret_new(32, &hpke->exporter, err));
	CC_TRY(expand(&s, "exp", (struct cc_mut){ cc_secret_bytes(hpke->exporter), 32 }, err));
	CC_TRY(cc_aead_new_from(cc_span(key.b, suite->key_len), &hpke->aead, err));
	*out = CC_TAKE(hpke);
	return 0;
}

int cc_hpke_sender_with(const struct cc_hpke_suite *suite, const struct cc_hpke_key *ephemeral,
			const struct cc_hpke_public *to, struct cc_span info, struct cc_hpke **out,
			struct cc_err *err)
{
	const struct cc_span context[] = { CC_SPAN(ephemeral->public.b), CC_SPAN(to->b) };
	CC_AUTO_DIGEST struct cc_digest shared = { 0 };

	CC_TRY(shared_secret(ephemeral, to, context, &shared, err));
	CC_TRY(context_new(suite, &shared, info, out, err));
	(*out)->sends = true;
	return 0;
}

int cc_hpke_sender(const struct cc_hpke_public *to, struct cc_span info, struct cc_hpke_public *enc,
		   struct cc_hpke **out, struct cc_err *err)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *ephemeral = NULL;

	CC_TRY(cc_hpke_key_generate(&ephemeral, err));
	CC_TRY(cc_hpke_sender_with(&cc_hpke_aes256, ephemeral, to, info, out, err));
	*enc = ephemeral->public;
	return 0;
}

int cc_hpke_receiver_with(const struct cc_hpke_suite *suite, const struct cc_hpke_key *key,
			  const struct cc_hpke_public *enc, struct cc_span info,
			  struct cc_hpke **out, struct cc_err *err)
{
	const struct cc_span context[] = { CC_SPAN(enc->b), CC_SPAN(key->public.b) };
	CC_AUTO_DIGEST struct cc_digest shared = { 0 };

	CC_TRY(shared_secret(key, enc, context, &shared, err));
	return context_new(suite, &shared, info, out, err);
}

int cc_hpke_receiver(const struct cc_hpke_key *key, const struct cc_hpke_public *enc,
		     struct cc_span info, struct cc_hpke **out, struct cc_err *err)
{
	return cc_hpke_receiver_with(&cc_hpke_aes256, key, enc, info, out, err);
}

/* RFC 9180 5.2: the base nonce and the number of the message. */
static int next_nonce(const struct cc_hpke *hpke, bool sends, struct cc_aead_nonce *out,
		      struct cc_err *err)
{
	if (hpke->sends != sends)
		return cc_fail(err, CC_E_BUG, "an HPKE context works in one direction");
	if (hpke->seq == UINT64_MAX)
		return cc_fail(err, CC_E_LIMIT, "an HPKE context is used up");
	*out = hpke->base;
	for (size_t i = 0; i < 8; i++)
		out->b[CC_AEAD_NONCE_LEN - 1 - i] ^= (uint8_t)(hpke->seq >> (8 * i));
	return 0;
}

int cc_hpke_seal(struct cc_hpke *hpke, struct cc_span aad, struct cc_span plain, struct cc_buf *out,
		 struct cc_err *err)
{
	struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };
	struct cc_mut room = { 0 };

	CC_TRY(next_nonce(hpke, true, &nonce, err));
	CC_TRY(cc_buf_extend(out, plain.len + CC_HPKE_TAG_LEN, &room, err));
	hpke->seq++; /* before: a nonce is used up even if what follows fails */
	CC_TRY(cc_aead_seal(hpke->aead, &nonce, aad, plain, (struct cc_mut){ room.at, plain.len },
			    &tag, err));
	memcpy(room.at + plain.len, tag.b, sizeof(tag.b));
	return 0;
}

int cc_hpke_open(struct cc_hpke *hpke, struct cc_span aad, struct cc_span sealed,
		 struct cc_buf *out, struct cc_err *err)
{
	struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };
	struct cc_mut room = { 0 };
	size_t len = 0;

	CC_TRY(next_nonce(hpke, false, &nonce, err));
	if (sealed.len < CC_HPKE_TAG_LEN)
		return cc_fail(err, CC_E_TAMPERED, "%zu bytes are too few for a sealed message",
			       sealed.len);
	len = sealed.len - CC_HPKE_TAG_LEN;
	memcpy(tag.b, sealed.at + len, sizeof(tag.b));
	CC_TRY(cc_buf_extend(out, len, &room, err));
	if (cc_aead_open(hpke->aead, &nonce, aad, cc_span(sealed.at, len), &tag, room, err) != 0) {
		out->len -= len;
		return -1;
	}
	hpke->seq++;
	return 0;
}

int cc_hpke_export(const struct cc_hpke *hpke, struct cc_span context, size_t len,
		   struct cc_secret **out, struct cc_err *err)
{
	const struct scope scope = suite_scope(hpke->aead_id);
	CC_AUTO_SECRET struct cc_secret *derived = NULL;

	CC_TRY(cc_secret_new(len, &derived, err));
	CC_TRY(labeled_expand(&scope, cc_secret_span(hpke->exporter), "sec", context,
			      (struct cc_mut){ cc_secret_bytes(derived), len }, err));
	*out = CC_TAKE(derived);
	return 0;
}

void cc_hpke_free(struct cc_hpke *hpke)
{
	if (hpke == NULL)
		return;
	cc_aead_free(hpke->aead);
	cc_secret_free(hpke->exporter);
	free(hpke);
}

int cc_hpke_seal_to(const struct cc_hpke_public *to, struct cc_span info, struct cc_span aad,
		    struct cc_span plain, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_HPKE struct cc_hpke *hpke = NULL;
	struct cc_hpke_public enc = { 0 };

	CC_TRY(cc_hpke_sender(to, info, &enc, &hpke, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(enc.b), err));
	return cc_hpke_seal(hpke, aad, plain, out, err);
}

int cc_hpke_open_with(const struct cc_hpke_key *key, struct cc_span info, struct cc_span aad,
		      struct cc_span enc_sealed, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_HPKE struct cc_hpke *hpke = NULL;
	struct cc_hpke_public enc = { 0 };

	if (enc_sealed.len < CC_HPKE_KEY_LEN + CC_HPKE_TAG_LEN)
		return cc_fail(err, CC_E_TAMPERED, "%zu bytes are too few for a sealed message",
			       enc_sealed.len);
	memcpy(enc.b, enc_sealed.at, sizeof(enc.b));
	CC_TRY(cc_hpke_receiver(key, &enc, info, &hpke, err));
	return cc_hpke_open(hpke, aad, cc_span_sub(enc_sealed, sizeof(enc.b), enc_sealed.len), out,
			    err);
}
