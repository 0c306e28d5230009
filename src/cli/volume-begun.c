/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-begun.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/dir.h"
#include "codec/text.h"

#define MARK ".begun"
#define ID_TEXT (2 * sizeof(((struct cc_volume_id *)NULL)->b))

static int name_of(const struct cc_volume_id *id, struct cc_buf *out, const char **name,
		   struct cc_err *err)
{
	CC_TRY(cc_hex_add(out, CC_SPAN(id->b), err));
	CC_TRY(cc_buf_add_str(out, MARK, err));
	return cc_buf_str(out, name, err);
}

int cc_volume_begun_mark(const struct cc_volume_id *id, const char *storage, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *name = NULL;

	CC_TRY(name_of(id, &text, &name, err));
	CC_TRY(cc_dir_create(storage, 0700, &dir, err));
	return cc_dir_write_new(&dir, name, 0600, cc_span(NULL, 0), err);
}

void cc_volume_begun_clear(const struct cc_volume_id *id, const char *storage)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *name = NULL;
	struct cc_err ignored = { 0 };

	if (name_of(id, &text, &name, &ignored) == 0 &&
	    cc_dir_open(storage, CC_DIR_OWN, &dir, &ignored) == 0 && cc_dir_has(&dir, name))
		cc_ignore(cc_dir_remove(&dir, name, &ignored));
}

/* A mark's name is an id's and MARK: then `id` is the first. */
static bool is_mark(const char *name, char id[static ID_TEXT + 1])
{
	struct cc_volume_id parsed = { 0 };
	struct cc_err ignored = { 0 };

	if (strlen(name) != ID_TEXT + strlen(MARK) || strcmp(name + ID_TEXT, MARK) != 0)
		return false;
	memcpy(id, name, ID_TEXT);
	id[ID_TEXT] = '\0';
	return cc_hex_parse_fixed(cc_span_str(id), "id", CC_MUT(parsed.b), &ignored) == 0;
}

/* Who makes it has locked it. A mark of nothing goes. */
static bool is_left(int storage, const char *id, const char *mark)
{
	CC_AUTO_CLOSE int fd = openat(storage, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		(void)unlinkat(storage, mark, 0);
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) == 0;
}

void cc_volume_begun_tell(const char *storage)
{
	char id[ID_TEXT + 1];
	DIR *list = opendir(storage);

	for (const struct dirent *entry = NULL; list != NULL && (entry = readdir(list)) != NULL;)
		if (is_mark(entry->d_name, id) && is_left(dirfd(list), id, entry->d_name))
			(void)fprintf(stderr,
				      "concordat: '%s/%s' was begun by a 'volume init' that was "
				      "stopped: remove it and '%s', unless a state file of yours "
				      "names it\n",
				      storage, id, entry->d_name);
	if (list != NULL)
		(void)closedir(list);
}
