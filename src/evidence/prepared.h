/* SPDX-License-Identifier: Apache-2.0 */
/* What evidence.h lets be proven beforehand, as those see it who use it. */
#ifndef CC_EVIDENCE_PREPARED_H
#define CC_EVIDENCE_PREPARED_H

#include "crypto/checked.h"

struct cc_dcap_prepared; /* dcap.h */

struct cc_prepared {
	struct cc_dcap_prepared *intel; /* of SGX and TDX; or NULL */
	struct cc_checked checked;
};

#endif
