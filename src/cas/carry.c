/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/carry.h"

#include "base/log.h"
#include "base/str.h"
#include "net/stream.h"

#define CONNECT_MS 4000
#define REASON_MAX ((size_t)500)

struct carried {
	struct cc_wire *keeper;
	uint32_t id;
	struct cc_stream *stream; /* NULL: the place is free */
};

struct cc_carrier {
	struct cc_loop *loop;
	struct carried carried[CC_CARRIES_MAX];
};

int cc_carrier_new(struct cc_loop *loop, struct cc_carrier **out, struct cc_err *err)
{
	struct cc_carrier *carrier = calloc(1, sizeof(*carrier));

	if (carrier == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for connections");
	carrier->loop = loop;
	*out = carrier;
	return 0;
}

static void end(struct carried *carried)
{
	cc_stream_free(carried->stream);
	*carried = (struct carried){ 0 };
}

void cc_carrier_free(struct cc_carrier *carrier)
{
	if (carrier == NULL)
		return;
	for (size_t i = 0; i < CC_CARRIES_MAX; i++)
		end(&carrier->carried[i]);
	free(carrier);
}

static void report(struct cc_wire *keeper, uint32_t id, struct cc_span bytes, const char *reason)
{
	struct cc_message message = { .type = CC_STREAM_HEAR, .id = id };
	struct cc_err err = { 0 };

	message.fields[CC_HEAR_BYTES] = bytes;
	message.fields[CC_HEAR_END] = cc_span(reason, strnlen(reason, REASON_MAX));
	if (cc_wire_send(keeper, &message, &err) != 0)
		cc_log_err(CC_LOG_WARN, "bytes of a service outside", &err);
}

static void on_bytes(void *context, struct cc_span bytes)
{
	const struct carried *carried = context;

	report(carried->keeper, carried->id, bytes, "");
}

static void on_end(void *context, const struct cc_err *why)
{
	struct carried *carried = context;

	report(carried->keeper, carried->id, cc_span(NULL, 0), why->text);
	end(carried);
}

static struct carried *find(struct cc_carrier *carrier, uint32_t id)
{
	for (size_t i = 0; i < CC_CARRIES_MAX; i++)
		if (carrier->carried[i].stream != NULL && carrier->carried[i].id == id)
			return &carrier->carried[i];
	return NULL;
}

static struct carried *find_free(struct cc_carrier *carrier)
{
	for (size_t i = 0; i < CC_CARRIES_MAX; i++)
		if (carrier->carried[i].stream == NULL)
			return &carrier->carried[i];
	return NULL;
}

static int begin(struct cc_carrier *carrier, struct carried *carried, struct cc_span to,
		 struct cc_err *err)
{
	struct cc_stream_plan plan = { .loop = carrier->loop,
				       .connect_ms = CONNECT_MS,
				       .on_bytes = on_bytes,
				       .on_end = on_end,
				       .context = carried };
	CC_AUTO_FREE char *address = NULL;

	if (carried == NULL)
		return cc_fail(err, CC_E_UNAVAILABLE, "too many connections to services outside");
	CC_TRY(cc_str_from(to, &address, err));
	plan.address = address;
	return cc_stream_new(&plan, &carried->stream, err);
}

void cc_carrier_say(struct cc_carrier *carrier, struct cc_wire *keeper,
		    const struct cc_message *message)
{
	struct cc_span to = message->fields[CC_SAY_ADDRESS];
	struct cc_span bytes = message->fields[CC_SAY_BYTES];
	struct carried *carried = to.len != 0 ? find_free(carrier) : find(carrier, message->id);
	struct cc_err err = { 0 };
	int done = 0;

	if (carried == NULL && to.len == 0)
		return; /* it has ended meanwhile, and the keeper hears of it */
	if (to.len != 0)
		done = begin(carrier, carried, to, &err);
	if (done == 0 && to.len != 0) {
		carried->keeper = keeper;
		carried->id = message->id;
	}
	if (done == 0 && bytes.len != 0)
		done = cc_stream_send(carried->stream, bytes, &err);
	if (done != 0)
		report(keeper, message->id, cc_span(NULL, 0), err.text);
	if (carried != NULL && (done != 0 || bytes.len == 0))
		end(carried);
}
