/* SPDX-License-Identifier: Apache-2.0 */
/* TCB info and QE identity: JSON that is verified by now → structs. */
#include <errno.h>

#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/json.h"
#include "evidence/collateral.h"
#include "evidence/tcb.h"

static int get_time(const struct cc_json *json, const char *name, int64_t *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	if (cc_time_parse(cc_span_str(text), out, err) != 0)
		return cc_wrap(err, "'%s'", name);
	return 0;
}

static int get_u16(const struct cc_json *json, const char *name, uint16_t *out, struct cc_err *err)
{
	uint64_t value = 0;

	CC_TRY(cc_json_get_u64(json, name, UINT16_MAX, &value, err));
	*out = (uint16_t)value;
	return 0;
}

static int get_evaluation_number(const struct cc_json *json, uint32_t *out, struct cc_err *err)
{
	uint64_t value = 0;

	CC_TRY(cc_json_get_u64(json, "tcbEvaluationDataNumber", UINT32_MAX, &value, err));
	*out = (uint32_t)value;
	return 0;
}

static int get_advisories(const struct cc_json *json, struct cc_advisories *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	if (!cc_json_has(json, "advisoryIDs"))
		return 0;
	CC_TRY(cc_json_get_array(json, "advisoryIDs", &list, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const char *name = cc_json_str(cc_json_at(list, i));

		if (name == NULL)
			return cc_fail(err, CC_E_EVIDENCE, "advisoryIDs[%zu] is not a string", i);
		CC_TRY(cc_advisories_add(out, name, err));
	}
	return 0;
}

/* [{"svn": n, "category": …, "type": …}, …], exactly 16 of SGX and of TDX alike. */
static int get_components_v3(const struct cc_json *tcb, const char *name,
			     uint8_t out[CC_SGX_COMPONENTS], struct cc_err *err)
{
	static const char *const known[] = { "svn", "category", "type" };
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(tcb, name, &list, err));
	if (cc_json_count(list) != CC_SGX_COMPONENTS)
		return cc_fail(err, CC_E_EVIDENCE, "%s has %zu elements, not %d", name,
			       cc_json_count(list), CC_SGX_COMPONENTS);
	for (size_t i = 0; i < CC_SGX_COMPONENTS; i++) {
		const struct cc_json *component = cc_json_at(list, i);
		uint64_t svn = 0;

		if (!cc_json_is_object(component))
			return cc_fail(err, CC_E_EVIDENCE, "%s[%zu] is no object", name, i);
		CC_TRY(cc_json_closed(component, known, CC_COUNT(known), err));
		CC_TRY(cc_json_get_u64(component, "svn", UINT8_MAX, &svn, err));
		out[i] = (uint8_t)svn;
	}
	return 0;
}

static const char *const v2_components[CC_SGX_COMPONENTS] = {
	"sgxtcbcomp01svn", "sgxtcbcomp02svn", "sgxtcbcomp03svn", "sgxtcbcomp04svn",
	"sgxtcbcomp05svn", "sgxtcbcomp06svn", "sgxtcbcomp07svn", "sgxtcbcomp08svn",
	"sgxtcbcomp09svn", "sgxtcbcomp10svn", "sgxtcbcomp11svn", "sgxtcbcomp12svn",
	"sgxtcbcomp13svn", "sgxtcbcomp14svn", "sgxtcbcomp15svn", "sgxtcbcomp16svn",
};

static int get_components_v2(const struct cc_json *tcb, uint8_t out[CC_SGX_COMPONENTS],
			     struct cc_err *err)
{
	for (size_t i = 0; i < CC_SGX_COMPONENTS; i++) {
		uint64_t svn = 0;

		CC_TRY(cc_json_get_u64(tcb, v2_components[i], UINT8_MAX, &svn, err));
		out[i] = (uint8_t)svn;
	}
	return 0;
}

/* The `tcb` member of a level: what the level is about. */
typedef int get_tcb_fn(const struct cc_json *tcb, struct cc_tcb_level *level, struct cc_err *err);

static int get_tcb_v3(const struct cc_json *tcb, struct cc_tcb_level *level, struct cc_err *err)
{
	static const char *const known[] = { "sgxtcbcomponents", "pcesvn" };

	CC_TRY(cc_json_closed(tcb, known, CC_COUNT(known), err));
	CC_TRY(get_components_v3(tcb, "sgxtcbcomponents", level->components, err));
	return get_u16(tcb, "pcesvn", &level->svn, err);
}

static int get_tcb_tdx(const struct cc_json *tcb, struct cc_tcb_level *level, struct cc_err *err)
{
	static const char *const known[] = { "sgxtcbcomponents", "tdxtcbcomponents", "pcesvn" };

	CC_TRY(cc_json_closed(tcb, known, CC_COUNT(known), err));
	CC_TRY(get_components_v3(tcb, "sgxtcbcomponents", level->components, err));
	CC_TRY(get_components_v3(tcb, "tdxtcbcomponents", level->tdx, err));
	return get_u16(tcb, "pcesvn", &level->svn, err);
}

static int get_tcb_v2(const struct cc_json *tcb, struct cc_tcb_level *level, struct cc_err *err)
{
	const char *known[CC_SGX_COMPONENTS + 1] = { "pcesvn" };

	memcpy(known + 1, v2_components, sizeof(v2_components));
	CC_TRY(cc_json_closed(tcb, known, CC_COUNT(known), err));
	CC_TRY(get_components_v2(tcb, level->components, err));
	return get_u16(tcb, "pcesvn", &level->svn, err);
}

static int get_tcb_svn(const struct cc_json *tcb, struct cc_tcb_level *level, struct cc_err *err)
{
	static const char *const known[] = { "isvsvn" };

	CC_TRY(cc_json_closed(tcb, known, CC_COUNT(known), err));
	return get_u16(tcb, "isvsvn", &level->svn, err);
}

static int get_level(const struct cc_json *json, get_tcb_fn *get_tcb, struct cc_tcb_level *level,
		     struct cc_err *err)
{
	static const char *const known[] = { "tcb", "tcbDate", "tcbStatus", "advisoryIDs" };
	const struct cc_json *tcb = NULL;
	const char *status = NULL;

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_EVIDENCE, "it is not an object");
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_object(json, "tcb", &tcb, err));
	CC_TRY(get_tcb(tcb, level, err));
	CC_TRY(get_time(json, "tcbDate", &level->date, err));
	CC_TRY(cc_json_get_str(json, "tcbStatus", &status, err));
	if (!cc_tcb_named(status, &level->status) || level->status == CC_TCB_NOT_SUPPORTED)
		return cc_fail(err, CC_E_EVIDENCE, "its tcbStatus is none that we know");
	return get_advisories(json, &level->advisories, err);
}

/* Where a list of levels goes: at most `max` of them. */
struct level_list {
	struct cc_tcb_level *at;
	size_t max;
};

static int get_levels(const struct cc_json *json, get_tcb_fn *get_tcb, struct level_list to,
		      size_t *count, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(json, "tcbLevels", &list, err));
	*count = cc_json_count(list);
	if (*count == 0 || *count > to.max)
		return cc_fail(err, CC_E_EVIDENCE, "tcbLevels has %zu elements, 1 to %zu are read",
			       *count, to.max);
	for (size_t i = 0; i < *count; i++) {
		to.at[i] = (struct cc_tcb_level){ 0 };
		if (get_level(cc_json_at(list, i), get_tcb, &to.at[i], err) != 0)
			return cc_wrap(err, "tcbLevels[%zu]", i);
	}
	return 0;
}

/* Highest first. Intel publishes sorted lists; the first match must not hang on that. */
static int by_height(const void *a, const void *b)
{
	const struct cc_tcb_level *x = a, *y = b;
	int order = memcmp(y->components, x->components, CC_SGX_COMPONENTS);

	if (order == 0)
		order = (int)y->svn - (int)x->svn;
	return order != 0 ? order : memcmp(y->tdx, x->tdx, sizeof(x->tdx));
}

/* Version 2 was SGX alone and has no id; in version 3 it tells SGX from TDX. */
static int read_kind(const struct cc_json *json, uint64_t version, enum cc_platform_kind *out,
		     struct cc_err *err)
{
	const char *id = "SGX";

	if (version == 3 || cc_json_has(json, "id"))
		CC_TRY(cc_json_get_str(json, "id", &id, err));
	*out = CC_PLATFORM_SGX;
	if (cc_str_eq(id, "SGX"))
		return 0;
	*out = CC_PLATFORM_TDX;
	if (version == 3 && cc_str_eq(id, "TDX"))
		return 0;
	return cc_fail(err, CC_E_EVIDENCE, "it is neither for SGX nor, in version 3, for TDX");
}

static int read_module_attributes(const struct cc_json *json, struct cc_tdx_module *out,
				  struct cc_err *err)
{
	CC_TRY(cc_json_get_hex(json, "mrsigner", CC_MUT(out->signer.b), err));
	CC_TRY(cc_json_get_hex(json, "attributes", CC_MUT(out->attributes), err));
	return cc_json_get_hex(json, "attributesMask", CC_MUT(out->attributes_mask), err);
}

/* The module of old has no levels: its SVN is among the TDX components. */
static int read_old_module(const struct cc_json *json, struct cc_tcb_info *out, struct cc_err *err)
{
	static const char *const known[] = { "mrsigner", "attributes", "attributesMask" };
	const struct cc_json *module = NULL;

	CC_TRY(cc_json_get_object(json, "tdxModule", &module, err));
	CC_TRY(cc_json_closed(module, known, CC_COUNT(known), err));
	memset(&out->modules[0], 0, offsetof(struct cc_tdx_module, levels));
	out->module_count = 1;
	return read_module_attributes(module, &out->modules[0], err);
}

/* "TDX_03": the major version in two hexadecimal digits, upper case. */
static int read_module_id(const struct cc_json *json, uint8_t *out, struct cc_err *err)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *id = NULL, *high = NULL, *low = NULL;

	CC_TRY(cc_json_get_str(json, "id", &id, err));
	if (strlen(id) == 6 && cc_str_starts(id, "TDX_")) {
		high = strchr(digits, id[4]);
		low = strchr(digits, id[5]);
	}
	if (high == NULL || low == NULL || (high == digits && low == digits))
		return cc_fail(err, CC_E_EVIDENCE, "its id is not of the form 'TDX_01'");
	*out = (uint8_t)((high - digits) << 4 | (low - digits));
	return 0;
}

static int read_module(const struct cc_json *json, struct cc_tcb_info *out, struct cc_err *err)
{
	static const char *const known[] = { "id", "mrsigner", "attributes", "attributesMask",
					     "tcbLevels" };
	struct cc_tdx_module *module = &out->modules[out->module_count];

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_EVIDENCE, "it is not an object");
	memset(module, 0, offsetof(struct cc_tdx_module, levels));
	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(read_module_id(json, &module->major, err));
	for (size_t i = 0; i < out->module_count; i++)
		if (out->modules[i].major == module->major)
			return cc_fail(err, CC_E_EVIDENCE, "its id stands there twice");
	CC_TRY(read_module_attributes(json, module, err));
	CC_TRY(get_levels(json, get_tcb_svn,
			  (struct level_list){ module->levels, CC_TDX_MODULE_LEVELS_MAX },
			  &module->count, err));
	qsort(module->levels, module->count, sizeof(module->levels[0]), by_height);
	out->module_count++;
	return 0;
}

static int read_modules(const struct cc_json *json, struct cc_tcb_info *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(read_old_module(json, out, err));
	if (!cc_json_has(json, "tdxModuleIdentities"))
		return 0;
	CC_TRY(cc_json_get_array(json, "tdxModuleIdentities", &list, err));
	if (cc_json_count(list) >= CC_TDX_MODULES_MAX)
		return cc_fail(err, CC_E_EVIDENCE,
			       "tdxModuleIdentities has %zu elements, fewer "
			       "than %d are read",
			       cc_json_count(list), CC_TDX_MODULES_MAX);
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (read_module(cc_json_at(list, i), out, err) != 0)
			return cc_wrap(err, "tdxModuleIdentities[%zu]", i);
	return 0;
}

static int check_info_members(const struct cc_json *json, enum cc_platform_kind platform,
			      struct cc_err *err)
{
	static const char *const known[] = { "id",
					     "version",
					     "issueDate",
					     "nextUpdate",
					     "fmspc",
					     "pceId",
					     "tcbType",
					     "tcbEvaluationDataNumber",
					     "tcbLevels",
					     "tdxModule",
					     "tdxModuleIdentities" };

	return cc_json_closed(json, known,
			      platform == CC_PLATFORM_TDX ? CC_COUNT(known) : CC_COUNT(known) - 2,
			      err);
}

static int read_info_head(const struct cc_json *json, struct cc_tcb_info *out, struct cc_err *err)
{
	uint64_t type = 0;

	CC_TRY(get_time(json, "issueDate", &out->from, err));
	CC_TRY(get_time(json, "nextUpdate", &out->until, err));
	CC_TRY(cc_json_get_hex(json, "fmspc", CC_MUT(out->fmspc), err));
	CC_TRY(cc_json_get_hex(json, "pceId", CC_MUT(out->pce_id), err));
	CC_TRY(cc_json_get_u64(json, "tcbType", UINT16_MAX, &type, err));
	if (type != 0)
		return cc_fail(err, CC_E_EVIDENCE, "its tcbType is not 0: we cannot compare it");
	return get_evaluation_number(json, &out->evaluation_number, err);
}

static int read_tcb_info(const struct cc_json *json, struct cc_tcb_info *out, struct cc_err *err)
{
	get_tcb_fn *get_tcb = get_tcb_v2;
	uint64_t version = 0;

	CC_TRY(cc_json_get_u64(json, "version", 3, &version, err));
	if (version < 2)
		return cc_fail(err, CC_E_EVIDENCE, "its version is 1, we read 2 and 3");
	CC_TRY(read_kind(json, version, &out->platform, err));
	CC_TRY(check_info_members(json, out->platform, err));
	CC_TRY(read_info_head(json, out, err));
	if (version == 3)
		get_tcb = out->platform == CC_PLATFORM_TDX ? get_tcb_tdx : get_tcb_v3;
	if (out->platform == CC_PLATFORM_TDX)
		CC_TRY(read_modules(json, out, err));
	CC_TRY(get_levels(json, get_tcb, (struct level_list){ out->levels, CC_TCB_LEVELS_MAX },
			  &out->count, err));
	qsort(out->levels, out->count, sizeof(out->levels[0]), by_height);
	return 0;
}

static int read_mask(const struct cc_json *json, const char *name, uint32_t *out,
		     struct cc_err *err)
{
	uint8_t bytes[4] = { 0 };
	struct cc_reader r = cc_reader(CC_SPAN(bytes));

	/* Big-endian text of a little-endian field: Intel prints the number, not the bytes. */
	CC_TRY(cc_json_get_hex(json, name, CC_MUT(bytes), err));
	return cc_read_u32be(&r, name, out, err);
}

static int read_qe_identity(const struct cc_json *json, struct cc_qe_identity *out,
			    struct cc_err *err)
{
	static const char *const known[] = { "id",
					     "version",
					     "issueDate",
					     "nextUpdate",
					     "tcbEvaluationDataNumber",
					     "miscselect",
					     "miscselectMask",
					     "attributes",
					     "attributesMask",
					     "mrsigner",
					     "isvprodid",
					     "tcbLevels" };
	const char *id = NULL;
	uint64_t version = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(json, "id", &id, err));
	CC_TRY(cc_json_get_u64(json, "version", 2, &version, err));
	if (cc_str_eq(id, "QE"))
		out->platform = CC_PLATFORM_SGX;
	else if (cc_str_eq(id, "TD_QE"))
		out->platform = CC_PLATFORM_TDX;
	if (out->platform == CC_PLATFORM_NONE || version != 2)
		return cc_fail(err, CC_E_EVIDENCE, "it is not 'QE' or 'TD_QE' of version 2");
	CC_TRY(get_time(json, "issueDate", &out->from, err));
	CC_TRY(get_time(json, "nextUpdate", &out->until, err));
	CC_TRY(get_evaluation_number(json, &out->evaluation_number, err));
	CC_TRY(read_mask(json, "miscselect", &out->miscselect, err));
	CC_TRY(read_mask(json, "miscselectMask", &out->miscselect_mask, err));
	CC_TRY(cc_json_get_hex(json, "attributes", CC_MUT(out->attributes), err));
	CC_TRY(cc_json_get_hex(json, "attributesMask", CC_MUT(out->attributes_mask), err));
	CC_TRY(cc_json_get_digest(json, "mrsigner", &out->mrsigner, err));
	CC_TRY(get_u16(json, "isvprodid", &out->product, err));
	return get_levels(json, get_tcb_svn, (struct level_list){ out->levels, CC_TCB_LEVELS_MAX },
			  &out->count, err);
}

/* Whatever is wrong inside signed collateral makes it worthless: one code for all of it. */
static int refuse(const char *what, struct cc_err *err)
{
	struct cc_err cause = *err;

	return cc_fail(err, CC_E_EVIDENCE, "%s: %s", what, cause.text);
}

int cc_tcb_info_parse(struct cc_span value, struct cc_tcb_info **out, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_tcb_info *info = malloc(sizeof(*info));
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (info == NULL)
		return cc_fail_sys(err, ENOMEM, "read TCB info");
	memset(info, 0, offsetof(struct cc_tcb_info, levels));
	if (cc_json_parse(value, CC_COLLATERAL_ITEM_MAX, &json, err) != 0 ||
	    read_tcb_info(json, info, err) != 0)
		return refuse("TCB info", err);
	*out = CC_TAKE(info);
	return 0;
}

int cc_qe_identity_parse(struct cc_span value, struct cc_qe_identity **out, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_qe_identity *identity = malloc(sizeof(*identity));
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (identity == NULL)
		return cc_fail_sys(err, ENOMEM, "read QE identity");
	memset(identity, 0, offsetof(struct cc_qe_identity, levels));
	if (cc_json_parse(value, CC_COLLATERAL_ITEM_MAX, &json, err) != 0 ||
	    read_qe_identity(json, identity, err) != 0)
		return refuse("QE identity", err);
	*out = CC_TAKE(identity);
	return 0;
}
