/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors.
 *
 * A function that can fail returns int: 0 for done, -1 for failed, nothing
 * else. It takes a `struct cc_err *` as its last argument, which it fills
 * exactly when it returns -1 and never touches otherwise.
 *
 * The parts have different readers. `code` is for programs: it picks the HTTP
 * status, the exit status and the stable name that users see, and it is all
 * that an unauthenticated peer ever learns. `sys` is the errno behind it, or 0.
 * `text` says what was tried and why it failed; it goes to the log and to the
 * user, and it may name files and policy rules but never a secret. `hint` is
 * the next step for whoever reads it, or empty.
 *
 * Texts are lower case, without a full stop, with values in single quotes:
 * "open 'x': no such file". Failing never allocates.
 */
#ifndef CC_BASE_ERR_H
#define CC_BASE_ERR_H

#include "base/attr.h"

enum cc_code {
	CC_OK = 0,     /* only in a zeroed cc_err: nothing has failed */
	CC_E_ARG,      /* the caller's input is malformed: do not retry */
	CC_E_DENIED,   /* well formed, but a policy says no */
	CC_E_EVIDENCE, /* evidence or a signature does not verify */
	CC_E_TAMPERED, /* stored bytes are not what was stored */
	CC_E_STALE,    /* authentic, but older than what is known: a rollback or a fork */
	CC_E_NOTFOUND,
	CC_E_CONFLICT, /* the state has moved on: read again, then retry */
	CC_E_LIMIT,    /* a limit of a policy is used up */
	CC_E_TOOBIG,   /* a stated maximum of ours is exceeded */
	CC_E_EXPIRED,
	CC_E_UNAVAILABLE, /* a peer (CAS, witness, platform) cannot be reached: retry later */
	CC_E_UNSUPPORTED, /* this host or this build cannot do it */
	CC_E_SYSTEM,      /* the kernel or the disk failed us: see sys */
	CC_E_BUG,         /* we failed ourselves */
	CC_CODE_COUNT,
};

struct cc_err {
	enum cc_code code;
	int sys;
	char text[496];
	char hint[256];
};

/* What a code means to the outside. `name` is stable: scripts match on it. */
struct cc_code_info {
	const char *name; /* "limit" */
	int http_status;  /* RFC 9110 */
	int exit_status;  /* of a command that failed so */
};
const struct cc_code_info *cc_code_info(enum cc_code code);
/* The code with this name, or CC_OK when there is none. */
enum cc_code cc_code_named(const char *name) CC_NONNULL;

void cc_err_set(struct cc_err *err, enum cc_code code, const char *fmt, ...) CC_NONNULL
	CC_PRINTF(3, 4);
/* As CC_E_SYSTEM with errno `sys`, whose text is appended (ENOENT is CC_E_NOTFOUND). */
void cc_err_set_sys(struct cc_err *err, int sys, const char *fmt, ...) CC_NONNULL CC_PRINTF(3, 4);
/* Put what we were doing before what went wrong: "load policy 'p': <text>". */
void cc_err_wrap(struct cc_err *err, const char *fmt, ...) CC_NONNULL CC_PRINTF(2, 3);
/* Say the next step. A hint that is there already stays: the cause knows best. */
void cc_err_hint(struct cc_err *err, const char *fmt, ...) CC_NONNULL CC_PRINTF(2, 3);

/*
 * Fill *err and be -1, so that a failing function ends in one statement that
 * cannot forget the code:
 *
 *     return cc_fail(err, CC_E_ARG, "quote is %zu bytes long", len);
 *
 * They are macros so that compilers and analysers see the -1.
 */
#define cc_fail(...) (cc_err_set(__VA_ARGS__), cc_failed())
/* The same for a failed system call: cc_fail_sys(err, errno, "open '%s'", path). */
#define cc_fail_sys(...) (cc_err_set_sys(__VA_ARGS__), cc_failed())
/* Add context to a failure below and be -1; code, errno and hint stay those of the cause. */
#define cc_wrap(...) (cc_err_wrap(__VA_ARGS__), cc_failed())
/* Add the next step to a failure that has happened and be -1. */
#define cc_hint(...) (cc_err_hint(__VA_ARGS__), cc_failed())

CC_MUST static inline int cc_failed(void)
{
	return -1;
}

/*
 * Return -1 from the current function if `call` failed; *err is filled by
 * then. The only macro in the tree that hides a return: no other may.
 */
#define CC_TRY(call)               \
	do {                       \
		if ((call) != 0)   \
			return -1; \
	} while (0)

/* The caller goes on although `result` may be -1, and says so. */
static inline void cc_ignore(int result)
{
	(void)result;
}

#endif
