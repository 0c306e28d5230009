/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form as a tree in which members are found by name. */
#include "base/str.h"
#include "policy/effects-internal.h"

static int fill(const struct cc_json *json, struct cc_arena *arena, struct cc_node *out,
		struct cc_err *err);

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cc_node *)a)->name, ((const struct cc_node *)b)->name);
}

static int by_value(const void *a, const void *b)
{
	return cc_node_compare(((const struct cc_node_ref *)a)->node,
			       ((const struct cc_node_ref *)b)->node);
}

static int sort_list(struct cc_arena *arena, struct cc_node *list, struct cc_err *err)
{
	struct cc_node_ref *sorted = NULL;
	void *at = NULL;

	CC_TRY(cc_arena_take(arena, list->count, sizeof(*sorted), &at, err));
	sorted = at;
	for (size_t i = 0; i < list->count; i++)
		sorted[i].node = &list->at[i];
	if (list->count > 1)
		qsort(sorted, list->count, sizeof(*sorted), by_value);
	list->sorted = sorted;
	return 0;
}

static int fill_children(const struct cc_json *json, struct cc_arena *arena, struct cc_node *out,
			 struct cc_err *err)
{
	size_t count = cc_json_count(json);
	struct cc_node *children = NULL;
	void *at = NULL;

	CC_TRY(cc_arena_take(arena, count, sizeof(*children), &at, err));
	children = at;
	for (size_t i = 0; i < count; i++) {
		CC_TRY(fill(cc_json_at(json, i), arena, &children[i], err));
		if (out->kind == CC_NODE_MAP) {
			char *name = NULL;

			CC_TRY(cc_arena_copy(arena, cc_span_str(cc_json_name_at(json, i)), &name,
					     err));
			children[i].name = name;
		}
	}
	if (out->kind == CC_NODE_MAP && count > 1)
		qsort(children, count, sizeof(*children), by_name);
	out->at = children;
	out->count = count;
	return out->kind == CC_NODE_LIST ? sort_list(arena, out, err) : 0;
}

static int fill_text(const struct cc_json *json, struct cc_arena *arena, struct cc_node *out,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf buf = { 0 };
	const char *text = cc_json_str(json);
	char *copy = NULL;

	out->kind = text != NULL ? CC_NODE_TEXT : CC_NODE_SCALAR;
	if (text == NULL) {
		CC_TRY(cc_json_print(json, &buf, err));
		CC_TRY(cc_buf_str(&buf, &text, err));
	}
	CC_TRY(cc_arena_copy(arena, cc_span_str(text), &copy, err));
	out->text = copy;
	return 0;
}

static int fill(const struct cc_json *json, struct cc_arena *arena, struct cc_node *out,
		struct cc_err *err)
{
	if (!cc_json_is_object(json) && !cc_json_is_array(json))
		return fill_text(json, arena, out, err);
	out->kind = cc_json_is_object(json) ? CC_NODE_MAP : CC_NODE_LIST;
	return fill_children(json, arena, out, err);
}

int cc_node_make(const struct cc_json *json, struct cc_arena *arena, const struct cc_node **out,
		 struct cc_err *err)
{
	void *root = NULL;

	CC_TRY(cc_arena_take(arena, 1, sizeof(struct cc_node), &root, err));
	CC_TRY(fill(json, arena, root, err));
	*out = root;
	return 0;
}

const struct cc_node *cc_node_get(const struct cc_node *map, const char *name)
{
	struct cc_node key = { .name = name };

	if (map == NULL || map->kind != CC_NODE_MAP || map->count == 0)
		return NULL;
	return bsearch(&key, map->at, map->count, sizeof(*map->at), by_name);
}

const struct cc_node *cc_node_list(const struct cc_node *map, const char *name)
{
	const struct cc_node *list = cc_node_get(map, name);

	return list != NULL && list->kind == CC_NODE_LIST ? list : NULL;
}

const char *cc_node_text(const struct cc_node *map, const char *name, const char *absent)
{
	const struct cc_node *node = cc_node_get(map, name);

	return node != NULL && node->text != NULL ? node->text : absent;
}

uint64_t cc_node_number(const struct cc_node *map, const char *name, uint64_t absent)
{
	const char *text = cc_node_text(map, name, NULL);
	struct cc_err none = { 0 };
	uint64_t number = 0;

	if (text == NULL || cc_parse_u64(cc_span_str(text), UINT64_MAX, name, &number, &none) != 0)
		return absent;
	return number;
}

const struct cc_node *cc_node_find(const struct cc_node *list, const char *id, const char *text)
{
	for (size_t i = 0; i < cc_node_count(list); i++)
		if (cc_str_eq(cc_node_text(&list->at[i], id, ""), text))
			return &list->at[i];
	return NULL;
}

bool cc_node_has(const struct cc_node *list, const struct cc_node *element)
{
	const struct cc_node_ref key = { element };

	return cc_node_count(list) != 0 &&
	       bsearch(&key, list->sorted, list->count, sizeof(key), by_value) != NULL;
}

int cc_compare_named(struct cc_making *making, const struct cc_node *old, const struct cc_node *new,
		     cc_compare_fn *compare, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(new); i++) {
		making->origin.from = cc_node_text(&new->at[i], "name", "");
		CC_TRY(compare(making, cc_node_find(old, "name", making->origin.from), &new->at[i],
			       err));
	}
	for (size_t i = 0; i < cc_node_count(old); i++) {
		making->origin.from = cc_node_text(&old->at[i], "name", "");
		if (cc_node_find(new, "name", making->origin.from) == NULL)
			CC_TRY(compare(making, &old->at[i], NULL, err));
	}
	return 0;
}

int cc_compare_kept(struct cc_making *making, const char *list, cc_compare_fn *compare,
		    struct cc_err *err)
{
	const struct cc_node *old = cc_node_list(making->old, list),
			     *new = cc_node_list(making->new, list);

	for (size_t i = 0; i < cc_node_count(new); i++) {
		making->origin.from = cc_node_text(&new->at[i], "name", "");
		CC_TRY(compare(making, cc_node_find(old, "name", making->origin.from), &new->at[i],
			       err));
	}
	return 0;
}

static int compare_numbers(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

int cc_node_compare(const struct cc_node *a, const struct cc_node *b)
{
	int order = 0;

	if (a == NULL || b == NULL)
		return compare_numbers(a != NULL, b != NULL);
	order = compare_numbers(a->kind, b->kind);
	if (order == 0 && a->text != NULL)
		return strcmp(a->text, b->text);
	if (order == 0)
		order = compare_numbers(a->count, b->count);
	for (size_t i = 0; order == 0 && i < a->count; i++) {
		if (a->kind == CC_NODE_MAP)
			order = strcmp(a->at[i].name, b->at[i].name);
		if (order == 0)
			order = cc_node_compare(&a->at[i], &b->at[i]);
	}
	return order;
}

bool cc_node_eq(const struct cc_node *a, const struct cc_node *b)
{
	return cc_node_compare(a, b) == 0;
}

static int print_text(const char *text, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	CC_AUTO_BUF struct cc_buf quoted = { 0 };

	CC_TRY(cc_json_array(&one, err));
	CC_TRY(cc_json_add_str(one, text, err));
	CC_TRY(cc_json_print(one, &quoted, err)); /* ["text"] */
	return cc_buf_add(out, cc_span(quoted.at + 1, quoted.len - 2), err);
}

int cc_node_print(const struct cc_node *node, struct cc_buf *out, struct cc_err *err)
{
	bool is_map = node->kind == CC_NODE_MAP;

	if (node->kind == CC_NODE_SCALAR)
		return cc_buf_add_str(out, node->text, err);
	if (node->kind == CC_NODE_TEXT)
		return print_text(node->text, out, err);
	CC_TRY(cc_buf_add_u8(out, is_map ? '{' : '[', err));
	for (size_t i = 0; i < node->count; i++) {
		if (i != 0)
			CC_TRY(cc_buf_add_u8(out, ',', err));
		if (is_map) {
			CC_TRY(print_text(node->at[i].name, out, err));
			CC_TRY(cc_buf_add_u8(out, ':', err));
		}
		CC_TRY(cc_node_print(&node->at[i], out, err));
	}
	return cc_buf_add_u8(out, is_map ? '}' : ']', err);
}
