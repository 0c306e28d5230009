/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes: an item each, found by the hash of its name. */
#include <errno.h>
#include <sys/xattr.h>

#include "volume/engine-internal.h"

static struct cc_vol_key xattr_key(uint64_t ino, uint64_t offset)
{
	return (struct cc_vol_key){ .object = ino, .kind = CC_VOL_XATTR, .offset = offset };
}

int cc_vol_xattr_next(struct cc_volume *v, uint64_t ino, uint64_t *offset,
		      struct cc_vol_xattr_item *out, bool *found, struct cc_err *err)
{
	struct cc_vol_key key = xattr_key(ino, *offset);
	struct cc_span value = { 0 };

	CC_TRY(cc_vol_tree_next(v, &key, &value, found, err));
	*found = *found && key.object == ino && key.kind == CC_VOL_XATTR;
	if (!*found)
		return 0;
	*offset = key.offset;
	if (cc_vol_xattr_parse(value, out, err) != 0)
		return cc_vol_malformed(err, "read an extended attribute");
	return 0;
}

static int limits(struct cc_volume *v, uint64_t ino, const struct cc_vol_xattr_item *put,
		  struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	size_t total = put->name.len + put->value.len;
	unsigned int count = 1;
	bool found = true;

	if (put->name.len == 0 || put->name.len > CC_VOLUME_NAME_MAX ||
	    memchr(put->name.at, '\0', put->name.len) != NULL)
		return cc_vol_fail(err, CC_E_ARG, ERANGE,
				   "this is no name of an extended attribute");
	if (put->value.len > CC_VOLUME_XATTR_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, E2BIG, "an extended attribute of %zu bytes",
				   put->value.len);
	for (uint64_t at = 0; found; at++) {
		CC_TRY(cc_vol_xattr_next(v, ino, &at, &item, &found, err));
		if (!found || cc_span_eq(item.name, put->name))
			continue;
		total += item.name.len + item.value.len;
		count++;
	}
	if (total > CC_VOLUME_XATTRS_MAX || count > CC_VOLUME_XATTR_COUNT_MAX)
		return cc_vol_fail(
			err, CC_E_TOOBIG, ENOSPC,
			"a file has at most %u extended attributes and %zu bytes of them",
			CC_VOLUME_XATTR_COUNT_MAX, CC_VOLUME_XATTRS_MAX);
	return 0;
}

static void changed(struct cc_volume *v, struct cc_vol_inode *inode)
{
	if (v->now.sec != 0)
		inode->attr.changed = v->now;
	cc_vol_touch(v, inode);
}

static int find(struct cc_volume *v, uint64_t ino, struct cc_span name, uint64_t *offset,
		struct cc_vol_xattr_item *out, bool *found, struct cc_err *err)
{
	const struct cc_vol_key key = xattr_key(ino, 0);
	struct cc_span value = { 0 };

	CC_TRY(cc_vol_name_find(v, &key, name, offset, &value, found, err));
	return *found ? cc_vol_xattr_parse(value, out, err) : 0;
}

static int missing(struct cc_err *err)
{
	return cc_vol_fail(err, CC_E_NOTFOUND, ENODATA, "there is no such extended attribute");
}

static int xattr_put(struct cc_volume *v, uint64_t ino, const struct cc_vol_xattr_item *put,
		     int flags, struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	struct cc_vol_key key = xattr_key(ino, 0);
	bool there = false;

	CC_TRY(limits(v, ino, put, err));
	CC_TRY(find(v, ino, put->name, &key.offset, &item, &there, err));
	if (there && (flags & XATTR_CREATE) != 0)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST,
				   "the extended attribute is there already");
	if (!there && (flags & XATTR_REPLACE) != 0)
		return missing(err);
	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_xattr_add(&v->item, put, err));
	return cc_vol_tree_put(v, &key, cc_buf_span(&v->item), err);
}

int cc_volume_setxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span value,
		       int flags, struct cc_err *err)
{
	const struct cc_vol_xattr_item put = { .name = name, .value = value };
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	CC_TRY(xattr_put(v, ino, &put, flags, err));
	changed(v, inode);
	return 0;
}

int cc_volume_getxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span *out,
		       struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	struct cc_vol_inode *inode = NULL;
	uint64_t offset = 0;
	bool there = false;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	CC_TRY(find(v, ino, name, &offset, &item, &there, err));
	if (!there)
		return missing(err);
	cc_buf_reset(&v->answer);
	CC_TRY(cc_buf_add(&v->answer, item.value, err));
	*out = cc_buf_span(&v->answer);
	return 0;
}

int cc_volume_removexattr(struct cc_volume *v, uint64_t ino, struct cc_span name,
			  struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	struct cc_vol_key key = xattr_key(ino, 0);
	struct cc_vol_inode *inode = NULL;
	bool there = false;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	CC_TRY(find(v, ino, name, &key.offset, &item, &there, err));
	if (!there)
		return missing(err);
	CC_TRY(cc_vol_tree_remove(v, &key, err));
	changed(v, inode);
	return 0;
}

int cc_volume_listxattr(struct cc_volume *v, uint64_t ino, struct cc_buf *out, struct cc_err *err)
{
	struct cc_vol_xattr_item item = { { 0 }, { 0 } };
	struct cc_vol_inode *inode = NULL;
	bool found = true;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	for (uint64_t at = 0; found; at++) {
		CC_TRY(cc_vol_xattr_next(v, ino, &at, &item, &found, err));
		if (!found)
			break;
		CC_TRY(cc_buf_add(out, item.name, err));
		CC_TRY(cc_buf_add_u8(out, 0, err));
	}
	return 0;
}
