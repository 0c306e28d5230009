/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A witness (c2sp.org/tlog-witness): it remembers, for each ledger that it was
 * told of, the greatest checkpoint it has co-signed, and co-signs only what is
 * proven to extend it. What it remembers is what makes rolling a CAS back show.
 *
 *     <folder>/key.pem    its private key, mode 0600
 *     <folder>/key.pub    its verifier key, one line, to hand out
 *     <folder>/lock       held while a state is read, decided on and replaced
 *     <folder>/logs/<hex> the state of one ledger: a version line, the three lines
 *                         of its last checkpoint, the keys of its log
 *
 * The state is on disk (flushed, replaced as a whole) before the cosignature
 * exists, so a crash between the two loses an answer and never a memory: asked
 * again with the new size, the witness signs again. Several processes may
 * answer from one folder.
 */
#ifndef CC_WITNESS_WITNESS_H
#define CC_WITNESS_WITNESS_H

#include "base/dir.h"
#include "codec/json.h"
#include "ledger/ask.h"

#define CC_WITNESS_LOG_KEYS 4
#define CC_WITNESS_LOGS_MAX 10000

/* A ledger that the witness knows. */
struct cc_witness_log {
	struct cc_note_key keys[CC_WITNESS_LOG_KEYS];
	size_t key_count;
	struct cc_checkpoint last; /* size 0 and the empty tree's root at the beginning */
};

/* What a request comes to, before anything is done. */
struct cc_witness_verdict {
	unsigned int status; /* 200, 400, 403, 409 or 422 */
	bool tell_size;      /* with 409: the body is the size of the last checkpoint */
	const char *why;     /* for the log and the answer's body */
};
/*
 * Pure: no clock, no file. `note` and `checkpoint` are those of the request,
 * parsed; `log` is the one of the checkpoint's origin.
 */
int cc_witness_decide(const struct cc_witness_log *log, const struct cc_witness_ask *ask,
		      const struct cc_note *note, const struct cc_checkpoint *checkpoint,
		      struct cc_witness_verdict *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* A ledger's state as it lies in its file. */
int cc_witness_log_parse(struct cc_span bytes, struct cc_witness_log *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_witness_log_print(const struct cc_witness_log *log, struct cc_buf *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_witness {
	struct cc_dir dir;
	struct cc_note_key key;
	struct cc_key *secret;
};
#define CC_WITNESS_NONE ((struct cc_witness){ .dir = CC_DIR_NONE })
#define CC_AUTO_WITNESS CC_CLEANUP(cc_witness_close)
/* The folder of a witness, opened for answering. A key that others may read is CC_E_DENIED. */
int cc_witness_open(const char *path, struct cc_witness *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_witness_close(struct cc_witness *witness) CC_NONNULL;

/* What goes back over HTTP. */
struct cc_witness_response {
	unsigned int status;
	const char *type; /* constant */
	struct cc_buf body;
	struct cc_checkpoint asked; /* for the log; no origin when the body was no request */
};
/*
 * POST /add-checkpoint. Whatever a client sends ends in a response; it fails only
 * for the witness's own reasons (disk, damaged state), which are a 500. `now` is the
 * host's clock.
 */
int cc_witness_add_checkpoint(const struct cc_witness *witness, struct cc_span body, int64_t now,
			      struct cc_witness_response *out,
			      struct cc_err *err) CC_MUST CC_NONNULL;

/* concordat witness init: a folder with a new key; its verifier key is added to `out`. */
int cc_witness_init(const char *path, const char *name, struct cc_buf *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * concordat witness add: from now on answer for the ledger with this key, or take
 * a further key for a ledger that is known (what was seen of it stays).
 * CC_E_CONFLICT when the key is there already.
 */
int cc_witness_add(const char *path, struct cc_span text, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * concordat witness run: answers on `address` (as cc_listen takes it; plain HTTP, for all
 * that it says is signed) until SIGTERM or SIGINT. Logs, for it is a program's main part.
 */
int cc_witness_run(const char *path, const char *address, struct cc_err *err) CC_MUST CC_NONNULL;
/* concordat witness show: {"key", "ledgers": [{"entries", "keys", "origin", "root"}]}. */
int cc_witness_show(const char *path, struct cc_json **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
