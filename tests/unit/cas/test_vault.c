/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of policies: made, kept over updates, shared, and what reaches a program. */
#include "tests/unit/cas/story.h"

#include "cas/sessions.h"
#include "cas/values.h"
#include "cas/vault.h"

/* What a text of `policy` is for a program of this class. */
static int seen_in(struct world *world, enum cc_class class, const char *policy, const char *text,
		   struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_vault_start start = { .view = &view, .class = class };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	struct cc_vault_policy secrets = { 0 };
	int done = 0;

	cc_state_begin(world->state, world->now);
	cc_cas_view_init(&view, world->state);
	ok(cc_vault_new(&start, &vault, &oops));
	cc_vault_policy(vault, policy, &secrets);
	done = cc_substitute(cc_span_str(text), &secrets.lookup, out, err);
	if (done == 0)
		stand(world, "test", NULL);
	else
		cc_state_undo(world->state);
	return done;
}

static void seen(struct world *world, const char *policy, const char *text, struct cc_buf *out)
{
	cc_buf_clear(out);
	ok(seen_in(world, CC_CLASS_NONE, policy, text, out, &oops));
}

static void refused(struct world *world, const char *policy, const char *text, enum cc_code code,
		    const char *words)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(seen_in(world, CC_CLASS_NONE, policy, text, &out, &err), -1);
	assert_code(err, code);
	assert_says(err, words);
}

static void same(struct world *world, const char *policy, const char *text,
		 const struct cc_buf *was)
{
	CC_AUTO_BUF struct cc_buf now = { 0 };

	seen(world, policy, text, &now);
	assert_true(cc_span_eq(cc_buf_span(&now), cc_buf_span(was)));
}

static void differs(struct world *world, const char *policy, const char *text,
		    const struct cc_buf *was)
{
	CC_AUTO_BUF struct cc_buf now = { 0 };

	seen(world, policy, text, &now);
	assert_false(cc_span_eq(cc_buf_span(&now), cc_buf_span(was)));
}

#define ALL_KINDS                                                                         \
	"name: p\nversion: 0.3.12\nsecrets:\n"                                            \
	"- {name: text, kind: ascii}\n"                                                   \
	"- {name: bytes, kind: binary}\n"                                                 \
	"- {name: key, kind: private-key, key_type: P-384}\n"                             \
	"- {name: kept, kind: private-key, migrate: true}\n"                              \
	"- {name: public, kind: public-key, private_key: kept}\n"                         \
	"- {name: ca, kind: x509-ca, private_key: kept}\n"                                \
	"- {name: cert, kind: x509, private_key: key, issuer: ca, valid_for: 100 days}\n" \
	"- {name: pgp, kind: pgp-key}\n"                                                  \
	"- {name: token, kind: jwt, signer: key, validity: {for: 1h}, payload: {a: b}}\n"

static void values_are_made_with_the_policy_and_stay(void **state)
{
	static const char *const texts[] = {
		"$$SCONE::text$$",   "$$SCONE::bytes:hex$$", "$$SCONE::key$$",
		"$$SCONE::public$$", "$$SCONE::cert$$",      "$$SCONE::pgp:privatekey:base64$$"
	};
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, ALL_KINDS, &oops));
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_BUF struct cc_buf first = { 0 };

		seen(&world, "p", texts[i], &first);
		assert_true(first.len > 10);
		world_reopen(&world);
		same(&world, "p", texts[i], &first);
	}
}

/* scone.md 1.8.5 */
static void rule_1_8_5_an_update_keeps_what_migrates(void **state)
{
	static const struct {
		const char *text;
		bool kept;
	} cases[] = {
		{ "$$SCONE::text$$", true },   { "$$SCONE::bytes:hex$$", true },
		{ "$$SCONE::key$$", false },   { "$$SCONE::kept$$", true },
		{ "$$SCONE::public$$", true }, { "$$SCONE::ca$$", false },
		{ "$$SCONE::cert$$", false },  { "$$SCONE::pgp:publickey:base64$$", true },
	};
	struct cc_buf was[CC_COUNT(cases)] = { 0 };
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, ALL_KINDS, &oops));
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		seen(&world, "p", cases[i].text, &was[i]);
	ok(update(&world, SH1, "p", ALL_KINDS "- {name: more, kind: ascii}\n", &oops));
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		if (cases[i].kept)
			same(&world, "p", cases[i].text, &was[i]);
		else
			differs(&world, "p", cases[i].text, &was[i]);
		cc_buf_clear(&was[i]);
	}
}

/* Gone is gone: the name that comes back is another secret. */
static void a_secret_that_was_taken_out_does_not_come_back(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf was = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, "name: p\nsecrets: [{name: a, kind: ascii}]\n", &oops));
	seen(&world, "p", "$$SCONE::a$$", &was);
	ok(update(&world, SH1, "p", "name: p\n", &oops));
	refused(&world, "p", "$$SCONE::a$$", CC_E_NOTFOUND, "has no secret 'a'");
	ok(update(&world, SH1, "p", "name: p\nsecrets: [{name: a, kind: ascii}]\n", &oops));
	differs(&world, "p", "$$SCONE::a$$", &was);
}

static void a_certificate_is_issued_again_before_it_ends(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf was = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, ALL_KINDS, &oops));
	seen(&world, "p", "$$SCONE::cert$$", &was);
	world.now += INT64_C(80) * 24 * 3600;
	same(&world, "p", "$$SCONE::cert$$", &was);
	world.now += INT64_C(15) * 24 * 3600;
	differs(&world, "p", "$$SCONE::cert$$", &was);
}

static void a_bad_explicit_value_is_refused_with_the_policy(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	assert_int_equal(
		create(&world, SH1,
		       "name: p\nsecrets:\n- {name: k, kind: private-key, value: "
		       "\"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\"}\n",
		       &err),
		-1);
	assert_code(err, CC_E_ARG);
	assert_says(err, "secret 'k'");
	/* Nothing of it stands. */
	ok(create(&world, SH1, "name: p\n", &oops));
}

static void values_that_need_each_other_are_refused(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1,
		  "name: p\nsecrets:\n- {name: a, kind: ascii, value: $$SCONE::b$$}\n"
		  "- {name: b, kind: ascii, value: $$SCONE::a$$}\n",
		  &oops));
	refused(&world, "p", "$$SCONE::a$$", CC_E_ARG, "needs itself");
	ok(create(&world, SH1,
		  "name: q\nsecrets: [{name: s, export: r, import: {session: r, secret: "
		  "s}}]\n",
		  &oops));
	ok(create(&world, SH1,
		  "name: r\nsecrets: [{name: s, export: q, import: {session: q, secret: "
		  "s}}]\n",
		  &oops));
	refused(&world, "q", "$$SCONE::s$$", CC_E_ARG, "needs itself");
}

/* scone.md 1.9 */
static void rule_1_9_a_secret_reaches_those_it_is_exported_to(void **state)
{
	static const char importer[] =
		"secrets: [{name: mine, import: {session: giver, secret: s}}]\n";
	static const struct {
		const char *export, *name;
		bool is_given;
	} cases[] = {
		{ "", "other", false },
		{ "export: other, ", "other", true },
		{ "export: [{session: x}, {session: other}], ", "other", true },
		{ "export: other, ", "other/nested", false },
		{ "export: [{namespace: other}], ", "other", true },
		{ "export: [{namespace: other}], ", "other/nested", true },
		{ "export: [{namespace: other}], ", "others", false },
		{ "export: [{session: other, cas_url: cas.example.com, cas_key: "
		  "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}], ",
		  "other", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		AUTO_WORLD struct world world = { 0 };
		CC_AUTO_BUF struct cc_buf was = { 0 };
		CC_AUTO_FREE char *giver = NULL, *taker = NULL;

		world_make(&world, 1, 1);
		ok(cc_strf(&giver, &oops,
			   "name: giver\nversion: 0.3.5\nsecrets: [{name: s, %skind: ascii}]\n",
			   cases[i].export));
		ok(cc_strf(&taker, &oops, "name: %s\nversion: 0.3.5\n%s", cases[i].name, importer));
		if (!cc_str_eq(cases[i].name, "other"))
			ok(create(&world, SH2, SPACE("other"), &oops));
		/* The importer may come first. */
		ok(create(&world, SH2, taker, &oops));
		ok(create(&world, SH1, giver, &oops));
		seen(&world, "giver", "$$SCONE::s$$", &was);
		if (cases[i].is_given)
			same(&world, cases[i].name, "$$SCONE::mine$$", &was);
		else
			refused(&world, cases[i].name, "$$SCONE::mine$$", CC_E_DENIED,
				"does not export");
	}
}

static void hash_of(struct world *world, const char *name, char out[static CC_HEX_DIGEST])
{
	struct cc_rec_policy row = { 0 };
	struct cc_digest hash = { 0 };

	ok(cc_state_get(world->state, &cc_rec_policy, name, &row, &oops));
	memcpy(hash.b, row.hash, sizeof(hash.b));
	cc_hex_digest(&hash, out);
	cc_record_clear(&cc_rec_policy, &row);
}

static void rule_1_9_an_export_by_hash_is_to_that_version_alone(void **state)
{
	static const char taker[] = "name: other\nsecrets: [{name: s, import: giver}]\n";
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *giver = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	char hash[CC_HEX_DIGEST];

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH2, taker, &oops));
	hash_of(&world, "other", hash);
	ok(cc_strf(&giver, &oops,
		   "name: giver\nsecrets: [{name: s, kind: ascii, export: [{session: other, "
		   "session_hash: %s}]}]\n",
		   hash));
	ok(create(&world, SH1, giver, &oops));
	seen(&world, "other", "$$SCONE::s$$", &out);
	ok(update(&world, SH2, "other",
		  "name: other\nsecrets: [{name: s, import: giver}]\ntolerate: [simulation]\n",
		  &oops));
	refused(&world, "other", "$$SCONE::s$$", CC_E_DENIED, "not the version to which");
}

static void rule_1_9_an_import_by_hash_is_from_that_version_alone(void **state)
{
	static const char giver[] =
		"name: giver\nsecrets: [{name: s, kind: ascii, export: other}]\n";
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *taker = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	char hash[CC_HEX_DIGEST];

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, giver, &oops));
	hash_of(&world, "giver", hash);
	ok(cc_strf(
		&taker, &oops,
		"name: other\nsecrets: [{name: s, import: {session: giver, session_hash: %s}}]\n",
		hash));
	ok(create(&world, SH2, taker, &oops));
	seen(&world, "other", "$$SCONE::s$$", &out);
	ok(update(&world, SH1, "giver",
		  "name: giver\nsecrets: [{name: s, kind: ascii, export: [other, more]}]\n",
		  &oops));
	refused(&world, "other", "$$SCONE::s$$", CC_E_DENIED, "is not the version from which");
}

static void rule_1_8_1_the_kind_of_an_import_is_a_check(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, "name: giver\nsecrets: [{name: s, kind: ascii, export: other}]\n",
		  &oops));
	ok(create(&world, SH2, "name: other\nsecrets: [{name: s, kind: binary, import: giver}]\n",
		  &oops));
	refused(&world, "other", "$$SCONE::s$$", CC_E_ARG, "another kind");
}

#define CERTIFICATE_OF(key_exports)                                                              \
	"name: giver\nversion: 0.3\nsecrets:\n- {name: key, kind: private-key" key_exports "}\n" \
	"- {name: cert, kind: x509, private_key: key, export: other}\n"

static void rule_1_9_a_certificate_brings_its_key_only_if_exported_too(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf key = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH2,
		  "name: other\nversion: 0.3\nsecrets: [{name: cert, import: giver}]\n", &oops));
	ok(create(&world, SH1, CERTIFICATE_OF(""), &oops));
	seen(&world, "other", "$$SCONE::cert$$", &key);
	refused(&world, "other", "$$SCONE::cert:privatekey$$", CC_E_DENIED, "private key");
	ok(update(&world, SH1, "giver", CERTIFICATE_OF(", export: other"), &oops));
	seen(&world, "giver", "$$SCONE::key$$", &key);
	same(&world, "other", "$$SCONE::cert:privatekey$$", &key);
}

/* What rests on an import is made when the exporter is there, and again when it changes. */
static void an_imported_authority_issues(void **state)
{
	static const char ca[] =
		"name: giver\nversion: 0.3\nsecrets:\n"
		"- {name: ca-key, kind: private-key, export: other}\n"
		"- {name: ca, kind: x509-ca, private_key: ca-key, export: other}\n";
	static const char leaf[] = "name: other\nversion: 0.3\nsecrets:\n"
				   "- {name: ca, import: giver}\n- {name: key, kind: private-key}\n"
				   "- {name: web, kind: x509, private_key: key, issuer: ca}\n";
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf web = { 0 }, chain = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH2, leaf, &oops));
	refused(&world, "other", "$$SCONE::web$$", CC_E_NOTFOUND, "'giver'");
	ok(create(&world, SH1, ca, &oops));
	seen(&world, "giver", "$$SCONE::ca$$", &chain);
	same(&world, "other", "$$SCONE::web:chain$$", &chain);
	seen(&world, "other", "$$SCONE::web$$", &web);
	same(&world, "other", "$$SCONE::web$$", &web);
	ok(update(
		&world, SH1, "giver",
		"name: giver\nversion: 0.3\nsecrets:\n"
		"- {name: ca-key, kind: private-key, export: [other]}\n"
		"- {name: ca, kind: x509-ca, private_key: ca-key, export: other, common_name: x}\n",
		&oops));
	differs(&world, "other", "$$SCONE::web$$", &web);
	seen(&world, "giver", "$$SCONE::ca$$", &chain);
	same(&world, "other", "$$SCONE::web:chain$$", &chain);
}

static void a_secret_goes_to_no_weaker_class_than_its_owner_tolerates(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, "name: giver\nsecrets: [{name: s, kind: ascii, export: other}]\n",
		  &oops));
	ok(create(&world, SH2,
		  "name: other\ntolerate: [simulation]\nsecrets: [{name: s, import: giver}]\n",
		  &oops));
	assert_int_equal(seen_in(&world, CC_CLASS_SIMULATED, "other", "$$SCONE::s$$", &out, &err),
			 -1);
	assert_code(err, CC_E_DENIED);
	ok(seen_in(&world, CC_CLASS_CONFIDENTIAL, "other", "$$SCONE::s$$", &out, &oops));
	ok(update(&world, SH1, "giver",
		  "name: giver\ntolerate: [simulation]\nsecrets: [{name: s, kind: ascii, export: "
		  "other}]\n",
		  &oops));
	ok(seen_in(&world, CC_CLASS_SIMULATED, "other", "$$SCONE::s$$", &out, &oops));
}

static int published(struct world *world, const char *policy, const char *secret,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_vault_start start = { .view = &view, .is_public = true };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_known known = { 0 };

	cc_state_begin(world->state, world->now);
	cc_cas_view_init(&view, world->state);
	ok(cc_vault_new(&start, &vault, &oops));
	ok(cc_cas_view_raw(&view, policy, &known, &oops));
	CC_TRY(cc_value_public(vault, known.policy, cc_policy_secret(known.policy, secret), &json,
			       err));
	cc_buf_reset(out);
	ok(cc_json_print(json, out, &oops));
	return 0;
}

static void assert_hidden(struct world *world, const char *policy, const char *secret)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(published(world, policy, secret, &out, &err), -1);
	if (err.code != CC_E_NOTFOUND && err.code != CC_E_DENIED)
		fail_msg("%s: %s", secret, err.text);
}

/* A member of the answer, or all of it. */
static void assert_published(struct world *world, const char *policy, const char *secret,
			     const char *member, const char *expected)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *found = NULL;

	ok(published(world, policy, secret, &out, &oops));
	ok(cc_json_parse(cc_buf_span(&out), out.len, &json, &oops));
	ok(cc_json_get_str(json, member, &found, &oops));
	assert_string_equal(found, expected);
}

static void rule_1_8_1_public_values_are_those_that_programs_get(void **state)
{
	static const char *const forms[][3] = {
		{ "raw", "binary", "$$SCONE::raw:hex$$" },
		{ "pub", "public-key", "$$SCONE::pub$$" },
		{ "ca", "x509-ca", "$$SCONE::ca$$" },
		{ "leaf", "x509", "$$SCONE::leaf$$" },
		{ "pgp", "pgp-key", "$$SCONE::pgp:publickey:asciiarmored$$" },
	};
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_FREE char *expected = NULL;

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1,
		  "name: p\nversion: 0.3.12\nsecrets:\n- {name: k, kind: private-key}\n"
		  "- {name: pub, kind: public-key, private_key: k, export_public: true}\n"
		  "- {name: raw, kind: binary, export_public: true}\n"
		  "- {name: ca, kind: x509-ca, private_key: k, export_public: true}\n"
		  "- {name: leaf, kind: x509, private_key: k, issuer: ca, export_public: true}\n"
		  "- {name: pgp, kind: pgp-key, export_public: true}\n",
		  &oops));
	for (size_t i = 0; i < CC_COUNT(forms); i++) {
		CC_AUTO_FREE char *value = NULL;

		cc_buf_reset(&text);
		seen(&world, "p", forms[i][2], &text);
		ok(cc_str_from(cc_buf_span(&text), &value, &oops));
		assert_published(&world, "p", forms[i][0], "kind", forms[i][1]);
		assert_published(&world, "p", forms[i][0], "value", value);
	}
	cc_buf_reset(&text);
	seen(&world, "p", "$$SCONE::leaf:chain$$", &text);
	ok(cc_str_from(cc_buf_span(&text), &expected, &oops));
	assert_published(&world, "p", "leaf", "chain", expected);
	assert_hidden(&world, "p", "k");
}

static void public_fragments_are_json_and_public_tokens_are_made_anew(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1,
		  "name: p\nversion: 0.3.12\nsecrets:\n"
		  "- {name: list, kind: config-fragment, value: [a, b], export_public: true}\n"
		  "- {name: k, kind: private-key, key_type: P-384}\n"
		  "- {name: t, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}, "
		  "payload: {sub: x}, export_public: true}\n"
		  "- {name: own, kind: jwt, signer: k, alg: ES384, validity: {for: 1h}, "
		  "payload: {sub: $$SCONE::self::software_identity$$}, export_public: true}\n",
		  &oops));
	ok(published(&world, "p", "list", &out, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&out),
				   "{\"expires\":null,\"kind\":\"config-fragment\","
				   "\"renew\":null,\"value\":[\"a\",\"b\"]}"));
	assert_published(&world, "p", "t", "kind", "jwt");
	ok(published(&world, "p", "t", &out, &oops));
	assert_null(memmem(out.at, out.len, "\"expires\":null", 14));
	/* The public is no program. */
	assert_hidden(&world, "p", "own");
}

#define IMPORTER                                                              \
	"name: p\nversion: 0.3\nsecrets:\n"                                   \
	"- {name: i, import: {session: q, secret: s}, export_public: true}\n" \
	"- {name: text, kind: ascii, value: <$$SCONE::i$$>, export_public: true}\n"

static void what_is_imported_is_its_exporters_to_publish(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, IMPORTER, &oops));
	assert_hidden(&world, "p", "i");
	ok(create(&world, SH2, "name: q\nsecrets: [{name: s, kind: ascii, value: x, export: p}]\n",
		  &oops));
	/* A program may have it, the public neither by name nor in another value. */
	seen(&world, "p", "$$SCONE::i$$", &text);
	assert_hidden(&world, "p", "i");
	assert_hidden(&world, "p", "text");
	ok(update(&world, SH2, "q",
		  "name: q\nsecrets: [{name: s, kind: ascii, value: x, export: p, "
		  "export_public: true}]\n",
		  &oops));
	assert_published(&world, "p", "i", "value", "x");
	assert_published(&world, "p", "text", "value", "<x>");
}

/* The key of a certificate may be anyone's: nobody asks for it. */
static void a_certificate_is_published_without_its_key(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH2, "name: q\nsecrets: [{name: s, kind: private-key, export: p}]\n",
		  &oops));
	ok(create(&world, SH1,
		  "name: p\nversion: 0.3\nsecrets:\n- {name: k, import: {session: q, secret: s}}\n"
		  "- {name: ca, kind: x509-ca, private_key: k, export_public: true}\n",
		  &oops));
	assert_hidden(&world, "p", "ca");
	seen(&world, "p", "$$SCONE::ca$$", &text);
	assert_published(&world, "p", "ca", "kind", "x509-ca");
}

static void secrets_of_a_decision_are_bounded_together(void **state)
{
	const struct asking_for all = { cc_values_read, person(0), "session=p", NULL, NULL };
	struct cc_result result = { 0 };
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 }, out = { 0 };
	CC_AUTO_FREE char *policy = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_buf_addf(&text, &oops,
		       "name: p\nversion: 0.3\nsecrets:\n"
		       "- {name: v0, kind: ascii, export_public: true, size: 1024}\n"));
	for (size_t i = 1; i <= 24; i++)
		ok(cc_buf_addf(&text, &oops,
			       "- {name: v%zu, kind: ascii, export_public: true, value: "
			       "$$SCONE::v%zu$$$$SCONE::v%zu$$}\n",
			       i, i < 10 ? i - 1 : 9, i < 10 ? i - 1 : 9));
	ok(cc_str_from(cc_buf_span(&text), &policy, &oops));
	ok(create(&world, SH1, policy, &oops));
	ok(published(&world, "p", "v9", &out, &oops));
	ok(published(&world, "p", "v24", &out, &oops));
	assert_int_equal(ask_cas(&world, &all, &result, &err), -1);
	assert_code(err, CC_E_TOOBIG);
}

#define RULES(value)                                                     \
	"name: admin\nversion: 0.3.10\nsecrets: [{name: readers, kind: " \
	"config-fragment, export: p, value: " value "}]\n"

/* An administrator's policy decides who may read: scone.md 1.13. */
static void rule_1_13_a_rule_may_be_an_imported_fragment(void **state)
{
	static const char policy[] =
		"name: p\nversion: 0.3.10\naccess_policy: {read: $$SCONE::readers$$}\n"
		"secrets: [{name: readers, import: {session: admin, secret: readers}}]\n";
	const struct asking_for stranger = { cc_policy_read, person(STRANGER), "p", NULL, NULL };
	const struct asking_for owner = { cc_policy_read, person(SH1), "p", NULL, NULL };
	AUTO_WORLD struct world world = { 0 };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, policy, &oops));
	/* The fragment is not there: nobody, not anybody. */
	assert_int_equal(ask_cas(&world, &owner, &result, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(create(&world, SH2, RULES("[ANY]"), &oops));
	ok(ask_cas(&world, &stranger, &result, &oops));
	cc_result_clear(&result);
	/* CREATOR is whoever made the policy that imports the rule. */
	ok(update(&world, SH2, "admin", RULES("[CREATOR]"), &oops));
	ok(ask_cas(&world, &owner, &result, &oops));
	cc_result_clear(&result);
	assert_int_equal(ask_cas(&world, &stranger, &result, &err), -1);
	assert_code(err, CC_E_DENIED);
}

/* The program of SH1 with this command, these variables and a file. */
#define SERVICE(command, more)                                                               \
	"name: sh1/s1\nversion: 0.3.8\n"                                                     \
	"images: [{name: i, volumes: [{name: out, path: /vol1}], injection_files: "          \
	"[{path: /etc/key, content: $$SCONE::raw$$$$SCONE::word$$}]}]\n"                     \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n"            \
	"services: [{name: s1, image_name: i, command: " command ", fspf_key: " HEX_C        \
	", fspf_tag: " HEX_D ", environment: {\\@\\@HOME: x, PASS: "                         \
	"'<$$SCONE::word|escape(json)$$>'}, measurements: [{platform: sgx, runtime: " HEX_A  \
	", content: " HEX_B "}]}]\n"                                                         \
	"secrets:\n- {name: word, kind: ascii, value: 'a \"canary\"'}\n- {name: raw, kind: " \
	"binary, value: '00ff00'}\n" more

static void rule_1_8_4_a_program_gets_values_everywhere(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world,
		   SERVICE("[run, '--word=$$SCONE::word$$', '$$SCONE::raw:hex$$']", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 11);
		const struct cc_config *config = &start.config;

		ok(release_to(&world, &start, &oops));
		assert_string_equal(config->command[1], "--word=a \"canary\"");
		assert_string_equal(config->command[2], "00ff00");
		assert_string_equal(config->environment[0].value, "<a \\\"canary\\\">");
		assert_true(cc_span_eq(cc_buf_span(&config->injected[0].content),
				       cc_span("\0\xff\0"
					       "a \"canary\"",
					       13)));
	}
}

/* The program of SH1 with a file that its image brings. */
#define OF_IMAGE(image)                                                                            \
	"name: sh1/s1\nversion: 0.3.11\n"                                                          \
	"images: [{name: i, volumes: [{name: out, path: /vol1}], injection_files: "                \
	"[/etc/key]" image "}]\n"                                                                  \
	"volumes: [{name: out, import: {session: sh3/pipeline, volume: vol1}}]\n"                  \
	"services: [{name: s1, image_name: i, command: run, fspf_key: " HEX_C ", fspf_tag: " HEX_D \
	", measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_B "}]}]\n"            \
	"secrets:\n- {name: word, kind: ascii, value: canary}\n- {name: raw, kind: binary, "       \
	"value: '00ff00'}\n- {name: far, import: {session: nowhere, secret: x}}\n" TOLERATE

static const struct cc_config_value *value_of(const struct cc_config *config, const char *name)
{
	for (size_t i = 0; i < config->value_count; i++)
		if (strcmp(config->values[i].name, name) == 0)
			return &config->values[i];
	return NULL;
}

/* `far`, which cannot be had, stops nobody before a file asks for it. */
static void rule_1_12_files_of_the_image_get_what_is_provided(void **state)
{
	static const struct {
		const char *policy;
		size_t count;
		bool word;
	} rows[] = {
		{ OF_IMAGE(""), 10, true },
		{ OF_IMAGE(", provide_secrets: [raw, far]"), 9, false },
		{ OF_IMAGE(", provide_secrets: [word]"), 1, true },
		{ OF_IMAGE(", provide_secrets: []"), 0, false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		AUTO_WORLD struct world world = { 0 };
		struct opened run = { 0 };

		tell_story(&world, rows[i].policy, S3);
		ok(open_run(&world, SH3, &run, &oops));
		{
			AUTO_START struct start start = program_of(&run, 0, 11);
			const struct cc_config *config = &start.config;
			const struct cc_config_value *raw = NULL;

			ok(release_to(&world, &start, &oops));
			assert_true(config->injected[0].of_image);
			assert_int_equal(config->injected[0].mode, 0700);
			assert_int_equal(config->value_count, rows[i].count);
			assert_int_equal(value_of(config, "word") != NULL, rows[i].word);
			raw = value_of(config, "raw:hex");
			if (raw != NULL)
				assert_true(cc_span_eq_str(cc_buf_span(&raw->value), "00ff00"));
		}
	}
}

/* What the host may say is in the policy's text: a value that looks so says nothing. */
static void rule_1_6_arguments_of_the_host_are_the_policy_s_to_take(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };

	(void)state;
	tell_story(&world,
		   SERVICE("[run, '@@2', '$$SCONE::mark$$', '@@1'], pwd: /",
			   "- {name: mark, kind: ascii, value: '@@3'}\n" TOLERATE),
		   S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 11);
		const struct cc_config *config = &start.config;

		ok(release_to(&world, &start, &oops));
		assert_int_equal(config->host_argument_count, 2);
		assert_int_equal(config->host_arguments[0].at, 1);
		assert_int_equal(config->host_arguments[0].position, 2);
		assert_int_equal(config->host_arguments[1].at, 3);
		assert_string_equal(config->command[2], "@@3");
		assert_int_equal(config->host_variable_count, 1);
		assert_string_equal(config->host_variables[0], "HOME");
		assert_int_equal(config->environment_count, 1);
	}
}

static void bytes_that_are_no_text_are_no_argument(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, SERVICE("[run, '$$SCONE::raw$$']", TOLERATE), S3);
	ok(open_run(&world, SH3, &run, &oops));
	{
		AUTO_START struct start start = program_of(&run, 0, 11);

		assert_int_equal(release_to(&world, &start, &err), -1);
		assert_code(err, CC_E_ARG);
		assert_says(err, "no text");
	}
}

static void a_secret_that_is_not_there_stops_the_start(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	struct opened run = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	tell_story(&world, SERVICE("[run, '$$SCONE::missing$$']", TOLERATE), S3);
	assert_int_equal(open_run(&world, SH3, &run, &err), -1);
	assert_says(err, "'missing'");
}

static void no_generated_value_lies_in_the_store(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_BUF struct cc_buf word = { 0 }, file = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(create(&world, SH1, ALL_KINDS, &oops));
	seen(&world, "p", "$$SCONE::text$$", &word);
	world_close(&world);
	ok(cc_file_read(world.file, (size_t)64 * 1024 * 1024, &file, &oops));
	assert_null(memmem(file.at, file.len, word.at, word.len));
	world_open(&world, CC_STORE_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_made_with_the_policy_and_stay),
		cmocka_unit_test(rule_1_8_5_an_update_keeps_what_migrates),
		cmocka_unit_test(a_secret_that_was_taken_out_does_not_come_back),
		cmocka_unit_test(a_certificate_is_issued_again_before_it_ends),
		cmocka_unit_test(a_bad_explicit_value_is_refused_with_the_policy),
		cmocka_unit_test(values_that_need_each_other_are_refused),
		cmocka_unit_test(rule_1_9_a_secret_reaches_those_it_is_exported_to),
		cmocka_unit_test(rule_1_9_an_export_by_hash_is_to_that_version_alone),
		cmocka_unit_test(rule_1_9_an_import_by_hash_is_from_that_version_alone),
		cmocka_unit_test(rule_1_8_1_the_kind_of_an_import_is_a_check),
		cmocka_unit_test(rule_1_9_a_certificate_brings_its_key_only_if_exported_too),
		cmocka_unit_test(an_imported_authority_issues),
		cmocka_unit_test(a_secret_goes_to_no_weaker_class_than_its_owner_tolerates),
		cmocka_unit_test(rule_1_8_1_public_values_are_those_that_programs_get),
		cmocka_unit_test(public_fragments_are_json_and_public_tokens_are_made_anew),
		cmocka_unit_test(what_is_imported_is_its_exporters_to_publish),
		cmocka_unit_test(a_certificate_is_published_without_its_key),
		cmocka_unit_test(secrets_of_a_decision_are_bounded_together),
		cmocka_unit_test(rule_1_13_a_rule_may_be_an_imported_fragment),
		cmocka_unit_test(rule_1_8_4_a_program_gets_values_everywhere),
		cmocka_unit_test(rule_1_12_files_of_the_image_get_what_is_provided),
		cmocka_unit_test(rule_1_6_arguments_of_the_host_are_the_policy_s_to_take),
		cmocka_unit_test(bytes_that_are_no_text_are_no_argument),
		cmocka_unit_test(a_secret_that_is_not_there_stops_the_start),
		cmocka_unit_test(no_generated_value_lies_in_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
