/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>

#include "base/fd.h"
#include "oci/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_CLOSE int fd = memfd_create("layer", MFD_CLOEXEC);
	struct cc_oci_layer_source source = { .fd = fd, .size = size };
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	struct cc_err err = { 0 };

	source.media = CC_OCI_LAYER_TAR + (size > 0 ? data[0] % 3 : 0);
	cc_ignore(cc_write_all(fd, cc_span(data, size), &err));
	if (cc_oci_layer_open(&source, &layer, &err) == 0 && cc_oci_tree_new(&tree, &err) == 0)
		cc_ignore(cc_oci_tree_add(tree, layer, &err));
	return 0;
}
