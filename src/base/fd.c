/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>

void cc_auto_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

void cc_auto_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

/* A full disk is an operator's daily trouble: it gets a next step of its own. */
static int write_failed(struct cc_err *err, int sys)
{
	cc_err_set_sys(err, sys, "write");
	if (sys == ENOSPC || sys == EDQUOT)
		cc_err_hint(err,
			    "make room on the disk and try again: nothing half-written is used");
	return -1;
}

int cc_write_all(int fd, struct cc_span bytes, struct cc_err *err)
{
	while (bytes.len > 0) {
		ssize_t done = write(fd, bytes.at, bytes.len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return write_failed(err, errno);
		bytes = cc_span(bytes.at + done, bytes.len - (size_t)done);
	}
	return 0;
}

int cc_pwrite_all(int fd, struct cc_span bytes, uint64_t at, struct cc_err *err)
{
	while (bytes.len > 0) {
		ssize_t done = pwrite(fd, bytes.at, bytes.len, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return write_failed(err, errno);
		at += (uint64_t)done;
		bytes = cc_span(bytes.at + done, bytes.len - (size_t)done);
	}
	return 0;
}

int cc_pread_all(int fd, struct cc_mut out, uint64_t at, struct cc_err *err)
{
	while (out.len > 0) {
		ssize_t done = pread(fd, out.at, out.len, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return cc_fail_sys(err, errno, "read");
		if (done == 0)
			return cc_fail(err, CC_E_TAMPERED, "ends at byte %llu, %zu bytes early",
				       (unsigned long long)at, out.len);
		at += (uint64_t)done;
		out = (struct cc_mut){ out.at + done, out.len - (size_t)done };
	}
	return 0;
}

int cc_read_all(int fd, struct cc_mut out, struct cc_err *err)
{
	while (out.len > 0) {
		ssize_t done = read(fd, out.at, out.len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return cc_fail_sys(err, errno, "read");
		if (done == 0)
			return cc_fail(err, CC_E_UNAVAILABLE, "the other end has closed");
		out = (struct cc_mut){ out.at + done, out.len - (size_t)done };
	}
	return 0;
}

int cc_read_to_end(int fd, size_t max, struct cc_buf *out, struct cc_err *err)
{
	size_t start = out->len;

	for (;;) {
		ssize_t done = 0;

		CC_TRY(cc_buf_reserve(out, 65536, err));
		done = read(fd, out->at + out->len, 65536);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return cc_fail_sys(err, errno, "read");
		if (done == 0)
			return 0;
		out->len += (size_t)done;
		if (out->len - start > max)
			return cc_fail(err, CC_E_TOOBIG, "more than the maximum of %zu bytes", max);
	}
}

/*
 * A program that is killed in fallocate leaves EINTR with its file's mapping, since the kernel does
 * not wait for the answer to the file's new times (fuse_flush_time_update), and syncfs tells it
 * once. It does not stand for bytes: nobody interrupts a write of pages, and who serves knows which
 * it has refused.
 */
int cc_write_back(int fd, const char *what, struct cc_err *err)
{
	int failed = syncfs(fd);

	if (failed != 0 && errno == EINTR)
		failed = syncfs(fd);
	return failed == 0 ? 0 : cc_fail_sys(err, errno, "write back '%s'", what);
}

int cc_fdatasync(int fd, const char *what, struct cc_err *err)
{
	if (fdatasync(fd) != 0)
		return cc_fail_sys(err, errno, "flush '%s' to the disk", what);
	return 0;
}

int cc_fsync(int fd, const char *what, struct cc_err *err)
{
	if (fsync(fd) != 0)
		return cc_fail_sys(err, errno, "flush '%s' to the disk", what);
	return 0;
}
