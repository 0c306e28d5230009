/* SPDX-License-Identifier: Apache-2.0 */
/*
 * concordat-platform-sim: a SIMULATED platform for development and tests.
 *
 * One process, one poll loop. A client is measured when it connects, before anything
 * of it is read; then each of its datagrams is one request.
 */
#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/init.h"
#include "crypto/kdf.h"
#include "platform/client.h"
#include "platform/knobs.h"
#include "platform/peer-internal.h"
#include "platform/quote.h"
#include "platform/socket-internal.h"
#include "platform/wire-internal.h"

#define CLIENTS_MAX 256

struct client {
	int fd;
	struct cc_peer peer;
	struct cc_err refused; /* code CC_OK: measured; else what every request is answered */
	uint8_t challenge[CC_WIRE_CHALLENGE];
};

struct sim {
	struct cc_sim_machine machine;
	struct cc_digest signer;
	const struct cc_sim_knobs *knobs;
	struct cc_peer_cache cache;
	int listener, signals;
	struct client *clients[CLIENTS_MAX];
	size_t count;
};

static void client_free(struct client *client)
{
	if (client == NULL)
		return;
	cc_auto_close(&client->fd);
	cc_peer_close(&client->peer);
	free(client);
}

static void client_auto(struct client **client)
{
	client_free(*client);
}

static void sim_clear(struct sim *sim)
{
	for (size_t i = 0; i < sim->count; i++)
		client_free(sim->clients[i]);
	cc_auto_close(&sim->listener);
	cc_auto_close(&sim->signals);
	cc_sim_machine_clear(&sim->machine);
}

/* What the machine says of the caller, as a program in an enclave or as a guest. */
static int make_evidence(struct sim *sim, const struct client *client, enum cc_platform_kind kind,
			 struct cc_span body, struct cc_buf *out, struct cc_err *err)
{
	struct cc_sim_asked asked = { .kind = kind, .signer = sim->signer };
	struct cc_reader r = cc_reader(body);

	CC_TRY(cc_read_copy(&r, "report data", CC_MUT(asked.report_data.b), err));
	if (kind == CC_PLATFORM_TPM)
		CC_TRY(cc_read_u32be(&r, "PCRs", &asked.pcrs, err));
	CC_TRY(cc_read_end(&r, "request for evidence", err));
	cc_sim_knobs_ask(sim->knobs, &asked);
	memcpy(asked.measurement.b, client->peer.mrenclave.b, sizeof(client->peer.mrenclave.b));
	return cc_sim_machine_evidence(&sim->machine, &asked, out, out, err);
}

static int make_quote(struct sim *sim, const struct client *client, struct cc_span body,
		      struct cc_buf *out, struct cc_err *err)
{
	return make_evidence(sim, client, CC_PLATFORM_SGX, body, out, err);
}

static int make_td_quote(struct sim *sim, const struct client *client, struct cc_span body,
			 struct cc_buf *out, struct cc_err *err)
{
	return make_evidence(sim, client, CC_PLATFORM_TDX, body, out, err);
}

static int make_snp_report(struct sim *sim, const struct client *client, struct cc_span body,
			   struct cc_buf *out, struct cc_err *err)
{
	return make_evidence(sim, client, CC_PLATFORM_SNP, body, out, err);
}

static int make_tpm_quote(struct sim *sim, const struct client *client, struct cc_span body,
			  struct cc_buf *out, struct cc_err *err)
{
	return make_evidence(sim, client, CC_PLATFORM_TPM, body, out, err);
}

/* As EGETKEY does: from what only this machine has, and from the caller's measurement. */
static int make_key(struct sim *sim, const struct client *client, struct cc_span label,
		    struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf info = { 0 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;

	if (label.len == 0 || label.len > CC_PLATFORM_LABEL_MAX)
		return cc_fail(err, CC_E_ARG, "label of a key has %zu bytes, 1 to %d fit",
			       label.len, CC_PLATFORM_LABEL_MAX);
	CC_TRY(cc_buf_add_sized(&info, cc_span_str("concordat simulated platform key 1"), err));
	CC_TRY(cc_buf_add_sized(&info, label, err));
	CC_TRY(cc_hkdf(sim->machine.pki.sealing, CC_DIGEST_SPAN(client->peer.mrenclave),
		       cc_buf_span(&info), CC_PLATFORM_KEY_LEN, &key, err));
	return cc_buf_add(out, cc_secret_span(key), err);
}

struct request {
	enum cc_wire_request type;
	int (*answer)(struct sim *sim, const struct client *client, struct cc_span body,
		      struct cc_buf *out, struct cc_err *err);
};

static const struct request requests[] = {
	{ CC_WIRE_QUOTE, make_quote },         { CC_WIRE_KEY, make_key },
	{ CC_WIRE_TD_QUOTE, make_td_quote },   { CC_WIRE_SNP_REPORT, make_snp_report },
	{ CC_WIRE_TPM_QUOTE, make_tpm_quote },
};

static int answer(struct sim *sim, const struct client *client, struct cc_span message,
		  struct cc_buf *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(message);
	struct cc_span challenge = { 0 };
	uint8_t type = 0;

	if (client->refused.code != CC_OK) {
		*err = client->refused;
		return -1;
	}
	CC_TRY(cc_read_u8(&r, "request", &type, err));
	CC_TRY(cc_read_span(&r, CC_WIRE_CHALLENGE, "challenge", &challenge, err));
	if (!cc_span_eq(challenge, CC_SPAN(client->challenge)))
		return cc_fail(err, CC_E_DENIED, "the request repeats another challenge");
	CC_TRY(cc_peer_still(&client->peer, err));
	for (size_t i = 0; i < CC_COUNT(requests); i++)
		if (requests[i].type == type)
			return requests[i].answer(sim, client, r.rest, out, err);
	return cc_fail(err, CC_E_UNSUPPORTED, "request of type %u", type);
}

/* Status, the next challenge, the body; an error is a body too. */
static int reply(struct sim *sim, struct client *client, struct cc_span message, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf body = { 0 }, out = { 0 };
	struct cc_err refused = { 0 };
	bool ok = answer(sim, client, message, &body, &refused) == 0;

	CC_TRY(cc_random(CC_MUT(client->challenge), err));
	CC_TRY(cc_buf_add_u8(&out, ok ? CC_WIRE_OK : CC_WIRE_ERROR, err));
	CC_TRY(cc_buf_add(&out, CC_SPAN(client->challenge), err));
	if (ok) {
		CC_TRY(cc_buf_add(&out, cc_buf_span(&body), err));
	} else {
		cc_log_err(CC_LOG_WARN, "request refused (SIMULATION)", &refused);
		CC_TRY(cc_wire_add_error(&out, &refused, err));
	}
	if (send(client->fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return cc_fail_sys(err, errno, "answer");
	return 0;
}

/* One datagram and the process that the kernel says sent it. */
static int receive(const struct client *client, struct cc_mut to, size_t *len, pid_t *sender,
		   struct cc_err *err)
{
	/* Room for credentials alone: what else a client attaches is cut off and not opened. */
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control = { 0 };
	struct iovec part = { to.at, to.len };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = NULL;
	struct ucred who = { 0 };

	if (got < 0)
		return cc_fail_sys(err, errno, "receive a request");
	if (got == 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "the client has gone");
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return cc_fail(err, CC_E_TOOBIG,
			       "request of more than %zu bytes, or with descriptors", to.len);
	head = CMSG_FIRSTHDR(&message);
	if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS)
		return cc_fail(err, CC_E_DENIED,
			       "request of a process that the kernel does not name");
	memcpy(&who, CMSG_DATA(head), sizeof(who));
	*len = (size_t)got;
	*sender = who.pid;
	return 0;
}

/* -1 ends the connection. */
static int serve(struct sim *sim, struct client *client, struct cc_err *err)
{
	uint8_t bytes[CC_WIRE_REQUEST_MAX];
	pid_t sender = 0;
	size_t len = 0;

	CC_TRY(receive(client, CC_MUT(bytes), &len, &sender, err));
	if (client->refused.code == CC_OK && sender != client->peer.pid)
		return cc_fail(err, CC_E_DENIED,
			       "process %d uses the connection of process %d, which was measured",
			       sender, client->peer.pid);
	return reply(sim, client, cc_span(bytes, len), err);
}

static int greet(const struct client *client, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hello = { 0 };

	CC_TRY(cc_buf_add_u8(&hello, CC_WIRE_VERSION, err));
	CC_TRY(cc_buf_add(&hello, CC_SPAN(client->challenge), err));
	if (send(client->fd, hello.at, hello.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return cc_fail_sys(err, errno, "greet a client");
	return 0;
}

static int admit(struct sim *sim, struct cc_err *err)
{
	CC_CLEANUP(client_auto) struct client *client = calloc(1, sizeof(*client));
	int on = 1;

	if (client == NULL)
		return cc_fail_sys(err, ENOMEM, "admit a client");
	client->peer = CC_PEER_NONE;
	client->fd = accept4(sim->listener, NULL, NULL, SOCK_CLOEXEC);
	if (client->fd < 0)
		return cc_fail_sys(err, errno, "admit a client");
	if (setsockopt(client->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0)
		return cc_fail_sys(err, errno, "ask for the credentials of a client");
	/* Measured before it is greeted: see race 2 of peer-internal.h. */
	cc_ignore(cc_peer_measure(client->fd, &sim->cache, &client->peer, &client->refused));
	CC_TRY(cc_random(CC_MUT(client->challenge), err));
	CC_TRY(greet(client, err));
	sim->clients[sim->count++] = CC_TAKE(client);
	return 0;
}

static void drop(struct sim *sim, size_t at)
{
	client_free(sim->clients[at]);
	sim->clients[at] = sim->clients[--sim->count];
}

static int turn(struct sim *sim, bool *done, struct cc_err *err)
{
	struct pollfd polls[CLIENTS_MAX + 2];
	struct cc_err one = { 0 };
	size_t count = sim->count;

	polls[0] = (struct pollfd){ .fd = sim->signals, .events = POLLIN };
	/* A full house looks away from the door; the kernel queues and then refuses. */
	polls[1] =
		(struct pollfd){ .fd = count < CLIENTS_MAX ? sim->listener : -1, .events = POLLIN };
	for (size_t i = 0; i < count; i++)
		polls[i + 2] = (struct pollfd){ .fd = sim->clients[i]->fd, .events = POLLIN };
	if (poll(polls, (nfds_t)(count + 2), -1) < 0)
		return errno == EINTR ? 0 : cc_fail_sys(err, errno, "wait for clients");
	*done = polls[0].revents != 0;
	/* Backwards: drop() moves the last one into the gap. */
	for (size_t i = count; i > 0; i--) {
		if (polls[i + 1].revents == 0 || serve(sim, sim->clients[i - 1], &one) == 0)
			continue;
		if (one.code != CC_E_UNAVAILABLE)
			cc_log_err(CC_LOG_WARN, "connection ended (SIMULATION)", &one);
		drop(sim, i - 1);
	}
	if (polls[1].revents != 0 && admit(sim, &one) != 0)
		cc_log_err(CC_LOG_WARN, "client not admitted (SIMULATION)", &one);
	return 0;
}

struct values {
	bool init;
	const char *dir;
	const char *socket;
	struct cc_sim_knobs knobs;
};

static int bind_to(int fd, const struct sockaddr_un *at, struct cc_err *err)
{
	struct stat st = { 0 };

	/* A socket that a killed predecessor left; anything else is not ours to remove. */
	if (lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(at->sun_path) != 0)
		return cc_fail_sys(err, errno, "remove the old socket '%s'", at->sun_path);
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) != 0)
		return cc_fail_sys(err, errno, "make the socket '%s'", at->sun_path);
	/* Callers in containers have other users; who may connect is no secret here. */
	if (chmod(at->sun_path, 0666) != 0)
		return cc_fail_sys(err, errno, "open the socket '%s' to all", at->sun_path);
	return 0;
}

static int listen_at(const char *path, int *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un at = { 0 };

	if (fd < 0)
		return cc_fail_sys(err, errno, "make a socket");
	CC_TRY(cc_socket_address(path, &at, err));
	CC_TRY(bind_to(fd, &at, err));
	if (listen(fd, 64) != 0)
		return cc_fail_sys(err, errno, "listen at '%s'", path);
	*out = CC_TAKE_FD(fd);
	return 0;
}

static int catch_signals(int *out, struct cc_err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return cc_fail(err, CC_E_BUG, "block signals");
	*out = signalfd(-1, &set, SFD_CLOEXEC);
	if (*out < 0)
		return cc_fail_sys(err, errno, "catch signals");
	return 0;
}

static int load(const struct values *values, struct sim *sim, struct cc_err *err)
{
	int64_t now = cc_time_now();

	sim->knobs = &values->knobs;
	CC_TRY(cc_sim_machine_load(values->dir, now, &sim->machine, err));
	CC_TRY(cc_sim_knobs_boot(sim->knobs, &sim->machine, err));
	return cc_sim_knobs_publish(sim->knobs, values->dir, now, &sim->machine, err);
}

static int run_sim(const struct values *values, struct cc_err *err)
{
	CC_CLEANUP(sim_clear) struct sim sim = { .listener = -1, .signals = -1 };
	bool done = false;

	CC_TRY(cc_secret_process(err));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return cc_fail_sys(err, errno, "give up new privileges");
	CC_TRY(load(values, &sim, err));
	CC_TRY(cc_sha256(cc_span_str(CC_SIM_SIGNER), &sim.signer, err));
	CC_TRY(catch_signals(&sim.signals, err));
	CC_TRY(listen_at(values->socket, &sim.listener, err));
	(void)printf("ready: SIMULATION of a platform at %s\n", values->socket);
	if (fflush(stdout) != 0)
		return cc_fail_sys(err, errno, "say that we are ready");
	while (!done)
		CC_TRY(turn(&sim, &done, err));
	if (unlink(values->socket) != 0)
		return cc_fail_sys(err, errno, "remove the socket '%s'", values->socket);
	return 0;
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	CC_TRY(cc_crypto_init(err));
	if (!values->init && values->socket == NULL)
		return cc_fail(err, CC_E_ARG, "--socket is missing");
	if (values->init)
		CC_TRY(cc_sim_dir_init(values->dir, cc_time_now(), err));
	return values->socket == NULL ? 0 : run_sim(values, err);
}

static const struct cc_opt options[] = {
	{ "dir", 'd', CC_OPT_STRING, offsetof(struct values, dir), "DIR",
	  "directory of the simulated platform's keys and collateral", true, NULL },
	{ "init", 0, CC_OPT_FLAG, offsetof(struct values, init), NULL,
	  "make the directory first; one that is there is refused", false, NULL },
	{ "socket", 's', CC_OPT_STRING, offsetof(struct values, socket), "FILE",
	  "listen here; without it, only --init is done", false, NULL },
	CC_OPT_SIM_KNOBS(struct values, knobs),
};

static const struct cc_command command = {
	.name = "concordat-platform-sim",
	.summary = "a SIMULATED confidential computing platform, for development and tests",
	.opts = options,
	.opt_count = CC_COUNT(options),
	.size = sizeof(struct values),
	.run = run,
};

int main(int argc, char **argv)
{
	cc_log_init("concordat-platform-sim", CC_LOG_INFO);
	return cc_opt_main(&command, argc, argv);
}
