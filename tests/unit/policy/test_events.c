/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a start that a policy requires, closes a register to, or forbids. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "policy/decide.h"
#include "policy/effects.h"

#define NOW 1793491200 /* 2026-11-01T00:00:00Z */
#define UKI HEX_A
#define LOADER HEX_B
#define EVIL HEX_C

static void add(struct cc_claims *claims, uint16_t index, uint8_t byte)
{
	struct cc_events *events = &claims->tpm.events;
	struct cc_register *to = &events->at[events->count++];

	to->index = index;
	to->len = 32;
	memset(to->value, byte, to->len);
}

/* A loader and a kernel image in PCR 4, something in PCR 7; a log leads to both. */
static struct cc_claims started(void)
{
	struct cc_claims c = { .platform = CC_PLATFORM_TPM,
			       .class = CC_CLASS_MEASURED_ONLY,
			       .tcb = CC_TCB_NOT_STATED,
			       .measurement_len = 32,
			       .tpm = { .quoted = true, .log_pcrs = 1U << 4 | 1U << 7 } };

	memset(c.measurement, 0xdd, c.measurement_len);
	add(&c, 4, 0xbb);
	add(&c, 4, 0xaa);
	add(&c, 7, 0xdd);
	return c;
}

static char *policy_text(const char *events)
{
	struct cc_err err = { 0 };
	char *text = NULL;

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nservices:\n- name: s\n  command: [x]\n  measurements:\n"
				 "  - {platform: tpm, value: " HEX_D "%s%s%s}\n"
				 "security: {attestation: {tolerate: [measured-only]}}\n",
				 events[0] == '\0' ? "" : ", events: [", events,
				 events[0] == '\0' ? "" : "]"),
			 0);
	return text;
}

static bool accepts(const char *events, const struct cc_claims *claims)
{
	CC_AUTO_FREE char *text = policy_text(events);
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_program program = { 0 };
	struct cc_err err = { 0 };

	if (cc_decide_service(policy, &policy->services.at[0], claims, NOW, &program, &err) == 0)
		return true;
	assert_int_equal(err.code, CC_E_DENIED);
	assert_non_null(strstr(err.text, "'events'"));
	return false;
}

#define REQUIRED(digest) "{pcr: pcr4, digest: " digest "}"
#define ONLY(digest) "{pcr: pcr4, digest: " digest ", rule: only}"
#define FORBIDDEN(digest) "{pcr: pcr4, digest: " digest ", rule: forbidden}"

static void events_are_required_closed_and_forbidden(void **state)
{
	static const struct {
		const char *events;
		bool may;
	} rows[] = {
		{ REQUIRED(UKI), true },
		{ REQUIRED(UKI) ", " REQUIRED(LOADER), true },
		{ REQUIRED(EVIL), false },
		{ REQUIRED(UKI) ", " REQUIRED(EVIL), false },
		{ REQUIRED("[" EVIL ", " UKI "]"), true },
		{ "{pcr: pcr7, digest: " UKI "}", false },
		{ "{pcr: pcr7, digest: " HEX_D "}", true },
		{ FORBIDDEN(EVIL), true },
		{ FORBIDDEN(UKI), false },
		{ FORBIDDEN("[" EVIL ", " LOADER "]"), false },
		{ "{pcr: pcr7, digest: " UKI ", rule: forbidden}", true },
		{ ONLY(UKI), false },
		{ ONLY("[" UKI ", " LOADER "]"), true },
		{ ONLY("[" UKI ", " LOADER ", " EVIL "]"), true },
		{ ONLY(UKI) ", " ONLY(LOADER), true },
		{ ONLY(UKI) ", " REQUIRED(LOADER), true },
		{ ONLY(UKI) ", " FORBIDDEN(LOADER), false },
		{ ONLY(UKI) ", {pcr: pcr7, digest: " LOADER ", rule: only}", false },
		/* Another PCR's digest, and another bank's beginning, are others. */
		{ ONLY(UKI) ", {pcr: pcr7, digest: [" LOADER ", " HEX_D "], rule: only}", false },
		{ REQUIRED(UKI "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false },
	};
	struct cc_claims c = started();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (accepts(rows[i].events, &c) != rows[i].may)
			fail_msg("row %zu: %s", i, rows[i].events);
}

static void what_ran_before_is_seen_where_a_register_is_closed(void **state)
{
	struct cc_claims c = started();

	(void)state;
	add(&c, 4, 0xcc);
	assert_true(accepts(REQUIRED(UKI), &c));
	assert_false(accepts(ONLY("[" UKI ", " LOADER "]"), &c));
}

static void events_that_no_log_proves_are_none(void **state)
{
	static const char *const all[] = { REQUIRED(UKI), FORBIDDEN(EVIL),
					   ONLY("[" UKI ", " LOADER "]") };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		struct cc_claims c = started();

		assert_true(accepts(all[i], &c));
		c.tpm.log_pcrs = 1U << 7;
		assert_false(accepts(all[i], &c));
		c.tpm.log_pcrs |= 1U << 4;
		c.tpm.events.omitted = true;
		assert_false(accepts(all[i], &c));
		c.tpm.events.omitted = false;
		c.tpm.quoted = false;
		assert_false(accepts(all[i], &c));
	}
}

static void a_closed_register_of_a_tpm_needs_no_measurement(void **state)
{
	static const char text[] =
		"name: p\nservices:\n- name: s\n  command: [x]\n  measurements:\n"
		"  - {platform: tpm, events: [" ONLY(
			"[" UKI ", " LOADER
			"]") "]}\n"
			     "security: {attestation: {tolerate: [measured-only]}}\n";
	CC_AUTO_POLICY struct cc_policy *policy = given(text);
	struct cc_claims c = started();
	struct cc_program program = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(
		cc_decide_service(policy, &policy->services.at[0], &c, NOW, &program, &err), 0);
	assert_true(program.is_authenticated);
	add(&c, 4, 0xcc);
	assert_int_equal(
		cc_decide_service(policy, &policy->services.at[0], &c, NOW, &program, &err), -1);
}

#define SERVICE "name: p\nservices:\n- name: s\n  command: [x]\n  measurements:\n  - "

static void what_is_no_event_is_refused(void **state)
{
	static const struct {
		const char *entry, *why;
	} rows[] = {
		{ "{platform: tpm, value: " HEX_D ", events: [{pcr: pcr24, digest: " UKI "}]}",
		  "pcr24" },
		{ "{platform: tpm, value: " HEX_D ", events: [{pcr: pcr4}]}", "digest" },
		{ "{platform: tpm, value: " HEX_D ", events: [{pcr: pcr4, digest: []}]}",
		  "names no 'digest'" },
		{ "{platform: tpm, value: " HEX_D ", events: [{digest: " UKI "}]}", "pcr" },
		{ "{platform: tpm, value: " HEX_D ", events: [{pcr: pcr4, digest: aabb}]}",
		  "measurements[0].events[0].digest: a digest of 2 bytes" },
		{ "{platform: tpm, value: " HEX_D ", events: [{pcr: pcr4, digest: " UKI
		  ", rule: maybe}]}",
		  "maybe" },
		{ "{platform: sgx, value: " HEX_D ", events: [{pcr: pcr4, digest: " UKI "}]}",
		  "evidence of platform 'sgx' has no event log" },
		{ "{platform: tpm, events: [{pcr: pcr4, digest: " UKI "}]}", "or 'value'" },
		{ "{platform: snp, events: [{pcr: pcr4, digest: " UKI ", rule: only}]}",
		  "or 'value'" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *text = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&text, &err, SERVICE "%s\n", rows[i].entry), 0);
		refused(text, CC_E_ARG, rows[i].why, "");
	}
}

/* Whether a change says that it permits something. */
static bool permits(const char *old, const char *new)
{
	CC_AUTO_FREE char *was = policy_text(old), *is = policy_text(new);
	CC_AUTO_POLICY struct cc_policy *before = given(was), *after = given(is);
	CC_AUTO_EFFECTS struct cc_effects *effects = NULL;
	struct cc_err err = { 0 };
	bool found = false;

	assert_int_equal(cc_effects_make(before, after, &effects, &err), 0);
	assert_true(effects->list.count > 0);
	for (size_t i = 0; i < effects->list.count; i++)
		found = found || effects->list.at[i].kind == CC_EFFECT_PERMITS;
	return found;
}

static void to_demand_less_of_events_permits(void **state)
{
	static const struct {
		const char *old, *new;
		bool permits;
	} rows[] = {
		{ REQUIRED(UKI), "", true },
		{ "", REQUIRED(UKI), false },
		{ REQUIRED(UKI) ", " FORBIDDEN(EVIL), REQUIRED(UKI), true },
		{ REQUIRED(UKI), REQUIRED(UKI) ", " FORBIDDEN(EVIL), false },
		{ REQUIRED(UKI), REQUIRED("[" UKI ", " EVIL "]"), true },
		{ "", ONLY(UKI), false },
		{ ONLY(UKI), "", true },
		/* One line more of a closed register is one event more. */
		{ ONLY(UKI), ONLY(UKI) ", " ONLY(EVIL), true },
		{ ONLY(UKI), ONLY(UKI) ", " REQUIRED(EVIL), true },
		{ ONLY(UKI), REQUIRED(UKI), true },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (permits(rows[i].old, rows[i].new) != rows[i].permits)
			fail_msg("row %zu: '%s' to '%s'", i, rows[i].old, rows[i].new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_required_closed_and_forbidden),
		cmocka_unit_test(what_ran_before_is_seen_where_a_register_is_closed),
		cmocka_unit_test(events_that_no_log_proves_are_none),
		cmocka_unit_test(a_closed_register_of_a_tpm_needs_no_measurement),
		cmocka_unit_test(what_is_no_event_is_refused),
		cmocka_unit_test(to_demand_less_of_events_permits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
