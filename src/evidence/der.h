/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much DER (X.690) as certificate extensions of platforms need: definite lengths
 * in their shortest form, single-byte tags, no recursion. It borrows from the input
 * and allocates nothing.
 */
#ifndef CC_EVIDENCE_DER_H
#define CC_EVIDENCE_DER_H

#include "base/span.h"

enum cc_der_tag {
	CC_DER_BOOLEAN = 0x01,
	CC_DER_INTEGER = 0x02,
	CC_DER_BITS = 0x03,
	CC_DER_OCTETS = 0x04,
	CC_DER_OID = 0x06,
	CC_DER_ENUMERATED = 0x0a,
	CC_DER_IA5 = 0x16,
	CC_DER_SEQUENCE = 0x30,
};

/* The content of the next element, which must have this tag. `what` names it. CC_E_EVIDENCE. */
int cc_der_read(struct cc_reader *r, enum cc_der_tag tag, const char *what, struct cc_span *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* A non-negative INTEGER or ENUMERATED of at most `max`. */
int cc_der_read_number(struct cc_reader *r, enum cc_der_tag tag, const char *what, uint64_t max,
		       uint64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_der_read_bool(struct cc_reader *r, const char *what, bool *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
