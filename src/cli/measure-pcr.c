/* SPDX-License-Identifier: Apache-2.0 */
/* measure pcr: PCRs of a TPM after a unified kernel image was started. */
#include "base/str.h"
#include "cli/commands.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "codec/text.h"
#include "measure/uki.h"

#define PHASES "enter-initrd:leave-initrd:sysinit:ready"
#define IMAGES_MAX (CC_STRINGS_MAX + 2) /* loaders, the image, its kernel */

struct values {
	const char *file, *bank, *phases, *output;
	struct cc_strings loaders, pcrs;
	bool kernel_in_place, registers;
};

static const struct values defaults = { .bank = "sha256", .phases = PHASES };

static const struct cc_opt_arg args[] = {
	{ "FILE", offsetof(struct values, file), "unified kernel image", false, false },
};

static const struct cc_opt opts[] = {
	{ "bank", 0, CC_OPT_STRING, offsetof(struct values, bank), "NAME",
	  "algorithm of the PCRs; default: sha256", false, "sha1 sha256 sha384 sha512" },
	{ "phases", 0, CC_OPT_STRING, offsetof(struct values, phases), "WORDS",
	  "of the boot, with colons between them; default: all up to ready", false, NULL },
	{ "loader", 0, CC_OPT_LIST, offsetof(struct values, loaders), "FILE",
	  "an executable that the firmware starts before; may be repeated", false, NULL },
	{ "kernel-in-place", 0, CC_OPT_FLAG, offsetof(struct values, kernel_in_place), NULL,
	  "the stub starts its kernel itself, without the firmware", false, NULL },
	{ "pcr", 0, CC_OPT_LIST, offsetof(struct values, pcrs), "NUMBER[=HEX]",
	  "a PCR that is quoted; default: 4 and 11; may be repeated", false, NULL },
	CC_OPT_REGISTERS(struct values),
	CC_OPT_OUTPUT(struct values),
};

static enum cc_hash bank_named(const char *name)
{
	enum cc_hash bank = CC_HASH_SHA1;

	while (bank + 1 < CC_HASH_COUNT && !cc_str_eq(cc_hash_name(bank), name))
		bank++;
	return bank;
}

static int hash_image(struct cc_span file, enum cc_hash bank, struct cc_hashed *out,
		      struct cc_err *err)
{
	struct cc_pe pe = { 0 };

	CC_TRY(cc_pe_parse(file, &pe, err));
	return cc_pe_authenticode(&pe, bank, out, err);
}

static int hash_loader(const char *path, enum cc_hash bank, struct cc_hashed *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };

	CC_TRY(cc_measure_read(path, CC_MEASURE_FILE_MAX, &file, err));
	if (hash_image(cc_buf_span(&file), bank, out, err) != 0)
		return cc_wrap(err, "'%s'", path);
	return 0;
}

/* What the firmware starts, in its order. */
static int measure_boot(const struct values *values, const struct cc_pe *pe,
			const struct cc_uki *uki, struct cc_pcrs *out, struct cc_err *err)
{
	struct cc_hashed images[IMAGES_MAX] = { 0 };
	size_t count = 0;

	for (; count < values->loaders.count; count++)
		CC_TRY(hash_loader(values->loaders.at[count], out->bank, &images[count], err));
	CC_TRY(cc_pe_authenticode(pe, out->bank, &images[count++], err));
	if (!values->kernel_in_place &&
	    hash_image(uki->sections[0], out->bank, &images[count++], err) != 0)
		return cc_wrap(err, "section '.linux'");
	return cc_boot_pcr4(images, count, out->bank, &out->values[4], err);
}

/* "7=<hex>", or "4" and "11", which are computed here. */
static int choose_pcr(const char *text, const struct cc_pcrs *known, struct cc_pcrs *out,
		      struct cc_err *err)
{
	const char *equals = strchrnul(text, '=');
	struct cc_hashed *value = NULL;
	uint64_t number = 0;

	if (cc_parse_u64(cc_span(text, (size_t)(equals - text)), CC_TPM_PCR_COUNT - 1, "PCR",
			 &number, err) != 0)
		return cc_wrap(err, "--pcr");
	value = &out->values[number];
	if (value->len != 0)
		return cc_fail(err, CC_E_ARG, "--pcr: %s is given twice", text);
	if (*equals == '\0' && known->values[number].len == 0)
		return cc_fail(err, CC_E_ARG, "--pcr: the value of PCR %s is not computed here",
			       text);
	*value = known->values[number];
	if (*equals == '\0')
		return 0;
	value->len = cc_hash_len(out->bank);
	return cc_hex_parse_fixed(cc_span_str(equals + 1), "--pcr",
				  (struct cc_mut){ value->b, value->len }, err);
}

static int choose(const struct values *values, const struct cc_pcrs *known, struct cc_pcrs *out,
		  struct cc_err *err)
{
	*out = (struct cc_pcrs){ .bank = known->bank };
	for (size_t i = 0; i < values->pcrs.count; i++)
		CC_TRY(choose_pcr(values->pcrs.at[i], known, out, err));
	if (values->pcrs.count == 0)
		*out = *known;
	return 0;
}

static int describe(const struct cc_pcrs *pcrs, const char *phases, struct cc_json *report,
		    struct cc_err *err)
{
	struct cc_digest measurement = { 0 };

	CC_TRY(cc_pcrs_measure(pcrs, &measurement, err));
	CC_TRY(cc_measure_add(report, CC_DIGEST_SPAN(measurement), err));
	CC_TRY(cc_json_set_str(report, "bank", cc_hash_name(pcrs->bank), err));
	CC_TRY(cc_json_set_str(report, "phases", phases, err));
	for (unsigned int i = 0; i < CC_TPM_PCR_COUNT; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "pcr%u", i);
		if (pcrs->values[i].len != 0)
			CC_TRY(cc_json_set_hex(report, name, cc_hashed_span(&pcrs->values[i]),
					       err));
	}
	return 0;
}

static int measure(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_BUF struct cc_buf file = { 0 };
	CC_AUTO_JSON struct cc_json *report = NULL;
	struct cc_pcrs known = { .bank = bank_named(values->bank) }, quoted = { 0 };
	struct cc_pe pe = { 0 };
	struct cc_uki uki = { 0 };

	CC_TRY(cc_measure_read(values->file, CC_MEASURE_FILE_MAX, &file, err));
	CC_TRY(cc_pe_parse(cc_buf_span(&file), &pe, err));
	CC_TRY(cc_uki_parse(&pe, &uki, err));
	CC_TRY(cc_uki_pcr11(&uki, known.bank, values->phases, &known.values[11], err));
	CC_TRY(measure_boot(values, &pe, &uki, &known, err));
	CC_TRY(choose(values, &known, &quoted, err));
	CC_TRY(cc_measure_report("tpm", &report, err));
	CC_TRY(describe(&quoted, values->phases, report, err));
	if (values->registers && known.bank == CC_HASH_SHA1)
		return cc_fail(err, CC_E_ARG, "--registers: no policy takes PCRs of SHA-1");
	if (values->registers)
		CC_TRY(cc_measure_by_registers(report, err));
	return cc_measure_print(values->output, report, err);
}

const struct cc_command cc_command_measure_pcr = {
	"measure pcr",
	"Compute the PCRs that a unified kernel image gives a TPM.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	&defaults,
	measure,
};
