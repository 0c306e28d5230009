/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes, of any length to 300, as an element of DER, as a number and as a truth value. */
#include "crypto/der.h"

#include "__fc_builtin.h"

static uint8_t bytes[300];

int main(void)
{
	struct cc_span content = { 0 };
	struct cc_err err = { 0 };
	uint64_t number = 0;
	bool truth = false;
	struct cc_reader r = cc_reader(cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes))));

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	if (Frama_C_nondet(0, 1) != 0)
		return cc_der_read(&r, CC_DER_SEQUENCE, "element", &content, &err);
	if (Frama_C_nondet(0, 1) != 0)
		return cc_der_read_bool(&r, "truth", &truth, &err);
	return cc_der_read_number(&r, CC_DER_INTEGER, "number", UINT64_MAX, &number, &err);
}
