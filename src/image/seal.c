/* SPDX-License-Identifier: Apache-2.0 */
#include "image/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "codec/text.h"
#include "image/fill-internal.h"
#include "image/keys-internal.h"
#include "image/plan-internal.h"
#include "image/policy-internal.h"
#include "oci/writer.h"

/* What becomes known on the way. */
struct sealing {
	const struct cc_image_options *options;
	struct cc_image_plan *plan;
	struct cc_image_peek peeks[CC_IMAGE_PEEKS]; /* /etc/passwd, /etc/group */
	const char *phase;
	struct cc_image_input input;
	struct cc_secret *image_key, *key;
	struct cc_image_names names;
	bool salted;
	struct cc_digest salt;
	struct cc_image_result result;
};

void cc_image_result_clear(struct cc_image_result *result)
{
	cc_buf_clear(&result->policy);
}

static void sealing_done(struct sealing *s)
{
	cc_image_plan_free(s->plan);
	for (size_t i = 0; i < CC_IMAGE_PEEKS; i++)
		cc_buf_clear(&s->peeks[i].text);
	cc_secret_free(s->image_key);
	cc_secret_free(s->key);
	cc_image_names_clear(&s->names);
	cc_image_result_clear(&s->result);
}

static void step(void *ctx, uint64_t done, uint64_t total)
{
	const struct sealing *s = ctx;

	if (s->options->progress.step != NULL)
		s->options->progress.step(s->options->progress.ctx, s->phase, done, total);
}

static struct cc_image_source source_of(struct sealing *s, const char *phase)
{
	s->phase = phase;
	return (struct cc_image_source){ .layout = &s->plan->layout,
					 .image = &s->plan->image,
					 .tree = s->plan->tree,
					 .limits = s->options->limits,
					 .progress = { .step = step, .ctx = s },
					 .peeks = s->peeks };
}

static void choose_peeks(struct sealing *s)
{
	static const char *const paths[CC_IMAGE_PEEKS] = { "etc/passwd", "etc/group" };

	for (size_t i = 0; i < CC_IMAGE_PEEKS; i++) {
		const struct cc_oci_node *node = cc_oci_tree_find(s->plan->tree, paths[i]);

		if (node != NULL && node->inode->kind == CC_OCI_FILE &&
		    node->inode->size <= CC_IMAGE_PEEK_MAX)
			s->peeks[i].inode = node->inode;
	}
}

/* The second reading: what the volume will say, without a key that matters. */
static int find_content(struct sealing *s, struct cc_err *err)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_volume_epoch epoch = { .epoch = 1 };
	struct cc_volume_open how = { .epoch = &epoch, .hash_extents = true };
	struct cc_image_source source = source_of(s, "digest");
	struct cc_volume_store store = { 0 };
	CC_AUTO_VOLUME struct cc_volume *volume = NULL;

	choose_peeks(s);
	CC_TRY(cc_secret_random(CC_HEX_KEY_LEN, &key, err));
	epoch.key = key;
	cc_volume_null_store(&store);
	CC_TRY(cc_volume_open(&store, &how, &volume, err));
	CC_TRY(cc_image_fill(&source, volume, &s->input.calls, err));
	s->input.options = s->plan->options;
	return cc_volume_content(volume, &s->input.content, err);
}

static int find_salt(struct sealing *s, struct cc_err *err)
{
	const char *text = s->options->content_salt;

	s->salted = s->options->private_content || text != NULL;
	if (text != NULL)
		return cc_hex_parse_fixed(cc_span_str(text), "content salt", CC_MUT(s->salt.b),
					  err);
	if (!s->salted)
		return 0;
	if (s->image_key == NULL) {
		cc_err_set(err, CC_E_ARG, "the content of a private image is salted");
		return cc_hint(err, "give the content salt of its policy, or the key file");
	}
	return cc_image_content_salt(s->image_key, &s->input.content, &s->salt, err);
}

static int find_measurement(struct sealing *s, struct cc_measured *record, struct cc_err *err)
{
	struct cc_span salt = s->salted ? CC_DIGEST_SPAN(s->salt) : cc_span(NULL, 0);

	CC_TRY(cc_volume_salted(&s->input.content, salt, &s->result.content, err));
	s->result.runtime = s->plan->runtime_digest;
	record->runtime = s->result.runtime;
	record->content = s->result.content;
	CC_TRY(cc_measure_options(NULL, &record->options, err));
	cc_oci_tree_count(s->plan->tree, &s->result.counts);
	return cc_measure("sgx", record, &s->result.measurement, err);
}

/* The third reading. What it gives must be what the keys were derived from. */
static int encrypt(struct sealing *s, const char *dir_path, struct cc_err *err)
{
	struct cc_volume_epoch epoch = { .epoch = 1 };
	struct cc_volume_open how = { .epoch = &epoch, .hash_extents = true };
	struct cc_image_source source = source_of(s, "encrypt");
	struct cc_volume_commit commit = { 0 };
	struct cc_digest calls = { 0 }, content = { 0 };
	struct cc_volume_store store = { 0 };
	struct cc_volume_dir *dir = NULL;
	struct cc_volume *volume = NULL;
	int result = -1;

	source.peeks = NULL;
	CC_TRY(cc_image_key_derive(s->image_key, &s->input, &s->key, err));
	CC_TRY(cc_image_names_derive(s->key, &s->names, err));
	how.id = s->names.id;
	epoch.state = s->names.state;
	epoch.key = s->names.epoch_key;
	CC_TRY(cc_volume_dir_open(dir_path, false, &dir, &store, err));
	if (cc_volume_open(&store, &how, &volume, err) == 0 &&
	    cc_image_fill(&source, volume, &calls, err) == 0 &&
	    cc_volume_content(volume, &content, err) == 0)
		result = cc_volume_commit(volume, &commit, err);
	cc_volume_free(volume);
	cc_volume_dir_free(dir);
	if (result != 0)
		return -1;
	/*
	 * Bytes under this key that the key was not derived for must not leave. Blobs that
	 * change are noticed by their digests before this; here it would be our own mistake.
	 */
	if (!cc_digest_eq(&calls, &s->input.calls) || !cc_digest_eq(&content, &s->input.content))
		return cc_fail(err, CC_E_BUG, "two readings of the native image differ");
	if (commit.number != 1)
		return cc_fail(err, CC_E_BUG, "the image is commit %llu of its volume",
			       (unsigned long long)commit.number);
	s->result.tag = commit.tag;
	return 0;
}

static int write_measured_layer(struct sealing *s, const struct cc_measured *record,
				struct cc_oci_writer *w, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest written = { 0 };

	CC_TRY(cc_measured_print(record, &text, err));
	CC_TRY(cc_oci_writer_layer(w, err));
	CC_TRY(cc_oci_writer_dir(w, "concordat", 0755, err));
	CC_TRY(cc_oci_writer_file(w, CC_MEASURED_PATH, 0444, cc_buf_span(&text), err));
	CC_TRY(cc_oci_writer_dir(w, "concordat/root", 0755, err));
	CC_TRY(cc_oci_writer_file_from(w, "concordat/runtime", 0555, s->plan->runtime, &written,
				       err));
	if (!cc_digest_eq(&written, &s->plan->runtime_digest))
		return cc_fail(err, CC_E_TAMPERED, "the runtime changed while it was copied");
	CC_TRY(cc_oci_writer_dir(w, "dev", 0755, err));
	CC_TRY(cc_oci_writer_dir(w, "proc", 0755, err));
	CC_TRY(cc_oci_writer_dir(w, "run", 0755, err));
	CC_TRY(cc_oci_writer_dir(w, "run/concordat", 0755, err));
	CC_TRY(cc_oci_writer_dir(w, "sys", 0755, err));
	CC_TRY(cc_oci_writer_dir(w, "tmp", 01777, err));
	return cc_oci_writer_layer_end(w, err);
}

static int write_volume_file(const char *dir, const char *name, struct cc_oci_writer *w,
			     struct cc_err *err)
{
	CC_AUTO_FREE char *from = NULL, *to = NULL;
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_strf(&from, err, "%s/%s", dir, name));
	CC_TRY(cc_strf(&to, err, "concordat/image/%s", name));
	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s'", from);
	return cc_oci_writer_file_from(w, to, 0444, fd, NULL, err);
}

static int write_image_layer(struct sealing *s, struct cc_oci_writer *w, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf state = { 0 };
	CC_AUTO_FREE char *data = NULL;
	const char *hex = NULL, *dir = cc_oci_writer_scratch(w);

	CC_TRY(cc_hex_add(&state, CC_SPAN(s->names.state.b), err));
	CC_TRY(cc_buf_str(&state, &hex, err));
	CC_TRY(cc_strf(&data, err, "%s.data", hex));
	CC_TRY(cc_oci_writer_layer(w, err));
	CC_TRY(cc_oci_writer_dir(w, "concordat/image", 0755, err));
	CC_TRY(write_volume_file(dir, data, w, err));
	return cc_oci_writer_layer_end(w, err);
}

static int write_documents(struct sealing *s, const char *tag, struct cc_oci_writer *w,
			   struct cc_err *err)
{
	static const char *const entrypoint[] = { "/concordat/runtime", NULL };
	const struct cc_oci_config *native = &s->plan->image.config;
	struct cc_oci_write_config config = {
		.os = native->os,
		.architecture = native->architecture,
		.entrypoint = entrypoint,
		.labels = s->options->keep_labels ? &native->labels : NULL,
		.ref = tag != NULL ? tag : s->plan->image.descriptor.ref,
	};

	return cc_oci_writer_image(w, &config, &s->result.manifest, err);
}

static int print_policy(struct sealing *s, struct cc_err *err)
{
	CC_AUTO_IMAGE_PROCESS struct cc_image_process process = { 0 };
	struct cc_image_policy policy = { .options = s->options,
					  .plan = s->plan,
					  .process = &process,
					  .result = &s->result,
					  .key = s->key,
					  .salt = s->salted ? &s->salt : NULL };

	CC_TRY(cc_image_process_make(s->options, &s->plan->image.config,
				     cc_buf_span(&s->peeks[0].text), cc_buf_span(&s->peeks[1].text),
				     &process, err));
	return cc_image_policy_print(&policy, &s->result.policy, err);
}

/*
 * The policy is on the disk, under another name, before the image is in its
 * place: with a key that is kept nowhere else, a sealed image without its policy
 * is lost. It gets its name last, so that force never destroys the old policy for
 * an image that could not be written.
 */
static int publish(struct sealing *s, struct cc_oci_writer *w, struct cc_err *err)
{
	const char *path = s->options->policy_file;
	CC_AUTO_FREE char *fresh = NULL;

	if (path == NULL)
		return cc_oci_writer_commit(w, err);
	CC_TRY(cc_strf(&fresh, err, "%s.new", path));
	if (cc_file_write(fresh, 0600, cc_buf_span(&s->result.policy), err) != 0)
		return cc_wrap(err, "policy file");
	if (cc_oci_writer_commit(w, err) != 0) {
		(void)unlink(fresh);
		return -1;
	}
	if (rename(fresh, path) != 0) {
		cc_err_set_sys(err, errno, "rename the policy file to '%s'", path);
		return cc_hint(err, "the policy of the new image is in '%.150s'", fresh);
	}
	return 0;
}

/* Before anything that takes long. */
static int check_options(const struct cc_image_options *options, struct cc_err *err)
{
	struct stat st = { 0 };

	if (options->name == NULL || *options->name == '\0')
		return cc_fail(err, CC_E_ARG, "no name for the policy of the sealed image");
	if (options->policy_file != NULL && !options->force &&
	    lstat(options->policy_file, &st) == 0) {
		cc_err_set(err, CC_E_CONFLICT, "policy file '%s' is there already",
			   options->policy_file);
		return cc_hint(err, "it may hold the only copy of a key: move it, or use force");
	}
	return 0;
}

static int seal(struct sealing *s, const struct cc_oci_place *to, struct cc_err *err)
{
	CC_AUTO_OCI_WRITER struct cc_oci_writer *w = NULL;
	struct cc_measured record = { 0 };

	CC_TRY(check_options(s->options, err));
	CC_TRY(cc_oci_writer_new(to->path, s->options->force, &w, err));
	CC_TRY(cc_image_plan_make(s->options, &s->plan, err));
	/* A key that is kept nowhere: nobody can seal this image again. */
	CC_TRY(s->options->key_file != NULL
		       ? cc_hex_key_open(s->options->key_file, &s->image_key, err)
		       : cc_secret_random(CC_HEX_KEY_LEN, &s->image_key, err));
	CC_TRY(find_content(s, err));
	CC_TRY(find_salt(s, err));
	CC_TRY(find_measurement(s, &record, err));
	CC_TRY(encrypt(s, cc_oci_writer_scratch(w), err));
	CC_TRY(write_measured_layer(s, &record, w, err));
	CC_TRY(write_image_layer(s, w, err));
	CC_TRY(write_documents(s, to->tag, w, err));
	CC_TRY(print_policy(s, err));
	return publish(s, w, err);
}

int cc_image_seal(const struct cc_image_options *options, struct cc_image_result *out,
		  struct cc_err *err)
{
	CC_CLEANUP(sealing_done) struct sealing s = { .options = options };
	CC_AUTO_OCI_PLACE struct cc_oci_place to = { 0 };

	CC_TRY(cc_oci_place_parse(options->to, &to, err));
	if (seal(&s, &to, err) != 0)
		return cc_wrap(err, "seal '%.200s'", options->from);
	*out = s.result;
	s.result.policy = (struct cc_buf){ 0 };
	return 0;
}

int cc_image_measure(const struct cc_image_options *options, struct cc_image_result *out,
		     struct cc_err *err)
{
	CC_CLEANUP(sealing_done) struct sealing s = { .options = options };
	struct cc_measured record = { 0 };

	if (cc_image_plan_make(options, &s.plan, err) != 0 ||
	    (options->private_content && options->key_file != NULL &&
	     cc_hex_key_read(options->key_file, &s.image_key, err) != 0) ||
	    find_content(&s, err) != 0 || find_salt(&s, err) != 0 ||
	    find_measurement(&s, &record, err) != 0)
		return cc_wrap(err, "measure '%.200s'", options->from);
	*out = s.result;
	return 0;
}
