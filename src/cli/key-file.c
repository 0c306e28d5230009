/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key-file.h"

#include "base/dir.h"

#define KEY_FILE_MAX ((size_t)16 * 1024)

int cc_key_file_read(const char *path, struct cc_key **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_file_read_private(path, KEY_FILE_MAX, &pem, err));
	if (cc_key_from_pem(cc_buf_span(&pem), out, err) != 0)
		return cc_wrap(err, "key '%s'", path);
	return 0;
}
