/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that must not reach a log, a core dump, a swap file or a child.
 *
 * Each secret has pages of its own between two that nothing may touch. They
 * are locked, left out of core dumps and absent in children. The bytes end at
 * the upper guard page, so reading one too many kills us. The memory is wiped
 * before it is given back.
 *
 * A secret is a type of its own so that the compiler stops anyone who prints,
 * copies or compares it like other bytes. Three pages each: this is for keys
 * and tokens, not for files. A forked child does not have the pages, so it may
 * only exec or _exit.
 */
#ifndef CC_BASE_SECRET_H
#define CC_BASE_SECRET_H

#include "base/span.h"

struct cc_secret;

#define CC_AUTO_SECRET CC_CLEANUP(cc_secret_auto)
#define CC_SECRET_MAX ((size_t)1024 * 1024)

/* `len` zero bytes, 1 to CC_SECRET_MAX. */
int cc_secret_new(size_t len, struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* A copy of `bytes`; the caller wipes its own. */
int cc_secret_from(struct cc_span bytes, struct cc_secret **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* `len` random bytes. */
int cc_secret_random(size_t len, struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_secret_free(struct cc_secret *secret);
size_t cc_secret_len(const struct cc_secret *secret) CC_NONNULL;
/*
 * Borrow the bytes: valid until cc_secret_free. Whoever calls this is inside
 * the boundary; `git grep cc_secret_bytes` is the list a reviewer reads.
 */
uint8_t *cc_secret_bytes(struct cc_secret *secret) CC_NONNULL;
struct cc_span cc_secret_span(const struct cc_secret *secret) CC_NONNULL;
/* Equal in length and content. The time depends on the length alone. */
bool cc_secret_equal(const struct cc_secret *a, const struct cc_secret *b) CC_NONNULL;

static inline void cc_secret_auto(struct cc_secret **secret)
{
	cc_secret_free(*secret);
}

/* Overwrite with zeroes in a way that the compiler keeps. */
void cc_wipe(void *at, size_t len) CC_NONNULL;
/* A stack array of bytes that is wiped at the end of its scope: CC_WIPED(key, 32); */
struct cc_wiped_ {
	void *at;
	size_t len;
};
void cc_wiped_done(const struct cc_wiped_ *w) CC_NONNULL;
#define CC_WIPED(name, size)        \
	uint8_t name[size] = { 0 }; \
	CC_CLEANUP(cc_wiped_done)   \
	__attribute__((unused)) const struct cc_wiped_ name##_wiped_ = { name, sizeof(name) }

/* Fill with bytes from the kernel's generator. Never short; dies only with the kernel. */
int cc_random(struct cc_mut out, struct cc_err *err) CC_MUST CC_NONNULL;

/* No core dumps, no ptrace by equals: for every process that will hold a secret. */
int cc_secret_process(struct cc_err *err) CC_MUST CC_NONNULL;

#endif
