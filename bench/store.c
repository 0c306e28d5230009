/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading one policy costs a keeper that holds few policies and one that holds many. In
 * DIRECTORY it makes a store for each number that is named, by the keeper's own operations and in
 * groups of as many as its pipeline decides at once, or opens the one that an earlier call left.
 * Each policy is read once, in the order in which they came: "first". Then the stores take turns:
 * `--rounds` times each is asked for `--reads` policies drawn at random. Prints a JSON array of
 * {"policies", "first", "us": [...]}, processor microseconds of one reading, the kernel's included.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/opt.h"
#include "base/str.h"
#include "cas/operation.h"
#include "cas/pipeline.h"
#include "crypto/init.h"
#include "ledger/entry.h"

#define NOW 1800000000
#define STORES_MAX 8

struct values {
	uint64_t rounds, reads;
	char *directory;
	struct cc_strings counts;
};

struct holding {
	uint64_t policies;
	struct cc_cas_policy cas;
	struct cc_cas_keys keys;
	struct cc_store *store;
	struct cc_state *state;
};

struct holdings {
	size_t count;
	struct holding at[STORES_MAX];
};
#define AUTO_HOLDINGS CC_CLEANUP(holdings_clear)

static void holdings_clear(struct holdings *all)
{
	for (size_t i = 0; i < all->count; i++) {
		cc_state_free(all->at[i].state);
		cc_store_close(all->at[i].store);
		cc_cas_keys_clear(&all->at[i].keys);
	}
}

/* As at a start of the keeper: what the ledger comes to. */
static int open_state(struct holding *one, struct cc_err *err)
{
	struct cc_state_start start = { .store = one->store, .keys = &one->keys };
	uint64_t entries = 0;

	CC_TRY(cc_store_count_entries(one->store, &entries, err));
	for (uint64_t i = 0; i < entries; i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		CC_AUTO_ENTRY struct cc_entry entry = { 0 };
		struct cc_digest leaf = { 0 };

		CC_TRY(cc_store_get_entry(one->store, i, &bytes, err));
		CC_TRY(cc_entry_parse(cc_buf_span(&bytes), &entry, err));
		CC_TRY(cc_tree_leaf(cc_buf_span(&bytes), &leaf, err));
		CC_TRY(cc_frontier_append(&start.frontier, &leaf, NULL, err));
		start.root = entry.state;
		start.time = entry.time;
	}
	return cc_state_new(&start, &one->state, err);
}

static int derive_keys(struct holding *one, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *root = NULL;
	const uint8_t bytes[32] = { 0x42 };
	struct cc_quorum none = { 0 };

	(void)snprintf(one->cas.name, sizeof(one->cas.name), "bench.example");
	CC_TRY(cc_secret_from(CC_SPAN(bytes), &root, err));
	return cc_cas_keys_derive(root, &none, one->cas.name, &one->keys, err);
}

/* "policies" of one owner, of a size that is usual. */
static int body_of(uint64_t number, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL;

	CC_TRY(cc_buf_addf(&text, err, "version: \"0.3\"\nname: policy%llu\nservices:\n",
			   (unsigned long long)number));
	for (unsigned int i = 0; i < 4; i++)
		CC_TRY(cc_buf_addf(
			&text, err,
			"- name: service%u\n  image_name: image%u\n"
			"  mrenclaves: [%064u]\n  command: python3 /app/service.py %u\n"
			"  environment: {MODE: production, NUMBER: \"%u\"}\n  pwd: /app\n",
			i, i, i, i, i));
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_text(body, "policy", cc_buf_span(&text), err));
	*out = CC_TAKE(body);
	return 0;
}

static int create(struct holding *one, uint64_t number, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_operation_call call = { .caller = { .known = true, .key = { { 1 } } },
					  .argument = "",
					  .query = "",
					  .cas = &one->cas };
	CC_CLEANUP(cc_result_clear) struct cc_result result = { .status = 200 };

	CC_TRY(body_of(number, &body, err));
	call.body = body;
	cc_state_begin(one->state, NOW);
	CC_TRY(cc_policy_create(one->state, &call, &result, err));
	CC_TRY(cc_state_seal(one->state, result.type, result.fields, err));
	if (cc_state_group(one->state) < CC_GROUP_MAX && number + 1 < one->policies)
		return 0;
	return cc_state_commit(one->state, err);
}

static int fill(struct holding *one, struct cc_err *err)
{
	for (uint64_t i = 0; i < one->policies; i++)
		CC_TRY(create(one, i, err));
	return 0;
}

static int open_holding(struct holding *one, const char *directory, struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;
	bool is_there = false;

	CC_TRY(derive_keys(one, err));
	CC_TRY(cc_strf(&path, err, "%s/%llu.db", directory, (unsigned long long)one->policies));
	is_there = access(path, F_OK) == 0;
	CC_TRY(cc_store_open(path, is_there ? CC_STORE_OPEN : CC_STORE_CREATE, &one->store, err));
	CC_TRY(open_state(one, err));
	return is_there ? 0 : fill(one, err);
}

static int read_one(struct holding *one, uint64_t number, struct cc_err *err)
{
	CC_CLEANUP(cc_result_clear) struct cc_result result = { .status = 200 };
	struct cc_operation_call call = { .caller = { .known = true, .key = { { 1 } } },
					  .query = "",
					  .cas = &one->cas };
	char name[64];

	(void)snprintf(name, sizeof(name), "policy%llu", (unsigned long long)number);
	call.argument = name;
	return cc_policy_read(one->state, &call, &result, err);
}

static double now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int read_first(struct holding *one, double *us, struct cc_err *err)
{
	double since = now_us();

	for (uint64_t i = 0; i < one->policies; i++)
		CC_TRY(read_one(one, i, err));
	*us = (now_us() - since) / (double)one->policies;
	return 0;
}

/* The same draws in each run: linear congruence, of Knuth's MMIX. */
static uint64_t draw(uint64_t *random, uint64_t below)
{
	*random = *random * 6364136223846793005U + 1442695040888963407U;
	return (*random >> 33) % below;
}

static int read_round(struct holding *one, uint64_t reads, uint64_t *random, double *us,
		      struct cc_err *err)
{
	double since = now_us();

	for (uint64_t i = 0; i < reads; i++)
		CC_TRY(read_one(one, draw(random, one->policies), err));
	*us = (now_us() - since) / (double)reads;
	return 0;
}

static int open_all(const struct values *values, struct holdings *all, struct cc_err *err)
{
	if (values->counts.count > STORES_MAX)
		return cc_fail(err, CC_E_ARG, "more than %d stores", STORES_MAX);
	for (; all->count < values->counts.count; all->count++) {
		struct holding *one = &all->at[all->count];

		CC_TRY(cc_parse_u64(cc_span_str(values->counts.at[all->count]), 10000000,
				    "the number of policies", &one->policies, err));
		if (one->policies == 0)
			return cc_fail(err, CC_E_ARG, "a store of no policies");
		if (open_holding(one, values->directory, err) != 0) {
			all->count++;
			return cc_wrap(err, "a store of %llu policies",
				       (unsigned long long)one->policies);
		}
	}
	return 0;
}

static void print(const struct values *values, const struct holdings *all, const double *us)
{
	for (size_t i = 0; i < all->count; i++) {
		(void)printf("%s{\"policies\": %llu, \"first\": %.3f, \"us\": [",
			     i == 0 ? "[" : ", ", (unsigned long long)all->at[i].policies, us[i]);
		for (uint64_t round = 1; round <= values->rounds; round++)
			(void)printf("%s%.3f", round == 1 ? "" : ", ", us[round * all->count + i]);
		(void)printf("]}");
	}
	(void)printf("]\n");
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	AUTO_HOLDINGS struct holdings all = { 0 };
	CC_AUTO_FREE double *us = NULL;
	uint64_t random = 1;

	CC_TRY(cc_crypto_init(err));
	CC_TRY(open_all(values, &all, err));
	us = calloc((values->rounds + 1) * all.count, sizeof(*us));
	if (us == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the times");
	for (size_t i = 0; i < all.count; i++)
		CC_TRY(read_first(&all.at[i], &us[i], err));
	for (uint64_t round = 1; round <= values->rounds; round++)
		for (size_t i = 0; i < all.count; i++)
			CC_TRY(read_round(&all.at[i], values->reads, &random,
					  &us[round * all.count + i], err));
	print(values, &all, us);
	return 0;
}

static const struct cc_opt opts[] = {
	{ "rounds", 0, CC_OPT_NUMBER, offsetof(struct values, rounds), "N",
	  "rounds that are counted", true, NULL },
	{ "reads", 0, CC_OPT_NUMBER, offsetof(struct values, reads), "N", "readings of a round",
	  true, NULL },
};
static const struct cc_opt_arg args[] = {
	{ "DIRECTORY", offsetof(struct values, directory), "where the stores are", false, false },
	{ "POLICIES", offsetof(struct values, counts), "a number of policies", false, true },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		.name = "bench-store",
		.summary = "Read policies from small and large stores and print the times.",
		.opts = opts,
		.opt_count = CC_COUNT(opts),
		.args = args,
		.arg_count = CC_COUNT(args),
		.size = sizeof(struct values),
		.run = run,
	};

	return cc_opt_main(&command, argc, argv);
}
