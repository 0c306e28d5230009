/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event logs of measured boot in the crypto-agile form (TCG, "PC Client Platform Firmware Profile"
 * 1.05, section 10; little-endian): what firmware and boot loader extended PCRs with. The CCEL of a
 * TD has the same form (Intel, "GHCI" 4.3.3) with index 1 to 4 for RTMR 0 to 3.
 *
 * Only digests are authenticated, by a quote of the registers that they lead to. What an event says
 * in words is anybody's unless its digest is the hash of these very words.
 */
#ifndef CC_EVIDENCE_EVENT_LOG_H
#define CC_EVIDENCE_EVENT_LOG_H

#include "crypto/hash.h"
#include "evidence/claims.h"

#define CC_EVENT_LOG_MAX ((size_t)1024 * 1024)
#define CC_EVENT_BANKS 8
#define CC_EVENT_REGISTERS 24

/* TCG_EventType: those that have a meaning here. */
#define CC_EVENT_NO_ACTION 3U
#define CC_EVENT_SEPARATOR 4U
#define CC_EVENT_EFI_ACTION 0x80000007U

/* Borrows from the log; digests are in the order of the log's banks, empty when not there. */
struct cc_event {
	uint32_t index, type;
	struct cc_span digests[CC_EVENT_BANKS], data;
};

/* A log that is read from front to back. */
struct cc_event_log {
	struct cc_reader rest;
	struct {
		uint16_t alg, len;
	} banks[CC_EVENT_BANKS];
	size_t bank_count;
};

/*
 * The header, an event in SHA-1's form that says which banks there are. CC_E_ARG, CC_E_TOOBIG over
 * CC_EVENT_LOG_MAX, CC_E_UNSUPPORTED for a log that has SHA-1 alone.
 */
int cc_event_log_open(struct cc_span bytes, struct cc_event_log *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The next event, and whether there was one: tables of firmware are filled up by 00h or ffh. */
int cc_event_log_next(struct cc_event_log *log, struct cc_event *out, bool *found,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* What the events of one bank lead to. */
struct cc_replay {
	enum cc_hash bank;
	struct cc_hashed at[CC_EVENT_REGISTERS];
	uint32_t extended;  /* 1u << index of each that an event extended */
	uint32_t separated; /* of each whose firmware said that it hands over */
	uint32_t exited;    /* where it said that its services ended: PCR 5, or index 2 */
};
/* CC_E_NOTFOUND when the log has no such bank. */
int cc_event_log_replay(struct cc_span bytes, enum cc_hash bank, struct cc_replay *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* The digests in `bank` of the events that extend these registers, 1u << index of each. */
int cc_event_log_digests(struct cc_span bytes, enum cc_hash bank, uint32_t registers,
			 struct cc_events *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
