/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seal an image: a native OCI layout becomes a sealed one (docs/format/image.md)
 * and the policy that goes with it. No daemon, no root; nothing of the image is
 * ever in the clear in a file of ours.
 *
 * The image is read three times: its names, then its contents to know the
 * content digest, then its contents again to encrypt them under a key that
 * follows from that digest. The third reading must agree with the second.
 *
 * The same input, options and key give the same sealed manifest on every
 * machine. Whoever has the native image and no key computes the same
 * measurement with cc_image_measure.
 */
#ifndef CC_IMAGE_SEAL_H
#define CC_IMAGE_SEAL_H

#include "measure/measure.h"
#include "oci/merge.h"

/* Phases: "names", "digest", "encrypt"; done and total in compressed bytes. */
struct cc_image_progress {
	void (*step)(void *ctx, const char *phase, uint64_t done, uint64_t total);
	void *ctx;
};

/* Lists are NULL-terminated; a NULL list is empty. Zero is the default of everything. */
struct cc_image_options {
	const char *from;    /* native layout: [oci:]DIRECTORY[:TAG] */
	const char *to;      /* sealed layout; without a tag it gets that of `from` */
	bool force;          /* replace the layout and the policy file */
	const char *runtime; /* concordat-runtime; NULL: cc_image_runtime_path */

	const char *key_file;     /* the image key; made (0600) when it is not there. NULL: a key
				   * that is kept nowhere, so sealing again gives another image */
	bool private_content;     /* salt the content digest: who has no key cannot recognise it */
	const char *content_salt; /* cc_image_measure of a private image: 64 digits */
	bool keep_labels;

	const char *policy_file;    /* where the policy goes (0600); NULL: only into the result */
	const char *name;           /* of the policy: needed for sealing */
	const char *service;        /* NULL: "service" */
	const char *const *command; /* instead of Entrypoint and Cmd */
	const char *const *environment; /* "NAME=value": added, or instead of the image's */
	bool drop_environment;          /* forget the image's Env */
	const char *pwd;                /* instead of WorkingDir */
	const char *user;               /* instead of User: "user[:group]" */
	const char *const *volumes;     /* "NAME:PATH[:[FROM][:TO]…]" as sconify_image */
	const char *const *injected;    /* paths of files that the policy will inject */
	const char *const *executions;  /* "CONSUMER:MAXIMUM" */
	const char *const *tolerate;    /* "simulation", … */

	struct cc_oci_limits limits;
	struct cc_image_progress progress;
};

struct cc_image_result {
	struct cc_digest content; /* salted */
	struct cc_digest runtime;
	struct cc_measurement measurement; /* for sgx */
	struct cc_oci_tree_counts counts;
	/* Of sealing only: */
	struct cc_digest manifest, tag;
	struct cc_buf policy; /* text; holds the key: wiped by clear */
};
#define CC_AUTO_IMAGE_RESULT CC_CLEANUP(cc_image_result_clear)
void cc_image_result_clear(struct cc_image_result *result) CC_NONNULL;

int cc_image_seal(const struct cc_image_options *options, struct cc_image_result *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* What the sealed image will measure as: of `options` only what reaches tree and runtime. */
int cc_image_measure(const struct cc_image_options *options, struct cc_image_result *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Beside this program, in its build tree or installed; CC_E_NOTFOUND with a hint. */
int cc_image_runtime_path(char **out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
