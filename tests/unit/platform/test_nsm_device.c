/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one call by which AWS Nitro's driver is asked. There is no device here, and no kernel of ours
 * has CUSE to make one: seccomp's notification hands the call itself, as the kernel got it, to a
 * thread that answers as drivers/misc/nsm.c and the module do.
 */
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/time.h"
#include "codec/cbor.h"
#include "crypto/init.h"
#include "evidence/evidence.h"
#include "platform/client.h"
#include "platform/nitro.h"
#include "platform/nsm.h"

/* nsm.h of the driver: a structure of two struct iovec, type 0x0a, number 0. */
struct raw {
	struct iovec request, response;
};
#define NSM_IOCTL _IOWR(0x0A, 0x0, struct raw)

static struct module {
	struct cc_sim_nitro_plan plan;
	struct cc_sim_nitro nitro;
	pthread_t thread;
	pthread_barrier_t begin;
	int listener;
	int sys;              /* the call fails with this errno */
	const char *response; /* instead of a document */
	bool lies;            /* of the length of its response */
	bool is_over;         /* the next call is the last */
} module = { .listener = -1 };

/* {"Attestation": {"user_data": …, "nonce": null, "public_key": null}} */
static int read_request(const struct raw *raw, struct cc_err *err)
{
	struct cc_span bytes = cc_span(raw->request.iov_base, raw->request.iov_len), data = { 0 };
	struct cc_cbor_map outer = { 0 }, inner = { 0 };

	CC_TRY(cc_cbor_map(bytes, "request", &outer, err));
	CC_TRY(cc_cbor_map(cc_cbor_find_text(&outer, "Attestation"), "it", &inner, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find_text(&inner, "user_data"), "user_data", &data, err));
	if (data.len != sizeof(module.plan.user_data.b))
		return cc_fail(err, CC_E_ARG, "user data");
	memcpy(module.plan.user_data.b, data.at, data.len);
	return 0;
}

static int make_response(struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf document = { 0 };

	if (module.response != NULL)
		return cc_buf_add_str(out, module.response, err);
	CC_TRY(cc_sim_nitro_document(&module.nitro, &module.plan, &document, err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 1, err));
	CC_TRY(cc_cbor_add_text(out, "Attestation", err));
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_MAP, 1, err));
	CC_TRY(cc_cbor_add_text(out, "document", err));
	return cc_cbor_add_bytes(out, cc_buf_span(&document), err);
}

/* As the driver: requests of 4096 bytes at most, and what does not fit is an error. */
static int answer(struct raw *raw)
{
	CC_AUTO_BUF struct cc_buf response = { 0 };
	struct cc_err err = { 0 };

	if (module.sys != 0)
		return -module.sys;
	if (raw->request.iov_len > CC_NSM_REQUEST_MAX || read_request(raw, &err) != 0)
		return -EINVAL;
	if (make_response(&response, &err) != 0 || response.len > raw->response.iov_len)
		return -EMSGSIZE;
	memcpy(raw->response.iov_base, response.at, response.len);
	raw->response.iov_len = module.lies ? raw->response.iov_len + 1 : response.len;
	return 0;
}

static void *serve(void *context)
{
	struct seccomp_notif ask;
	struct seccomp_notif_resp reply;

	(void)context;
	(void)pthread_barrier_wait(&module.begin);
	for (bool last = false; !last;) {
		memset(&ask, 0, sizeof(ask));
		memset(&reply, 0, sizeof(reply));
		if (ioctl(module.listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) != 0)
			break;
		reply.id = ask.id;
		/* the same address space: as the kernel, we read what the pointer leads to */
		last = module.is_over;
		if (!last)
			reply.error = answer((struct raw *)(uintptr_t)ask.data.args[2]);
		(void)ioctl(module.listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
	}
	return NULL;
}

/* Of this thread alone, and only this one call. */
static int intercept(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NSM_IOCTL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { CC_COUNT(rules), rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

static int group_set_up(void **state)
{
	struct cc_err err = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(cc_time_now(), &module.plan);
	CC_TRY(cc_sim_nitro_make(&module.plan, &module.nitro, &err));
	if (pthread_barrier_init(&module.begin, NULL, 2) != 0)
		return -1;
	/* before the filter, which a thread inherits from who starts it */
	if (pthread_create(&module.thread, NULL, serve, NULL) != 0)
		return -1;
	module.listener = intercept();
	return module.listener < 0 ? -1 : pthread_barrier_wait(&module.begin) > 0;
}

static int group_tear_down(void **state)
{
	(void)state;
	module.is_over = true;
	(void)ioctl(STDIN_FILENO, NSM_IOCTL, NULL);
	(void)pthread_join(module.thread, NULL);
	(void)close(module.listener);
	(void)pthread_barrier_destroy(&module.begin);
	cc_sim_nitro_clear(&module.nitro);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	module.sys = 0;
	module.response = NULL;
	module.lies = false;
	return 0;
}

static int take(struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	struct cc_digest64 data;

	memset(data.b, 0x33, sizeof(data.b));
	CC_TRY(cc_platform_open("nsm:/dev/null", &platform, err));
	assert_string_equal(cc_platform_kind_name(platform), "nitro");
	return cc_platform_quote(platform, &data, out, err);
}

static void the_modules_document_proves(void **state)
{
	struct cc_evidence evidence = { .platform = CC_PLATFORM_NITRO, .at = cc_time_now() };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_digest64 data;
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(data.b, 0x33, sizeof(data.b));
	if (take(&bytes, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_sim_nitro_root(&module.nitro, &root, &err), 0);
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	evidence.bytes = cc_buf_span(&bytes);
	evidence.roots = &roots;
	if (cc_evidence_prove(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_claims_bound(&claims, &data, &err), 0);
}

static void assert_no_evidence(enum cc_code code, const char *word)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(take(&bytes, &err), -1);
	if (err.code != code || strstr(err.text, word) == NULL)
		fail_msg("%d %s", err.code, err.text);
	assert_int_equal(bytes.len, 0);
}

static void a_call_that_fails_is_no_evidence(void **state)
{
	(void)state;
	module.sys = ETIMEDOUT;
	assert_no_evidence(CC_E_UNAVAILABLE, "timed out");
}

static void the_modules_error_is_named(void **state)
{
	(void)state;
	module.response = "\xa1\x65"
			  "Error\x6d"
			  "InternalError";
	assert_no_evidence(CC_E_UNAVAILABLE, "'InternalError'");
}

static void a_length_beyond_our_room_is_not_believed(void **state)
{
	(void)state;
	module.lies = true;
	assert_no_evidence(CC_E_TOOBIG, "answers with");
}

#define ONE(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(the_modules_document_proves),
		ONE(a_call_that_fails_is_no_evidence),
		ONE(the_modules_error_is_named),
		ONE(a_length_beyond_our_room_is_not_believed),
	};
	struct cc_err err = { 0 };

	return cc_crypto_init(&err) != 0
		       ? 1
		       : cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
