/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/substitute.h"

#include "base/str.h"
#include "codec/json.h"
#include "secret/format.h"

/*
 * The secret that is meant; `name` is cut where its format begins. A name may have dots, and the
 * suffixes of 0.2 begin with one: the whole name goes before the name without its suffix.
 */
static int find(const struct cc_secret_lookup *secrets, char *name, struct cc_secret_found *out,
		char format[static CC_REFERENCE_MAX + 1], struct cc_err *err)
{
	char *colon = strchr(name, ':'), *dot = strrchr(name, '.');
	struct cc_err why = { 0 };

	(void)snprintf(format, CC_REFERENCE_MAX + 1, "%s", colon == NULL ? "" : colon);
	if (colon != NULL)
		*colon = '\0';
	if (colon != NULL || dot == NULL || !cc_secret_format_is_old(dot))
		return secrets->find(secrets->context, name, out, err);
	if (secrets->find(secrets->context, name, out, &why) == 0)
		return 0;
	if (why.code != CC_E_NOTFOUND) {
		*err = why;
		return cc_failed();
	}
	(void)snprintf(format, CC_REFERENCE_MAX + 1, "%s", dot);
	*dot = '\0';
	return secrets->find(secrets->context, name, out, err);
}

static int add_value(void *context, const char *name, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_secret_lookup *secrets = context;
	char bare[CC_REFERENCE_MAX + 1], format[CC_REFERENCE_MAX + 1];
	struct cc_secret_found found = { 0 };

	(void)snprintf(bare, sizeof(bare), "%s", name);
	CC_TRY(find(secrets, bare, &found, format, err));
	if (cc_secret_format(&found, format, out, err) == 0)
		return 0;
	return cc_wrap(err, "secret '%.128s'", bare);
}

int cc_substitute(struct cc_span text, const struct cc_secret_lookup *secrets, struct cc_buf *out,
		  struct cc_err *err)
{
	struct cc_secret_lookup lookup = *secrets;
	const struct cc_reference_values values = { add_value, &lookup };

	return cc_reference_fill(text, &values, out, err);
}

int cc_reference_value(struct cc_span reference, const struct cc_secret_lookup *secrets,
		       struct cc_buf *out, struct cc_err *err)
{
	struct cc_secret_lookup lookup = *secrets;
	const struct cc_reference_values values = { add_value, &lookup };

	return cc_reference_add(reference, &values, out, err);
}

int cc_reference_json(struct cc_span reference, const struct cc_secret_lookup *secrets,
		      struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = out->max };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_reference parts = { 0 };
	struct cc_secret_found found = { 0 };
	char format[CC_REFERENCE_MAX + 1];

	CC_TRY(cc_reference_split(reference, &parts, err));
	CC_TRY(find(secrets, parts.name, &found, format, err));
	if (found.value->kind == CC_SECRET_CONFIG_FRAGMENT && format[0] == '\0')
		return cc_buf_add(out, cc_secret_value_span(found.value), err);
	if (cc_secret_format(&found, format, &plain, err) != 0)
		return cc_wrap(err, "secret '%.128s'", parts.name);
	CC_TRY(cc_json_string(cc_buf_span(&plain), &json, err));
	return cc_json_print(json, out, err);
}
