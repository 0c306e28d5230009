/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a sealed container, from its first process's first instruction to
 * its exit. docs/runtime.md has the steps, their order and why it is that.
 *
 * Each step has a stable name, which begins the error of whatever fails in it.
 * Once the CAS has given its configuration, a failure is reported to it as well.
 */
#ifndef CC_RUNTIME_RUN_H
#define CC_RUNTIME_RUN_H

#include "base/opt.h"
#include "runtime/attest.h"

struct cc_runtime_options {
	const char *cas, *cas_key, *policy, *service, *ticket;
	const char *volumes;
	struct cc_strings platforms; /* none: CC_RUNTIME_PLATFORM */
	uint64_t patience;
	const char *password;        /* one-time password */
	struct cc_strings arguments; /* for the program, where its policy takes them */
};

#define CC_RUNTIME_PLATFORM "/run/concordat/platform.sock"
/* Where things are in the container of a sealed image. */
#define CC_RUNTIME_MEASURED "/concordat/measured"
#define CC_RUNTIME_IMAGE "/concordat/image"
#define CC_RUNTIME_ROOT "/concordat/root"

/*
 * What comes from outside: the way to the CAS and evidence. Opened by their makers after
 * the environment is clean, closed before the program starts (evidence) or never (the CAS).
 */
struct cc_runtime_world {
	void *ctx;
	char *const *environment; /* the host's, which we do not use; ends with NULL */
	int (*link_open)(void *ctx, const char *address, const struct cc_digest *pin,
			 struct cc_link *out, struct cc_err *err);
	int (*source_open)(void *ctx, const char *address, struct cc_evidence_source *out,
			   struct cc_err *err);
	void (*source_close)(void *ctx); /* all of them */
};

/*
 * The whole of it, in a process with one thread that is the first of its PID namespace.
 * 0 with the status to exit with when the program ran; -1 when a step of ours failed.
 */
int cc_runtime_run(const struct cc_runtime_options *options, const struct cc_runtime_world *world,
		   int *status, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
