/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/world.h"

#include <event2/event.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/dir.h"
#include "net/client.h"

#define LOOPBACK "127.0.0.1:0"

static const struct cc_call call_get = { .method = "GET", .path = "/" };

static struct cc_err connect_failure(struct world *w, const char *address)
{
	CC_AUTO_CHANNEL struct cc_channel *channel = channel_to(w, address);

	return connect_now(w, channel).err;
}

static void who_cannot_be_reached_is_named_with_the_reason(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	char text[CC_ADDRESS_TEXT + 64] = "";
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	cc_server_free(w.server);
	w.server = NULL;
	err = connect_failure(&w, w.address);
	(void)snprintf(text, sizeof(text), "connect to '%s': Connection refused", w.address);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_string_equal(err.text, text);
	assert_string_equal(err.hint, "check that it runs, and the address");
	err = connect_failure(&w, "unix:/nowhere/at-all");
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_string_equal(err.text,
			    "connect to 'unix:/nowhere/at-all': No such file or directory");
}

static void localhost_is_resolved_without_the_c_library(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	char address[CC_ADDRESS_TEXT] = "";
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	(void)snprintf(address, sizeof(address), "localhost%s", strrchr(w.address, ':'));
	channel = channel_to(&w, address);
	assert_string_equal(connect_now(&w, channel).err.text, "");
	assert_int_equal(call_now(&w, channel, &call_get).status, 200);
}

static void another_cas_key_than_the_pinned_one_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_digest other = { { 1 } };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	cc_tls_free(w.client_tls);
	assert_int_equal(cc_tls_client(&other, NULL, NULL, &w.client_tls, &err), 0);
	err = connect_failure(&w, w.address);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "pinned is '0100000000"));
	assert_non_null(strstr(err.text, w.address));
}

static void an_expired_client_certificate_is_named_as_the_cause(void **state)
{
	const int64_t now = cc_time_now();
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	party_clear(&w.client);
	w.client = issue((struct cc_cert_plan){ .common_name = "c",
						.from = now - 2 * DAY,
						.until = now - DAY },
			 CC_KEY_ED25519, NULL);
	cc_tls_free(w.client_tls);
	assert_int_equal(cc_tls_client(&w.pin, w.client.key, w.client.cert, &w.client_tls, &err),
			 0);
	channel = channel_to(&w, w.address);
	/* The server judges after our side is done: it shows at the first request at the latest. */
	err = connect_now(&w, channel).err;
	if (err.code == CC_OK && cc_channel_call(channel, &call_get, on_seen, &seen, &err) == 0) {
		pump(w.loop, &seen.is_done);
		err = seen.err;
	}
	assert_int_equal(err.code, CC_E_EXPIRED);
	assert_non_null(strstr(err.text, "our certificate"));
}

/* Ask a server that says whatever it is told to. */
static struct seen ask_liar(const char *says, size_t body_max)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_channel_plan plan = { .body_max = body_max, .answer_ms = 100 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	CC_AUTO_CLOSE int listener = -1, fd = -1;
	char address[CC_ADDRESS_TEXT] = "";
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_loop_new(&w.loop, &err), 0);
	assert_int_equal(cc_listen(LOOPBACK, &listener, &err), 0);
	assert_int_equal(cc_bound_address(listener, address, &err), 0);
	plan.loop = w.loop;
	plan.address = address;
	assert_int_equal(cc_channel_new(&plan, &channel, &err), 0);
	assert_int_equal(connect_now(&w, channel).err.code, CC_OK);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(cc_channel_call(channel, &call_get, on_seen, &seen, &err), 0);
	assert_int_equal(send(fd, says, strlen(says), MSG_NOSIGNAL), (ssize_t)strlen(says));
	pump(w.loop, &seen.is_done);
	assert_int_equal(cc_channel_is_connected(channel), seen.err.code == CC_OK);
	return seen;
}

static void answers_that_are_not_http_as_we_take_it_are_refused(void **state)
{
	static const struct {
		const char *says, *reason;
		enum cc_code code;
	} rows[] = {
		{ "SSH-2.0-x\r\n\r\n", "another version", CC_E_UNSUPPORTED },
		{ "HTTP/1.1 20 OK\r\n\r\n", "not an http answer", CC_E_ARG },
		{ "HTTP/1.1 200 OK\r\n\r\n", "does not say its length", CC_E_UNSUPPORTED },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "more than 10", CC_E_TOOBIG },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n", "maximum",
		  CC_E_TOOBIG },
		{ "HTTP/1.1 101 Other\r\n\r\n", "changes the protocol", CC_E_ARG },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "no answer in time",
		  CC_E_UNAVAILABLE },
		{ "", "no answer in time", CC_E_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct seen seen = ask_liar(rows[i].says, 10);

		if (seen.err.code != rows[i].code || strstr(seen.err.text, rows[i].reason) == NULL)
			fail_msg("'%s': '%s'", rows[i].says, seen.err.text);
	}
}

static void interim_chunked_and_empty_answers_are_read(void **state)
{
	static const struct {
		const char *says, *body;
		unsigned int status;
	} rows[] = {
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
		  "ab", 200 },
		{ "HTTP/1.1 404\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "x",
		  404 },
		{ "HTTP/1.1 204 No Content\r\n\r\n", "", 204 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct seen seen = ask_liar(rows[i].says, 10);

		assert_string_equal(seen.err.text, "");
		assert_int_equal(seen.status, rows[i].status);
		assert_string_equal(seen.body, rows[i].body);
	}
}

static void bytes_that_nobody_asked_for_end_the_connection(void **state)
{
	static const char twice[] =
		"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	CC_AUTO_CLOSE int listener = -1, fd = -1;
	char address[CC_ADDRESS_TEXT] = "";
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_loop_new(&w.loop, &err), 0);
	assert_int_equal(cc_listen(LOOPBACK, &listener, &err), 0);
	assert_int_equal(cc_bound_address(listener, address, &err), 0);
	channel = channel_to(&w, address);
	connect_now(&w, channel);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(send(fd, twice, sizeof(twice) - 1, MSG_NOSIGNAL), sizeof(twice) - 1);
	while (cc_channel_is_connected(channel))
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	assert_int_equal(cc_channel_call(channel, &call_get, on_seen, &seen, &err), -1);
	assert_non_null(strstr(err.text, "an answer without a request"));
}

static void what_would_be_another_request_is_not_sent(void **state)
{
	static const struct cc_call_field bad[] = { { "a", "b\r\nc: d" } };
	static const struct cc_call rows[] = {
		{ .method = "GET /", .path = "/" },
		{ .method = "GET", .path = "x" },
		{ .method = "GET", .path = "/ HTTP/1.1" },
		{ .method = "GET", .path = "/\r\n" },
		{ .method = "GET", .path = "/", .fields = bad, .count = 1 },
	};
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	channel = channel_to(&w, w.address);
	connect_now(&w, channel);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		assert_int_equal(cc_channel_call(channel, &rows[i], on_seen, NULL, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
	assert_int_equal(call_now(&w, channel, &call_get).status, 200);
}

static void free_channel(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	struct cc_channel **channel = context;

	(void)reply;
	assert_null(err);
	cc_channel_free(*channel);
	*channel = NULL;
}

static void a_channel_may_be_freed_in_its_callback_and_while_it_connects(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_channel *channel = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	channel = channel_to(&w, w.address);
	assert_int_equal(cc_channel_connect(channel, free_channel, &channel, &err), 0);
	while (channel != NULL)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	for (int steps = 0; steps < 8; steps++) {
		channel = channel_to(&w, w.address);
		assert_int_equal(cc_channel_connect(channel, free_channel, &channel, &err), 0);
		for (int i = 0; i < steps && channel != NULL; i++)
			assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
		cc_channel_free(channel);
		channel = NULL;
	}
}

/* The world on a thread of its own, for the client that waits. */
struct threaded {
	struct world w;
	pthread_t thread;
	int stop[2];
};

static void on_stop(int fd, short what, void *context)
{
	(void)fd;
	(void)what;
	cc_loop_stop(context);
}

static void *serve(void *context)
{
	struct threaded *t = context;
	struct event *stop =
		event_new(cc_loop_base(t->w.loop), t->stop[0], EV_READ, on_stop, t->w.loop);
	struct cc_err err = { 0 };

	(void)event_add(stop, NULL);
	cc_ignore(cc_loop_run(t->w.loop, &err));
	event_free(stop);
	return NULL;
}

static void threaded_start(struct threaded *t, bool tls, struct cc_server_plan plan)
{
	world_start(&t->w, tls, plan, LOOPBACK);
	assert_int_equal(pipe(t->stop), 0);
	assert_int_equal(pthread_create(&t->thread, NULL, serve, t), 0);
}

static void threaded_stop(struct threaded *t)
{
	(void)close(t->stop[1]);
	(void)pthread_join(t->thread, NULL);
	(void)close(t->stop[0]);
	world_clear(&t->w);
}
#define AUTO_THREADED CC_CLEANUP(threaded_stop)

static void the_waiting_client_keeps_one_connection(void **state)
{
	AUTO_THREADED struct threaded t = { 0 };
	CC_AUTO_CLIENT struct cc_client *client = NULL;
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	struct cc_call call = { .method = "POST", .path = "/x?y", .body = CC_SPAN("in") };
	struct cc_client_plan plan = { 0 };
	struct cc_digest exporter = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	threaded_start(&t, true, (struct cc_server_plan){ 0 });
	plan.address = t.w.address;
	plan.pin = &t.w.pin;
	plan.key = t.w.client.key;
	plan.cert = t.w.client.cert;
	assert_int_equal(cc_client_open(&plan, &client, &err), 0);
	exporter = *cc_client_exporter(client);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cc_client_call(client, &call, &reply, &err), 0);
		assert_int_equal(reply.status, 200);
		assert_memory_equal(reply.body.at, "in", 3);
		assert_true(cc_span_eq_str(cc_http_field(&reply.head, "content-type")->value,
					   "text/plain"));
		assert_true(cc_digest_eq(&exporter, &t.w.exporter));
	}
	assert_int_equal(t.w.connections[0], t.w.connections[2]);
	assert_int_equal(cc_client_connect(client, &err), 0);
	assert_false(cc_digest_eq(&exporter, cc_client_exporter(client)));
}

static void a_request_never_moves_to_another_connection_unasked(void **state)
{
	for (int reconnect = 0; reconnect < 2; reconnect++) {
		AUTO_THREADED struct threaded t = { .w.answer = { .status = 204, .close = true } };
		CC_AUTO_CLIENT struct cc_client *client = NULL;
		CC_AUTO_REPLY struct cc_reply reply = { 0 };
		struct cc_client_plan plan = { .reconnect = reconnect == 1 };
		struct cc_err err = { 0 };

		threaded_start(&t, true, (struct cc_server_plan){ 0 });
		plan.address = t.w.address;
		plan.pin = &t.w.pin;
		assert_int_equal(cc_client_open(&plan, &client, &err), 0);
		assert_int_equal(cc_client_call(client, &call_get, &reply, &err), 0);
		assert_int_equal(reply.status, 204);
		assert_null(cc_client_exporter(client));
		if (reconnect == 1) {
			assert_int_equal(cc_client_call(client, &call_get, &reply, &err), 0);
			continue;
		}
		assert_int_equal(cc_client_call(client, &call_get, &reply, &err), -1);
		assert_int_equal(err.code, CC_E_UNAVAILABLE);
		assert_int_equal(cc_client_connect(client, &err), 0);
		assert_int_equal(cc_client_call(client, &call_get, &reply, &err), 0);
	}
	(void)state;
}

static void an_end_between_two_requests_is_noticed_before_the_next(void **state)
{
	AUTO_THREADED struct threaded t = { 0 };
	CC_AUTO_CLIENT struct cc_client *strict = NULL, *easy = NULL;
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	struct cc_client_plan plan = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	threaded_start(&t, false, (struct cc_server_plan){ .idle_ms = 30 });
	plan.address = t.w.address;
	assert_int_equal(cc_client_open(&plan, &strict, &err), 0);
	plan.reconnect = true;
	assert_int_equal(cc_client_open(&plan, &easy, &err), 0);
	(void)poll(NULL, 0, 300); /* the server drops both meanwhile */
	assert_int_equal(cc_client_call(strict, &call_get, &reply, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "the connection has ended"));
	assert_int_equal(cc_client_call(easy, &call_get, &reply, &err), 0);
	assert_int_equal(reply.status, 200);
}

static void malformed_addresses_are_refused_with_the_forms(void **state)
{
	static const char *const refused[] = {
		"",        "host",  ":80",      "host:",  "host:65536",  "host:x",
		"host:-1", "[::1]", "[::1:8",   "::1:80", "[1.2.3.4]:1", "unix:rel",
		"ho st:1", "unix:", "host:080", "a/b:1",  "[]:1",        "]:1",
	};
	static const struct {
		const char *text;
		enum cc_address_kind kind;
	} good[] = {
		{ "127.0.0.1:1", CC_ADDRESS_IP },
		{ "[::1]:65535", CC_ADDRESS_IP },
		{ "unix:/a", CC_ADDRESS_UNIX },
		{ "cas.example:8081", CC_ADDRESS_NAME },
	};
	struct cc_address address = { 0 };
	char name[4096] = "", path[4096] = "unix:/";
	struct cc_err err = { 0 };
	int fd = -1;

	(void)state;
	memset(name, 'a', CC_HOST_MAX);
	memcpy(name + CC_HOST_MAX, ":1", 3);
	assert_int_equal(cc_address_parse(name, &address, &err), 0);
	assert_int_equal(strlen(address.host), CC_HOST_MAX);
	memset(name, 'a', sizeof(name) - 3);
	memcpy(name + sizeof(name) - 3, ":1", 3);
	assert_int_equal(cc_address_parse(name, &address, &err), -1);
	memset(path + strlen(path), 'a', sizeof(path) - strlen(path) - 1);
	assert_int_equal(cc_address_parse(path, &address, &err), -1);
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		if (cc_address_parse(refused[i], &address, &err) == 0)
			fail_msg("'%s' is accepted", refused[i]);
		assert_int_equal(err.code, CC_E_ARG);
	}
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		assert_int_equal(cc_address_parse(good[i].text, &address, &err), 0);
		assert_int_equal(address.kind, good[i].kind);
	}
	assert_int_equal(cc_listen("localhost:0", &fd, &err), -1);
	assert_int_equal(fd, -1);
}

static void a_socket_file_in_use_is_not_taken_over(void **state)
{
	char directory[] = "/tmp/cc-test-listen-XXXXXX", path[64] = "", at[80] = "";
	CC_AUTO_CLOSE int first = -1, second = -1, third = -1;
	struct cc_err err = { 0 };
	struct stat st = { 0 };

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	(void)snprintf(at, sizeof(at), "unix:%s", path);
	assert_int_equal(cc_listen(at, &first, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(cc_listen(at, &second, &err), -1);
	(void)close(first);
	first = -1;
	assert_int_equal(cc_listen(at, &third, &err), 0);
	(void)unlink(path);
	assert_int_equal(cc_file_write(path, 0600, cc_span("x", 1), &err), 0);
	assert_int_equal(cc_listen(at, &second, &err), -1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	(void)unlink(path);
	(void)rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_cannot_be_reached_is_named_with_the_reason),
		cmocka_unit_test(localhost_is_resolved_without_the_c_library),
		cmocka_unit_test(another_cas_key_than_the_pinned_one_is_refused),
		cmocka_unit_test(an_expired_client_certificate_is_named_as_the_cause),
		cmocka_unit_test(answers_that_are_not_http_as_we_take_it_are_refused),
		cmocka_unit_test(interim_chunked_and_empty_answers_are_read),
		cmocka_unit_test(bytes_that_nobody_asked_for_end_the_connection),
		cmocka_unit_test(what_would_be_another_request_is_not_sent),
		cmocka_unit_test(a_channel_may_be_freed_in_its_callback_and_while_it_connects),
		cmocka_unit_test(the_waiting_client_keeps_one_connection),
		cmocka_unit_test(a_request_never_moves_to_another_connection_unasked),
		cmocka_unit_test(an_end_between_two_requests_is_noticed_before_the_next),
		cmocka_unit_test(malformed_addresses_are_refused_with_the_forms),
		cmocka_unit_test(a_socket_file_in_use_is_not_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
