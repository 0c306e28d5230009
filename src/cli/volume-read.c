/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-read.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cli/commands.h"
#include "client/api.h"
#include "codec/text.h"
#include "volume/walk.h"

#define KEY_LEN 32

void cc_volume_access_clear(struct cc_volume_access *access)
{
	cc_secret_free(access->key);
	*access = (struct cc_volume_access){ 0 };
}

static int parse(const struct cc_json *answer, struct cc_volume_access *out, struct cc_err *err)
{
	CC_TRY(cc_json_get_hex(answer, "id", CC_MUT(out->id.b), err));
	CC_TRY(cc_json_get_hex(answer, "state", CC_MUT(out->base.state.b), err));
	CC_TRY(cc_json_get_u64(answer, "epoch", CC_JSON_INTEGER_MAX, &out->base.epoch, err));
	CC_TRY(cc_json_get_u64(answer, "number", CC_JSON_INTEGER_MAX, &out->base.number, err));
	CC_TRY(cc_json_get_digest(answer, "tag", &out->base.tag, err));
	CC_TRY(cc_json_get_secret(answer, "key", KEY_LEN, &out->key, err));
	if (cc_secret_len(out->key) != KEY_LEN)
		return cc_fail(err, CC_E_ARG, "'key' has %zu bytes, not %d",
			       cc_secret_len(out->key), KEY_LEN);
	out->base.key = out->key;
	return 0;
}

int cc_volume_access_parse(const struct cc_json *answer, struct cc_volume_access *out,
			   struct cc_err *err)
{
	if (parse(answer, out, err) != 0)
		return cc_wrap(err, "what the CAS says of the volume");
	return 0;
}

void cc_volume_reader_close(struct cc_volume_reader *reader)
{
	cc_volume_free(reader->volume);
	cc_volume_dir_free(reader->dir);
	*reader = (struct cc_volume_reader){ 0 };
}

int cc_volume_directory(const struct cc_volume_id *id, const char *storage, char **out,
			struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_addf(&text, err, "%s/", storage));
	CC_TRY(cc_hex_add(&text, CC_SPAN(id->b), err));
	return cc_buf_take_str(&text, out, err);
}

static int hint(const struct cc_volume_access *access, struct cc_err *err)
{
	if (err->code == CC_E_TAMPERED || err->code == CC_E_STALE)
		return cc_hint(err,
			       "what lies there is not the state that the %s names: bring back "
			       "a copy of it%s",
			       access->local ? "state file" : "CAS",
			       access->local ? ", or name the newest --state" : ", or run again");
	return cc_failed();
}

int cc_volume_explain(const struct cc_volume_access *access, const char *storage,
		      struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;
	struct cc_err ignored = { 0 };

	if (cc_volume_directory(&access->id, storage, &path, &ignored) == 0)
		cc_err_wrap(err, "volume in '%s'", path);
	if (err->code == CC_E_NOTFOUND)
		return cc_hint(err, "is '%s' the --storage that %s had, or a copy of it?", storage,
			       access->local ? "'volume init'" : "'workflow run'");
	return hint(access, err);
}

int cc_volume_reader_failed(const struct cc_volume_reader *reader, struct cc_err *err)
{
	return hint(&reader->access, err);
}

int cc_volume_reader_open(const struct cc_volume_access *access, const char *storage,
			  struct cc_volume_reader *out, struct cc_err *err)
{
	const struct cc_volume_open how = { .id = access->id, .base = &access->base };
	struct cc_volume_store store = { 0 };
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_volume_directory(&access->id, storage, &path, err));
	out->access = *access;
	out->access.key = NULL;
	out->access.base.key = NULL;
	if (cc_volume_dir_open(path, false, &out->dir, &store, err) != 0 ||
	    cc_volume_open(&store, &how, &out->volume, err) != 0)
		return cc_volume_explain(access, storage, err);
	return 0;
}

int cc_volume_reader_ask(struct cc_api *api, const struct cc_json *body, const char *storage,
			 struct cc_volume_reader *out, struct cc_err *err)
{
	CC_AUTO_VOLUME_ACCESS struct cc_volume_access access = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL;

	CC_TRY(cc_api_call(api, "POST", "/v1/volumes/key", body, &answer, err));
	CC_TRY(cc_volume_access_parse(answer, &access, err));
	return cc_volume_reader_open(&access, storage, out, err);
}

static int print_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	(void)ctx;
	return cc_print(piece, err);
}

int cc_volume_reader_print(const struct cc_volume_reader *reader, const char *path,
			   struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_resolve(reader->volume, path, &attr, err));
	if (S_ISDIR(attr.mode))
		return cc_fail(err, CC_E_ARG, "'%s' is a directory: 'volume ls' lists it", path);
	if (!S_ISREG(attr.mode))
		return cc_fail(err, CC_E_ARG,
			       "'%s' is no regular file: 'volume ls' tells what it is", path);
	if (cc_volume_copy_file(reader->volume, attr.ino, print_piece, NULL, err) == 0)
		return 0;
	cc_err_wrap(err, "read '%s'", path);
	return cc_volume_reader_failed(reader, err);
}
