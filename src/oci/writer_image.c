/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of a written image, in canonical JSON so that they are deterministic. */
#include "oci/writer-internal.h"

#include "base/str.h"
#include "codec/json.h"

struct blob {
	struct cc_digest digest;
	uint64_t size;
};

static int set_strings(struct cc_json *json, const char *name, const char *const *strings,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (strings == NULL)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (; *strings != NULL; strings++)
		CC_TRY(cc_json_add_str(list, *strings, err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}

static int set_labels(struct cc_json *json, const struct cc_oci_strings *labels, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *object = NULL;

	if (labels == NULL || labels->count == 0)
		return 0;
	CC_TRY(cc_json_object(&object, err));
	for (size_t i = 0; i < labels->count; i++) {
		const char *equals = strchr(labels->at[i], '=');
		CC_AUTO_FREE char *name = NULL;

		if (equals == NULL)
			return cc_fail(err, CC_E_BUG, "label without a value");
		CC_TRY(cc_str_from(cc_span(labels->at[i], (size_t)(equals - labels->at[i])), &name,
				   err));
		CC_TRY(cc_json_set_str(object, name, equals + 1, err));
	}
	return cc_json_set(json, "Labels", CC_TAKE(object), err);
}

static int set_diff_ids(const struct cc_oci_writer *writer, struct cc_json *json,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *rootfs = NULL, *ids = NULL;
	char text[CC_OCI_DIGEST_TEXT];

	CC_TRY(cc_json_object(&rootfs, err));
	CC_TRY(cc_json_array(&ids, err));
	for (size_t i = 0; i < writer->count; i++) {
		cc_oci_digest_print(&writer->layers[i].digest, text);
		CC_TRY(cc_json_add_str(ids, text, err));
	}
	CC_TRY(cc_json_set_str(rootfs, "type", "layers", err));
	CC_TRY(cc_json_set(rootfs, "diff_ids", CC_TAKE(ids), err));
	return cc_json_set(json, "rootfs", CC_TAKE(rootfs), err);
}

static int write_json(struct cc_oci_writer *writer, const struct cc_json *json, struct blob *out,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_json_print(json, &text, err));
	out->size = text.len;
	return cc_oci_writer_blob(writer, cc_buf_span(&text), &out->digest, err);
}

static int write_config(struct cc_oci_writer *writer, const struct cc_oci_write_config *config,
			struct blob *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *process = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_object(&process, err));
	CC_TRY(set_strings(process, "Entrypoint", config->entrypoint, err));
	CC_TRY(set_strings(process, "Env", config->env, err));
	CC_TRY(set_labels(process, config->labels, err));
	CC_TRY(cc_json_set_str(json, "os", config->os != NULL ? config->os : "linux", err));
	CC_TRY(cc_json_set_str(json, "architecture",
			       config->architecture != NULL ? config->architecture : "amd64", err));
	CC_TRY(cc_json_set(json, "config", CC_TAKE(process), err));
	CC_TRY(set_diff_ids(writer, json, err));
	return write_json(writer, json, out, err);
}

static int make_descriptor(enum cc_oci_media media, const struct blob *blob, const char *ref,
			   struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *annotations = NULL;
	char text[CC_OCI_DIGEST_TEXT];

	cc_oci_digest_print(&blob->digest, text);
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "mediaType", cc_oci_media_name(media), err));
	CC_TRY(cc_json_set_str(json, "digest", text, err));
	CC_TRY(cc_json_set_u64(json, "size", blob->size, err));
	if (ref != NULL) {
		CC_TRY(cc_json_object(&annotations, err));
		CC_TRY(cc_json_set_str(annotations, "org.opencontainers.image.ref.name", ref, err));
		CC_TRY(cc_json_set(json, "annotations", CC_TAKE(annotations), err));
	}
	*out = CC_TAKE(json);
	return 0;
}

static int add_descriptor(struct cc_json *list, enum cc_oci_media media, const struct blob *blob,
			  const char *ref, struct cc_err *err)
{
	struct cc_json *json = NULL;

	CC_TRY(make_descriptor(media, blob, ref, &json, err));
	return cc_json_add(list, json, err);
}

static int start_document(enum cc_oci_media media, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "schemaVersion", 2, err));
	CC_TRY(cc_json_set_str(json, "mediaType", cc_oci_media_name(media), err));
	*out = CC_TAKE(json);
	return 0;
}

static int write_manifest(struct cc_oci_writer *writer, const struct blob *config, struct blob *out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *layers = NULL;
	struct cc_json *descriptor = NULL;

	CC_TRY(start_document(CC_OCI_MANIFEST, &json, err));
	CC_TRY(make_descriptor(CC_OCI_CONFIG, config, NULL, &descriptor, err));
	CC_TRY(cc_json_set(json, "config", descriptor, err));
	CC_TRY(cc_json_array(&layers, err));
	for (size_t i = 0; i < writer->count; i++) {
		struct blob layer = { writer->layers[i].digest, writer->layers[i].size };

		CC_TRY(add_descriptor(layers, CC_OCI_LAYER_TAR, &layer, NULL, err));
	}
	CC_TRY(cc_json_set(json, "layers", CC_TAKE(layers), err));
	return write_json(writer, json, out, err);
}

int cc_oci_writer_image(struct cc_oci_writer *writer, const struct cc_oci_write_config *config,
			struct cc_digest *manifest, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *index = NULL, *list = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct blob config_blob = { 0 }, manifest_blob = { 0 };

	CC_TRY(write_config(writer, config, &config_blob, err));
	CC_TRY(write_manifest(writer, &config_blob, &manifest_blob, err));
	CC_TRY(start_document(CC_OCI_INDEX, &index, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(add_descriptor(list, CC_OCI_MANIFEST, &manifest_blob, config->ref, err));
	CC_TRY(cc_json_set(index, "manifests", CC_TAKE(list), err));
	CC_TRY(cc_json_print(index, &text, err));
	CC_TRY(cc_dir_write(&writer->dir, "index.json", 0644, cc_buf_span(&text), err));
	*manifest = manifest_blob.digest;
	return 0;
}
