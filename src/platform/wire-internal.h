/* SPDX-License-Identifier: Apache-2.0 */
/* docs/protocol/platform.md: messages of the simulated platform, one a datagram (SEQPACKET). */
#ifndef CC_PLATFORM_WIRE_INTERNAL_H
#define CC_PLATFORM_WIRE_INTERNAL_H

#include "base/buf.h"

#define CC_WIRE_VERSION 1
#define CC_WIRE_CHALLENGE 32
#define CC_WIRE_REQUEST_MAX ((size_t)1 + CC_WIRE_CHALLENGE + 64 + 4)
#define CC_WIRE_REPLY_MAX ((size_t)64 * 1024)
#define CC_WIRE_TEXT_MAX ((size_t)512)

enum cc_wire_request {
	CC_WIRE_QUOTE = 1, /* 64 bytes of report data → quote */
	CC_WIRE_KEY,       /* label → 32 bytes */
	/* 64 bytes of report data → evidence of the kind, over the caller's measurement */
	CC_WIRE_TD_QUOTE,
	CC_WIRE_SNP_REPORT,
	CC_WIRE_TPM_QUOTE, /* the same and u32be: 1u << index of each PCR → the container */
};

enum cc_wire_reply {
	CC_WIRE_OK = 1,
	CC_WIRE_ERROR, /* sized(name of the code) ‖ sized(text) ‖ sized(hint) */
};

/* An error as the body of a reply, and back: the error of the other side becomes ours. */
int cc_wire_add_error(struct cc_buf *out, const struct cc_err *cause,
		      struct cc_err *err) CC_MUST CC_NONNULL;
int cc_wire_read_error(struct cc_span body, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
