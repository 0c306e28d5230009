/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/merge.h"

#include "base/fd.h"
#include "oci/limits-internal.h"

static int open_layer(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		      size_t number, struct cc_oci_layer_source *source, struct cc_oci_layer **out,
		      struct cc_err *err)
{
	const struct cc_oci_descriptor *d = &image->manifest.layers[number];

	CC_TRY(cc_oci_blob_open(layout, d, &source->fd, err));
	source->media = d->media;
	source->size = d->size;
	source->digest = d->digest;
	source->diff_id = image->config.diff_ids[number];
	return cc_oci_layer_open(source, out, err);
}

static uint64_t compressed_size(const struct cc_oci_image *image)
{
	uint64_t total = 0;

	/* Each size is that of a file by the time it counts: no overflow gets that far. */
	for (size_t i = 0; i < image->manifest.count; i++)
		total += image->manifest.layers[i].size;
	return total;
}

static void report(const struct cc_oci_progress *progress, uint64_t done, uint64_t total)
{
	if (progress->step != NULL)
		progress->step(progress->ctx, done, total);
}

static int add_layer(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		     size_t number, struct cc_oci_limits *left, struct cc_oci_tree *tree,
		     struct cc_err *err)
{
	struct cc_oci_layer_source source = { .fd = -1, .limits = *left };
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	CC_AUTO_CLOSE int fd = -1;
	int result = 0;

	result = open_layer(layout, image, number, &source, &layer, err);
	fd = source.fd;
	if (result != 0 || cc_oci_tree_add(tree, layer, err) != 0)
		return cc_wrap(err, "layer %zu", number);
	left->bytes -= cc_oci_layer_bytes(layer);
	left->entries -= cc_oci_layer_entries(layer);
	/* Zero would mean the default again. */
	if (left->bytes == 0 || left->entries == 0)
		return cc_fail(err, CC_E_TOOBIG, "layers reach the limit of bytes or entries");
	return 0;
}

int cc_oci_image_tree(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		      const struct cc_oci_limits *limits, const struct cc_oci_progress *progress,
		      struct cc_oci_tree **out, struct cc_err *err)
{
	CC_AUTO_OCI_TREE struct cc_oci_tree *tree = NULL;
	struct cc_oci_limits left = *limits;
	uint64_t done = 0, total = compressed_size(image);

	cc_oci_limits_fill(&left);
	CC_TRY(cc_oci_tree_new(&tree, err));
	for (size_t i = 0; i < image->manifest.count; i++) {
		report(progress, done, total);
		if (add_layer(layout, image, i, &left, tree, err) != 0)
			return cc_wrap(err, "image in '%s'", layout->path);
		done += image->manifest.layers[i].size;
	}
	report(progress, total, total);
	*out = CC_TAKE(tree);
	return 0;
}

/* Passes pieces on and says how far the layer is. */
struct relay {
	const struct cc_oci_contents *how;
	const struct cc_oci_layer *layer;
	uint64_t before, total;
};

static int pass_on(void *ctx, struct cc_oci_inode *inode, struct cc_span piece, struct cc_err *err)
{
	struct relay *relay = ctx;

	report(&relay->how->progress, relay->before + cc_oci_layer_read_bytes(relay->layer),
	       relay->total);
	return relay->how->content(relay->how->ctx, inode, piece, err);
}

static int stream_layer(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
			size_t number, struct cc_oci_tree *tree, struct relay *relay,
			struct cc_err *err)
{
	struct cc_oci_layer_source source = { .fd = -1, .limits = relay->how->limits };
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	CC_AUTO_CLOSE int fd = -1;
	int result = 0;

	result = open_layer(layout, image, number, &source, &layer, err);
	fd = source.fd;
	relay->layer = layer;
	if (result != 0 || cc_oci_tree_stream(tree, number, layer, pass_on, relay, err) != 0)
		return cc_wrap(err, "image in '%s': layer %zu", layout->path, number);
	return 0;
}

int cc_oci_image_contents(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
			  struct cc_oci_tree *tree, const struct cc_oci_contents *how,
			  struct cc_err *err)
{
	struct relay relay = { .how = how, .total = compressed_size(image) };

	for (size_t i = image->manifest.count; i-- > 0;) {
		if (cc_oci_tree_uses(tree, i))
			CC_TRY(stream_layer(layout, image, i, tree, &relay, err));
		relay.before += image->manifest.layers[i].size;
	}
	report(&how->progress, relay.total, relay.total);
	return 0;
}
