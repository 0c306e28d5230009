/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SGX extension of a PCK certificate, OID 1.2.840.113741.1.13.1 (Intel, "SGX PCK
 * Certificate and CRL Profile" 1.3.5): what the processor vendor says of one machine.
 *
 * The PPID, which identifies a machine for good, is checked for its form and dropped.
 */
#ifndef CC_EVIDENCE_PCK_H
#define CC_EVIDENCE_PCK_H

#include "base/span.h"

#define CC_PCK_OID "1.2.840.113741.1.13.1"
#define CC_SGX_COMPONENTS 16

struct cc_pck {
	uint8_t components[CC_SGX_COMPONENTS];
	uint16_t pcesvn;
	uint8_t cpusvn[16];
	uint8_t pce_id[2];
	uint8_t fmspc[6];
	uint8_t sgx_type; /* 0 standard, 1 scalable, 2 scalable with integrity */
	bool has_instance;
	uint8_t instance[16];
	bool dynamic_platform, cached_keys, smt;
};

/*
 * The content of the extension. Members may come in any order, each once; an
 * unknown one is refused. CC_E_EVIDENCE.
 */
int cc_pck_parse(struct cc_span extension, struct cc_pck *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
