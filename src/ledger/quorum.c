/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "crypto/kdf.h"
#include "ledger/checkpoint.h"

size_t cc_quorum_least(size_t witnesses, size_t faulty)
{
	size_t least = (witnesses + faulty) / 2 + 1;

	return faulty < witnesses && least <= witnesses ? least : 0;
}

static int check_pair(const struct cc_note_key *a, const struct cc_note_key *b, struct cc_err *err)
{
	/* One witness under two names would count twice. */
	if (memcmp(a->key, b->key, sizeof(a->key)) == 0)
		return cc_fail(err, CC_E_ARG, "witnesses '%s' and '%s' have the same key", a->name,
			       b->name);
	if (cc_str_eq(a->name, b->name))
		return cc_fail(err, CC_E_ARG, "two witnesses have the name '%s'", a->name);
	return 0;
}

int cc_quorum_check(const struct cc_quorum *quorum, struct cc_err *err)
{
	if (quorum->count > CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu witnesses, at most %d are supported",
			       quorum->count, CC_WITNESSES_MAX);
	if (quorum->needed == 0 || quorum->needed > quorum->count)
		return cc_fail(err, CC_E_ARG, "a quorum of %zu cannot be had from %zu witnesses",
			       quorum->needed, quorum->count);
	for (size_t i = 0; i < quorum->count; i++) {
		if (quorum->keys[i].kind != CC_NOTE_COSIGNATURE)
			return cc_fail(err, CC_E_ARG, "key of '%s' is not a witness's",
				       quorum->keys[i].name);
		for (size_t k = 0; k < i; k++)
			CC_TRY(check_pair(&quorum->keys[k], &quorum->keys[i], err));
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct cc_note_key *left = a, *right = b;

	return memcmp(left->key, right->key, sizeof(left->key));
}

int cc_quorum_hash(const struct cc_quorum *quorum, struct cc_digest *out, struct cc_err *err)
{
	struct cc_note_key sorted[CC_WITNESSES_MAX] = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (quorum->count > CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu witnesses", quorum->count);
	for (size_t i = 0; i < quorum->count; i++)
		sorted[i] = quorum->keys[i];
	qsort(sorted, quorum->count, sizeof(sorted[0]), by_key);
	CC_TRY(cc_buf_add_sized(&text, cc_span_str("concordat quorum 1"), err));
	CC_TRY(cc_buf_add_u32be(&text, (uint32_t)quorum->needed, err));
	CC_TRY(cc_buf_add_u32be(&text, (uint32_t)quorum->count, err));
	for (size_t i = 0; i < quorum->count; i++) {
		CC_TRY(cc_buf_add_sized(&text, cc_span_str(sorted[i].name), err));
		CC_TRY(cc_buf_add_sized(&text, CC_SPAN(sorted[i].key), err));
	}
	return cc_sha256(cc_buf_span(&text), out, err);
}

int cc_quorum_count(const struct cc_quorum *quorum, const struct cc_note *note,
		    struct cc_cosigned *out, struct cc_err *err)
{
	struct cc_cosigned cosigned = { 0 };

	if (quorum->count > CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu witnesses", quorum->count);
	for (size_t i = 0; i < quorum->count; i++) {
		struct cc_err why = { 0 };

		cosigned.by[i] =
			cc_note_verify(note, &quorum->keys[i], &cosigned.times[i], &why) == 0;
		if (!cosigned.by[i] && why.code != CC_E_NOTFOUND && why.code != CC_E_EVIDENCE) {
			*err = why;
			return cc_wrap(err, "cosignature of '%s'", quorum->keys[i].name);
		}
		cosigned.count += cosigned.by[i] ? 1 : 0;
	}
	*out = cosigned;
	return 0;
}

int cc_quorum_require(const struct cc_quorum *quorum, const struct cc_cosigned *cosigned,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	const char *text = NULL;

	if (cosigned->count >= quorum->needed)
		return 0;
	for (size_t i = 0; i < quorum->count; i++)
		if (!cosigned->by[i])
			CC_TRY(cc_buf_addf(&names, err, "%s'%s'", names.len != 0 ? ", " : "",
					   quorum->keys[i].name));
	CC_TRY(cc_buf_str(&names, &text, err));
	cc_err_set(err, CC_E_UNAVAILABLE, "%zu of %zu witnesses co-signed, missing are %.300s",
		   cosigned->count, quorum->needed, text);
	return cc_hint(err, "start or reach the missing witnesses, then try again");
}

static int newest_first(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? 1 : left > right ? -1 : 0;
}

uint64_t cc_cosigned_time(const struct cc_cosigned *cosigned, size_t faulty)
{
	uint64_t times[CC_WITNESSES_MAX] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < CC_WITNESSES_MAX; i++)
		if (cosigned->by[i])
			times[count++] = cosigned->times[i];
	qsort(times, count, sizeof(times[0]), newest_first);
	return faulty < count ? times[faulty] : 0;
}

int cc_ledger_key(const struct cc_secret *root, const struct cc_digest *quorum, const char *label,
		  struct cc_secret **out, struct cc_err *err)
{
	return cc_hkdf(root, CC_DIGEST_SPAN(*quorum), cc_span_str(label), 32, out, err);
}
