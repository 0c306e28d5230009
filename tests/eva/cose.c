/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as COSE_Sign1. */
#include "codec/cose.h"

#include "__fc_builtin.h"

static uint8_t bytes[256];

int main(void)
{
	struct cc_span text = cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes)));
	struct cc_cose cose = { 0 };
	struct cc_err err = { 0 };

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	return cc_cose_parse(text, &cose, &err);
}
