/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the keeper: what each table holds and how its keys are spelled.
 *
 * Keys are texts; parts are separated by a newline, which no name may contain.
 * Numbers in names of fields are counts of things; hashes and ids are bytes.
 */
#ifndef CC_CAS_RECORDS_H
#define CC_CAS_RECORDS_H

#include "cas/record.h"

#define CC_ID_LEN 16 /* of runs, attempts, sessions, volumes and states: random */
#define CC_TICKET_LEN 32
#define CC_LOG_VOLUME "@log" /* what an attempt's log is called among its volumes */

/* "policy" / <name>: the active version. */
struct cc_rec_policy {
	char *name;
	uint8_t hash[32];
	uint8_t creator[32];     /* key hash of who created the first version */
	bool transport;          /* all versions came by transport identity, none was signed */
	bool salted;             /* this version, or one before it, has a salt */
	uint64_t version;        /* 1 for the first */
	uint64_t index;          /* ledger entry of this version */
	char *text;              /* as sent */
	char *signatures;        /* of the text, as sent (docs/format/signed-policy.md); or NULL */
	struct cc_list consents; /* cc_rec_consent */
};
/* What the giver saw of a grantee when it last wrote its own policy. */
struct cc_rec_consent {
	char *policy;
	uint8_t hash[32];
};

/* "policy_version" / <name> \n <hash>: every version, for ever. */
struct cc_rec_version {
	uint8_t creator[32];
	uint64_t index;
	bool salted;       /* as of the policy's row */
	uint8_t blind[32]; /* of the commitment to its hash, in entries that may not show it */
	char *text;
	char *signatures;
};

/* "policy_change" / <name> \n <version>: who made which version active, when. */
struct cc_rec_change {
	uint8_t hash[32];
	uint64_t index;
	uint64_t time;          /* Unix */
	char *identity;         /* "signed", "transport"; CC_CHANGE_BOARD: no one's own right */
	uint8_t author[32];     /* key hash of who sent it; zero for a board */
	struct cc_list signers; /* cc_rec_signer: who had signed it */
};
struct cc_rec_signer {
	uint8_t key[32];
};
#define CC_CHANGE_BOARD "board"

/* "policy_next" / <name>: see names.h. */
struct cc_rec_next {
	char *next; /* absent: the last */
};

/*
 * "volume" / <policy> \n <volume> \n <run>: run is empty for volumes that live as
 * long as their policy. Logs are "volume" / <policy> \n log \n <run> \n <stage>.
 */
struct cc_rec_volume {
	uint8_t id[CC_ID_LEN];
	uint64_t next_epoch;
	bool committed; /* the following name the current state */
	uint8_t state[CC_ID_LEN];
	uint64_t epoch;
	uint64_t number;
	uint8_t tag[32];
	bool has_content;    /* completed, so that this is known: */
	uint8_t content[32]; /* content digest, as the runtime reported it at completion */
	struct cc_secret *key;
	bool exposed; /* a key left attested runtimes that opens some of it: of this epoch */
	uint64_t exposed_epoch;
	uint64_t lease;   /* the fencing epoch: how often it was leased */
	uint64_t reading; /* open attempts that have it without a lease */
	bool leased;      /* an attempt writes: */
	bool at_commit;   /* and each of its commits is the state at once */
	uint8_t writer[CC_ID_LEN];
};

/*
 * "volume_writer" / <row of the volume> \n <lease>: who had the lease, and what it left. The texts
 * are NULL of an owner, who writes without a run.
 */
struct cc_rec_writer {
	uint8_t run[CC_ID_LEN];
	uint8_t attempt[CC_ID_LEN]; /* or what stands for it */
	char *workflow, *stage, *policy, *service;
	uint64_t began, index; /* Unix; entry of the ledger */
	uint64_t first_epoch;  /* drawn under the lease */
	uint64_t ended, end_index;
	bool complete;
	bool wrote; /* at its end the volume had a state of it: */
	uint64_t epoch;
	uint64_t number;
	uint8_t tag[32];
};

/*
 * "secret" / <policy> \n <secret>: a value that the CAS made, in its stored form
 * (docs/format/secret.md). "@session-ca" is the CA of a policy of the language 0.2.
 */
struct cc_rec_secret {
	struct cc_secret *value;
};

/* "password" / <policy> \n <service>: of one-time passwords, empty for the session's. */
struct cc_rec_password {
	uint64_t step; /* of the newest that was taken */
};

/* "executions" / <policy> \n <service> \n <grant id>: the counter of a contract. */
struct cc_rec_executions {
	uint64_t used;
	struct cc_list open; /* cc_rec_open: reserved by runs that have not ended */
};
struct cc_rec_open {
	uint8_t run[CC_ID_LEN];
	char *stage;
};

/* "run" / <id>. */
struct cc_rec_run {
	uint8_t id[CC_ID_LEN];
	char *workflow;
	uint8_t workflow_hash[32];
	uint8_t consumer[32]; /* key hash of who opened it */
	char *state;          /* open, complete, failed, aborted */
	uint64_t index;
	char *opened;          /* RFC 3339 */
	struct cc_list stages; /* cc_rec_stage */
};
struct cc_rec_stage {
	char *name;
	char *policy;
	uint8_t policy_hash[32];
	char *service;
	char *grant; /* id of the executions line, absent when none limits it */
	uint64_t grant_maximum;
	bool count_start; /* counted at the release, not at completion */
	char *state;      /* waiting, ready, running, complete, failed, aborted */
	uint8_t ticket[CC_TICKET_LEN];
	uint64_t attempts, attempts_max;
	uint8_t attempt[CC_ID_LEN]; /* the present one, while running */
	uint64_t exit;
	struct cc_list needs;   /* cc_rec_name */
	struct cc_list volumes; /* cc_rec_use */
};
struct cc_rec_name {
	char *name;
};
/* A volume as a stage uses it. */
struct cc_rec_use {
	char *name; /* in the service's policy */
	char *path; /* where the program sees it */
	char *row;  /* key of its row in "volume" */
	bool write;
	bool log;
	bool forgotten;   /* ephemeral: what is written becomes nobody's */
	bool unprotected; /* no_rollback_protection */
	bool at_commit;   /* each commit is the volume's state at once */
	bool strict;
	uint64_t commits, bytes, seconds; /* window of one that is not strict */
	uint64_t staged;                  /* MiB of memory; 0: mounted */
};

/* "latest" / <workflow's policy>: the run that completed last. */
struct cc_rec_latest {
	uint8_t run[CC_ID_LEN];
};

/* "ticket" / <hex>. */
struct cc_rec_ticket {
	uint8_t run[CC_ID_LEN];
	uint64_t stage;
};

/* "instance" / <hex of SHA-256 of its signing key>: released to under `singleton_enclaves`. */
struct cc_rec_instance {
	uint8_t attempt[CC_ID_LEN];
};

/* "attempt" / <hex>. */
struct cc_rec_attempt {
	uint8_t id[CC_ID_LEN];
	uint8_t run[CC_ID_LEN];
	uint64_t stage;
	uint8_t instance[32]; /* the caller's signing key */
	uint8_t session[CC_ID_LEN];
	char *state; /* open, complete, failed, superseded, aborted */
	char *platform_class;
	uint64_t entries;       /* of the ledger that it led to: cc_attempt_count */
	struct cc_list outputs; /* cc_rec_output */
	struct cc_list inputs;  /* cc_rec_name: rows of volumes that it has without a lease */
};
/* What the attempt writes, beside the committed state. */
struct cc_rec_output {
	char *name;
	char *row;
	uint8_t state[CC_ID_LEN];
	uint64_t epoch;
	uint64_t number;
	uint8_t tag[32];
	bool tagged;    /* a commit has been named */
	bool forgotten; /* none is: it has no lease and nobody opens it again */
	bool at_commit; /* what is named is the volume's state at once */
	uint64_t lease;
	struct cc_secret *key;
};

/* "volume_write" / <row of the volume>: what its owner writes at the moment, by no attempt. */
struct cc_rec_owned {
	uint8_t id[CC_ID_LEN];  /* stands for an attempt's in the lease */
	struct cc_list outputs; /* cc_rec_output: the one */
};

/* "session" / <hex>: the frames of one release. */
struct cc_rec_session {
	uint8_t attempt[CC_ID_LEN];
	bool ended;
	uint64_t next;       /* sequence number that may come */
	uint8_t last[32];    /* SHA-256 of the last frame */
	uint64_t last_index; /* the entry it led to */
	char *refusal;       /* what answered it, when it was refused */
	struct cc_secret *up, *down;
};

/* "idempotency" / <signed or transport> \n <key hash> \n <bucket>: see idempotency.h. */
struct cc_rec_idempotency {
	struct cc_list requests; /* cc_rec_request, oldest first */
};
struct cc_rec_request {
	char *key;
	uint8_t request[32];
	uint64_t index;
	char *subject; /* what the request made: a policy's name, a run's id */
};

/* "board" / <policy>: what its board has before it. */
struct cc_rec_board {
	uint64_t epoch;           /* changes of the board so far */
	bool stopped;             /* a stop is in force: */
	bool stop_confirmed;      /* until it is resumed, else */
	uint64_t stop_until;      /* until then, Unix time */
	uint8_t stop[CC_ID_LEN];  /* the proposal */
	struct cc_list proposals; /* cc_rec_ref, oldest first */
	struct cc_list lapsed;    /* cc_rec_lapsed: who may not stop this version again */
};
struct cc_rec_ref {
	uint8_t id[CC_ID_LEN];
	bool ended;
	uint64_t due; /* when time alone takes its next step (due.h); Unix */
};
struct cc_rec_lapsed {
	uint8_t member[32]; /* key hash */
	uint8_t hash[32];   /* of the version that was stopped */
};

/* "proposal" / <id>. Times are Unix time, 0 while they have not come. */
struct cc_rec_proposal {
	uint8_t id[CC_ID_LEN];
	char *policy;
	char *kind;       /* of proto/vote.h */
	char *state;      /* open, accepted, in-force; applied and all the others are its end */
	char *why;        /* why it ended so */
	char *text;       /* of the new version, as sent; absent for stops */
	char *effects;    /* canonical text */
	char *reason;     /* of the proposer */
	uint64_t version; /* of the row of the policy that this is about */
	uint64_t epoch;
	uint8_t old_hash[32], new_hash[32], effect_hash[32], closure[32];
	uint8_t proposer[32]; /* key hash */
	uint64_t created, deadline, accepted, effective, lapses, ended;
	uint64_t index;
	struct cc_list grants;  /* cc_rec_consent: part of the closure */
	struct cc_list further; /* cc_rec_consent: what its imports rest on, part of it, too */
	struct cc_list before;  /* cc_rec_consent: of the version that an emergency replaced */
	struct cc_list votes;   /* cc_rec_vote: one of each key and program */
};
struct cc_rec_vote {
	char *member;  /* name; absent: agrees for access_policy.update alone */
	char *policy;  /* of a program: its policy and service, absent for keys, */
	char *service; /* and the version that it was started under */
	uint8_t hash[32];
	uint8_t key[32];  /* key hash; of a program that of its instance */
	char *public_key; /* SPKI, base64 */
	char *choice;
	char *reason;
	char *signature; /* base64 */
	uint64_t number, expires, at, index;
};

/* "peer" / <key hash of its CAS key>: another CAS's ledger, as far as we have seen it. */
struct cc_rec_peer {
	uint64_t size;
	uint8_t root[32];
};

/*
 * "collateral" / "held": what vendors have stated last, as far as we have been told; the newest
 * number of each is remembered for ever (collateral.h).
 */
struct cc_rec_shelf {
	struct cc_list held; /* cc_rec_held */
};
struct cc_rec_held {
	char *kind, *platform, *subject, *platform_class; /* as cc_statement_summary names them */
	uint64_t number, from, until;
	uint8_t root[32], issuer[32], hash[32];
	uint8_t chain[32]; /* SHA-256 of the chain that came with it */
	uint64_t size;     /* of bytes and chain */
	uint64_t index;
};
/* "statement" / <hex of hash>: base64. */
struct cc_rec_statement {
	char *bytes, *chain;
};

/* "count" / <table>: how many rows a listing must have. */
struct cc_rec_count {
	uint64_t rows;
};

extern const struct cc_record_type cc_rec_policy, cc_rec_version, cc_rec_volume, cc_rec_writer,
	cc_rec_secret, cc_rec_password, cc_rec_executions, cc_rec_run, cc_rec_latest, cc_rec_ticket,
	cc_rec_instance, cc_rec_attempt, cc_rec_owned, cc_rec_session, cc_rec_idempotency,
	cc_rec_board, cc_rec_proposal, cc_rec_peer, cc_rec_count, cc_rec_change, cc_rec_next,
	cc_rec_shelf, cc_rec_statement;
extern const struct cc_record_type cc_rec_consent, cc_rec_signer, cc_rec_open, cc_rec_stage,
	cc_rec_name, cc_rec_use, cc_rec_output, cc_rec_ref, cc_rec_lapsed, cc_rec_vote,
	cc_rec_request, cc_rec_held;

/* The element at `at` of a list of `type` records. */
#define CC_LIST_AT(list, type, i) (&((type *)(list).at)[i])

#endif
