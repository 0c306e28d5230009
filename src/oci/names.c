/* SPDX-License-Identifier: Apache-2.0 */
#include <search.h>

#include "base/fd.h"
#include "base/str.h"
#include "oci/tree-internal.h"

bool cc_oci_is_dir(const struct cc_oci_name *name)
{
	return name->node.inode->kind == CC_OCI_DIR;
}

static int compare(const void *a, const void *b)
{
	const struct cc_oci_name *x = a, *y = b;
	uint64_t p = NAME(x->node.parent)->id, q = NAME(y->node.parent)->id;
	size_t len = x->name_len < y->name_len ? x->name_len : y->name_len;
	int order = 0;

	if (p != q)
		return p < q ? -1 : 1;
	order = memcmp(x->node.name, y->node.name, len);
	return order != 0 ? order : (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

struct cc_oci_name *cc_oci_name_child(const struct cc_oci_tree *tree, const struct cc_oci_name *dir,
				      struct cc_span name)
{
	struct cc_oci_name key = { 0 };
	struct cc_oci_name *const *found = NULL;

	key.node.parent = (struct cc_oci_node *)(uintptr_t)&dir->node;
	key.node.name = (const char *)name.at;
	key.name_len = name.len;
	found = tfind(&key, &tree->index, compare);
	return found != NULL ? *found : NULL;
}

void cc_oci_inode_free(struct cc_oci_inode *inode)
{
	if (inode == NULL)
		return;
	free(inode->target);
	free(inode->xattrs);
	free(inode);
}

static void inode_auto(struct cc_oci_inode **inode)
{
	cc_oci_inode_free(*inode);
}

int cc_oci_inode_new(enum cc_oci_kind kind, uint32_t mode, struct cc_oci_inode **out,
		     struct cc_err *err)
{
	struct cc_oci_inode *inode = calloc(1, sizeof(*inode));

	if (inode == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a file of the image");
	inode->kind = kind;
	inode->mode = mode;
	*out = inode;
	return 0;
}

/* The attributes and their bytes in one piece of memory. */
static int copy_xattrs(const struct cc_oci_entry *entry, struct cc_oci_inode *inode,
		       struct cc_err *err)
{
	size_t bytes = 0;
	uint8_t *at = NULL;

	if (entry->xattr_count == 0)
		return 0;
	for (size_t i = 0; i < entry->xattr_count; i++)
		bytes += entry->xattrs[i].name.len + entry->xattrs[i].value.len;
	inode->xattrs = malloc(entry->xattr_count * sizeof(*inode->xattrs) + bytes);
	if (inode->xattrs == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for extended attributes");
	at = (uint8_t *)(inode->xattrs + entry->xattr_count);
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct cc_oci_xattr *from = &entry->xattrs[i];

		memcpy(at, from->name.at, from->name.len);
		inode->xattrs[i].name = cc_span(at, from->name.len);
		at += from->name.len;
		if (from->value.len > 0)
			memcpy(at, from->value.at, from->value.len);
		inode->xattrs[i].value = cc_span(at, from->value.len);
		at += from->value.len;
	}
	inode->xattr_count = entry->xattr_count;
	return 0;
}

int cc_oci_inode_from(const struct cc_oci_entry *entry, size_t layer, struct cc_oci_inode **out,
		      struct cc_err *err)
{
	CC_CLEANUP(inode_auto) struct cc_oci_inode *inode = NULL;

	CC_TRY(cc_oci_inode_new(entry->kind, entry->mode, &inode, err));
	inode->uid = entry->uid;
	inode->gid = entry->gid;
	inode->mtime = entry->mtime;
	inode->mtime_nsec = entry->mtime_nsec;
	inode->size = entry->size;
	inode->layer = layer;
	inode->ordinal = entry->ordinal;
	if (entry->kind == CC_OCI_SYMLINK)
		CC_TRY(cc_str_dup(entry->target, &inode->target, err));
	CC_TRY(copy_xattrs(entry, inode, err));
	*out = CC_TAKE(inode);
	return 0;
}

int cc_oci_name_add(struct cc_oci_tree *tree, struct cc_oci_name *dir, struct cc_span name,
		    struct cc_oci_inode *inode, struct cc_oci_name **out, struct cc_err *err)
{
	struct cc_oci_name *n = calloc(1, sizeof(*n) + name.len + 1);

	if (n == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a name of the image");
	memcpy(n->text, name.at, name.len);
	n->name_len = name.len;
	n->node = (struct cc_oci_node){ n->text, inode, &dir->node };
	n->id = ++tree->next_id;
	if (tsearch(n, &tree->index, compare) == NULL) {
		free(n);
		return cc_fail(err, CC_E_SYSTEM, "no memory for a name of the image");
	}
	n->next = dir->first;
	if (dir->first != NULL)
		dir->first->prev = n;
	dir->first = n;
	dir->children++;
	inode->links++;
	*out = n;
	return 0;
}

void cc_oci_name_remove(struct cc_oci_tree *tree, struct cc_oci_name *name)
{
	struct cc_oci_name *dir = NAME(name->node.parent);

	(void)tdelete(name, &tree->index, compare);
	if (name->prev != NULL)
		name->prev->next = name->next;
	else
		dir->first = name->next;
	if (name->next != NULL)
		name->next->prev = name->prev;
	dir->children--;
	if (--name->node.inode->links == 0)
		cc_oci_inode_free(name->node.inode);
	free(name);
}

struct cc_oci_name *cc_oci_name_after(const struct cc_oci_name *name, const struct cc_oci_name *top)
{
	if (name->first != NULL)
		return name->first;
	while (name != top && name->next == NULL)
		name = NAME(name->node.parent);
	return name == top ? NULL : name->next;
}

int cc_oci_tree_new(struct cc_oci_tree **out, struct cc_err *err)
{
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = calloc(1, sizeof(*tree));
	struct cc_oci_name *root = NULL;

	if (tree == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a tree");
	root = calloc(1, sizeof(*root) + 1);
	if (root == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a tree");
	tree->root = root;
	root->node.name = root->text;
	root->implied = true;
	root->node.parent = &root->node;
	CC_TRY(cc_oci_inode_new(CC_OCI_DIR, 0755, &root->node.inode, err));
	root->node.inode->links = 1;
	*out = CC_TAKE(tree);
	return 0;
}

void cc_oci_tree_free(struct cc_oci_tree *tree)
{
	if (tree == NULL)
		return;
	/* Children before parents; depth is bounded, so going down again is cheap. */
	while (tree->root != NULL && tree->root->first != NULL) {
		struct cc_oci_name *leaf = tree->root->first;

		while (leaf->first != NULL)
			leaf = leaf->first;
		cc_oci_name_remove(tree, leaf);
	}
	if (tree->root != NULL)
		cc_oci_inode_free(tree->root->node.inode);
	free(tree->root);
	free(tree);
}

static int by_name(const void *a, const void *b)
{
	const struct cc_oci_name *const *x = a, *const *y = b;

	return compare(*x, *y);
}

static int sort_children(struct cc_oci_name *dir, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_oci_name **list = NULL;
	size_t count = 0;

	if (dir->children < 2)
		return 0;
	list = calloc(dir->children, sizeof(struct cc_oci_name *));
	if (list == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to sort %zu names", dir->children);
	for (struct cc_oci_name *c = dir->first; c != NULL; c = c->next)
		list[count++] = c;
	qsort(list, count, sizeof(struct cc_oci_name *), by_name);
	for (size_t i = 0; i < count; i++) {
		list[i]->prev = i > 0 ? list[i - 1] : NULL;
		list[i]->next = i + 1 < count ? list[i + 1] : NULL;
	}
	dir->first = list[0];
	return 0;
}

int cc_oci_tree_sort(struct cc_oci_tree *tree, struct cc_err *err)
{
	for (struct cc_oci_name *n = tree->root; n != NULL; n = cc_oci_name_after(n, tree->root))
		CC_TRY(sort_children(n, err));
	return 0;
}
