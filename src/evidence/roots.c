/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/roots.h"

#include "base/str.h"

/*
 * Intel SGX Root CA, whose key starts 04 0b a9 c4 c0 c0 c8 61; one key for SGX and
 * TDX. The hash is over its SubjectPublicKeyInfo:
 *
 *     openssl x509 -in Intel_SGX_Provisioning_Certification_RootCA.pem -noout -pubkey |
 *         openssl pkey -pubin -outform DER | sha256sum
 */
#define INTEL_SGX_ROOT                                                                            \
	{                                                                                         \
		{                                                                                 \
			0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91, 0x86,   \
				0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35, 0x77, \
				0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e              \
		}                                                                                 \
	}

/* AMD Root Keys, one a product: the same command over ark.pem of the KDS's cert_chain. */
#define AMD_ROOT(...) { { __VA_ARGS__ } }, CC_PLATFORM_SNP, CC_CLASS_CONFIDENTIAL
#define GOOGLE_ROOT(...) { { __VA_ARGS__ } }, CC_PLATFORM_TPM, CC_CLASS_MEASURED_ONLY

static const struct cc_root vendors[] = {
	{ INTEL_SGX_ROOT, CC_PLATFORM_SGX, CC_CLASS_CONFIDENTIAL, "Intel SGX Root CA" },
	{ INTEL_SGX_ROOT, CC_PLATFORM_TDX, CC_CLASS_CONFIDENTIAL, "Intel SGX Root CA" },
	{ AMD_ROOT(0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5, 0xff, 0xa8,
		   0x95, 0xbd, 0xfb, 0x62, 0xd1, 0x88, 0x81, 0xfa, 0x6b, 0xed, 0x8d, 0x6f, 0x07,
		   0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9),
	  "ARK-Milan" },
	{ AMD_ROOT(0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d, 0xb5, 0xfc,
		   0xda, 0x9c, 0x64, 0x70, 0xef, 0x15, 0xf8, 0xcd, 0x5a, 0x9c, 0xeb, 0xd6, 0xcb,
		   0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31),
	  "ARK-Genoa" },
	{ AMD_ROOT(0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56, 0xf9, 0x24,
		   0x3f, 0x6f, 0xe0, 0xb6, 0xf7, 0x3d, 0xe9, 0x86, 0x03, 0xf5, 0x3f, 0x90, 0x33,
		   0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08),
	  "ARK-Turin" },
	{ { { 0xf2, 0xca, 0xf5, 0xec, 0xc6, 0x19, 0x0b, 0x4a, 0x83, 0x99, 0xb7,
	      0x8b, 0xc5, 0x8a, 0x2b, 0xbc, 0xd0, 0x38, 0x23, 0x75, 0xdb, 0x8a,
	      0x1b, 0xfd, 0x78, 0xa8, 0x27, 0x43, 0x87, 0x4f, 0xd2, 0x25 } },
	  CC_PLATFORM_NITRO,
	  CC_CLASS_CONFIDENTIAL,
	  "AWS Nitro Enclaves Root-G1" },
	/* They certify endorsement and attestation keys of virtual TPMs: no memory is hidden. */
	{ GOOGLE_ROOT(0xf2, 0x30, 0x57, 0xf4, 0xf9, 0x7d, 0x1d, 0x90, 0xe4, 0xca, 0xe0, 0xce, 0x91,
		      0xd5, 0xa0, 0xfc, 0x99, 0x06, 0x9f, 0x0a, 0x1b, 0xc1, 0x47, 0x02, 0x1d, 0xca,
		      0x33, 0xb1, 0xe9, 0xc4, 0xd0, 0xd9),
	  "Google tpm_ek_v1_cloud_host_root" },
	{ GOOGLE_ROOT(0x56, 0xa6, 0x13, 0xf5, 0x71, 0x26, 0xa3, 0x85, 0xdd, 0x69, 0x49, 0x29, 0x4e,
		      0x93, 0xb0, 0xb5, 0x66, 0xf9, 0x6a, 0xb0, 0x57, 0x3b, 0xe0, 0xc2, 0x36, 0x8e,
		      0x6f, 0x5c, 0xa7, 0x79, 0x83, 0x1f),
	  "Google EK/AK CA Root" },
};

static bool same_place(const struct cc_root *root, enum cc_platform_kind platform,
		       const struct cc_digest *key)
{
	return root->platform == platform && cc_digest_eq(&root->key, key);
}

static const struct cc_root *vendor(const struct cc_root *root)
{
	for (size_t i = 0; i < CC_COUNT(vendors); i++)
		if (same_place(&vendors[i], root->platform, &root->key))
			return &vendors[i];
	return NULL;
}

void cc_roots_vendors(struct cc_roots *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->at, vendors, sizeof(vendors));
	out->count = CC_COUNT(vendors);
}

const struct cc_root *cc_roots_find(const struct cc_roots *roots, enum cc_platform_kind platform,
				    const struct cc_digest *key)
{
	for (size_t i = 0; i < roots->count; i++)
		if (same_place(&roots->at[i], platform, key))
			return &roots->at[i];
	return NULL;
}

/* Parties whose name may stand in the label of a root, and that hold more than one. */
static const struct {
	const char *word;
	const char *holder;
} holders[] = {
	{ "Intel", "Intel" },
	{ "AMD", "AMD" },
	{ "ARK-", "AMD" },
	{ "Advanced Micro Devices", "AMD" },
	{ "Amazon", "Amazon" },
	{ "AWS", "Amazon" },
	{ "Google", "Google" },
	{ "Infineon", "Infineon" },
	{ "Microsoft", "Microsoft" },
	{ "Nuvoton", "Nuvoton" },
	{ "STM", "STMicroelectronics" },
};

/* NULL: its label names nobody. A vendor's key is its vendor's under whatever label it came. */
static const char *holder_of(const struct cc_root *root)
{
	const struct cc_root *known = vendor(root);
	const char *label = known != NULL ? known->label : root->label;

	for (size_t i = 0; i < CC_COUNT(holders); i++)
		if (strcasestr(label, holders[i].word) != NULL)
			return holders[i].holder;
	return NULL;
}

bool cc_roots_independent(const struct cc_root *a, const struct cc_root *b)
{
	const char *one = holder_of(a), *other = holder_of(b);

	if (cc_digest_eq(&a->key, &b->key))
		return false;
	if (a->class == CC_CLASS_SIMULATED && b->class == CC_CLASS_SIMULATED)
		return true;
	if (one != NULL && other != NULL)
		return !cc_str_eq(one, other);
	return a->platform != b->platform;
}

static int check_root(const struct cc_root *root, struct cc_err *err)
{
	const struct cc_root *known = vendor(root);

	if (root->platform == CC_PLATFORM_NONE || root->platform >= CC_PLATFORM_COUNT)
		return cc_fail(err, CC_E_ARG, "root '%s' names no platform", root->label);
	if (root->class == CC_CLASS_NONE || root->class >= CC_CLASS_COUNT)
		return cc_fail(err, CC_E_ARG, "root '%s' has no class", root->label);
	if (cc_digest_is_zero(&root->key))
		return cc_fail(err, CC_E_ARG, "root '%s' has no key", root->label);
	if (root->class == CC_CLASS_CONFIDENTIAL && known == NULL)
		return cc_fail(err, CC_E_DENIED,
			       "root '%s' is not a vendor's and can not be 'confidential'",
			       root->label);
	/* The other way round: a vendor's root called simulated would be a lie as well. */
	if (known != NULL && known->class != root->class)
		return cc_fail(err, CC_E_ARG, "root '%s' is of class '%s'", root->label,
			       cc_class_name(known->class));
	return 0;
}

int cc_roots_add(struct cc_roots *roots, const struct cc_root *root, struct cc_err *err)
{
	const struct cc_root *there = cc_roots_find(roots, root->platform, &root->key);

	CC_TRY(check_root(root, err));
	if (there != NULL && there->class != root->class)
		return cc_fail(err, CC_E_CONFLICT, "root '%s' is listed with another class",
			       root->label);
	if (there != NULL)
		return 0;
	if (roots->count == CC_ROOTS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d roots", CC_ROOTS_MAX);
	roots->at[roots->count++] = *root;
	return 0;
}

static int root_to_json(const struct cc_root *root, struct cc_json *array, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(root->class), err));
	CC_TRY(cc_json_set_hex(json, "key", CC_DIGEST_SPAN(root->key), err));
	CC_TRY(cc_json_set_str(json, "label", root->label, err));
	CC_TRY(cc_json_set_str(json, "platform", cc_platform_name(root->platform), err));
	return cc_json_add(array, CC_TAKE(json), err);
}

int cc_roots_to_json(const struct cc_roots *roots, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;

	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < roots->count; i++)
		CC_TRY(root_to_json(&roots->at[i], array, err));
	*out = CC_TAKE(array);
	return 0;
}

static int root_from_json(const struct cc_json *json, struct cc_root *out, struct cc_err *err)
{
	static const char *const known[] = { "class", "key", "label", "platform" };
	const char *class = NULL, *platform = NULL, *label = NULL;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(json, "class", &class, err));
	CC_TRY(cc_json_get_digest(json, "key", &out->key, err));
	CC_TRY(cc_json_get_str(json, "label", &label, err));
	CC_TRY(cc_json_get_str(json, "platform", &platform, err));
	if (strlen(label) >= CC_ROOT_LABEL)
		return cc_fail(err, CC_E_TOOBIG, "label of a root is longer than %d bytes",
			       CC_ROOT_LABEL - 1);
	memcpy(out->label, label, strlen(label) + 1);
	out->class = cc_class_named(class);
	out->platform = cc_platform_named(platform);
	return 0;
}

int cc_roots_from_json(const struct cc_json *json, struct cc_roots *out, struct cc_err *err)
{
	struct cc_roots roots = { 0 };

	if (!cc_json_is_array(json))
		return cc_fail(err, CC_E_ARG, "roots are not a list");
	for (size_t i = 0; i < cc_json_count(json); i++) {
		struct cc_root root = { 0 };

		CC_TRY(root_from_json(cc_json_at(json, i), &root, err));
		CC_TRY(cc_roots_add(&roots, &root, err));
	}
	*out = roots;
	return 0;
}
