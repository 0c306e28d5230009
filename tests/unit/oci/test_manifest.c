/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "crypto/init.h"
#include "oci/manifest.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OCI "application/vnd.oci.image."
#define CONFIG \
	"\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":\"" DIGEST "\",\"size\":7}"
#define LAYER "{\"mediaType\":\"" OCI "layer.v1.tar+gzip\",\"digest\":\"" DIGEST "\",\"size\":9}"
#define MANIFEST "{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER "]"
#define INDEX                                                                             \
	"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI "manifest.v1+json\"," \
	"\"digest\":\"" DIGEST "\",\"size\":3,\"annotations\":"                           \
	"{\"org.opencontainers.image.ref.name\":\"v1\"},"                                 \
	"\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}}]"
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" DIGEST "\"]}"

static struct cc_err err;

static void a_manifest_is_read_with_its_layers_in_order(void **state)
{
	CC_AUTO_OCI_MANIFEST struct cc_oci_manifest m = { 0 };

	(void)state;
	assert_int_equal(cc_oci_manifest_parse(
				 cc_span_str(MANIFEST ",\"mediaType\":\"" OCI "manifest.v1+json\","
						      "\"annotations\":{\"x\":\"y\"}}"),
				 &m, &err),
			 0);
	assert_int_equal(m.count, 1);
	assert_int_equal(m.layers[0].media, CC_OCI_LAYER_GZIP);
	assert_int_equal(m.layers[0].size, 9);
	assert_int_equal(m.config.size, 7);
	assert_int_equal(m.config.digest.b[1], 0x23);
}

static void an_index_is_read_with_tags_and_platforms(void **state)
{
	CC_AUTO_OCI_INDEX struct cc_oci_index index = { 0 };

	(void)state;
	assert_int_equal(cc_oci_index_parse(cc_span_str(INDEX "}"), &index, &err), 0);
	assert_int_equal(index.count, 1);
	assert_string_equal(index.at[0].ref, "v1");
	assert_string_equal(index.at[0].os, "linux");
	assert_string_equal(index.at[0].architecture, "amd64");
}

static void a_config_is_read_with_what_runs(void **state)
{
	CC_AUTO_OCI_CONFIG struct cc_oci_config c = { 0 };

	(void)state;
	assert_int_equal(
		cc_oci_config_parse(
			cc_span_str("{" ROOTFS ",\"os\":\"linux\",\"config\":{\"User\":\"7\","
				    "\"Env\":[\"A=b\"],\"Cmd\":[\"x\",\"y\"],\"Entrypoint\":null,"
				    "\"WorkingDir\":\"/w\",\"Labels\":{\"k\":\"v\"}}}"),
			&c, &err),
		0);
	assert_int_equal(c.cmd.count, 2);
	assert_string_equal(c.cmd.at[1], "y");
	assert_null(c.cmd.at[2]);
	assert_int_equal(c.entrypoint.count, 0);
	assert_string_equal(c.env.at[0], "A=b");
	assert_string_equal(c.user, "7");
	assert_string_equal(c.working_dir, "/w");
	assert_string_equal(c.labels.at[0], "k=v");
	assert_int_equal(c.diff_id_count, 1);
}

enum what { MANIFESTS, INDEXES, CONFIGS };

static const struct {
	enum what what;
	const char *text;
	enum cc_code code;
	const char *says;
} refused[] = {
	/* CVE-2021-41190: one document, two meanings */
	{ MANIFESTS, MANIFEST ",\"manifests\":[]}", CC_E_ARG, "ambiguous" },
	{ MANIFESTS, MANIFEST ",\"fsLayers\":[]}", CC_E_ARG, "ambiguous" },
	{ INDEXES, INDEX ",\"layers\":[]}", CC_E_ARG, "ambiguous" },
	{ INDEXES, INDEX ",\"config\":{}}", CC_E_ARG, "ambiguous" },
	{ MANIFESTS, MANIFEST ",\"mediaType\":\"" OCI "index.v1+json\"}", CC_E_ARG,
	  "calls itself" },
	{ INDEXES, INDEX ",\"mediaType\":\"" OCI "manifest.v1+json\"}", CC_E_ARG, "calls itself" },
	{ MANIFESTS, MANIFEST ",\"schemaVersion\":2}", CC_E_ARG, "same name" },
	{ MANIFESTS, "{\"schemaVersion\":1," CONFIG ",\"layers\":[]}", CC_E_UNSUPPORTED,
	  "version" },
	{ MANIFESTS, "{\"schemaVersion\":2," CONFIG "}", CC_E_ARG, "layers" },
	{ MANIFESTS, "{\"schemaVersion\":2,\"layers\":[]}", CC_E_ARG, "config" },
	{ MANIFESTS, "[]", CC_E_ARG, "object" },
	{ INDEXES, "{\"schemaVersion\":2}", CC_E_ARG, "manifests" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2," CONFIG ",\"layers\":[{\"mediaType\":"
	  "\"application/vnd.docker.image.rootfs.diff.tar.gzip\",\"digest\":\"" DIGEST
	  "\",\"size\":1}]}",
	  CC_E_UNSUPPORTED, "layers[0]" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\","
	  "\"digest\":\"" DIGEST "\",\"size\":1},\"layers\":[]}",
	  CC_E_UNSUPPORTED, "artifact" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\","
	  "\"digest\":\"sha512:00\",\"size\":1},\"layers\":[]}",
	  CC_E_UNSUPPORTED, "sha512:00" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\",\"digest\":"
	  "\"sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\","
	  "\"size\":1},\"layers\":[]}",
	  CC_E_ARG, "lower case" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\","
	  "\"digest\":\"sha256:01\",\"size\":1},\"layers\":[]}",
	  CC_E_ARG, "digest" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"" OCI "config.v1+json\","
	  "\"digest\":\"" DIGEST "\",\"size\":-1},\"layers\":[]}",
	  CC_E_ARG, "size" },
	{ MANIFESTS,
	  "{\"schemaVersion\":2,\"config\":{\"digest\":\"" DIGEST "\",\"size\":1},\"layers\":[]}",
	  CC_E_ARG, "media type" },
	{ CONFIGS, "{\"os\":\"linux\"}", CC_E_ARG, "rootfs" },
	{ CONFIGS, "{\"rootfs\":{\"type\":\"other\",\"diff_ids\":[]}}", CC_E_UNSUPPORTED, "other" },
	{ CONFIGS, "{" ROOTFS ",\"config\":{\"Cmd\":[1]}}", CC_E_ARG, "Cmd[0]" },
	{ CONFIGS, "{" ROOTFS ",\"config\":{\"Cmd\":\"sh\"}}", CC_E_ARG, "Cmd" },
	{ CONFIGS, "{" ROOTFS ",\"config\":{\"Env\":[\"A=\\u0000\"]}}", CC_E_ARG, "" },
	{ CONFIGS, "{" ROOTFS ",\"config\":{\"Labels\":{\"a\":1}}}", CC_E_ARG, "label" },
	{ CONFIGS, "{" ROOTFS "} x", CC_E_ARG, "" },
};

static int parse(enum what what, const char *text)
{
	CC_AUTO_OCI_MANIFEST struct cc_oci_manifest m = { 0 };
	CC_AUTO_OCI_INDEX struct cc_oci_index index = { 0 };
	CC_AUTO_OCI_CONFIG struct cc_oci_config config = { 0 };

	if (what == MANIFESTS)
		return cc_oci_manifest_parse(cc_span_str(text), &m, &err);
	if (what == INDEXES)
		return cc_oci_index_parse(cc_span_str(text), &index, &err);
	return cc_oci_config_parse(cc_span_str(text), &config, &err);
}

static void documents_that_are_wrong_or_ambiguous_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		err = (struct cc_err){ 0 };
		if (parse(refused[i].what, refused[i].text) != -1)
			fail_msg("row %zu was accepted: %s", i, refused[i].text);
		if (err.code != refused[i].code || strstr(err.text, refused[i].says) == NULL)
			fail_msg("row %zu: %d %s", i, (int)err.code, err.text);
	}
}

static void more_layers_than_the_maximum_are_refused(void **state)
{
	CC_AUTO_OCI_MANIFEST struct cc_oci_manifest m = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	(void)state;
	assert_int_equal(
		cc_buf_add_str(&text, "{\"schemaVersion\":2," CONFIG ",\"layers\":[", &err), 0);
	for (int i = 0; i < CC_OCI_LAYERS_MAX; i++)
		assert_int_equal(cc_buf_add_str(&text, LAYER ",", &err), 0);
	assert_int_equal(cc_buf_add_str(&text, LAYER "]}", &err), 0);
	assert_int_equal(cc_oci_manifest_parse(cc_buf_span(&text), &m, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static int start(void **state)
{
	(void)state;
	return cc_crypto_init(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_is_read_with_its_layers_in_order),
		cmocka_unit_test(an_index_is_read_with_tags_and_platforms),
		cmocka_unit_test(a_config_is_read_with_what_runs),
		cmocka_unit_test(documents_that_are_wrong_or_ambiguous_are_refused),
		cmocka_unit_test(more_layers_than_the_maximum_are_refused),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
