/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MRENCLAVE (Intel SDM volume 3D, section 39.17: ECREATE, EADD, EEXTEND): SHA-256 over a record of
 * 64 bytes for each step of building an enclave, and 256 bytes behind each EEXTEND.
 *
 * It comes from a layout, which lists areas in the order in which they are added; from a stream
 * of the steps themselves, as .sgxs files have it; or from what a signer says (SIGSTRUCT). Pure.
 */
#ifndef CC_MEASURE_SGX_H
#define CC_MEASURE_SGX_H

#include "codec/json.h"

#define CC_SGX_PAGE ((uint64_t)4096)
#define CC_SGX_AREAS_MAX 256
#define CC_SGX_ADDED_MAX ((uint64_t)64 << 30)   /* bytes of all areas */
#define CC_SGX_MEASURED_MAX ((uint64_t)1 << 30) /* of those that are measured */
#define CC_SGX_LAYOUT_MAX ((size_t)256 * 1024)  /* of the text */

/* Bits of permissions. */
#define CC_SGX_R 1U
#define CC_SGX_W 2U
#define CC_SGX_X 4U

struct cc_sgx_area {
	uint64_t at, pages; /* `at` in bytes from the start of the enclave */
	bool is_tcs;        /* thread control structures, which have no permissions */
	uint32_t permissions;
	bool is_measured;    /* else its pages are there and their bytes are anything */
	const char *file;    /* as the layout names it, borrowed; NULL: zeroes */
	struct cc_span data; /* zeroes follow */
};

struct cc_sgx_layout {
	uint64_t enclave_size; /* a power of two */
	uint32_t ssa_frame_pages;
	struct cc_sgx_area areas[CC_SGX_AREAS_MAX];
	size_t count;
};

/* docs/format/measurement.md; `data` of areas is empty. CC_E_ARG, CC_E_TOOBIG. */
int cc_sgx_layout_read(const struct cc_json *json, struct cc_sgx_layout *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* CC_E_ARG for areas that no enclave can have: outside of it, or twice at one place. */
int cc_sgx_measure(const struct cc_sgx_layout *layout, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* A stream whose steps are whole and in an order that a processor takes. */
struct cc_sgxs {
	uint64_t enclave_size;
	size_t pages;
	struct cc_digest mrenclave;
};
bool cc_sgxs_is(struct cc_span bytes);
int cc_sgxs_measure(struct cc_span stream, struct cc_sgxs *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* Bytes alone: cc_sigstruct_verify says whether the signer has said so. */
struct cc_sigstruct {
	struct cc_digest mrenclave, mrsigner;
	uint16_t isvprodid, isvsvn;
	bool is_debug;
};
bool cc_sigstruct_is(struct cc_span bytes);
int cc_sigstruct_parse(struct cc_span bytes, struct cc_sigstruct *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * As EINIT does: the signature by the key that MRSIGNER is the hash of, and Q1 and Q2.
 * CC_E_EVIDENCE; CC_E_NOTFOUND when the place of the signature is empty.
 */
int cc_sigstruct_verify(struct cc_span bytes, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
