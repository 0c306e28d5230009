/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/format-internal.h"

#include <errno.h>
#include <sys/stat.h>

#define VERSION 2u
#define ROOT_MAGIC 0x544f4f52u /* "ROOT" */

static const uint8_t magic[8] = { 'C', 'C', 'V', 'O', 'L', 'U', 'M', 'E' };

int cc_vol_varint_add(struct cc_buf *buf, uint64_t value, struct cc_err *err)
{
	for (; value >= 0x80; value >>= 7)
		CC_TRY(cc_buf_add_u8(buf, (uint8_t)(value | 0x80), err));
	return cc_buf_add_u8(buf, (uint8_t)value, err);
}

int cc_vol_varint_read(struct cc_reader *r, const char *what, uint64_t *out, struct cc_err *err)
{
	uint64_t value = 0;
	uint8_t byte = 0x80;

	for (unsigned int shift = 0; (byte & 0x80) != 0; shift += 7) {
		CC_TRY(cc_read_u8(r, what, &byte, err));
		if (shift > 63 || (shift == 63 && byte > 1))
			return cc_fail(err, CC_E_TAMPERED, "%s has more than 64 bits", what);
		value |= (uint64_t)(byte & 0x7f) << shift;
	}
	*out = value;
	return 0;
}

int cc_vol_ptr_add(struct cc_buf *buf, const struct cc_vol_ptr *p, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u64le(buf, p->at, err));
	CC_TRY(cc_buf_add_u32le(buf, p->len, err));
	CC_TRY(cc_buf_add_u32le(buf, p->slot, err));
	CC_TRY(cc_buf_add_u32le(buf, p->nonce, err));
	return cc_buf_add(buf, CC_SPAN(p->tag.b), err);
}

int cc_vol_ptr_read(struct cc_reader *r, struct cc_vol_ptr *out, struct cc_err *err)
{
	struct cc_vol_ptr p = { 0 };

	CC_TRY(cc_read_u64le(r, "pointer's place", &p.at, err));
	CC_TRY(cc_read_u32le(r, "pointer's length", &p.len, err));
	CC_TRY(cc_read_u32le(r, "pointer's epoch", &p.slot, err));
	CC_TRY(cc_read_u32le(r, "pointer's nonce", &p.nonce, err));
	CC_TRY(cc_read_copy(r, "pointer's tag", CC_MUT(p.tag.b), err));
	if (p.len == 0 || p.len > CC_VOLUME_EXTENT || p.at < CC_VOL_DATA_START)
		return cc_fail(err, CC_E_TAMPERED, "a node of '%u' bytes at %llu cannot be", p.len,
			       (unsigned long long)p.at);
	if (p.at > CC_VOL_EPOCH_BYTES - p.len)
		return cc_fail(err, CC_E_TAMPERED, "a node lies behind the end of its epoch");
	*out = p;
	return 0;
}

int cc_vol_super_add(struct cc_buf *buf, const struct cc_vol_super *super, struct cc_err *err)
{
	size_t start = buf->len;
	struct cc_mut rest = { 0 };

	CC_TRY(cc_buf_add(buf, CC_SPAN(magic), err));
	CC_TRY(cc_buf_add_u32le(buf, VERSION, err));
	CC_TRY(cc_buf_add_u32le(buf, super->flags, err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(super->id.b), err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(super->state.b), err));
	CC_TRY(cc_buf_add_u64le(buf, super->epoch, err));
	CC_TRY(cc_buf_add_u64le(buf, super->number, err));
	CC_TRY(cc_buf_add_u64le(buf, super->lease, err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(super->previous.b), err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(super->salt.b), err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(super->commitment.b), err));
	CC_TRY(cc_buf_add_u64le(buf, super->inodes, err));
	CC_TRY(cc_buf_add_u64le(buf, super->end, err));
	CC_TRY(cc_buf_add_u64le(buf, super->nonces, err));
	CC_TRY(cc_vol_ptr_add(buf, &super->root, err));
	CC_TRY(cc_buf_extend(buf, CC_VOL_SUPER_MACED - (buf->len - start), &rest, err));
	memset(rest.at, 0, rest.len);
	return 0;
}

static int super_fields(struct cc_reader *r, struct cc_vol_super *s, struct cc_err *err)
{
	CC_TRY(cc_read_u32le(r, "flags", &s->flags, err));
	CC_TRY(cc_read_copy(r, "volume id", CC_MUT(s->id.b), err));
	CC_TRY(cc_read_copy(r, "state id", CC_MUT(s->state.b), err));
	CC_TRY(cc_read_u64le(r, "epoch", &s->epoch, err));
	CC_TRY(cc_read_u64le(r, "commit number", &s->number, err));
	CC_TRY(cc_read_u64le(r, "lease epoch", &s->lease, err));
	CC_TRY(cc_read_copy(r, "previous tag", CC_MUT(s->previous.b), err));
	CC_TRY(cc_read_copy(r, "salt", CC_MUT(s->salt.b), err));
	CC_TRY(cc_read_copy(r, "key commitment", CC_MUT(s->commitment.b), err));
	CC_TRY(cc_read_u64le(r, "number of inodes", &s->inodes, err));
	CC_TRY(cc_read_u64le(r, "bytes of data", &s->end, err));
	CC_TRY(cc_read_u64le(r, "number of nonces", &s->nonces, err));
	return cc_vol_ptr_read(r, &s->root, err);
}

static int super_limits(const struct cc_vol_super *s, struct cc_err *err)
{
	if ((s->flags & ~CC_VOL_FLAG_HASHED) != 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "superblock has unknown flags '%#x'",
			       s->flags);
	if (s->inodes > CC_VOLUME_INODES_MAX || s->end > CC_VOL_EPOCH_BYTES ||
	    s->nonces > CC_VOL_EPOCH_NONCES)
		return cc_fail(err, CC_E_TAMPERED, "superblock's counts exceed the format's");
	return 0;
}

int cc_vol_super_parse(struct cc_span bytes, struct cc_vol_super *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_super s = { 0 };
	struct cc_span given = { 0 };
	uint32_t version = 0;

	if (bytes.len != CC_VOL_SUPER_LEN)
		return cc_fail(err, CC_E_TAMPERED, "superblock has %zu bytes instead of %zu",
			       bytes.len, CC_VOL_SUPER_LEN);
	CC_TRY(cc_read_span(&r, sizeof(magic), "magic", &given, err));
	if (!cc_span_eq(given, CC_SPAN(magic)))
		return cc_fail(err, CC_E_TAMPERED, "this is no superblock of a volume");
	CC_TRY(cc_read_u32le(&r, "version", &version, err));
	if (version != VERSION) {
		cc_err_set(err, CC_E_UNSUPPORTED, "volume has format version '%u', not %u", version,
			   VERSION);
		return cc_hint(err, "copy its content out with the release that wrote it");
	}
	CC_TRY(super_fields(&r, &s, err));
	CC_TRY(super_limits(&s, err));
	CC_TRY(cc_read_span(&r, r.rest.len - sizeof(s.chain.b), "padding", &given, err));
	if (!cc_span_is_zero(given))
		return cc_fail(err, CC_E_TAMPERED, "superblock's padding is not zero");
	CC_TRY(cc_read_copy(&r, "chain", CC_MUT(s.chain.b), err));
	*out = s;
	return 0;
}

int cc_vol_root_add(struct cc_buf *buf, const struct cc_vol_root *root, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32le(buf, ROOT_MAGIC, err));
	CC_TRY(cc_buf_add_u64le(buf, root->next_ino, err));
	CC_TRY(cc_buf_add_u64le(buf, root->bytes, err));
	CC_TRY(cc_buf_add_u64le(buf, root->live, err));
	CC_TRY(cc_buf_add_u64le(buf, root->name_key[0], err));
	CC_TRY(cc_buf_add_u64le(buf, root->name_key[1], err));
	CC_TRY(cc_buf_add_u8(buf, root->depth, err));
	if (root->depth > 0)
		CC_TRY(cc_vol_ptr_add(buf, &root->tree, err));
	return cc_buf_add_u32le(buf, root->epoch_count, err);
}

int cc_vol_epoch_add(struct cc_buf *buf, const struct cc_vol_epoch_entry *e, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32le(buf, e->slot, err));
	CC_TRY(cc_buf_add_u64le(buf, e->epoch, err));
	CC_TRY(cc_buf_add(buf, CC_SPAN(e->state.b), err));
	CC_TRY(cc_buf_add_u64le(buf, e->end, err));
	CC_TRY(cc_buf_add_u64le(buf, e->live, err));
	return cc_buf_add(buf, e->key, err);
}

int cc_vol_epoch_read(struct cc_reader *r, struct cc_vol_epoch_entry *out, struct cc_err *err)
{
	struct cc_vol_epoch_entry e = { 0 };

	CC_TRY(cc_read_u32le(r, "slot of an epoch", &e.slot, err));
	CC_TRY(cc_read_u64le(r, "epoch", &e.epoch, err));
	CC_TRY(cc_read_copy(r, "state of an epoch", CC_MUT(e.state.b), err));
	CC_TRY(cc_read_u64le(r, "bytes of an epoch", &e.end, err));
	CC_TRY(cc_read_u64le(r, "live bytes of an epoch", &e.live, err));
	CC_TRY(cc_read_span(r, CC_VOL_KEY_LEN, "key of an epoch", &e.key, err));
	if (e.end > CC_VOL_EPOCH_BYTES || e.live > e.end)
		return cc_fail(err, CC_E_TAMPERED, "an epoch is longer than the format allows");
	*out = e;
	return 0;
}

/* Slots and epochs ascend, so that none comes twice. */
static int root_epochs(struct cc_reader *r, struct cc_vol_root *out, struct cc_err *err)
{
	struct cc_vol_epoch_entry last = { 0 };
	struct cc_vol_epoch_entry epoch = { 0 };

	CC_TRY(cc_read_u32le(r, "number of epochs", &out->epoch_count, err));
	if (out->epoch_count > CC_VOLUME_EPOCHS_MAX)
		return cc_fail(err, CC_E_TAMPERED, "'%u' epochs, at most %u are possible",
			       out->epoch_count, CC_VOLUME_EPOCHS_MAX);
	out->epochs = *r;
	for (uint32_t i = 0; i < out->epoch_count; i++, last = epoch) {
		CC_TRY(cc_vol_epoch_read(r, &epoch, err));
		if (i > 0 && (epoch.slot <= last.slot || epoch.epoch <= last.epoch))
			return cc_fail(err, CC_E_TAMPERED, "epochs are out of order");
	}
	return cc_read_end(r, "root node", err);
}

int cc_vol_root_parse(struct cc_span bytes, struct cc_vol_root *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_root root = { 0 };
	uint32_t word = 0;

	CC_TRY(cc_read_u32le(&r, "root node's magic", &word, err));
	if (word != ROOT_MAGIC)
		return cc_fail(err, CC_E_TAMPERED, "this is no root node of a volume");
	CC_TRY(cc_read_u64le(&r, "next inode", &root.next_ino, err));
	CC_TRY(cc_read_u64le(&r, "bytes of files", &root.bytes, err));
	CC_TRY(cc_read_u64le(&r, "live bytes", &root.live, err));
	CC_TRY(cc_read_u64le(&r, "key of names", &root.name_key[0], err));
	CC_TRY(cc_read_u64le(&r, "key of names", &root.name_key[1], err));
	CC_TRY(cc_read_u8(&r, "depth of the tree", &root.depth, err));
	if (root.depth > CC_VOL_DEPTH_MAX)
		return cc_fail(err, CC_E_TAMPERED, "a tree of '%u' levels", root.depth);
	if (root.depth > 0)
		CC_TRY(cc_vol_ptr_read(&r, &root.tree, err));
	CC_TRY(root_epochs(&r, &root, err));
	*out = root;
	return 0;
}
