/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts as runtimes to measure what an attestation costs: for each ticket on standard input one
 * whole way from TCP connect to the opened configuration, by the code of the runtime itself. The
 * platform measures this program, so it has to be sealed into an image as its runtime; `--root`
 * is a directory with that image's /concordat/measured. Beside each attestation, what it cannot
 * go below on this machine: one TLS handshake with a client certificate in memory and one
 * proof of the quote just used. Prints one JSON object of arrays of microseconds.
 */
#include "crypto/openssl-first.h"

#include <errno.h>

#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/init.h"
#include "crypto/tls.h"
#include "evidence/evidence.h"
#include "net/client.h"
#include "platform/client.h"
#include "platform/collateral.h"
#include "proto/problem.h"
#include "runtime/attest.h"

#define ATTESTATIONS_MAX 1000
#define DAY 86400

struct values {
	const char *address, *key, *platform, *root, *policy, *service, *collateral;
	bool bare;
};

enum part {
	CONNECT,
	EVIDENCE,
	TOTAL,
	HANDSHAKE,
	PROVE,
	PARTS,
};
static const char *const part_names[PARTS] = { "connect", "evidence", "total", "handshake",
					       "prove" };

struct bench {
	const struct values *values;
	struct cc_digest pin;
	struct cc_client *client;
	struct cc_platform *platform;
	struct cc_buf quote; /* the last one */
	struct cc_collateral_dir files;
	struct cc_collateral collateral;
	struct cc_roots roots;
	struct cc_tls *tls_client, *tls_server;
	uint64_t started, at[PARTS][ATTESTATIONS_MAX];
	size_t count;
};

static uint64_t now_us(void)
{
	struct timespec at = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static int link_connect(void *ctx, struct cc_digest *exporter, struct cc_err *err)
{
	struct bench *bench = ctx;
	const struct cc_client_plan plan = { .address = bench->values->address,
					     .pin = &bench->pin,
					     .body_max = 2 * CC_RELEASE_MAX };
	const struct cc_digest *present = NULL;

	cc_client_close(CC_TAKE(bench->client));
	bench->started = now_us();
	CC_TRY(cc_client_open(&plan, &bench->client, err));
	bench->at[CONNECT][bench->count] = now_us() - bench->started;
	present = cc_client_exporter(bench->client);
	if (present == NULL)
		return cc_fail(err, CC_E_BUG, "the connection to the CAS has no exporter");
	*exporter = *present;
	return 0;
}

static int link_request(void *ctx, const char *path, struct cc_span body, const char *type,
			struct cc_buf *reply, struct cc_err *err)
{
	struct bench *bench = ctx;
	const struct cc_call_field field = { "Content-Type", type };
	const struct cc_call call = { .method = body.len > 0 ? "POST" : "GET",
				      .path = path,
				      .fields = &field,
				      .count = body.len > 0 ? 1 : 0,
				      .body = body };
	CC_AUTO_REPLY struct cc_reply got = { 0 };
	struct cc_err said = { 0 };

	CC_TRY(cc_client_call(bench->client, &call, &got, err));
	if (got.status / 100 == 2)
		return cc_buf_add(reply, cc_buf_span(&got.body), err);
	CC_TRY(cc_problem_parse(cc_buf_span(&got.body), &said, err));
	*err = said;
	return -1;
}

static int quote(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
		 struct cc_err *err)
{
	struct bench *bench = ctx;
	uint64_t since = now_us();

	CC_TRY(cc_platform_quote(bench->platform, data, evidence, err));
	bench->at[EVIDENCE][bench->count] = now_us() - since;
	cc_buf_clear(&bench->quote);
	return cc_buf_add(&bench->quote, cc_buf_span(evidence), err);
}

/* The quote as the verifier proves it: signatures, chains, revocation lists, collateral. */
static int prove(struct bench *bench, struct cc_err *err)
{
	const struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX,
					      .bytes = cc_buf_span(&bench->quote),
					      .collateral = bench->collateral,
					      .roots = &bench->roots,
					      .at = cc_time_now() };
	struct cc_claims claims = { 0 };
	uint64_t since = now_us();

	CC_TRY(cc_evidence_prove(&evidence, &claims, err));
	bench->at[PROVE][bench->count] = now_us() - since;
	return 0;
}

struct ends {
	SSL *client, *server;
};

static void ends_free(struct ends *ends)
{
	SSL_free(ends->client);
	SSL_free(ends->server);
}

static bool is_waiting(const SSL *end, int result)
{
	int why = SSL_get_error(end, result);

	return result != 1 && (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE);
}

/* Both ends in turn until neither waits. */
static int shake(const struct ends *ends, struct cc_err *err)
{
	int client = 0, server = 0;

	while (client != 1 || server != 1) {
		client = SSL_do_handshake(ends->client);
		server = SSL_do_handshake(ends->server);
		if (client != 1 && !is_waiting(ends->client, client)) {
			cc_tls_failure(ends->client, 0, err);
			return -1;
		}
		if (server != 1 && !is_waiting(ends->server, server)) {
			cc_tls_failure(ends->server, 0, err);
			return -1;
		}
	}
	return 0;
}

static int handshake(struct bench *bench, struct cc_err *err)
{
	CC_CLEANUP(ends_free) struct ends ends = { 0 };
	BIO *left = NULL, *right = NULL;
	uint64_t since = now_us();

	CC_TRY(cc_tls_connection(bench->tls_client, NULL, &ends.client, err));
	CC_TRY(cc_tls_connection(bench->tls_server, NULL, &ends.server, err));
	if (BIO_new_bio_pair(&left, 0, &right, 0) != 1)
		return cc_fail(err, CC_E_SYSTEM, "make two ends of a connection");
	SSL_set_bio(ends.client, left, left);
	SSL_set_bio(ends.server, right, right);
	CC_TRY(shake(&ends, err));
	bench->at[HANDSHAKE][bench->count] = now_us() - since;
	return 0;
}

static int attest(struct bench *bench, const char *ticket, struct cc_err *err)
{
	const struct cc_link link = { bench, link_connect, link_request };
	const struct cc_evidence_source source = { bench, cc_platform_kind_name(bench->platform),
						   quote };
	CC_AUTO_BUF struct cc_buf configuration = { 0 };
	CC_AUTO_FRAMES struct cc_frames frames = { 0 };
	struct cc_attest_plan plan = { .link = &link,
				       .sources = &source,
				       .source_count = 1,
				       .cas_key = bench->pin,
				       .policy = bench->values->policy,
				       .service = bench->values->service };

	CC_TRY(cc_hex_parse_fixed(cc_span_str(ticket), "ticket", CC_MUT(plan.ticket), err));
	CC_TRY(cc_attest_run(&plan, &configuration, &frames, err));
	bench->at[TOTAL][bench->count] = now_us() - bench->started;
	if (bench->values->bare) {
		CC_TRY(handshake(bench, err));
		CC_TRY(prove(bench, err));
	}
	return 0;
}

struct party {
	struct cc_key *key;
	struct cc_cert *cert;
};

static int issue(const char *name, enum cc_key_kind kind, const struct party *issuer,
		 struct party *out, struct cc_err *err)
{
	struct cc_cert_plan plan = { .common_name = name,
				     .from = cc_time_now() - DAY,
				     .until = cc_time_now() + DAY,
				     .is_ca = issuer == NULL,
				     .path_len = -1 };

	CC_TRY(cc_key_generate(kind, &out->key, err));
	plan.key = cc_key_public(out->key);
	plan.issuer = issuer != NULL ? issuer->cert : NULL;
	plan.issuer_key = issuer != NULL ? issuer->key : out->key;
	return cc_cert_make(&plan, &out->cert, err);
}

/* The kinds of keys that a CAS and a stakeholder have. They live as long as the process. */
static int tls_make(struct bench *bench, struct cc_err *err)
{
	static struct party root, web, client;
	static struct cc_chain chain;
	struct cc_digest pin;

	CC_TRY(issue("CAS", CC_KEY_ED25519, NULL, &root, err));
	CC_TRY(issue("web", CC_KEY_P256, &root, &web, err));
	CC_TRY(issue("client", CC_KEY_ED25519, NULL, &client, err));
	chain.certs[0] = web.cert;
	chain.certs[1] = root.cert;
	chain.count = 2;
	CC_TRY(cc_cert_key_hash(root.cert, &pin, err));
	CC_TRY(cc_tls_server(web.key, &chain, &bench->tls_server, err));
	return cc_tls_client(&pin, client.key, client.cert, &bench->tls_client, err);
}

/* Files first: afterwards our root is the image's. Addresses stay relative to where we are. */
static int prepare(struct bench *bench, struct cc_err *err)
{
	CC_TRY(cc_hex_parse_fixed(cc_span_str(bench->values->key), "--cas-key",
				  CC_MUT(bench->pin.b), err));
	CC_TRY(cc_collateral_dir_load(bench->values->collateral, &bench->files, &bench->collateral,
				      err));
	cc_roots_vendors(&bench->roots);
	CC_TRY(cc_collateral_dir_roots(bench->values->collateral, &bench->roots, err));
	CC_TRY(tls_make(bench, err));
	if (chroot(bench->values->root) != 0)
		return cc_fail_sys(err, errno, "make '%s' our root", bench->values->root);
	return cc_platform_open(bench->values->platform, &bench->platform, err);
}

static void print(const struct bench *bench)
{
	for (size_t part = 0; part < (bench->values->bare ? PARTS : HANDSHAKE); part++) {
		(void)printf("%s\"%s\": [", part == 0 ? "{" : ", ", part_names[part]);
		for (size_t i = 0; i < bench->count; i++)
			(void)printf("%s%llu", i == 0 ? "" : ", ",
				     (unsigned long long)bench->at[part][i]);
		(void)printf("]");
	}
	(void)printf("}\n");
}

static int run(const void *at, struct cc_err *err)
{
	static struct bench bench;
	char line[128];

	cc_log_init("bench-attest", CC_LOG_INFO);
	CC_TRY(cc_crypto_init(err));
	bench.values = at;
	CC_TRY(prepare(&bench, err));
	while (bench.count < ATTESTATIONS_MAX && fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		CC_TRY(attest(&bench, line, err));
		bench.count++;
	}
	print(&bench);
	return 0;
}

#define WORD(member, name, what, text)                                                          \
	{                                                                                       \
		name, 0, CC_OPT_STRING, offsetof(struct values, member), what, text, true, NULL \
	}

static const struct cc_opt opts[] = {
	WORD(address, "cas", "ADDRESS", "the CAS: host:port"),
	WORD(key, "cas-key", "HEX", "hash of the CAS's key"),
	WORD(platform, "platform", "PATH", "socket of the platform, from the working directory"),
	WORD(collateral, "collateral", "DIR", "what a quote of it is proven with"),
	WORD(root, "root", "DIR", "has the /concordat/measured of the sealed image"),
	WORD(policy, "policy", "NAME", "policy of the service"),
	WORD(service, "service", "NAME", "service of the policy"),
	{ "bare", 0, CC_OPT_FLAG, offsetof(struct values, bare), NULL,
	  "measure handshakes and proofs alone, too", false, NULL },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		.name = "bench-attest",
		.summary = "Attest once for each ticket on standard input and print the times.",
		.opts = opts,
		.opt_count = CC_COUNT(opts),
		.size = sizeof(struct values),
		.run = run,
	};

	return cc_opt_main(&command, argc, argv);
}
