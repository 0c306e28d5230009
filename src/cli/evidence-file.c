/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evidence-file.h"

#include <dirent.h>
#include <errno.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "crypto/pem.h"
#include "crypto/x509.h"
#include "evidence/event_log.h"
#include "evidence/vendor_json.h"
#include "platform/collateral.h"

#define TEXT_MAX CC_VENDOR_JSON_MAX
#define FILE_MAX (CC_EVENT_LOG_MAX > TEXT_MAX ? CC_EVENT_LOG_MAX : TEXT_MAX)
#define FILES_MAX 256

/* Without white space, for people wrap such texts. */
static int squeeze(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\r\n", text.at[i]) == NULL || text.at[i] == '\0')
			CC_TRY(cc_buf_add_u8(out, text.at[i], err));
	return 0;
}

static int decode_bytes(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err)
{
	return cc_buf_add(&out->bytes, file, err);
}

static int decode_hex(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf squeezed = { 0 };
	struct cc_span text = { 0 };
	struct cc_mut to = { 0 };

	CC_TRY(squeeze(file, &squeezed, err));
	text = cc_buf_span(&squeezed);
	if (text.len >= 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x')
		text = cc_span_sub(text, 2, text.len - 2);
	CC_TRY(cc_buf_extend(&out->bytes, text.len / 2, &to, err));
	return cc_hex_parse_fixed(text, "evidence", to, err);
}

static int decode_base64(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err ignored = { 0 };

	CC_TRY(squeeze(file, &text, err));
	if (cc_base64_parse(cc_buf_span(&text), &out->bytes, &ignored) == 0)
		return 0;
	cc_buf_reset(&out->bytes);
	return cc_base64url_parse(cc_buf_span(&text), &out->bytes, err);
}

static int decode_open_enclave(struct cc_span file, struct cc_evidence_file *out,
			       struct cc_err *err)
{
	struct cc_span quote = { 0 };

	CC_TRY(cc_open_enclave_read(file, &quote, err));
	return cc_buf_add(&out->bytes, quote, err);
}

/* DER first, for a quote in it has PEM inside. Of a text the first one: the server's own. */
static int read_cert(struct cc_span file, struct cc_cert **out, struct cc_err *err)
{
	size_t at = cc_span_find(file, "-----BEGIN ");

	if (file.len > 0 && file.at[0] == 0x30)
		return cc_cert_from_der(file, out, err);
	file = cc_span_sub(file, at, file.len);
	return cc_cert_next_pem(&file, out, err);
}

static int decode_cert(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;

	CC_TRY(read_cert(file, &cert, err));
	if (cert == NULL)
		return cc_fail(err, CC_E_NOTFOUND, "this is no certificate");
	CC_TRY(cc_ratls_read(cert, &out->ratls, err));
	CC_TRY(cc_buf_add(&out->bytes, out->ratls.evidence, err));
	out->cert = CC_TAKE(cert);
	return 0;
}

static int decode_json(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_AUTO_VENDOR_JSON struct cc_vendor_json json = { 0 };

	CC_TRY(cc_vendor_json_read(file, &json, err));
	CC_TRY(cc_buf_add(&out->bytes, cc_buf_span(&json.evidence), err));
	return cc_buf_add(&out->certs, cc_buf_span(&json.certs), err);
}

/* The bytes as they are first: a format that is binary never looks like text by chance. */
static const struct {
	const char *name;
	int (*decode)(struct cc_span file, struct cc_evidence_file *out, struct cc_err *err);
} encodings[] = {
	{ "binary", decode_bytes },     { "hexadecimal", decode_hex },
	{ "base64", decode_base64 },    { "open-enclave", decode_open_enclave },
	{ "certificate", decode_cert }, { "json", decode_json },
};
#define PLAIN_ENCODINGS 3 /* of them those in front */

static bool recognise(struct cc_span file, struct cc_evidence_file *out)
{
	for (size_t i = 0; i < CC_COUNT(encodings); i++) {
		struct cc_err ignored = { 0 };

		cc_buf_reset(&out->bytes);
		if (encodings[i].decode(file, out, &ignored) != 0)
			continue;
		out->encoding = encodings[i].name;
		out->platform = cc_evidence_kind(cc_buf_span(&out->bytes));
		if (out->platform != CC_PLATFORM_NONE)
			return true;
	}
	return false;
}

/* In an encoding that holds nothing but the bytes. */
static bool recognise_piece(struct cc_span file, struct cc_evidence_file *out)
{
	for (size_t i = 0; i < PLAIN_ENCODINGS; i++) {
		struct cc_err ignored = { 0 };

		cc_buf_reset(&out->bytes);
		if (encodings[i].decode(file, out, &ignored) != 0)
			continue;
		out->encoding = encodings[i].name;
		out->piece = cc_evidence_piece_of(cc_buf_span(&out->bytes));
		if (out->piece != NULL)
			return true;
	}
	return false;
}

int cc_evidence_file_look(const char *path, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };

	CC_TRY(cc_file_read(path, FILE_MAX, &file, err));
	if (file.len == 0)
		return cc_fail(err, CC_E_ARG, "'%s' is empty", path);
	if (file.len <= TEXT_MAX && recognise(cc_buf_span(&file), out))
		return 0;
	if (recognise_piece(cc_buf_span(&file), out))
		return 0;
	cc_err_set(err, CC_E_UNSUPPORTED, "'%s' is no evidence that we read", path);
	return cc_hint(err,
		       "a quote of SGX or TDX, an SNP report, a Nitro document, a CCA token or a "
		       "container with a TPM quote, as bytes, in hexadecimal, base64 or JSON, or "
		       "in a certificate for RA-TLS");
}

int cc_evidence_file_read(const char *path, struct cc_evidence_file *out, struct cc_err *err)
{
	CC_TRY(cc_evidence_file_look(path, out, err));
	return out->piece == NULL ? 0 : cc_evidence_piece_refuse(out->piece, path, err);
}

/* Where the pools are in cc_collateral_files. */
static struct cc_buf *pool(struct cc_collateral_files *files, const char *member)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		if (cc_str_eq(cc_collateral_files[i].member, member))
			return &files->at[i];
	return NULL;
}

static bool is_cert(struct cc_span block)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_err ignored = { 0 };

	return cc_cert_next_pem(&block, &cert, &ignored) == 0;
}

static bool is_crl(struct cc_span block)
{
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	struct cc_err ignored = { 0 };

	return cc_crl_next_pem(&block, &crl, &ignored) == 0;
}

static bool is_key(struct cc_span block)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err ignored = { 0 };

	return cc_pubkey_next_pem(&block, &key, &ignored) == 0;
}

struct pem_kind {
	const char *begin, *end, *member;
	bool (*is)(struct cc_span block);
};

/* The next block of its kind in `rest`, which is cut by it; an empty one: there is none. */
static struct cc_span next_block(struct cc_span *rest, const struct pem_kind *kind)
{
	struct cc_span text = cc_span_sub(*rest, cc_span_find(*rest, kind->begin), rest->len);
	size_t len = cc_span_find(text, kind->end);

	if (len == text.len)
		return cc_span(NULL, 0);
	len += strlen(kind->end);
	*rest = cc_span_sub(text, len, text.len);
	return cc_span_sub(text, 0, len);
}

/* Every block of a text that is one: some files quote such blocks inside of other formats. */
static int add_pem(struct cc_span text, struct cc_collateral_files *out, struct cc_err *err)
{
	static const struct pem_kind kinds[] = {
		{ "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "certs", is_cert },
		{ "-----BEGIN X509 CRL-----", "-----END X509 CRL-----", "crls", is_crl },
		{ "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "keys", is_key },
	};

	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		struct cc_span rest = text, block = next_block(&rest, &kinds[i]);

		for (; block.len > 0; block = next_block(&rest, &kinds[i])) {
			if (!kinds[i].is(block))
				continue;
			CC_TRY(cc_buf_add(pool(out, kinds[i].member), block, err));
			CC_TRY(cc_buf_add_str(pool(out, kinds[i].member), "\n", err));
		}
	}
	return 0;
}

static int add_der(struct cc_span bytes, struct cc_collateral_files *out, struct cc_err *err)
{
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	struct cc_err ignored = { 0 };

	if (bytes.len <= CC_CERT_MAX && cc_cert_from_der(bytes, &cert, &ignored) == 0)
		return cc_pem_add(pool(out, "certs"), CC_PEM_CERTIFICATE, bytes, err);
	if (cc_crl_parse(bytes, &crl, &ignored) == 0)
		return cc_pem_add(pool(out, "crls"), CC_PEM_CRL, bytes, err);
	return 0;
}

/* What can hold no certificate, by its kind or by its length, is none of ours to complain about. */
static bool is_other(const struct cc_err *why)
{
	return why->code == CC_E_ARG || why->code == CC_E_TOOBIG;
}

/* A file that is no document of Intel's: whatever certificates there are in it. */
static int add_other(const struct cc_dir *dir, const char *name, struct cc_collateral_files *out,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err why = { 0 };

	if (cc_dir_read(dir, name, CC_COLLATERAL_ITEM_MAX, &bytes, &why) != 0) {
		if (is_other(&why))
			return 0;
		*err = why;
		return -1;
	}
	if (bytes.len == 0)
		return 0;
	if (cc_span_find(cc_buf_span(&bytes), "-----BEGIN ") != bytes.len)
		return add_pem(cc_buf_span(&bytes), out, err);
	return bytes.at[0] == 0x30 ? add_der(cc_buf_span(&bytes), out, err) : 0;
}

static int add_file(const struct cc_dir *dir, const char *name, struct cc_collateral_files *out,
		    struct cc_err *err)
{
	for (size_t i = 0; i < CC_COLLATERAL_INTEL; i++)
		if (cc_str_eq(cc_collateral_files[i].file, name))
			return out->at[i].len > 0 ? 0
						  : cc_dir_read(dir, name, CC_COLLATERAL_ITEM_MAX,
								&out->at[i], err);
	return add_other(dir, name, out, err);
}

static void close_listing(DIR **listing)
{
	if (*listing != NULL)
		(void)closedir(*listing);
}

static int read_dir(const char *path, struct cc_collateral_files *out, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_CLEANUP(close_listing) DIR *listing = opendir(path);
	const struct dirent *entry = NULL;
	size_t count = 0;

	if (listing == NULL)
		return cc_fail_sys(err, errno, "open '%s'", path);
	CC_TRY(cc_dir_open(path, CC_DIR_OWN, &dir, err));
	while ((entry = readdir(listing)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (++count > FILES_MAX)
			return cc_fail(err, CC_E_TOOBIG, "'%s' has more than %d files", path,
				       FILES_MAX);
		if (add_file(&dir, entry->d_name, out, err) != 0)
			return cc_wrap(err, "collateral in '%s'", path);
	}
	return 0;
}

/* Once nothing moves any more. */
static void place(struct cc_collateral_files *out)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span range = cc_buf_span(&out->at[i]);

		memcpy((char *)&out->ranges + cc_collateral_files[i].at, &range, sizeof(range));
	}
}

int cc_collateral_files_read(const struct cc_strings *dirs, struct cc_collateral_files *out,
			     struct cc_err *err)
{
	for (size_t i = 0; i < dirs->count; i++)
		CC_TRY(read_dir(dirs->at[i], out, err));
	place(out);
	return 0;
}

int cc_collateral_files_add(struct cc_span certs, struct cc_collateral_files *out,
			    struct cc_err *err)
{
	CC_TRY(cc_buf_add(pool(out, "certs"), certs, err));
	place(out);
	return 0;
}

void cc_collateral_files_clear(struct cc_collateral_files *files)
{
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		cc_buf_clear(&files->at[i]);
}

int cc_roots_chosen(const struct cc_strings *simulations, struct cc_roots *out, struct cc_err *err)
{
	cc_roots_vendors(out);
	for (size_t i = 0; i < simulations->count; i++) {
		CC_AUTO_FREE char *path = NULL;

		CC_TRY(cc_strf(&path, err, "%s/collateral", simulations->at[i]));
		CC_TRY(cc_collateral_dir_roots(path, out, err));
	}
	return 0;
}

int cc_time_chosen(const char *text, int64_t *out, struct cc_err *err)
{
	*out = cc_time_now();
	if (text != NULL && cc_time_parse(cc_span_str(text), out, err) != 0)
		return cc_wrap(err, "--at");
	return 0;
}
