/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a command that have their name when they are whole: until then they are called
 * otherwise, by a name that nobody can know before.
 */
#ifndef CC_CLI_PART_H
#define CC_CLI_PART_H

#include "base/dir.h"

#define CC_PART_NAME 40

/* The directory of `to`, followed as the user wrote it, and its last name. */
int cc_part_target(const char *to, struct cc_dir *parent, char **name,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_part_draw(char out[static CC_PART_NAME], struct cc_err *err) CC_MUST CC_NONNULL;
/* The part becomes `name`; without force only where nothing is, else CC_E_CONFLICT. */
int cc_part_rename(int parent, const char *part, const char *name, bool force,
		   struct cc_err *err) CC_MUST __attribute__((nonnull(2, 3, 5)));

#endif
