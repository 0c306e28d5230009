/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config.json of a stage's container (OCI runtime specification 1.0.2).
 *
 * The host is the enemy's, so nothing here protects a secret: the container
 * only gives the runtime what it needs to build its own world (a device, six
 * capabilities, storage) and the host what it wants back (namespaces, limits).
 * There is no network in it: a socket leads to the CAS, and one thing of the host, as
 * source.h says, to evidence.
 */
#ifndef CC_WORKFLOW_BUNDLE_H
#define CC_WORKFLOW_BUNDLE_H

#include "base/opt.h"

/* Where things are inside the container; the runtime's defaults. */
#define CC_INSIDE_CAS "/run/concordat/cas.sock"
#define CC_INSIDE_PLATFORM "/run/concordat/platform.sock"
#define CC_INSIDE_LOG "/run/concordat/event-log"
#define CC_INSIDE_VOLUMES "/run/concordat/volumes"

struct cc_bundle_mount {
	const char *name;   /* of the volume, in the service's policy */
	const char *source; /* directory on the host, absolute */
	bool write;
};

/* Where evidence comes from. */
struct cc_bundle_source {
	const char *path;   /* on the host, absolute */
	const char *inside; /* in the container */
	const char *log;    /* event log of a TPM on the host, to be CC_INSIDE_LOG; or NULL */
	bool is_device;     /* of characters, with these numbers */
	unsigned int major, minor;
};

struct cc_bundle {
	const char *root;        /* directory of the image's files, absolute */
	const char *const *args; /* of the process, the runtime first */
	size_t arg_count;
	const char *const *env; /* "NAME=VALUE": for the program, where its policy takes it */
	size_t env_count;
	const char *cas_socket;                 /* on the host, absolute: leads to the CAS */
	const struct cc_bundle_source *sources; /* at most one has a log */
	size_t source_count;
	const struct cc_bundle_mount *mounts;
	size_t mount_count;
	uint64_t memory_max; /* bytes; 0: no limit */
	bool without_fuse;   /* all that the stage has is staged in memory */
};

int cc_bundle_config(const struct cc_bundle *bundle, struct cc_buf *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
