/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/world.h"

#define LOOPBACK "127.0.0.1:0"
#define GET "GET / HTTP/1.1\r\nHost: x\r\n"
#define CLOSE "Connection: close\r\n"

static const struct cc_call call_get = { .method = "GET", .path = "/" };

static void a_request_and_its_answer_carry_all_parts(void **state)
{
	const char *const addresses[] = { LOOPBACK, "[::1]:0", SOCKET("server") };
	static const struct cc_call_field fields[] = { { "X-Test", "a value" }, { "x-empty", "" } };
	struct cc_call call = { .method = "POST",
				.path = "/a%20b?c=d",
				.fields = fields,
				.count = 2,
				.body = CC_SPAN("hello") };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(addresses); i++) {
		AUTO_WORLD struct world w = { 0 };
		CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
		struct seen seen = { 0 };

		world_start(&w, false, (struct cc_server_plan){ 0 }, addresses[i]);
		channel = channel_to(&w, w.address);
		assert_false(cc_channel_is_connected(channel));
		assert_int_equal(connect_now(&w, channel).err.code, CC_OK);
		assert_true(cc_channel_is_connected(channel));
		assert_null(cc_channel_exporter(channel));
		seen = call_now(&w, channel, &call);
		assert_int_equal(seen.err.code, CC_OK);
		assert_int_equal(seen.status, 200);
		assert_string_equal(seen.body, "hello");
		assert_string_equal(w.line, "POST /a%20b 'c=d' a value");
		assert_int_equal(w.peer.len, 0);
		assert_true(cc_digest_is_zero(&w.exporter));
	}
	socket_remove(addresses[2]);
}

static void over_tls_both_ends_have_one_exporter_and_the_client_is_known(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_digest first = { 0 };
	struct cc_err err = { 0 };
	struct seen seen = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	channel = channel_to(&w, w.address);
	seen = connect_now(&w, channel);
	assert_string_equal(seen.err.text, "");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(call_now(&w, channel, &call_get).status, 200);
		assert_true(cc_digest_eq(&w.exporter, cc_channel_exporter(channel)));
	}
	assert_int_equal(w.connections[0], w.connections[1]);
	assert_int_equal(cc_cert_to_der(w.client.cert, &der, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&w.peer), cc_buf_span(&der)));
	first = w.exporter;
	connect_now(&w, channel);
	assert_int_equal(call_now(&w, channel, &call_get).status, 200);
	assert_true(cc_digest_eq(&w.exporter, cc_channel_exporter(channel)));
	assert_false(cc_digest_eq(&w.exporter, &first));
	assert_int_not_equal(w.connections[1], w.connections[2]);
}

static void a_client_without_a_certificate_is_served_without_a_peer(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	cc_tls_free(w.client_tls);
	assert_int_equal(cc_tls_client(&w.pin, NULL, NULL, &w.client_tls, &err), 0);
	channel = channel_to(&w, w.address);
	assert_int_equal(connect_now(&w, channel).err.code, CC_OK);
	assert_int_equal(call_now(&w, channel, &call_get).status, 200);
	assert_int_equal(w.peer.len, 0);
}

static void big_bodies_pass_over_tls(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_call call = { .method = "PUT", .path = "/" };
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };
	struct seen seen = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	channel = channel_to(&w, w.address);
	connect_now(&w, channel);
	assert_int_equal(cc_buf_extend(&body, CC_HTTP_BODY_MAX, &room, &err), 0);
	assert_int_equal(cc_random(room, &err), 0);
	call.body = cc_buf_span(&body);
	seen = call_now(&w, channel, &call);
	assert_int_equal(seen.status, 200);
	assert_true(cc_span_eq(cc_buf_span(&w.body), cc_buf_span(&body)));
}

static void what_is_malformed_or_too_big_is_answered_and_ends_the_connection(void **state)
{
	static const struct {
		const char *bytes, *status;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", "400" },
		{ GET "Host: y\r\n\r\n", "400" },
		{ "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "501" },
		{ "GET x HTTP/1.1\r\nHost: x\r\n\r\n", "400" },
		{ "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "400" },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "501" },
		{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400" },
		{ GET " folded\r\n\r\n", "400" },
		{ "GET / HTTP/1.1\nHost: x\r\n\r\n", "400" },
		{ GET "a: b\rc\r\n\r\n", "400" },
		{ GET "a: \x01\r\n\r\n", "400" },
		{ GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "400" },
		{ GET "Content-Length: -1\r\n\r\n", "400" },
		{ GET "Content-Length: 1, 1\r\n\r\n", "400" },
		{ GET "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
		{ GET "Transfer-Encoding: gzip, chunked\r\n\r\n", "501" },
		{ GET "Transfer-Encoding: chunked, identity\r\n\r\n", "501" },
		{ GET "Transfer-Encoding: xchunked\r\n\r\n", "501" },
		{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
		{ GET "Expect: else\r\n\r\n", "501" },
		{ GET "Content-Length: 1001\r\n\r\n", "413" },
		{ GET "Content-Length: 99999999999999999999\r\n\r\n", "4" },
		{ GET "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "413" },
		{ GET "Transfer-Encoding: chunked\r\n\r\nx\r\n", "400" },
		{ GET "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "400" },
	};
	AUTO_WORLD struct world w = { 0 };
	char answer[4096] = "";

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .body_max = 1000, .linger_ms = 30 },
		    LOOPBACK);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		raw(&w, cc_span_str(rows[i].bytes), answer, sizeof(answer));
		if (strncmp(answer, "HTTP/1.1 ", 9) != 0 ||
		    strncmp(answer + 9, rows[i].status, strlen(rows[i].status)) != 0)
			fail_msg("'%s': '%s'", rows[i].bytes, answer);
		assert_non_null(strstr(answer, "Connection: close"));
		assert_non_null(strstr(answer, "application/problem+json"));
	}
	assert_int_equal(w.requests, 0);
}

static void a_client_that_sends_all_of_a_too_big_body_still_reads_its_413(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	char answer[4096] = "";
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	assert_int_equal(cc_buf_add_str(&bytes, GET "Content-Length: 4194305\r\n\r\n", &err), 0);
	assert_int_equal(cc_buf_extend(&bytes, CC_HTTP_BODY_MAX + 1, &room, &err), 0);
	memset(room.at, 'x', room.len);
	raw(&w, cc_buf_span(&bytes), answer, sizeof(answer));
	assert_memory_equal(answer, "HTTP/1.1 413", 12);
	assert_non_null(strstr(answer, "\"code\":\"too-big\""));
	assert_int_equal(w.requests, 0);
}

static void the_answer_to_a_head_has_no_body_and_the_next_one_has(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	char answer[4096] = "";

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	w.answer = (struct cc_answer){ .status = 200, .body = CC_SPAN("four") };
	raw(&w, cc_span_str("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" GET CLOSE "\r\n"), answer,
	    sizeof(answer));
	assert_non_null(strstr(answer, "Content-Length: 5"));
	assert_non_null(strstr(answer, "\r\n\r\nHTTP/1.1 200 OK"));
	assert_string_equal(answer + strlen(answer) - 4, "four");
	/* What is refused before its method is known says why. */
	raw(&w, cc_span_str("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n"), answer,
	    sizeof(answer));
	assert_non_null(strstr(answer, "HTTP/1.1 400"));
	assert_non_null(strstr(answer, "\"code\":\"argument\""));
}

static void a_method_that_is_not_there_is_405_and_the_others_are_named(void **state)
{
	AUTO_WORLD struct world w = { .hold = true };
	CC_AUTO_CLOSE int fd = -1;
	char answer[4096] = "";
	struct cc_err problem = { 0 }, err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	fd = raw_connect(w.address);
	assert_int_equal(send(fd, GET CLOSE "\r\n", strlen(GET CLOSE "\r\n"), 0),
			 strlen(GET CLOSE "\r\n"));
	while (w.held == NULL)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	cc_err_set(&problem, CC_E_NOTFOUND, "no operation");
	cc_request_not_allowed(w.held, &problem, "PUT, POST");
	raw_read(&w, fd, answer, sizeof(answer));
	assert_memory_equal(answer, "HTTP/1.1 405 Method Not Allowed\r\n", 33);
	assert_non_null(strstr(answer, "Allow: PUT, POST\r\n"));
	assert_non_null(strstr(answer, "\"status\":405"));
}

static void a_flood_of_headers_is_answered_431(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf endless = { 0 }, many = { 0 };
	char answer[4096] = "";
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .linger_ms = 30 }, LOOPBACK);
	assert_int_equal(cc_buf_add_str(&endless, GET, &err), 0);
	while (endless.len <= CC_HTTP_HEAD_MAX)
		assert_int_equal(cc_buf_add_str(&endless, "a: bbbbbbbbbbbbbbbbbbbbbbbbb\r\n", &err),
				 0);
	raw(&w, cc_buf_span(&endless), answer, sizeof(answer));
	assert_memory_equal(answer, "HTTP/1.1 431", 12);
	assert_int_equal(cc_buf_add_str(&many, GET, &err), 0);
	for (int i = 0; i < CC_HTTP_FIELDS_MAX; i++)
		assert_int_equal(cc_buf_add_str(&many, "a: b\r\n", &err), 0);
	assert_int_equal(cc_buf_add_str(&many, "\r\n", &err), 0);
	raw(&w, cc_buf_span(&many), answer, sizeof(answer));
	assert_memory_equal(answer, "HTTP/1.1 413", 12);
	assert_int_equal(w.requests, 0);
}

static void chunks_pipelining_continue_and_http_1_0_are_served(void **state)
{
	static const struct {
		const char *bytes, *first, *last;
	} rows[] = {
		{ GET CLOSE "Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n02\r\nde\r\n0\r\n"
			    "t: u\r\n\r\n",
		  "HTTP/1.1 200 OK\r\n", "\r\n\r\nabcde" },
		{ GET "Content-Length: 1\r\n\r\nA" GET CLOSE "Content-Length: 1\r\n\r\nB",
		  "HTTP/1.1 200 OK\r\n", "\r\n\r\nB" },
		{ GET CLOSE "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nC",
		  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", "\r\n\r\nC" },
		{ "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nD", "HTTP/1.1 200 OK\r\n",
		  "\r\n\r\nD" },
	};
	AUTO_WORLD struct world w = { 0 };
	char answer[4096] = "";

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .linger_ms = 30 }, LOOPBACK);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		size_t len = 0;

		raw(&w, cc_span_str(rows[i].bytes), answer, sizeof(answer));
		len = strlen(answer);
		if (!cc_str_starts(answer, rows[i].first) || len < strlen(rows[i].last) ||
		    !cc_str_eq(answer + len - strlen(rows[i].last), rows[i].last))
			fail_msg("'%s': '%s'", rows[i].bytes, answer);
	}
	assert_int_equal(w.requests, 5);
}

static void who_is_slow_is_dropped_in_every_state(void **state)
{
	static const struct {
		bool tls;
		struct cc_server_plan plan;
		const char *bytes;
	} rows[] = {
		{ true, { .handshake_ms = 50 }, "" },
		{ true, { .handshake_ms = 50 }, "\x16\x03\x01" },
		{ false, { .idle_ms = 50 }, "" },
		{ false, { .request_ms = 50 }, "GET / HT" },
		{ false, { .request_ms = 50 }, GET "Content-Length: 5\r\n\r\nab" },
		{ false, { .request_ms = 50 }, GET "Transfer-Encoding: chunked\r\n\r\n5\r\nab" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world w = { 0 };
		char answer[256] = "";

		world_start(&w, rows[i].tls, rows[i].plan, LOOPBACK);
		raw(&w, cc_span_str(rows[i].bytes), answer, sizeof(answer));
		assert_string_equal(answer, "");
		assert_int_equal(w.requests, 0);
		assert_int_equal(cc_server_connections(w.server), 0);
	}
}

static void a_trickle_of_bytes_does_not_move_the_deadline(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	struct cc_err err = { 0 };
	ssize_t sent = 1;

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .request_ms = 100 }, LOOPBACK);
	fd = raw_connect(w.address);
	for (int i = 0; i < PUMP_MAX_MS / 5 && sent == 1; i++) {
		sent = send(fd, "a", 1, MSG_NOSIGNAL);
		(void)poll(NULL, 0, 5);
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
	}
	assert_int_equal(sent, -1);
}

static void an_answer_may_come_later(void **state)
{
	AUTO_WORLD struct world w = { .hold = true };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	struct cc_answer answer = { .status = 201, .body = CC_SPAN("later") };
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ .request_ms = 50, .idle_ms = 50 }, LOOPBACK);
	channel = channel_to(&w, w.address);
	connect_now(&w, channel);
	assert_int_equal(cc_channel_call(channel, &call_get, on_seen, &seen, &err), 0);
	assert_int_equal(cc_channel_call(channel, &call_get, on_seen, &seen, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	/* Longer than every deadline: the handler has none. */
	for (int i = 0; i < 200 || w.held == NULL; i++) {
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
		(void)poll(NULL, 0, 1);
	}
	assert_false(seen.is_done);
	assert_false(cc_request_is_gone(w.held));
	cc_request_answer(w.held, &answer);
	pump(w.loop, &seen.is_done);
	assert_int_equal(seen.status, 201);
	assert_memory_equal(seen.body, "later", 5);
}

static struct cc_request *leave_while_held(struct world *w)
{
	struct cc_call call = { .method = "PUT", .path = "/p", .body = CC_SPAN("kept") };
	struct cc_channel *channel = channel_to(w, w->address);
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	connect_now(w, channel);
	assert_int_equal(cc_channel_call(channel, &call, on_seen, &seen, &err), 0);
	while (w->held == NULL)
		assert_int_equal(cc_loop_step(w->loop, true, &err), 0);
	cc_channel_free(channel);
	while (cc_server_connections(w->server) != 0)
		assert_int_equal(cc_loop_step(w->loop, true, &err), 0);
	return w->held;
}

static void a_request_outlives_its_client_and_its_server(void **state)
{
	struct cc_answer answer = { .status = 200 };

	(void)state;
	for (int tls = 0; tls < 2; tls++) {
		struct world w = { .hold = true };
		struct cc_request *request = NULL;

		world_start(&w, tls == 1, (struct cc_server_plan){ 0 }, LOOPBACK);
		request = leave_while_held(&w);
		assert_true(cc_request_is_gone(request));
		assert_string_equal(cc_request_path(request), "/p");
		assert_int_equal(cc_request_body(request).len, sizeof("kept"));
		world_clear(&w);
		assert_string_equal(cc_request_method(request), "PUT");
		cc_request_answer(request, &answer);
	}
}

static void a_line_break_in_an_answer_makes_it_a_500(void **state)
{
	static const struct cc_answer_field bad[] = { { "x", "a\r\ny: b" } },
					    name[] = { { "x y", "a" } };
	const struct cc_answer answers[] = {
		{ .status = 200, .fields = bad, .count = 1, .body = CC_SPAN("secret") },
		{ .status = 200, .fields = name, .count = 1, .body = CC_SPAN("secret") },
		{ .status = 200, .type = "a\nb", .body = CC_SPAN("secret") },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(answers); i++) {
		AUTO_WORLD struct world w = { .answer = answers[i] };
		char answer[1024] = "";

		world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
		raw(&w, cc_span_str(GET "\r\n"), answer, sizeof(answer));
		assert_memory_equal(answer, "HTTP/1.1 500", 12);
		assert_null(strstr(answer, "secret"));
	}
}

static void a_problem_says_its_text_only_when_asked_to(void **state)
{
	struct cc_err problem = { .code = CC_E_DENIED, .text = "the reason", .hint = "the step" };
	AUTO_WORLD struct world w = { .hold = true };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .linger_ms = 30 }, LOOPBACK);
	for (int full = 0; full < 2; full++) {
		CC_AUTO_CHANNEL struct cc_channel *channel = channel_to(&w, w.address);
		struct seen seen = { 0 };
		struct cc_err err = { 0 };

		connect_now(&w, channel);
		w.held = NULL;
		assert_int_equal(cc_channel_call(channel, &call_get, on_seen, &seen, &err), 0);
		while (w.held == NULL)
			assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
		cc_request_problem(w.held, &problem, full == 1);
		pump(w.loop, &seen.is_done);
		assert_int_equal(seen.status, 403);
		assert_string_equal(
			seen.body,
			full == 1 ? "{\"code\":\"denied\",\"detail\":\"the reason\","
				    "\"hint\":\"the step\",\"status\":403,"
				    "\"title\":\"denied\","
				    "\"type\":\"urn:concordat:error:denied\"}"
				  : "{\"code\":\"denied\",\"status\":403,\"title\":\"denied\","
				    "\"type\":\"urn:concordat:error:denied\"}");
	}
}

static void at_the_maximum_of_connections_others_wait(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *first = NULL, *second = NULL;
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ .connections_max = 1 }, LOOPBACK);
	first = channel_to(&w, w.address);
	second = channel_to(&w, w.address);
	connect_now(&w, first);
	assert_int_equal(call_now(&w, first, &call_get).status, 200);
	connect_now(&w, second); /* the kernel's queue takes it */
	assert_int_equal(cc_channel_call(second, &call_get, on_seen, &seen, &err), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
		(void)poll(NULL, 0, 1);
	}
	assert_false(seen.is_done);
	assert_int_equal(cc_server_connections(w.server), 1);
	cc_channel_free(first);
	first = NULL;
	pump(w.loop, &seen.is_done);
	assert_int_equal(seen.status, 200);
}

static void who_sends_far_ahead_of_his_answer_is_dropped(void **state)
{
	AUTO_WORLD struct world w = { .hold = true };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	char answer[256] = "";
	struct cc_answer none = { .status = 200 };
	struct cc_err err = { 0 };
	struct cc_mut room = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	assert_int_equal(cc_buf_add_str(&bytes, GET "\r\n", &err), 0);
	assert_int_equal(cc_buf_extend(&bytes, (size_t)8 * 1024 * 1024, &room, &err), 0);
	memset(room.at, 'x', room.len);
	raw(&w, cc_buf_span(&bytes), answer, sizeof(answer));
	assert_string_equal(answer, "");
	assert_true(cc_request_is_gone(w.held));
	cc_request_answer(w.held, &none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_and_its_answer_carry_all_parts),
		cmocka_unit_test(over_tls_both_ends_have_one_exporter_and_the_client_is_known),
		cmocka_unit_test(a_client_without_a_certificate_is_served_without_a_peer),
		cmocka_unit_test(big_bodies_pass_over_tls),
		cmocka_unit_test(what_is_malformed_or_too_big_is_answered_and_ends_the_connection),
		cmocka_unit_test(a_client_that_sends_all_of_a_too_big_body_still_reads_its_413),
		cmocka_unit_test(the_answer_to_a_head_has_no_body_and_the_next_one_has),
		cmocka_unit_test(a_method_that_is_not_there_is_405_and_the_others_are_named),
		cmocka_unit_test(a_flood_of_headers_is_answered_431),
		cmocka_unit_test(chunks_pipelining_continue_and_http_1_0_are_served),
		cmocka_unit_test(who_is_slow_is_dropped_in_every_state),
		cmocka_unit_test(a_trickle_of_bytes_does_not_move_the_deadline),
		cmocka_unit_test(an_answer_may_come_later),
		cmocka_unit_test(a_request_outlives_its_client_and_its_server),
		cmocka_unit_test(a_line_break_in_an_answer_makes_it_a_500),
		cmocka_unit_test(a_problem_says_its_text_only_when_asked_to),
		cmocka_unit_test(at_the_maximum_of_connections_others_wait),
		cmocka_unit_test(who_sends_far_ahead_of_his_answer_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
