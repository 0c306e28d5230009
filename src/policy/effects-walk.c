/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every difference of two canonical forms, down to single values.
 *
 * Elements of a list are the same when they have the same name. Where a list has no
 * names, an element is there or it is not. At a difference, in this order: the
 * row of the key; the comparator that claims the key, if it said something about the same
 * thing; else the key itself is the sentence.
 */
#include "base/str.h"
#include "policy/effects-internal.h"

struct walk {
	struct cc_making *making;
	const struct cc_comparator *const *comparators;
	size_t count;
};

/* Where a walk is: `key` as in tables, `path` as people read it, and the names on the way. */
struct at {
	const char *key, *path;
	const char *outer, *inner; /* of the first and of the last element that has one */
};

struct difference {
	const struct cc_node *old, *new; /* one may be NULL */
};

static int visit(const struct walk *walk, const struct at *at, struct difference both,
		 struct cc_err *err);

static int name_key(const struct walk *walk, const struct at *at, struct difference both,
		    struct cc_err *err)
{
	const char *path = NULL, *old = "a value that is not shown", *new = old;
	enum cc_text text = both.old == NULL   ? CC_TEXT_KEY_NEW
			    : both.new == NULL ? CC_TEXT_KEY_GONE
					       : CC_TEXT_KEY_CHANGED;

	CC_TRY(cc_quoted(walk->making, at->path, &path, err));
	if (!cc_row_is_hidden(at->key)) {
		CC_TRY(cc_quoted_node(walk->making, both.old, &old, err));
		CC_TRY(cc_quoted_node(walk->making, both.new, &new, err));
	}
	return CC_SAY(walk->making, text, err, { "path", path }, { "old", old }, { "new", new });
}

/* Rows */

static int say_value(const struct walk *walk, const struct at *at, const struct cc_row *row,
		     struct difference both, struct cc_err *err)
{
	struct cc_making *making = walk->making;
	enum cc_text text = both.old == NULL   ? row->set
			    : both.new == NULL ? row->unset
					       : CC_TEXT_NONE;
	const char *new = NULL, *before = NULL, *outer = at->outer == NULL ? "" : at->outer;
	const char *name = both.old != NULL ? both.old->name : both.new->name;

	if (text == CC_TEXT_NONE)
		text = row->changed;
	CC_TRY(cc_quoted_node(making, both.new, &new, err));
	CC_TRY(cc_before(making, both.old, &before, err));
	return CC_SAY(making, text, err, { "service", outer }, { "volume", outer },
		      { "secret", outer }, { "image", outer },
		      { "inner", at->inner == NULL ? "" : at->inner }, { "new", new },
		      { "before", before }, { "name", name == NULL ? "" : name },
		      { "key", name == NULL ? "" : name });
}

/* What `new` has and `old` has not. */
static int say_items(const struct walk *walk, enum cc_text text, const struct at *at,
		     struct difference both, struct cc_err *err)
{
	const struct cc_node *list = both.new, *other = both.old;
	const char *outer = at->outer == NULL ? "" : at->outer;

	if (list == NULL)
		return 0;
	for (size_t i = 0; i < cc_node_count(list); i++) {
		const struct cc_node *item = &list->at[i];
		const char *means = NULL;

		if (cc_node_has(other, item))
			continue;
		if (item->text != NULL)
			means = cc_row_word(item->text);
		if (means == NULL)
			CC_TRY(cc_quoted_node(walk->making, item, &means, err));
		CC_TRY(CC_SAY(walk->making, text, err, { "item", means }, { "secret", outer },
			      { "service", outer }));
	}
	return 0;
}

static bool is_list(const struct cc_node *node)
{
	return node == NULL || node->kind == CC_NODE_LIST;
}

static int say_row(const struct walk *walk, const struct at *at, const struct cc_row *row,
		   struct difference both, struct cc_err *err)
{
	if (row->changed == CC_TEXT_NONE)
		return 0;
	if (row->kind != CC_ROW_EACH)
		return say_value(walk, at, row, both, err);
	if (!is_list(both.old) || !is_list(both.new))
		return name_key(walk, at, both, err);
	CC_TRY(say_items(walk, row->set, at, both, err));
	return say_items(walk, row->unset, at, (struct difference){ both.new, both.old }, err);
}

/* Claims */

static bool claims(const struct cc_comparator *comparator, const char *key)
{
	for (const char *const *claim = comparator->claims; *claim != NULL; claim++) {
		size_t len = strlen(*claim);

		if (cc_str_eq(*claim, key) ||
		    ((*claim)[len - 1] == '*' && strncmp(*claim, key, len - 1) == 0))
			return true;
	}
	return false;
}

static bool is_same_origin(const char *from, const char *outer)
{
	return from == NULL || outer == NULL ? from == outer : cc_str_eq(from, outer);
}

/* Whether this comparator said anything about the thing where the difference is. */
static bool has_said(const struct walk *walk, size_t comparator, const struct at *at)
{
	const struct cc_making *making = walk->making;

	for (size_t i = 0; i < making->effects->list.count; i++)
		if (making->origins[i].speaker == comparator &&
		    is_same_origin(making->origins[i].from, at->outer))
			return true;
	return false;
}

static int leaf(const struct walk *walk, const struct at *at, struct difference both,
		struct cc_err *err)
{
	for (size_t i = 0; i < walk->count; i++)
		if (claims(walk->comparators[i], at->key) && has_said(walk, i, at))
			return 0;
	return name_key(walk, at, both, err);
}

/* Going down */

static int below(const struct walk *walk, const struct at *at, const char *name,
		 struct difference both, struct cc_err *err)
{
	bool is_top = at->key[0] == '\0';
	/* Mappings whose names are no keys of the language. */
	bool is_free = cc_str_eq(at->key, "services[].environment") ||
		       cc_str_eq(at->key, "secrets[].payload");
	struct at next = *at;

	if (cc_node_eq(both.old, both.new))
		return 0;
	CC_TRY(cc_phrase(walk->making, &next.key, err, "%s%s%s", at->key, is_top ? "" : ".",
			 is_free ? "*" : name));
	CC_TRY(cc_phrase(walk->making, &next.path, err, "%s%s%s", at->path, is_top ? "" : ".",
			 name));
	return visit(walk, &next, both, err);
}

/* The members of both: those of `old`, then those that only `new` has. */
static int visit_map(const struct walk *walk, const struct at *at, struct difference both,
		     struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(both.old); i++) {
		const struct cc_node *old = &both.old->at[i];

		CC_TRY(below(walk, at, old->name,
			     (struct difference){ old, cc_node_get(both.new, old->name) }, err));
	}
	for (size_t i = 0; i < cc_node_count(both.new); i++) {
		const struct cc_node *new = &both.new->at[i];

		if (cc_node_get(both.old, new->name) == NULL)
			CC_TRY(below(walk, at, new->name, (struct difference){ NULL, new }, err));
	}
	return 0;
}

static int element(const struct walk *walk, const struct at *at, const char *id,
		   struct difference both, struct cc_err *err)
{
	struct at next = *at;

	if (cc_node_eq(both.old, both.new))
		return 0;
	if (at->outer == NULL)
		next.outer = id;
	next.inner = id;
	CC_TRY(cc_phrase(walk->making, &next.key, err, "%s[]", at->key));
	CC_TRY(cc_phrase(walk->making, &next.path, err, "%s[%s]", at->path,
			 id == NULL ? "..." : id));
	return visit(walk, &next, both, err);
}

/* Is `id` a text in every element, and in each another? */
static bool is_identity(const struct cc_node *list, const char *id)
{
	if (list == NULL)
		return true;
	for (size_t i = 0; i < cc_node_count(list); i++) {
		const char *text = cc_node_text(&list->at[i], id, NULL);

		if (text == NULL || cc_node_find(list, id, text) != &list->at[i])
			return false;
	}
	return true;
}

static const char *identity(struct difference both)
{
	static const char *const ids[] = { "name", "id", "path", "session" };

	for (size_t i = 0; i < CC_COUNT(ids); i++)
		if (is_identity(both.old, ids[i]) && is_identity(both.new, ids[i]))
			return ids[i];
	return NULL;
}

static int visit_named(const struct walk *walk, const struct at *at, const char *id,
		       struct difference both, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(both.old); i++) {
		const struct cc_node *old = &both.old->at[i];
		const char *name = cc_node_text(old, id, "");

		CC_TRY(element(walk, at, name,
			       (struct difference){ old, cc_node_find(both.new, id, name) }, err));
	}
	for (size_t i = 0; i < cc_node_count(both.new); i++) {
		const struct cc_node *new = &both.new->at[i];
		const char *name = cc_node_text(new, id, "");

		if (cc_node_find(both.old, id, name) == NULL)
			CC_TRY(element(walk, at, name, (struct difference){ NULL, new }, err));
	}
	return 0;
}

static int visit_set(const struct walk *walk, const struct at *at, struct difference both,
		     struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(both.old); i++)
		if (!cc_node_has(both.new, &both.old->at[i]))
			CC_TRY(element(walk, at, NULL,
				       (struct difference){ &both.old->at[i], NULL }, err));
	for (size_t i = 0; i < cc_node_count(both.new); i++)
		if (!cc_node_has(both.old, &both.new->at[i]))
			CC_TRY(element(walk, at, NULL,
				       (struct difference){ NULL, &both.new->at[i] }, err));
	return 0;
}

/* What is there on one side, or is of the same kind on both, and not empty. */
static bool can_descend(struct difference both, enum cc_node_kind kind)
{
	return (both.old == NULL || both.old->kind == kind) &&
	       (both.new == NULL || both.new->kind == kind) &&
	       cc_node_count(both.old) + cc_node_count(both.new) != 0;
}

static int visit(const struct walk *walk, const struct at *at, struct difference both,
		 struct cc_err *err)
{
	const struct cc_row *row = cc_row_of(at->key);
	const char *id = NULL;

	if (row != NULL && row->kind != CC_ROW_THING)
		return say_row(walk, at, row, both, err);
	if (row != NULL && (both.old == NULL || both.new == NULL))
		CC_TRY(say_value(walk, at, row, both, err));
	if (row != NULL && both.new == NULL)
		return 0;
	if (can_descend(both, CC_NODE_MAP))
		return visit_map(walk, at, both, err);
	if (!can_descend(both, CC_NODE_LIST))
		return leaf(walk, at, both, err);
	id = identity(both);
	return id == NULL ? visit_set(walk, at, both, err) : visit_named(walk, at, id, both, err);
}

int cc_effects_walk(struct cc_making *making, const struct cc_comparator *const *comparators,
		    size_t count, struct cc_err *err)
{
	const struct walk walk = { making, comparators, count };
	const struct at top = { .key = "", .path = "" };

	return visit_map(&walk, &top, (struct difference){ making->old, making->new }, err);
}
