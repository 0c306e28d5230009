/* SPDX-License-Identifier: Apache-2.0 */
/* Image layouts made byte by byte, good ones and hostile ones. Failures here assert. */
#ifndef CC_TESTS_UNIT_OCI_FIXTURE_H
#define CC_TESTS_UNIT_OCI_FIXTURE_H

#include "tests/unit/test.h"

#include "base/dir.h"
#include "oci/merge.h"

/* One tar entry; `type` is tar's: '0' file, '5' directory, '2' symbolic link, '1' hard link,
 * '3' character device, '6' fifo. */
struct item {
	char type;
	const char *name;
	const char *text;  /* content, or link target */
	unsigned int mode; /* 0: 0644, 0755 for directories */
};

struct fixture_layer {
	enum cc_oci_media media;
	struct cc_buf blob;
	struct cc_digest diff_id;
};

#define FIXTURE_LAYERS 8
struct fixture {
	char path[64];   /* a directory of the test's own */
	char layout[80]; /* path/layout */
	struct cc_dir dir;
	struct fixture_layer layers[FIXTURE_LAYERS];
	size_t count;
	const char *process;     /* JSON of the config's "config", or NULL: {} */
	size_t diff_ids_missing; /* in the config */
	struct cc_digest manifest, config;
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

void tar_add(struct cc_buf *tar, const struct item *item, struct cc_span content);
void tar_add_items(struct cc_buf *tar, const struct item *items);
void tar_end(struct cc_buf *tar);
/* Put a tar on top as a layer. */
void fixture_add_tar(struct fixture *f, struct cc_buf *tar, enum cc_oci_media media);
/* The same from items, ended by one without a name. */
void fixture_add(struct fixture *f, enum cc_oci_media media, const struct item *items);
/* Write the layout with tag "1" and forget the layers. */
void fixture_write(struct fixture *f);
void fixture_blob(struct fixture *f, struct cc_span bytes, struct cc_digest *digest);
void gzip(struct cc_span bytes, struct cc_buf *out);
void zstd(struct cc_span bytes, struct cc_buf *out);
/* Open and merge what was written. */
int fixture_tree(struct fixture *f, struct cc_oci_tree **out, struct cc_err *err);
/* Whether any file below `path` holds the text. */
bool tree_on_disk_has(const char *path, const char *text);

#endif
