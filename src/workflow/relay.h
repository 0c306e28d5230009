/* SPDX-License-Identifier: Apache-2.0 */
/* The way from containers without a network to the CAS: a child that moves bytes. */
#ifndef CC_WORKFLOW_RELAY_H
#define CC_WORKFLOW_RELAY_H

#include <sys/types.h>

#include "base/err.h"

/*
 * Listen on the unix socket `path` and pass every connection on to `address`,
 * in a child that ends with us. TLS goes through untouched.
 */
int cc_relay_start(const char *path, const char *address, pid_t *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
void cc_relay_stop(pid_t relay);

#endif
