/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/boot.h"

#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"
#include "ledger/entry.h"

#define ROOT_LEN 32
#define SEALED_VERSION 1
#define SALT_LEN 32
#define SEALED_LEN (1 + SALT_LEN + ROOT_LEN + CC_AEAD_TAG_LEN)

/* The root key's wrapping: AES-256-GCM, the key fresh for each file by its salt. */
static int wrapping_aead(struct cc_platform *platform, struct cc_span salt, struct cc_aead **out,
			 struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *sealing = NULL, *key = NULL;

	CC_TRY(cc_platform_key(platform, cc_span_str("concordat cas root 1"), &sealing, err));
	CC_TRY(cc_hkdf(sealing, salt, cc_span_str("concordat root wrap 1"), CC_AEAD_KEY_LEN, &key,
		       err));
	return cc_aead_new(key, out, err);
}

static int seal_root(const struct cc_dir *dir, struct cc_platform *platform,
		     const struct cc_secret *root, struct cc_err *err)
{
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	uint8_t file[SEALED_LEN] = { SEALED_VERSION };
	struct cc_mut salt = { file + 1, SALT_LEN }, sealed = { file + 1 + SALT_LEN, ROOT_LEN };
	const struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };

	CC_TRY(cc_random(salt, err));
	CC_TRY(wrapping_aead(platform, cc_span(salt.at, salt.len), &aead, err));
	CC_TRY(cc_aead_seal(aead, &nonce, cc_span(file, 1 + SALT_LEN), cc_secret_span(root), sealed,
			    &tag, err));
	memcpy(file + 1 + SALT_LEN + ROOT_LEN, tag.b, sizeof(tag.b));
	/* Whole or not there: half a key would be taken for one that was tampered with. */
	return cc_dir_write(dir, CC_CAS_ROOT_FILE, 0600, CC_SPAN(file), err);
}

static int unseal_root(const struct cc_dir *dir, struct cc_platform *platform,
		       struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *root = NULL;
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf file = { 0 };
	const struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };

	CC_TRY(cc_dir_read(dir, CC_CAS_ROOT_FILE, SEALED_LEN, &file, err));
	if (file.len != SEALED_LEN || file.at[0] != SEALED_VERSION)
		return cc_fail(err, CC_E_TAMPERED,
			       "'" CC_CAS_ROOT_FILE "' is not a sealed root key");
	memcpy(tag.b, file.at + 1 + SALT_LEN + ROOT_LEN, sizeof(tag.b));
	CC_TRY(cc_secret_new(ROOT_LEN, &root, err));
	CC_TRY(wrapping_aead(platform, cc_span(file.at + 1, SALT_LEN), &aead, err));
	if (cc_aead_open(aead, &nonce, cc_span(file.at, 1 + SALT_LEN),
			 cc_span(file.at + 1 + SALT_LEN, ROOT_LEN), &tag,
			 (struct cc_mut){ cc_secret_bytes(root), ROOT_LEN }, err) != 0) {
		cc_err_set(err, CC_E_DENIED, "the platform does not unseal the root key");
		return cc_hint(err,
			       "the key is sealed to another build of the keeper or to another "
			       "platform: start that one");
	}
	*out = CC_TAKE(root);
	return 0;
}

/* What everyone may know of the CAS from its first entry. */
static int genesis_fields(const struct cc_cas_policy *policy, const struct cc_cas_keys *keys,
			  struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *fields = NULL, *document = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 }, log = { 0 };
	struct cc_digest hash = { 0 };

	CC_TRY(cc_cas_policy_print(policy, &text, err));
	CC_TRY(cc_json_parse(cc_buf_span(&text), CC_CAS_POLICY_MAX, &document, err));
	CC_TRY(cc_cas_policy_hash(policy, &hash, err));
	CC_TRY(cc_note_key_print(&keys->log_name, &log, err));
	CC_TRY(cc_json_object(&fields, err));
	CC_TRY(cc_json_set(fields, "cas_policy", CC_TAKE(document), err));
	CC_TRY(cc_json_set_hex(fields, "cas_policy_hash", CC_DIGEST_SPAN(hash), err));
	CC_TRY(cc_json_set_hex(fields, "cas_key", CC_DIGEST_SPAN(keys->cas_hash), err));
	CC_TRY(cc_json_set_text(fields, "log_key", cc_buf_span(&log), err));
	*out = CC_TAKE(fields);
	return 0;
}

static int write_genesis(struct cc_cas *cas, struct cc_err *err)
{
	struct cc_state_start start = { .store = cas->store, .keys = &cas->keys };
	CC_AUTO_JSON struct cc_json *fields = NULL;

	CC_TRY(cc_state_new(&start, &cas->state, err));
	CC_TRY(genesis_fields(&cas->policy, &cas->keys, &fields, err));
	cc_state_begin(cas->state, cc_time_now());
	CC_TRY(cc_state_seal(cas->state, "genesis", fields, err));
	return cc_state_commit(cas->state, err);
}

static int store_path(const char *path, char *out, size_t room, struct cc_err *err)
{
	int len = snprintf(out, room, "%s/" CC_CAS_STORE_FILE, path);

	if (len < 0 || (size_t)len >= room)
		return cc_fail(err, CC_E_ARG, "path of %zu characters", strlen(path));
	return 0;
}

static int make(const char *path, struct cc_cas *cas, struct cc_platform *platform,
		struct cc_err *err)
{
	const struct cc_quorum quorum = cc_cas_policy_quorum(&cas->policy);
	CC_AUTO_SECRET struct cc_secret *root = NULL;
	char store[4096];

	CC_TRY(store_path(path, store, sizeof(store), err));
	CC_TRY(cc_secret_random(ROOT_LEN, &root, err));
	CC_TRY(cc_cas_keys_derive(root, &quorum, cas->policy.name, &cas->keys, err));
	CC_TRY(cc_store_open(store, CC_STORE_CREATE, &cas->store, err));
	CC_TRY(write_genesis(cas, err));
	/* Last: a directory with a sealed key has a store that is whole. */
	return seal_root(&cas->dir, platform, root, err);
}

/* One of the two is missing: by an init that was cut short, or by somebody's hand. */
static int half_a_cas(const char *path, bool has_key, enum cc_code code, struct cc_err *err)
{
	if (has_key) {
		cc_err_set(err, code, "'%s' has a sealed root key and no store", path);
		return cc_hint(err, "this is not a first start: put back '" CC_CAS_STORE_FILE "'");
	}
	cc_err_set(err, code, "'%s' has a store and no root key", path);
	return cc_hint(err,
		       "when 'cas init' was cut short here, remove the directory and repeat it; "
		       "when this CAS has served before, put back '" CC_CAS_ROOT_FILE "'");
}

int cc_cas_init(const char *path, const struct cc_cas_policy *policy, struct cc_platform *platform,
		struct cc_err *err)
{
	CC_AUTO_CAS struct cc_cas cas = { .dir = CC_DIR_NONE, .policy = *policy };

	bool has_key = false, has_store = false;

	CC_TRY(cc_dir_create(path, 0700, &cas.dir, err));
	has_key = cc_dir_has(&cas.dir, CC_CAS_ROOT_FILE);
	has_store = cc_dir_has(&cas.dir, CC_CAS_STORE_FILE);
	if (has_key != has_store)
		return half_a_cas(path, has_key, CC_E_CONFLICT, err);
	if (has_key) {
		cc_err_set(err, CC_E_CONFLICT, "'%s' holds a CAS already", path);
		return cc_hint(err, "start it, or name another directory");
	}
	return make(path, &cas, platform, err);
}

/*
 * The genesis entry as the store has it. It names the witnesses that the keys
 * derive from, so it is read first and believed last: prove_entry.
 */
static int read_genesis(struct cc_cas *cas, struct cc_buf *bytes, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };
	const struct cc_json *document = NULL;

	CC_TRY(cc_store_get_entry(cas->store, 0, bytes, err));
	CC_TRY(cc_entry_parse(cc_buf_span(bytes), &entry, err));
	if (!cc_str_eq(entry.type, "genesis"))
		return cc_fail(err, CC_E_TAMPERED, "the first entry is a '%s'", entry.type);
	CC_TRY(cc_json_get_object(entry.fields, "cas_policy", &document, err));
	CC_TRY(cc_json_print(document, &text, err));
	CC_TRY(cc_cas_policy_parse(cc_buf_span(&text), &cas->policy, err));
	return cc_cas_policy_hash(&cas->policy, &cas->policy_hash, err);
}

static int store_hash(void *context, unsigned int level, uint64_t index, struct cc_digest *out,
		      struct cc_err *err)
{
	return cc_store_get_hash(context, level, index, out, err);
}

/* The stored head, signed by our log key, and the tree that leads to it. */
static int prove_head(struct cc_cas *cas, struct cc_frontier *frontier, struct cc_err *err)
{
	struct cc_tree_source hashes = { store_hash, cas->store };
	struct cc_checkpoint checkpoint = { 0 };
	CC_AUTO_BUF struct cc_buf head = { 0 };
	struct cc_digest root = { 0 };
	struct cc_err why = { 0 };
	struct cc_note note = { 0 };
	uint64_t entries = 0;

	CC_TRY(cc_store_get_head(cas->store, &head, err));
	if (cc_checkpoint_open(cc_buf_span(&head), &cas->keys.log_name, &checkpoint, &note, &why) !=
	    0)
		return cc_fail(err, CC_E_TAMPERED,
			       "the store's checkpoint is not of this CAS and these witnesses: %s",
			       why.text);
	CC_TRY(cc_store_count_entries(cas->store, &entries, err));
	if (entries != checkpoint.head.size)
		return cc_fail(err, CC_E_TAMPERED,
			       "the ledger has %llu entries, its signed checkpoint says %llu",
			       (unsigned long long)entries,
			       (unsigned long long)checkpoint.head.size);
	CC_TRY(cc_frontier_load(&hashes, checkpoint.head.size, frontier, err));
	CC_TRY(cc_frontier_root(frontier, &root, err));
	if (!cc_digest_eq(&root, &checkpoint.head.root))
		return cc_fail(err, CC_E_TAMPERED,
			       "the ledger's tree does not lead to its checkpoint");
	return 0;
}

/* The stored entry is the tree's: its bytes were read once, and these are proven. */
static int prove_entry(const struct cc_cas *cas, const struct cc_frontier *frontier, uint64_t index,
		       struct cc_span bytes, struct cc_err *err)
{
	struct cc_tree_source hashes = { store_hash, cas->store };
	struct cc_digest leaf = { 0 }, root = { 0 };
	struct cc_tree_proof proof = { 0 };

	CC_TRY(cc_tree_leaf(bytes, &leaf, err));
	CC_TRY(cc_frontier_root(frontier, &root, err));
	CC_TRY(cc_tree_prove_inclusion(&hashes, index, frontier->size, &proof, err));
	if (cc_tree_check_inclusion(&leaf, index, frontier->size, &proof, &root, err) != 0)
		return cc_fail(err, CC_E_TAMPERED, "entry %llu of the ledger was changed",
			       (unsigned long long)index);
	return 0;
}

/* The last entry holds the state root. */
static int read_last(struct cc_cas *cas, struct cc_state_start *start, struct cc_err *err)
{
	uint64_t last = start->frontier.size - 1;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_ENTRY struct cc_entry entry = { 0 };

	CC_TRY(cc_store_get_entry(cas->store, last, &bytes, err));
	CC_TRY(prove_entry(cas, &start->frontier, last, cc_buf_span(&bytes), err));
	CC_TRY(cc_entry_parse(cc_buf_span(&bytes), &entry, err));
	start->root = entry.state;
	start->time = entry.time;
	return 0;
}

static int open_store(const char *path, struct cc_cas *cas, struct cc_err *err)
{
	bool has_key = cc_dir_has(&cas->dir, CC_CAS_ROOT_FILE),
	     has_store = cc_dir_has(&cas->dir, CC_CAS_STORE_FILE);
	char store[4096];

	if (!has_key && !has_store) {
		cc_err_set(err, CC_E_NOTFOUND, "'%s' holds no CAS", path);
		return cc_hint(err, "make one: concordat cas init --dir %s", path);
	}
	if (!has_key || !has_store) {
		cc_err_set(err, CC_E_TAMPERED, "'%s' has %s", path,
			   has_key ? "a sealed root key and no store" : "a store and no root key");
		return cc_hint(err, has_key ? "this is not a first start: put the store back"
					    : "put the root key back; after a 'cas init' that was "
					      "interrupted, remove the directory and init again");
	}
	CC_TRY(store_path(path, store, sizeof(store), err));
	return cc_store_open(store, CC_STORE_OPEN, &cas->store, err);
}

static int prove(struct cc_cas *cas, struct cc_platform *platform, struct cc_err *err)
{
	struct cc_state_start start = { .store = cas->store, .keys = &cas->keys };
	CC_AUTO_SECRET struct cc_secret *root = NULL;
	CC_AUTO_BUF struct cc_buf genesis = { 0 };
	struct cc_quorum quorum = { 0 };

	CC_TRY(unseal_root(&cas->dir, platform, &root, err));
	CC_TRY(read_genesis(cas, &genesis, err));
	quorum = cc_cas_policy_quorum(&cas->policy);
	CC_TRY(cc_cas_keys_derive(root, &quorum, cas->policy.name, &cas->keys, err));
	CC_TRY(prove_head(cas, &start.frontier, err));
	CC_TRY(prove_entry(cas, &start.frontier, 0, cc_buf_span(&genesis), err));
	CC_TRY(read_last(cas, &start, err));
	return cc_state_new(&start, &cas->state, err);
}

int cc_cas_open(const char *path, struct cc_platform *platform, struct cc_cas *out,
		struct cc_err *err)
{
	/* Filled in place: the state points at the keys. */
	*out = (struct cc_cas){ .dir = CC_DIR_NONE };
	if (cc_dir_open(path, CC_DIR_OWN, &out->dir, err) != 0)
		return cc_hint(err, "make a CAS first: concordat cas init --dir %s", path);
	if (open_store(path, out, err) == 0 && prove(out, platform, err) == 0)
		return 0;
	cc_cas_close(out);
	return cc_wrap(err, "open the CAS in '%s'", path);
}

void cc_cas_close(struct cc_cas *cas)
{
	cc_state_free(cas->state);
	cc_store_close(cas->store);
	cc_cas_keys_clear(&cas->keys);
	cc_dir_close(&cas->dir);
	cas->state = NULL;
	cas->store = NULL;
}
