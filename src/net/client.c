/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client.h"

#include "base/fd.h"
#include "net/address.h"

struct cc_client {
	struct cc_loop *loop;
	struct cc_tls *tls;
	struct cc_channel *channel;
	bool reconnect;
};

/* Where a callback leaves what came of it. */
struct outcome {
	bool is_there, has_failed;
	struct cc_reply reply;
	struct cc_err err;
};

static void on_outcome(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	struct outcome *outcome = context;

	outcome->is_there = true;
	outcome->has_failed = err != NULL;
	if (err != NULL)
		outcome->err = *err;
	if (reply != NULL) {
		outcome->reply = *reply;
		memset(reply, 0, sizeof(*reply));
	}
}

static int wait_for(struct cc_client *client, struct outcome *outcome, struct cc_err *err)
{
	while (!outcome->is_there)
		CC_TRY(cc_loop_step(client->loop, true, err));
	if (!outcome->has_failed)
		return 0;
	*err = outcome->err;
	return -1;
}

int cc_client_connect(struct cc_client *client, struct cc_err *err)
{
	struct outcome outcome = { 0 };

	CC_TRY(cc_channel_connect(client->channel, on_outcome, &outcome, err));
	return wait_for(client, &outcome, err);
}

static int make_tls(struct cc_client *client, const struct cc_client_plan *plan, struct cc_err *err)
{
	struct cc_address address = { 0 };

	if (plan->pin != NULL)
		return cc_tls_client(plan->pin, plan->key, plan->cert, &client->tls, err);
	if (!plan->is_public)
		return 0;
	CC_TRY(cc_address_parse(plan->address, &address, err));
	return cc_tls_public(address.host, plan->roots, &client->tls, err);
}

static int build(struct cc_client *client, const struct cc_client_plan *plan, struct cc_err *err)
{
	struct cc_channel_plan channel = { .address = plan->address,
					   .connect_ms = plan->connect_ms,
					   .answer_ms = plan->answer_ms,
					   .body_max = plan->body_max };

	client->reconnect = plan->reconnect;
	CC_TRY(cc_loop_new(&client->loop, err));
	CC_TRY(make_tls(client, plan, err));
	channel.loop = client->loop;
	channel.tls = client->tls;
	CC_TRY(cc_channel_new(&channel, &client->channel, err));
	return cc_client_connect(client, err);
}

int cc_client_open(const struct cc_client_plan *plan, struct cc_client **out, struct cc_err *err)
{
	CC_AUTO_CLIENT struct cc_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a client");
	CC_TRY(build(client, plan, err));
	*out = CC_TAKE(client);
	return 0;
}

void cc_client_close(struct cc_client *client)
{
	if (client == NULL)
		return;
	cc_channel_free(client->channel);
	cc_tls_free(client->tls);
	cc_loop_free(client->loop);
	free(client);
}

int cc_client_call(struct cc_client *client, const struct cc_call *call, struct cc_reply *out,
		   struct cc_err *err)
{
	struct outcome outcome = { 0 };

	/* Learn first of an end that came while nobody ran the loop. */
	CC_TRY(cc_loop_step(client->loop, false, err));
	if (client->reconnect && !cc_channel_is_connected(client->channel))
		CC_TRY(cc_client_connect(client, err));
	CC_TRY(cc_channel_call(client->channel, call, on_outcome, &outcome, err));
	CC_TRY(wait_for(client, &outcome, err));
	cc_reply_clear(out);
	*out = outcome.reply;
	return 0;
}

const struct cc_digest *cc_client_exporter(const struct cc_client *client)
{
	return cc_channel_exporter(client->channel);
}
