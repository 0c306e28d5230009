/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program gets from the host: arguments and variables that its policy names ('@@1',
 * '\@\@NAME'), and no others. They are the host's word, which everyone who reads the policy
 * can see.
 */
#ifndef CC_RUNTIME_HOST_H
#define CC_RUNTIME_HOST_H

#include "base/opt.h"
#include "proto/config.h"

struct cc_host {                            /* borrowed */
	const struct cc_strings *arguments; /* of our command line, behind the options */
	char *const *environment;           /* ends with NULL: as it was before it was cleared */
};

/* A variable of the host, or NULL. */
const char *cc_host_variable_value(const struct cc_host *host, const char *name) CC_NONNULL;
/*
 * Put them into the configuration. An argument that the host does not give is CC_E_ARG and named
 * by its position; a variable that it does not give is empty.
 */
int cc_host_fill(const struct cc_host *host, struct cc_config *config,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
