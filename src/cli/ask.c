/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <stdarg.h>

#include "base/str.h"
#include "evidence/claims.h"

void cc_say_simulation(const char *name, const char *address)
{
	(void)fprintf(stderr,
		      "%s: CAS '%s' at '%s' runs on a simulated platform: nothing here is "
		      "confidential\n",
		      cc_class_text(CC_CLASS_SIMULATED), name, address);
}

const char *cc_text_of(const struct cc_json *json, const char *name)
{
	const char *text = "";
	struct cc_err ignored = { 0 };

	cc_ignore(cc_json_get_str(json, name, &text, &ignored));
	return text;
}

uint64_t cc_number_of(const struct cc_json *json, const char *name)
{
	uint64_t number = 0;
	struct cc_err ignored = { 0 };

	cc_ignore(cc_json_get_u64(json, name, UINT64_MAX, &number, &ignored));
	return number;
}

int cc_ask_open(const char *name, struct cc_ask *out, struct cc_err *err)
{
	bool simulation = false;

	CC_TRY(cc_home_open(&out->home, err));
	CC_TRY(cc_home_cas_load(&out->home, name != NULL ? name : "default", &out->cas, err));
	CC_TRY(cc_api_open(&out->home, &out->cas, &out->api, err));
	CC_TRY(cc_json_get_bool(cc_api_cas(out->api), "simulation", &simulation, err));
	if (simulation)
		cc_say_simulation(cc_text_of(cc_api_cas(out->api), "name"), out->cas.address);
	return 0;
}

void cc_ask_close(struct cc_ask *ask)
{
	cc_api_free(ask->api);
	cc_home_close(&ask->home);
}

int cc_ask_call(const char *cas, const char *method, const struct cc_json *body,
		struct cc_json **answer, struct cc_err *err, const char *path, ...)
{
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	char text[1024];
	va_list args;
	int len = 0;

	va_start(args, path);
	len = vsnprintf(text, sizeof(text), path, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		return cc_fail(err, CC_E_TOOBIG, "a name of %d characters", len);
	CC_TRY(cc_ask_open(cas, &ask, err));
	return cc_api_call(ask.api, method, text, body, answer, err);
}
