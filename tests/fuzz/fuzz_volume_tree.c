/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of nodes as somebody with the key could have sealed it: every
 * message opens, and is what lies at its place in the input. Byte 0 is the number
 * of levels, bytes 1 and 2 the length of the root, which begins at byte 3.
 */
#include "volume/engine-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int __wrap_cc_vol_unseal(struct cc_volume *v, enum cc_vol_level level, const struct cc_vol_ptr *p,
			 uint8_t *out, struct cc_err *err);
int __wrap_cc_vol_run_unseal(struct cc_volume *v, const struct cc_vol_piece *piece,
			     struct cc_err *err);
int __wrap_cc_vol_run_fetch(struct cc_volume *v, const struct cc_vol_piece *piece,
			    struct cc_err *err);
int __wrap_cc_vol_run_open(const struct cc_volume *v, enum cc_vol_hand hand,
			   const struct cc_vol_piece *piece, struct cc_err *err);

static struct cc_span input;

int __wrap_cc_vol_unseal(struct cc_volume *v, enum cc_vol_level level, const struct cc_vol_ptr *p,
			 uint8_t *out, struct cc_err *err)
{
	(void)v;
	if (level != CC_VOL_NODE || p->at > input.len || p->len > input.len - p->at)
		return cc_fail(err, CC_E_TAMPERED, "no node lies there");
	memcpy(out, input.at + p->at, p->len);
	return 0;
}

int __wrap_cc_vol_run_fetch(struct cc_volume *v, const struct cc_vol_piece *piece,
			    struct cc_err *err)
{
	(void)v, (void)err;
	memset(piece->out.at, piece->run->first + (int)piece->from, piece->out.len);
	return 0;
}

int __wrap_cc_vol_run_open(const struct cc_volume *v, enum cc_vol_hand hand,
			   const struct cc_vol_piece *piece, struct cc_err *err)
{
	(void)v, (void)hand, (void)piece, (void)err;
	return 0;
}

int __wrap_cc_vol_run_unseal(struct cc_volume *v, const struct cc_vol_piece *piece,
			     struct cc_err *err)
{
	return __wrap_cc_vol_run_fetch(v, piece, err);
}

/* What a program may ask of an inode, whatever it is. */
static void use(struct cc_volume *v, uint64_t ino)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	struct cc_volume_entry entry = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_span span = { 0 };
	struct cc_err err = { 0 };
	uint8_t room[5000];
	uint64_t place = 0;
	size_t got = 0;
	bool end = false;

	if (cc_volume_getattr(v, ino, &attr, &err) != 0)
		return;
	cc_ignore(cc_volume_read(v, ino, attr.size / 2, CC_MUT(room), &got, &err));
	cc_ignore(cc_volume_seek(v, ino, 0, true, &place, &err));
	cc_ignore(cc_volume_readlink(v, ino, &span, &err));
	cc_ignore(cc_volume_getxattr(v, ino, cc_span_str("user.a"), &span, &err));
	cc_ignore(cc_volume_listxattr(v, ino, &names, &err));
	cc_ignore(cc_volume_lookup(v, ino, cc_span_str("a"), &attr, &err));
	for (int i = 0; i < 20 && !end; i++)
		if (cc_volume_readdir(v, ino, entry.cookie, &entry, &end, &err) != 0)
			break;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_volume_checked checked = { 0 };
	struct cc_digest content = { 0 };
	struct cc_err err = { 0 };

	if (len < 4)
		return 0;
	v = calloc(1, sizeof(*v));
	v->window = malloc(CC_VOLUME_EXTENT);
	input = cc_span(at, len);
	v->cache = 1; /* nothing is kept */
	v->next_ino = v->inode_count = 1000;
	v->tree.depth = (uint8_t)(at[0] % (CC_VOL_DEPTH_MAX + 1));
	v->tree.root.ptr = (struct cc_vol_ptr){ .at = 3, .len = at[1] + 256u * at[2] };
	if (v->tree.root.ptr.len == 0)
		v->tree.depth = 0;
	cc_ignore(cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &err));
	for (uint64_t ino = 0; ino < 8; ino++)
		use(v, ino);
	cc_ignore(cc_volume_content(v, &content, &err));
	return 0;
}
