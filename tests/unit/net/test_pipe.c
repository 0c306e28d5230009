/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/socket.h>

#include "base/fd.h"
#include "base/secret.h"
#include "net/pipe.h"

/* One end of a socket pair as a pipe; the other is raw or a pipe, too. */
struct end {
	struct cc_pipe *pipe;
	struct cc_buf frames; /* each with its length, as cc_read_sized reads them */
	size_t count;
	bool has_ended, free_at_frame;
	struct cc_err err;
};

static void on_frame(void *context, struct cc_span frame)
{
	struct end *end = context;
	struct cc_err err = { 0 };

	end->count++;
	assert_int_equal(cc_buf_add_sized(&end->frames, frame, &err), 0);
	if (end->free_at_frame)
		cc_pipe_free(CC_TAKE(end->pipe));
}

static void on_end(void *context, const struct cc_err *err)
{
	struct end *end = context;

	assert_false(end->has_ended);
	end->has_ended = true;
	end->err = *err;
	if (end->free_at_frame)
		cc_pipe_free(CC_TAKE(end->pipe));
}

struct fixture {
	struct cc_loop *loop;
	struct end ends[2];
	int raw; /* the second end, when it is no pipe */
};

static void start(struct fixture *f, bool both, size_t queue_max)
{
	struct cc_err err = { 0 };
	int fds[2] = { -1, -1 };

	assert_int_equal(cc_loop_new(&f->loop, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	for (int i = 0; i < (both ? 2 : 1); i++) {
		struct cc_pipe_plan plan = { .loop = f->loop,
					     .fd = fds[i],
					     .queue_max = queue_max,
					     .on_frame = on_frame,
					     .on_end = on_end,
					     .context = &f->ends[i] };

		assert_int_equal(cc_pipe_new(&plan, &f->ends[i].pipe, &err), 0);
	}
	f->raw = both ? -1 : fds[1];
}

static void clear(struct fixture *f)
{
	for (int i = 0; i < 2; i++) {
		cc_pipe_free(f->ends[i].pipe);
		cc_buf_clear(&f->ends[i].frames);
	}
	cc_loop_free(f->loop);
	cc_auto_close(&f->raw);
}
#define AUTO_FIXTURE CC_CLEANUP(clear)

static void step(struct fixture *f)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_loop_step(f->loop, true, &err), 0);
}

static void frames_of_all_sizes_arrive_whole_and_in_order(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 4096, 65535, 1, CC_PIPE_FRAME_MAX, 7 };
	AUTO_FIXTURE struct fixture f = { .raw = -1 };
	CC_AUTO_BUF struct cc_buf sent = { 0 }, bytes = { 0 };
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };

	(void)state;
	start(&f, true, 0);
	assert_int_equal(cc_buf_extend(&bytes, CC_PIPE_FRAME_MAX, &room, &err), 0);
	assert_int_equal(cc_random(room, &err), 0);
	for (size_t i = 0; i < CC_COUNT(sizes); i++) {
		struct cc_span frame = cc_span_sub(cc_buf_span(&bytes), i, sizes[i]);

		assert_int_equal(cc_buf_add_sized(&sent, frame, &err), 0);
		assert_int_equal(cc_pipe_send(f.ends[0].pipe, frame, &err), 0);
	}
	assert_int_equal(cc_pipe_send(f.ends[1].pipe, cc_span("back", 4), &err), 0);
	while (f.ends[1].count < CC_COUNT(sizes) || f.ends[0].count < 1)
		step(&f);
	assert_true(cc_span_eq(cc_buf_span(&f.ends[1].frames), cc_buf_span(&sent)));
	assert_memory_equal(f.ends[0].frames.at, "\0\0\0\4back", 8);
	assert_int_equal(cc_pipe_queued(f.ends[0].pipe), 0);
}

static void a_frame_may_come_byte_by_byte(void **state)
{
	static const char bytes[] = "\0\0\0\3abc\0\0\0\1d";
	AUTO_FIXTURE struct fixture f = { .raw = -1 };

	(void)state;
	start(&f, false, 0);
	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		assert_int_equal(send(f.raw, bytes + i, 1, MSG_NOSIGNAL), 1);
		step(&f);
	}
	assert_int_equal(f.ends[0].count, 2);
	assert_memory_equal(f.ends[0].frames.at, bytes, sizeof(bytes) - 1);
}

static void a_length_out_of_bounds_ends_the_pipe(void **state)
{
	static const char *const lengths[] = { "\0\0\0\0", "\x00\x80\x00\x01", "\xff\xff\xff\xff" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lengths); i++) {
		AUTO_FIXTURE struct fixture f = { .raw = -1 };
		struct cc_err err = { 0 };

		start(&f, false, 0);
		assert_int_equal(send(f.raw, "\0\0\0\1x", 5, MSG_NOSIGNAL), 5);
		assert_int_equal(send(f.raw, lengths[i], 4, MSG_NOSIGNAL), 4);
		assert_int_equal(send(f.raw, "\0\0\0\1y", 5, MSG_NOSIGNAL), 5);
		while (!f.ends[0].has_ended)
			step(&f);
		assert_int_equal(f.ends[0].err.code, CC_E_ARG);
		assert_int_equal(f.ends[0].count, 1);
		assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_span("x", 1), &err), -1);
		assert_int_equal(err.code, CC_E_UNAVAILABLE);
	}
}

static void the_end_of_the_other_side_is_told_after_its_last_frame(void **state)
{
	AUTO_FIXTURE struct fixture f = { .raw = -1 };

	(void)state;
	start(&f, false, 0);
	assert_int_equal(send(f.raw, "\0\0\0\1x\0\0", 7, MSG_NOSIGNAL), 7);
	(void)close(f.raw);
	f.raw = -1;
	while (!f.ends[0].has_ended)
		step(&f);
	assert_int_equal(f.ends[0].count, 1);
	assert_int_equal(f.ends[0].err.code, CC_E_UNAVAILABLE);
}

static void what_cannot_be_framed_or_queued_is_refused(void **state)
{
	AUTO_FIXTURE struct fixture f = { .raw = -1 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };

	(void)state;
	start(&f, false, 100);
	assert_int_equal(cc_buf_extend(&bytes, CC_PIPE_FRAME_MAX + 1, &room, &err), 0);
	assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_buf_span(&bytes), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_span("", 0), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_span(bytes.at, 50), &err), 0);
	assert_int_equal(cc_pipe_queued(f.ends[0].pipe), 54);
	assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_span(bytes.at, 43), &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(cc_pipe_queued(f.ends[0].pipe), 54);
	assert_int_equal(cc_pipe_send(f.ends[0].pipe, cc_span(bytes.at, 42), &err), 0);
}

static void a_pipe_may_be_freed_in_its_callbacks(void **state)
{
	(void)state;
	for (int frame = 0; frame < 2; frame++) {
		AUTO_FIXTURE struct fixture f = { .raw = -1 };

		start(&f, false, 0);
		f.ends[0].free_at_frame = true;
		if (frame == 1)
			assert_int_equal(send(f.raw, "\0\0\0\1x\0\0\0\1y", 10, MSG_NOSIGNAL), 10);
		(void)close(f.raw);
		f.raw = -1;
		while (f.ends[0].pipe != NULL)
			step(&f);
		assert_int_equal(f.ends[0].count, frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_of_all_sizes_arrive_whole_and_in_order),
		cmocka_unit_test(a_frame_may_come_byte_by_byte),
		cmocka_unit_test(a_length_out_of_bounds_ends_the_pipe),
		cmocka_unit_test(the_end_of_the_other_side_is_told_after_its_last_frame),
		cmocka_unit_test(what_cannot_be_framed_or_queued_is_refused),
		cmocka_unit_test(a_pipe_may_be_freed_in_its_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
