/* SPDX-License-Identifier: Apache-2.0 */
/* A policy that the user names on the command line: its text and its meaning. */
#ifndef CC_CLI_POLICY_FILE_H
#define CC_CLI_POLICY_FILE_H

#include "base/opt.h"
#include "codec/json.h"
#include "policy/signed.h"

/* Where a template's variables come from: -e first, then the environment when that is asked for. */
struct cc_policy_variables {
	struct cc_strings set; /* "NAME=VALUE" */
	bool use_env;
};
#define CC_OPT_VARIABLES(type, member)                                                   \
	{ "set",        'e',                                                             \
	  CC_OPT_LIST,  offsetof(type, member.set),                                      \
	  "NAME=VALUE", "fill in $NAME in the policy's text; may be repeated",           \
	  false,        NULL },                                                          \
	{                                                                                \
		"use-env", 0, CC_OPT_FLAG, offsetof(type, member.use_env), NULL,         \
			"fill in what -e does not say from the environment", false, NULL \
	}

struct cc_policy_file {
	const char *path;         /* borrowed */
	struct cc_json *document; /* that the text came in, signatures hold; NULL: none */
	struct cc_buf text;
	struct cc_policy *policy;
	struct cc_policy *effective; /* with the fragments that it says itself; NULL: has none */
};
#define CC_AUTO_POLICY_FILE CC_CLEANUP(cc_policy_file_clear)

/*
 * Read a template and fill in its variables (policy/template.h), or a signed policy and verify
 * it: `text` is the policy as a CAS gets it, at most CC_POLICY_TEXT_MAX bytes. Errors name file,
 * line and column. `out` is zeroed before.
 */
int cc_policy_file_read(const char *path, const struct cc_policy_variables *variables,
			struct cc_policy_file *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * From what a CAS answered about policy `name`: CC_E_EVIDENCE when the text is not what the
 * hash beside it says, or of another policy, or a signature does not hold. `out` is zeroed before.
 */
int cc_policy_file_from_answer(const struct cc_json *answer, const char *name,
			       struct cc_policy_file *out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The same for what is given to a CAS: an encrypted policy is fine too, and is all that `out` has
 * then, as its document.
 */
int cc_policy_file_read_upload(const char *path, const struct cc_policy_variables *variables,
			       struct cc_policy_file *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_policy_file_clear(struct cc_policy_file *file) CC_NONNULL;
/* What is no error but worth saying: "FILE:3:1: warning: …" on standard error, and how much. */
size_t cc_policy_file_say_findings(const struct cc_policy_file *file) CC_NONNULL;
/* Only which fragments were not put in, and why. */
void cc_policy_file_say_unresolved(const struct cc_policy_file *file) CC_NONNULL;
/* The same as the member "findings": [{"column", "hint", "line", "service", "text"}]. */
int cc_policy_file_add_findings(const struct cc_policy_file *file, struct cc_json *json,
				struct cc_err *err) CC_MUST CC_NONNULL;

#endif
