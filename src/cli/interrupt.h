/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ^C in a command that makes something: it gives up where it stands, as after an error, so that
 * nothing half-made stays. A second signal ends it at once, which loses nothing that was there
 * before, but may leave a part behind.
 */
#ifndef CC_CLI_INTERRUPT_H
#define CC_CLI_INTERRUPT_H

#include "base/err.h"

/* SIGINT, SIGTERM and SIGHUP, from here on. */
void cc_interrupt_catch(void);
/* CC_E_SYSTEM when one has come. */
int cc_interrupt_check(struct cc_err *err) CC_MUST CC_NONNULL;
/* What a command that failed exits with: 128 and the signal, as shells expect, else `status`. */
int cc_interrupt_status(int status);

#endif
