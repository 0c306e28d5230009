/* SPDX-License-Identifier: Apache-2.0 */
/* An event log of measured boot, told for people: what is in it, and what its events lead to. */
#ifndef CC_CLI_EVIDENCE_LOG_H
#define CC_CLI_EVIDENCE_LOG_H

#include "codec/json.h"

#define CC_EVIDENCE_BANK_ROOM 32
/* "sha256", or the number of an algorithm that has no name here. */
void cc_evidence_bank_name(uint16_t alg, char out[static CC_EVIDENCE_BANK_ROOM]);

bool cc_evidence_is_log(struct cc_span bytes);
/*
 * {"events": [{"index", "type", "sha256": hex, …, "text"?, "data"}],
 * "registers": {"sha256": {"0": hex, …}}}. A digest for each bank of the log, and
 * of the registers those that an event extended. `text` is there when one of the digests is that
 * of the data, which are printable: nothing else that a log says is measured. Without
 * `with_data` the bytes of the events are left out.
 */
int cc_evidence_log_describe(struct cc_span bytes, bool with_data, struct cc_json *json,
			     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
