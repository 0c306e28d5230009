/* SPDX-License-Identifier: Apache-2.0 */
/* Which TPMs are believed beside Google's: those of a maker, and those enrolled one by one. */
#ifndef CC_CLI_TPM_ROOTS_H
#define CC_CLI_TPM_ROOTS_H

#include "base/opt.h"
#include "evidence/roots.h"

struct cc_tpm_options {
	struct cc_strings roots; /* files with certificates in PEM */
	struct cc_strings keys;  /* digests in the Names of attestation keys, hexadecimal */
};

/* clang-format off */
#define CC_OPT_TPMS(type, member)                                                               \
	{ "tpm-root", 0, CC_OPT_LIST, offsetof(type, member.roots), "FILE",                     \
	  "accept TPMs whose keys these certificates (PEM) lead to; may be repeated", false, NULL }, \
	{ "tpm-key", 0, CC_OPT_LIST, offsetof(type, member.keys), "HEX",                        \
	  "accept the TPM whose attestation key has this Name; may be repeated", false, NULL }
/* clang-format on */

/* Added as measured-only, never more. */
int cc_tpms_chosen(const struct cc_tpm_options *options, struct cc_roots *roots,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
