/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CAS that answers in this process, and lies on request. The client waits in a
 * thread of its own, while the test runs the server's loop.
 */
#ifndef CC_TESTS_UNIT_CLIENT_FAKE_H
#define CC_TESTS_UNIT_CLIENT_FAKE_H

#include "tests/unit/crypto/pki.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/str.h"
#include "client/api.h"
#include "client/document.h"
#include "ledger/tile.h"
#include "net/address.h"
#include "net/server.h"
#include "proto/problem.h"
#include "proto/sealed.h"

#define FAKE_WITNESSES 3
#define FAKE_LEAVES 700 /* three tiles of the lowest level */
#define FAKE_PATIENCE_MS 20000

enum lie {
	HONEST = 0,
	/* of what it says of itself */
	DOCUMENT_FORGED,
	DOCUMENT_OF_ANOTHER_KEY,
	POLICY_NOT_OF_ITS_HASH,
	CHECKPOINT_FORGED,
	BELOW_QUORUM,
	SAYS_UNAVAILABLE,
	/* of its ledger */
	OTHER_TILES,
	/* of its answers */
	REPLY_UNSIGNED,
	REPLY_FORGED,
	REPLY_REPLAYED,
	REPLY_STATUS_CHANGED,
	PROBLEM,
	PROBLEM_UNSIGNED,
	GARBAGE_UNSIGNED,
	ANSWER_LOST, /* once */
};

struct fake {
	enum lie lie;
	struct cc_loop *loop;
	struct cc_server *server;
	struct cc_tls *tls;
	struct party root, web; /* the root's key is the CAS key */
	struct cc_chain chain;
	struct cc_hpke_key *hpke;
	struct cc_key *other, *log, *witnesses[FAKE_WITNESSES];
	struct cc_note_key log_name, witness_names[FAKE_WITNESSES];
	bool unwitnessed, simulation;
	struct cc_digest leaves[FAKE_LEAVES];
	uint64_t size; /* of the ledger that it shows */
	char address[CC_ADDRESS_TEXT];
	uint8_t nonce[CC_NONCE_LEN];
	size_t tiles, asked; /* requests for tiles, signed requests */
	struct cc_digest signer;
	struct cc_buf plain;                       /* of the last signed request */
	char keys[2][CC_IDEMPOTENCY_MAX + 1];      /* of the last two signed requests */
	struct cc_buf first_body, first_signature; /* of the first reply, to replay */
	/* The client's side. */
	struct cc_home home;
	struct cc_known_cas known;
	char directory[64];
};

static inline void ok(int result, const struct cc_err *err)
{
	if (result != 0)
		fail_msg("%s", err->text);
}

/* The ledger */

static inline int fake_node(void *context, unsigned int level, uint64_t index,
			    struct cc_digest *out, struct cc_err *err)
{
	struct fake *fake = context;
	struct cc_digest left = { 0 }, right = { 0 };

	if (level == 0) {
		*out = fake->leaves[index];
		if (fake->lie == OTHER_TILES)
			out->b[0] ^= 1;
		return 0;
	}
	CC_TRY(fake_node(context, level - 1, 2 * index, &left, err));
	CC_TRY(fake_node(context, level - 1, 2 * index + 1, &right, err));
	return cc_tree_parent(&left, &right, out, err);
}

static inline struct cc_tree_head fake_head(struct fake *fake, uint64_t size)
{
	const struct cc_tree_source source = { fake_node, fake };
	struct cc_tree_head head = { .size = size };
	enum lie lie = fake->lie;
	struct cc_err err = { 0 };

	fake->lie = HONEST;
	ok(cc_tree_root(&source, size, &head.root, &err), &err);
	fake->lie = lie;
	return head;
}

static inline void fake_checkpoint(struct fake *fake, struct cc_buf *out)
{
	struct cc_checkpoint checkpoint = { .head = fake_head(fake, fake->size) };
	size_t signers = fake->unwitnessed ? 0 : fake->lie == BELOW_QUORUM ? 1 : 2;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", fake->log_name.name);
	ok(cc_checkpoint_print(&checkpoint, &text, &err), &err);
	ok(cc_checkpoint_sign(&checkpoint, &fake->log_name, fake->log, out, &err), &err);
	for (size_t i = 0; i < signers; i++)
		ok(cc_note_signature_line(cc_buf_span(&text), &fake->witness_names[i],
					  fake->witnesses[i], 1800000000, out, &err),
		   &err);
	if (fake->lie == CHECKPOINT_FORGED) /* its first digit, which the signature covers */
		out->at[strlen(fake->log_name.name) + 1] ^= 1;
}

/* What it says of itself */

static inline struct cc_json *fake_policy(struct fake *fake)
{
	struct cc_json *policy = NULL, *witnesses = NULL, *set = NULL;
	struct cc_err err = { 0 };

	ok(cc_json_object(&policy, &err), &err);
	ok(cc_json_object(&witnesses, &err), &err);
	ok(cc_json_array(&set, &err), &err);
	for (size_t i = 0; i < FAKE_WITNESSES && !fake->unwitnessed; i++) {
		CC_AUTO_BUF struct cc_buf key = { 0 };
		struct cc_json *one = NULL;

		ok(cc_json_object(&one, &err), &err);
		ok(cc_note_key_print(&fake->witness_names[i], &key, &err), &err);
		ok(cc_json_set_text(one, "key", cc_buf_span(&key), &err), &err);
		ok(cc_json_add(set, one, &err), &err);
	}
	ok(cc_json_set_u64(witnesses, "quorum", fake->unwitnessed ? 0 : 2, &err), &err);
	ok(cc_json_set(witnesses, "set", set, &err), &err);
	ok(cc_json_set(policy, "witnesses", witnesses, &err), &err);
	return policy;
}

static inline struct cc_digest fake_policy_hash(struct fake *fake)
{
	CC_AUTO_JSON struct cc_json *policy = fake_policy(fake);
	CC_AUTO_BUF struct cc_buf text = { 0 }, labelled = { 0 };
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	ok(cc_json_print(policy, &text, &err), &err);
	ok(cc_buf_add_sized(&labelled, cc_span_str("concordat cas policy 1"), &err), &err);
	ok(cc_buf_add_sized(&labelled, cc_buf_span(&text), &err), &err);
	ok(cc_sha256(cc_buf_span(&labelled), &hash, &err), &err);
	hash.b[0] ^= fake->lie == POLICY_NOT_OF_ITS_HASH ? 1 : 0;
	return hash;
}

static inline void fake_document(struct fake *fake, struct cc_buf *out)
{
	const struct cc_key *key =
		fake->lie == DOCUMENT_OF_ANOTHER_KEY ? fake->other : fake->root.key;
	CC_AUTO_BUF struct cc_buf der = { 0 }, log = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_digest hash = fake_policy_hash(fake);
	struct cc_err err = { 0 };

	ok(cc_json_object(&json, &err), &err);
	ok(cc_pubkey_to_der(cc_key_public(key), &der, &err), &err);
	ok(cc_json_set_base64(json, "cas_key", cc_buf_span(&der), &err), &err);
	ok(cc_json_set_str(json, "class", fake->simulation ? "simulated" : "confidential", &err),
	   &err);
	ok(cc_json_set_bool(json, "simulation", fake->simulation, &err), &err);
	ok(cc_json_set_base64(json, "hpke", CC_SPAN(cc_hpke_key_public(fake->hpke)->b), &err),
	   &err);
	ok(cc_note_key_print(&fake->log_name, &log, &err), &err);
	ok(cc_json_set_text(json, "log_key", cc_buf_span(&log), &err), &err);
	ok(cc_json_set_str(json, "name", "cas.example", &err), &err);
	ok(cc_json_set_hex(json, "policy_hash", CC_DIGEST_SPAN(hash), &err), &err);
	ok(cc_json_set(json, "policy", fake_policy(fake), &err), &err);
	ok(cc_json_print(json, out, &err), &err);
}

static inline void fake_self(struct fake *fake, struct cc_buf *out)
{
	const struct cc_key *by =
		fake->lie == DOCUMENT_FORGED || fake->lie == DOCUMENT_OF_ANOTHER_KEY
			? fake->other
			: fake->root.key;
	CC_AUTO_BUF struct cc_buf document = { 0 }, message = { 0 }, checkpoint = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };

	fake_document(fake, &document);
	ok(cc_buf_add_sized(&message, cc_span_str("concordat cas 1"), &err), &err);
	ok(cc_buf_add_sized(&message, cc_buf_span(&document), &err), &err);
	ok(cc_sign(by, cc_buf_span(&message), &signature, &err), &err);
	fake_checkpoint(fake, &checkpoint);
	ok(cc_json_object(&json, &err), &err);
	ok(cc_json_set_text(json, "document", cc_buf_span(&document), &err), &err);
	ok(cc_json_set_base64(json, "signature", cc_span(signature.b, signature.len), &err), &err);
	ok(cc_json_set_text(json, "checkpoint", cc_buf_span(&checkpoint), &err), &err);
	ok(cc_json_print(json, out, &err), &err);
}

/* Answers */

static inline void answer(struct cc_request *request, unsigned int status, struct cc_span body,
			  struct cc_span signature)
{
	CC_AUTO_FREE char *value = NULL;
	struct cc_answer_field field = { .name = "Concordat-Signature" };
	struct cc_answer made = { .status = status, .type = "application/json", .body = body };
	struct cc_err err = { 0 };

	if (signature.len != 0) {
		ok(cc_str_from(signature, &value, &err), &err);
		field.value = value;
		made.fields = &field;
		made.count = 1;
	}
	cc_request_answer(request, &made);
}

static inline void answer_problem(struct cc_request *request, bool garbage)
{
	const struct cc_err problem = { .code = CC_E_LIMIT, .text = "all of it is used" };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	if (garbage)
		ok(cc_buf_add_str(&text, "<html>no</html>", &err), &err);
	else
		ok(cc_problem_print(&problem, &text, &err), &err);
	answer(request, 429, cc_buf_span(&text), cc_span(NULL, 0));
}

static inline void answer_signer(struct fake *fake, struct cc_request *request,
				 const struct cc_request_signer *signer)
{
	struct cc_err problem = { .code = CC_E_LIMIT, .text = "all of it is used" }, err = { 0 };
	CC_AUTO_BUF struct cc_buf plain = { 0 }, body = { 0 }, signature = { 0 };
	struct cc_reply_plan plan = { .to = signer, .cas = fake->root.key, .status = 200 };
	struct cc_span shown = { 0 };

	(void)snprintf(problem.hint, sizeof(problem.hint), "ask its owner");
	if (fake->lie == PROBLEM) {
		plan.status = 429;
		ok(cc_problem_print(&problem, &plain, &err), &err);
	} else {
		ok(cc_buf_addf(&plain, &err, "{\"number\":%zu}", fake->asked), &err);
	}
	plan.cas = fake->lie == REPLY_FORGED ? fake->other : fake->root.key;
	plan.plain = cc_buf_span(&plain);
	ok(cc_reply_seal(&plan, &body, &signature, &err), &err);
	if (fake->asked == 1) {
		ok(cc_buf_add(&fake->first_body, cc_buf_span(&body), &err), &err);
		ok(cc_buf_add(&fake->first_signature, cc_buf_span(&signature), &err), &err);
	}
	shown = fake->lie == REPLY_UNSIGNED ? cc_span(NULL, 0) : cc_buf_span(&signature);
	if (fake->lie == REPLY_REPLAYED)
		answer(request, 200, cc_buf_span(&fake->first_body),
		       cc_buf_span(&fake->first_signature));
	else
		answer(request, fake->lie == REPLY_STATUS_CHANGED ? 201 : plan.status,
		       cc_buf_span(&body), shown);
}

/* Whoever is connected to the server is so no longer. */
static inline void cut_connections(const struct fake *fake)
{
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_storage us, them;
		socklen_t len = sizeof(us), other = sizeof(them);
		char address[CC_ADDRESS_TEXT];
		struct cc_err ignored = { 0 };

		if (getsockname(fd, (struct sockaddr *)&us, &len) == 0 &&
		    getpeername(fd, (struct sockaddr *)&them, &other) == 0 &&
		    cc_bound_address(fd, address, &ignored) == 0 &&
		    cc_str_eq(address, fake->address))
			(void)shutdown(fd, SHUT_RDWR);
	}
}

/* As the keeper does it: everything that a client sends is checked here as well. */
static inline void answer_signed(struct fake *fake, struct cc_request *request)
{
	const char *key = NULL;
	struct cc_signed asked = { .method = cc_request_method(request),
				   .path = cc_request_path(request),
				   .body = cc_request_body(request) };
	CC_AUTO_SIGNER struct cc_request_signer signer = { 0 };
	struct cc_span values[CC_HEADER_COUNT];
	struct cc_err err = { 0 };

	ok(cc_request_header(request, "Idempotency-Key", &key, &err), &err);
	asked.idempotency = cc_span_str(key != NULL ? key : "");
	for (size_t i = 0; i < CC_HEADER_COUNT; i++) {
		const char *name = cc_signature_header_name((enum cc_signature_header)i);
		const char *value = NULL;

		ok(cc_request_header(request, name, &value, &err), &err);
		assert_non_null(value);
		values[i] = cc_span_str(value);
	}
	ok(cc_signature_verify(&asked, values, &signer, &err), &err);
	assert_memory_equal(signer.nonce, fake->nonce, sizeof(fake->nonce));
	cc_buf_reset(&fake->plain);
	ok(cc_request_open(fake->hpke, &asked, &fake->plain, &err), &err);
	fake->signer = signer.key_hash;
	fake->asked++;
	memcpy(fake->keys[1], fake->keys[0], sizeof(fake->keys[1]));
	(void)snprintf(fake->keys[0], sizeof(fake->keys[0]), "%s", key != NULL ? key : "");
	if (fake->lie == ANSWER_LOST) {
		fake->lie = HONEST;
		cut_connections(fake);
	}
	if (fake->lie == PROBLEM_UNSIGNED || fake->lie == GARBAGE_UNSIGNED)
		answer_problem(request, fake->lie == GARBAGE_UNSIGNED);
	else
		answer_signer(fake, request, &signer);
}

static inline void answer_tile(struct fake *fake, struct cc_request *request)
{
	const struct cc_tree_source source = { fake_node, fake };
	CC_AUTO_BUF struct cc_buf body = { 0 };
	struct cc_tile tile = { 0 };
	struct cc_err err = { 0 };

	fake->tiles++;
	ok(cc_tile_parse(cc_span_str(cc_request_path(request) + 1), &tile, &err), &err);
	ok(cc_tile_hashes(&source, fake->size, &tile, &body, &err), &err);
	answer(request, 200, cc_buf_span(&body), cc_span(NULL, 0));
}

static inline void answer_challenge(struct fake *fake, struct cc_request *request)
{
	CC_AUTO_BUF struct cc_buf body = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	ok(cc_random(CC_MUT(fake->nonce), &err), &err);
	ok(cc_json_object(&json, &err), &err);
	ok(cc_json_set_base64(json, "nonce", CC_SPAN(fake->nonce), &err), &err);
	ok(cc_json_print(json, &body, &err), &err);
	answer(request, 200, cc_buf_span(&body), cc_span(NULL, 0));
}

static inline void fake_handle(struct cc_request *request, void *context)
{
	struct fake *fake = context;
	const char *path = cc_request_path(request);
	CC_AUTO_BUF struct cc_buf body = { 0 };

	if (cc_str_eq(path, "/v1/cas") && fake->lie == SAYS_UNAVAILABLE) {
		answer_problem(request, false);
	} else if (cc_str_eq(path, "/v1/cas")) {
		fake_self(fake, &body);
		answer(request, 200, cc_buf_span(&body), cc_span(NULL, 0));
	} else if (cc_str_eq(path, "/v1/challenge")) {
		answer_challenge(fake, request);
	} else if (cc_str_starts(path, "/tile/")) {
		answer_tile(fake, request);
	} else {
		answer_signed(fake, request);
	}
}

/* Start and end */

static inline void fake_keys(struct fake *fake)
{
	const int64_t now = cc_time_now();
	struct cc_cert_plan plan = { .common_name = "CAS", .from = now - DAY, .until = now + DAY };
	struct cc_cert_plan ca = plan;
	struct cc_err err = { 0 };

	ca.is_ca = true;
	fake->root = issue(ca, CC_KEY_ED25519, NULL);
	fake->web = issue(plan, CC_KEY_P256, &fake->root);
	chain_push(&fake->chain, fake->web.cert);
	chain_push(&fake->chain, fake->root.cert);
	ok(cc_tls_server(fake->web.key, &fake->chain, &fake->tls, &err), &err);
	ok(cc_hpke_key_generate(&fake->hpke, &err), &err);
	fake->other = new_key(CC_KEY_ED25519);
	fake->log = new_key(CC_KEY_ED25519);
	ok(cc_note_key_make("cas.example", CC_NOTE_ED25519, cc_key_public(fake->log),
			    &fake->log_name, &err),
	   &err);
	for (size_t i = 0; i < FAKE_WITNESSES; i++) {
		char name[] = "w0.example";

		name[1] = (char)('0' + i);
		fake->witnesses[i] = new_key(CC_KEY_ED25519);
		ok(cc_note_key_make(name, CC_NOTE_COSIGNATURE, cc_key_public(fake->witnesses[i]),
				    &fake->witness_names[i], &err),
		   &err);
	}
}

static inline void fake_start(struct fake *fake)
{
	struct cc_server_plan plan = { .handle = fake_handle, .context = fake };
	struct cc_err err = { 0 };

	(void)snprintf(fake->directory, sizeof(fake->directory), "/tmp/concordat-test-XXXXXX");
	assert_non_null(mkdtemp(fake->directory));
	assert_int_equal(setenv("CONCORDAT_HOME", fake->directory, 1), 0);
	ok(cc_home_open(&fake->home, &err), &err);
	fake_keys(fake);
	for (size_t i = 0; i < FAKE_LEAVES; i++)
		ok(cc_tree_leaf(cc_span(&i, sizeof(i)), &fake->leaves[i], &err), &err);
	fake->size = 300;
	ok(cc_loop_new(&fake->loop, &err), &err);
	ok(cc_listen("127.0.0.1:0", &plan.fd, &err), &err);
	ok(cc_bound_address(plan.fd, fake->address, &err), &err);
	plan.loop = fake->loop;
	plan.tls = fake->tls;
	ok(cc_server_new(&plan, &fake->server, &err), &err);
	fake->known = (struct cc_known_cas){ .name = "default", .key = key_hash(fake->root.cert) };
	memcpy(fake->known.address, fake->address, sizeof(fake->known.address) - 1);
	ok(cc_home_cas_save(&fake->home, &fake->known, &err), &err);
}

static inline void fake_clear(struct fake *fake)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct cc_err err = { 0 };

	cc_server_free(fake->server);
	cc_tls_free(fake->tls);
	cc_loop_free(fake->loop);
	party_clear(&fake->root);
	party_clear(&fake->web);
	cc_chain_clear(&fake->chain);
	cc_hpke_key_free(fake->hpke);
	cc_key_free(fake->other);
	cc_key_free(fake->log);
	for (size_t i = 0; i < FAKE_WITNESSES; i++)
		cc_key_free(fake->witnesses[i]);
	cc_buf_clear(&fake->plain);
	cc_buf_clear(&fake->first_body);
	cc_buf_clear(&fake->first_signature);
	cc_home_close(&fake->home);
	ok(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err), &err);
	ok(cc_dir_remove_tree(&tmp, fake->directory + strlen("/tmp/"), &err), &err);
}
#define AUTO_FAKE CC_CLEANUP(fake_clear)

/* The client, in its thread: opens (unless it is open) and makes one call (unless path is NULL). */
struct client {
	struct fake *fake;
	struct cc_api *api;
	const char *method, *path;
	const struct cc_json *body;
	struct cc_json *answer;
	struct cc_err err; /* CC_OK when all went well */
	atomic_bool done;
};

static inline void client_clear(struct client *client)
{
	cc_api_free(client->api);
	cc_json_free(client->answer);
}
#define AUTO_CLIENT_SIDE CC_CLEANUP(client_clear)

static inline void *client_run(void *context)
{
	struct client *client = context;
	struct fake *fake = client->fake;
	int result = 0;

	if (client->api == NULL)
		result = cc_api_open(&fake->home, &fake->known, &client->api, &client->err);
	if (result == 0 && client->path != NULL)
		result = cc_api_call(client->api, client->method, client->path, client->body,
				     &client->answer, &client->err);
	(void)result; /* what failed is in err */
	atomic_store(&client->done, true);
	return NULL;
}

static inline struct cc_err client_go(struct client *client)
{
	const uint64_t start = cc_time_monotonic_ms();
	struct cc_err err = { 0 };
	pthread_t thread;

	cc_json_free(client->answer);
	client->answer = NULL;
	client->err = (struct cc_err){ 0 };
	atomic_store(&client->done, false);
	assert_int_equal(pthread_create(&thread, NULL, client_run, client), 0);
	while (!atomic_load(&client->done)) {
		ok(cc_loop_step(client->fake->loop, false, &err), &err);
		if (cc_time_monotonic_ms() - start > FAKE_PATIENCE_MS)
			fail_msg("the client waits for ever");
		(void)poll(NULL, 0, 1);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	return client->err;
}

/* Open a session; its error. */
static inline struct cc_err open_once(struct fake *fake)
{
	AUTO_CLIENT_SIDE struct client client = { .fake = fake };

	return client_go(&client);
}

#endif
