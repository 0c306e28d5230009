/* SPDX-License-Identifier: Apache-2.0 */
/* Who wrote a volume of a CAS, as the CAS recorded it: no key leaves for it. */
#ifndef CC_CLI_VOLUME_HISTORY_H
#define CC_CLI_VOLUME_HISTORY_H

#include "cli/pages.h"
#include "cli/volume-name.h"

/* The newest `limit` (0: all); `out` is zeroed before. */
int cc_volume_writers_read(const struct cc_volume_name *name, uint64_t limit, struct cc_ask *ask,
			   struct cc_pages *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* A line for each: when, who, and what it left. */
int cc_volume_writers_print(const struct cc_json *writers, struct cc_buf *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
