/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes, of any length up to that of a quote with its certificates, as a quote. */
#include "evidence/quote.h"

#include "__fc_builtin.h"

static uint8_t bytes[8192];

int main(void)
{
	struct cc_quote quote = { 0 };
	struct cc_span tail = { 0 };
	struct cc_err err = { 0 };
	struct cc_span any = cc_span(bytes, (size_t)Frama_C_interval(0, sizeof(bytes)));

	Frama_C_make_unknown((char *)bytes, sizeof(bytes));
	if (Frama_C_nondet(0, 1) != 0)
		return cc_quote_parse(any, &quote, &err);
	return cc_quote_parse_head(any, &quote, &tail, &err);
}
