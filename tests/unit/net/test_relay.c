/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/world.h"

#include "net/relay.h"

#define LOOPBACK "127.0.0.1:0"
#define PATH SOCKET("relay")

static struct cc_relay *relay_to(struct world *w, const char *address, size_t connections_max)
{
	struct cc_relay_plan plan = { .loop = w->loop,
				      .address = address,
				      .connections_max = connections_max };
	struct cc_relay *relay = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_listen(PATH, &plan.fd, &err), 0);
	assert_int_equal(cc_relay_new(&plan, &relay, &err), 0);
	return relay;
}

static void tls_passes_through_with_its_exporter_and_big_bodies(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_call call = { .method = "PUT", .path = "/" };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	relay = relay_to(&w, w.address, 0);
	channel = channel_to(&w, PATH);
	assert_string_equal(connect_now(&w, channel).err.text, "");
	assert_int_equal(cc_buf_extend(&body, CC_HTTP_BODY_MAX, &room, &err), 0);
	assert_int_equal(cc_random(room, &err), 0);
	call.body = cc_buf_span(&body);
	assert_int_equal(call_now(&w, channel, &call).status, 200);
	assert_true(cc_span_eq(cc_buf_span(&w.body), cc_buf_span(&body)));
	assert_true(cc_digest_eq(&w.exporter, cc_channel_exporter(channel)));
	assert_int_equal(cc_relay_connections(relay), 1);
	cc_channel_free(channel);
	channel = NULL;
	while (cc_relay_connections(relay) != 0)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
}

static void another_server_than_the_pinned_one_is_noticed_through_the_relay(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CHANNEL struct cc_channel *channel = NULL;
	struct cc_digest other = { { 1 } };
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, true, (struct cc_server_plan){ 0 }, LOOPBACK);
	cc_tls_free(w.client_tls);
	assert_int_equal(cc_tls_client(&other, NULL, NULL, &w.client_tls, &err), 0);
	relay = relay_to(&w, w.address, 0);
	channel = channel_to(&w, PATH);
	assert_int_equal(connect_now(&w, channel).err.code, CC_E_EVIDENCE);
}

static void without_a_target_the_connection_ends(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CLOSE int fd = -1;
	char answer[16] = "";

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	relay = relay_to(&w, "unix:/nowhere/at-all", 0);
	fd = raw_connect(PATH);
	raw_read(&w, fd, answer, sizeof(answer));
	assert_string_equal(answer, "");
	assert_int_equal(cc_relay_connections(relay), 0);
}

/* One end sends and ends its direction before the relay has connected; the other still answers. */
static void an_end_of_one_direction_is_passed_on_behind_the_bytes(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CLOSE int fd = -1, listener = -1, far = -1;
	char address[CC_ADDRESS_TEXT] = "", bytes[64] = "";
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	assert_int_equal(cc_listen(LOOPBACK, &listener, &err), 0);
	assert_int_equal(cc_bound_address(listener, address, &err), 0);
	relay = relay_to(&w, address, 0);
	fd = raw_connect(PATH);
	assert_int_equal(send(fd, "there", 5, MSG_NOSIGNAL), 5);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	while (far < 0) {
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
		far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	raw_read(&w, far, bytes, sizeof(bytes));
	assert_string_equal(bytes, "there");
	assert_int_equal(send(far, "back", 4, MSG_NOSIGNAL), 4);
	assert_int_equal(shutdown(far, SHUT_WR), 0);
	raw_read(&w, fd, bytes, sizeof(bytes));
	assert_string_equal(bytes, "back");
	while (cc_relay_connections(relay) != 0)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
}

/* More than the kernel holds for the far end, so that the end comes while the relay holds bytes. */
static void an_end_does_not_overtake_what_is_held(void **state)
{
	static const uint8_t bytes[250 * 1024];
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CLOSE int fd = -1, listener = -1, far = -1;
	static char got[sizeof(bytes) + 1];
	struct cc_err err = { 0 };
	size_t sent = 0;

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	assert_int_equal(cc_listen(SOCKET("far"), &listener, &err), 0);
	relay = relay_to(&w, SOCKET("far"), 0);
	fd = raw_connect(PATH);
	while (sent < sizeof(bytes)) {
		ssize_t n =
			send(fd, bytes + sent, sizeof(bytes) - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
	}
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	for (int i = 0; i < 50; i++)
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
	far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	memset(got, 'x', sizeof(got));
	raw_read(&w, far, got, sizeof(got));
	assert_memory_equal(got, bytes, sizeof(bytes));
	socket_remove(SOCKET("far"));
}

static void who_does_not_read_makes_the_sender_wait(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	CC_AUTO_CLOSE int fd = -1, listener = -1;
	static const uint8_t bytes[65536];
	char address[CC_ADDRESS_TEXT] = "";
	struct cc_err err = { 0 };
	size_t taken = 0;
	int refusals = 0;

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	assert_int_equal(cc_listen(LOOPBACK, &listener, &err), 0);
	assert_int_equal(cc_bound_address(listener, address, &err), 0);
	relay = relay_to(&w, address, 0);
	fd = raw_connect(PATH);
	/* Nobody accepts on the other side: what the kernel and the relay hold is bounded. */
	while (refusals < 200 && taken < (size_t)256 * 1024 * 1024) {
		ssize_t n = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);

		refusals = n < 0 ? refusals + 1 : 0;
		taken += n > 0 ? (size_t)n : 0;
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
	}
	assert_true(taken < (size_t)64 * 1024 * 1024);
}

static void at_the_maximum_of_connections_others_wait(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_RELAY struct cc_relay *relay = NULL;
	int first = -1;
	CC_AUTO_CLOSE int second = -1;
	struct cc_err err = { 0 };

	(void)state;
	world_start(&w, false, (struct cc_server_plan){ 0 }, LOOPBACK);
	relay = relay_to(&w, w.address, 1);
	first = raw_connect(PATH);
	second = raw_connect(PATH);
	for (int i = 0; i < 50; i++)
		assert_int_equal(cc_loop_step(w.loop, false, &err), 0);
	assert_int_equal(cc_relay_connections(relay), 1);
	assert_int_equal(cc_server_connections(w.server), 1);
	(void)close(first);
	while (cc_server_connections(w.server) != 1 || cc_relay_connections(relay) != 1)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
	assert_int_equal(send(second, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL), 18);
	while (w.requests == 0)
		assert_int_equal(cc_loop_step(w.loop, true, &err), 0);
}

static int clear_socket(void **state)
{
	(void)state;
	socket_remove(PATH);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_passes_through_with_its_exporter_and_big_bodies),
		cmocka_unit_test(another_server_than_the_pinned_one_is_noticed_through_the_relay),
		cmocka_unit_test(without_a_target_the_connection_ends),
		cmocka_unit_test(an_end_of_one_direction_is_passed_on_behind_the_bytes),
		cmocka_unit_test(an_end_does_not_overtake_what_is_held),
		cmocka_unit_test(who_does_not_read_makes_the_sender_wait),
		cmocka_unit_test(at_the_maximum_of_connections_others_wait),
	};

	return cmocka_run_group_tests(tests, NULL, clear_socket);
}
