/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decisions: a policy, what is known of who asks, a time in; yes or no out.
 *
 * All functions are pure. 0 means granted; -1 with CC_E_DENIED means refused,
 * the text says by which rule and the hint who can change it; CC_E_LIMIT is a
 * contract that is used up, CC_E_UNSUPPORTED a key of the policy that this
 * version could only drop. Nothing is granted by default.
 *
 * Other policies come through a lookup, so that the CAS (from its rows) and the
 * command line (from files) decide by the same code.
 */
#ifndef CC_POLICY_DECIDE_H
#define CC_POLICY_DECIDE_H

#include "evidence/roots.h"
#include "policy/policy.h"

/* A policy with what only its CAS knows of it. */
struct cc_known {
	const struct cc_policy *policy; /* lives until the decision is made */
	struct cc_digest hash;
	struct cc_digest creator; /* key hash of who created the first version, or signed it */
	bool transport;           /* all its versions came by TLS certificates alone */
};

/* Who asks, by what was proved. Nothing is: nobody. */
struct cc_identity {
	const struct cc_digest *key;     /* key hash of who makes the request; or NULL */
	const struct cc_digest *signers; /* key hashes of who signed the new version */
	size_t signer_count;             /* at most CC_SIGNERS_MAX */
};
#define CC_SIGNERS_MAX 63

struct cc_view {
	/* The active version; CC_E_NOTFOUND when there is none. */
	int (*find)(void *context, const char *name, struct cc_known *out, struct cc_err *err);
	/*
	 * The hash that `grantee` had when `giver` last consented, that is wrote its own
	 * policy or confirmed. `*is_recorded` is false when it never saw one.
	 */
	int (*consent)(void *context, const char *giver, const char *grantee, bool *is_recorded,
		       struct cc_digest *out, struct cc_err *err);
	void *context;
};

enum cc_right {
	CC_RIGHT_NONE = 0,
	CC_RIGHT_LIST,
	CC_RIGHT_READ,
	CC_RIGHT_CREATE_SESSIONS,
	CC_RIGHT_UPDATE,
	CC_RIGHT_OPEN, /* take the keys of its volumes out of attested runtimes: its creator alone
			*/
};

/*
 * May they do this? A key hash in the rules is met by the request, a signer by a signature,
 * the creator by either. A threshold of N takes N entries and N different keys: one key
 * counts once, however often it signed and in whatever role it is named.
 */
int cc_decide_access(const struct cc_known *known, enum cc_right right,
		     const struct cc_identity *who, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * The CAS's own standing: executions and rollback-protected volumes mean what
 * they say only where witnesses exist, so that a policy that has them needs
 * `tolerate: [unwitnessed]` where there are none.
 */
int cc_decide_cas(const struct cc_policy *policy, bool is_witnessed,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* What a service's program is known by, once its evidence matched an entry of the policy. */
struct cc_program {
	enum cc_class class;
	enum cc_platform_kind platform;
	bool is_authenticated; /* false only under `mode: none` */
	bool is_computed;      /* from runtime and content; else its owner alone says what it is */
	bool has_content;      /* computed, or its owner's word beside a bare measurement */
	struct cc_digest runtime, content;
};

/*
 * Question 3 of claims.h with what this policy puts up with at `now`: tolerate, advisories,
 * exceptions, minimum_tcb, maximum_vmpl. CC_E_DENIED.
 */
int cc_decide_platform(const struct cc_policy *policy, const struct cc_claims *claims, int64_t now,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * May who showed these (authentic, bound) claims be this service? Class, debug and
 * TCB status are measured against `tolerate`, the machine against `platforms`, the
 * measurement against all entries. `now` ends exceptions.
 */
int cc_decide_service(const struct cc_policy *policy, const struct cc_service *service,
		      const struct cc_claims *claims, int64_t now, struct cc_program *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * What one start shows: each authentic, and bound to the same report data, so that all speak of
 * one instance and its keys. That they are of one machine they do not say.
 */
struct cc_presented {
	const struct cc_claims *claims;
	size_t count; /* 1 or 2 */
	const struct cc_roots
		*roots; /* that the CAS's own policy names: they are counted by these */
};
/*
 * May who showed these be this service? Each of them alone must be accepted, as above; when the
 * policy asks for two independent roots, those in which they end must be (roots.h). The answer is
 * the same in whatever order they come: the program is known by the claims that say most of it,
 * `main`, and its class is the weakest, which is what still holds when one of two roots is broken.
 */
int cc_decide_start(const struct cc_policy *policy, const struct cc_service *service,
		    const struct cc_presented *presented, int64_t now, struct cc_program *out,
		    const struct cc_claims **main, struct cc_err *err) CC_MUST CC_NONNULL;
/* The class alone: whether the policy tolerates programs, or data going to programs, of it. */
int cc_decide_class(const struct cc_policy *policy, enum cc_class class,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* The part of it that needs no claims: nothing in the policy would have to be dropped. */
int cc_decide_usable(const struct cc_policy *policy, const struct cc_service *service,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* A service's use of a volume, resolved to the policy that owns it. */
struct cc_volume_use {
	const struct cc_mount *mount;
	const char *owner;                    /* name of the policy that owns the volume */
	const struct cc_volume_entry *volume; /* over there */
	const struct cc_export *export;       /* NULL when the owner is the service's policy */
	enum cc_access access;                /* what is granted; READ or WRITE */
	enum cc_update_policy update_policy;
};

/*
 * May service `service` of policy `known` have the volume that it mounts?
 * `program` NULL asks beforehand: whether any program that the policy accepts may.
 *
 * The owner must export the volume to this policy (and service), the pins must hold,
 * a program that is not computed needs `opaque: true`, and without a pinned
 * policy hash the policy must still be the one to which the owner consented.
 */
struct cc_volume_ask {
	const struct cc_known *known;
	const struct cc_service *service;
	const struct cc_mount *mount;
	const struct cc_program *program;
	enum cc_class class; /* without a program: where it will run; CC_CLASS_NONE: not known */
};
/* `volume` and `export` of `out` are borrowed from the owner's policy, as found by the view. */
int cc_decide_volume(const struct cc_view *view, const struct cc_volume_ask *ask,
		     struct cc_volume_use *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* An import of a secret, resolved to the policy that exports it. */
struct cc_secret_use {
	struct cc_known giver;
	const struct cc_secret_entry *secret; /* over there; it may be an import itself */
	const struct cc_secret_entry
		*key; /* of a certificate, when it is exported too, else NULL */
};
/*
 * May policy `asker` have the secret that its entry `mine` imports? The giver must export it to
 * this policy, by the pinned hash if there is one, or to a namespace around it; with a
 * `session_hash` in the import the giver's active version must be that one.
 */
int cc_decide_secret(const struct cc_view *view, const struct cc_known *asker,
		     const struct cc_secret_entry *mine, struct cc_secret_use *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* A policy at another CAS, as that CAS says and its evidence and key show it. */
struct cc_peer_policy {
	const char *name;
	struct cc_digest hash;
	struct cc_digest cas_key;      /* key hash of its CAS */
	struct cc_digest software_key; /* of the build that runs there (proto/peer.h) */
};
/*
 * May that policy have the secret `name` of `giver`? An export must name its CAS, by each of the
 * two keys that it gives, and the policy as in cc_decide_secret. `out->giver` is not filled in.
 */
int cc_decide_peer_secret(const struct cc_policy *giver, const struct cc_peer_policy *asker,
			  const char *name, struct cc_secret_use *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Is this CAS the one that the reference pins? It has a key at least (cc_check_cas). */
bool cc_cas_is_pinned(const struct cc_cas_ref *ref, const struct cc_digest *cas_key,
		      const struct cc_digest *software_key) CC_NONNULL;

/* Who runs a service: the policy of the workflow, or of whoever starts the service alone. */
struct cc_consumer {
	const char *policy;
	struct cc_digest creator;
	bool transport; /* on the word of a TLS certificate: no line that pins a creator is its */
};

/* How often a line was used: `used` counts what is complete, `open` what is reserved. */
typedef int cc_used_fn(void *context, const char *grant, uint64_t *used, uint64_t *open,
		       struct cc_err *err);

/*
 * The line of `executions` on whose account this consumer may run the service.
 * `*out` is NULL when nothing limits it. A line that names the consumer goes before
 * '*', then the smaller id. Expired and used up lines are passed over; CC_E_LIMIT
 * when all are used up, CC_E_EXPIRED when the last one ran out.
 */
struct cc_executions_ask {
	const struct cc_policy *policy;
	const struct cc_service *service;
	const struct cc_consumer *consumer;
	int64_t now;
	cc_used_fn *used;
	void *context;
};
int cc_decide_executions(const struct cc_executions_ask *ask, const struct cc_executions **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
