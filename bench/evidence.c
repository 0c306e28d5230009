/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proof of evidence adds to the signatures in it. For each platform in turn, `--repeat`
 * times: the proof with all of its collateral, the proof with collateral proven beforehand where
 * there is such, the same with the certificates of the machine, and bare checks of as many
 * signatures as each of these cannot do without, over as many bytes as a certificate has. Prints a
 * JSON array of {"platform", "curve", "cold", "warm", "machine"}, each of the last three {"checks",
 * "us", "bare"}, processor microseconds; what there is none of is left out.
 */
#include <time.h>

#include "base/opt.h"
#include "crypto/init.h"
#include "platform/cca.h"
#include "platform/nitro.h"
#include "platform/quote.h"
#include "platform/snp.h"
#include "platform/tdx.h"

#define NOW 1800000000
#define CERTIFICATE_LEN 800

struct values {
	uint64_t repeat;
};

/* A case and what holds its bytes. */
struct room {
	struct cc_evidence evidence;
	struct cc_roots roots;
	struct cc_buf bytes, certs;
	struct cc_sim_pki pki;
	struct cc_sim_snp snp;
	struct cc_sim_nitro nitro;
	struct cc_sim_cca cca;
	struct cc_prepared *collateral, *machine;
	struct cc_key *key;
	struct cc_signature signature;
};
#define AUTO_ROOM CC_CLEANUP(room_clear)

static const uint8_t certificate[CERTIFICATE_LEN];

static void room_clear(struct room *room)
{
	cc_buf_clear(&room->bytes);
	cc_buf_clear(&room->certs);
	cc_sim_pki_clear(&room->pki);
	cc_sim_snp_clear(&room->snp);
	cc_sim_nitro_clear(&room->nitro);
	cc_sim_cca_clear(&room->cca);
	cc_prepared_free(room->collateral);
	cc_prepared_free(room->machine);
	cc_key_free(room->key);
}

static int make_sgx(struct room *room, struct cc_root *root, struct cc_err *err)
{
	const struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64 };
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_sim_plan_good(NOW, &plan, err));
	CC_TRY(cc_sim_pki_make(&plan, &room->pki, err));
	CC_TRY(cc_sim_pki_root(&room->pki, root, err));
	cc_sim_pki_collateral(&room->pki, &room->evidence.collateral);
	return cc_sim_quote(&room->pki, &enclave, &room->bytes, err);
}

static int make_tdx(struct room *room, struct cc_root *root, struct cc_err *err)
{
	struct cc_td_report report = { 0 };
	struct cc_sim_plan plan = { 0 };

	CC_TRY(cc_sim_tdx_plan_good(NOW, &plan, err));
	cc_sim_td_report_good(&report);
	CC_TRY(cc_sim_pki_make(&plan, &room->pki, err));
	CC_TRY(cc_sim_tdx_root(&room->pki, root, err));
	cc_sim_pki_collateral(&room->pki, &room->evidence.collateral);
	return cc_sim_td_quote(&room->pki, 5, &report, &room->bytes, err);
}

static int make_snp(struct room *room, struct cc_root *root, struct cc_err *err)
{
	struct cc_sim_snp_plan plan = { 0 };
	struct cc_snp_report report = { 0 };

	CC_TRY(cc_sim_snp_plan_good(NOW, &plan, err));
	cc_sim_snp_report_good(&plan, &report);
	CC_TRY(cc_sim_snp_make(&plan, &room->snp, err));
	CC_TRY(cc_sim_snp_root(&room->snp, root, err));
	CC_TRY(cc_cert_to_pem(room->snp.issuer, &room->certs, err));
	CC_TRY(cc_cert_to_pem(room->snp.root, &room->certs, err));
	room->evidence.collateral.certs = cc_buf_span(&room->certs);
	room->evidence.collateral.crls = cc_buf_span(&room->snp.crls);
	CC_TRY(cc_sim_snp_sign(&room->snp, &report, &room->bytes, err));
	return cc_sim_snp_table(&room->snp, CC_SNP_VCEK, &room->bytes, err); /* the chip's key */
}

static int make_nitro(struct room *room, struct cc_root *root, struct cc_err *err)
{
	struct cc_sim_nitro_plan plan = { 0 };

	cc_sim_nitro_plan_good(NOW, &plan);
	CC_TRY(cc_sim_nitro_make(&plan, &room->nitro, err));
	CC_TRY(cc_sim_nitro_root(&room->nitro, root, err));
	return cc_sim_nitro_document(&room->nitro, &plan, &room->bytes, err);
}

static int make_cca(struct room *room, struct cc_root *root, struct cc_err *err)
{
	struct cc_sim_cca_plan plan = { 0 };

	cc_sim_cca_plan_good(&plan);
	CC_TRY(cc_sim_cca_make(&room->cca, err));
	CC_TRY(cc_sim_cca_root(&room->cca, root, err));
	room->evidence.collateral.keys = cc_buf_span(&room->cca.keys);
	return cc_sim_cca_token(&room->cca, &plan, &room->bytes, err);
}

/*
 * Signatures, each once. SGX and TDX: PCK, its CA and the root, two revocation lists, the TCB
 * signer, TCB info, QE identity, QE report, quote; beforehand all but PCK, QE report and quote, of
 * a known machine all but the last two.
 * SNP: VCEK, ASK, ARK, revocation list, report; beforehand all but VCEK and report, of a known chip
 * all but the report. Nitro, whose chain comes with each document: leaf, issuer, root, document; of
 * a known enclave the document. CCA: two tokens, neither of which is collateral.
 */
static const struct platform {
	enum cc_platform_kind kind;
	enum cc_key_kind curve;
	int (*make)(struct room *room, struct cc_root *root, struct cc_err *err);
	unsigned int cold, warm, machine; /* 0: there is no such way */
} platforms[] = {
	{ CC_PLATFORM_SGX, CC_KEY_P256, make_sgx, 10, 3, 2 },
	{ CC_PLATFORM_TDX, CC_KEY_P256, make_tdx, 10, 3, 2 },
	{ CC_PLATFORM_SNP, CC_KEY_P384, make_snp, 5, 2, 1 },
	{ CC_PLATFORM_NITRO, CC_KEY_P384, make_nitro, 4, 0, 1 },
	{ CC_PLATFORM_CCA, CC_KEY_P384, make_cca, 2, 0, 0 },
};

static int prepare(struct room *room, struct cc_err *err)
{
	struct cc_evidence without = room->evidence;

	without.bytes = cc_span(NULL, 0);
	CC_TRY(cc_evidence_prepare(&without, &room->collateral, err));
	return cc_evidence_prepare(&room->evidence, &room->machine, err);
}

static int room_make(struct room *room, const struct platform *platform, struct cc_err *err)
{
	struct cc_root root = { 0 };

	room->evidence.platform = platform->kind;
	room->evidence.roots = &room->roots;
	room->evidence.at = NOW;
	CC_TRY(platform->make(room, &root, err));
	CC_TRY(cc_roots_add(&room->roots, &root, err));
	room->evidence.bytes = cc_buf_span(&room->bytes);
	if (platform->machine != 0)
		CC_TRY(prepare(room, err));
	CC_TRY(cc_key_generate(platform->curve, &room->key, err));
	return cc_sign(room->key, CC_SPAN(certificate), &room->signature, err);
}

static int prove(const struct room *room, const struct cc_prepared *prepared, struct cc_err *err)
{
	struct cc_evidence evidence = room->evidence;
	struct cc_claims claims = { 0 };

	evidence.prepared = prepared;
	return cc_evidence_prove(&evidence, &claims, err);
}

static int prove_cold(const struct room *room, struct cc_err *err)
{
	return prove(room, NULL, err);
}

static int prove_warm(const struct room *room, struct cc_err *err)
{
	return prove(room, room->collateral, err);
}

static int prove_machine(const struct room *room, struct cc_err *err)
{
	return prove(room, room->machine, err);
}

/* As many as a proof cannot do without. */
static int check_bare(const struct room *room, unsigned int checks, struct cc_err *err)
{
	for (unsigned int i = 0; i < checks; i++)
		CC_TRY(cc_verify(cc_key_public(room->key), CC_SPAN(certificate),
				 cc_span(room->signature.b, room->signature.len), err));
	return 0;
}

static double now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* One way to prove, and the least that it and the bare checks took of all rounds: what others do on
 * the machine can only add. */
struct way {
	const char *name;
	int (*prove)(const struct room *room, struct cc_err *err);
	unsigned int checks; /* 0: there is no such way */
	double us, bare;
};

static void keep_least(double *least, double since)
{
	double took = now_us() - since;

	if (*least == 0 || took < *least)
		*least = took;
}

static int time_both(struct way *way, const struct room *room, struct cc_err *err)
{
	double since = now_us();

	CC_TRY(way->prove(room, err));
	keep_least(&way->us, since);
	since = now_us();
	CC_TRY(check_bare(room, way->checks, err));
	keep_least(&way->bare, since);
	return 0;
}

static int measure(const struct values *values, const struct platform *platform, struct cc_err *err)
{
	struct way ways[] = { { "cold", prove_cold, platform->cold, 0, 0 },
			      { "warm", prove_warm, platform->warm, 0, 0 },
			      { "machine", prove_machine, platform->machine, 0, 0 } };
	AUTO_ROOM struct room room = { 0 };

	CC_TRY(room_make(&room, platform, err));
	for (uint64_t i = 0; i < values->repeat * CC_COUNT(ways); i++)
		if (ways[i % CC_COUNT(ways)].checks != 0)
			CC_TRY(time_both(&ways[i % CC_COUNT(ways)], &room, err));
	(void)printf("{\"platform\": \"%s\", \"curve\": \"%s\"", cc_platform_name(platform->kind),
		     platform->curve == CC_KEY_P256 ? "P-256" : "P-384");
	for (size_t i = 0; i < CC_COUNT(ways); i++)
		if (ways[i].checks != 0)
			(void)printf(", \"%s\": {\"checks\": %u, \"us\": %.2f, \"bare\": %.2f}",
				     ways[i].name, ways[i].checks, ways[i].us, ways[i].bare);
	(void)printf("}");
	return 0;
}

static int bench(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	CC_TRY(cc_crypto_init(err));
	if (values->repeat == 0)
		return cc_fail(err, CC_E_ARG, "--repeat: at least 1");
	(void)printf("[");
	for (size_t i = 0; i < CC_COUNT(platforms); i++) {
		(void)printf("%s", i == 0 ? "" : ",\n");
		CC_TRY(measure(values, &platforms[i], err));
	}
	(void)printf("]\n");
	return 0;
}

static const struct cc_opt opts[] = {
	{ "repeat", 0, CC_OPT_NUMBER, offsetof(struct values, repeat), "N", "rounds (100)", false,
	  NULL },
};
static const struct values defaults = { .repeat = 100 };

int main(int argc, char *const *argv)
{
	const struct cc_command command = { "bench-evidence",
					    "Measure proofs of evidence beside bare signature "
					    "checks.",
					    opts,
					    CC_COUNT(opts),
					    NULL,
					    0,
					    sizeof(struct values),
					    &defaults,
					    bench };

	return cc_opt_main(&command, argc, argv);
}
