/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the policy that goes with a sealed image. */
#ifndef CC_IMAGE_POLICY_INTERNAL_H
#define CC_IMAGE_POLICY_INTERNAL_H

#include "base/secret.h"
#include "image/plan-internal.h"

struct cc_image_policy {
	const struct cc_image_options *options;
	const struct cc_image_plan *plan;
	const struct cc_image_process *process;
	const struct cc_image_result *result;
	const struct cc_secret *key;  /* fspf_key */
	const struct cc_digest *salt; /* content_salt, or NULL */
};
/* Printed, and then read as the CAS would. */
int cc_image_policy_print(const struct cc_image_policy *policy, struct cc_buf *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* A double-quoted YAML scalar. Text that is not UTF-8 is CC_E_UNSUPPORTED: YAML has no form. */
int cc_image_yaml_quote(struct cc_span text, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

#endif
