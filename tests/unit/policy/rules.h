/* SPDX-License-Identifier: Apache-2.0 */
/* Short policies, and what is said of them, for the tests of SCONE's rules. */
#ifndef CC_TESTS_UNIT_POLICY_RULES_H
#define CC_TESTS_UNIT_POLICY_RULES_H

#include "tests/unit/policy/world.h"

#include "policy/decide.h"

#define P "version: 0.3.12\nname: a/b\n"
#define KEY_HASH "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1"
#define SIGNER "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM"
#define OTHER_SIGNER "N2exBX7Tpyyu8g2ofoxwfMNVNbL5G4F5Zygso6MyBp78k37gr7"
#define TAG "00112233445566778899aabbccddeeff"
#define SERVICE(more) P "services: [{name: s, command: run, mrenclaves: [" HEX_A "]" more "}]\n"
#define SIGNED_BY(more) P "services: [{name: s, attestation: {signer: {" more "}}}]\n"
#define IMAGE(more) P "images: [{name: i, " more "}]\n"
#define SECRET(more) P "secrets: [{name: k, kind: private-key}, {name: s, " more "}]\n"
#define VOLUME(more) P "volumes: [{name: v" more "}]\n"

static inline bool same(const char *one, const char *other)
{
	struct cc_digest a = hash_of(one), b = hash_of(other);

	return cc_digest_eq(&a, &b);
}

static inline void accepted(const char *text)
{
	cc_policy_free(given(text));
}

/* Accepted as a text, but no service is started with it: what would be dropped is said. */
static inline void stopped(const char *text, const char *why)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_err err = { 0 };

	if (cc_decide_usable(policy, &policy->services.at[0], &err) == 0)
		fail_msg("started, although expected was '%s':\n%s", why, text);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static inline void started(const char *text)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_err err = { 0 };

	if (cc_decide_usable(policy, &policy->services.at[0], &err) != 0)
		fail_msg("%s\n%s", err.text, text);
}

#endif
