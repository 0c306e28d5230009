/* SPDX-License-Identifier: Apache-2.0 */
/* The second reading of a layer: contents to the inodes that the tree kept. */
#include "base/fd.h"
#include "oci/tree-internal.h"

struct sources {
	struct cc_oci_inode **at;
	size_t count;
};

static bool is_source(const struct cc_oci_name *name, size_t number)
{
	return name->node.inode->kind == CC_OCI_FILE && name->node.inode->layer == number;
}

bool cc_oci_tree_uses(const struct cc_oci_tree *tree, size_t number)
{
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		if (is_source(n, number))
			return true;
	return false;
}

static int by_ordinal(const void *a, const void *b)
{
	const struct cc_oci_inode *const *x = a, *const *y = b;

	return ((*x)->ordinal > (*y)->ordinal) - ((*x)->ordinal < (*y)->ordinal);
}

/* Each inode of the layer once, in the order of the layer. */
static int collect(struct cc_oci_tree *tree, size_t number, struct sources *out, struct cc_err *err)
{
	size_t count = 0, kept = 0;

	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		count += is_source(n, number) ? 1 : 0;
	out->at = calloc(count + 1, sizeof(struct cc_oci_inode *));
	if (out->at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for %zu files", count);
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		if (is_source(n, number))
			out->at[out->count++] = n->node.inode;
	qsort(out->at, out->count, sizeof(struct cc_oci_inode *), by_ordinal);
	for (size_t i = 0; i < out->count; i++)
		if (kept == 0 || out->at[kept - 1] != out->at[i])
			out->at[kept++] = out->at[i];
	out->count = kept;
	return 0;
}

static int stream_file(struct cc_oci_inode *inode, struct cc_oci_layer *layer,
		       cc_oci_content *content, void *ctx, struct cc_err *err)
{
	struct cc_span piece = { 0 };

	do {
		CC_TRY(cc_oci_layer_read(layer, &piece, err));
		CC_TRY(content(ctx, inode, piece, err));
	} while (piece.len > 0);
	return 0;
}

int cc_oci_tree_stream(struct cc_oci_tree *tree, size_t number, struct cc_oci_layer *layer,
		       cc_oci_content *content, void *ctx, struct cc_err *err)
{
	struct sources sources = { 0 };
	CC_AUTO_FREE struct cc_oci_inode **owned = NULL;
	struct cc_oci_entry entry = { 0 };
	size_t at = 0;

	CC_TRY(collect(tree, number, &sources, err));
	owned = sources.at;
	for (bool end = false;;) {
		CC_TRY(cc_oci_layer_next(layer, &entry, &end, err));
		if (end)
			break;
		if (at == sources.count || sources.at[at]->ordinal != entry.ordinal)
			continue;
		if (entry.kind != CC_OCI_FILE || entry.size != sources.at[at]->size)
			return cc_fail(err, CC_E_TAMPERED, "layer is not the one read before");
		CC_TRY(stream_file(sources.at[at], layer, content, ctx, err));
		at++;
	}
	if (at != sources.count)
		return cc_fail(err, CC_E_TAMPERED, "layer is not the one read before");
	return 0;
}
