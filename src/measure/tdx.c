/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/tdx.h"

#define PAGE CC_FIRMWARE_PAGE
#define CHUNK ((size_t)256)
#define GPA_MAX ((uint64_t)1 << 52)

/* e47a6535-984a-4798-865e-4685a7bf8ec2: where each section lies in file and memory */
static const struct cc_ovmf_table metadata = {
	{ { 0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47, 0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf,
	    0x8e, 0xc2 } },
	"TDVF",
	32,
	CC_TDVF_SECTIONS_MAX,
};

static int check_section(const struct cc_tdvf_section *s, struct cc_err *err)
{
	if (s->kind > CC_TDVF_PERM_MEM)
		return cc_fail(err, CC_E_UNSUPPORTED, "kind %u is not known", s->kind);
	if ((s->attributes & ~(CC_TDVF_EXTEND | CC_TDVF_PAGE_AUG)) != 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "attributes 0x%x are not known",
			       s->attributes);
	if (s->gpa % PAGE != 0 || s->size % PAGE != 0 || s->size == 0 || s->gpa >= GPA_MAX ||
	    s->size > GPA_MAX - s->gpa)
		return cc_fail(err, CC_E_ARG, "0x%llx bytes at 0x%llx are no whole pages",
			       (unsigned long long)s->size, (unsigned long long)s->gpa);
	/* Accepted by the guest, it cannot be measured before. */
	if (s->attributes == (CC_TDVF_EXTEND | CC_TDVF_PAGE_AUG))
		return cc_fail(err, CC_E_ARG, "it is measured and not there at launch");
	return 0;
}

static int read_section(struct cc_reader *r, struct cc_span image, struct cc_tdvf_section *out,
			struct cc_err *err)
{
	uint32_t at = 0, len = 0;

	CC_TRY(cc_read_u32le(r, "offset", &at, err));
	CC_TRY(cc_read_u32le(r, "length", &len, err));
	CC_TRY(cc_read_u64le(r, "address", &out->gpa, err));
	CC_TRY(cc_read_u64le(r, "size", &out->size, err));
	CC_TRY(cc_read_u32le(r, "kind", &out->kind, err));
	CC_TRY(cc_read_u32le(r, "attributes", &out->attributes, err));
	CC_TRY(check_section(out, err));
	if ((uint64_t)at + len > image.len || len > out->size)
		return cc_fail(err, CC_E_ARG, "0x%x bytes at 0x%x are no part of the image", len,
			       at);
	out->data = len == 0 ? cc_span(NULL, 0) : cc_span_sub(image, at, len);
	return 0;
}

int cc_tdvf_parse(const struct cc_ovmf *ovmf, struct cc_tdvf *out, struct cc_err *err)
{
	struct cc_tdvf tdvf = { 0 };
	struct cc_span items = { 0 };
	struct cc_reader r = { 0 };
	uint64_t added = 0;

	if (cc_ovmf_items(ovmf, &metadata, &items, err) != 0)
		return err->code != CC_E_NOTFOUND
			       ? -1
			       : cc_fail(err, CC_E_UNSUPPORTED,
					 "firmware: it has no TDVF metadata and does not start "
					 "under TDX");
	for (r = cc_reader(items); r.rest.len > 0; tdvf.count++) {
		struct cc_tdvf_section *section = &tdvf.sections[tdvf.count];
		size_t at = (size_t)(r.rest.at - ovmf->image.at);

		if (read_section(&r, ovmf->image, section, err) != 0)
			return cc_wrap(err, "firmware: TDVF section at 0x%zx", at);
		/* Each is below 2^52, and there are few: no sum runs over. */
		added += (section->attributes & CC_TDVF_PAGE_AUG) != 0 ? 0 : section->size;
		if (added > CC_FIRMWARE_MAX)
			return cc_fail(err, CC_E_TOOBIG,
				       "firmware: its TDVF sections have more than %zu bytes",
				       CC_FIRMWARE_MAX);
	}
	*out = tdvf;
	return 0;
}

/* The record of 128 bytes for a step: its name, and an address at 16. */
static int add_record(struct cc_hasher *h, struct cc_span name, uint64_t gpa, struct cc_err *err)
{
	uint8_t record[128] = { 0 };

	memcpy(record, name.at, name.len);
	for (size_t i = 0; i < 8; i++)
		record[16 + i] = (uint8_t)(gpa >> (8 * i));
	return cc_hasher_add(h, CC_SPAN(record), err);
}

/* MR.EXTEND of the page at `at`, chunk by chunk. */
static int extend_page(struct cc_hasher *h, const struct cc_tdvf_section *section, uint64_t at,
		       struct cc_err *err)
{
	for (uint64_t end = at + PAGE; at < end; at += CHUNK) {
		struct cc_span chunk = cc_span_sub(section->data, at, CHUNK);
		uint8_t padded[CHUNK] = { 0 };

		if (chunk.len > 0)
			memcpy(padded, chunk.at, chunk.len);
		CC_TRY(add_record(h, cc_span_str("MR.EXTEND"), section->gpa + at, err));
		CC_TRY(cc_hasher_add(h, CC_SPAN(padded), err));
	}
	return 0;
}

/* One pass over the pages of a section: adds them, measures them, or both. */
static int pass(struct cc_hasher *h, const struct cc_tdvf_section *section, bool adds, bool extends,
		struct cc_err *err)
{
	adds = adds && (section->attributes & CC_TDVF_PAGE_AUG) == 0;
	extends = extends && (section->attributes & CC_TDVF_EXTEND) != 0;
	if (!adds && !extends)
		return 0;
	for (uint64_t at = 0; at < section->size; at += PAGE) {
		if (adds)
			CC_TRY(add_record(h, cc_span_str("MEM.PAGE.ADD"), section->gpa + at, err));
		if (extends)
			CC_TRY(extend_page(h, section, at, err));
	}
	return 0;
}

int cc_tdx_mrtd(const struct cc_tdvf *tdvf, enum cc_tdx_order order, struct cc_digest48 *out,
		struct cc_err *err)
{
	bool is_single = order == CC_TDX_SINGLE_PASS;
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	struct cc_hashed hashed = { 0 };

	CC_TRY(cc_hasher_new_of(CC_HASH_SHA384, &h, err));
	for (size_t i = 0; i < tdvf->count; i++) {
		CC_TRY(pass(h, &tdvf->sections[i], true, is_single, err));
		if (!is_single)
			CC_TRY(pass(h, &tdvf->sections[i], false, true, err));
	}
	CC_TRY(cc_hasher_done_of(h, &hashed, err));
	memcpy(out->b, hashed.b, sizeof(out->b));
	return 0;
}
