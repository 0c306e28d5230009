/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/nonces.h"

#include "base/secret.h"

#define SLOTS 4 /* of a bucket */
#define BUCKETS (CC_NONCES_MAX / SLOTS)

struct slot {
	struct cc_digest value;
	uint64_t since_ms;
	bool alive;
};

/* Its first bytes name a value's bucket: they are random, so buckets fill alike. */
struct cc_nonces {
	struct slot slots[BUCKETS][SLOTS];
	struct slot connections[BUCKETS][SLOTS];
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

static struct slot *bucket(struct slot (*buckets)[SLOTS], const struct cc_digest *value)
{
	return buckets[(value->b[0] << 8 | value->b[1]) % BUCKETS];
}

static struct slot *find(struct slot *slots, const struct cc_digest *value)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].alive && cc_digest_eq(&slots[i].value, value))
			return &slots[i];
	return NULL;
}

/* In place of one that is dead, else of the oldest. */
static void keep(struct slot *slots, const struct cc_digest *value, uint64_t now_ms)
{
	struct slot *oldest = &slots[0];

	for (size_t i = 1; i < SLOTS; i++)
		if (oldest->alive && (!slots[i].alive || slots[i].since_ms < oldest->since_ms))
			oldest = &slots[i];
	*oldest = (struct slot){ *value, now_ms, true };
}

int cc_nonces_draw(struct cc_nonces *nonces, uint64_t now_ms, struct cc_digest *out,
		   struct cc_err *err)
{
	struct cc_digest nonce = { 0 };

	CC_TRY(cc_random(CC_MUT(nonce.b), err));
	keep(bucket(nonces->slots, &nonce), &nonce, now_ms);
	*out = nonce;
	return 0;
}

int cc_nonces_take(struct cc_nonces *nonces, const struct cc_digest *nonce, uint64_t now_ms,
		   struct cc_err *err)
{
	struct slot *slot = find(bucket(nonces->slots, nonce), nonce);

	if (slot != NULL) {
		slot->alive = false;
		if (now_ms - slot->since_ms <= CC_NONCE_LIFE_MS)
			return 0;
	}
	cc_err_set(err, CC_E_STALE, "the nonce is unknown, used or older than 60 seconds");
	return cc_hint(err, "ask for a new challenge and try again");
}

int cc_nonces_take_connection(struct cc_nonces *nonces, const struct cc_digest *exporter,
			      uint64_t now_ms, struct cc_err *err)
{
	struct slot *slots = bucket(nonces->connections, exporter);

	if (find(slots, exporter) == NULL) {
		keep(slots, exporter, now_ms);
		return 0;
	}
	cc_err_set(err, CC_E_STALE, "this connection has attested before");
	return cc_hint(err, "open another connection and attest over that");
}
