/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System call filters: made before fork (libseccomp allocates), installed after
 * it by one raw call.
 *
 * Two kinds. A *program* filter is for other people's programs: everything is
 * allowed but a reviewed table, which answers with an errno so that programs
 * can fall back; numbers that were unknown when the table was reviewed answer
 * ENOSYS. An *only* filter is for processes of our own: everything that is not
 * listed kills. Both kill a call in a foreign architecture's numbering.
 */
#ifndef CC_SANDBOX_SECCOMP_H
#define CC_SANDBOX_SECCOMP_H

#include "base/err.h"

struct cc_seccomp;
#define CC_AUTO_SECCOMP CC_CLEANUP(cc_seccomp_auto)

/* What a program filter refuses beside its table: families with EAFNOSUPPORT, calls with EPERM. */
struct cc_seccomp_more {
	const int *families; /* AF_UNIX, AF_INET, AF_INET6; others are refused anyway */
	size_t family_count;
	char *const *calls; /* names */
	size_t call_count;
};
/* A call that libseccomp does not know is CC_E_ARG: what cannot be refused is not ignored. */
int cc_seccomp_program(const struct cc_seccomp_more *more, struct cc_seccomp **out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* `names` of system calls; one that libseccomp does not know is CC_E_BUG. */
int cc_seccomp_only(const char *const *names, size_t count, struct cc_seccomp **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Put the filter on the calling thread for good; no_new_privs must be set.
 * Safe between fork and exec: on failure -1 with errno, nothing allocated.
 */
int cc_seccomp_install(const struct cc_seccomp *filter) CC_MUST CC_NONNULL;
void cc_seccomp_free(struct cc_seccomp *filter);
static inline void cc_seccomp_auto(struct cc_seccomp **filter)
{
	cc_seccomp_free(*filter);
}

/* The reviewed table of the program filter, for its test and for documents. */
struct cc_seccomp_refusal {
	const char *name;
	int error;
};
const struct cc_seccomp_refusal *cc_seccomp_refusals(size_t *count) CC_NONNULL;

#endif
