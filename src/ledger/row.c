/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/row.h"

#include "crypto/aead.h"

#define LAYOUT 1
#define SALT_LEN 32

/* Never repeats although it is constant: each salt makes a key of its own. */
static const struct cc_aead_nonce nonce;

static int new_aead(const struct cc_secret *row_key, struct cc_span salt, struct cc_aead **out,
		    struct cc_err *err)
{
	return cc_aead_derive(row_key, salt, cc_span_str("concordat row 1"), out, err);
}

static int make_aad(const struct cc_row *row, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_sized(out, cc_span_str(row->table), err));
	CC_TRY(cc_buf_add_sized(out, row->key, err));
	CC_TRY(cc_buf_add_u64be(out, row->version, err));
	return cc_buf_add_u64be(out, row->index, err);
}

static int add_header(const struct cc_row *row, struct cc_span salt, struct cc_buf *out,
		      struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, LAYOUT, err));
	CC_TRY(cc_buf_add(out, salt, err));
	CC_TRY(cc_buf_add_u64be(out, row->version, err));
	return cc_buf_add_u64be(out, row->index, err);
}

int cc_row_seal(const struct cc_secret *row_key, const struct cc_row *row, struct cc_span plain,
		struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf aad = { 0 };
	struct cc_aead_tag tag;
	uint8_t salt[SALT_LEN];
	struct cc_mut room;

	if (plain.len > CC_ROW_PLAIN_MAX)
		return cc_fail(err, CC_E_TOOBIG, "row of table '%s' has %zu bytes, at most %zu fit",
			       row->table, plain.len, CC_ROW_PLAIN_MAX);
	CC_TRY(cc_random(CC_MUT(salt), err));
	CC_TRY(new_aead(row_key, CC_SPAN(salt), &aead, err));
	CC_TRY(make_aad(row, &aad, err));
	CC_TRY(cc_buf_reserve(out, plain.len + CC_ROW_OVERHEAD, err));
	CC_TRY(add_header(row, CC_SPAN(salt), out, err));
	CC_TRY(cc_buf_extend(out, plain.len, &room, err));
	CC_TRY(cc_aead_seal(aead, &nonce, cc_buf_span(&aad), plain, room, &tag, err));
	return cc_buf_add(out, CC_SPAN(tag.b), err);
}

/* The parts of a sealed row; nothing of it is proven yet. */
struct sealed {
	struct cc_span salt, ciphertext;
	struct cc_aead_tag tag;
};

static int parse(struct cc_span bytes, struct cc_row *row, struct sealed *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	uint8_t layout = 0;

	if (bytes.len < CC_ROW_OVERHEAD || bytes.len > CC_ROW_MAX)
		return cc_fail(err, CC_E_TAMPERED, "it has %zu bytes", bytes.len);
	CC_TRY(cc_read_u8(&r, "layout", &layout, err));
	if (layout != LAYOUT)
		return cc_fail(err, CC_E_TAMPERED, "its layout is %u", layout);
	CC_TRY(cc_read_span(&r, SALT_LEN, "salt", &out->salt, err));
	CC_TRY(cc_read_u64be(&r, "version", &row->version, err));
	CC_TRY(cc_read_u64be(&r, "ledger index", &row->index, err));
	CC_TRY(cc_read_span(&r, r.rest.len - CC_AEAD_TAG_LEN, "ciphertext", &out->ciphertext, err));
	return cc_read_copy(&r, "tag", CC_MUT(out->tag.b), err);
}

static int open_row(const struct cc_secret *row_key, struct cc_row *row, struct cc_span bytes,
		    struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf aad = { 0 }, plain = { 0 };
	struct sealed sealed = { 0 };
	struct cc_row found = *row;
	struct cc_mut room;

	CC_TRY(parse(bytes, &found, &sealed, err));
	CC_TRY(new_aead(row_key, sealed.salt, &aead, err));
	CC_TRY(make_aad(&found, &aad, err));
	CC_TRY(cc_buf_extend(&plain, sealed.ciphertext.len, &room, err));
	CC_TRY(cc_aead_open(aead, &nonce, cc_buf_span(&aad), sealed.ciphertext, &sealed.tag, room,
			    err));
	CC_TRY(cc_buf_add(out, cc_buf_span(&plain), err));
	*row = found;
	return 0;
}

int cc_row_open(const struct cc_secret *row_key, struct cc_row *row, struct cc_span sealed,
		struct cc_buf *out, struct cc_err *err)
{
	if (open_row(row_key, row, sealed, out, err) == 0)
		return 0;
	cc_err_hint(err, "the store was changed from outside: stop the CAS and keep a copy");
	return cc_wrap(err, "row of table '%s'", row->table);
}

int cc_row_hash(struct cc_span sealed, struct cc_digest *out, struct cc_err *err)
{
	return cc_sha256(sealed, out, err);
}
