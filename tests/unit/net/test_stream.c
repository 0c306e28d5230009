/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/world.h"

#include "net/stream.h"

/* What came of a stream. */
struct heard {
	struct cc_buf bytes;
	bool has_ended;
	struct cc_err why;
	struct cc_stream **frees; /* on its end; NULL: nobody does */
};

static void on_bytes(void *context, struct cc_span bytes)
{
	struct heard *heard = context;
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add(&heard->bytes, bytes, &err), 0);
}

static void on_end(void *context, const struct cc_err *why)
{
	struct heard *heard = context;

	assert_false(heard->has_ended);
	heard->has_ended = true;
	heard->why = *why;
	if (heard->frees != NULL) {
		cc_stream_free(*heard->frees);
		*heard->frees = NULL;
	}
}

static void heard_clear(struct heard *heard)
{
	cc_buf_clear(&heard->bytes);
}

static int stream_to(struct cc_loop *loop, const char *address, struct heard *heard,
		     struct cc_stream **out, struct cc_err *err)
{
	const struct cc_stream_plan plan = { .loop = loop,
					     .address = address,
					     .connect_ms = 5000,
					     .on_bytes = on_bytes,
					     .on_end = on_end,
					     .context = heard };

	return cc_stream_new(&plan, out, err);
}

static void what_is_said_before_it_is_connected_arrives(void **state)
{
	static const char question[] = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
	CC_CLEANUP(heard_clear) struct heard heard = { 0 };
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STREAM struct cc_stream *stream = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, "127.0.0.1:0");
	assert_int_equal(stream_to(w.loop, w.address, &heard, &stream, &err), 0);
	assert_int_equal(cc_stream_send(stream, cc_span_str(question), &err), 0);
	heard.frees = &stream;
	while (!heard.has_ended)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	assert_non_null(memmem(heard.bytes.at, heard.bytes.len, "HTTP/1.1 200", 12));
	assert_non_null(strstr(heard.why.text, "has ended"));
	assert_null(stream);
}

static void an_address_without_a_server_is_said_so(void **state)
{
	CC_CLEANUP(heard_clear) struct heard heard = { 0 };
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STREAM struct cc_stream *stream = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_loop_new(&w.loop, &err), 0);
	assert_int_equal(stream_to(w.loop, "no address", &heard, &stream, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(stream_to(w.loop, "unix:/nowhere/at-all", &heard, &stream, &err), 0);
	while (!heard.has_ended)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	assert_int_equal(heard.why.code, CC_E_UNAVAILABLE);
	assert_int_equal(cc_stream_send(stream, cc_span_str("x"), &err), -1);
}

static void what_nobody_reads_is_not_queued_for_ever(void **state)
{
	CC_CLEANUP(heard_clear) struct heard heard = { 0 };
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STREAM struct cc_stream *stream = NULL;
	CC_AUTO_BUF struct cc_buf much = { 0 };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_loop_new(&w.loop, &err), 0);
	assert_int_equal(stream_to(w.loop, "unix:/nowhere/at-all", &heard, &stream, &err), 0);
	assert_int_equal(cc_buf_extend(&much, CC_STREAM_QUEUE_MAX, &room, &err), 0);
	memset(room.at, 0, room.len);
	assert_int_equal(cc_stream_send(stream, cc_buf_span(&much), &err), 0);
	assert_int_equal(cc_stream_send(stream, cc_span_str("x"), &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_before_it_is_connected_arrives),
		cmocka_unit_test(an_address_without_a_server_is_said_so),
		cmocka_unit_test(what_nobody_reads_is_not_queued_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
