/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume as its owner reads it: the CAS names the state and gives its key, the
 * storage gives ciphertext. Whoever holds the storage can withhold the volume and
 * nothing else: another state than the named one is CC_E_STALE, other bytes
 * CC_E_TAMPERED.
 */
#ifndef CC_CLI_VOLUME_READ_H
#define CC_CLI_VOLUME_READ_H

#include "codec/json.h"
#include "volume/volume.h"

/* What POST /v1/volumes/key answers (docs/protocol/api.md). `base.key` points to `key`. */
struct cc_volume_access {
	struct cc_volume_id id;
	struct cc_volume_base base;
	struct cc_secret *key;
	bool local; /* named by a state file of the owner instead: it decides what a hint says */
};
#define CC_AUTO_VOLUME_ACCESS CC_CLEANUP(cc_volume_access_clear)
void cc_volume_access_clear(struct cc_volume_access *access) CC_NONNULL;
/* `out` is zeroed before. CC_E_ARG: the answer is not what the protocol says. */
int cc_volume_access_parse(const struct cc_json *answer, struct cc_volume_access *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_volume_reader {
	struct cc_volume_dir *dir;
	struct cc_volume *volume;
	struct cc_volume_access access; /* as it was named; without its key */
};
#define CC_AUTO_VOLUME_READER CC_CLEANUP(cc_volume_reader_close)
void cc_volume_reader_close(struct cc_volume_reader *reader) CC_NONNULL;
/* The directory of a volume below `storage`. */
int cc_volume_directory(const struct cc_volume_id *id, const char *storage, char **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Open the volume in its directory below `storage`. `out` is zeroed before. */
int cc_volume_reader_open(const struct cc_volume_access *access, const char *storage,
			  struct cc_volume_reader *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* Say where the volume lies and what can be done about a failure to open or read it; is -1. */
int cc_volume_explain(const struct cc_volume_access *access, const char *storage,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/* The next step after a failure to read what was opened; is -1. */
int cc_volume_reader_failed(const struct cc_volume_reader *reader,
			    struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_api;
/* Ask for the key of what `body` names, then open it. */
int cc_volume_reader_ask(struct cc_api *api, const struct cc_json *body, const char *storage,
			 struct cc_volume_reader *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A whole file of the volume to standard output, as it is. */
int cc_volume_reader_print(const struct cc_volume_reader *reader, const char *path,
			   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
