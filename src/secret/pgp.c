/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/pgp.h"

#include "codec/text.h"
#include "crypto/pair.h"

#define POINT_LEN 33 /* 0x40, then the 32 bytes of a key */
#define RAW_LEN 32

/* Packet tags, 4.3. */
enum {
	TAG_SIGNATURE = 2,
	TAG_SECRET_KEY = 5,
	TAG_PUBLIC_KEY = 6,
	TAG_SECRET_SUBKEY = 7,
	TAG_USER_ID = 13,
	TAG_PUBLIC_SUBKEY = 14,
};
#define NEW_FORMAT 0xc0
#define ALGORITHM_ECDH 18
#define ALGORITHM_EDDSA 22
#define HASH_SHA256 8
#define CIPHER_AES256 9
#define COMPRESSION_ZLIB 2
#define POSITIVE_CERTIFICATION 0x13
#define SUBKEY_BINDING 0x18
#define CAN_CERTIFY_AND_SIGN 0x03
#define CAN_ENCRYPT 0x0c
#define MODIFICATION_DETECTION 0x01

/* Object identifiers as they are written: without tag, with their length. */
static const uint8_t oid_ed25519[] = { 9, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01 };
static const uint8_t oid_curve25519[] = { 10,   0x2b, 0x06, 0x01, 0x04, 0x01,
					  0x97, 0x55, 0x01, 0x05, 0x01 };
/* RFC 6637 section 9: the hash and the cipher that wrap a session key. */
static const uint8_t kdf[] = { 3, 1, HASH_SHA256, CIPHER_AES256 };

/* version, time, algorithm, identifier, the bits of the point, the point */
#define PUBLIC_EDDSA_LEN (1 + 4 + 1 + sizeof(oid_ed25519) + 2 + POINT_LEN)
#define PUBLIC_ECDH_LEN (1 + 4 + 1 + sizeof(oid_curve25519) + 2 + POINT_LEN + sizeof(kdf))

struct making {
	struct cc_secret *seed, *scalar; /* as RFC 8032 and RFC 7748 have them */
	struct cc_key *signer;
	struct cc_buf primary, subkey; /* bodies of the public key packets */
	uint32_t created;
	const char *user_id;
};

static void clear(struct making *making)
{
	cc_secret_free(making->seed);
	cc_secret_free(making->scalar);
	cc_key_free(making->signer);
	cc_buf_clear(&making->primary);
	cc_buf_clear(&making->subkey);
}

static int add_packet(struct cc_buf *out, unsigned int tag, struct cc_span body, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, (uint8_t)(NEW_FORMAT | tag), err));
	if (body.len < 192) {
		CC_TRY(cc_buf_add_u8(out, (uint8_t)body.len, err));
	} else { /* 4.2.2.2: to 8383 bytes */
		CC_TRY(cc_buf_add_u16be(out, (uint16_t)(body.len - 192 + (192U << 8)), err));
	}
	return cc_buf_add(out, body, err);
}

/* A multi-precision integer (3.2): its bits, then big-endian without zeroes before it. */
static int add_mpi(struct cc_buf *out, struct cc_span number, struct cc_err *err)
{
	unsigned int bits = 0;

	while (number.len != 0 && number.at[0] == 0)
		number = cc_span_sub(number, 1, number.len);
	if (number.len != 0) {
		bits = (unsigned int)(8 * (number.len - 1));
		for (unsigned int first = number.at[0]; first != 0; first >>= 1)
			bits++;
	}
	CC_TRY(cc_buf_add_u16be(out, (uint16_t)bits, err));
	return cc_buf_add(out, number, err);
}

static int add_point(struct cc_buf *out, struct cc_span raw, struct cc_err *err)
{
	uint8_t point[POINT_LEN] = { 0x40 };

	memcpy(point + 1, raw.at, RAW_LEN);
	return add_mpi(out, CC_SPAN(point), err);
}

static int add_head(struct cc_buf *out, uint32_t created, uint8_t algorithm, struct cc_span oid,
		    struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, 4, err));
	CC_TRY(cc_buf_add_u32be(out, created, err));
	CC_TRY(cc_buf_add_u8(out, algorithm, err));
	return cc_buf_add(out, oid, err);
}

static int make_primary(struct making *making, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_secret_random(RAW_LEN, &making->seed, err));
	CC_TRY(cc_key_from_seed(making->seed, &making->signer, err));
	CC_TRY(cc_pubkey_to_raw(cc_key_public(making->signer), &raw, err));
	CC_TRY(add_head(&making->primary, making->created, ALGORITHM_EDDSA, CC_SPAN(oid_ed25519),
			err));
	return add_point(&making->primary, cc_buf_span(&raw), err);
}

static int make_subkey(struct making *making, struct cc_err *err)
{
	uint8_t public[RAW_LEN] = { 0 };
	uint8_t *scalar = NULL;

	CC_TRY(cc_secret_random(RAW_LEN, &making->scalar, err));
	scalar = cc_secret_bytes(making->scalar);
	scalar[0] &= 248; /* RFC 7748 section 5; GnuPG wants them so in the file */
	scalar[31] = (uint8_t)((scalar[31] & 127) | 64);
	CC_TRY(cc_x25519_public(making->scalar, public, err));
	CC_TRY(add_head(&making->subkey, making->created, ALGORITHM_ECDH, CC_SPAN(oid_curve25519),
			err));
	CC_TRY(add_point(&making->subkey, CC_SPAN(public), err));
	return cc_buf_add(&making->subkey, CC_SPAN(kdf), err);
}

/* 12.2: SHA-1 over 0x99, two bytes of length, the body. Its last 8 bytes are the key id. */
static int fingerprint(const struct cc_buf *body, struct cc_digest20 *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add_u8(&text, 0x99, err));
	CC_TRY(cc_buf_add_u16be(&text, (uint16_t)body->len, err));
	CC_TRY(cc_buf_add(&text, cc_buf_span(body), err));
	return cc_sha1(cc_buf_span(&text), out, err);
}

static int add_subpacket(struct cc_buf *out, uint8_t type, struct cc_span body, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, (uint8_t)(body.len + 1), err));
	CC_TRY(cc_buf_add_u8(out, type, err));
	return cc_buf_add(out, body, err);
}

/* One subpacket of one byte. */
static int add_choice(struct cc_buf *out, uint8_t type, uint8_t value, struct cc_err *err)
{
	return add_subpacket(out, type, cc_span(&value, 1), err);
}

/* 5.2.3.1: what is signed of the signature itself. */
static int make_hashed(const struct making *making, uint8_t type, struct cc_buf *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_digest20 print = { 0 };

	CC_TRY(fingerprint(&making->primary, &print, err));
	CC_TRY(cc_buf_add_u8(&body, 4, err)); /* version of the key */
	CC_TRY(cc_buf_add(&body, CC_SPAN(print.b), err));
	CC_TRY(add_subpacket(out, 33, cc_buf_span(&body), err)); /* issuer fingerprint */
	cc_buf_reset(&body);
	CC_TRY(cc_buf_add_u32be(&body, making->created, err));
	CC_TRY(add_subpacket(out, 2, cc_buf_span(&body), err)); /* creation time */
	if (type == SUBKEY_BINDING)
		return add_choice(out, 27, CAN_ENCRYPT, err);
	CC_TRY(add_choice(out, 27, CAN_CERTIFY_AND_SIGN, err)); /* key flags */
	CC_TRY(add_choice(out, 11, CIPHER_AES256, err));
	CC_TRY(add_choice(out, 21, HASH_SHA256, err));
	CC_TRY(add_choice(out, 22, COMPRESSION_ZLIB, err));
	return add_choice(out, 30, MODIFICATION_DETECTION, err);
}

static int add_key_text(struct cc_buf *out, const struct cc_buf *body, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, 0x99, err));
	CC_TRY(cc_buf_add_u16be(out, (uint16_t)body->len, err));
	return cc_buf_add(out, cc_buf_span(body), err);
}

/* 5.2.4: the keys or the key and the name, the signature's own head, a trailer. */
static int signed_text(const struct making *making, uint8_t type, const struct cc_buf *head,
		       struct cc_buf *out, struct cc_err *err)
{
	struct cc_span name = cc_span_str(making->user_id);

	CC_TRY(add_key_text(out, &making->primary, err));
	if (type == SUBKEY_BINDING) {
		CC_TRY(add_key_text(out, &making->subkey, err));
	} else {
		CC_TRY(cc_buf_add_u8(out, 0xb4, err));
		CC_TRY(cc_buf_add_u32be(out, (uint32_t)name.len, err));
		CC_TRY(cc_buf_add(out, name, err));
	}
	CC_TRY(cc_buf_add(out, cc_buf_span(head), err));
	CC_TRY(cc_buf_add_u16be(out, 0x04ff, err));
	return cc_buf_add_u32be(out, (uint32_t)head->len, err);
}

static int add_signature(const struct making *making, uint8_t type, struct cc_buf *out,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, hashed = { 0 }, text = { 0 }, issuer = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_digest20 print = { 0 };
	struct cc_digest digest = { 0 };

	CC_TRY(make_hashed(making, type, &hashed, err));
	CC_TRY(cc_buf_add_u8(&body, 4, err));
	CC_TRY(cc_buf_add_u8(&body, type, err));
	CC_TRY(cc_buf_add_u8(&body, ALGORITHM_EDDSA, err));
	CC_TRY(cc_buf_add_u8(&body, HASH_SHA256, err));
	CC_TRY(cc_buf_add_u16be(&body, (uint16_t)hashed.len, err));
	CC_TRY(cc_buf_add(&body, cc_buf_span(&hashed), err));
	CC_TRY(signed_text(making, type, &body, &text, err));
	CC_TRY(cc_sha256(cc_buf_span(&text), &digest, err));
	CC_TRY(cc_sign(making->signer, CC_DIGEST_SPAN(digest), &signature, err));
	CC_TRY(fingerprint(&making->primary, &print, err));
	CC_TRY(add_subpacket(&issuer, 16, cc_span(print.b + 12, 8), err)); /* issuer's key id */
	CC_TRY(cc_buf_add_u16be(&body, (uint16_t)issuer.len, err));
	CC_TRY(cc_buf_add(&body, cc_buf_span(&issuer), err));
	CC_TRY(cc_buf_add(&body, cc_span(digest.b, 2), err)); /* to tell keys apart early */
	CC_TRY(add_mpi(&body, cc_span(signature.b, RAW_LEN), err));
	CC_TRY(add_mpi(&body, cc_span(signature.b + RAW_LEN, RAW_LEN), err));
	return add_packet(out, TAG_SIGNATURE, cc_buf_span(&body), err);
}

/* 5.5.3: the public key, 0 for "not encrypted", the secret number and the sum of its bytes. */
static int add_secret_key(struct cc_buf *out, unsigned int tag, const struct cc_buf *public,
			  struct cc_span number, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, mpi = { 0 };
	uint16_t sum = 0;

	CC_TRY(add_mpi(&mpi, number, err));
	for (size_t i = 0; i < mpi.len; i++)
		sum = (uint16_t)(sum + mpi.at[i]);
	CC_TRY(cc_buf_add(&body, cc_buf_span(public), err));
	CC_TRY(cc_buf_add_u8(&body, 0, err));
	CC_TRY(cc_buf_add(&body, cc_buf_span(&mpi), err));
	CC_TRY(cc_buf_add_u16be(&body, sum, err));
	return add_packet(out, tag, cc_buf_span(&body), err);
}

static int add_all(const struct making *making, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span scalar = cc_secret_span(making->scalar);
	CC_WIPED(reversed, RAW_LEN);

	for (size_t i = 0; i < RAW_LEN; i++) /* RFC 7748 is little-endian, numbers here are not */
		reversed[i] = scalar.at[RAW_LEN - 1 - i];
	CC_TRY(add_secret_key(out, TAG_SECRET_KEY, &making->primary, cc_secret_span(making->seed),
			      err));
	CC_TRY(add_packet(out, TAG_USER_ID, cc_span_str(making->user_id), err));
	CC_TRY(add_signature(making, POSITIVE_CERTIFICATION, out, err));
	CC_TRY(add_secret_key(out, TAG_SECRET_SUBKEY, &making->subkey, CC_SPAN(reversed), err));
	return add_signature(making, SUBKEY_BINDING, out, err);
}

int cc_pgp_generate(const char *user_id, int64_t now, struct cc_secret **out, struct cc_err *err)
{
	CC_CLEANUP(clear) struct making making = { .created = (uint32_t)now, .user_id = user_id };
	CC_AUTO_BUF struct cc_buf packets = { 0 };

	CC_TRY(make_primary(&making, err));
	CC_TRY(make_subkey(&making, err));
	CC_TRY(add_all(&making, &packets, err));
	return cc_secret_from(cc_buf_span(&packets), out, err);
}

struct packet {
	unsigned int tag;
	struct cc_span body, whole;
};

static int read_packet(struct cc_span *rest, struct packet *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(*rest);
	uint8_t tag = 0, first = 0, second = 0;
	size_t len = 0;

	CC_TRY(cc_read_u8(&r, "tag", &tag, err));
	CC_TRY(cc_read_u8(&r, "length", &first, err));
	len = first;
	if (first >= 192) {
		CC_TRY(cc_read_u8(&r, "length", &second, err));
		len = ((size_t)(first - 192) << 8) + second + 192;
	}
	if ((tag & NEW_FORMAT) != NEW_FORMAT || first >= 224)
		return cc_fail(err, CC_E_ARG, "a packet that is none of ours");
	CC_TRY(cc_read_span(&r, len, "packet", &out->body, err));
	out->tag = tag & 0x3f;
	out->whole = cc_span(rest->at, rest->len - r.rest.len);
	*rest = r.rest;
	return 0;
}

/* The public half of a packet: secret keys lose what follows their public key. */
static int add_public(const struct packet *packet, struct cc_buf *out, struct cc_err *err)
{
	size_t len = packet->tag == TAG_SECRET_KEY ? PUBLIC_EDDSA_LEN : PUBLIC_ECDH_LEN;

	if (packet->tag != TAG_SECRET_KEY && packet->tag != TAG_SECRET_SUBKEY)
		return cc_buf_add(out, packet->whole, err);
	if (packet->body.len <= len)
		return cc_fail(err, CC_E_ARG, "a secret key without a secret");
	return add_packet(out, packet->tag == TAG_SECRET_KEY ? TAG_PUBLIC_KEY : TAG_PUBLIC_SUBKEY,
			  cc_span_sub(packet->body, 0, len), err);
}

/* 6.1 */
static uint32_t crc24(struct cc_span bytes)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (uint32_t)bytes.at[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if ((crc & 0x1000000) != 0)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

static int add_armored(struct cc_span bytes, const char *what, struct cc_buf *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	uint32_t crc = crc24(bytes);
	const uint8_t sum[] = { (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };

	CC_TRY(cc_base64_add(&text, bytes, err));
	CC_TRY(cc_buf_addf(out, err, "-----BEGIN PGP %s KEY BLOCK-----\n\n", what));
	for (size_t at = 0; at < text.len; at += 64) {
		CC_TRY(cc_buf_add(out, cc_span_sub(cc_buf_span(&text), at, 64), err));
		CC_TRY(cc_buf_add_u8(out, '\n', err));
	}
	CC_TRY(cc_buf_add_u8(out, '=', err));
	CC_TRY(cc_base64_add(out, CC_SPAN(sum), err));
	return cc_buf_addf(out, err, "\n-----END PGP %s KEY BLOCK-----\n", what);
}

int cc_pgp_export(struct cc_span key, enum cc_pgp_half half, enum cc_pgp_form form,
		  struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf binary = { 0 };
	struct packet packet = { 0 };

	if (half == CC_PGP_PRIVATE)
		CC_TRY(cc_buf_add(&binary, key, err));
	else
		while (key.len != 0) {
			CC_TRY(read_packet(&key, &packet, err));
			CC_TRY(add_public(&packet, &binary, err));
		}
	switch (form) {
	case CC_PGP_BINARY:
		return cc_buf_add(out, cc_buf_span(&binary), err);
	case CC_PGP_BASE64:
		return cc_base64_add(out, cc_buf_span(&binary), err);
	case CC_PGP_ARMORED:
		break;
	}
	return add_armored(cc_buf_span(&binary), half == CC_PGP_PRIVATE ? "PRIVATE" : "PUBLIC", out,
			   err);
}
