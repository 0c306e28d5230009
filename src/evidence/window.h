/* SPDX-License-Identifier: Apache-2.0 */
/* When a proof holds: the time asked about must lie within [from, until] of every part of it. */
#ifndef CC_EVIDENCE_WINDOW_H
#define CC_EVIDENCE_WINDOW_H

#include "crypto/x509.h"

struct cc_window {
	int64_t at, from, until; /* both ends included */
};

/* A part that holds no longer than this, whether `at` lies in it or not. */
void cc_window_cut(struct cc_window *w, int64_t from, int64_t until) CC_NONNULL;
/* The same, and CC_E_EXPIRED when `at` lies outside. `what` names the part. */
int cc_window_narrow(struct cc_window *w, const char *what, int64_t from, int64_t until,
		     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_window_cert(struct cc_window *w, const char *what, const struct cc_cert *cert,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
