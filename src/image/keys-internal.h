/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of docs/format/image.md, section 3. */
#ifndef CC_IMAGE_KEYS_INTERNAL_H
#define CC_IMAGE_KEYS_INTERNAL_H

#include "codec/hex-key.h"
#include "volume/volume.h"

/* What the keys of one sealed image depend on, beside the image key. */
struct cc_image_input {
	struct cc_digest content; /* unsalted */
	struct cc_digest calls;
	struct cc_digest options;
};
/* fspf_key. */
int cc_image_key_derive(const struct cc_secret *image_key, const struct cc_image_input *input,
			struct cc_secret **out, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_image_names {
	struct cc_volume_id id;
	struct cc_volume_state_id state;
	struct cc_secret *epoch_key;
};
/* From fspf_key alone, as who opens the image does. */
int cc_image_names_derive(const struct cc_secret *key, struct cc_image_names *out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
void cc_image_names_clear(struct cc_image_names *names) CC_NONNULL;

/* Of a private image. */
int cc_image_content_salt(const struct cc_secret *image_key, const struct cc_digest *content,
			  struct cc_digest *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
