/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/dial.h"

#include "base/log.h"
#include "base/str.h"
#include "net/channel.h"

#define CONNECT_MS 4000
#define ANSWER_MS 8000
#define BODY_MAX ((size_t)7 * 1024 * 1024)

struct link {
	struct cc_dialer *dialer;
	struct cc_wire *keeper;
	uint32_t id;
	struct cc_tls *tls;
	struct cc_channel *channel; /* NULL: the place is free */
	char *path;                 /* that is asked next or now */
	struct cc_buf body;
};

struct cc_dialer {
	struct cc_loop *loop;
	struct link links[CC_LINKS_MAX];
};

int cc_dialer_new(struct cc_loop *loop, struct cc_dialer **out, struct cc_err *err)
{
	struct cc_dialer *dialer = calloc(1, sizeof(*dialer));

	if (dialer == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for connections");
	dialer->loop = loop;
	*out = dialer;
	return 0;
}

static void end(struct link *link)
{
	cc_channel_free(link->channel);
	cc_tls_free(link->tls);
	free(link->path);
	cc_buf_clear(&link->body);
	*link = (struct link){ 0 };
}

void cc_dialer_free(struct cc_dialer *dialer)
{
	if (dialer == NULL)
		return;
	for (size_t i = 0; i < CC_LINKS_MAX; i++)
		end(&dialer->links[i]);
	free(dialer);
}

static void report(struct cc_wire *keeper, uint32_t id, unsigned int status,
		   struct cc_span exporter, struct cc_span body)
{
	const uint8_t code[2] = { (uint8_t)(status >> 8), (uint8_t)status };
	struct cc_message message = { .type = CC_PEER_REPLY, .id = id };
	struct cc_err err = { 0 };

	message.fields[CC_PEER_STATUS] = CC_SPAN(code);
	message.fields[CC_PEER_EXPORTER] = exporter;
	message.fields[CC_PEER_ANSWER] = body;
	if (cc_wire_send(keeper, &message, &err) != 0)
		cc_log_err(CC_LOG_WARN, "the answer of another CAS", &err);
}

static void fail(struct link *link, const struct cc_err *why)
{
	report(link->keeper, link->id, 0, cc_span(NULL, 0), cc_span_str(why->text));
	end(link);
}

static void on_answer(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	struct link *link = context;
	const struct cc_digest *exporter = cc_channel_exporter(link->channel);

	if (err != NULL)
		fail(link, err);
	else if (exporter == NULL)
		fail(link, &(struct cc_err){ .text = "the connection has ended" });
	else
		report(link->keeper, link->id, reply->status, CC_DIGEST_SPAN(*exporter),
		       cc_buf_span(&reply->body));
}

static void call(struct link *link)
{
	const struct cc_call request = { .method = link->body.len == 0 ? "GET" : "POST",
					 .path = link->path,
					 .body = cc_buf_span(&link->body) };
	struct cc_err err = { 0 };

	if (cc_channel_call(link->channel, &request, on_answer, link, &err) != 0)
		fail(link, &err);
}

static void on_connected(void *context, struct cc_reply *reply, const struct cc_err *err)
{
	(void)reply;
	if (err != NULL)
		fail(context, err);
	else
		call(context);
}

static int connect_link(struct link *link, const struct cc_message *message, struct cc_err *err)
{
	struct cc_span said = message->fields[CC_PEER_PIN];
	struct cc_channel_plan plan = { .loop = link->dialer->loop,
					.connect_ms = CONNECT_MS,
					.answer_ms = ANSWER_MS,
					.body_max = BODY_MAX };
	CC_AUTO_FREE char *address = NULL;
	struct cc_digest pin = { 0 };

	if (said.len != 0 && said.len != sizeof(pin.b))
		return cc_fail(err, CC_E_BUG, "a pin of %zu bytes", said.len);
	if (said.len != 0)
		memcpy(pin.b, said.at, sizeof(pin.b));
	CC_TRY(cc_tls_client(said.len == 0 ? NULL : &pin, NULL, NULL, &link->tls, err));
	CC_TRY(cc_str_from(message->fields[CC_PEER_ADDRESS], &address, err));
	plan.address = address;
	plan.tls = link->tls;
	CC_TRY(cc_channel_new(&plan, &link->channel, err));
	return cc_channel_connect(link->channel, on_connected, link, err);
}

static struct link *find(struct cc_dialer *dialer, uint32_t id)
{
	for (size_t i = 0; i < CC_LINKS_MAX; i++)
		if (dialer->links[i].channel != NULL && dialer->links[i].id == id)
			return &dialer->links[i];
	return NULL;
}

static struct link *find_free(struct cc_dialer *dialer)
{
	for (size_t i = 0; i < CC_LINKS_MAX; i++)
		if (dialer->links[i].channel == NULL)
			return &dialer->links[i];
	return NULL;
}

/* What is asked; the same link never asks two things at once: its keeper waits. */
static int take_request(struct link *link, const struct cc_message *message, struct cc_err *err)
{
	free(link->path);
	link->path = NULL;
	cc_buf_reset(&link->body);
	CC_TRY(cc_str_from(message->fields[CC_PEER_PATH], &link->path, err));
	return cc_buf_add(&link->body, message->fields[CC_PEER_BODY], err);
}

static void begin(struct cc_dialer *dialer, struct cc_wire *keeper,
		  const struct cc_message *message)
{
	struct link *link = find_free(dialer);
	struct cc_err err = { 0 };

	if (link == NULL) {
		report(keeper, message->id, 0, cc_span(NULL, 0),
		       cc_span_str("too many connections to other CAS instances"));
		return;
	}
	*link = (struct link){ .dialer = dialer, .keeper = keeper, .id = message->id };
	if (take_request(link, message, &err) != 0 || connect_link(link, message, &err) != 0)
		fail(link, &err);
}

void cc_dialer_ask(struct cc_dialer *dialer, struct cc_wire *keeper,
		   const struct cc_message *message)
{
	struct link *link = find(dialer, message->id);
	struct cc_err err = { 0 };

	if (message->fields[CC_PEER_ADDRESS].len != 0)
		begin(dialer, keeper, message);
	else if (message->fields[CC_PEER_PATH].len == 0 && link != NULL)
		end(link);
	else if (message->fields[CC_PEER_PATH].len != 0 && link == NULL)
		report(keeper, message->id, 0, cc_span(NULL, 0),
		       cc_span_str("the connection has ended"));
	else if (link != NULL && take_request(link, message, &err) != 0)
		fail(link, &err);
	else if (link != NULL)
		call(link);
}
