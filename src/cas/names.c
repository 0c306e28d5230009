/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/names.h"

#include "base/str.h"

/* Where the chain begins: before every name, for no name has a control character. */
#define BEGINNING "\n"

/* A link, and the name (or BEGINNING) that it is of. */
struct link {
	char *name;
	struct cc_rec_next row;
};

static void clear_link(struct link *link)
{
	free(link->name);
	cc_record_clear(&cc_rec_next, &link->row);
}

/* Take `name` over and read its link. */
static int load(struct cc_state *state, char *name, struct link *out, struct cc_err *err)
{
	bool found = false;

	clear_link(out);
	*out = (struct link){ .name = name };
	CC_TRY(cc_state_find(state, &cc_rec_next, name, &out->row, &found, err));
	if (found || cc_str_eq(name, BEGINNING))
		return 0;
	cc_err_set(err, CC_E_TAMPERED, "the store lists a policy '%s', which is not there", name);
	return cc_hint(err, "the database was changed behind the keeper: restore the newest copy");
}

/* The greatest name up to `name` that the database shows. */
static int hint(struct cc_state *state, const char *name, char **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_err none = { 0 };

	if (name[0] == '\0')
		return cc_str_dup(BEGINNING, out, err);
	if (cc_store_last_key(cc_state_store(state), cc_rec_next.table, cc_span_str(name), &key,
			      &none) == 0)
		return cc_str_from(cc_buf_span(&key), out, err);
	if (none.code == CC_E_NOTFOUND)
		return cc_str_dup(BEGINNING, out, err);
	*err = none;
	return -1;
}

/* The link whose next name lies behind `name`: names of this group are not in the database yet. */
static int find(struct cc_state *state, const char *name, struct link *out, struct cc_err *err)
{
	char *at = NULL;

	CC_TRY(hint(state, name, &at, err));
	CC_TRY(load(state, at, out, err));
	while (out->row.next != NULL && strcmp(out->row.next, name) <= 0) {
		CC_TRY(cc_str_dup(out->row.next, &at, err));
		CC_TRY(load(state, at, out, err));
	}
	return 0;
}

int cc_names_add(struct cc_state *state, const char *name, struct cc_err *err)
{
	CC_CLEANUP(clear_link) struct link before = { 0 };
	struct cc_rec_next row = { 0 };

	CC_TRY(find(state, name, &before, err));
	if (cc_str_eq(before.name, name))
		return cc_fail(err, CC_E_BUG, "the name '%s' is there already", name);
	row.next = before.row.next;
	CC_TRY(cc_state_put(state, &cc_rec_next, name, &row, err));
	free(CC_TAKE(before.row.next));
	CC_TRY(cc_str_dup(name, &before.row.next, err));
	return cc_state_put(state, &cc_rec_next, before.name, &before.row, err);
}

int cc_names_next(struct cc_state *state, const char *after, char **out, struct cc_err *err)
{
	CC_CLEANUP(clear_link) struct link link = { 0 };

	CC_TRY(find(state, after, &link, err));
	*out = CC_TAKE(link.row.next);
	return 0;
}
