/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CAS's own policy, named `cas`: made by `cas init`, its hash in the genesis
 * entry and in the CAS's certificate. Start options narrow it, never widen it.
 *
 * A JSON document, canonical when hashed:
 *
 *     {"azure": {"authority": host, "roots": PEM, "vaults": host},
 *      "measurements": [hex], "name": "cas.example",
 *      "roots": [{"class": "simulated", "key": hex, "label": text, "platform": "sgx"}],
 *      "version": 1, "witnesses": {"faulty": f, "quorum": q,
 *                                  "set": [{"key": vkey, "url": "http://…"}]}}
 *
 * `measurements` are those of the CAS itself: only they get its root key.
 * `roots` are those that evidence may end in; a simulated one is there only when
 * its owner put it there. `azure`, which may be absent, says where Microsoft's
 * services are and under which roots: here and not among the start options, for
 * whoever starts a CAS must not come between it and them. `witnesses.set` empty: a development CAS.
 */
#ifndef CC_CAS_POLICY_H
#define CC_CAS_POLICY_H

#include "crypto/exchange.h"
#include "evidence/roots.h"
#include "ledger/checkpoint.h"
#include "secret/azure.h"

#define CC_CAS_POLICY_MAX ((size_t)64 * 1024)
#define CC_CAS_MEASUREMENTS_MAX 16
#define CC_URL_MAX 256

/* Texts with their NUL; no roots: Azure is not asked. */
struct cc_cas_azure {
	char authority[CC_HOST_MAX + 1], vaults[CC_HOST_MAX + 1];
	char roots[CC_TRUST_PEM_MAX + 1];
};

struct cc_cas_policy {
	char name[CC_ORIGIN_MAX + 1];
	struct cc_digest measurements[CC_CAS_MEASUREMENTS_MAX];
	size_t measurement_count;
	struct cc_roots roots;
	struct cc_note_key witnesses[CC_WITNESSES_MAX];
	char urls[CC_WITNESSES_MAX][CC_URL_MAX];
	size_t witness_count, quorum, faulty;
	struct cc_cas_azure azure;
};

int cc_cas_policy_parse(struct cc_span text, struct cc_cas_policy *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Canonical. */
int cc_cas_policy_print(const struct cc_cas_policy *policy, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* SHA-256 over "concordat cas policy 1" and the canonical form, each with its length. */
int cc_cas_policy_hash(const struct cc_cas_policy *policy, struct cc_digest *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_ARG, CC_E_TOOBIG: no hosts, or no roots. */
int cc_cas_azure_set(const char *authority, const char *vaults, struct cc_span roots,
		     struct cc_cas_azure *out, struct cc_err *err) CC_MUST CC_NONNULL;
static inline struct cc_azure cc_cas_policy_azure(const struct cc_cas_policy *policy)
{
	return (struct cc_azure){ policy->azure.authority, policy->azure.vaults };
}
static inline struct cc_quorum cc_cas_policy_quorum(const struct cc_cas_policy *policy)
{
	return (struct cc_quorum){ policy->witnesses, policy->witness_count, policy->quorum };
}

#endif
