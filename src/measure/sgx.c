/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/sgx.h"

#include "crypto/rsa-cube.h"

#define STEP 64
#define CHUNK ((uint64_t)256)
#define KIND_TCS 0x100U
#define KIND_REGULAR 0x200U
#define SIGSTRUCT_LEN 1808

static const char ecreate[8] = "ECREATE", eadd[8] = "EADD", eextend[8] = "EEXTEND";

/* The record of a step: its name and one or two numbers. */
static int add_step(struct cc_hasher *h, const char name[static 8], const struct cc_buf *numbers,
		    struct cc_err *err)
{
	uint8_t step[STEP] = { 0 };

	memcpy(step, name, 8);
	memcpy(step + 8, numbers->at, numbers->len);
	return cc_hasher_add(h, CC_SPAN(step), err);
}

static int add_create(struct cc_hasher *h, const struct cc_sgx_layout *layout, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf numbers = { 0 };

	CC_TRY(cc_buf_add_u32le(&numbers, layout->ssa_frame_pages, err));
	CC_TRY(cc_buf_add_u64le(&numbers, layout->enclave_size, err));
	return add_step(h, ecreate, &numbers, err);
}

static int extend_page(struct cc_hasher *h, const struct cc_sgx_area *area, uint64_t page,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf numbers = { 0 };

	for (uint64_t at = page; at < page + CC_SGX_PAGE; at += CHUNK) {
		struct cc_span chunk = cc_span_sub(area->data, at, CHUNK);
		uint8_t padded[CHUNK] = { 0 };

		if (chunk.len > 0)
			memcpy(padded, chunk.at, chunk.len);
		cc_buf_reset(&numbers);
		CC_TRY(cc_buf_add_u64le(&numbers, area->at + at, err));
		CC_TRY(add_step(h, eextend, &numbers, err));
		CC_TRY(cc_hasher_add(h, CC_SPAN(padded), err));
	}
	return 0;
}

static int add_area(struct cc_hasher *h, const struct cc_sgx_area *area, struct cc_err *err)
{
	uint64_t secinfo = area->is_tcs ? KIND_TCS : KIND_REGULAR | area->permissions;
	CC_AUTO_BUF struct cc_buf numbers = { 0 };

	for (uint64_t at = 0; at < area->pages * CC_SGX_PAGE; at += CC_SGX_PAGE) {
		cc_buf_reset(&numbers);
		CC_TRY(cc_buf_add_u64le(&numbers, area->at + at, err));
		CC_TRY(cc_buf_add_u64le(&numbers, secinfo, err));
		CC_TRY(add_step(h, eadd, &numbers, err));
		if (area->is_measured)
			CC_TRY(extend_page(h, area, at, err));
	}
	return 0;
}

static bool overlap(const struct cc_sgx_area *a, const struct cc_sgx_area *b)
{
	return a->at < b->at + b->pages * CC_SGX_PAGE && b->at < a->at + a->pages * CC_SGX_PAGE;
}

static int check_area(const struct cc_sgx_layout *layout, size_t which, struct cc_err *err)
{
	const struct cc_sgx_area *area = &layout->areas[which];

	if (area->at % CC_SGX_PAGE != 0 || area->pages == 0 || area->at > layout->enclave_size ||
	    area->pages > (layout->enclave_size - area->at) / CC_SGX_PAGE)
		return cc_fail(err, CC_E_ARG, "%llu pages at %llu are not in the enclave",
			       (unsigned long long)area->pages, (unsigned long long)area->at);
	if (area->data.len > area->pages * CC_SGX_PAGE)
		return cc_fail(err, CC_E_ARG, "%zu bytes do not fit %llu pages", area->data.len,
			       (unsigned long long)area->pages);
	for (size_t i = 0; i < which; i++)
		if (overlap(area, &layout->areas[i]))
			return cc_fail(err, CC_E_ARG, "it shares a page with area %zu", i);
	return 0;
}

static int check_layout(const struct cc_sgx_layout *layout, struct cc_err *err)
{
	uint64_t size = layout->enclave_size, added = 0, measured = 0;

	if (size < 2 * CC_SGX_PAGE || (size & (size - 1)) != 0 || layout->ssa_frame_pages == 0)
		return cc_fail(err, CC_E_ARG,
			       "layout: an enclave has a power of two of bytes, and frames");
	for (size_t i = 0; i < layout->count; i++) {
		if (check_area(layout, i, err) != 0)
			return cc_wrap(err, "layout: area %zu", i);
		/* They lie beside each other in the enclave, so no sum runs over. */
		added += layout->areas[i].pages * CC_SGX_PAGE;
		measured += layout->areas[i].is_measured ? layout->areas[i].pages * CC_SGX_PAGE : 0;
	}
	if (added > CC_SGX_ADDED_MAX || measured > CC_SGX_MEASURED_MAX)
		return cc_fail(err, CC_E_TOOBIG,
			       "layout: more than %llu GiB of pages, or %llu GiB of measured ones",
			       (unsigned long long)(CC_SGX_ADDED_MAX >> 30),
			       (unsigned long long)(CC_SGX_MEASURED_MAX >> 30));
	return 0;
}

int cc_sgx_measure(const struct cc_sgx_layout *layout, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *h = NULL;

	CC_TRY(check_layout(layout, err));
	CC_TRY(cc_hasher_new(&h, err));
	CC_TRY(add_create(h, layout, err));
	for (size_t i = 0; i < layout->count; i++)
		CC_TRY(add_area(h, &layout->areas[i], err));
	return cc_hasher_done(h, out, err);
}

/* Streams */

bool cc_sgxs_is(struct cc_span bytes)
{
	return cc_span_eq(cc_span_sub(bytes, 0, sizeof(ecreate)), CC_SPAN(ecreate));
}

/* Where a stream is: the page that was added last, and how much of it is measured. */
struct progress {
	struct cc_sgxs *sgxs;
	uint64_t page, chunk;
};

static int take_add(struct cc_reader *step, struct progress *p, struct cc_err *err)
{
	CC_TRY(cc_read_u64le(step, "EADD", &p->page, err));
	p->chunk = p->page;
	if (p->page % CC_SGX_PAGE != 0 || p->page >= p->sgxs->enclave_size)
		return cc_fail(err, CC_E_ARG, "EADD of a page at %llu that is not in the enclave",
			       (unsigned long long)p->page);
	p->sgxs->pages++;
	return 0;
}

static int take_extend(struct cc_reader *step, struct cc_reader *r, struct progress *p,
		       struct cc_err *err)
{
	struct cc_span chunk = { 0 };
	uint64_t at = 0;

	CC_TRY(cc_read_u64le(step, "EEXTEND", &at, err));
	if (p->sgxs->pages == 0 || at != p->chunk || at >= p->page + CC_SGX_PAGE)
		return cc_fail(err, CC_E_ARG,
			       "EEXTEND at %llu is not what follows in the page added last",
			       (unsigned long long)at);
	p->chunk += CHUNK;
	return cc_read_span(r, CHUNK, "EEXTEND", &chunk, err);
}

static int take_create(struct cc_reader *step, struct cc_sgxs *out, struct cc_err *err)
{
	uint32_t frame = 0;

	CC_TRY(cc_read_u32le(step, "ECREATE", &frame, err));
	CC_TRY(cc_read_u64le(step, "ECREATE", &out->enclave_size, err));
	if (frame == 0 || out->enclave_size < 2 * CC_SGX_PAGE ||
	    (out->enclave_size & (out->enclave_size - 1)) != 0)
		return cc_fail(err, CC_E_ARG, "no enclave has %llu bytes and frames of %u pages",
			       (unsigned long long)out->enclave_size, frame);
	return 0;
}

static int take_step(struct cc_reader *r, struct progress *p, struct cc_err *err)
{
	struct cc_span record = { 0 }, name = { 0 };
	struct cc_reader step = { 0 };

	CC_TRY(cc_read_span(r, STEP, "step", &record, err));
	step = cc_reader(record);
	CC_TRY(cc_read_span(&step, 8, "name", &name, err));
	if (p->sgxs->enclave_size == 0 && cc_span_eq(name, CC_SPAN(ecreate)))
		return take_create(&step, p->sgxs, err);
	if (p->sgxs->enclave_size != 0 && cc_span_eq(name, CC_SPAN(eadd)))
		return take_add(&step, p, err);
	if (p->sgxs->enclave_size != 0 && cc_span_eq(name, CC_SPAN(eextend)))
		return take_extend(&step, r, p, err);
	return cc_fail(err, CC_E_ARG, "no ECREATE, EADD or EEXTEND that belongs here");
}

int cc_sgxs_measure(struct cc_span stream, struct cc_sgxs *out, struct cc_err *err)
{
	struct cc_sgxs sgxs = { 0 };
	struct progress p = { .sgxs = &sgxs };
	struct cc_reader r = cc_reader(stream);

	if (!cc_sgxs_is(stream))
		return cc_fail(err, CC_E_ARG, "stream: it does not begin with ECREATE");
	while (r.rest.len > 0) {
		size_t at = stream.len - r.rest.len;

		if (take_step(&r, &p, err) != 0)
			return cc_wrap(err, "stream: step at 0x%zx", at);
	}
	CC_TRY(cc_sha256(stream, &sgxs.mrenclave, err));
	*out = sgxs;
	return 0;
}

/* SIGSTRUCT (SDM volume 3D, section 36.14) */

static const uint8_t header[] = { 0x06, 0, 0, 0, 0xe1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 };
static const uint8_t header2[] = { 0x01, 0x01, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 0x01, 0, 0, 0 };

bool cc_sigstruct_is(struct cc_span bytes)
{
	return bytes.len == SIGSTRUCT_LEN &&
	       cc_span_eq(cc_span_sub(bytes, 0, sizeof(header)), CC_SPAN(header)) &&
	       cc_span_eq(cc_span_sub(bytes, 24, sizeof(header2)), CC_SPAN(header2));
}

/* Header and body are signed, what stands between them are the numbers of the signature. */
static int signed_parts(struct cc_span bytes, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add(out, cc_span_sub(bytes, 0, 128), err));
	return cc_buf_add(out, cc_span_sub(bytes, 900, 128), err);
}

int cc_sigstruct_verify(struct cc_span bytes, struct cc_err *err)
{
	static const uint8_t three[] = { 3, 0, 0, 0 };
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_rsa_cube numbers = { 0 };

	if (!cc_sigstruct_is(bytes))
		return cc_fail(err, CC_E_ARG, "it is no SIGSTRUCT of %d bytes", SIGSTRUCT_LEN);
	numbers = (struct cc_rsa_cube){ .modulus = cc_span_sub(bytes, 128, CC_RSA_CUBE_LEN),
					.signature = cc_span_sub(bytes, 516, CC_RSA_CUBE_LEN),
					.q1 = cc_span_sub(bytes, 1040, CC_RSA_CUBE_LEN),
					.q2 = cc_span_sub(bytes, 1424, CC_RSA_CUBE_LEN) };
	if (cc_span_is_zero(numbers.signature))
		return cc_fail(err, CC_E_NOTFOUND, "SIGSTRUCT: it is not signed");
	if (!cc_span_eq(cc_span_sub(bytes, 512, sizeof(three)), CC_SPAN(three)))
		return cc_fail(err, CC_E_EVIDENCE, "SIGSTRUCT: the exponent is not 3");
	CC_TRY(signed_parts(bytes, &message, err));
	if (cc_rsa_cube_verify(&numbers, cc_buf_span(&message), err) != 0)
		return cc_wrap(err, "SIGSTRUCT");
	return 0;
}

int cc_sigstruct_parse(struct cc_span bytes, struct cc_sigstruct *out, struct cc_err *err)
{
	struct cc_sigstruct parsed = { 0 };
	struct cc_reader r = { 0 };

	if (!cc_sigstruct_is(bytes))
		return cc_fail(err, CC_E_ARG, "it is no SIGSTRUCT of %d bytes", SIGSTRUCT_LEN);
	/* The modulus as it stands there, little endian. */
	CC_TRY(cc_sha256(cc_span_sub(bytes, 128, 384), &parsed.mrsigner, err));
	parsed.is_debug = (bytes.at[928] & 2) != 0;
	r = cc_reader(cc_span_sub(bytes, 960, 32));
	CC_TRY(cc_read_copy(&r, "ENCLAVEHASH", CC_MUT(parsed.mrenclave.b), err));
	r = cc_reader(cc_span_sub(bytes, 1024, 4));
	CC_TRY(cc_read_u16le(&r, "ISVPRODID", &parsed.isvprodid, err));
	CC_TRY(cc_read_u16le(&r, "ISVSVN", &parsed.isvsvn, err));
	*out = parsed;
	return 0;
}
