/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/manifest.h"

#include "base/fd.h"
#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"

#define REF_NAME "org.opencontainers.image.ref.name"

static const char *const media_names[CC_OCI_MEDIA_COUNT] = {
	[CC_OCI_INDEX] = "application/vnd.oci.image.index.v1+json",
	[CC_OCI_MANIFEST] = "application/vnd.oci.image.manifest.v1+json",
	[CC_OCI_CONFIG] = "application/vnd.oci.image.config.v1+json",
	[CC_OCI_LAYER_TAR] = "application/vnd.oci.image.layer.v1.tar",
	[CC_OCI_LAYER_GZIP] = "application/vnd.oci.image.layer.v1.tar+gzip",
	[CC_OCI_LAYER_ZSTD] = "application/vnd.oci.image.layer.v1.tar+zstd",
};

const char *cc_oci_media_name(enum cc_oci_media media)
{
	return media_names[media];
}

enum cc_oci_media cc_oci_media_named(const char *name)
{
	for (unsigned int i = CC_OCI_INDEX; i < CC_OCI_MEDIA_COUNT; i++)
		if (cc_str_eq(media_names[i], name))
			return (enum cc_oci_media)i;
	return CC_OCI_OTHER;
}

int cc_oci_digest_parse(const char *text, struct cc_digest *out, struct cc_err *err)
{
	struct cc_digest d = { 0 };

	if (!cc_str_starts(text, "sha256:"))
		return cc_fail(err, CC_E_UNSUPPORTED, "digest '%.100s' is not a sha256 digest",
			       text);
	/* Upper case would give one blob two names (image-spec: [a-f0-9]{64}). */
	for (const char *c = text + 7; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'F')
			return cc_fail(err, CC_E_ARG, "digest '%.100s' is not in lower case", text);
	if (cc_hex_parse_fixed(cc_span_str(text + 7), "digest", CC_MUT(d.b), err) != 0)
		return cc_wrap(err, "'%.100s'", text);
	*out = d;
	return 0;
}

void cc_oci_digest_print(const struct cc_digest *d, char out[static CC_OCI_DIGEST_TEXT])
{
	memcpy(out, "sha256:", 7); /* NOLINT(bugprone-not-null-terminated-result): by the next */
	cc_hex_digest(d, out + 7);
}

static void clear_str(char **text)
{
	cc_auto_free(text);
	*text = NULL;
}

void cc_oci_descriptor_clear(struct cc_oci_descriptor *d)
{
	clear_str(&d->type);
	clear_str(&d->ref);
	clear_str(&d->os);
	clear_str(&d->architecture);
	clear_str(&d->artifact);
}

static void clear_list(struct cc_oci_descriptor **at, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		cc_oci_descriptor_clear(&(*at)[i]);
	free(*at);
	*at = NULL;
	*count = 0;
}

void cc_oci_index_clear(struct cc_oci_index *index)
{
	clear_list(&index->at, &index->count);
}

void cc_oci_manifest_clear(struct cc_oci_manifest *manifest)
{
	cc_oci_descriptor_clear(&manifest->config);
	clear_list(&manifest->layers, &manifest->count);
}

void cc_oci_strings_clear(struct cc_oci_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->at[i]);
	free(strings->at);
	*strings = (struct cc_oci_strings){ 0 };
}

void cc_oci_config_clear(struct cc_oci_config *config)
{
	clear_str(&config->os);
	clear_str(&config->architecture);
	clear_str(&config->user);
	clear_str(&config->working_dir);
	cc_oci_strings_clear(&config->entrypoint);
	cc_oci_strings_clear(&config->cmd);
	cc_oci_strings_clear(&config->env);
	cc_oci_strings_clear(&config->labels);
	free(config->diff_ids);
	config->diff_ids = NULL;
	config->diff_id_count = 0;
}

/* A string member that may be absent; `*out` is untouched then. */
static int read_optional(const struct cc_json *json, const char *name, size_t max, char **out,
			 struct cc_err *err)
{
	const char *text = NULL;

	if (!cc_json_has(json, name))
		return 0;
	CC_TRY(cc_json_get_str(json, name, &text, err));
	if (strlen(text) > max)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has %zu characters, at most %zu are read",
			       name, strlen(text), max);
	return cc_str_dup(text, out, err);
}

static int read_platform(const struct cc_json *json, struct cc_oci_descriptor *d,
			 struct cc_err *err)
{
	const struct cc_json *platform = NULL;

	if (!cc_json_has(json, "platform"))
		return 0;
	CC_TRY(cc_json_get_object(json, "platform", &platform, err));
	CC_TRY(read_optional(platform, "os", CC_OCI_MEDIA_MAX, &d->os, err));
	return read_optional(platform, "architecture", CC_OCI_MEDIA_MAX, &d->architecture, err);
}

static int read_ref(const struct cc_json *json, struct cc_oci_descriptor *d, struct cc_err *err)
{
	const struct cc_json *annotations = NULL;

	if (!cc_json_has(json, "annotations"))
		return 0;
	CC_TRY(cc_json_get_object(json, "annotations", &annotations, err));
	return read_optional(annotations, REF_NAME, CC_OCI_REF_MAX, &d->ref, err);
}

/* `out` may be half filled on failure; its owner clears it. */
static int read_descriptor(const struct cc_json *json, struct cc_oci_descriptor *out,
			   struct cc_err *err)
{
	const char *digest = NULL;

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "descriptor is not an object");
	CC_TRY(read_optional(json, "mediaType", CC_OCI_MEDIA_MAX, &out->type, err));
	if (out->type == NULL)
		return cc_fail(err, CC_E_ARG, "descriptor has no media type");
	out->media = cc_oci_media_named(out->type);
	CC_TRY(cc_json_get_str(json, "digest", &digest, err));
	CC_TRY(cc_oci_digest_parse(digest, &out->digest, err));
	CC_TRY(cc_json_get_u64(json, "size", INT64_MAX, &out->size, err));
	CC_TRY(read_optional(json, "artifactType", CC_OCI_MEDIA_MAX, &out->artifact, err));
	CC_TRY(read_platform(json, out, err));
	return read_ref(json, out, err);
}

static int read_descriptors(const struct cc_json *json, const char *name, size_t max,
			    struct cc_oci_descriptor **at, size_t *count, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	size_t total = 0;

	CC_TRY(cc_json_get_array(json, name, &list, err));
	total = cc_json_count(list);
	if (total > max)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has %zu entries, at most %zu are read", name,
			       total, max);
	*at = calloc(total + 1, sizeof(**at));
	if (*at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for %zu descriptors", total);
	for (size_t i = 0; i < total; i++) {
		*count = i + 1;
		if (read_descriptor(cc_json_at(list, i), &(*at)[i], err) != 0)
			return cc_wrap(err, "%s[%zu]", name, i);
	}
	return 0;
}

/*
 * What index and manifest have in common: version, media type, and no member
 * that would make the document the other one as well (CVE-2021-41190).
 */
static int check_kind(const struct cc_json *json, enum cc_oci_media media,
		      const char *const *foreign, struct cc_err *err)
{
	const char *type = NULL;
	uint64_t version = 0;

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "document is not an object");
	CC_TRY(cc_json_get_u64(json, "schemaVersion", UINT32_MAX, &version, err));
	if (version != 2)
		return cc_fail(err, CC_E_UNSUPPORTED, "schema version is %llu, only 2 is read",
			       (unsigned long long)version);
	for (; *foreign != NULL; foreign++)
		if (cc_json_has(json, *foreign))
			return cc_fail(err, CC_E_ARG,
				       "document is ambiguous: a '%s' must not have '%s'",
				       media_names[media], *foreign);
	if (!cc_json_has(json, "mediaType"))
		return 0;
	CC_TRY(cc_json_get_str(json, "mediaType", &type, err));
	if (!cc_str_eq(type, media_names[media]))
		return cc_fail(err, CC_E_ARG,
			       "document is ambiguous: named as '%s', calls itself '%.100s'",
			       media_names[media], type);
	return 0;
}

static int read_index(const struct cc_json *json, struct cc_oci_index *out, struct cc_err *err)
{
	static const char *const foreign[] = { "layers", "config", "fsLayers", NULL };

	CC_TRY(check_kind(json, CC_OCI_INDEX, foreign, err));
	return read_descriptors(json, "manifests", CC_OCI_MANIFESTS_MAX, &out->at, &out->count,
				err);
}

int cc_oci_index_parse(struct cc_span text, struct cc_oci_index *out, struct cc_err *err)
{
	CC_AUTO_OCI_INDEX struct cc_oci_index index = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, CC_OCI_DOCUMENT_MAX, &json, err));
	CC_TRY(read_index(json, &index, err));
	*out = index;
	index = (struct cc_oci_index){ 0 };
	return 0;
}

static int read_manifest(const struct cc_json *json, struct cc_oci_manifest *out,
			 struct cc_err *err)
{
	static const char *const foreign[] = { "manifests", "fsLayers", "history", "signatures",
					       NULL };
	const struct cc_json *config = NULL;

	CC_TRY(check_kind(json, CC_OCI_MANIFEST, foreign, err));
	CC_TRY(cc_json_get_object(json, "config", &config, err));
	if (read_descriptor(config, &out->config, err) != 0)
		return cc_wrap(err, "config");
	if (out->config.media != CC_OCI_CONFIG)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "config has media type '%.100s': an artifact, not an image",
			       out->config.type);
	CC_TRY(read_descriptors(json, "layers", CC_OCI_LAYERS_MAX, &out->layers, &out->count, err));
	for (size_t i = 0; i < out->count; i++)
		if (out->layers[i].media < CC_OCI_LAYER_TAR)
			/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): was read */
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "layers[%zu] has media type '%.100s': not a layer that is "
				       "read here (tar, tar+gzip, tar+zstd)",
				       i, out->layers[i].type);
	return 0;
}

int cc_oci_manifest_parse(struct cc_span text, struct cc_oci_manifest *out, struct cc_err *err)
{
	CC_AUTO_OCI_MANIFEST struct cc_oci_manifest manifest = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, CC_OCI_DOCUMENT_MAX, &json, err));
	CC_TRY(read_manifest(json, &manifest, err));
	*out = manifest;
	manifest = (struct cc_oci_manifest){ 0 };
	return 0;
}

static int new_strings(size_t count, const char *name, struct cc_oci_strings *out,
		       struct cc_err *err)
{
	if (count > CC_OCI_STRINGS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has %zu entries, at most %d are read", name,
			       count, CC_OCI_STRINGS_MAX);
	out->at = calloc(count + 1, sizeof(*out->at));
	if (out->at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for '%s'", name);
	return 0;
}

static int read_strings(const struct cc_json *json, const char *name, struct cc_oci_strings *out,
			struct cc_err *err)
{
	const struct cc_json *list = NULL;

	if (!cc_json_has(json, name))
		return 0;
	CC_TRY(cc_json_get_array(json, name, &list, err));
	CC_TRY(new_strings(cc_json_count(list), name, out, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const char *text = cc_json_str(cc_json_at(list, i));

		if (text == NULL)
			return cc_fail(err, CC_E_ARG, "'%s[%zu]' is not a string", name, i);
		CC_TRY(cc_str_dup(text, &out->at[i], err));
		out->count = i + 1;
	}
	return 0;
}

static int read_labels(const struct cc_json *json, struct cc_oci_strings *out, struct cc_err *err)
{
	const struct cc_json *labels = NULL;

	if (!cc_json_has(json, "Labels"))
		return 0;
	CC_TRY(cc_json_get_object(json, "Labels", &labels, err));
	CC_TRY(new_strings(cc_json_count(labels), "Labels", out, err));
	for (size_t i = 0; i < cc_json_count(labels); i++) {
		const char *text = cc_json_str(cc_json_at(labels, i));

		if (text == NULL)
			return cc_fail(err, CC_E_ARG, "label '%.100s' is not a string",
				       cc_json_name_at(labels, i));
		CC_TRY(cc_strf(&out->at[i], err, "%s=%s", cc_json_name_at(labels, i), text));
		out->count = i + 1;
	}
	return 0;
}

static int read_diff_ids(const struct cc_json *json, struct cc_oci_config *out, struct cc_err *err)
{
	const struct cc_json *rootfs = NULL, *ids = NULL;
	const char *type = NULL;
	size_t count = 0;

	CC_TRY(cc_json_get_object(json, "rootfs", &rootfs, err));
	CC_TRY(cc_json_get_str(rootfs, "type", &type, err));
	if (!cc_str_eq(type, "layers"))
		return cc_fail(err, CC_E_UNSUPPORTED, "rootfs has type '%.100s', not 'layers'",
			       type);
	CC_TRY(cc_json_get_array(rootfs, "diff_ids", &ids, err));
	count = cc_json_count(ids);
	if (count > CC_OCI_LAYERS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%zu layers, at most %d are read", count,
			       CC_OCI_LAYERS_MAX);
	out->diff_ids = calloc(count + 1, sizeof(*out->diff_ids));
	if (out->diff_ids == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for %zu digests", count);
	for (size_t i = 0; i < count; i++) {
		const char *text = cc_json_str(cc_json_at(ids, i));

		if (text == NULL)
			return cc_fail(err, CC_E_ARG, "diff_ids[%zu] is not a string", i);
		CC_TRY(cc_oci_digest_parse(text, &out->diff_ids[i], err));
	}
	out->diff_id_count = count;
	return 0;
}

/* The part of a config that says how to run the image. */
static int read_process(const struct cc_json *json, struct cc_oci_config *out, struct cc_err *err)
{
	const struct cc_json *process = NULL;

	if (!cc_json_has(json, "config"))
		return 0;
	CC_TRY(cc_json_get_object(json, "config", &process, err));
	CC_TRY(read_optional(process, "User", CC_OCI_REF_MAX, &out->user, err));
	CC_TRY(read_optional(process, "WorkingDir", 4096, &out->working_dir, err));
	CC_TRY(read_strings(process, "Entrypoint", &out->entrypoint, err));
	CC_TRY(read_strings(process, "Cmd", &out->cmd, err));
	CC_TRY(read_strings(process, "Env", &out->env, err));
	return read_labels(process, &out->labels, err);
}

static int read_config(const struct cc_json *json, struct cc_oci_config *out, struct cc_err *err)
{
	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "document is not an object");
	CC_TRY(read_optional(json, "os", CC_OCI_MEDIA_MAX, &out->os, err));
	CC_TRY(read_optional(json, "architecture", CC_OCI_MEDIA_MAX, &out->architecture, err));
	CC_TRY(read_diff_ids(json, out, err));
	return read_process(json, out, err);
}

int cc_oci_config_parse(struct cc_span text, struct cc_oci_config *out, struct cc_err *err)
{
	CC_AUTO_OCI_CONFIG struct cc_oci_config config = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_parse(text, CC_OCI_DOCUMENT_MAX, &json, err));
	CC_TRY(read_config(json, &config, err));
	*out = config;
	config = (struct cc_oci_config){ 0 };
	return 0;
}
