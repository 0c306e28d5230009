/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of one parsed document: taken piece by piece, given back at once.
 *
 * All pieces are zeroed and aligned for any type. The whole is wiped before it
 * is freed, for a policy may carry explicit secret values. There is a hard
 * maximum, so that a text cannot make us take more than was stated.
 */
#ifndef CC_BASE_ARENA_H
#define CC_BASE_ARENA_H

#include "base/span.h"

struct cc_arena;

int cc_arena_new(size_t max, struct cc_arena **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_arena_free(struct cc_arena *arena);
/* `count` zeroed things of `size` bytes; none is a valid request that gives NULL. */
int cc_arena_take(struct cc_arena *arena, size_t count, size_t size, void **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* A terminated copy, writable by whoever took it. */
int cc_arena_copy(struct cc_arena *arena, struct cc_span bytes, char **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_arena_printf(struct cc_arena *arena, char **out, struct cc_err *err, const char *fmt,
		    ...) CC_MUST CC_NONNULL CC_PRINTF(4, 5);

#endif
