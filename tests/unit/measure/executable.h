/* SPDX-License-Identifier: Apache-2.0 */
/* Executables; tests/e2e/measured.py makes the same and says what they measure as. */
#ifndef CC_TESTS_UNIT_MEASURE_EXECUTABLE_H
#define CC_TESTS_UNIT_MEASURE_EXECUTABLE_H

#include "tests/unit/measure/vectors.h"

#define EXECUTABLE_HEADERS 0x600
#define EXECUTABLE_COFF 0x284
#define EXECUTABLE_OPTIONAL 0x298
#define EXECUTABLE_CERTIFICATES (EXECUTABLE_OPTIONAL + 112 + 32)
#define EXECUTABLE_SECTIONS (EXECUTABLE_OPTIONAL + 112 + 128)

struct executable_section {
	const char *name, *text;
	uint32_t repeats, size;
};

static inline void executable_put(struct cc_buf *file, size_t at, size_t len, uint64_t value)
{
	for (size_t i = 0; i < len; i++)
		file->at[at + i] = (uint8_t)(value >> (8 * i));
}

static inline void executable_section(struct cc_buf *file, size_t at,
				      const struct executable_section *section)
{
	size_t from = file->len;
	struct cc_err err = { 0 };

	for (uint32_t i = 0; i < section->repeats; i++)
		assert_int_equal(cc_buf_add_str(file, section->text, &err), 0);
	while (file->len % 0x200 != 0)
		assert_int_equal(cc_buf_add_u8(file, 0, &err), 0);
	memcpy(file->at + at, section->name, strlen(section->name));
	executable_put(file, at + 8, 4, section->size);
	executable_put(file, at + 12, 4, 0x1000);
	executable_put(file, at + 16, 4, file->len - from);
	executable_put(file, at + 20, 4, from);
}

/* A PE32+ with sixteen directories, of which none is there. */
static inline void executable_make(const struct executable_section *sections, size_t count,
				   struct cc_buf *out)
{
	struct cc_mut headers = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_extend(out, EXECUTABLE_HEADERS, &headers, &err), 0);
	memset(headers.at, 0, headers.len);
	memcpy(out->at, "MZ", 2);
	executable_put(out, 60, 4, EXECUTABLE_COFF - 4);
	memcpy(out->at + EXECUTABLE_COFF - 4, "PE", 2);
	executable_put(out, EXECUTABLE_COFF, 2, 0x8664);
	executable_put(out, EXECUTABLE_COFF + 2, 2, count);
	executable_put(out, EXECUTABLE_COFF + 16, 2, 112 + 128);
	executable_put(out, EXECUTABLE_OPTIONAL, 2, 0x20b);
	executable_put(out, EXECUTABLE_OPTIONAL + 60, 4, EXECUTABLE_HEADERS);
	executable_put(out, EXECUTABLE_OPTIONAL + 64, 4, 0x11223344);
	executable_put(out, EXECUTABLE_OPTIONAL + 108, 4, 16);
	for (size_t i = 0; i < count; i++)
		executable_section(out, EXECUTABLE_SECTIONS + 40 * i, &sections[i]);
}

/* A kernel with a setup header of this boot protocol. */
static inline void executable_kernel(uint32_t protocol, uint32_t flags, struct cc_buf *out)
{
	static const struct executable_section text = { ".text", "linux", 200, 1000 };

	executable_make(&text, 1, out);
	memcpy(out->at + 0x202, "HdrS", 4);
	executable_put(out, 0x206, 2, protocol);
	executable_put(out, 0x211, 1, 1);
	executable_put(out, 0x22c, 4, 0x7fffffff);
	executable_put(out, 0x236, 1, flags);
}

#endif
