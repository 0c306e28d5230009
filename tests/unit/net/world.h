/* SPDX-License-Identifier: Apache-2.0 */
/* A server with what it needs on one loop, and ways to talk to it. */
#ifndef CC_TESTS_UNIT_NET_WORLD_H
#define CC_TESTS_UNIT_NET_WORLD_H

#include "tests/unit/crypto/pki.h"

#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "base/str.h"
#include "net/address.h"
#include "net/channel.h"
#include "net/server.h"

/* The address of a socket of this process alone: tests run beside others of their kind. */
#define SOCKET(name) socket_of((char[64]){ 0 }, name)

static inline const char *socket_of(char out[static 64], const char *name)
{
	(void)snprintf(out, 64, "unix:/tmp/cc-test-%d-%s", (int)getpid(), name);
	return out;
}

static inline void socket_remove(const char *address)
{
	(void)unlink(address + strlen("unix:"));
}

#define PUMP_MAX_MS 20000 /* a test that waits longer has failed */

struct world {
	struct cc_loop *loop;
	struct party root, web, client;
	struct cc_chain chain;
	struct cc_digest pin;
	struct cc_tls *server_tls, *client_tls;
	struct cc_server *server;
	char address[CC_ADDRESS_TEXT];
	/* What the handler saw. */
	struct cc_request *held; /* when `hold` */
	bool hold;
	size_t requests;
	uint64_t connections[4];
	struct cc_digest exporter;
	struct cc_buf peer, body;
	char line[256]; /* method path query header */
	struct cc_answer answer;
};

static inline void handle(struct cc_request *request, void *context)
{
	struct world *w = context;
	struct cc_span query = cc_request_query(request), body = cc_request_body(request);
	const char *header = NULL;
	struct cc_answer echo = { .status = 200, .type = "text/plain", .body = body };
	struct cc_err err = { 0 };

	if (cc_request_header(request, "x-test", &header, &err) != 0)
		header = "several";
	w->connections[w->requests++ % 4] = cc_request_connection(request);
	w->exporter = *cc_request_exporter(request);
	cc_buf_reset(&w->peer);
	cc_buf_reset(&w->body);
	assert_int_equal(cc_buf_add(&w->peer, cc_request_peer(request), &err), 0);
	assert_int_equal(cc_buf_add(&w->body, body, &err), 0);
	(void)snprintf(w->line, sizeof(w->line), "%s %s '%.*s' %s", cc_request_method(request),
		       cc_request_path(request), (int)query.len, (const char *)query.at,
		       header == NULL ? "none" : header);
	if (w->hold)
		w->held = request;
	else
		cc_request_answer(request, w->answer.status != 0 ? &w->answer : &echo);
}

static inline void world_pki(struct world *w)
{
	const int64_t now = cc_time_now();
	struct cc_cert_plan plan = { .common_name = "CAS", .from = now - DAY, .until = now + DAY };
	struct cc_cert_plan ca = plan;
	struct cc_err err = { 0 };

	ca.is_ca = true;
	w->root = issue(ca, CC_KEY_ED25519, NULL);
	w->web = issue(plan, CC_KEY_P256, &w->root);
	w->client = issue(plan, CC_KEY_ED25519, NULL);
	chain_push(&w->chain, w->web.cert);
	chain_push(&w->chain, w->root.cert);
	w->pin = key_hash(w->root.cert);
	assert_int_equal(cc_tls_server(w->web.key, &w->chain, &w->server_tls, &err), 0);
	assert_int_equal(
		cc_tls_client(&w->pin, w->client.key, w->client.cert, &w->client_tls, &err), 0);
}

/* `plan` has what differs from the usual; its loop, socket and handler are set here. */
static inline void world_start(struct world *w, bool tls, struct cc_server_plan plan,
			       const char *address)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_loop_new(&w->loop, &err), 0);
	if (tls)
		world_pki(w);
	plan.loop = w->loop;
	plan.tls = w->server_tls;
	plan.handle = handle;
	plan.context = w;
	if (cc_listen(address, &plan.fd, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_bound_address(plan.fd, w->address, &err), 0);
	assert_int_equal(cc_server_new(&plan, &w->server, &err), 0);
}

static inline void world_clear(struct world *w)
{
	cc_server_free(w->server);
	cc_tls_free(w->server_tls);
	cc_tls_free(w->client_tls);
	cc_loop_free(w->loop);
	party_clear(&w->root);
	party_clear(&w->web);
	party_clear(&w->client);
	cc_chain_clear(&w->chain);
	cc_buf_clear(&w->peer);
	cc_buf_clear(&w->body);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

/* Run the loop until `*done`. */
static inline void pump(struct cc_loop *loop, const bool *done)
{
	const uint64_t start = cc_time_monotonic_ms();
	struct cc_err err = { 0 };

	while (!*done) {
		assert_int_equal(cc_loop_step(loop, false, &err), 0);
		if (cc_time_monotonic_ms() - start > PUMP_MAX_MS)
			fail_msg("nothing has come of it");
		(void)poll(NULL, 0, 1);
	}
}

/* What a call came to. */
struct seen {
	bool is_done;
	unsigned int status;
	char body[512];
	struct cc_err err;
};

static inline void on_seen(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	struct seen *seen = context;
	size_t len = 0;

	seen->is_done = true;
	if (err != NULL)
		seen->err = *err;
	if (reply == NULL)
		return;
	seen->status = reply->status;
	len = reply->body.len < sizeof(seen->body) - 1 ? reply->body.len : sizeof(seen->body) - 1;
	if (len != 0)
		memcpy(seen->body, reply->body.at, len);
}

static inline struct cc_channel *channel_to(struct world *w, const char *address)
{
	struct cc_channel_plan plan = { .loop = w->loop, .address = address, .tls = w->client_tls };
	struct cc_channel *channel = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_channel_new(&plan, &channel, &err), 0);
	return channel;
}

static inline struct seen connect_now(struct world *w, struct cc_channel *channel)
{
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_channel_connect(channel, on_seen, &seen, &err), 0);
	assert_false(seen.is_done);
	pump(w->loop, &seen.is_done);
	return seen;
}

static inline struct seen call_now(struct world *w, struct cc_channel *channel,
				   const struct cc_call *call)
{
	struct seen seen = { 0 };
	struct cc_err err = { 0 };

	if (cc_channel_call(channel, call, on_seen, &seen, &err) != 0)
		fail_msg("%s", err.text);
	pump(w->loop, &seen.is_done);
	return seen;
}

static inline int raw_connect(const char *address)
{
	struct cc_address to = { 0 };
	struct cc_err err = { 0 };
	int fd = -1;

	assert_int_equal(cc_address_parse(address, &to, &err), 0);
	fd = socket(to.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to.at, to.len), 0);
	return fd;
}

/* All that comes until the other side ends the connection, while the loop runs. */
static inline void raw_read(struct world *w, int fd, char *out, size_t size)
{
	const uint64_t start = cc_time_monotonic_ms();
	struct cc_err err = { 0 };
	size_t len = 0;

	for (;;) {
		ssize_t got = recv(fd, out + len, size - 1 - len, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		len += got > 0 ? (size_t)got : 0;
		assert_int_equal(cc_loop_step(w->loop, false, &err), 0);
		if (cc_time_monotonic_ms() - start > PUMP_MAX_MS)
			fail_msg("the connection does not end");
		(void)poll(NULL, 0, 1);
	}
	out[len] = '\0';
}

/* Send bytes as they are and read until the connection ends. */
static inline void raw(struct world *w, struct cc_span bytes, char *out, size_t size)
{
	CC_AUTO_CLOSE int fd = raw_connect(w->address);
	struct cc_err err = { 0 };
	size_t sent = 0;

	while (sent < bytes.len) {
		ssize_t n =
			send(fd, bytes.at + sent, bytes.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		assert_int_equal(cc_loop_step(w->loop, false, &err), 0);
	}
	raw_read(w, fd, out, size);
}

#endif
