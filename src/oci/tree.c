/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "base/str.h"
#include "oci/tree-internal.h"

#define LINKS_MAX 40 /* as the kernel */

static struct cc_span next_part(struct cc_span *rest)
{
	const uint8_t *slash = rest->len > 0 ? memchr(rest->at, '/', rest->len) : NULL;
	struct cc_span part =
		cc_span(rest->at, slash != NULL ? (size_t)(slash - rest->at) : rest->len);

	*rest = cc_span_sub(*rest, part.len + 1, rest->len);
	return part;
}

const struct cc_oci_node *cc_oci_tree_find(const struct cc_oci_tree *tree, const char *path)
{
	struct cc_span rest = cc_span_str(path);
	const struct cc_oci_name *at = tree->root;

	while (at != NULL && rest.len > 0)
		at = cc_oci_name_child(tree, at, next_part(&rest));
	return at != NULL ? &at->node : NULL;
}

/* The part of a normal path behind its last slash; *parent is what lies before. */
static struct cc_span split_last(const char *path, struct cc_span *parent)
{
	const char *slash = strrchr(path, '/');

	*parent = cc_span(path, slash != NULL ? (size_t)(slash - path) : 0);
	return cc_span_str(slash != NULL ? slash + 1 : path);
}

static int refuse_ancestor(const struct cc_oci_entry *e, const struct cc_oci_name *at,
			   struct cc_err *err)
{
	bool is_link = at->node.inode->kind == CC_OCI_SYMLINK;

	return cc_fail(err, CC_E_ARG, "'%.200s' lies below '%.100s', which is a %s", e->path,
		       at->node.name, is_link ? "symbolic link" : "file");
}

static int add_dir(struct cc_oci_tree *tree, struct cc_oci_name *dir, struct cc_span name,
		   uint32_t mode, struct cc_oci_name **out, struct cc_err *err)
{
	struct cc_oci_inode *inode = NULL;

	CC_TRY(cc_oci_inode_new(CC_OCI_DIR, mode, &inode, err));
	if (cc_oci_name_add(tree, dir, name, inode, out, err) != 0) {
		cc_oci_inode_free(inode);
		return -1;
	}
	(*out)->implied = true;
	(*out)->layer = tree->layers;
	return 0;
}

/* Rule 2: walk to the directory that holds the entry, making what is missing. */
static int make_parents(struct cc_oci_tree *tree, const struct cc_oci_entry *e,
			struct cc_span parent, struct cc_oci_name **out, struct cc_err *err)
{
	struct cc_oci_name *at = tree->root;

	while (parent.len > 0) {
		struct cc_span part = next_part(&parent);
		struct cc_oci_name *child = cc_oci_name_child(tree, at, part);

		if (child == NULL)
			CC_TRY(add_dir(tree, at, part, 0755, &child, err));
		if (!cc_oci_is_dir(child))
			return refuse_ancestor(e, child, err);
		at = child;
	}
	*out = at;
	return 0;
}

/* The same for what must not be made: *out is NULL when it is not there. */
static int find_parents(const struct cc_oci_tree *tree, const struct cc_oci_entry *e,
			struct cc_span path, struct cc_oci_name **out, struct cc_err *err)
{
	struct cc_oci_name *at = tree->root;

	while (at != NULL && path.len > 0) {
		at = cc_oci_name_child(tree, at, next_part(&path));
		if (at != NULL && !cc_oci_is_dir(at))
			return refuse_ancestor(e, at, err);
	}
	*out = at;
	return 0;
}

/* A lower directory of which only the names that this layer put below it stay. */
static int make_implied(struct cc_oci_tree *tree, struct cc_oci_name *dir, struct cc_err *err)
{
	struct cc_oci_inode *fresh = NULL;

	CC_TRY(cc_oci_inode_new(CC_OCI_DIR, 0755, &fresh, err));
	fresh->links = 1;
	cc_oci_inode_free(dir->node.inode);
	dir->node.inode = fresh;
	dir->implied = true;
	dir->layer = tree->layers;
	return 0;
}

/* Rule 4: take away what lower layers put below `dir`. Depth is bounded by the names. */
static int clear_below(struct cc_oci_tree *tree, struct cc_oci_name *dir, struct cc_err *err)
{
	struct cc_oci_name *next = NULL;

	for (struct cc_oci_name *c = dir->first; c != NULL; c = next) {
		next = c->next;
		CC_TRY(clear_below(tree, c, err));
		if (c->layer == tree->layers)
			continue;
		if (c->first != NULL)
			CC_TRY(make_implied(tree, c, err));
		else
			cc_oci_name_remove(tree, c);
	}
	return 0;
}

static int apply_opaque(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_err *err)
{
	struct cc_oci_name *dir = NULL;

	CC_TRY(find_parents(tree, e, cc_span_str(e->path), &dir, err));
	if (dir == NULL || dir->opaque == tree->layers + 1)
		return 0;
	dir->opaque = tree->layers + 1;
	return clear_below(tree, dir, err);
}

static int apply_whiteout(struct cc_oci_tree *tree, const struct cc_oci_entry *e,
			  struct cc_err *err)
{
	struct cc_oci_name *dir = NULL, *name = NULL;
	struct cc_span parent = { 0 }, last = split_last(e->path, &parent);

	CC_TRY(find_parents(tree, e, parent, &dir, err));
	if (dir != NULL)
		name = cc_oci_name_child(tree, dir, last);
	if (name == NULL || name->hidden == tree->layers + 1)
		return 0;
	name->hidden = tree->layers + 1;
	CC_TRY(clear_below(tree, name, err));
	if (name->layer == tree->layers)
		return 0;
	if (name->first != NULL)
		return make_implied(tree, name, err);
	cc_oci_name_remove(tree, name);
	return 0;
}

static void set_inode(struct cc_oci_tree *tree, struct cc_oci_name *name,
		      struct cc_oci_inode *inode)
{
	inode->links++;
	if (--name->node.inode->links == 0)
		cc_oci_inode_free(name->node.inode);
	name->node.inode = inode;
	name->layer = tree->layers;
	name->implied = false;
}

/* A file takes the place of a lower directory: all of it goes. */
static int clear_for_file(struct cc_oci_tree *tree, const struct cc_oci_entry *e,
			  struct cc_oci_name *name, struct cc_err *err)
{
	CC_TRY(clear_below(tree, name, err));
	if (name->first != NULL)
		return cc_fail(err, CC_E_ARG,
			       "'%.200s' is both a file and a directory in one "
			       "layer",
			       e->path);
	return 0;
}

/* Rule 1 and changes of type. */
static int place(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_oci_inode *inode,
		 struct cc_err *err)
{
	struct cc_span parent = { 0 }, last = split_last(e->path, &parent);
	struct cc_oci_name *dir = tree->root, *name = tree->root;

	if (last.len > 0) {
		CC_TRY(make_parents(tree, e, parent, &dir, err));
		name = cc_oci_name_child(tree, dir, last);
	} else if (inode->kind != CC_OCI_DIR) {
		return cc_fail(err, CC_E_ARG, "the root of the image is not a directory");
	}
	if (name == NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): parents were made */
		CC_TRY(cc_oci_name_add(tree, dir, last, inode, &name, err));
		name->layer = tree->layers;
		return 0;
	}
	if (inode->kind == CC_OCI_DIR && cc_oci_is_dir(name)) {
		set_inode(tree, name, inode);
		return 0;
	}
	if (name->layer == tree->layers && name != tree->root)
		return cc_fail(err, CC_E_ARG, "'%.200s' is there twice in one layer", e->path);
	CC_TRY(clear_for_file(tree, e, name, err));
	set_inode(tree, name, inode);
	return 0;
}

static int add_entry(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_err *err)
{
	struct cc_oci_inode *inode = NULL;
	int result = 0;

	CC_TRY(cc_oci_inode_from(e, tree->layers, &inode, err));
	inode->links = 1; /* ours, while we hold it */
	result = place(tree, e, inode, err);
	if (--inode->links == 0)
		cc_oci_inode_free(inode);
	return result;
}

/* Rule 3. Our own link keeps the inode while the name may replace what holds it. */
static int add_hardlink(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_err *err)
{
	const struct cc_oci_node *target = cc_oci_tree_find(tree, e->target);
	struct cc_oci_inode *inode = NULL;
	int result = 0;

	if (target == NULL || target->inode->kind == CC_OCI_DIR)
		return cc_fail(err, CC_E_ARG,
			       "hard link '%.200s' names '%.200s', which is no file of the image",
			       e->path, e->target);
	inode = target->inode;
	inode->links++;
	result = place(tree, e, inode, err);
	if (--inode->links == 0)
		cc_oci_inode_free(inode);
	return result;
}

static int add_device(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_err *err)
{
	if (!cc_str_starts(e->path, "dev/"))
		return cc_fail(err, CC_E_UNSUPPORTED, "'%.200s' is a device outside of /dev",
			       e->path);
	tree->devices_dropped++;
	return 0;
}

static int apply(struct cc_oci_tree *tree, const struct cc_oci_entry *e, struct cc_err *err)
{
	static int (*const rules[])(struct cc_oci_tree *, const struct cc_oci_entry *,
				    struct cc_err *) = {
		[CC_OCI_FILE] = add_entry,          [CC_OCI_DIR] = add_entry,
		[CC_OCI_SYMLINK] = add_entry,       [CC_OCI_FIFO] = add_entry,
		[CC_OCI_HARDLINK] = add_hardlink,   [CC_OCI_DEVICE] = add_device,
		[CC_OCI_WHITEOUT] = apply_whiteout, [CC_OCI_OPAQUE] = apply_opaque,
	};

	tree->xattrs_dropped += e->xattrs_dropped;
	return rules[e->kind](tree, e, err);
}

int cc_oci_tree_add(struct cc_oci_tree *tree, struct cc_oci_layer *layer, struct cc_err *err)
{
	struct cc_oci_entry entry = { 0 };
	bool end = false;

	for (;;) {
		CC_TRY(cc_oci_layer_next(layer, &entry, &end, err));
		if (end)
			break;
		CC_TRY(apply(tree, &entry, err));
	}
	tree->layers++;
	return 0;
}

/* Go where `path` leads from `at`, making directories; `links` counts down over all of it. */
static int make_along(struct cc_oci_tree *tree, struct cc_oci_name **at, const char *path,
		      uint32_t mode, int *links, struct cc_err *err)
{
	struct cc_span rest = cc_span_str(path);

	if (*path == '/')
		*at = tree->root;
	while (rest.len > 0) {
		struct cc_span part = next_part(&rest);
		struct cc_oci_name *child = NULL;

		if (part.len == 0 || cc_span_eq_str(part, "."))
			continue;
		if (cc_span_eq_str(part, "..")) {
			*at = NAME((*at)->node.parent);
			continue;
		}
		child = cc_oci_name_child(tree, *at, part);
		if (child == NULL)
			CC_TRY(add_dir(tree, *at, part, rest.len == 0 ? mode : 0755, &child, err));
		if (child->node.inode->kind == CC_OCI_SYMLINK) {
			if (--*links < 0)
				return cc_fail(err, CC_E_ARG, "more than %d symbolic links",
					       LINKS_MAX);
			CC_TRY(make_along(tree, at, child->node.inode->target, mode, links, err));
			continue;
		}
		if (!cc_oci_is_dir(child))
			return cc_fail(err, CC_E_ARG, "'%.100s' is not a directory",
				       child->node.name);
		*at = child;
	}
	return 0;
}

int cc_oci_tree_mkdir(struct cc_oci_tree *tree, const char *path, uint32_t mode, struct cc_err *err)
{
	struct cc_oci_name *at = tree->root;
	int links = LINKS_MAX;

	if (make_along(tree, &at, path, mode, &links, err) != 0)
		return cc_wrap(err, "make directory '/%.200s' in the image", path);
	return 0;
}

void cc_oci_tree_count(const struct cc_oci_tree *tree, struct cc_oci_tree_counts *out)
{
	*out = (struct cc_oci_tree_counts){ .devices_dropped = tree->devices_dropped,
					    .xattrs_dropped = tree->xattrs_dropped };
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		n->node.inode->tag = 0;
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root)) {
		struct cc_oci_inode *inode = n->node.inode;

		out->names++;
		if (inode->kind != CC_OCI_FILE || inode->tag != 0)
			continue;
		inode->tag = 1;
		out->files++;
		out->bytes += inode->size;
	}
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		n->node.inode->tag = 0;
}

int cc_oci_tree_walk(struct cc_oci_tree *tree, cc_oci_visit *visit, void *ctx, struct cc_err *err)
{
	CC_TRY(cc_oci_tree_sort(tree, err));
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		CC_TRY(visit(ctx, &n->node, err));
	return 0;
}
