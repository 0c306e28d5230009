/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/signature.h"

#include "base/str.h"
#include "codec/text.h"

#define COMPONENTS "(\"@method\" \"@path\" \"content-digest\" \"concordat-reply-key\""
#define IDEMPOTENCY " \"idempotency-key\""
#define LABEL "sig1="
#define CREATED_MAX 253402300799 /* the year 9999 */

static const char *const header_names[CC_HEADER_COUNT] = {
	[CC_HEADER_DIGEST] = "Content-Digest", [CC_HEADER_REPLY_KEY] = "Concordat-Reply-Key",
	[CC_HEADER_INPUT] = "Signature-Input", [CC_HEADER_SIGNATURE] = "Signature",
	[CC_HEADER_KEY] = "Concordat-Key",
};

/* RFC 9421 3.3. */
static const struct {
	enum cc_key_kind kind;
	const char *name;
} algorithms[] = {
	{ CC_KEY_ED25519, "ed25519" },
	{ CC_KEY_P256, "ecdsa-p256-sha256" },
	{ CC_KEY_P384, "ecdsa-p384-sha384" },
};

const char *cc_signature_header_name(enum cc_signature_header header)
{
	return header < CC_HEADER_COUNT ? header_names[header] : NULL;
}

void cc_signature_headers_clear(struct cc_signature_headers *headers)
{
	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		cc_buf_clear(&headers->values[i]);
}

void cc_signer_clear(struct cc_request_signer *signer)
{
	cc_pubkey_free(signer->key);
	*signer = (struct cc_request_signer){ 0 };
}

int cc_idempotency_check(struct cc_span value, struct cc_err *err)
{
	if (value.len > CC_IDEMPOTENCY_MAX)
		return cc_fail(err, CC_E_TOOBIG, "an Idempotency-Key has at most %d characters",
			       CC_IDEMPOTENCY_MAX);
	if (value.len == 0)
		return cc_fail(err, CC_E_ARG, "an Idempotency-Key is not empty");
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] <= ' ' || value.at[i] > '~')
			return cc_fail(err, CC_E_ARG,
				       "an Idempotency-Key is visible ASCII without spaces");
	return 0;
}

/* A line end in method, path or key would add a line to what is signed. */
static int check_request(const struct cc_signed *request, struct cc_err *err)
{
	for (const char *c = request->method; *c != '\0'; c++)
		if (*c < 'A' || *c > 'Z')
			return cc_fail(err, CC_E_ARG, "a method is written in capital letters");
	if (request->method[0] == '\0' || request->path[0] != '/')
		return cc_fail(err, CC_E_ARG, "a request has a method and an absolute path");
	for (const char *c = request->path; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == '?' || *c == '#')
			return cc_fail(err, CC_E_ARG,
				       "a path is printable ASCII without query and fragment");
	return request->idempotency.len != 0 ? cc_idempotency_check(request->idempotency, err) : 0;
}

/* A byte sequence of RFC 8941: base64 between colons. */
static int add_bytes(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, ':', err));
	CC_TRY(cc_base64_add(out, bytes, err));
	return cc_buf_add_u8(out, ':', err);
}

static int add_digest(struct cc_buf *out, struct cc_span body, struct cc_err *err)
{
	struct cc_digest digest = { 0 };

	CC_TRY(cc_sha256(body, &digest, err));
	CC_TRY(cc_buf_add_str(out, "sha-256=", err));
	return add_bytes(out, CC_DIGEST_SPAN(digest), err);
}

/* RFC 9421 2.5: the signature base, byte for byte. */
static int make_base(const struct cc_signed *request,
		     const struct cc_span values[static CC_HEADER_COUNT], struct cc_span params,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_addf(out, err, "\"@method\": %s\n\"@path\": %s\n\"content-digest\": ",
			   request->method, request->path));
	CC_TRY(cc_buf_add(out, values[CC_HEADER_DIGEST], err));
	CC_TRY(cc_buf_add_str(out, "\n\"concordat-reply-key\": ", err));
	CC_TRY(cc_buf_add(out, values[CC_HEADER_REPLY_KEY], err));
	if (request->idempotency.len != 0) {
		CC_TRY(cc_buf_add_str(out, "\n\"idempotency-key\": ", err));
		CC_TRY(cc_buf_add(out, request->idempotency, err));
	}
	CC_TRY(cc_buf_add_str(out, "\n\"@signature-params\": ", err));
	return cc_buf_add(out, params, err);
}

static const char *algorithm_name(enum cc_key_kind kind)
{
	for (size_t i = 0; i < CC_COUNT(algorithms); i++)
		if (algorithms[i].kind == kind)
			return algorithms[i].name;
	return "";
}

static int add_input(const struct cc_signed *request, const struct cc_signature_plan *plan,
		     struct cc_buf *out, struct cc_err *err)
{
	const struct cc_pubkey *public = cc_key_public(plan->key);
	struct cc_digest hash = { 0 };

	CC_TRY(cc_pubkey_hash(public, &hash, err));
	CC_TRY(cc_buf_addf(out, err, LABEL COMPONENTS "%s);created=%lld;nonce=\"",
			   request->idempotency.len != 0 ? IDEMPOTENCY : "",
			   (long long)plan->created));
	CC_TRY(cc_base64_add(out, cc_span(plan->nonce, CC_NONCE_LEN), err));
	CC_TRY(cc_buf_add_str(out, "\";keyid=\"", err));
	CC_TRY(cc_base58check_add(out, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), err));
	return cc_buf_addf(out, err, "\";alg=\"%s\"", algorithm_name(cc_pubkey_kind(public)));
}

static int add_signature(const struct cc_key *key, struct cc_span base, struct cc_buf *out,
			 struct cc_err *err)
{
	struct cc_signature signature = { 0 };

	if (cc_key_kind(key) == CC_KEY_ED25519)
		CC_TRY(cc_sign(key, base, &signature, err));
	else
		CC_TRY(cc_sign_raw(key, base, &signature, err));
	CC_TRY(cc_buf_add_str(out, LABEL, err));
	return add_bytes(out, cc_span(signature.b, signature.len), err);
}

static int add_key(const struct cc_pubkey *key, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	CC_TRY(cc_pubkey_to_der(key, &der, err));
	return add_bytes(out, cc_buf_span(&der), err);
}

static int make(const struct cc_signed *request, const struct cc_signature_plan *plan,
		struct cc_signature_headers *out, struct cc_err *err)
{
	struct cc_span values[CC_HEADER_COUNT] = { 0 };
	CC_AUTO_BUF struct cc_buf base = { 0 };

	CC_TRY(check_request(request, err));
	CC_TRY(add_digest(&out->values[CC_HEADER_DIGEST], request->body, err));
	CC_TRY(add_bytes(&out->values[CC_HEADER_REPLY_KEY], CC_SPAN(plan->reply_key->b), err));
	CC_TRY(add_input(request, plan, &out->values[CC_HEADER_INPUT], err));
	CC_TRY(add_key(cc_key_public(plan->key), &out->values[CC_HEADER_KEY], err));
	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		values[i] = cc_buf_span(&out->values[i]);
	CC_TRY(make_base(request, values,
			 cc_span_sub(values[CC_HEADER_INPUT], strlen(LABEL), CC_HEADER_MAX), &base,
			 err));
	CC_TRY(add_signature(plan->key, cc_buf_span(&base), &out->values[CC_HEADER_SIGNATURE],
			     err));
	return 0;
}

int cc_signature_make(const struct cc_signed *request, const struct cc_signature_plan *plan,
		      struct cc_signature_headers *out, struct cc_err *err)
{
	if (make(request, plan, out, err) == 0)
		return 0;
	cc_signature_headers_clear(out);
	return -1;
}

static int expect(struct cc_span *rest, const char *literal, struct cc_err *err)
{
	size_t len = strlen(literal);

	if (!cc_span_eq_str(cc_span_sub(*rest, 0, len), literal))
		return cc_fail(err, CC_E_ARG, "read Signature-Input: expected '%s'", literal);
	*rest = cc_span_sub(*rest, len, rest->len);
	return 0;
}

/* What stands before `end`, which is taken off too. */
static int until(struct cc_span *rest, char end, struct cc_span *out, struct cc_err *err)
{
	const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->at, end, rest->len);
	size_t len = 0;

	if (at == NULL)
		return cc_fail(err, CC_E_ARG, "read Signature-Input: '%c' is missing", end);
	len = (size_t)(at - rest->at);
	*out = cc_span_sub(*rest, 0, len);
	*rest = cc_span_sub(*rest, len + 1, rest->len);
	return 0;
}

static int read_algorithm(struct cc_span name, enum cc_key_kind *out, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(algorithms); i++)
		if (cc_span_eq_str(name, algorithms[i].name)) {
			*out = algorithms[i].kind;
			return 0;
		}
	return cc_fail(err, CC_E_ARG, "read Signature-Input: an algorithm that is not known");
}

static int fixed(struct cc_span text, bool is_hash, struct cc_mut out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { .max = CC_HEADER_MAX };
	uint8_t version = CC_BASE58_KEY_HASH;

	CC_TRY(is_hash ? cc_base58check_parse(text, &version, &bytes, err)
		       : cc_base64_parse(text, &bytes, err));
	if (bytes.len != out.len || version != CC_BASE58_KEY_HASH)
		return cc_fail(err, CC_E_ARG, "read Signature-Input: a %s of another form",
			       is_hash ? "keyid" : "nonce");
	memcpy(out.at, bytes.at, out.len);
	return 0;
}

static int read_params(struct cc_span rest, struct cc_signature_input *out, struct cc_err *err)
{
	struct cc_span field = { 0 };
	uint64_t created = 0;

	CC_TRY(expect(&rest, COMPONENTS, err));
	out->idempotent = cc_span_eq_str(cc_span_sub(rest, 0, strlen(IDEMPOTENCY)), IDEMPOTENCY);
	if (out->idempotent)
		rest = cc_span_sub(rest, strlen(IDEMPOTENCY), rest.len);
	CC_TRY(expect(&rest, ");created=", err));
	CC_TRY(until(&rest, ';', &field, err));
	CC_TRY(cc_parse_u64(field, CREATED_MAX, "created", &created, err));
	out->created = (int64_t)created;
	CC_TRY(expect(&rest, "nonce=\"", err));
	CC_TRY(until(&rest, '"', &field, err));
	CC_TRY(fixed(field, false, CC_MUT(out->nonce), err));
	CC_TRY(expect(&rest, ";keyid=\"", err));
	CC_TRY(until(&rest, '"', &field, err));
	CC_TRY(fixed(field, true, CC_MUT(out->key_hash.b), err));
	CC_TRY(expect(&rest, ";alg=\"", err));
	CC_TRY(until(&rest, '"', &field, err));
	CC_TRY(read_algorithm(field, &out->kind, err));
	if (rest.len > 0)
		return cc_fail(err, CC_E_ARG, "read Signature-Input: something follows");
	return 0;
}

int cc_signature_input_parse(struct cc_span value, struct cc_signature_input *out,
			     struct cc_err *err)
{
	struct cc_signature_input input = { 0 };

	if (value.len > CC_HEADER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a header has at most %d bytes", CC_HEADER_MAX);
	CC_TRY(expect(&value, LABEL, err));
	input.params = value;
	CC_TRY(read_params(value, &input, err));
	*out = input;
	return 0;
}

static int read_bytes(struct cc_span value, enum cc_signature_header header, struct cc_buf *out,
		      struct cc_err *err)
{
	const char *name = cc_signature_header_name(header);

	if (value.len > CC_HEADER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a header has at most %d bytes", CC_HEADER_MAX);
	if (value.len < 2 || value.at[0] != ':' || value.at[value.len - 1] != ':')
		return cc_fail(err, CC_E_ARG, "read %s: expected base64 between colons", name);
	if (cc_base64_parse(cc_span_sub(value, 1, value.len - 2), out, err) != 0)
		return cc_wrap(err, "read %s", name);
	return 0;
}

static int read_reply_key(struct cc_span value, struct cc_hpke_public *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(read_bytes(value, CC_HEADER_REPLY_KEY, &bytes, err));
	if (bytes.len != sizeof(out->b))
		return cc_fail(err, CC_E_ARG, "read Concordat-Reply-Key: %zu bytes, not %zu",
			       bytes.len, sizeof(out->b));
	memcpy(out->b, bytes.at, sizeof(out->b));
	return 0;
}

/* The key that is shown is the one that is named, and of the kind that is named. */
static int read_key(struct cc_span value, const struct cc_signature_input *input,
		    struct cc_pubkey **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_digest hash = { 0 };

	CC_TRY(read_bytes(value, CC_HEADER_KEY, &der, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &key, err));
	CC_TRY(cc_pubkey_hash(key, &hash, err));
	if (!cc_digest_eq(&hash, &input->key_hash))
		return cc_fail(err, CC_E_EVIDENCE, "the key of a request is not the one it names");
	if (cc_pubkey_kind(key) != input->kind)
		return cc_fail(err, CC_E_EVIDENCE, "the key of a request is not for its algorithm");
	*out = CC_TAKE(key);
	return 0;
}

static int check_digest(struct cc_span value, struct cc_span body, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf want = { 0 };

	CC_TRY(add_digest(&want, body, err));
	if (!cc_span_eq(value, cc_buf_span(&want)))
		return cc_fail(err, CC_E_EVIDENCE, "Content-Digest is not that of the body");
	return 0;
}

static int check_signature(const struct cc_pubkey *key, struct cc_span base, struct cc_span value,
			   struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	size_t skip = strlen(LABEL);

	if (!cc_span_eq_str(cc_span_sub(value, 0, skip), LABEL))
		return cc_fail(err, CC_E_ARG, "read Signature: expected '" LABEL "'");
	CC_TRY(read_bytes(cc_span_sub(value, skip, value.len), CC_HEADER_SIGNATURE, &bytes, err));
	if (cc_pubkey_kind(key) == CC_KEY_ED25519)
		return cc_verify(key, base, cc_buf_span(&bytes), err);
	return cc_verify_raw(key, base, cc_buf_span(&bytes), err);
}

int cc_signature_verify(const struct cc_signed *request,
			const struct cc_span values[static CC_HEADER_COUNT],
			struct cc_request_signer *out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_signature_input input = { 0 };
	struct cc_request_signer signer = { 0 };
	CC_AUTO_BUF struct cc_buf base = { 0 };

	CC_TRY(check_request(request, err));
	CC_TRY(cc_signature_input_parse(values[CC_HEADER_INPUT], &input, err));
	if (input.idempotent != (request->idempotency.len != 0))
		return cc_fail(err, CC_E_EVIDENCE, "the Idempotency-Key of a request is not %s",
			       input.idempotent ? "there" : "signed");
	CC_TRY(read_reply_key(values[CC_HEADER_REPLY_KEY], &signer.reply_key, err));
	CC_TRY(check_digest(values[CC_HEADER_DIGEST], request->body, err));
	CC_TRY(read_key(values[CC_HEADER_KEY], &input, &key, err));
	CC_TRY(make_base(request, values, input.params, &base, err));
	if (check_signature(key, cc_buf_span(&base), values[CC_HEADER_SIGNATURE], err) != 0)
		return cc_wrap(err, "verify a request");
	CC_TRY(cc_sha256(values[CC_HEADER_SIGNATURE], &signer.request, err));
	signer.key_hash = input.key_hash;
	signer.created = input.created;
	memcpy(signer.nonce, input.nonce, sizeof(signer.nonce));
	signer.key = CC_TAKE(key);
	*out = signer;
	return 0;
}
