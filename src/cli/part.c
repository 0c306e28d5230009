/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/secret.h"
#include "base/str.h"

int cc_part_target(const char *to, struct cc_dir *parent, char **name, struct cc_err *err)
{
	CC_AUTO_FREE char *folder = NULL;
	const char *last = NULL, *start = NULL;
	size_t len = strlen(to);

	while (len > 1 && to[len - 1] == '/')
		len--;
	last = memrchr(to, '/', len);
	start = last != NULL ? last + 1 : to;
	CC_TRY(cc_str_from(cc_span(start, (size_t)(to + len - start)), name, err));
	if (**name == '\0' || cc_str_eq(*name, ".") || cc_str_eq(*name, ".."))
		return cc_fail(err, CC_E_ARG, "'%s' does not end in a name to copy to", to);
	if (last == NULL)
		return cc_dir_open(".", CC_DIR_OWN, parent, err);
	CC_TRY(cc_str_from(cc_span(to, last == to ? 1 : (size_t)(last - to)), &folder, err));
	return cc_dir_open(folder, CC_DIR_OWN, parent, err);
}

int cc_part_draw(char out[static CC_PART_NAME], struct cc_err *err)
{
	uint8_t random[12];
	char *at = out;

	CC_TRY(cc_random(CC_MUT(random), err));
	at += snprintf(at, CC_PART_NAME, ".concordat-");
	for (size_t i = 0; i < sizeof(random); i++)
		at += snprintf(at, CC_PART_NAME - (size_t)(at - out), "%02x", random[i]);
	return 0;
}

int cc_part_rename(int parent, const char *part, const char *name, bool force, struct cc_err *err)
{
	if (renameat2(parent, part, parent, name, force ? 0 : RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST)
		return cc_fail_sys(err, errno, "make '%s'", name);
	cc_err_set(err, CC_E_CONFLICT, "'%s' is there already", name);
	return cc_hint(err, "take another target, or --force to replace what is there");
}
