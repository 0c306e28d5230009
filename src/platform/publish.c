/* SPDX-License-Identifier: Apache-2.0 */
/* What Intel's provisioning service would publish of the simulated machine. */
#include "base/time.h"
#include "codec/text.h"
#include "platform/sim-internal.h"

static int set_time(struct cc_json *json, const char *name, int64_t at, struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	cc_time_print(at, text);
	return cc_json_set_str(json, name, text, err);
}

static int set_head(struct cc_json *json, const struct cc_sim_plan *plan, const char *id,
		    uint64_t version, struct cc_err *err)
{
	CC_TRY(cc_json_set_str(json, "id", id, err));
	CC_TRY(cc_json_set_u64(json, "version", version, err));
	CC_TRY(set_time(json, "issueDate", plan->now, err));
	CC_TRY(set_time(json, "nextUpdate", plan->now + plan->collateral_seconds, err));
	return cc_json_set_u64(json, "tcbEvaluationDataNumber", plan->evaluation_number, err);
}

/* {"tcb": tcb, "tcbDate": …, "tcbStatus": …}, added to the levels. */
static int add_level(struct cc_json *levels, const struct cc_sim_plan *plan, struct cc_json *tcb,
		     enum cc_tcb_status status, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *level = NULL, *advisories = NULL;
	CC_AUTO_JSON struct cc_json *owned = tcb;

	CC_TRY(cc_json_object(&level, err));
	CC_TRY(cc_json_set(level, "tcb", CC_TAKE(owned), err));
	CC_TRY(set_time(level, "tcbDate", plan->now, err));
	CC_TRY(cc_json_set_str(level, "tcbStatus", cc_tcb_name(status), err));
	if (plan->advisory != NULL) {
		CC_TRY(cc_json_array(&advisories, err));
		CC_TRY(cc_json_add_str(advisories, plan->advisory, err));
		CC_TRY(cc_json_set(level, "advisoryIDs", CC_TAKE(advisories), err));
	}
	return cc_json_add(levels, CC_TAKE(level), err);
}

/* As the only level. */
static int set_level(struct cc_json *json, const struct cc_sim_plan *plan, struct cc_json *tcb,
		     enum cc_tcb_status status, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *levels = NULL, *owned = tcb;

	CC_TRY(cc_json_array(&levels, err));
	CC_TRY(add_level(levels, plan, CC_TAKE(owned), status, err));
	return cc_json_set(json, "tcbLevels", CC_TAKE(levels), err);
}

static int add_svn_level(struct cc_json *levels, const struct cc_sim_plan *plan, uint16_t svn,
			 enum cc_tcb_status status, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *tcb = NULL;

	CC_TRY(cc_json_object(&tcb, err));
	CC_TRY(cc_json_set_u64(tcb, "isvsvn", svn, err));
	return add_level(levels, plan, CC_TAKE(tcb), status, err);
}

static int set_components(struct cc_json *tcb, const char *name,
			  const uint8_t svns[CC_SGX_COMPONENTS], struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < CC_SGX_COMPONENTS; i++) {
		CC_AUTO_JSON struct cc_json *component = NULL;

		CC_TRY(cc_json_object(&component, err));
		CC_TRY(cc_json_set_u64(component, "svn", svns[i], err));
		CC_TRY(cc_json_add(list, CC_TAKE(component), err));
	}
	return cc_json_set(tcb, name, CC_TAKE(list), err);
}

static int set_module(struct cc_json *json, const struct cc_sim_plan *plan, struct cc_err *err)
{
	static const uint8_t attributes[8], mask[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	CC_TRY(cc_json_set_hex(json, "mrsigner", CC_DIGEST_SPAN(plan->tdx.module_signer), err));
	CC_TRY(cc_json_set_hex(json, "attributes", CC_SPAN(attributes), err));
	return cc_json_set_hex(json, "attributesMask", CC_SPAN(mask), err);
}

static int make_identity(const struct cc_sim_plan *plan, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *identity = NULL, *levels = NULL;
	const struct cc_sim_tdx_levels *tdx = &plan->tdx;
	char id[8];

	(void)snprintf(id, sizeof(id), "TDX_%02X", tdx->module);
	CC_TRY(cc_json_object(&identity, err));
	CC_TRY(cc_json_set_str(identity, "id", id, err));
	CC_TRY(set_module(identity, plan, err));
	CC_TRY(cc_json_array(&levels, err));
	CC_TRY(add_svn_level(levels, plan, tdx->module_svn, tdx->module_status, err));
	CC_TRY(add_svn_level(levels, plan, 0, CC_TCB_OUT_OF_DATE, err));
	CC_TRY(cc_json_set(identity, "tcbLevels", CC_TAKE(levels), err));
	*out = CC_TAKE(identity);
	return 0;
}

static int set_modules(struct cc_json *json, const struct cc_sim_plan *plan, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *module = NULL, *list = NULL, *identity = NULL;

	CC_TRY(cc_json_object(&module, err));
	CC_TRY(set_module(module, plan, err));
	CC_TRY(cc_json_set(json, "tdxModule", CC_TAKE(module), err));
	if (plan->tdx.module == 0)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(make_identity(plan, &identity, err));
	CC_TRY(cc_json_add(list, CC_TAKE(identity), err));
	return cc_json_set(json, "tdxModuleIdentities", CC_TAKE(list), err);
}

static int make_tcb(const struct cc_sim_plan *plan, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *tcb = NULL;
	uint8_t svns[CC_SGX_COMPONENTS];

	cc_sim_components(plan->level_first_svn, svns);
	CC_TRY(cc_json_object(&tcb, err));
	CC_TRY(set_components(tcb, "sgxtcbcomponents", svns, err));
	if (plan->platform == CC_PLATFORM_TDX)
		CC_TRY(set_components(tcb, "tdxtcbcomponents", plan->tdx.components, err));
	CC_TRY(cc_json_set_u64(tcb, "pcesvn", CC_SIM_PCESVN, err));
	*out = CC_TAKE(tcb);
	return 0;
}

static int make_tcb_info(const struct cc_sim_plan *plan, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *tcb = NULL;
	bool is_tdx = plan->platform == CC_PLATFORM_TDX;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(set_head(json, plan, is_tdx ? "TDX" : "SGX", 3, err));
	CC_TRY(cc_json_set_hex(json, "fmspc", CC_SPAN(plan->fmspc), err));
	CC_TRY(cc_json_set_hex(json, "pceId", CC_SPAN(plan->pce_id), err));
	CC_TRY(cc_json_set_u64(json, "tcbType", 0, err));
	if (is_tdx)
		CC_TRY(set_modules(json, plan, err));
	CC_TRY(make_tcb(plan, &tcb, err));
	CC_TRY(set_level(json, plan, CC_TAKE(tcb), plan->status, err));
	return cc_json_print(json, out, err);
}

static int make_qe_identity(const struct cc_sim_plan *plan, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *tcb = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(set_head(json, plan, plan->platform == CC_PLATFORM_TDX ? "TD_QE" : "QE", 2, err));
	CC_TRY(cc_json_set_str(json, "miscselect", plan->qe_miscselect, err));
	CC_TRY(cc_json_set_str(json, "miscselectMask", "FFFFFFFF", err));
	CC_TRY(cc_json_set_str(json, "attributes", plan->qe_attributes, err));
	CC_TRY(cc_json_set_str(json, "attributesMask", "FBFFFFFFFFFFFFFF0000000000000000", err));
	CC_TRY(cc_json_set_hex(json, "mrsigner", CC_DIGEST_SPAN(plan->qe_signer), err));
	CC_TRY(cc_json_set_u64(json, "isvprodid", plan->qe_product, err));
	CC_TRY(cc_json_object(&tcb, err));
	CC_TRY(cc_json_set_u64(tcb, "isvsvn", plan->qe_svn, err));
	CC_TRY(set_level(json, plan, CC_TAKE(tcb), plan->qe_status, err));
	return cc_json_print(json, out, err);
}

/* {"<member>":<value>,"signature":"<hex of r ‖ s>"}: the value's bytes are signed as they stand. */
static int add_signed(const struct cc_key *key, const char *member, struct cc_span value,
		      struct cc_buf *out, struct cc_err *err)
{
	struct cc_signature signature = { 0 };

	CC_TRY(cc_sign_raw(key, value, &signature, err));
	CC_TRY(cc_buf_addf(out, err, "{\"%s\":", member));
	CC_TRY(cc_buf_add(out, value, err));
	CC_TRY(cc_buf_add_str(out, ",\"signature\":\"", err));
	CC_TRY(cc_hex_add(out, cc_span(signature.b, signature.len), err));
	return cc_buf_add_str(out, "\"}", err);
}

static int add_chain(const struct cc_chain *chain, size_t first, struct cc_buf *out,
		     struct cc_err *err)
{
	for (size_t i = first; i < chain->count; i++)
		CC_TRY(cc_cert_to_pem(chain->certs[i], out, err));
	return 0;
}

static int make_crl(const struct cc_sim_plan *plan, const struct cc_cert *issuer,
		    const struct cc_key *key, const struct cc_cert *revoked, struct cc_buf *out,
		    struct cc_err *err)
{
	const struct cc_crl_plan crl = {
		.issuer = issuer,
		.issuer_key = key,
		.from = plan->now,
		.until = plan->now + plan->collateral_seconds,
		.number = plan->crl_number,
		.revoked = &revoked,
		.revoked_count = revoked != NULL,
	};

	return cc_crl_make(&crl, out, err);
}

/* The order of cc_collateral_files. */
enum file { TCB_INFO, TCB_CHAIN, QE_IDENTITY, QE_CHAIN, ROOT_CRL, PCK_CRL, PCK_CRL_CHAIN };

static int publish_crls(struct cc_sim_pki *pki, const struct cc_sim_plan *plan, struct cc_err *err)
{
	struct cc_cert *const *pck = pki->pck_chain.certs;
	const struct cc_cert *by_root = NULL, *by_ca = NULL;

	if (plan->revoked == CC_SIM_REVOKED_CA)
		by_root = pck[1];
	else if (plan->revoked == CC_SIM_REVOKED_SIGNER)
		by_root = pki->signer_chain.certs[0];
	else if (plan->revoked == CC_SIM_REVOKED_PCK)
		by_ca = pck[0];
	CC_TRY(make_crl(plan, pck[2], pki->root_key, by_root, &pki->files[ROOT_CRL], err));
	CC_TRY(make_crl(plan, pck[1], pki->ca_key, by_ca, &pki->files[PCK_CRL], err));
	return add_chain(&pki->pck_chain, 1, &pki->files[PCK_CRL_CHAIN], err);
}

int cc_sim_pki_publish(struct cc_sim_pki *pki, const struct cc_sim_plan *plan, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf tcb_info = { 0 }, qe_identity = { 0 };

	cc_buf_reset(&pki->pck_pem);
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		cc_buf_reset(&pki->files[i]);
	CC_TRY(add_chain(&pki->pck_chain, 0, &pki->pck_pem, err));
	CC_TRY(make_tcb_info(plan, &tcb_info, err));
	CC_TRY(add_signed(pki->signer_key, "tcbInfo", cc_buf_span(&tcb_info), &pki->files[TCB_INFO],
			  err));
	CC_TRY(add_chain(&pki->signer_chain, 0, &pki->files[TCB_CHAIN], err));
	CC_TRY(make_qe_identity(plan, &qe_identity, err));
	CC_TRY(add_signed(pki->signer_key, "enclaveIdentity", cc_buf_span(&qe_identity),
			  &pki->files[QE_IDENTITY], err));
	CC_TRY(add_chain(&pki->signer_chain, 0, &pki->files[QE_CHAIN], err));
	return publish_crls(pki, plan, err);
}
