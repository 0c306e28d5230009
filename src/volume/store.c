/* SPDX-License-Identifier: Apache-2.0 */
/* Stores: plain files in a directory, and one that forgets. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/dir.h"
#include "volume/volume.h"

/* Data files held open: few, for a state refers to few epochs, and the oldest makes room. */
#define OPEN_MAX 16
#define NAME_ROOM 64
/* The disk begins to write when so many bytes were written one behind another. */
#define STREAM ((uint64_t)4 * 1024 * 1024)

struct held {
	char name[NAME_ROOM];
	int fd;
	bool writable;
	bool is_named; /* its name is on the disk */
	uint64_t used;
	uint64_t from, to; /* written one behind another, since the disk began to write last */
};
struct cc_volume_dir {
	struct cc_dir dir;
	struct held held[OPEN_MAX];
	uint64_t clock;
};

static void held_close(struct held *held)
{
	cc_auto_close(&held->fd);
	*held = (struct held){ .fd = -1 };
}

static struct held *held_find(struct cc_volume_dir *dir, const char *name)
{
	for (size_t i = 0; i < OPEN_MAX; i++)
		if (dir->held[i].fd >= 0 && strcmp(dir->held[i].name, name) == 0)
			return &dir->held[i];
	return NULL;
}

/* A place for one more. */
static struct held *held_free(struct cc_volume_dir *dir)
{
	struct held *oldest = &dir->held[0];

	for (size_t i = 0; i < OPEN_MAX; i++) {
		if (dir->held[i].fd < 0)
			return &dir->held[i];
		if (dir->held[i].used < oldest->used)
			oldest = &dir->held[i];
	}
	held_close(oldest);
	return oldest;
}

/*
 * What lies there is somebody else's choice: a pipe must not make us wait, and what is no file at
 * all was not written by us.
 */
static int file_open_new(const struct cc_dir *dir, const char *name, bool write, int *out,
			 struct cc_err *err)
{
	const int flags = (write ? O_RDWR | O_CREAT : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
	CC_AUTO_CLOSE int fd = -1;
	struct stat st = { 0 };

	if (cc_dir_openat(dir, name, flags, write ? 0600 : 0, &fd, err) != 0) {
		if (err->sys != ELOOP && err->sys != EISDIR && err->sys != ENXIO)
			return -1;
	} else if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*out = CC_TAKE_FD(fd);
		return 0;
	}
	return cc_fail(err, CC_E_TAMPERED, "'%s' is no file", name);
}

static int file_open(struct cc_volume_dir *dir, const char *name, bool write, struct held **out,
		     struct cc_err *err)
{
	struct held *held = held_find(dir, name);
	int fd = -1;

	if (held != NULL && write && !held->writable) {
		held_close(held);
		held = NULL;
	}
	if (held == NULL) {
		if (strlen(name) >= NAME_ROOM)
			return cc_fail(err, CC_E_ARG, "name '%s' is too long", name);
		CC_TRY(file_open_new(&dir->dir, name, write, &fd, err));
		held = held_free(dir);
		*held = (struct held){ .fd = fd, .writable = write };
		(void)snprintf(held->name, sizeof(held->name), "%s", name);
	}
	held->used = ++dir->clock;
	*out = held;
	return 0;
}

static int dir_read(void *ctx, const char *name, uint64_t at, struct cc_mut out, struct cc_err *err)
{
	struct held *held = NULL;

	CC_TRY(file_open(ctx, name, false, &held, err));
	if (cc_pread_all(held->fd, out, at, err) != 0)
		return cc_wrap(err, "read '%s'", name);
	return 0;
}

/*
 * A host leaves what is written in its memory until somebody waits for it: then a flush takes as
 * long as all of it. Nothing is promised here, so nothing fails.
 */
static void begin_writing(struct held *held, uint64_t at, size_t len)
{
	if (held->to != at)
		held->from = at;
	held->to = at + len;
	if (held->to - held->from < STREAM)
		return;
	(void)sync_file_range(held->fd, (off_t)held->from, (off_t)(held->to - held->from),
			      SYNC_FILE_RANGE_WRITE);
	held->from = held->to;
}

static int dir_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		     struct cc_err *err)
{
	struct held *held = NULL;

	CC_TRY(file_open(ctx, name, true, &held, err));
	if (cc_pwrite_all(held->fd, bytes, at, err) != 0)
		return cc_wrap(err, "write '%s'", name);
	begin_writing(held, at, bytes.len);
	return 0;
}

/*
 * The file's times are of no use: were they flushed each time, so would be the host's journal. A
 * file that nobody finds after a crash is of no use either, so the first flush is of its name, too.
 */
static int dir_flush(void *ctx, const char *name, struct cc_err *err)
{
	struct cc_volume_dir *dir = ctx;
	struct held *held = NULL;

	CC_TRY(file_open(dir, name, true, &held, err));
	CC_TRY(cc_fdatasync(held->fd, name, err));
	if (held->is_named)
		return 0;
	CC_TRY(cc_dir_sync(&dir->dir, err));
	held->is_named = true;
	return 0;
}

static int dir_remove(void *ctx, const char *name, struct cc_err *err)
{
	struct cc_volume_dir *dir = ctx;
	struct held *held = held_find(dir, name);

	if (held != NULL)
		held_close(held);
	return cc_dir_remove(&dir->dir, name, err);
}

int cc_volume_dir_open(const char *path, bool create, struct cc_volume_dir **out,
		       struct cc_volume_store *store, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_volume_dir *dir = calloc(1, sizeof(*dir));

	if (dir == NULL)
		return cc_fail_sys(err, ENOMEM, "open the volume in '%s'", path);
	for (size_t i = 0; i < OPEN_MAX; i++)
		dir->held[i].fd = -1;
	CC_TRY(create ? cc_dir_create(path, 0700, &dir->dir, err)
		      : cc_dir_open(path, CC_DIR_OWN, &dir->dir, err));
	*store = (struct cc_volume_store){ .ctx = dir,
					   .read = dir_read,
					   .write = dir_write,
					   .flush = dir_flush,
					   .remove = dir_remove };
	*out = CC_TAKE(dir);
	return 0;
}

void cc_volume_dir_free(struct cc_volume_dir *dir)
{
	if (dir == NULL)
		return;
	for (size_t i = 0; i < OPEN_MAX; i++)
		held_close(&dir->held[i]);
	cc_dir_close(&dir->dir);
	free(dir);
}

static int null_read(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		     struct cc_err *err)
{
	(void)ctx;
	(void)at;
	(void)out;
	return cc_fail(err, CC_E_NOTFOUND, "'%s' was not kept", name);
}

static int null_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		      struct cc_err *err)
{
	(void)ctx;
	(void)name;
	(void)at;
	(void)bytes;
	(void)err;
	return 0;
}

static int null_flush(void *ctx, const char *name, struct cc_err *err)
{
	return null_write(ctx, name, 0, (struct cc_span){ 0 }, err);
}

void cc_volume_null_store(struct cc_volume_store *store)
{
	*store = (struct cc_volume_store){
		.read = null_read, .write = null_write, .flush = null_flush, .remove = null_flush
	};
}
