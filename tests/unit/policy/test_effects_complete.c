/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects are complete: whatever two versions decide differently is named by a sentence,
 * and by one that does not say "forbids" when it was refused and is granted.
 *
 * A version is a row of genes, small numbers that choose among texts; the next version has
 * some of them drawn anew. Questions go to the decisions that the CAS asks (decide.h), so
 * what they say is true by definition. Seeds are fixed.
 */
#include "policy/effects.h"

#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "codec/text.h"
#include "measure/measure.h"
#include "policy/decide.h"

#define HEX_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define ROUNDS 600
#define GENES 96
#define LATE 1900000000 /* after every `until` */

/* Numbers */

struct dice {
	uint64_t state;
};

static unsigned int roll(struct dice *dice, unsigned int sides)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (unsigned int)((dice->state >> 20) % sides);
}

struct genes {
	unsigned int at[GENES];
	size_t next;
};

static unsigned int take(struct genes *genes, unsigned int choices)
{
	assert_true(genes->next < GENES);
	return genes->at[genes->next++] % choices;
}

static const char *choose(struct genes *genes, const char *const *texts, unsigned int count)
{
	return texts[take(genes, count)];
}
#define CHOOSE(genes, ...)                                  \
	choose(genes, (const char *const[]){ __VA_ARGS__ }, \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

/* Texts */

#define KEYS 3
static char keys[KEYS][64]; /* as people write them; the first is the creator's */

static struct cc_digest key_of(size_t i)
{
	struct cc_digest key = { 0 };

	memset(key.b, (int)i + 1, sizeof(key.b));
	return key;
}

static void make_keys(void)
{
	for (size_t i = 0; i < KEYS; i++) {
		CC_AUTO_BUF struct cc_buf buf = { 0 };
		struct cc_digest key = key_of(i);
		struct cc_err err = { 0 };

		assert_int_equal(
			cc_base58check_add(&buf, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(key), &err), 0);
		memcpy(keys[i], buf.at, buf.len);
	}
}

static void add(struct cc_buf *out, const char *text)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_str(out, text, &err), 0);
}

#define ADDF(out, ...)                                                        \
	do {                                                                  \
		struct cc_err none_ = { 0 };                                  \
		assert_int_equal(cc_buf_addf((out), &none_, __VA_ARGS__), 0); \
	} while (0)

static void add_access(struct cc_buf *out, struct genes *genes)
{
	static const char *const rules[] = { "read", "update", "create_sessions", "list_sessions" };

	add(out, "access_policy:\n");
	for (size_t i = 0; i < CC_COUNT(rules); i++) {
		unsigned int form = take(genes, 8);
		const char *who = CHOOSE(genes, "CREATOR", keys[0], keys[1], keys[2]);

		if (form == 0)
			ADDF(out, "  %s: %s\n", rules[i], who[0] == 'C' ? "ANY" : "NONE");
		else if (form < 4)
			ADDF(out, "  %s: %s\n", rules[i], who);
		else if (form < 7 || i == 0 || i == 3) /* reading and listing have no thresholds */
			ADDF(out, "  %s: [%s, %s]\n", rules[i], who, keys[form % KEYS]);
		else
			ADDF(out, "  %s: [{require-at-least-1: [%s, %s]}]\n", rules[i],
			     CHOOSE(genes, "CREATOR", keys[1]), keys[2]);
	}
}

static void add_security(struct cc_buf *out, struct genes *genes)
{
	ADDF(out, "security:\n  attestation:\n    mode: %s\n    tolerate: [%s%s%s]\n%s",
	     CHOOSE(genes, "hardware", "hardware", "hardware", "none"),
	     CHOOSE(genes, "hyperthreading", "simulation"), CHOOSE(genes, "", ", debug"),
	     CHOOSE(genes, "", ", software-hardening-needed"),
	     CHOOSE(genes, "", "    ignore_advisories: [INTEL-SA-00001]\n",
		    "    ignore_advisories: ['*']\n"));
}

static void add_line(struct cc_buf *out, struct genes *genes, const char *id)
{
	const char *consumer = CHOOSE(genes, "bob", "eve", "'*'");
	unsigned int maximum = take(genes, 4), attempts = take(genes, 3) + 1;
	const char *until = CHOOSE(genes, "", ", until: 2027-01-01T00:00:00Z"),
		   *counted = CHOOSE(genes, "", ", counted: start");
	bool has_creator = take(genes, 2) != 0 && consumer[0] != '\'';

	ADDF(out, "      - {id: %s, consumer: %s, maximum: %u, attempts: %u%s%s", id, consumer,
	     maximum, attempts, until, counted);
	if (has_creator)
		ADDF(out, ", creator: %s", keys[0]);
	add(out, "}\n");
}

static void add_executions(struct cc_buf *out, struct genes *genes)
{
	unsigned int lines = take(genes, 4);

	if (lines != 0)
		add(out, "    executions:\n");
	if ((lines & 1) != 0)
		add_line(out, genes, "a");
	if ((lines & 2) != 0)
		add_line(out, genes, "b");
}

static void add_service(struct cc_buf *out, struct genes *genes, const char *name)
{
	unsigned int form = take(genes, 8);

	ADDF(out,
	     "  - name: %s\n    command: x\n    image_name: %s\n    mrenclaves: [" HEX_D "%s]\n",
	     name, CHOOSE(genes, "i1", "i2"), CHOOSE(genes, "", ", " HEX_A));
	if ((form & 1) != 0)
		ADDF(out,
		     "    measurements: [{platform: sgx, runtime: " HEX_A ", content: %s}%s]\n",
		     CHOOSE(genes, HEX_B, HEX_E), CHOOSE(genes, "", ", 'sgx:" HEX_C "'"));
	if ((form & 2) != 0)
		ADDF(out,
		     "    attestation:\n      - {signer: {mrsigner: " HEX_C ", isvprodid: 6, "
		     "isvsvn_min: %u}%s}\n",
		     take(genes, 4) + 1, CHOOSE(genes, "", ", mrenclave: [" HEX_A ", " HEX_B "]"));
	add_executions(out, genes);
}

static void add_mount(struct cc_buf *out, struct genes *genes, const char *path)
{
	ADDF(out, "      - {name: %s, path: %s%s%s}\n", CHOOSE(genes, "v1", "v2", "in"), path,
	     CHOOSE(genes, "", ", access: read", ", access: write"),
	     CHOOSE(genes, "", ", update_policy: ephemeral",
		    ", update_policy: no_rollback_protection"));
}

static void add_image(struct cc_buf *out, struct genes *genes, const char *name)
{
	ADDF(out, "  - name: %s\n    volumes:\n", name);
	add_mount(out, genes, "/p0");
	if (take(genes, 2) != 0)
		add_mount(out, genes, "/p1");
}

/* `right` is the hash of the policy of the grantee. */
static void add_export(struct cc_buf *out, struct genes *genes, const char *right, const char *more)
{
	const char *pin = CHOOSE(genes, "", "", right, HEX_E);

	ADDF(out, "      - {session: bob%s%s%s%s%s%s%s%s}\n", more,
	     CHOOSE(genes, "", ", access: read"), CHOOSE(genes, "", ", opaque: true"),
	     CHOOSE(genes, "", ", runtime: " HEX_A, ", runtime: " HEX_E),
	     CHOOSE(genes, "", ", content: " HEX_B, ", content: " HEX_E),
	     CHOOSE(genes, "", ", update_policy: ephemeral",
		    ", update_policy: no_rollback_protection"),
	     pin[0] == '\0' ? "" : ", session_hash: ", pin);
}

static void add_volumes(struct cc_buf *out, struct genes *genes, const char *right)
{
	unsigned int exports = take(genes, 8), moved = take(genes, 2);

	ADDF(out, "volumes:\n  - name: v1\n%s", (exports & 5) != 0 ? "    export:\n" : "");
	if ((exports & 1) != 0)
		add_export(out, genes, right, "");
	if ((exports & 4) != 0)
		add_export(out, genes, right, moved ? ", service: t1" : ", service: t2");
	ADDF(out, "  - name: v2\n%s", (exports & 2) != 0 ? "    export:\n" : "");
	if ((exports & 2) != 0)
		add_export(out, genes, right,
			   moved ? ", volume_alias: w" : ", volume_alias: v1, service: t1");
	add(out, "  - name: in\n");
	if (take(genes, 4) != 0)
		ADDF(out, "    import: {session: carol, volume: %s}\n", CHOOSE(genes, "x", "y"));
}

static void add_policy(struct cc_buf *out, struct genes genes, const char *right)
{
	bool has_second = take(&genes, 3) != 0;

	add(out, "version: \"0.3.12\"\nname: alice\n");
	genes.next = 4;
	add_access(out, &genes);
	genes.next = 16;
	add_security(out, &genes);
	add(out, "services:\n");
	genes.next = 24;
	add_service(out, &genes, "s1");
	genes.next = 44;
	if (has_second)
		add_service(out, &genes, "s2");
	add(out, "images:\n");
	genes.next = 64;
	add_image(out, &genes, "i1");
	add_image(out, &genes, "i2");
	genes.next = 72;
	add_volumes(out, &genes, right);
}

/* The world: Alice's policy in two versions, and two that stay as they are */

static const char bob_text[] =
	"name: bob\ntolerate: [simulation]\nservices:\n"
	"  - {name: t1, image_name: i, measurements: [{platform: sgx, runtime: " HEX_A
	", content: " HEX_B "}]}\n"
	"  - {name: t2, image_name: i, mrenclaves: [" HEX_A "]}\n"
	"  - {name: t3, image_name: i, measurements: [{platform: sgx, runtime: " HEX_E
	", content: " HEX_B "}]}\n"
	"images:\n  - name: i\n    volumes:\n"
	"      - {name: m, path: /0}\n      - {name: m, path: /1, access: read}\n"
	"      - {name: m, path: /2, access: write, update_policy: ephemeral}\n"
	"      - {name: m, path: /3, update_policy: no_rollback_protection}\n"
	"      - {name: w, path: /4}\n"
	"volumes:\n  - {name: m, import: {session: alice, volume: v1}}\n"
	"  - {name: w, import: {session: alice, volume: w}}\n";
static const char carol_text[] =
	"name: carol\ntolerate: [simulation]\nvolumes:\n"
	"  - {name: x, export: [{session: alice, access: read}]}\n"
	"  - {name: y, export: [{session: alice, opaque: true, update_policy: "
	"no_rollback_protection}]}\n";

enum { ALICE, BOB, CAROL, POLICIES };

struct version {
	struct cc_known known[POLICIES];
	struct cc_digest consented[POLICIES]; /* hash of each when the others agreed to it */
	struct cc_view view;
};

static int find(void *context, const char *name, struct cc_known *out, struct cc_err *err)
{
	const struct version *version = context;

	for (size_t i = 0; i < POLICIES; i++) {
		if (cc_str_eq(version->known[i].policy->name, name)) {
			*out = version->known[i];
			return 0;
		}
	}
	return cc_fail(err, CC_E_NOTFOUND, "no policy '%s'", name);
}

static int consent(void *context, const char *giver, const char *grantee, bool *is_recorded,
		   struct cc_digest *out, struct cc_err *err)
{
	const struct version *version = context;

	(void)giver;
	(void)err;
	*is_recorded = true;
	for (size_t i = 0; i < POLICIES; i++)
		if (cc_str_eq(version->known[i].policy->name, grantee))
			*out = version->consented[i];
	return 0;
}

static void set_known(struct version *version, size_t i, const struct cc_policy *policy)
{
	struct cc_err err = { 0 };

	version->known[i].policy = policy;
	version->known[i].creator = key_of(0);
	assert_int_equal(cc_policy_hash(policy, &version->known[i].hash, &err), 0);
	version->consented[i] = version->known[i].hash;
}

/* One pair, its effects, and what was found out. */
struct pair {
	struct version old, new;
	struct cc_policy *owned[2];
	struct cc_policy *bob, *carol; /* borrowed */
	struct cc_effects *effects;
	uint64_t seed;
	size_t differences[5]; /* of each kind of question */
};

enum { OF_ACCESS, OF_PROGRAMS, OF_MOUNTS, OF_GRANTS, OF_RUNS };

/* What a sentence must be about to name a difference. */
struct named {
	enum cc_effect_class classes[3]; /* CC_EFFECT_ANYTHING ends the list */
	const char *service;             /* NULL: no sentence about a service does */
	const char *volumes[2];
	const char *who[2]; /* one of them is in `who`; NULL: anyone may be */
	const char *words;  /* in the sentence, or NULL */
};

static bool is_of(const struct cc_effect *effect, const struct named *named)
{
	for (size_t i = 0; i < 3 && named->classes[i] != CC_EFFECT_ANYTHING; i++)
		if (effect->class == named->classes[i])
			return true;
	return false;
}

static bool is_about(const struct cc_effect *effect, const struct named *named)
{
	if (effect->about == CC_ABOUT_POLICY)
		return true;
	if (effect->about == CC_ABOUT_SERVICE)
		return named->service != NULL && cc_str_eq(effect->subject, named->service);
	for (size_t i = 0; i < 2; i++)
		if (effect->about == CC_ABOUT_VOLUME && named->volumes[i] != NULL &&
		    cc_str_eq(effect->subject, named->volumes[i]))
			return true;
	return false;
}

static bool is_whose(const struct cc_effect *effect, const struct named *named)
{
	/* What is said of a service or of all that run says so of everyone. */
	if (effect->class != CC_EFFECT_ACCESS && effect->class != CC_EFFECT_LIMITS &&
	    (effect->class != CC_EFFECT_DATA || named->who[0] == NULL))
		return true;
	if (cc_str_eq(effect->who, CC_EFFECT_ANYONE))
		return true;
	for (size_t i = 0; i < 2; i++)
		if (named->who[i] != NULL && strstr(effect->who, named->who[i]) != NULL)
			return true;
	return false;
}

static bool is_named(const struct cc_effects *effects, const struct named *named, bool is_granted)
{
	for (size_t i = 0; i < effects->list.count; i++) {
		const struct cc_effect *effect = &effects->list.at[i];

		if (is_granted && effect->kind == CC_EFFECT_FORBIDS)
			continue;
		if (is_of(effect, named) && is_about(effect, named) && is_whose(effect, named) &&
		    (named->words == NULL || strstr(effect->sentence, named->words) != NULL))
			return true;
	}
	return false;
}

/* `was` and `is`: 0 for refused, else how it was granted. */
static void check(struct pair *pair, int kind, unsigned int was, unsigned int is,
		  const struct named *named)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	const char *said = NULL;

	if (was == is)
		return;
	pair->differences[kind]++;
	if (is_named(pair->effects, named, was == 0))
		return;
	assert_int_equal(cc_effects_print(pair->effects, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &said, &err), 0);
	fail_msg("seed %llu: question of kind %d about service '%s', volumes '%s' and '%s' by %s "
		 "(%s): was %u, is %u, and no sentence says so:\n%s",
		 (unsigned long long)pair->seed, kind, named->service == NULL ? "" : named->service,
		 named->volumes[0] == NULL ? "" : named->volumes[0],
		 named->volumes[1] == NULL ? "" : named->volumes[1],
		 named->who[0] == NULL ? "" : named->who[0],
		 named->words == NULL ? "" : named->words, was, is, said);
}

/* Questions */

static void ask_access(struct pair *pair)
{
	static const struct {
		enum cc_right right;
		const char *words;
	} rights[] = { { CC_RIGHT_READ, "read the policy" },
		       { CC_RIGHT_UPDATE, "change the policy" },
		       { CC_RIGHT_CREATE_SESSIONS, "create policies below it" },
		       { CC_RIGHT_LIST, "see it in lists" } };

	for (size_t r = 0; r < CC_COUNT(rights); r++) {
		for (size_t k = 0; k <= KEYS; k++) { /* the last: nobody proved a key */
			struct cc_digest key = key_of(k);
			const struct cc_identity caller = { .key = k == KEYS ? NULL : &key };
			struct named named = { .classes = { CC_EFFECT_ACCESS },
					       .who = { k == KEYS ? NULL : keys[k],
							k == 0 ? CC_EFFECT_CREATOR : NULL },
					       .words = rights[r].words };
			struct cc_err err = { 0 };

			check(pair, OF_ACCESS,
			      cc_decide_access(&pair->old.known[ALICE], rights[r].right, &caller,
					       &err) == 0,
			      cc_decide_access(&pair->new.known[ALICE], rights[r].right, &caller,
					       &err) == 0,
			      &named);
		}
	}
}

static const char *const services[] = { "s1", "s2" };

static struct cc_claims claims_of(unsigned int form)
{
	static const int measurements[] = { 0xdd, 0xaa, 0xbb, 0xcc };
	struct cc_claims claims = {
		.platform = CC_PLATFORM_SGX,
		.class = (form & 1) != 0 ? CC_CLASS_CONFIDENTIAL : CC_CLASS_SIMULATED,
		.measurement_len = 32,
		.sgx.initialized = true,
		.sgx.mode64 = true,
		.debug = (form & 2) != 0,
		.tcb = (form & 4) != 0 ? CC_TCB_SW_HARDENING_NEEDED : CC_TCB_UP_TO_DATE,
		.intel.qe_tcb = CC_TCB_UP_TO_DATE,
		.sgx.product = 6,
		.sgx.svn = (form & 8) != 0 ? 3 : 1
	};
	struct cc_err err = { 0 };

	memset(claims.measurement, measurements[(form >> 4) & 3], 32);
	memset(claims.sgx.signer.b, (form & 64) != 0 ? 0xcc : 0x11, 32);
	if ((form & 128) != 0)
		assert_int_equal(
			cc_advisories_add(&claims.advisories,
					  (form & 8) != 0 ? "INTEL-SA-00001" : "INTEL-SA-00002",
					  &err),
			0);
	return claims;
}

/* The program that is computed from parts. */
static void make_computed(struct cc_claims *claims)
{
	struct cc_measured record = { 0 };
	struct cc_measurement measurement = { 0 };
	struct cc_err err = { 0 };

	memset(record.runtime.b, 0xaa, sizeof(record.runtime.b));
	memset(record.content.b, 0xbb, sizeof(record.content.b));
	assert_int_equal(cc_measure_options(NULL, &record.options, &err), 0);
	assert_int_equal(cc_measure("sgx", &record, &measurement, &err), 0);
	memcpy(claims->measurement, measurement.b, measurement.len);
}

static unsigned int decide_service(const struct version *version, const char *name,
				   const struct cc_claims *claims)
{
	const struct cc_policy *policy = version->known[ALICE].policy;
	const struct cc_service *service = cc_policy_service(policy, name);
	struct cc_program program = { 0 };
	struct cc_err err = { 0 };

	if (service == NULL || cc_decide_service(policy, service, claims, 0, &program, &err) != 0)
		return 0;
	return 1 + (program.is_authenticated ? 1U : 0) + (program.is_computed ? 2U : 0);
}

static void ask_programs(struct pair *pair, struct dice *dice)
{
	for (size_t s = 0; s < CC_COUNT(services); s++) {
		for (unsigned int i = 0; i < 24; i++) {
			struct cc_claims claims = claims_of(roll(dice, 256));
			struct named named = { .classes = { CC_EFFECT_CODE, CC_EFFECT_TOLERANCE },
					       .service = services[s] };

			if (i % 4 == 0)
				make_computed(&claims);
			check(pair, OF_PROGRAMS, decide_service(&pair->old, services[s], &claims),
			      decide_service(&pair->new, services[s], &claims), &named);
		}
	}
}

static const struct cc_mount *mount_at(const struct cc_policy *policy,
				       const struct cc_service *service, const char *path)
{
	const struct cc_image *image =
		service == NULL ? NULL : cc_policy_image(policy, service->image_name);

	for (size_t i = 0; image != NULL && i < image->volumes.count; i++)
		if (cc_str_eq(image->volumes.at[i].path, path))
			return &image->volumes.at[i];
	return NULL;
}

/* How it is granted; the volume by the owner's name for it. */
static unsigned int decide_mount(const struct version *version, size_t policy, const char *name,
				 const char *path, struct cc_volume_use *use)
{
	const struct cc_known *known = &version->known[policy];
	const struct cc_service *service = cc_policy_service(known->policy, name);
	struct cc_volume_ask ask = { .known = known,
				     .service = service,
				     .mount = mount_at(known->policy, service, path),
				     .class = CC_CLASS_SIMULATED };
	struct cc_err err = { 0 };

	if (ask.mount == NULL || cc_decide_volume(&version->view, &ask, use, &err) != 0)
		return 0;
	return 1 + (unsigned int)use->access * 4 + (unsigned int)use->update_policy;
}

static bool is_same_volume(const struct cc_volume_use *a, const struct cc_volume_use *b)
{
	return cc_str_eq(a->owner, b->owner) && cc_str_eq(a->volume->name, b->volume->name);
}

static void ask_mount(struct pair *pair, size_t policy, const char *service, const char *path)
{
	struct cc_volume_use old = { 0 }, new = { 0 };
	unsigned int was = decide_mount(&pair->old, policy, service, path, &old),
		     is = decide_mount(&pair->new, policy, service, path, &new);
	struct named named = { .classes = { CC_EFFECT_DATA, CC_EFFECT_TOLERANCE } };

	if (was != 0 && is != 0 && was == is && !is_same_volume(&old, &new))
		is += 64; /* as much as before, of another volume */
	if (policy == BOB) {
		named.who[0] = "'bob'";
		named.volumes[0] = was == 0 ? NULL : old.volume->name;
		named.volumes[1] = is == 0 ? NULL : new.volume->name;
		check(pair, OF_GRANTS, was, is, &named);
		return;
	}
	named.classes[2] = CC_EFFECT_CODE;
	named.service = service;
	named.volumes[0] = "in"; /* the others are its own */
	check(pair, OF_MOUNTS, was, is, &named);
}

static void ask_mounts(struct pair *pair)
{
	static const char *const bobs[] = { "t1", "t2", "t3" };
	static const char *const paths[] = { "/p0", "/p1" }, *const bobs_paths[] = { "/0", "/1",
										     "/2", "/3",
										     "/4" };

	for (size_t s = 0; s < CC_COUNT(services); s++)
		for (size_t p = 0; p < CC_COUNT(paths); p++)
			ask_mount(pair, ALICE, services[s], paths[p]);
	for (size_t s = 0; s < CC_COUNT(bobs); s++)
		for (size_t p = 0; p < CC_COUNT(bobs_paths); p++)
			ask_mount(pair, BOB, bobs[s], bobs_paths[p]);
}

/* How often the grants 'a' and 'b' were used. */
struct used {
	unsigned int at[2];
};

static int count_used(void *context, const char *grant, uint64_t *used, uint64_t *open,
		      struct cc_err *err)
{
	const struct used *counts = context;

	(void)err;
	*used = counts->at[grant[0] - 'a'];
	*open = 0;
	return 0;
}

static unsigned int decide_run(const struct version *version, const char *name,
			       const struct cc_consumer *consumer, int64_t now, struct used *used)
{
	const struct cc_policy *policy = version->known[ALICE].policy;
	const struct cc_executions *line = NULL;
	struct cc_executions_ask ask = { .policy = policy,
					 .service = cc_policy_service(policy, name),
					 .consumer = consumer,
					 .now = now,
					 .used = count_used,
					 .context = used };
	struct cc_err err = { 0 };

	if (ask.service == NULL || cc_decide_executions(&ask, &line, &err) != 0)
		return 0;
	return line == NULL ? 1 : 2 + (unsigned int)line->attempts;
}

static void ask_runs(struct pair *pair, struct dice *dice)
{
	static const char *const policies[] = { "bob", "eve", "mallory" };

	for (unsigned int i = 0; i < 24; i++) {
		const char *policy = policies[roll(dice, 3)], *service = services[roll(dice, 2)];
		struct cc_consumer consumer = { policy, key_of(roll(dice, 2)), false };
		struct used used = { { roll(dice, 4), roll(dice, 4) } };
		int64_t now = roll(dice, 2) == 0 ? 1 : LATE;
		struct named named = { .classes = { CC_EFFECT_LIMITS, CC_EFFECT_CODE },
				       .service = service,
				       .who = { policy } };

		check(pair, OF_RUNS, decide_run(&pair->old, service, &consumer, now, &used),
		      decide_run(&pair->new, service, &consumer, now, &used), &named);
	}
}

/* Pairs */

static struct cc_policy *policy_of(const struct genes *genes, const char *right)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	const char *str = NULL;

	add_policy(&text, *genes, right);
	assert_int_equal(cc_buf_str(&text, &str, &err), 0);
	return given(str);
}

static void set_version(struct pair *pair, struct version *version, const struct cc_policy *alice)
{
	set_known(version, ALICE, alice);
	set_known(version, BOB, pair->bob);
	set_known(version, CAROL, pair->carol);
	version->view = (struct cc_view){ find, consent, version };
}

static void make_pair(struct pair *pair, struct dice *dice)
{
	struct genes genes = { 0 };
	char right[CC_HEX_DIGEST];
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_policy_hash(pair->bob, &hash, &err), 0);
	cc_hex_digest(&hash, right);
	for (size_t i = 0; i < GENES; i++)
		genes.at[i] = roll(dice, 1000);
	pair->owned[0] = policy_of(&genes, right);
	for (unsigned int changes = 1 + roll(dice, 12); changes != 0; changes--)
		genes.at[roll(dice, GENES)] = roll(dice, 1000);
	pair->owned[1] = policy_of(&genes, right);
	set_version(pair, &pair->old, pair->owned[0]);
	set_version(pair, &pair->new, pair->owned[1]);
	/* Alice may have agreed to an older version of Bob's; Carol agreed to Alice's old one. */
	if (roll(dice, 2) != 0)
		memset(&pair->old.consented[BOB], 7, sizeof(pair->old.consented[BOB]));
	pair->new.consented[ALICE] = pair->old.known[ALICE].hash;
	if (cc_digest_eq(&pair->old.known[ALICE].hash, &pair->new.known[ALICE].hash))
		pair->new.consented[BOB] = pair->old.consented[BOB]; /* nothing was written */
	if (cc_effects_make(pair->owned[0], pair->owned[1], &pair->effects, &err) != 0)
		fail_msg("%s", err.text);
}

static void what_two_versions_decide_differently_is_said(void **state)
{
	CC_AUTO_POLICY struct cc_policy *bob = given(bob_text), *carol = given(carol_text);
	struct pair pair = { .bob = bob, .carol = carol };

	(void)state;
	make_keys();
	for (pair.seed = 1; pair.seed <= ROUNDS; pair.seed++) {
		struct dice dice = { pair.seed * 0x9e3779b97f4a7c15ULL };

		make_pair(&pair, &dice);
		ask_access(&pair);
		ask_programs(&pair, &dice);
		ask_mounts(&pair);
		ask_runs(&pair, &dice);
		cc_effects_free(pair.effects);
		cc_policy_free(pair.owned[0]);
		cc_policy_free(pair.owned[1]);
	}
	/* The questions are good ones: each kind has many answers that differ. */
	for (size_t i = 0; i < CC_COUNT(pair.differences); i++)
		if (pair.differences[i] < 100)
			fail_msg("kind %zu: only %zu answers differ", i, pair.differences[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_versions_decide_differently_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
