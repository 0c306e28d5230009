/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/encrypted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cc_hpke_key *key;
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	if (key == NULL && cc_hpke_key_generate(&key, &err) != 0)
		abort();
	if (cc_policy_form(cc_span(data, size), &json) == CC_POLICY_ENCRYPTED)
		cc_ignore(cc_encrypted_policy_open(key, json, &out, &err));
	return 0;
}
