/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers by the OCI runtime of the host: runc or crun, whichever works.
 *
 * crun refuses hosts whose cgroups are mounted in hybrid mode, runc does not
 * care, so runc is asked first. The runtime is a child; its output goes to a
 * file, for it is not the program's (that goes to an encrypted log).
 */
#ifndef CC_WORKFLOW_CONTAINER_H
#define CC_WORKFLOW_CONTAINER_H

#include <sys/types.h>

#include "base/dir.h"

/*
 * The command of the OCI runtime: `wanted` ("runc", "crun", a path) or, when NULL, the
 * first that answers. CC_E_UNSUPPORTED names what to install.
 */
int cc_oci_runtime_find(const char *wanted, char **out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3)));

struct cc_container {
	const char *runtime; /* the command */
	const char *state;   /* its state directory, absolute */
	const char *bundle;  /* directory with config.json, absolute */
	const char *id;
	const char *log; /* file for the output of the container's first process */
};
/* `<runtime> --root <state> run --bundle <bundle> <id>`; the child's pid. */
int cc_container_start(const struct cc_container *container, pid_t *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Kill what is left of the container and remove its state; fine when there is nothing. */
void cc_container_remove(const struct cc_container *container) CC_NONNULL;

#endif
