/* SPDX-License-Identifier: Apache-2.0 */
/* collateral fetch: the one command that asks vendors. It has network and no secrets. */
#include "base/dir.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/evidence-file.h"
#include "crypto/pem.h"
#include "evidence/shelf.h"
#include "platform/vendor.h"

struct values {
	const char *to, *evidence, *fmspc, *tee, *ca, *product, *signer;
	struct cc_vendor vendor;
};

static const struct values defaults = {
	.tee = "sgx",
	.ca = "platform",
	.signer = "vcek",
	.vendor = { CC_VENDOR_PCS, CC_VENDOR_ROOT_CRL, CC_VENDOR_KDS, NULL },
};

static const struct cc_opt opts[] = {
	{ "to", 0, CC_OPT_STRING, offsetof(struct values, to), "DIR",
	  "where the files go: one set of collateral", true, NULL },
	{ "evidence", 'e', CC_OPT_STRING, offsetof(struct values, evidence), "FILE",
	  "what this quote or report needs", false, NULL },
	{ "fmspc", 0, CC_OPT_STRING, offsetof(struct values, fmspc), "HEX",
	  "Intel's, for this processor family", false, NULL },
	{ "tee", 0, CC_OPT_STRING, offsetof(struct values, tee), "TEE",
	  "with --fmspc: which of its TEEs (default: sgx)", false, "sgx tdx" },
	{ "ca", 0, CC_OPT_STRING, offsetof(struct values, ca), "CA",
	  "with --fmspc: who certified the machine (default: platform)", false,
	  "platform processor" },
	{ "product", 0, CC_OPT_STRING, offsetof(struct values, product), "NAME",
	  "AMD's, for this product", false, "Milan Genoa Turin" },
	{ "signer", 0, CC_OPT_STRING, offsetof(struct values, signer), "KIND",
	  "with --product: what signs the reports, a chip's key or a provider's (default: vcek)",
	  false, "vcek vlek" },
	{ "pcs", 0, CC_OPT_STRING, offsetof(struct values, vendor.pcs), "URL",
	  "Intel's service, or a cache of it (default: " CC_VENDOR_PCS ")", false, NULL },
	{ "root-crl", 0, CC_OPT_STRING, offsetof(struct values, vendor.root_crl), "URL",
	  "the list of Intel's root (default: " CC_VENDOR_ROOT_CRL ")", false, NULL },
	{ "kds", 0, CC_OPT_STRING, offsetof(struct values, vendor.kds), "URL",
	  "AMD's service (default: " CC_VENDOR_KDS ")", false, NULL },
	{ "roots", 0, CC_OPT_STRING, offsetof(struct values, vendor.roots), "FILE",
	  "certificates that their TLS is trusted by, PEM (default: the system's)", false, NULL },
};

/*
 * The provider's own certificate, if the host put it behind the report: AMD does not publish it.
 * What comes without the table finds it in the collateral then.
 */
static int keep_provider(const struct cc_evidence_file *file, struct cc_collateral_dir *out,
			 struct cc_err *err)
{
	struct cc_snp_evidence snp = { 0 };
	struct cc_err ignored = { 0 }; /* in a container there is no table */

	if (cc_snp_parse(cc_buf_span(&file->bytes), &snp, &ignored) != 0 || snp.vlek.len == 0)
		return 0;
	return cc_pem_add(cc_collateral_file(out, "certs"), CC_PEM_CERTIFICATE, snp.vlek, err);
}

static int fetch_report(const struct values *values, const struct cc_evidence_file *file,
			struct cc_collateral_dir *out, struct cc_err *err)
{
	struct cc_vendor_chip chip = { 0 };
	struct cc_claims claims = { 0 };

	CC_TRY(cc_evidence_read(file->platform, cc_buf_span(&file->bytes), &claims, err));
	chip.product = claims.snp.product;
	if (chip.product == CC_SNP_UNKNOWN && values->product != NULL)
		chip.product = cc_snp_product_named(values->product);
	if (chip.product == CC_SNP_UNKNOWN) {
		cc_err_set(err, CC_E_ARG, "the report does not say which product it is of");
		return cc_hint(err, "say it with --product");
	}
	chip.signer = claims.snp.signer;
	chip.has_key = chip.signer == CC_SNP_VCEK && claims.machine_len > 0;
	memcpy(chip.chip, claims.machine, claims.machine_len);
	memcpy(chip.tcb, claims.snp.reported_tcb, sizeof(chip.tcb));
	CC_TRY(cc_vendor_amd(&values->vendor, &chip, out, err));
	return chip.signer == CC_SNP_VLEK ? keep_provider(file, out, err) : 0;
}

static int fetch_quote(const struct values *values, const struct cc_evidence_file *file,
		       struct cc_collateral_dir *out, struct cc_err *err)
{
	struct cc_quote_machine machine = { 0 };
	const struct cc_vendor_family family = { .platform = file->platform,
						 .fmspc = machine.fmspc,
						 .ca = machine.ca_name };

	CC_TRY(cc_quote_machine_read(cc_buf_span(&file->bytes), &machine, err));
	return cc_vendor_intel(&values->vendor, &family, out, err);
}

static int fetch_for(const struct values *values, struct cc_collateral_dir *out, struct cc_err *err)
{
	CC_AUTO_EVIDENCE_FILE struct cc_evidence_file file = { 0 };

	CC_TRY(cc_evidence_file_read(values->evidence, &file, err));
	if (file.platform == CC_PLATFORM_SNP)
		return fetch_report(values, &file, out, err);
	if (file.platform == CC_PLATFORM_SGX || file.platform == CC_PLATFORM_TDX)
		return fetch_quote(values, &file, out, err);
	return cc_fail(err, CC_E_UNSUPPORTED, "nobody publishes collateral of platform '%s'",
		       cc_platform_name(file.platform));
}

static int fetch_named(const struct values *values, struct cc_collateral_dir *out,
		       struct cc_err *err)
{
	const struct cc_vendor_family family = { .platform = cc_platform_named(values->tee),
						 .fmspc = values->fmspc,
						 .ca = values->ca };
	struct cc_vendor_chip chip = { 0 };

	if (values->fmspc != NULL)
		return cc_vendor_intel(&values->vendor, &family, out, err);
	if (values->product == NULL)
		return cc_fail(err, CC_E_ARG, "say for what: --evidence, --fmspc or --product");
	chip.product = cc_snp_product_named(values->product);
	chip.signer = cc_str_eq(values->signer, "vlek") ? CC_SNP_VLEK : CC_SNP_VCEK;
	return cc_vendor_amd(&values->vendor, &chip, out, err);
}

/* Only once all of it is there. */
static int write_files(const char *path, const struct cc_collateral_dir *files, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	CC_TRY(cc_dir_create(path, 0755, &dir, err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		if (files->files[i].len > 0)
			CC_TRY(cc_dir_write(&dir, cc_collateral_files[i].file, 0644,
					    cc_buf_span(&files->files[i]), err));
	return 0;
}

static int fetch(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir files = { 0 };

	if (values->evidence != NULL)
		CC_TRY(fetch_for(values, &files, err));
	else
		CC_TRY(fetch_named(values, &files, err));
	return write_files(values->to, &files, err);
}

const struct cc_command cc_command_collateral_fetch = {
	"collateral fetch",
	"Fetch what vendors publish, unproven, for collateral import.",
	opts,
	CC_COUNT(opts),
	NULL,
	0,
	sizeof(struct values),
	&defaults,
	fetch,
};
