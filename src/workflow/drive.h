/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driving a run on this host: a container for each stage as its inputs are
 * complete, until the run is complete or failed.
 *
 * The driver is trusted with nothing but availability. It holds a lock file per
 * run in the home; a run whose lock is free has lost its driver, and the next
 * one aborts it, which frees what it had reserved.
 */
#ifndef CC_WORKFLOW_DRIVE_H
#define CC_WORKFLOW_DRIVE_H

#include "base/opt.h"
#include "client/api.h"

struct cc_drive {
	const char *workflow;
	const struct cc_strings *images; /* "STAGE=LAYOUT[:TAG]" */
	/* What a policy takes from the host: "STAGE=TEXT" in order, "STAGE=NAME=VALUE". */
	const struct cc_strings *arguments, *variables;
	const struct cc_strings *passwords;    /* "STAGE=DIGITS": one-time passwords */
	const struct cc_strings *without_fuse; /* stages whose containers get no /dev/fuse */
	uint64_t patience;                  /* seconds that a stage waits for a CAS that is away */
	const char *storage;                /* directory of ciphertext, one below for each volume */
	const struct cc_strings *platforms; /* addresses (platform/client.h): one or two */
	const char *runtime;                /* runc, crun, a path; NULL: what works */
	bool show;                          /* progress on standard error */
	const struct cc_home *home;
	const struct cc_known_cas *cas;
	struct cc_api *api;
};

/* `out` is the run as the CAS sees it at the end: an object of GET /v1/runs/<id>. */
int cc_drive_run(const struct cc_drive *drive, struct cc_json **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
