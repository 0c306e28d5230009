/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of an OCI image (image-spec 1.0.2 and 1.1): index, manifest,
 * config. Pure: bytes in, struct out. Unknown members are ignored, as the
 * specification asks, but nothing here may be read in two ways: a document that
 * has the members of both an index and a manifest, or whose embedded media type
 * is not the one under which it was named, is refused (CVE-2021-41190).
 *
 * All strings belong to the struct and go with its _clear. Failures: CC_E_ARG
 * for documents that are wrong, CC_E_UNSUPPORTED for those that are right but
 * not ours to read, CC_E_TOOBIG for stated maxima.
 */
#ifndef CC_OCI_MANIFEST_H
#define CC_OCI_MANIFEST_H

#include "base/buf.h"
#include "crypto/hash.h"

#define CC_OCI_DOCUMENT_MAX ((size_t)4 * 1024 * 1024)
#define CC_OCI_LAYERS_MAX 512
#define CC_OCI_MANIFESTS_MAX 1024
#define CC_OCI_STRINGS_MAX 4096
#define CC_OCI_MEDIA_MAX 255 /* RFC 6838: 127 ‖ '/' ‖ 127 */
#define CC_OCI_REF_MAX 512

enum cc_oci_media {
	CC_OCI_OTHER = 0,
	CC_OCI_INDEX,
	CC_OCI_MANIFEST,
	CC_OCI_CONFIG,
	CC_OCI_LAYER_TAR,
	CC_OCI_LAYER_GZIP,
	CC_OCI_LAYER_ZSTD,
	CC_OCI_MEDIA_COUNT,
};
/* The registered name; NULL for CC_OCI_OTHER. */
const char *cc_oci_media_name(enum cc_oci_media media);
enum cc_oci_media cc_oci_media_named(const char *name) CC_NONNULL;

struct cc_oci_descriptor {
	enum cc_oci_media media;
	char *type; /* media type as written */
	struct cc_digest digest;
	uint64_t size;
	char *ref;               /* org.opencontainers.image.ref.name, or NULL */
	char *os, *architecture; /* of the platform, or NULL */
	char *artifact;          /* artifactType, or NULL */
};
void cc_oci_descriptor_clear(struct cc_oci_descriptor *d) CC_NONNULL;

struct cc_oci_index {
	struct cc_oci_descriptor *at;
	size_t count;
};
#define CC_AUTO_OCI_INDEX CC_CLEANUP(cc_oci_index_clear)
void cc_oci_index_clear(struct cc_oci_index *index) CC_NONNULL;
int cc_oci_index_parse(struct cc_span text, struct cc_oci_index *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_oci_manifest {
	struct cc_oci_descriptor config;
	struct cc_oci_descriptor *layers; /* lowest first */
	size_t count;
};
#define CC_AUTO_OCI_MANIFEST CC_CLEANUP(cc_oci_manifest_clear)
void cc_oci_manifest_clear(struct cc_oci_manifest *manifest) CC_NONNULL;
int cc_oci_manifest_parse(struct cc_span text, struct cc_oci_manifest *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_oci_strings {
	char **at; /* NULL-terminated when count > 0, fit for exec */
	size_t count;
};
void cc_oci_strings_clear(struct cc_oci_strings *strings) CC_NONNULL;

/* What we use of an image config. Absent strings are NULL, absent lists empty. */
struct cc_oci_config {
	char *os, *architecture;
	char *user, *working_dir;
	struct cc_oci_strings entrypoint, cmd, env;
	struct cc_oci_strings labels; /* "key=value", in the order of the document */
	struct cc_digest *diff_ids;   /* of the uncompressed layers, lowest first */
	size_t diff_id_count;
};
#define CC_AUTO_OCI_CONFIG CC_CLEANUP(cc_oci_config_clear)
void cc_oci_config_clear(struct cc_oci_config *config) CC_NONNULL;
int cc_oci_config_parse(struct cc_span text, struct cc_oci_config *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* "sha256:" and 64 lower-case hexadecimal digits. */
#define CC_OCI_DIGEST_TEXT 72
int cc_oci_digest_parse(const char *text, struct cc_digest *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
void cc_oci_digest_print(const struct cc_digest *d, char out[static CC_OCI_DIGEST_TEXT]) CC_NONNULL;

#endif
