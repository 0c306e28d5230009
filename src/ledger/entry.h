/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ledger entries: one canonical JSON object (RFC 8785) for each decision.
 *
 *     {"index": n, "state": hex, "time": RFC 3339, "type": "run.open", …}
 *
 * `state` is the state root after the entry's changes. What else an entry says
 * depends on its type and is the caller's; what must stay private goes in as a
 * salted commitment, and the salt into a sealed row.
 */
#ifndef CC_LEDGER_ENTRY_H
#define CC_LEDGER_ENTRY_H

#include "codec/json.h"
#include "ledger/tile.h"

#define CC_ENTRY_TYPE_MAX 31

struct cc_entry {
	uint64_t index;
	int64_t time;
	char type[CC_ENTRY_TYPE_MAX + 1]; /* lower-case words joined by dots */
	struct cc_digest state;
	struct cc_json *fields; /* owned: all members, the four included */
};
#define CC_AUTO_ENTRY CC_CLEANUP(cc_entry_clear)
void cc_entry_clear(struct cc_entry *entry) CC_NONNULL;

/*
 * The entry's bytes, added to `out`: the members of `fields` (an object, or NULL)
 * and the four of `entry` (whose own `fields` are not looked at). A member that
 * has one of the four names is CC_E_ARG; over CC_ENTRY_MAX bytes CC_E_TOOBIG.
 */
int cc_entry_make(const struct cc_entry *entry, const struct cc_json *fields, struct cc_buf *out,
		  struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));
/* Only the canonical form is an entry: another spelling is CC_E_ARG. */
int cc_entry_parse(struct cc_span bytes, struct cc_entry *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* 32 random bytes that make a commitment hiding. */
struct cc_salt {
	uint8_t b[32];
};
int cc_salt_new(struct cc_salt *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* SHA-256 over label, what it is about, salt and value, each with its length. */
int cc_commit(const char *about, const struct cc_salt *salt, struct cc_span value,
	      struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
