/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands of `measure` share. They compute what a platform will say, from files that
 * nobody has to trust: a wrong file gives a measurement that no evidence has.
 */
#ifndef CC_CLI_MEASURE_H
#define CC_CLI_MEASURE_H

#include "codec/json.h"
#include "crypto/hash.h"

/* Of a kernel, an initrd, a unified kernel image or an enclave image. */
#define CC_MEASURE_FILE_MAX ((size_t)512 * 1024 * 1024)

/* A whole file of at most `max` bytes, into a buffer that takes so many. */
int cc_measure_read(const char *path, size_t max, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* The digest of a file of at most CC_MEASURE_FILE_MAX, read piece by piece. */
int cc_measure_hash(const char *path, enum cc_hash hash, struct cc_hashed *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Of an option: decimal, or hexadecimal behind 0x; at most `max`. */
int cc_measure_number(const char *option, const char *text, uint64_t max, uint64_t *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* A report: what was measured, and how. Its measurements go into `measurements` of a policy. */
int cc_measure_report(const char *platform, struct cc_json **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* "<platform>:<hex>", one that a policy can list. */
int cc_measure_add(struct cc_json *report, struct cc_span measurement,
		   struct cc_err *err) CC_MUST CC_NONNULL;
#define CC_OPT_REGISTERS(type)                                                                  \
	{                                                                                       \
		"registers", 0, CC_OPT_FLAG, offsetof(type, registers), NULL,                   \
			"lines for a policy demand the registers above one by one", false, NULL \
	}
/*
 * In the place of each measurement a line with the registers that are in the report, as policy(5)
 * has them: of a TPM alone, whose measurement covers which PCRs are quoted, else beside the value.
 */
int cc_measure_by_registers(struct cc_json *report, struct cc_err *err) CC_MUST CC_NONNULL;
/* As `output` says; text ends in the lines for a policy. */
int cc_measure_print(const char *output, struct cc_json *report,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
