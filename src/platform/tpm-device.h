/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TPM 2.0 that answers one command after the other: a device of Linux (with the resource manager
 * /dev/tpmrm0, or /dev/tpm0, which one program has at a time), or the UNIX socket of a software
 * TPM, which speaks the same bytes.
 */
#ifndef CC_PLATFORM_TPM_DEVICE_H
#define CC_PLATFORM_TPM_DEVICE_H

#include "platform/tpm-command.h"

struct cc_tpm_device {
	int fd;
	bool is_socket;
};
#define CC_TPM_DEVICE_NONE ((struct cc_tpm_device){ .fd = -1 })

/* CC_E_UNSUPPORTED when there is none. */
int cc_tpm_device_open(const char *path, struct cc_tpm_device *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
void cc_tpm_device_close(struct cc_tpm_device *device) CC_NONNULL;
/* `out` borrows from `bytes`, which is emptied before. Errors of cc_tpm_response_read, too. */
int cc_tpm_ask(const struct cc_tpm_device *device, const struct cc_tpm_call *call,
	       struct cc_buf *bytes, struct cc_tpm_response *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
