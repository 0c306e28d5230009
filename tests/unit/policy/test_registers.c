/* SPDX-License-Identifier: Apache-2.0 */
/* Single registers that a policy demands: read, refused where there is no such thing, decided. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/text.h"
#include "evidence/snp.h"
#include "evidence/tdx.h"
#include "policy/decide.h"
#include "policy/effects.h"

#define NOW 1793491200 /* 2026-11-01T00:00:00Z */
#define LEN_MAX 64

struct register_case {
	const char *platform, *name;
	size_t len;
	void (*set)(struct cc_claims *claims, struct cc_span value);
};

/* Claims of one that is well in itself, whose measurement is bytes of 0xaa. */
static struct cc_claims claims_of(const char *platform)
{
	struct cc_claims c = { .platform = cc_platform_named(platform),
			       .class = CC_CLASS_CONFIDENTIAL,
			       .tcb = CC_TCB_NOT_STATED,
			       .measurement_len = 48 };

	memset(c.measurement, 0xaa, c.measurement_len);
	if (c.platform == CC_PLATFORM_TDX) {
		c.tcb = c.intel.qe_tcb = CC_TCB_UP_TO_DATE;
		c.tdx.attributes = CC_TD_SEPT_VE_DISABLE;
		c.tdx.xfam = CC_TD_XFAM_FIXED;
	}
	c.snp.product = CC_SNP_GENOA;
	c.snp.signer = CC_SNP_VCEK;
	c.snp.policy = CC_SNP_POLICY_ONE;
	if (c.platform == CC_PLATFORM_TPM) {
		c.class = CC_CLASS_MEASURED_ONLY;
		c.tpm.quoted = true;
		c.measurement_len = 32;
	}
	return c;
}

static void set_register(struct cc_claims *claims, uint16_t index, struct cc_span value)
{
	struct cc_register *to = &claims->registers.at[claims->registers.count++];

	to->index = index;
	to->len = (uint16_t)value.len;
	memcpy(to->value, value.at, value.len);
}

/* A guest that has a virtual TPM. */
static void set_quoted(struct cc_claims *claims, uint16_t index, struct cc_span value)
{
	claims->tpm.quoted = true;
	set_register(claims, index, value);
}

static void set_first(struct cc_claims *c, struct cc_span value)
{
	set_register(c, 0, value);
}

static void set_third(struct cc_claims *c, struct cc_span value)
{
	set_register(c, 3, value);
}

static void set_last_pcr(struct cc_claims *c, struct cc_span value)
{
	set_quoted(c, 23, value);
}

static void set_pcr_15(struct cc_claims *c, struct cc_span value)
{
	set_register(c, 15, value);
}

static void set_launch(struct cc_claims *c, struct cc_span value)
{
	c->tpm.quoted = c->tpm.launch_is_all = true;
	c->tpm.launch_len = value.len;
	memcpy(c->tpm.launch, value.at, value.len);
}

#define SETTER(name, member)                                              \
	static void set_##name(struct cc_claims *c, struct cc_span value) \
	{                                                                 \
		assert_int_equal(sizeof(c->member), value.len);           \
		memcpy(&c->member, value.at, value.len);                  \
	}
SETTER(mrseam, tdx.module)
SETTER(mrsignerseam, tdx.module_signer)
SETTER(mrconfigid, tdx.config)
SETTER(mrowner, tdx.owner)
SETTER(mrownerconfig, tdx.owner_config)
SETTER(mrservicetd, tdx.service_td)
SETTER(host_data, snp.host_data)
SETTER(id_key, snp.id_key)
SETTER(author_key, snp.author_key)
SETTER(family_id, snp.family_id)
SETTER(image_id, snp.image_id)
SETTER(personalization, cca.personalization)

static const struct register_case cases[] = {
	{ "tpm", "pcr0", 32, set_first },
	{ "tpm", "pcr3", 48, set_third },
	{ "tpm", "pcr23", 64, set_last_pcr },
	{ "snp", "pcr23", 32, set_last_pcr },
	{ "tdx", "pcr23", 32, set_last_pcr },
	{ "snp", "launch", 48, set_launch },
	{ "tdx", "launch", 48, set_launch },
	{ "nitro", "pcr0", 48, set_first },
	{ "nitro", "pcr15", 48, set_pcr_15 },
	{ "tdx", "rtmr0", 48, set_first },
	{ "tdx", "rtmr3", 48, set_third },
	{ "tdx", "mrseam", 48, set_mrseam },
	{ "tdx", "mrsignerseam", 48, set_mrsignerseam },
	{ "tdx", "mrconfigid", 48, set_mrconfigid },
	{ "tdx", "mrowner", 48, set_mrowner },
	{ "tdx", "mrownerconfig", 48, set_mrownerconfig },
	{ "tdx", "mrservicetd", 48, set_mrservicetd },
	{ "snp", "host_data", 32, set_host_data },
	{ "snp", "id_key", 48, set_id_key },
	{ "snp", "author_key", 48, set_author_key },
	{ "snp", "family_id", 16, set_family_id },
	{ "snp", "image_id", 16, set_image_id },
	{ "cca", "rem0", 32, set_first },
	{ "cca", "rem3", 64, set_third },
	{ "cca", "personalization", 64, set_personalization },
};

static void hex(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static char *policy_text(const char *entry)
{
	struct cc_err err = { 0 };
	char *text = NULL;

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nservices:\n- name: s\n  command: [x]\n"
				 "  measurements:\n  - %s\n"
				 "security: {attestation: {tolerate: [measured-only]}}\n",
				 entry),
			 0);
	return text;
}

static enum cc_code decide(const char *entry, const struct cc_claims *claims, struct cc_err *err)
{
	CC_AUTO_FREE char *text = policy_text(entry);
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_program program = { 0 };

	*err = (struct cc_err){ 0 };
	if (cc_decide_service(policy, &policy->services.at[0], claims, NOW, &program, err) != 0)
		return err->code;
	assert_true(program.is_authenticated);
	assert_false(program.is_computed);
	return CC_OK;
}

static bool accepts(const char *entry, const struct cc_claims *claims)
{
	struct cc_err err = { 0 };
	enum cc_code code = decide(entry, claims, &err);

	assert_true(code == CC_OK || code == CC_E_DENIED);
	return code == CC_OK;
}

/* The line of a measurement that is right, and this one register. */
static char *entry_text(const struct register_case *c, size_t measurement_len, const char *value)
{
	char measurement[2 * CC_MEASUREMENT_MAX + 1];
	struct cc_err err = { 0 };
	char *text = NULL;

	memset(measurement, 'a', 2 * measurement_len);
	measurement[2 * measurement_len] = '\0';
	assert_int_equal(cc_strf(&text, &err, "{platform: %s, value: %s, registers: {%s: %s}}",
				 c->platform, measurement, c->name, value),
			 0);
	return text;
}

static void each_register_has_the_demanded_value_or_the_start_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		const struct register_case *c = &cases[i];
		struct cc_claims claims = claims_of(c->platform), without = claims;
		char digits[2 * LEN_MAX + 1];
		CC_AUTO_FREE char *entry = NULL;
		uint8_t value[LEN_MAX];
		struct cc_err err = { 0 };

		for (size_t b = 0; b < c->len; b++)
			value[b] = (uint8_t)(0x10 + b);
		hex(value, c->len, digits);
		entry = entry_text(c, claims.measurement_len, digits);
		c->set(&claims, cc_span(value, c->len));
		if (decide(entry, &claims, &err) != CC_OK)
			fail_msg("%s %s: %s", c->platform, c->name, err.text);
		if (accepts(entry, &without))
			fail_msg("%s %s that is not there", c->platform, c->name);
		/* One bit of each byte in turn. */
		for (size_t b = 0; b < c->len; b++) {
			struct cc_claims other = claims_of(c->platform);

			value[b] ^= 1;
			c->set(&other, cc_span(value, c->len));
			value[b] ^= 1;
			assert_int_equal(decide(entry, &other, &err), CC_E_DENIED);
			if (strstr(err.text, c->name) == NULL)
				fail_msg("%s is not in: %s", c->name, err.text);
		}
	}
}

#define V32 HEX_A
#define W32 HEX_B
#define V48 HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define W48 HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct cc_claims with_pcrs(size_t len)
{
	struct cc_claims c = claims_of("tpm");
	uint8_t a[CC_MEASUREMENT_MAX], b[CC_MEASUREMENT_MAX];

	memset(a, 0xaa, sizeof(a));
	memset(b, 0xbb, sizeof(b));
	set_register(&c, 4, cc_span(a, len));
	set_register(&c, 11, cc_span(b, len));
	return c;
}

static void of_several_values_one_is_enough_and_of_several_registers_none(void **state)
{
	struct cc_claims c = with_pcrs(32);

	(void)state;
	assert_true(accepts("{platform: tpm, registers: {pcr4: " V32 "}}", &c));
	assert_true(accepts("{platform: tpm, registers: {pcr4: [" W32 ", " V32 "]}}", &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: [" W32 ", " HEX_C "]}}", &c));
	assert_true(accepts("{platform: tpm, registers: {pcr4: " V32 ", pcr11: " W32 "}}", &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: " V32 ", pcr11: " V32 "}}", &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: " W32 ", pcr11: " W32 "}}", &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: " V32 ", pcr12: " W32 "}}", &c));
	/* A second line is another way in; its registers are its own. */
	assert_true(accepts("{platform: tpm, registers: {pcr4: " W32 "}}\n"
			    "  - {platform: tpm, registers: {pcr11: " W32 "}}",
			    &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: " W32 ", pcr11: " W32 "}}\n"
			     "  - {platform: tpm, registers: {pcr4: " V32 ", pcr11: " V32 "}}",
			     &c));
}

static void registers_come_beside_the_measurement_and_not_in_its_place(void **state)
{
	struct cc_claims c = with_pcrs(32);

	(void)state;
	assert_true(accepts("{platform: tpm, value: " V32 ", registers: {pcr4: " V32 "}}", &c));
	assert_false(accepts("{platform: tpm, value: " W32 ", registers: {pcr4: " V32 "}}", &c));
	assert_false(accepts("{platform: nitro, registers: {pcr4: " V48 "}}", &c));
}

static void a_value_of_another_bank_is_another_value(void **state)
{
	struct cc_claims c = with_pcrs(48);

	(void)state;
	assert_true(accepts("{platform: tpm, registers: {pcr4: " V48 "}}", &c));
	assert_false(accepts("{platform: tpm, registers: {pcr4: " V32 "}}", &c));
}

/* RTMR 0 and PCR 0 of SHA-384 are as long: which of them stands in the claims is said there. */
static void a_pcr_is_no_register_of_the_hardware(void **state)
{
	struct cc_claims plain = claims_of("tdx"), quoted = plain;
	uint8_t value[48];

	(void)state;
	memset(value, 0xbb, sizeof(value));
	set_register(&plain, 0, CC_SPAN(value));
	set_quoted(&quoted, 0, CC_SPAN(value));
	assert_true(
		accepts("{platform: tdx, value: " V48 ", registers: {rtmr0: " W48 "}}", &plain));
	assert_false(
		accepts("{platform: tdx, value: " V48 ", registers: {pcr0: " W48 "}}", &plain));
	assert_true(
		accepts("{platform: tdx, value: " V48 ", registers: {pcr0: " W48 "}}", &quoted));
	assert_false(
		accepts("{platform: tdx, value: " V48 ", registers: {rtmr0: " W48 "}}", &quoted));
}

static void a_virtual_tpm_is_known_by_what_runs_it(void **state)
{
	static const char entry[] = "{platform: tdx, registers: {launch: " W48 ", pcr4: " V32 "}}";
	struct cc_claims c = claims_of("tdx");
	uint8_t launch[48], pcr[32];

	(void)state;
	memset(launch, 0xbb, sizeof(launch));
	memset(pcr, 0xaa, sizeof(pcr));
	set_launch(&c, CC_SPAN(launch));
	set_register(&c, 4, CC_SPAN(pcr));
	assert_true(accepts(entry, &c));
	/* Registers below that say more than the launch does. */
	c.tpm.launch_is_all = false;
	assert_false(accepts(entry, &c));
	c.tpm.launch_is_all = true;
	c.tpm.launch[47] ^= 1;
	assert_false(accepts(entry, &c));
}

static void an_event_log_must_lead_to_the_pcrs_that_it_is_asked_for(void **state)
{
	struct cc_claims c = with_pcrs(32);

	(void)state;
	c.tpm.log_pcrs = 1U << 4 | 1U << 7;
	assert_true(accepts("{platform: tpm, value: " V32 ", log_pcrs: pcr4}", &c));
	assert_true(accepts("{platform: tpm, value: " V32 ", log_pcrs: [pcr7, pcr4]}", &c));
	assert_false(accepts("{platform: tpm, value: " V32 ", log_pcrs: [pcr4, pcr11]}", &c));
	c.tpm.log_pcrs = 0;
	assert_false(accepts("{platform: tpm, value: " V32 ", log_pcrs: pcr4}", &c));
	c.platform = CC_PLATFORM_SNP;
	c.class = CC_CLASS_CONFIDENTIAL;
	c.tpm.log_pcrs = 1U << 4;
	assert_true(accepts("{platform: snp, value: " V32 ", log_pcrs: pcr4}", &c));
	c.tpm.quoted = false;
	assert_false(accepts("{platform: snp, value: " V32 ", log_pcrs: pcr4}", &c));
}

static void what_no_evidence_has_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *entry, *why, *hint;
	} rows[] = {
		{ "{platform: tpm, registers: {pcr24: " V32 "}}",
		  "line 6, column 33: services[0].measurements[0].registers.pcr24: 'pcr24' is no "
		  "register",
		  "pcr23" },
		{ "{platform: tpm, registers: {pcr04: " V32 "}}", "'pcr04' is no register", "" },
		{ "{platform: tpm, registers: {PCR4: " V32 "}}", "'PCR4' is no register", "" },
		{ "{platform: tpm, registers: {pcr: " V32 "}}", "'pcr' is no register", "" },
		{ "{platform: tpm, registers: {pcr4: aabb}}",
		  "line 6, column 33: services[0].measurements[0].registers.pcr4: a value of 2 "
		  "bytes, which 'pcr4' never has",
		  "" },
		{ "{platform: tpm, registers: {pcr4: " V32 "aa}}", "a value of 33 bytes", "" },
		{ "{platform: tpm, registers: {pcr4: xy}}",
		  "line 6, column 39: services[0].measurements[0].registers.pcr4: 'xy' has a "
		  "character",
		  "" },
		{ "{platform: tpm, registers: {pcr4: " V32 ", pcr5: " V48 "}}",
		  "registers.pcr5: PCRs of two banks, of 32 and of 48 bytes", "" },
		{ "{platform: tpm, registers: {pcr4: [" V32 ", " V48 "]}}", "PCRs of two banks",
		  "" },
		{ "{platform: tpm, registers: {rtmr0: " V48 "}}",
		  "evidence of platform 'tpm' has no 'rtmr0'", "" },
		{ "{platform: sgx, value: " V32 ", registers: {pcr0: " V32 "}}",
		  "evidence of platform 'sgx' has no 'pcr0'", "" },
		{ "{platform: snp, value: " V48 ", registers: {mrseam: " V48 "}}",
		  "evidence of platform 'snp' has no 'mrseam'", "" },
		{ "{platform: nitro, registers: {pcr16: " V48 "}}",
		  "evidence of platform 'nitro' has no 'pcr16'", "" },
		{ "{platform: nitro, registers: {pcr0: " V32 "}}", "a value of 32 bytes", "" },
		{ "{platform: tdx, value: " V48 ", registers: {rtmr4: " V48 "}}",
		  "'rtmr4' is no register", "" },
		{ "{platform: cca, value: " V32 ", registers: {rem4: " V32 "}}",
		  "'rem4' is no register", "" },
		{ "{platform: snp, value: " V48 ", registers: {host_data: " V48 "}}",
		  "a value of 48 bytes", "" },
		{ "{platform: tpm, registers: {}}", "a mapping of registers", "" },
		{ "{platform: tpm, registers: [pcr4]}", "a mapping of registers", "" },
		{ "{platform: tpm, registers: {pcr4: []}}", "0 values", "" },
		{ "{platform: tpm, value: " V32 ", log_pcrs: pcr24}", "pcr24", "" },
		{ "{platform: nitro, value: " V48 ", log_pcrs: pcr0}",
		  "evidence of platform 'nitro' has no event log", "" },
		/* Registers that their writer alone vouches for. */
		{ "{platform: tdx, registers: {rtmr1: " V48 "}}", "or 'value'", "'launch'" },
		{ "{platform: snp, registers: {host_data: " V32 "}}", "or 'value'", "" },
		{ "{platform: snp, registers: {pcr4: " V32 "}}", "or 'value'", "" },
		{ "{platform: snp, registers: {launch: " V48 "}}", "or 'value'", "" },
		{ "{platform: cca, registers: {rem0: " V32 "}}", "or 'value'", "" },
		{ "{platform: tpm, log_pcrs: [pcr4]}", "or 'value'", "" },
		{ "{platform: tpm, registers: {pcr4: " V32 "}, options: " V32 "}",
		  "needs 'runtime' beside 'options'", "" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = policy_text(rows[i].entry);

		refused(text, CC_E_ARG, rows[i].why, rows[i].hint);
	}
}

static void the_order_of_registers_and_values_is_no_difference(void **state)
{
	CC_AUTO_FREE char *one = policy_text("{platform: tpm, registers: {pcr4: [" V32 ", " W32
					     "], pcr11: " W32 "}, log_pcrs: [pcr4, pcr11]}");
	CC_AUTO_FREE char *other =
		policy_text("{platform: tpm, registers: {pcr11: [" W32 "], pcr4: [" W32 ", " V32
			    "]}, log_pcrs: [pcr11, pcr4]}");
	struct cc_digest a = hash_of(one), b = hash_of(other);

	(void)state;
	assert_memory_equal(a.b, b.b, sizeof(a.b));
}

/* The sentences that permit, and those that do not, of a change of one line. */
static void count(const char *old, const char *new, size_t *permits, size_t *others)
{
	CC_AUTO_FREE char *was = policy_text(old), *is = policy_text(new);
	CC_AUTO_POLICY struct cc_policy *before = given(was), *after = given(is);
	CC_AUTO_EFFECTS struct cc_effects *effects = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_effects_make(before, after, &effects, &err), 0);
	*permits = *others = 0;
	for (size_t i = 0; i < effects->list.count; i++) {
		if (effects->list.at[i].kind == CC_EFFECT_PERMITS)
			(*permits)++;
		else
			(*others)++;
	}
}

#define LINE(rest) "{platform: tpm, value: " V32 rest "}"

static void to_demand_less_of_registers_permits_and_to_demand_more_does_not(void **state)
{
	static const struct {
		const char *more, *less;
	} rows[] = {
		{ LINE(", registers: {pcr4: " V32 "}"), LINE("") },
		{ LINE(", registers: {pcr4: " V32 ", pcr7: " V32 "}"),
		  LINE(", registers: {pcr4: " V32 "}") },
		{ LINE(", registers: {pcr4: " V32 "}"),
		  LINE(", registers: {pcr4: [" V32 ", " W32 "]}") },
		{ LINE(", log_pcrs: pcr4"), LINE("") },
		{ LINE(", log_pcrs: [pcr4, pcr7]"), LINE(", log_pcrs: pcr7") },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		size_t permits = 0, others = 0;

		count(rows[i].more, rows[i].less, &permits, &others);
		if (permits != 1 || others != 0)
			fail_msg("row %zu: less demanded: %zu, %zu", i, permits, others);
		count(rows[i].less, rows[i].more, &permits, &others);
		if (permits != 0 || others == 0)
			fail_msg("row %zu: more demanded: %zu, %zu", i, permits, others);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_register_has_the_demanded_value_or_the_start_is_refused),
		cmocka_unit_test(of_several_values_one_is_enough_and_of_several_registers_none),
		cmocka_unit_test(registers_come_beside_the_measurement_and_not_in_its_place),
		cmocka_unit_test(a_value_of_another_bank_is_another_value),
		cmocka_unit_test(a_pcr_is_no_register_of_the_hardware),
		cmocka_unit_test(a_virtual_tpm_is_known_by_what_runs_it),
		cmocka_unit_test(an_event_log_must_lead_to_the_pcrs_that_it_is_asked_for),
		cmocka_unit_test(what_no_evidence_has_is_refused_with_its_place),
		cmocka_unit_test(the_order_of_registers_and_values_is_no_difference),
		cmocka_unit_test(to_demand_less_of_registers_permits_and_to_demand_more_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
