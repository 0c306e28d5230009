/* SPDX-License-Identifier: Apache-2.0 */
/* policy sign: signatures collected one after another, without a CAS
 * (docs/format/signed-policy.md). */
#include "base/dir.h"
#include "base/str.h"
#include "cli/ask.h"
#include "cli/key-file.h"
#include "cli/policy-file.h"
#include "codec/text.h"
#include "policy/encrypted.h"

#define PEM_MAX ((size_t)16 * 1024)

struct values {
	const char *what; /* FILE */
	const char *key, *signature, *signer;
	const char *cas, *to;
	bool message;
	struct cc_policy_variables variables;
};

static const struct cc_opt sign_opts[] = {
	{ "add-signature", 0, CC_OPT_STRING, offsetof(struct values, signature), "FILE",
	  "add this signature of the message: raw, hexadecimal or base64; - is standard input",
	  false, NULL },
	{ "key", 0, CC_OPT_STRING, offsetof(struct values, key), "FILE",
	  "sign with this private key, PEM of Ed25519 or P-384 (default: your own)", false, NULL },
	{ "message", 0, CC_OPT_FLAG, offsetof(struct values, message), NULL,
	  "print the bytes to sign, for a key that is elsewhere", false, NULL },
	CC_OPT_VARIABLES(struct values, variables),
	{ "signer", 0, CC_OPT_STRING, offsetof(struct values, signer), "FILE",
	  "the public key of --add-signature, PEM", false, NULL },
};
static const struct cc_opt encrypt_opts[] = {
	CC_OPT_CAS(struct values),
	{ "key", 0, CC_OPT_STRING, offsetof(struct values, to), "HEX",
	  "its key in place of --cas: 'hpke' of 'cas status --output json'", false, NULL },
	CC_OPT_VARIABLES(struct values, variables),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what),
	  "a policy, or one that others have signed; - is standard input", false, false },
};

static int open_document(const struct cc_policy_file *file, struct cc_signed_policy *out,
			 struct cc_err *err)
{
	if (file->document != NULL)
		return cc_signed_policy_parse(file->document, out, err);
	return cc_buf_add(&out->text, cc_buf_span(&file->text), err);
}

static int load_key(const char *path, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_HOME struct cc_home home = { .dir = CC_DIR_NONE };

	if (path == NULL) {
		CC_TRY(cc_home_open(&home, err));
		return cc_home_identity(&home, out, err);
	}
	return cc_key_file_read(path, out, err);
}

static int sign_here(const struct values *values, const struct cc_policy *policy,
		     struct cc_signed_policy *document, struct cc_err *err)
{
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_signature made = { 0 };

	CC_TRY(load_key(values->key, &key, err));
	CC_TRY(cc_signed_policy_message(policy, cc_buf_span(&document->text), &message, err));
	CC_TRY(cc_sign(key, cc_buf_span(&message), &made, err));
	return cc_signed_policy_add(document, policy, cc_key_public(key), cc_span(made.b, made.len),
				    err);
}

/* Hexadecimal, base64 or raw: a raw signature of 64 bytes is not text by chance. */
static int decode(struct cc_span bytes, struct cc_buf *out, struct cc_err *err)
{
	struct cc_span text = bytes;
	struct cc_err ignored = { 0 };

	while (text.len > 0 && strchr(" \r\n", text.at[text.len - 1]) != NULL)
		text.len--;
	if (cc_hex_parse(text, out, &ignored) == 0 || cc_base64_parse(text, out, &ignored) == 0)
		return 0;
	return cc_buf_add(out, bytes, err);
}

static int add_made(const struct values *values, const struct cc_policy *policy,
		    struct cc_signed_policy *document, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf given = { 0 }, bytes = { 0 }, pem = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *signer = NULL;

	CC_TRY(cc_file_read(values->signer, PEM_MAX, &pem, err));
	if (cc_pubkey_from_pem(cc_buf_span(&pem), &signer, err) != 0)
		return cc_wrap(err, "signer '%s'", values->signer);
	CC_TRY(cc_file_read(values->signature, PEM_MAX, &given, err));
	CC_TRY(decode(cc_buf_span(&given), &bytes, err));
	if (cc_signed_policy_add(document, policy, signer, cc_buf_span(&bytes), err) == 0)
		return 0;
	if (err->code != CC_E_EVIDENCE)
		return cc_failed();
	return cc_hint(err,
		       "sign what 'concordat policy sign %.100s --message' prints, with "
		       "Ed25519, or with P-384 and SHA-384",
		       values->what);
}

static int check_options(const struct values *values, struct cc_err *err)
{
	bool adds = values->signature != NULL;

	if ((values->key != NULL) + values->message + adds > 1)
		return cc_fail(err, CC_E_ARG,
			       "of --key, --message and --add-signature only one can be done");
	if (adds != (values->signer != NULL))
		return cc_fail(err, CC_E_ARG, "--add-signature and --signer belong together");
	return 0;
}

static int sign(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_BUF struct cc_buf message = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(check_options(values, err));
	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	CC_TRY(open_document(&file, &document, err));
	if (values->message) {
		CC_TRY(cc_signed_policy_message(file.policy, cc_buf_span(&document.text), &message,
						err));
		return cc_print(cc_buf_span(&message), err);
	}
	cc_policy_file_say_findings(&file);
	CC_TRY(values->signature != NULL ? add_made(values, file.policy, &document, err)
					 : sign_here(values, file.policy, &document, err));
	CC_TRY(cc_signed_policy_print(&document, &json, err));
	return cc_print_json(json, err);
}

/* policy encrypt */

/* Of a CAS that is asked, or as it was given. */
static int recipient(const struct values *values, struct cc_hpke_public *out, struct cc_err *err)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;

	if (values->to != NULL && values->cas != NULL)
		return cc_fail(err, CC_E_ARG, "of --cas and --key only one can be meant");
	if (values->to != NULL)
		return cc_hex_parse_fixed(cc_span_str(values->to), "--key", CC_MUT(out->b), err);
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	*out = *cc_api_hpke(ask.api);
	return 0;
}

static int encrypt(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_JSON struct cc_json *inside = NULL, *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { .max = CC_ENCRYPTED_POLICY_MAX };
	struct cc_hpke_public to = { 0 };

	CC_TRY(recipient(values, &to, err));
	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	cc_policy_file_say_findings(&file);
	CC_TRY(open_document(&file, &document, err));
	/* Without a signature it would belong to whoever brings it, who could then read it. */
	if (document.count == 0)
		CC_TRY(sign_here(values, file.policy, &document, err));
	CC_TRY(cc_signed_policy_print(&document, &inside, err));
	CC_TRY(cc_json_print(inside, &text, err));
	CC_TRY(cc_encrypted_policy_make(&to, cc_buf_span(&text), &json, err));
	return cc_print_json(json, err);
}

const struct cc_command cc_command_policy_sign = {
	"policy sign",
	"Sign a policy, offline; others can sign the result again.",
	sign_opts,
	CC_COUNT(sign_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	sign,
};
const struct cc_command cc_command_policy_encrypt = {
	"policy encrypt",
	"Encrypt a policy so that one CAS can read it; sign it when nobody has.",
	encrypt_opts,
	CC_COUNT(encrypt_opts),
	file_args,
	CC_COUNT(file_args),
	sizeof(struct values),
	NULL,
	encrypt,
};
