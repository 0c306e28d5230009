/* SPDX-License-Identifier: Apache-2.0 */
/* What an address says of a TPM: PLACE[,pcr=NUMBER]...[,log=FILE] (platform/client.h). */
#ifndef CC_PLATFORM_TPM_ADDRESS_H
#define CC_PLATFORM_TPM_ADDRESS_H

#include <stdint.h>

#include "base/err.h"

struct cc_tpm_address {
	char *place;
	uint32_t pcrs; /* 1u << index; 4 and 11 when it names none */
	char *log;     /* NULL: it names none; "": it wants none */
};
#define CC_AUTO_TPM_ADDRESS CC_CLEANUP(cc_tpm_address_clear)

/* `usual` is the place of an address that names none. `out` is zeroed before the call. */
int cc_tpm_address_read(const char *where, const char *usual, struct cc_tpm_address *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
void cc_tpm_address_clear(struct cc_tpm_address *address) CC_NONNULL;

#endif
