/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/collateral.h"

#define AT(member) offsetof(struct cc_collateral, member)

const struct cc_collateral_file cc_collateral_files[CC_COLLATERAL_FILES] = {
	{ "tcb_info.json", "tcb_info", AT(tcb_info), false },
	{ "tcb_info_issuer_chain.pem", "tcb_info_chain", AT(tcb_info_chain), false },
	{ "qe_identity.json", "qe_identity", AT(qe_identity), false },
	{ "qe_identity_issuer_chain.pem", "qe_identity_chain", AT(qe_identity_chain), false },
	{ "root_ca_crl.der", "root_crl", AT(root_crl), false },
	{ "pck_crl.der", "pck_crl", AT(pck_crl), false },
	{ "pck_crl_issuer_chain.pem", "pck_crl_chain", AT(pck_crl_chain), true },
	{ "certs.pem", "certs", AT(certs), true },
	{ "crls.pem", "crls", AT(crls), true },
	{ "keys.pem", "keys", AT(keys), true },
};

static struct cc_span get(const struct cc_collateral *collateral, size_t at)
{
	struct cc_span bytes = { 0 };

	memcpy(&bytes, (const char *)collateral + at, sizeof(bytes));
	return bytes;
}

int cc_collateral_to_json(const struct cc_collateral *collateral, struct cc_json **out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span bytes = get(collateral, cc_collateral_files[i].at);

		if (bytes.len > 0)
			CC_TRY(cc_json_set_base64(json, cc_collateral_files[i].member, bytes, err));
	}
	*out = CC_TAKE(json);
	return 0;
}

/* Append one item and note its length; ranges are made at the end, when nothing moves any more. */
static int add_item(const struct cc_json *json, const struct cc_collateral_file *file,
		    struct cc_buf *bytes, size_t *len, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf item = { 0 };

	if (!cc_json_has(json, file->member))
		return 0;
	CC_TRY(cc_json_get_base64(json, file->member, CC_COLLATERAL_ITEM_MAX, &item, err));
	*len = item.len;
	return cc_buf_add(bytes, cc_buf_span(&item), err);
}

int cc_collateral_from_json(const struct cc_json *json, struct cc_buf *bytes,
			    struct cc_collateral *out, struct cc_err *err)
{
	const char *known[CC_COLLATERAL_FILES] = { NULL };
	size_t lens[CC_COLLATERAL_FILES] = { 0 }, at = bytes->len;
	struct cc_collateral collateral = { 0 };

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "collateral is not an object");
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		known[i] = cc_collateral_files[i].member;
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		CC_TRY(add_item(json, &cc_collateral_files[i], bytes, &lens[i], err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span range = cc_span_sub(cc_buf_span(bytes), at, lens[i]);

		memcpy((char *)&collateral + cc_collateral_files[i].at, &range, sizeof(range));
		at += lens[i];
	}
	*out = collateral;
	return 0;
}
