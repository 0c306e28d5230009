/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper says to web when it asks a service outside, and how that ends. */
#include "tests/unit/crypto/pki.h"

#include <sys/socket.h>

#include "base/str.h"
#include "cas/https.h"
#include "crypto/exchange.h"

#define HOST "vault.example"
#define CANARY "the question's canary"

/* A keeper with one request under way; web is this test. */
struct scene {
	struct cc_loop *loop;
	struct cc_keeper *keeper;
	struct cc_wire *web;
	struct cc_asked *asked;
	char address[64]; /* that web is told */
	uint32_t id;
	struct cc_buf said;   /* all bytes that web is given */
	bool has_hung_up;     /* the keeper has */
	unsigned int outcome; /* how often it was told */
	struct cc_err why;
};

static struct scene *current;

static void on_message(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	struct scene *scene = context;
	struct cc_span address = message->fields[CC_SAY_ADDRESS];
	struct cc_span bytes = message->fields[CC_SAY_BYTES];
	struct cc_err err = { 0 };

	(void)wire;
	if (message->type == CC_STREAM_HEAR) {
		cc_https_heard(scene->keeper, message);
		return;
	}
	scene->id = message->id;
	scene->has_hung_up = address.len == 0 && bytes.len == 0;
	if (address.len != 0)
		(void)snprintf(scene->address, sizeof(scene->address), "%.*s", (int)address.len,
			       (const char *)address.at);
	assert_int_equal(cc_buf_add(&scene->said, bytes, &err), 0);
}

static void on_closed(void *context, struct cc_wire *wire, const struct cc_err *why)
{
	(void)context;
	(void)wire;
	fail_msg("%s", why->text);
}

static void on_done(struct cc_asked *asked, const struct cc_err *why)
{
	assert_ptr_equal(asked, current->asked);
	current->outcome++;
	current->why = why == NULL ? (struct cc_err){ 0 } : *why;
}

static struct cc_wire *wire_of(struct scene *scene, int fd, enum cc_process us,
			       enum cc_process them)
{
	const struct cc_wire_plan plan = {
		scene->loop, fd, us, them, on_message, on_closed, scene
	};
	struct cc_wire *wire = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_wire_new(&plan, &wire, &err), 0);
	cc_wire_phase(wire, CC_PHASE_SERVING);
	return wire;
}

/* A decision that lacks an answer. */
static void lack(struct scene *scene)
{
	const struct cc_azure azure = { HOST, "vaults.example" };
	const struct cc_secret_outside *way = cc_answers_way(&scene->asked->answers, &azure);
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { .host = HOST };
	struct cc_outside_answer answer = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_str(&ask.request, "GET / HTTP/1.1\r\n" CANARY "\r\n\r\n", &err),
			 0);
	assert_int_equal(way->ask(way->context, &ask, &answer, &err), -1);
}

static void settle(struct scene *scene)
{
	struct cc_err err = { 0 };

	for (int i = 0; i < 20; i++)
		assert_int_equal(cc_loop_step(scene->loop, false, &err), 0);
}

static void set(struct scene *scene, const char *via)
{
	const int64_t now = cc_time_now();
	struct party root = issue((struct cc_cert_plan){ .common_name = "root",
							 .from = now - DAY,
							 .until = now + DAY,
							 .is_ca = true },
				  CC_KEY_P384, NULL);
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	int ends[2] = { -1, -1 };
	struct cc_err err = { 0 };

	current = scene;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(cc_loop_new(&scene->loop, &err), 0);
	scene->keeper = calloc(1, sizeof(*scene->keeper));
	scene->asked = calloc(1, sizeof(*scene->asked));
	assert_non_null(scene->keeper);
	assert_non_null(scene->asked);
	scene->asked->keeper = scene->keeper;
	scene->keeper->outside_via = via;
	scene->keeper->webs[0] = wire_of(scene, ends[0], CC_KEEPER, CC_WEB);
	scene->web = wire_of(scene, ends[1], CC_WEB, CC_KEEPER);
	assert_int_equal(cc_cert_to_pem(root.cert, &pem, &err), 0);
	assert_int_equal(cc_trust_new(cc_buf_span(&pem), &scene->keeper->trust, &err), 0);
	party_clear(&root);
	lack(scene);
	assert_int_equal(cc_https_start(scene->asked, on_done, &err), 0);
	settle(scene);
}

static void clear(struct scene *scene)
{
	for (size_t i = 0; i < CC_HTTPS_MAX; i++)
		cc_https_free(scene->keeper->https[i]);
	cc_trust_free(scene->keeper->trust);
	cc_wire_free(scene->keeper->webs[0]);
	cc_wire_free(scene->web);
	cc_answers_clear(&scene->asked->answers);
	cc_loop_free(scene->loop);
	cc_buf_clear(&scene->said);
	free(scene->asked);
	free(scene->keeper);
}
#define AUTO_SCENE CC_CLEANUP(clear)

static void hear(struct scene *scene, uint32_t id, struct cc_span bytes, const char *end)
{
	struct cc_message message = { .type = CC_STREAM_HEAR, .id = id };
	struct cc_err err = { 0 };

	message.fields[CC_HEAR_BYTES] = bytes;
	message.fields[CC_HEAR_END] = cc_span_str(end);
	assert_int_equal(cc_wire_send(scene->web, &message, &err), 0);
	settle(scene);
}

static void assert_failed(const struct scene *scene, enum cc_code code, const char *word)
{
	assert_int_equal(scene->outcome, 1);
	assert_int_equal(scene->why.code, code);
	if (strstr(scene->why.text, word) == NULL)
		fail_msg("no '%s' in '%s'", word, scene->why.text);
	assert_non_null(strstr(scene->why.text, HOST));
	assert_true(scene->why.hint[0] != '\0');
	assert_true(scene->has_hung_up);
}

static void web_is_told_where_to_and_not_what(void **state)
{
	AUTO_SCENE struct scene direct = { 0 };

	(void)state;
	set(&direct, NULL);
	assert_string_equal(direct.address, HOST ":443");
	assert_true(direct.said.len > 100);
	assert_null(memmem(direct.said.at, direct.said.len, CANARY, strlen(CANARY)));
	assert_int_equal(direct.outcome, 0);
}

static void a_gateway_takes_the_place_of_the_host(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, "127.0.0.1:8443");
	assert_string_equal(scene.address, "127.0.0.1:8443");
	/* The name that TLS asks for is the host's all the same. */
	assert_non_null(memmem(scene.said.at, scene.said.len, HOST, strlen(HOST)));
}

static void a_server_that_says_nothing_is_waited_for_so_long(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	const uint64_t now = cc_time_monotonic_ms();

	(void)state;
	set(&scene, NULL);
	cc_https_tick(scene.keeper, now);
	assert_int_equal(scene.outcome, 0);
	cc_https_tick(scene.keeper, now + 2 * CC_HTTPS_LIFE_MS);
	settle(&scene);
	assert_failed(&scene, CC_E_UNAVAILABLE, "no answer in 10 s");
	cc_https_tick(scene.keeper, now + 3 * CC_HTTPS_LIFE_MS);
	assert_int_equal(scene.outcome, 1);
}

static void a_connection_that_ends_says_why(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, NULL);
	hear(&scene, scene.id, cc_span(NULL, 0), "the connection was refused");
	assert_failed(&scene, CC_E_UNAVAILABLE, "the connection was refused");
}

static void a_server_without_tls_is_none(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, NULL);
	hear(&scene, scene.id, cc_span_str("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "");
	assert_failed(&scene, CC_E_UNAVAILABLE, "TLS");
	assert_int_equal(scene.asked->answers.count, 0);
}

static void bytes_of_another_connection_change_nothing(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene, NULL);
	hear(&scene, scene.id + 1, cc_span_str("x"), "");
	hear(&scene, scene.id + CC_HTTPS_MAX, cc_span_str("x"), "ended");
	assert_int_equal(scene.outcome, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(web_is_told_where_to_and_not_what),
		cmocka_unit_test(a_gateway_takes_the_place_of_the_host),
		cmocka_unit_test(a_server_that_says_nothing_is_waited_for_so_long),
		cmocka_unit_test(a_connection_that_ends_says_why),
		cmocka_unit_test(a_server_without_tls_is_none),
		cmocka_unit_test(bytes_of_another_connection_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
