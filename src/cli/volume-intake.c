/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-intake.h"

#include <search.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"

/* Links */

struct known {
	struct cc_volume_origin origin;
	uint64_t ino;
};

static int compare(const void *a, const void *b)
{
	const struct cc_volume_origin *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

void cc_volume_intake_done(struct cc_volume_intake *in)
{
	tdestroy(in->links, free);
	in->links = NULL;
}

uint64_t cc_volume_intake_known(const struct cc_volume_intake *in,
				const struct cc_volume_origin *origin)
{
	const struct known *const *found = tfind(origin, &in->links, compare);

	return found != NULL ? (*found)->ino : 0;
}

int cc_volume_intake_remember(struct cc_volume_intake *in, const struct cc_volume_origin *origin,
			      uint64_t ino, struct cc_err *err)
{
	CC_AUTO_FREE struct known *known = calloc(1, sizeof(*known));

	if (known == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a link");
	*known = (struct known){ *origin, ino };
	if (tsearch(known, &in->links, compare) == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a link");
	known = NULL;
	return 0;
}

/* Names */

int cc_volume_intake_spot(const struct cc_volume_intake *in, const char *path,
			  struct cc_volume_spot *out, struct cc_err *err)
{
	CC_AUTO_FREE char *folder = NULL;
	struct cc_volume_attr attr = { 0 };
	size_t len = strlen(path), start = 0;

	while (len > 0 && path[len - 1] == '/')
		len--;
	for (start = len; start > 0 && path[start - 1] != '/';)
		start--;
	CC_TRY(cc_str_from(start > 0 ? cc_span(path, start) : cc_span_str("/"), &folder, err));
	CC_TRY(cc_volume_resolve(in->volume, folder, &attr, err));
	if (!S_ISDIR(attr.mode))
		return cc_fail(err, CC_E_ARG, "'%s' is no directory", folder);
	*out = (struct cc_volume_spot){ attr.ino, cc_span(path + start, len - start) };
	return 0;
}

static int conflict(const struct cc_volume_spot *spot, bool hopeless, struct cc_err *err)
{
	cc_err_set(err, CC_E_CONFLICT, "'%.*s' is there already%s", (int)spot->name.len,
		   (const char *)spot->name.at, hopeless ? ", of another kind" : "");
	return cc_hint(err, hopeless ? "take another name: --force does not do this"
				     : "take another name, or --force to replace what is there");
}

/* What has the name now makes room; `*ino` is a directory that stays, else 0. */
static int make_room(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
		     bool is_dir, uint64_t *ino, struct cc_err *err)
{
	struct cc_volume_attr there = { 0 };
	struct cc_err why = { 0 };

	*ino = spot->name.len == 0 ? spot->dir : 0;
	if (*ino != 0)
		return is_dir ? 0 : cc_fail(err, CC_E_ARG, "a file cannot replace the root");
	if (cc_volume_lookup(in->volume, spot->dir, spot->name, &there, &why) != 0) {
		if (why.code == CC_E_NOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (S_ISDIR(there.mode) != is_dir)
		return conflict(spot, true, err);
	if (!in->force)
		return conflict(spot, false, err);
	if (!is_dir)
		return cc_volume_unlink(in->volume, spot->dir, spot->name, err);
	*ino = there.ino;
	return 0;
}

static int make(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
		const struct cc_volume_newcomer *new, uint64_t *ino, struct cc_err *err)
{
	const unsigned int all = CC_VOLUME_SET_MODE | CC_VOLUME_SET_UID | CC_VOLUME_SET_GID |
				 CC_VOLUME_SET_ATIME | CC_VOLUME_SET_MTIME;
	struct cc_volume_attr got = { 0 };

	CC_TRY(make_room(in, spot, S_ISDIR(new->attr.mode), ino, err));
	if (*ino != 0)
		return cc_volume_setattr(in->volume, *ino, &new->attr, all, &got, err);
	if (S_ISLNK(new->attr.mode))
		CC_TRY(cc_volume_symlink(in->volume, spot->dir, spot->name,
					 cc_span_str(new->target), &new->attr, &got, err));
	else
		CC_TRY(cc_volume_create(in->volume, spot->dir, spot->name, &new->attr, &got, err));
	*ino = got.ino;
	if (!S_ISREG(new->attr.mode) || new->attr.size == 0)
		return 0;
	return cc_volume_setattr(in->volume, *ino, &new->attr, CC_VOLUME_SET_SIZE, &got, err);
}

/*
 * Memory is bounded by commits that nobody names: until the last one is named the state before
 * counts, whose files this epoch does not touch. So each of them is acknowledged at once.
 */
static int commit_some(const struct cc_volume_intake *in, struct cc_err *err)
{
	struct cc_volume_commit done = { 0 };

	if (!cc_volume_wants_commit(in->volume))
		return 0;
	CC_TRY(cc_volume_commit(in->volume, &done, err));
	cc_volume_acknowledged(in->volume, done.number);
	return 0;
}

int cc_volume_intake_make(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
			  const struct cc_volume_newcomer *new, uint64_t *ino, struct cc_err *err)
{
	uint64_t made = 0;

	CC_TRY(make(in, spot, new, &made, err));
	CC_TRY(cc_progress_add(in->progress, S_ISDIR(new->attr.mode) ? 0 : 1, 0, err));
	*ino = made;
	return commit_some(in, err);
}

int cc_volume_intake_link(const struct cc_volume_intake *in, const struct cc_volume_spot *spot,
			  uint64_t ino, struct cc_err *err)
{
	struct cc_volume_attr got = { 0 };
	uint64_t there = 0;

	CC_TRY(make_room(in, spot, false, &there, err));
	return cc_volume_link(in->volume, ino, spot->dir, spot->name, &got, err);
}

int cc_volume_intake_write(const struct cc_volume_intake *in, uint64_t ino, uint64_t at,
			   struct cc_span piece, struct cc_err *err)
{
	if (!cc_span_is_zero(piece))
		CC_TRY(cc_volume_write(in->volume, ino, at, piece, err));
	CC_TRY(cc_progress_add(in->progress, 0, piece.len, err));
	return commit_some(in, err);
}

bool cc_volume_intake_keeps(struct cc_span xattr)
{
	return cc_span_eq_str(cc_span_sub(xattr, 0, 5), "user.") ||
	       cc_span_eq_str(xattr, "security.capability");
}
