/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tpm-roots.h"

#include <stdlib.h>

#include "base/dir.h"
#include "base/fd.h"
#include "codec/text.h"
#include "crypto/x509.h"
#include "evidence/collateral.h"

/* A TPM hides no memory from its host, whoever made it: measured-only, never more. */
static struct cc_root tpm_root(void)
{
	return (struct cc_root){ .platform = CC_PLATFORM_TPM, .class = CC_CLASS_MEASURED_ONLY };
}

/* "Infineon Technologies AG: Infineon OPTIGA(TM) ECC Root CA": a label says who holds a root. */
static int label_of(const struct cc_cert *cert, struct cc_root *root, struct cc_err *err)
{
	CC_AUTO_FREE char *name = NULL, *organization = NULL;

	CC_TRY(cc_cert_common_name(cert, &name, err));
	CC_TRY(cc_cert_organization(cert, &organization, err));
	(void)snprintf(root->label, sizeof(root->label), "%s%s%s",
		       organization != NULL ? organization : "", organization != NULL ? ": " : "",
		       name);
	return 0;
}

static int add_tpm_maker(const char *path, struct cc_roots *roots, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_root root = tpm_root();

	CC_TRY(cc_file_read(path, CC_COLLATERAL_ITEM_MAX, &pem, err));
	CC_TRY(cc_chain_from_pem(cc_buf_span(&pem), &chain, err));
	for (size_t i = 0; i < chain.count; i++) {
		CC_TRY(cc_cert_key_hash(chain.certs[i], &root.key, err));
		CC_TRY(label_of(chain.certs[i], &root, err));
		CC_TRY(cc_roots_add(roots, &root, err));
	}
	return 0;
}

int cc_tpms_chosen(const struct cc_tpm_options *options, struct cc_roots *roots, struct cc_err *err)
{
	for (size_t i = 0; i < options->roots.count; i++)
		if (add_tpm_maker(options->roots.at[i], roots, err) != 0)
			return cc_wrap(err, "--tpm-root '%.200s'", options->roots.at[i]);
	for (size_t i = 0; i < options->keys.count; i++) {
		struct cc_root root = tpm_root();

		CC_TRY(cc_hex_parse_fixed(cc_span_str(options->keys.at[i]), "--tpm-key",
					  CC_MUT(root.key.b), err));
		(void)snprintf(root.label, sizeof(root.label), "enrolled TPM");
		CC_TRY(cc_roots_add(roots, &root, err));
	}
	return 0;
}
