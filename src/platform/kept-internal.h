/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a simulated machine keep in its directory: keys, and chains in PEM. */
#ifndef CC_PLATFORM_KEPT_INTERNAL_H
#define CC_PLATFORM_KEPT_INTERNAL_H

#include "base/dir.h"
#include "crypto/x509.h"

#define CC_SIM_FILE_MAX ((size_t)64 * 1024)

/* A file and the `struct cc_key *` that it is, by its place in the struct that owns it. */
struct cc_sim_key_file {
	const char *name;
	size_t at;
};
struct cc_sim_key_files {
	const struct cc_sim_key_file *at;
	size_t count;
};

/* Each into a file of its own, mode 0600, that must not be there. */
int cc_sim_keys_save(const struct cc_sim_key_files *files, const void *owner,
		     const struct cc_dir *dir, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_sim_keys_load(const struct cc_sim_key_files *files, const struct cc_dir *dir, void *owner,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Exactly `count` certificates, or CC_E_TAMPERED. */
int cc_sim_chain_load(const struct cc_dir *dir, const char *name, size_t count,
		      struct cc_chain *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
