/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/peers.h"

#include "base/str.h"
#include "codec/text.h"

void cc_peer_import_clear(struct cc_peer_import *import)
{
	free(import->policy);
	free(import->name);
	free(import->url);
	free(import->session);
	free(import->secret);
	*import = (struct cc_peer_import){ 0 };
}

static void free_value(struct cc_peer_value *value)
{
	free(value->policy);
	free(value->name);
	cc_secret_value_clear(&value->value);
	cc_secret_value_clear(&value->key);
	free(value);
}

void cc_peers_clear(struct cc_peers *peers)
{
	while (peers->values != NULL) {
		struct cc_peer_value *next = peers->values->next;

		free_value(peers->values);
		peers->values = next;
	}
	cc_peer_import_clear(&peers->lacking);
	*peers = (struct cc_peers){ 0 };
}

void cc_peers_forget_lack(struct cc_peers *peers)
{
	cc_peer_import_clear(&peers->lacking);
	peers->is_lacking = false;
}

static int note_lack(struct cc_peers *peers, const struct cc_peer_lookup *lookup,
		     struct cc_err *err)
{
	const struct cc_secret_import *import = lookup->entry->import;
	struct cc_peer_import *lacking = &peers->lacking;

	cc_peers_forget_lack(peers);
	lacking->policy_hash = lookup->asker->hash;
	lacking->class = lookup->class;
	lacking->session_hash = import->session_hash;
	CC_TRY(cc_str_dup(lookup->asker->policy->name, &lacking->policy, err));
	CC_TRY(cc_str_dup(lookup->entry->name, &lacking->name, err));
	CC_TRY(cc_str_dup(import->session, &lacking->session, err));
	CC_TRY(cc_str_dup(import->secret, &lacking->secret, err));
	CC_TRY(cc_str_dup(import->cas.url, &lacking->url, err));
	lacking->cas = import->cas;
	lacking->cas.url = lacking->url;
	peers->is_lacking = true;
	return 0;
}

/* Of this version of the policy: another one may import from elsewhere. */
static bool is_for(const struct cc_peer_value *value, const struct cc_peer_lookup *lookup)
{
	return cc_str_eq(value->policy, lookup->asker->policy->name) &&
	       cc_str_eq(value->name, lookup->entry->name) && value->class == lookup->class &&
	       cc_digest_eq(&value->policy_hash, &lookup->asker->hash);
}

int cc_peers_find(struct cc_peers *peers, const struct cc_peer_lookup *lookup,
		  struct cc_secret_found *out, struct cc_err *err)
{
	const struct cc_peer_value *value = peers->values;

	while (value != NULL && !is_for(value, lookup))
		value = value->next;
	if (value == NULL) {
		CC_TRY(note_lack(peers, lookup, err));
		return cc_fail(err, CC_E_UNAVAILABLE,
			       "secret '%.128s' is not fetched from '%.128s'", lookup->entry->name,
			       lookup->entry->import->cas.url);
	}
	/* What a weaker platform says is believed by who tolerates it. */
	if (cc_decide_class(lookup->asker->policy, value->giver.class, err) != 0)
		return cc_wrap(err, "secret '%.128s' comes from CAS '%.128s'", lookup->entry->name,
			       lookup->entry->import->cas.url);
	*out = (struct cc_secret_found){ &value->value, value->has_key ? &value->key : NULL };
	return 0;
}

static int read_given(struct cc_peer_value *value, const struct cc_peer_import *import,
		      struct cc_span bytes, struct cc_err *err)
{
	struct cc_peer_given given = { 0 };

	CC_TRY(cc_peer_given_parse(bytes, &given, err));
	/* The giver was asked for this version; what it says it gave from must be the same. */
	if (import->session_hash.is_set &&
	    !cc_span_eq(given.session_hash, CC_DIGEST_SPAN(import->session_hash.digest)))
		return cc_fail(
			err, CC_E_EVIDENCE,
			"the secret comes from another version of '%.128s' than the pinned one",
			import->session);
	CC_TRY(cc_secret_value_parse(given.value, &value->value, err));
	value->has_key = given.key.len != 0;
	return value->has_key ? cc_secret_value_parse(given.key, &value->key, err) : 0;
}

int cc_peers_add(struct cc_peers *peers, const struct cc_peer_import *import,
		 const struct cc_peer_giver *giver, struct cc_span given, struct cc_err *err)
{
	struct cc_peer_value *value = NULL;

	if (peers->count == CC_PEER_VALUES_MAX)
		return cc_fail(err, CC_E_LIMIT, "a start needs more than %d secrets of other CASes",
			       CC_PEER_VALUES_MAX);
	value = calloc(1, sizeof(*value));
	if (value == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a secret");
	value->policy_hash = import->policy_hash;
	value->class = import->class;
	value->giver = *giver;
	if (cc_str_dup(import->policy, &value->policy, err) != 0 ||
	    cc_str_dup(import->name, &value->name, err) != 0 ||
	    read_given(value, import, given, err) != 0) {
		free_value(value);
		return -1;
	}
	value->next = peers->values;
	peers->values = value;
	peers->count++;
	return 0;
}

int cc_peer_check(const struct cc_document *document, const struct cc_claims *claims,
		  struct cc_err *err)
{
	const struct cc_tolerance none = { 0 };
	const struct cc_document_shown shown = {
		.class = cc_class_name(claims->class),
		.is_simulated = claims->class == CC_CLASS_SIMULATED,
		.measurement = cc_span(claims->measurement, claims->measurement_len),
	};

	CC_TRY(cc_claims_platform(claims, &none, err));
	return cc_document_fits(document, &shown, err);
}

int cc_peer_pinned(const struct cc_peer_import *import, const struct cc_document *document,
		   const struct cc_claims *claims, struct cc_err *err)
{
	struct cc_digest software = { 0 };

	CC_TRY(cc_software_key(cc_platform_name(claims->platform),
			       cc_span(claims->measurement, claims->measurement_len), &software,
			       err));
	if (cc_cas_is_pinned(&import->cas, &document->key_hash, &software))
		return 0;
	cc_err_set(err, CC_E_DENIED, "it is not the CAS that policy '%.128s' pins", import->policy);
	return cc_hint(err, "its owner compares cas_key and cas_software_key with 'concordat cas "
			    "attest' there");
}

int cc_peer_seen(struct cc_state *state, const struct cc_digest *cas_key, struct cc_tree_head *out,
		 struct cc_err *err)
{
	struct cc_rec_peer row = { 0 };
	char key[CC_HEX_DIGEST];
	bool found = false;

	cc_hex_digest(cas_key, key);
	CC_TRY(cc_state_find(state, &cc_rec_peer, key, &row, &found, err));
	*out = (struct cc_tree_head){ 0 };
	if (!found)
		return 0;
	out->size = row.size;
	memcpy(out->root.b, row.root, sizeof(out->root.b));
	return 0;
}

static int is_stale(const struct cc_tree_head *seen, const struct cc_tree_head *head,
		    const char *what, struct cc_err *err)
{
	cc_err_set(err, CC_E_STALE, "its ledger has %llu entries, %s: we have seen one of %llu",
		   (unsigned long long)head->size, what, (unsigned long long)seen->size);
	return cc_hint(err,
		       "believe nothing it says before its operator has explained this: it was "
		       "rolled back, or this is a copy of it");
}

int cc_peer_follows(const struct cc_tree_head *seen, const struct cc_tree_head *head,
		    const struct cc_tree_proof *proof, struct cc_err *err)
{
	if (seen->size == 0)
		return 0;
	if (head->size < seen->size)
		return is_stale(seen, head, "an older state", err);
	if (head->size == seen->size)
		return cc_digest_eq(&head->root, &seen->root)
			       ? 0
			       : is_stale(seen, head, "another state", err);
	if (cc_tree_check_consistency(seen, head, proof, err) == 0)
		return 0;
	return is_stale(seen, head, "which do not continue what we know", err);
}

int cc_peers_remember(const struct cc_peers *peers, struct cc_state *state, struct cc_err *err)
{
	for (const struct cc_peer_value *at = peers->values; at != NULL; at = at->next) {
		struct cc_rec_peer row = { .size = at->giver.head.size };
		struct cc_tree_head seen = { 0 };
		char key[CC_HEX_DIGEST];

		/* Another start may have gone further meanwhile: the greatest stays. */
		CC_TRY(cc_peer_seen(state, &at->giver.cas_key, &seen, err));
		if (seen.size >= row.size)
			continue;
		memcpy(row.root, at->giver.head.root.b, sizeof(row.root));
		cc_hex_digest(&at->giver.cas_key, key);
		CC_TRY(cc_state_put(state, &cc_rec_peer, key, &row, err));
	}
	return 0;
}

int cc_peers_describe(const struct cc_peers *peers, struct cc_json *fields, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (peers->values == NULL)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (const struct cc_peer_value *at = peers->values; at != NULL; at = at->next) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_set_hex(one, "cas_key", CC_DIGEST_SPAN(at->giver.cas_key), err));
		CC_TRY(cc_json_set_u64(one, "index", at->giver.index, err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return cc_json_set(fields, "peers", CC_TAKE(list), err);
}
