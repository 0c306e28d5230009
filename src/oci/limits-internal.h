/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_OCI_LIMITS_INTERNAL_H
#define CC_OCI_LIMITS_INTERNAL_H

#include "oci/layer.h"

/* Put the defaults in the place of zeroes. */
void cc_oci_limits_fill(struct cc_oci_limits *limits) CC_NONNULL;

#endif
