/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/vendor.h"

#include "base/fd.h"
#include "base/str.h"
#include "codec/text.h"
#include "crypto/pem.h"
#include "net/client.h"
#include "net/url.h"

/* A service that is being asked. */
struct service {
	struct cc_url url;
	struct cc_client *client;
};

static void service_clear(struct service *service)
{
	cc_client_close(service->client);
}
#define AUTO_SERVICE CC_CLEANUP(service_clear)

static int service_open(const char *url, const char *roots, struct service *out, struct cc_err *err)
{
	struct cc_client_plan plan = { .roots = roots,
				       .body_max = CC_COLLATERAL_ITEM_MAX,
				       .reconnect = true };

	CC_TRY(cc_url_parse(url, &out->url, err));
	plan.address = out->url.address;
	plan.is_public = out->url.is_tls;
	return cc_client_open(&plan, &out->client, err);
}

static int refused(unsigned int status, const char *path, struct cc_err *err)
{
	if (status == 404)
		return cc_fail(err, CC_E_NOTFOUND, "the vendor's service has no '%s'", path);
	if (status >= 300 && status < 400)
		return cc_fail(err, CC_E_DENIED,
			       "the vendor's service sends us elsewhere for '%s' (%u), and "
			       "redirects are not followed",
			       path, status);
	return cc_fail(err, CC_E_UNAVAILABLE, "the vendor's service answers %u to '%s'", status,
		       path);
}

static int get(struct service *service, const char *path, struct cc_reply *out, struct cc_err *err)
{
	CC_AUTO_FREE char *whole = NULL;
	struct cc_call call = { .method = "GET" };

	CC_TRY(cc_strf(&whole, err, "%s%s", service->url.prefix, path));
	call.path = whole[0] == '\0' ? "/" : whole;
	CC_TRY(cc_client_call(service->client, &call, out, err));
	return out->status == 200 ? 0 : refused(out->status, whole, err);
}

/* Intel's: the chain of who signed the body is in a header, percent-encoded PEM. */

struct signed_file {
	const char *header;
	const char *file, *chain;
};

static int get_signed(struct service *service, const char *path, const struct signed_file *what,
		      struct cc_collateral_dir *out, struct cc_err *err)
{
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	const struct cc_http_field *chain = NULL;

	CC_TRY(get(service, path, &reply, err));
	CC_TRY(cc_http_only(&reply.head, what->header, &chain, err));
	if (chain == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "the answer to '%s' has no %s", path,
			       what->header);
	CC_TRY(cc_http_decode(chain->value, cc_collateral_file(out, what->chain), err));
	return cc_buf_add(cc_collateral_file(out, what->file), cc_buf_span(&reply.body), err);
}

static int check_family(const struct cc_vendor_family *family, struct cc_err *err)
{
	uint8_t fmspc[6];

	if (family->platform != CC_PLATFORM_SGX && family->platform != CC_PLATFORM_TDX)
		return cc_fail(err, CC_E_ARG, "Intel has collateral of sgx and tdx");
	if (!cc_str_eq(family->ca, "platform") && !cc_str_eq(family->ca, "processor"))
		return cc_fail(err, CC_E_ARG, "a CA of Intel's is 'platform' or 'processor'");
	return cc_hex_parse_fixed(cc_span_str(family->fmspc), "FMSPC", CC_MUT(fmspc), err);
}

static int get_family(struct service *pcs, const struct cc_vendor_family *family,
		      struct cc_collateral_dir *out, struct cc_err *err)
{
	static const struct signed_file tcb = { "TCB-Info-Issuer-Chain", "tcb_info",
						"tcb_info_chain" },
					qe = { "SGX-Enclave-Identity-Issuer-Chain", "qe_identity",
					       "qe_identity_chain" },
					crl = { "SGX-PCK-CRL-Issuer-Chain", "pck_crl",
						"pck_crl_chain" };
	const char *tee = cc_platform_name(family->platform);
	CC_AUTO_FREE char *tcb_path = NULL, *qe_path = NULL, *crl_path = NULL;

	CC_TRY(cc_strf(&tcb_path, err, "/%s/certification/v4/tcb?fmspc=%s", tee, family->fmspc));
	CC_TRY(get_signed(pcs, tcb_path, &tcb, out, err));
	CC_TRY(cc_strf(&qe_path, err, "/%s/certification/v4/qe/identity", tee));
	CC_TRY(get_signed(pcs, qe_path, &qe, out, err));
	CC_TRY(cc_strf(&crl_path, err, "/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
		       family->ca));
	return get_signed(pcs, crl_path, &crl, out, err);
}

int cc_vendor_intel(const struct cc_vendor *vendor, const struct cc_vendor_family *family,
		    struct cc_collateral_dir *out, struct cc_err *err)
{
	AUTO_SERVICE struct service pcs = { 0 }, lists = { 0 };
	CC_AUTO_REPLY struct cc_reply reply = { 0 };

	CC_TRY(check_family(family, err));
	CC_TRY(service_open(vendor->pcs, vendor->roots, &pcs, err));
	CC_TRY(get_family(&pcs, family, out, err));
	CC_TRY(service_open(vendor->root_crl, vendor->roots, &lists, err));
	CC_TRY(get(&lists, "", &reply, err));
	return cc_buf_add(cc_collateral_file(out, "root_crl"), cc_buf_span(&reply.body), err);
}

/* AMD's. */

/* What a component of the TCB is called in a request, and where it stands (as in snp-prove.c). */
static const struct {
	const char *name;
	int early, turin; /* -1: this product has none */
} levels[] = {
	{ "fmcSPL", -1, 0 }, { "blSPL", 0, 1 },    { "teeSPL", 1, 2 },
	{ "snpSPL", 6, 3 },  { "ucodeSPL", 7, 7 },
};

int cc_vendor_chip_path(const struct cc_vendor_chip *chip, struct cc_buf *path, struct cc_err *err)
{
	bool is_turin = chip->product == CC_SNP_TURIN;
	char before = '?';

	CC_TRY(cc_buf_addf(path, err, "/vcek/v1/%s/", cc_snp_product_name(chip->product)));
	CC_TRY(cc_hex_add(path, cc_span(chip->chip, is_turin ? 8 : sizeof(chip->chip)), err));
	for (size_t i = 0; i < CC_COUNT(levels); i++) {
		int at = is_turin ? levels[i].turin : levels[i].early;

		if (at < 0)
			continue;
		CC_TRY(cc_buf_addf(path, err, "%c%s=%02u", before, levels[i].name, chip->tcb[at]));
		before = '&';
	}
	return 0;
}

static int get_key(struct service *kds, const struct cc_vendor_chip *chip,
		   struct cc_collateral_dir *out, struct cc_err *err)
{
	CC_AUTO_REPLY struct cc_reply reply = { 0 };
	CC_AUTO_BUF struct cc_buf path = { 0 };
	const char *text = NULL;

	CC_TRY(cc_vendor_chip_path(chip, &path, err));
	CC_TRY(cc_buf_str(&path, &text, err));
	CC_TRY(get(kds, text, &reply, err));
	return cc_pem_add(cc_collateral_file(out, "certs"), CC_PEM_CERTIFICATE,
			  cc_buf_span(&reply.body), err);
}

int cc_vendor_amd(const struct cc_vendor *vendor, const struct cc_vendor_chip *chip,
		  struct cc_collateral_dir *out, struct cc_err *err)
{
	const char *product = cc_snp_product_name(chip->product);
	const char *kind = chip->signer == CC_SNP_VLEK ? "vlek" : "vcek";
	AUTO_SERVICE struct service kds = { 0 };
	CC_AUTO_REPLY struct cc_reply certs = { 0 }, crl = { 0 };
	CC_AUTO_FREE char *certs_path = NULL, *crl_path = NULL;

	if (chip->product == CC_SNP_UNKNOWN)
		return cc_fail(err, CC_E_ARG, "a product of AMD's is Milan, Genoa or Turin");
	if (chip->has_key && chip->signer == CC_SNP_VLEK)
		return cc_fail(err, CC_E_ARG, "a VLEK is no chip's: who has the report has it");
	CC_TRY(service_open(vendor->kds, vendor->roots, &kds, err));
	CC_TRY(cc_strf(&certs_path, err, "/%s/v1/%s/cert_chain", kind, product));
	CC_TRY(get(&kds, certs_path, &certs, err));
	CC_TRY(cc_buf_add(cc_collateral_file(out, "certs"), cc_buf_span(&certs.body), err));
	CC_TRY(cc_buf_add_str(cc_collateral_file(out, "certs"), "\n", err));
	CC_TRY(cc_strf(&crl_path, err, "/%s/v1/%s/crl", kind, product));
	CC_TRY(get(&kds, crl_path, &crl, err));
	CC_TRY(cc_pem_add(cc_collateral_file(out, "crls"), CC_PEM_CRL, cc_buf_span(&crl.body),
			  err));
	return chip->has_key ? get_key(&kds, chip, out, err) : 0;
}
