/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/uki.h"

#include "base/buf.h"

#define KERNEL 0 /* of the names below */
#define PHASE_MAX ((size_t)64)

const char *const cc_uki_section_names[CC_UKI_SECTIONS] = {
	".linux", ".osrel", ".cmdline", ".initrd",  ".ucode",   ".splash", ".dtb",
	".uname", ".sbat",  ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw",
};

int cc_uki_parse(const struct cc_pe *pe, struct cc_uki *out, struct cc_err *err)
{
	struct cc_uki uki = { 0 };

	for (size_t i = 0; i < CC_UKI_SECTIONS; i++) {
		const struct cc_pe_section *section = NULL;

		CC_TRY(cc_pe_find(pe, cc_uki_section_names[i], &section, err));
		if (section == NULL)
			continue;
		if (section->size == 0 || section->size > section->data.len)
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "executable: section '%s' has %u bytes in memory and %zu in "
				       "the file",
				       section->name, section->size, section->data.len);
		uki.sections[i] = cc_span_sub(section->data, 0, section->size);
	}
	if (uki.sections[KERNEL].at == NULL) {
		cc_err_set(err, CC_E_ARG, "executable: it has no section '.linux'");
		return cc_hint(err, "give a unified kernel image, as ukify builds it");
	}
	*out = uki;
	return 0;
}

static int extend_digest(struct cc_hashed *pcr, enum cc_hash bank, struct cc_span digest,
			 struct cc_err *err)
{
	const struct cc_span parts[] = { cc_hashed_span(pcr), digest };
	struct cc_hashed next = { 0 };

	CC_TRY(cc_hash_of(bank, parts, CC_COUNT(parts), &next, err));
	*pcr = next;
	return 0;
}

static int extend(struct cc_hashed *pcr, enum cc_hash bank, struct cc_span data, struct cc_err *err)
{
	struct cc_hashed digest = { 0 };

	CC_TRY(cc_hash_of(bank, &data, 1, &digest, err));
	return extend_digest(pcr, bank, cc_hashed_span(&digest), err);
}

static int extend_phases(struct cc_hashed *pcr, enum cc_hash bank, const char *phases,
			 struct cc_err *err)
{
	while (*phases != '\0') {
		size_t len = strcspn(phases, ":");

		if (len == 0 || len > PHASE_MAX || (phases[len] == ':' && phases[len + 1] == '\0'))
			return cc_fail(err, CC_E_ARG,
				       "phases are words of up to %zu bytes with colons between "
				       "them",
				       PHASE_MAX);
		CC_TRY(extend(pcr, bank, cc_span(phases, len), err));
		phases += len + (phases[len] == ':');
	}
	return 0;
}

int cc_uki_pcr11(const struct cc_uki *uki, enum cc_hash bank, const char *phases,
		 struct cc_hashed *out, struct cc_err *err)
{
	struct cc_hashed pcr = { .len = cc_hash_len(bank) };

	for (size_t i = 0; i < CC_UKI_SECTIONS; i++) {
		const char *name = cc_uki_section_names[i];

		if (uki->sections[i].at == NULL)
			continue;
		CC_TRY(extend(&pcr, bank, cc_span(name, strlen(name) + 1), err));
		CC_TRY(extend(&pcr, bank, uki->sections[i], err));
	}
	CC_TRY(extend_phases(&pcr, bank, phases, err));
	*out = pcr;
	return 0;
}

int cc_boot_pcr4(const struct cc_hashed *images, size_t count, enum cc_hash bank,
		 struct cc_hashed *out, struct cc_err *err)
{
	struct cc_hashed pcr = { .len = cc_hash_len(bank) };

	CC_TRY(extend(&pcr, bank, cc_span_str("Calling EFI Application from Boot Option"), err));
	CC_TRY(extend(&pcr, bank, cc_span("\0\0\0\0", 4), err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(extend_digest(&pcr, bank, cc_hashed_span(&images[i]), err));
	*out = pcr;
	return 0;
}

/* TPM_ALG_ID of the banks. */
static uint16_t alg_of(enum cc_hash bank)
{
	static const uint16_t algs[CC_HASH_COUNT] = { [CC_HASH_SHA1] = 0x0004,
						      [CC_HASH_SHA256] = 0x000b,
						      [CC_HASH_SHA384] = 0x000c,
						      [CC_HASH_SHA512] = 0x000d };

	return algs[bank];
}

int cc_pcrs_measure(const struct cc_pcrs *pcrs, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf values = { 0 }, info = { 0 };
	uint8_t selected[CC_TPM_PCR_COUNT / 8] = { 0 };
	struct cc_digest digest = { 0 };

	for (size_t i = 0; i < CC_TPM_PCR_COUNT; i++) {
		if (pcrs->values[i].len == 0)
			continue;
		selected[i / 8] |= (uint8_t)(1U << (i % 8));
		CC_TRY(cc_buf_add(&values, cc_hashed_span(&pcrs->values[i]), err));
	}
	CC_TRY(cc_sha256(cc_buf_span(&values), &digest, err));
	CC_TRY(cc_buf_add_u32be(&info, 1, err)); /* one bank */
	CC_TRY(cc_buf_add_u16be(&info, alg_of(pcrs->bank), err));
	CC_TRY(cc_buf_add_u8(&info, sizeof(selected), err));
	CC_TRY(cc_buf_add(&info, CC_SPAN(selected), err));
	CC_TRY(cc_buf_add_u16be(&info, sizeof(digest.b), err));
	CC_TRY(cc_buf_add(&info, CC_DIGEST_SPAN(digest), err));
	return cc_sha256(cc_buf_span(&info), out, err);
}
