/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one ledger as a text, and the commands that set a witness up. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/str.h"
#include "codec/text.h"
#include "witness/witness-internal.h"

#define VERSION "concordat witness log 1\n"
#define STATE_MAX ((size_t)4096)

int cc_witness_log_print(const struct cc_witness_log *log, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, VERSION, err));
	CC_TRY(cc_checkpoint_print(&log->last, out, err));
	for (size_t i = 0; i < log->key_count; i++) {
		CC_TRY(cc_note_key_print(&log->keys[i], out, err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

/* The bytes up to the next newline, which is passed over. */
static struct cc_span take_line(struct cc_span *rest)
{
	const uint8_t *end = rest->len != 0 ? memchr(rest->at, '\n', rest->len) : NULL;
	size_t len = end != NULL ? (size_t)(end - rest->at) : rest->len;
	struct cc_span line = cc_span_sub(*rest, 0, len);

	*rest = cc_span_sub(*rest, len + 1, rest->len);
	return line;
}

static int parse_keys(struct cc_span rest, struct cc_witness_log *out, struct cc_err *err)
{
	while (rest.len != 0) {
		if (out->key_count == CC_WITNESS_LOG_KEYS)
			return cc_fail(err, CC_E_TAMPERED, "more than %d keys",
				       CC_WITNESS_LOG_KEYS);
		CC_TRY(cc_note_key_parse(take_line(&rest), &out->keys[out->key_count], err));
		if (!cc_str_eq(out->keys[out->key_count].name, out->last.origin))
			return cc_fail(err, CC_E_TAMPERED, "a key of another ledger");
		out->key_count++;
	}
	return out->key_count != 0 ? 0 : cc_fail(err, CC_E_TAMPERED, "no key");
}

int cc_witness_log_parse(struct cc_span bytes, struct cc_witness_log *out, struct cc_err *err)
{
	struct cc_span rest = cc_span_sub(bytes, strlen(VERSION), bytes.len);
	struct cc_witness_log log = { 0 };

	if (!cc_span_eq_str(cc_span_sub(bytes, 0, strlen(VERSION)), VERSION))
		return cc_fail(err, CC_E_TAMPERED, "no state of a ledger");
	CC_TRY(cc_checkpoint_parse(rest, &log.last, err));
	for (size_t i = 0; i < 3; i++)
		(void)take_line(&rest);
	CC_TRY(parse_keys(rest, &log, err));
	*out = log;
	return 0;
}

/* The origin is the log's own words: a name of a file is made of its hash. */
static int state_name(const char *origin, char out[static STATE_NAME], struct cc_err *err)
{
	char hex[CC_HEX_DIGEST];
	struct cc_digest digest;

	CC_TRY(cc_sha256(cc_span_str(origin), &digest, err));
	cc_hex_digest(&digest, hex);
	(void)snprintf(out, STATE_NAME, "logs/%s", hex);
	return 0;
}

static int damaged(const char *what, struct cc_err *err)
{
	err->code = CC_E_TAMPERED;
	cc_err_hint(err, "put the folder's latest copy back; an older one would forget");
	return cc_wrap(err, "state '%s'", what);
}

static int load_file(const struct cc_dir *dir, const char *name, struct cc_witness_log *out,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_dir_read(dir, name, STATE_MAX, &text, err));
	return cc_witness_log_parse(cc_buf_span(&text), out, err) == 0 ? 0 : damaged(name, err);
}

int cc_witness_load(const struct cc_dir *dir, const char *origin, struct cc_witness_log *out,
		    struct cc_err *err)
{
	char name[STATE_NAME];

	CC_TRY(state_name(origin, name, err));
	CC_TRY(load_file(dir, name, out, err));
	if (!cc_str_eq(out->last.origin, origin)) {
		cc_err_set(err, CC_E_TAMPERED, "it is the state of another ledger");
		return damaged(name, err);
	}
	return 0;
}

int cc_witness_save(const struct cc_dir *dir, const struct cc_witness_log *log, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = STATE_MAX };
	char name[STATE_NAME];

	CC_TRY(state_name(log->last.origin, name, err));
	CC_TRY(cc_witness_log_print(log, &text, err));
	return cc_dir_write(dir, name, 0600, cc_buf_span(&text), err);
}

int cc_witness_lock(const struct cc_dir *dir, int *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_dir_openat(dir, "lock", O_RDWR | O_CREAT, 0600, &fd, err));
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return cc_fail_sys(err, errno, "lock the witness's folder");
	*out = CC_TAKE_FD(fd);
	return 0;
}

static int add_key(struct cc_witness_log *log, const struct cc_note_key *key, struct cc_err *err)
{
	for (size_t i = 0; i < log->key_count; i++)
		if (memcmp(log->keys[i].key, key->key, sizeof(key->key)) == 0)
			return cc_fail(err, CC_E_CONFLICT, "the key of '%s' is registered already",
				       key->name);
	if (log->key_count == CC_WITNESS_LOG_KEYS)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has %d keys already", key->name,
			       CC_WITNESS_LOG_KEYS);
	log->keys[log->key_count++] = *key;
	return 0;
}

/* A ledger of which nothing was seen: the empty tree. */
static int new_log(const char *origin, struct cc_witness_log *out, struct cc_err *err)
{
	*out = (struct cc_witness_log){ 0 };
	(void)snprintf(out->last.origin, sizeof(out->last.origin), "%s", origin);
	return cc_sha256((struct cc_span){ 0 }, &out->last.head.root, err);
}

int cc_witness_add(const char *path, struct cc_span text, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_CLOSE int lock = -1;
	struct cc_witness_log log;
	struct cc_note_key key;
	struct cc_err why;

	CC_TRY(cc_note_key_parse(text, &key, err));
	if (key.kind != CC_NOTE_ED25519)
		return cc_fail(err, CC_E_ARG, "'%s' is not the key of a ledger", key.name);
	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_witness_lock(&dir, &lock, err));
	if (cc_witness_load(&dir, key.name, &log, &why) != 0) {
		if (why.code != CC_E_NOTFOUND) {
			*err = why;
			return -1;
		}
		CC_TRY(new_log(key.name, &log, err));
	}
	CC_TRY(add_key(&log, &key, err));
	return cc_witness_save(&dir, &log, err);
}

static int is_state(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

struct names {
	struct dirent **list;
	int count;
};

static void free_names(struct names *names)
{
	for (int i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int add_log(const struct cc_dir *logs, const char *name, struct cc_json *list,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;
	struct cc_witness_log log;

	CC_TRY(load_file(logs, name, &log, err));
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_str(one, "origin", log.last.origin, err));
	CC_TRY(cc_json_set_u64(one, "entries", log.last.head.size, err));
	CC_TRY(cc_json_set_base64(one, "root", CC_DIGEST_SPAN(log.last.head.root), err));
	CC_TRY(cc_json_set_u64(one, "keys", log.key_count, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int add_logs(const struct cc_dir *dir, const char *path, struct cc_json *list,
		    struct cc_err *err)
{
	CC_CLEANUP(free_names) struct names names = { NULL, 0 };
	CC_AUTO_DIR struct cc_dir logs = CC_DIR_NONE;

	CC_TRY(cc_dir_sub(dir, "logs", &logs, err));
	names.count = scandirat(logs.fd, ".", &names.list, is_state, alphasort);
	if (names.count < 0) {
		names.count = 0;
		return cc_fail_sys(err, errno, "list the ledgers in '%s'", path);
	}
	for (int i = 0; i < names.count; i++)
		CC_TRY(add_log(&logs, names.list[i]->d_name, list, err));
	return 0;
}

int cc_witness_show(const char *path, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_JSON struct cc_json *json = NULL, *list = NULL;
	CC_AUTO_BUF struct cc_buf key = { 0 };
	struct cc_span line = { 0 };

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_dir_read(&dir, "key.pub", PUBLIC_MAX, &key, err));
	line = cc_buf_span(&key);
	while (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_set_text(json, "key", line, err));
	CC_TRY(add_logs(&dir, path, list, err));
	CC_TRY(cc_json_set(json, "ledgers", CC_TAKE(list), err));
	*out = CC_TAKE(json);
	return 0;
}
