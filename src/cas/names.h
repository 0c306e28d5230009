/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of all policies in the order of their bytes, provably all of them.
 *
 * The database can hide a row from any listing of its own. So the state has the names as a chain:
 * a row for each name says which one comes next, as NSEC records do (RFC 4034, 4). Whoever walks
 * it has every name; what the database says of its keys is only a hint where to begin, and costs
 * time at worst. A page is read, and a name added, in time that does not grow with their number.
 */
#ifndef CC_CAS_NAMES_H
#define CC_CAS_NAMES_H

#include "cas/state.h"

/* Add a name that is not there yet. */
int cc_names_add(struct cc_state *state, const char *name, struct cc_err *err) CC_MUST CC_NONNULL;
/* The first name behind `after` ("": of all), malloc'd; NULL when there is none. */
int cc_names_next(struct cc_state *state, const char *after, char **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
