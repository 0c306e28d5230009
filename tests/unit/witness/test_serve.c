/* SPDX-License-Identifier: Apache-2.0 */
/* The witness as a process, asked over a socket. */
#include "tests/unit/ledger/signers.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "net/http.h"
#include "witness/witness.h"

#define LOG "cas.example/sh1"

static char folder[64];
static struct small_ledger ledger;
static struct signer log_key;
static pid_t child;

static int connect_to_witness(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const struct timespec moment = { 0, 10 * 1000 * 1000 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
	/* As long as the child lives it will listen some time. */
	while (connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
		assert_true(errno == ENOENT || errno == ECONNREFUSED);
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
		(void)nanosleep(&moment, NULL);
	}
	return fd;
}

/* Head and body are there. */
static bool is_whole(const struct cc_buf *answer)
{
	const uint8_t *end = memmem(answer->at, answer->len, "\r\n\r\n", 4);
	size_t head_len = end != NULL ? (size_t)(end - answer->at) + 4 : 0;
	struct cc_http_head head;
	struct cc_err err;

	if (end == NULL)
		return false;
	assert_int_equal(cc_http_parse_answer(cc_span(answer->at, head_len), &head, &err), 0);
	return answer->len >= head_len + head.length;
}

/* One request on a connection of its own; the whole answer. */
static void exchange(const char *line, struct cc_span body, struct cc_buf *answer)
{
	CC_AUTO_BUF struct cc_buf request = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	struct cc_err err;

	fd = connect_to_witness();
	assert_int_equal(cc_buf_addf(&request, &err,
				     "%s HTTP/1.1\r\nHost: w1\r\nConnection: close\r\n"
				     "Content-Length: %zu\r\n\r\n",
				     line, body.len),
			 0);
	assert_int_equal(cc_buf_add(&request, body, &err), 0);
	assert_int_equal(cc_write_all(fd, cc_buf_span(&request), &err), 0);
	while (answer->len == 0 || !is_whole(answer)) {
		uint8_t piece[4096];
		ssize_t len = read(fd, piece, sizeof(piece));

		assert_true(len > 0);
		assert_int_equal(cc_buf_add(answer, cc_span(piece, (size_t)len), &err), 0);
	}
}

static void assert_answers(const char *line, struct cc_span body, const char *start,
			   const char *inside)
{
	CC_AUTO_BUF struct cc_buf answer = { 0 };
	const char *text = NULL;
	struct cc_err err;

	exchange(line, body, &answer);
	assert_int_equal(cc_buf_str(&answer, &text, &err), 0);
	if (strncmp(text, start, strlen(start)) != 0 || strstr(text, inside) == NULL)
		fail_msg("'%s' gives '%s'", line, text);
}

static int start(void **state)
{
	CC_AUTO_BUF struct cc_buf key = { 0 }, own = { 0 };
	char base[] = "/tmp/cc-serve-XXXXXX", address[128];
	struct cc_err err = { 0 };

	(void)state;
	fill_ledger(&ledger, 1);
	log_key = make_signer(LOG, CC_NOTE_ED25519, 1);
	assert_non_null(mkdtemp(base));
	(void)snprintf(folder, sizeof(folder), "%s", base);
	(void)snprintf(address, sizeof(address), "unix:%s/socket", folder);
	assert_int_equal(cc_witness_init(folder, "w1.example", &own, &err), 0);
	assert_int_equal(cc_note_key_print(&log_key.key, &key, &err), 0);
	assert_int_equal(cc_witness_add(folder, cc_buf_span(&key), &err), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(cc_witness_run(folder, address, &err) == 0 ? 0 : 1);
	return 0;
}

static int finish(void **state)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err;
	int status = 0;

	(void)state;
	free_signer(&log_key);
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return cc_dir_open("/tmp", CC_DIR_OWN, &dir, &err) != 0 ||
	       cc_dir_remove_tree(&dir, folder + strlen("/tmp/"), &err) != 0;
}

static void make_body(uint64_t old, uint64_t size, struct cc_buf *out)
{
	CC_AUTO_BUF struct cc_buf note = { 0 };
	struct cc_witness_ask ask = { .old = old, .proof = prove_extension(&ledger, old, size) };
	struct cc_err err;

	sign_ledger(&ledger, size, &log_key, &note);
	ask.note = cc_buf_span(&note);
	assert_int_equal(cc_witness_request(&ask, out, &err), 0);
}

static void checkpoints_are_co_signed_over_http(void **state)
{
	CC_AUTO_BUF struct cc_buf first = { 0 }, second = { 0 };

	(void)state;
	make_body(0, 9, &first);
	make_body(9, 20, &second);
	assert_answers("POST /add-checkpoint", cc_buf_span(&first), "HTTP/1.1 200",
		       "— w1.example ");
	assert_answers("POST /add-checkpoint", cc_buf_span(&second), "HTTP/1.1 200",
		       "— w1.example ");
	assert_answers("POST /add-checkpoint", cc_buf_span(&second), "HTTP/1.1 409",
		       "\r\n\r\n20\n");
	assert_answers("POST /add-checkpoint", cc_buf_span(&second), "HTTP/1.1 409",
		       "text/x.tlog.size");
}

static void other_requests_have_their_status(void **state)
{
	static const uint8_t large[CC_WITNESS_ASK_MAX + 1];

	(void)state;
	assert_answers("GET /add-checkpoint", (struct cc_span){ 0 }, "HTTP/1.1 405", "POST");
	assert_answers("POST /", (struct cc_span){ 0 }, "HTTP/1.1 404", "");
	assert_answers("POST /add-checkpoint", (struct cc_span){ 0 }, "HTTP/1.1 400", "");
	assert_answers("POST /add-checkpoint", CC_SPAN(large), "HTTP/1.1 413", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(checkpoints_are_co_signed_over_http, start, finish),
		cmocka_unit_test_setup_teardown(other_requests_have_their_status, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
