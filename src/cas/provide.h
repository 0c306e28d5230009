/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values for references in files that the image brings (scone.md 1.8.4): nobody here has read
 * those files, so that the runtime gets each secret that may stand in them in all of its forms.
 */
#ifndef CC_CAS_PROVIDE_H
#define CC_CAS_PROVIDE_H

#include "cas/vault.h"
#include "proto/config.h"

/*
 * The secrets that `provide_secrets` of the image names, without the key all of the policy. One
 * that is not to be had is left out: a file that needs it is refused by the runtime. CC_E_TOOBIG:
 * they do not fit a release.
 */
int cc_provide(struct cc_vault *vault, const struct cc_policy *policy, const struct cc_image *image,
	       struct cc_config *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
