/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pe.h"

#include "base/str.h"

#define DOS_POINTER 60 /* u32: where the signature lies */
#define COFF_LEN 20
#define SECTION_LEN 40
#define PE32 0x10b
#define PE32_PLUS 0x20b
#define CERTIFICATES 4 /* which of the directories */

struct coff {
	size_t optional_at;
	uint16_t sections, optional_len;
};

static struct cc_reader reader_at(struct cc_span file, size_t at)
{
	return cc_reader(cc_span_sub(file, at, file.len));
}

static int read_coff(struct cc_span file, struct coff *out, struct cc_err *err)
{
	struct cc_reader r = reader_at(file, DOS_POINTER);
	struct cc_span ignored = { 0 }, signature = { 0 };
	uint32_t at = 0;

	if (file.len < 2 || file.at[0] != 'M' || file.at[1] != 'Z')
		return cc_fail(err, CC_E_ARG, "it does not begin with 'MZ'");
	CC_TRY(cc_read_u32le(&r, "offset of the PE header", &at, err));
	r = reader_at(file, at);
	CC_TRY(cc_read_span(&r, 4, "signature", &signature, err));
	if (!cc_span_eq(signature, cc_span("PE\0\0", 4)))
		return cc_fail(err, CC_E_ARG, "no PE header at 0x%x", at);
	CC_TRY(cc_read_span(&r, 2, "machine", &ignored, err));
	CC_TRY(cc_read_u16le(&r, "sections", &out->sections, err));
	CC_TRY(cc_read_span(&r, 12, "COFF header", &ignored, err));
	CC_TRY(cc_read_u16le(&r, "length of the optional header", &out->optional_len, err));
	out->optional_at = (size_t)at + 4 + COFF_LEN;
	if (out->sections == 0 || out->sections > CC_PE_SECTIONS_MAX)
		return cc_fail(err, CC_E_ARG, "%u sections are not 1 to %d", out->sections,
			       CC_PE_SECTIONS_MAX);
	return 0;
}

/* The directory of certificates; a file need not have one. */
static int read_directory(struct cc_span optional, size_t count_at, const struct coff *coff,
			  struct cc_pe *out, struct cc_err *err)
{
	struct cc_reader r = reader_at(optional, count_at);
	size_t at = count_at + 4 + (size_t)8 * CERTIFICATES;
	uint32_t count = 0, certificates_at = 0, len = 0;

	CC_TRY(cc_read_u32le(&r, "number of directories", &count, err));
	if (count <= CERTIFICATES)
		return 0;
	r = reader_at(optional, at);
	CC_TRY(cc_read_u32le(&r, "offset of the certificates", &certificates_at, err));
	CC_TRY(cc_read_u32le(&r, "length of the certificates", &len, err));
	out->directory_at = coff->optional_at + at;
	/* Only at the end, where their length can be taken off what is hashed. */
	if (len > 0 && (uint64_t)certificates_at + len != out->file.len)
		return cc_fail(err, CC_E_ARG, "the certificates at 0x%x do not end with the file",
			       certificates_at);
	out->certificates_len = len;
	return 0;
}

static int read_optional(const struct coff *coff, struct cc_pe *out, struct cc_err *err)
{
	struct cc_reader r = reader_at(out->file, coff->optional_at);
	struct cc_span optional = { 0 };
	uint32_t headers_len = 0;
	uint16_t magic = 0;

	CC_TRY(cc_read_span(&r, coff->optional_len, "optional header", &optional, err));
	r = cc_reader(optional);
	CC_TRY(cc_read_u16le(&r, "optional header", &magic, err));
	if (magic != PE32 && magic != PE32_PLUS)
		return cc_fail(err, CC_E_UNSUPPORTED, "optional header 0x%x is no PE32 or PE32+",
			       magic);
	r = reader_at(optional, 60);
	CC_TRY(cc_read_u32le(&r, "length of the headers", &headers_len, err));
	out->headers_len = headers_len;
	out->checksum_at = coff->optional_at + 64;
	return read_directory(optional, magic == PE32 ? 92 : 108, coff, out, err);
}

static int read_section(struct cc_reader *r, const struct cc_pe *pe, struct cc_pe_section *out,
			struct cc_err *err)
{
	struct cc_span ignored = { 0 };
	uint32_t len = 0;

	CC_TRY(cc_read_copy(r, "name", (struct cc_mut){ (uint8_t *)out->name, 8 }, err));
	CC_TRY(cc_read_u32le(r, "size", &out->size, err));
	CC_TRY(cc_read_span(r, 4, "address", &ignored, err));
	CC_TRY(cc_read_u32le(r, "length", &len, err));
	CC_TRY(cc_read_u32le(r, "offset", &out->at, err));
	CC_TRY(cc_read_span(r, 16, "rest", &ignored, err));
	if (len > 0 && (out->at < pe->headers_len ||
			(uint64_t)out->at + len > pe->file.len - pe->certificates_len))
		return cc_fail(err, CC_E_ARG, "0x%x bytes at 0x%x are no part of the file", len,
			       out->at);
	out->data = len == 0 ? cc_span(NULL, 0) : cc_span_sub(pe->file, out->at, len);
	return 0;
}

/* By offset, the empty ones first; sections are few. */
static void insert(struct cc_pe *pe, const struct cc_pe_section *section)
{
	size_t at = pe->count++;

	for (; at > 0 && (section->data.len == 0 || (pe->sections[at - 1].data.len > 0 &&
						     pe->sections[at - 1].at > section->at));
	     at--)
		pe->sections[at] = pe->sections[at - 1];
	pe->sections[at] = *section;
}

static int read_sections(const struct coff *coff, struct cc_pe *out, struct cc_err *err)
{
	size_t at = coff->optional_at + coff->optional_len;
	struct cc_reader r = reader_at(out->file, at);

	if (at + coff->sections * (size_t)SECTION_LEN > out->headers_len ||
	    out->headers_len > out->file.len - out->certificates_len)
		return cc_fail(err, CC_E_ARG, "0x%zx bytes of headers do not hold %u sections",
			       out->headers_len, coff->sections);
	for (size_t i = 0; i < coff->sections; i++, at += SECTION_LEN) {
		struct cc_pe_section section = { 0 };

		if (read_section(&r, out, &section, err) != 0)
			return cc_wrap(err, "section at 0x%zx", at);
		insert(out, &section);
	}
	return 0;
}

/* Bytes of two sections would be hashed twice, and which of them is loaded nobody knows. */
static int check_overlap(const struct cc_pe *pe, struct cc_err *err)
{
	uint64_t end = pe->headers_len;

	for (size_t i = 0; i < pe->count; i++) {
		if (pe->sections[i].data.len == 0)
			continue;
		if (pe->sections[i].at < end)
			return cc_fail(err, CC_E_ARG, "two sections share the byte at 0x%x",
				       pe->sections[i].at);
		end = (uint64_t)pe->sections[i].at + pe->sections[i].data.len;
	}
	return 0;
}

static int parse(struct cc_pe *pe, struct cc_err *err)
{
	struct coff coff = { 0 };

	CC_TRY(read_coff(pe->file, &coff, err));
	CC_TRY(read_optional(&coff, pe, err));
	CC_TRY(read_sections(&coff, pe, err));
	return check_overlap(pe, err);
}

int cc_pe_parse(struct cc_span file, struct cc_pe *out, struct cc_err *err)
{
	struct cc_pe pe = { .file = file };

	if (parse(&pe, err) != 0)
		return cc_wrap(err, "executable");
	*out = pe;
	return 0;
}

/* The headers without the checksum and the directory of certificates. */
static int hash_headers(const struct cc_pe *pe, struct cc_hasher *h, struct cc_err *err)
{
	struct cc_span bytes = pe->file;
	size_t from = pe->checksum_at + 4;

	CC_TRY(cc_hasher_add(h, cc_span_sub(bytes, 0, pe->checksum_at), err));
	if (pe->directory_at != 0) {
		CC_TRY(cc_hasher_add(h, cc_span_sub(bytes, from, pe->directory_at - from), err));
		from = pe->directory_at + 8;
	}
	return cc_hasher_add(h, cc_span_sub(bytes, from, pe->headers_len - from), err);
}

int cc_pe_authenticode(const struct cc_pe *pe, enum cc_hash hash, struct cc_hashed *out,
		       struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *h = NULL;
	size_t hashed = pe->headers_len, last = pe->file.len - pe->certificates_len;

	CC_TRY(cc_hasher_new_of(hash, &h, err));
	CC_TRY(hash_headers(pe, h, err));
	for (size_t i = 0; i < pe->count; i++) {
		const struct cc_pe_section *section = &pe->sections[i];

		CC_TRY(cc_hasher_add(h, section->data, err));
		hashed += section->data.len;
	}
	/* By the count of what was hashed, as the specification has it, not by where it ended. */
	CC_TRY(cc_hasher_add(h, cc_span_sub(pe->file, hashed, last - hashed), err));
	return cc_hasher_done_of(h, out, err);
}

int cc_pe_find(const struct cc_pe *pe, const char *name, const struct cc_pe_section **out,
	       struct cc_err *err)
{
	const struct cc_pe_section *found = NULL;

	for (size_t i = 0; i < pe->count; i++) {
		if (!cc_str_eq(pe->sections[i].name, name))
			continue;
		if (found != NULL)
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "executable: it has two sections '%s'", name);
		found = &pe->sections[i];
	}
	*out = found;
	return 0;
}
