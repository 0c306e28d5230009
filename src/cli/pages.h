/* SPDX-License-Identifier: Apache-2.0 */
/* A list that a CAS gives in pages (docs/protocol/api.md), asked for until it ends or is enough. */
#ifndef CC_CLI_PAGES_H
#define CC_CLI_PAGES_H

#include "cli/ask.h"

struct cc_pages {
	struct cc_ask *ask; /* borrowed, as the texts */
	const char *method, *path;
	const char *member;      /* of the answers: "policies" */
	const char *from;        /* the member of the request that goes on */
	uint64_t limit;          /* 0: all */
	struct cc_json *request; /* what it says beside: owned */
	/* What has come of it. */
	struct cc_json *all;
	uint64_t count; /* of what there is */
};
#define CC_AUTO_PAGES CC_CLEANUP(cc_pages_clear)
void cc_pages_clear(struct cc_pages *pages) CC_NONNULL;

int cc_pages_read(struct cc_pages *pages, struct cc_err *err) CC_MUST CC_NONNULL;
/* {"count": of all, member: [...]}, of which `all` is taken. */
int cc_pages_print(struct cc_pages *pages, const char *output,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
