/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/sealed.h"

#include <sys/stat.h>

#include "base/dir.h"
#include "codec/text.h"
#include "crypto/kdf.h"

struct cc_digest sealed_runtime;

int sealed_file(struct cc_volume *volume, const char *name, uint32_t mode, struct cc_span content,
		struct cc_err *err)
{
	const struct cc_volume_attr like = { .mode = mode };
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_create(volume, CC_VOLUME_ROOT_INO, cc_span_str(name), &like, &attr, err));
	return content.len > 0 ? cc_volume_write(volume, attr.ino, 0, content, err) : 0;
}

static int record_write(const char *path, const struct cc_digest *content, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char hex[CC_HEX_DIGEST], runtime[CC_HEX_DIGEST], options[CC_HEX_DIGEST];
	struct cc_digest none;

	cc_hex_digest(content, hex);
	cc_hex_digest(&sealed_runtime, runtime);
	CC_TRY(cc_sha256(cc_span_str("{}"), &none, err));
	cc_hex_digest(&none, options);
	CC_TRY(cc_buf_addf(&text, err,
			   "concordat measurement 1\nruntime %s\ncontent %s\noptions %s\n", runtime,
			   hex, options));
	return cc_file_write(path, 0444, cc_buf_span(&text), err);
}

int sealed_make(const char *dir, const char *measured, sealed_fill_fn *fill,
		struct cc_config_image *image, struct cc_err *err)
{
	uint8_t names[64];
	struct cc_volume_epoch epoch = { .epoch = 1 };
	struct cc_volume_open how = { .epoch = &epoch, .hash_extents = true, .root_mode = 0755 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_VOLUME struct cc_volume *volume = NULL;
	struct cc_volume_dir *storage = NULL;
	struct cc_volume_store store;
	struct cc_volume_commit done;
	struct cc_digest content;

	CC_TRY(cc_secret_random(32, &image->key, err));
	CC_TRY(cc_hkdf_expand(cc_secret_span(image->key), cc_span_str("concordat image volume 1"),
			      CC_MUT(names), err));
	memcpy(how.id.b, names, 16);
	memcpy(epoch.state.b, names + 16, 16);
	CC_TRY(cc_secret_from(cc_span(names + 32, 32), &key, err));
	epoch.key = key;
	CC_TRY(cc_volume_dir_open(dir, true, &storage, &store, err));
	if (cc_volume_open(&store, &how, &volume, err) != 0 || fill(volume, err) != 0 ||
	    cc_volume_commit(volume, &done, err) != 0 ||
	    cc_volume_content(volume, &content, err) != 0 ||
	    cc_volume_salted(&content, cc_span(image->salt, image->salt_len), &image->content,
			     err) != 0)
		return -1;
	image->tag = done.tag;
	cc_volume_free(CC_TAKE(volume));
	cc_volume_dir_free(storage);
	return record_write(measured, &image->content, err);
}
