/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy asks for beside evidence: a one-time password, and that both sides have the access
 * token of the service (scone.md 1.15).
 */
#ifndef CC_CAS_FACTORS_H
#define CC_CAS_FACTORS_H

#include "cas/vault.h"
#include "proto/release.h"

struct cc_factors {
	struct cc_state *state;
	struct cc_vault *vault;
	const struct cc_policy *policy; /* effective */
	const struct cc_service *service;
	const struct cc_attest *attest;
	const struct cc_digest64 *report_data;
};

/*
 * The password of a new attempt; the service's secret goes before the session's. Its step is
 * remembered, and no step that is not newer is taken again. CC_E_DENIED.
 */
int cc_factors_password(const struct cc_factors *factors, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The caller has the access token: CC_E_DENIED otherwise. `out` is then the CAS's own proof of it,
 * for the configuration; `*is_set` is false when the policy has no token.
 */
int cc_factors_access(const struct cc_factors *factors, struct cc_digest *out, bool *is_set,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
