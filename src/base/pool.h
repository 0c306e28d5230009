/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for very many things of one size, taken and given back one by one.
 *
 * A million small pieces that come and go between others leave holes in the heap which every later
 * malloc has to look through; here they lie beside each other. What is given back is kept for the
 * next; all memory returns with the pool. Nothing is wiped: no secrets.
 */
#ifndef CC_BASE_POOL_H
#define CC_BASE_POOL_H

#include "base/err.h"

struct cc_pool {
	size_t size;  /* of one thing: set it, leave the rest zero */
	void *free;   /* given back, each pointing to the next */
	void *slabs;  /* all memory, each pointing to the next */
	size_t fresh; /* things of the newest slab that were never taken */
};

/* A zeroed thing, aligned for any type. */
int cc_pool_take(struct cc_pool *pool, void **out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_pool_give(struct cc_pool *pool, void *thing) CC_NONNULL;
/* Whatever was taken is gone. */
void cc_pool_clear(struct cc_pool *pool) CC_NONNULL;

#endif
