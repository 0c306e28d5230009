/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>

#include "base/secret.h"

/* Each chunk is twice as large as the one before: a small document does not pay for a large. */
#define CHUNK_FIRST ((size_t)4 * 1024)
#define CHUNK_LAST ((size_t)64 * 1024)
#define ALIGNMENT (_Alignof(max_align_t))

struct chunk {
	struct chunk *next;
	size_t room, used;
	_Alignas(max_align_t) uint8_t bytes[];
};

struct cc_arena {
	struct chunk *chunks; /* the first is the one that is being filled */
	size_t taken, max;
};

int cc_arena_new(size_t max, struct cc_arena **out, struct cc_err *err)
{
	struct cc_arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an arena");
	arena->max = max;
	*out = arena;
	return 0;
}

void cc_arena_free(struct cc_arena *arena)
{
	struct chunk *chunk = arena == NULL ? NULL : arena->chunks;

	while (chunk != NULL) {
		struct chunk *next = chunk->next;

		cc_wipe(chunk->bytes, chunk->used);
		free(chunk);
		chunk = next;
	}
	free(arena);
}

static int add_chunk(struct cc_arena *arena, size_t size, struct cc_err *err)
{
	size_t before = arena->chunks == NULL ? CHUNK_FIRST / 2 : arena->chunks->room;
	size_t room = before < CHUNK_LAST ? before * 2 : CHUNK_LAST;
	struct chunk *chunk = NULL;

	room = room > size ? room : size;
	chunk = malloc(sizeof(*chunk) + room);
	if (chunk == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu bytes", room);
	chunk->room = room;
	chunk->used = 0;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return 0;
}

/* Not zeroed. `align` is a power of two. */
static int take(struct cc_arena *arena, size_t bytes, size_t align, void **out, struct cc_err *err)
{
	struct chunk *chunk = arena->chunks;
	size_t from = chunk == NULL ? 0 : (chunk->used + align - 1) & ~(align - 1);

	if (bytes > arena->max - arena->taken)
		return cc_fail(err, CC_E_TOOBIG, "the document needs more than %zu bytes of memory",
			       arena->max);
	if (chunk == NULL || from > chunk->room || chunk->room - from < bytes) {
		CC_TRY(add_chunk(arena, bytes, err));
		chunk = arena->chunks;
		from = 0;
	}
	*out = chunk->bytes + from;
	chunk->used = from + bytes;
	arena->taken += bytes;
	return 0;
}

int cc_arena_take(struct cc_arena *arena, size_t count, size_t size, void **out, struct cc_err *err)
{
	size_t bytes = 0;

	if (count == 0 || size == 0) {
		*out = NULL;
		return 0;
	}
	if (__builtin_mul_overflow(count, size, &bytes))
		return cc_fail(err, CC_E_TOOBIG, "%zu things of %zu bytes", count, size);
	CC_TRY(take(arena, bytes, ALIGNMENT, out, err));
	memset(*out, 0, bytes);
	return 0;
}

int cc_arena_copy(struct cc_arena *arena, struct cc_span bytes, char **out, struct cc_err *err)
{
	void *at = NULL;
	char *copy = NULL;

	CC_TRY(take(arena, bytes.len + 1, 1, &at, err));
	copy = at;
	if (bytes.len != 0)
		memcpy(copy, bytes.at, bytes.len);
	copy[bytes.len] = '\0';
	*out = copy;
	return 0;
}

int cc_arena_printf(struct cc_arena *arena, char **out, struct cc_err *err, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int len = 0;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len < 0)
		return cc_fail(err, CC_E_BUG, "format a text");
	if ((size_t)len >= sizeof(text))
		len = (int)sizeof(text) - 1;
	CC_TRY(cc_arena_copy(arena, cc_span(text, (size_t)len), out, err));
	cc_wipe(text, (size_t)len);
	return 0;
}
