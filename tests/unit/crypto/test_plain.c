/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the plain rules accept, OpenSSL accepts. Each refusal here is one of the plain rules alone:
 * cc_path_verify would go on to OpenSSL.
 */
#include "tests/unit/crypto/pki.h"

#include <ftw.h>

#include "base/dir.h"
#include "base/str.h"
#include "crypto/der.h"
#include "crypto/x509-internal.h"

#define SGX_OID "1.2.840.113741.1.13.1"

enum part { ROOT, CA, LEAF, ROOT_LIST, CA_LIST, PARTS };

/* A chain as a quote of SGX brings it, with its lists, as bytes that a test changes. */
struct world {
	struct party root, ca, leaf;
	struct cc_buf der[PARTS];
	struct cc_digest pin;
	bool leaf_unlisted;
	size_t lists; /* of the two, from the root's */
	int64_t at;
};

static const struct cc_cert_plan root_plan = { .common_name = "SGX Root CA",
					       .organization = "Maker",
					       .from = NOW - DAY,
					       .until = NOW + 10 * DAY,
					       .is_ca = true,
					       .path_len = 1,
					       .crl_url = "https://maker.example/root.crl" };
static const struct cc_cert_plan ca_plan = { .common_name = "SGX Platform CA",
					     .organization = "Maker",
					     .from = NOW - DAY,
					     .until = NOW + 5 * DAY,
					     .is_ca = true,
					     .crl_url = "https://maker.example/root.crl" };

static struct cc_cert_plan leaf_plan(void)
{
	static struct cc_cert_extension own = { .oid = SGX_OID };

	own.content = cc_span_str("of this machine");
	return (struct cc_cert_plan){ .common_name = "SGX Certificate",
				      .organization = "Maker",
				      .from = NOW - DAY,
				      .until = NOW + 2 * DAY,
				      .extensions = &own,
				      .extension_count = 1,
				      .crl_url = "https://maker.example/platform.crl" };
}

static void write_list(struct cc_buf *out, const struct party *issuer,
		       const struct cc_cert *revoked)
{
	const struct cc_crl_plan plan = { .issuer = issuer->cert,
					  .issuer_key = issuer->key,
					  .from = NOW - DAY,
					  .until = NOW + DAY,
					  .number = 7,
					  .revoked = &revoked,
					  .revoked_count = revoked != NULL };
	struct cc_err err = { 0 };

	cc_buf_reset(out);
	assert_int_equal(cc_crl_make(&plan, out, &err), 0);
}

static void write_cert(struct world *w, enum part part, const struct party *p)
{
	struct cc_err err = { 0 };

	cc_buf_reset(&w->der[part]);
	assert_int_equal(cc_cert_to_der(p->cert, &w->der[part], &err), 0);
}

static struct world world_of(const struct cc_cert_plan *root, const struct cc_cert_plan *ca,
			     const struct cc_cert_plan *leaf, enum cc_key_kind kind)
{
	struct world w = { .lists = 2, .at = NOW };

	w.root = issue(*root, kind, NULL);
	w.ca = issue(*ca, kind, &w.root);
	w.leaf = issue(*leaf, kind, &w.ca);
	w.pin = key_hash(w.root.cert);
	write_cert(&w, ROOT, &w.root);
	write_cert(&w, CA, &w.ca);
	write_cert(&w, LEAF, &w.leaf);
	write_list(&w.der[ROOT_LIST], &w.root, NULL);
	write_list(&w.der[CA_LIST], &w.ca, NULL);
	return w;
}

static struct world world(void)
{
	const struct cc_cert_plan leaf = leaf_plan();

	return world_of(&root_plan, &ca_plan, &leaf, CC_KEY_P256);
}

static void world_clear(struct world *w)
{
	party_clear(&w->root);
	party_clear(&w->ca);
	party_clear(&w->leaf);
	for (size_t i = 0; i < PARTS; i++)
		cc_buf_clear(&w->der[i]);
}
#define AUTO_WORLD CC_CLEANUP(world_clear)

struct answer {
	bool read, plain, openssl; /* whether all was read; who accepts */
};

/* OpenSSL is asked when the plain rules say yes, or for both when `ask` is set. */
static struct answer answer(const struct world *w, bool ask)
{
	CC_AUTO_CHAIN struct cc_chain chain = { .count = 3 };
	CC_AUTO_CRL struct cc_crl *root_list = NULL;
	CC_AUTO_CRL struct cc_crl *ca_list = NULL;
	const struct cc_crl *lists[2] = { NULL };
	struct cc_path path = { .chain = &chain,
				.root = &w->pin,
				.crls = lists,
				.at = w->at,
				.crl_count = w->lists,
				.leaf_unlisted = w->leaf_unlisted,
				.strict = true };
	struct cc_err err = { 0 };
	struct answer answer = { 0 };

	if (cc_cert_from_der(cc_buf_span(&w->der[LEAF]), &chain.certs[0], &err) != 0 ||
	    cc_cert_from_der(cc_buf_span(&w->der[CA]), &chain.certs[1], &err) != 0 ||
	    cc_cert_from_der(cc_buf_span(&w->der[ROOT]), &chain.certs[2], &err) != 0 ||
	    cc_crl_parse(cc_buf_span(&w->der[ROOT_LIST]), &root_list, &err) != 0 ||
	    cc_crl_parse(cc_buf_span(&w->der[CA_LIST]), &ca_list, &err) != 0)
		return answer;
	lists[0] = root_list;
	lists[1] = ca_list;
	path.leaf = chain.certs[0];
	answer.read = true;
	answer.plain = cc_plain_path_proves(&path);
	if (answer.plain || ask)
		answer.openssl = cc_x509_path_verify(&path, &err) == 0;
	return answer;
}

static void assert_both_accept(const struct world *w)
{
	struct answer a = answer(w, true);

	assert_true(a.read && a.plain && a.openssl);
}

static void assert_both_refuse(const struct world *w)
{
	struct answer a = answer(w, true);

	assert_true(a.read && !a.plain && !a.openssl);
}

/* Of what OpenSSL may accept or not. */
static void assert_not_plain(const struct world *w)
{
	struct answer a = answer(w, false);

	assert_true(a.read && !a.plain);
}

static void a_plain_chain_is_proven(void **state)
{
	const struct cc_cert_plan leaf = leaf_plan();
	AUTO_WORLD struct world w = world();
	AUTO_WORLD struct world long_keys = world_of(&root_plan, &ca_plan, &leaf, CC_KEY_P384);

	(void)state;
	assert_both_accept(&w);
	assert_both_accept(&long_keys);
	w.lists = 0;
	assert_both_accept(&w);
}

static void add_element(struct cc_buf *out, uint8_t tag, struct cc_span content)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u8(out, tag, &err), 0);
	if (content.len >= 0x100) {
		assert_int_equal(cc_buf_add_u8(out, 0x82, &err), 0);
		assert_int_equal(cc_buf_add_u8(out, (uint8_t)(content.len >> 8), &err), 0);
	} else if (content.len >= 0x80) {
		assert_int_equal(cc_buf_add_u8(out, 0x81, &err), 0);
	}
	assert_int_equal(cc_buf_add_u8(out, (uint8_t)content.len, &err), 0);
	assert_int_equal(cc_buf_add(out, content, &err), 0);
}

/* These bytes signed anew, in the place of a certificate or list. */
static void sign_anew(struct cc_buf *out, struct cc_span body, const struct cc_key *key)
{
	static const uint8_t algorithm[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
					     0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	CC_AUTO_BUF struct cc_buf content = { 0 }, bits = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sign(key, body, &signature, &err), 0);
	assert_int_equal(cc_buf_add_u8(&bits, 0, &err), 0);
	assert_int_equal(cc_buf_add(&bits, cc_span(signature.b, signature.len), &err), 0);
	assert_int_equal(cc_buf_add(&content, body, &err), 0);
	assert_int_equal(cc_buf_add(&content, CC_SPAN(algorithm), &err), 0);
	add_element(&content, CC_DER_BITS, cc_buf_span(&bits));
	cc_buf_reset(out);
	add_element(out, CC_DER_SEQUENCE, cc_buf_span(&content));
}

static void copy_body(const struct cc_buf *der, struct cc_buf *out)
{
	struct cc_plain_signed by = { 0 };
	struct cc_span body = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_plain_signed_read(cc_buf_span(der), &by, &body, &err), 0);
	assert_int_equal(cc_buf_add(out, by.bytes, &err), 0);
}

static const struct cc_key *signer_of(const struct world *w, enum part part)
{
	return part == LEAF || part == CA_LIST ? w->ca.key : w->root.key;
}

/* Each byte of what is signed, in `masks` ways, signed by who it should be. */
static size_t change_all(struct world *w, enum part part)
{
	static const uint8_t masks[] = { 0x01, 0x80 };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	size_t accepted = 0;

	copy_body(&w->der[part], &body);
	for (size_t i = 0; i < body.len * CC_COUNT(masks); i++) {
		uint8_t *at = body.at + i / CC_COUNT(masks);
		struct answer a = { 0 };

		*at ^= masks[i % CC_COUNT(masks)];
		sign_anew(&w->der[part], cc_buf_span(&body), signer_of(w, part));
		a = answer(w, false);
		if (a.plain && !a.openssl)
			fail_msg("part %d, byte %zu, mask %x: plain and not OpenSSL", (int)part,
				 i / CC_COUNT(masks), masks[i % CC_COUNT(masks)]);
		accepted += a.plain;
		*at ^= masks[i % CC_COUNT(masks)];
	}
	return accepted;
}

static void changed_and_signed_anew_it_is_accepted_only_where_openssl_accepts(void **state)
{
	(void)state;
	for (enum part part = ROOT; part < PARTS; part++) {
		AUTO_WORLD struct world w = world();

		/* Numbers, dates, addresses: there is something to compare. */
		assert_true(change_all(&w, part) > 10);
	}
}

static void changed_and_not_signed_anew_it_is_refused(void **state)
{
	(void)state;
	for (enum part part = ROOT; part < PARTS; part++) {
		AUTO_WORLD struct world w = world();

		for (size_t i = 0; i < w.der[part].len; i += 7) {
			w.der[part].at[i] ^= 1;
			assert_false(answer(&w, false).plain);
			w.der[part].at[i] ^= 1;
		}
		assert_both_accept(&w);
	}
}

static void each_window_holds(void **state)
{
	AUTO_WORLD struct world w = world();
	static const int64_t ends[] = { DAY, 2 * DAY, 5 * DAY, 10 * DAY };

	(void)state;
	w.at = NOW - DAY - 1;
	assert_both_refuse(&w);
	w.at = NOW + DAY + 1;
	assert_both_refuse(&w);
	w.at = NOW + DAY; /* the last second, of a list */
	assert_both_accept(&w);
	w.lists = 0;
	for (size_t i = 1; i < CC_COUNT(ends); i++) {
		struct cc_cert_plan leaf = leaf_plan(), ca = ca_plan;

		/* Of those above the leaf it is the one that ends first. */
		leaf.until = i > 1 ? NOW + 20 * DAY : leaf.until;
		ca.until = i > 2 ? NOW + 20 * DAY : ca.until;
		AUTO_WORLD struct world other = world_of(&root_plan, &ca, &leaf, CC_KEY_P256);

		other.lists = 0;
		other.at = NOW + ends[i] + 1;
		assert_both_refuse(&other);
		other.at = NOW + ends[i]; /* of a certificate */
		assert_both_accept(&other);
	}
}

static void only_an_authority_signs_certificates(void **state)
{
	const struct cc_cert_plan leaf = leaf_plan();
	struct cc_cert_plan ca = ca_plan;

	(void)state;
	ca.is_ca = false;
	AUTO_WORLD struct world w = world_of(&root_plan, &ca, &leaf, CC_KEY_P256);

	w.lists = 0;
	assert_both_refuse(&w);
}

static void the_path_length_of_the_root_holds(void **state)
{
	const struct cc_cert_plan leaf = leaf_plan();
	struct cc_cert_plan root = root_plan;

	(void)state;
	root.path_len = 0;
	AUTO_WORLD struct world w = world_of(&root, &ca_plan, &leaf, CC_KEY_P256);

	assert_both_refuse(&w);
}

static void who_is_on_a_list_is_refused(void **state)
{
	AUTO_WORLD struct world w = world();

	(void)state;
	write_list(&w.der[CA_LIST], &w.ca, w.leaf.cert);
	assert_both_refuse(&w);
	write_list(&w.der[CA_LIST], &w.ca, w.ca.cert);
	assert_both_accept(&w);
	write_list(&w.der[ROOT_LIST], &w.root, w.ca.cert);
	assert_both_refuse(&w);
}

static void each_certificate_needs_its_list(void **state)
{
	AUTO_WORLD struct world w = world();

	(void)state;
	w.lists = 1;
	assert_both_refuse(&w);
	w.leaf_unlisted = true;
	assert_both_accept(&w);
	/* No other is without one. */
	write_list(&w.der[ROOT_LIST], &w.ca, NULL);
	assert_both_refuse(&w);
}

/* In the issuer's name and under its identifier, by another key. */
static void a_list_is_signed_by_its_issuer(void **state)
{
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	AUTO_WORLD struct world w = world();

	(void)state;
	write_list(&w.der[CA_LIST], &(struct party){ attacker, w.ca.cert }, NULL);
	assert_both_refuse(&w);
	write_list(&w.der[CA_LIST], &w.ca, NULL);
	write_list(&w.der[ROOT_LIST], &(struct party){ attacker, w.root.cert }, NULL);
	assert_both_refuse(&w);
}

static void the_root_is_the_pinned_one_and_signed_by_itself(void **state)
{
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	AUTO_WORLD struct world w = world();
	CC_AUTO_BUF struct cc_buf body = { 0 };

	(void)state;
	copy_body(&w.der[ROOT], &body);
	sign_anew(&w.der[ROOT], cc_buf_span(&body), attacker);
	assert_both_refuse(&w);
	sign_anew(&w.der[ROOT], cc_buf_span(&body), w.root.key);
	assert_both_accept(&w);
	w.pin = key_hash(w.ca.cert);
	assert_both_refuse(&w);
}

/* The key usage of `part` becomes keyCertSign alone. */
static void take_list_signing(struct world *w, enum part part)
{
	static const uint8_t usage[] = {
		0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02
	};
	CC_AUTO_BUF struct cc_buf body = { 0 };
	uint8_t *at = NULL;

	copy_body(&w->der[part], &body);
	at = memmem(body.at, body.len, usage, sizeof(usage));
	assert_non_null(at);
	at[sizeof(usage)] = 2;
	at[sizeof(usage) + 1] = 0x04;
	sign_anew(&w->der[part], cc_buf_span(&body), signer_of(w, part));
}

static void only_who_may_sign_lists_does(void **state)
{
	(void)state;
	for (enum part part = ROOT; part <= CA; part++) {
		AUTO_WORLD struct world w = world();

		take_list_signing(&w, part);
		assert_both_refuse(&w);
		w.lists = 0;
		assert_both_accept(&w);
	}
}

/* What one path has proven, another takes for the very same root and list alone. */
static void what_is_proven_counts_for_the_very_same_alone(void **state)
{
	AUTO_WORLD struct world w = world();
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_CRL struct cc_crl *list = NULL;
	CC_AUTO_CRL struct cc_crl *forged = NULL;
	CC_AUTO_BUF struct cc_buf body = { 0 };
	CC_CLEANUP(cc_proven_clear) struct cc_proven proven = { 0 };
	const struct cc_crl *lists[1] = { NULL };
	struct cc_path path = { .chain = &chain,
				.root = &w.pin,
				.crls = lists,
				.crl_count = 1,
				.at = NOW,
				.strict = true,
				.learned = &proven };
	struct cc_err err = { 0 };

	(void)state;
	chain_push(&chain, w.ca.cert);
	chain_push(&chain, w.root.cert);
	path.leaf = chain.certs[0];
	assert_int_equal(cc_crl_parse(cc_buf_span(&w.der[ROOT_LIST]), &list, &err), 0);
	lists[0] = list;
	assert_true(cc_plain_path_proves(&path));
	assert_ptr_equal(proven.root->body, chain.certs[1]->body);
	assert_ptr_equal(proven.list, list);
	path.proven = &proven;
	path.learned = NULL;
	assert_true(cc_plain_path_proves(&path));

	write_list(&w.der[ROOT_LIST], &(struct party){ attacker, w.root.cert }, NULL);
	assert_int_equal(cc_crl_parse(cc_buf_span(&w.der[ROOT_LIST]), &forged, &err), 0);
	lists[0] = forged;
	assert_false(cc_plain_path_proves(&path));
	lists[0] = list;
	copy_body(&w.der[ROOT], &body);
	sign_anew(&w.der[ROOT], cc_buf_span(&body), attacker);
	cc_cert_free(chain.certs[1]);
	chain.certs[1] = NULL;
	assert_int_equal(cc_cert_from_der(cc_buf_span(&w.der[ROOT]), &chain.certs[1], &err), 0);
	assert_false(cc_plain_path_proves(&path));
}

/* Two of one name, of which one would do: OpenSSL finds it, the plain rules do not look. */
static void a_choice_of_issuers_is_not_plain(void **state)
{
	const struct cc_cert_plan leaf = leaf_plan();
	struct cc_cert_plan ca = ca_plan;

	(void)state;
	ca.common_name = root_plan.common_name;
	AUTO_WORLD struct world w = world_of(&root_plan, &ca, &leaf, CC_KEY_P256);

	assert_not_plain(&w);
}

/* OpenSSL takes names that differ in case or spaces for one, so that such a list could count. */
static void a_list_of_almost_the_issuer_s_name_is_not_plain(void **state)
{
	const struct cc_cert_plan leaf = leaf_plan();
	struct cc_cert_plan root = root_plan;

	(void)state;
	root.common_name = "SGX  platform CA";
	AUTO_WORLD struct world w = world_of(&root, &ca_plan, &leaf, CC_KEY_P256);

	w.lists = 1;
	w.leaf_unlisted = true;
	assert_not_plain(&w);
}

static void of_an_extension_twice_nothing_is_read(void **state)
{
	static const char *const twice[] = { "2.5.29.14", "2.5.29.35", "2.5.29.31" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(twice); i++) {
		struct cc_cert_plan leaf = leaf_plan();
		struct cc_cert_extension own = { .oid = twice[i] };
		CC_AUTO_CERT struct cc_cert *read = NULL;
		AUTO_WORLD struct world w = world();
		struct cc_span content = { 0 };
		struct cc_plain_cert plain = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_cert_from_der(cc_buf_span(&w.der[LEAF]), &read, &err), 0);
		assert_int_equal(cc_cert_extension(read, own.oid, &content, &err), 0);
		own.content = content;
		leaf.extensions = &own;
		AUTO_WORLD struct world other = world_of(&root_plan, &ca_plan, &leaf, CC_KEY_P256);

		assert_int_equal(cc_plain_cert_read(cc_buf_span(&other.der[LEAF]), &plain, &err),
				 -1);
		assert_int_equal(err.code, CC_E_UNSUPPORTED);
	}
}

static void unknown_extensions_and_uses_are_not_plain(void **state)
{
	struct cc_cert_plan leaf = leaf_plan();
	struct cc_cert_extension own = { .oid = "1.2.3.4", .content = cc_span_str("x") };

	(void)state;
	leaf.use = CC_CERT_USE_SERVER;
	AUTO_WORLD struct world used = world_of(&root_plan, &ca_plan, &leaf, CC_KEY_P256);

	assert_not_plain(&used);
	leaf.use = CC_CERT_USE_ANY;
	leaf.extensions = &own;
	AUTO_WORLD struct world unknown = world_of(&root_plan, &ca_plan, &leaf, CC_KEY_P256);

	assert_not_plain(&unknown);
}

/* Both read the same certificate; the plain one's own fields first. */
static void assert_same(struct cc_span der, const struct cc_cert *cert)
{
	const unsigned char *at = der.at;
	X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
	CC_AUTO_CERT struct cc_cert *theirs = NULL;
	CC_AUTO_FREE char *name = NULL, *their_name = NULL;
	CC_AUTO_BUF struct cc_buf written = { 0 };
	struct cc_digest hash = { 0 }, their_hash = { 0 };
	int64_t window[2] = { 0 }, their_window[2] = { 0 };
	struct cc_err err = { 0 };

	assert_non_null(x509);
	assert_int_equal(cc_cert_from_x509(x509, &theirs, &err), 0);
	assert_null(theirs->body->key);
	assert_int_equal(cc_cert_common_name(cert, &name, &err), 0);
	assert_int_equal(cc_cert_common_name(theirs, &their_name, &err), 0);
	assert_string_equal(name, their_name);
	cc_cert_window(cert, &window[0], &window[1]);
	cc_cert_window(theirs, &their_window[0], &their_window[1]);
	assert_memory_equal(window, their_window, sizeof(window));
	assert_int_equal(cc_cert_key_hash(cert, &hash, &err), 0);
	assert_int_equal(cc_cert_key_hash(theirs, &their_hash, &err), 0);
	assert_true(cc_digest_eq(&hash, &their_hash));
	assert_int_equal(cc_cert_holder(cert, &hash, &err), 0);
	assert_int_equal(cc_cert_holder(theirs, &their_hash, &err), 0);
	assert_true(cc_digest_eq(&hash, &their_hash));
	assert_int_equal(cc_cert_to_der(theirs, &written, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&written), der));
}

static size_t plain_seen, certs_seen;

static void compare(const struct cc_cert *cert)
{
	certs_seen++;
	if (cert->body->key == NULL)
		return;
	plain_seen++;
	assert_same(cc_buf_span(&cert->body->der), cert);
}

/* Certificates in PEM wherever they stand in a file: in JSON and in quotes, too. */
static void compare_all(struct cc_span rest)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";

	while (rest.len > 0) {
		CC_AUTO_CERT struct cc_cert *cert = NULL;
		struct cc_err err = { 0 };
		size_t at = cc_span_find(rest, begin);
		struct cc_span pem = cc_span_sub(rest, at, rest.len);

		if (at == rest.len)
			return;
		rest = cc_span_sub(pem, 1, pem.len);
		if (cc_cert_next_pem(&pem, &cert, &err) == 0 && cert != NULL)
			compare(cert);
	}
}

static int compare_file(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	(void)place;
	if (kind != FTW_F || status->st_size > (off_t)CC_CRL_MAX ||
	    cc_file_read(path, CC_CRL_MAX, &bytes, &err) != 0)
		return 0;
	if (bytes.len <= CC_CERT_MAX && cc_cert_from_der(cc_buf_span(&bytes), &cert, &err) == 0)
		compare(cert);
	compare_all(cc_buf_span(&bytes));
	return 0;
}

static void recorded_certificates_say_the_same_to_both(void **state)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err = { 0 };

	(void)state;
	if (root == NULL || cc_strf(&path, &err, "%s/../shared/data/evidence", root) != 0 ||
	    access(path, R_OK) != 0) {
		print_message("skipped: no recorded evidence\n");
		skip();
	}
	assert_non_null(path);
	assert_int_equal(nftw(path, compare_file, 16, FTW_PHYS), 0);
	print_message("# %zu of %zu certificates are plain\n", plain_seen, certs_seen);
	assert_true(plain_seen > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_chain_is_proven),
		cmocka_unit_test(changed_and_signed_anew_it_is_accepted_only_where_openssl_accepts),
		cmocka_unit_test(changed_and_not_signed_anew_it_is_refused),
		cmocka_unit_test(each_window_holds),
		cmocka_unit_test(only_an_authority_signs_certificates),
		cmocka_unit_test(the_path_length_of_the_root_holds),
		cmocka_unit_test(who_is_on_a_list_is_refused),
		cmocka_unit_test(each_certificate_needs_its_list),
		cmocka_unit_test(a_list_is_signed_by_its_issuer),
		cmocka_unit_test(the_root_is_the_pinned_one_and_signed_by_itself),
		cmocka_unit_test(only_who_may_sign_lists_does),
		cmocka_unit_test(what_is_proven_counts_for_the_very_same_alone),
		cmocka_unit_test(a_choice_of_issuers_is_not_plain),
		cmocka_unit_test(a_list_of_almost_the_issuer_s_name_is_not_plain),
		cmocka_unit_test(of_an_extension_twice_nothing_is_read),
		cmocka_unit_test(unknown_extensions_and_uses_are_not_plain),
		cmocka_unit_test(recorded_certificates_say_the_same_to_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
