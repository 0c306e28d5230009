/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS Nitro's Secure Module is asked and answers, in CBOR (aws-nitro-enclaves-nsm-api,
 * nsm_io.rs): {"Attestation": {…}} both ways, or {"Error": name}. Pure; the device is asked in
 * nsm.c alone.
 */
#ifndef CC_PLATFORM_NSM_H
#define CC_PLATFORM_NSM_H

#include "base/buf.h"
#include "crypto/hash.h"

#define CC_NSM_REQUEST_MAX ((size_t)0x1000)
#define CC_NSM_RESPONSE_MAX ((size_t)0x3000)

/* A document with this as its user data, without nonce and public key. */
int cc_nsm_request(const struct cc_digest64 *report_data, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The document in a response, borrowed. CC_E_UNAVAILABLE for an error of the module, whose name
 * the text has; CC_E_ARG for what is no response.
 */
int cc_nsm_document(struct cc_span response, struct cc_span *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
