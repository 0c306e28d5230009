/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How effects are found: by comparing canonical forms, which hold all of a policy's
 * meaning and nothing else.
 *
 *   comparators   understand a part of the policy (who may run a service how often)
 *                 and say what changes there; each lists the keys that it claims
 *   rows          one key, one sentence (effects-rows.c)
 *   the walk      visits every difference, key by key. What has no row and no
 *                 comparator, and what its comparator said nothing about, is named
 *                 by its key: a key that the language gains later is never dropped
 *
 * All sentences stand in one catalogue (effects-text.c).
 */
#ifndef CC_POLICY_EFFECTS_INTERNAL_H
#define CC_POLICY_EFFECTS_INTERNAL_H

#include "base/arena.h"
#include "codec/json.h"
#include "policy/effects.h"

/* A value of the canonical form. Members of maps are sorted by name, lists as they stand. */
enum cc_node_kind {
	CC_NODE_SCALAR = 0, /* a number, true, false: `text` is its JSON */
	CC_NODE_TEXT,
	CC_NODE_LIST,
	CC_NODE_MAP,
};

struct cc_node {
	enum cc_node_kind kind;
	const char *name; /* of a member of a map, else NULL */
	const char *text;
	const struct cc_node *at;
	size_t count;
	const struct cc_node_ref *sorted; /* of a list: its elements by cc_node_compare */
};
struct cc_node_ref {
	const struct cc_node *node;
};

/* A copy of a canonical form. */
int cc_node_make(const struct cc_json *json, struct cc_arena *arena, const struct cc_node **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* Of NULL, of another kind, or absent: NULL. */
const struct cc_node *cc_node_get(const struct cc_node *map, const char *name)
	__attribute__((nonnull(2)));
const struct cc_node *cc_node_list(const struct cc_node *map, const char *name)
	__attribute__((nonnull(2)));
/* The text of a member, `absent` when there is none. */
const char *cc_node_text(const struct cc_node *map, const char *name, const char *absent)
	__attribute__((nonnull(2)));
uint64_t cc_node_number(const struct cc_node *map, const char *name, uint64_t absent)
	__attribute__((nonnull(2)));
/* Of a list: the element whose member `id` is `text`. */
const struct cc_node *cc_node_find(const struct cc_node *list, const char *id, const char *text)
	__attribute__((nonnull(2, 3)));
bool cc_node_has(const struct cc_node *list, const struct cc_node *element)
	__attribute__((nonnull(2)));
static inline size_t cc_node_count(const struct cc_node *node)
{
	return node == NULL ? 0 : node->count;
}
/* A total order, for sets; NULL is least. */
int cc_node_compare(const struct cc_node *a, const struct cc_node *b);
bool cc_node_eq(const struct cc_node *a, const struct cc_node *b);
/* Its canonical JSON. */
int cc_node_print(const struct cc_node *node, struct cc_buf *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;

/* The sentences. What each says stands in effects-text.c. */
enum cc_text {
	CC_TEXT_NONE = 0,
	CC_TEXT_KEY_NEW,
	CC_TEXT_KEY_GONE,
	CC_TEXT_KEY_CHANGED,
	CC_TEXT_POLICY_NEW,
	CC_TEXT_POLICY_NAME,
	CC_TEXT_LANGUAGE,
	CC_TEXT_SALT,
	CC_TEXT_ACCESS_GAINED,
	CC_TEXT_ACCESS_LOST,
	CC_TEXT_ACCESS_ONLY,
	CC_TEXT_ACCESS_CLOSED,
	CC_TEXT_ACCESS_NOBODY,
	CC_TEXT_ACCESS_SAME,
	CC_TEXT_CREATOR,
	CC_TEXT_IDENTITY_SIGNED,
	CC_TEXT_IDENTITY_TRANSPORT,
	CC_TEXT_IDENTITY_LESS,
	CC_TEXT_IDENTITY_SAME,
	CC_TEXT_OVERRIDE,
	CC_TEXT_BOARD_NEW,
	CC_TEXT_BOARD_GONE,
	CC_TEXT_BOARD_RULE,
	CC_TEXT_BOARD_CLASS,
	CC_TEXT_BOARD_EMERGENCY,
	CC_TEXT_BOARD_LAPSES,
	CC_TEXT_BOARD_VETO,
	CC_TEXT_BOARD_NO_VETO,
	CC_TEXT_BOARD_DEADLINE,
	CC_TEXT_BOARD_DELAY,
	CC_TEXT_BOARD_SELF,
	CC_TEXT_BOARD_NOT_SELF,
	CC_TEXT_MEMBER_NEW,
	CC_TEXT_MEMBER_GONE,
	CC_TEXT_MEMBER_CHANGED,
	CC_TEXT_SEAT,
	CC_TEXT_NO_SEAT,
	CC_TEXT_SERVICE_NEW,
	CC_TEXT_SERVICE_GONE,
	CC_TEXT_PROGRAM_GAINED,
	CC_TEXT_PROGRAM_LOST,
	CC_TEXT_PROGRAM_KEPT,
	CC_TEXT_PROGRAM_SAME,
	CC_TEXT_CONTENT_SALT,
	CC_TEXT_RUNS_GAINED,
	CC_TEXT_RUNS_LOST,
	CC_TEXT_RUNS_CLOSED,
	CC_TEXT_RUNS_MORE,
	CC_TEXT_RUNS_FEWER,
	CC_TEXT_RUNS_UNLIMITED,
	CC_TEXT_RUNS_LIMITED,
	CC_TEXT_RUNS_FIRST,
	CC_TEXT_BINDING,
	CC_TEXT_UNBINDING,
	CC_TEXT_MACHINES,
	CC_TEXT_MACHINES_ANY,
	CC_TEXT_MACHINE_GAINED,
	CC_TEXT_MACHINE_LOST,
	CC_TEXT_PASSWORD,
	CC_TEXT_SERVICE_PASSWORD,
	CC_TEXT_GRANT_GAINED,
	CC_TEXT_GRANT_LOST,
	CC_TEXT_GRANT_MORE,
	CC_TEXT_GRANT_FEWER,
	CC_TEXT_GRANT_CONSENT,
	CC_TEXT_VOLUME_NEW,
	CC_TEXT_VOLUME_GONE,
	CC_TEXT_VOLUME_KEY,
	CC_TEXT_VOLUME_TAG,
	CC_TEXT_VOLUME_RUN,
	CC_TEXT_VOLUME_POLICY,
	CC_TEXT_VOLUME_STRICT,
	CC_TEXT_VOLUME_RELAXED,
	CC_TEXT_VOLUME_COMMITS,
	CC_TEXT_VOLUME_BYTES,
	CC_TEXT_VOLUME_SECONDS,
	CC_TEXT_VOLUME_AT_COMMIT,
	CC_TEXT_VOLUME_AT_COMPLETION,
	CC_TEXT_VOLUME_CLEAR,
	CC_TEXT_VOLUME_ENCRYPTED,
	CC_TEXT_IMPORT_GAINED,
	CC_TEXT_IMPORT_CHANGED,
	CC_TEXT_IMPORT_PINNED,
	CC_TEXT_IMPORT_LOST,
	CC_TEXT_IMPORT_ASKS,
	CC_TEXT_MOUNT_GAINED,
	CC_TEXT_MOUNT_LOST,
	CC_TEXT_MOUNT_MORE,
	CC_TEXT_MOUNT_FEWER,
	CC_TEXT_MOUNT_STAGED,
	CC_TEXT_MOUNT_SERVED,
	CC_TEXT_CONSOLE_PLAIN,
	CC_TEXT_CONSOLE_ENCRYPTED,
	CC_TEXT_NETWORK_SHUT,
	CC_TEXT_NETWORK_OPEN,
	CC_TEXT_EGRESS_GAINED,
	CC_TEXT_EGRESS_LOST,
	CC_TEXT_INGRESS_GAINED,
	CC_TEXT_INGRESS_LOST,
	CC_TEXT_SECRET_NEW,
	CC_TEXT_SECRET_GONE,
	CC_TEXT_SECRET_GIVEN,
	CC_TEXT_SECRET_OTHER,
	CC_TEXT_SECRET_DRAWN,
	CC_TEXT_SECRET_PART,
	CC_TEXT_SECRET_HIDDEN,
	CC_TEXT_SECRET_KEPT,
	CC_TEXT_SECRET_RENEWED,
	CC_TEXT_SECRET_VALIDITY,
	CC_TEXT_SECRET_CLAIM,
	CC_TEXT_SECRET_NAMED,
	CC_TEXT_SECRET_UNNAMED,
	CC_TEXT_SECRET_VAULT,
	CC_TEXT_SECRET_GRANTED,
	CC_TEXT_SECRET_REVOKED,
	CC_TEXT_SECRET_IMPORTED,
	CC_TEXT_SECRET_OWN,
	CC_TEXT_SECRET_PUBLIC,
	CC_TEXT_SECRET_PRIVATE,
	CC_TEXT_SECRET_USED,
	CC_TEXT_SECRET_UNUSED,
	CC_TEXT_FRAGMENT,
	CC_TEXT_STAGE_NEW,
	CC_TEXT_STAGE_GONE,
	CC_TEXT_STAGE_CHANGED,
	CC_TEXT_TOLERATED,
	CC_TEXT_NOT_TOLERATED,
	CC_TEXT_ADVISORY_IGNORED,
	CC_TEXT_ADVISORY_HEEDED,
	CC_TEXT_EXCEPTION_GAINED,
	CC_TEXT_EXCEPTION_LOST,
	CC_TEXT_ROOTS,
	CC_TEXT_ROOTS_ONE,
	CC_TEXT_TCB_HIGHER,
	CC_TEXT_TCB_LOWER,
	CC_TEXT_TCB_ANY,
	CC_TEXT_VMPL_MORE,
	CC_TEXT_VMPL_LESS,
	CC_TEXT_MODE_NONE,
	CC_TEXT_MODE_HARDWARE,
	CC_TEXT_MODE_CHANGED,
	CC_TEXT_MODE_GRANTS,
	CC_TEXT_COMMAND,
	CC_TEXT_IMAGE_NAME,
	CC_TEXT_ENVIRONMENT,
	CC_TEXT_DIRECTORY,
	CC_TEXT_USER,
	CC_TEXT_GROUP,
	CC_TEXT_FSPF_PATH,
	CC_TEXT_FSPF_KEY,
	CC_TEXT_FSPF_TAG,
	CC_TEXT_FSPF_UNPROTECTED,
	CC_TEXT_FSPF_PROTECTED,
	CC_TEXT_IMAGE_NEW,
	CC_TEXT_IMAGE_GONE,
	CC_TEXT_FILE_NEW,
	CC_TEXT_FILE_GONE,
	CC_TEXT_FILE_CONTENT,
	CC_TEXT_FILE_PERMISSION,
	CC_TEXT_NAMESPACE,
	CC_TEXT_SINGLETON,
	CC_TEXT_NOT_SINGLETON,
	CC_TEXT_TOKEN,
	CC_TEXT_NO_TOKEN,
	CC_TEXT_JUDGE,
	CC_TEXT_JUDGE_CERTIFICATES,
	CC_TEXT_JUDGE_KEY,
	CC_TEXT_LOCAL,
	CC_TEXT_NOT_LOCAL,
	CC_TEXT_QUOTING,
	CC_TEXT_QUOTING_ANY,
	CC_TEXT_IMAGE_PROGRAMS,
	CC_TEXT_IMAGE_ANY,
	CC_TEXT_PROVIDED,
	CC_TEXT_PROVIDED_ALL,
	CC_TEXT_STORE,
	CC_TEXT_STORE_CAS,
	CC_TEXT_STAGED,
	CC_TEXT_SERVED,
	CC_TEXT_MEMORY,
	CC_TEXT_MEMORY_FREE,
	CC_TEXT_PROCESSES,
	CC_TEXT_PROCESSES_FREE,
	CC_TEXT_OPEN_FILES,
	CC_TEXT_OPEN_FILES_FREE,
	CC_TEXT_SOCKETS,
	CC_TEXT_SOCKETS_FREE,
	CC_TEXT_READS,
	CC_TEXT_READS_FREE,
	CC_TEXT_WRITES,
	CC_TEXT_WRITES_FREE,
	CC_TEXT_CALLS,
	CC_TEXT_CALLS_FREE,
	CC_TEXT_REPOSITORY,
	CC_TEXT_COMMIT,
	CC_TEXT_NO_COMMIT,
	CC_TEXT_RECIPE,
	CC_TEXT_BUILDER,
	CC_TEXT_NO_BUILDER,
	CC_TEXT_BUILDERS,
	CC_TEXT_BUILDERS_ALL,
	CC_TEXT_COUNT,
};

/* Of a sentence: the comparator and the service, volume, … that it looked at. */
struct cc_origin {
	size_t speaker;
	const char *from;
};

/* One comparison. */
struct cc_making {
	struct cc_effects *effects;
	struct cc_arena *scratch;        /* phrases and paths */
	const struct cc_node *old, *new; /* `old` NULL: a new policy */
	const char *policy;              /* its name */
	struct cc_origin origin;         /* of what is said next */
	struct cc_origin *origins;       /* of each effect */
	size_t room;                     /* for effects */
};
#define CC_SPEAKER_NONE SIZE_MAX

/* What stands for a place in a sentence. The last has no name. */
struct cc_slot {
	const char *name, *value;
};
/*
 * Say a sentence. `{name}` becomes the slot's value quoted, `[name]` the value as it is: a
 * phrase of ours, or something quoted before. The effect's subject is the slot with the name
 * of what the sentence is about; `who` and `often` are the slots of these names.
 */
int cc_say_slots(struct cc_making *making, enum cc_text text, const struct cc_slot *slots,
		 struct cc_err *err) CC_MUST CC_NONNULL;
#define CC_SAY(making, text, err, ...) \
	cc_say_slots(making, text, (const struct cc_slot[]){ __VA_ARGS__, { NULL, NULL } }, err)

/* A phrase in the scratch arena. */
int cc_phrase(struct cc_making *making, const char **out, struct cc_err *err, const char *fmt,
	      ...) CC_MUST CC_NONNULL CC_PRINTF(4, 5);
/*
 * 'value': single quotes, backslashes and all but printable ASCII escaped, so that it can
 * neither end its quotes nor look like something else. Of more than 600 bytes the first
 * stand there, with the length and the SHA-256 of all.
 */
int cc_quoted(struct cc_making *making, const char *value, const char **out,
	      struct cc_err *err) CC_MUST CC_NONNULL;
/* The same of any value: text as it is, the rest as its JSON; NULL is "nothing". */
int cc_quoted_node(struct cc_making *making, const struct cc_node *node, const char **out,
		   struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));
/*
 * How an export or import names another policy: "policy 'bob'", "the policies in namespace 'n'",
 * with " at the CAS 'host' (key 'k')" when it is another one.
 */
int cc_elsewhere(struct cc_making *making, const struct cc_node *share, const char **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* ", in its version 'h' alone", or "" without a pin. */
int cc_version(struct cc_making *making, const struct cc_node *share, const char **out,
	       struct cc_err *err) CC_MUST CC_NONNULL;
/* ", before <old>" or, when there was nothing before, "". */
int cc_before(struct cc_making *making, const struct cc_node *old, const char **out,
	      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));

/* The kind of a sentence about something with several aspects, of which some grew and some shrank.
 */
struct cc_trend {
	bool is_more, is_less;
};

/*
 * Compare the elements of two lists that have the same name: all of `new`, each with the one
 * of `old` or NULL; then those that `old` alone has, with NULL for the new one. Whatever is
 * said comes from the element.
 */
typedef int cc_compare_fn(struct cc_making *making, const struct cc_node *old,
			  const struct cc_node *new, struct cc_err *err);
int cc_compare_named(struct cc_making *making, const struct cc_node *old, const struct cc_node *new,
		     cc_compare_fn *compare, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 4, 5)));
/* The same of a list of the policy, without what is gone: the walk says that. */
int cc_compare_kept(struct cc_making *making, const char *list, cc_compare_fn *compare,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A part of the policy that one function understands. `claims` are its keys, such as
 * "services[].executions[].maximum", NULL at the end; one that ends in '*' claims all that
 * begin so, which only a comparator may do that shows whatever it does not know.
 */
struct cc_comparator {
	int (*say)(struct cc_making *making, struct cc_err *err);
	const char *const *claims;
};
extern const struct cc_comparator cc_compare_access, cc_compare_board, cc_compare_code,
	cc_compare_limits, cc_compare_grants, cc_compare_imports, cc_compare_mounts,
	cc_compare_network, cc_compare_stages, cc_compare_references, cc_compare_fragments,
	cc_compare_secrets, cc_compare_mode, cc_compare_platform;

enum cc_row_kind {
	CC_ROW_VALUE = 0, /* one sentence for the value, whatever is in it */
	CC_ROW_EACH,      /* of a list: a sentence for each element that comes or goes */
	CC_ROW_THING,     /* that it is gone says all; what is new or stays is looked into */
};

/* A key with sentences of its own, when what changes it needs no other key. */
struct cc_row {
	const char *key;
	enum cc_row_kind kind;
	enum cc_text changed; /* NONE: nothing is said */
	enum cc_text set;     /* the key was absent, that is the default. NONE: as `changed` */
	enum cc_text unset;   /* the key is absent. NONE: as `changed` */
};
const struct cc_row *cc_row_of(const char *key) CC_NONNULL;
/* Keys whose values no sentence may show. */
bool cc_row_is_hidden(const char *key) CC_NONNULL;
/* The words of `tolerate`, as what they admit. */
const char *cc_row_word(const char *word) CC_NONNULL;

/* Say all that old and new differ in, in no order. */
int cc_effects_compare(struct cc_making *making, struct cc_err *err) CC_MUST CC_NONNULL;
/* Visit all differences; say what no comparator and no row did. */
int cc_effects_walk(struct cc_making *making, const struct cc_comparator *const *comparators,
		    size_t count, struct cc_err *err) CC_MUST CC_NONNULL;

/* Who decides alone over the new version; of a policy without a board nobody is past it. */
int cc_say_overrides(struct cc_making *making, const struct cc_board *board,
		     struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3)));

/* A service's image and mounts, NULL when there are none. */
const struct cc_node *cc_image_of(const struct cc_node *policy, const struct cc_node *service);
/* "; it sees …": the data that a program gets which is accepted as this service. */
int cc_sees(struct cc_making *making, const struct cc_node *service, const char **out,
	    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
