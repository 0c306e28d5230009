/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/policy.h"

#include "base/str.h"
#include "codec/text.h"

static int parse_name(const struct cc_json *json, struct cc_cas_policy *out, struct cc_err *err)
{
	const char *name = NULL;

	CC_TRY(cc_json_get_str(json, "name", &name, err));
	if (name[0] == '\0' || strlen(name) > CC_ORIGIN_MAX)
		return cc_fail(err, CC_E_ARG, "the name of a CAS has 1 to %d characters",
			       CC_ORIGIN_MAX);
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	return 0;
}

static int parse_measurements(const struct cc_json *json, struct cc_cas_policy *out,
			      struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(json, "measurements", &list, err));
	if (cc_json_count(list) > CC_CAS_MEASUREMENTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d measurements of the CAS",
			       CC_CAS_MEASUREMENTS_MAX);
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const char *text = cc_json_str(cc_json_at(list, i));
		struct cc_digest *digest = &out->measurements[i];

		if (text == NULL)
			return cc_fail(err, CC_E_ARG, "measurements[%zu] is not a text", i);
		CC_TRY(cc_hex_parse_fixed(cc_span_str(text), "measurement",
					  (struct cc_mut){ digest->b, sizeof(digest->b) }, err));
	}
	out->measurement_count = cc_json_count(list);
	return 0;
}

static int parse_witness(const struct cc_json *json, struct cc_cas_policy *out, struct cc_err *err)
{
	static const char *const known[] = { "key", "url" };
	const char *key = NULL, *url = NULL;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(json, "key", &key, err));
	CC_TRY(cc_json_get_str(json, "url", &url, err));
	if (!cc_str_starts(url, "http://") || strlen(url) >= CC_URL_MAX)
		return cc_fail(err, CC_E_ARG, "'%.100s' is not an http:// URL of a witness", url);
	CC_TRY(cc_note_key_parse(cc_span_str(key), &out->witnesses[out->witness_count], err));
	(void)snprintf(out->urls[out->witness_count++], CC_URL_MAX, "%s", url);
	return 0;
}

static int parse_witnesses(const struct cc_json *json, struct cc_cas_policy *out,
			   struct cc_err *err)
{
	static const char *const known[] = { "faulty", "quorum", "set" };
	const struct cc_json *part = NULL, *set = NULL;
	struct cc_quorum quorum = { 0 };
	uint64_t needed = 0, faulty = 0;

	CC_TRY(cc_json_get_object(json, "witnesses", &part, err));
	CC_TRY(cc_json_closed(part, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_array(part, "set", &set, err));
	CC_TRY(cc_json_get_u64(part, "quorum", CC_WITNESSES_MAX, &needed, err));
	CC_TRY(cc_json_get_u64(part, "faulty", CC_WITNESSES_MAX, &faulty, err));
	if (cc_json_count(set) > CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d witnesses", CC_WITNESSES_MAX);
	for (size_t i = 0; i < cc_json_count(set); i++)
		CC_TRY(parse_witness(cc_json_at(set, i), out, err));
	out->quorum = needed;
	out->faulty = faulty;
	quorum = cc_cas_policy_quorum(out);
	if (out->witness_count == 0 && needed == 0)
		return 0;
	/* With fewer, two halves could co-sign two histories. */
	if (faulty >= out->witness_count ||
	    needed < cc_quorum_least(out->witness_count, out->faulty))
		return cc_fail(err, CC_E_ARG,
			       "policy of the CAS: a quorum of %zu is too small for %zu witnesses, "
			       "%zu of them faulty",
			       out->quorum, out->witness_count, out->faulty);
	return cc_quorum_check(&quorum, err);
}

int cc_cas_azure_set(const char *authority, const char *vaults, struct cc_span roots,
		     struct cc_cas_azure *out, struct cc_err *err)
{
	CC_AUTO_TRUST struct cc_trust *trust = NULL;

	if (cc_host_check(authority, err) != 0 || cc_host_check(vaults, err) != 0 ||
	    cc_trust_new(roots, &trust, err) != 0)
		return cc_wrap(err, "azure");
	if (memchr(roots.at, 0, roots.len) != NULL)
		return cc_fail(err, CC_E_ARG, "azure: roots with a NUL");
	*out = (struct cc_cas_azure){ 0 };
	(void)snprintf(out->authority, sizeof(out->authority), "%s", authority);
	(void)snprintf(out->vaults, sizeof(out->vaults), "%s", vaults);
	memcpy(out->roots, roots.at, roots.len);
	return 0;
}

static int parse_azure(const struct cc_json *json, struct cc_cas_policy *out, struct cc_err *err)
{
	static const char *const known[] = { "authority", "roots", "vaults" };
	const char *authority = NULL, *roots = NULL, *vaults = NULL;
	const struct cc_json *part = NULL;

	if (!cc_json_has(json, "azure"))
		return 0;
	CC_TRY(cc_json_get_object(json, "azure", &part, err));
	CC_TRY(cc_json_closed(part, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(part, "authority", &authority, err));
	CC_TRY(cc_json_get_str(part, "roots", &roots, err));
	CC_TRY(cc_json_get_str(part, "vaults", &vaults, err));
	return cc_cas_azure_set(authority, vaults, cc_span_str(roots), &out->azure, err);
}

static int parse(const struct cc_json *json, struct cc_cas_policy *out, struct cc_err *err)
{
	static const char *const known[] = { "azure", "measurements", "name",
					     "roots", "version",      "witnesses" };
	const struct cc_json *roots = NULL;
	uint64_t version = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "version", 1, &version, err));
	CC_TRY(parse_name(json, out, err));
	CC_TRY(parse_measurements(json, out, err));
	CC_TRY(parse_azure(json, out, err));
	CC_TRY(cc_json_get_array(json, "roots", &roots, err));
	CC_TRY(cc_roots_from_json(roots, &out->roots, err));
	return parse_witnesses(json, out, err);
}

int cc_cas_policy_parse(struct cc_span text, struct cc_cas_policy *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_FREE struct cc_cas_policy *policy = calloc(1, sizeof(*policy));

	if (policy == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the policy of the CAS");
	if (cc_json_parse(text, CC_CAS_POLICY_MAX, &json, err) != 0 ||
	    parse(json, policy, err) != 0)
		return cc_wrap(err, "policy of the CAS");
	*out = *policy;
	return 0;
}

static int print_witnesses(const struct cc_cas_policy *policy, struct cc_json *json,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *part = NULL, *set = NULL;

	CC_TRY(cc_json_object(&part, err));
	CC_TRY(cc_json_array(&set, err));
	for (size_t i = 0; i < policy->witness_count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;
		CC_AUTO_BUF struct cc_buf key = { 0 };

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_note_key_print(&policy->witnesses[i], &key, err));
		CC_TRY(cc_json_set_text(one, "key", cc_buf_span(&key), err));
		CC_TRY(cc_json_set_str(one, "url", policy->urls[i], err));
		CC_TRY(cc_json_add(set, CC_TAKE(one), err));
	}
	CC_TRY(cc_json_set(part, "set", CC_TAKE(set), err));
	CC_TRY(cc_json_set_u64(part, "quorum", policy->quorum, err));
	CC_TRY(cc_json_set_u64(part, "faulty", policy->faulty, err));
	return cc_json_set(json, "witnesses", CC_TAKE(part), err);
}

/* Absent without Azure: a CAS that was made before it has the hash that it had. */
static int print_azure(const struct cc_cas_azure *azure, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *part = NULL;

	if (azure->roots[0] == '\0')
		return 0;
	CC_TRY(cc_json_object(&part, err));
	CC_TRY(cc_json_set_str(part, "authority", azure->authority, err));
	CC_TRY(cc_json_set_str(part, "roots", azure->roots, err));
	CC_TRY(cc_json_set_str(part, "vaults", azure->vaults, err));
	return cc_json_set(json, "azure", CC_TAKE(part), err);
}

int cc_cas_policy_print(const struct cc_cas_policy *policy, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL, *roots = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", policy->name, err));
	CC_TRY(cc_json_set_u64(json, "version", 1, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < policy->measurement_count; i++) {
		char text[CC_HEX_DIGEST];

		cc_hex_digest(&policy->measurements[i], text);
		CC_TRY(cc_json_add_str(list, text, err));
	}
	CC_TRY(cc_json_set(json, "measurements", CC_TAKE(list), err));
	CC_TRY(cc_roots_to_json(&policy->roots, &roots, err));
	CC_TRY(cc_json_set(json, "roots", CC_TAKE(roots), err));
	CC_TRY(print_witnesses(policy, json, err));
	CC_TRY(print_azure(&policy->azure, json, err));
	return cc_json_print(json, out, err);
}

int cc_cas_policy_hash(const struct cc_cas_policy *policy, struct cc_digest *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, labelled = { 0 };

	CC_TRY(cc_cas_policy_print(policy, &text, err));
	CC_TRY(cc_buf_add_sized(&labelled, cc_span_str("concordat cas policy 1"), err));
	CC_TRY(cc_buf_add_sized(&labelled, cc_buf_span(&text), err));
	return cc_sha256(cc_buf_span(&labelled), out, err);
}
