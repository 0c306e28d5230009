/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of an epoch, and the nodes sealed under them. */
#include <errno.h>

#include "crypto/kdf.h"
#include "volume/engine-internal.h"

#define AAD_LEN ((size_t)60)

int cc_vol_eio(struct cc_err *err)
{
	if (err->code == CC_E_NOTFOUND)
		err->code = CC_E_TAMPERED;
	err->sys = EIO;
	return -1;
}

int cc_vol_malformed(struct cc_err *err, const char *what)
{
	if (err->code == CC_E_ARG)
		err->code = CC_E_TAMPERED;
	err->sys = err->sys != 0 ? err->sys : EIO;
	return cc_wrap(err, "%s", what);
}

int cc_vol_may_change(const struct cc_volume *v, struct cc_err *err)
{
	if (v->failed)
		return cc_vol_fail(err, CC_E_SYSTEM, EIO,
				   "the volume has failed: nothing is written any more");
	if (!v->writable)
		return cc_vol_fail(err, CC_E_DENIED, EROFS, "the volume is open for reading only");
	return 0;
}

void cc_vol_keys_clear(struct cc_vol_keys *keys)
{
	cc_secret_free(keys->data);
	cc_secret_free(keys->chain);
	cc_secret_free(keys->names);
	*keys = (struct cc_vol_keys){ 0 };
}

/* `label` and what the key belongs to: no two uses or states share a derived key. */
static int key_info(const char *label, const struct cc_volume_state_id *state, uint64_t epoch,
		    struct cc_buf *out, struct cc_err *err)
{
	cc_buf_reset(out);
	CC_TRY(cc_buf_add_str(out, "concordat volume 1 ", err));
	CC_TRY(cc_buf_add_str(out, label, err));
	CC_TRY(cc_buf_add_u8(out, 0, err));
	CC_TRY(cc_buf_add(out, CC_SPAN(state->b), err));
	return cc_buf_add_u64le(out, epoch, err);
}

int cc_vol_keys_derive(const struct cc_volume_id *id, const struct cc_volume_state_id *state,
		       uint64_t epoch, const struct cc_secret *key, struct cc_vol_keys *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf info = { 0 };
	CC_AUTO_SECRET struct cc_secret *public = NULL;
	const struct {
		const char *label;
		size_t len;
		struct cc_secret **out;
	} uses[] = { { "data", CC_VOL_KEY_LEN, &out->data },
		     { "chain", CC_VOL_KEY_LEN, &out->chain },
		     { "names", 16, &out->names } };
	struct cc_span salt = CC_DIGEST_SPAN(out->salt);

	if (cc_secret_len(key) != CC_VOL_KEY_LEN)
		return cc_fail(err, CC_E_ARG, "an epoch's key has %zu bytes instead of %zu",
			       cc_secret_len(key), CC_VOL_KEY_LEN);
	CC_TRY(key_info("salt and commitment", state, epoch, &info, err));
	CC_TRY(cc_hkdf(key, CC_SPAN(id->b), cc_buf_span(&info), 64, &public, err));
	memcpy(out->salt.b, cc_secret_bytes(public), 32);
	memcpy(out->commitment.b, cc_secret_bytes(public) + 32, 32);
	for (size_t i = 0; i < CC_COUNT(uses); i++) {
		CC_TRY(key_info(uses[i].label, state, epoch, &info, err));
		CC_TRY(cc_hkdf(key, salt, cc_buf_span(&info), uses[i].len, uses[i].out, err));
	}
	return 0;
}

int cc_vol_chain_mac(const struct cc_secret *chain, struct cc_span maced, struct cc_digest *out,
		     struct cc_err *err)
{
	return cc_hmac_sha256(cc_secret_span(chain), maced, out, err);
}

static void state_hex(const struct cc_volume_state_id *state, char out[static 33])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(state->b); i++) {
		out[2 * i] = digits[state->b[i] >> 4];
		out[2 * i + 1] = digits[state->b[i] & 15];
	}
	out[32] = '\0';
}

void cc_vol_data_name(const struct cc_volume_state_id *state, char out[static CC_VOL_NAME_FILE])
{
	char hex[33] = "";

	state_hex(state, hex);
	(void)snprintf(out, CC_VOL_NAME_FILE, "%s.data", hex);
}

void cc_vol_root_name(const struct cc_volume_state_id *state, uint64_t number,
		      char out[static CC_VOL_NAME_FILE])
{
	char hex[33] = "";

	state_hex(state, hex);
	(void)snprintf(out, CC_VOL_NAME_FILE, "%s.%llu.root", hex, (unsigned long long)number);
}

struct cc_vol_epoch *cc_vol_epoch_find(const struct cc_volume *v, uint32_t slot)
{
	size_t low = 0;
	size_t high = v->epoch_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->epochs[mid].slot == slot)
			return &v->epochs[mid];
		if (v->epochs[mid].slot < slot)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void cc_vol_ref(struct cc_volume *v, const struct cc_vol_ptr *p)
{
	struct cc_vol_epoch *epoch = p->len != 0 ? cc_vol_epoch_find(v, p->slot) : NULL;

	if (epoch != NULL)
		epoch->refs++;
}

void cc_vol_unref(struct cc_volume *v, const struct cc_vol_ptr *p)
{
	struct cc_vol_epoch *epoch = p->len != 0 ? cc_vol_epoch_find(v, p->slot) : NULL;

	if (epoch != NULL)
		epoch->refs--;
}

static uint8_t *put(uint8_t *at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * i));
	return at + len;
}

/* The authenticated data: a node opens only as what it was sealed as, and only in its place. */
static void node_aad(const struct cc_volume *v, const struct cc_vol_epoch *epoch,
		     const struct cc_vol_what *what, const struct cc_vol_ptr *p,
		     uint8_t out[static AAD_LEN])
{
	uint8_t *at = out;

	memcpy(at, v->id.b, sizeof(v->id.b));
	at = put(at + sizeof(v->id.b), epoch->epoch, 8);
	at = put(at, what->object, 8);
	at = put(at, what->index, 8);
	at = put(at, p->at, 8);
	at = put(at, (uint64_t)what->level, 4);
	at = put(at, p->len, 4);
	(void)put(at, p->nonce, 4);
}

static struct cc_aead_nonce node_nonce(const struct cc_vol_ptr *p)
{
	struct cc_aead_nonce nonce = { { 0 } };

	(void)put(nonce.b, p->nonce, 4);
	return nonce;
}

static int epoch_aead(struct cc_volume *v, struct cc_vol_epoch *epoch, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	size_t place = (size_t)(epoch - v->epochs);

	if (epoch->aead != NULL)
		return 0;
	CC_TRY(cc_secret_from(
		cc_span_sub(cc_secret_span(v->keys), place * CC_VOL_KEY_LEN, CC_VOL_KEY_LEN), &key,
		err));
	return cc_aead_new(key, &epoch->aead, err);
}

int cc_vol_append_flush(struct cc_volume *v, struct cc_err *err)
{
	char name[CC_VOL_NAME_FILE] = "";

	if (v->append_len == 0)
		return 0;
	cc_vol_data_name(&v->super.state, name);
	if (v->store.write(v->store.ctx, name, v->written, cc_span(v->append, v->append_len),
			   err) != 0) {
		v->failed = true;
		return cc_vol_eio(err);
	}
	v->written += v->append_len;
	v->append_len = 0;
	return 0;
}

/* An epoch refuses to go on before a nonce could come twice. */
static int epoch_has_room(struct cc_volume *v, size_t len, struct cc_err *err)
{
	if (v->nonces < CC_VOL_EPOCH_NONCES &&
	    v->written + v->append_len + len <= CC_VOL_EPOCH_BYTES)
		return 0;
	v->failed = true;
	cc_err_set(err, CC_E_TOOBIG,
		   "this opening of the volume has written all that its key may protect");
	err->sys = ENOSPC;
	return cc_hint(err, "open the volume for writing again: that starts a new epoch");
}

int cc_vol_seal(struct cc_volume *v, const struct cc_vol_what *what, struct cc_span plain,
		struct cc_vol_ptr *out, struct cc_err *err)
{
	struct cc_vol_epoch *epoch = &v->epochs[v->epoch_count - 1];
	struct cc_vol_ptr p = { .len = (uint32_t)plain.len, .slot = epoch->slot };
	uint8_t aad[AAD_LEN] = { 0 };
	struct cc_aead_nonce nonce = { { 0 } };

	CC_TRY(epoch_aead(v, epoch, err));
	CC_TRY(epoch_has_room(v, plain.len, err));
	if (v->append_len + plain.len > CC_VOL_APPEND_MAX)
		CC_TRY(cc_vol_append_flush(v, err));
	p.at = v->written + v->append_len;
	/* Counted before use: a nonce whose sealing fails is lost, never used again. */
	p.nonce = (uint32_t)v->nonces++;
	nonce = node_nonce(&p);
	node_aad(v, epoch, what, &p, aad);
	CC_TRY(cc_aead_seal(epoch->aead, &nonce, CC_SPAN(aad), plain,
			    (struct cc_mut){ v->append + v->append_len, plain.len }, &p.tag, err));
	v->append_len += plain.len;
	epoch->end = v->written + v->append_len;
	epoch->refs++;
	*out = p;
	return 0;
}

/* The sealed bytes of a node: from the store, or from what has yet to be written there. */
static int node_bytes(struct cc_volume *v, const struct cc_vol_epoch *epoch,
		      const struct cc_vol_ptr *p, uint8_t *out, struct cc_err *err)
{
	char name[CC_VOL_NAME_FILE] = "";
	bool ours = v->writable && epoch == &v->epochs[v->epoch_count - 1];

	if (p->at + p->len > epoch->end)
		return cc_fail(err, CC_E_TAMPERED, "a node lies behind the end of its epoch");
	if (ours && p->at >= v->written) {
		memcpy(out, v->append + (p->at - v->written), p->len);
		return 0;
	}
	cc_vol_data_name(&epoch->state, name);
	return v->store.read(v->store.ctx, name, p->at, (struct cc_mut){ out, p->len }, err);
}

int cc_vol_unseal(struct cc_volume *v, const struct cc_vol_what *what, const struct cc_vol_ptr *p,
		  uint8_t *out, struct cc_err *err)
{
	struct cc_vol_epoch *epoch = cc_vol_epoch_find(v, p->slot);
	uint8_t aad[AAD_LEN] = { 0 };
	struct cc_aead_nonce nonce = node_nonce(p);

	if (epoch == NULL)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "a node of an epoch that is not listed");
	CC_TRY(epoch_aead(v, epoch, err));
	if (node_bytes(v, epoch, p, out, err) != 0)
		return cc_vol_eio(err);
	node_aad(v, epoch, what, p, aad);
	if (cc_aead_open(epoch->aead, &nonce, CC_SPAN(aad), cc_span(out, p->len), &p->tag,
			 (struct cc_mut){ out, p->len }, err) != 0)
		return cc_vol_eio(err);
	return 0;
}
