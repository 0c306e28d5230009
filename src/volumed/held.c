/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that wait until the CAS has caught up, while reading goes on. */
#include "volumed/volumed-internal.h"

/* What changes the tree, by opcode. */
static const bool changes[] = {
	[4] = true /* SETATTR */,    [6] = true /* SYMLINK */,      [8] = true /* MKNOD */,
	[9] = true /* MKDIR */,      [10] = true /* UNLINK */,      [11] = true /* RMDIR */,
	[12] = true /* RENAME */,    [13] = true /* LINK */,        [16] = true /* WRITE */,
	[21] = true /* SETXATTR */,  [24] = true /* REMOVEXATTR */, [35] = true /* CREATE */,
	[43] = true /* FALLOCATE */, [45] = true /* RENAME2 */,
};

static bool is_change(const struct fuse_buf *request)
{
	uint32_t opcode = cc_volumed_opcode(request);

	return opcode < CC_COUNT(changes) && changes[opcode];
}

bool cc_volumed_hold_back(struct cc_volumed *d, struct fuse_buf *buf)
{
	size_t at = (d->held_first + d->held_count) % CC_VOLUMED_HELD_MAX;
	void *fitting = NULL;

	/* Behind others that wait, too: none overtakes. */
	if (d->failed || d->held_count == CC_VOLUMED_HELD_MAX ||
	    (d->held_count == 0 && !cc_volumed_is_full(d)) || !is_change(buf))
		return false;
	/* The buffer has room for the largest request. */
	fitting = realloc(buf->mem, buf->size);
	d->held[at] = *buf;
	if (fitting != NULL)
		d->held[at].mem = fitting;
	d->held_count++;
	*buf = (struct fuse_buf){ 0 };
	return true;
}

bool cc_volumed_let_go(struct cc_volumed *d)
{
	bool any = false;

	while (d->held_count > 0 && (d->failed || !cc_volumed_is_full(d))) {
		struct fuse_buf *buf = &d->held[d->held_first];

		d->held_first = (d->held_first + 1) % CC_VOLUMED_HELD_MAX;
		d->held_count--;
		cc_volumed_process(d, buf);
		free(buf->mem);
		*buf = (struct fuse_buf){ 0 };
		any = true;
	}
	return any;
}
