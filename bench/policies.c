/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads each policy named on the command line `--repeat` times: parse, check, canonical form and
 * hash; with `--events` libyaml's events alone, the floor of everything that rests on it. Prints a
 * JSON array of processor microseconds a reading, in the order of the files. A file that is
 * refused ends it: nothing is gained by refusing fast.
 */
#include <time.h>
#include <yaml.h>

#include "base/dir.h"
#include "base/opt.h"
#include "crypto/init.h"
#include "policy/policy.h"

struct values {
	uint64_t repeat;
	bool events;
	struct cc_strings files;
};

static int read_once(struct cc_span text, struct cc_err *err)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	struct cc_digest hash = { 0 };

	CC_TRY(cc_policy_parse(text, &policy, err));
	return cc_policy_hash(policy, &hash, err);
}

static int read_events(struct cc_span text, struct cc_err *err)
{
	yaml_parser_t parser;
	bool done = false;

	if (yaml_parser_initialize(&parser) == 0)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for libyaml");
	yaml_parser_set_input_string(&parser, text.at, text.len);
	while (!done) {
		yaml_event_t event;

		done = yaml_parser_parse(&parser, &event) == 0 ||
		       event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return 0;
}

static double now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int measure(const struct values *values, const char *path, double *us, struct cc_err *err)
{
	int (*const read)(struct cc_span, struct cc_err *) =
		values->events ? read_events : read_once;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	double since = 0;

	CC_TRY(cc_file_read(path, CC_POLICY_TEXT_MAX, &text, err));
	since = now_us();
	for (uint64_t i = 0; i < values->repeat; i++)
		if (read(cc_buf_span(&text), err) != 0)
			return cc_wrap(err, "'%s'", path);
	*us = (now_us() - since) / (double)values->repeat;
	return 0;
}

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	if (values->repeat == 0)
		return cc_fail(err, CC_E_ARG, "--repeat: at least 1");
	CC_TRY(cc_crypto_init(err));
	for (size_t i = 0; i < values->files.count; i++) {
		double us = 0;

		CC_TRY(measure(values, values->files.at[i], &us, err));
		(void)printf("%s%.3f", i == 0 ? "[" : ", ", us);
	}
	(void)printf("]\n");
	return 0;
}

static const struct cc_opt opts[] = {
	{ "repeat", 0, CC_OPT_NUMBER, offsetof(struct values, repeat), "N", "readings of each file",
	  true, NULL },
	{ "events", 0, CC_OPT_FLAG, offsetof(struct values, events), NULL,
	  "let libyaml read its events, and nothing else", false, NULL },
};
static const struct cc_opt_arg args[] = {
	{ "FILE", offsetof(struct values, files), "a policy", false, true },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		.name = "bench-policies",
		.summary = "Read policies and print the times.",
		.opts = opts,
		.opt_count = CC_COUNT(opts),
		.args = args,
		.arg_count = CC_COUNT(args),
		.size = sizeof(struct values),
		.run = run,
	};

	return cc_opt_main(&command, argc, argv);
}
