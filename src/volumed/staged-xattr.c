/* SPDX-License-Identifier: Apache-2.0 */
#include "volumed/staged-xattr.h"

#include <errno.h>
#include <sys/xattr.h>

#include "base/str.h"

static bool is_kept(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strncmp(name, "trusted.", 8) == 0 ||
	       strcmp(name, "security.capability") == 0;
}

/* By a path, for there is no call that takes a directory and a name. */
static int path_of(const struct cc_staged_place *place, char **out, struct cc_err *err)
{
	return cc_strf(out, err, "/proc/self/fd/%d/%s", place->dir, place->name);
}

int cc_staged_xattrs_out(struct cc_volume *v, uint64_t ino, const struct cc_staged_place *to,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	CC_AUTO_FREE char *path = NULL;
	const char *name = NULL;

	CC_TRY(cc_volume_listxattr(v, ino, &names, err));
	CC_TRY(path_of(to, &path, err));
	for (size_t at = 0; at < names.len; at += strlen(name) + 1) {
		struct cc_span value = { 0 };

		name = (const char *)names.at + at;
		if (!is_kept(name))
			continue;
		CC_TRY(cc_volume_getxattr(v, ino, cc_span_str(name), &value, err));
		if (lsetxattr(path, name, value.at, value.len, 0) != 0)
			return cc_fail_sys(err, errno, "give the copy its attribute '%s'", name);
	}
	return 0;
}

/* Names, each with its NUL. */
static int list(const char *path, struct cc_buf *out, struct cc_err *err)
{
	ssize_t len = llistxattr(path, NULL, 0);

	if (len < 0)
		return cc_fail_sys(err, errno, "list extended attributes");
	CC_TRY(cc_buf_reserve(out, (size_t)len, err));
	len = llistxattr(path, (char *)out->at, (size_t)len);
	if (len < 0)
		return cc_fail_sys(err, errno, "list extended attributes");
	out->len = (size_t)len;
	return 0;
}

static bool has(const struct cc_buf *names, const char *name)
{
	for (size_t at = 0; at < names->len; at += strlen((const char *)names->at + at) + 1)
		if (strcmp((const char *)names->at + at, name) == 0)
			return true;
	return false;
}

static int remove_missing(struct cc_volume *v, uint64_t ino, const struct cc_buf *there,
			  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	const char *name = NULL;

	CC_TRY(cc_volume_listxattr(v, ino, &names, err));
	for (size_t at = 0; at < names.len; at += strlen(name) + 1) {
		name = (const char *)names.at + at;
		if (is_kept(name) && !has(there, name))
			CC_TRY(cc_volume_removexattr(v, ino, cc_span_str(name), err));
	}
	return 0;
}

static int put(struct cc_volume *v, uint64_t ino, const char *name, struct cc_span value,
	       struct cc_err *err)
{
	struct cc_span old = { 0 };
	struct cc_err none = { 0 };

	if (cc_volume_getxattr(v, ino, cc_span_str(name), &old, &none) == 0 &&
	    cc_span_eq(old, value))
		return 0;
	return cc_volume_setxattr(v, ino, cc_span_str(name), value, 0, err);
}

int cc_staged_xattrs_back(struct cc_volume *v, uint64_t ino, const struct cc_staged_place *from,
			  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	CC_AUTO_BUF struct cc_buf value = { 0 };
	CC_AUTO_FREE char *path = NULL;
	const char *name = NULL;

	CC_TRY(path_of(from, &path, err));
	CC_TRY(list(path, &names, err));
	CC_TRY(remove_missing(v, ino, &names, err));
	for (size_t at = 0; at < names.len; at += strlen(name) + 1) {
		ssize_t len = 0;

		name = (const char *)names.at + at;
		if (!is_kept(name))
			continue;
		CC_TRY(cc_buf_reserve(&value, CC_VOLUME_XATTR_MAX, err));
		len = lgetxattr(path, name, value.at, CC_VOLUME_XATTR_MAX);
		if (len < 0)
			return cc_fail_sys(err, errno, "read the attribute '%s'", name);
		CC_TRY(put(v, ino, name, cc_span(value.at, (size_t)len), err));
	}
	return 0;
}
