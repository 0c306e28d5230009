/* SPDX-License-Identifier: Apache-2.0 */
/* Names and inodes, without the rules of layers. */
#ifndef CC_OCI_TREE_INTERNAL_H
#define CC_OCI_TREE_INTERNAL_H

#include "oci/tree.h"

/* The public node comes first, so that one pointer is both. */
struct cc_oci_name {
	struct cc_oci_node node;
	struct cc_oci_name *first, *prev, *next; /* children; siblings */
	uint64_t id;   /* of its key in the index: a parent's id and a name */
	size_t layer;  /* that put it here */
	bool implied;  /* a directory that nobody named */
	size_t hidden; /* 1 + layer whose whiteout was applied to it */
	size_t opaque; /* 1 + layer that made it opaque */
	size_t children;
	size_t name_len;
	char text[];
};

struct cc_oci_tree {
	struct cc_oci_name *root;
	void *index; /* tsearch: (parent, name), which no choice of names unbalances */
	uint64_t next_id;
	uint64_t entries;
	uint64_t devices_dropped, xattrs_dropped, bytes_read;
	size_t layers;
};

#define NAME(node) ((struct cc_oci_name *)(uintptr_t)(node))

struct cc_oci_name *cc_oci_name_child(const struct cc_oci_tree *tree, const struct cc_oci_name *dir,
				      struct cc_span name) CC_NONNULL;
/* A new name for `inode`, whose links are counted up. */
int cc_oci_name_add(struct cc_oci_tree *tree, struct cc_oci_name *dir, struct cc_span name,
		    struct cc_oci_inode *inode, struct cc_oci_name **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* A name without children; its inode goes with its last name. */
void cc_oci_name_remove(struct cc_oci_tree *tree, struct cc_oci_name *name) CC_NONNULL;
void cc_oci_inode_free(struct cc_oci_inode *inode);
int cc_oci_inode_new(enum cc_oci_kind kind, uint32_t mode, struct cc_oci_inode **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Take over what an entry says of a file, directory, link or fifo. */
int cc_oci_inode_from(const struct cc_oci_entry *entry, size_t layer, struct cc_oci_inode **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The name behind `name` in the subtree of `top`, parents first; NULL at the end. */
struct cc_oci_name *cc_oci_name_after(const struct cc_oci_name *name,
				      const struct cc_oci_name *top) CC_NONNULL;
/* Sort the children of every directory by the bytes of their names. */
int cc_oci_tree_sort(struct cc_oci_tree *tree, struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_oci_is_dir(const struct cc_oci_name *name) CC_NONNULL;

#endif
