/* SPDX-License-Identifier: Apache-2.0 */
/* measure snp: the launch digest of a guest. */
#include "measure/snp.h"

#include "cli/commands.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "codec/text.h"

struct values {
	const char *firmware, *digest, *vmm, *model, *signature, *features;
	const char *kernel, *initrd, *append, *output;
	uint64_t vcpus;
};

static const struct values defaults = { .vmm = "qemu", .model = "EPYC-v4", .features = "0x1" };

static const struct cc_opt_arg args[] = {
	{ "FIRMWARE", offsetof(struct values, firmware), "OVMF.fd as the guest is started with it",
	  false, false },
};

static const struct cc_opt opts[] = {
	{ "vcpus", 0, CC_OPT_NUMBER, offsetof(struct values, vcpus), "N", "how many the guest has",
	  true, NULL },
	{ "vcpu-type", 0, CC_OPT_STRING, offsetof(struct values, model), "MODEL",
	  "of QEMU, as EPYC-Milan; default: EPYC-v4", false, NULL },
	{ "vcpu-sig", 0, CC_OPT_STRING, offsetof(struct values, signature), "NUMBER",
	  "the CPUID signature of another model, as 0x800f12", false, NULL },
	{ "guest-features", 0, CC_OPT_STRING, offsetof(struct values, features), "NUMBER",
	  "SEV_FEATURES; default: 0x1", false, NULL },
	{ "vmm", 0, CC_OPT_STRING, offsetof(struct values, vmm), "NAME",
	  "what starts the guest; default: qemu", false, "qemu ec2 gce" },
	{ "kernel", 0, CC_OPT_STRING, offsetof(struct values, kernel), "FILE",
	  "what QEMU loads itself", false, NULL },
	{ "initrd", 0, CC_OPT_STRING, offsetof(struct values, initrd), "FILE", "that of the kernel",
	  false, NULL },
	{ "append", 0, CC_OPT_STRING, offsetof(struct values, append), "TEXT",
	  "the command line of the kernel", false, NULL },
	{ "firmware-digest", 0, CC_OPT_STRING, offsetof(struct values, digest), "HEX",
	  "digest of the whole firmware, when FIRMWARE is only its end", false, NULL },
	CC_OPT_OUTPUT(struct values),
};

static int hash_file(const char *path, struct cc_digest *out, struct cc_err *err)
{
	struct cc_hashed hashed = { 0 };

	CC_TRY(cc_measure_hash(path, CC_HASH_SHA256, &hashed, err));
	memcpy(out->b, hashed.b, sizeof(out->b));
	return 0;
}

static int read_boot(const struct values *values, struct cc_snp_boot *out, struct cc_err *err)
{
	CC_TRY(hash_file(values->kernel, &out->kernel, err));
	if (values->initrd != NULL)
		CC_TRY(hash_file(values->initrd, &out->initrd, err));
	else
		CC_TRY(cc_sha256(cc_span(NULL, 0), &out->initrd, err));
	return cc_snp_append(values->append == NULL ? "" : values->append, &out->append, err);
}

static int read_firmware(const struct values *values, struct cc_snp_firmware *out,
			 struct cc_digest48 *digest, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf image = { 0 };
	struct cc_ovmf ovmf = { 0 };

	CC_TRY(cc_measure_read(values->firmware, CC_FIRMWARE_MAX, &image, err));
	CC_TRY(cc_ovmf_parse(cc_buf_span(&image), &ovmf, err));
	CC_TRY(cc_snp_firmware_parse(&ovmf, out, err));
	if (values->digest != NULL)
		return cc_hex_parse_fixed(cc_span_str(values->digest), "--firmware-digest",
					  CC_MUT(digest->b), err);
	return cc_snp_firmware_digest(cc_buf_span(&image), digest, err);
}

static int choose_signature(const struct values *values, struct cc_snp_launch *out,
			    struct cc_err *err)
{
	uint64_t signature = 0;

	if (values->signature == NULL)
		return cc_snp_model_signature(values->model, &out->signature, err);
	CC_TRY(cc_measure_number("vcpu-sig", values->signature, UINT32_MAX, &signature, err));
	out->signature = (uint32_t)signature;
	return 0;
}

static int set_number(struct cc_json *json, const char *name, uint64_t value, struct cc_err *err)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return cc_json_set_str(json, name, text, err);
}

/* All that the digest rests on: a digest alone, nobody can compute again. */
static int describe(const struct cc_snp_launch *launch, struct cc_json *out, struct cc_err *err)
{
	CC_TRY(cc_json_set_str(out, "vmm", cc_snp_vmm_name(launch->vmm), err));
	CC_TRY(cc_json_set_u64(out, "vcpus", launch->vcpus, err));
	if (launch->vmm == CC_SNP_QEMU)
		CC_TRY(set_number(out, "vcpu_signature", launch->signature, err));
	CC_TRY(set_number(out, "guest_features", launch->features, err));
	CC_TRY(cc_json_set_hex(out, "firmware_digest", CC_DIGEST_SPAN(launch->firmware_digest),
			       err));
	if (launch->boot == NULL)
		return 0;
	CC_TRY(cc_json_set_hex(out, "kernel", CC_DIGEST_SPAN(launch->boot->kernel), err));
	CC_TRY(cc_json_set_hex(out, "initrd", CC_DIGEST_SPAN(launch->boot->initrd), err));
	return cc_json_set_hex(out, "append", CC_DIGEST_SPAN(launch->boot->append), err);
}

static int read_launch(const struct values *values, struct cc_snp_launch *out, struct cc_err *err)
{
	if (values->kernel == NULL && (values->initrd != NULL || values->append != NULL))
		return cc_fail(err, CC_E_ARG, "--initrd and --append go with --kernel");
	if (values->vcpus > CC_SNP_VCPUS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "--vcpus: at most %d", CC_SNP_VCPUS_MAX);
	out->vcpus = (uint32_t)values->vcpus;
	out->vmm = cc_snp_vmm_named(values->vmm);
	CC_TRY(choose_signature(values, out, err));
	return cc_measure_number("guest-features", values->features, UINT64_MAX, &out->features,
				 err);
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *report = NULL;
	struct cc_snp_firmware firmware = { 0 };
	struct cc_snp_launch launch = { .firmware = &firmware };
	struct cc_snp_boot boot = { 0 };
	struct cc_digest48 digest = { 0 };

	CC_TRY(read_launch(values, &launch, err));
	CC_TRY(read_firmware(values, &firmware, &launch.firmware_digest, err));
	if (values->kernel != NULL) {
		CC_TRY(read_boot(values, &boot, err));
		launch.boot = &boot;
	}
	CC_TRY(cc_snp_measure(&launch, &digest, err));
	CC_TRY(cc_measure_report("snp", &report, err));
	CC_TRY(cc_measure_add(report, CC_DIGEST_SPAN(digest), err));
	CC_TRY(describe(&launch, report, err));
	return cc_measure_print(values->output, report, err);
}

const struct cc_command cc_command_measure_snp = {
	"measure snp",
	"Compute the launch digest of a guest under SEV-SNP.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	&defaults,
	measure,
};
