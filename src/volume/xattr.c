/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes: few and small, so a sorted array an inode. */
#include <errno.h>
#include <sys/xattr.h>

#include "volume/engine-internal.h"

void cc_vol_xattrs_clear(struct cc_vol_inode *inode)
{
	for (size_t i = 0; i < inode->xattr_count; i++) {
		free(inode->xattrs[i].name.at);
		free(inode->xattrs[i].value.at);
	}
	free(inode->xattrs);
	inode->xattrs = NULL;
	inode->xattr_count = 0;
}

static int order(struct cc_span a, struct cc_span b)
{
	int first = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return first != 0 ? first : (a.len > b.len) - (a.len < b.len);
}

static struct cc_span bytes_span(const struct cc_vol_bytes *bytes)
{
	return cc_span(bytes->at, bytes->len);
}

/* The place of `name`, or where it would be; `there` tells which. */
static size_t place_of(const struct cc_vol_inode *inode, struct cc_span name, bool *there)
{
	size_t i = 0;

	while (i < inode->xattr_count && order(bytes_span(&inode->xattrs[i].name), name) < 0)
		i++;
	*there = i < inode->xattr_count && cc_span_eq(bytes_span(&inode->xattrs[i].name), name);
	return i;
}

static int copy(struct cc_span from, struct cc_vol_bytes *out, struct cc_err *err)
{
	uint8_t *at = malloc(from.len + 1);

	if (at == NULL)
		return cc_fail_sys(err, ENOMEM, "keep an extended attribute");
	if (from.len > 0)
		memcpy(at, from.at, from.len);
	*out = (struct cc_vol_bytes){ at, from.len };
	return 0;
}

static int limits(const struct cc_vol_inode *inode, struct cc_span name, struct cc_span value,
		  struct cc_err *err)
{
	size_t total = name.len + value.len;

	if (name.len == 0 || name.len > CC_VOLUME_NAME_MAX ||
	    memchr(name.at, '\0', name.len) != NULL)
		return cc_vol_fail(err, CC_E_ARG, ERANGE,
				   "this is no name of an extended attribute");
	if (value.len > CC_VOLUME_XATTR_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, E2BIG, "an extended attribute of %zu bytes",
				   value.len);
	for (size_t i = 0; i < inode->xattr_count; i++)
		if (!cc_span_eq(bytes_span(&inode->xattrs[i].name), name))
			total += inode->xattrs[i].name.len + inode->xattrs[i].value.len;
	if (total > CC_VOLUME_XATTRS_MAX || inode->xattr_count > CC_VOLUME_XATTR_COUNT_MAX)
		return cc_vol_fail(
			err, CC_E_TOOBIG, ENOSPC,
			"a file has at most %u extended attributes and %zu bytes of them",
			CC_VOLUME_XATTR_COUNT_MAX, CC_VOLUME_XATTRS_MAX);
	return 0;
}

static int insert(struct cc_vol_inode *inode, size_t place, struct cc_span name,
		  struct cc_span value, struct cc_err *err)
{
	struct cc_vol_xattr xattr = { .value = { 0 } };
	struct cc_vol_xattr *grown =
		realloc(inode->xattrs, (inode->xattr_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return cc_fail_sys(err, ENOMEM, "keep an extended attribute");
	inode->xattrs = grown;
	CC_TRY(copy(name, &xattr.name, err));
	if (copy(value, &xattr.value, err) != 0) {
		free(xattr.name.at);
		return -1;
	}
	memmove(grown + place + 1, grown + place, (inode->xattr_count - place) * sizeof(*grown));
	grown[place] = xattr;
	inode->xattr_count++;
	return 0;
}

int cc_vol_xattr_put(struct cc_vol_inode *inode, struct cc_span name, struct cc_span value,
		     int flags, struct cc_err *err)
{
	bool there = false;
	size_t place = place_of(inode, name, &there);
	struct cc_vol_bytes fresh = { 0 };

	CC_TRY(limits(inode, name, value, err));
	if (there && flags == XATTR_CREATE)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST,
				   "the extended attribute is there already");
	if (!there && flags == XATTR_REPLACE)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENODATA,
				   "there is no such extended attribute");
	if (!there)
		return insert(inode, place, name, value, err);
	CC_TRY(copy(value, &fresh, err));
	free(inode->xattrs[place].value.at);
	inode->xattrs[place].value = fresh;
	return 0;
}

static void changed(struct cc_volume *v, struct cc_vol_inode *inode)
{
	if (v->now.sec != 0)
		inode->attr.changed = v->now;
	cc_vol_touch(v, inode);
}

int cc_volume_setxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span value,
		       int flags, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	CC_TRY(cc_vol_xattr_put(inode, name, value, flags, err));
	changed(v, inode);
	return 0;
}

int cc_volume_getxattr(struct cc_volume *v, uint64_t ino, struct cc_span name, struct cc_span *out,
		       struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	bool there = false;
	size_t place = 0;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	place = place_of(inode, name, &there);
	if (!there)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENODATA,
				   "there is no such extended attribute");
	*out = bytes_span(&inode->xattrs[place].value);
	return 0;
}

int cc_volume_removexattr(struct cc_volume *v, uint64_t ino, struct cc_span name,
			  struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	bool there = false;
	size_t place = 0;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	place = place_of(inode, name, &there);
	if (!there)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENODATA,
				   "there is no such extended attribute");
	free(inode->xattrs[place].name.at);
	free(inode->xattrs[place].value.at);
	inode->xattr_count--;
	memmove(inode->xattrs + place, inode->xattrs + place + 1,
		(inode->xattr_count - place) * sizeof(*inode->xattrs));
	changed(v, inode);
	return 0;
}

int cc_volume_listxattr(struct cc_volume *v, uint64_t ino, struct cc_buf *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	for (size_t i = 0; i < inode->xattr_count; i++) {
		CC_TRY(cc_buf_add(out, bytes_span(&inode->xattrs[i].name), err));
		CC_TRY(cc_buf_add_u8(out, 0, err));
	}
	return 0;
}
