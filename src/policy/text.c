/* SPDX-License-Identifier: Apache-2.0 */
/* What single texts of the language must look like, and how commands are split. */
#include "codec/text.h"
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#define COMMAND_WORDS_MAX 4096

bool cc_text_has_reference(const char *text)
{
	return strstr(text, "$$SCONE:") != NULL;
}

bool cc_text_is_variable(const char *text)
{
	static const char begin[] = "$$SCONE::";
	size_t len = strlen(text), from = sizeof(begin) - 1;

	return cc_str_starts(text, begin) && len > from + 2 &&
	       strspn(text + from, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-.~:") == len - from - 2 &&
	       cc_str_eq(text + len - 2, "$$");
}

bool cc_text_has_argument(const char *text)
{
	for (const char *at = strstr(text, "@@"); at != NULL; at = strstr(at + 1, "@@"))
		if (at[2] >= '0' && at[2] <= '9')
			return true;
	return false;
}

bool cc_host_argument(const char *word, uint64_t *position)
{
	struct cc_err unused = { 0 };

	return cc_str_starts(word, "@@") &&
	       cc_parse_u64(cc_span_str(word + 2), CC_HOST_ARGUMENTS_MAX, "position", position,
			    &unused) == 0 &&
	       *position != 0;
}

const char *cc_host_variable(const char *key)
{
	static const char mark[] = "\\@\\@";

	return cc_str_starts(key, mark) && key[sizeof(mark) - 1] != '\0' ? key + sizeof(mark) - 1
									 : NULL;
}

int cc_check_plain(char *text, struct cc_err *err)
{
	if (!cc_text_has_reference(text))
		return 0;
	cc_err_set(err, CC_E_UNSUPPORTED,
		   "references ('%.64s') are not supported here yet by this version", text);
	return cc_hint(err, "write the value itself");
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-.~", c) != NULL);
}

static int check_element(const char *text, size_t len, struct cc_err *err)
{
	if (len == 0)
		return cc_fail(err, CC_E_ARG, "an empty name");
	if (len > CC_POLICY_NAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a name of %zu bytes, more than %d", len,
			       CC_POLICY_NAME_MAX);
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(text[i]))
			return cc_fail(err, CC_E_ARG,
				       "'%.64s' has a character that is none of 'A-Za-z0-9_-.~'",
				       text);
	if ((len == 1 && text[0] == '.') || (len == 2 && text[0] == '.' && text[1] == '.'))
		return cc_fail(err, CC_E_ARG, "'%.64s' has '.' or '..' where none may be", text);
	return 0;
}

int cc_check_name(char *text, struct cc_err *err)
{
	CC_TRY(cc_check_plain(text, err));
	return check_element(text, strlen(text), err);
}

int cc_check_label(char *text, struct cc_err *err)
{
	CC_TRY(cc_check_plain(text, err));
	if (text[0] == '\0')
		return cc_fail(err, CC_E_ARG, "an empty name");
	if (strlen(text) > CC_POLICY_NAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a name of %zu bytes, more than %d", strlen(text),
			       CC_POLICY_NAME_MAX);
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return cc_fail(err, CC_E_ARG,
				       "a name with white space or a control character");
	return 0;
}

int cc_check_path_name(char *text, struct cc_err *err)
{
	const char *at = text;

	CC_TRY(cc_check_plain(text, err));
	if (strlen(text) > CC_POLICY_NAME_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a name of %zu bytes, more than %d", strlen(text),
			       CC_POLICY_NAME_MAX);
	for (;;) {
		size_t len = strcspn(at, "/");

		CC_TRY(check_element(at, len, err));
		if (at[len] == '\0')
			return 0;
		at += len + 1;
	}
}

int cc_check_policy_name(char *text, struct cc_err *err)
{
	return cc_str_eq(text, "/") ? 0 : cc_check_path_name(text, err);
}

int cc_check_consumer(char *text, struct cc_err *err)
{
	return cc_str_eq(text, "*") ? 0 : cc_check_path_name(text, err);
}

int cc_check_absolute(char *text, struct cc_err *err)
{
	const char *at = text;

	CC_TRY(cc_check_plain(text, err));
	if (text[0] != '/')
		return cc_fail(err, CC_E_ARG, "'%.64s' is no absolute path", text);
	if (strlen(text) >= 4096)
		return cc_fail(err, CC_E_TOOBIG, "a path of %zu bytes, more than 4095",
			       strlen(text));
	while (*at == '/') {
		size_t len = strcspn(++at, "/");

		if ((len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return cc_fail(err, CC_E_ARG, "'%.64s' has '.' or '..' in it", text);
		at += len;
	}
	return 0;
}

int cc_check_hex_any(char *text, struct cc_err *err)
{
	CC_TRY(cc_check_plain(text, err));
	if (text[0] == '\0' || strlen(text) % 2 != 0)
		return cc_fail(err, CC_E_ARG, "'%.80s' has no even count of hexadecimal digits",
			       text);
	for (char *c = text; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
		if (!((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f')))
			return cc_fail(err, CC_E_ARG,
				       "'%.80s' has a character that is no hexadecimal digit",
				       text);
	}
	return 0;
}

int cc_check_hex(char *text, size_t digits, struct cc_err *err)
{
	CC_TRY(cc_check_hex_any(text, err));
	if (strlen(text) != digits)
		return cc_fail(err, CC_E_ARG, "'%.80s' has %zu hexadecimal digits and not %zu",
			       text, strlen(text), digits);
	return 0;
}

int cc_check_hex16(char *text, struct cc_err *err)
{
	return cc_check_hex(text, 32, err);
}

int cc_check_hex32(char *text, struct cc_err *err)
{
	return cc_check_hex(text, 64, err);
}

/* Our root tags have 32 bytes, SCONE's tags 16: those are read, and refused at use (check.c). */
int cc_check_tag(char *text, struct cc_err *err)
{
	CC_TRY(cc_check_hex_any(text, err));
	if (strlen(text) != 32 && strlen(text) != 64)
		return cc_fail(err, CC_E_ARG,
			       "'%.80s' has %zu hexadecimal digits, and neither 64 nor 32", text,
			       strlen(text));
	return 0;
}

int cc_check_key(char *text, struct cc_err *err)
{
	if (cc_str_starts(text, "$$SCONE::"))
		return 0; /* refused at use (check.c): how SCONE names a generated key */
	/* Never the text itself: it is a key, or was meant as one. */
	if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return cc_fail(err, CC_E_ARG, "a key is 64 hexadecimal digits, not %zu characters",
			       strlen(text));
	return cc_check_hex(text, 64, err);
}

int cc_check_version(char *text, struct cc_err *err)
{
	static const char *const known[] = { "0.1",   "0.2",    "0.3",    "0.3.0", "0.3.1", "0.3.2",
					     "0.3.3", "0.3.4",  "0.3.5",  "0.3.6", "0.3.7", "0.3.8",
					     "0.3.9", "0.3.10", "0.3.11", "0.3.12" };

	for (size_t i = 0; i < CC_COUNT(known); i++)
		if (cc_str_eq(known[i], text))
			return 0;
	cc_err_set(err, CC_E_UNSUPPORTED, "'%.32s' is no version of the language that is known",
		   text);
	return cc_hint(err, "the newest is '0.3.12'");
}

int cc_check_advisory(char *text, struct cc_err *err)
{
	struct cc_advisories scratch = { 0 };

	CC_TRY(cc_check_plain(text, err));
	if (cc_str_eq(text, "*") || cc_advisories_add(&scratch, text, err) == 0)
		return 0;
	return cc_hint(err, "an advisory is written like 'INTEL-SA-00615', all of them are '*'");
}

int cc_check_platform(char *text, struct cc_err *err)
{
	if (cc_platform_named(text) != CC_PLATFORM_NONE)
		return 0;
	cc_err_set(err, CC_E_ARG, "'%.32s' is no platform", text);
	return cc_hint(err, "known are 'sgx', 'tdx', 'snp', 'tpm', 'nitro' and 'cca'");
}

int cc_check_account(char *text, struct cc_err *err)
{
	uint64_t id = 0;

	if (text[0] >= '0' && text[0] <= '9') /* 4294967295 is (uid_t)-1: no account */
		return cc_parse_u64(cc_span_str(text), UINT32_MAX - 1, "account", &id, err);
	if (strlen(text) > 64)
		return cc_fail(err, CC_E_TOOBIG, "an account name of %zu bytes", strlen(text));
	return cc_check_name(text, err);
}

int cc_check_variable(char *text, struct cc_err *err)
{
	if (text[0] == '\0' || strchr(text, '=') != NULL)
		return cc_fail(err, CC_E_ARG, "'%.64s' is no name of an environment variable",
			       text);
	return 0;
}

/* RFC 6238 asks for a shared secret of 128 bits at least. */
#define OTP_SECRET_MIN 16

int cc_check_otp(char *text, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf secret = { 0 };
	struct cc_err why = { 0 };

	if (cc_text_has_reference(text))
		return 0;
	/* Never the text itself: it is a secret. */
	if (cc_base32_parse(cc_span_str(text), &secret, &why) != 0)
		return cc_fail(err, CC_E_ARG, "the secret of one-time passwords is no base32");
	if (secret.len < OTP_SECRET_MIN)
		return cc_fail(err, CC_E_ARG,
			       "the secret of one-time passwords has %zu bytes, fewer than %d",
			       secret.len, OTP_SECRET_MIN);
	return 0;
}

static int check_word(const char *text, const char *const *words, const char *what,
		      struct cc_err *err)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (cc_str_eq(text, words[i]))
			return 0;
	return cc_fail(err, CC_E_ARG, "'%.64s' is no %s", text, what);
}

int cc_check_family(char *text, struct cc_err *err)
{
	static const char *const families[] = { "unix", "inet", "inet6", NULL };

	if (check_word(text, families, "family of sockets", err) == 0)
		return 0;
	return cc_hint(err, "known are 'unix', 'inet' and 'inet6'");
}

int cc_check_call(char *text, struct cc_err *err)
{
	size_t len = strlen(text);

	if (len == 0 || len > 64 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") != len)
		return cc_fail(err, CC_E_ARG, "'%.64s' is no name of a system call", text);
	return 0;
}

int cc_check_commit(char *text, struct cc_err *err)
{
	CC_TRY(cc_check_hex_any(text, err));
	if (strlen(text) != 40 && strlen(text) != 64)
		return cc_fail(err, CC_E_ARG, "'%.80s' is no full hash of a commit", text);
	return 0;
}

int cc_check_inside(char *text, struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(cc_strf(&path, err, "/%s", text));
	return text[0] == '/' || text[0] == '\0'
		       ? cc_fail(err, CC_E_ARG, "'%.64s' is no relative path", text)
		       : cc_check_absolute(path, err);
}

int cc_check_url(char *text, struct cc_err *err)
{
	if (text[0] == '\0' || (cc_str_starts(text, "https://") && strlen(text) < 2048 &&
				strpbrk(text, " \t\r\n") == NULL))
		return 0;
	return cc_fail(err, CC_E_ARG, "'%.64s' is no address like 'https://…'", text);
}

void cc_words_clear(struct cc_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->at[i]);
	free(words->at);
	*words = (struct cc_words){ 0 };
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int add_word(struct cc_words *words, struct cc_buf *word, struct cc_err *err)
{
	char **more = NULL;

	if (words->count == COMMAND_WORDS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a command of more than %d words",
			       COMMAND_WORDS_MAX);
	more = reallocarray(words->at, words->count + 1, sizeof(*more));
	if (more == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a command");
	words->at = more;
	CC_TRY(cc_buf_take_str(word, &more[words->count], err));
	words->count++;
	return 0;
}

/* The rest of a quoted part; `*at` stands on the quote. Nothing is escaped inside (scone.md 1.6).
 */
static int quoted(struct cc_span text, size_t *at, struct cc_buf *word, struct cc_err *err)
{
	uint8_t quote = text.at[*at];
	size_t from = ++*at;

	while (*at < text.len && text.at[*at] != quote)
		++*at;
	if (*at == text.len)
		return cc_fail(err, CC_E_ARG, "a command with a quote (%c) that does not end",
			       quote);
	CC_TRY(cc_buf_add(word, cc_span_sub(text, from, *at - from), err));
	++*at;
	return 0;
}

static int split(struct cc_span text, struct cc_words *words, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf word = { 0 };
	bool is_open = false;
	size_t at = 0;

	while (at < text.len) {
		uint8_t c = text.at[at];

		if (is_space(c)) {
			if (is_open)
				CC_TRY(add_word(words, &word, err));
			is_open = false;
			at++;
			continue;
		}
		is_open = true;
		if (c == '\'' || c == '"') {
			CC_TRY(quoted(text, &at, &word, err));
		} else {
			CC_TRY(cc_buf_add_u8(&word, c, err));
			at++;
		}
	}
	return is_open ? add_word(words, &word, err) : 0;
}

int cc_command_split(struct cc_span text, struct cc_words *out, struct cc_err *err)
{
	struct cc_words words = { 0 };

	if (text.len != 0 && memchr(text.at, '\0', text.len) != NULL)
		return cc_fail(err, CC_E_ARG, "a command with a NUL character in it");
	if (split(text, &words, err) != 0) {
		cc_words_clear(&words);
		return cc_failed();
	}
	*out = words;
	return 0;
}
