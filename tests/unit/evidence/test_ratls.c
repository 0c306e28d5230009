/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that carry evidence: ours, made here, and those that others have recorded. */
#include "tests/unit/evidence/recorded.h"

#include "codec/cbor.h"
#include "crypto/pem.h"
#include "evidence/ratls.h"

#define INTEROPERABLE "2.23.133.5.4.9"
#define GRAMINE "0.6.9.42.840.113741.1337.6"
#define OPEN_ENCLAVE "1.2.840.113556.10.1.1"

static const char evidence[] = "evidence of a TEE";

/* What to do differently; 0 is nothing. */
struct change {
	uint64_t tag, algorithm; /* instead of 60000 and 1 */
	bool other_key, extra_claim, no_key, third_member, two_of_them;
	size_t cut; /* so many bytes of the extension */
};

struct made {
	struct cc_key *key, *other;
	struct cc_cert *cert;
	struct cc_buf spki, claims, content;
};

static void made_clear(struct made *m)
{
	cc_key_free(m->key);
	cc_key_free(m->other);
	cc_cert_free(m->cert);
	cc_buf_clear(&m->spki);
	cc_buf_clear(&m->claims);
	cc_buf_clear(&m->content);
}
#define AUTO_MADE CC_CLEANUP(made_clear)

static void make_keys(const struct change *change, struct made *m)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(CC_KEY_P256, &m->key, &err), 0);
	assert_int_equal(cc_key_generate(CC_KEY_P256, &m->other, &err), 0);
	assert_int_equal(cc_pubkey_to_der(cc_key_public(change->other_key ? m->other : m->key),
					  &m->spki, &err),
			 0);
}

static void add_hash(const struct change *change, struct made *m, struct cc_buf *out)
{
	enum cc_hash hash = change->algorithm == 7   ? CC_HASH_SHA384
			    : change->algorithm == 8 ? CC_HASH_SHA512
						     : CC_HASH_SHA256;
	struct cc_span spki = cc_buf_span(&m->spki);
	struct cc_hashed is = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hash_of(hash, &spki, 1, &is, &err), 0);
	assert_int_equal(cc_cbor_add_head(out, CC_CBOR_ARRAY, 2, &err), 0);
	assert_int_equal(
		cc_cbor_add_integer(out, change->algorithm == 0 ? 1 : (int64_t)change->algorithm,
				    &err),
		0);
	assert_int_equal(cc_cbor_add_bytes(out, cc_hashed_span(&is), &err), 0);
}

static void make_claims(const struct change *change, struct made *m)
{
	CC_AUTO_BUF struct cc_buf hash = { 0 };
	struct cc_err err = { 0 };
	uint64_t members = (change->no_key ? 0U : 1U) + (change->extra_claim ? 1U : 0U);

	add_hash(change, m, &hash);
	assert_int_equal(cc_cbor_add_head(&m->claims, CC_CBOR_MAP, members, &err), 0);
	if (!change->no_key) {
		assert_int_equal(cc_cbor_add_text(&m->claims, "pubkey-hash", &err), 0);
		assert_int_equal(cc_cbor_add_bytes(&m->claims, cc_buf_span(&hash), &err), 0);
	}
	if (change->extra_claim) {
		assert_int_equal(cc_cbor_add_text(&m->claims, "key_0", &err), 0);
		assert_int_equal(cc_cbor_add_text(&m->claims, "value_0", &err), 0);
	}
}

static void certify(const char *oid, const struct change *change, struct made *m)
{
	struct cc_cert_extension extensions[2] = {
		{ oid, cc_span_sub(cc_buf_span(&m->content), 0, m->content.len - change->cut) }
	};
	struct cc_cert_plan plan = { .common_name = "RATLS",
				     .key = cc_key_public(m->key),
				     .issuer_key = m->key,
				     .until = CC_CERT_NO_END,
				     .path_len = -1,
				     .extensions = extensions,
				     .extension_count = change->two_of_them ? 2 : 1 };
	struct cc_err err = { 0 };

	extensions[1] = extensions[0];
	if (cc_cert_make(&plan, &m->cert, &err) != 0)
		fail_msg("%s", err.text);
}

static void make_interoperable(const struct change *change, struct made *m)
{
	struct cc_err err = { 0 };

	make_keys(change, m);
	make_claims(change, m);
	assert_int_equal(cc_cbor_add_head(&m->content, CC_CBOR_TAG,
					  change->tag == 0 ? 60000 : change->tag, &err),
			 0);
	assert_int_equal(
		cc_cbor_add_head(&m->content, CC_CBOR_ARRAY, change->third_member ? 3 : 2, &err),
		0);
	assert_int_equal(cc_cbor_add_bytes(&m->content, cc_span_str(evidence), &err), 0);
	assert_int_equal(cc_cbor_add_bytes(&m->content, cc_buf_span(&m->claims), &err), 0);
	if (change->third_member)
		assert_int_equal(cc_cbor_add_integer(&m->content, 1, &err), 0);
	certify(INTEROPERABLE, change, m);
}

static void expect_hash(struct cc_span hashed, const struct cc_ratls *ratls)
{
	struct cc_claims claims = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sha256(hashed, &digest, &err), 0);
	memcpy(claims.report_data, digest.b, sizeof(digest.b));
	assert_int_equal(cc_ratls_bound(ratls, &claims, &err), 0);
	/* Each byte counts, also those behind the hash. */
	for (size_t i = 0; i < CC_REPORT_DATA_LEN; i++) {
		claims.report_data[i] ^= 1;
		assert_int_equal(cc_ratls_bound(ratls, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		claims.report_data[i] ^= 1;
	}
}

static void evidence_in_a_certificate_is_bound_to_the_claims_beside_it(void **state)
{
	static const struct change changes[] = {
		{ 0 }, { .extra_claim = true }, { .algorithm = 7 }, { .algorithm = 8 }
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(changes); i++) {
		AUTO_MADE struct made m = { 0 };
		struct cc_ratls ratls = { 0 };
		struct cc_err err = { 0 };

		make_interoperable(&changes[i], &m);
		if (cc_ratls_read(m.cert, &ratls, &err) != 0)
			fail_msg("%zu: %s", i, err.text);
		assert_string_equal(ratls.scheme, "interoperable");
		assert_true(cc_span_eq_str(ratls.evidence, evidence));
		expect_hash(cc_buf_span(&m.claims), &ratls);
	}
}

static void evidence_for_another_key_is_bound_to_nobody(void **state)
{
	AUTO_MADE struct made m = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_ratls ratls = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_interoperable(&(struct change){ .other_key = true }, &m);
	assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), 0);
	assert_int_equal(cc_sha256(cc_buf_span(&m.claims), &digest, &err), 0);
	memcpy(claims.report_data, digest.b, sizeof(digest.b));
	assert_int_equal(cc_ratls_bound(&ratls, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void a_certificate_with_malformed_evidence_is_refused(void **state)
{
	static const struct {
		struct change change;
		enum cc_code code;
	} cases[] = {
		{ { .tag = 60001 }, CC_E_ARG },
		{ { .algorithm = 2 }, CC_E_UNSUPPORTED },
		{ { .no_key = true }, CC_E_ARG },
		{ { .third_member = true }, CC_E_ARG },
		{ { .two_of_them = true }, CC_E_EVIDENCE },
		{ { .cut = 1 }, CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_MADE struct made m = { 0 };
		struct cc_ratls ratls = { 0 };
		struct cc_err err = { 0 };

		make_interoperable(&cases[i].change, &m);
		assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), -1);
		assert_int_equal(err.code, cases[i].code);
	}
}

static void gramine_binds_the_key_itself(void **state)
{
	AUTO_MADE struct made m = { 0 };
	struct cc_ratls ratls = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_keys(&(struct change){ 0 }, &m);
	assert_int_equal(cc_buf_add_str(&m.content, evidence, &err), 0);
	certify(GRAMINE, &(struct change){ 0 }, &m);
	assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), 0);
	assert_string_equal(ratls.scheme, "gramine");
	assert_true(cc_span_eq_str(ratls.evidence, evidence));
	expect_hash(cc_buf_span(&m.spki), &ratls);
}

/* `len` is what the header says that follows it. */
static void make_open_enclave(uint32_t version, uint32_t type, uint64_t len, struct made *m)
{
	struct cc_err err = { 0 };

	make_keys(&(struct change){ 0 }, m);
	assert_int_equal(cc_buf_add_u32le(&m->content, version, &err), 0);
	assert_int_equal(cc_buf_add_u32le(&m->content, type, &err), 0);
	assert_int_equal(cc_buf_add_u64le(&m->content, len, &err), 0);
	assert_int_equal(cc_buf_add_str(&m->content, evidence, &err), 0);
	certify(OPEN_ENCLAVE, &(struct change){ 0 }, m);
}

static void open_enclave_binds_the_key_as_text(void **state)
{
	AUTO_MADE struct made m = { 0 };
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_ratls ratls = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_open_enclave(1, 2, strlen(evidence), &m);
	assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), 0);
	assert_string_equal(ratls.scheme, "open-enclave");
	assert_true(cc_span_eq_str(ratls.evidence, evidence));
	assert_int_equal(cc_pem_add(&pem, CC_PEM_PUBLIC_KEY, cc_buf_span(&m.spki), &err), 0);
	assert_int_equal(cc_buf_add_u8(&pem, '\0', &err), 0);
	expect_hash(cc_buf_span(&pem), &ratls);
}

static void another_report_of_open_enclave_is_refused(void **state)
{
	static const struct {
		uint32_t version, type;
		uint64_t len;
	} cases[] = { { 2, 2, sizeof(evidence) - 1 },
		      { 1, 1, sizeof(evidence) - 1 },
		      { 1, 2, sizeof(evidence) },
		      { 1, 2, sizeof(evidence) - 2 } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_MADE struct made m = { 0 };
		struct cc_ratls ratls = { 0 };
		struct cc_err err = { 0 };

		make_open_enclave(cases[i].version, cases[i].type, cases[i].len, &m);
		assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void a_certificate_without_evidence_is_told_apart(void **state)
{
	AUTO_MADE struct made m = { 0 };
	struct cc_ratls ratls = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_keys(&(struct change){ 0 }, &m);
	assert_int_equal(cc_buf_add_str(&m.content, evidence, &err), 0);
	certify("1.2.3.4", &(struct change){ 0 }, &m);
	assert_int_equal(cc_ratls_read(m.cert, &ratls, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

/* The row says: hash of the key and of the claims are right. The quote's proof needs collateral. */
static int load_cert(struct recorded *r, struct cc_err *err)
{
	return recorded_read("", r->columns[RECORDED_NAME], &r->quote, err);
}

static void recorded_certificates_are_bound_to_their_keys(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };

	(void)state;
	recorded_open_or_skip(&set, "ratls", load_cert);
	assert_int_equal(set.count, 3);
	for (size_t i = 0; i < set.count; i++) {
		struct cc_span pem = cc_buf_span(&set.cases[i].quote);
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		struct cc_claims claims = { 0 };
		struct cc_ratls ratls = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_cert_next_pem(&pem, &cert, &err), 0);
		assert_int_equal(cc_ratls_read(cert, &ratls, &err), 0);
		assert_string_equal(ratls.scheme, "interoperable");
		assert_int_equal(cc_evidence_kind(ratls.evidence), CC_PLATFORM_SGX);
		assert_int_equal(cc_evidence_read(CC_PLATFORM_SGX, ratls.evidence, &claims, &err),
				 0);
		assert_int_equal(cc_ratls_bound(&ratls, &claims, &err), 0);
		assert_true(claims.debug);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_in_a_certificate_is_bound_to_the_claims_beside_it),
		cmocka_unit_test(evidence_for_another_key_is_bound_to_nobody),
		cmocka_unit_test(a_certificate_with_malformed_evidence_is_refused),
		cmocka_unit_test(gramine_binds_the_key_itself),
		cmocka_unit_test(open_enclave_binds_the_key_as_text),
		cmocka_unit_test(another_report_of_open_enclave_is_refused),
		cmocka_unit_test(a_certificate_without_evidence_is_told_apart),
		cmocka_unit_test(recorded_certificates_are_bound_to_their_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
