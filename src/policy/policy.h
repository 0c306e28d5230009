/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies: text in, typed model, canonical form and hash out. All pure.
 *
 *     text ── cc_policy_parse ──▶ model ── cc_policy_print ──▶ canonical form ──▶ hash
 *
 * The language is described by policy(5), the canonical form by
 * docs/format/policy.md. Decisions about a model are in decide.h and plan.h.
 */
#ifndef CC_POLICY_POLICY_H
#define CC_POLICY_POLICY_H

#include "base/buf.h"
#include "codec/json.h"
#include "policy/model.h"

#define CC_AUTO_POLICY CC_CLEANUP(cc_policy_auto)

/*
 * Read and check a policy: at most 1 MiB, depth 64, 10,000 nodes, names of 512
 * bytes. CC_E_ARG names line, column and key of the first error, its hint the
 * nearest known key; CC_E_UNSUPPORTED a part of the language that this version
 * lacks. What is no error but worth saying is in `findings`.
 */
int cc_policy_parse(struct cc_span text, struct cc_policy **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * All mistakes of a text that can be told apart, each with its place, in their order; at most
 * CC_MISTAKES_MAX. None: cc_policy_parse takes it. What is wrong with the policy as a whole is
 * looked for when each of its keys can be read.
 */
#define CC_MISTAKES_MAX 32
struct cc_mistakes {
	struct cc_err at[CC_MISTAKES_MAX];
	size_t count;
};
void cc_policy_mistakes(struct cc_span text, struct cc_mistakes *out) CC_NONNULL;
void cc_policy_free(struct cc_policy *policy);
static inline void cc_policy_auto(struct cc_policy **policy)
{
	cc_policy_free(*policy);
}

/* Add the canonical form (RFC 8785 JSON). It is itself a policy text with the same meaning. */
int cc_policy_print(const struct cc_policy *policy, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * For people: the canonical form with its members in the order of the language's tables, which is
 * that of SCONE's `session read`. With `defaults` also what is the same as its default, but of
 * secrets, whose keys depend on their kind. It is a policy with the same hash.
 */
int cc_policy_show(const struct cc_policy *policy, bool defaults, struct cc_json **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The policy hash: SHA-256("concordat policy 1\n" ‖ canonical form). */
int cc_policy_hash(const struct cc_policy *policy, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The config digest of one of its services: SHA-256("concordat config 1\n" ‖ canonical JSON) of
 * what the runtime runs it by (docs/format/policy.md). Secrets are in it by name: what a value
 * decides, who gives the secret decides.
 */
int cc_policy_config(const struct cc_policy *policy, const struct cc_service *service,
		     struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Where the fragments of variables come from. */
struct cc_lookup {
	/*
	 * Add the JSON of "name" or "name:format", as the policy sees it: a fragment whose own
	 * references were resolved where it is defined. CC_E_NOTFOUND when there is none.
	 */
	int (*find)(void *context, const char *name, struct cc_buf *json, struct cc_err *err);
	void *context;
};

/* Is there any place in it where a fragment stands? */
bool cc_policy_has_variables(const struct cc_policy *policy) CC_NONNULL;
/*
 * The effective policy: fragments in the places of variables, read like any policy text. A
 * list in a list is merged into it. A variable whose fragment cannot be had stays, and a finding
 * says why: it grants nothing, is nobody in access rules, and what rests on it does not start. When
 * fragments do not fit where they stand, or hold variables themselves, all of them stay but those
 * of access rules. There are at most 1 MiB of fragments. The hash of a policy is never that of its
 * effective policy. It fails when we do: CC_E_SYSTEM, _TAMPERED, _BUG.
 */
int cc_policy_resolve(const struct cc_policy *policy, const struct cc_lookup *lookup,
		      struct cc_policy **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The same with the fragments that the policy itself says, as far as one knows without a CAS. */
int cc_policy_resolve_alone(const struct cc_policy *policy, struct cc_policy **out,
			    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * May this text follow the version with the hash `active` (NULL: the name is new)?
 * CC_E_CONFLICT when its `predecessor` says otherwise.
 */
int cc_policy_follows(const struct cc_policy *policy, const struct cc_digest *active,
		      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3)));

/* By name, or NULL. */
const struct cc_service *cc_policy_service(const struct cc_policy *policy,
					   const char *name) CC_NONNULL;
const struct cc_image *cc_policy_image(const struct cc_policy *policy, const char *name) CC_NONNULL;
const struct cc_volume_entry *cc_policy_volume(const struct cc_policy *policy,
					       const char *name) CC_NONNULL;
const struct cc_secret_entry *cc_policy_secret(const struct cc_policy *policy,
					       const char *name) CC_NONNULL;

#define CC_HOST_ARGUMENTS_MAX 64
/* Is the word "@@N", the N-th argument that the host gives (scone.md 1.6)? N is from 1 to 64. */
bool cc_host_argument(const char *word, uint64_t *position) CC_NONNULL;
/* Is the key "\@\@NAME", a variable that the host gives? Its name, or NULL. */
const char *cc_host_variable(const char *key) CC_NONNULL;

/* Split a command at white space outside quotes: 'a b' and "a b" are one word each. */
struct cc_words {
	char **at;
	size_t count;
};
void cc_words_clear(struct cc_words *words) CC_NONNULL;
int cc_command_split(struct cc_span text, struct cc_words *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
