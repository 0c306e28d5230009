/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The static binary itself: started as a container runtime starts it, with the simulated
 * platform that measures it and a CAS behind TLS on a unix socket. What a host can
 * plant for OpenSSL and the loader lies in its root and in its environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "base/time.h"
#include "codec/text.h"
#include "net/address.h"
#include "net/server.h"
#include "tests/unit/runtime/container.h"
#include "tests/unit/runtime/fake_cas.h"
#include "tests/unit/runtime/sealed.h"

#define MARK "/tmp/concordat-test-plant"

static struct {
	const char *runtime, *platform, *plant;
} programs;

struct world {
	struct fake_cas cas;
	struct cc_config config;
	struct cc_buf json;
	char dir[64], image[96], measured[96], cas_socket[96], platform_socket[96], sim[96],
		tmp[96];
	char key_hex[CC_HEX_DIGEST];
	struct cc_loop *loop;
	struct cc_tls *tls;
	struct cc_server *server;
	pid_t platform;
};

/* As web would: the exporter is the connection's own, the rest is decided behind it. */
static void handle(struct cc_request *request, void *context)
{
	struct world *w = context;
	CC_AUTO_BUF struct cc_buf reply = { 0 };
	struct cc_err err = { 0 };

	w->cas.exporter = *cc_request_exporter(request);
	if (fake_cas_request(&w->cas, cc_request_path(request), cc_request_body(request), "",
			     &reply, &err) != 0) {
		cc_request_problem(request, &err, true);
		return;
	}
	const struct cc_answer answer = { .status = 200,
					  .type = "application/json",
					  .body = cc_buf_span(&reply) };
	cc_request_answer(request, &answer);
}

/* A root certificate of the CAS key, which signs that of a TLS key. */
static int tls_make(struct world *w, struct cc_err *err)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	int64_t now = cc_time_now();
	struct cc_cert_plan plan = { .common_name = "cas",
				     .key = cc_key_public(w->cas.key),
				     .issuer_key = w->cas.key,
				     .from = now - 60,
				     .until = now + 3600,
				     .is_ca = true,
				     .path_len = 0 };

	CC_TRY(cc_key_generate(CC_KEY_ED25519, &key, err));
	CC_TRY(cc_cert_make(&plan, &chain.certs[1], err));
	plan = (struct cc_cert_plan){ .common_name = "web",
				      .key = cc_key_public(key),
				      .issuer = chain.certs[1],
				      .issuer_key = w->cas.key,
				      .from = now - 60,
				      .until = now + 3600,
				      .path_len = -1 };
	CC_TRY(cc_cert_make(&plan, &chain.certs[0], err));
	chain.count = 2;
	return cc_tls_server(key, &chain, &w->tls, err);
}

static int cas_start(struct world *w, struct cc_err *err)
{
	CC_AUTO_FREE char *address = NULL;
	struct cc_server_plan plan = { .handle = handle, .context = w };
	struct cc_digest pin;
	const char *text = NULL;

	CC_TRY(cc_key_generate(CC_KEY_ED25519, &w->cas.key, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(w->cas.key), &pin, err));
	cc_hex_digest(&pin, w->key_hex);
	memset(w->cas.ticket, 0x66, sizeof(w->cas.ticket));
	CC_TRY(cc_config_print(&w->config, &w->json, err));
	CC_TRY(cc_buf_str(&w->json, &text, err));
	w->cas.configuration = text;
	CC_TRY(tls_make(w, err));
	CC_TRY(cc_loop_new(&w->loop, err));
	CC_TRY(cc_strf(&address, err, "unix:%s", w->cas_socket));
	CC_TRY(cc_listen(address, &plan.fd, err));
	plan.loop = w->loop;
	plan.tls = w->tls;
	return cc_server_new(&plan, &w->server, err);
}

static pid_t start(const char *const *argv, const char *const *envp)
{
	pid_t child = fork();

	if (child == 0) {
		/* a failed check leaves no platform behind; and our own output is TAP */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execve(argv[0], (char *const *)(uintptr_t)argv,
			     (char *const *)(uintptr_t)envp);
		_exit(127);
	}
	return child;
}

static int platform_start(struct world *w, struct cc_err *err)
{
	const char *const init[] = { programs.platform, "--init", "--dir", w->sim, NULL };
	const char *const run[] = { programs.platform,  "--dir", w->sim, "--socket",
				    w->platform_socket, NULL };
	const char *const none[] = { NULL };
	int status = 1;

	if (waitpid(start(init, none), &status, 0) < 0 || status != 0)
		return cc_fail(err, CC_E_SYSTEM, "make a simulated platform");
	w->platform = start(run, none);
	for (int i = 0; i < 1000 && access(w->platform_socket, F_OK) != 0; i++)
		(void)usleep(10000);
	return access(w->platform_socket, F_OK) == 0
		       ? 0
		       : cc_fail(err, CC_E_UNAVAILABLE, "the simulated platform does not start");
}

static int world_make(struct world *w, const char *const *command, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf runtime = { 0 };

	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/concordat-test-XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return cc_fail_sys(err, errno, "make a directory");
	(void)snprintf(w->image, sizeof(w->image), "%s/image", w->dir);
	(void)snprintf(w->measured, sizeof(w->measured), "%s/measured", w->dir);
	(void)snprintf(w->cas_socket, sizeof(w->cas_socket), "%s/cas.sock", w->dir);
	(void)snprintf(w->platform_socket, sizeof(w->platform_socket), "%s/platform.sock", w->dir);
	(void)snprintf(w->sim, sizeof(w->sim), "%s/sim", w->dir);
	(void)snprintf(w->tmp, sizeof(w->tmp), "%s/tmp", w->dir);
	if (mkdir(w->tmp, 0755) != 0)
		return cc_fail_sys(err, errno, "make '%s'", w->tmp);
	CC_TRY(cc_file_read(programs.runtime, CC_BUF_MAX, &runtime, err));
	CC_TRY(cc_sha256(cc_buf_span(&runtime), &sealed_runtime, err));
	if (lseek(container_guest, 0, SEEK_SET) != 0)
		return cc_fail_sys(err, errno, "read the guest");
	CC_TRY(sealed_make(w->image, w->measured, container_fill, &w->config.image, err));
	CC_TRY(container_config(&w->config, command, err));
	CC_TRY(platform_start(w, err));
	return cas_start(w, err);
}

static void world_end(struct world *w)
{
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;
	struct cc_err err = { 0 };

	if (w->platform > 0 && kill(w->platform, SIGTERM) == 0)
		(void)waitpid(w->platform, NULL, 0);
	cc_server_free(w->server);
	cc_loop_free(w->loop);
	cc_tls_free(w->tls);
	cc_frames_clear(&w->cas.frames);
	cc_key_free(w->cas.key);
	cc_config_clear(&w->config);
	cc_buf_clear(&w->json);
	if (cc_dir_open("/tmp", CC_DIR_OWN, &top, &err) == 0)
		cc_ignore(cc_dir_remove_tree(&top, w->dir + strlen("/tmp/"), &err));
}

/* A file of the outside at a place of the container. */
static bool placed(const char *from, const char *to, mode_t mode)
{
	int fd = open(to, O_WRONLY | O_CREAT, mode);

	return fd >= 0 && close(fd) == 0 && mount(from, to, NULL, MS_BIND, NULL) == 0;
}

/* What the host plants for OpenSSL: a configuration, at its usual place and where we point. */
static bool planted(const char *root)
{
	static const char conf[] = "openssl_conf = init\n[init]\nproviders = all\n[all]\n"
				   "plant = one\n[one]\nmodule = /plant.so\nactivate = 1\n";
	char path[128];
	struct cc_err err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/usr/lib", root);
	if (mkdir(path, 0755) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/usr/lib/ssl", root);
	if (mkdir(path, 0755) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/usr/lib/ssl/openssl.cnf", root);
	return cc_file_write(path, 0644, cc_span_str(conf), &err) == 0;
}

static const char *const environment[] = { "OPENSSL_CONF=/usr/lib/ssl/openssl.cnf",
					   "OPENSSL_MODULES=/",
					   "LD_PRELOAD=/plant.so",
					   "LD_LIBRARY_PATH=/",
					   "EVENT_SHOW_METHOD=1",
					   "EVENT_NOEPOLL=1",
					   "SSL_CERT_FILE=/none",
					   NULL };

/* Evidence of other kinds, as a host may give it to the container. */
static bool devices(void)
{
	static const char *const paths[] = { BOX "/dev/tpm",       BOX "/dev/tpmrm0",
					     BOX "/dev/sev-guest", BOX "/dev/tdx_guest",
					     BOX "/dev/nsm",       BOX "/dev/vsock" };

	for (size_t i = 0; i < CC_COUNT(paths); i++)
		if (mknod(paths[i], S_IFCHR | 0666, makedev(1, 3)) != 0)
			return false;
	return mkdir(BOX "/dev/attestation", 0777) == 0;
}

/* In the container's process: its root, then the binary. */
static void container_exec(const struct world *w)
{
	static const char ticket[] = "66666666666666666666666666666666"
				     "66666666666666666666666666666666";
	const char *const argv[] = { "/concordat/runtime",
				     "--cas",
				     "unix:/run/concordat/cas.sock",
				     "--cas-key",
				     w->key_hex,
				     "--policy",
				     "p",
				     "--service",
				     "s",
				     "--ticket",
				     ticket,
				     "--patience",
				     "5",
				     NULL };
	struct cc_err err = { 0 };

	if (container_root(&err) != 0 || !planted(BOX) ||
	    !placed(programs.runtime, BOX "/concordat/runtime", 0755) ||
	    !placed(programs.plant, BOX "/plant.so", 0755) ||
	    !placed(w->measured, BOX "/concordat/measured", 0644) ||
	    !placed(w->cas_socket, BOX "/run/concordat/cas.sock", 0600) ||
	    !placed(w->platform_socket, BOX "/run/concordat/platform.sock", 0600) || !devices() ||
	    mount(w->tmp, BOX "/tmp", NULL, MS_BIND, NULL) != 0 ||
	    mount(w->image, BOX "/concordat/image", NULL, MS_BIND, NULL) != 0 ||
	    container_enter(&err) != 0)
		_exit(90);
	(void)execve(argv[0], (char *const *)(uintptr_t)argv,
		     (char *const *)(uintptr_t)environment);
	_exit(91);
}

/* The container as a child that is first in its PID namespace; we serve the CAS meanwhile. */
static int container_run(struct world *w)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		pid_t first = unshare(CLONE_NEWPID) == 0 ? fork() : -1;

		if (first == 0)
			container_exec(w);
		_exit(waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status)
									       : 92);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		struct cc_err err = { 0 };

		assert_int_equal(cc_loop_step(w->loop, false, &err), 0);
		(void)usleep(500);
	}
	return WEXITSTATUS(status);
}

static void need_everything(void)
{
	if (geteuid() != 0 || access("/dev/fuse", R_OK | W_OK) != 0 || container_guest < 0) {
		print_message("# skipped: needs root, /dev/fuse and the test's programs\n");
		skip();
	}
}

static void the_binary_attests_runs_and_completes_over_tls(void **state)
{
	static const char *const command[] = { "/guest",  "env", "ONLY=this", "write",
					       "/vol1/x", "15",  NULL };
	struct world w = { 0 };
	struct cc_err err = { 0 };
	int status = 0;

	(void)state;
	need_everything();
	(void)unlink(MARK);
	if (world_make(&w, command, &err) != 0)
		fail_msg("%s", err.text);
	status = container_run(&w);
	if (status != 0)
		print_message("# status %d\n", status);
	assert_int_equal(status, 0);
	assert_true(w.cas.frame_count > 0);
	assert_non_null(strstr(w.cas.said[(w.cas.frame_count - 1) % 8], "\"type\":\"complete\""));
	world_end(&w);
}

/*
 * Evidence is closed before exec: the platform was there, the runtime had it, and of the program
 * no way leads to it. The nodes are those that a host may put into the container.
 */
static void the_program_has_no_way_to_evidence(void **state)
{
	static const char *const command[] = {
		"/guest",
		"closed",
		"connection",
		"closed",
		"vsock",
		"closed",
		"ptrace",
		"closed",
		"memory",
		"closed",
		"descriptor",
		"closed",
		"namespace",
		"closed",
		"node",
		"closed",
		"mount",
		"absent",
		"/run",
		"absent",
		"/concordat",
		"absent",
		"/sys",
		"absent",
		"/dev/tpm",
		"absent",
		"/dev/tpm0",
		"absent",
		"/dev/tpmrm0",
		"absent",
		"/dev/sev-guest",
		"absent",
		"/dev/tdx_guest",
		"absent",
		"/dev/tdx-guest",
		"absent",
		"/dev/nsm",
		"absent",
		"/dev/attestation",
		"absent",
		"/dev/sgx_enclave",
		"absent",
		"/dev/sgx_provision",
		"absent",
		"/dev/vsock",
		"absent",
		"/dev/fuse",
		"absent",
		"/dev/mem",
		NULL,
	};
	struct world w = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	need_everything();
	if (world_make(&w, command, &err) != 0)
		fail_msg("%s", err.text);
	/* 100 and the number of the word whose way is open */
	assert_int_equal(container_run(&w), 0);
	world_end(&w);
}

static void a_planted_provider_is_not_loaded(void **state)
{
	static const char *const command[] = { "/guest", "say", "x", NULL };
	struct world w = { 0 };
	struct cc_err err = { 0 };
	const char *const control[] = { "/usr/bin/openssl", "list", "-providers", NULL };
	char conf[128], variable[160];
	const char *const with[] = { variable, NULL };

	(void)state;
	need_everything();
	/* first that the plant works: an openssl that reads the configuration loads it */
	if (world_make(&w, command, &err) != 0)
		fail_msg("%s", err.text);
	(void)snprintf(conf, sizeof(conf), "%s/control.cnf", w.dir);
	(void)snprintf(variable, sizeof(variable), "OPENSSL_CONF=%s", conf);
	CC_AUTO_FREE char *text = NULL;
	assert_int_equal(
		cc_strf(&text, &err,
			"openssl_conf = init\n[init]\nproviders = all\n[all]\nplant = one\n"
			"[one]\nmodule = %s\nactivate = 1\n",
			programs.plant),
		0);
	assert_int_equal(cc_file_write(conf, 0644, cc_span_str(text), &err), 0);
	(void)unlink(MARK);
	if (access(control[0], X_OK) == 0) {
		(void)waitpid(start(control, with), NULL, 0);
		assert_int_equal(access(MARK, F_OK), 0);
		(void)unlink(MARK);
	}
	assert_int_equal(container_run(&w), 0);
	/* in the container's /tmp it would be gone with it: the runtime's own root was not changed
	 */
	assert_true(access(MARK, F_OK) != 0);
	world_end(&w);
}

static void a_changed_binary_gets_no_evidence(void **state)
{
	static const char *const command[] = { "/guest", "say", "x", NULL };
	struct world w = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	need_everything();
	if (world_make(&w, command, &err) != 0)
		fail_msg("%s", err.text);
	/* the record names another build than the one that runs */
	sealed_runtime.b[0] ^= 1;
	cc_secret_free(CC_TAKE(w.config.image.key));
	assert_int_equal(lseek(container_guest, 0, SEEK_SET), 0);
	assert_int_equal(sealed_make(w.image, w.measured, container_fill, &w.config.image, &err),
			 0);
	assert_int_equal(container_run(&w), cc_code_info(CC_E_DENIED)->exit_status);
	assert_int_equal(w.cas.frame_count, 0);
	world_end(&w);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_binary_attests_runs_and_completes_over_tls),
		cmocka_unit_test(the_program_has_no_way_to_evidence),
		cmocka_unit_test(a_planted_provider_is_not_loaded),
		cmocka_unit_test(a_changed_binary_gets_no_evidence),
	};

	if (argc > 4) {
		container_guest = open(argv[1], O_RDONLY | O_CLOEXEC);
		programs.runtime = argv[2];
		programs.platform = argv[3];
		programs.plant = argv[4];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
