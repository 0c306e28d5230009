/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of a CAS, made by a simulated platform in this process. */
#include "tests/unit/test.h"

#include "cli/attest.h"
#include "platform/quote.h"

#define NOW 1800000000

struct world {
	struct cc_sim_pki pki;
	struct cc_roots roots; /* with the simulated one */
	struct cc_key *key, *other;
	struct cc_document document;
	struct cc_sim_enclave enclave;
	struct cc_cas_proof proof;
	struct cc_json *answer;
};

static void ok(int result, const struct cc_err *err)
{
	if (result != 0)
		fail_msg("%s", err->text);
}

static void world_clear(struct world *w)
{
	cc_sim_pki_clear(&w->pki);
	cc_key_free(w->key);
	cc_key_free(w->other);
	cc_document_clear(&w->document);
	cc_json_free(w->answer);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

/* What the platform is asked for: its own view of nonce, connection and keys. */
static struct cc_digest64 report_of(const struct world *w)
{
	struct cc_report report = { .role = CC_ROLE_CAS,
				    .exporter = w->proof.exporter,
				    .cas_key = w->document.key_hash,
				    .hpke = w->document.hpke };
	CC_AUTO_BUF struct cc_buf raw = { 0 };
	struct cc_digest64 data = { 0 };
	struct cc_err err = { 0 };

	memcpy(report.nonce, w->proof.nonce, sizeof(report.nonce));
	ok(cc_pubkey_to_raw(w->document.key, &raw, &err), &err);
	memcpy(report.signer, raw.at, sizeof(report.signer));
	ok(cc_report_data(&report, &data, &err), &err);
	return data;
}

static void say(struct world *w, const char *class, const char *measurement)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	ok(cc_buf_addf(&text, &err, "{\"class\":\"%s\",\"policy\":{\"measurements\":[\"%s\"]}}",
		       class, measurement),
	   &err);
	cc_json_free(w->document.json);
	ok(cc_json_parse(cc_buf_span(&text), 4096, &w->document.json, &err), &err);
}

static void answer(struct world *w)
{
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct cc_collateral ranges = { 0 };
	struct cc_json *collateral = NULL;
	struct cc_err err = { 0 };

	ok(cc_sim_quote(&w->pki, &w->enclave, &quote, &err), &err);
	cc_sim_pki_collateral(&w->pki, &ranges);
	cc_json_free(w->answer);
	ok(cc_json_object(&w->answer, &err), &err);
	ok(cc_json_set_str(w->answer, "platform", "sgx", &err), &err);
	ok(cc_json_set_base64(w->answer, "evidence", cc_buf_span(&quote), &err), &err);
	ok(cc_collateral_to_json(&ranges, &collateral, &err), &err);
	ok(cc_json_set(w->answer, "collateral", collateral, &err), &err);
	w->proof.answer = w->answer;
}

static void make(struct world *w)
{
	struct cc_sim_plan plan = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	ok(cc_sim_plan_good(NOW, &plan, &err), &err);
	ok(cc_sim_pki_make(&plan, &w->pki, &err), &err);
	ok(cc_sim_pki_root(&w->pki, &root, &err), &err);
	cc_roots_vendors(&w->roots);
	ok(cc_roots_add(&w->roots, &root, &err), &err);
	ok(cc_key_generate(CC_KEY_ED25519, &w->key, &err), &err);
	ok(cc_key_generate(CC_KEY_ED25519, &w->other, &err), &err);
	{
		CC_AUTO_BUF struct cc_buf der = { 0 };

		ok(cc_pubkey_to_der(cc_key_public(w->key), &der, &err), &err);
		ok(cc_pubkey_from_der(cc_buf_span(&der), &w->document.key, &err), &err);
	}
	ok(cc_pubkey_hash(w->document.key, &w->document.key_hash, &err), &err);
	memset(w->document.hpke.b, 4, sizeof(w->document.hpke.b));
	w->document.simulation = true;
	memset(w->proof.nonce, 5, sizeof(w->proof.nonce));
	memset(w->proof.exporter.b, 6, sizeof(w->proof.exporter.b));
	w->proof.document = &w->document;
	w->proof.roots = &w->roots;
	w->proof.at = NOW;
	w->enclave = (struct cc_sim_enclave){ .attributes = CC_SGX_INIT | CC_SGX_MODE64 };
	memset(w->enclave.mrenclave.b, 0x11, sizeof(w->enclave.mrenclave.b));
	w->enclave.report_data = report_of(w);
	say(w, "simulated", "1111111111111111111111111111111111111111111111111111111111111111");
	answer(w);
}

static void a_simulated_cas_is_believed_when_its_root_is_named(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&w);
	ok(cc_cas_prove(&w.proof, &claims, &err), &err);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_int_equal(claims.measurement[0], 0x11);
}

static void a_simulated_cas_is_refused_without_its_root_whatever_it_says(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_roots vendors = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make(&w);
	cc_roots_vendors(&vendors);
	w.proof.roots = &vendors;
	assert_int_equal(cc_cas_prove(&w.proof, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_non_null(strstr(err.text, "SIMULATION"));
	assert_non_null(strstr(err.hint, "--simulation"));
	/* It lies: then its evidence ends in a root that nobody named. */
	w.document.simulation = false;
	say(&w, "confidential", "1111111111111111111111111111111111111111111111111111111111111111");
	assert_int_equal(cc_cas_prove(&w.proof, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(claims.class, CC_CLASS_NONE);
}

/* One change each to what the user's side knows or to what the platform has signed. */
static void other_nonce(struct world *w)
{
	w->proof.nonce[0] ^= 1;
}
static void other_connection(struct world *w)
{
	w->proof.exporter.b[0] ^= 1;
}
static void other_key_hash(struct world *w)
{
	w->document.key_hash.b[0] ^= 1;
}
static void other_hpke(struct world *w)
{
	w->document.hpke.b[0] ^= 1;
}
static void claims_another_class(struct world *w)
{
	say(w, "confidential", "1111111111111111111111111111111111111111111111111111111111111111");
}
static void hides_that_it_is_simulated(struct world *w)
{
	w->document.simulation = false;
}
static void other_measurement(struct world *w)
{
	say(w, "simulated", "2111111111111111111111111111111111111111111111111111111111111111");
}
static void debug(struct world *w)
{
	w->enclave.attributes |= CC_SGX_DEBUG;
	answer(w);
}
static void too_late(struct world *w)
{
	w->proof.at = NOW + (int64_t)400 * 24 * 3600;
}
static void no_evidence(struct world *w)
{
	struct cc_err err = { 0 };

	ok(cc_json_set_str(w->answer, "evidence", "", &err), &err);
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct {
		void (*change)(struct world *w);
		enum cc_code code;
	} rows[] = {
		{ other_nonce, CC_E_EVIDENCE },
		{ other_connection, CC_E_EVIDENCE },
		{ other_key_hash, CC_E_EVIDENCE },
		{ other_hpke, CC_E_EVIDENCE },
		{ claims_another_class, CC_E_EVIDENCE },
		{ hides_that_it_is_simulated, CC_E_EVIDENCE },
		{ other_measurement, CC_E_DENIED },
		{ debug, CC_E_DENIED },
		{ too_late, CC_E_EXPIRED },
		{ no_evidence, CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		make(&w);
		rows[i].change(&w);
		if (cc_cas_prove(&w.proof, &claims, &err) == 0 || err.code != rows[i].code)
			fail_msg("row %zu: %d '%s'", i, err.code, err.text);
		assert_int_equal(claims.class, CC_CLASS_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_cas_is_believed_when_its_root_is_named),
		cmocka_unit_test(a_simulated_cas_is_refused_without_its_root_whatever_it_says),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests_name("cli-attest", tests, NULL, NULL);
}
