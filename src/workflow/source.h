/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the evidence of a stage comes from: what of the host its container is given for it, and
 * the address by which the runtime finds it there. One kind of platform is one row; none stands in
 * for another.
 */
#ifndef CC_WORKFLOW_SOURCE_H
#define CC_WORKFLOW_SOURCE_H

#include "workflow/bundle.h"

#define CC_STAGE_SOURCES_MAX 2

struct cc_stage_source {
	char *path;                     /* on the host, absolute */
	char *log;                      /* a TPM's event log on the host, absolute; NULL: none */
	char *address;                  /* what the runtime is told */
	struct cc_bundle_source bundle; /* borrowed from the rest */
};

/*
 * What the address of a platform (platform/client.h) names, looked at: CC_E_UNAVAILABLE when it is
 * not there or not what it has to be. `out` is zeroed before the call.
 */
int cc_stage_source_find(const char *address, struct cc_stage_source *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* As much of each, and that they are different things; `count` is 1 or 2 of `out`. */
int cc_stage_sources_find(const struct cc_strings *addresses,
			  struct cc_stage_source out[static CC_STAGE_SOURCES_MAX], size_t *count,
			  struct cc_err *err) CC_MUST CC_NONNULL;
void cc_stage_source_clear(struct cc_stage_source *source) CC_NONNULL;

#endif
