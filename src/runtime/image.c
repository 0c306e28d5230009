/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image.h"

#include "base/dir.h"
#include "base/str.h"
#include "codec/text.h"
#include "crypto/kdf.h"

#define LABEL "concordat image volume 1"
#define MEASURED_MAX 4096

/* What derives from the image's key (docs/format/image.md, section 3). */
struct names {
	struct cc_volume_id id;
	struct cc_volume_state_id state;
	struct cc_secret *key;
};

static void names_clear(struct names *names)
{
	cc_secret_free(names->key);
}

static int names_derive(const struct cc_secret *key, struct names *out, struct cc_err *err)
{
	CC_WIPED(bytes, 64);

	CC_TRY(cc_hkdf_expand(cc_secret_span(key), cc_span_str(LABEL), CC_MUT(bytes), err));
	memcpy(out->id.b, bytes, sizeof(out->id.b));
	memcpy(out->state.b, bytes + 16, sizeof(out->state.b));
	return cc_secret_from(cc_span(bytes + 32, 32), &out->key, err);
}

void cc_image_clear(struct cc_image *image)
{
	cc_volume_free(image->volume);
	cc_volume_dir_free(image->dir);
	*image = (struct cc_image){ 0 };
}

/* The record that the platform measured must name this content. */
static int measured_check(const char *path, const struct cc_digest *content, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf record = { 0 };
	char hex[CC_HEX_DIGEST], line[128];
	const char *text = NULL;

	CC_TRY(cc_file_read(path, MEASURED_MAX, &record, err));
	CC_TRY(cc_buf_str(&record, &text, err));
	cc_hex_digest(content, hex);
	(void)snprintf(line, sizeof(line), "\ncontent %s\n", hex);
	if (strstr(text, line) == NULL) {
		cc_err_set(err, CC_E_EVIDENCE, "'%s' does not name the content of the policy",
			   path);
		return cc_hint(err, "image and policy are of different seals: deploy both of one");
	}
	return 0;
}

static int content_check(struct cc_volume *volume, const struct cc_config_image *image,
			 struct cc_err *err)
{
	struct cc_digest content, salted;

	CC_TRY(cc_volume_content(volume, &content, err));
	CC_TRY(cc_volume_salted(&content, cc_span(image->salt, image->salt_len), &salted, err));
	if (!cc_digest_eq(&salted, &image->content)) {
		cc_err_set(err, CC_E_EVIDENCE, "the image has other content than the policy names");
		return cc_hint(err, "who holds the image's key has changed it: ask its owner");
	}
	return 0;
}

static int open_checked(const struct cc_config_image *image, const struct names *names,
			const char *dir, struct cc_image *out, struct cc_err *err)
{
	const struct cc_volume_base base = {
		.state = names->state, .epoch = 1, .number = 1, .tag = image->tag, .key = names->key
	};
	const struct cc_volume_open how = { .id = names->id, .base = &base, .hash_extents = true };
	struct cc_volume_store store;

	CC_TRY(cc_volume_dir_open(dir, false, &out->dir, &store, err));
	CC_TRY(cc_volume_open(&store, &how, &out->volume, err));
	CC_TRY(content_check(out->volume, image, err));
	return cc_volume_check_reads(out->volume, err);
}

int cc_image_open(const struct cc_config_image *image, const char *dir, const char *measured,
		  struct cc_image *out, struct cc_err *err)
{
	CC_CLEANUP(names_clear) struct names names = { 0 };
	CC_AUTO_IMAGE struct cc_image made = { 0 };

	CC_TRY(measured_check(measured, &image->content, err));
	CC_TRY(names_derive(image->key, &names, err));
	CC_TRY(open_checked(image, &names, dir, &made, err));
	*out = made;
	made = (struct cc_image){ 0 };
	return 0;
}
