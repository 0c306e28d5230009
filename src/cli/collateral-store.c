/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/collateral-store.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>

#include "base/dir.h"
#include "base/str.h"

#define STATEMENTS "statements.json"
#define STATEMENTS_MAX ((size_t)8 * 1024 * 1024)
#define NAME_MAX_LEN 128

/* "Intel SGX PCK Platform CA" is "platform", "ARK-Genoa" is "ark-genoa". */
static void add_word(char *out, size_t room, const char *text)
{
	size_t len = strlen(out);

	if (len + 1 < room)
		out[len++] = '-';
	for (; *text != '\0' && len + 1 < room; text++)
		out[len++] =
			isalnum((unsigned char)*text) ? (char)tolower((unsigned char)*text) : '-';
	out[len] = '\0';
}

static const char *ca_of(const struct cc_statements *statements)
{
	for (size_t i = 0; i < statements->count; i++)
		if (strstr(statements->at[i].subject, "Processor CA") != NULL)
			return "processor";
	return "platform";
}

static void name_set(const struct cc_statements *statements, char out[static NAME_MAX_LEN])
{
	const struct cc_statement *first = &statements->at[0];

	(void)snprintf(out, NAME_MAX_LEN, "%s", cc_platform_name(first->platform));
	add_word(out, NAME_MAX_LEN, first->subject);
	if (first->kind == CC_STATEMENT_TCB_INFO)
		add_word(out, NAME_MAX_LEN, ca_of(statements));
}

static int read_statements(const struct cc_dir *dir, struct cc_statements *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_dir_read(dir, STATEMENTS, STATEMENTS_MAX, &text, err));
	CC_TRY(cc_json_parse(cc_buf_span(&text), STATEMENTS_MAX, &json, err));
	return cc_statements_from_json(json, out, err);
}

struct check {
	const struct cc_statements *next;
};

/* Every statement against every one that is there: lists are shared by sets. */
static int check_set(void *context, const struct cc_dir *set, struct cc_err *err)
{
	const struct cc_statements *next = ((const struct check *)context)->next;
	CC_AUTO_STATEMENTS struct cc_statements known = { 0 };

	CC_TRY(read_statements(set, &known, err));
	for (size_t i = 0; i < next->count; i++)
		for (size_t k = 0; k < known.count; k++)
			if (cc_statement_replaces(&next->at[i], &known.at[k]))
				CC_TRY(cc_statement_follows(&next->at[i], &known.at[k], err));
	return 0;
}

static int write_set(const struct cc_dir *dir, const struct cc_collateral *set, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span bytes = { 0 };

		memcpy(&bytes, (const char *)set + cc_collateral_files[i].at, sizeof(bytes));
		if (bytes.len > 0)
			CC_TRY(cc_dir_write(dir, cc_collateral_files[i].file, 0644, bytes, err));
	}
	return 0;
}

static int write_statements(const struct cc_dir *dir, const struct cc_statements *statements,
			    struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_statements_to_json(statements, &json, err));
	CC_TRY(cc_json_print(json, &text, err));
	return cc_dir_write(dir, STATEMENTS, 0644, cc_buf_span(&text), err);
}

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

typedef int each_fn(void *context, const struct cc_dir *set, struct cc_err *err);

static int each_set(const struct cc_dir *dir, const char *path, each_fn *fn, void *context,
		    struct cc_err *err)
{
	CC_CLEANUP(close_listing) DIR *listing = opendir(path);
	const struct dirent *entry = NULL;

	if (listing == NULL)
		return cc_fail_sys(err, errno, "open '%s'", path);
	while ((entry = readdir(listing)) != NULL) {
		CC_AUTO_DIR struct cc_dir set = CC_DIR_NONE;

		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		CC_TRY(cc_dir_sub(dir, entry->d_name, &set, err));
		if (cc_dir_has(&set, STATEMENTS) && fn(context, &set, err) != 0)
			return cc_wrap(err, "collateral in '%s/%s'", path, entry->d_name);
	}
	return 0;
}

int cc_collateral_store_put(const char *path, const struct cc_collateral *set,
			    const struct cc_statements *statements, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE, sub = CC_DIR_NONE;
	struct check check = { statements };
	char name[NAME_MAX_LEN];

	name_set(statements, name);
	CC_TRY(cc_dir_create(path, 0755, &dir, err));
	CC_TRY(each_set(&dir, path, check_set, &check, err));
	CC_TRY(cc_dir_mkdir(&dir, name, 0755, err));
	CC_TRY(cc_dir_sub(&dir, name, &sub, err));
	CC_TRY(write_set(&sub, set, err));
	return write_statements(&sub, statements, err);
}

static bool has(const struct cc_json *list, const struct cc_json *one)
{
	const char *hash = NULL, *other = NULL;
	struct cc_err ignored = { 0 };

	if (cc_json_get_str(one, "hash", &hash, &ignored) != 0)
		return false;
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (cc_json_get_str(cc_json_at(list, i), "hash", &other, &ignored) == 0 &&
		    cc_str_eq(hash, other))
			return true;
	return false;
}

static int list_set(void *context, const struct cc_dir *set, struct cc_err *err)
{
	CC_AUTO_STATEMENTS struct cc_statements statements = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_json *list = context;

	CC_TRY(read_statements(set, &statements, err));
	CC_TRY(cc_statements_to_json(&statements, &json, err));
	for (size_t i = 0; i < cc_json_count(json); i++) {
		struct cc_json *copy = NULL;

		if (has(list, cc_json_at(json, i)))
			continue;
		CC_TRY(cc_json_copy(cc_json_at(json, i), &copy, err));
		CC_TRY(cc_json_add(list, copy, err));
	}
	return 0;
}

int cc_collateral_store_list(const char *path, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(each_set(&dir, path, list_set, list, err));
	*out = CC_TAKE(list);
	return 0;
}
