/* SPDX-License-Identifier: Apache-2.0 */
/*
 * concordat-runtime: the first process of a sealed image. docs/runtime.md.
 *
 * Its arguments come from the host and are no secrets; who lies in them gets other
 * report data, and with it nothing.
 */
#include "base/log.h"
#include "base/opt.h"
#include "base/str.h"
#include "net/client.h"
#include "platform/client.h"
#include "proto/problem.h"
#include "runtime/boot.h"
#include "runtime/run.h"
#include "runtime/versions.h"

#define OPT(member, letters, what, must, text)                                                  \
	{                                                                                       \
		.name = letters, .kind = CC_OPT_STRING,                                         \
		.at = offsetof(struct cc_runtime_options, member), .value = what, .help = text, \
		.required = must,                                                               \
	}

static const struct cc_opt opts[] = {
	OPT(cas, "cas", "ADDRESS", true, "the CAS: host:port or unix:PATH"),
	OPT(cas_key, "cas-key", "HEX", true, "hash of the CAS's key"),
	OPT(policy, "policy", "NAME", true, "policy of the service"),
	OPT(service, "service", "NAME", true, "service of the policy"),
	OPT(ticket, "ticket", "HEX", true, "right to start one stage of one run"),
	{ .name = "platform",
	  .kind = CC_OPT_LIST,
	  .at = offsetof(struct cc_runtime_options, platforms),
	  .value = "ADDRESS",
	  .help = "configfs:, gramine:, nsm:, tpm:, or the socket of the simulated platform; two, "
		  "where the policy asks for two roots" },
	OPT(volumes, "volumes", "DIR", false, "storage with one directory a volume"),
	OPT(password, "password", "DIGITS", false, "one-time password that the policy asks for"),
	{ .name = "patience",
	  .kind = CC_OPT_NUMBER,
	  .at = offsetof(struct cc_runtime_options, patience),
	  .value = "SECONDS",
	  .help = "how long a CAS that is away is waited for (60)" },
};

static const struct cc_opt_arg args[] = {
	{ .name = "ARGUMENT",
	  .at = offsetof(struct cc_runtime_options, arguments),
	  .help = "for the program, where its policy says @@1, @@2, ...",
	  .optional = true,
	  .many = true },
};

static const struct cc_runtime_options defaults = {
	.volumes = "/run/concordat/volumes",
	.patience = 60,
};

static const struct cc_command command = {
	.name = "concordat-runtime",
	.summary = "the first process of a sealed image",
	.opts = opts,
	.opt_count = CC_COUNT(opts),
	.args = args,
	.arg_count = CC_COUNT(args),
	.size = sizeof(struct cc_runtime_options),
	.defaults = &defaults,
};

/* The CAS by TLS: the pin is checked in the handshake already. */
struct world {
	const char *address;
	struct cc_digest pin;
	struct cc_client *client;
	struct cc_platform *platforms[CC_ATTEST_EVIDENCE_MAX];
	size_t platform_count;
};

static int link_connect(void *ctx, struct cc_digest *exporter, struct cc_err *err)
{
	struct world *world = ctx;
	const struct cc_client_plan plan = { .address = world->address,
					     .pin = &world->pin,
					     .body_max = 2 * CC_RELEASE_MAX };
	const struct cc_digest *present = NULL;

	if (world->client == NULL)
		CC_TRY(cc_client_open(&plan, &world->client, err));
	else
		CC_TRY(cc_client_connect(world->client, err));
	present = cc_client_exporter(world->client);
	if (present == NULL)
		return cc_fail(err, CC_E_BUG, "the connection to the CAS has no exporter");
	*exporter = *present;
	return 0;
}

static int link_request(void *ctx, const char *path, struct cc_span body, const char *type,
			struct cc_buf *reply, struct cc_err *err)
{
	struct world *world = ctx;
	const struct cc_call_field field = { "Content-Type", type };
	const struct cc_call call = { .method = body.len > 0 ? "POST" : "GET",
				      .path = path,
				      .fields = &field,
				      .count = body.len > 0 ? 1 : 0,
				      .body = body };
	CC_AUTO_REPLY struct cc_reply got = { 0 };
	struct cc_err said = { 0 };

	CC_TRY(cc_client_call(world->client, &call, &got, err));
	if (got.status / 100 == 2)
		return cc_buf_add(reply, cc_buf_span(&got.body), err);
	if (cc_problem_parse(cc_buf_span(&got.body), &said, err) != 0)
		return cc_fail(err, got.status / 100 == 5 ? CC_E_UNAVAILABLE : CC_E_ARG,
			       "the CAS answers '%s' with status %u", path, got.status);
	*err = said;
	return cc_wrap(err, "the CAS refuses");
}

static int link_open(void *ctx, const char *address, const struct cc_digest *pin,
		     struct cc_link *out, struct cc_err *err)
{
	struct world *world = ctx;

	(void)err;
	world->address = address;
	world->pin = *pin;
	*out = (struct cc_link){ world, link_connect, link_request };
	return 0;
}

static int source_quote(void *ctx, const struct cc_digest64 *data, struct cc_buf *evidence,
			struct cc_err *err)
{
	return cc_platform_quote(ctx, data, evidence, err);
}

static int source_open(void *ctx, const char *address, struct cc_evidence_source *out,
		       struct cc_err *err)
{
	struct world *world = ctx;
	struct cc_platform *platform = NULL;

	if (world->platform_count == CC_COUNT(world->platforms))
		return cc_fail(err, CC_E_BUG, "more than %zu platforms", world->platform_count);
	if (cc_platform_open(address, &platform, err) != 0)
		return cc_hint(err,
			       "give the container the platform, and its address by --platform");
	world->platforms[world->platform_count++] = platform;
	cc_log(CC_LOG_INFO, "evidence comes from: %s", cc_platform_text(platform));
	*out = (struct cc_evidence_source){ platform, cc_platform_kind_name(platform),
					    source_quote };
	return 0;
}

static void source_close(void *ctx)
{
	struct world *world = ctx;

	while (world->platform_count > 0)
		cc_platform_free(world->platforms[--world->platform_count]);
}

static void versions_print(void)
{
	(void)printf("concordat-runtime %s\nlinked statically:\n%s", CC_VERSION, CC_RUNTIME_LINKED);
}

static int life(int argc, char *const *argv, char *const *envp, int *status, struct cc_err *err)
{
	static struct world world;
	const struct cc_runtime_world outside = { &world, envp, link_open, source_open,
						  source_close };
	struct cc_runtime_options options = defaults;
	CC_AUTO_BUF struct cc_buf help_text = { 0 };
	bool help = false;

	CC_TRY(cc_boot_clean(err));
	if (argc == 2 && cc_str_eq(argv[1], "--version")) {
		versions_print();
		return 0;
	}
	CC_TRY(cc_opt_parse(&command, argc - 1, argv + 1, &options, &help, err));
	if (!help)
		return cc_runtime_run(&options, &outside, status, err);
	CC_TRY(cc_opt_help("", &command, &help_text, err));
	(void)fwrite(help_text.at, 1, help_text.len, stdout);
	return 0;
}

/* The environment is read for what a policy names, and never set again. */
int main(int argc, char **argv, char **envp)
{
	struct cc_err err = { 0 };
	int status = 0;

	cc_log_init("runtime", CC_LOG_INFO);
	if (life(argc, argv, envp, &status, &err) != 0) {
		cc_opt_print_error(command.name, &err);
		status = cc_code_info(err.code)->exit_status;
	}
	(void)fflush(stdout);
	/* not exit: handlers of libraries would run beside threads that still work */
	_exit(status);
}
