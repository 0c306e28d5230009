/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints (c2sp.org/tlog-checkpoint): the signed head of a log, and the
 * cosignatures (c2sp.org/tlog-cosignature) of the witnesses that saw it extend
 * what they had seen before.
 *
 * A head is believed when the log's key signed it and a quorum of the witnesses
 * co-signed it. Signature lines of other keys are ignored, as the format asks.
 */
#ifndef CC_LEDGER_CHECKPOINT_H
#define CC_LEDGER_CHECKPOINT_H

#include "base/secret.h"
#include "codec/note.h"
#include "ledger/tree.h"

#define CC_ORIGIN_MAX CC_NOTE_NAME_MAX
#define CC_WITNESSES_MAX 32

struct cc_checkpoint {
	char origin[CC_ORIGIN_MAX + 1];
	struct cc_tree_head head;
};

/* The three lines of a checkpoint, added to `out`. */
int cc_checkpoint_print(const struct cc_checkpoint *checkpoint, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The text of a note. Extension lines may follow; they are not looked into. */
int cc_checkpoint_parse(struct cc_span text, struct cc_checkpoint *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * A whole checkpoint that this log has signed. CC_E_EVIDENCE when the origin is
 * another one or the key's signature does not verify; CC_E_NOTFOUND when the key
 * has not signed. `note` borrows `bytes`.
 */
int cc_checkpoint_open(struct cc_span bytes, const struct cc_note_key *log,
		       struct cc_checkpoint *out, struct cc_note *note,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Sign a checkpoint whose origin is the key's name; the note is added to `out`. */
int cc_checkpoint_sign(const struct cc_checkpoint *checkpoint, const struct cc_note_key *log,
		       const struct cc_key *secret, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/* Witnesses and how many of them must have signed; 0 of none is a development CAS. */
struct cc_quorum {
	const struct cc_note_key *keys;
	size_t count;
	size_t needed;
};
/*
 * The least quorum for n witnesses of which f may lie: more than (n + f) / 2.
 * 0 when no quorum can be had (n + f must be below 2n).
 */
size_t cc_quorum_least(size_t witnesses, size_t faulty);
/* No key or name twice, cosignature keys only, 0 < needed <= count <= CC_WITNESSES_MAX. */
int cc_quorum_check(const struct cc_quorum *quorum, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * SHA-256 over the set and the number needed, the same for every order of keys.
 * It enters the derivation of log and row keys (see cc_ledger_key).
 */
int cc_quorum_hash(const struct cc_quorum *quorum, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* Which of the quorum's keys have co-signed a note. */
struct cc_cosigned {
	bool by[CC_WITNESSES_MAX];
	uint64_t times[CC_WITNESSES_MAX]; /* of those that have */
	size_t count;
};
/* A cosignature that does not verify is as good as none. */
int cc_quorum_count(const struct cc_quorum *quorum, const struct cc_note *note,
		    struct cc_cosigned *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_UNAVAILABLE, with the names of the missing witnesses, when too few have. */
int cc_quorum_require(const struct cc_quorum *quorum, const struct cc_cosigned *cosigned,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The (faulty + 1)-th newest time that was co-signed: at least one honest witness
 * has seen it, so f liars cannot push it into the future. 0 when fewer signed.
 */
uint64_t cc_cosigned_time(const struct cc_cosigned *cosigned, size_t faulty) CC_NONNULL;

/*
 * A key of the ledger from the CAS's root key: HKDF-SHA256(root, quorum hash,
 * label), 32 bytes. A rolled-back witness set gives other keys, so what the
 * present keys sealed and signed does not pass under it. `label` is
 * "concordat row key 1" or "concordat log key 1".
 */
int cc_ledger_key(const struct cc_secret *root, const struct cc_digest *quorum, const char *label,
		  struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
