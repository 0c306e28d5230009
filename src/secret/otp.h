/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time passwords (RFC 6238: HMAC-SHA-1, 6 digits, steps of 30 seconds) as a second factor of a
 * start (scone.md 1.15.1). The step before and the one after the present count too: clocks differ
 * and people type slowly.
 */
#ifndef CC_SECRET_OTP_H
#define CC_SECRET_OTP_H

#include "base/secret.h"

#define CC_OTP_DIGITS 6
#define CC_OTP_STEP 30
#define CC_OTP_SECRET_LEAST 16 /* bytes (RFC 4226, R6) */

/*
 * The shared secret of a policy: base32 (padding may be missing, case and spaces do not count), or
 * raw bytes that a binary secret holds.
 */
int cc_otp_secret_from_text(struct cc_span text, struct cc_secret **out,
			    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Which step the password is of: whoever accepts it remembers the step and takes none that is not
 * newer. CC_E_DENIED in SCONE's words when it is of none.
 */
int cc_otp_check(const struct cc_secret *secret, struct cc_span password, int64_t now,
		 uint64_t *step, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
