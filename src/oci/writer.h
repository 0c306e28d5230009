/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write an OCI image layout, deterministically: the same calls give the same
 * bytes and digests everywhere. Layers are plain tar, owned by root, dated 1970,
 * with their entries in the order of their bytes (another order is CC_E_BUG).
 *
 * Everything is made in a directory beside the one that is meant; commit
 * flushes it and renames it. Until then, and after any failure, the place
 * itself is untouched, and free takes away what was made.
 */
#ifndef CC_OCI_WRITER_H
#define CC_OCI_WRITER_H

#include "base/dir.h"
#include "oci/manifest.h"

struct cc_oci_writer;
#define CC_AUTO_OCI_WRITER CC_CLEANUP(cc_oci_writer_auto)
/*
 * `path` must not be there (CC_E_CONFLICT), or, when `force`, be an image layout, which
 * commit replaces as a whole.
 */
int cc_oci_writer_new(const char *path, bool force, struct cc_oci_writer **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
void cc_oci_writer_free(struct cc_oci_writer *writer);
static inline void cc_oci_writer_auto(struct cc_oci_writer **writer)
{
	cc_oci_writer_free(*writer);
}
/* A directory inside the temporary one for what the caller prepares; gone at commit. */
const char *cc_oci_writer_scratch(const struct cc_oci_writer *writer) CC_NONNULL;

int cc_oci_writer_layer(struct cc_oci_writer *writer, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_oci_writer_dir(struct cc_oci_writer *writer, const char *path, uint32_t mode,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_oci_writer_file(struct cc_oci_writer *writer, const char *path, uint32_t mode,
		       struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;
/* The content of an open regular file, from its start; its digest goes to `digest` if not NULL. */
int cc_oci_writer_file_from(struct cc_oci_writer *writer, const char *path, uint32_t mode, int fd,
			    struct cc_digest *digest, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 2, 6)));
int cc_oci_writer_layer_end(struct cc_oci_writer *writer, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_oci_write_config {
	const char *os, *architecture;       /* NULL: linux, amd64 */
	const char *const *entrypoint;       /* NULL-terminated */
	const char *const *env;              /* NULL-terminated, or NULL */
	const struct cc_oci_strings *labels; /* "key=value", or NULL */
	const char *ref;                     /* tag in the index, or NULL */
};
/* Config, manifest and index over the layers so far; the manifest's digest. */
int cc_oci_writer_image(struct cc_oci_writer *writer, const struct cc_oci_write_config *config,
			struct cc_digest *manifest, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_oci_writer_commit(struct cc_oci_writer *writer, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
