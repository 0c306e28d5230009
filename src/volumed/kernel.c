/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's protocol, linux/fuse.h, where libfuse 3.14 does not speak it: of a request what it
 * does not hand on, and one promise that it cannot give. The header itself cannot be included: it
 * has members with names that base/banned.h poisons.
 */
#include <sys/uio.h>

#include "volumed/volumed-internal.h"

/* struct fuse_in_header: length u32, opcode u32, unique u64, …; the request follows. */
#define HEADER_LEN 40
#define OPCODE_AT 4
#define UNIQUE_AT 8
/* struct fuse_out_header: length u32, error i32, unique u64. */
#define ANSWER_LEN 16
#define ANSWER_UNIQUE_AT 8

#define OP_SETATTR 4u
#define OP_WRITE 16u
#define OP_INIT 26u

/* struct fuse_init_in and fuse_init_out: major, minor, max_readahead, flags, all u32. */
#define INIT_FLAGS_AT 12
/*
 * FUSE_HANDLE_KILLPRIV_V2: the server takes set-user-id and set-group-id off, so the kernel need
 * not look at security.capability before each write, only before the first.
 */
#define HANDLE_KILLPRIV_V2 (1u << 28)

/* Where a request asks for that: the flags of SETATTR and those of WRITE. */
static const struct {
	uint32_t opcode;
	size_t at;
	uint32_t flag;
} kills[] = {
	{ OP_SETATTR, HEADER_LEN, 1u << 11 },   /* valid: FATTR_KILL_SUIDGID */
	{ OP_WRITE, HEADER_LEN + 20, 1u << 2 }, /* write_flags: FUSE_WRITE_KILL_SUIDGID */
};

/* A number of this machine's byte order; 0 when the message ends before it. */
static uint32_t u32_at(struct cc_span message, size_t at)
{
	uint32_t value = 0;

	if (message.len >= at + sizeof(value))
		memcpy(&value, message.at + at, sizeof(value));
	return value;
}

uint32_t cc_volumed_opcode(const struct fuse_buf *request)
{
	return u32_at(cc_span(request->mem, request->size), OPCODE_AT);
}

static bool asks_to_kill(const struct fuse_buf *request)
{
	const struct cc_span message = cc_span(request->mem, request->size);
	uint32_t opcode = cc_volumed_opcode(request);

	for (size_t i = 0; i < CC_COUNT(kills); i++)
		if (kills[i].opcode == opcode)
			return (u32_at(message, kills[i].at) & kills[i].flag) != 0;
	return false;
}

void cc_volumed_process(struct cc_volumed *d, const struct fuse_buf *request)
{
	d->asked_to_kill = asks_to_kill(request);
	fuse_session_process_buf(d->session, request);
}

static ssize_t receive(int fd, void *buf, size_t len, void *userdata)
{
	struct cc_volumed *d = userdata;
	ssize_t got = read(fd, buf, len);
	const struct cc_span message = cc_span(buf, got > 0 ? (size_t)got : 0);

	if (message.len >= HEADER_LEN && u32_at(message, OPCODE_AT) == OP_INIT) {
		memcpy(d->init, message.at + UNIQUE_AT, sizeof(d->init));
		d->may_kill =
			(u32_at(message, HEADER_LEN + INIT_FLAGS_AT) & HANDLE_KILLPRIV_V2) != 0;
	}
	return got;
}

/* The answer to INIT gets the flag that libfuse does not know, when the kernel offered it. */
static void promise(struct cc_volumed *d, const struct iovec *parts, int count)
{
	uint32_t flags = 0;

	if (!d->may_kill || count != 2 || parts[0].iov_len != ANSWER_LEN ||
	    parts[1].iov_len < INIT_FLAGS_AT + sizeof(flags) ||
	    memcmp((const uint8_t *)parts[0].iov_base + ANSWER_UNIQUE_AT, d->init,
		   sizeof(d->init)) != 0)
		return;
	d->may_kill = false;
	flags = u32_at(cc_span(parts[1].iov_base, parts[1].iov_len), INIT_FLAGS_AT) |
		HANDLE_KILLPRIV_V2;
	memcpy((uint8_t *)parts[1].iov_base + INIT_FLAGS_AT, &flags, sizeof(flags));
}

static ssize_t answer(int fd, struct iovec *parts, int count, void *userdata)
{
	promise(userdata, parts, count);
	return writev(fd, parts, count);
}

int cc_volumed_connect(struct cc_volumed *d, int *fuse_fd, struct cc_err *err)
{
	static const struct fuse_custom_io io = { .read = receive, .writev = answer };
	int failed = fuse_session_custom_io(d->session, &io, *fuse_fd);

	if (failed != 0)
		return cc_fail_sys(err, -failed, "use descriptor %d as a FUSE session", *fuse_fd);
	*fuse_fd = -1;
	return 0;
}
