/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes. */
#include <errno.h>

#include "volumed/reply.h"

/*
 * Nobody here would enforce an access control list or a label (the kernel gives all of a FUSE mount
 * the same one): better none than one that does nothing. Programs that hear so ask once; ls -l
 * would ask for the label of each file.
 */
static bool is_unenforced(const char *name)
{
	return strncmp(name, "system.", 7) == 0 || strcmp(name, "security.selinux") == 0;
}

/* What programs may set, as on the file systems of a host: 0 or the number of the error. */
static int refusal_of_xattr(const char *name)
{
	static const char *const spaces[] = { "user.", "trusted.", "security." };

	if (is_unenforced(name))
		return EOPNOTSUPP;
	for (size_t i = 0; i < CC_COUNT(spaces); i++)
		if (strncmp(name, spaces[i], strlen(spaces[i])) == 0)
			return name[strlen(spaces[i])] == '\0' ? EINVAL : 0;
	return EOPNOTSUPP;
}

void cc_volumed_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			    size_t size, int flags)
{
	const int refusal = refusal_of_xattr(name);
	struct cc_err err = { 0 };

	if (refusal != 0) {
		(void)fuse_reply_err(req, refusal);
		return;
	}
	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 cc_volume_setxattr(cc_volumed_of(req)->volume, ino,
						    cc_span_str(name), cc_span(value, size), flags,
						    &err),
				 &err);
}

/* Asked with size 0 for how much there is, else for all of it. */
static void reply_bytes(fuse_req_t req, struct cc_span bytes, size_t size)
{
	if (size == 0)
		(void)fuse_reply_xattr(req, bytes.len);
	else if (bytes.len > size)
		(void)fuse_reply_err(req, ERANGE);
	else
		(void)fuse_reply_buf(req, (const char *)bytes.at, bytes.len);
}

void cc_volumed_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct cc_span value = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_refused(req))
		return;
	if (is_unenforced(name))
		(void)fuse_reply_err(req, EOPNOTSUPP);
	else if (cc_volume_getxattr(cc_volumed_of(req)->volume, ino, cc_span_str(name), &value,
				    &err) != 0)
		cc_volumed_reply_failure(req, &err);
	else
		reply_bytes(req, value, size);
}

/* A tree that was filled elsewhere may have names that are not offered here. */
static void drop_unenforced(struct cc_buf *names)
{
	size_t kept = 0;

	for (size_t at = 0, len = 0; at < names->len; at += len) {
		const char *name = (const char *)names->at + at;

		len = strlen(name) + 1;
		if (is_unenforced(name))
			continue;
		memmove(names->at + kept, name, len);
		kept += len;
	}
	names->len = kept;
}

void cc_volumed_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_refused(req))
		return;
	if (cc_volume_listxattr(cc_volumed_of(req)->volume, ino, &names, &err) != 0) {
		cc_volumed_reply_failure(req, &err);
		return;
	}
	drop_unenforced(&names);
	reply_bytes(req, cc_buf_span(&names), size);
}

void cc_volumed_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 cc_volume_removexattr(cc_volumed_of(req)->volume, ino,
						       cc_span_str(name), &err),
				 &err);
}
