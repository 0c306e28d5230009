/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the language is described: one table a kind of thing, one row a key.
 *
 * Parsing, canonical printing, suggestions for misspelled keys and the manual's
 * table of keys all rest on these tables (language.c), so they cannot disagree.
 * A new key is a new row.
 */
#ifndef CC_POLICY_SCHEMA_INTERNAL_H
#define CC_POLICY_SCHEMA_INTERNAL_H

#include "base/arena.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "crypto/sign.h"
#include "evidence/claims.h"
#include "policy/model.h"

/* One pass over one document. */
struct cc_mistakes;

struct cc_parse {
	struct cc_arena *arena;
	struct cc_policy *policy;
	unsigned int minor;         /* of version 0.3.x; 0: no `since` is checked */
	bool is_03;                 /* version 0.3 or newer */
	const char *name;           /* of the policy, before it was checked; NULL: none */
	const struct cc_yaml *node; /* that is being read: errors name its place */
	void *owner;                /* the struct whose keys are being read */
	struct cc_mistakes
		*mistakes; /* the reading goes on after them; NULL: it ends with the first */
	size_t path_len;
	char path[1024]; /* "services[0].command", for errors */
};

enum cc_member_kind {
	CC_MEMBER_TEXT = 0, /* const char * */
	CC_MEMBER_SESSION,  /* const char *, name of a policy: relative ones are resolved */
	CC_MEMBER_DIGEST,   /* struct cc_maybe_digest, 64 hexadecimal digits */
	CC_MEMBER_NUMBER,   /* uint64_t, at most `max` */
	CC_MEMBER_FLAG,     /* bool */
	CC_MEMBER_CHOICE,   /* an enumeration, one of `words` */
	CC_MEMBER_BITS,     /* uint32_t, a list of `words` whose values are bits */
	CC_MEMBER_TIME,     /* int64_t, RFC 3339 with Z */
	CC_MEMBER_TEXTS,    /* struct cc_texts */
	CC_MEMBER_PAIRS,    /* a list of cc_pair from a mapping of scalars, `check` on the names */
	CC_MEMBER_LIST,     /* CC_MODEL_LIST of `shape` */
	CC_MEMBER_PART,     /* `shape`, embedded */
	CC_MEMBER_STRUCT,   /* pointer to `shape`, NULL when absent */
	CC_MEMBER_OWN,      /* by the functions of `own` */
	CC_MEMBER_DROPPED,  /* accepted and without meaning */
	CC_MEMBER_KIND_COUNT,
};

enum cc_member_flag {
	CC_MEMBER_REQUIRED = 1U << 0,
	CC_MEMBER_ONE = 1U << 1,      /* one element may stand for a list */
	CC_MEMBER_ALIAS = 1U << 2,    /* another spelling of a member: read, never printed */
	CC_MEMBER_EMPTY = 1U << 3,    /* null means an empty thing and not an absent one */
	CC_MEMBER_FRAGMENT = 1U << 4, /* a variable may stand for it, or for its elements */
	CC_MEMBER_ASSIGNED = 1U << 5, /* of pairs: also as a list of NAME=value */
};

struct cc_word {
	const char *word; /* NULL ends the table; the first of a value is the one printed */
	uint64_t value;
};

/* Check, and bring to its one form, the text of a scalar. */
typedef int cc_text_check(char *text, struct cc_err *err);

struct cc_own {
	int (*parse)(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		     struct cc_err *err);
	/* Set `name` in the object, or leave it out when it is absent or the default. */
	int (*print)(const void *at, const char *name, struct cc_json *json, struct cc_err *err);
};

struct cc_shape;

struct cc_member {
	const char *name;
	const char *since; /* "0.3.8"; "own": not in SCONE's language */
	enum cc_member_kind kind;
	unsigned int flags;
	size_t at; /* offsetof */
	const struct cc_shape *shape;
	const struct cc_word *words;
	cc_text_check *check;
	const struct cc_own *own;
	uint64_t standard; /* the default of numbers, choices, flags and bits */
	uint64_t max;      /* of a number */
};

struct cc_shape {
	const char *noun;
	size_t size;
	const struct cc_member *members;
	size_t count;
	const char *scalar; /* the member that a bare scalar stands for, or NULL */
	/* A bare scalar in a form of its own, or NULL. */
	int (*from_text)(struct cc_parse *parse, char *text, void *at, struct cc_err *err);
	/* What no single key can tell, after all keys were read; or NULL. */
	int (*finish)(struct cc_parse *parse, void *at, struct cc_err *err);
};

/* In the tables: the first columns of a row are key, since, kind and member. */
#define ROW(key, version, what, type, member) \
	.name = (key), .since = (version), .kind = CC_MEMBER_##what, .at = offsetof(type, member)
#define DROPPED(key, version) .name = (key), .since = (version), .kind = CC_MEMBER_DROPPED
#define NEEDED .flags = CC_MEMBER_REQUIRED
#define ALIAS .flags = CC_MEMBER_ALIAS
#define FRAGMENT .flags = CC_MEMBER_FRAGMENT
#define FRAGMENT_ONE .flags = CC_MEMBER_FRAGMENT | CC_MEMBER_ONE
#define FRAGMENT_NEEDED .flags = CC_MEMBER_FRAGMENT | CC_MEMBER_REQUIRED
/* The rows of a struct cc_cas_ref. */
#define CAS_URL(type, member) \
	ROW("cas_url", "0.3", TEXT, type, member.url), .check = cc_check_cas_url
#define CAS_KEY(type, member) ROW("cas_key", "0.3", OWN, type, member.key), .own = &cc_own_key_hash
#define CAS_SOFTWARE_KEY(type, member) \
	ROW("cas_software_key", "0.3", OWN, type, member.software_key), .own = &cc_own_key_hash
#define TABLE(rows) .members = (rows), .count = CC_COUNT(rows)

/* What `struct cc_texts` and every CC_MODEL_LIST are in memory. */
struct cc_items {
	void *at;
	size_t count;
};

/* The tables: language.c holds the top, language-<part>.c the rest. */
extern const struct cc_shape cc_shape_policy, cc_shape_service, cc_shape_image, cc_shape_volume,
	cc_shape_secret, cc_shape_board, cc_shape_minimum_tcb, cc_shape_exception;

/* Codecs of own.c. */
extern const struct cc_own cc_own_command, cc_own_permission, cc_own_duration;
/* Of access.c. Who reads or lists is known by a request alone: signers and rules have no place. */
extern const struct cc_own cc_own_changing, cc_own_reading, cc_own_creator, cc_own_key_hash;
/* Of a whole secret: the value is read when its kind is known (language-secrets.c). */
extern const struct cc_own cc_own_value;
extern const struct cc_shape cc_shape_boot_event;
extern const struct cc_word cc_pcr_words[]; /* "pcr0" to "pcr23", whose values are bits */
/* Of registers.c: a mapping of registers to one value or several. */
extern const struct cc_own cc_own_registers;
/* A list whose emptiness says something; keys of 0.1 that say nothing; !akv and !cas. */
extern const struct cc_own cc_own_provided, cc_own_create, cc_own_old_members, cc_own_old_policy,
	cc_own_store;
int cc_measurement_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err);

/* Another policy as a share names it; what is absent is NULL or not set. */
struct cc_share {
	const char *session, *namespace, *secret;
	struct cc_maybe_digest session_hash;
	struct cc_cas_ref cas;
};
/* "name", 0.2's "name:<hash>", or the short form "host/cas_key=…,session=…"; `text` is used up. */
int cc_share_from_text(struct cc_parse *parse, char *text, struct cc_share *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Make a name that begins with '.' or '..' absolute; others stay. */
int cc_resolve_name(struct cc_parse *parse, char **text, struct cc_err *err) CC_MUST CC_NONNULL;
/* What belongs together: an address needs a key. */
int cc_check_cas(const struct cc_cas_ref *cas, struct cc_err *err) CC_MUST CC_NONNULL;
/* A key hash in Base58Check, or of a PEM certificate or public key. */
int cc_key_hash_from_text(const char *text, struct cc_digest *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* A struct cc_maybe_digest that is a key's, in Base58Check. */
int cc_print_key_hash(const void *at, const char *name, struct cc_json *json,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* A signer: a PEM public key, or Base58Check of an Ed25519 key; Ed25519 and P-384 only. */
int cc_signer_from_text(const char *text, struct cc_pubkey **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* Is all of it one reference, "$$SCONE::name$$"? */
bool cc_text_is_variable(const char *text) CC_NONNULL;
/* The canonical JSON of any value; scalars are strings of their source text. */
int cc_fragment_from_yaml(struct cc_parse *parse, const struct cc_yaml *node, const char **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Whether the explicit value of a secret can be one of its kind; made lower case if binary. */
int cc_check_value(const struct cc_secret_entry *secret, char *text,
		   struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_text_is_pem(const char *text) CC_NONNULL;

/* Does a variable stand for this key, or among its elements? `at` has its place first. */
bool cc_has_variable(const void *at, const char *key) CC_NONNULL;
/* For `finish`: is the key there, and not null? */
bool cc_parse_has(const struct cc_parse *parse, const char *key) CC_NONNULL;
/* For `finish`: an error that follows is about this key. */
void cc_parse_blame(struct cc_parse *parse, const char *key) CC_NONNULL;

/* Before any key is read: what an absent key means. */
void cc_schema_defaults(const struct cc_shape *shape, void *at) CC_NONNULL;
/* The row of this key, or NULL. */
const struct cc_member *cc_schema_find(const struct cc_shape *shape, const char *name) CC_NONNULL;
/* Read `node` as the members of `shape` into the struct `at` with its defaults. */
int cc_schema_parse(struct cc_parse *parse, const struct cc_shape *shape,
		    const struct cc_yaml *node, void *at, struct cc_err *err) CC_MUST CC_NONNULL;
/* Members that differ from their defaults, sets in sorted order. */
int cc_schema_print(const struct cc_shape *shape, const void *at, struct cc_json **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

/* A writable copy of the text of a scalar; NUL inside and other kinds are refused. */
int cc_parse_text(struct cc_parse *parse, const struct cc_yaml *node, char **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Remember something that is worth saying and no error. */
int cc_parse_note(struct cc_parse *parse, const struct cc_yaml *node, enum cc_finding_level level,
		  const char *text, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add a finding to a policy; `text` is copied. */
int cc_finding_add(struct cc_policy *policy, const struct cc_finding *finding,
		   struct cc_err *err) CC_MUST CC_NONNULL;

/* What single keys cannot tell (check.c): references, duplicates, what cannot be used. */
int cc_policy_check(struct cc_policy *policy, struct cc_err *err) CC_MUST CC_NONNULL;
/* Under a board: what it votes on must be all that counts (language-board.c). */
int cc_board_check(struct cc_policy *policy, struct cc_err *err) CC_MUST CC_NONNULL;
/* Secrets that name others: those exist, are of the right kind, and make no circle. */
int cc_policy_check_secrets(const struct cc_policy *policy, struct cc_err *err) CC_MUST CC_NONNULL;
/* Add what is worth saying (remark.c). */
int cc_policy_remark(struct cc_policy *policy, struct cc_err *err) CC_MUST CC_NONNULL;

/* The checks of text.c. */
cc_text_check cc_check_name;        /* letters, digits, _ - . ~, 1 to 512 */
cc_text_check cc_check_label;       /* any visible text: images are named like in a registry */
cc_text_check cc_check_path_name;   /* the same joined by '/' */
cc_text_check cc_check_policy_name; /* a path name, or "/": the root namespace */
cc_text_check cc_check_cas_url;     /* host and port */
cc_text_check cc_check_dns;         /* a DNS name, the first label may be '*' */
cc_text_check cc_check_san;         /* "dns:<name>" or "ip:<address>" */
cc_text_check cc_check_common_name;
cc_text_check cc_check_claim;   /* name of a claim of a token */
cc_text_check cc_check_otp;     /* base32 of 16 bytes or more, or a reference */
cc_text_check cc_check_machine; /* of machine.c: "AMD_CHIP_ID:<128 digits>", or 64 digits */
int cc_check_hex(char *text, size_t digits, struct cc_err *err) CC_MUST CC_NONNULL;
cc_text_check cc_check_family;   /* of sockets */
cc_text_check cc_check_call;     /* name of a system call */
cc_text_check cc_check_commit;   /* 40 or 64 digits */
cc_text_check cc_check_inside;   /* a relative path that stays inside */
cc_text_check cc_check_url;      /* https://, or empty */
cc_text_check cc_check_consumer; /* a path name, or "*" */
cc_text_check cc_check_absolute; /* an absolute path without '.' and '..' */
cc_text_check cc_check_hex16;    /* exactly so many bytes, made lower case */
cc_text_check cc_check_hex32;
cc_text_check cc_check_hex_any;
cc_text_check cc_check_tag;     /* 16 or 32 bytes */
cc_text_check cc_check_key;     /* 32 bytes, or a reference */
cc_text_check cc_check_version; /* 0.1, 0.2, 0.3 to 0.3.12 */
cc_text_check cc_check_platform;
cc_text_check cc_check_account;  /* of user and group */
cc_text_check cc_check_variable; /* name of an environment variable */
cc_text_check cc_check_plain;    /* no reference */
cc_text_check cc_check_advisory;
/* To a secret ('$$SCONE:'), or to an argument of the host ('@@1'). */
bool cc_text_has_reference(const char *text) CC_NONNULL;
bool cc_text_has_argument(const char *text) CC_NONNULL;

#endif
