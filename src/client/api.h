/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a CAS as a stakeholder: signed by its key, sealed to the keeper,
 * answered under the CAS key (docs/protocol/api.md section 1).
 *
 * What a CAS answers is believed because the keeper signed it, not because of
 * the TLS connection. The checkpoint that it shows is compared with the
 * greatest one seen before; an older or inconsistent one is CC_E_STALE.
 */
#ifndef CC_CLIENT_API_H
#define CC_CLIENT_API_H

#include "client/home.h"
#include "codec/json.h"
#include "crypto/hpke.h"

struct cc_api;
#define CC_AUTO_API CC_CLEANUP(cc_api_auto)

/* Connect and learn the keeper's HPKE key, which the CAS key has signed. */
int cc_api_open(const struct cc_home *home, const struct cc_known_cas *cas, struct cc_api **out,
		struct cc_err *err) CC_MUST CC_NONNULL;
void cc_api_free(struct cc_api *api);
static inline void cc_api_auto(struct cc_api **api)
{
	cc_api_free(*api);
}

/*
 * `body` may be NULL. The answer is an object; a refusal is an error with the CAS's words. What is
 * not a GET carries an Idempotency-Key of its own, so that it is asked once more, and done
 * once, when the connection is lost before the answer.
 */
int cc_api_call(struct cc_api *api, const char *method, const char *path,
		const struct cc_json *body, struct cc_json **answer, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 2, 3, 5, 6)));

/* The keeper's key that requests are sealed to; it stays the CAS's as long as its root key. */
const struct cc_hpke_public *cc_api_hpke(const struct cc_api *api) CC_NONNULL;
/* What GET /v1/cas said when the connection was opened. Borrowed. */
const struct cc_json *cc_api_cas(const struct cc_api *api) CC_NONNULL;

#endif
