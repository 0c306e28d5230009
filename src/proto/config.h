/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: what a runtime is told and given in a release
 * (docs/protocol/attestation.md, section 4).
 *
 * It owns all of its strings, secrets and buffers. Freeing wipes the strings
 * too: arguments, variables and files may carry what a policy keeps secret.
 * Parsing is strict: unknown and missing members are refused, every list and
 * length has a maximum, paths are absolute without `..`.
 */
#ifndef CC_PROTO_CONFIG_H
#define CC_PROTO_CONFIG_H

#include "crypto/hash.h"
#include "proto/release.h"

#define CC_CONFIG_ID_LEN 16
#define CC_CONFIG_ARGUMENTS_MAX 4096
#define CC_CONFIG_ENVIRONMENT_MAX 4096
#define CC_CONFIG_FILES_MAX 256
#define CC_CONFIG_FILE_MAX ((size_t)1024 * 1024)
#define CC_CONFIG_VOLUMES_MAX 256
#define CC_CONFIG_TEXT_MAX ((size_t)128 * 1024) /* one argument or value: as execve takes */
#define CC_CONFIG_PATH_MAX 4096
#define CC_CONFIG_VALUES_MAX 16384
#define CC_CONFIG_WORDS_MAX 512 /* of each list of a sandbox */
#define CC_CONFIG_HOST_MAX 64   /* arguments and variables that the host gives */
#define CC_CONFIG_PROPOSALS_MAX 32
#define CC_CONFIG_STAGED_MAX ((uint64_t)1 << 20) /* MiB */
#define CC_CONFIG_AHEAD_MAX 30 /* commits that a volume's data file remembers beside two */

struct cc_config_state {
	uint64_t epoch;
	struct cc_secret *key; /* 32 bytes; NULL: there is no such state */
	uint8_t state[CC_CONFIG_ID_LEN];
	uint64_t lease; /* of an attempt: the fencing epoch */
	/* Of a base: */
	uint64_t number; /* the commit number */
	struct cc_digest tag;
	uint64_t ahead;   /* commits after it that are as good when they follow from it */
	bool is_any;      /* whatever state of its epoch the storage shows is as good */
	bool has_content; /* the content digest that it must have, for its key has left: */
	struct cc_digest content;
};

/* What the CAS makes of commits. */
enum cc_config_current {
	CC_CONFIG_NEVER = 0, /* nothing: nobody opens the volume with what is written */
	CC_CONFIG_COMPLETION,
	CC_CONFIG_COMMIT,
};

/* Of a volume that is written. */
struct cc_config_commit {
	enum cc_config_current current;
	bool is_strict;                   /* never ahead of the CAS; else by so much: */
	uint64_t commits, bytes, seconds; /* at least 1, commits at most CC_CONFIG_AHEAD_MAX */
	bool is_alone; /* no other attempt has it: files that the base does not need may go */
};

struct cc_config_volume {
	bool is_written;
	struct cc_config_commit commit;
	uint8_t id[CC_CONFIG_ID_LEN];
	char *name;
	char *path;                     /* NULL: of the log */
	uint64_t staged;                /* MiB of memory that it is copied into; 0: it is mounted */
	struct cc_config_state base;    /* key NULL: the volume is empty */
	struct cc_config_state attempt; /* key NULL: read only */
};

struct cc_config_variable {
	char *name;
	char *value;
};

/* The word of the command at `at` is the host's argument number `position`, from 1. */
struct cc_config_argument {
	size_t at;
	uint64_t position;
};

/* What a reference in a file of the image stands for. */
struct cc_config_value {
	char *name; /* with its format: "key:der" */
	struct cc_buf value;
};

struct cc_config_file {
	bool of_image; /* its content is the image's file, with `values` in it */
	struct cc_buf content;
	uint32_t mode; /* permission bits */
	char *path;
};

struct cc_config_words {
	char **at;
	size_t count;
};

/* What the program may use, narrower than the runtime's own walls; 0 and empty: no narrower. */
struct cc_config_sandbox {
	uint64_t memory;                     /* MiB of address space of a process */
	uint64_t processes;                  /* and threads, of the program's user */
	uint64_t open_files;                 /* of a process */
	struct cc_config_words sockets;      /* families: "unix", "inet", "inet6" */
	struct cc_config_words read, write;  /* absolute paths */
	struct cc_config_words system_calls; /* that are refused */
};

/* A proposal that waits for the program's vote (docs/protocol/board.md, section 5). */
struct cc_config_proposal {
	struct cc_buf shown; /* the JSON that the program gets */
	uint64_t expires;    /* of its vote: Unix time */
};

struct cc_config_image {
	struct cc_digest content;
	struct cc_secret *key; /* 32 bytes */
	uint8_t salt[32];
	size_t salt_len; /* 0 (declared open) or 32 */
	struct cc_digest tag;
	uint64_t staged; /* MiB, as of a volume */
};

struct cc_config {
	uint8_t attempt[CC_CONFIG_ID_LEN];
	uint8_t run[CC_CONFIG_ID_LEN];
	char *class; /* "simulated", "measured-only", "confidential" */
	char *policy, *service, *stage, *pwd;
	struct cc_digest policy_hash;
	uint32_t uid, gid; /* what the program runs as */
	char **command;
	size_t command_count; /* at least 1 */
	struct cc_config_variable *environment;
	size_t environment_count;
	struct cc_config_argument host_arguments[CC_CONFIG_HOST_MAX]; /* no position twice */
	size_t host_argument_count;
	char *host_variables[CC_CONFIG_HOST_MAX]; /* names, none in `environment` */
	size_t host_variable_count;
	struct cc_config_file *injected;
	size_t injected_count;
	struct cc_config_value *values; /* for the runtime alone, no name twice */
	size_t value_count;
	struct cc_config_volume *volumes;
	size_t volume_count;
	struct cc_config_volume log;
	struct cc_config_image image;
	struct cc_config_sandbox sandbox;
	struct cc_config_proposal *proposals;
	size_t proposal_count;
	bool has_access;         /* the policy has an access token: */
	struct cc_digest access; /* the CAS's proof of it */
};

const char *cc_config_current_name(enum cc_config_current current);

#define CC_AUTO_CONFIG CC_CLEANUP(cc_config_clear)
void cc_config_clear(struct cc_config *config) CC_NONNULL;
/* `out` must be empty; it is left so on failure. */
int cc_config_parse(struct cc_span json, struct cc_config *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_config_print(const struct cc_config *config, struct cc_buf *json,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
