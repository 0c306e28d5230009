/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web: TLS and HTTP of a CAS. It turns requests into messages and replies into
 * answers, and moves what the keeper asks of witnesses. It holds its own TLS key and
 * nothing else; what is believed is signed by others.
 *
 * Descriptors: 3 the keeper, 4 the listening socket. Several webs share that socket.
 */
#include <errno.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "cas/carry.h"
#include "cas/dial.h"
#include "cas/wire.h"
#include "crypto/init.h"
#include "crypto/x509.h"
#include "net/channel.h"
#include "net/server.h"
#include "proto/routes.h"
#include "proto/sealed.h"
#include "proto/signature.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"

#define KEEPER_FD 3
#define LISTEN_FD 4
#define WAITING_MAX 8192 /* requests that the keeper has not answered */
#define WITNESS_PATIENCE_MS 4000
#define ADD_CHECKPOINT "/add-checkpoint"

struct web {
	struct cc_loop *loop;
	struct cc_dialer *dialer;
	struct cc_carrier *carrier;
	struct cc_wire *keeper;
	struct cc_key *key;
	struct cc_chain chain;
	struct cc_tls *tls;
	struct cc_server *server;
	struct cc_request *waiting[WAITING_MAX];
	uint32_t next;
	int exit_status;
};

static void end(struct web *web, const char *what, const struct cc_err *err)
{
	cc_log_err(CC_LOG_ERROR, what, err);
	web->exit_status = cc_code_info(err->code)->exit_status;
	cc_loop_stop(web->loop);
}

/* Requests. */

/* What is sealed is for the keeper of a signed request; else it would be taken for plain text. */
static int check_unsigned(const struct cc_request *request, struct cc_err *err)
{
	const char *type = NULL;

	CC_TRY(cc_request_header(request, "Content-Type", &type, err));
	if (type == NULL || !cc_str_eq(type, "application/concordat-sealed"))
		return 0;
	return cc_fail(err, CC_E_ARG, "a sealed body belongs to a signed request");
}

/* The five signature headers, or nothing when there is no Signature. */
static int pack_signature(const struct cc_request *request, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span values[CC_HEADER_COUNT] = { 0 };
	const char *value = NULL;

	CC_TRY(cc_request_header(request, "Signature", &value, err));
	if (value == NULL)
		return check_unsigned(request, err);
	for (unsigned int i = 0; i < CC_HEADER_COUNT; i++) {
		CC_TRY(cc_request_header(request, cc_signature_header_name(i), &value, err));
		if (value == NULL)
			return cc_fail(err, CC_E_ARG, "a signed request needs the header '%s'",
				       cc_signature_header_name(i));
		values[i] = cc_span_str(value);
	}
	return cc_values_add(values, CC_COUNT(values), out, err);
}

/*
 * A browser shows its owner's client certificate to whatever page asks it to, and says which page
 * (Fetch, 3.1): nobody reads policies in a browser, so no page speaks for anybody.
 */
static int check_origin(const struct cc_request *request, struct cc_err *err)
{
	const char *origin = NULL;

	CC_TRY(cc_request_header(request, "Origin", &origin, err));
	if (origin == NULL)
		return 0;
	cc_err_set(err, CC_E_DENIED, "the request comes from a page in a browser");
	return cc_hint(err, "use the command concordat, or curl");
}

static int pass_on(struct web *web, struct cc_request *request, struct cc_err *err)
{
	struct cc_message message = { .type = CC_REQUEST, .id = web->next };
	CC_AUTO_BUF struct cc_buf signature = { 0 };
	enum cc_operation operation = CC_OP_NONE;
	struct cc_span argument = { 0 };
	const char *idempotency = NULL;
	uint8_t number = 0;

	CC_TRY(cc_route_find(cc_request_method(request), cc_span_str(cc_request_path(request)),
			     &operation, &argument, err));
	CC_TRY(check_origin(request, err));
	if (web->waiting[web->next] != NULL)
		return cc_fail(err, CC_E_UNAVAILABLE, "too many requests wait");
	CC_TRY(pack_signature(request, &signature, err));
	number = (uint8_t)operation;
	message.fields[CC_REQUEST_OPERATION] = cc_span(&number, 1);
	message.fields[CC_REQUEST_ARGUMENT] = argument;
	message.fields[CC_REQUEST_QUERY] = cc_request_query(request);
	message.fields[CC_REQUEST_SIGNATURE] = cc_buf_span(&signature);
	CC_TRY(cc_request_header(request, "Idempotency-Key", &idempotency, err));
	if (idempotency != NULL) {
		CC_TRY(cc_idempotency_check(cc_span_str(idempotency), err));
		message.fields[CC_REQUEST_IDEMPOTENCY] = cc_span_str(idempotency);
	}
	message.fields[CC_REQUEST_PEER] = cc_request_peer(request);
	message.fields[CC_REQUEST_EXPORTER] = CC_DIGEST_SPAN(*cc_request_exporter(request));
	message.fields[CC_REQUEST_BODY] = cc_request_body(request);
	CC_TRY(cc_wire_send(web->keeper, &message, err));
	web->waiting[web->next] = request;
	web->next = (web->next + 1) % WAITING_MAX;
	return 0;
}

static void on_request(struct cc_request *request, void *context)
{
	char methods[CC_METHODS_MAX] = "";
	struct cc_err err = { 0 };

	if (pass_on(context, request, &err) == 0)
		return;
	if (err.code == CC_E_NOTFOUND)
		cc_route_methods(cc_span_str(cc_request_path(request)), methods);
	if (methods[0] != '\0')
		cc_request_not_allowed(request, &err, methods);
	else
		cc_request_problem(request, &err, true);
}

static void on_reply(struct web *web, const struct cc_message *message)
{
	struct cc_request *request = message->id < WAITING_MAX ? web->waiting[message->id] : NULL;
	struct cc_span status = message->fields[CC_REPLY_STATUS];
	struct cc_answer answer = { .body = message->fields[CC_REPLY_BODY] };
	CC_AUTO_FREE char *type = NULL, *signature = NULL;
	struct cc_answer_field field = { "Concordat-Signature", NULL };
	struct cc_err err = { 0 };

	if (request == NULL)
		return;
	web->waiting[message->id] = NULL;
	answer.status = (unsigned int)(status.at[0] << 8 | status.at[1]);
	if (cc_str_from(message->fields[CC_REPLY_TYPE], &type, &err) != 0 ||
	    cc_str_from(message->fields[CC_REPLY_HEADERS], &signature, &err) != 0) {
		cc_request_problem(request, &err, false);
		return;
	}
	answer.type = type;
	field.value = signature;
	answer.fields = &field;
	answer.count = signature[0] != '\0';
	cc_request_answer(request, &answer);
}

/* Witnesses: one connection for each question, answers as they come. */

struct question {
	struct web *web;
	uint32_t id;
	struct cc_channel *channel;
	struct cc_buf body;
	char *path;
};

static void free_question(struct question *question)
{
	cc_channel_free(question->channel);
	cc_buf_clear(&question->body);
	free(question->path);
	free(question);
}

static void report(struct question *question, unsigned int status, struct cc_span body)
{
	const uint8_t code[2] = { (uint8_t)(status >> 8), (uint8_t)status };
	struct cc_message message = { .type = CC_WITNESS_REPLY, .id = question->id };
	struct cc_err err = { 0 };

	message.fields[CC_ANSWER_STATUS] = CC_SPAN(code);
	message.fields[CC_ANSWER_BODY] = body;
	if (cc_wire_send(question->web->keeper, &message, &err) != 0)
		cc_log_err(CC_LOG_WARN, "a witness's answer", &err);
	free_question(question);
}

static void on_witness_answer(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	if (err != NULL)
		report(context, 0, cc_span(NULL, 0));
	else
		report(context, reply->status, cc_buf_span(&reply->body));
}

static void on_witness_connected(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	struct question *question = context;
	const struct cc_call call = { .method = "POST",
				      .path = question->path,
				      .body = cc_buf_span(&question->body) };
	struct cc_err failed = { 0 };

	(void)reply;
	if (err != NULL ||
	    cc_channel_call(question->channel, &call, on_witness_answer, question, &failed) != 0)
		report(question, 0, cc_span(NULL, 0));
}

/* "http://host:port/prefix" */
static int split_url(struct cc_span url, char **address, char **path, struct cc_err *err)
{
	static const char scheme[] = "http://";
	CC_AUTO_FREE char *text = NULL;
	const char *rest = NULL;
	size_t host = 0, tail = 0;

	CC_TRY(cc_str_from(url, &text, err));
	if (!cc_str_starts(text, scheme))
		return cc_fail(err, CC_E_ARG, "'%s' is not an http:// URL", text);
	rest = text + strlen(scheme);
	host = strcspn(rest, "/");
	tail = strlen(rest + host);
	while (tail > 0 && rest[host + tail - 1] == '/')
		tail--;
	CC_TRY(cc_strf(address, err, "%.*s", (int)host, rest));
	return cc_strf(path, err, "%.*s" ADD_CHECKPOINT, (int)tail, rest + host);
}

static int ask(struct question *question, const struct cc_message *message, struct cc_err *err)
{
	struct cc_channel_plan plan = { .loop = question->web->loop,
					.connect_ms = WITNESS_PATIENCE_MS,
					.answer_ms = WITNESS_PATIENCE_MS };
	CC_AUTO_FREE char *address = NULL;

	CC_TRY(split_url(message->fields[CC_ASK_URL], &address, &question->path, err));
	CC_TRY(cc_buf_add(&question->body, message->fields[CC_ASK_BODY], err));
	plan.address = address;
	CC_TRY(cc_channel_new(&plan, &question->channel, err));
	return cc_channel_connect(question->channel, on_witness_connected, question, err);
}

static void on_witness_ask(struct web *web, const struct cc_message *message)
{
	struct question *question = calloc(1, sizeof(*question));
	struct cc_err err = { 0 };

	if (question == NULL)
		return; /* as good as a witness that does not answer */
	question->web = web;
	question->id = message->id;
	if (ask(question, message, &err) == 0)
		return;
	cc_log_err(CC_LOG_WARN, "ask a witness", &err);
	report(question, 0, cc_span(NULL, 0));
}

/* Start-up: our key is certified by the keeper, then we serve. */

static int start_server(struct web *web, struct cc_span pem, struct cc_err *err)
{
	struct cc_server_plan plan = {
		.loop = web->loop, .fd = LISTEN_FD, .handle = on_request, .context = web
	};

	CC_TRY(cc_chain_from_pem(pem, &web->chain, err));
	CC_TRY(cc_tls_server(web->key, &web->chain, &web->tls, err));
	plan.tls = web->tls;
	CC_TRY(cc_server_new(&plan, &web->server, err));
	cc_wire_phase(web->keeper, CC_PHASE_SERVING);
	return 0;
}

static void on_message(void *context, struct cc_wire *wire, const struct cc_message *message)
{
	struct web *web = context;
	struct cc_err err = { 0 };

	if (message->type == CC_REPLY)
		on_reply(web, message);
	else if (message->type == CC_WITNESS_ASK)
		on_witness_ask(web, message);
	else if (message->type == CC_PEER_ASK)
		cc_dialer_ask(web->dialer, wire, message);
	else if (message->type == CC_STREAM_SAY)
		cc_carrier_say(web->carrier, wire, message);
	else if (message->type == CC_CERTIFICATE &&
		 start_server(web, message->fields[CC_CERTIFICATE_CHAIN], &err) != 0)
		end(web, "start serving", &err);
}

static void on_closed(void *context, struct cc_wire *wire, const struct cc_err *why)
{
	(void)wire;
	end(context, "the keeper", why);
}

static int say_hello(struct web *web, struct cc_err *err)
{
	struct cc_message hello = { .type = CC_HELLO };
	CC_AUTO_BUF struct cc_buf spki = { 0 };

	CC_TRY(cc_key_generate(CC_KEY_P256, &web->key, err));
	CC_TRY(cc_pubkey_to_der(cc_key_public(web->key), &spki, err));
	hello.fields[CC_HELLO_KEY] = cc_buf_span(&spki);
	return cc_wire_send(web->keeper, &hello, err);
}

static void on_stop(void *context)
{
	struct web *web = context;

	cc_loop_stop(web->loop);
}

static int connect_keeper(struct web *web, struct cc_err *err)
{
	const struct cc_wire_plan plan = { .loop = web->loop,
					   .fd = KEEPER_FD,
					   .us = CC_WEB,
					   .them = CC_KEEPER,
					   .message = on_message,
					   .closed = on_closed,
					   .context = web };

	return cc_wire_new(&plan, &web->keeper, err);
}

/* No file is opened from here on but those of the resolver, and none is written. */
static int shut_in(struct cc_err *err)
{
	static const char *const readable[] = { "/etc/resolv.conf", "/etc/hosts", "/dev/urandom" };
	CC_AUTO_CLOSE int rules = -1;

	CC_TRY(cc_landlock_new(&rules, err));
	for (size_t i = 0; i < CC_COUNT(readable); i++) {
		struct cc_err missing = { 0 };

		if (cc_landlock_allow(rules, readable[i], CC_LANDLOCK_READ, &missing) != 0 &&
		    missing.code != CC_E_NOTFOUND) {
			*err = missing;
			return -1;
		}
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return cc_fail_sys(err, errno, "give up privileges");
	if (cc_landlock_enter(rules) != 0)
		return cc_fail_sys(err, errno, "enter landlock");
	return 0;
}

/* What serving needs: sockets, memory, time. No program, no file beyond those above. */
static int forbid_calls(struct cc_err *err)
{
	static const char *const calls[] = {
		"accept",         "accept4",
		"bind",           "brk",
		"clock_gettime",  "close",
		"connect",        "epoll_create1",
		"epoll_ctl",      "epoll_pwait",
		"epoll_wait",     "eventfd2",
		"exit",           "exit_group",
		"fcntl",          "fstat",
		"futex",          "getpeername",
		"getpid",         "getrandom",
		"getsockname",    "getsockopt",
		"gettid",         "gettimeofday",
		"getuid",         "ioctl",
		"listen",         "lseek",
		"madvise",        "mlock",
		"mmap",           "mprotect",
		"mremap",         "munmap",
		"newfstatat",     "openat",
		"poll",           "read",
		"readv",          "recvfrom",
		"recvmsg",        "restart_syscall",
		"rseq",           "rt_sigaction",
		"rt_sigprocmask", "rt_sigreturn",
		"sched_yield",    "sendmsg",
		"sendto",         "setsockopt",
		"shutdown",       "socket",
		"socketpair",     "sysinfo",
		"tgkill",         "timerfd_settime",
		"write",          "writev",
	};
	CC_AUTO_SECCOMP struct cc_seccomp *filter = NULL;

	CC_TRY(cc_seccomp_only(calls, CC_COUNT(calls), &filter, err));
	if (cc_seccomp_install(filter) != 0)
		return cc_fail_sys(err, errno, "install the system call filter");
	return 0;
}

static int serve(struct web *web, struct cc_err *err)
{
	CC_TRY(cc_loop_new(&web->loop, err));
	CC_TRY(cc_dialer_new(web->loop, &web->dialer, err));
	CC_TRY(cc_carrier_new(web->loop, &web->carrier, err));
	CC_TRY(connect_keeper(web, err));
	CC_TRY(cc_loop_on_signal(web->loop, SIGTERM, on_stop, web, err));
	CC_TRY(cc_loop_on_signal(web->loop, SIGINT, on_stop, web, err));
	CC_TRY(say_hello(web, err));
	CC_TRY(shut_in(err));
	CC_TRY(forbid_calls(err));
	return cc_loop_run(web->loop, err);
}

static int run(const void *values, struct cc_err *err)
{
	struct web *web = calloc(1, sizeof(*web));
	int done = 0, status = 0;

	(void)values;
	if (web == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory");
	cc_log_init("web", CC_LOG_INFO);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	CC_TRY(cc_crypto_init(err));
	CC_TRY(cc_secret_process(err));
	done = serve(web, err);
	status = web->exit_status;
	cc_dialer_free(web->dialer);
	cc_carrier_free(web->carrier);
	cc_server_free(web->server);
	cc_tls_free(web->tls);
	cc_chain_clear(&web->chain);
	cc_key_free(web->key);
	cc_wire_free(web->keeper);
	if (done == 0 && status != 0)
		_exit(status);
	return done;
}

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		"concordat-cas-web",
		"TLS and HTTP of a CAS. Started by concordat-cas, not by hand.",
		NULL,
		0,
		NULL,
		0,
		1,
		NULL,
		run,
	};

	return cc_opt_main(&command, argc, argv);
}
