/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and collateral that the user names on the command line: files, recognised by content. */
#ifndef CC_CLI_EVIDENCE_FILE_H
#define CC_CLI_EVIDENCE_FILE_H

#include "base/opt.h"
#include "cli/evidence-piece.h"
#include "evidence/evidence.h"
#include "evidence/ratls.h"

struct cc_evidence_file {
	struct cc_buf bytes; /* decoded */
	enum cc_platform_kind platform;
	/* What the file had: "binary", "hexadecimal", "base64", "open-enclave", "certificate",
	 * "json". */
	const char *encoding;
	struct cc_buf certs;   /* that stood beside it in JSON, PEM: collateral as any */
	struct cc_cert *cert;  /* that carried it, or NULL */
	struct cc_ratls ratls; /* of `cert` */
	/* What `bytes` are when they are no evidence by themselves, borrowed; else NULL. */
	const struct cc_evidence_piece *piece;
};
#define CC_AUTO_EVIDENCE_FILE CC_CLEANUP(cc_evidence_file_clear)

/*
 * As bytes, in hexadecimal, in base64, behind Open Enclave's header, in a certificate for
 * RA-TLS, in DER or PEM, or in JSON (vendor_json.h).
 * CC_E_UNSUPPORTED when it is nothing that we read.
 */
int cc_evidence_file_read(const char *path, struct cc_evidence_file *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* The same, and pieces of evidence (evidence-piece.h), as bytes, in hexadecimal or base64. */
int cc_evidence_file_look(const char *path, struct cc_evidence_file *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
static inline void cc_evidence_file_clear(struct cc_evidence_file *file)
{
	cc_buf_clear(&file->bytes);
	cc_buf_clear(&file->certs);
	cc_cert_free(file->cert);
}

/* Collateral of several directories; of a name that is in two of them the first counts. */
struct cc_collateral_files {
	struct cc_buf at[CC_COLLATERAL_FILES];
	struct cc_collateral ranges; /* into `at` */
};
#define CC_AUTO_COLLATERAL_FILES CC_CLEANUP(cc_collateral_files_clear)

/*
 * Intel's documents by their names (docs/format/evidence.md); of all other files the
 * certificates, revocation lists and public keys in DER or PEM. At most 256 files a directory.
 */
int cc_collateral_files_read(const struct cc_strings *dirs, struct cc_collateral_files *out,
			     struct cc_err *err) CC_MUST CC_NONNULL;
/* What came with the evidence itself, behind what the directories have. */
int cc_collateral_files_add(struct cc_span certs, struct cc_collateral_files *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_collateral_files_clear(struct cc_collateral_files *files) CC_NONNULL;

/* --simulation: the vendors' roots, and those of simulated platforms in these directories. */
int cc_roots_chosen(const struct cc_strings *simulations, struct cc_roots *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* --at: this time, or now when it is NULL. */
int cc_time_chosen(const char *text, int64_t *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(2, 3)));

#endif
