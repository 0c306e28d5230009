/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's own walls. It parses what strangers sign and holds every key, so it gets
 * what its work needs once its files, its platform and the other processes are
 * connected: memory, time, the descriptors it has, and files below its own
 * directory. No socket, no program, no file elsewhere; another call ends it.
 */
#ifndef CC_CAS_CONFINE_H
#define CC_CAS_CONFINE_H

#include "base/err.h"

/* For the calling process, for good. `dir`: the CAS's directory. */
int cc_keeper_confine(const char *dir, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
