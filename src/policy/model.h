/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The typed model of a policy: what the text means, with defaults filled in.
 *
 * The language is SCONE's session language with keys of our own; the table in
 * language.c says which member holds which key. Everything hangs on the arena
 * of the policy: all members are borrowed from it and die with cc_policy_free.
 * A model is never changed after it was parsed.
 *
 * Texts are NULL when the key is absent. In every enumeration zero is the
 * value that grants least.
 */
#ifndef CC_POLICY_MODEL_H
#define CC_POLICY_MODEL_H

#include "crypto/hash.h"
#include "evidence/claims.h"

#define CC_POLICY_NAME_MAX 512 /* bytes of a name */
#define CC_MOUNTS_MAX 64       /* volumes of an image */
#define CC_STAGED_MAX_MIB ((uint64_t)1 << 20)
#define CC_STAGES_MAX 1000         /* of a workflow */
#define CC_ATTEMPTS_STANDARD 3     /* of a stage, for each completion */
#define CC_SECRET_SIZE_STANDARD 20 /* characters or bytes of a generated secret */
#define CC_ISSUERS_MAX 8           /* certificates above one of the secrets */
#define CC_POLICY_TEXT_MAX ((size_t)1024 * 1024)

/*
 * A fragment of another secret that stands for a key or for some elements of its list. The
 * member keeps its weakest value until cc_policy_resolve puts the fragment there.
 */
struct cc_variable {
	const struct cc_variable *next;
	const char *key;  /* of the thing in whose place this is */
	const char *text; /* "$$SCONE::name$$" */
	bool is_element;
};

/* Where a thing stands in the text, from 1; it is the first member of whatever has a place. */
struct cc_place {
	unsigned int line, column;
	const struct cc_variable *variables;
};

/* Arrays in the model: `struct cc_service_list { struct cc_service *at; size_t count; }`. */
#define CC_MODEL_LIST(type)      \
	struct {                 \
		struct type *at; \
		size_t count;    \
	}

struct cc_texts {
	const char **at;
	size_t count;
};

/* A key that may be absent. */
struct cc_maybe_digest {
	bool is_set;
	struct cc_digest digest;
};

struct cc_pair {
	struct cc_place place;
	const char *name;
	const char *value; /* source text */
};

/* What a policy accepts although it weakens a promise; CC_TOLERATE_* bits. */
enum cc_tolerate {
	CC_TOLERATE_SIMULATION = 1U << 0,    /* own: evidence of the simulated platform */
	CC_TOLERATE_MEASURED_ONLY = 1U << 1, /* own: a TPM without a confidential VM */
	CC_TOLERATE_UNWITNESSED = 1U << 2,   /* own: a CAS without witnesses */
	CC_TOLERATE_DEBUG = 1U << 3,
	CC_TOLERATE_HYPERTHREADING = 1U << 4,
	CC_TOLERATE_INSECURE_IGPU = 1U << 5,
	CC_TOLERATE_SOFTWARE_HARDENING = 1U << 6,
	CC_TOLERATE_AEPIC_LEAK = 1U << 7,
	CC_TOLERATE_INSECURE_CONFIGURATION = 1U << 8,
	CC_TOLERATE_OUTDATED_TCB = 1U << 9,
	CC_TOLERATE_MAA_TCB = 1U << 10,
	CC_TOLERATE_LOCAL_TCB = 1U << 11,
	CC_TOLERATE_MIGRATION = 1U << 12, /* own: a TD or guest that its host can move */
	CC_TOLERATE_VE = 1U << 13,        /* own: a TD without SEPT_VE_DISABLE */
	CC_TOLERATE_MILAN = 1U << 14,     /* own: SNP on a processor whose root keys leaked */
};

/* A register (registers.h) and the values that it may have, as hexadecimal digits (own). */
struct cc_wanted {
	struct cc_place place;
	const char *name;
	struct cc_texts values;
};

enum cc_boot_rule {
	CC_BOOT_REQUIRED = 0, /* one of the digests is in the register */
	CC_BOOT_ONLY,         /* nothing is but these and what is required */
	CC_BOOT_FORBIDDEN,    /* none of them is */
};

/* Events of a start, as the event log proves them (own). */
struct cc_boot_event {
	struct cc_place place;
	unsigned int pcr;        /* 1u << index */
	struct cc_texts digests; /* in the bank of the quote */
	enum cc_boot_rule rule;
};

/* Our own form of an accepted measurement. `value` alone: "sgx:<hex>". All of it must hold. */
struct cc_measurement_entry {
	struct cc_place place;
	const char *platform; /* "sgx", "tdx", "snp", "tpm", "nitro", "cca" */
	const char *value;    /* lower-case hexadecimal as attested; NULL: by registers, or of: */
	struct cc_maybe_digest runtime; /* SHA-256 of concordat-runtime */
	struct cc_maybe_digest
		content; /* salted content digest of the image; beside a value, too */
	struct cc_maybe_digest options; /* of the platform options; absent: those of `{}` */
	CC_MODEL_LIST(cc_wanted) registers;
	uint32_t log_pcrs; /* 1u << index of each PCR to which the event log must lead */
	CC_MODEL_LIST(cc_boot_event) events;
};

/* A signer of SGX enclaves with the versions of its product that are accepted. */
struct cc_signer {
	struct cc_place place;
	const char *mrsigner; /* 64 hexadecimal digits */
	uint64_t isvprodid;
	uint64_t isvsvn_min, isvsvn_max; /* inclusive */
	uint64_t isvsvn;                 /* CC_SVN_ANY: the range counts */
};
#define CC_SVN_ANY 65536

/* A variant of `attestation`: one of the enclaves and, if given, the signer. */
struct cc_variant {
	struct cc_place place;
	struct cc_texts mrenclave; /* 64 hexadecimal digits each; empty: any of the signer's */
	struct cc_signer *signer;
};

enum cc_counted {
	CC_COUNTED_COMPLETION = 0,
	CC_COUNTED_START,
};

/* A contract: who may run the service how often (own). Its counter hangs on `id`. */
struct cc_executions {
	struct cc_place place;
	const char *id;
	const char *consumer;           /* name of a policy, or "*" */
	struct cc_maybe_digest creator; /* key hash of the consumer's creator, when pinned */
	uint64_t maximum;
	enum cc_counted counted;
	int64_t until;     /* 0: no end */
	uint64_t attempts; /* for each completion */
	bool binding;      /* the consumer consents to lowering, replacing and dropping the line */
};

/* One end of a TLS connection that the runtime carries (own). */
struct cc_peer {
	struct cc_place place;
	const char *name; /* in the hosts file of the program; egress only */
	const char *peer; /* "<policy>/<service>" */
	uint64_t port;
};

/* Its presence, even when empty, shuts everything that is not listed. */
struct cc_network {
	struct cc_place place;
	CC_MODEL_LIST(cc_peer) ingress;
	CC_MODEL_LIST(cc_peer) egress;
};

/*
 * What must prove who asks, own. By a TLS client certificate it is the word of web, which whoever
 * breaks into it controls. A text that says nothing trusts it no more than its owner did: scripts
 * that know nothing else go on working, and what was signed once needs signatures for ever.
 */
enum cc_identity_rule {
	CC_IDENTITY_AS_MADE = 0, /* a certificate, while no version came by anything better */
	CC_IDENTITY_TRANSPORT,   /* a certificate is enough, whatever proved the versions */
	CC_IDENTITY_SIGNED,      /* the caller's signature over the request */
};

enum cc_console_kind {
	CC_CONSOLE_ENCRYPTED = 0, /* to the encrypted log of the attempt */
	CC_CONSOLE_PLAIN,
};

/* What the program may use; a service's and its consumer's rules hold both (own). */
struct cc_sandbox {
	struct cc_place place;
	uint64_t memory;              /* MiB; 0: as much as there is */
	uint64_t processes;           /* 0: no limit but the runtime's */
	uint64_t open_files;          /* 0: the same */
	struct cc_texts sockets;      /* families: unix, inet, inet6; empty: those three */
	struct cc_texts read;         /* absolute paths; empty: everything */
	struct cc_texts write;        /* the same */
	struct cc_texts system_calls; /* names that are refused beside the runtime's own list */
};

enum cc_fspf_update {
	CC_FSPF_REINITIALIZABLE = 0,
	CC_FSPF_NO_ROLLBACK_PROTECTION,
};

#define CC_SERVICE_BOARDS_MAX 16

struct cc_service {
	struct cc_place place;
	const char *name;
	const char *image_name;
	struct cc_texts command; /* the string form is split at white space outside quotes */
	CC_MODEL_LIST(cc_pair) environment;
	const char *pwd;
	const char *user;  /* own: number or name; absent: 0 */
	const char *group; /* own */
	const char *fspf_path;
	const char *fspf_key; /* 64 hexadecimal digits, or a $$SCONE:: reference */
	const char *fspf_tag; /* 64 digits: our root tag. 32: SCONE's, refused at use */
	enum cc_fspf_update fspf_update_policy;
	const char *content_salt;   /* own: 64 digits; absent: the image is open */
	struct cc_texts mrenclaves; /* deprecated form of attestation.mrenclave */
	struct cc_texts platforms;  /* as machine.h has them; 64 digits: none; empty: any */
	const char *one_time_password_shared_secret; /* base32, or a reference */
	struct cc_sandbox *sandbox;                  /* own; NULL when absent */
	CC_MODEL_LIST(cc_variant) attestation;
	CC_MODEL_LIST(cc_measurement_entry) measurements; /* own */
	CC_MODEL_LIST(cc_executions) executions;          /* own; empty: unlimited */
	struct cc_network *network;                       /* own; NULL: as absent */
	enum cc_console_kind console;                     /* own */
	uint64_t staged;        /* own, MiB: its image is copied into so much memory; 0: FUSE */
	struct cc_texts boards; /* own: policies on whose changes it votes, as a member */
};

enum cc_update_policy {
	CC_UPDATE_ROLLBACK_PROTECTED = 0,
	CC_UPDATE_EPHEMERAL,
	CC_UPDATE_NO_ROLLBACK_PROTECTION,
};

enum cc_access {
	CC_ACCESS_NONE = 0, /* of a mount: whatever is granted */
	CC_ACCESS_READ,
	CC_ACCESS_WRITE,
};

struct cc_mount {
	struct cc_place place;
	const char *name; /* of a volume of this policy */
	const char *path;
	enum cc_update_policy update_policy;
	enum cc_access access; /* own: narrows what is granted */
	uint64_t staged;       /* own, MiB: copied into so much memory; 0: served by FUSE */
};

struct cc_injected {
	struct cc_place place;
	const char *path;
	uint64_t permission;
	const char *content; /* NULL: the file of the image */
};

struct cc_provided {
	bool is_set;
	struct cc_texts names;
};

struct cc_image {
	struct cc_place place;
	const char *name;
	CC_MODEL_LIST(cc_mount) volumes;
	CC_MODEL_LIST(cc_injected) injection_files;
	/* Secrets that may go into files of the image; not set: all of them, and none by the API.
	 */
	struct cc_provided provide_secrets;
	struct cc_texts mrenclaves; /* of 0.1: the enclaves that may have it; empty: any */
};

enum cc_lifetime {
	CC_LIFETIME_POLICY = 0,
	CC_LIFETIME_RUN, /* each run of a workflow of this policy has its own */
};

/* When what a service writes becomes the volume's state. */
enum cc_current {
	CC_CURRENT_COMPLETION = 0, /* all of it when the service has completed, else nothing */
	CC_CURRENT_COMMIT,         /* each commit, at once: for services that run on */
};

/* How far a volume that is not strict may be ahead of what the CAS has acknowledged. */
#define CC_WINDOW_COMMITS_MAX 30 /* as many as a volume's data file remembers */
#define CC_WINDOW_COMMITS 16
#define CC_WINDOW_BYTES ((uint64_t)64 * 1024 * 1024)
#define CC_WINDOW_BYTES_MAX ((uint64_t)1 << 40)
#define CC_WINDOW_SECONDS 10
#define CC_WINDOW_SECONDS_MAX 86400
struct cc_window {
	struct cc_place place;
	uint64_t commits, bytes, seconds;
};

enum cc_files {
	CC_FILES_ENCRYPTED = 0,
	CC_FILES_AUTHENTICATED_ONLY,
};

/*
 * Another CAS, by its address and by whom to trust for what answers there; `url` NULL: this
 * CAS. `key` is the key hash of its CAS key, `software_key` that of one revision of its
 * software; with a `url` at least one is set.
 */
struct cc_cas_ref {
	const char *url;
	struct cc_maybe_digest key, software_key;
};

/* A grant of a volume to another policy. */
struct cc_export {
	struct cc_place place;
	const char *session;                 /* the grantee */
	struct cc_cas_ref cas;               /* where it is */
	struct cc_maybe_digest session_hash; /* pins its policy hash; also spelled policy_hash */
	const char *service;                 /* own: only this service of it */
	const char *volume_alias;
	enum cc_update_policy update_policy;
	enum cc_access access;          /* own; absent: write */
	bool opaque;                    /* own: the grantee's owner chooses the program */
	struct cc_maybe_digest runtime; /* own pin: runtime build */
	struct cc_maybe_digest content; /* own pin: salted content digest of the image */
	struct cc_maybe_digest config;  /* own pin: configuration that the runtime runs */
	struct cc_texts platforms;      /* own pin: "sgx", "tdx", …; empty: any */
};

struct cc_import {
	struct cc_place place;
	const char *session; /* the owner's policy */
	struct cc_maybe_digest session_hash;
	struct cc_cas_ref cas; /* where it is */
	const char *volume;    /* name, or alias, over there */
};

struct cc_volume_entry {
	struct cc_place place;
	const char *name;
	enum cc_lifetime lifetime; /* own */
	bool strict;               /* own: fsync waits for the CAS */
	struct cc_window window;   /* own: of one that is not strict */
	enum cc_current current;   /* own */
	const char *fspf_key;
	const char *fspf_tag;
	enum cc_files files;
	CC_MODEL_LIST(cc_export) export;
	struct cc_import *import;
};

enum cc_secret_kind {
	CC_SECRET_NONE = 0, /* of an import: whatever is exported */
	CC_SECRET_ASCII,
	CC_SECRET_BINARY,
	CC_SECRET_PRIVATE_KEY,
	CC_SECRET_PUBLIC_KEY,
	CC_SECRET_X509,
	CC_SECRET_X509_CA,
	CC_SECRET_SESSION_CA, /* of 0.2 */
	CC_SECRET_AAD_TOKEN,
	CC_SECRET_CONFIG_FRAGMENT,
	CC_SECRET_PGP_KEY,
	CC_SECRET_JWT,
	CC_SECRET_KIND_COUNT,
};

enum cc_key_type {
	CC_KEY_TYPE_P256 = 0,
	CC_KEY_TYPE_P384,
	CC_KEY_TYPE_ED25519,
	CC_KEY_TYPE_RSA2048,
	CC_KEY_TYPE_RSA3072,
};

enum cc_endpoint {
	CC_ENDPOINT_NONE = 0, /* no extended key usage */
	CC_ENDPOINT_SERVER,
	CC_ENDPOINT_CLIENT,
};

/* Who may import a secret: a policy, or a namespace with all that is nested in it. */
struct cc_secret_export {
	struct cc_place place;
	const char *session; /* this or `namespace` is set, the other NULL */
	struct cc_maybe_digest session_hash;
	const char *namespace;
	struct cc_cas_ref cas;
};

struct cc_secret_import {
	struct cc_place place;
	const char *session;
	struct cc_maybe_digest session_hash;
	const char *secret; /* its name over there; never NULL */
	struct cc_cas_ref cas;
};

/* A value that lies in an Azure Key Vault. References to secrets may stand in token and key. */
struct cc_akv_import {
	struct cc_place place;
	const char *vault;
	const char *secret_name;    /* never NULL */
	const char *token;          /* NULL: the one aad-token of the policy */
	const char *decryption_key; /* NULL: the value is not encrypted */
};

enum cc_jwt_alg {
	CC_JWT_ES384 = 0,
};

/* How long a token holds. */
struct cc_validity {
	struct cc_place place;
	uint64_t seconds; /* 0: for ever */
};

struct cc_secret_entry {
	struct cc_place place;
	const char *name;
	enum cc_secret_kind kind;
	uint64_t size; /* characters or bytes of ascii and binary when the CAS generates them */
	/*
	 * Explicit value: text, hexadecimal digits of a binary secret, PEM of keys and
	 * certificates, canonical JSON of a config-fragment (scalars as strings of their source
	 * text). References in it are to secrets of this policy. NULL: generated or imported.
	 */
	const char *value;
	enum cc_key_type key_type; /* private-key */
	bool migrate;              /* private-key: keep the value when the policy is updated */
	const char *private_key;   /* name of a secret; of an aad-token PEM */
	const char *issuer;        /* x509, x509-ca: name of a secret; NULL: signed by itself */
	const char *common_name;   /* NULL: the first name of `dns`, else the secret's */
	enum cc_endpoint endpoint; /* x509 */
	struct cc_texts dns;       /* x509 */
	struct cc_texts san;       /* x509: "dns:<name>" and "ip:<address>" */
	uint64_t valid_for;        /* seconds; 0: virtually unlimited */
	const char *tenant_id, *client_id, *application_secret, *certificate_thumbprint;
	const char *signer; /* jwt: name of the private key, which is a P-384 */
	enum cc_jwt_alg alg;
	struct cc_validity validity;    /* jwt */
	CC_MODEL_LIST(cc_pair) payload; /* jwt: claims; a value may be one whole reference */
	CC_MODEL_LIST(cc_secret_export) export;
	bool export_public;
	struct cc_secret_import *import;  /* NULL: not imported */
	struct cc_akv_import *import_akv; /* NULL: not from a key vault */
};

enum cc_entry_kind {
	CC_ENTRY_NONE = 0, /* nobody */
	CC_ENTRY_KEY,      /* a key hash, also given as certificate: only its key counts */
	CC_ENTRY_SIGNER,   /* whoever signed the new version with this key */
	CC_ENTRY_CREATOR,
	CC_ENTRY_ANY,
	CC_ENTRY_VARIABLE, /* a fragment that is looked up when it is asked: nobody until then */
	CC_ENTRY_ALL,      /* require-all */
	CC_ENTRY_AT_LEAST, /* require-at-least-<least> */
};

struct cc_access_entry;

/* One of the entries is enough. */
struct cc_access_rule {
	struct cc_access_entry *at;
	size_t count; /* at least 1 in a parsed policy: defaults are filled in */
};

struct cc_access_entry {
	struct cc_place place;
	enum cc_entry_kind kind;
	struct cc_digest key;     /* of CC_ENTRY_KEY and CC_ENTRY_SIGNER: key hash */
	struct cc_span spki;      /* of CC_ENTRY_SIGNER: DER; Ed25519 or P-384 */
	const char *variable;     /* of CC_ENTRY_VARIABLE: "$$SCONE::name$$" */
	uint64_t least;           /* of CC_ENTRY_AT_LEAST: from 1 to `of.count` */
	struct cc_access_rule of; /* of CC_ENTRY_ALL and CC_ENTRY_AT_LEAST: no ANY, no NONE */
};

/* Who created the first version, when the text says so. */
struct cc_creator {
	bool is_set;
	bool is_signer;          /* by a signature over the policy and not by the request */
	struct cc_digest digest; /* key hash */
	struct cc_span spki;     /* of a signer: DER */
};

struct cc_access_policy {
	struct cc_place place;
	struct cc_access_rule read;
	struct cc_access_rule update;
	struct cc_access_rule create_sessions;
	struct cc_access_rule list_sessions;
};

enum cc_attestation_mode {
	CC_MODE_HARDWARE = 0,
	CC_MODE_NONE, /* services are not authenticated at all */
	CC_MODE_MAA,  /* by Microsoft Azure Attestation */
};

/* own: of SGX and TDX, by what Intel says of the TCB level that the machine reaches */
struct cc_intel_minimum {
	struct cc_place place;
	int64_t date;               /* of the level, POSIX seconds; 0: any */
	uint64_t evaluation_number; /* of the collateral that says so */
};

/* own: of one product of AMD, each component alone */
struct cc_snp_minimum {
	struct cc_place place;
	enum cc_snp_product product;
	uint64_t bootloader, tee, snp, microcode, fmc;
};

/* own: platforms of which it says nothing are refused */
struct cc_minimum_tcb {
	struct cc_place place;
	struct cc_intel_minimum *intel; /* NULL: it says nothing */
	CC_MODEL_LIST(cc_snp_minimum) snp;
};

/* own: what is put up with for a while */
struct cc_exception {
	struct cc_place place;
	uint32_t tolerate; /* of platforms alone: no class, no debug mode */
	struct cc_texts ignore_advisories;
	int64_t until; /* POSIX seconds; it counts before that second */
};

struct cc_attestation {
	struct cc_place place;
	enum cc_attestation_mode mode;
	uint32_t tolerate; /* with those of the top level */
	struct cc_texts ignore_advisories;
	struct cc_texts trusted_scone_qe_pubkeys; /* 64 hexadecimal digits; before SCONE 7.0 */
	const char *url;                          /* of CC_MODE_MAA, and the two below */
	struct cc_texts certificates;
	uint64_t min_rsa_signing_key_size;           /* bits */
	const char *one_time_password_shared_secret; /* base32, or a reference */
	bool must_be_sgx_local;
	uint64_t maximum_vmpl; /* own: of the level that asked for an SNP report, 0 to 3 */
	struct cc_minimum_tcb *minimum_tcb; /* own; NULL: none */
	CC_MODEL_LIST(cc_exception) exceptions;
	uint64_t independent_roots; /* own: that the evidence of one start ends in, 1 or 2 */
};

struct cc_security {
	struct cc_place place;
	struct cc_attestation attestation;
	bool singleton_enclaves;          /* an enclave is attested once */
	const char *service_access_token; /* both sides must have it; may be a reference */
};

/* Where CAS-encrypted values of secrets lie. */
struct cc_secret_config {
	struct cc_place place;
	bool is_akv; /* in an Azure Key Vault and not in the CAS */
	const char *token, *vault;
};

/* Builders of which `least` must agree on what they built; 0: all. */
struct cc_builders {
	struct cc_place place;
	uint64_t least;
	struct cc_texts of; /* "<policy>/<service>" */
};

/* Code that confidential builders may build (own). */
struct cc_code_entry {
	struct cc_place place;
	const char *repository;  /* URL of a git repository */
	struct cc_texts commits; /* approved: 40 or 64 hexadecimal digits */
	const char *recipe;      /* path inside the repository of how it is built */
	struct cc_builders builders;
};

/* One node of a workflow (own). */
struct cc_stage {
	struct cc_place place;
	const char *name;
	const char *policy; /* whose service; absent: this policy */
	const char *service;
	struct cc_texts needs; /* stages that must be complete before */
	uint64_t attempts;     /* 0: what the grant allows */
};

struct cc_workflow {
	struct cc_place place;
	CC_MODEL_LIST(cc_stage) stages;
};

#define CC_BOARD_MEMBERS_MAX 64 /* a set of members is the bits of a uint64_t */

/* Who votes on changes of the policy (own). */
struct cc_board_member {
	struct cc_place place;
	const char *name;
	struct cc_maybe_digest key;          /* key hash of an Ed25519 or P-384 key */
	const char *service;                 /* instead of a key: a program, "<policy>/<service>" */
	struct cc_maybe_digest session_hash; /* of a program: this version of its policy alone */
	uint64_t weight;
};

/*
 * Who must agree: a member, all of the rules in `all`, or rules of `of` that weigh
 * `at_least` together. Of the three one is there; a rule without any is never met.
 */
struct cc_board_rule {
	struct cc_place place;
	const char *member;
	CC_MODEL_LIST(cc_board_rule) all;
	CC_MODEL_LIST(cc_board_rule) of;
	uint64_t at_least;
	uint64_t weight; /* of a rule inside `of`; a member has its own */
};

/* What changes of some classes need. */
struct cc_board_line {
	struct cc_place place;
	uint32_t classes; /* bits: 1 << enum cc_effect_class (policy/effects.h) */
	struct cc_board_rule rule;
	struct cc_texts veto;
	uint64_t delay; /* seconds; the longest of all that apply counts */
};

/* A change that only forbids, at once; it lapses unless the rules confirm it. */
struct cc_board_emergency {
	struct cc_place place;
	struct cc_board_rule rule;
	uint64_t lapses; /* seconds */
};

struct cc_board {
	struct cc_place place;
	CC_MODEL_LIST(cc_board_member) members;
	struct cc_board_rule rule; /* of changes that no line names */
	struct cc_texts veto;      /* members who can end any proposal */
	uint64_t deadline;         /* seconds to vote */
	uint64_t delay;            /* seconds from the last vote that was needed to the effect */
	bool self_approval;        /* the proposer's own vote counts */
	struct cc_board_emergency *emergency; /* NULL: members can stop, nothing else at once */
	CC_MODEL_LIST(cc_board_line) classes;
};

enum cc_finding_level {
	CC_FINDING_ERROR = 0, /* the policy is refused */
	CC_FINDING_UNUSABLE,  /* accepted, but the service it names cannot be started here */
	CC_FINDING_WARNING,
};

/* What checking found, in the order of the text. */
struct cc_finding {
	struct cc_place place;
	enum cc_finding_level level;
	const char *service;  /* of CC_FINDING_UNUSABLE; NULL: every service */
	const char *variable; /* what it is about, "$$SCONE::name$$", or NULL */
	const char *text;
	const char *hint; /* the next step, or NULL */
};

struct cc_arena;

struct cc_policy {
	struct cc_place place;
	struct cc_arena *arena;
	const char *version; /* as written; "0.1" when absent, as in SCONE */
	bool version_is_assumed;
	const char *name;
	struct cc_maybe_digest predecessor;
	struct cc_maybe_digest namespace_hash; /* of the parent, when the policy is created */
	const char *salt;                      /* 32 hexadecimal digits */
	CC_MODEL_LIST(cc_service) services;
	CC_MODEL_LIST(cc_image) images;
	CC_MODEL_LIST(cc_volume_entry) volumes;
	CC_MODEL_LIST(cc_secret_entry) secrets;
	struct cc_access_policy access_policy;
	struct cc_security security;
	struct cc_secret_config secret_config;
	struct cc_code_entry *code;   /* own; NULL when absent */
	struct cc_workflow *workflow; /* own; NULL when absent */
	struct cc_board *board;       /* own; NULL: `access_policy` alone decides */
	struct cc_creator creator;
	enum cc_identity_rule identity; /* own */
	size_t variable_count;          /* those of access rules, which are entries, not counted */
	uint32_t tolerate; /* own: moved into security.attestation.tolerate by parsing */
	CC_MODEL_LIST(cc_finding) findings; /* of parsing and checking, in the arena */
};

#endif
