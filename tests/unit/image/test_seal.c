/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oci/fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "codec/text.h"
#include "codec/yaml.h"
#include "image/keys-internal.h"
#include "image/seal.h"
#include "oci/bundle.h"

#define CANARY "canary-8c1e-plaintext-of-the-owner"
#define PROCESS                                                                            \
	"{\"Entrypoint\":[\"python3\"],\"Cmd\":[\"/code/x.py\",\"-v\",\"15\"],"            \
	"\"Env\":[\"PATH=/bin\",\"LANG=C\"],\"WorkingDir\":\"/code\",\"User\":\"worker\"," \
	"\"Labels\":{\"secret\":\"label\"}}"

static struct cc_err err;
static const char *const volumes[] = { "vol1:/vol1:sh3/pipeline", "own:/deep/below/own", NULL };

static const struct item lower[] = {
	{ '5', "code", NULL, 0 },
	{ '0', "code/x.py", CANARY " lower", 0 },
	{ '0', "code/gone", CANARY, 0 },
	{ '0', "etc/passwd", "root:x:0:0::/:\nworker:x:1000:1001::/:\n", 0 },
	{ '2', "bin", "usr/bin", 0 },
	{ '0', "usr/bin/" CANARY, "#!", 04755 },
	{ '1', "usr/bin/again", "usr/bin/" CANARY, 0 },
	{ 0 },
};
static const struct item upper[] = {
	{ '0', "code/x.py", CANARY " upper", 0 },
	{ '0', "code/.wh.gone", "", 0 },
	{ '0', "empty", "", 0 },
	{ 0 },
};
/* The same tree in one layer, in another order. */
static const struct item merged[] = {
	{ '0', "empty", "", 0 },
	{ '0', "usr/bin/again", "#!", 04755 },
	{ '1', "usr/bin/" CANARY, "usr/bin/again", 0 },
	{ '2', "bin", "usr/bin", 0 },
	{ '0', "etc/passwd", "root:x:0:0::/:\nworker:x:1000:1001::/:\n", 0 },
	{ '5', "code", NULL, 0 },
	{ '0', "code/x.py", CANARY " upper", 0 },
	{ 0 },
};

struct place {
	char to[128], key[128], policy[128], runtime[128];
	struct cc_image_options options;
};

static void make_place(struct fixture *f, struct place *p)
{
	(void)snprintf(p->to, sizeof(p->to), "%s/sealed", f->path);
	(void)snprintf(p->key, sizeof(p->key), "%s/key", f->path);
	(void)snprintf(p->policy, sizeof(p->policy), "%s/policy.yaml", f->path);
	(void)snprintf(p->runtime, sizeof(p->runtime), "%s/runtime", f->path);
	assert_int_equal(cc_dir_write(&f->dir, "runtime", 0755, cc_span_str("the runtime"), &err),
			 0);
	p->options = (struct cc_image_options){ .from = f->layout,
						.to = p->to,
						.key_file = p->key,
						.policy_file = p->policy,
						.runtime = p->runtime,
						.name = "sh1/s1",
						.service = "s1",
						.volumes = volumes };
}

static void make_native(struct fixture *f)
{
	f->process = PROCESS;
	fixture_add(f, CC_OCI_LAYER_GZIP, lower);
	fixture_add(f, CC_OCI_LAYER_ZSTD, upper);
	fixture_write(f);
}

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	assert_int_equal(closedir(dir), 0);
	return count - 2;
}

static int seal(const struct place *p, struct cc_image_result *out)
{
	int result = 0;

	err = (struct cc_err){ 0 };
	result = cc_image_seal(&p->options, out, &err);
	if (result != 0)
		print_message("# %s\n", err.text);
	return result;
}

static bool same_text(const struct cc_buf *a, const struct cc_buf *b)
{
	return cc_span_eq(cc_buf_span(a), cc_buf_span(b));
}

static void the_same_input_options_and_key_give_the_same_image(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result a = { 0 }, b = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &a), 0);
	p.options.force = true;
	assert_int_equal(seal(&p, &b), 0);
	assert_memory_equal(a.manifest.b, b.manifest.b, 32);
	assert_memory_equal(a.tag.b, b.tag.b, 32);
	assert_true(same_text(&a.policy, &b.policy));
}

static void another_key_gives_another_image_of_the_same_measurement(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result a = { 0 }, b = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &a), 0);
	p.options.force = true;
	p.options.key_file = NULL;
	assert_int_equal(seal(&p, &b), 0);
	assert_memory_not_equal(a.manifest.b, b.manifest.b, 32);
	assert_memory_not_equal(a.tag.b, b.tag.b, 32);
	assert_memory_equal(a.measurement.b, b.measurement.b, 32);
}

static struct cc_secret *key_of(const struct cc_image_result *result)
{
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	struct cc_secret *key = NULL;
	const struct cc_yaml *service = NULL, *value = NULL;
	uint8_t bytes[32] = { 0 };

	assert_int_equal(cc_yaml_parse(cc_buf_span(&result->policy), NULL, &doc, &err), 0);
	service = &cc_yaml_get(cc_yaml_root(doc), "services")->values[0];
	value = cc_yaml_get(service, "fspf_key");
	assert_int_equal(cc_hex_parse_fixed(cc_span(value->text, value->text_len), "key",
					    CC_MUT(bytes), &err),
			 0);
	assert_int_equal(cc_secret_from(CC_SPAN(bytes), &key, &err), 0);
	return key;
}

/* Nonces are counted in the order of the calls: the same tree in another order needs
 * another key, though it is the same content. */
static void the_same_tree_in_other_layers_measures_the_same_under_another_key(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result a = { 0 }, b = { 0 };
	CC_AUTO_SECRET struct cc_secret *key_a = NULL, *key_b = NULL;
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &a), 0);
	fixture_add(f, CC_OCI_LAYER_TAR, merged);
	fixture_write(f);
	p.options.force = true;
	assert_int_equal(seal(&p, &b), 0);
	assert_memory_equal(a.content.b, b.content.b, 32);
	assert_memory_equal(a.measurement.b, b.measurement.b, 32);
	key_a = key_of(&a);
	key_b = key_of(&b);
	assert_false(cc_secret_equal(key_a, key_b));
	assert_memory_not_equal(a.manifest.b, b.manifest.b, 32);
}

static void other_content_is_another_measurement_and_another_key(void **state)
{
	static const struct item changed[] = { { '0', "empty", "x", 0 }, { 0 } };
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result a = { 0 }, b = { 0 };
	CC_AUTO_SECRET struct cc_secret *key_a = NULL, *key_b = NULL;
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &a), 0);
	fixture_add(f, CC_OCI_LAYER_GZIP, lower);
	fixture_add(f, CC_OCI_LAYER_ZSTD, upper);
	fixture_add(f, CC_OCI_LAYER_TAR, changed);
	fixture_write(f);
	p.options.force = true;
	assert_int_equal(seal(&p, &b), 0);
	assert_memory_not_equal(a.measurement.b, b.measurement.b, 32);
	key_a = key_of(&a);
	key_b = key_of(&b);
	assert_false(cc_secret_equal(key_a, key_b));
}

static void who_has_no_key_computes_the_same_measurement(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result sealed = { 0 }, measured = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &sealed), 0);
	p.options = (struct cc_image_options){ .from = f->layout,
					       .runtime = p.runtime,
					       .volumes = volumes };
	assert_int_equal(cc_image_measure(&p.options, &measured, &err), 0);
	assert_memory_equal(measured.measurement.b, sealed.measurement.b, 32);
	assert_memory_equal(measured.content.b, sealed.content.b, 32);
	p.options.volumes = NULL; /* a mount point is part of the tree */
	assert_int_equal(cc_image_measure(&p.options, &measured, &err), 0);
	assert_memory_not_equal(measured.measurement.b, sealed.measurement.b, 32);
}

static void a_private_image_is_measured_with_its_salt_only(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result sealed = { 0 }, measured = { 0 };
	CC_AUTO_YAML struct cc_yaml_doc *doc = NULL;
	const struct cc_yaml *salt = NULL;
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.private_content = true;
	assert_int_equal(seal(&p, &sealed), 0);
	assert_int_equal(cc_yaml_parse(cc_buf_span(&sealed.policy), NULL, &doc, &err), 0);
	salt = cc_yaml_get(&cc_yaml_get(cc_yaml_root(doc), "services")->values[0], "content_salt");
	assert_non_null(salt);
	p.options.private_content = false;
	assert_int_equal(cc_image_measure(&p.options, &measured, &err), 0);
	assert_memory_not_equal(measured.measurement.b, sealed.measurement.b, 32);
	p.options.content_salt = salt->text;
	assert_int_equal(cc_image_measure(&p.options, &measured, &err), 0);
	assert_memory_equal(measured.measurement.b, sealed.measurement.b, 32);
	p.options.content_salt = NULL;
	p.options.private_content = true;
	p.options.key_file = NULL;
	assert_int_equal(cc_image_measure(&p.options, &measured, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void nothing_of_the_image_is_in_the_clear(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &result), 0);
	assert_int_equal(entries(f->path), 5); /* layout, sealed, key, policy.yaml, runtime */
	assert_false(tree_on_disk_has(p.to, CANARY));
	assert_false(tree_on_disk_has(p.to, "x.py"));
	assert_false(tree_on_disk_has(p.to, "python3"));
	assert_false(tree_on_disk_has(p.to, "LANG"));
	assert_false(tree_on_disk_has(p.to, "label"));
	assert_true(tree_on_disk_has(p.to, "concordat/measured"));
}

/* As the runtime does: from key and tag alone. */
static void open_sealed(struct place *p, const struct cc_image_result *result, const char *cache,
			struct cc_volume_dir **dir, struct cc_volume **volume)
{
	CC_CLEANUP(cc_image_names_clear) struct cc_image_names names = { 0 };
	CC_AUTO_OCI_BUNDLE struct cc_oci_bundle bundle = { 0 };
	CC_AUTO_SECRET struct cc_secret *key = key_of(result);
	struct cc_volume_base base = { .epoch = 1, .number = 1, .tag = result->tag };
	struct cc_volume_open how = { .base = &base, .hash_extents = true };
	struct cc_volume_store store = { 0 };
	char path[512];

	assert_int_equal(cc_oci_bundle_make(p->to, NULL, cache, &bundle, &err), 0);
	assert_string_equal(bundle.image.config.entrypoint.at[0], "/concordat/runtime");
	assert_int_equal(bundle.image.config.env.count, 0);
	(void)snprintf(path, sizeof(path), "%s/concordat/image", bundle.rootfs);
	assert_int_equal(cc_image_names_derive(key, &names, &err), 0);
	how.id = names.id;
	base.state = names.state;
	base.key = names.epoch_key;
	assert_int_equal(cc_volume_dir_open(path, false, dir, &store, &err), 0);
	assert_int_equal(cc_volume_open(&store, &how, volume, &err), 0);
}

static const char *read_file(struct cc_volume *v, const char *path)
{
	static char text[256];
	struct cc_volume_attr attr = { 0 };
	size_t got = 0;

	assert_int_equal(cc_volume_resolve(v, path, &attr, &err), 0);
	assert_int_equal(cc_volume_read(v, attr.ino, 0,
					(struct cc_mut){ (uint8_t *)text, sizeof(text) - 1 }, &got,
					&err),
			 0);
	text[got] = '\0';
	return text;
}

static void the_sealed_volume_opens_by_key_and_tag_and_holds_the_tree(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_volume *v = NULL;
	struct cc_volume_attr attr = { 0 }, other = { 0 };
	struct cc_digest content = { 0 }, salted = { 0 };
	struct cc_span target = { 0 };
	struct place p = { 0 };
	char cache[128];

	make_native(f);
	make_place(f, &p);
	(void)snprintf(cache, sizeof(cache), "%s/cache", f->path);
	assert_int_equal(seal(&p, &result), 0);
	open_sealed(&p, &result, cache, &dir, &v);
	assert_int_equal(cc_volume_content(v, &content, &err), 0);
	assert_int_equal(cc_volume_salted(&content, cc_span(NULL, 0), &salted, &err), 0);
	assert_memory_equal(salted.b, result.content.b, 32);
	assert_string_equal(read_file(v, "/code/x.py"), CANARY " upper");
	assert_string_equal(read_file(v, "/usr/bin/again"), "#!");
	assert_int_equal(cc_volume_resolve(v, "/code/gone", &attr, &err), -1);
	assert_int_equal(cc_volume_resolve(v, "/usr/bin/again", &attr, &err), 0);
	assert_int_equal(cc_volume_resolve(v, "/usr/bin/" CANARY, &other, &err), 0);
	assert_int_equal(attr.ino, other.ino);
	assert_int_equal(attr.links, 2);
	assert_int_equal(attr.mode, S_IFREG | 04755);
	assert_int_equal(attr.modified.sec, 1000000000);
	assert_int_equal(cc_volume_resolve(v, "/bin", &attr, &err), 0);
	assert_int_equal(cc_volume_readlink(v, attr.ino, &target, &err), 0);
	assert_true(cc_span_eq_str(target, "usr/bin"));
	assert_int_equal(cc_volume_resolve(v, "/tmp", &attr, &err), 0);
	assert_int_equal(attr.mode, S_IFDIR | 01777);
	assert_int_equal(cc_volume_resolve(v, "/deep/below/own", &attr, &err), 0);
	assert_int_equal(cc_volume_resolve(v, "/vol1", &attr, &err), 0);
	assert_int_equal(cc_volume_resolve(v, "/proc", &attr, &err), 0);
	cc_volume_free(v);
	cc_volume_dir_free(dir);
}

static void the_policy_says_what_the_image_said(void **state)
{
	struct fixture *f = *state;
	static const char *const tolerate[] = { "simulation", NULL };
	static const char *const executions[] = { "sh3/pipeline:3", NULL };
	static const char *const more[] = { "LANG=de \"x\"", "A=\xc3\xbc\n", NULL };
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	CC_AUTO_BUF struct cc_buf expected = { 0 };
	struct cc_buf key = { 0 };
	char m[65], r[65], c[65], tag[65];
	struct stat st = { 0 };
	struct place p = { 0 };
	struct cc_digest d = { 0 };
	struct cc_secret *secret = NULL;
	const char *key_text = NULL;

	make_native(f);
	make_place(f, &p);
	p.options.tolerate = tolerate;
	p.options.executions = executions;
	p.options.environment = more;
	assert_int_equal(seal(&p, &result), 0);
	memcpy(d.b, result.measurement.b, 32);
	cc_hex_digest(&d, m);
	cc_hex_digest(&result.runtime, r);
	cc_hex_digest(&result.content, c);
	cc_hex_digest(&result.tag, tag);
	secret = key_of(&result);
	assert_int_equal(cc_hex_add(&key, cc_secret_span(secret), &err), 0);
	assert_int_equal(cc_buf_str(&key, &key_text, &err), 0);
	assert_int_equal(
		cc_buf_addf(
			&expected, &err,
			"name: \"sh1/s1\"\nversion: \"0.3.12\"\nidentity: signed\nservices:\n"
			"  - name: \"s1\"\n"
			"    image_name: \"s1\"\n    mrenclaves:\n      - %s\n    measurements:\n"
			"      - platform: sgx\n        runtime: %s\n        content: %s\n"
			"    command:\n      - \"python3\"\n      - \"/code/x.py\"\n      - \"-v\"\n"
			"      - \"15\"\n    environment:\n      \"PATH\": \"/bin\"\n"
			"      \"LANG\": \"de \\\"x\\\"\"\n      \"A\": \"\xc3\xbc\\u000a\"\n"
			"    pwd: \"/code\"\n    user: \"1000\"\n    group: \"1001\"\n"
			"    fspf_path: /concordat/image\n    fspf_key: %s\n    fspf_tag: %s\n"
			"    executions:\n      - consumer: \"sh3/pipeline\"\n"
			"        id: \"sh3.pipeline\"\n        maximum: 3\nimages:\n"
			"  - name: \"s1\"\n    volumes:\n      - name: \"vol1\"\n"
			"        path: \"/vol1\"\n      - name: \"own\"\n"
			"        path: \"/deep/below/own\"\nvolumes:\n  - name: \"vol1\"\n"
			"    import:\n      session: \"sh3/pipeline\"\n      volume: \"vol1\"\n"
			"  - name: \"own\"\naccess_policy:\n  read:\n    - CREATOR\n  update:\n"
			"    - CREATOR\nsecurity:\n  attestation:\n    tolerate:\n"
			"      - \"simulation\"\n",
			m, r, c, key_text, tag),
		0);
	if (!same_text(&expected, &result.policy))
		fail_msg("%.*s", (int)result.policy.len, (const char *)result.policy.at);
	assert_int_equal(stat(p.policy, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	cc_buf_clear(&key);
	cc_secret_free(secret);
}

static void a_policy_that_the_cas_would_refuse_is_not_written(void **state)
{
	struct fixture *f = *state;
	static const char *const tolerate[] = { "everything", NULL };
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.tolerate = tolerate;
	assert_int_equal(seal(&p, &result), -1);
	assert_non_null(strstr(err.text, "everything"));
	p.options.tolerate = NULL;
	p.options.name = "not a name";
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(entries(f->path), 3); /* layout, runtime, key */
}

static void a_key_file_is_made_for_its_owner_only_and_read_again(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct stat st = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(seal(&p, &result), 0);
	assert_int_equal(stat(p.key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	assert_int_equal(cc_dir_write(&f->dir, "key", 0600, cc_span_str("short"), &err), 0);
	p.options.force = true;
	assert_int_equal(seal(&p, &result), -1);
	assert_non_null(strstr(err.text, "key file"));
	assert_null(strstr(err.text, "short"));
	assert_int_equal(entries(f->path), 5);
}

static void a_changed_byte_of_the_native_image_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	CC_AUTO_CLOSE int fd = -1;
	char hex[CC_HEX_DIGEST], name[192];
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(cc_oci_layout_open(f->layout, &layout, &err), 0);
	assert_int_equal(cc_oci_image_find(&layout, NULL, &image, &err), 0);
	cc_hex_digest(&image.manifest.layers[0].digest, hex);
	(void)snprintf(name, sizeof(name), "layout/blobs/sha256/%s", hex);
	assert_int_equal(cc_dir_openat(&f->dir, name, O_WRONLY, 0, &fd, &err), 0);
	assert_int_equal(cc_pwrite_all(fd, cc_span_str("X"), 40, &err), 0);
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_non_null(strstr(err.text, hex));
	assert_int_equal(entries(f->path), 2); /* layout, runtime */
}

static void a_disk_that_is_full_leaves_nothing_half_written(void **state)
{
	struct fixture *f = *state;
	static const struct item big_item = { '0', "big", NULL, 0 };
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct rlimit saved = { 0 }, small = { 0 };
	static uint8_t noise[400000];
	struct cc_buf tar = { 0 };
	struct place p = { 0 };

	assert_int_equal(cc_random(CC_MUT(noise), &err), 0);
	tar_add(&tar, &big_item, CC_SPAN(noise));
	tar_end(&tar);
	f->process = PROCESS;
	fixture_add(f, CC_OCI_LAYER_GZIP, lower);
	fixture_add_tar(f, &tar, CC_OCI_LAYER_TAR);
	fixture_write(f);
	make_place(f, &p);
	assert_true(sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL) == 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	small = (struct rlimit){ 300000, saved.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(entries(f->path), 3); /* layout, runtime, and the key, which is good */
}

static void what_is_there_is_not_replaced_without_force(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(cc_dir_write(&f->dir, "policy.yaml", 0600, cc_span_str("old"), &err), 0);
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_true(tree_on_disk_has(p.policy, "old"));
	p.options.policy_file = NULL;
	assert_int_equal(seal(&p, &result), 0);
	cc_image_result_clear(&result);
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

static void a_failure_with_force_keeps_the_old_policy(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	assert_int_equal(cc_dir_write(&f->dir, "policy.yaml", 0600, cc_span_str("old"), &err), 0);
	assert_int_equal(cc_dir_mkdir(&f->dir, "sealed", 0755, &err), 0);
	p.options.force = true;
	assert_int_equal(seal(&p, &result), -1);
	assert_true(tree_on_disk_has(p.policy, "old"));
}

static void labels_are_kept_on_purpose_only(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.keep_labels = true;
	assert_int_equal(seal(&p, &result), 0);
	assert_true(tree_on_disk_has(p.to, "\"Labels\":{\"secret\":\"label\"}"));
}

struct seen {
	char phases[64];
	uint64_t done, total;
};

static void see(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->phases);

	if (strstr(seen->phases, phase) == NULL)
		(void)snprintf(seen->phases + len, sizeof(seen->phases) - len, "%s ", phase);
	assert_true(done <= total);
	seen->done = done;
	seen->total = total;
}

static void progress_goes_through_all_phases_to_its_end(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct seen seen = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.progress.step = see;
	p.options.progress.ctx = &seen;
	assert_int_equal(seal(&p, &result), 0);
	assert_string_equal(seen.phases, "names digest encrypt ");
	assert_int_equal(seen.done, seen.total);
}

static void replace_runtime(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
	struct fixture *f = ctx;

	(void)done;
	(void)total;
	if (strcmp(phase, "encrypt") == 0) {
		CC_AUTO_CLOSE int fd = -1;

		assert_int_equal(cc_dir_openat(&f->dir, "runtime", O_WRONLY, 0, &fd, &err), 0);
		assert_int_equal(cc_pwrite_all(fd, cc_span_str("X"), 0, &err), 0);
	}
}

static void a_runtime_that_changes_meanwhile_is_noticed(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.progress.step = replace_runtime;
	p.options.progress.ctx = f;
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_non_null(strstr(err.text, "runtime changed"));
}

static void options_that_contradict_themselves_are_refused(void **state)
{
	static const char *const names[] = { "v:/a", "v:/b", NULL },
				 *const paths[] = { "v:/a", "w:/a", NULL },
				 *const twice[] = { "a:1", "a:2", NULL };
	struct fixture *f = *state;
	CC_AUTO_IMAGE_RESULT struct cc_image_result result = { 0 };
	struct place p = { 0 };

	make_native(f);
	make_place(f, &p);
	p.options.volumes = names;
	assert_int_equal(seal(&p, &result), -1);
	assert_non_null(strstr(err.text, "same name or path"));
	p.options.volumes = paths;
	assert_int_equal(seal(&p, &result), -1);
	assert_non_null(strstr(err.text, "same name or path"));
	p.options.volumes = NULL;
	p.options.executions = twice;
	assert_int_equal(seal(&p, &result), -1);
	assert_non_null(strstr(err.text, "twice"));
	p.options.executions = NULL;
	p.options.runtime = f->path;
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_ARG);
	p.options.runtime = p.runtime;
	assert_int_equal(cc_dir_write(&f->dir, "runtime", 0755, cc_span(NULL, 0), &err), 0);
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_ARG);
	p.options.runtime = "/nonexistent/runtime";
	assert_int_equal(seal(&p, &result), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
}

static void the_key_depends_on_every_part_of_the_input(void **state)
{
	CC_AUTO_SECRET struct cc_secret *image_key = NULL, *first = NULL;
	struct cc_image_input input = { 0 };
	uint8_t *const parts[] = { input.content.b, input.calls.b, input.options.b };

	(void)state;
	assert_int_equal(cc_secret_new(32, &image_key, &err), 0);
	assert_int_equal(cc_image_key_derive(image_key, &input, &first, &err), 0);
	for (size_t i = 0; i < CC_COUNT(parts); i++) {
		CC_AUTO_SECRET struct cc_secret *other = NULL;

		parts[i][31] ^= 1;
		assert_int_equal(cc_image_key_derive(image_key, &input, &other, &err), 0);
		assert_false(cc_secret_equal(first, other));
		parts[i][31] ^= 1;
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_same_input_options_and_key_give_the_same_image),
		T(another_key_gives_another_image_of_the_same_measurement),
		T(the_same_tree_in_other_layers_measures_the_same_under_another_key),
		T(other_content_is_another_measurement_and_another_key),
		T(who_has_no_key_computes_the_same_measurement),
		T(a_private_image_is_measured_with_its_salt_only),
		T(nothing_of_the_image_is_in_the_clear),
		T(the_sealed_volume_opens_by_key_and_tag_and_holds_the_tree),
		T(the_policy_says_what_the_image_said),
		T(a_policy_that_the_cas_would_refuse_is_not_written),
		T(a_key_file_is_made_for_its_owner_only_and_read_again),
		T(a_changed_byte_of_the_native_image_leaves_nothing),
		T(a_disk_that_is_full_leaves_nothing_half_written),
		T(what_is_there_is_not_replaced_without_force),
		T(a_failure_with_force_keeps_the_old_policy),
		T(labels_are_kept_on_purpose_only),
		T(a_runtime_that_changes_meanwhile_is_noticed),
		T(options_that_contradict_themselves_are_refused),
		T(the_key_depends_on_every_part_of_the_input),
		T(progress_goes_through_all_phases_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
