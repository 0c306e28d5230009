/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of evidence, written field by field. */
#ifndef CC_TESTS_UNIT_EVIDENCE_PIECES_H
#define CC_TESTS_UNIT_EVIDENCE_PIECES_H

#include "tests/unit/test.h"

#include "base/buf.h"
#include "evidence/sgx.h"
#include "evidence/tdx.h"
#include "evidence/tpm.h"

static inline void piece_u8(struct cc_buf *to, uint8_t value)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u8(to, value, &err), 0);
}

static inline void piece_u16(struct cc_buf *to, uint16_t value)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u16be(to, value, &err), 0);
}

static inline void piece_u32(struct cc_buf *to, uint32_t value)
{
	piece_u16(to, (uint16_t)(value >> 16));
	piece_u16(to, (uint16_t)value);
}

static inline void piece_fill(struct cc_buf *to, uint8_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		piece_u8(to, value);
}

static inline void piece_sized(struct cc_buf *to, uint8_t value, uint16_t len)
{
	piece_u16(to, len);
	piece_fill(to, value, len);
}

/* TPMS_ATTEST of a quote over PCR 0 and 17 of SHA-256 and PCR 1 of SHA-1. */
static inline void piece_attest(struct cc_buf *to)
{
	piece_u32(to, 0xff544347);
	piece_u16(to, CC_TPM_ST_QUOTE);
	piece_sized(to, 0xab, 34); /* signer */
	piece_sized(to, 0xcd, 20); /* qualifying */
	piece_u32(to, 0);
	piece_u32(to, 4711); /* clock */
	piece_u32(to, 3);    /* resets */
	piece_u32(to, 2);    /* restarts */
	piece_u8(to, 1);     /* safe */
	piece_u32(to, 0x20160511);
	piece_u32(to, 0x00162800);
	piece_u32(to, 2);
	piece_u16(to, CC_TPM_ALG_SHA256);
	piece_u8(to, 3);
	piece_u8(to, 0x01);
	piece_u8(to, 0x00);
	piece_u8(to, 0x02);
	piece_u16(to, CC_TPM_ALG_SHA1);
	piece_u8(to, 1);
	piece_u8(to, 0x02);
	piece_sized(to, 0xef, 32);
}

/* TPMT_SIGNATURE. */
static inline void piece_signature(struct cc_buf *to)
{
	piece_u16(to, CC_TPM_ALG_RSASSA);
	piece_u16(to, CC_TPM_ALG_SHA256);
	piece_sized(to, 0x55, 256);
}

/* What tpm2_quote --pcr writes: PCR 0 and 17 of SHA-256. */
static inline void piece_values(struct cc_buf *to)
{
	static const uint8_t selection[] = { 1, 0, 0, 0, 0x0b, 0, 3, 1, 0, 2, 0, 0 };
	static const uint8_t count[] = { 1, 0, 0, 0, 2, 0, 0, 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add(to, CC_SPAN(selection), &err), 0);
	piece_fill(to, 0, 132 - sizeof(selection));
	assert_int_equal(cc_buf_add(to, CC_SPAN(count), &err), 0);
	for (uint8_t i = 0; i < 2; i++) {
		assert_int_equal(cc_buf_add_u16le(to, 32, &err), 0);
		piece_fill(to, i, 32);
		piece_fill(to, 0, CC_HASH_LEN_MAX - 32);
	}
	piece_fill(to, 0, 6 * (2 + CC_HASH_LEN_MAX));
}

/* Each field of a TDREPORT is filled with one number; the MAC covers neither part. */
static inline void piece_td_local(struct cc_buf *to)
{
	piece_u32(to, 0x81000100);
	piece_fill(to, 0, 12);
	piece_fill(to, 1, 16); /* CPUSVN */
	piece_fill(to, 2, 48); /* TEE_TCB_INFO_HASH */
	piece_fill(to, 3, 48); /* TEE_INFO_HASH */
	piece_fill(to, 4, 64); /* REPORTDATA */
	piece_fill(to, 0, 32);
	piece_fill(to, 5, 32);  /* MAC */
	piece_fill(to, 6, 8);   /* VALID */
	piece_fill(to, 7, 16);  /* TEE_TCB_SVN */
	piece_fill(to, 8, 48);  /* MRSEAM */
	piece_fill(to, 9, 48);  /* MRSIGNERSEAM */
	piece_fill(to, 10, 8);  /* SEAMATTRIBUTES */
	piece_fill(to, 11, 16); /* TEE_TCB_SVN2 */
	piece_fill(to, 0, 95 + 17);
	piece_fill(to, 12, 8);  /* ATTRIBUTES */
	piece_fill(to, 13, 8);  /* XFAM */
	piece_fill(to, 14, 48); /* MRTD */
	piece_fill(to, 15, 48); /* MRCONFIGID */
	piece_fill(to, 16, 48); /* MROWNER */
	piece_fill(to, 17, 48); /* MROWNERCONFIG */
	for (uint8_t i = 0; i < CC_RTMRS; i++)
		piece_fill(to, (uint8_t)(18 + i), 48);
	piece_fill(to, 22, 48); /* SERVTD_HASH */
	piece_fill(to, 0, 64);
}

/* A REPORT of an initialised enclave. */
static inline void piece_sgx_local(struct cc_buf *to)
{
	piece_fill(to, 1, 16); /* CPUSVN */
	piece_fill(to, 0, 32);
	piece_u8(to, 5); /* ATTRIBUTES: INIT, MODE64BIT */
	piece_fill(to, 0, 15);
	piece_fill(to, 2, 32); /* MRENCLAVE */
	piece_fill(to, 0, 32);
	piece_fill(to, 3, 32); /* MRSIGNER */
	piece_fill(to, 0, 32 + 64 + 6 + 42 + 16);
	piece_fill(to, 4, 64); /* REPORTDATA */
	piece_fill(to, 5, 32); /* KEYID */
	piece_fill(to, 6, 16); /* MAC */
}

#endif
