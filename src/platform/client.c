/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/client.h"

#include <errno.h>

#include "base/str.h"
#include "platform/source-internal.h"

struct cc_platform {
	const struct cc_source *source;
	struct cc_source_name name;
	void *state;
};

static const struct cc_source *const sources[] = {
	&cc_source_simulated,     &cc_source_simulated_tdx, &cc_source_simulated_snp,
	&cc_source_simulated_tpm, &cc_source_configfs,      &cc_source_gramine,
	&cc_source_nsm,           &cc_source_tpm,
};

/* The kind that an address names, and what is left of it. */
static const struct cc_source *source_of(const char *address, const char **where)
{
	*where = address;
	if (*address == '/')
		return &cc_source_simulated;
	for (size_t i = 0; i < CC_COUNT(sources); i++) {
		if (!cc_str_starts(address, sources[i]->prefix))
			continue;
		*where = address + strlen(sources[i]->prefix);
		if (**where == '\0' && sources[i]->place != NULL)
			*where = sources[i]->place;
		return sources[i];
	}
	return NULL;
}

static int find_source(const char *address, const char **where, const struct cc_source **out,
		       struct cc_err *err)
{
	*out = source_of(address, where);
	if (*out != NULL)
		return 0;
	cc_err_set(err, CC_E_ARG, "no kind of platform has the address '%s'", address);
	return cc_hint(err, "give 'configfs:', 'gramine:', 'nsm:', 'tpm:', or 'sgx-sim:' and the "
			    "path of the simulated platform's socket");
}

int cc_platform_place(const char *address, struct cc_platform_place *out, struct cc_err *err)
{
	const struct cc_source *source = NULL;
	const char *where = NULL, *end = NULL;

	CC_TRY(find_source(address, &where, &source, err));
	end = source->has_words ? strchrnul(where, ',') : where + strlen(where);
	out->prefix = where == address ? "" : source->prefix;
	out->words = end;
	out->path = end == where && source->place != NULL ? cc_span_str(source->place)
							  : cc_span(where, (size_t)(end - where));
	return 0;
}

int cc_platform_open(const char *address, struct cc_platform **out, struct cc_err *err)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	const char *where = NULL;
	const struct cc_source *source = NULL;

	CC_TRY(find_source(address, &where, &source, err));
	platform = calloc(1, sizeof(*platform));
	if (platform == NULL)
		return cc_fail_sys(err, ENOMEM, "open the platform");
	CC_TRY(source->open(where, &platform->state, &platform->name, err));
	platform->source = source;
	*out = CC_TAKE(platform);
	return 0;
}

void cc_platform_free(struct cc_platform *platform)
{
	if (platform == NULL)
		return;
	if (platform->source != NULL)
		platform->source->close(platform->state);
	free(platform);
}

const char *cc_platform_kind_name(const struct cc_platform *platform)
{
	return platform->name.kind;
}

const char *cc_platform_text(const struct cc_platform *platform)
{
	return platform->name.text;
}

int cc_platform_quote(struct cc_platform *platform, const struct cc_digest64 *report_data,
		      struct cc_buf *out, struct cc_err *err)
{
	if (platform->source->quote(platform->state, report_data, out, err) != 0)
		return cc_wrap(err, "get evidence (%s)", platform->name.text);
	return 0;
}

static int no_keys(const struct cc_platform *platform, struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED, "%s gives evidence and no keys", platform->name.text);
	return cc_hint(err, "run a CAS, which seals its root key, on a platform with sealing keys");
}

int cc_platform_key(struct cc_platform *platform, struct cc_span label, struct cc_secret **out,
		    struct cc_err *err)
{
	if (label.len == 0 || label.len > CC_PLATFORM_LABEL_MAX)
		return cc_fail(err, CC_E_ARG, "label of a platform key has %zu bytes, 1 to %d fit",
			       label.len, CC_PLATFORM_LABEL_MAX);
	if (platform->source->key == NULL)
		return no_keys(platform, err);
	if (platform->source->key(platform->state, label, out, err) != 0)
		return cc_wrap(err, "get a key (%s)", platform->name.text);
	return 0;
}
