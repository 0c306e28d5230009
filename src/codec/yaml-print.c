/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as YAML text, by libyaml's emitter. */
#include <limits.h>
#include <strings.h>
#include <yaml.h>

#include "codec/yaml.h"

struct printing {
	yaml_emitter_t emitter;
	struct cc_buf *out;
	struct cc_err *err;
	bool failed; /* *err is filled */
};

static int write_bytes(void *context, unsigned char *bytes, size_t len)
{
	struct printing *p = context;

	if (cc_buf_add(p->out, cc_span(bytes, len), p->err) == 0)
		return 1;
	p->failed = true;
	return 0;
}

/* The event belongs to the emitter afterwards, also when this fails. */
static int emit(struct printing *p, int made, yaml_event_t *event, struct cc_err *err)
{
	if (made != 0 && yaml_emitter_emit(&p->emitter, event) != 0)
		return 0;
	if (p->failed)
		return cc_failed();
	return cc_fail(err, CC_E_SYSTEM, "print YAML: %s",
		       p->emitter.problem != NULL ? p->emitter.problem : "out of memory");
}

/* Would a reader of YAML 1.1 or 1.2 take the plain text for something else than a string? */
static bool is_ambiguous(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no",  "on", "off", "null",
					     "y",    "n",     "nan", "inf", "~",  "=",   "<<" };

	if (text[0] == '\0' || strchr("0123456789", text[0]) != NULL)
		return true;
	/* -1, +.5, .inf; and not ./program or -v. A NUL is found, too. */
	if (strchr("+-.", text[0]) != NULL && strchr("0123456789.iInN", text[1]) != NULL)
		return true;
	for (size_t i = 0; i < CC_COUNT(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static yaml_scalar_style_t style_of(const char *text)
{
	if (strchr(text, '\n') != NULL)
		return YAML_LITERAL_SCALAR_STYLE;
	return is_ambiguous(text) ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
}

/* libyaml takes another style when this one cannot hold the text. */
static int emit_scalar(struct printing *p, const char *text, yaml_scalar_style_t style,
		       struct cc_err *err)
{
	struct cc_span bytes = cc_span_str(text);
	yaml_event_t event;

	if (bytes.len > INT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "print YAML: a text of %zu bytes", bytes.len);
	return emit(p,
		    yaml_scalar_event_initialize(&event, NULL, NULL, bytes.at, (int)bytes.len, 1, 1,
						 style),
		    &event, err);
}

/* A number, true, false or null. */
static int print_plain(struct printing *p, const struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *plain = NULL;

	CC_TRY(cc_json_print(json, &text, err));
	CC_TRY(cc_buf_str(&text, &plain, err));
	return emit_scalar(p, plain, YAML_PLAIN_SCALAR_STYLE, err);
}

static int print_value(struct printing *p, const struct cc_json *json, struct cc_err *err);

static int print_object(struct printing *p, const struct cc_json *json, struct cc_err *err)
{
	yaml_event_t event;
	yaml_mapping_style_t style =
		cc_json_count(json) == 0 ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE;

	CC_TRY(emit(p, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style), &event,
		    err));
	for (size_t i = 0; i < cc_json_count(json); i++) {
		const char *name = cc_json_name_at(json, i);

		CC_TRY(emit_scalar(p, name, style_of(name), err));
		CC_TRY(print_value(p, cc_json_at(json, i), err));
	}
	return emit(p, yaml_mapping_end_event_initialize(&event), &event, err);
}

static int print_array(struct printing *p, const struct cc_json *json, struct cc_err *err)
{
	yaml_event_t event;
	yaml_sequence_style_t style =
		cc_json_count(json) == 0 ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;

	CC_TRY(emit(p, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style), &event,
		    err));
	for (size_t i = 0; i < cc_json_count(json); i++)
		CC_TRY(print_value(p, cc_json_at(json, i), err));
	return emit(p, yaml_sequence_end_event_initialize(&event), &event, err);
}

static int print_value(struct printing *p, const struct cc_json *json, struct cc_err *err)
{
	const char *text = cc_json_str(json);

	if (text != NULL)
		return emit_scalar(p, text, style_of(text), err);
	if (cc_json_is_object(json))
		return print_object(p, json, err);
	return cc_json_is_array(json) ? print_array(p, json, err) : print_plain(p, json, err);
}

static int print_document(struct printing *p, const struct cc_json *json, struct cc_err *err)
{
	yaml_event_t event;

	CC_TRY(emit(p, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event,
		    err));
	CC_TRY(emit(p, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event,
		    err));
	CC_TRY(print_value(p, json, err));
	CC_TRY(emit(p, yaml_document_end_event_initialize(&event, 1), &event, err));
	return emit(p, yaml_stream_end_event_initialize(&event), &event, err);
}

int cc_yaml_print(const struct cc_json *json, struct cc_buf *out, struct cc_err *err)
{
	struct printing p = { .out = out, .err = err };
	int done = 0;

	if (yaml_emitter_initialize(&p.emitter) == 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for YAML");
	yaml_emitter_set_output(&p.emitter, write_bytes, &p);
	yaml_emitter_set_unicode(&p.emitter, 1);
	yaml_emitter_set_width(&p.emitter, -1); /* long texts stay on their line */
	done = print_document(&p, json, err);
	yaml_emitter_delete(&p.emitter);
	return done;
}
