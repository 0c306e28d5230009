/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of Azure: the first byte is the status, what is opened as sealed has its own length. */
#include "secret/azure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int statuses[] = { 200, 302, 400, 401, 403, 404, 429, 500 };
	CC_AUTO_SECRET struct cc_secret *token = NULL, *text = NULL, *key = NULL, *plain = NULL;
	struct cc_outside_answer answer = { 0 };
	struct cc_err err = { 0 };
	int64_t until = 0;

	if (size == 0)
		return 0;
	answer.status = statuses[data[0] % CC_COUNT(statuses)];
	answer.body = cc_span(data + 1, size - 1);
	if (cc_azure_read_token(&answer, 0, &token, &until, &err) == 0 && until <= 0)
		abort();
	if (cc_azure_read_secret(&answer, 0, &text, &err) == 0 && cc_secret_len(text) == 0)
		abort();
	if (cc_secret_new(32, &key, &err) == 0 &&
	    cc_azure_open(answer.body, key, &plain, &err) == 0 && cc_secret_len(plain) > size)
		abort();
	return 0;
}
