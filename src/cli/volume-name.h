/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How every command of `volume` names one: by policy and name, through the CAS, or by --state and
 * --key-file, alone (cli/volume-local.h). The words that follow the name are the command's own.
 */
#ifndef CC_CLI_VOLUME_NAME_H
#define CC_CLI_VOLUME_NAME_H

#include "base/opt.h"
#include "cli/volume-local.h"

/* A member of a command's values, called `name`. */
struct cc_volume_name {
	const char *storage, *key_file, *state, *run, *cas;
	struct cc_strings words;
};
/* Lines of the command's table. */
#define CC_OPT_VOLUME_WRITTEN(type)                                                           \
	{ "storage",     0,                                                                   \
	  CC_OPT_STRING, offsetof(type, name.storage),                                        \
	  "DIR",         "where the ciphertext of volumes lies",                              \
	  true,          NULL },                                                              \
		{ "state",       0,                                                           \
		  CC_OPT_STRING, offsetof(type, name.state),                                  \
		  "FILE",        "a volume without a CAS: the file that names its state",     \
		  false,         NULL },                                                      \
		{ "key-file",    0,                                                           \
		  CC_OPT_STRING, offsetof(type, name.key_file),                               \
		  "FILE",        "with --state: the owner's key",                             \
		  false,         NULL },                                                      \
	{                                                                                     \
		"cas", 0, CC_OPT_STRING, offsetof(type, name.cas), "NAME",                    \
			"which CAS, as 'cas attest' named it (default: default)", false, NULL \
	}
/* What is read may be of a run, too. */
#define CC_OPT_VOLUME(type)                                                                \
	CC_OPT_VOLUME_WRITTEN(type),                                                       \
	{                                                                                  \
		"run", 0, CC_OPT_STRING, offsetof(type, name.run), "RUN",                  \
			"of which run (default: the one that completed last)", false, NULL \
	}

bool cc_volume_name_is_local(const struct cc_volume_name *name) CC_NONNULL;
struct cc_volume_place cc_volume_name_place(const struct cc_volume_name *name) CC_NONNULL;
/* --state and --key-file come together, and neither with --run or --cas. */
int cc_volume_name_check(const struct cc_volume_name *name, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The words behind the volume's name, `least` to `most` of them: borrowed. `form` tells what they
 * are: "PATH... DEST".
 */
struct cc_volume_words {
	const char *form;
	size_t least, most;
};
int cc_volume_name_rest(const struct cc_volume_name *name, const struct cc_volume_words *words,
			struct cc_strings *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* {"policy", "volume", "run"?}: how requests to the CAS name it. */
struct cc_json;
int cc_volume_name_body(const struct cc_volume_name *name, struct cc_json **out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* A volume as it was named, opened for reading. */
struct cc_volume_opened {
	struct cc_volume_local local;
	struct cc_volume_reader reader;
};
#define CC_VOLUME_OPENED_NONE ((struct cc_volume_opened){ .local.dir = CC_DIR_NONE })
#define CC_AUTO_VOLUME_OPENED CC_CLEANUP(cc_volume_opened_close)
void cc_volume_opened_close(struct cc_volume_opened *opened) CC_NONNULL;
/* `out` is CC_VOLUME_OPENED_NONE before. */
int cc_volume_name_open(const struct cc_volume_name *name, struct cc_volume_opened *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Open what the words name, which one path may follow (two forms: with `needed` it must): `path` is
 * that path from the volume's root.
 */
int cc_volume_name_open_at(const struct cc_volume_name *name, bool needed,
			   struct cc_volume_opened *out, char **path,
			   struct cc_err *err) CC_MUST CC_NONNULL;

/* Paths of a volume are absolute; nobody has to type the slash. */
int cc_volume_path(const char *path, char **out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3)));

#endif
