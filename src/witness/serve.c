/* SPDX-License-Identifier: Apache-2.0 */
/* The witness as a program: plain HTTP, for everything it says is signed. */
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "net/address.h"
#include "net/server.h"
#include "witness/witness.h"

static void answer_text(struct cc_request *request, unsigned int status, const char *text)
{
	static const struct cc_answer_field allow = { "Allow", "POST" };
	const struct cc_answer answer = {
		.status = status,
		.type = "text/plain; charset=utf-8",
		.fields = &allow,
		.count = status == 405 ? 1 : 0,
		.body = cc_span_str(text),
	};

	cc_request_answer(request, &answer);
}

static void log_response(const struct cc_witness_response *response)
{
	const char *origin = response->asked.origin;
	unsigned long long size = (unsigned long long)response->asked.head.size;

	if (response->status == 200)
		cc_log(CC_LOG_INFO, "co-signed '%s' at %llu entries", origin, size);
	else if (origin[0] != '\0')
		cc_log(CC_LOG_WARN, "refused '%s' at %llu entries with status %u", origin, size,
		       response->status);
	else
		cc_log(CC_LOG_WARN, "refused a body that is no request");
}

static void add_checkpoint(const struct cc_witness *witness, struct cc_request *request)
{
	struct cc_witness_response response = { 0 };
	struct cc_answer answer = { 0 };
	struct cc_err err;

	if (cc_witness_add_checkpoint(witness, cc_request_body(request), cc_time_now(), &response,
				      &err) != 0) {
		/* What is wrong with our disk is nobody's business but the operator's. */
		cc_log_err(CC_LOG_ERROR, "add-checkpoint", &err);
		answer_text(request, 500, "the witness has failed\n");
		cc_buf_clear(&response.body);
		return;
	}
	log_response(&response);
	answer.status = response.status;
	answer.type = response.type;
	answer.body = cc_buf_span(&response.body);
	cc_request_answer(request, &answer);
	cc_buf_clear(&response.body);
}

static void handle(struct cc_request *request, void *context)
{
	if (!cc_str_eq(cc_request_path(request), "/add-checkpoint"))
		answer_text(request, 404, "a witness answers to POST /add-checkpoint\n");
	else if (!cc_str_eq(cc_request_method(request), "POST"))
		answer_text(request, 405, "a witness answers to POST /add-checkpoint\n");
	else
		add_checkpoint(context, request);
}

static void stop(void *context)
{
	cc_loop_stop(context);
}

static int listen_on(const char *address, struct cc_server_plan *plan, struct cc_server **out,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	char bound[CC_ADDRESS_TEXT];

	CC_TRY(cc_listen(address, &fd, err));
	CC_TRY(cc_bound_address(fd, bound, err));
	plan->fd = fd;
	CC_TRY(cc_server_new(plan, out, err));
	fd = -1;
	cc_log(CC_LOG_INFO, "listening on %s%s", cc_str_starts(bound, "unix:") ? "" : "http://",
	       bound);
	return 0;
}

int cc_witness_run(const char *path, const char *address, struct cc_err *err)
{
	CC_AUTO_WITNESS struct cc_witness witness = CC_WITNESS_NONE;
	CC_AUTO_LOOP struct cc_loop *loop = NULL;
	CC_AUTO_SERVER struct cc_server *server = NULL;
	struct cc_server_plan plan = {
		.body_max = CC_WITNESS_ASK_MAX,
		.handle = handle,
		.context = &witness,
	};

	CC_TRY(cc_witness_open(path, &witness, err));
	CC_TRY(cc_loop_new(&loop, err));
	plan.loop = loop;
	CC_TRY(cc_loop_on_signal(loop, SIGTERM, stop, loop, err));
	CC_TRY(cc_loop_on_signal(loop, SIGINT, stop, loop, err));
	CC_TRY(listen_on(address, &plan, &server, err));
	return cc_loop_run(loop, err);
}
