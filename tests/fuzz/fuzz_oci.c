/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/init.h"
#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_OCI_MANIFEST struct cc_oci_manifest manifest = { 0 };
	CC_AUTO_OCI_CONFIG struct cc_oci_config config = { 0 };
	CC_AUTO_OCI_INDEX struct cc_oci_index index = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_oci_manifest_parse(cc_span(data, size), &manifest, &err));
	cc_ignore(cc_oci_config_parse(cc_span(data, size), &config, &err));
	cc_ignore(cc_oci_index_parse(cc_span(data, size), &index, &err));
	return 0;
}
