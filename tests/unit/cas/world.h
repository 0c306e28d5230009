/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CAS without processes: a store in a fresh directory, keys from a fixed root key, and
 * operations that are decided and made durable one by one.
 */
#ifndef CC_TESTS_UNIT_CAS_WORLD_H
#define CC_TESTS_UNIT_CAS_WORLD_H

#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/str.h"
#include "cas/due.h"
#include "cas/operation.h"
#include "ledger/entry.h"

#define WORLD_NOW 1800000000 /* of the host, in 2027 */
#define WORLD_NAME "cas.example"

struct world {
	char path[64], file[96];
	struct cc_cas_policy cas;
	struct cc_key *witnesses[CC_WITNESSES_MAX];
	struct cc_cas_keys keys;
	struct cc_store *store;
	struct cc_state *state;
	int64_t now;
	uint8_t seed; /* of the root key: worlds with another one are other CAS instances */
};
#define AUTO_WORLD CC_CLEANUP(world_clear)

/* Of the call that ok() makes, which fails the test with the error's own words. */
static struct cc_err oops;
#define ok(call)                                                              \
	do {                                                                  \
		if ((call) != 0)                                              \
			fail_msg("%s: %s (%s)", #call, oops.text, oops.hint); \
	} while (0)

static inline struct cc_key *key_from(uint8_t number)
{
	CC_AUTO_SECRET struct cc_secret *seed = NULL;
	const uint8_t bytes[32] = { number, 0xcc };
	struct cc_key *key = NULL;

	ok(cc_secret_from(CC_SPAN(bytes), &seed, &oops));
	ok(cc_key_from_seed(seed, &key, &oops));
	return key;
}

/* Witnesses w0, w1, …; `needed` of them are the quorum. */
static inline void name_witnesses(struct world *world, size_t count, size_t needed)
{
	for (size_t i = 0; i < count; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "w%zu", i);
		world->witnesses[i] = key_from((uint8_t)(i + 1));
		ok(cc_note_key_make(name, CC_NOTE_COSIGNATURE, cc_key_public(world->witnesses[i]),
				    &world->cas.witnesses[i], &oops));
	}
	world->cas.witness_count = count;
	world->cas.quorum = needed;
}

static inline void world_close(struct world *world)
{
	cc_state_free(world->state);
	cc_store_close(world->store);
	world->state = NULL;
	world->store = NULL;
}

/* From what the store has: as after a start. */
static inline void world_open(struct world *world, enum cc_store_mode mode)
{
	struct cc_state_start start = { .keys = &world->keys };
	uint64_t entries = 0;

	ok(cc_store_open(world->file, mode, &world->store, &oops));
	start.store = world->store;
	ok(cc_store_count_entries(world->store, &entries, &oops));
	for (uint64_t i = 0; i < entries; i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		CC_AUTO_ENTRY struct cc_entry entry = { 0 };
		struct cc_digest leaf = { 0 };

		ok(cc_store_get_entry(world->store, i, &bytes, &oops));
		ok(cc_entry_parse(cc_buf_span(&bytes), &entry, &oops));
		ok(cc_tree_leaf(cc_buf_span(&bytes), &leaf, &oops));
		ok(cc_frontier_append(&start.frontier, &leaf, NULL, &oops));
		start.root = entry.state;
		start.time = entry.time;
	}
	ok(cc_state_new(&start, &world->state, &oops));
}

static inline void world_reopen(struct world *world)
{
	world_close(world);
	world_open(world, CC_STORE_OPEN);
}

static inline void world_make(struct world *world, size_t witnesses, size_t needed)
{
	CC_AUTO_SECRET struct cc_secret *root = NULL;
	const uint8_t bytes[32] = { 0x42, world->seed };
	struct cc_quorum quorum;

	world->now = WORLD_NOW;
	(void)snprintf(world->cas.name, sizeof(world->cas.name), WORLD_NAME);
	name_witnesses(world, witnesses, needed);
	quorum = cc_cas_policy_quorum(&world->cas);
	ok(cc_secret_from(CC_SPAN(bytes), &root, &oops));
	ok(cc_cas_keys_derive(root, &quorum, world->cas.name, &world->keys, &oops));
	(void)snprintf(world->path, sizeof(world->path), "/tmp/cc-cas-XXXXXX");
	assert_non_null(mkdtemp(world->path));
	(void)snprintf(world->file, sizeof(world->file), "%s/store.db", world->path);
	world_open(world, CC_STORE_CREATE);
}

static inline void world_clear(struct world *world)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct cc_err err = { 0 };

	world_close(world);
	cc_cas_keys_clear(&world->keys);
	for (size_t i = 0; i < CC_WITNESSES_MAX; i++)
		cc_key_free(world->witnesses[i]);
	if (world->path[0] != '\0' && cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err) == 0)
		cc_ignore(cc_dir_remove_tree(&tmp, world->path + strlen("/tmp/"), &err));
}

/* A stakeholder who signs its requests; 0 is nobody. */
static inline struct cc_caller person(uint8_t number)
{
	struct cc_caller caller = { .known = number != 0 };

	memset(caller.key.b, number, sizeof(caller.key.b));
	return caller;
}

struct asking_for {
	cc_operation_fn *operation;
	struct cc_caller caller;
	const char *argument, *query;
	const struct cc_json *body;
};

/* A change of the test's own making stands. */
static inline void stand(struct world *world, const char *type, const struct cc_json *fields)
{
	ok(cc_state_seal(world->state, type, fields, &oops));
	ok(cc_state_commit(world->state, &oops));
}

/* Whether something was owed, and is done now: ask again. */
static inline bool settle_owed(struct world *world)
{
	CC_AUTO_FREE char *policy = CC_TAKE(cc_state_owed(world->state)->policy);
	CC_AUTO_JSON struct cc_json *fields = NULL;
	const char *type = NULL;

	if (policy == NULL)
		return false;
	cc_state_undo(world->state);
	cc_state_begin(world->state, world->now);
	ok(cc_due_decide(world->state, policy, &type, &fields, &oops));
	stand(world, type, fields);
	return true;
}

/* Decided and, when there is an entry, durable: as the pipeline does it with one job. */
static inline int ask_cas(struct world *world, const struct asking_for *ask,
			  struct cc_result *result, struct cc_err *err)
{
	const struct cc_operation_call call = { .caller = ask->caller,
						.argument =
							ask->argument != NULL ? ask->argument : "",
						.query = ask->query != NULL ? ask->query : "",
						.body = ask->body,
						.cas = &world->cas };

	int done = 0;

	do {
		*result = (struct cc_result){ .status = 200 };
		*err = (struct cc_err){ 0 };
		cc_state_begin(world->state, world->now);
		done = ask->operation(world->state, &call, result, err);
		if (done != 0 || cc_state_owed(world->state)->policy != NULL)
			cc_result_clear(result);
	} while (settle_owed(world));
	if (done != 0) {
		cc_state_undo(world->state);
		return -1;
	}
	if (result->type == NULL) {
		cc_state_undo(world->state);
		return 0;
	}
	ok(cc_state_seal(world->state, result->type, result->fields, &oops));
	ok(cc_state_commit(world->state, &oops));
	return 0;
}

#define assert_code(err, expected)                                                       \
	do {                                                                             \
		if ((err).code != (expected))                                            \
			fail_msg("expected code %d, got %d: %s", (expected), (err).code, \
				 (err).text);                                            \
	} while (0)

#define assert_says(err, part)                                                \
	do {                                                                  \
		if (strstr((err).text, part) == NULL)                         \
			fail_msg("'%s' does not say '%s'", (err).text, part); \
	} while (0)

#endif
