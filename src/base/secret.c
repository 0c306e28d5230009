/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

struct cc_secret {
	uint8_t *map; /* guard page, pages, guard page */
	size_t map_len;
	uint8_t *at;
	size_t len;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void cc_secret_free(struct cc_secret *secret)
{
	if (secret == NULL)
		return;
	if (secret->map != NULL) {
		if (secret->at != NULL)
			cc_wipe(secret->at, secret->len);
		(void)munmap(secret->map, secret->map_len);
	}
	free(secret);
}

static int protect(struct cc_secret *secret, size_t len, struct cc_err *err)
{
	uint8_t *pages = secret->map + page_size();
	size_t pages_len = secret->map_len - 2 * page_size();

	if (mprotect(pages, pages_len, PROT_READ | PROT_WRITE) != 0)
		return cc_fail_sys(err, errno, "open the pages of a secret");
	if (mlock(pages, pages_len) != 0) {
		cc_err_set_sys(err, errno, "lock %zu bytes of memory", pages_len);
		return cc_hint(err, "raise the limit on locked memory (ulimit -l)");
	}
	if (madvise(pages, pages_len, MADV_DONTDUMP) != 0)
		return cc_fail_sys(err, errno, "keep a secret out of core dumps");
	if (madvise(pages, pages_len, MADV_DONTFORK) != 0)
		return cc_fail_sys(err, errno, "keep a secret out of children");
	secret->at = pages + pages_len - len;
	secret->len = len;
	return 0;
}

int cc_secret_new(size_t len, struct cc_secret **out, struct cc_err *err)
{
	size_t page = page_size(), pages = (len + page - 1) / page * page;
	CC_AUTO_SECRET struct cc_secret *secret = NULL;
	void *map = NULL;

	if (len == 0 || len > CC_SECRET_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a secret has 1 to %zu bytes, not %zu",
			       CC_SECRET_MAX, len);
	secret = calloc(1, sizeof(*secret));
	if (secret == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a secret");
	map = mmap(NULL, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return cc_fail_sys(err, errno, "map %zu bytes for a secret", pages + 2 * page);
	secret->map = map;
	secret->map_len = pages + 2 * page;
	CC_TRY(protect(secret, len, err));
	*out = CC_TAKE(secret);
	return 0;
}

int cc_secret_from(struct cc_span bytes, struct cc_secret **out, struct cc_err *err)
{
	CC_TRY(cc_secret_new(bytes.len, out, err));
	memcpy((*out)->at, bytes.at, bytes.len);
	return 0;
}

int cc_secret_random(size_t len, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *secret = NULL;

	CC_TRY(cc_secret_new(len, &secret, err));
	CC_TRY(cc_random((struct cc_mut){ secret->at, secret->len }, err));
	*out = CC_TAKE(secret);
	return 0;
}

size_t cc_secret_len(const struct cc_secret *secret)
{
	return secret->len;
}

uint8_t *cc_secret_bytes(struct cc_secret *secret)
{
	return secret->at;
}

struct cc_span cc_secret_span(const struct cc_secret *secret)
{
	return cc_span(secret->at, secret->len);
}

bool cc_secret_equal(const struct cc_secret *a, const struct cc_secret *b)
{
	return a->len == b->len && cc_bytes_equal(a->at, b->at, a->len);
}

void cc_wipe(void *at, size_t len)
{
	explicit_bzero(at, len);
}

void cc_wiped_done(const struct cc_wiped_ *w)
{
	explicit_bzero(w->at, w->len);
}

int cc_random(struct cc_mut out, struct cc_err *err)
{
	while (out.len > 0) {
		ssize_t got = getrandom(out.at, out.len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cc_fail_sys(err, errno, "get random bytes");
		out.at += got;
		out.len -= (size_t)got;
	}
	return 0;
}

int cc_secret_process(struct cc_err *err)
{
	/* 1 and not 0: a core_pattern that is a pipe ignores 0 and obeys 1 (core(5)). */
	const struct rlimit none = { 1, 1 };

	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		return cc_fail_sys(err, errno, "forbid core dumps");
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return cc_fail_sys(err, errno, "forbid core files");
	return 0;
}
