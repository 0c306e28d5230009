/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the command line that describe volumes and executions. */
#include "base/str.h"
#include "image/plan-internal.h"

#define NAME_MAX_LEN 128

void cc_image_volume_clear(struct cc_image_volume *volume)
{
	free(volume->name);
	free(volume->path);
	free(volume->from);
	cc_oci_strings_clear(&volume->to);
	*volume = (struct cc_image_volume){ 0 };
}

/* Names of the policy language: [A-Za-z0-9_.~-], of policies with slashes between them. */
static bool is_name(struct cc_span text, bool slashes)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-";

	if (text.len == 0 || text.len > (slashes ? (size_t)512 : (size_t)NAME_MAX_LEN))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\0' ||
		    (strchr(letters, text.at[i]) == NULL && !(slashes && text.at[i] == '/')))
			return false;
	return true;
}

static bool next_field(struct cc_span *rest, struct cc_span *field)
{
	const uint8_t *colon = NULL;

	if (rest->at == NULL)
		return false;
	colon = rest->len > 0 ? memchr(rest->at, ':', rest->len) : NULL;
	if (colon == NULL) {
		*field = *rest;
		*rest = (struct cc_span){ 0 };
		return true;
	}
	*field = cc_span(rest->at, (size_t)(colon - rest->at));
	*rest = cc_span(colon + 1, rest->len - field->len - 1);
	return true;
}

static int refuse(const char *text, const char *why, struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG, "volume '%.200s' %s", text, why);
	return cc_hint(err, "write NAME:PATH, NAME:PATH:FROM_POLICY or NAME:PATH::TO_POLICY");
}

static int take_path(const char *text, struct cc_span field, struct cc_image_volume *out,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf path = { 0 };

	if (field.len < 2 || field.at[0] != '/')
		return refuse(text, "has no absolute path", err);
	CC_TRY(cc_oci_path_normal(field, &path, err));
	if (path.len == 0)
		return refuse(text, "would hide the whole image", err);
	return cc_strf(&out->path, err, "/%.*s", (int)path.len, (const char *)path.at);
}

static int take_to(const char *text, struct cc_span field, struct cc_image_volume *out,
		   struct cc_err *err)
{
	char **more = NULL;

	if (!is_name(field, true))
		return refuse(text, "is exported to something that is no policy name", err);
	more = reallocarray(out->to.at, out->to.count + 2, sizeof(*more));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a volume");
	out->to.at = more;
	more[out->to.count] = more[out->to.count + 1] = NULL;
	CC_TRY(cc_str_from(field, &more[out->to.count], err));
	out->to.count++;
	return 0;
}

static int parse_volume(const char *text, struct cc_image_volume *out, struct cc_err *err)
{
	struct cc_span rest = cc_span_str(text), field = { 0 };

	cc_ignore(next_field(&rest, &field) ? 0 : -1);
	if (!is_name(field, false))
		return refuse(text, "has no name of letters, digits, '_', '.', '~' and '-'", err);
	CC_TRY(cc_str_from(field, &out->name, err));
	if (!next_field(&rest, &field))
		return refuse(text, "has no path", err);
	CC_TRY(take_path(text, field, out, err));
	if (next_field(&rest, &field) && field.len > 0) {
		if (!is_name(field, true))
			return refuse(text, "is imported from something that is no policy name",
				      err);
		CC_TRY(cc_str_from(field, &out->from, err));
	}
	while (next_field(&rest, &field))
		CC_TRY(take_to(text, field, out, err));
	if (out->from != NULL && out->to.count > 0)
		return refuse(text, "is imported, so it cannot be exported as well", err);
	return 0;
}

int cc_image_volume_parse(const char *text, struct cc_image_volume *out, struct cc_err *err)
{
	CC_CLEANUP(cc_image_volume_clear) struct cc_image_volume volume = { 0 };

	CC_TRY(parse_volume(text, &volume, err));
	*out = volume;
	volume = (struct cc_image_volume){ 0 };
	return 0;
}

int cc_image_execution_parse(const char *text, struct cc_image_execution *out, struct cc_err *err)
{
	const char *colon = strrchr(text, ':');
	struct cc_span consumer = cc_span(text, colon != NULL ? (size_t)(colon - text) : 0);
	uint64_t maximum = 0;

	if (colon == NULL || (!is_name(consumer, true) && !cc_span_eq_str(consumer, "*")) ||
	    cc_parse_u64(cc_span_str(colon + 1), UINT32_MAX, "maximum", &maximum, err) != 0) {
		cc_err_set(err, CC_E_ARG, "executions '%.200s' are not CONSUMER:MAXIMUM", text);
		return cc_hint(err, "write a policy's name or '*', a colon and a number");
	}
	CC_TRY(cc_str_from(consumer, &out->consumer, err));
	out->maximum = maximum;
	return 0;
}
