/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much DER (X.690) as certificates and their extensions need: definite lengths in their
 * shortest form and of at most 64 KiB, single-byte tags, no recursion. It borrows from the input
 * and allocates nothing.
 */
#ifndef CC_CRYPTO_DER_H
#define CC_CRYPTO_DER_H

#include "base/span.h"

enum cc_der_tag {
	CC_DER_BOOLEAN = 0x01,
	CC_DER_INTEGER = 0x02,
	CC_DER_BITS = 0x03,
	CC_DER_OCTETS = 0x04,
	CC_DER_OID = 0x06,
	CC_DER_ENUMERATED = 0x0a,
	CC_DER_UTF8 = 0x0c,
	CC_DER_PRINTABLE = 0x13,
	CC_DER_IA5 = 0x16,
	CC_DER_UTC_TIME = 0x17,
	CC_DER_TIME = 0x18, /* GeneralizedTime */
	CC_DER_SEQUENCE = 0x30,
	CC_DER_SET = 0x31,
	CC_DER_IMPLICIT_0 =
		0x80, /* what a context gives these numbers to, without elements in it */
	CC_DER_IMPLICIT_6 = 0x86,
	CC_DER_CONTEXT_0 = 0xa0, /* the same with elements */
	CC_DER_CONTEXT_3 = 0xa3,
};

/* The content of the next element, which must have this tag. `what` names it. CC_E_EVIDENCE. */
int cc_der_read(struct cc_reader *r, enum cc_der_tag tag, const char *what, struct cc_span *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
/* The same; `whole` is the element with its tag and length. */
int cc_der_read_whole(struct cc_reader *r, enum cc_der_tag tag, const char *what,
		      struct cc_span *whole, struct cc_span *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The content of the one element that `bytes` are. */
int cc_der_read_sole(struct cc_span bytes, enum cc_der_tag tag, const char *what,
		     struct cc_span *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether there is a next element and it has this tag. */
bool cc_der_is_next(const struct cc_reader *r, enum cc_der_tag tag) CC_NONNULL;
/* A non-negative INTEGER or ENUMERATED of at most `max`. */
int cc_der_read_number(struct cc_reader *r, enum cc_der_tag tag, const char *what, uint64_t max,
		       uint64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_der_read_bool(struct cc_reader *r, const char *what, bool *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
