/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Injected files whose content the image brings (scone.md 1.8.4): read through the image's own
 * volume, which proves every byte, and filled in with the values of the release. The result lies
 * in memory; the image never changes.
 */
#ifndef CC_RUNTIME_TEMPLATE_H
#define CC_RUNTIME_TEMPLATE_H

#include "base/dir.h"
#include "proto/config.h"

/*
 * Put its content into each file of `config` that takes it from the image at `tree`. CC_E_NOTFOUND
 * for one that the image lacks, CC_E_DENIED for a value that the policy does not provide.
 */
int cc_template_fill(const struct cc_dir *tree, struct cc_config *config,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
