/* SPDX-License-Identifier: Apache-2.0 */
#include "volume/format-internal.h"

#include <errno.h>

#define VERSION 1u
#define ROOT_MAGIC 0x544f4f52u /* "ROOT" */

static const uint8_t magic[8] = { 'C', 'C', 'V', 'O', 'L', 'U', 'M', 'E' };

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
	if (p.len == 0 || p.len > CC_VOLUME_EXTENT)
		return cc_fail(err, CC_E_TAMPERED, "a node of '%u' bytes, 1 to %zu are possible",
			       p.len, CC_VOLUME_EXTENT);
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
	if (version != VERSION)
		return cc_fail(err, CC_E_UNSUPPORTED, "volume has format version '%u', not %u",
			       version, VERSION);
	CC_TRY(super_fields(&r, &s, err));
	CC_TRY(super_limits(&s, err));
	CC_TRY(cc_read_span(&r, r.rest.len - sizeof(s.chain.b), "padding", &given, err));
	if (!cc_span_is_zero(given))
		return cc_fail(err, CC_E_TAMPERED, "superblock's padding is not zero");
	CC_TRY(cc_read_copy(&r, "chain", CC_MUT(s.chain.b), err));
	*out = s;
	return 0;
}

void cc_vol_root_clear(struct cc_vol_root *root)
{
	free(root->chunks);
	*root = (struct cc_vol_root){ 0 };
}

int cc_vol_root_add(struct cc_buf *buf, const struct cc_vol_root *root, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32le(buf, ROOT_MAGIC, err));
	CC_TRY(cc_buf_add_u32le(buf, (uint32_t)root->count, err));
	CC_TRY(cc_buf_add_u64le(buf, root->head_len, err));
	for (size_t i = 0; i < root->count; i++)
		CC_TRY(cc_vol_ptr_add(buf, &root->chunks[i], err));
	return 0;
}

/* Every chunk is full but the last. */
static int chunk_fits(const struct cc_vol_ptr *p, size_t i, uint64_t len, struct cc_err *err)
{
	uint64_t left = len - i * CC_VOLUME_EXTENT;

	if (p->len != (left < CC_VOLUME_EXTENT ? left : CC_VOLUME_EXTENT))
		return cc_fail(err, CC_E_TAMPERED, "chunk %zu has '%u' bytes", i, p->len);
	return 0;
}

int cc_vol_root_parse(struct cc_span bytes, struct cc_vol_root *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	uint32_t word = 0;
	uint32_t count = 0;
	uint64_t len = 0;

	CC_TRY(cc_read_u32le(&r, "root node's magic", &word, err));
	CC_TRY(cc_read_u32le(&r, "number of head chunks", &count, err));
	CC_TRY(cc_read_u64le(&r, "length of the head", &len, err));
	if (word != ROOT_MAGIC || count == 0 || count > CC_VOL_ROOT_CHUNKS ||
	    len > CC_VOL_HEAD_MAX || cc_vol_chunks(len) != count)
		return cc_fail(err, CC_E_TAMPERED, "root node lists '%u' chunks for %llu bytes",
			       count, (unsigned long long)len);
	if (r.rest.len != count * CC_VOL_PTR_LEN)
		return cc_fail(err, CC_E_TAMPERED, "root node has %zu bytes of pointers",
			       r.rest.len);
	out->chunks = calloc(count, sizeof(*out->chunks));
	if (out->chunks == NULL)
		return cc_fail_sys(err, ENOMEM, "read the root node");
	out->count = count;
	out->head_len = len;
	for (size_t i = 0; i < count; i++) {
		CC_TRY(cc_vol_ptr_read(&r, &out->chunks[i], err));
		CC_TRY(chunk_fits(&out->chunks[i], i, len, err));
	}
	return 0;
}

int cc_vol_epoch_read(struct cc_reader *r, struct cc_vol_epoch_entry *out, struct cc_err *err)
{
	struct cc_vol_epoch_entry e = { 0 };

	CC_TRY(cc_read_u32le(r, "slot of an epoch", &e.slot, err));
	CC_TRY(cc_read_u64le(r, "epoch", &e.epoch, err));
	CC_TRY(cc_read_copy(r, "state of an epoch", CC_MUT(e.state.b), err));
	CC_TRY(cc_read_u64le(r, "bytes of an epoch", &e.end, err));
	CC_TRY(cc_read_span(r, CC_VOL_KEY_LEN, "key of an epoch", &e.key, err));
	if (e.end > CC_VOL_EPOCH_BYTES)
		return cc_fail(err, CC_E_TAMPERED, "an epoch is longer than the format allows");
	*out = e;
	return 0;
}

int cc_vol_group_read(struct cc_reader *r, struct cc_vol_group_entry *out, struct cc_err *err)
{
	struct cc_vol_group_entry g = { 0 };
	struct cc_reader chunks = { { 0 } };
	struct cc_vol_ptr p = { 0 };

	CC_TRY(cc_read_u64le(r, "number of a group", &g.number, err));
	CC_TRY(cc_read_u32le(r, "length of a group", &g.len, err));
	if (g.len == 0 || g.len > CC_VOL_GROUP_MAX)
		return cc_fail(err, CC_E_TAMPERED, "a group of '%u' bytes", g.len);
	g.chunk_count = cc_vol_chunks(g.len);
	CC_TRY(cc_read_span(r, g.chunk_count * CC_VOL_PTR_LEN, "chunks of a group", &g.chunks,
			    err));
	chunks = cc_reader(g.chunks);
	for (size_t i = 0; i < g.chunk_count; i++) {
		CC_TRY(cc_vol_ptr_read(&chunks, &p, err));
		CC_TRY(chunk_fits(&p, i, g.len, err));
	}
	*out = g;
	return 0;
}

/* Slots, epochs and group numbers ascend, so that none comes twice. */
static int head_lists(struct cc_reader *r, struct cc_vol_head *out, struct cc_err *err)
{
	struct cc_vol_epoch_entry last = { 0 };
	struct cc_vol_epoch_entry epoch = { 0 };
	struct cc_vol_group_entry group = { 0 };
	uint64_t least = 0;

	out->epochs = *r;
	for (uint32_t i = 0; i < out->epoch_count; i++, last = epoch) {
		CC_TRY(cc_vol_epoch_read(r, &epoch, err));
		if (i > 0 && (epoch.slot <= last.slot || epoch.epoch <= last.epoch))
			return cc_fail(err, CC_E_TAMPERED, "epochs are out of order");
	}
	CC_TRY(cc_read_u32le(r, "number of groups", &out->group_count, err));
	if (out->group_count > CC_VOL_GROUPS_MAX)
		return cc_fail(err, CC_E_TAMPERED, "'%u' groups of inodes", out->group_count);
	out->groups = *r;
	for (uint32_t i = 0; i < out->group_count; i++, least = group.number + 1) {
		CC_TRY(cc_vol_group_read(r, &group, err));
		if (group.number < least || group.number >= UINT64_MAX / CC_VOL_GROUP_INODES)
			return cc_fail(err, CC_E_TAMPERED, "groups are out of order");
	}
	return cc_read_end(r, "head", err);
}

int cc_vol_head_parse(struct cc_span bytes, struct cc_vol_head *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_head h = { 0 };
	uint32_t word = 0;

	CC_TRY(cc_read_u32le(&r, "head's magic", &word, err));
	if (word != CC_VOL_HEAD_MAGIC)
		return cc_fail(err, CC_E_TAMPERED, "this is no head of a volume");
	CC_TRY(cc_read_u64le(&r, "next inode", &h.next_ino, err));
	CC_TRY(cc_read_u32le(&r, "number of epochs", &h.epoch_count, err));
	if (h.epoch_count > CC_VOLUME_EPOCHS_MAX)
		return cc_fail(err, CC_E_TAMPERED, "'%u' epochs, at most %u are possible",
			       h.epoch_count, CC_VOLUME_EPOCHS_MAX);
	CC_TRY(head_lists(&r, &h, err));
	*out = h;
	return 0;
}
