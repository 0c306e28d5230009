/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volume/storage.h"

#include <assert.h>
#include <errno.h>

struct storage_file *storage_find(struct storage *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->files[i].name, name) == 0)
			return &s->files[i];
	return NULL;
}

static struct storage_file *make(struct storage *s, const char *name)
{
	struct storage_file *file = storage_find(s, name);

	if (file != NULL)
		return file;
	assert(s->count < STORAGE_FILES);
	file = &s->files[s->count++];
	*file = (struct storage_file){ 0 };
	(void)snprintf(file->name, sizeof(file->name), "%s", name);
	return file;
}

static bool fails(struct storage *s)
{
	s->changes++;
	return s->fail_at != 0 && s->changes >= s->fail_at;
}

static int read_file(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		     struct cc_err *err)
{
	const struct storage_file *file = storage_find(ctx, name);

	if (file == NULL)
		return cc_fail_sys(err, ENOENT, "open '%s'", name);
	if (at > file->len || out.len > file->len - at)
		return cc_fail(err, CC_E_TAMPERED, "'%s' ends at byte %zu", name, file->len);
	memcpy(out.at, file->at + at, out.len);
	return 0;
}

static void put(struct storage_file *file, uint64_t at, struct cc_span bytes)
{
	size_t end = (size_t)at + bytes.len;

	if (end > file->len) {
		file->at = realloc(file->at, end);
		assert(file->at != NULL);
		memset(file->at + file->len, 0, end - file->len);
		file->len = end;
	}
	if (bytes.len > 0)
		memcpy(file->at + at, bytes.at, bytes.len);
}

static int write_file(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		      struct cc_err *err)
{
	struct storage *s = ctx;
	bool failing = fails(s);
	struct storage_file *file = NULL;

	if (failing && !(s->tear && s->changes == s->fail_at))
		return cc_fail_sys(err, ENOSPC, "write '%s'", name);
	file = make(s, name);
	put(file, at, failing ? cc_span_sub(bytes, 0, bytes.len / 2) : bytes);
	return failing ? cc_fail_sys(err, EIO, "write '%s'", name) : 0;
}

/* What is there now is what a crash leaves. */
static void save(struct storage_file *file)
{
	file->saved = realloc(file->saved, file->len + 1);
	assert(file->saved != NULL);
	memcpy(file->saved, file->at, file->len);
	file->saved_len = file->len;
}

static int flush_file(void *ctx, const char *name, struct cc_err *err)
{
	struct storage *s = ctx;
	struct storage_file *file = make(s, name);

	if (fails(s))
		return cc_fail_sys(err, EIO, "flush '%s'", name);
	save(file);
	return 0;
}

static int remove_file(void *ctx, const char *name, struct cc_err *err)
{
	struct storage *s = ctx;
	struct storage_file *file = storage_find(s, name);

	if (fails(s))
		return cc_fail_sys(err, EIO, "remove '%s'", name);
	if (file == NULL)
		return cc_fail_sys(err, ENOENT, "remove '%s'", name);
	free(file->at);
	free(file->saved);
	*file = s->files[--s->count];
	return 0;
}

void storage_init(struct storage *s, struct cc_volume_store *store)
{
	*s = (struct storage){ 0 };
	*store = (struct cc_volume_store){ .ctx = s,
					   .read = read_file,
					   .write = write_file,
					   .flush = flush_file,
					   .remove = remove_file };
}

void storage_clear(struct storage *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->files[i].at);
		free(s->files[i].saved);
	}
	s->count = 0;
}

void storage_crash(struct storage *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct storage_file *file = &s->files[i];

		file->len = file->saved_len;
		if (file->len > 0)
			memcpy(file->at, file->saved, file->len);
	}
	s->fail_at = 0;
}

void storage_copy(const struct storage *from, struct storage *to, struct cc_volume_store *store)
{
	storage_init(to, store);
	for (size_t i = 0; i < from->count; i++) {
		struct storage_file *file = make(to, from->files[i].name);

		put(file, 0, cc_span(from->files[i].at, from->files[i].len));
		save(file);
	}
}
