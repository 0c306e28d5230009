/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/kept-internal.h"

int cc_sim_keys_save(const struct cc_sim_key_files *files, const void *owner,
		     const struct cc_dir *dir, struct cc_err *err)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct cc_sim_key_file *file = &files->at[i];
		CC_AUTO_SECRET struct cc_secret *pem = NULL;
		const struct cc_key *key = NULL;

		memcpy(&key, (const char *)owner + file->at, sizeof(void *));
		CC_TRY(cc_key_to_pem(key, &pem, err));
		CC_TRY(cc_dir_write_new(dir, file->name, 0600, cc_secret_span(pem), err));
	}
	return 0;
}

/* A file that carried a secret: cc_buf wipes what it gives back. */
static int load_key(const struct cc_dir *dir, const char *name, struct cc_key **out,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_dir_read(dir, name, CC_SIM_FILE_MAX, &pem, err));
	if (cc_key_from_pem(cc_buf_span(&pem), out, err) != 0)
		return cc_wrap(err, "key '%s'", name);
	return 0;
}

int cc_sim_keys_load(const struct cc_sim_key_files *files, const struct cc_dir *dir, void *owner,
		     struct cc_err *err)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct cc_sim_key_file *file = &files->at[i];
		struct cc_key *key = NULL;

		CC_TRY(load_key(dir, file->name, &key, err));
		memcpy((char *)owner + file->at, &key, sizeof(void *));
	}
	return 0;
}

int cc_sim_chain_load(const struct cc_dir *dir, const char *name, size_t count,
		      struct cc_chain *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_dir_read(dir, name, CC_SIM_FILE_MAX, &pem, err));
	CC_TRY(cc_chain_from_pem(cc_buf_span(&pem), out, err));
	if (out->count != count)
		return cc_fail(err, CC_E_TAMPERED, "'%s' has %zu certificates, not %zu", name,
			       out->count, count);
	return 0;
}
