/* SPDX-License-Identifier: Apache-2.0 */
/* measure eif: the PCRs of an enclave of Nitro. */
#include "measure/eif.h"

#include "base/dir.h"
#include "cli/commands.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "crypto/x509.h"

struct values {
	const char *file, *certificate, *role, *instance, *output;
	bool registers;
};

static const struct cc_opt_arg args[] = {
	{ "FILE", offsetof(struct values, file), "enclave image, as nitro-cli builds it", false,
	  false },
};

static const struct cc_opt opts[] = {
	{ "signing-certificate", 0, CC_OPT_STRING, offsetof(struct values, certificate), "FILE",
	  "who will sign the image, in PEM; default: who signed it", false, NULL },
	{ "role", 0, CC_OPT_STRING, offsetof(struct values, role), "ARN",
	  "the IAM role of the instance", false, NULL },
	{ "instance", 0, CC_OPT_STRING, offsetof(struct values, instance), "ID",
	  "the instance that starts the enclave", false, NULL },
	CC_OPT_REGISTERS(struct values),
	CC_OPT_OUTPUT(struct values),
};

static int set_pcr(struct cc_json *report, unsigned int number, const struct cc_digest48 *value,
		   struct cc_err *err)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "pcr%u", number);
	return cc_json_set_hex(report, name, CC_DIGEST_SPAN(*value), err);
}

static int add_text(struct cc_json *report, unsigned int number, const char *text,
		    struct cc_err *err)
{
	struct cc_digest48 pcr = { 0 };

	if (text == NULL)
		return 0;
	CC_TRY(cc_nitro_pcr_of_text(text, &pcr, err));
	return set_pcr(report, number, &pcr, err);
}

static int add_signer(const struct cc_cert *cert, struct cc_json *report, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_digest48 pcr = { 0 };

	CC_TRY(cc_cert_to_der(cert, &der, err));
	CC_TRY(cc_nitro_pcr(cc_buf_span(&der), &pcr, err));
	return set_pcr(report, 8, &pcr, err);
}

/* Who signed it; an image with a signature that is not over it has no PCR 8 worth printing. */
static int add_signature(const struct cc_eif *eif, struct cc_json *report, struct cc_err *err)
{
	CC_AUTO_EIF_SIGNATURE struct cc_eif_signature signature = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;

	CC_TRY(cc_json_set_bool(report, "signed", eif->signature.len > 0, err));
	if (eif->signature.len == 0)
		return 0;
	CC_TRY(cc_eif_signature_read(eif, &signature, err));
	CC_TRY(cc_eif_signature_verify(eif, &signature, &cert, err));
	return add_signer(cert, report, err);
}

/* Who will sign it goes before who did: its PCR 8 is that of the image to come. */
static int add_certificate(const char *path, struct cc_json *report, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_span rest = { 0 };

	if (path == NULL)
		return 0;
	CC_TRY(cc_file_read(path, CC_CERT_MAX, &pem, err));
	rest = cc_buf_span(&pem);
	if (cc_cert_next_pem(&rest, &cert, err) != 0)
		return cc_wrap(err, "signing certificate");
	if (cert == NULL)
		return cc_fail(err, CC_E_ARG, "signing certificate: there is none in PEM");
	return add_signer(cert, report, err);
}

static int describe(const struct cc_eif *eif, struct cc_json *report, struct cc_err *err)
{
	struct cc_digest48 pcrs[CC_EIF_PCRS] = { 0 };

	CC_TRY(cc_eif_measure(eif, pcrs, err));
	CC_TRY(cc_measure_add(report, CC_DIGEST_SPAN(pcrs[0]), err));
	CC_TRY(cc_json_set_u64(report, "version", eif->version, err));
	CC_TRY(cc_json_set_str(report, "architecture", eif->is_arm ? "aarch64" : "x86_64", err));
	CC_TRY(cc_json_set_u64(report, "ramdisks", eif->ramdisk_count, err));
	for (unsigned int i = 0; i < CC_EIF_PCRS; i++)
		CC_TRY(set_pcr(report, i, &pcrs[i], err));
	return 0;
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf file = { 0 };
	CC_AUTO_JSON struct cc_json *report = NULL;
	struct cc_eif eif = { 0 };

	CC_TRY(cc_measure_read(values->file, CC_MEASURE_FILE_MAX, &file, err));
	CC_TRY(cc_eif_parse(cc_buf_span(&file), &eif, err));
	CC_TRY(cc_measure_report("nitro", &report, err));
	CC_TRY(describe(&eif, report, err));
	CC_TRY(add_text(report, 3, values->role, err));
	CC_TRY(add_text(report, 4, values->instance, err));
	CC_TRY(add_signature(&eif, report, err));
	CC_TRY(add_certificate(values->certificate, report, err));
	if (values->registers)
		CC_TRY(cc_measure_by_registers(report, err));
	return cc_measure_print(values->output, report, err);
}

const struct cc_command cc_command_measure_eif = {
	"measure eif",
	"Compute the PCRs of an enclave of AWS Nitro.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	measure,
};
