/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence by a TPM 2.0: swtpm is one, by its socket, and what it makes goes to the verifier. Where
 * a TPM has to fail, or a PCR to change at the wrong moment, a process stands between the two.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/dir.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/init.h"
#include "evidence/evidence.h"
#include "platform/client.h"
#include "platform/event_log.h"
#include "platform/tpm-device.h"
#include "platform/tpm.h"

/* Commands that only tests have a use for. */
#define EVICT_CONTROL ((enum cc_tpm_command)0x120)
#define NV_DEFINE ((enum cc_tpm_command)0x12a)
#define NV_WRITE ((enum cc_tpm_command)0x137)
#define PCR_EXTEND ((enum cc_tpm_command)0x182)
#define NV_ATTRIBUTES (1U << 1 | 1U << 2 | CC_TPM_NV_OWNERREAD | CC_TPM_NV_AUTHREAD | 1U << 25)
#define SWTPM "/usr/bin/swtpm"
#define GOOD_PCRS (1U << 4 | 1U << 11)

struct fixture {
	char dir[32];
	char *state, *socket, *address; /* the address without a log */
	pid_t pid, between;
};

/* The path is there before anybody listens. */
static int wait_for(const char *path)
{
	for (int i = 0; i < 1000; i++) {
		struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
		struct cc_err err = { 0 };
		int done = cc_tpm_device_open(path, &device, &err);

		cc_tpm_device_close(&device);
		if (done == 0)
			return 0;
		(void)poll(NULL, 0, 10);
	}
	return -1;
}

static int start(struct fixture *f)
{
	CC_AUTO_CLOSE int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CC_AUTO_FREE char *state = NULL, *server = NULL;
	struct cc_err err = { 0 };

	(void)unlink(f->socket);
	CC_TRY(cc_strf(&state, &err, "dir=%s", f->state));
	CC_TRY(cc_strf(&server, &err, "type=unixio,path=%s", f->socket));
	f->pid = fork();
	if (f->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(null, STDERR_FILENO); /* it tells of each client that goes */
		(void)execl(SWTPM, SWTPM, "socket", "--tpm2", "--tpmstate", state, "--server",
			    server, "--flags", "not-need-init,startup-clear", (char *)NULL);
		_exit(127);
	}
	return wait_for(f->socket);
}

static void stop(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct cc_err err = { 0 };

	*state = f;
	memcpy(f->dir, "/tmp/concordat-tpm-XXXXXX", 26);
	if (mkdtemp(f->dir) == NULL)
		return -1;
	CC_TRY(cc_strf(&f->state, &err, "%s/state", f->dir));
	CC_TRY(cc_strf(&f->socket, &err, "%s/tpm", f->dir));
	CC_TRY(cc_strf(&f->address, &err, "tpm:%s,log=", f->socket));
	return mkdir(f->state, 0700) == 0 ? start(f) : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	struct cc_err err = { 0 };
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	int done = 0;

	stop(f->between);
	stop(f->pid);
	if (cc_dir_open("/tmp", CC_DIR_OWN, &dir, &err) == 0)
		done = cc_dir_remove_tree(&dir, f->dir + strlen("/tmp/"), &err);
	free(f->state);
	free(f->socket);
	free(f->address);
	free(f);
	return done;
}

static struct cc_digest64 data_of(uint8_t with)
{
	struct cc_digest64 data;

	memset(data.b, with, sizeof(data.b));
	return data;
}

/* Evidence with this report data. */
static int take(const char *address, uint8_t with, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	const struct cc_digest64 data = data_of(with);

	CC_TRY(cc_platform_open(address, &platform, err));
	assert_string_equal(cc_platform_kind_name(platform), "tpm");
	return cc_platform_quote(platform, &data, out, err);
}

static void must_take(const char *address, uint8_t with, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	cc_buf_reset(out);
	if (take(address, with, out, &err) != 0)
		fail_msg("%s", err.text);
}

static void parse(const struct cc_buf *evidence, struct cc_tpm_evidence *out)
{
	struct cc_err err = { 0 };

	*out = (struct cc_tpm_evidence){ 0 };
	if (cc_tpm_parse(cc_buf_span(evidence), out, &err) != 0)
		fail_msg("%s", err.text);
}

/* As an operator enrols it. */
static void enrol(const struct cc_buf *evidence, struct cc_roots *roots)
{
	struct cc_root root = { .platform = CC_PLATFORM_TPM,
				.class = CC_CLASS_MEASURED_ONLY,
				.label = "a TPM of ours" };
	struct cc_tpm_evidence tpm = { 0 };
	struct cc_err err = { 0 };

	parse(evidence, &tpm);
	assert_int_equal(cc_tpm_public_name(&tpm.key, &root.key, &err), 0);
	cc_roots_vendors(roots);
	assert_int_equal(cc_roots_add(roots, &root, &err), 0);
}

static int prove(const struct cc_buf *evidence, const struct cc_roots *roots,
		 const struct cc_sim_tpm *maker, struct cc_claims *out, struct cc_err *err)
{
	struct cc_evidence ask = { .platform = CC_PLATFORM_TPM,
				   .bytes = cc_buf_span(evidence),
				   .roots = roots,
				   .at = cc_time_now() };

	if (maker != NULL) {
		ask.collateral.certs = cc_buf_span(&maker->certs);
		ask.collateral.crls = cc_buf_span(&maker->crls);
	}
	*out = (struct cc_claims){ 0 };
	return cc_evidence_prove(&ask, out, err);
}

static void must_prove(const struct cc_buf *evidence, const struct cc_roots *roots, uint8_t with,
		       struct cc_claims *out)
{
	const struct cc_digest64 data = data_of(with);
	struct cc_err err = { 0 };

	if (prove(evidence, roots, NULL, out, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_claims_bound(out, &data, &err), 0);
	assert_int_equal(cc_evidence_recheck(cc_buf_span(evidence), out, &data, &err), 0);
}

static void ask(const struct cc_tpm_device *device, const struct cc_tpm_call *call)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_tpm_response response = { 0 };
	struct cc_err err = { 0 };

	if (cc_tpm_ask(device, call, &bytes, &response, &err) != 0)
		fail_msg("%s", err.text);
}

static struct cc_tpm_device opened(const char *socket)
{
	struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
	struct cc_err err = { 0 };

	if (cc_tpm_device_open(socket, &device, &err) != 0)
		fail_msg("%s", err.text);
	return device;
}
#define AUTO_DEVICE CC_CLEANUP(cc_tpm_device_close)

static void extend(const struct cc_tpm_device *device, uint32_t pcr, struct cc_span event)
{
	struct cc_tpm_call call = {
		.command = PCR_EXTEND, .handles = { pcr }, .handle_count = 1, .authorized = 1
	};
	CC_AUTO_BUF struct cc_buf parameters = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sha256(event, &digest, &err), 0);
	assert_int_equal(cc_buf_add_u32be(&parameters, 1, &err), 0);
	assert_int_equal(cc_buf_add_u16be(&parameters, CC_TPM_ALG_SHA256, &err), 0);
	assert_int_equal(cc_buf_add(&parameters, CC_DIGEST_SPAN(digest), &err), 0);
	call.parameters = cc_buf_span(&parameters);
	ask(device, &call);
}

static void nv_define(const struct cc_tpm_device *device, uint32_t index, uint16_t size)
{
	struct cc_tpm_call call = { .command = NV_DEFINE,
				    .handles = { CC_TPM_OWNER },
				    .handle_count = 1,
				    .authorized = 1 };
	CC_AUTO_BUF struct cc_buf parameters = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_buf_add_u16be(&parameters, 0, &err), 0);
	assert_int_equal(cc_buf_add_u16be(&parameters, 14, &err), 0);
	assert_int_equal(cc_buf_add_u32be(&parameters, index, &err), 0);
	assert_int_equal(cc_buf_add_u16be(&parameters, CC_TPM_ALG_SHA256, &err), 0);
	assert_int_equal(cc_buf_add_u32be(&parameters, NV_ATTRIBUTES, &err), 0);
	assert_int_equal(cc_buf_add_u16be(&parameters, 0, &err), 0);
	assert_int_equal(cc_buf_add_u16be(&parameters, size, &err), 0);
	call.parameters = cc_buf_span(&parameters);
	ask(device, &call);
}

/* Into an index of its own, with `more` bytes of nothing behind it. */
static void nv_put(const struct cc_tpm_device *device, uint32_t index, struct cc_span bytes,
		   uint16_t more)
{
	struct cc_tpm_call call = { .command = NV_WRITE,
				    .handles = { CC_TPM_OWNER, index },
				    .handle_count = 2,
				    .authorized = 1 };
	struct cc_err err = { 0 };

	nv_define(device, index, (uint16_t)(bytes.len + more));
	for (size_t at = 0; at < bytes.len; at += CC_TPM_NV_CHUNK) {
		struct cc_span part = cc_span_sub(bytes, at, CC_TPM_NV_CHUNK);
		CC_AUTO_BUF struct cc_buf parameters = { 0 };

		assert_int_equal(cc_buf_add_u16be(&parameters, (uint16_t)part.len, &err), 0);
		assert_int_equal(cc_buf_add(&parameters, part, &err), 0);
		assert_int_equal(cc_buf_add_u16be(&parameters, (uint16_t)at, &err), 0);
		call.parameters = cc_buf_span(&parameters);
		ask(device, &call);
	}
}

static void an_enrolled_key_quotes_what_was_started(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf evidence = { 0 }, other = { 0 };
	struct cc_claims claims = { 0 }, later = { 0 };
	struct cc_roots roots = { 0 };
	AUTO_DEVICE struct cc_tpm_device device = CC_TPM_DEVICE_NONE;

	must_take(f->address, 0x33, &evidence);
	assert_int_equal(cc_evidence_kind(cc_buf_span(&evidence)), CC_PLATFORM_TPM);
	enrol(&evidence, &roots);
	must_prove(&evidence, &roots, 0x33, &claims);
	assert_int_equal(claims.class, CC_CLASS_MEASURED_ONLY);
	assert_int_equal(claims.tpm.pcrs, GOOD_PCRS);
	assert_int_equal(claims.registers.count, 2);
	assert_int_equal(claims.tpm.log_pcrs, 0);
	device = opened(f->socket);
	extend(&device, 11, cc_span_str("another phase"));
	cc_tpm_device_close(&device);
	must_take(f->address, 0x34, &other);
	must_prove(&other, &roots, 0x34, &later);
	assert_memory_not_equal(claims.measurement, later.measurement, 32);
}

/* Nobody keeps the key, and still it is one and the same: what was enrolled stays enrolled. */
static void the_key_outlives_a_start_and_the_counters_tell_it(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf before = { 0 }, after = { 0 };
	CC_AUTO_PLATFORM struct cc_platform *platform = NULL;
	const struct cc_digest64 data = data_of(2);
	struct cc_claims first = { 0 }, second = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	must_take(f->address, 1, &before);
	enrol(&before, &roots);
	must_prove(&before, &roots, 1, &first);
	stop(f->pid);
	assert_int_equal(start(f), 0);
	assert_int_equal(cc_platform_open(f->address, &platform, &err), 0);
	assert_int_equal(cc_platform_quote(platform, &data, &after, &err), 0);
	must_prove(&after, &roots, 2, &second);
	assert_true(cc_digest_eq(&first.tpm.key, &second.tpm.key));
	assert_memory_equal(first.measurement, second.measurement, 32);
	assert_int_equal(second.tpm.resets, first.tpm.resets + 1);
	assert_int_equal(second.tpm.restarts, 0);
	/* A TPM that went away under us is none that answers. */
	stop(f->pid);
	f->pid = 0;
	assert_int_equal(cc_platform_quote(platform, &data, &after, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
}

static void quotes_the_pcrs_of_the_address(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_FREE char *address = NULL;
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	struct cc_buf text = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	/* More of them than a TPM reads at once. */
	assert_int_equal(cc_buf_add_str(&text, f->address, &err), 0);
	for (unsigned int i = 0; i < CC_TPM_PCRS; i++)
		assert_int_equal(cc_buf_addf(&text, &err, ",pcr=%u", i), 0);
	assert_int_equal(cc_buf_take_str(&text, &address, &err), 0);
	must_take(address, 0x33, &evidence);
	enrol(&evidence, &roots);
	must_prove(&evidence, &roots, 0x33, &claims);
	assert_int_equal(claims.registers.count, CC_TPM_PCRS);
	assert_int_equal(claims.registers.at[17].value[0], 0xff);
}

/* As cc_sim_log_good does. */
static void start_as_the_log_says(const struct cc_tpm_device *device)
{
	static const uint8_t handover[4];

	for (uint32_t i = 0; i < 8; i++) {
		extend(device, i, cc_span_str("code"));
		extend(device, i, CC_SPAN(handover));
	}
	extend(device, 8, cc_span_str("loader"));
	extend(device, 5, cc_span_str("Exit Boot Services Returned with Success"));
}

static void brings_the_firmwares_log_along(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_FREE char *address = NULL;
	CC_AUTO_SIM_LOG struct cc_sim_log log = { 0 };
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	AUTO_DEVICE struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_strf(&address, &err, "tpm:%s,pcr=0,pcr=5,pcr=8,log=%s/log", f->socket, f->dir),
		0);
	assert_int_equal(take(address, 0x33, &evidence, &err), -1);
	assert_non_null(strstr(err.text, "event log"));
	assert_int_equal(evidence.len, 0);
	assert_int_equal(cc_sim_log_good(&log, &err), 0);
	assert_int_equal(cc_dir_open(f->dir, CC_DIR_OWN, &dir, &err), 0);
	assert_int_equal(cc_dir_write(&dir, "log", 0600, cc_buf_span(&log.bytes), &err), 0);
	device = opened(f->socket);
	start_as_the_log_says(&device);
	cc_tpm_device_close(&device);
	must_take(address, 0x33, &evidence);
	enrol(&evidence, &roots);
	must_prove(&evidence, &roots, 0x33, &claims);
	assert_int_equal(claims.tpm.log_pcrs, 1U << 0 | 1U << 5 | 1U << 8);
	/* One that leads elsewhere is evidence against us: it goes along all the same. */
	device = opened(f->socket);
	extend(&device, 0, cc_span_str("what no log has"));
	cc_tpm_device_close(&device);
	must_take(address, 0x33, &evidence);
	assert_int_equal(prove(&evidence, &roots, NULL, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "event log"));
}

/* A maker's CA, as an operator would run one: it certifies keys of TPMs that it knows. */
struct maker {
	struct cc_sim_tpm_plan plan;
	struct cc_sim_tpm tpm;
	struct cc_roots roots;
};

static void maker_clear(struct maker *maker)
{
	cc_sim_tpm_clear(&maker->tpm);
}
#define AUTO_MAKER CC_CLEANUP(maker_clear)

static void make_maker(struct maker *maker)
{
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	cc_sim_tpm_plan_good(cc_time_now(), &maker->plan);
	assert_int_equal(cc_sim_tpm_make(&maker->plan, &maker->tpm, &err), 0);
	assert_int_equal(cc_sim_tpm_root(&maker->tpm, &maker->plan, &root, &err), 0);
	assert_int_equal(cc_roots_add(&maker->roots, &root, &err), 0);
}

static void certify(const struct maker *maker, const struct cc_tpm_public *key, struct cc_buf *der)
{
	CC_AUTO_PUBKEY struct cc_pubkey *public = NULL;
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_pubkey_from_p256(cc_span(key->point, 64), &public, &err), 0);
	assert_int_equal(cc_sim_tpm_certify(&maker->tpm, &maker->plan, public, &cert, &err), 0);
	assert_int_equal(cc_cert_to_der(cert, der, &err), 0);
}

static void a_certificate_in_the_tpm_leads_to_its_maker(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf evidence = { 0 }, der = { 0 };
	AUTO_DEVICE struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
	AUTO_MAKER struct maker maker = { 0 };
	struct cc_tpm_evidence tpm = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	make_maker(&maker);
	must_take(f->address, 1, &evidence);
	parse(&evidence, &tpm);
	assert_int_equal(tpm.cert_count, 0);
	assert_int_equal(prove(&evidence, &maker.roots, &maker.tpm, &claims, &err), -1);
	certify(&maker, &tpm.key, &der);
	device = opened(f->socket);
	nv_put(&device, CC_TPM_CERTIFICATE_INDEX, cc_buf_span(&der), 0);
	cc_tpm_device_close(&device);
	must_take(f->address, 1, &evidence);
	if (prove(&evidence, &maker.roots, &maker.tpm, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_true(cc_digest_eq(&claims.root, &maker.roots.at[0].key));
}

/* ECC, with userWithAuth and noDA: not ours. */
static const uint8_t google[] = { 0x00, 0x23, 0x00, 0x0b, 0x00, 0x05, 0x04, 0x72,
				  0x00, 0x00, 0x00, 0x10, 0x00, 0x18, 0x00, 0x0b,
				  0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00 };

/* The certificate of another key of the same TPM: what template it belongs to is the place's. */
static void a_clouds_template_comes_before_ours(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf evidence = { 0 }, der = { 0 };
	AUTO_DEVICE struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
	AUTO_MAKER struct maker maker = { 0 };
	struct cc_tpm_evidence tpm = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	make_maker(&maker);
	must_take(f->address, 1, &evidence);
	parse(&evidence, &tpm);
	certify(&maker, &tpm.key, &der);
	device = opened(f->socket);
	nv_put(&device, 0x01c10002, cc_buf_span(&der), 300);
	cc_tpm_device_close(&device);
	cc_buf_reset(&evidence);
	assert_int_equal(take(f->address, 1, &evidence, &err), -1);
	assert_non_null(strstr(err.text, "template, is missing"));
	device = opened(f->socket);
	nv_put(&device, 0x01c10003, CC_SPAN(google), 0);
	cc_tpm_device_close(&device);
	must_take(f->address, 1, &evidence);
	parse(&evidence, &tpm);
	assert_int_equal(tpm.cert_count, 1);
	assert_int_equal(tpm.certs[0].len, der.len); /* what fills up the index stays there */
	assert_int_equal(tpm.key.attributes & 1U << 10, 1U << 10);
	/* it is not the one that was certified */
	assert_int_equal(prove(&evidence, &maker.roots, &maker.tpm, &claims, &err), -1);
	assert_non_null(strstr(err.text, "another key"));
}

static void a_persistent_key_of_a_cloud_is_used_in_its_place(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf evidence = { 0 }, der = { 0 }, bytes = { 0 }, primary = { 0 },
				  evict = { 0 };
	AUTO_DEVICE struct cc_tpm_device device = CC_TPM_DEVICE_NONE;
	AUTO_MAKER struct maker maker = { 0 };
	struct cc_tpm_call make = { .command = CC_TPM_CREATE_PRIMARY,
				    .handles = { CC_TPM_ENDORSEMENT },
				    .handle_count = 1,
				    .authorized = 1 };
	struct cc_tpm_call keep = { .command = EVICT_CONTROL,
				    .handles = { CC_TPM_OWNER },
				    .handle_count = 2,
				    .authorized = 1 };
	struct cc_tpm_response response = { 0 };
	struct cc_tpm_public key = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_span public = { 0 };
	struct cc_err err = { 0 };

	make_maker(&maker);
	device = opened(f->socket);
	assert_int_equal(cc_tpm_primary_add(CC_SPAN(google), &primary, &err), 0);
	make.parameters = cc_buf_span(&primary);
	assert_int_equal(cc_tpm_ask(&device, &make, &bytes, &response, &err), 0);
	assert_int_equal(cc_tpm_public_read(response.parameters, &public, &err), 0);
	assert_int_equal(cc_tpm_public_parse(public, &key, &err), 0);
	certify(&maker, &key, &der);
	keep.handles[1] = response.handle;
	assert_int_equal(cc_buf_add_u32be(&evict, 0x81000003, &err), 0);
	keep.parameters = cc_buf_span(&evict);
	ask(&device, &keep);
	nv_put(&device, 0x01c101d0, cc_buf_span(&der), 0);
	cc_tpm_device_close(&device);
	for (int i = 0; i < 2; i++) {
		/* it is not ours to take away */
		must_take(f->address, 1, &evidence);
		if (prove(&evidence, &maker.roots, &maker.tpm, &claims, &err) != 0)
			fail_msg("%s", err.text);
	}
}

/* Of who stands between: what comes up at a command, so many times. */
struct fault {
	enum cc_tpm_command command;
	uint32_t error; /* 0: PCR 11 is extended first */
	unsigned int count;
};

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static uint32_t command_of(const uint8_t *bytes)
{
	return (uint32_t)bytes[8] << 8 | bytes[9];
}

static void answer_error(int fd, uint32_t error)
{
	const uint8_t bytes[] = { 0x80,          0x01, 0, 0, 0, 10, 0, 0, (uint8_t)(error >> 8),
				  (uint8_t)error };

	(void)!write(fd, bytes, sizeof(bytes));
}

static CC_NORETURN void stand_between(int listener, const char *socket, struct fault fault)
{
	struct cc_tpm_device device = opened(socket);
	uint8_t bytes[CC_TPM_MESSAGE_MAX];
	int client = accept(listener, NULL, NULL);
	ssize_t got = 0;

	while ((got = read(client, bytes, sizeof(bytes))) >= (ssize_t)CC_TPM_HEADER) {
		bool comes_up = fault.count > 0 && command_of(bytes) == fault.command;

		fault.count -= comes_up ? 1 : 0;
		if (comes_up && fault.error != 0) {
			answer_error(client, fault.error);
			continue;
		}
		if (comes_up)
			extend(&device, 11, cc_span_str("at the wrong moment"));
		(void)!write(device.fd, bytes, (size_t)got);
		got = read(device.fd, bytes, sizeof(bytes));
		/* in two parts, as a stream may bring it */
		(void)!write(client, bytes, 4);
		(void)!write(client, bytes + 4, got > 4 ? (size_t)got - 4 : 0);
	}
	_exit(0);
}

/* The address of a TPM that does this. */
static char *with_fault(struct fixture *f, struct fault fault)
{
	CC_AUTO_FREE char *path = NULL;
	char *address = NULL;
	struct cc_err err = { 0 };
	int listener = -1;

	stop(f->between);
	assert_int_equal(cc_strf(&path, &err, "%s/between", f->dir), 0);
	assert_int_equal(cc_strf(&address, &err, "tpm:%s,log=", path), 0);
	(void)unlink(path);
	listener = listen_at(path);
	f->between = fork();
	if (f->between == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		stand_between(listener, f->socket, fault);
	}
	(void)close(listener);
	return address;
}

static void quotes_again_when_a_pcr_changed_meanwhile(void **state)
{
	CC_AUTO_FREE char *address = with_fault(*state, (struct fault){ CC_TPM_QUOTE, 0, 2 });
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };

	must_take(address, 1, &evidence);
	enrol(&evidence, &roots);
	must_prove(&evidence, &roots, 1, &claims);
}

static void gives_up_on_a_pcr_that_never_rests(void **state)
{
	CC_AUTO_FREE char *address = with_fault(*state, (struct fault){ CC_TPM_QUOTE, 0, 99 });
	CC_AUTO_BUF struct cc_buf evidence = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(take(address, 1, &evidence, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_non_null(strstr(err.text, "PCR changes"));
	assert_int_equal(evidence.len, 0);
}

static void says_why_a_tpm_gives_no_evidence(void **state)
{
	static const struct {
		struct fault fault;
		enum cc_code code;
		const char *text;
	} all[] = {
		{ { CC_TPM_READ_CLOCK, 0x01e, 1 }, CC_E_UNSUPPORTED, "no TPM 2.0" },
		{ { CC_TPM_CREATE_PRIMARY, 0x9a2, 1 }, CC_E_DENIED, "password" },
		{ { CC_TPM_CREATE_PRIMARY, 0x902, 99 }, CC_E_UNAVAILABLE, "memory" },
		{ { CC_TPM_NV_READ_PUBLIC, 0x922, 99 }, CC_E_UNAVAILABLE, "busy" },
		{ { CC_TPM_QUOTE, 0x910, 1 }, CC_E_NOTFOUND, "started again" },
	};

	for (size_t i = 0; i < CC_COUNT(all); i++) {
		CC_AUTO_FREE char *address = with_fault(*state, all[i].fault);
		CC_AUTO_BUF struct cc_buf evidence = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(take(address, 1, &evidence, &err), -1);
		if (err.code != all[i].code || strstr(err.text, all[i].text) == NULL)
			fail_msg("%zu: %d %s", i, err.code, err.text);
		assert_int_equal(evidence.len, 0);
	}
}

/* A key that stays behind would fill the TPM after three of them. */
static void leaves_no_key_behind(void **state)
{
	const struct fixture *f = *state;
	CC_AUTO_BUF struct cc_buf evidence = { 0 };

	for (uint8_t i = 0; i < 8; i++)
		must_take(f->address, i, &evidence);
}

static void opens_nothing_that_is_no_tpm(void **state)
{
	static const struct {
		const char *address;
		enum cc_code code;
	} all[] = {
		{ "tpm:/nowhere", CC_E_UNSUPPORTED },      { "tpm:/dev/null", CC_E_UNAVAILABLE },
		{ "tpm:/dev/null,pcr=24", CC_E_TOOBIG },   { "tpm:/dev/null,pcr=", CC_E_ARG },
		{ "tpm:/dev/null,bank=sha1", CC_E_ARG },   { "tpm:/dev/null,", CC_E_ARG },
		{ "tpm:/dev/null,log=a,log=b", CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		struct cc_platform *platform = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_platform_open(all[i].address, &platform, &err), -1);
		if (err.code != all[i].code)
			fail_msg("%s: %d %s", all[i].address, err.code, err.text);
		assert_null(platform);
	}
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(an_enrolled_key_quotes_what_was_started),
		ONE(the_key_outlives_a_start_and_the_counters_tell_it),
		ONE(quotes_the_pcrs_of_the_address),
		ONE(brings_the_firmwares_log_along),
		ONE(a_certificate_in_the_tpm_leads_to_its_maker),
		ONE(a_clouds_template_comes_before_ours),
		ONE(a_persistent_key_of_a_cloud_is_used_in_its_place),
		ONE(quotes_again_when_a_pcr_changed_meanwhile),
		ONE(gives_up_on_a_pcr_that_never_rests),
		ONE(says_why_a_tpm_gives_no_evidence),
		ONE(leaves_no_key_behind),
		cmocka_unit_test(opens_nothing_that_is_no_tpm),
	};
	struct cc_err err = { 0 };

	if (access(SWTPM, X_OK) != 0) {
		(void)printf("1..0 # SKIP needs swtpm\n");
		return 0;
	}
	if (cc_crypto_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
