/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/state.h"

#include "base/str.h"
#include "base/time.h"
#include "cas/changes.h"
#include "ledger/entry.h"
#include "ledger/map.h"
#include "ledger/row.h"

/* A row of the group, sealed. */
struct sealed_row {
	const char *table;
	char *key;
	struct cc_buf bytes; /* empty: the row is gone */
};

struct group {
	struct cc_changes rows; /* the newest of each row, in plain */
	struct sealed_row *sealed;
	size_t sealed_count;
	struct cc_buf *entries;
	size_t entry_count;
	struct cc_frontier frontier; /* before the group */
	struct cc_digest root;       /* state root before the group */
	int64_t time;
};

struct cc_state {
	struct cc_store *store;
	const struct cc_cas_keys *keys;
	struct cc_map *map;
	struct cc_frontier frontier;
	struct cc_digest root;
	int64_t time; /* of the decision under way, else of the last entry */
	int64_t entry_time;
	struct cc_changes pending;
	struct group group;
	struct cc_buf checkpoint;
	struct cc_err broken; /* code CC_OK: whole */
	struct cc_owed owed;
};

static void clear_group(struct group *group)
{
	cc_changes_clear(&group->rows);
	for (size_t i = 0; i < group->sealed_count; i++) {
		free(group->sealed[i].key);
		cc_buf_clear(&group->sealed[i].bytes);
	}
	free(group->sealed);
	for (size_t i = 0; i < group->entry_count; i++)
		cc_buf_clear(&group->entries[i]);
	free(group->entries);
	*group = (struct group){ 0 };
}

/* A zeroed element at the end of an array of `size`d elements. */
static int grow(void **at, size_t *count, size_t size, void **out, struct cc_err *err)
{
	void *more = realloc(*at, (*count + 1) * size);

	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a group of changes");
	*at = more;
	*out = (char *)more + *count * size;
	memset(*out, 0, size);
	(*count)++;
	return 0;
}

/* Keys have newlines between their parts; people read slashes. */
static void readable(const char *key, char *out, size_t room)
{
	(void)snprintf(out, room, "%s", key);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '\n')
			*at = '/';
}

static int changed_behind_us(struct cc_state *state, const char *table, const char *key,
			     const char *how, struct cc_err *err)
{
	char shown[300];

	readable(key, shown, sizeof(shown));
	cc_err_set(err, CC_E_TAMPERED, "row '%s' of table '%s' %s", shown, table, how);
	cc_err_hint(err, "the database was changed behind the keeper: restore the newest copy");
	state->broken = *err;
	return -1;
}

/* A node that is not ours ends the keeper; a disk that fails does not. */
static int no_path(struct cc_state *state, const char *table, const char *key,
		   const struct cc_err *why, struct cc_err *err)
{
	if (why->code == CC_E_TAMPERED)
		return changed_behind_us(state, table, key, "has no path to the state root", err);
	*err = *why;
	return -1;
}

/* From the store: the row, and its path or the proof of its absence. */
static int find_stored(struct cc_state *state, const char *table, const char *key,
		       struct cc_buf *plain, bool *found, struct cc_err *err)
{
	struct cc_row row = { table, cc_span_str(key), 0, 0 };
	struct cc_digest name = { 0 }, value = { 0 }, hash = { 0 };
	CC_AUTO_BUF struct cc_buf sealed = { 0 };
	struct cc_err why = { 0 };

	CC_TRY(cc_map_key(table, cc_span_str(key), &name, err));
	if (cc_map_get(state->map, &name, found, &value, &why) != 0)
		return no_path(state, table, key, &why, err);
	if (!*found)
		return 0;
	if (cc_store_get_row(state->store, table, cc_span_str(key), &sealed, &why) != 0) {
		if (why.code == CC_E_NOTFOUND)
			return changed_behind_us(state, table, key, "was deleted", err);
		if (why.code == CC_E_TAMPERED)
			return changed_behind_us(state, table, key, "is no row of ours", err);
		*err = why;
		return -1;
	}
	CC_TRY(cc_row_hash(cc_buf_span(&sealed), &hash, err));
	if (!cc_digest_eq(&hash, &value) ||
	    cc_row_open(state->keys->row, &row, cc_buf_span(&sealed), plain, &why) != 0)
		return changed_behind_us(state, table, key,
					 "is not the one that the state root names", err);
	return 0;
}

static int find_plain(struct cc_state *state, const char *table, const char *key,
		      struct cc_buf *plain, bool *found, struct cc_err *err)
{
	const struct cc_change *change = cc_changes_find(&state->pending, table, key);

	if (change == NULL)
		change = cc_changes_find(&state->group.rows, table, key);
	if (change == NULL)
		return find_stored(state, table, key, plain, found, err);
	*found = !change->gone;
	return change->gone ? 0 : cc_buf_add(plain, cc_buf_span(&change->plain), err);
}

int cc_state_find(struct cc_state *state, const struct cc_record_type *type, const char *key,
		  void *record, bool *found, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { 0 };

	CC_TRY(find_plain(state, type->table, key, &plain, found, err));
	return *found ? cc_record_load(type, cc_buf_span(&plain), record, err) : 0;
}

int cc_state_get(struct cc_state *state, const struct cc_record_type *type, const char *key,
		 void *record, struct cc_err *err)
{
	char shown[300];
	bool found = false;

	CC_TRY(cc_state_find(state, type, key, record, &found, err));
	if (found)
		return 0;
	readable(key, shown, sizeof(shown));
	return cc_fail(err, CC_E_NOTFOUND, "there is no %s '%s'", type->table, shown);
}

int cc_state_put(struct cc_state *state, const struct cc_record_type *type, const char *key,
		 const void *record, struct cc_err *err)
{
	struct cc_change *change = NULL;

	CC_TRY(cc_changes_place(&state->pending, type->table, key, &change, err));
	return cc_record_save(type, record, &change->plain, err);
}

int cc_state_drop(struct cc_state *state, const struct cc_record_type *type, const char *key,
		  struct cc_err *err)
{
	struct cc_change *change = NULL;

	CC_TRY(cc_changes_place(&state->pending, type->table, key, &change, err));
	change->gone = true;
	return 0;
}

static int get_node(void *context, const struct cc_digest *hash, struct cc_buf *out,
		    struct cc_err *err)
{
	return cc_store_get_node(context, hash, out, err);
}

static int put_node(void *context, const struct cc_digest *hash, struct cc_span bytes,
		    struct cc_err *err)
{
	return cc_store_put_node(context, hash, bytes, err);
}

static int drop_node(void *context, const struct cc_digest *hash, struct cc_err *err)
{
	return cc_store_drop_node(context, hash, err);
}

int cc_state_new(const struct cc_state_start *start, struct cc_state **out, struct cc_err *err)
{
	CC_AUTO_STATE struct cc_state *state = calloc(1, sizeof(*state));
	struct cc_map_source nodes = { 0 };

	if (state == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the state");
	state->store = start->store;
	state->keys = start->keys;
	state->frontier = start->frontier;
	state->root = start->root;
	state->time = state->entry_time = start->time;
	nodes = (struct cc_map_source){ get_node, start->store };
	CC_TRY(cc_map_new(&nodes, &start->root, &state->map, err));
	*out = CC_TAKE(state);
	return 0;
}

static void forget_owed(struct cc_state *state)
{
	free(state->owed.policy);
	state->owed.policy = NULL;
}

void cc_state_free(struct cc_state *state)
{
	if (state == NULL)
		return;
	cc_changes_clear(&state->pending);
	forget_owed(state);
	clear_group(&state->group);
	cc_map_free(state->map);
	cc_buf_clear(&state->checkpoint);
	free(state);
}

void cc_state_begin(struct cc_state *state, int64_t now)
{
	cc_changes_clear(&state->pending);
	forget_owed(state);
	state->time = now > state->entry_time ? now : state->entry_time;
}

struct cc_owed *cc_state_owed(struct cc_state *state)
{
	return &state->owed;
}

void cc_state_undo(struct cc_state *state)
{
	cc_changes_clear(&state->pending);
	state->time = state->entry_time;
}

uint64_t cc_state_index(const struct cc_state *state)
{
	return state->frontier.size;
}

int64_t cc_state_time(const struct cc_state *state)
{
	return state->time;
}

static int seal_change(struct cc_state *state, const struct cc_change *change, struct cc_err *err)
{
	struct cc_row row = { change->table, cc_span_str(change->key), state->frontier.size + 1,
			      state->frontier.size };
	struct cc_digest name = { 0 }, value = { 0 };
	struct sealed_row *sealed = NULL;
	void *at = state->group.sealed, *added = NULL;
	struct cc_err why = { 0 };

	CC_TRY(grow(&at, &state->group.sealed_count, sizeof(*sealed), &added, err));
	state->group.sealed = at;
	sealed = added;
	sealed->table = change->table;
	CC_TRY(cc_str_dup(change->key, &sealed->key, err));
	CC_TRY(cc_map_key(change->table, row.key, &name, err));
	if (change->gone) {
		if (cc_map_delete(state->map, &name, &why) == 0 || why.code == CC_E_NOTFOUND)
			return 0;
		return no_path(state, change->table, change->key, &why, err);
	}
	CC_TRY(cc_row_seal(state->keys->row, &row, cc_buf_span(&change->plain), &sealed->bytes,
			   err));
	CC_TRY(cc_row_hash(cc_buf_span(&sealed->bytes), &value, err));
	if (cc_map_set(state->map, &name, &value, &why) != 0)
		return no_path(state, change->table, change->key, &why, err);
	return 0;
}

/* What the decision left becomes what later decisions of the group see. */
static int keep_pending(struct cc_state *state, struct cc_err *err)
{
	for (size_t i = 0; i < state->pending.count; i++) {
		struct cc_change *from = &state->pending.at[i], *to = NULL;

		CC_TRY(cc_changes_place(&state->group.rows, from->table, from->key, &to, err));
		to->plain = from->plain;
		to->gone = from->gone;
		from->plain = (struct cc_buf){ 0 };
	}
	cc_changes_clear(&state->pending);
	return 0;
}

static int add_entry(struct cc_state *state, const char *type, const struct cc_json *fields,
		     struct cc_err *err)
{
	struct cc_entry entry = { .index = state->frontier.size, .time = state->time };
	struct cc_digest leaf = { 0 };
	void *at = state->group.entries, *added = NULL;

	(void)snprintf(entry.type, sizeof(entry.type), "%s", type);
	CC_TRY(cc_map_root(state->map, &entry.state, err));
	CC_TRY(grow(&at, &state->group.entry_count, sizeof(struct cc_buf), &added, err));
	state->group.entries = at;
	CC_TRY(cc_entry_make(&entry, fields, added, err));
	CC_TRY(cc_tree_leaf(cc_buf_span(added), &leaf, err));
	CC_TRY(cc_frontier_append(&state->frontier, &leaf, NULL, err));
	state->root = entry.state;
	state->entry_time = state->time;
	return 0;
}

static void start_group(struct cc_state *state)
{
	if (state->group.entry_count != 0)
		return;
	state->group.frontier = state->frontier;
	state->group.root = state->root;
	state->group.time = state->entry_time;
}

/* Forget the group and everything after it: the store is as before. */
static void forget_group(struct cc_state *state)
{
	struct cc_err why = { 0 };

	state->frontier = state->group.frontier;
	state->root = state->group.root;
	state->time = state->entry_time = state->group.time;
	cc_changes_clear(&state->pending);
	clear_group(&state->group);
	/* A map that may be half changed must not be decided on. */
	if (cc_map_reset(state->map, &state->root, &why) != 0)
		state->broken = why;
}

static int seal_pending(struct cc_state *state, const char *type, const struct cc_json *fields,
			struct cc_err *err)
{
	for (size_t i = 0; i < state->pending.count; i++)
		CC_TRY(seal_change(state, &state->pending.at[i], err));
	CC_TRY(keep_pending(state, err));
	return add_entry(state, type, fields, err);
}

int cc_state_seal(struct cc_state *state, const char *type, const struct cc_json *fields,
		  struct cc_err *err)
{
	start_group(state);
	if (seal_pending(state, type, fields, err) == 0)
		return 0;
	/* Half a decision is in map and group by now, and nothing of it may become durable. */
	forget_group(state);
	return -1;
}

size_t cc_state_group(const struct cc_state *state)
{
	return state->group.entry_count;
}

static int write_rows(struct cc_state *state, struct cc_err *err)
{
	for (size_t i = 0; i < state->group.sealed_count; i++) {
		const struct sealed_row *row = &state->group.sealed[i];
		struct cc_span key = cc_span_str(row->key);

		if (row->bytes.len != 0)
			CC_TRY(cc_store_put_row(state->store, row->table, key,
						cc_buf_span(&row->bytes), err));
		else
			CC_TRY(cc_store_delete_row(state->store, row->table, key, err));
	}
	return 0;
}

/* The tree nodes that one entry completes. */
struct completed {
	struct cc_store_hash at[CC_STORE_HASHES_MAX];
	size_t count;
};

static int note_completed(void *context, unsigned int level, uint64_t index,
			  const struct cc_digest *hash, struct cc_err *err)
{
	struct completed *completed = context;

	if (completed->count == CC_COUNT(completed->at))
		return cc_fail(err, CC_E_BUG,
			       "an entry completes more nodes than there are levels");
	completed->at[completed->count++] = (struct cc_store_hash){ level, index, *hash };
	return 0;
}

static int write_entries(struct cc_state *state, struct cc_err *err)
{
	struct cc_frontier frontier = state->group.frontier;

	for (size_t i = 0; i < state->group.entry_count; i++) {
		struct cc_span entry = cc_buf_span(&state->group.entries[i]);
		struct completed completed = { 0 };
		struct cc_tree_sink sink = { note_completed, &completed };
		struct cc_digest leaf = { 0 };
		uint64_t index = frontier.size;

		CC_TRY(cc_tree_leaf(entry, &leaf, err));
		CC_TRY(cc_frontier_append(&frontier, &leaf, &sink, err));
		CC_TRY(cc_store_append_entry(state->store, index, entry, completed.at,
					     completed.count, err));
	}
	return 0;
}

static int sign_checkpoint(struct cc_state *state, struct cc_buf *out, struct cc_err *err)
{
	struct cc_checkpoint checkpoint = { .head.size = state->frontier.size };

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s",
		       state->keys->log_name.name);
	CC_TRY(cc_frontier_root(&state->frontier, &checkpoint.head.root, err));
	return cc_checkpoint_sign(&checkpoint, &state->keys->log_name, state->keys->log, out, err);
}

static int write_group(struct cc_state *state, struct cc_span head, struct cc_err *err)
{
	struct cc_map_sink nodes = { drop_node, put_node, state->store };

	CC_TRY(cc_store_begin(state->store, err));
	if (write_rows(state, err) == 0 && cc_map_changes(state->map, &nodes, err) == 0 &&
	    write_entries(state, err) == 0 && cc_store_put_head(state->store, head, err) == 0 &&
	    cc_store_commit(state->store, err) == 0)
		return 0;
	cc_store_rollback(state->store);
	return -1;
}

/*
 * A commit that failed may have happened all the same (a connection lost behind it). The
 * head says so; when it cannot be read nobody knows, and only a new start finds out.
 */
static bool is_stored(struct cc_state *state, struct cc_span head)
{
	CC_AUTO_BUF struct cc_buf stored = { 0 };
	struct cc_err why = { 0 };

	if (cc_store_get_head(state->store, &stored, &why) == 0)
		return cc_span_eq(cc_buf_span(&stored), head);
	if (why.code != CC_E_NOTFOUND)
		state->broken = why;
	return false;
}

int cc_state_commit(struct cc_state *state, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf head = { 0 };
	struct cc_err why = { 0 };

	if (state->group.entry_count == 0)
		return 0;
	if (sign_checkpoint(state, &head, &why) != 0 ||
	    (write_group(state, cc_buf_span(&head), &why) != 0 &&
	     !is_stored(state, cc_buf_span(&head)))) {
		forget_group(state);
		*err = why;
		return cc_wrap(err, "make a group of decisions durable");
	}
	cc_map_settle(state->map);
	clear_group(&state->group);
	cc_buf_clear(&state->checkpoint);
	state->checkpoint = head;
	head = (struct cc_buf){ 0 };
	return 0;
}

struct cc_span cc_state_checkpoint(const struct cc_state *state)
{
	return cc_buf_span(&state->checkpoint);
}

const struct cc_frontier *cc_state_frontier(const struct cc_state *state)
{
	return &state->frontier;
}

bool cc_state_broken(const struct cc_state *state, struct cc_err *why)
{
	if (state->broken.code == CC_OK)
		return false;
	*why = state->broken;
	return true;
}

struct cc_store *cc_state_store(const struct cc_state *state)
{
	return state->store;
}

const struct cc_cas_keys *cc_state_keys(const struct cc_state *state)
{
	return state->keys;
}
