/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/eif.h"

#define HEADER 548
#define SECTION_HEADER 12
#define VERSION_MAX 4
#define FLAG_ARM 1

enum section_kind { KERNEL = 1, CMDLINE, RAMDISK, SIGNATURE, METADATA };

struct header {
	uint16_t version, flags, count;
	uint64_t offsets[CC_EIF_SECTIONS_MAX], sizes[CC_EIF_SECTIONS_MAX];
};

static int read_numbers(struct cc_reader *r, uint64_t out[CC_EIF_SECTIONS_MAX], const char *what,
			struct cc_err *err)
{
	for (size_t i = 0; i < CC_EIF_SECTIONS_MAX; i++)
		CC_TRY(cc_read_u64be(r, what, &out[i], err));
	return 0;
}

static int read_header(struct cc_reader *r, struct header *out, struct cc_err *err)
{
	struct cc_span magic = { 0 }, ignored = { 0 };

	CC_TRY(cc_read_span(r, 4, "magic", &magic, err));
	if (!cc_span_eq_str(magic, ".eif"))
		return cc_fail(err, CC_E_ARG, "it does not begin with '.eif'");
	CC_TRY(cc_read_u16be(r, "version", &out->version, err));
	CC_TRY(cc_read_u16be(r, "flags", &out->flags, err));
	CC_TRY(cc_read_span(r, 18, "memory, processors and reserved", &ignored, err));
	CC_TRY(cc_read_u16be(r, "sections", &out->count, err));
	CC_TRY(read_numbers(r, out->offsets, "offsets", err));
	CC_TRY(read_numbers(r, out->sizes, "sizes", err));
	CC_TRY(cc_read_span(r, 8, "CRC", &ignored, err));
	if (out->version == 0 || out->version > VERSION_MAX)
		return cc_fail(err, CC_E_UNSUPPORTED, "version %u, known are 1 to %d", out->version,
			       VERSION_MAX);
	if (out->count == 0 || out->count > CC_EIF_SECTIONS_MAX)
		return cc_fail(err, CC_E_ARG, "%u sections are not 1 to %d", out->count,
			       CC_EIF_SECTIONS_MAX);
	return 0;
}

/* One kernel, then one command line, then ramdisks: the order in which they are measured. */
static bool is_in_order(const struct cc_eif *eif, unsigned int kind)
{
	switch (kind) {
	case KERNEL:
		return eif->kernel.len == 0;
	case CMDLINE:
		return eif->kernel.len > 0 && eif->cmdline.at == NULL;
	case RAMDISK:
		return eif->cmdline.at != NULL;
	case SIGNATURE:
		return eif->signature.len == 0;
	default:
		return true;
	}
}

static int place(struct cc_eif *eif, unsigned int kind, struct cc_span data, struct cc_err *err)
{
	if (kind < KERNEL || kind > METADATA)
		return cc_fail(err, CC_E_UNSUPPORTED, "kind %u is not known", kind);
	if (!is_in_order(eif, kind))
		return cc_fail(err, CC_E_ARG, "a section of kind %u does not belong here", kind);
	if (data.len == 0 && kind != CMDLINE)
		return cc_fail(err, CC_E_ARG, "a section of kind %u is empty", kind);
	if (kind == KERNEL)
		eif->kernel = data;
	else if (kind == CMDLINE)
		eif->cmdline = data;
	else if (kind == RAMDISK)
		eif->ramdisks[eif->ramdisk_count++] = data;
	else if (kind == SIGNATURE)
		eif->signature = data;
	return 0;
}

static int read_section(struct cc_reader *r, uint64_t stated, struct cc_eif *eif,
			struct cc_err *err)
{
	struct cc_span data = { 0 };
	uint16_t kind = 0, flags = 0;
	uint64_t size = 0;

	CC_TRY(cc_read_u16be(r, "kind", &kind, err));
	CC_TRY(cc_read_u16be(r, "flags", &flags, err));
	CC_TRY(cc_read_u64be(r, "size", &size, err));
	if (size != stated)
		return cc_fail(err, CC_E_ARG, "it has %llu bytes, the header says %llu",
			       (unsigned long long)size, (unsigned long long)stated);
	if (size > r->rest.len)
		return cc_fail(err, CC_E_ARG, "it has %llu bytes, the file ends after %zu",
			       (unsigned long long)size, r->rest.len);
	CC_TRY(cc_read_span(r, (size_t)size, "data", &data, err));
	return place(eif, kind, data, err);
}

static int read_sections(struct cc_reader *r, const struct header *header, struct cc_eif *out,
			 struct cc_err *err)
{
	uint64_t at = HEADER;

	for (size_t i = 0; i < header->count; i++) {
		if (header->offsets[i] != at)
			return cc_fail(err, CC_E_ARG,
				       "enclave image: section %zu lies at 0x%llx, the header "
				       "says 0x%llx",
				       i, (unsigned long long)at,
				       (unsigned long long)header->offsets[i]);
		if (read_section(r, header->sizes[i], out, err) != 0)
			return cc_wrap(err, "enclave image: section %zu at 0x%llx", i,
				       (unsigned long long)at);
		at += SECTION_HEADER + header->sizes[i];
	}
	return cc_read_end(r, "enclave image", err);
}

int cc_eif_parse(struct cc_span file, struct cc_eif *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(file);
	struct header header = { 0 };
	struct cc_eif eif = { 0 };

	if (read_header(&r, &header, err) != 0)
		return cc_wrap(err, "enclave image: header");
	CC_TRY(read_sections(&r, &header, &eif, err));
	if (eif.ramdisk_count == 0)
		return cc_fail(err, CC_E_ARG, "enclave image: it has no ramdisk");
	eif.version = header.version;
	eif.is_arm = (header.flags & FLAG_ARM) != 0;
	*out = eif;
	return 0;
}

/* SHA-384 over 48 zeroes and what a register is extended with. */
static int extend(struct cc_span with, struct cc_digest48 *out, struct cc_err *err)
{
	static const uint8_t zeroes[48];
	const struct cc_span parts[] = { CC_SPAN(zeroes), with };
	struct cc_hashed pcr = { 0 };

	CC_TRY(cc_hash_of(CC_HASH_SHA384, parts, CC_COUNT(parts), &pcr, err));
	memcpy(out->b, pcr.b, sizeof(out->b));
	return 0;
}

static int pcr_of(const struct cc_span *parts, size_t count, struct cc_digest48 *out,
		  struct cc_err *err)
{
	struct cc_hashed digest = { 0 };

	CC_TRY(cc_hash_of(CC_HASH_SHA384, parts, count, &digest, err));
	return extend(cc_hashed_span(&digest), out, err);
}

int cc_eif_measure(const struct cc_eif *eif, struct cc_digest48 out[static CC_EIF_PCRS],
		   struct cc_err *err)
{
	struct cc_span parts[CC_EIF_SECTIONS_MAX + 2] = { eif->kernel, eif->cmdline };

	memcpy(parts + 2, eif->ramdisks, eif->ramdisk_count * sizeof(parts[0]));
	CC_TRY(pcr_of(parts, eif->ramdisk_count + 2, &out[0], err));
	CC_TRY(pcr_of(parts, 3, &out[1], err));
	return pcr_of(parts + 3, eif->ramdisk_count - 1, &out[2], err);
}

int cc_nitro_pcr(struct cc_span content, struct cc_digest48 *out, struct cc_err *err)
{
	return pcr_of(&content, 1, out, err);
}

int cc_nitro_pcr_of_text(const char *text, struct cc_digest48 *out, struct cc_err *err)
{
	return extend(cc_span_str(text), out, err);
}
