/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/writer-internal.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "base/str.h"
#include "codec/text.h"

#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

void cc_oci_writer_free(struct cc_oci_writer *writer)
{
	struct cc_err ignored = { 0 };

	if (writer == NULL)
		return;
	if (writer->tar != NULL)
		(void)archive_write_free(writer->tar);
	cc_auto_close(&writer->fd);
	cc_hasher_free(writer->hasher);
	cc_dir_close(&writer->dir);
	if (writer->temporary != NULL && writer->parent.fd >= 0)
		cc_ignore(cc_dir_remove_tree(&writer->parent, writer->temporary, &ignored));
	cc_dir_close(&writer->parent);
	free(writer->name);
	free(writer->temporary);
	free(writer->scratch);
	free(writer);
}

/* "a/b/" → parent "a", name "b". */
static int split_path(struct cc_oci_writer *writer, const char *path, char **parent,
		      struct cc_err *err)
{
	size_t len = strlen(path), start = 0;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (start = len; start > 0 && path[start - 1] != '/';)
		start--;
	CC_TRY(cc_str_from(cc_span(path + start, len - start), &writer->name, err));
	if (start == 0)
		CC_TRY(cc_str_dup(".", parent, err));
	else
		CC_TRY(cc_str_from(cc_span(path, start), parent, err));
	if (len == start || cc_str_eq(writer->name, ".") || cc_str_eq(writer->name, ".."))
		return cc_fail(err, CC_E_ARG, "'%.200s' does not name a new directory", path);
	return 0;
}

/* Early, so that nobody waits for a sealing that cannot be kept; commit looks again. */
static int check_target(struct cc_oci_writer *writer, const char *path, struct cc_err *err)
{
	struct stat st = { 0 };
	CC_AUTO_FREE char *marker = NULL;

	if (fstatat(writer->parent.fd, writer->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			return cc_fail_sys(err, errno, "look for '%s'", path);
		return 0;
	}
	if (!writer->force) {
		cc_err_set(err, CC_E_CONFLICT, "'%s' is there already", path);
		return cc_hint(err, "remove it, choose another place, or force its replacement");
	}
	CC_TRY(cc_strf(&marker, err, "%s/oci-layout", writer->name));
	if (!S_ISDIR(st.st_mode) || !cc_dir_has(&writer->parent, marker))
		return cc_fail(err, CC_E_CONFLICT,
			       "'%s' is not an image layout: it is not replaced, even by force",
			       path);
	writer->replace = true;
	return 0;
}

static int make_temporary(struct cc_oci_writer *writer, const char *parent, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL;
	uint8_t random[8] = { 0 };
	uint64_t number = 0;

	CC_TRY(cc_random(CC_MUT(random), err));
	memcpy(&number, random, sizeof(number));
	CC_TRY(cc_strf(&name, err, ".%.200s.%016llx", writer->name, (unsigned long long)number));
	CC_TRY(cc_strf(&writer->scratch, err, "%s/%s/scratch", parent, name));
	if (mkdirat(writer->parent.fd, name, 0755) != 0)
		return cc_fail_sys(err, errno, "make directory '%s' in '%s'", name, parent);
	writer->temporary = CC_TAKE(name);
	CC_TRY(cc_dir_sub(&writer->parent, writer->temporary, &writer->dir, err));
	CC_TRY(cc_dir_mkdir(&writer->dir, "blobs", 0755, err));
	CC_TRY(cc_dir_mkdir(&writer->dir, "blobs/sha256", 0755, err));
	return cc_dir_mkdir(&writer->dir, "scratch", 0700, err);
}

int cc_oci_writer_new(const char *path, bool force, struct cc_oci_writer **out, struct cc_err *err)
{
	CC_AUTO_OCI_WRITER struct cc_oci_writer *writer = calloc(1, sizeof(*writer));
	CC_AUTO_FREE char *parent = NULL;

	if (writer == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a writer");
	writer->parent = writer->dir = CC_DIR_NONE;
	writer->fd = -1;
	writer->force = force;
	CC_TRY(split_path(writer, path, &parent, err));
	CC_TRY(cc_dir_open(parent, CC_DIR_OWN, &writer->parent, err));
	CC_TRY(check_target(writer, path, err));
	CC_TRY(make_temporary(writer, parent, err));
	*out = CC_TAKE(writer);
	return 0;
}

const char *cc_oci_writer_scratch(const struct cc_oci_writer *writer)
{
	return writer->scratch;
}

int cc_oci_writer_blob(struct cc_oci_writer *writer, struct cc_span bytes, struct cc_digest *digest,
		       struct cc_err *err)
{
	char name[sizeof("blobs/sha256/") + 64] = "blobs/sha256/", hex[CC_HEX_DIGEST];

	CC_TRY(cc_sha256(bytes, digest, err));
	cc_hex_digest(digest, hex);
	memcpy(name + strlen(name), hex, sizeof(hex));
	return cc_dir_write(&writer->dir, name, 0644, bytes, err);
}

/*
 * NOREPLACE and EXCHANGE decide in the kernel what check_target only looked
 * at: somebody may have made the place meanwhile.
 */
static int rename_into_place(struct cc_oci_writer *writer, struct cc_err *err)
{
	unsigned int flags = writer->replace ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	if (renameat2(writer->parent.fd, writer->temporary, writer->parent.fd, writer->name,
		      flags) != 0)
		return cc_fail_sys(err, errno, "rename the new layout to '%s'", writer->name);
	CC_TRY(cc_dir_sync(&writer->parent, err));
	if (!writer->replace) {
		free(writer->temporary);
		writer->temporary = NULL;
	}
	return 0; /* else free removes the old layout, which has the temporary name now */
}

int cc_oci_writer_commit(struct cc_oci_writer *writer, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir blobs = CC_DIR_NONE;

	CC_TRY(cc_dir_write(&writer->dir, "oci-layout", 0644, cc_span_str(LAYOUT), err));
	CC_TRY(cc_dir_remove_tree(&writer->dir, "scratch", err));
	CC_TRY(cc_dir_sub(&writer->dir, "blobs/sha256", &blobs, err));
	CC_TRY(cc_dir_sync(&blobs, err));
	CC_TRY(cc_dir_sync(&writer->dir, err));
	return rename_into_place(writer, err);
}
