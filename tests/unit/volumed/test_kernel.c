/* SPDX-License-Identifier: Apache-2.0 */
/* The test plays the kernel, in the words of linux/fuse.h, over a pair of sockets. */
#include "tests/unit/volumed/mounted.h"

#include <sys/socket.h>
#include <sys/stat.h>

#define LOOKUP 1u
#define FORGET 2u
#define GETATTR 3u
#define SETATTR 4u
#define UNLINK 10u
#define WRITE 16u
#define INIT 26u
#define BATCH_FORGET 42u

#define KILLPRIV_V2 (1u << 28)
#define WRITE_KILL_SUIDGID (1u << 2)
#define ATTR_UID (1u << 1)
#define ATTR_SIZE (1u << 3)
#define ATTR_MTIME (1u << 5)
#define ATTR_KILL_SUIDGID (1u << 11)

struct in_header {
	uint32_t len, opcode;
	uint64_t unique, node;
	uint32_t uid, gid, pid, rest;
};
struct out_header {
	uint32_t len;
	int32_t error;
	uint64_t unique;
};
struct init {
	uint32_t major, minor, readahead, flags, more[12];
};
struct setattr {
	uint32_t valid, padding;
	uint64_t file, size, lock_owner, times[3];
	uint32_t nanoseconds[3], mode, unused, uid, gid, unused_too;
};
struct write {
	uint64_t file, offset;
	uint32_t size, flags;
	uint64_t lock_owner;
	uint32_t open_flags, padding;
	char bytes[4];
};
struct getattr {
	uint32_t flags, dummy;
	uint64_t file;
};
struct attr {
	uint64_t valid;
	uint32_t valid_nsec, dummy;
	uint64_t ino, size, blocks, times[3];
	uint32_t nanoseconds[3], mode, links, uid, gid, rdev, block_size, flags;
};

struct forget {
	uint64_t node, times;
};
struct batch_forget {
	uint32_t count, dummy;
	struct forget what[2];
};

struct kernel {
	struct mounted m;
	int fd;
	uint64_t unique;
	uint64_t program, other, dir;
};

static uint64_t tell(struct kernel *k, uint32_t opcode, uint64_t node, struct cc_span body)
{
	const struct in_header header = { .len = (uint32_t)(sizeof(header) + body.len),
					  .opcode = opcode,
					  .unique = ++k->unique,
					  .node = node };
	uint8_t message[512] = { 0 };

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), body.at, body.len);
	assert_int_equal(write(k->fd, message, header.len), header.len);
	return header.unique;
}

/* The error, and without one the reply. */
static int try(struct kernel *k, uint32_t opcode, uint64_t node, struct cc_span body,
	       struct cc_mut reply)
{
	uint64_t unique = tell(k, opcode, node, body);
	struct out_header answer = { 0 };
	uint8_t message[512] = { 0 };
	ssize_t got = read(k->fd, message, sizeof(message));

	assert_true(got >= (ssize_t)sizeof(answer));
	memcpy(&answer, message, sizeof(answer));
	assert_int_equal(answer.unique, unique);
	if (answer.error != 0)
		return -answer.error;
	assert_true((size_t)got - sizeof(answer) >= reply.len);
	if (reply.len > 0)
		memcpy(reply.at, message + sizeof(answer), reply.len);
	return 0;
}

static void ask(struct kernel *k, uint32_t opcode, uint64_t node, struct cc_span body,
		struct cc_mut reply)
{
	assert_int_equal(try(k, opcode, node, body, reply), 0);
}

static uint64_t made(struct kernel *k, const char *name, uint32_t mode)
{
	const struct cc_volume_attr like = { .mode = mode };
	struct cc_volume_attr out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_volume_create(k->m.volume, CC_VOLUME_ROOT_INO, cc_span_str(name), &like,
					  &out, &err),
			 0);
	return out.ino;
}

/* The flags that come back. */
static uint32_t begin_serving(struct kernel *k, uint32_t offered)
{
	const struct init in = { .major = 7, .minor = 36, .readahead = 131072, .flags = offered };
	struct init out = { 0 };
	struct cc_err err = { 0 };
	int fds[2] = { -1, -1 };

	*k = (struct kernel){ 0 };
	init(&k->m);
	open_only(&k->m, 1);
	k->program = made(k, "program", S_IFREG | 06777);
	k->other = made(k, "other", S_IFREG | 0644);
	k->dir = made(k, "dir", S_IFDIR | 02777);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	k->fd = fds[0];
	assert_int_equal(cc_volumed_start(fds[1], k->m.volume, &k->m.options, &k->m.daemon, &err),
			 0);
	ask(k, INIT, 0, cc_span(&in, sizeof(in)), (struct cc_mut){ (uint8_t *)&out, sizeof(out) });
	return out.flags;
}

static void end_serving(struct kernel *k)
{
	struct cc_volume_commit last = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_volumed_stop(k->m.daemon, NULL, &last, &err), 0);
	(void)close(k->fd);
	cc_volume_free(k->m.volume);
	clear(&k->m);
}

static uint32_t mode_of(struct kernel *k, uint64_t node)
{
	const struct getattr in = { 0 };
	struct attr out = { 0 };

	ask(k, GETATTR, node, cc_span(&in, sizeof(in)),
	    (struct cc_mut){ (uint8_t *)&out, sizeof(out) });
	return out.mode & 07777u;
}

/* The mode in the answer, which the kernel will go by. */
static uint32_t set(struct kernel *k, uint64_t node, uint32_t valid)
{
	const struct setattr in = { .valid = valid, .size = 3, .uid = 7 };
	struct attr out = { 0 };

	ask(k, SETATTR, node, cc_span(&in, sizeof(in)),
	    (struct cc_mut){ (uint8_t *)&out, sizeof(out) });
	return out.mode & 07777u;
}

static void put(struct kernel *k, uint32_t flags)
{
	const struct write in = { .size = sizeof(in.bytes), .flags = flags, .bytes = "abc" };
	uint8_t out[8] = { 0 };

	ask(k, WRITE, k->program, cc_span(&in, sizeof(in)), (struct cc_mut){ out, sizeof(out) });
}

static void the_promise_is_given_to_a_kernel_that_offers_it(void **state)
{
	static const uint32_t offers[] = { 0, KILLPRIV_V2, KILLPRIV_V2 | 1 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(offers); i++) {
		struct kernel k = { 0 };

		assert_int_equal(begin_serving(&k, offers[i]) & KILLPRIV_V2,
				 offers[i] & KILLPRIV_V2);
		end_serving(&k);
	}
}

static void who_may_keep_them_writes_and_truncates_without_a_loss(void **state)
{
	struct kernel k = { 0 };

	(void)state;
	(void)begin_serving(&k, KILLPRIV_V2);
	put(&k, 0);
	assert_int_equal(mode_of(&k, k.program), 06777);
	assert_int_equal(set(&k, k.program, ATTR_SIZE), 06777);
	assert_int_equal(set(&k, k.program, ATTR_MTIME), 06777);
	end_serving(&k);
}

static void a_write_of_others_takes_them_off(void **state)
{
	struct kernel k = { 0 };

	(void)state;
	(void)begin_serving(&k, KILLPRIV_V2);
	put(&k, WRITE_KILL_SUIDGID);
	assert_int_equal(mode_of(&k, k.program), 0777);
	end_serving(&k);
}

static void so_do_truncation_by_others_a_new_owner_and_a_change_of_nothing(void **state)
{
	static const uint32_t asked[] = { ATTR_SIZE | ATTR_KILL_SUIDGID, ATTR_UID, 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(asked); i++) {
		struct kernel k = { 0 };

		(void)begin_serving(&k, KILLPRIV_V2);
		assert_int_equal(set(&k, k.program, asked[i]), 0777);
		assert_int_equal(mode_of(&k, k.program), 0777);
		end_serving(&k);
	}
}

static void a_directory_keeps_its_set_group_id(void **state)
{
	struct kernel k = { 0 };

	(void)state;
	(void)begin_serving(&k, KILLPRIV_V2);
	assert_int_equal(set(&k, k.dir, ATTR_UID), 02777);
	end_serving(&k);
}

static void set_group_id_without_the_right_to_execute_stays(void **state)
{
	struct kernel k = { 0 };
	const struct setattr in = { .valid = 1, .mode = S_IFREG | 06767 };
	struct attr out = { 0 };

	(void)state;
	(void)begin_serving(&k, KILLPRIV_V2);
	ask(&k, SETATTR, k.program, cc_span(&in, sizeof(in)),
	    (struct cc_mut){ (uint8_t *)&out, sizeof(out) });
	put(&k, WRITE_KILL_SUIDGID);
	assert_int_equal(mode_of(&k, k.program), 02767);
	end_serving(&k);
}

static bool is_there(struct kernel *k, uint64_t node)
{
	const struct getattr in = { 0 };
	struct attr out = { 0 };

	return try(k, GETATTR, node, cc_span(&in, sizeof(in)),
		   (struct cc_mut){ (uint8_t *)&out, sizeof(out) }) == 0;
}

static void look_up(struct kernel *k, const char *name)
{
	uint8_t entry[40] = { 0 };

	ask(k, LOOKUP, CC_VOLUME_ROOT_INO, cc_span(name, strlen(name) + 1),
	    (struct cc_mut){ entry, sizeof(entry) });
}

static void what_was_removed_stays_until_it_is_forgotten_as_often_as_it_was_looked_up(void **state)
{
	struct kernel k = { 0 };
	struct forget once = { .times = 1 };
	struct batch_forget many = { .count = 2 };

	(void)state;
	(void)begin_serving(&k, 0);
	for (int i = 0; i < 4; i++)
		look_up(&k, "program");
	look_up(&k, "other");
	ask(&k, UNLINK, CC_VOLUME_ROOT_INO, cc_span("program", 8), (struct cc_mut){ 0 });
	ask(&k, UNLINK, CC_VOLUME_ROOT_INO, cc_span("other", 6), (struct cc_mut){ 0 });
	(void)tell(&k, FORGET, k.program, cc_span(&once.times, sizeof(once.times)));
	assert_true(is_there(&k, k.program));
	many.what[0] = (struct forget){ k.program, 2 };
	many.what[1] = (struct forget){ k.other, 1 };
	(void)tell(&k, BATCH_FORGET, 0, cc_span(&many, sizeof(many)));
	assert_true(is_there(&k, k.program));
	assert_false(is_there(&k, k.other));
	(void)tell(&k, FORGET, k.program, cc_span(&once.times, sizeof(once.times)));
	assert_false(is_there(&k, k.program));
	end_serving(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_promise_is_given_to_a_kernel_that_offers_it),
		cmocka_unit_test(who_may_keep_them_writes_and_truncates_without_a_loss),
		cmocka_unit_test(a_write_of_others_takes_them_off),
		cmocka_unit_test(so_do_truncation_by_others_a_new_owner_and_a_change_of_nothing),
		cmocka_unit_test(a_directory_keeps_its_set_group_id),
		cmocka_unit_test(set_group_id_without_the_right_to_execute_stays),
		cmocka_unit_test(
			what_was_removed_stays_until_it_is_forgotten_as_often_as_it_was_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
