/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of an epoch, and the nodes sealed under them. */
#include <errno.h>

#include "crypto/kdf.h"
#include "volume/engine-internal.h"

#define AAD_LEN ((size_t)60)

void cc_vol_set_eio(struct cc_err *err)
{
	if (err->code == CC_E_NOTFOUND)
		err->code = CC_E_TAMPERED;
	err->sys = EIO;
}

void cc_vol_set_malformed(struct cc_err *err, const char *what)
{
	if (err->code == CC_E_ARG)
		err->code = CC_E_TAMPERED;
	err->sys = err->sys != 0 ? err->sys : EIO;
	cc_err_wrap(err, "%s", what);
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
	CC_TRY(cc_buf_add_str(out, "concordat volume 2 ", err));
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

static uint8_t *put(uint8_t *at, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * i));
	return at + len;
}

/* What a message is and where it lies: it opens only as that, and only there. */
struct message {
	enum cc_vol_level level;
	uint64_t object, index;
	uint64_t at;
	uint32_t len, nonce;
};

static void message_aad(const struct cc_volume *v, const struct cc_vol_epoch *epoch,
			const struct message *m, uint8_t out[static AAD_LEN])
{
	uint8_t *at = out;

	memcpy(at, v->id.b, sizeof(v->id.b));
	at = put(at + sizeof(v->id.b), epoch->epoch, 8);
	at = put(at, m->object, 8);
	at = put(at, m->index, 8);
	at = put(at, m->at, 8);
	at = put(at, (uint64_t)m->level, 4);
	at = put(at, m->len, 4);
	(void)put(at, m->nonce, 4);
}

static struct cc_aead_nonce message_nonce(const struct message *m)
{
	struct cc_aead_nonce nonce = { { 0 } };

	(void)put(nonce.b, m->nonce, 4);
	return nonce;
}

static int epoch_aead(struct cc_volume *v, struct cc_vol_epoch *epoch, enum cc_vol_hand hand,
		      struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	size_t place = (size_t)(epoch - v->epochs);

	if (epoch->aead[hand] != NULL)
		return 0;
	CC_TRY(cc_secret_from(
		cc_span_sub(cc_secret_span(v->keys), place * CC_VOL_KEY_LEN, CC_VOL_KEY_LEN), &key,
		err));
	return cc_aead_new(key, &epoch->aead[hand], err);
}

static int message_seal(const struct cc_volume *v, const struct cc_vol_epoch *epoch,
			const struct message *m, struct cc_span plain, uint8_t *out,
			struct cc_aead_tag *tag, struct cc_err *err)
{
	const struct cc_aead_nonce nonce = message_nonce(m);
	uint8_t aad[AAD_LEN];

	message_aad(v, epoch, m, aad);
	return cc_aead_seal(epoch->aead[CC_VOL_FIRST], &nonce, CC_SPAN(aad), plain,
			    (struct cc_mut){ out, plain.len }, tag, err);
}

static int message_open(const struct cc_volume *v, struct cc_aead *aead,
			const struct cc_vol_epoch *epoch, const struct message *m, uint8_t *bytes,
			const struct cc_aead_tag *tag, struct cc_err *err)
{
	const struct cc_aead_nonce nonce = message_nonce(m);
	uint8_t aad[AAD_LEN];

	message_aad(v, epoch, m, aad);
	if (cc_aead_open(aead, &nonce, CC_SPAN(aad), cc_span(bytes, m->len), tag,
			 (struct cc_mut){ bytes, m->len }, err) != 0)
		return cc_vol_eio(err);
	return 0;
}

/* The next `count` nonces. An epoch refuses to go on before one could come twice. */
static int nonces_take(struct cc_volume *v, uint32_t count, uint32_t *out, struct cc_err *err)
{
	if (v->nonces + count >= CC_VOL_EPOCH_NONCES) {
		v->failed = true;
		cc_err_set(err, CC_E_TOOBIG,
			   "this opening of the volume has written all that its key may protect");
		err->sys = ENOSPC;
		return cc_hint(err, "open the volume for writing again: that starts a new epoch");
	}
	/* Counted before use: a nonce whose sealing fails is lost, never used again. */
	*out = (uint32_t)v->nonces;
	v->nonces += count;
	return 0;
}

int cc_vol_seal(struct cc_volume *v, enum cc_vol_level level, struct cc_span plain,
		struct cc_vol_ptr *out, struct cc_err *err)
{
	struct cc_vol_epoch *epoch = cc_vol_epoch_own(v);
	struct cc_vol_ptr p = { .len = (uint32_t)plain.len, .slot = epoch->slot };
	struct message m = { .level = level, .len = p.len };
	uint8_t *room = NULL;

	CC_TRY(epoch_aead(v, epoch, CC_VOL_FIRST, err));
	CC_TRY(nonces_take(v, 1, &p.nonce, err));
	CC_TRY(cc_vol_space_take(v, plain.len, &p.at, &room, err));
	m.at = p.at;
	m.nonce = p.nonce;
	CC_TRY(message_seal(v, epoch, &m, plain, room, &p.tag, err));
	*out = p;
	return 0;
}

/* Sealed bytes: from the store, or from what has yet to be written there. */
static int sealed_bytes(struct cc_volume *v, const struct cc_vol_epoch *epoch, uint64_t at,
			struct cc_mut out, struct cc_err *err)
{
	const struct cc_vol_space *space = &v->space;
	char name[CC_VOL_NAME_FILE] = "";

	if (at + out.len > epoch->end)
		return cc_fail(err, CC_E_TAMPERED, "a node lies behind the end of its epoch");
	if (epoch == cc_vol_epoch_own(v) && at >= space->buffer_at &&
	    at + out.len <= space->buffer_at + space->buffer_len) {
		memcpy(out.at, space->buffer + (at - space->buffer_at), out.len);
		return 0;
	}
	cc_vol_data_name(&epoch->state, name);
	return v->store.read(v->store.ctx, name, at, out, err);
}

static int epoch_get(struct cc_volume *v, uint32_t slot, struct cc_vol_epoch **out,
		     struct cc_err *err)
{
	struct cc_vol_epoch *epoch = cc_vol_epoch_find(v, slot);

	if (epoch == NULL)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "a node of an epoch that is not listed");
	*out = epoch;
	return epoch_aead(v, epoch, CC_VOL_FIRST, err);
}

int cc_vol_unseal(struct cc_volume *v, enum cc_vol_level level, const struct cc_vol_ptr *p,
		  uint8_t *out, struct cc_err *err)
{
	const struct message m = { .level = level, .at = p->at, .len = p->len, .nonce = p->nonce };
	struct cc_vol_epoch *epoch = NULL;

	CC_TRY(epoch_get(v, p->slot, &epoch, err));
	if (sealed_bytes(v, epoch, p->at, (struct cc_mut){ out, p->len }, err) != 0)
		return cc_vol_eio(err);
	return message_open(v, epoch->aead[CC_VOL_FIRST], epoch, &m, out, &p->tag, err);
}

/* Block `i` of a run. */
static struct message block_message(const struct cc_vol_place *of, const struct cc_vol_run *run,
				    unsigned int i)
{
	return (struct message){
		.level = CC_VOL_FILE,
		.object = of->ino,
		.index = of->index * CC_VOL_WINDOW_BLOCKS + run->first + i,
		.at = run->at + i * CC_VOL_BLOCK,
		.len = i + 1 == run->count ? run->last : (uint32_t)CC_VOL_BLOCK,
		.nonce = run->nonce + i,
	};
}

int cc_vol_run_seal(struct cc_volume *v, const struct cc_vol_place *of, struct cc_span plain,
		    struct cc_vol_run *run, struct cc_aead_tag *tags, struct cc_err *err)
{
	struct cc_vol_epoch *epoch = cc_vol_epoch_own(v);
	uint8_t *room = NULL;

	CC_TRY(epoch_aead(v, epoch, CC_VOL_FIRST, err));
	CC_TRY(nonces_take(v, run->count, &run->nonce, err));
	CC_TRY(cc_vol_space_take(v, plain.len, &run->at, &room, err));
	run->slot = epoch->slot;
	run->last = (uint16_t)(plain.len - (run->count - 1) * CC_VOL_BLOCK);
	for (unsigned int i = 0; i < run->count; i++) {
		const struct message m = block_message(of, run, i);

		CC_TRY(message_seal(v, epoch, &m, cc_span_sub(plain, i * CC_VOL_BLOCK, m.len),
				    room + i * CC_VOL_BLOCK, &tags[run->first + i], err));
	}
	return 0;
}

int cc_vol_run_fetch(struct cc_volume *v, const struct cc_vol_piece *piece, struct cc_err *err)
{
	const struct cc_vol_run *run = piece->run;
	struct cc_mut out = piece->out;
	struct cc_vol_epoch *epoch = NULL;
	size_t len = out.len;

	CC_TRY(epoch_get(v, run->slot, &epoch, err));
	if (v->second.begin != NULL)
		CC_TRY(epoch_aead(v, epoch, CC_VOL_SECOND, err));
	if (piece->from + out.len / CC_VOL_BLOCK == run->count)
		len -= CC_VOL_BLOCK - run->last;
	memset(out.at + len, 0, out.len - len);
	if (sealed_bytes(v, epoch, run->at + piece->from * CC_VOL_BLOCK,
			 (struct cc_mut){ out.at, len }, err) != 0)
		return cc_vol_eio(err);
	return 0;
}

int cc_vol_run_open(const struct cc_volume *v, enum cc_vol_hand hand,
		    const struct cc_vol_piece *piece, struct cc_err *err)
{
	const struct cc_vol_run *run = piece->run;
	const struct cc_vol_epoch *epoch = cc_vol_epoch_find(v, run->slot);
	unsigned int count = (unsigned int)(piece->out.len / CC_VOL_BLOCK);

	if (epoch == NULL || epoch->aead[hand] == NULL)
		return cc_fail(err, CC_E_BUG, "blocks are opened that were not fetched");
	for (unsigned int i = 0; i < count; i++) {
		const struct message m = block_message(piece->of, run, piece->from + i);

		CC_TRY(message_open(v, epoch->aead[hand], epoch, &m,
				    piece->out.at + i * CC_VOL_BLOCK,
				    &piece->window->tags[run->first + piece->from + i], err));
	}
	return 0;
}

int cc_vol_run_unseal(struct cc_volume *v, const struct cc_vol_piece *piece, struct cc_err *err)
{
	CC_TRY(cc_vol_run_fetch(v, piece, err));
	return cc_vol_run_open(v, CC_VOL_FIRST, piece, err);
}
