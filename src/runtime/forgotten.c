/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/forgotten.h"

#include <errno.h>
#include <fcntl.h>

#include "base/str.h"
#include "codec/text.h"

/* What one epoch writes. */
struct own {
	char *name; /* begin of the names of files that are not kept */
	int fd;
	bool is_begun; /* as if the file were not there before the first write */
};

struct cc_forgotten {
	struct cc_volume_store below;
	char *path;
	struct own own[CC_VOLUME_EPOCHS_MAX];
	_Atomic size_t count; /* grows in another thread than that which reads and writes */
};

static struct own *own_of(struct cc_forgotten *f, const char *name)
{
	for (size_t i = f->count; i-- > 0;)
		if (cc_str_starts(name, f->own[i].name))
			return &f->own[i];
	return NULL;
}

static int own_read(void *ctx, const char *name, uint64_t at, struct cc_mut out, struct cc_err *err)
{
	struct cc_forgotten *f = ctx;
	const struct own *own = own_of(f, name);

	if (own == NULL)
		return f->below.read(f->below.ctx, name, at, out, err);
	if (!own->is_begun)
		return cc_fail(err, CC_E_NOTFOUND, "'%s' is not there yet", name);
	return cc_pread_all(own->fd, out, at, err);
}

static int own_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		     struct cc_err *err)
{
	struct own *own = own_of(ctx, name);

	if (own == NULL)
		return cc_fail(err, CC_E_BUG, "an ephemeral volume writes '%s'", name);
	own->is_begun = true;
	return cc_pwrite_all(own->fd, bytes, at, err);
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

static int add_state(struct cc_forgotten *f, const struct cc_volume_state_id *state,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf name = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	struct own *own = &f->own[f->count];
	const char *text = NULL;

	if (f->count == CC_COUNT(f->own))
		return cc_fail(err, CC_E_TOOBIG, "an ephemeral volume has %zu epochs, the maximum",
			       CC_COUNT(f->own));
	CC_TRY(cc_hex_add(&name, CC_SPAN(state->b), err));
	CC_TRY(cc_buf_add_str(&name, ".", err));
	CC_TRY(cc_buf_str(&name, &text, err));
	CC_TRY(make_file(f->path, text, &fd, err));
	CC_TRY(cc_buf_take_str(&name, &own->name, err));
	own->fd = CC_TAKE_FD(fd);
	f->count++;
	return 0;
}

int cc_forgotten_new(const struct cc_volume_store *below, const char *path,
		     const struct cc_volume_state_id *state, struct cc_forgotten **out,
		     struct cc_volume_store *store, struct cc_err *err)
{
	struct cc_forgotten *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return cc_fail_sys(err, ENOMEM, "open an ephemeral volume");
	f->below = *below;
	if (cc_str_dup(path, &f->path, err) != 0 || add_state(f, state, err) != 0) {
		cc_forgotten_free(f);
		return -1;
	}
	*store = (struct cc_volume_store){ .ctx = f,
					   .read = own_read,
					   .write = own_write,
					   .flush = own_flush,
					   .remove = own_flush };
	*out = f;
	return 0;
}

int cc_forgotten_epoch(struct cc_forgotten *f, struct cc_secret **key, struct cc_volume_epoch *out,
		       struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *drawn = NULL;
	struct cc_volume_state_id state;

	CC_TRY(cc_random(CC_MUT(state.b), err));
	CC_TRY(cc_secret_random(32, &drawn, err));
	CC_TRY(add_state(f, &state, err));
	out->state = state;
	out->epoch++;
	out->key = *key = CC_TAKE(drawn);
	return 0;
}

void cc_forgotten_free(struct cc_forgotten *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		cc_auto_close(&f->own[i].fd);
		free(f->own[i].name);
	}
	free(f->path);
	free(f);
}
