/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log volume of an attempt: what the program said, in the files "stdout" and
 * "stderr" of a volume of its own, encrypted to whoever the policy lets read it.
 * It is written by the engine directly and mounted nowhere.
 */
#ifndef CC_RUNTIME_OUTPUT_H
#define CC_RUNTIME_OUTPUT_H

#include "runtime/console.h"
#include "volume/volume.h"

struct cc_output {
	struct cc_volume *volume; /* borrowed: the console's thread has it while it runs */
	uint64_t files[CC_CONSOLE_STREAMS];
};

/* Make or empty both files. */
int cc_output_open(struct cc_volume *volume, struct cc_output *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* A sink for the console; `output` must outlive it. */
struct cc_console_sink cc_output_sink(struct cc_output *output) CC_NONNULL;

#endif
