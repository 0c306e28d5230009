/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/vault.h"

#include "base/str.h"

#define DEPTH_MAX 32   /* imports of imports, issuers of issuers, values that refer to others */
#define FOUND_MAX 4096 /* secrets of one decision */
#define BYTES_MAX ((size_t)8 * 1024 * 1024) /* of them together: short texts refer to long ones */
#define SESSION_CA "@session-ca"            /* no name of a secret has that character */

struct found {
	struct found *next;
	char *policy, *name;
	bool is_ready; /* false while it is looked for: what it needs must not need it */
	bool is_owned; /* the value is ours to clear; else another element's */
	struct cc_secret_value own;
	struct cc_secret_found result;
};

struct cc_vault {
	struct cc_vault_start start;
	struct found *all;
	size_t count, bytes;
	unsigned int depth;
};

/* The CA of a policy of the language 0.2 that does not name one itself. */
static const struct cc_secret_entry session_ca = { .name = SESSION_CA,
						   .kind = CC_SECRET_SESSION_CA,
						   .common_name = "session" };

int cc_vault_new(const struct cc_vault_start *start, struct cc_vault **out, struct cc_err *err)
{
	struct cc_vault *vault = calloc(1, sizeof(*vault));

	if (vault == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for secrets");
	vault->start = *start;
	vault->start.is_reading = start->is_reading || start->is_public;
	*out = vault;
	return 0;
}

static void free_found(struct found *found)
{
	if (found->is_owned)
		cc_secret_value_clear(&found->own);
	free(found->policy);
	free(found->name);
	free(found);
}

void cc_vault_free(struct cc_vault *vault)
{
	if (vault == NULL)
		return;
	while (vault->all != NULL) {
		struct found *next = vault->all->next;

		free_found(vault->all);
		vault->all = next;
	}
	free(vault);
}

static struct found *lookup(const struct cc_vault *vault, const char *policy, const char *name)
{
	for (struct found *at = vault->all; at != NULL; at = at->next)
		if (cc_str_eq(at->policy, policy) && cc_str_eq(at->name, name))
			return at;
	return NULL;
}

static int add(struct cc_vault *vault, const char *policy, const char *name, struct found **out,
	       struct cc_err *err)
{
	struct found *found = NULL;

	if (vault->count == FOUND_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a decision needs more than %d secrets",
			       FOUND_MAX);
	found = calloc(1, sizeof(*found));
	if (found == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a secret");
	found->next = vault->all;
	vault->all = found;
	vault->count++;
	CC_TRY(cc_str_dup(policy, &found->policy, err));
	CC_TRY(cc_str_dup(name, &found->name, err));
	*out = found;
	return 0;
}

/* Looked for and not found: a later question may have another answer. */
static void drop_newest(struct cc_vault *vault, struct found *found)
{
	struct found **at = &vault->all;

	while (*at != found)
		at = &(*at)->next;
	*at = found->next;
	vault->count--;
	free_found(found);
}

static int row_key(const char *policy, const char *name, char **out, struct cc_err *err)
{
	return cc_strf(out, err, "%s\n%s", policy, name);
}

static void clear_row(struct cc_rec_secret *row)
{
	cc_record_clear(&cc_rec_secret, row);
}

static int load(struct cc_vault *vault, const struct found *at, struct cc_secret_value *out,
		bool *is_there, struct cc_err *err)
{
	CC_CLEANUP(clear_row) struct cc_rec_secret row = { 0 };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(row_key(at->policy, at->name, &key, err));
	CC_TRY(cc_state_find(vault->start.view->state, &cc_rec_secret, key, &row, is_there, err));
	if (!*is_there)
		return 0;
	if (row.value == NULL)
		return cc_fail(err, CC_E_TAMPERED, "a row of a secret without its value");
	return cc_secret_value_parse(cc_secret_span(row.value), out, err);
}

static int store(struct cc_vault *vault, const struct found *at,
		 const struct cc_secret_value *value, struct cc_err *err)
{
	CC_CLEANUP(clear_row) struct cc_rec_secret row = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_SECRET_RECORD_MAX };
	CC_AUTO_FREE char *key = NULL;

	CC_TRY(cc_secret_value_print(value, &bytes, err));
	CC_TRY(cc_secret_from(cc_buf_span(&bytes), &row.value, err));
	CC_TRY(row_key(at->policy, at->name, &key, err));
	return cc_state_put(vault->start.view->state, &cc_rec_secret, key, &row, err);
}

static int find_for(void *context, const char *name, struct cc_secret_found *out,
		    struct cc_err *err)
{
	const struct cc_vault_policy *of = context;

	return cc_vault_find(of->vault, of->policy, name, out, err);
}

void cc_vault_policy(struct cc_vault *vault, const char *policy, struct cc_vault_policy *out)
{
	*out = (struct cc_vault_policy){ vault, policy, { find_for, out } };
}

/* The CA that signs certificates of 0.2 without a key of their own: the policy's, or a hidden one.
 */
static int find_authority(struct cc_vault *vault, const struct cc_known *known,
			  const struct cc_secret_entry *entry, struct cc_secret_found *out,
			  struct cc_err *err)
{
	const char *name = SESSION_CA;

	if (entry->kind != CC_SECRET_X509 || entry->private_key != NULL || entry->issuer != NULL ||
	    entry->value != NULL)
		return 0;
	for (size_t i = 0; i < known->policy->secrets.count; i++)
		if (known->policy->secrets.at[i].kind == CC_SECRET_SESSION_CA)
			name = known->policy->secrets.at[i].name;
	return cc_vault_find(vault, known->policy->name, name, out, err);
}

/* The secret that opens key vaults when they name none (scone.md 1.10). */
static const char *only_token(const struct cc_policy *policy)
{
	const char *name = NULL;

	for (size_t i = 0; i < policy->secrets.count; i++) {
		if (policy->secrets.at[i].kind != CC_SECRET_AAD_TOKEN)
			continue;
		if (name != NULL)
			return NULL;
		name = policy->secrets.at[i].name;
	}
	return name;
}

/* The stored value while it is good, else a new one. */
static int take_own(struct cc_vault *vault, const struct cc_known *known,
		    const struct cc_secret_entry *entry, struct found *at, struct cc_err *err)
{
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	struct cc_vault_policy others = { 0 };
	struct cc_secret_found authority = { 0 };
	struct cc_secret_making making = { .entry = entry,
					   .others = &others.lookup,
					   .outside = vault->start.outside,
					   .aad_token = only_token(known->policy),
					   .identity = vault->start.identity,
					   .now = cc_state_time(vault->start.view->state) };
	bool is_momentary = cc_secret_is_momentary(entry), is_there = false;

	cc_vault_policy(vault, known->policy->name, &others);
	CC_TRY(find_authority(vault, known, entry, &authority, err));
	making.authority = authority.value == NULL ? NULL : &authority;
	if (!is_momentary)
		CC_TRY(load(vault, at, &value, &is_there, err));
	if (!is_there && !is_momentary && vault->start.is_reading)
		return cc_fail(err, CC_E_NOTFOUND, "secret '%.128s' has no value yet", entry->name);
	if (!is_there || (!vault->start.is_reading && cc_secret_is_due(&making, &value))) {
		cc_secret_value_clear(&value);
		CC_TRY(cc_secret_make(&making, &value, err));
		if (!is_momentary)
			CC_TRY(store(vault, at, &value, err));
	}
	at->own = value;
	at->is_owned = true;
	value = (struct cc_secret_value){ 0 };
	at->result.value = &at->own;
	return 0;
}

static int count_bytes(struct cc_vault *vault, const struct found *at, struct cc_err *err)
{
	if (at->is_owned)
		vault->bytes += cc_secret_value_span(&at->own).len + at->own.chain.len;
	return vault->bytes <= BYTES_MAX
		       ? 0
		       : cc_fail(err, CC_E_TOOBIG,
				 "a decision needs more than %zu bytes of secrets", BYTES_MAX);
}

static int find_key(struct cc_vault *vault, const char *policy, const char *name,
		    const struct cc_secret_value **out, struct cc_err *err)
{
	struct cc_secret_found key = { 0 };

	CC_TRY(cc_vault_find(vault, policy, name, &key, err));
	*out = key.value;
	return 0;
}

static int raw_find(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	return cc_cas_view_raw(context, name, out, err);
}

/* Data goes to no weaker class than whoever owns it tolerates. */
static int take_import(struct cc_vault *vault, const struct cc_known *known,
		       const struct cc_secret_entry *entry, struct found *at, struct cc_err *err)
{
	const struct cc_view view = { raw_find, NULL, vault->start.view };
	struct cc_secret_use use = { 0 };
	struct cc_secret_found given = { 0 };
	const char *giver = NULL;

	CC_TRY(cc_decide_secret(&view, known, entry, &use, err));
	giver = use.giver.policy->name;
	if (vault->start.is_public && !use.secret->export_public)
		return cc_fail(err, CC_E_DENIED, "policy '%.128s' does not publish secret '%.128s'",
			       giver, use.secret->name);
	if (vault->start.class != CC_CLASS_NONE &&
	    cc_decide_class(use.giver.policy, vault->start.class, err) != 0)
		return cc_wrap(err, "secret '%.128s' of policy '%.128s'", use.secret->name, giver);
	CC_TRY(cc_vault_find(vault, giver, use.secret->name, &given, err));
	if (entry->kind != CC_SECRET_NONE && entry->kind != given.value->kind)
		return cc_fail(err, CC_E_ARG,
			       "secret '%.128s' is of another kind in policy '%.128s'", entry->name,
			       giver);
	at->result.value = given.value;
	return use.key == NULL || vault->start.is_public
		       ? 0
		       : find_key(vault, giver, use.key->name, &at->result.key, err);
}

static int take_from_peer(struct cc_vault *vault, const struct cc_known *known,
			  const struct cc_secret_entry *entry, struct found *at, struct cc_err *err)
{
	const struct cc_peer_lookup lookup = { known, entry, vault->start.class };

	CC_TRY(cc_peers_find(vault->start.peers, &lookup, &at->result, err));
	if (entry->kind == CC_SECRET_NONE || entry->kind == at->result.value->kind)
		return 0;
	return cc_fail(err, CC_E_ARG, "secret '%.128s' is of another kind at CAS '%.128s'",
		       entry->name, entry->import->cas.url);
}

static int take(struct cc_vault *vault, struct found *at, struct cc_err *err)
{
	struct cc_known known = { 0 };
	const struct cc_secret_entry *entry = NULL;

	CC_TRY(cc_cas_view_raw(vault->start.view, at->policy, &known, err));
	entry = cc_str_eq(at->name, SESSION_CA) ? &session_ca
						: cc_policy_secret(known.policy, at->name);
	if (entry == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "policy '%.128s' has no secret '%.128s'",
			       at->policy, at->name);
	if (entry->import != NULL && entry->import->cas.url != NULL && vault->start.peers != NULL)
		return take_from_peer(vault, &known, entry, at, err);
	if (entry->import != NULL)
		return take_import(vault, &known, entry, at, err);
	CC_TRY(take_own(vault, &known, entry, at, err));
	if (entry->kind != CC_SECRET_X509 && entry->kind != CC_SECRET_X509_CA)
		return 0;
	return entry->private_key == NULL || vault->start.is_public
		       ? 0
		       : find_key(vault, at->policy, entry->private_key, &at->result.key, err);
}

int cc_vault_find(struct cc_vault *vault, const char *policy, const char *name,
		  struct cc_secret_found *out, struct cc_err *err)
{
	struct found *at = lookup(vault, policy, name);
	int done = 0;

	if (at != NULL && !at->is_ready)
		return cc_fail(err, CC_E_ARG, "secret '%.128s' of policy '%.128s' needs itself",
			       name, policy);
	if (at == NULL) {
		if (vault->depth == DEPTH_MAX)
			return cc_fail(err, CC_E_TOOBIG, "secrets rest on more than %d others",
				       DEPTH_MAX);
		CC_TRY(add(vault, policy, name, &at, err));
		vault->depth++;
		done = take(vault, at, err);
		if (done == 0)
			done = count_bytes(vault, at, err);
		vault->depth--;
		if (done != 0) {
			drop_newest(vault, at);
			return -1;
		}
		at->is_ready = true;
	}
	*out = at->result;
	return 0;
}

static int find_json(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	const struct cc_vault_policy *of = context;

	return cc_reference_json(cc_span_str(name), &of->lookup, json, err);
}

int cc_vault_resolve(struct cc_vault *vault, const struct cc_policy *policy, struct cc_policy **out,
		     struct cc_err *err)
{
	struct cc_vault_policy of = { 0 };
	const struct cc_lookup lookup = { find_json, &of };

	cc_vault_policy(vault, policy->name, &of);
	return cc_policy_resolve(policy, &lookup, out, err);
}

/* The row of a value that does not outlive the update. */
static int forget(struct cc_state *state, const char *policy, const char *name, struct cc_err *err)
{
	CC_CLEANUP(clear_row) struct cc_rec_secret row = { 0 };
	CC_AUTO_FREE char *key = NULL;
	bool found = false;

	CC_TRY(row_key(policy, name, &key, err));
	CC_TRY(cc_state_find(state, &cc_rec_secret, key, &row, &found, err));
	return found ? cc_state_drop(state, &cc_rec_secret, key, err) : 0;
}

static int migrate(struct cc_state *state, const struct cc_policy *old, const struct cc_policy *new,
		   struct cc_err *err)
{
	for (size_t i = 0; i < old->secrets.count; i++) {
		const struct cc_secret_entry *was = &old->secrets.at[i];
		const struct cc_secret_entry *is = cc_policy_secret(new, was->name);

		if (is == NULL || !cc_secret_migrates(was, is))
			CC_TRY(forget(state, old->name, was->name, err));
	}
	return 0;
}

/* Must it wait: for a program, for another policy, for another secret that waits? */
static bool waits(const struct cc_policy *policy, const struct cc_secret_entry *entry,
		  unsigned int depth)
{
	const char *const needs[] = { entry->private_key, entry->issuer };

	if (entry->import != NULL || entry->import_akv != NULL || depth == DEPTH_MAX)
		return true;
	if (entry->value != NULL)
		return strstr(entry->value, "$$SCONE:") != NULL;
	if (cc_secret_is_momentary(entry))
		return true;
	for (size_t i = 0; i < CC_COUNT(needs); i++) {
		const struct cc_secret_entry *other =
			needs[i] == NULL ? NULL : cc_policy_secret(policy, needs[i]);

		if (other != NULL && waits(policy, other, depth + 1))
			return true;
	}
	return false;
}

int cc_vault_update(struct cc_state *state, const struct cc_policy *old,
		    const struct cc_policy *new, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_vault_start start = { .view = &view };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;

	if (old != NULL)
		CC_TRY(migrate(state, old, new, err));
	if (new->secrets.count == 0)
		return 0;
	cc_cas_view_init(&view, state);
	CC_TRY(cc_vault_new(&start, &vault, err));
	for (size_t i = 0; i < new->secrets.count; i++) {
		const struct cc_secret_entry *entry = &new->secrets.at[i];
		struct cc_secret_found unused = { 0 };

		if (!waits(new, entry, 0))
			CC_TRY(cc_vault_find(vault, new->name, entry->name, &unused, err));
	}
	return 0;
}
