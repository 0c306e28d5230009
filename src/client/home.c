/* SPDX-License-Identifier: Apache-2.0 */
#include "client/home.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"

#define KNOWN_MAX ((size_t)64 * 1024)

static int find_path(char *out, size_t room, struct cc_err *err)
{
	const char *own = secure_getenv("CONCORDAT_HOME"),
		   *config = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	int len = 0;

	if (own != NULL && own[0] != '\0')
		len = snprintf(out, room, "%s", own);
	else if (config != NULL && config[0] == '/')
		len = snprintf(out, room, "%s/concordat", config);
	else if (home != NULL && home[0] != '\0')
		len = snprintf(out, room, "%s/.config/concordat", home);
	if (len > 0 && (size_t)len < room)
		return 0;
	cc_err_set(err, CC_E_ARG, "there is no home for keys: HOME is not set");
	return cc_hint(err, "set CONCORDAT_HOME to a directory of yours");
}

int cc_home_open(struct cc_home *out, struct cc_err *err)
{
	out->dir = CC_DIR_NONE;
	CC_TRY(find_path(out->path, sizeof(out->path), err));
	return cc_dir_create(out->path, 0700, &out->dir, err);
}

void cc_home_close(struct cc_home *home)
{
	cc_dir_close(&home->dir);
}

static int make_identity(const struct cc_home *home, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *pem = NULL;
	CC_AUTO_KEY struct cc_key *key = NULL;

	CC_TRY(cc_key_generate(CC_KEY_ED25519, &key, err));
	CC_TRY(cc_key_to_pem(key, &pem, err));
	CC_TRY(cc_dir_write_new(&home->dir, "identity.pem", 0600, cc_secret_span(pem), err));
	*out = CC_TAKE(key);
	return 0;
}

int cc_home_identity(const struct cc_home *home, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	if (!cc_dir_has(&home->dir, "identity.pem"))
		return make_identity(home, out, err);
	CC_TRY(cc_dir_read(&home->dir, "identity.pem", 16384, &pem, err));
	if (cc_key_from_pem(cc_buf_span(&pem), out, err) != 0)
		return cc_wrap(err, "identity '%s/identity.pem'", home->path);
	return 0;
}

int cc_key_hash_print(const struct cc_digest *hash, char out[static CC_IDENTITY_TEXT],
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *str = NULL;

	CC_TRY(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(*hash), err));
	CC_TRY(cc_buf_str(&text, &str, err));
	(void)snprintf(out, CC_IDENTITY_TEXT, "%s", str);
	return 0;
}

int cc_identity_print(const struct cc_pubkey *key, char out[static CC_IDENTITY_TEXT],
		      struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_pubkey_hash(key, &hash, err));
	return cc_key_hash_print(&hash, out, err);
}

/* Names become file names. */
static int file_name(const char *name, char *out, size_t room, struct cc_err *err)
{
	size_t len =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	if (len == 0 || len > 64 || name[len] != '\0')
		return cc_fail(err, CC_E_ARG,
			       "'%s' is not a name for a CAS: 1 to 64 letters, digits, - and _",
			       name);
	(void)snprintf(out, room, "cas/%s.json", name);
	return 0;
}

static int read_known(const struct cc_json *json, struct cc_known_cas *out, struct cc_err *err)
{
	static const char *const known[] = { "address", "key",        "policy",
					     "root",    "simulation", "size" };
	const char *address = NULL;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(json, "address", &address, err));
	if (strlen(address) >= sizeof(out->address))
		return cc_fail(err, CC_E_TOOBIG, "address of %zu characters", strlen(address));
	(void)snprintf(out->address, sizeof(out->address), "%s", address);
	CC_TRY(cc_json_get_digest(json, "key", &out->key, err));
	out->has_policy = cc_json_has(json, "policy");
	if (out->has_policy)
		CC_TRY(cc_json_get_digest(json, "policy", &out->policy, err));
	CC_TRY(cc_json_get_bool(json, "simulation", &out->simulation, err));
	CC_TRY(cc_json_get_u64(json, "size", UINT64_MAX, &out->size, err));
	return cc_json_get_digest(json, "root", &out->root, err);
}

int cc_home_cas_load(const struct cc_home *home, const char *name, struct cc_known_cas *out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_known_cas cas = { 0 };
	char file[80];

	CC_TRY(file_name(name, file, sizeof(file), err));
	if (!cc_dir_has(&home->dir, file)) {
		cc_err_set(err, CC_E_NOTFOUND, "no CAS '%s' is known", name);
		return cc_hint(err, "attest it first: concordat cas attest ADDRESS --cas-key HASH");
	}
	CC_TRY(cc_dir_read(&home->dir, file, KNOWN_MAX, &text, err));
	if (cc_json_parse(cc_buf_span(&text), KNOWN_MAX, &json, err) != 0 ||
	    read_known(json, &cas, err) != 0)
		return cc_wrap(err, "'%s/%s'", home->path, file);
	(void)snprintf(cas.name, sizeof(cas.name), "%s", name);
	*out = cas;
	return 0;
}

int cc_home_cas_save(const struct cc_home *home, const struct cc_known_cas *cas, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char file[80];

	CC_TRY(file_name(cas->name, file, sizeof(file), err));
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "address", cas->address, err));
	CC_TRY(cc_json_set_hex(json, "key", CC_DIGEST_SPAN(cas->key), err));
	if (cas->has_policy)
		CC_TRY(cc_json_set_hex(json, "policy", CC_DIGEST_SPAN(cas->policy), err));
	CC_TRY(cc_json_set_bool(json, "simulation", cas->simulation, err));
	CC_TRY(cc_json_set_u64(json, "size", cas->size, err));
	CC_TRY(cc_json_set_hex(json, "root", CC_DIGEST_SPAN(cas->root), err));
	CC_TRY(cc_json_print_pretty(json, &text, err));
	CC_TRY(cc_dir_mkdir(&home->dir, "cas", 0700, err));
	return cc_dir_write(&home->dir, file, 0600, cc_buf_span(&text), err);
}
