/* SPDX-License-Identifier: Apache-2.0 */
/* The policies that the changes of changes.h begin with. */
#ifndef CC_TESTS_UNIT_POLICY_CHANGES_BASES_H
#define CC_TESTS_UNIT_POLICY_CHANGES_BASES_H

#include "tests/unit/policy/given.h"

#define HEX_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define HEX_F "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

/* clang-format off */
static const char base_policy[] =
	"version: \"0.3.10\"\n"
	"name: alice\n"
	"access_policy:\n"
	"  read: [3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]\n"
	"  update: CREATOR\n"
	"  create_sessions: NONE\n"
	"  list_sessions: CREATOR\n"
	"security: {attestation: {mode: hardware}}\n"
	"services:\n"
	"  - name: s1\n"
	"    image_name: i1\n"
	"    command: run a\n"
	"    environment: {A: x, B: y}\n"
	"    pwd: /w\n"
	"    mrenclaves: [" HEX_A "]\n"
	"    executions:\n"
	"      - {id: paid, consumer: sh3, maximum: 3, until: 2027-01-01T00:00:00Z}\n"
	"    network: {egress: [{name: db, peer: bob/db, port: 80}]}\n"
	"  - name: s2\n"
	"    command: go\n"
	"    attestation:\n"
	"      - {signer: {mrsigner: " HEX_B ", isvprodid: 7, isvsvn_min: 2}}\n"
	"images:\n"
	"  - name: i1\n"
	"    volumes:\n"
	"      - {name: v, path: /v, access: read}\n"
	"      - {name: u, path: /u}\n"
	"    injection_files: [{path: /etc/f, content: hello}]\n"
	"volumes:\n"
	"  - name: v\n"
	"    export:\n"
	"      - {session: bob, session_hash: " HEX_C ", access: read, content: " HEX_D "}\n"
	"  - name: u\n"
	"secrets:\n"
	"  - {name: k, kind: ascii}\n"
	"  - {name: p, kind: ascii, value: canary}\n";

static const char flow_policy[] =
	"name: w\n"
	"workflow: {stages: [{name: a, policy: p, service: s}, {name: b, policy: q, service: s, needs: a}]}\n"
	"volumes: [{name: v, lifetime: run}]\n";

static const char imports_policy[] =
	"version: \"0.3.12\"\n"
	"name: alice\n"
	"services: [{name: s1, image_name: i, mrenclaves: [" HEX_A "], executions: [{id: a, consumer: b, maximum: 1}]}]\n"
	"images: [{name: i, volumes: [{name: in, path: /in}]}]\n"
	"volumes:\n"
	"  - name: in\n"
	"    import: {session: carol, volume: data}\n";

static const char board_policy[] =
	"name: w\n"
	"board:\n"
	"  members:\n"
	"    - {name: ann, key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}\n"
	"    - {name: bea, key: LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM}\n"
	"  rule: {all: [ann, bea]}\n"
	"  self_approval: true\n"
	"  veto: ann\n"
	"  emergency: {rule: bea}\n"
	"  classes: [{class: [code, data], rule: bea, delay: 1 day}]\n";

static const char grants_policy[] =
	"name: w\n"
	"volumes: [{name: v, export: [{session: bob, service: s, access: read}, {session: bob}]}]\n";

static const char bare_policy[] =
	"name: w\n";

static const char keys_policy[] =
	"version: \"0.3.12\"\n"
	"name: w\n"
	"secrets:\n"
	"  - {name: key, kind: private-key, key_type: P-384}\n"
	"  - {name: cert, kind: x509, private_key: key, dns: [a.example], valid_for: 30 days}\n"
	"  - {name: token, kind: jwt, signer: key, validity: {for: 1h}, payload: {sub: a}}\n"
	"  - {name: shared, kind: ascii, export: [{session: bob}]}\n"
	"  - {name: theirs, import: {session: carol, secret: s}}\n";

static const char cas_policy[] =
	"version: \"0.3.12\"\n"
	"name: w\n"
	"volumes:\n"
	"  - name: v\n"
	"    export:\n"
	"      - {session: bob, cas_url: \"cas.b:1\", cas_key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1, access: read, session_hash: " HEX_A "}\n";

static const char fragments_policy[] =
	"version: \"0.3.12\"\n"
	"name: w\n"
	"access_policy: {update: $$SCONE::who$$, read: CREATOR}\n"
	"secrets:\n"
	"  - {name: who, kind: config-fragment, value: [CREATOR, \"$$SCONE::more$$\"]}\n"
	"  - {name: more, kind: ascii, value: x}\n"
	"  - {name: other, kind: ascii, value: y}\n";

static const char unused_policy[] =
	"name: w\n"
	"volumes: [{name: v}]\n"
	"images: [{name: i, volumes: [{name: v, path: /v, access: read}]}]\n";

static const char anyone_policy[] =
	"name: w\n"
	"services: [{name: s, mrenclaves: [" HEX_A "], executions: [{id: a, consumer: \"*\", maximum: 1}]}]\n";

static const char listed_policy[] =
	"name: w\n"
	"access_policy: {create_sessions: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1, list_sessions: CREATOR}\n";

static const char open_policy[] =
	"name: w\n"
	"security: {attestation: {mode: none}}\n"
	"services: [{name: s, mrenclaves: [" HEX_A "]}]\n";

static const char exceptions_policy[] =
	"name: w\n"
	"security: {attestation: {exceptions: [{tolerate: milan, until: 2027-01-01T00:00:00Z}, {ignore_advisories: INTEL-SA-00615, until: 2027-01-01T00:00:00Z}]}}\n";

static const char two_roots_policy[] =
	"name: w\n"
	"security: {attestation: {independent_roots: 2}}\n";

static const char machines_policy[] =
	"name: w\n"
	"services: [{name: s, mrenclaves: [" HEX_A "], platforms: [" HEX_A ", " HEX_B "]}]\n";

static const char minimum_policy[] =
	"name: w\n"
	"security: {attestation: {minimum_tcb: {intel: {evaluation_number: 17}, snp: [{product: Genoa, snp: 22}]}}}\n";

/* clang-format on */

#endif
