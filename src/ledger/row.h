/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed rows: what the CAS keeps in a database that is the enemy's.
 *
 *     1 ‖ salt (32) ‖ version (u64be) ‖ ledger index (u64be) ‖ ciphertext ‖ tag (16)
 *
 * AES-256-GCM under HKDF-SHA256(row key, salt, "concordat row 1") with a nonce of
 * zeroes: the key is fresh for each row that is ever written, so no crash and no
 * restored database can repeat a (key, nonce) pair. The AAD binds the row to its
 * place: sized(table) ‖ sized(key) ‖ version ‖ ledger index.
 *
 * An open row was true once. That it is true now, its path in the state map says.
 */
#ifndef CC_LEDGER_ROW_H
#define CC_LEDGER_ROW_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define CC_ROW_KEY_LEN 32
#define CC_ROW_OVERHEAD ((size_t)(1 + 32 + 8 + 8 + 16))
#define CC_ROW_PLAIN_MAX ((size_t)4 * 1024 * 1024)
#define CC_ROW_MAX (CC_ROW_PLAIN_MAX + CC_ROW_OVERHEAD)

/* Where a row belongs, and which state of it this is. */
struct cc_row {
	const char *table;
	struct cc_span key;
	uint64_t version; /* 1, 2, … of this (table, key) */
	uint64_t index;   /* of the ledger entry that wrote it */
};

/* Added to `out`. `row_key` has CC_ROW_KEY_LEN bytes. */
int cc_row_seal(const struct cc_secret *row_key, const struct cc_row *row, struct cc_span plain,
		struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * `row` names table and key; version and index are filled in. The plaintext is
 * added to `out`, which wipes itself. CC_E_TAMPERED when the row is another one.
 */
int cc_row_open(const struct cc_secret *row_key, struct cc_row *row, struct cc_span sealed,
		struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* The row's value in the state map: SHA-256 over the sealed bytes. */
int cc_row_hash(struct cc_span sealed, struct cc_digest *out,
		struct cc_err *err) CC_MUST CC_NONNULL;

#endif
