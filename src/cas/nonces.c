/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/nonces.h"

#include "base/secret.h"

#define SLOTS 4 /* of a bucket */
#define BUCKETS (CC_NONCES_MAX / SLOTS)

struct slot {
	struct cc_digest nonce;
	uint64_t drawn_ms;
	bool alive;
};

/* A nonce's first bytes name its bucket: they are random, so buckets fill alike. */
struct cc_nonces {
	struct slot slots[BUCKETS][SLOTS];
};

int cc_nonces_new(struct cc_nonces **out, struct cc_err *err)
{
	struct cc_nonces *nonces = calloc(1, sizeof(*nonces));

	if (nonces == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for nonces");
	*out = nonces;
	return 0;
}

void cc_nonces_free(struct cc_nonces *nonces)
{
	free(nonces);
}

static struct slot *bucket(struct cc_nonces *nonces, const struct cc_digest *nonce)
{
	return nonces->slots[(nonce->b[0] << 8 | nonce->b[1]) % BUCKETS];
}

int cc_nonces_draw(struct cc_nonces *nonces, uint64_t now_ms, struct cc_digest *out,
		   struct cc_err *err)
{
	struct slot *slots = NULL, *oldest = NULL;
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_random(CC_MUT(nonce.b), err));
	slots = bucket(nonces, &nonce);
	oldest = &slots[0];
	for (size_t i = 1; i < SLOTS; i++)
		if (oldest->alive && (!slots[i].alive || slots[i].drawn_ms < oldest->drawn_ms))
			oldest = &slots[i];
	*oldest = (struct slot){ nonce, now_ms, true };
	*out = nonce;
	return 0;
}

int cc_nonces_take(struct cc_nonces *nonces, const struct cc_digest *nonce, uint64_t now_ms,
		   struct cc_err *err)
{
	struct slot *slots = bucket(nonces, nonce);

	for (size_t i = 0; i < SLOTS; i++) {
		if (!slots[i].alive || !cc_digest_eq(&slots[i].nonce, nonce))
			continue;
		slots[i].alive = false;
		if (now_ms - slots[i].drawn_ms <= CC_NONCE_LIFE_MS)
			return 0;
		break;
	}
	cc_err_set(err, CC_E_STALE, "the nonce is unknown, used or older than 60 seconds");
	return cc_hint(err, "ask for a new challenge and try again");
}
