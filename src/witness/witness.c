/* SPDX-License-Identifier: Apache-2.0 */
/* A witness's key, and the way of one request: parse, prove, remember, sign. */
#include "witness/witness-internal.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PRIVATE_MAX ((size_t)4096)
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_SIZE "text/x.tlog.size"

static int write_key(const struct cc_dir *dir, const char *name, struct cc_buf *out,
		     struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *pem = NULL;
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_note_key public;

	CC_TRY(cc_key_generate(CC_KEY_ED25519, &key, err));
	CC_TRY(cc_note_key_make(name, CC_NOTE_COSIGNATURE, cc_key_public(key), &public, err));
	CC_TRY(cc_note_key_print(&public, &text, err));
	CC_TRY(cc_buf_add_str(&text, "\n", err));
	CC_TRY(cc_key_to_pem(key, &pem, err));
	/* The private key last: a folder that has it is whole, and is never overwritten. */
	CC_TRY(cc_dir_write(dir, "key.pub", 0644, cc_buf_span(&text), err));
	CC_TRY(cc_dir_write_new(dir, "key.pem", 0600, cc_secret_span(pem), err));
	return cc_buf_add(out, cc_buf_span(&text), err);
}

int cc_witness_init(const char *path, const char *name, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_CLOSE int lock = -1;

	CC_TRY(cc_dir_create(path, 0700, &dir, err));
	CC_TRY(cc_witness_lock(&dir, &lock, err));
	if (cc_dir_has(&dir, "key.pem")) {
		cc_err_set(err, CC_E_CONFLICT, "'%s' is the folder of a witness already", path);
		return cc_hint(err, "a new witness needs a folder of its own");
	}
	CC_TRY(cc_dir_mkdir(&dir, "logs", 0700, err));
	return write_key(&dir, name, out, err);
}

static int read_private(const struct cc_dir *dir, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	struct stat status;

	CC_TRY(cc_dir_openat(dir, "key.pem", O_RDONLY, 0, &fd, err));
	if (fstat(fd, &status) != 0)
		return cc_fail_sys(err, errno, "look at 'key.pem'");
	if ((status.st_mode & 077) != 0) {
		cc_err_set(err, CC_E_DENIED, "'key.pem' may be used by others (mode %04o)",
			   status.st_mode & 07777U);
		return cc_hint(err, "chmod 600, and make a new witness if others were there");
	}
	CC_TRY(cc_read_to_end(fd, PRIVATE_MAX, &pem, err));
	return cc_key_from_pem(cc_buf_span(&pem), out, err);
}

static int read_public(const struct cc_dir *dir, struct cc_note_key *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_span line;

	CC_TRY(cc_dir_read(dir, "key.pub", PUBLIC_MAX, &text, err));
	line = cc_buf_span(&text);
	if (line.len != 0 && line.at[line.len - 1] == '\n')
		line.len--;
	return cc_note_key_parse(line, out, err);
}

/* The two files belong together: else we would sign what nobody can verify. */
static int check_pair(const struct cc_witness *witness, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf raw = { 0 };

	CC_TRY(cc_pubkey_to_raw(cc_key_public(witness->secret), &raw, err));
	if (witness->key.kind != CC_NOTE_COSIGNATURE ||
	    !cc_span_eq(cc_buf_span(&raw), CC_SPAN(witness->key.key)))
		return cc_fail(err, CC_E_TAMPERED, "'key.pub' is not the key of 'key.pem'");
	return 0;
}

static int open_witness(const char *path, struct cc_witness *witness, struct cc_err *err)
{
	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &witness->dir, err));
	CC_TRY(read_private(&witness->dir, &witness->secret, err));
	CC_TRY(read_public(&witness->dir, &witness->key, err));
	return check_pair(witness, err);
}

int cc_witness_open(const char *path, struct cc_witness *out, struct cc_err *err)
{
	CC_AUTO_WITNESS struct cc_witness witness = CC_WITNESS_NONE;

	if (open_witness(path, &witness, err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			cc_err_hint(err, "make one: concordat witness init");
		return cc_wrap(err, "witness '%s'", path);
	}
	*out = witness;
	witness = CC_WITNESS_NONE;
	return 0;
}

void cc_witness_close(struct cc_witness *witness)
{
	cc_dir_close(&witness->dir);
	cc_key_free(witness->secret);
	witness->secret = NULL;
}

static int respond(struct cc_witness_response *out, unsigned int status, const char *why,
		   struct cc_err *err)
{
	out->status = status;
	out->type = TYPE_TEXT;
	return cc_buf_addf(&out->body, err, "%s\n", why);
}

/* The request in parts; nothing of it is proven. */
struct request {
	struct cc_witness_ask ask;
	struct cc_note note;
	struct cc_checkpoint checkpoint;
};

static int parse(struct cc_span body, struct request *out, struct cc_err *err)
{
	CC_TRY(cc_witness_ask_parse(body, &out->ask, err));
	CC_TRY(cc_note_parse(out->ask.note, &out->note, err));
	return cc_checkpoint_parse(out->note.text, &out->checkpoint, err);
}

/* Remember, then sign: a crash in between costs an answer, the other order a memory. */
static int cosign(const struct cc_witness *witness, const struct request *request,
		  struct cc_witness_log *log, int64_t now, struct cc_witness_response *out,
		  struct cc_err *err)
{
	log->last = request->checkpoint;
	CC_TRY(cc_witness_save(&witness->dir, log, err));
	out->status = 200;
	out->type = TYPE_TEXT;
	return cc_note_signature_line(request->note.text, &witness->key, witness->secret,
				      (uint64_t)now, &out->body, err);
}

static int answer(const struct cc_witness *witness, const struct request *request, int64_t now,
		  struct cc_witness_response *out, struct cc_err *err)
{
	struct cc_witness_verdict verdict;
	CC_AUTO_CLOSE int lock = -1;
	struct cc_witness_log log;
	struct cc_err why;

	/* Reading the state and replacing it are one step, or two requests could both pass. */
	CC_TRY(cc_witness_lock(&witness->dir, &lock, err));
	if (cc_witness_load(&witness->dir, request->checkpoint.origin, &log, &why) != 0) {
		if (why.code == CC_E_NOTFOUND)
			return respond(out, 404, "this ledger is not known here", err);
		*err = why;
		return -1;
	}
	CC_TRY(cc_witness_decide(&log, &request->ask, &request->note, &request->checkpoint,
				 &verdict, err));
	if (verdict.status == 200)
		return cosign(witness, request, &log, now, out, err);
	if (!verdict.tell_size)
		return respond(out, verdict.status, verdict.why, err);
	out->status = verdict.status;
	out->type = TYPE_SIZE;
	return cc_buf_addf(&out->body, err, "%llu\n", (unsigned long long)log.last.head.size);
}

int cc_witness_add_checkpoint(const struct cc_witness *witness, struct cc_span body, int64_t now,
			      struct cc_witness_response *out, struct cc_err *err)
{
	struct request request = { 0 };
	struct cc_err refused;

	if (now <= 0)
		return cc_fail(err, CC_E_SYSTEM, "the clock of this host stands before 1970");
	if (parse(body, &request, &refused) != 0)
		return respond(out, 400, refused.text, err);
	out->asked = request.checkpoint;
	return answer(witness, &request, now, out, err);
}
