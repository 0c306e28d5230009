/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expected measurements (docs/format/measurement.md): computed, by everyone alike,
 * from what was agreed: platform, runtime build, content digest, platform options.
 *
 * The three digests form the measured record, a text that lies in the sealed image as
 * /concordat/measured. A platform measures the record and the runtime that reads it.
 */
#ifndef CC_MEASURE_MEASURE_H
#define CC_MEASURE_MEASURE_H

#include "codec/json.h"

#define CC_MEASURED_PATH "concordat/measured" /* below the root of the image */
#define CC_MEASURED_MAX ((size_t)4096)        /* one page of an enclave */
#define CC_MEASUREMENT_LEN_MAX 64

struct cc_measured {
	struct cc_digest runtime; /* SHA-256 of the runtime's executable */
	struct cc_digest content; /* salted content digest; zero for a CAS */
	struct cc_digest options; /* cc_measure_options */
};

struct cc_measurement {
	uint8_t b[CC_MEASUREMENT_LEN_MAX];
	size_t len; /* 32 for sgx */
};

/* SHA-256 of the canonical form; NULL stands for {}. */
int cc_measure_options(const struct cc_json *options, struct cc_digest *out,
		       struct cc_err *err) CC_MUST __attribute__((nonnull(2, 3)));

int cc_measured_print(const struct cc_measured *record, struct cc_buf *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly the bytes that cc_measured_print writes: one record has one text. */
int cc_measured_parse(struct cc_span text, struct cc_measured *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* MRENCLAVE of the enclave that holds this record. */
int cc_measure_sgx(const struct cc_measured *record, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * For the platform of this name ("sgx"); the simulation of a platform measures as the
 * platform does. CC_E_UNSUPPORTED for one whose launch this build can not predict.
 */
int cc_measure(const char *platform, const struct cc_measured *record, struct cc_measurement *out,
	       struct cc_err *err) CC_MUST CC_NONNULL;
/* What the enclave of a CAS measures: its keeper's executable, no content, no options. */
int cc_measured_of_cas(const struct cc_digest *keeper, struct cc_measured *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
