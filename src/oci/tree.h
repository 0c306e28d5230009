/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The merged file system of an image: names and attributes, no content.
 *
 * Layers are put one on the other, the lowest first; afterwards each file knows
 * which entry of which layer holds its content, so that a second reading of the
 * layers can stream every byte once into its final place. Nothing is ever made
 * on the host, so names have nothing to escape to.
 *
 * Rules where unpackers differ are refused rather than chosen, because the
 * stakeholders must all see the same tree:
 *  1. a name occurs once in a layer (directories may be repeated, the last one
 *     counts);
 *  2. what lies above an entry is a directory, not a symbolic link and not a
 *     file, unless the same layer names it as a directory;
 *  3. a hard link names a non-directory that is there at that moment;
 *  4. whiteouts hide entries of lower layers only, wherever they stand in their
 *     own; one below something that is no directory is refused.
 * Devices below /dev are left out (a run makes its own /dev) and counted;
 * elsewhere they are refused. Missing parents are root's, 0755, time 0.
 */
#ifndef CC_OCI_TREE_H
#define CC_OCI_TREE_H

#include "oci/layer.h"

/* What a name stands for; several names may share one. */
struct cc_oci_inode {
	enum cc_oci_kind kind; /* file, directory, symbolic link or fifo */
	uint32_t mode, uid, gid;
	int64_t mtime;
	uint32_t mtime_nsec;
	uint64_t size;
	char *target; /* of a symbolic link */
	struct cc_oci_xattr *xattrs;
	size_t xattr_count;
	size_t layer; /* whose entry `ordinal` holds the content; lowest is 0 */
	uint64_t ordinal;
	size_t links; /* names */
	uint64_t tag; /* the user's own */
};

/* A name in a directory. */
struct cc_oci_node {
	const char *name; /* last part of the path; "" for the root */
	struct cc_oci_inode *inode;
	struct cc_oci_node *parent;
};

struct cc_oci_tree_counts {
	uint64_t names, files, bytes; /* bytes: of the files' contents, each once */
	uint64_t devices_dropped, xattrs_dropped;
};

struct cc_oci_tree;
#define CC_AUTO_OCI_TREE CC_CLEANUP(cc_oci_tree_auto)
/* A tree with an empty root directory. */
int cc_oci_tree_new(struct cc_oci_tree **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_oci_tree_free(struct cc_oci_tree *tree);
static inline void cc_oci_tree_auto(struct cc_oci_tree **tree)
{
	cc_oci_tree_free(*tree);
}
/* Put the next layer on top: all its entries, to its end. */
int cc_oci_tree_add(struct cc_oci_tree *tree, struct cc_oci_layer *layer,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * A directory with its parents. One that is there keeps its attributes; a
 * symbolic link that leads to a directory inside the tree is good as well, since
 * this is for mount points. `path` must be normal.
 */
int cc_oci_tree_mkdir(struct cc_oci_tree *tree, const char *path, uint32_t mode,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The name at a normal path, links not followed; NULL when there is none. */
const struct cc_oci_node *cc_oci_tree_find(const struct cc_oci_tree *tree,
					   const char *path) CC_NONNULL;
/* All of it, recomputed. */
void cc_oci_tree_count(const struct cc_oci_tree *tree, struct cc_oci_tree_counts *out) CC_NONNULL;

/*
 * Every name, parents before children, children in the order of their bytes:
 * the canonical order, which does not know of layers. Stops at the first -1.
 */
typedef int cc_oci_visit(void *ctx, const struct cc_oci_node *node, struct cc_err *err);
int cc_oci_tree_walk(struct cc_oci_tree *tree, cc_oci_visit *visit, void *ctx,
		     struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 4)));

/* Whether any content of the tree comes from layer number `number`. */
bool cc_oci_tree_uses(const struct cc_oci_tree *tree, size_t number) CC_NONNULL;
/*
 * The contents of those files that come from layer number `number`, streamed
 * from it. `content` is called in the order of the layer: with each piece, and
 * once with an empty piece at the end of each file (also of an empty file).
 */
typedef int cc_oci_content(void *ctx, struct cc_oci_inode *inode, struct cc_span piece,
			   struct cc_err *err);
int cc_oci_tree_stream(struct cc_oci_tree *tree, size_t number, struct cc_oci_layer *layer,
		       cc_oci_content *content, void *ctx, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4, 6)));

#endif
