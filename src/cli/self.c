/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"
#include "client/home.h"
#include "codec/json.h"

struct values {
	const char *output;
	bool signer;
};

static const struct cc_opt opts[] = {
	CC_OPT_OUTPUT(struct values),
	{ "signer", 0, CC_OPT_FLAG, offsetof(struct values, signer), NULL,
	  "print your public key, PEM, as 'signer' in a policy names you", false, NULL },
};

static int show(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_HOME struct cc_home home = { .dir = CC_DIR_NONE };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	char hash[CC_IDENTITY_TEXT];

	CC_TRY(cc_home_open(&home, err));
	CC_TRY(cc_home_identity(&home, &key, err));
	CC_TRY(cc_identity_print(cc_key_public(key), hash, err));
	CC_TRY(cc_pubkey_to_pem(cc_key_public(key), &pem, err));
	if (cc_wants_data(values->output)) {
		CC_TRY(cc_json_object(&json, err));
		CC_TRY(cc_json_set_str(json, "home", home.path, err));
		CC_TRY(cc_json_set_str(json, "key_hash", hash, err));
		CC_TRY(cc_json_set_text(json, "signer", cc_buf_span(&pem), err));
		return cc_print_data(values->output, json, err);
	}
	if (values->signer)
		return cc_print(cc_buf_span(&pem), err);
	(void)printf("%s\n", hash);
	return 0;
}

const struct cc_command cc_command_self_show = {
	"self show",
	"Print the key hash that access policies name you by; makes your key at first use.",
	opts,
	CC_COUNT(opts),
	NULL,
	0,
	sizeof(struct values),
	NULL,
	show,
};
