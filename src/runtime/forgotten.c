/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/forgotten.h"

#include <errno.h>
#include <fcntl.h>

#include "base/str.h"
#include "codec/text.h"

struct cc_forgotten {
	struct cc_volume_store below;
	char *name; /* begin of the names of files that are not kept */
	int fd;
	bool is_begun; /* as if the file were not there before the first write */
};

static bool is_own(const struct cc_forgotten *f, const char *name)
{
	return cc_str_starts(name, f->name);
}

static int own_read(void *ctx, const char *name, uint64_t at, struct cc_mut out, struct cc_err *err)
{
	const struct cc_forgotten *f = ctx;

	if (!is_own(f, name))
		return f->below.read(f->below.ctx, name, at, out, err);
	if (!f->is_begun)
		return cc_fail(err, CC_E_NOTFOUND, "'%s' is not there yet", name);
	return cc_pread_all(f->fd, out, at, err);
}

static int own_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		     struct cc_err *err)
{
	struct cc_forgotten *f = ctx;

	if (!is_own(f, name))
		return cc_fail(err, CC_E_BUG, "an ephemeral volume writes '%s'", name);
	f->is_begun = true;
	return cc_pwrite_all(f->fd, bytes, at, err);
}

/* Nothing of it is there after a crash: nothing has to be on the disk. */
static int own_flush(void *ctx, const char *name, struct cc_err *err)
{
	(void)ctx;
	(void)name;
	(void)err;
	return 0;
}

/* Its name is gone before anything is in it; one that a crash leaves is empty, and swept. */
static int make_file(const char *path, const char *name, int *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_openat(&dir, name, O_CREAT | O_EXCL | O_RDWR, 0600, out, err));
	return cc_dir_remove(&dir, name, err);
}

int cc_forgotten_new(const struct cc_volume_store *below, const char *path,
		     const struct cc_volume_state_id *state, struct cc_forgotten **out,
		     struct cc_volume_store *store, struct cc_err *err)
{
	struct cc_forgotten *f = NULL;
	CC_AUTO_BUF struct cc_buf name = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	const char *text = NULL;

	CC_TRY(cc_hex_add(&name, CC_SPAN(state->b), err));
	CC_TRY(cc_buf_add_str(&name, ".", err));
	CC_TRY(cc_buf_str(&name, &text, err));
	CC_TRY(make_file(path, text, &fd, err));
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return cc_fail_sys(err, ENOMEM, "open an ephemeral volume");
	if (cc_buf_take_str(&name, &f->name, err) != 0) {
		free(f);
		return -1;
	}
	f->below = *below;
	f->fd = CC_TAKE_FD(fd);
	*store = (struct cc_volume_store){ .ctx = f,
					   .read = own_read,
					   .write = own_write,
					   .flush = own_flush,
					   .remove = own_flush };
	*out = f;
	return 0;
}

void cc_forgotten_free(struct cc_forgotten *f)
{
	if (f == NULL)
		return;
	cc_auto_close(&f->fd);
	free(f->name);
	free(f);
}
