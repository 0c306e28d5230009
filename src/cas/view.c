/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/view.h"

#include "base/str.h"
#include "cas/due.h"
#include "cas/vault.h"

static int find(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	return cc_cas_view_policy(context, name, out, NULL, err);
}

static int consent(void *context, const char *giver, const char *grantee, bool *is_recorded,
		   struct cc_digest *out, struct cc_err *err)
{
	const struct cc_rec_policy *row = NULL;
	struct cc_known known = { 0 };

	*is_recorded = false;
	CC_TRY(cc_cas_view_policy(context, giver, &known, &row, err));
	for (size_t i = 0; i < row->consents.count; i++) {
		const struct cc_rec_consent *one =
			CC_LIST_AT(row->consents, struct cc_rec_consent, i);

		if (!cc_str_eq(one->policy, grantee))
			continue;
		*is_recorded = true;
		memcpy(out->b, one->hash, sizeof(out->b));
	}
	return 0;
}

void cc_cas_view_init(struct cc_cas_view *out, struct cc_state *state)
{
	*out = (struct cc_cas_view){ .state = state };
	out->view = (struct cc_view){ find, consent, out };
}

void cc_cas_view_clear(struct cc_cas_view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		cc_record_clear(&cc_rec_policy, &view->found[i].row);
		cc_policy_free(view->found[i].policy);
		cc_policy_free(view->found[i].effective);
	}
	free(view->found);
	*view = (struct cc_cas_view){ 0 };
}

static int load(struct cc_cas_view *view, const char *name, struct cc_err *err)
{
	void *more = NULL;
	bool there = false;

	if (view->count == CC_VIEW_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a decision looks at more than %d policies",
			       CC_VIEW_MAX);
	more = realloc(view->found, (view->count + 1) * sizeof(*view->found));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a policy");
	view->found = more;
	memset(&view->found[view->count], 0, sizeof(*view->found));
	CC_TRY(cc_due_require(view->state, name, err));
	CC_TRY(cc_state_find(view->state, &cc_rec_policy, name, &view->found[view->count].row,
			     &there, err));
	if (!there) {
		cc_err_set(err, CC_E_NOTFOUND, "there is no policy '%s' at this CAS", name);
		return cc_hint(err, "its owner makes it: concordat policy create FILE");
	}
	/* Counted only when whole: what is counted is given out. */
	if (cc_policy_parse(cc_span_str(view->found[view->count].row.text),
			    &view->found[view->count].policy, err) != 0) {
		cc_record_clear(&cc_rec_policy, &view->found[view->count].row);
		return -1;
	}
	view->count++;
	return 0;
}

static int find_at(struct cc_cas_view *view, const char *name, size_t *out, struct cc_err *err)
{
	size_t at = 0;

	while (at < view->count && !cc_str_eq(view->found[at].row.name, name))
		at++;
	if (at == view->count)
		CC_TRY(load(view, name, err));
	*out = at;
	return 0;
}

static void fill(const struct cc_cas_view *view, size_t at, const struct cc_policy *policy,
		 struct cc_known *out)
{
	out->policy = policy;
	memcpy(out->hash.b, view->found[at].row.hash, sizeof(out->hash.b));
	memcpy(out->creator.b, view->found[at].row.creator, sizeof(out->creator.b));
	out->transport = view->found[at].row.transport;
}

int cc_cas_view_raw(struct cc_cas_view *view, const char *name, struct cc_known *out,
		    struct cc_err *err)
{
	size_t at = 0;

	CC_TRY(find_at(view, name, &at, err));
	fill(view, at, view->found[at].policy, out);
	return 0;
}

/* Looking up fragments loads policies as they are written, which moves the rows of the view. */
static int make_effective(struct cc_cas_view *view, size_t at, struct cc_err *err)
{
	const struct cc_vault_start start = { .view = view, .is_reading = true };
	const struct cc_policy *raw = view->found[at].policy;
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	struct cc_policy *made = NULL;

	if (view->found[at].effective != NULL || !cc_policy_has_variables(raw))
		return 0;
	CC_TRY(cc_vault_new(&start, &vault, err));
	CC_TRY(cc_vault_resolve(vault, raw, &made, err));
	view->found[at].effective = made;
	return 0;
}

int cc_cas_view_policy(struct cc_cas_view *view, const char *name, struct cc_known *out,
		       const struct cc_rec_policy **row, struct cc_err *err)
{
	size_t at = 0;

	CC_TRY(find_at(view, name, &at, err));
	CC_TRY(make_effective(view, at, err));
	fill(view, at,
	     view->found[at].effective != NULL ? view->found[at].effective : view->found[at].policy,
	     out);
	/* Rows move when the view grows: use it before the next look. */
	if (row != NULL)
		*row = &view->found[at].row;
	return 0;
}
