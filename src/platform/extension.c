/* SPDX-License-Identifier: Apache-2.0 */
/* The SGX extension of a PCK certificate, written: evidence/pck.h reads it. */
#include "crypto/der.h"
#include "platform/sim-internal.h"

const uint8_t cc_sim_fmspc[6] = { 0x00, 0xc0, 0x6c, 0x0d, 0xa7, 0x00 };
const uint8_t cc_sim_instance[16] = "SIMULATION 00001";

void cc_sim_components(uint8_t first, uint8_t out[CC_SGX_COMPONENTS])
{
	static const uint8_t machine[CC_SGX_COMPONENTS] = { CC_SIM_SVN, CC_SIM_SVN, 2, 2, 255, 1 };

	memcpy(out, machine, sizeof(machine));
	out[0] = first;
}

static int add(struct cc_buf *out, uint8_t tag, struct cc_span content, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(out, tag, err));
	if (content.len >= 0x100) {
		CC_TRY(cc_buf_add_u8(out, 0x82, err));
		CC_TRY(cc_buf_add_u16be(out, (uint16_t)content.len, err));
	} else {
		if (content.len >= 0x80)
			CC_TRY(cc_buf_add_u8(out, 0x81, err));
		CC_TRY(cc_buf_add_u8(out, (uint8_t)content.len, err));
	}
	return cc_buf_add(out, content, err);
}

/* SEQUENCE {OID 1.2.840.113741.1.13.1.<arcs>, value}; an arc of 0 is none. */
static int add_member(struct cc_buf *out, uint8_t arc, uint8_t sub, struct cc_span value,
		      struct cc_err *err)
{
	const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01, arc, sub };
	CC_AUTO_BUF struct cc_buf pair = { 0 };

	CC_TRY(add(&pair, CC_DER_OID, cc_span(oid, sizeof(oid) - (sub == 0)), err));
	CC_TRY(cc_buf_add(&pair, value, err));
	return add(out, CC_DER_SEQUENCE, cc_buf_span(&pair), err);
}

static int add_octets(struct cc_buf *out, uint8_t arc, uint8_t sub, struct cc_span bytes,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf value = { 0 };

	CC_TRY(add(&value, CC_DER_OCTETS, bytes, err));
	return add_member(out, arc, sub, cc_buf_span(&value), err);
}

static int add_small(struct cc_buf *out, uint8_t arc, uint8_t sub, enum cc_der_tag tag,
		     uint8_t number, struct cc_err *err)
{
	const uint8_t bytes[] = { 0, number };
	bool padded = tag == CC_DER_INTEGER && number >= 0x80;
	CC_AUTO_BUF struct cc_buf value = { 0 };

	CC_TRY(add(&value, (uint8_t)tag, cc_span(bytes + !padded, 1u + padded), err));
	return add_member(out, arc, sub, cc_buf_span(&value), err);
}

static int add_tcb(struct cc_buf *out, struct cc_err *err)
{
	uint8_t components[CC_SGX_COMPONENTS];
	CC_AUTO_BUF struct cc_buf tcb = { 0 }, value = { 0 };

	cc_sim_components(CC_SIM_SVN, components);
	for (uint8_t i = 0; i < CC_SGX_COMPONENTS; i++)
		CC_TRY(add_small(&tcb, 2, (uint8_t)(i + 1), CC_DER_INTEGER, components[i], err));
	CC_TRY(add_small(&tcb, 2, 17, CC_DER_INTEGER, CC_SIM_PCESVN, err));
	CC_TRY(add_octets(&tcb, 2, 18, CC_SPAN(components), err));
	CC_TRY(add(&value, CC_DER_SEQUENCE, cc_buf_span(&tcb), err));
	return add_member(out, 2, 0, cc_buf_span(&value), err);
}

static int add_configuration(struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf configuration = { 0 }, value = { 0 };

	for (uint8_t i = 1; i <= 3; i++)
		CC_TRY(add_small(&configuration, 7, i, CC_DER_BOOLEAN, 0, err));
	CC_TRY(add(&value, CC_DER_SEQUENCE, cc_buf_span(&configuration), err));
	return add_member(out, 7, 0, cc_buf_span(&value), err);
}

int cc_sim_pck_extension(struct cc_buf *out, struct cc_err *err)
{
	static const uint8_t pce_id[2] = { 0 };
	CC_AUTO_BUF struct cc_buf members = { 0 };

	CC_TRY(add_octets(&members, 1, 0, CC_SPAN(cc_sim_instance), err)); /* PPID */
	CC_TRY(add_tcb(&members, err));
	CC_TRY(add_octets(&members, 3, 0, CC_SPAN(pce_id), err));
	CC_TRY(add_octets(&members, 4, 0, CC_SPAN(cc_sim_fmspc), err));
	CC_TRY(add_small(&members, 5, 0, CC_DER_ENUMERATED, 1, err));
	CC_TRY(add_octets(&members, 6, 0, CC_SPAN(cc_sim_instance), err));
	CC_TRY(add_configuration(&members, err));
	return add(out, CC_DER_SEQUENCE, cc_buf_span(&members), err);
}
