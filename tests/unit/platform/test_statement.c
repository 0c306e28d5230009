/* SPDX-License-Identifier: Apache-2.0 */
/* What vendors state, of platforms of our own: proven as a set, numbered, and put together again.
 */
#include "tests/unit/platform/world.h"

#include "evidence/prepared.h"
#include "evidence/shelf.h"
#include "platform/snp.h"
#include "platform/tpm.h"

static int state_of(const struct cc_evidence *ask, struct cc_statements *out, struct cc_err *err)
{
	cc_statements_clear(out);
	*out = (struct cc_statements){ 0 };
	*err = (struct cc_err){ 0 };
	return cc_statements_prove(ask, out, err);
}

static void must_state(const struct cc_evidence *ask, struct cc_statements *out)
{
	struct cc_err err = { 0 };

	if (state_of(ask, out, &err) != 0)
		fail_msg("%s", err.text);
}

static void must_not_state(const struct cc_evidence *ask, enum cc_code code, const char *word)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(state_of(ask, &statements, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", err.text, word);
}

static void make_good(struct world *w)
{
	struct cc_sim_enclave e = enclave();

	plan_good(w);
	w->plan.evaluation_number = 17;
	w->plan.crl_number = 5;
	make(w, &e);
}

static void a_set_of_intel_states_four_things_with_their_numbers(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	must_state(&ask, &s);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.at[0].kind, CC_STATEMENT_TCB_INFO);
	assert_int_equal(s.at[0].number, 17);
	assert_int_equal(strlen(s.at[0].subject), 12);
	assert_int_equal(s.at[1].kind, CC_STATEMENT_QE_IDENTITY);
	assert_string_equal(s.at[1].subject, "QE");
	assert_int_equal(s.at[1].number, 17);
	assert_string_equal(s.at[2].subject, "Intel SGX Root CA");
	assert_int_equal(s.at[2].number, 5);
	assert_string_equal(s.at[3].subject, "Intel SGX PCK Platform CA");
	assert_int_equal(s.at[3].number, 5);
	assert_true(cc_digest_eq(&s.at[2].issuer, &s.at[3].root));
	assert_false(cc_digest_eq(&s.at[3].issuer, &s.at[3].root));
	for (size_t i = 0; i < s.count; i++) {
		assert_int_equal(s.at[i].class, CC_CLASS_SIMULATED);
		assert_int_equal(s.at[i].from, NOW);
		assert_int_equal(s.at[i].until, NOW + w.plan.collateral_seconds);
	}
}

static void a_set_with_a_part_missing_states_nothing(void **state)
{
	AUTO_WORLD struct world w = { 0 };

	(void)state;
	make_good(&w);
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++) {
		struct cc_evidence ask = evidence_of(&w);

		memset((char *)&ask.collateral + cc_collateral_files[i].at, 0,
		       sizeof(struct cc_span));
		must_not_state(&ask, CC_E_EVIDENCE, cc_collateral_files[i].file);
	}
}

static void a_set_outside_its_window_states_nothing(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	ask.at = NOW + w.plan.collateral_seconds + 1;
	must_not_state(&ask, CC_E_EXPIRED, "not valid");
	ask.at = NOW - 1;
	must_not_state(&ask, CC_E_EXPIRED, "not valid");
}

/* Each part is of another installation, which has the same names and is in the list of roots too.
 */
static void no_part_of_a_set_is_taken_from_another_root(void **state)
{
	AUTO_WORLD struct world ours = { 0 }, theirs = { 0 };
	struct cc_collateral other = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good(&ours);
	make_good(&theirs);
	assert_int_equal(cc_sim_pki_root(&theirs.pki, &root, &err), 0);
	assert_int_equal(cc_roots_add(&ours.roots, &root, &err), 0);
	cc_sim_pki_collateral(&theirs.pki, &other);
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++) {
		CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
		struct cc_evidence ask = evidence_of(&ours);

		memcpy((char *)&ask.collateral + cc_collateral_files[i].at,
		       (const char *)&other + cc_collateral_files[i].at, sizeof(struct cc_span));
		if (state_of(&ask, &s, &err) == 0)
			fail_msg("%s of another root", cc_collateral_files[i].file);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void a_list_that_its_ca_has_not_signed_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	w.pki.files[5].at[w.pki.files[5].len - 1] ^= 1; /* pck_crl */
	must_not_state(&ask, CC_E_EVIDENCE, "not signed by");
}

static void a_list_of_the_root_is_not_one_of_a_ca(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	ask.collateral.pck_crl = ask.collateral.root_crl;
	must_not_state(&ask, CC_E_EVIDENCE, "another issuer");
	ask.collateral.pck_crl_chain = ask.collateral.tcb_info_chain;
	must_not_state(&ask, CC_E_EVIDENCE, "role");
}

static void a_revoked_ca_states_nothing(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence ask = { 0 };

	(void)state;
	plan_good(&w);
	w.plan.revoked = CC_SIM_REVOKED_CA;
	make(&w, &e);
	ask = evidence_of(&w);
	must_not_state(&ask, CC_E_EVIDENCE, "revoked");
}

static void nothing_without_a_number_is_a_set(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	ask.collateral = (struct cc_collateral){ 0 };
	must_not_state(&ask, CC_E_ARG, "no TCB info");
}

static void an_older_number_does_not_follow(void **state)
{
	const struct cc_statement known = { .kind = CC_STATEMENT_CRL, .number = 7, .from = NOW };
	struct cc_statement next = known;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_statement_follows(&next, &known, &err), 0);
	next.from = NOW + 1;
	assert_int_equal(cc_statement_follows(&next, &known, &err), 0);
	next.number = 6;
	assert_int_equal(cc_statement_follows(&next, &known, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	assert_non_null(strstr(err.text, "number 6"));
	assert_non_null(strstr(err.text, "known is 7"));
	next.number = 7;
	next.from = NOW - 1;
	assert_int_equal(cc_statement_follows(&next, &known, &err), -1);
	next.number = 8;
	assert_int_equal(cc_statement_follows(&next, &known, &err), 0);
}

static void a_statement_replaces_only_one_about_the_same(void **state)
{
	struct cc_statement a = { .kind = CC_STATEMENT_TCB_INFO, .platform = CC_PLATFORM_SGX };
	struct cc_statement b = a;

	(void)state;
	(void)snprintf(a.subject, sizeof(a.subject), "00606a000000");
	b = a;
	assert_true(cc_statement_replaces(&a, &b));
	b.platform = CC_PLATFORM_TDX;
	assert_false(cc_statement_replaces(&a, &b));
	b = a;
	b.subject[0] = '1';
	assert_false(cc_statement_replaces(&a, &b));
	b = a;
	b.issuer.b[0] = 1;
	assert_false(cc_statement_replaces(&a, &b));
	a.kind = b.kind = CC_STATEMENT_CRL;
	assert_false(cc_statement_replaces(&a, &b));
	b.issuer = a.issuer;
	b.platform = CC_PLATFORM_TDX; /* one list for both */
	assert_true(cc_statement_replaces(&a, &b));
}

static void statements_are_the_same_after_json(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 }, back = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	must_state(&ask, &s);
	assert_int_equal(cc_statements_to_json(&s, &json, &err), 0);
	assert_int_equal(cc_statements_from_json(json, &back, &err), 0);
	assert_int_equal(back.count, s.count);
	for (size_t i = 0; i < s.count; i++) {
		assert_true(cc_span_eq(s.at[i].bytes, back.at[i].bytes));
		assert_true(cc_span_eq(s.at[i].chain, back.at[i].chain));
		assert_true(cc_statement_replaces(&s.at[i], &back.at[i]));
		assert_int_equal(s.at[i].number, back.at[i].number);
		assert_int_equal(s.at[i].until, back.at[i].until);
		assert_true(cc_digest_eq(&s.at[i].hash, &back.at[i].hash));
	}
}

static void bytes_that_are_not_those_of_the_hash_are_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 }, back = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	must_state(&ask, &s);
	s.at[2].hash.b[0] ^= 1;
	assert_int_equal(cc_statements_to_json(&s, &json, &err), 0);
	assert_int_equal(cc_statements_from_json(json, &back, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

static struct cc_shelf *shelve(struct cc_statements *statements)
{
	const struct cc_collateral none = { 0 };
	struct cc_shelf *shelf = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_shelf_new(statements, &none, &shelf, &err), 0);
	return shelf;
}

/* Proven with what the shelf has for it, before and after it is prepared. */
static void must_prove(struct cc_shelf *shelf, struct cc_evidence ask)
{
	const struct cc_shelf_set *set = NULL;
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	for (int i = 0; i < 2; i++) {
		set = cc_shelf_choose(shelf, ask.platform, ask.bytes);
		assert_non_null(set);
		ask.collateral = set->collateral;
		ask.prepared = set->prepared;
		if (cc_evidence_prove(&ask, &claims, &err) != 0)
			fail_msg("%s", err.text);
		if (i == 0)
			cc_shelf_prepare(shelf, ask.roots, ask.at);
	}
}

static void what_is_put_together_again_proves_evidence(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&w);
	ask = evidence_of(&w);
	must_state(&ask, &s);
	shelf = shelve(&s);
	assert_int_equal(shelf->count, 3); /* with two of pools */
	must_prove(shelf, evidence_of(&w));
	assert_non_null(cc_shelf_choose(shelf, CC_PLATFORM_SGX, cc_buf_span(&w.quote))->prepared);
	assert_null(cc_shelf_choose(shelf, CC_PLATFORM_TDX, cc_buf_span(&w.quote)));
}

/* Two roots: no part of one gets into a set of the other, and each quote finds its own. */
static void sets_keep_roots_apart(void **state)
{
	AUTO_WORLD struct world ours = { 0 }, theirs = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 }, other = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	struct cc_evidence ask = { 0 };

	(void)state;
	make_good(&ours);
	make_good(&theirs);
	ask = evidence_of(&theirs);
	must_state(&ask, &other);
	ask = evidence_of(&ours);
	must_state(&ask, &s);
	for (size_t i = 0; i < other.count; i++)
		s.at[s.count++] = other.at[i];
	shelf = shelve(&s);
	assert_int_equal(shelf->count, 4);
	must_prove(shelf, evidence_of(&ours));
	must_prove(shelf, evidence_of(&theirs));
}

/* TCB info of another family by the same root lies there too, and comes first. */
static void a_quote_finds_the_tcb_info_of_its_family(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 }, mine = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_BUF struct cc_buf other = { 0 };
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good(&w);
	w.plan.fmspc[0] ^= 0xff;
	assert_int_equal(cc_sim_pki_publish(&w.pki, &w.plan, &err), 0);
	assert_int_equal(cc_buf_add(&other, cc_buf_span(&w.pki.files[0]), &err), 0);
	ask = evidence_of(&w);
	must_state(&ask, &s);
	s.at[0].bytes = cc_buf_span(&other);
	w.plan.fmspc[0] ^= 0xff;
	assert_int_equal(cc_sim_pki_publish(&w.pki, &w.plan, &err), 0);
	ask = evidence_of(&w);
	must_state(&ask, &mine);
	for (size_t i = 0; i < mine.count; i++)
		s.at[i == 0 ? s.count++ : i] = mine.at[i];
	shelf = shelve(&s);
	assert_int_equal(shelf->count, 4);
	must_prove(shelf, evidence_of(&w));
}

struct chip {
	struct cc_sim_snp_plan plan;
	struct cc_sim_snp snp;
	struct cc_roots roots;
	struct cc_buf report;
};

static void chip_clear(struct chip *chip)
{
	cc_sim_snp_clear(&chip->snp);
	cc_buf_clear(&chip->report);
}
#define AUTO_CHIP CC_CLEANUP(chip_clear)

static void make_chip(struct chip *chip)
{
	struct cc_snp_report report = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_snp_plan_good(NOW, &chip->plan, &err), 0);
	cc_sim_snp_report_good(&chip->plan, &report);
	assert_int_equal(cc_sim_snp_make(&chip->plan, &chip->snp, &err), 0);
	assert_int_equal(cc_sim_snp_root(&chip->snp, &root, &err), 0);
	cc_roots_vendors(&chip->roots);
	assert_int_equal(cc_roots_add(&chip->roots, &root, &err), 0);
	assert_int_equal(cc_sim_snp_sign(&chip->snp, &report, &chip->report, &err), 0);
}

static struct cc_evidence chip_evidence(const struct chip *chip)
{
	return (struct cc_evidence){
		.platform = CC_PLATFORM_SNP,
		.bytes = cc_buf_span(&chip->report),
		.collateral = { .certs = cc_buf_span(&chip->snp.certs),
				.crls = cc_buf_span(&chip->snp.crls) },
		.roots = &chip->roots,
		.at = NOW,
	};
}

/* A false certificate in front would be found by its name first. */
static void a_list_of_amd_comes_with_what_its_root_certified(void **state)
{
	AUTO_CHIP struct chip ours = { 0 }, theirs = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_BUF struct cc_buf pool = { 0 };
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_chip(&ours);
	make_chip(&theirs);
	assert_int_equal(cc_buf_add(&pool, cc_buf_span(&theirs.snp.certs), &err), 0);
	assert_int_equal(cc_buf_add(&pool, cc_buf_span(&ours.snp.certs), &err), 0);
	ask = chip_evidence(&ours);
	ask.collateral.certs = cc_buf_span(&pool);
	must_state(&ask, &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.at[0].kind, CC_STATEMENT_CRL);
	assert_int_equal(s.at[0].platform, CC_PLATFORM_SNP);
	assert_int_equal(cc_chain_from_pem(s.at[0].chain, &chain, &err), 0);
	assert_int_equal(chain.count, 2); /* ASK and ARK, no VCEK */
}

static void a_list_of_amd_counts_only_from_a_root_of_ours(void **state)
{
	AUTO_CHIP struct chip ours = { 0 }, theirs = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	make_chip(&ours);
	make_chip(&theirs);
	ask = chip_evidence(&theirs);
	ask.roots = &ours.roots;
	must_not_state(&ask, CC_E_EVIDENCE, "root");
	ask = chip_evidence(&ours);
	ask.collateral.crls = cc_buf_span(&theirs.snp.crls);
	must_not_state(&ask, CC_E_EVIDENCE, "not signed by");
	ask = chip_evidence(&ours);
	ask.at = NOW + (int64_t)100 * 366 * 24 * 3600;
	must_not_state(&ask, CC_E_EXPIRED, "not valid");
}

static void what_amd_states_proves_reports(void **state)
{
	AUTO_CHIP struct chip chip = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_BUF struct cc_buf leaf = { 0 };
	const struct cc_shelf_set *other = NULL;
	struct cc_collateral given = { 0 };
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_chip(&chip);
	ask = chip_evidence(&chip);
	must_state(&ask, &s);
	/* The chip's own key has no number: it was given. */
	assert_int_equal(cc_cert_to_pem(chip.snp.leaf, &leaf, &err), 0);
	given.certs = cc_buf_span(&leaf);
	assert_int_equal(cc_shelf_new(&s, &given, &shelf, &err), 0);
	must_prove(shelf, ask);
	/* ASK, ARK and the list; what nobody has proven is not looked at beforehand. */
	other = cc_shelf_choose(shelf, CC_PLATFORM_SNP, ask.bytes);
	assert_int_equal(other->prepared->checked.count, 3);
	other = cc_shelf_choose(shelf, CC_PLATFORM_TPM, ask.bytes);
	assert_true(cc_span_eq(other->collateral.certs, given.certs));
	assert_int_equal(other->prepared->checked.count, 0);
	assert_int_equal(other->collateral.crls.len, 0);
}

struct maker {
	struct cc_sim_tpm_plan plan;
	struct cc_sim_tpm tpm;
	struct cc_roots roots;
	struct cc_buf quote;
};

static void maker_clear(struct maker *maker)
{
	cc_sim_tpm_clear(&maker->tpm);
	cc_buf_clear(&maker->quote);
}
#define AUTO_MAKER CC_CLEANUP(maker_clear)

/* Of TPMs, as the plan says. */
static void make_maker(struct maker *maker)
{
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_tpm_make(&maker->plan, &maker->tpm, &err), 0);
	assert_int_equal(cc_sim_tpm_root(&maker->tpm, &maker->plan, &root, &err), 0);
	cc_roots_vendors(&maker->roots);
	assert_int_equal(cc_roots_add(&maker->roots, &root, &err), 0);
	assert_int_equal(cc_sim_tpm_quote(&maker->tpm, &maker->plan, &maker->quote, &err), 0);
}

static void make_good_maker(struct maker *maker)
{
	cc_sim_tpm_plan_good(NOW, &maker->plan);
	maker->plan.crl_number = 9;
	make_maker(maker);
}

static struct cc_evidence maker_evidence(const struct maker *maker)
{
	return (struct cc_evidence){
		.platform = CC_PLATFORM_TPM,
		.bytes = cc_buf_span(&maker->quote),
		.collateral = { .certs = cc_buf_span(&maker->tpm.certs),
				.crls = cc_buf_span(&maker->tpm.crls) },
		.roots = &maker->roots,
		.at = NOW,
	};
}

static void lists_of_a_maker_of_tpms_come_with_their_issuers(void **state)
{
	AUTO_MAKER struct maker maker = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good_maker(&maker);
	ask = maker_evidence(&maker);
	must_state(&ask, &s);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.at[0].subject, "TPM root");
	assert_string_equal(s.at[1].subject, "TPM issuer");
	for (size_t i = 0; i < s.count; i++) {
		CC_AUTO_CHAIN struct cc_chain chain = { 0 };

		assert_int_equal(s.at[i].kind, CC_STATEMENT_CRL);
		assert_int_equal(s.at[i].platform, CC_PLATFORM_TPM);
		assert_int_equal(s.at[i].class, CC_CLASS_SIMULATED);
		assert_int_equal(s.at[i].number, 9);
		assert_int_equal(cc_chain_from_pem(s.at[i].chain, &chain, &err), 0);
		assert_int_equal(chain.count, i + 1);
	}
	assert_true(cc_digest_eq(&s.at[0].issuer, &s.at[1].root));
	assert_false(cc_digest_eq(&s.at[1].issuer, &s.at[1].root));
}

static void a_list_of_a_maker_counts_only_from_a_root_of_ours(void **state)
{
	AUTO_MAKER struct maker ours = { 0 }, theirs = { 0 };
	CC_AUTO_BUF struct cc_buf root = { 0 };
	struct cc_evidence ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good_maker(&ours);
	make_good_maker(&theirs);
	ask = maker_evidence(&theirs);
	ask.roots = &ours.roots;
	must_not_state(&ask, CC_E_EVIDENCE, "no root among those we accept");
	ask = maker_evidence(&ours);
	ask.collateral.crls = cc_buf_span(&theirs.tpm.crls);
	must_not_state(&ask, CC_E_EVIDENCE, "signed");
	assert_int_equal(cc_cert_to_pem(ours.tpm.root, &root, &err), 0);
	ask = maker_evidence(&ours);
	ask.collateral.certs = cc_buf_span(&root);
	must_not_state(&ask, CC_E_EVIDENCE, "issuer is missing");
	ask = maker_evidence(&ours);
	ask.at = NOW + 25 * (int64_t)3600;
	must_not_state(&ask, CC_E_EXPIRED, "valid");
}

/* Whoever has the key of a CA that was revoked could else say that nothing is. */
static void a_revoked_maker_of_tpms_states_nothing(void **state)
{
	AUTO_MAKER struct maker maker = { 0 };
	struct cc_evidence ask = { 0 };

	(void)state;
	cc_sim_tpm_plan_good(NOW, &maker.plan);
	maker.plan.issuer_is_revoked = true;
	make_maker(&maker);
	ask = maker_evidence(&maker);
	must_not_state(&ask, CC_E_EVIDENCE, "revoked");
}

static unsigned int lists_in(const struct cc_shelf *shelf, const struct cc_evidence *ask)
{
	struct cc_span rest = cc_shelf_choose(shelf, ask->platform, ask->bytes)->collateral.crls;
	struct cc_err err = { 0 };
	unsigned int count = 0;

	while (rest.len > 0) {
		CC_AUTO_CRL struct cc_crl *crl = NULL;

		assert_int_equal(cc_crl_next_pem(&rest, &crl, &err), 0);
		count += crl != NULL ? 1 : 0;
	}
	return count;
}

static void what_a_maker_of_tpms_states_proves_quotes(void **state)
{
	AUTO_MAKER struct maker maker = { 0 };
	AUTO_CHIP struct chip chip = { 0 };
	CC_AUTO_STATEMENTS struct cc_statements s = { 0 };
	CC_AUTO_SHELF struct cc_shelf *shelf = NULL;
	CC_AUTO_BUF struct cc_buf certs = { 0 }, crls = { 0 };
	struct cc_evidence ask = { 0 }, report = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_good_maker(&maker);
	make_chip(&chip);
	assert_int_equal(cc_sim_snp_root(&chip.snp, &root, &err), 0);
	assert_int_equal(cc_roots_add(&maker.roots, &root, &err), 0);
	assert_int_equal(cc_buf_add(&certs, cc_buf_span(&chip.snp.certs), &err), 0);
	assert_int_equal(cc_buf_add(&certs, cc_buf_span(&maker.tpm.certs), &err), 0);
	assert_int_equal(cc_buf_add(&crls, cc_buf_span(&chip.snp.crls), &err), 0);
	assert_int_equal(cc_buf_add(&crls, cc_buf_span(&maker.tpm.crls), &err), 0);
	ask = maker_evidence(&maker);
	ask.collateral.certs = cc_buf_span(&certs);
	ask.collateral.crls = cc_buf_span(&crls);
	must_state(&ask, &s);
	assert_int_equal(s.count, 3);
	shelf = shelve(&s);
	must_prove(shelf, ask);
	/* Each platform has its own lists: one of AMD's, two of the maker's. */
	report = chip_evidence(&chip);
	assert_int_equal(lists_in(shelf, &report), 1);
	assert_int_equal(lists_in(shelf, &ask), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_of_intel_states_four_things_with_their_numbers),
		cmocka_unit_test(a_set_with_a_part_missing_states_nothing),
		cmocka_unit_test(a_set_outside_its_window_states_nothing),
		cmocka_unit_test(no_part_of_a_set_is_taken_from_another_root),
		cmocka_unit_test(a_list_that_its_ca_has_not_signed_is_refused),
		cmocka_unit_test(a_list_of_the_root_is_not_one_of_a_ca),
		cmocka_unit_test(a_revoked_ca_states_nothing),
		cmocka_unit_test(nothing_without_a_number_is_a_set),
		cmocka_unit_test(an_older_number_does_not_follow),
		cmocka_unit_test(a_statement_replaces_only_one_about_the_same),
		cmocka_unit_test(statements_are_the_same_after_json),
		cmocka_unit_test(bytes_that_are_not_those_of_the_hash_are_refused),
		cmocka_unit_test(what_is_put_together_again_proves_evidence),
		cmocka_unit_test(sets_keep_roots_apart),
		cmocka_unit_test(a_quote_finds_the_tcb_info_of_its_family),
		cmocka_unit_test(a_list_of_amd_comes_with_what_its_root_certified),
		cmocka_unit_test(a_list_of_amd_counts_only_from_a_root_of_ours),
		cmocka_unit_test(what_amd_states_proves_reports),
		cmocka_unit_test(lists_of_a_maker_of_tpms_come_with_their_issuers),
		cmocka_unit_test(a_list_of_a_maker_counts_only_from_a_root_of_ours),
		cmocka_unit_test(a_revoked_maker_of_tpms_states_nothing),
		cmocka_unit_test(what_a_maker_of_tpms_states_proves_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
