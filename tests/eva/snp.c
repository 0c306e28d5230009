/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes that are as long as a report without a table of certificates. */
#include "evidence/snp.h"

#include "__fc_builtin.h"

#define REPORT_LEN 1184

static uint8_t bytes[REPORT_LEN];

int main(void)
{
	struct cc_snp_evidence evidence = { 0 };
	struct cc_err err = { 0 };

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	return cc_snp_parse(CC_SPAN(bytes), &evidence, &err);
}
