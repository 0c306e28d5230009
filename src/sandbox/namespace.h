/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces, and the three ways in which a container may be started.
 *
 * Which way it is, is probed and never configured: the host decides it by how it
 * starts us, and a wrong guess would only fail later and say less.
 */
#ifndef CC_SANDBOX_NAMESPACE_H
#define CC_SANDBOX_NAMESPACE_H

#include "base/span.h"

enum cc_launch_mode {
	CC_LAUNCH_NONE = 0,   /* not probed */
	CC_LAUNCH_PRIVILEGED, /* all users are mapped and we may mount */
	CC_LAUNCH_ROOTLESS,   /* we may mount in a user namespace of few users */
	CC_LAUNCH_BARE,       /* no capability at all: we make the user namespace */
};
const char *cc_launch_mode_name(enum cc_launch_mode mode);

/*
 * Probe, and make the calling process (which must have one thread) able to mount:
 * in a user and mount namespace of its own where it has no capability, else in a
 * mount namespace of its own. Before cc_secret_process: who may not be dumped may not
 * write the maps of a user namespace either. CC_E_UNSUPPORTED and a hint tell apart: namespaces
 * denied by the host, and uid 0 without CAP_SETFCAP.
 */
int cc_launch_enter(enum cc_launch_mode *out, struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A mount and a network namespace for the calling thread alone; in the latter there is
 * nothing but loopback, which is raised. The thread cannot go back: use one that ends.
 */
int cc_namespace_isolate(struct cc_err *err) CC_MUST CC_NONNULL;

#endif
