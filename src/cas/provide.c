/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/provide.h"

#include "base/str.h"
#include "secret/format.h"

struct providing {
	struct cc_vault_policy secrets;
	struct cc_config *out;
	size_t room;  /* places in out->values */
	size_t bytes; /* of values so far */
};

/* Not there, not ours, not of this form: no reason to stop what may never ask for it. */
static bool is_left_out(const struct cc_err *err)
{
	return err->code == CC_E_NOTFOUND || err->code == CC_E_DENIED ||
	       err->code == CC_E_UNSUPPORTED || err->code == CC_E_ARG;
}

static int make_room(struct providing *providing, struct cc_err *err)
{
	struct cc_config *out = providing->out;
	struct cc_config_value *more = NULL;

	if (out->value_count < providing->room)
		return 0;
	providing->room = 2 * providing->room + 16;
	more = reallocarray(out->values, providing->room, sizeof(*more));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for values of secrets");
	out->values = more;
	return 0;
}

static bool is_provided(const struct cc_config *config, const char *name)
{
	for (size_t i = 0; i < config->value_count; i++)
		if (cc_str_eq(config->values[i].name, name))
			return true;
	return false;
}

static int keep(struct providing *providing, const char *name, struct cc_span value,
		struct cc_err *err)
{
	struct cc_config *out = providing->out;
	struct cc_config_value *to = NULL;

	providing->bytes += value.len;
	if (out->value_count == CC_CONFIG_VALUES_MAX || providing->bytes > CC_CONFIG_MAX / 2) {
		cc_err_set(err, CC_E_TOOBIG,
			   "the secrets for files of the image do not fit a "
			   "release");
		return cc_hint(err, "name those that the files use in 'provide_secrets'");
	}
	CC_TRY(make_room(providing, err));
	to = &out->values[out->value_count];
	*to = (struct cc_config_value){ 0 };
	out->value_count++;
	CC_TRY(cc_str_dup(name, &to->name, err));
	return cc_buf_add(&to->value, value, err);
}

/* Found as a text of the policy would find it: a name with a dot may be another secret's. */
static int provide_form(struct providing *providing, const char *name, const char *format,
			struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf value = { .max = CC_CONFIG_FILE_MAX };
	CC_AUTO_FREE char *reference = NULL;
	struct cc_err why = { 0 };

	CC_TRY(cc_strf(&reference, err, "%s%s", name, format));
	if (format[0] == '.' && is_provided(providing->out, reference))
		return 0;
	if (cc_reference_value(cc_span_str(reference), &providing->secrets.lookup, &value, &why) !=
	    0) {
		if (is_left_out(&why))
			return 0;
		*err = why;
		return cc_failed();
	}
	return keep(providing, reference, cc_buf_span(&value), err);
}

static int provide_one(struct providing *providing, const char *name, struct cc_err *err)
{
	const struct cc_secret_lookup *lookup = &providing->secrets.lookup;
	struct cc_secret_found found = { 0 };
	struct cc_err why = { 0 };
	const char *format = NULL;

	if (lookup->find(lookup->context, name, &found, &why) != 0) {
		if (is_left_out(&why))
			return 0;
		*err = why;
		return cc_failed();
	}
	for (size_t i = 0; (format = cc_secret_format_at(found.value->kind, i)) != NULL; i++)
		CC_TRY(provide_form(providing, name, format, err));
	return 0;
}

int cc_provide(struct cc_vault *vault, const struct cc_policy *policy, const struct cc_image *image,
	       struct cc_config *out, struct cc_err *err)
{
	const struct cc_texts *named = &image->provide_secrets.names;
	struct providing providing = { .out = out };

	cc_vault_policy(vault, policy->name, &providing.secrets);
	for (size_t i = 0; image->provide_secrets.is_set && i < named->count; i++)
		CC_TRY(provide_one(&providing, named->at[i], err));
	for (size_t i = 0; !image->provide_secrets.is_set && i < policy->secrets.count; i++)
		CC_TRY(provide_one(&providing, policy->secrets.at[i].name, err));
	return 0;
}
