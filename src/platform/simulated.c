/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated platform, by its socket (docs/protocol/platform.md). */
#include <errno.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "platform/socket-internal.h"
#include "platform/source-internal.h"
#include "platform/tpm-address.h"
#include "platform/wire-internal.h"

static const struct cc_socket_peer machine = {
	.name = "the simulated platform",
	.type = SOCK_SEQPACKET,
	.patience = 30,
	.absent = CC_E_UNAVAILABLE,
	.hint = "start 'concordat-platform-sim' with this --socket",
};

struct simulated {
	int fd;
	enum cc_wire_request quote;           /* what it is asked for evidence by */
	uint32_t pcrs;                        /* of a TPM: those that it quotes */
	uint8_t challenge[CC_WIRE_CHALLENGE]; /* what the next request has to repeat */
};

static void simulated_close(void *state)
{
	struct simulated *simulated = state;

	cc_auto_close(&simulated->fd);
	free(simulated);
}

static void simulated_auto(struct simulated **simulated)
{
	if (*simulated != NULL)
		simulated_close(*simulated);
}

/* One datagram of at most CC_WIRE_REPLY_MAX bytes, appended. */
static int sim_receive(int fd, struct cc_buf *out, struct cc_err *err)
{
	struct cc_mut to = { 0 };
	ssize_t got = 0;

	CC_TRY(cc_buf_extend(out, CC_WIRE_REPLY_MAX, &to, err));
	do
		got = recv(fd, to.at, to.len, MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "the platform does not answer: %s",
			       strerrordesc_np(errno));
	if (got == 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "the platform closed the connection");
	if ((size_t)got > to.len)
		return cc_fail(err, CC_E_TOOBIG, "the platform's answer has %zd bytes", got);
	out->len -= to.len - (size_t)got;
	return 0;
}

static int greet(struct simulated *simulated, const char *where, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf hello = { 0 };
	struct cc_reader r = { 0 };
	uint8_t version = 0;

	CC_TRY(cc_socket_connect(&machine, where, &simulated->fd, err));
	CC_TRY(sim_receive(simulated->fd, &hello, err));
	r = cc_reader(cc_buf_span(&hello));
	CC_TRY(cc_read_u8(&r, "platform's version", &version, err));
	if (version != CC_WIRE_VERSION)
		return cc_fail(err, CC_E_UNSUPPORTED, "the platform speaks version %u, we %d",
			       version, CC_WIRE_VERSION);
	CC_TRY(cc_read_copy(&r, "platform's challenge", CC_MUT(simulated->challenge), err));
	return cc_read_end(&r, "platform's hello", err);
}

static int sim_open_as(const char *where, enum cc_wire_request quote, void **state,
		       struct cc_err *err)
{
	CC_CLEANUP(simulated_auto) struct simulated *simulated = calloc(1, sizeof(*simulated));

	if (simulated == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	simulated->fd = -1;
	simulated->quote = quote;
	CC_TRY(greet(simulated, where, err));
	*state = CC_TAKE(simulated);
	return 0;
}

static int sim_open(const char *where, void **state, struct cc_source_name *name,
		    struct cc_err *err)
{
	*name = (struct cc_source_name){ "sgx", "SIMULATION of sgx" };
	return sim_open_as(where, CC_WIRE_QUOTE, state, err);
}

static int sim_open_tdx(const char *where, void **state, struct cc_source_name *name,
			struct cc_err *err)
{
	*name = (struct cc_source_name){ "tdx", "SIMULATION of tdx" };
	return sim_open_as(where, CC_WIRE_TD_QUOTE, state, err);
}

static int sim_open_snp(const char *where, void **state, struct cc_source_name *name,
			struct cc_err *err)
{
	*name = (struct cc_source_name){ "snp", "SIMULATION of snp" };
	return sim_open_as(where, CC_WIRE_SNP_REPORT, state, err);
}

static int sim_open_tpm(const char *where, void **state, struct cc_source_name *name,
			struct cc_err *err)
{
	CC_AUTO_TPM_ADDRESS struct cc_tpm_address address = { 0 };
	struct simulated *simulated = NULL;

	CC_TRY(cc_tpm_address_read(where, "", &address, err));
	if (address.log != NULL) {
		cc_err_set(err, CC_E_ARG, "the simulated TPM has no log but its own");
		return cc_hint(err, "it is tpm-sim:PATH[,pcr=NUMBER]...");
	}
	*name = (struct cc_source_name){ "tpm", "SIMULATION of tpm" };
	CC_TRY(sim_open_as(address.place, CC_WIRE_TPM_QUOTE, state, err));
	simulated = *state;
	simulated->pcrs = address.pcrs;
	return 0;
}

/*
 * Each request repeats the challenge that the last message brought, so that it was
 * sent after the platform looked at us and by nobody before us in this process.
 */
static int sim_call(struct simulated *simulated, enum cc_wire_request type, struct cc_span body,
		    struct cc_buf *reply, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf request = { 0 };
	struct cc_reader r = { 0 };
	ssize_t sent = 0;
	uint8_t status = 0;

	CC_TRY(cc_buf_add_u8(&request, (uint8_t)type, err));
	CC_TRY(cc_buf_add(&request, CC_SPAN(simulated->challenge), err));
	CC_TRY(cc_buf_add(&request, body, err));
	do
		sent = send(simulated->fd, request.at, request.len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return cc_fail(err, CC_E_UNAVAILABLE, "ask the platform: %s",
			       strerrordesc_np(errno));
	CC_TRY(sim_receive(simulated->fd, reply, err));
	r = cc_reader(cc_buf_span(reply));
	CC_TRY(cc_read_u8(&r, "platform's answer", &status, err));
	CC_TRY(cc_read_copy(&r, "platform's challenge", CC_MUT(simulated->challenge), err));
	return status == CC_WIRE_OK ? 0 : cc_wire_read_error(r.rest, err);
}

static struct cc_span sim_body(const struct cc_buf *reply)
{
	return cc_span_sub(cc_buf_span(reply), 1 + CC_WIRE_CHALLENGE, reply->len);
}

static int sim_quote(void *state, const struct cc_digest64 *report_data, struct cc_buf *out,
		     struct cc_err *err)
{
	const struct simulated *simulated = state;
	CC_AUTO_BUF struct cc_buf body = { 0 }, reply = { 0 };

	CC_TRY(cc_buf_add(&body, CC_DIGEST_SPAN(*report_data), err));
	if (simulated->quote == CC_WIRE_TPM_QUOTE)
		CC_TRY(cc_buf_add_u32be(&body, simulated->pcrs, err));
	CC_TRY(sim_call(state, simulated->quote, cc_buf_span(&body), &reply, err));
	return cc_buf_add(out, sim_body(&reply), err);
}

static int sim_key(void *state, struct cc_span label, struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf reply = { 0 };

	CC_TRY(sim_call(state, CC_WIRE_KEY, label, &reply, err));
	if (sim_body(&reply).len != CC_PLATFORM_KEY_LEN)
		return cc_fail(err, CC_E_UNAVAILABLE, "the platform's key has %zu bytes",
			       sim_body(&reply).len);
	return cc_secret_from(sim_body(&reply), out, err);
}

const struct cc_source cc_source_simulated = {
	.prefix = "sgx-sim:",
	.open = sim_open,
	.close = simulated_close,
	.quote = sim_quote,
	.key = sim_key,
};

/* Guests of the same machine: for them it holds no keys, as no hardware does for us. */
const struct cc_source cc_source_simulated_tdx = {
	.prefix = "tdx-sim:",
	.open = sim_open_tdx,
	.close = simulated_close,
	.quote = sim_quote,
};

const struct cc_source cc_source_simulated_snp = {
	.prefix = "snp-sim:",
	.open = sim_open_snp,
	.close = simulated_close,
	.quote = sim_quote,
};

const struct cc_source cc_source_simulated_tpm = {
	.prefix = "tpm-sim:",
	.has_words = true,
	.open = sim_open_tpm,
	.close = simulated_close,
	.quote = sim_quote,
};
