/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A firmware image of two pages, with all that a real one says about its launch. The image and
 * the digests that tests expect of it are computed again by tests/e2e/measured.py.
 */
#ifndef CC_TESTS_UNIT_MEASURE_FIRMWARE_H
#define CC_TESTS_UNIT_MEASURE_FIRMWARE_H

#include "tests/unit/test.h"

#include "base/buf.h"
#include "codec/text.h"

#define FIRMWARE_LEN 8192
#define FIRMWARE_SEV 0x1800  /* the SEV metadata */
#define FIRMWARE_TDVF 0x1900 /* the TDVF metadata */
#define FIRMWARE_END 0x1fe0  /* of the table */
#define FIRMWARE_HASHES_GPA 0x810c00
#define FIRMWARE_RESET 0x80b004

struct firmware {
	uint8_t b[FIRMWARE_LEN];
};

static inline struct cc_span firmware_span(const struct firmware *firmware)
{
	return cc_span(firmware->b, sizeof(firmware->b));
}

static inline void firmware_put(struct firmware *firmware, size_t at, size_t len, uint64_t value)
{
	for (size_t i = 0; i < len; i++)
		firmware->b[at + i] = (uint8_t)(value >> (8 * i));
}

static inline void firmware_hex(struct firmware *firmware, size_t at, const char *hex)
{
	struct cc_mut to = { firmware->b + at, strlen(hex) / 2 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hex_parse_fixed(cc_span_str(hex), "hex", to, &err), 0);
}

/* An entry of the table, with its data of a u32le, which ends at `end`; where it begins. */
static inline size_t firmware_entry(struct firmware *firmware, size_t end, const char *guid,
				    uint32_t value)
{
	firmware_hex(firmware, end - 16, guid);
	firmware_put(firmware, end - 18, 2, 22);
	firmware_put(firmware, end - 22, 4, value);
	return end - 22;
}

static inline void firmware_sections(struct firmware *firmware)
{
	static const uint32_t sev[][3] = {
		{ 0x800000, 0x2000, 1 }, { 0x80d000, 0x1000, 2 },    { 0x80e000, 0x1000, 3 },
		{ 0x80f000, 0x1000, 4 }, { 0x810000, 0x1000, 0x10 },
	};
	static const uint64_t tdvf[][6] = {
		{ 0, 0x2000, 0xffffe000, 0x2000, 0, 1 }, { 0, 0x1000, 0xffffd000, 0x1000, 1, 0 },
		{ 0, 0, 0x810000, 0x1000, 3, 0 },        { 0, 0, 0x809000, 0x2000, 2, 0 },
		{ 0x10, 0x180, 0x820000, 0x1000, 4, 1 }, { 0, 0, 0x900000, 0x1000, 4, 2 },
	};

	firmware_hex(firmware, FIRMWARE_SEV, "41534556");
	firmware_put(firmware, FIRMWARE_SEV + 4, 4, 16 + sizeof(sev));
	firmware_put(firmware, FIRMWARE_SEV + 8, 4, 1);
	firmware_put(firmware, FIRMWARE_SEV + 12, 4, CC_COUNT(sev));
	for (size_t i = 0; i < CC_COUNT(sev); i++)
		for (size_t f = 0; f < 3; f++)
			firmware_put(firmware, FIRMWARE_SEV + 16 + 12 * i + 4 * f, 4, sev[i][f]);
	firmware_hex(firmware, FIRMWARE_TDVF, "54445646");
	firmware_put(firmware, FIRMWARE_TDVF + 4, 4, 16 + 32 * CC_COUNT(tdvf));
	firmware_put(firmware, FIRMWARE_TDVF + 8, 4, 1);
	firmware_put(firmware, FIRMWARE_TDVF + 12, 4, CC_COUNT(tdvf));
	for (size_t i = 0; i < CC_COUNT(tdvf); i++) {
		static const size_t at[] = { 0, 4, 8, 16, 24, 28 }, len[] = { 4, 4, 8, 8, 4, 4 };

		for (size_t f = 0; f < CC_COUNT(at); f++)
			firmware_put(firmware, FIRMWARE_TDVF + 16 + 32 * i + at[f], len[f],
				     tdvf[i][f]);
	}
}

static inline struct firmware firmware_make(void)
{
	struct firmware made = { 0 };
	size_t at = FIRMWARE_END - 18;

	for (size_t i = 0; i < FIRMWARE_LEN; i++)
		made.b[i] = (uint8_t)(i * 7 + i / 256);
	firmware_sections(&made);
	firmware_hex(&made, FIRMWARE_END - 16, "de82b596b21ff745baeaa366c55a082d");
	at = firmware_entry(&made, at, "de71f7007e1acb4f890e68c77e2fb44e", FIRMWARE_RESET);
	at = firmware_entry(&made, at, "1f3755723b3a044b927b1da6efa8d454", FIRMWARE_HASHES_GPA);
	at = firmware_entry(&made, at, "666588dc4a989847a75e5585a7bf67cc",
			    FIRMWARE_LEN - FIRMWARE_SEV);
	at = firmware_entry(&made, at, "35657ae44a989847865e4685a7bf8ec2",
			    FIRMWARE_LEN - FIRMWARE_TDVF);
	firmware_put(&made, FIRMWARE_END - 18, 2, FIRMWARE_END - at);
	return made;
}

static inline void assert_digest_is(struct cc_span digest, const char *expected)
{
	CC_AUTO_BUF struct cc_buf hex = { 0 };
	const char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_hex_add(&hex, digest, &err), 0);
	assert_int_equal(cc_buf_str(&hex, &text, &err), 0);
	assert_string_equal(text, expected);
}

#endif
