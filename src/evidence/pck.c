/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/pck.h"

#include "crypto/der.h"

/* 1.2.840.113741.1.13.1: every member has this and one or two more arcs. */
static const uint8_t arc[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };

enum member {
	PPID = 1,
	TCB,
	PCE_ID,
	FMSPC,
	SGX_TYPE,
	INSTANCE,
	CONFIGURATION,
	MEMBER_LAST = CONFIGURATION,
};

#define PCESVN_ARC 17
#define CPUSVN_ARC 18
#define CONFIGURATION_LAST 3

/* One parser for each of the three sequences of {OID, value}. */
struct walk {
	const char *what;
	const uint8_t prefix[1]; /* the arc between `arc` and the member's, if prefix_len */
	size_t prefix_len;
	uint8_t last; /* members are 1 … last */
	int (*read)(struct cc_reader *value, uint8_t member, struct cc_pck *pck,
		    struct cc_err *err);
};

/* Which member of `walk` the OID names, 1 … last. */
static int member_of(const struct walk *walk, struct cc_span oid, uint8_t *out, struct cc_err *err)
{
	size_t head = sizeof(arc) + walk->prefix_len;

	if (oid.len != head + 1 || memcmp(oid.at, arc, sizeof(arc)) != 0 ||
	    memcmp(oid.at + sizeof(arc), walk->prefix, walk->prefix_len) != 0 ||
	    oid.at[head] == 0 || oid.at[head] > walk->last)
		return cc_fail(err, CC_E_EVIDENCE, "%s has a member that we do not know",
			       walk->what);
	*out = oid.at[head];
	return 0;
}

/* Read all members once each; `seen` has bit i for member i. */
static int read_members(const struct walk *walk, struct cc_span content, struct cc_pck *pck,
			uint32_t *seen, struct cc_err *err)
{
	struct cc_reader r = cc_reader(content);

	*seen = 0;
	while (r.rest.len > 0) {
		struct cc_span pair = { 0 }, oid = { 0 };
		uint8_t member = 0;

		CC_TRY(cc_der_read(&r, CC_DER_SEQUENCE, walk->what, &pair, err));
		struct cc_reader value = cc_reader(pair);
		CC_TRY(cc_der_read(&value, CC_DER_OID, walk->what, &oid, err));
		CC_TRY(member_of(walk, oid, &member, err));
		if ((*seen & 1u << member) != 0)
			return cc_fail(err, CC_E_EVIDENCE, "%s has member %u twice", walk->what,
				       member);
		*seen |= 1u << member;
		CC_TRY(walk->read(&value, member, pck, err));
		if (value.rest.len != 0)
			return cc_fail(err, CC_E_EVIDENCE, "%s has bytes behind member %u",
				       walk->what, member);
	}
	return 0;
}

static int read_octets(struct cc_reader *r, const char *what, struct cc_mut out, struct cc_err *err)
{
	struct cc_span content = { 0 };

	CC_TRY(cc_der_read(r, CC_DER_OCTETS, what, &content, err));
	if (content.len != out.len)
		return cc_fail(err, CC_E_EVIDENCE, "%s has %zu bytes, not %zu", what, content.len,
			       out.len);
	memcpy(out.at, content.at, out.len);
	return 0;
}

static int read_tcb_member(struct cc_reader *value, uint8_t member, struct cc_pck *pck,
			   struct cc_err *err)
{
	uint64_t number = 0;

	if (member == CPUSVN_ARC)
		return read_octets(value, "CPUSVN", CC_MUT(pck->cpusvn), err);
	if (member == PCESVN_ARC) {
		CC_TRY(cc_der_read_number(value, CC_DER_INTEGER, "PCESVN", UINT16_MAX, &number,
					  err));
		pck->pcesvn = (uint16_t)number;
		return 0;
	}
	CC_TRY(cc_der_read_number(value, CC_DER_INTEGER, "TCB component", UINT8_MAX, &number, err));
	pck->components[member - 1] = (uint8_t)number;
	return 0;
}

static int read_tcb(struct cc_reader *value, struct cc_pck *pck, struct cc_err *err)
{
	static const struct walk walk = {
		"TCB of the PCK certificate", { TCB }, 1, CPUSVN_ARC, read_tcb_member
	};
	struct cc_span content = { 0 };
	uint32_t seen = 0;

	CC_TRY(cc_der_read(value, CC_DER_SEQUENCE, walk.what, &content, err));
	CC_TRY(read_members(&walk, content, pck, &seen, err));
	if (seen != (1u << (CPUSVN_ARC + 1)) - 2)
		return cc_fail(err, CC_E_EVIDENCE, "%s is not complete", walk.what);
	return 0;
}

static int read_configuration_member(struct cc_reader *value, uint8_t member, struct cc_pck *pck,
				     struct cc_err *err)
{
	bool *const at[CONFIGURATION_LAST + 1] = { NULL, &pck->dynamic_platform, &pck->cached_keys,
						   &pck->smt };

	return cc_der_read_bool(value, "configuration of the PCK certificate", at[member], err);
}

static int read_configuration(struct cc_reader *value, struct cc_pck *pck, struct cc_err *err)
{
	static const struct walk walk = { "configuration of the PCK certificate",
					  { CONFIGURATION },
					  1,
					  CONFIGURATION_LAST,
					  read_configuration_member };
	struct cc_span content = { 0 };
	uint32_t seen = 0;

	CC_TRY(cc_der_read(value, CC_DER_SEQUENCE, walk.what, &content, err));
	return read_members(&walk, content, pck, &seen, err);
}

static int read_member(struct cc_reader *value, uint8_t member, struct cc_pck *pck,
		       struct cc_err *err)
{
	uint8_t ppid[16];
	uint64_t number = 0;

	switch ((enum member)member) {
	case PPID:
		return read_octets(value, "PPID", CC_MUT(ppid), err);
	case TCB:
		return read_tcb(value, pck, err);
	case PCE_ID:
		return read_octets(value, "PCE-ID", CC_MUT(pck->pce_id), err);
	case FMSPC:
		return read_octets(value, "FMSPC", CC_MUT(pck->fmspc), err);
	case SGX_TYPE:
		CC_TRY(cc_der_read_number(value, CC_DER_ENUMERATED, "SGX type", 2, &number, err));
		pck->sgx_type = (uint8_t)number;
		return 0;
	case INSTANCE:
		pck->has_instance = true;
		return read_octets(value, "platform instance id", CC_MUT(pck->instance), err);
	case CONFIGURATION:
		return read_configuration(value, pck, err);
	}
	return cc_fail(err, CC_E_BUG, "member %u of the PCK extension has no reader", member);
}

int cc_pck_parse(struct cc_span extension, struct cc_pck *out, struct cc_err *err)
{
	static const struct walk walk = { "SGX extension", { 0 }, 0, MEMBER_LAST, read_member };
	static const uint32_t needed =
		1u << PPID | 1u << TCB | 1u << PCE_ID | 1u << FMSPC | 1u << SGX_TYPE;
	struct cc_reader r = cc_reader(extension);
	struct cc_span content = { 0 };
	struct cc_pck pck = { 0 };
	uint32_t seen = 0;

	CC_TRY(cc_der_read(&r, CC_DER_SEQUENCE, walk.what, &content, err));
	if (r.rest.len != 0)
		return cc_fail(err, CC_E_EVIDENCE, "bytes behind the SGX extension");
	CC_TRY(read_members(&walk, content, &pck, &seen, err));
	if ((seen & needed) != needed)
		return cc_fail(err, CC_E_EVIDENCE, "SGX extension is not complete");
	*out = pck;
	return 0;
}
