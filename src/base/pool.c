/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_THINGS 512
#define ALIGNMENT (_Alignof(max_align_t))

struct slab {
	struct slab *next;
	_Alignas(max_align_t) uint8_t things[];
};

/* The size that keeps the next thing aligned, and has room for a pointer. */
static size_t stride(const struct cc_pool *pool)
{
	size_t size = pool->size < sizeof(void *) ? sizeof(void *) : pool->size;

	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

static int add_slab(struct cc_pool *pool, struct cc_err *err)
{
	struct slab *slab = malloc(sizeof(*slab) + SLAB_THINGS * stride(pool));

	if (slab == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %d things of %zu bytes",
			       SLAB_THINGS, pool->size);
	slab->next = pool->slabs;
	pool->slabs = slab;
	pool->fresh = SLAB_THINGS;
	return 0;
}

int cc_pool_take(struct cc_pool *pool, void **out, struct cc_err *err)
{
	void *thing = pool->free;

	if (thing != NULL) {
		memcpy(&pool->free, thing, sizeof(pool->free));
	} else {
		struct slab *slab = NULL;

		if (pool->fresh == 0)
			CC_TRY(add_slab(pool, err));
		slab = pool->slabs;
		thing = slab->things + --pool->fresh * stride(pool);
	}
	memset(thing, 0, pool->size);
	*out = thing;
	return 0;
}

void cc_pool_give(struct cc_pool *pool, void *thing)
{
	memcpy(thing, &pool->free, sizeof(pool->free));
	pool->free = thing;
}

void cc_pool_clear(struct cc_pool *pool)
{
	struct slab *slab = pool->slabs;

	while (slab != NULL) {
		struct slab *next = slab->next;

		free(slab);
		slab = next;
	}
	*pool = (struct cc_pool){ .size = pool->size };
}
