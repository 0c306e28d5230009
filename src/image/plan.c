/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "image/plan-internal.h"

#define RUNTIME_MAX ((uint64_t)256 * 1024 * 1024)
#define CHUNK ((size_t)256 * 1024)

void cc_image_plan_free(struct cc_image_plan *plan)
{
	if (plan == NULL)
		return;
	cc_oci_layout_close(&plan->layout);
	cc_oci_image_clear(&plan->image);
	cc_oci_tree_free(plan->tree);
	for (size_t i = 0; i < plan->volume_count; i++)
		cc_image_volume_clear(&plan->volumes[i]);
	for (size_t i = 0; i < plan->execution_count; i++)
		free(plan->executions[i].consumer);
	cc_auto_close(&plan->runtime);
	free(plan);
}

static bool is_file(const char *path)
{
	struct stat st = { 0 };

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int cc_image_runtime_path(char **out, struct cc_err *err)
{
	static const char *const places[] = {
		"../libexec/concordat/concordat-runtime",
		"../runtime/concordat-runtime", /* of a build tree: src/<folder>/ */
		"concordat-runtime",
	};
	char self[4096] = "";
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = len > 0 ? strrchr(self, '/') : NULL;

	if (slash == NULL)
		return cc_fail(err, CC_E_SYSTEM, "find the place of this program");
	*slash = '\0';
	for (size_t i = 0; i < CC_COUNT(places); i++) {
		CC_AUTO_FREE char *path = NULL;

		CC_TRY(cc_strf(&path, err, "%s/%s", self, places[i]));
		if (is_file(path)) {
			*out = CC_TAKE(path);
			return 0;
		}
	}
	cc_err_set(err, CC_E_NOTFOUND, "no concordat-runtime is installed beside '%s'", self);
	return cc_hint(err, "name it with --runtime");
}

static int hash_runtime(struct cc_image_plan *plan, uint64_t size, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *hasher = NULL;
	CC_AUTO_FREE uint8_t *chunk = malloc(CHUNK);

	if (chunk == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to hash the runtime");
	CC_TRY(cc_hasher_new(&hasher, err));
	for (uint64_t at = 0; at < size;) {
		size_t len = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

		CC_TRY(cc_pread_all(plan->runtime, (struct cc_mut){ chunk, len }, at, err));
		CC_TRY(cc_hasher_add(hasher, cc_span(chunk, len), err));
		at += len;
	}
	return cc_hasher_done(hasher, &plan->runtime_digest, err);
}

static int open_runtime(const char *path, struct cc_image_plan *plan, struct cc_err *err)
{
	struct stat st = { 0 };

	plan->runtime = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (plan->runtime < 0 || fstat(plan->runtime, &st) != 0)
		return cc_fail_sys(err, errno, "open the runtime '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || (uint64_t)st.st_size > RUNTIME_MAX)
		return cc_fail(err, CC_E_ARG, "runtime '%s' is not a file of 1 to %llu bytes", path,
			       (unsigned long long)RUNTIME_MAX);
	return hash_runtime(plan, (uint64_t)st.st_size, err);
}

static int take_runtime(const struct cc_image_options *options, struct cc_image_plan *plan,
			struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;

	if (options->runtime != NULL)
		return open_runtime(options->runtime, plan, err);
	CC_TRY(cc_image_runtime_path(&path, err));
	return open_runtime(path, plan, err);
}

static int take_volumes(const struct cc_image_options *options, struct cc_image_plan *plan,
			struct cc_err *err)
{
	for (const char *const *v = options->volumes; v != NULL && *v != NULL; v++) {
		struct cc_image_volume *volume = &plan->volumes[plan->volume_count];

		if (plan->volume_count == CC_IMAGE_VOLUMES_MAX)
			return cc_fail(err, CC_E_TOOBIG, "more than %d volumes",
				       CC_IMAGE_VOLUMES_MAX);
		CC_TRY(cc_image_volume_parse(*v, volume, err));
		plan->volume_count++;
		for (size_t i = 0; i + 1 < plan->volume_count; i++)
			if (cc_str_eq(plan->volumes[i].name, volume->name) ||
			    cc_str_eq(plan->volumes[i].path, volume->path))
				return cc_fail(err, CC_E_ARG,
					       "volumes '%s' and '%s' have the same name or path",
					       plan->volumes[i].name, volume->name);
	}
	return 0;
}

static int take_executions(const struct cc_image_options *options, struct cc_image_plan *plan,
			   struct cc_err *err)
{
	for (const char *const *e = options->executions; e != NULL && *e != NULL; e++) {
		if (plan->execution_count == CC_IMAGE_EXECUTIONS_MAX)
			return cc_fail(err, CC_E_TOOBIG, "more than %d executions",
				       CC_IMAGE_EXECUTIONS_MAX);
		CC_TRY(cc_image_execution_parse(*e, &plan->executions[plan->execution_count], err));
		plan->execution_count++;
		for (size_t i = 0; i + 1 < plan->execution_count; i++)
			if (cc_str_eq(plan->executions[i].consumer,
				      plan->executions[plan->execution_count - 1].consumer))
				return cc_fail(err, CC_E_ARG, "executions for '%s' twice",
					       plan->executions[i].consumer);
	}
	return 0;
}

static int open_image(const struct cc_image_options *options, struct cc_image_plan *plan,
		      struct cc_err *err)
{
	CC_AUTO_OCI_PLACE struct cc_oci_place place = { 0 };

	CC_TRY(cc_oci_place_parse(options->from, &place, err));
	CC_TRY(cc_oci_layout_open(place.path, &plan->layout, err));
	return cc_oci_image_find(&plan->layout, place.tag, &plan->image, err);
}

/* Names that were read, to the progress of the user. */
static void names_step(void *ctx, uint64_t done, uint64_t total)
{
	const struct cc_image_progress *progress = ctx;

	if (progress->step != NULL)
		progress->step(progress->ctx, "names", done, total);
}

static int compare_words(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The parent of a normal path, or nothing for one at the root. */
static int parent_of(const char *path, char **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf normal = { 0 };
	const char *slash = NULL;

	CC_TRY(cc_oci_path_normal(cc_span_str(path), &normal, err));
	slash = memrchr(normal.at, '/', normal.len);
	if (slash == NULL)
		return 0;
	return cc_str_from(cc_span(normal.at, (size_t)((const uint8_t *)slash - normal.at)), out,
			   err);
}

/* Sorted, so that the order of options does not matter. The words are owned by `list`. */
static int collect_directories(const struct cc_image_options *options,
			       const struct cc_image_plan *plan, struct cc_oci_strings *list,
			       struct cc_err *err)
{
	size_t injected = 0;

	while (options->injected != NULL && options->injected[injected] != NULL)
		injected++;
	if (injected > CC_OCI_STRINGS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d injected files", CC_OCI_STRINGS_MAX);
	list->at = calloc(plan->volume_count + injected + 1, sizeof(*list->at));
	if (list->at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for directories");
	for (size_t i = 0; i < plan->volume_count; i++) {
		CC_TRY(cc_str_dup(plan->volumes[i].path + 1, &list->at[list->count], err));
		list->count++;
	}
	for (size_t i = 0; i < injected; i++) {
		CC_TRY(parent_of(options->injected[i], &list->at[list->count], err));
		list->count += list->at[list->count] != NULL ? 1 : 0;
	}
	qsort(list->at, list->count, sizeof(*list->at), compare_words);
	return 0;
}

static int synthesize(const struct cc_image_options *options, struct cc_image_plan *plan,
		      struct cc_err *err)
{
	static const struct {
		const char *path;
		uint32_t mode;
	} always[] = { { "dev", 0755 }, { "proc", 0755 }, { "sys", 0755 }, { "tmp", 01777 } };
	CC_CLEANUP(cc_oci_strings_clear) struct cc_oci_strings list = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	for (size_t i = 0; i < CC_COUNT(always); i++)
		CC_TRY(cc_oci_tree_mkdir(plan->tree, always[i].path, always[i].mode, err));
	CC_TRY(collect_directories(options, plan, &list, err));
	CC_TRY(cc_json_array(&json, err));
	for (size_t i = 0; i < list.count; i++) {
		if (i > 0 && cc_str_eq(list.at[i], list.at[i - 1]))
			continue;
		CC_TRY(cc_oci_tree_mkdir(plan->tree, list.at[i], 0755, err));
		CC_TRY(cc_json_add_str(json, list.at[i], err));
	}
	CC_TRY(cc_json_print(json, &text, err));
	return cc_sha256(cc_buf_span(&text), &plan->options, err);
}

int cc_image_plan_make(const struct cc_image_options *options, struct cc_image_plan **out,
		       struct cc_err *err)
{
	CC_CLEANUP(cc_image_plan_auto) struct cc_image_plan *plan = calloc(1, sizeof(*plan));
	struct cc_image_progress progress = options->progress;
	struct cc_oci_progress steps = { .step = names_step, .ctx = &progress };

	if (plan == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a plan");
	plan->layout = CC_OCI_LAYOUT_NONE;
	plan->runtime = -1;
	CC_TRY(take_volumes(options, plan, err));
	CC_TRY(take_executions(options, plan, err));
	CC_TRY(take_runtime(options, plan, err));
	CC_TRY(open_image(options, plan, err));
	CC_TRY(cc_oci_image_tree(&plan->layout, &plan->image, &options->limits, &steps, &plan->tree,
				 err));
	CC_TRY(synthesize(options, plan, err));
	*out = CC_TAKE(plan);
	return 0;
}
