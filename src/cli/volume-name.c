/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-name.h"

#include "base/str.h"
#include "cli/ask.h"

#define CAS_WORDS 2 /* POLICY VOLUME */

bool cc_volume_name_is_local(const struct cc_volume_name *name)
{
	return name->state != NULL;
}

struct cc_volume_place cc_volume_name_place(const struct cc_volume_name *name)
{
	return (struct cc_volume_place){ name->storage, name->key_file, name->state };
}

int cc_volume_name_check(const struct cc_volume_name *name, struct cc_err *err)
{
	if ((name->state != NULL) != (name->key_file != NULL))
		return cc_fail(err, CC_E_ARG, "--state and --key-file name a volume together");
	if (name->state != NULL && (name->run != NULL || name->cas != NULL))
		return cc_fail(err, CC_E_ARG,
			       "--run and --cas are of a volume that a CAS names, --state is of "
			       "one without");
	return 0;
}

int cc_volume_name_rest(const struct cc_volume_name *name, const struct cc_volume_words *words,
			struct cc_strings *out, struct cc_err *err)
{
	bool local = cc_volume_name_is_local(name);
	size_t first = local ? 0 : CAS_WORDS;
	struct cc_strings rest = { .count = 0 };

	CC_TRY(cc_volume_name_check(name, err));
	if (name->words.count < first + words->least || name->words.count > first + words->most) {
		cc_err_set(err, CC_E_ARG, "%zu words, where %s%s%s was expected", name->words.count,
			   local ? "" : "POLICY VOLUME",
			   words->form[0] != '\0' && !local ? " " : "",
			   words->form[0] != '\0' || !local ? words->form : "nothing");
		return cc_hint(err, local ? "--state and --key-file name the volume"
					  : "a volume without a CAS is named by --state and "
					    "--key-file");
	}
	for (size_t i = first; i < name->words.count; i++)
		rest.at[rest.count++] = name->words.at[i];
	*out = rest;
	return 0;
}

void cc_volume_opened_close(struct cc_volume_opened *opened)
{
	cc_volume_reader_close(&opened->reader);
	cc_volume_local_close(&opened->local);
}

int cc_volume_name_body(const struct cc_volume_name *name, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;

	if (name->words.count < CAS_WORDS)
		return cc_fail(err, CC_E_BUG, "a volume without a name");
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "policy", name->words.at[0], err));
	CC_TRY(cc_json_set_str(body, "volume", name->words.at[1], err));
	if (name->run != NULL)
		CC_TRY(cc_json_set_str(body, "run", name->run, err));
	*out = CC_TAKE(body);
	return 0;
}

static int ask(const struct cc_volume_name *name, struct cc_volume_reader *out, struct cc_err *err)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_JSON struct cc_json *body = NULL;

	CC_TRY(cc_volume_name_body(name, &body, err));
	CC_TRY(cc_ask_open(name->cas, &ask, err));
	return cc_volume_reader_ask(ask.api, body, name->storage, out, err);
}

int cc_volume_name_open(const struct cc_volume_name *name, struct cc_volume_opened *out,
			struct cc_err *err)
{
	const struct cc_volume_place place = cc_volume_name_place(name);

	if (!cc_volume_name_is_local(name))
		return ask(name, &out->reader, err);
	CC_TRY(cc_volume_local_open(&place, false, &out->local, err));
	return cc_volume_reader_open(&out->local.anchor.access, name->storage, &out->reader, err);
}

int cc_volume_path(const char *path, char **out, struct cc_err *err)
{
	return cc_strf(out, err, "%s%s", path != NULL && path[0] == '/' ? "" : "/",
		       path != NULL ? path : "");
}

int cc_volume_name_open_at(const struct cc_volume_name *name, bool needed,
			   struct cc_volume_opened *out, char **path, struct cc_err *err)
{
	const struct cc_volume_words words = { needed ? "PATH" : "[PATH]", needed ? 1 : 0, 1 };
	struct cc_strings rest = { .count = 0 };

	CC_TRY(cc_volume_name_rest(name, &words, &rest, err));
	CC_TRY(cc_volume_path(rest.at[0], path, err));
	return cc_volume_name_open(name, out, err);
}
