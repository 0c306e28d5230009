/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/template.h"

#include "base/str.h"
#include "codec/reference.h"

static int add_value(void *context, const char *name, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_config *config = context;

	for (size_t i = 0; i < config->value_count; i++)
		if (cc_str_eq(config->values[i].name, name))
			return cc_buf_add(out, cc_buf_span(&config->values[i].value), err);
	cc_err_set(err, CC_E_DENIED, "it refers to '%.128s', which the policy does not provide",
		   name);
	return cc_hint(err, "add the secret to 'secrets' and 'provide_secrets', in a form that it "
			    "has");
}

static int fill(const struct cc_dir *tree, struct cc_config *config, struct cc_config_file *file,
		struct cc_err *err)
{
	const struct cc_reference_values values = { add_value, config };
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_dir_read(tree, file->path + 1, CC_CONFIG_FILE_MAX, &text, err) != 0) {
		cc_err_wrap(err, "the policy takes the file from the image");
		return cc_hint(err, "put it into the image, or give its 'content' in the policy");
	}
	file->content.max = CC_CONFIG_FILE_MAX;
	return cc_reference_fill(cc_buf_span(&text), &values, &file->content, err);
}

int cc_template_fill(const struct cc_dir *tree, struct cc_config *config, struct cc_err *err)
{
	for (size_t i = 0; i < config->injected_count; i++) {
		struct cc_config_file *file = &config->injected[i];

		if (file->of_image && fill(tree, config, file, err) != 0)
			return cc_wrap(err, "inject '%.256s'", file->path);
	}
	return 0;
}
