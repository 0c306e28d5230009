/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm-address.h"

#include <stdlib.h>

#include "base/str.h"
#include "evidence/tpm.h"

#define PCRS_GOOD (1U << 4 | 1U << 11) /* as `concordat measure pcr` computes */

/* `word` ends at `end`. */
static int read_word(struct cc_tpm_address *out, const char *word, const char *end,
		     struct cc_err *err)
{
	static const char pcr[] = "pcr=", log[] = "log="; /* as long as each other */
	const char *value = word + sizeof(pcr) - 1;
	uint64_t number = 0;

	if (cc_str_starts(word, pcr)) {
		CC_TRY(cc_parse_u64(cc_span(value, (size_t)(end - value)), CC_TPM_PCRS - 1, "PCR",
				    &number, err));
		out->pcrs |= 1U << number;
		return 0;
	}
	if (cc_str_starts(word, log) && out->log == NULL)
		return cc_str_from(cc_span(value, (size_t)(end - value)), &out->log, err);
	cc_err_set(err, CC_E_ARG, "'%.*s' in the address of a TPM", (int)(end - word), word);
	return cc_hint(err, "it is tpm:[DEVICE][,pcr=NUMBER]...[,log=FILE]");
}

int cc_tpm_address_read(const char *where, const char *usual, struct cc_tpm_address *out,
			struct cc_err *err)
{
	const char *end = strchrnul(where, ',');

	CC_TRY(cc_str_from(end == where ? cc_span_str(usual)
					: cc_span(where, (size_t)(end - where)),
			   &out->place, err));
	while (*end != '\0') {
		const char *word = end + 1;

		end = strchrnul(word, ',');
		CC_TRY(read_word(out, word, end, err));
	}
	if (out->pcrs == 0)
		out->pcrs = PCRS_GOOD;
	return 0;
}

void cc_tpm_address_clear(struct cc_tpm_address *address)
{
	free(address->place);
	free(address->log);
	*address = (struct cc_tpm_address){ 0 };
}
