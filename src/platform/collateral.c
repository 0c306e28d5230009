/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/collateral.h"

#include "base/dir.h"
#include "base/str.h"
#include "crypto/x509.h"

struct cc_buf *cc_collateral_file(struct cc_collateral_dir *dir, const char *member)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		if (cc_str_eq(cc_collateral_files[i].member, member))
			return &dir->files[i];
	return NULL;
}

void cc_collateral_dir_clear(struct cc_collateral_dir *dir)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		cc_buf_clear(&dir->files[i]);
}

int cc_collateral_dir_load(const char *path, struct cc_collateral_dir *out,
			   struct cc_collateral *ranges, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		const struct cc_collateral_file *file = &cc_collateral_files[i];
		struct cc_span range = { 0 };

		if (file->optional && !cc_dir_has(&dir, file->file))
			continue;
		if (cc_dir_read(&dir, file->file, CC_COLLATERAL_ITEM_MAX, &out->files[i], err) != 0)
			return cc_wrap(err, "collateral in '%s'", path);
		range = cc_buf_span(&out->files[i]);
		memcpy((char *)ranges + file->at, &range, sizeof(range));
	}
	return 0;
}

const struct cc_collateral_root cc_collateral_roots[CC_COLLATERAL_ROOTS] = {
	{ "root.pem", CC_PLATFORM_SGX, false },
	{ "root.pem", CC_PLATFORM_TDX, false },
	{ "ark.pem", CC_PLATFORM_SNP, true },
	{ "tpm.pem", CC_PLATFORM_TPM, true },
};

int cc_simulated_root(struct cc_span pem, enum cc_platform_kind platform, struct cc_root *out,
		      struct cc_err *err)
{
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_root root = { .platform = platform, .class = CC_CLASS_SIMULATED };

	CC_TRY(cc_chain_from_pem(pem, &chain, err));
	if (chain.count != 1)
		return cc_fail(err, CC_E_ARG, "%zu certificates where one root is expected",
			       chain.count);
	CC_TRY(cc_cert_key_hash(chain.certs[0], &root.key, err));
	(void)snprintf(root.label, sizeof(root.label), "SIMULATION of %s",
		       cc_platform_name(platform));
	*out = root;
	return 0;
}

int cc_collateral_dir_roots(const char *path, struct cc_roots *roots, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;

	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	for (size_t i = 0; i < CC_COLLATERAL_ROOTS; i++) {
		const struct cc_collateral_root *row = &cc_collateral_roots[i];
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_root root = { 0 };

		if (row->optional && !cc_dir_has(&dir, row->file))
			continue;
		CC_TRY(cc_dir_read(&dir, row->file, CC_COLLATERAL_ITEM_MAX, &pem, err));
		if (cc_simulated_root(cc_buf_span(&pem), row->platform, &root, err) != 0)
			return cc_wrap(err, "%s in '%s'", row->file, path);
		CC_TRY(cc_roots_add(roots, &root, err));
	}
	return 0;
}
