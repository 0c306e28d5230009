/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_SECRET_AZURE_INTERNAL_H
#define CC_SECRET_AZURE_INTERNAL_H

#include "secret/azure.h"

/* Add a client assertion, in its compact form. It is another one each time. */
int cc_azure_assert(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		    struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
