/* SPDX-License-Identifier: Apache-2.0 */
/* The first steps: what the host gave us is cleaned before anything of it is used. */
#ifndef CC_RUNTIME_BOOT_H
#define CC_RUNTIME_BOOT_H

#include "base/err.h"

/*
 * Forget the environment, have three open streams, and start OpenSSL without a
 * configuration file. Before everything else. What glibc reads before main
 * (GLIBC_TUNABLES) cannot be taken back.
 */
int cc_boot_clean(struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_UNSUPPORTED unless this is the first process of a PID namespace. */
int cc_boot_first(struct cc_err *err) CC_MUST CC_NONNULL;
/* No dumps of this process and, by the limit that it inherits, of the program. */
int cc_boot_harden(struct cc_err *err) CC_MUST CC_NONNULL;

#endif
