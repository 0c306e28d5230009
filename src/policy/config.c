/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

/* What of a service, and of its image, the runtime runs by; and a volume's place in it. */
static const char *const of_service[] = { "command", "console", "environment", "group", "network",
					  "pwd",     "sandbox", "staged",      "user" };
static const char *const of_image[] = { "injection_files", "provide_secrets" };
static const char *const of_volume[] = { "current",  "files",  "import",
					 "lifetime", "strict", "window" };

static int copy_members(const struct cc_json *from, const char *const *names, size_t count,
			struct cc_json *to, struct cc_err *err)
{
	for (size_t i = 0; i < cc_json_count(from); i++) {
		const char *name = cc_json_name_at(from, i);

		for (size_t k = 0; k < count; k++) {
			struct cc_json *copy = NULL;

			if (!cc_str_eq(names[k], name))
				continue;
			CC_TRY(cc_json_copy(cc_json_at(from, i), &copy, err));
			CC_TRY(cc_json_set(to, name, copy, err));
		}
	}
	return 0;
}

/* The element with this name of a list of the canonical form; NULL when there is none. */
static int find_named(const struct cc_json *policy, const char *list, const char *name,
		      const struct cc_json **out, struct cc_err *err)
{
	const struct cc_json *at = NULL;

	*out = NULL;
	if (!cc_json_has(policy, list))
		return 0;
	CC_TRY(cc_json_get_array(policy, list, &at, err));
	for (size_t i = 0; i < cc_json_count(at); i++) {
		const char *found = NULL;

		CC_TRY(cc_json_get_str(cc_json_at(at, i), "name", &found, err));
		if (cc_str_eq(found, name))
			*out = cc_json_at(at, i);
	}
	return 0;
}

/* A mount with whose volume it is: what the name stands for is the policy's to change. */
static int add_mount(const struct cc_json *policy, const struct cc_json *mount,
		     struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL, *of = NULL;
	const struct cc_json *volume = NULL;
	const char *name = NULL;

	CC_TRY(cc_json_copy(mount, &made, err));
	CC_TRY(cc_json_object(&of, err));
	CC_TRY(cc_json_get_str(mount, "name", &name, err));
	CC_TRY(find_named(policy, "volumes", name, &volume, err));
	if (volume != NULL)
		CC_TRY(copy_members(volume, of_volume, CC_COUNT(of_volume), of, err));
	CC_TRY(cc_json_set(made, "volume", CC_TAKE(of), err));
	return cc_json_add(list, CC_TAKE(made), err);
}

static int add_image(const struct cc_json *policy, const struct cc_json *image, struct cc_json *out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	const struct cc_json *mounts = NULL;

	CC_TRY(copy_members(image, of_image, CC_COUNT(of_image), out, err));
	if (!cc_json_has(image, "volumes"))
		return 0;
	CC_TRY(cc_json_get_array(image, "volumes", &mounts, err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < cc_json_count(mounts); i++)
		CC_TRY(add_mount(policy, cc_json_at(mounts, i), list, err));
	return cc_json_set(out, "volumes", CC_TAKE(list), err);
}

static int make_config(const struct cc_policy *policy, const struct cc_service *service,
		       struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *canonical = NULL, *made = NULL;
	const struct cc_json *from = NULL, *image = NULL;

	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &canonical, err));
	CC_TRY(cc_json_object(&made, err));
	CC_TRY(find_named(canonical, "services", service->name, &from, err));
	if (from == NULL)
		return cc_fail(err, CC_E_BUG, "a service that is not of its policy");
	CC_TRY(copy_members(from, of_service, CC_COUNT(of_service), made, err));
	if (service->image_name != NULL)
		CC_TRY(find_named(canonical, "images", service->image_name, &image, err));
	if (image != NULL)
		CC_TRY(add_image(canonical, image, made, err));
	*out = CC_TAKE(made);
	return 0;
}

int cc_policy_config(const struct cc_policy *policy, const struct cc_service *service,
		     struct cc_digest *out, struct cc_err *err)
{
	static const char label[] = "concordat config 1\n";
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_span parts[2];

	CC_TRY(make_config(policy, service, &json, err));
	CC_TRY(cc_json_print(json, &text, err));
	parts[0] = cc_span_str(label);
	parts[1] = cc_buf_span(&text);
	return cc_sha256v(parts, CC_COUNT(parts), out, err);
}
