/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated platform as its callers see it: the real program behind a real socket,
 * callers that are processes of their own. This program is its own caller: with
 * arguments it plays the role that the first one names.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/init.h"
#include "evidence/quote.h"
#include "measure/measure.h"
#include "platform/client.h"
#include "platform/collateral.h"
#include "platform/quote.h"
#include "platform/wire-internal.h"

struct fixture {
	char dir[32]; /* the root of callers that live in a "container" */
	char *socket, *keys, *other;
	pid_t pid;
};

static void fill(struct cc_digest64 *data, uint8_t with)
{
	memset(data->b, with, sizeof(data->b));
}

/* Start the platform and wait for its line. */
static int start(struct fixture *f)
{
	const char *program = getenv("PLATFORM_SIM");
	int pipe_fds[2] = { -1, -1 };
	char line[256] = { 0 };

	if (program == NULL || pipe2(pipe_fds, O_CLOEXEC) != 0)
		return -1;
	f->pid = fork();
	if (f->pid == 0) {
		(void)dup2(pipe_fds[1], STDOUT_FILENO);
		(void)execl(program, program, "--init", "--dir", f->keys, "--socket", f->socket,
			    (char *)NULL);
		_exit(127);
	}
	(void)close(pipe_fds[1]);
	(void)!read(pipe_fds[0], line, sizeof(line) - 1);
	(void)close(pipe_fds[0]);
	return strstr(line, "SIMULATION") != NULL ? 0 : -1;
}

/* A program with other bytes: this one and a byte behind its end. */
static int copy_self(const char *to, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf self = { .max = (size_t)256 * 1024 * 1024 };

	CC_TRY(cc_file_read("/proc/self/exe", self.max - 1, &self, err));
	CC_TRY(cc_buf_add_u8(&self, 0, err));
	return cc_file_write(to, 0755, cc_buf_span(&self), err);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cc_err err = { 0 };

	*state = f;
	memcpy(f->dir, "/tmp/concordat-peer-XXXXXX", 27);
	if (mkdtemp(f->dir) == NULL || chmod(f->dir, 0755) != 0)
		return -1;
	CC_TRY(cc_strf(&f->socket, &err, "%s/platform", f->dir));
	CC_TRY(cc_strf(&f->keys, &err, "%s/keys", f->dir));
	CC_TRY(cc_strf(&f->other, &err, "%s/other", f->dir));
	CC_TRY(copy_self(f->other, &err));
	return start(f);
}

static int tear_down(void **state)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct fixture *f = *state;
	struct cc_err err = { 0 };
	int status = -1;

	(void)kill(f->pid, SIGTERM);
	(void)waitpid(f->pid, &status, 0);
	CC_TRY(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err));
	CC_TRY(cc_dir_remove_tree(&tmp, f->dir + strlen("/tmp/"), &err));
	free(f->socket);
	free(f->keys);
	free(f->other);
	free(f);
	/* It ends by itself and cleanly when it is asked to. */
	return status == 0 ? 0 : -1;
}

/* What this program does as a caller: MRENCLAVE and a key, 64 bytes to standard output. */
static int ask(const char *socket, struct cc_err *err)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct cc_digest64 data = { 0 };
	struct cc_quote parsed = { 0 };

	CC_TRY(cc_platform_open(socket, &platform, err));
	CC_TRY(cc_platform_quote(platform, &data, &quote, err));
	CC_TRY(cc_quote_parse(cc_buf_span(&quote), &parsed, err));
	CC_TRY(cc_platform_key(platform, cc_span_str("label"), &key, err));
	CC_TRY(cc_write_all(STDOUT_FILENO, CC_DIGEST_SPAN(parsed.sgx.mrenclave), err));
	return cc_write_all(STDOUT_FILENO, cc_secret_span(key), err);
}

struct answer {
	uint8_t mrenclave[32], key[32];
};

/* Run `program` in the role of a caller and take what it wrote. */
static int run_caller(const char *program, const char *socket, struct answer *out)
{
	CC_AUTO_CLOSE int in = -1;
	int pipe_fds[2] = { -1, -1 }, status = -1;
	struct cc_err err = { 0 };
	pid_t pid = 0;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	in = pipe_fds[0];
	pid = fork();
	if (pid == 0) {
		(void)dup2(pipe_fds[1], STDOUT_FILENO);
		(void)execl(program, program, "ask", socket, (char *)NULL);
		_exit(127);
	}
	(void)close(pipe_fds[1]);
	if (cc_read_all(in, (struct cc_mut){ (uint8_t *)out, sizeof(*out) }, &err) != 0)
		memset(out, 0, sizeof(*out));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void mrenclave_of_file(const char *path, struct cc_digest *out)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = (size_t)256 * 1024 * 1024 };
	struct cc_measured record = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_file_read(path, bytes.max - 1, &bytes, &err), 0);
	assert_int_equal(cc_sha256(cc_buf_span(&bytes), &digest, &err), 0);
	assert_int_equal(cc_measured_of_cas(&digest, &record, &err), 0);
	assert_int_equal(cc_measure_sgx(&record, out, &err), 0);
}

static void a_caller_gets_a_quote_that_proves_under_the_platforms_root(void **state)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir dir = { 0 };
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	CC_AUTO_FREE char *public = NULL;
	struct fixture *f = *state;
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX, .at = cc_time_now() };
	struct cc_digest mrenclave = { 0 };
	struct cc_digest64 data = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	fill(&data, 0xa5);
	assert_int_equal(cc_strf(&public, &err, "%s/collateral", f->keys), 0);
	assert_int_equal(cc_platform_open(f->socket, &platform, &err), 0);
	assert_string_equal(cc_platform_kind_name(platform), "sgx");
	assert_non_null(strstr(cc_platform_text(platform), "SIMULATION"));
	for (int i = 0; i < 3; i++) {
		cc_buf_reset(&quote);
		assert_int_equal(cc_platform_quote(platform, &data, &quote, &err), 0);
	}
	assert_int_equal(cc_collateral_dir_load(public, &dir, &evidence.collateral, &err), 0);
	assert_int_equal(cc_collateral_dir_roots(public, &roots, &err), 0);
	evidence.bytes = cc_buf_span(&quote);
	evidence.roots = &roots;
	if (cc_evidence_prove(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_claims_bound(&claims, &data, &err), 0);
	mrenclave_of_file("/proc/self/exe", &mrenclave);
	assert_memory_equal(claims.measurement, mrenclave.b, 32);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
}

static void each_program_is_measured_as_itself_and_has_keys_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct answer self = { 0 }, again = { 0 }, other = { 0 };
	struct cc_digest expected = { 0 };

	assert_int_equal(run_caller("/proc/self/exe", f->socket, &self), 0);
	assert_int_equal(run_caller("/proc/self/exe", f->socket, &again), 0);
	assert_int_equal(run_caller(f->other, f->socket, &other), 0);
	assert_memory_equal(&self, &again, sizeof(self));
	mrenclave_of_file("/proc/self/exe", &expected);
	assert_memory_equal(self.mrenclave, expected.b, 32);
	mrenclave_of_file(f->other, &expected);
	assert_memory_equal(other.mrenclave, expected.b, 32);
	assert_memory_not_equal(self.key, other.key, 32);
}

static void keys_differ_by_label(void **state)
{
	CC_AUTO_SECRET struct cc_secret *a = NULL, *b = NULL, *c = NULL, *none = NULL;
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	struct fixture *f = *state;
	struct cc_err err = { 0 };
	char large[66] = { 0 };

	memset(large, 'x', 65);
	assert_int_equal(cc_platform_open(f->socket, &platform, &err), 0);
	assert_int_equal(cc_platform_key(platform, cc_span_str("a"), &a, &err), 0);
	assert_int_equal(cc_platform_key(platform, cc_span_str("b"), &b, &err), 0);
	assert_int_equal(cc_platform_key(platform, cc_span_str("a"), &c, &err), 0);
	assert_int_equal(cc_secret_len(a), 32);
	assert_false(cc_secret_equal(a, b));
	assert_true(cc_secret_equal(a, c));
	assert_int_equal(cc_platform_key(platform, cc_span_str(""), &none, &err), -1);
	assert_int_equal(cc_platform_key(platform, cc_span_str(large), &none, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

/*
 * Children get a process tree of their own, in which the platform has no number. Root
 * may do that, and others in a user namespace.
 */
static bool can_contain(void)
{
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) != 0)
		return false;
	return unshare(CLONE_NEWPID) == 0 && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

#define CANNOT 3

/* A caller whose root is `f->dir`; exits 0 when the quote has this measurement. */
static int call_inside(const struct fixture *f, const struct cc_digest *expected)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct cc_digest64 data = { 0 };
	struct cc_quote parsed = { 0 };
	struct cc_err err = { 0 };

	if (chroot(f->dir) != 0 || chdir("/") != 0)
		return CANNOT;
	if (cc_platform_open("/platform", &platform, &err) != 0)
		return 1;
	if (cc_platform_quote(platform, &data, &quote, &err) != 0)
		return err.code == CC_E_DENIED && strstr(err.text, "measured record") != NULL ? 2
											      : 1;
	if (cc_quote_parse(cc_buf_span(&quote), &parsed, &err) != 0)
		return 1;
	return cc_digest_eq(&parsed.sgx.mrenclave, expected) ? 0 : 1;
}

static int contain(const struct fixture *f, const struct cc_digest *expected)
{
	int status = -1;
	pid_t pid = 0;

	if (!can_contain())
		return CANNOT;
	pid = fork();
	if (pid == 0)
		_exit(getpid() == 1 ? call_inside(f, expected) : 1);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int in_container(const struct fixture *f, const struct cc_digest *expected)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(contain(f, expected));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT) {
		print_message("# neither root nor user namespaces: skipped\n");
		skip();
	}
	return WEXITSTATUS(status);
}

/* Put a record into the callers' root. */
static void write_record(const struct fixture *f, const struct cc_measured *record)
{
	CC_AUTO_DIR struct cc_dir root = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_measured_print(record, &text, &err), 0);
	assert_int_equal(cc_dir_open(f->dir, CC_DIR_OWN, &root, &err), 0);
	assert_int_equal(cc_dir_mkdir(&root, "concordat", 0755, &err), 0);
	assert_int_equal(cc_dir_write(&root, "concordat/measured", 0644, cc_buf_span(&text), &err),
			 0);
}

static struct cc_measured own_record(void)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = (size_t)256 * 1024 * 1024 };
	struct cc_measured record = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_file_read("/proc/self/exe", bytes.max - 1, &bytes, &err), 0);
	assert_int_equal(cc_sha256(cc_buf_span(&bytes), &record.runtime, &err), 0);
	assert_int_equal(cc_measure_options(NULL, &record.options, &err), 0);
	memset(record.content.b, 0x5c, sizeof(record.content.b));
	return record;
}

static void a_caller_in_a_container_is_measured_by_the_record_of_its_image(void **state)
{
	struct cc_measured record = own_record();
	struct cc_digest expected = { 0 };
	struct cc_err err = { 0 };

	write_record(*state, &record);
	assert_int_equal(cc_measure_sgx(&record, &expected, &err), 0);
	assert_int_equal(in_container(*state, &expected), 0);
}

static void a_record_of_another_runtime_is_refused(void **state)
{
	struct cc_measured record = own_record();
	struct cc_digest expected = { 0 };

	record.runtime.b[0] ^= 1;
	write_record(*state, &record);
	assert_int_equal(in_container(*state, &expected), 2);
}

static void a_record_that_is_no_file_is_refused_and_blocks_nobody(void **state)
{
	struct fixture *f = *state;
	struct cc_digest expected = { 0 };
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/concordat", f->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/concordat/measured", f->dir);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(in_container(f, &expected), 2);
}

/* Race 2 of peer-internal.h: the socket in the hands of another process. */
static void a_connection_is_of_no_use_to_another_process(void **state)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct fixture *f = *state;
	struct cc_digest64 data = { 0 };
	struct cc_err err = { 0 };
	int status = -1;
	pid_t pid = 0;

	assert_int_equal(cc_platform_open(f->socket, &platform, &err), 0);
	assert_int_equal(cc_platform_quote(platform, &data, &quote, &err), 0);
	pid = fork();
	if (pid == 0)
		_exit(cc_platform_quote(platform, &data, &quote, &err) == 0 ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Connect without any of the client's care, and read the hello. */
static int raw_connect(const char *socket_path, uint8_t challenge[CC_WIRE_CHALLENGE])
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	uint8_t hello[1 + CC_WIRE_CHALLENGE];

	memcpy(to.sun_path, socket_path, strlen(socket_path));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0 ||
	    recv(fd, hello, sizeof(hello), 0) != (ssize_t)sizeof(hello))
		return -1;
	memcpy(challenge, hello + 1, CC_WIRE_CHALLENGE);
	return fd;
}

/* Send so many bytes of a quote request; the status of the reply, or 0 when it hangs up. */
static int raw_request(int fd, uint8_t type, const uint8_t challenge[CC_WIRE_CHALLENGE], size_t len)
{
	uint8_t bytes[256] = { type };
	static uint8_t reply[CC_WIRE_REPLY_MAX];

	memcpy(bytes + 1, challenge, CC_WIRE_CHALLENGE);
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	return recv(fd, reply, sizeof(reply), 0) > 0 ? reply[0] : 0;
}

#define QUOTE_LEN (1 + CC_WIRE_CHALLENGE + 64)

static void a_request_must_repeat_the_latest_challenge(void **state)
{
	struct fixture *f = *state;
	uint8_t challenge[CC_WIRE_CHALLENGE] = { 0 };
	int fd = raw_connect(f->socket, challenge);

	assert_true(fd >= 0);
	assert_int_equal(raw_request(fd, CC_WIRE_QUOTE, challenge, QUOTE_LEN), CC_WIRE_OK);
	assert_int_equal(raw_request(fd, CC_WIRE_QUOTE, challenge, QUOTE_LEN), CC_WIRE_ERROR);
	(void)close(fd);
}

static void malformed_requests_are_refused_and_the_platform_goes_on(void **state)
{
	static const struct {
		uint8_t type;
		size_t len;
		int status;
	} cases[] = {
		{ CC_WIRE_QUOTE, QUOTE_LEN - 1, CC_WIRE_ERROR },
		{ CC_WIRE_QUOTE, 1, CC_WIRE_ERROR },
		{ CC_WIRE_QUOTE, 20, CC_WIRE_ERROR },
		{ CC_WIRE_KEY, 1 + CC_WIRE_CHALLENGE, CC_WIRE_ERROR },
		{ 0, QUOTE_LEN, CC_WIRE_ERROR },
		{ 99, QUOTE_LEN, CC_WIRE_ERROR },
		{ CC_WIRE_QUOTE, QUOTE_LEN + 4, CC_WIRE_ERROR }, /* as long as the next one */
		{ CC_WIRE_TPM_QUOTE, QUOTE_LEN + 4, CC_WIRE_OK },
		{ CC_WIRE_TPM_QUOTE, QUOTE_LEN + 3, CC_WIRE_ERROR },
		{ CC_WIRE_TPM_QUOTE, QUOTE_LEN + 5, 0 }, /* longer than any request: it hangs up */
	};
	struct fixture *f = *state;
	struct answer answer = { 0 };

	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		uint8_t challenge[CC_WIRE_CHALLENGE] = { 0 };
		int fd = raw_connect(f->socket, challenge);

		assert_true(fd >= 0);
		assert_int_equal(raw_request(fd, cases[i].type, challenge, cases[i].len),
				 cases[i].status);
		(void)close(fd);
	}
	assert_int_equal(run_caller("/proc/self/exe", f->socket, &answer), 0);
}

/* Role "become": connect, then turn into another program that goes on with the socket. */
static int become(const char *socket_path, const char *other)
{
	uint8_t challenge[CC_WIRE_CHALLENGE] = { 0 };
	char fd_text[16], hex[2 * CC_WIRE_CHALLENGE + 1];
	int fd = raw_connect(socket_path, challenge);

	(void)snprintf(fd_text, sizeof(fd_text), "%d", fd);
	for (size_t i = 0; i < sizeof(challenge); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", challenge[i]);
	(void)execl(other, other, "use", fd_text, hex, (char *)NULL);
	return 127;
}

/* Role "use": exits 0 when it is given a quote, 2 when it is refused. */
static int use(const char *fd_text, const char *hex)
{
	uint8_t challenge[CC_WIRE_CHALLENGE] = { 0 };
	int status = 0;

	for (size_t i = 0; i < sizeof(challenge); i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		challenge[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	status = raw_request((int)strtol(fd_text, NULL, 10), CC_WIRE_QUOTE, challenge, QUOTE_LEN);
	return status == CC_WIRE_OK ? 0 : status == CC_WIRE_ERROR ? 2 : 1;
}

static void a_process_that_became_another_program_is_refused(void **state)
{
	struct fixture *f = *state;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl("/proc/self/exe", "self", "become", f->socket, f->other, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 2);
}

static void an_address_that_leads_nowhere_says_what_to_do(void **state)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_platform_open("/nowhere/platform", &platform, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.hint, "concordat-platform-sim"));
	assert_int_equal(cc_platform_open("sgx:/dev/sgx", &platform, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_null(platform);
}

static int play(int argc, char **argv)
{
	struct cc_err err = { 0 };

	if (argc == 3 && cc_str_eq(argv[1], "ask"))
		return ask(argv[2], &err) == 0 ? 0 : 1;
	if (argc == 4 && cc_str_eq(argv[1], "become"))
		return become(argv[2], argv[3]);
	if (argc == 4 && cc_str_eq(argv[1], "use"))
		return use(argv[2], argv[3]);
	return 127;
}

#define WITH_PLATFORM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WITH_PLATFORM(a_caller_gets_a_quote_that_proves_under_the_platforms_root),
		WITH_PLATFORM(each_program_is_measured_as_itself_and_has_keys_of_its_own),
		WITH_PLATFORM(keys_differ_by_label),
		WITH_PLATFORM(a_caller_in_a_container_is_measured_by_the_record_of_its_image),
		WITH_PLATFORM(a_record_of_another_runtime_is_refused),
		WITH_PLATFORM(a_record_that_is_no_file_is_refused_and_blocks_nobody),
		WITH_PLATFORM(a_connection_is_of_no_use_to_another_process),
		WITH_PLATFORM(a_request_must_repeat_the_latest_challenge),
		WITH_PLATFORM(malformed_requests_are_refused_and_the_platform_goes_on),
		WITH_PLATFORM(a_process_that_became_another_program_is_refused),
		cmocka_unit_test(an_address_that_leads_nowhere_says_what_to_do),
	};

	return argc > 1 ? play(argc, argv) : cmocka_run_group_tests(tests, NULL, NULL);
}
