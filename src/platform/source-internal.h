/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where evidence comes from: one table a kind of platform, one file a table. client.c
 * chooses by the address, and never another one when the chosen one fails.
 */
#ifndef CC_PLATFORM_SOURCE_INTERNAL_H
#define CC_PLATFORM_SOURCE_INTERNAL_H

#include "platform/client.h"

/* What an opened source says of itself. */
struct cc_source_name {
	const char *kind; /* what its evidence is labelled with: "snp" */
	const char *text; /* for people: "SIMULATION of sgx" */
};

struct cc_source {
	const char *prefix; /* of the address, with the colon */
	const char *place;  /* where it is when the address names no place; NULL: it must */
	bool has_words;     /* behind the place and a comma */
	/* `*state` is the source's own, closed by `close`; set on success alone. */
	int (*open)(const char *where, void **state, struct cc_source_name *name,
		    struct cc_err *err);
	void (*close)(void *state);
	int (*quote)(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
		     struct cc_err *err);
	/* NULL: this kind of platform has no keys for us. */
	int (*key)(void *state, struct cc_span label, struct cc_secret **out, struct cc_err *err);
};

extern const struct cc_source cc_source_simulated;
extern const struct cc_source cc_source_simulated_tdx;
extern const struct cc_source cc_source_simulated_snp;
extern const struct cc_source cc_source_simulated_tpm;
extern const struct cc_source cc_source_configfs;
extern const struct cc_source cc_source_gramine;
extern const struct cc_source cc_source_nsm;
extern const struct cc_source cc_source_tpm;

#endif
