/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include <event2/dns.h>
#include <event2/event.h>

#define SIGNALS_MAX 8

struct handler {
	struct event *event;
	void (*fn)(void *context);
	void *context;
};

struct cc_loop {
	struct event_base *base;
	struct evdns_base *dns;
	struct handler handlers[SIGNALS_MAX];
	size_t count;
};

/* Writing to a peer that has left is an error of that connection, not the end of the process. */
static void ignore_sigpipe(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &action, NULL);
}

int cc_loop_new(struct cc_loop **out, struct cc_err *err)
{
	struct event_config *config = event_config_new();
	struct cc_loop *loop = calloc(1, sizeof(*loop));

	ignore_sigpipe();
	if (config != NULL && loop != NULL &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV | EVENT_BASE_FLAG_NOLOCK) == 0)
		loop->base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	if (loop == NULL || loop->base == NULL) {
		free(loop);
		return cc_fail(err, CC_E_SYSTEM, "start an event loop");
	}
	*out = loop;
	return 0;
}

void cc_loop_free(struct cc_loop *loop)
{
	if (loop == NULL)
		return;
	for (size_t i = 0; i < loop->count; i++)
		event_free(loop->handlers[i].event);
	if (loop->dns != NULL)
		evdns_base_free(loop->dns, 0);
	event_base_free(loop->base);
	free(loop);
}

struct event_base *cc_loop_base(struct cc_loop *loop)
{
	return loop->base;
}

int cc_loop_dns(struct cc_loop *loop, struct evdns_base **out, struct cc_err *err)
{
	if (loop->dns == NULL) {
		loop->dns = evdns_base_new(loop->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		if (loop->dns == NULL)
			return cc_fail(err, CC_E_SYSTEM, "start a resolver");
		/* A file that is missing leaves no name server: names of the other file resolve. */
		if (evdns_base_resolv_conf_parse(loop->dns,
						 DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC,
						 "/etc/resolv.conf") != 0)
			evdns_base_clear_nameservers_and_suspend(loop->dns);
		(void)evdns_base_load_hosts(loop->dns, "/etc/hosts");
		(void)evdns_base_resume(loop->dns);
	}
	*out = loop->dns;
	return 0;
}

int cc_loop_run(struct cc_loop *loop, struct cc_err *err)
{
	if (event_base_dispatch(loop->base) < 0)
		return cc_fail(err, CC_E_SYSTEM, "run the event loop");
	return 0;
}

int cc_loop_step(struct cc_loop *loop, bool wait, struct cc_err *err)
{
	if (event_base_loop(loop->base, wait ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK) < 0)
		return cc_fail(err, CC_E_SYSTEM, "run the event loop");
	return 0;
}

void cc_loop_stop(struct cc_loop *loop)
{
	(void)event_base_loopexit(loop->base, NULL);
}

static void on_signal(evutil_socket_t number, short what, void *context)
{
	const struct handler *handler = context;

	(void)number;
	(void)what;
	handler->fn(handler->context);
}

int cc_loop_on_signal(struct cc_loop *loop, int number, void (*fn)(void *context), void *context,
		      struct cc_err *err)
{
	struct handler *handler = &loop->handlers[loop->count];

	if (loop->count == SIGNALS_MAX)
		return cc_fail(err, CC_E_BUG, "wait for more than %d signals", SIGNALS_MAX);
	handler->fn = fn;
	handler->context = context;
	handler->event = evsignal_new(loop->base, number, on_signal, handler);
	if (handler->event == NULL)
		return cc_fail(err, CC_E_SYSTEM, "wait for signal %d", number);
	loop->count++;
	if (evsignal_add(handler->event, NULL) != 0)
		return cc_fail(err, CC_E_SYSTEM, "wait for signal %d", number);
	return 0;
}
