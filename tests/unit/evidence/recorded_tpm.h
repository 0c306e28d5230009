/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded quotes of TPMs: values of PCRs and certificates of who issued. */
#ifndef CC_TESTS_UNIT_EVIDENCE_RECORDED_TPM_H
#define CC_TESTS_UNIT_EVIDENCE_RECORDED_TPM_H

#include "tests/unit/evidence/recorded.h"

#include "codec/json.h"
#include "crypto/x509.h"
#include "evidence/tpm.h"

/* Where the pool of certificates is among cc_collateral_files. */
static inline struct cc_buf *certs_of(struct recorded *r)
{
	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++)
		if (cc_str_eq(cc_collateral_files[f].member, "certs"))
			return &r->files[f];
	return NULL;
}

/* {"0": hex, "1": hex, …} of up to 24 */
static inline int recorded_values(const char *name, const char *file, struct cc_buf *out,
				  struct cc_span pcrs[CC_TPM_PCRS], size_t *count,
				  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *hex = NULL;
	struct cc_mut to = { 0 };
	char index[24];

	CC_TRY(recorded_read(name, file, &text, err));
	CC_TRY(cc_json_parse(cc_buf_span(&text), 8192, &json, err));
	CC_TRY(cc_buf_reserve(out, (size_t)CC_TPM_PCRS * CC_HASH_LEN_MAX, err));
	for (*count = 0; *count < CC_TPM_PCRS; (*count)++) {
		(void)snprintf(index, sizeof(index), "%zu", *count);
		if (!cc_json_has(json, index))
			break;
		CC_TRY(cc_json_get_str(json, index, &hex, err));
		CC_TRY(cc_buf_extend(out, strlen(hex) / 2, &to, err));
		CC_TRY(cc_hex_parse_fixed(cc_span_str(hex), index, to, err));
		pcrs[*count] = cc_span(to.at, to.len);
	}
	return 0;
}

static inline int recorded_add_cert(struct recorded *r, const char *name, const char *file,
				    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;

	CC_TRY(recorded_read(name, file, &der, err));
	CC_TRY(cc_cert_from_der(cc_buf_span(&der), &cert, err));
	return cc_cert_to_pem(cert, certs_of(r), err);
}

#endif
