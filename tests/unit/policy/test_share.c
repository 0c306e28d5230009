/* SPDX-License-Identifier: Apache-2.0 */
/* Grants of volumes: one table of what is refused, and the ways to swap a grantee. */
#include "tests/unit/policy/world.h"

/* `s/user` has service s, known by `how`, that mounts volume v of `q/owner` as `mount` says. */
static void put_user(struct world *world, const char *how, const char *mount)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&text, &err,
				 "name: s/user\n"
				 "services: [{name: s, image_name: i, command: [x], %s}]\n"
				 "images: [{name: i, volumes: [{name: v, path: /v%s}]}]\n"
				 "volumes: [{name: v, import: {session: q/owner, volume: w}}]\n",
				 how, mount),
			 0);
	world_put(world, text);
}

static void put_owner(struct world *world, const char *export, const char *more)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_strf(&text, &err, "name: q/owner\nvolumes: [{name: w%s}]\n%s", export, more), 0);
	world_put(world, text);
}

static int ask(const struct world *world, const struct cc_program *program, enum cc_class class,
	       struct cc_volume_use *use, struct cc_err *err)
{
	const struct cc_known *known = &world->at[world_index(world, "s/user")];
	const struct cc_volume_ask question = {
		.known = known,
		.service = &known->policy->services.at[0],
		.mount = &known->policy->images.at[0].volumes.at[0],
		.program = program,
		.class = class,
	};

	return cc_decide_volume(&world->view, &question, use, err);
}

static const char bare[] = "mrenclaves: [" HEX_A "]";

/* Of the user's service, by sha256sum over the text that docs/format/policy.md gives. */
#define CONFIG "7b47a2522e3b07a3a14c2be5dbee411e6cbd7e09e3af325b9bbd106097abc6e6"

/* NULL for `why`: granted. */
static const struct {
	const char *how, *mount, *export, *more, *why;
} rows[] = {
	{ PARTS, "", ", export: s/user", "", NULL },
	{ PARTS, "", "", "", "does not export volume 'w' to 's/user/s'" },
	{ PARTS, "", ", export: other", "", "does not export volume 'w'" },
	{ PARTS, "", ", export: {session: s/user, platforms: [snp, sgx]}", "", NULL },
	{ PARTS, "", ", export: {session: s/user, platforms: [snp]}", "", "for other platforms" },
	{ PARTS, "", ", export: {session: s/user, config: " CONFIG "}", "", NULL },
	{ PARTS, ", access: read", ", export: {session: s/user, config: " CONFIG "}", "",
	  "the configuration of 's/user/s' is not" },
	{ PARTS ", environment: {A: b}", "", ", export: {session: s/user, config: " CONFIG "}", "",
	  "the configuration of 's/user/s' is not" },
	{ PARTS, "", ", export: {session: s/user, config: " HEX_A "}", "",
	  "the configuration of 's/user/s' is not the one that 'q/owner' pins" },
	{ bare, "", ", export: {session: s/user, opaque: true, config: " HEX_A "}", "",
	  "pins a program" },
	/* a policy of that name at another CAS is somebody else's */
	{ PARTS, "",
	  ", export: {session: s/user, cas_url: cas.example.com, cas_key: "
	  "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}",
	  "", "does not export volume 'w'" },
	{ PARTS, "", ", export: s", "", "does not export volume 'w'" },
	{ PARTS, "", ", export: s/user/below", "", "does not export volume 'w'" },
	{ PARTS, "",
	  ", export: {session: s/user, cas_url: 'cas.b:1', cas_key: "
	  "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}",
	  "", "does not export volume 'w'" }, /* to somebody else's policy of that name */
	{ PARTS, "", ", export: {session: s/user, service: s}", "", NULL },
	{ PARTS, "", ", export: {session: s/user, service: t}", "", "does not export volume 'w'" },
	{ PARTS, "", ", export: {session: s/user, volume_alias: x}", "",
	  "does not export volume 'w'" }, /* who has an alias knows no other name */
	{ PARTS, "", "}, {name: real, export: {session: s/user, volume_alias: w}", "", NULL },
	{ PARTS, ", access: read", ", export: {session: s/user, access: read}", "", NULL },
	{ PARTS, "", ", export: {session: s/user, access: read}", "", NULL },
	{ PARTS, ", access: write", ", export: {session: s/user, access: read}", "",
	  "wants to write" },
	{ PARTS, ", access: read", ", export: s/user", "", NULL },
	{ PARTS, ", update_policy: ephemeral", ", export: s/user", "", NULL },
	{ PARTS, ", update_policy: no_rollback_protection", ", export: s/user", "",
	  "an update policy that" },
	{ PARTS, ", update_policy: no_rollback_protection",
	  ", export: {session: s/user, update_policy: no_rollback_protection}", "", NULL },
	{ PARTS, "", ", export: {session: s/user, update_policy: ephemeral}", "",
	  "an update policy that" },
	{ PARTS, "", ", export: {session: s/user, content: " HEX_B ", runtime: " HEX_A "}", "",
	  NULL },
	{ PARTS, "", ", export: {session: s/user, content: " HEX_A "}", "",
	  "the content of the image is not" },
	{ PARTS, "", ", export: {session: s/user, runtime: " HEX_B "}", "",
	  "the runtime build is not" },
	{ "measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_B
	  "}, {platform: sgx, runtime: " HEX_A ", content: " HEX_C "}]",
	  "", ", export: {session: s/user, content: " HEX_B "}", "", NULL },
	{ "measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_C "}]", "",
	  ", export: {session: s/user, content: " HEX_B "}", "",
	  "the content of the image is not" },
	{ bare, "", ", export: s/user", "", "is not 'opaque'" },
	{ bare, "", ", export: {session: s/user, opaque: true}", "", NULL },
	{ bare, "", ", export: {session: s/user, opaque: true, content: " HEX_B "}", "",
	  "pins a program" },
	{ "attestation: {signer: {mrsigner: " HEX_A ", isvprodid: 1}}", "", ", export: s/user", "",
	  "is not 'opaque'" },
	{ "measurements: ['sgx:" HEX_A "']", "", ", export: s/user", "", "is not 'opaque'" },
	{ "mrenclaves: [" HEX_A "], " PARTS, "", ", export: s/user", "", NULL },
	{ PARTS, "", ", export: {session: s/user, session_hash: " HEX_A "}", "",
	  "is not the version that 'q/owner' pins" },
};

static void a_volume_goes_to_whom_the_owner_names_and_trusts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_CLEANUP(world_clear) struct world world = { 0 };
		struct cc_volume_use use = { 0 };
		struct cc_err err = { 0 };
		int result = 0;

		put_user(&world, rows[i].how, rows[i].mount);
		put_owner(&world, rows[i].export, rows[i].more);
		world_consent_all(&world);
		result = ask(&world, NULL, CC_CLASS_NONE, &use, &err);
		if ((result == 0) != (rows[i].why == NULL) ||
		    (result != 0 &&
		     (err.code != CC_E_DENIED || strstr(err.text, rows[i].why) == NULL)))
			fail_msg("row %zu: %s with %s: '%s'", i, rows[i].how, rows[i].export,
				 err.text);
	}
}

static void what_is_granted_is_said(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	put_user(&world, PARTS, "");
	put_owner(&world,
		  "}, {name: real, export: {session: s/user, volume_alias: w, access: read}", "");
	world_consent_all(&world);
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
	assert_string_equal(use.owner, "q/owner");
	assert_string_equal(use.volume->name, "real");
	assert_int_equal(use.access, CC_ACCESS_READ);
	put_owner(&world,
		  ", export: [{session: s/user, access: read}, {session: s/user, service: s}]", "");
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
	assert_int_equal(use.access, CC_ACCESS_WRITE); /* the line for the service goes before */
}

/* The owner of the service exchanges the program after the data was granted. */
static void a_changed_policy_closes_an_unpinned_grant(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	put_user(&world, PARTS, "");
	put_owner(&world, ", export: {session: s/user, content: " HEX_B ", runtime: " HEX_A "}",
		  "");
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "was not there since"));
	world_consent_all(&world);
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
	/* The same image and runtime, another command: content and runtime pins would pass. */
	put_user(&world, "pwd: /elsewhere, " PARTS, "");
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "has changed since"));
	assert_non_null(strstr(err.hint, "'q/owner'"));
	world_consent_all(&world);
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
}

static void a_pinned_grant_needs_no_consent_and_holds_for_one_version(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	CC_AUTO_FREE char *export = NULL;
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };
	char hex[65] = "";

	(void)state;
	put_user(&world, PARTS, "");
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", world.at[0].hash.b[i]);
	assert_int_equal(
		cc_strf(&export, &err, ", export: {session: s/user, session_hash: %s}", hex), 0);
	put_owner(&world, export, "");
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
	put_user(&world, "pwd: /elsewhere, " PARTS, "");
	world_consent_all(&world); /* consent does not widen a pin */
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "pins"));
}

/* Evidence decides at the release: a policy may accept programs that the grant does not. */
static void the_program_that_runs_must_be_one_that_the_grant_trusts(void **state)
{
	struct cc_program good = { .class = CC_CLASS_CONFIDENTIAL,
				   .is_authenticated = true,
				   .is_computed = true };
	struct cc_program number = { .class = CC_CLASS_CONFIDENTIAL, .is_authenticated = true };
	struct cc_program nobody = { .class = CC_CLASS_CONFIDENTIAL };
	struct cc_program swapped = good;
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(good.runtime.b, 0xaa, 32);
	memset(good.content.b, 0xbb, 32);
	memset(swapped.runtime.b, 0xaa, 32);
	memset(swapped.content.b, 0xdd, 32);
	put_user(&world, "mrenclaves: [" HEX_C "], " PARTS, "");
	put_owner(&world, ", export: {session: s/user, content: " HEX_B "}", "");
	world_consent_all(&world);
	assert_int_equal(ask(&world, &good, CC_CLASS_NONE, &use, &err), 0);
	assert_int_equal(ask(&world, &swapped, CC_CLASS_NONE, &use, &err), -1);
	assert_int_equal(ask(&world, &number, CC_CLASS_NONE, &use, &err), -1);
	assert_int_equal(ask(&world, &nobody, CC_CLASS_NONE, &use, &err), -1);
	put_owner(&world, ", export: {session: s/user, opaque: true}", "");
	assert_int_equal(ask(&world, &number, CC_CLASS_NONE, &use, &err), 0);
	assert_int_equal(ask(&world, &nobody, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "not authenticated"));
}

static void data_does_not_flow_to_a_weaker_class_than_its_owner_tolerates(void **state)
{
	struct cc_program program = { .is_authenticated = true, .is_computed = true };
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	put_user(&world, PARTS, "");
	put_owner(&world, ", export: s/user", "");
	world_consent_all(&world);
	program.class = CC_CLASS_SIMULATED;
	assert_int_equal(ask(&world, &program, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "policy 'q/owner' does not tolerate"));
	assert_int_equal(ask(&world, NULL, CC_CLASS_SIMULATED, &use, &err), -1);
	program.class = CC_CLASS_NONE;
	assert_int_equal(ask(&world, &program, CC_CLASS_CONFIDENTIAL, &use, &err), -1);
	put_owner(&world, ", export: s/user", "tolerate: [simulation]\n");
	world_consent_all(&world);
	program.class = CC_CLASS_SIMULATED;
	assert_int_equal(ask(&world, &program, CC_CLASS_NONE, &use, &err), 0);
	assert_int_equal(ask(&world, NULL, CC_CLASS_SIMULATED, &use, &err), 0);
}

static void an_owner_that_is_not_there_grants_nothing(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	put_user(&world, PARTS, "");
	world_consent_all(&world);
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	world.is_broken = true;
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

/* Somebody else created the owner's name, or the owner changed what is imported. */
static void an_import_pins_its_owner(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_put(&world, "name: s/user\nservices: [{name: s, image_name: i, " PARTS "}]\n"
			  "images: [{name: i, volumes: [{name: v, path: /v}]}]\n"
			  "volumes: [{name: v, import: {session: q/owner, volume: w, "
			  "session_hash: " HEX_A "}}]\n");
	put_owner(&world, ", export: s/user", "");
	world_consent_all(&world);
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), -1);
	assert_non_null(strstr(err.text, "is not the version from which"));
}

static void a_volume_of_its_own_needs_no_grant(void **state)
{
	CC_CLEANUP(world_clear) struct world world = { 0 };
	struct cc_volume_use use = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_put(&world, "name: s/user\nservices: [{name: s, image_name: i, " PARTS "}]\n"
			  "images: [{name: i, volumes: [{name: v, path: /v}]}]\n"
			  "volumes: [{name: v}]\n");
	assert_int_equal(ask(&world, NULL, CC_CLASS_NONE, &use, &err), 0);
	assert_string_equal(use.owner, "s/user");
	assert_int_equal(use.access, CC_ACCESS_WRITE);
	assert_null(use.export);
}

/* Key hashes in SCONE's form: 32 times aa, 32 times bb. */
#define KEY_A "4EudPR463TiE2yBBJNLFsLHrrhCRB58K4nWjv9Vf6LyphDzYyf"
#define KEY_B "4NRaCiFp1ErqMcDuULsBphwew13bRPrN7FrVPnxKjgLezeubLm"

/* `s/user` at the CAS of key KEY_A that runs the software KEY_B. */
static struct cc_peer_policy peer_of(const char *name)
{
	struct cc_peer_policy peer = { .name = name };

	memset(peer.cas_key.b, 0xaa, sizeof(peer.cas_key.b));
	memset(peer.software_key.b, 0xbb, sizeof(peer.software_key.b));
	memset(peer.hash.b, 0xcc, sizeof(peer.hash.b));
	return peer;
}

#define AT(keys) "{cas_url: cas.example.com, " keys ", session: s/user}"

static void rule_1_9_a_secret_goes_to_the_cas_that_its_export_names(void **state)
{
	static const struct {
		const char *export;
		bool is_granted;
	} cases[] = {
		{ AT("cas_key: " KEY_A), true },
		{ AT("cas_key: " KEY_B), false },
		{ AT("cas_software_key: " KEY_B), true },
		{ AT("cas_software_key: " KEY_A), false },
		{ AT("cas_key: " KEY_A ", cas_software_key: " KEY_B), true },
		{ AT("cas_key: " KEY_A ", cas_software_key: " KEY_A), false },
		{ AT("cas_key: " KEY_B ", cas_software_key: " KEY_B), false },
		{ AT("cas_key: " KEY_A ", session_hash: " HEX_C), true },
		{ AT("cas_key: " KEY_A ", session_hash: " HEX_A), false },
		{ "{cas_url: c.example.com, cas_key: " KEY_A ", session: s/other}", false },
		{ "{cas_url: c.example.com, cas_key: " KEY_A ", namespace: s}", true },
		{ "{cas_url: c.example.com, cas_key: " KEY_A ", namespace: s/u}", false },
		/* To the policy of that name here: not to one at another CAS. */
		{ "{session: s/user}", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_CLEANUP(world_clear) struct world world = { 0 };
		CC_AUTO_FREE char *text = NULL;
		const struct cc_peer_policy peer = peer_of("s/user");
		struct cc_secret_use use = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_strf(&text, &err,
				"name: q/owner\nversion: 0.3.12\nsecrets: [{name: t, kind: "
				"ascii, export: [%s]}]\n",
				cases[i].export),
			0);
		world_put(&world, text);
		if ((cc_decide_peer_secret(world.at[0].policy, &peer, "t", &use, &err) == 0) !=
		    cases[i].is_granted)
			fail_msg("export %s: %s", cases[i].export, err.text);
		if (!cases[i].is_granted)
			assert_int_equal(err.code, CC_E_DENIED);
	}
}

static void the_private_key_of_a_certificate_goes_where_it_is_exported_too(void **state)
{
	static const char *const exports[] = { "", ", export: [{session: s/user}]",
					       ", export: [" AT("cas_key: " KEY_A) "]" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(exports); i++) {
		CC_CLEANUP(world_clear) struct world world = { 0 };
		CC_AUTO_FREE char *text = NULL;
		const struct cc_peer_policy peer = peer_of("s/user");
		struct cc_secret_use use = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_strf(&text, &err,
				"name: q/owner\nversion: 0.3.12\nsecrets:\n- {name: k, kind: "
				"private-key%s}\n- {name: ca, kind: x509-ca, private_key: k, export: "
				"[" AT("cas_key: " KEY_A) "]}\n",
				exports[i]),
			0);
		world_put(&world, text);
		assert_int_equal(cc_decide_peer_secret(world.at[0].policy, &peer, "ca", &use, &err),
				 0);
		assert_int_equal(use.key != NULL, i == 2);
	}
}

static void a_reference_without_a_key_pins_nobody(void **state)
{
	const struct cc_cas_ref nobody = { .url = "cas.example.com" };
	const struct cc_digest key = { { 0 } };

	(void)state;
	assert_false(cc_cas_is_pinned(&nobody, &key, &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_goes_to_whom_the_owner_names_and_trusts),
		cmocka_unit_test(what_is_granted_is_said),
		cmocka_unit_test(a_changed_policy_closes_an_unpinned_grant),
		cmocka_unit_test(a_pinned_grant_needs_no_consent_and_holds_for_one_version),
		cmocka_unit_test(the_program_that_runs_must_be_one_that_the_grant_trusts),
		cmocka_unit_test(data_does_not_flow_to_a_weaker_class_than_its_owner_tolerates),
		cmocka_unit_test(an_owner_that_is_not_there_grants_nothing),
		cmocka_unit_test(an_import_pins_its_owner),
		cmocka_unit_test(a_volume_of_its_own_needs_no_grant),
		cmocka_unit_test(rule_1_9_a_secret_goes_to_the_cas_that_its_export_names),
		cmocka_unit_test(the_private_key_of_a_certificate_goes_where_it_is_exported_too),
		cmocka_unit_test(a_reference_without_a_key_pins_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
