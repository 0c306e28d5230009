/* SPDX-License-Identifier: Apache-2.0 */
#include "image/policy-internal.h"

#include "codec/text.h"
#include "policy/policy.h"

#define PUT(...) CC_TRY(cc_buf_addf(out, err, __VA_ARGS__))

/* Bytes of the UTF-8 sequence at the start of `t` (RFC 3629), 0 when there is none. */
static size_t utf8_read(struct cc_span t, uint32_t *out)
{
	static const struct {
		uint8_t mask, lead;
		size_t len;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 1, 0 },
		      { 0xe0, 0xc0, 2, 0x80 },
		      { 0xf0, 0xe0, 3, 0x800 },
		      { 0xf8, 0xf0, 4, 0x10000 } };

	for (size_t i = 0; i < CC_COUNT(forms); i++) {
		uint32_t value = t.at[0] & (uint8_t)~forms[i].mask;

		if ((t.at[0] & forms[i].mask) != forms[i].lead || t.len < forms[i].len)
			continue;
		for (size_t k = 1; k < forms[i].len; k++) {
			if ((t.at[k] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (t.at[k] & 0x3f);
		}
		if (value < forms[i].least || value > 0x10ffff || (value >> 11) == 0x1b)
			return 0;
		*out = value;
		return forms[i].len;
	}
	return 0;
}

/*
 * Controls, and what YAML 1.1 or 1.2 takes for a line break or a byte order mark. And '$':
 * commands that read a policy as a template must not take an image's text for a variable.
 */
static bool must_escape(uint32_t c)
{
	return c == '$' || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	       c == 0xfeff;
}

int cc_image_yaml_quote(struct cc_span text, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, '"', err));
	for (size_t i = 0; i < text.len;) {
		struct cc_span rest = cc_span_sub(text, i, text.len);
		uint32_t c = 0;
		size_t len = utf8_read(rest, &c);

		if (len == 0)
			return cc_fail(err, CC_E_UNSUPPORTED,
				       "'%.*s' is not UTF-8, so no policy can say it",
				       (int)(text.len < 100 ? text.len : 100),
				       (const char *)text.at);
		if (c == '"' || c == '\\')
			PUT("\\%c", (int)c);
		else if (must_escape(c))
			PUT("\\u%04x", c);
		else
			CC_TRY(cc_buf_add(out, cc_span_sub(rest, 0, len), err));
		i += len;
	}
	return cc_buf_add_u8(out, '"', err);
}

static int put_quoted(struct cc_buf *out, const char *before, const char *text, const char *after,
		      struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, before, err));
	CC_TRY(cc_image_yaml_quote(cc_span_str(text), out, err));
	return cc_buf_add_str(out, after, err);
}

static int put_digest(struct cc_buf *out, const char *before, const struct cc_digest *digest,
		      struct cc_err *err)
{
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(digest, hex);
	return cc_buf_addf(out, err, "%s%s\n", before, hex);
}

static int put_measurements(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_measurement *m = &p->result->measurement;

	PUT("    mrenclaves:\n      - ");
	CC_TRY(cc_hex_add(out, cc_span(m->b, m->len), err));
	PUT("\n    measurements:\n      - platform: sgx\n");
	CC_TRY(put_digest(out, "        runtime: ", &p->result->runtime, err));
	return put_digest(out, "        content: ", &p->result->content, err);
}

static int put_process(const struct cc_image_process *process, struct cc_buf *out,
		       struct cc_err *err)
{
	PUT("    command:\n");
	for (size_t i = 0; i < process->command.count; i++)
		CC_TRY(put_quoted(out, "      - ", process->command.at[i], "\n", err));
	PUT("    environment:\n");
	for (size_t i = 0; i < process->environment.count; i++) {
		const char *text = process->environment.at[i], *equals = strchr(text, '=');

		PUT("      ");
		CC_TRY(cc_image_yaml_quote(cc_span(text, (size_t)(equals - text)), out, err));
		CC_TRY(put_quoted(out, ": ", equals + 1, "\n", err));
	}
	CC_TRY(put_quoted(out, "    pwd: ", process->pwd, "\n", err));
	if (process->user != NULL)
		PUT("    user: \"%s\"\n    group: \"%s\"\n", process->user, process->group);
	return 0;
}

static int put_executions(const struct cc_image_plan *plan, struct cc_buf *out, struct cc_err *err)
{
	if (plan->execution_count > 0)
		PUT("    executions:\n");
	for (size_t i = 0; i < plan->execution_count; i++) {
		const struct cc_image_execution *e = &plan->executions[i];

		CC_TRY(put_quoted(out, "      - consumer: ", e->consumer, "\n", err));
		/* The counter hangs on the id: it must not change when others come and go. */
		PUT("        id: \"");
		for (const char *c = e->consumer; *c != '\0'; c++)
			PUT("%s", *c == '/' ? "." : *c == '*' ? "anyone" : (char[2]){ *c, 0 });
		PUT("\"\n        maximum: %llu\n", (unsigned long long)e->maximum);
	}
	return 0;
}

static int put_service(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	const char *service = p->options->service != NULL ? p->options->service : "service";

	PUT("services:\n");
	CC_TRY(put_quoted(out, "  - name: ", service, "\n", err));
	CC_TRY(put_quoted(out, "    image_name: ", service, "\n", err));
	CC_TRY(put_measurements(p, out, err));
	CC_TRY(put_process(p->process, out, err));
	PUT("    fspf_path: /concordat/image\n    fspf_key: ");
	CC_TRY(cc_hex_add(out, cc_secret_span(p->key), err));
	CC_TRY(put_digest(out, "\n    fspf_tag: ", &p->result->tag, err));
	if (p->salt != NULL)
		CC_TRY(put_digest(out, "    content_salt: ", p->salt, err));
	return put_executions(p->plan, out, err);
}

static int put_image(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	const char *service = p->options->service != NULL ? p->options->service : "service";

	PUT("images:\n");
	CC_TRY(put_quoted(out, "  - name: ", service, "\n", err));
	if (p->plan->volume_count > 0)
		PUT("    volumes:\n");
	for (size_t i = 0; i < p->plan->volume_count; i++) {
		CC_TRY(put_quoted(out, "      - name: ", p->plan->volumes[i].name, "\n", err));
		CC_TRY(put_quoted(out, "        path: ", p->plan->volumes[i].path, "\n", err));
	}
	return 0;
}

static int put_volume(const struct cc_image_volume *volume, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(put_quoted(out, "  - name: ", volume->name, "\n", err));
	if (volume->from != NULL) {
		CC_TRY(put_quoted(out, "    import:\n      session: ", volume->from, "\n", err));
		CC_TRY(put_quoted(out, "      volume: ", volume->name, "\n", err));
	}
	if (volume->to.count > 0)
		PUT("    export:\n");
	for (size_t i = 0; i < volume->to.count; i++)
		CC_TRY(put_quoted(out, "      - session: ", volume->to.at[i], "\n", err));
	return 0;
}

static int put_security(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	const char *const *tolerate = p->options->tolerate;

	PUT("access_policy:\n  read:\n    - CREATOR\n  update:\n    - CREATOR\n");
	if (tolerate == NULL || *tolerate == NULL)
		return 0;
	PUT("security:\n  attestation:\n    tolerate:\n");
	for (; *tolerate != NULL; tolerate++)
		CC_TRY(put_quoted(out, "      - ", *tolerate, "\n", err));
	return 0;
}

static int put_policy(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(put_quoted(out, "name: ", p->options->name, "\n", err));
	PUT("version: \"0.3.12\"\n");
	/* It holds the image's key: whoever owns web must not read it as us, by a certificate. */
	PUT("identity: signed\n");
	CC_TRY(put_service(p, out, err));
	CC_TRY(put_image(p, out, err));
	if (p->plan->volume_count > 0)
		PUT("volumes:\n");
	for (size_t i = 0; i < p->plan->volume_count; i++)
		CC_TRY(put_volume(&p->plan->volumes[i], out, err));
	return put_security(p, out, err);
}

/* What the CAS would refuse is refused here, where the owner still can change it. */
int cc_image_policy_print(const struct cc_image_policy *p, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;

	CC_TRY(put_policy(p, out, err));
	if (cc_policy_parse(cc_buf_span(out), &policy, err) != 0)
		return cc_wrap(err, "the policy that follows from options and image");
	return 0;
}
