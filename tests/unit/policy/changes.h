/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of policies and what they do, in sentences: all sentences of each change, in
 * their order. Who changes one changes what boards see and sign.
 */
#ifndef CC_TESTS_UNIT_POLICY_CHANGES_H
#define CC_TESTS_UNIT_POLICY_CHANGES_H

#include "tests/unit/policy/changes-bases.h"

/* clang-format off */
struct change {
	const char *what;
	const char *policy;
	const char *from, *to; /* a piece of it that stands there once, and what takes its place */
	const char *effects;
};

static const struct change changes[] = {
	{ "a comment", base_policy,
	  "name: alice",
	  "name: alice # the same",
	  "" },
	{ "another predecessor alone", base_policy,
	  "name: alice",
	  "name: alice\n"
	  "predecessor: " HEX_E,
	  "" },
	{ "everyone may read", base_policy,
	  "read: [3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]",
	  "read: ANY",
	  "permits access: anyone may read the policy\n" },
	{ "nobody may read", base_policy,
	  "read: [3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]",
	  "read: NONE",
	  "forbids access: nobody may read the policy\n"
	  "forbids access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may no longer read the policy\n" },
	{ "the creator may read too", base_policy,
	  "read: [3s1",
	  "read: [CREATOR, 3s1",
	  "permits access: the creator may read the policy\n" },
	{ "another may change", base_policy,
	  "update: CREATOR",
	  "update: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "permits access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may change the policy\n"
	  "forbids access: the creator may no longer change the policy\n" },
	{ "who creates below also lists", base_policy,
	  "create_sessions: NONE",
	  "create_sessions: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "permits access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may create policies below it\n"
	  "permits access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may see it in lists\n" },
	{ "everyone may list", base_policy,
	  "list_sessions: CREATOR",
	  "list_sessions: ANY",
	  "permits access: anyone may see it in lists\n" },
	{ "a creator is named", base_policy,
	  "name: alice",
	  "name: alice\n"
	  "creator: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "changes access: the policy names '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' as its creator\n" },
	{ "simulation is tolerated", base_policy,
	  "mode: hardware",
	  "tolerate: [simulation]",
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with the class simulated: no hardware protects it from whoever runs the machine\n" },
	{ "debug and an advisory are tolerated", base_policy,
	  "mode: hardware",
	  "tolerate: [debug], ignore_advisories: [INTEL-SA-00219]",
	  "permits tolerance: platforms with the weakness 'INTEL-SA-00219' are accepted\n"
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with debug mode: whoever runs the machine sees its memory\n" },
	{ "a word of tolerance at the top", base_policy,
	  "name: alice",
	  "name: alice\n"
	  "tolerate: [unwitnessed, hyperthreading]",
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with a CAS without witnesses: whoever runs it can turn back counts and volumes\n"
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with hyperthreading: what shares the processor may observe it\n" },
	{ "machines that are weak by their kind", base_policy,
	  "mode: hardware",
	  "tolerate: [migration, ve-on-private-memory, milan], maximum_vmpl: 2",
	  "permits tolerance: reports of SEV-SNP may be asked for at privilege levels (VMPL) up to 2, before 0: what runs above a level sees its memory\n"
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with a TD whose host can raise exceptions on its private memory (SEPT_VE_DISABLE not set)\n"
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with a virtual machine that its host can move to another machine\n"
	  "permits tolerance: services of this policy, and programs that get its volumes, may run with an AMD Milan, whose root keys were read out in software\n" },
	{ "two roots", base_policy,
	  "mode: hardware",
	  "independent_roots: 2",
	  "forbids tolerance: services of this policy start only with evidence that ends in '2' independent roots\n" },
	{ "one root again", two_roots_policy,
	  "independent_roots: 2",
	  "mode: hardware",
	  "permits tolerance: services of this policy may start with evidence that ends in one root\n" },
	{ "an exception", base_policy,
	  "mode: hardware",
	  "exceptions: [{tolerate: outdated-tcb, ignore_advisories: INTEL-SA-00615, until: 2026-12-01T00:00:00Z}]",
	  "permits tolerance: until '2026-12-01T00:00:00Z' services of this policy may run with a platform that lacks updates against known attacks\n"
	  "permits tolerance: until '2026-12-01T00:00:00Z' services of this policy may run with the weakness 'INTEL-SA-00615'\n" },
	{ "an exception ends later", exceptions_policy,
	  "milan, until: 2027-01-01T00:00:00Z",
	  "milan, until: 2027-01-02T00:00:00Z",
	  "permits tolerance: until '2027-01-02T00:00:00Z' services of this policy may run with an AMD Milan, whose root keys were read out in software\n" },
	{ "an exception ends earlier, another is gone", exceptions_policy,
	  "milan, until: 2027-01-01T00:00:00Z}, {ignore_advisories: INTEL-SA-00615, until: 2027-01-01T00:00:00Z}",
	  "milan, until: 2026-12-31T00:00:00Z}",
	  "forbids tolerance: no exception lets services of this policy run with an AMD Milan, whose root keys were read out in software after '2026-12-31T00:00:00Z' any more\n"
	  "forbids tolerance: no exception lets services of this policy run with the weakness 'INTEL-SA-00615' any more\n" },
	{ "a service runs on any machine", machines_policy,
	  "platforms: [" HEX_A ", " HEX_B "]",
	  "pwd: /",
	  "permits tolerance: service 's' may run on any machine, before on '[\"" HEX_A "\",\"" HEX_B "\"]' alone\n"
	  "changes configuration: service 's' starts in directory '/'\n" },
	{ "another machine for a service", machines_policy,
	  "platforms: [" HEX_A ", " HEX_B "]",
	  "platforms: [" HEX_C ", " HEX_B "]",
	  "permits tolerance: service 's' may run on the machine '" HEX_C "' too\n"
	  "forbids tolerance: service 's' may no longer run on the machine '" HEX_A "'\n" },
	{ "a minimum TCB", base_policy,
	  "mode: hardware",
	  "minimum_tcb: {intel: {evaluation_number: 17}}",
	  "forbids tolerance: platforms below the minimum TCB '{\"intel\":{\"evaluation_number\":17}}', and those of which it says nothing, are not accepted\n" },
	{ "a higher minimum TCB", minimum_policy,
	  "evaluation_number: 17}, snp: [{product: Genoa, snp: 22}]",
	  "evaluation_number: 18}, snp: [{product: Genoa, snp: 23, tee: 1}]",
	  "forbids tolerance: platforms below the minimum TCB '{\"intel\":{\"evaluation_number\":18},\"snp\":[{\"product\":\"Genoa\",\"snp\":23,\"tee\":1}]}', and those of which it says nothing, are not accepted, before '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":22}]}'\n" },
	{ "a product less in the minimum TCB", minimum_policy,
	  ", snp: [{product: Genoa, snp: 22}]",
	  "",
	  "forbids tolerance: platforms below the minimum TCB '{\"intel\":{\"evaluation_number\":17}}', and those of which it says nothing, are not accepted, before '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":22}]}'\n" },
	{ "a product more in the minimum TCB", minimum_policy,
	  "{product: Genoa, snp: 22}",
	  "{product: Genoa, snp: 30}, {product: Turin}",
	  "permits tolerance: platforms are accepted that were not: the minimum TCB is '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":30},{\"product\":\"Turin\"}]}', before '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":22}]}'\n" },
	{ "a minimum TCB that is higher and lower", minimum_policy,
	  "evaluation_number: 17}, snp: [{product: Genoa, snp: 22}]",
	  "date: 2026-05-01T00:00:00Z}, snp: [{product: Genoa, snp: 23}]",
	  "permits tolerance: platforms are accepted that were not: the minimum TCB is '{\"intel\":{\"date\":\"2026-05-01T00:00:00Z\"},\"snp\":[{\"product\":\"Genoa\",\"snp\":23}]}', before '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":22}]}'\n" },
	{ "no minimum TCB any more", minimum_policy,
	  "minimum_tcb: {intel: {evaluation_number: 17}, snp: [{product: Genoa, snp: 22}]}",
	  "mode: hardware",
	  "permits tolerance: platforms are accepted whatever the level of their TCB, as long as its status is, before '{\"intel\":{\"evaluation_number\":17},\"snp\":[{\"product\":\"Genoa\",\"snp\":22}]}'\n" },
	{ "services are not attested", base_policy,
	  "mode: hardware",
	  "mode: none",
	  "permits tolerance: anyone may be any service of this policy: services are not attested\n" },
	{ "version of the language", base_policy,
	  "version: \"0.3.10\"",
	  "version: \"0.3.12\"",
	  "changes configuration: the policy is read by the rules of version '0.3.12' of the language, before '0.3.10'\n" },
	{ "another program", base_policy,
	  "mrenclaves: [" HEX_A "]",
	  "mrenclaves: [" HEX_E "]",
	  "permits code: the program with MRENCLAVE '" HEX_E "' may be service 's1'; the owner of policy 'alice' alone says what it is; it sees volume 'v', volume 'u'\n"
	  "forbids code: the program with MRENCLAVE '" HEX_A "' may no longer be service 's1'\n" },
	{ "a program more", base_policy,
	  "mrenclaves: [" HEX_A "]",
	  "mrenclaves: [" HEX_A ", " HEX_E "]",
	  "permits code: the program with MRENCLAVE '" HEX_E "' may be service 's1'; the owner of policy 'alice' alone says what it is; it sees volume 'v', volume 'u'\n" },
	{ "a program that anyone can recompute", base_policy,
	  "mrenclaves: [" HEX_A "]",
	  "mrenclaves: [" HEX_A "]\n"
	  "    measurements: [{platform: sgx, runtime: " HEX_E ", content: " HEX_F "}]",
	  "permits code: the sgx program of runtime '" HEX_E "' and content '" HEX_F "' may be service 's1'; anyone can compute that it is what was agreed; it sees volume 'v', volume 'u'\n" },
	{ "a program with options", base_policy,
	  "mrenclaves: [" HEX_A "]",
	  "measurements: [{platform: snp, runtime: " HEX_E ", content: " HEX_F ", options: " HEX_B "}]",
	  "permits code: the snp program of runtime '" HEX_E "' and content '" HEX_F "' and options '" HEX_B "' may be service 's1'; anyone can compute that it is what was agreed; it sees volume 'v', volume 'u'\n"
	  "forbids code: the program with MRENCLAVE '" HEX_A "' may no longer be service 's1'\n" },
	{ "a bare measurement", base_policy,
	  "mrenclaves: [" HEX_A "]",
	  "mrenclaves: [" HEX_A "]\n"
	  "    measurements: [\"sgx:" HEX_E "\"]",
	  "permits code: the program with the sgx measurement '" HEX_E "' may be service 's1'; the owner of policy 'alice' alone says what it is; it sees volume 'v', volume 'u'\n" },
	{ "newer versions of a signer alone", base_policy,
	  "isvsvn_min: 2",
	  "isvsvn_min: 5",
	  "forbids code: any program that the holder of the signing key '" HEX_B "' signs as product '7' in versions from 2 to 65535 may no longer be service 's2'\n"
	  "forbids code: any program that the holder of the signing key '" HEX_B "' signs as product '7' in versions from 5 to 65535 may go on to be service 's2', of the many that could before\n" },
	{ "older versions of a signer too", base_policy,
	  "isvsvn_min: 2",
	  "isvsvn_min: 1",
	  "permits code: any program that the holder of the signing key '" HEX_B "' signs as product '7' in versions from 1 to 65535 may be service 's2'; the holder of the signing key alone says what it is\n" },
	{ "another product", base_policy,
	  "isvprodid: 7",
	  "isvprodid: 8",
	  "permits code: any program that the holder of the signing key '" HEX_B "' signs as product '8' in versions from 2 to 65535 may be service 's2'; the holder of the signing key alone says what it is\n"
	  "forbids code: any program that the holder of the signing key '" HEX_B "' signs as product '7' in versions from 2 to 65535 may no longer be service 's2'\n" },
	{ "one program of a signer", base_policy,
	  "{signer: {",
	  "{mrenclave: " HEX_E ", signer: {",
	  "forbids code: any program that the holder of the signing key '" HEX_B "' signs as product '7' in versions from 2 to 65535 may no longer be service 's2'\n"
	  "forbids code: the program with MRENCLAVE '" HEX_E "', if '" HEX_B "' signed it as product '7' in versions from 2 to 65535 may go on to be service 's2', of the many that could before\n" },
	{ "a line that adds nothing", base_policy,
	  "isvsvn_min: 2}}",
	  "isvsvn_min: 2}}\n"
	  "      - {mrenclave: " HEX_E ", signer: {mrsigner: " HEX_B ", isvprodid: 7, isvsvn: 3}}",
	  "changes code: the program with MRENCLAVE '" HEX_E "', if '" HEX_B "' signed it as product '7' in versions from 3 to 3 is named as service 's2' although another line accepts it already\n" },
	{ "a new service", base_policy,
	  "  - name: s2",
	  "  - {name: s3, command: hi, mrenclaves: [" HEX_E "], executions: [{id: one, consumer: \"*\", maximum: 1, counted: start, attempts: 1}]}\n"
	  "  - name: s2",
	  "permits code: service 's3' is new\n"
	  "permits code: the program with MRENCLAVE '" HEX_E "' may be service 's3'; the owner of policy 'alice' alone says what it is\n"
	  "permits limits: anyone may run service 's3' 1 time on grant 'one', counted at start, at most 1 attempt for each\n"
	  "changes configuration: service 's3' runs '[\"hi\"]'\n" },
	{ "a new service without limits", base_policy,
	  "  - name: s2",
	  "  - {name: s3, mrenclaves: [" HEX_E "]}\n"
	  "  - name: s2",
	  "permits code: service 's3' is new\n"
	  "permits code: the program with MRENCLAVE '" HEX_E "' may be service 's3'; the owner of policy 'alice' alone says what it is\n"
	  "permits limits: anyone may run service 's3' without limit\n" },
	{ "a service is gone", base_policy,
	  "  - name: s2\n"
	  "    command: go\n"
	  "    attestation:\n"
	  "      - {signer: {mrsigner: " HEX_B ", isvprodid: 7, isvsvn_min: 2}}\n",
	  "",
	  "forbids code: service 's2' is gone: nobody can run it\n" },
	{ "certificates are not enough any more", base_policy,
	  "access_policy:\n",
	  "identity: signed\naccess_policy:\n",
	  "forbids access: only requests that their caller has signed count as its own\n" },
	{ "certificates are enough", "name: p\nidentity: signed\n",
	  "identity: signed\n",
	  "identity: transport\n",
	  "permits access: a bare TLS certificate counts as its owner: the CAS's web process, and "
	  "whoever breaks into it, may ask as anyone whom the policy names\n" },
	{ "certificates are enough only where nothing was signed",
	  "name: p\nidentity: transport\n",
	  "identity: transport\n",
	  "",
	  "forbids access: a bare TLS certificate no longer counts as its owner once anything about "
	  "the policy was signed\n" },
	{ "that requests are signed goes without saying", "name: p\nidentity: signed\n",
	  "identity: signed\n",
	  "",
	  "changes access: the policy no longer says that requests must be signed; they must, for "
	  "it came by a signed request\n" },
	{ "the salt of the content", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    content_salt: " HEX_E,
	  "changes code: the salt of the content digest of service 's1' changes\n" },
	{ "more executions", base_policy,
	  "maximum: 3",
	  "maximum: 5",
	  "permits limits: policy 'sh3' may run service 's1' 5 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "fewer executions", base_policy,
	  "maximum: 3",
	  "maximum: 1",
	  "forbids limits: policy 'sh3' may run service 's1' only 1 time on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "more executions for a shorter time", base_policy,
	  "maximum: 3, until: 2027",
	  "maximum: 5, until: 2026",
	  "permits limits: policy 'sh3' may run service 's1' 5 times on grant 'paid' until '2026-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "a longer time", base_policy,
	  "until: 2027",
	  "until: 2028",
	  "permits limits: policy 'sh3' may run service 's1' 3 times on grant 'paid' until '2028-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "without an end", base_policy,
	  ", until: 2027-01-01T00:00:00Z",
	  "",
	  "permits limits: policy 'sh3' may run service 's1' 3 times on grant 'paid', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "counted at the start", base_policy,
	  "maximum: 3",
	  "maximum: 3, counted: start",
	  "forbids limits: policy 'sh3' may run service 's1' only 3 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at start, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "more attempts", base_policy,
	  "maximum: 3",
	  "maximum: 3, attempts: 9",
	  "permits limits: policy 'sh3' may run service 's1' 3 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 9 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "for one creator alone", base_policy,
	  "maximum: 3",
	  "maximum: 3, creator: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "forbids limits: policy 'sh3', created by the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1', may run service 's1' only 3 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "another consumer", base_policy,
	  "consumer: sh3",
	  "consumer: eve/x",
	  "permits limits: policy 'eve/x' may run service 's1' 3 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n"
	  "forbids limits: policy 'sh3' may no longer run service 's1' on grant 'paid'\n" },
	{ "any consumer", base_policy,
	  "consumer: sh3",
	  "consumer: \"*\"",
	  "permits limits: anyone may run service 's1' 3 times on grant 'paid' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each; before: policy 'sh3' 3 times until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n" },
	{ "another grant has another count", base_policy,
	  "id: paid",
	  "id: again",
	  "permits limits: policy 'sh3' may run service 's1' 3 times on grant 'again' until '2027-01-01T00:00:00Z', counted at completion, at most 3 attempts for each\n"
	  "forbids limits: policy 'sh3' may no longer run service 's1' on grant 'paid'\n" },
	{ "a grant more", base_policy,
	  "      - {id: paid",
	  "      - {id: trial, consumer: \"*\", maximum: 1}\n"
	  "      - {id: paid",
	  "permits limits: anyone may run service 's1' 1 time on grant 'trial', counted at completion, at most 3 attempts for each\n" },
	{ "the last grant is gone", base_policy,
	  "    executions:\n"
	  "      - {id: paid, consumer: sh3, maximum: 3, until: 2027-01-01T00:00:00Z}\n",
	  "",
	  "permits limits: anyone may run service 's1' without limit\n" },
	{ "the first grant limits", base_policy,
	  "    command: go\n",
	  "    command: go\n"
	  "    executions: [{id: few, consumer: bob, maximum: 2}]\n",
	  "forbids limits: anyone could run service 's2' without limit, which is now left to its grants\n"
	  "forbids limits: policy 'bob' may run service 's2' only 2 times on grant 'few', counted at completion, at most 3 attempts for each, before without limit\n" },
	{ "another port", base_policy,
	  "port: 80",
	  "port: 81",
	  "permits network: service 's1' may connect to service 'bob/db' at port 81 as 'db'\n"
	  "forbids network: service 's1' may no longer connect to service 'bob/db' at port 80 as 'db'\n" },
	{ "nobody to talk to", base_policy,
	  "network: {egress: [{name: db, peer: bob/db, port: 80}]}",
	  "network: {}",
	  "forbids network: service 's1' may no longer connect to service 'bob/db' at port 80 as 'db'\n" },
	{ "not confined any more", base_policy,
	  "    network: {egress: [{name: db, peer: bob/db, port: 80}]}\n",
	  "",
	  "permits network: service 's1' is no longer confined to those that its 'network' listed\n" },
	{ "reached by another", base_policy,
	  "port: 80}]",
	  "port: 80}], ingress: [{peer: eve/s, port: 443}]",
	  "permits network: service 'eve/s' at port 443 may be reached by service 's1'\n" },
	{ "confined from now on", base_policy,
	  "    command: go\n",
	  "    command: go\n"
	  "    network: {}\n",
	  "changes network: service 's2' may talk to nobody but those that its 'network' lists\n" },
	{ "a plain console", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    console: plain",
	  "permits data: whoever runs the machine may read what service 's1' prints\n" },
	{ "another command", base_policy,
	  "command: run a",
	  "command: run b",
	  "changes configuration: service 's1' runs '[\"run\",\"b\"]', before '[\"run\",\"a\"]'\n" },
	{ "a command with a quote", base_policy,
	  "command: run a",
	  "command: [\"run\", \"a'; anyone may do all\\n\"]",
	  "changes configuration: service 's1' runs '[\"run\",\"a\\'; anyone may do all\\\\n\"]', before '[\"run\",\"a\"]'\n" },
	{ "a long command", base_policy,
	  "command: run a",
	  "command: run qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
	  "changes configuration: service 's1' runs '[\"run\",\"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq' and so on (710 bytes, SHA-256 7f309d83f57cdce1e55351c58c2bfa78fffc17cf529528d8613008b2b59e3d3f), before '[\"run\",\"a\"]'\n" },
	{ "a command with a secret", base_policy,
	  "command: run a",
	  "command: run $$SCONE::k$$",
	  "permits secrets: service 's1' gets secret 'k'\n"
	  "changes configuration: service 's1' runs '[\"run\",\"$$SCONE::k$$\"]', before '[\"run\",\"a\"]'\n" },
	{ "a variable changes", base_policy,
	  "A: x",
	  "A: z",
	  "changes configuration: service 's1' has 'z' in its environment as 'A', before 'x'\n" },
	{ "a variable comes", base_policy,
	  "A: x",
	  "A: x, C: \"$$SCONE::p$$-$$SCONE::k:hex$$\"",
	  "permits secrets: service 's1' gets secret 'k'\n"
	  "permits secrets: service 's1' gets secret 'p'\n"
	  "changes configuration: service 's1' has '$$SCONE::p$$-$$SCONE::k:hex$$' in its environment as 'C'\n" },
	{ "a variable goes", base_policy,
	  "A: x, ",
	  "",
	  "changes configuration: service 's1' has nothing in its environment as 'A', before 'x'\n" },
	{ "another directory", base_policy,
	  "pwd: /w",
	  "pwd: /",
	  "changes configuration: service 's1' starts in directory '/', before '/w'\n" },
	{ "another user", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    user: nobody\n"
	  "    group: \"5\"",
	  "changes configuration: service 's1' runs as group '5'\n"
	  "changes configuration: service 's1' runs as user 'nobody'\n" },
	{ "a sealed file system", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    fspf_path: /x\n"
	  "    fspf_key: " HEX_E "\n"
	  "    fspf_tag: " HEX_F "\n"
	  "    fspf_update_policy: no_rollback_protection",
	  "permits code: whoever runs the machine may put an older state of the file system of service 's1' in the place of the newest\n"
	  "changes code: the key of the file system of service 's1' changes\n"
	  "changes code: the state of the file system of service 's1' that is accepted is '" HEX_F "'\n"
	  "changes configuration: the file system of service 's1' is described by '/x'\n" },
	{ "another text in a file", base_policy,
	  "content: hello",
	  "content: bye",
	  "changes configuration: programs of image 'i1' find in file '/etc/f' 'bye', before 'hello'\n" },
	{ "a file for others", base_policy,
	  "content: hello",
	  "content: hello, permission: 0o755",
	  "changes configuration: programs of image 'i1' find file '/etc/f' with the permission '0o755'\n" },
	{ "a file more", base_policy,
	  "{path: /etc/f",
	  "{path: /etc/g, content: \"$$SCONE::k$$\"}, {path: /etc/f",
	  "permits secrets: service 's1' gets secret 'k'\n"
	  "changes configuration: programs of image 'i1' find a file '/etc/g' that the policy gives\n"
	  "changes configuration: programs of image 'i1' find in file '/etc/g' '$$SCONE::k$$'\n" },
	{ "a file less", base_policy,
	  "    injection_files: [{path: /etc/f, content: hello}]\n",
	  "",
	  "changes configuration: programs of image 'i1' no longer find the file '/etc/f' that the policy gave\n" },
	{ "a volume is written too", base_policy,
	  "path: /v, access: read",
	  "path: /v",
	  "permits data: service 's1' may read and write volume 'v' at '/v'; before: read volume 'v' at '/v'\n" },
	{ "a volume is only read", base_policy,
	  "{name: u, path: /u}",
	  "{name: u, path: /u, access: read}",
	  "forbids data: service 's1' may only read volume 'u' at '/u'; before: read and write volume 'u' at '/u'\n" },
	{ "a volume in memory", base_policy,
	  "path: /v, access: read",
	  "path: /v, access: read, staged: 64",
	  "changes data: programs of image 'i1' have volume 'v' in '64' MiB of memory: its only commit is the completion\n" },
	{ "a volume that has left it", "name: p\nservices: [{name: s, image_name: i, mrenclaves: [" HEX_A "]}]\nimages: [{name: i, volumes: [{name: v, path: /v, staged: 64}]}]\nvolumes: [{name: v}]\n",
	  ", staged: 64",
	  "",
	  "changes data: programs of image 'i' have volume 'v' mounted, before in memory\n" },
	{ "an image in memory", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    staged: 512",
	  "changes configuration: service 's1' has its image in '512' MiB of memory\n" },
	{ "an image that has left it", "name: p\nservices: [{name: s, mrenclaves: [" HEX_A "], staged: 64}]\n",
	  ", staged: 64",
	  "",
	  "changes configuration: service 's' has its image mounted, before in memory\n" },
	{ "an own volume forgets", base_policy,
	  "path: /v, access: read",
	  "path: /v, access: read, update_policy: ephemeral",
	  "permits data: service 's1' may read volume 'v' at '/v', in a copy that is forgotten; before: read volume 'v' at '/v'\n" },
	{ "an own volume may be turned back", base_policy,
	  "path: /v, access: read",
	  "path: /v, access: read, update_policy: no_rollback_protection",
	  "permits data: service 's1' may read volume 'v' at '/v', even in an older state that the host puts back; before: read volume 'v' at '/v'\n" },
	{ "a volume at another place", base_policy,
	  "path: /u",
	  "path: /other",
	  "permits data: service 's1' may read and write volume 'u' at '/other'\n"
	  "forbids data: service 's1' may no longer read and write volume 'u' at '/u'\n" },
	{ "a volume is no longer there", base_policy,
	  "      - {name: u, path: /u}\n",
	  "",
	  "forbids data: service 's1' may no longer read and write volume 'u' at '/u'\n" },
	{ "a grantee may write", base_policy,
	  "access: read, content: " HEX_D,
	  "content: " HEX_D,
	  "permits data: policy 'bob' may read and write volume 'v', in its version '" HEX_C "' alone, in a program of content '" HEX_D "'; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "a grantee may use any content", base_policy,
	  ", content: " HEX_D,
	  "",
	  "permits data: policy 'bob' may read volume 'v', in its version '" HEX_C "' alone, in a program that the owner of policy 'bob' chooses by runtime and content; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "a grantee must use a runtime", base_policy,
	  "content: " HEX_D,
	  "content: " HEX_D ", runtime: " HEX_E,
	  "forbids data: policy 'bob' may only read volume 'v', in its version '" HEX_C "' alone, in a program of runtime '" HEX_E "' and content '" HEX_D "'; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "any program of a grantee", base_policy,
	  "content: " HEX_D,
	  "opaque: true",
	  "permits data: policy 'bob' may read volume 'v', in its version '" HEX_C "' alone, in any program that the owner of policy 'bob' chooses, even one that is known by its measurement alone; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "any version of a grantee", base_policy,
	  "session_hash: " HEX_C ", ",
	  "",
	  "permits data: policy 'bob' may read volume 'v', in a program of content '" HEX_D "'; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "another version of a grantee", base_policy,
	  "session_hash: " HEX_C,
	  "session_hash: " HEX_E,
	  "permits data: policy 'bob' may read volume 'v', in its version '" HEX_E "' alone, in a program of content '" HEX_D "'; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "one service of a grantee", base_policy,
	  "{session: bob,",
	  "{session: bob, service: s9,",
	  "forbids data: policy 'bob', but for services with a grant of their own, may no longer read volume 'v'\n" },
	{ "another grantee", base_policy,
	  "{session: bob,",
	  "{session: eve,",
	  "permits data: policy 'eve' may read volume 'v', in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n"
	  "forbids data: policy 'bob' may no longer read volume 'v'\n" },
	{ "a grantee more", base_policy,
	  "    export:\n",
	  "    export:\n"
	  "      - {session: eve, volume_alias: w, opaque: true, update_policy: no_rollback_protection}\n",
	  "permits data: policy 'eve' may read and write volume 'v' under the name 'w', even in an older state that the host puts back, in any program that the owner of policy 'eve' chooses, even one that is known by its measurement alone\n" },
	{ "no grantee any more", base_policy,
	  "    export:\n"
	  "      - {session: bob, session_hash: " HEX_C ", access: read, content: " HEX_D "}\n",
	  "",
	  "forbids data: policy 'bob' may no longer read volume 'v'\n" },
	{ "a service of a grantee may write", base_policy,
	  "    export:\n",
	  "    export:\n"
	  "      - {session: bob, service: s9, session_hash: " HEX_C ", content: " HEX_D "}\n",
	  "permits data: service 's9' of policy 'bob' may read and write volume 'v', in its version '" HEX_C "' alone, in a program of content '" HEX_D "'; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "an import of another volume", imports_policy,
	  "volume: data",
	  "volume: other",
	  "permits data: volume 'in' is volume 'other' of policy 'carol'; services here see its data, and what they write goes there; before: volume 'data' of policy 'carol'\n" },
	{ "an import of another policy", imports_policy,
	  "session: carol",
	  "session: dave",
	  "permits data: volume 'in' is volume 'data' of policy 'dave'; services here see its data, and what they write goes there; before: volume 'data' of policy 'carol'\n" },
	{ "a pinned import", imports_policy,
	  "session: carol",
	  "session: carol, session_hash: " HEX_E,
	  "forbids data: volume 'in' is volume 'data' of policy 'carol', in its version '" HEX_E "' alone; before: volume 'data' of policy 'carol'\n" },
	{ "an import becomes an own volume", imports_policy,
	  "\n"
	  "    import: {session: carol, volume: data}",
	  "",
	  "permits data: volume 'in' belongs to this policy: services here may read and write it; before: volume 'data' of policy 'carol'\n" },
	{ "an import is mounted to be read", imports_policy,
	  "path: /in}",
	  "path: /in, access: read}",
	  "permits data: service 's1' may read volume 'in' at '/in'; before: use, as far as its owner grants, volume 'in' at '/in'\n"
	  "forbids data: services here may use volume 'in', which is volume 'data' of policy 'carol', only after its owner has agreed to this version\n" },
	{ "any change asks the owner of an import", imports_policy,
	  "name: alice\n",
	  "name: alice\n"
	  "predecessor: " HEX_B "\n",
	  "forbids data: services here may use volume 'in', which is volume 'data' of policy 'carol', only after its owner has agreed to this version\n" },
	{ "another program sees an import", imports_policy,
	  "mrenclaves: [" HEX_A "]",
	  "mrenclaves: [" HEX_B "]",
	  "permits code: the program with MRENCLAVE '" HEX_B "' may be service 's1'; the owner of policy 'alice' alone says what it is; it sees volume 'data' of policy 'carol'\n"
	  "forbids code: the program with MRENCLAVE '" HEX_A "' may no longer be service 's1'\n"
	  "forbids data: services here may use volume 'in', which is volume 'data' of policy 'carol', only after its owner has agreed to this version\n" },
	{ "an own volume becomes an import", base_policy,
	  "    export:\n"
	  "      - {session: bob, session_hash: " HEX_C ", access: read, content: " HEX_D "}\n",
	  "    import: {session: dave, volume: x}\n",
	  "permits data: volume 'v' is volume 'x' of policy 'dave'; services here see its data, and what they write goes there\n"
	  "forbids data: policy 'bob' may no longer read volume 'v'\n" },
	{ "a volume with a key", base_policy,
	  "  - name: v\n",
	  "  - name: v\n"
	  "    fspf_key: " HEX_E "\n"
	  "    fspf_tag: " HEX_F "\n",
	  "permits data: the key of volume 'v' is another: whoever knows the text of the policy, or the secret to which it refers, can open the volume\n"
	  "changes data: the state of volume 'v' that is accepted is '" HEX_F "'\n" },
	{ "a strict volume", base_policy,
	  "  - name: v\n",
	  "  - name: v\n"
	  "    strict: true\n",
	  "forbids data: no state of volume 'v' but the one that the CAS has acknowledged is accepted\n" },
	{ "a volume that is less ahead of the CAS", base_policy,
	  "  - name: v\n",
	  "  - name: v\n"
	  "    window: {commits: 2, bytes: 4096, seconds: 1}\n",
	  "changes data: volume 'v' may be ahead of the CAS by so many bytes, which a crash may lose: '4096'\n"
	  "changes data: volume 'v' may be ahead of the CAS by so many commits, which a crash may lose: '2'\n"
	  "changes data: volume 'v' may be ahead of the CAS by so many seconds, which a crash may lose: '1'\n" },
	{ "a volume that each commit changes", base_policy,
	  "  - name: v\n",
	  "  - name: v\n"
	  "    current: commit\n",
	  "permits data: what a service writes to volume 'v' becomes its state with each commit, also of a service that then fails\n" },
	{ "files that are not encrypted", base_policy,
	  "  - name: v\n",
	  "  - name: v\n"
	  "    files: authenticated-only\n",
	  "permits data: anyone with access to the storage may read the files of volume 'v': they are authenticated and no longer encrypted\n" },
	{ "a new volume", base_policy,
	  "volumes:\n"
	  "  - name: v\n",
	  "volumes:\n"
	  "  - name: w\n"
	  "  - name: v\n",
	  "permits data: volume 'w' is new\n" },
	{ "a new secret", base_policy,
	  "  - {name: k,",
	  "  - {name: n, kind: binary, size: 32}\n"
	  "  - {name: k,",
	  "changes secrets: secret 'n' is new\n"
	  "changes secrets: the kind of secret 'n' is 'binary'\n"
	  "changes secrets: the size of secret 'n' is '32'\n" },
	{ "a secret of another size", base_policy,
	  "{name: k, kind: ascii",
	  "{name: k, kind: ascii, size: 40",
	  "changes secrets: the size of secret 'k' is '40'\n" },
	{ "a secret of another kind", base_policy,
	  "{name: k, kind: ascii",
	  "{name: k, kind: binary",
	  "changes secrets: the kind of secret 'k' is 'binary', before 'ascii'\n" },
	{ "a secret for everyone", base_policy,
	  "{name: k, kind: ascii",
	  "{name: k, kind: ascii, export_public: true",
	  "permits secrets: anyone may read secret 'k' without being attested\n" },
	{ "a secret that the owner chooses", base_policy,
	  "{name: k, kind: ascii",
	  "{name: k, kind: ascii, value: canary",
	  "permits secrets: whoever writes the policy chooses and knows the value of secret 'k'\n" },
	{ "a secret with another value", base_policy,
	  "value: canary",
	  "value: canary2",
	  "changes secrets: secret 'p' gets another value, which whoever writes the policy chooses and knows\n" },
	{ "a secret is gone", base_policy,
	  "  - {name: k, kind: ascii}\n",
	  "",
	  "changes secrets: secret 'k' is gone\n" },
	{ "a workflow", base_policy,
	  "name: alice",
	  "name: alice\n"
	  "workflow: {stages: [{name: a, service: s1}, {name: b, policy: bob, service: x, needs: a, attempts: 2}]}",
	  "changes workflow: the workflow has a stage 'a': it runs service 's1' of policy 'alice'\n"
	  "changes workflow: the workflow has a stage 'b': it runs service 'x' of policy 'bob' after 'a', at most 2 attempts\n" },
	{ "a board", bare_policy,
	  "name: w\n",
	  "name: w\n"
	  "board: {members: [{name: ann, key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}, {name: bea, key: LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM, weight: 2}], rule: {at_least: 2, of: [ann, bea]}, self_approval: true}\n",
	  "permits override: member 'bea' of the board alone can agree to any change of all this\n"
	  "permits board: member 'ann' joins the board: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' with the weight 1\n"
	  "permits board: member 'bea' joins the board: the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' with the weight 2\n"
	  "permits board: the vote of a member counts for what it proposed itself\n"
	  "changes board: a change that has no rule of its own needs at least 2 of ('ann', 'bea'); before: nothing\n"
	  "changes board: a proposal that is not agreed to ends after '7 days'\n"
	  "changes board: the policy has a board: nobody changes it without its votes\n" },
	{ "a stage runs another service", flow_policy,
	  "policy: q",
	  "policy: p",
	  "changes workflow: stage 'b' of the workflow runs service 's' of policy 'p' after 'a'; before: service 's' of policy 'q' after 'a'\n" },
	{ "a stage is gone", flow_policy,
	  ", {name: b, policy: q, service: s, needs: a}",
	  "",
	  "changes workflow: the workflow no longer has the stage 'b', which ran service 's' of policy 'q' after 'a'\n" },
	{ "a volume for all runs", flow_policy,
	  ", lifetime: run",
	  "",
	  "permits data: all runs of the workflow share one volume 'v', before each had its own\n" },
	{ "the board is gone", board_policy,
	  "board:\n"
	  "  members:\n"
	  "    - {name: ann, key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1}\n"
	  "    - {name: bea, key: LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM}\n"
	  "  rule: {all: [ann, bea]}\n"
	  "  self_approval: true\n"
	  "  veto: ann\n"
	  "  emergency: {rule: bea}\n"
	  "  classes: [{class: [code, data], rule: bea, delay: 1 day}]\n",
	  "",
	  "permits board: the policy has no board any more: whoever may change it changes it alone\n" },
	{ "a member joins", board_policy,
	  "    - {name: bea,",
	  "    - {name: eve, service: x/y}\n"
	  "    - {name: bea,",
	  "permits board: member 'eve' joins the board: the service 'x/y' in any version of its policy, so that whoever changes that chooses the vote, with the weight 1\n" },
	{ "a member leaves, and with it a rule", board_policy,
	  "    - {name: bea, key: LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM}\n"
	  "  rule: {all: [ann, bea]}\n"
	  "  self_approval: true\n"
	  "  veto: ann\n"
	  "  emergency: {rule: bea}\n"
	  "  classes: [{class: [code, data], rule: bea, delay: 1 day}]\n",
	  "  rule: ann\n"
	  "  self_approval: true\n",
	  "permits override: member 'ann' of the board alone can agree to any change of all this\n"
	  "changes board: a change in an emergency lapses, unless it is confirmed, after nothing, before '1 day'\n"
	  "changes board: a change of the class 'code' needs what changes without a rule of their own need; before: 'bea', '1 day' later\n"
	  "changes board: a change of the class 'data' needs what changes without a rule of their own need; before: 'bea', '1 day' later\n"
	  "changes board: a change that has no rule of its own needs 'ann'; before: all of ('ann', 'bea')\n"
	  "changes board: a change that only forbids takes effect at once with nothing; before: 'bea'\n"
	  "changes board: member 'ann' of the board can no longer veto any change\n"
	  "changes board: member 'bea' leaves the board: the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' with the weight 1\n" },
	{ "a member has another weight", board_policy,
	  "{name: bea,",
	  "{name: bea, weight: 3,",
	  "permits board: member 'bea' of the board is the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' with the weight 3; before: the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' with the weight 1\n" },
	{ "one member suffices, another can veto", board_policy,
	  "rule: {all: [ann, bea]}",
	  "rule: bea",
	  "changes board: a change that has no rule of its own needs 'bea'; before: all of ('ann', 'bea')\n" },
	{ "one member suffices", board_policy,
	  "rule: {all: [ann, bea]}\n"
	  "  self_approval: true\n"
	  "  veto: ann",
	  "rule: bea\n"
	  "  self_approval: true",
	  "permits override: member 'bea' of the board alone can agree to any change of all this\n"
	  "changes board: a change that has no rule of its own needs 'bea'; before: all of ('ann', 'bea')\n"
	  "changes board: member 'ann' of the board can no longer veto any change\n" },
	{ "no vote for an own proposal", board_policy,
	  "rule: {all: [ann, bea]}\n"
	  "  self_approval: true\n",
	  "rule: {at_least: 1, of: [ann, bea]}\n",
	  "changes board: a change that has no rule of its own needs at least 1 of ('ann', 'bea'); before: all of ('ann', 'bea')\n"
	  "forbids board: the vote of a member no longer counts for what it proposed itself\n" },
	{ "a class has another rule", board_policy,
	  "rule: bea, delay: 1 day",
	  "rule: {at_least: 1, of: [ann, bea]}, veto: ann",
	  "changes board: a change of the class 'code' needs at least 1 of ('ann', 'bea'), if none of '[\"ann\"]' vetoes it; before: 'bea', '1 day' later\n"
	  "changes board: a change of the class 'data' needs at least 1 of ('ann', 'bea'), if none of '[\"ann\"]' vetoes it; before: 'bea', '1 day' later\n" },
	{ "a class more", board_policy,
	  "[code, data]",
	  "[code, data, limits]",
	  "changes board: a change of the class 'limits' needs 'bea', '1 day' later; before: what changes without a rule of their own need\n" },
	{ "spans of time", board_policy,
	  "  veto: ann\n",
	  "  veto: ann\n"
	  "  deadline: 1 day\n"
	  "  delay: 2 hours\n",
	  "changes board: a proposal that is not agreed to ends after '1 day', before '7 days'\n"
	  "changes board: between agreement and effect of a change lies '2 hours'\n" },
	{ "an emergency lapses later", board_policy,
	  "{rule: bea}",
	  "{rule: bea, lapses: 3 days}",
	  "changes board: a change in an emergency lapses, unless it is confirmed, after '3 days', before '1 day'\n" },
	{ "the loss of a narrow grant widens", grants_policy,
	  "{session: bob, service: s, access: read}, ",
	  "",
	  "permits data: policy 'bob' may go on to read and write volume 'v', even if that policy has changed: the grant pins no version, so that this change consents to the one that is active when it takes effect\n"
	  "permits data: service 's' of policy 'bob' may read and write volume 'v', in a program that the owner of policy 'bob' chooses by runtime and content; before: read, in a program that the owner of policy 'bob' chooses by runtime and content\n" },
	{ "the loss of a wide grant narrows", grants_policy,
	  ", {session: bob}",
	  "",
	  "permits data: service 's' of policy 'bob' may go on to read volume 'v', even if that policy has changed: the grant pins no version, so that this change consents to the one that is active when it takes effect\n"
	  "forbids data: policy 'bob', but for services with a grant of their own, may no longer read and write volume 'v'\n" },
	{ "every change consents anew", grants_policy,
	  "name: w\n",
	  "name: w\n"
	  "access_policy: {read: NONE}\n",
	  "permits data: policy 'bob', but for services with a grant of their own, may go on to read and write volume 'v', even if that policy has changed: the grant pins no version, so that this change consents to the one that is active when it takes effect\n"
	  "permits data: service 's' of policy 'bob' may go on to read volume 'v', even if that policy has changed: the grant pins no version, so that this change consents to the one that is active when it takes effect\n"
	  "changes access: the rule 'list_sessions' is another, but not who may see it in lists\n"
	  "forbids access: nobody may read the policy\n"
	  "forbids access: the creator may no longer read the policy\n" },
	{ "a certificate for another name", keys_policy,
	  "a.example",
	  "b.example",
	  "permits secrets: whoever has secret 'cert' may prove to be 'b.example'\n"
	  "forbids secrets: whoever has secret 'cert' may no longer prove to be 'a.example'\n" },
	{ "a certificate with another subject", keys_policy,
	  "private_key: key, dns",
	  "private_key: key, common_name: x, dns",
	  "changes secrets: the common_name of secret 'cert' is 'x'\n" },
	{ "a certificate that holds longer", keys_policy,
	  "30 days",
	  "60 days",
	  "changes secrets: the valid_for of secret 'cert' is '60 days', before '30 days'\n" },
	{ "a key of another type, which is kept", keys_policy,
	  "P-384",
	  "P-384, migrate: true",
	  "changes secrets: secret 'key' keeps its value when the policy changes\n" },
	{ "a token that claims something else", keys_policy,
	  "payload: {sub: a}",
	  "payload: {sub: b, aud: c}",
	  "changes secrets: tokens of secret 'token' claim 'b' as 'sub', before 'a'\n"
	  "changes secrets: tokens of secret 'token' claim 'c' as 'aud'\n" },
	{ "a token that holds longer", keys_policy,
	  "for: 1h",
	  "for: 2h",
	  "changes secrets: tokens of secret 'token' hold for '2 hours', before '1 hour'\n" },
	{ "a secret for a namespace", keys_policy,
	  "{session: bob}",
	  "{session: bob}, {namespace: eve}",
	  "permits secrets: any policy in the namespace 'eve' may use secret 'shared'\n" },
	{ "a secret for one version", keys_policy,
	  "{session: bob}",
	  "{session: bob, session_hash: " HEX_A "}",
	  "permits secrets: policy 'bob' may use secret 'shared', in its version '" HEX_A "' alone\n"
	  "forbids secrets: policy 'bob' may no longer use secret 'shared' by that grant\n" },
	{ "a secret for nobody", keys_policy,
	  ", export: [{session: bob}]",
	  "",
	  "forbids secrets: policy 'bob' may no longer use secret 'shared' by that grant\n" },
	{ "a secret of another CAS", keys_policy,
	  "session: carol, secret: s",
	  "session: carol, secret: s, cas_url: \"cas.b:1\", cas_software_key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "changes secrets: secret 'theirs' is the secret 's' of policy 'carol' at the CAS 'cas.b:1' with the software '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1', whose owner chooses its value; before: the secret 's' of policy 'carol'\n" },
	{ "an imported secret becomes an own one", keys_policy,
	  "{name: theirs, import: {session: carol, secret: s}}",
	  "{name: theirs, kind: ascii}",
	  "changes secrets: secret 'theirs' is no longer imported; before: the secret 's' of policy 'carol'\n"
	  "changes secrets: the kind of secret 'theirs' is 'ascii'\n" },
	{ "a private key in the open", keys_policy,
	  "name: w\n",
	  "name: w\n"
	  "services: [{name: s, mrenclaves: [" HEX_A "], executions: [{id: a, consumer: b, maximum: 1}], environment: {K: \"-----BEGIN PRIVATE KEY-----\"}}]\n",
	  "permits code: service 's' is new\n"
	  "permits code: the program with MRENCLAVE '" HEX_A "' may be service 's'; the owner of policy 'w' alone says what it is\n"
	  "permits limits: policy 'b' may run service 's' 1 time on grant 'a', counted at completion, at most 3 attempts for each\n"
	  "changes configuration: service 's' has a private key that is not shown in its environment as 'K'\n" },
	{ "a policy of that name at this CAS too", cas_policy,
	  "    export:\n",
	  "    export:\n"
	  "      - {session: bob, session_hash: " HEX_B "}\n",
	  "permits data: policy 'bob' may read and write volume 'v', in its version '" HEX_B "' alone, in a program that the owner of policy 'bob' chooses by runtime and content\n" },
	{ "another CAS at the same address", cas_policy,
	  "cas_key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "cas_software_key: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1",
	  "permits data: policy 'bob' at the CAS 'cas.b:1' with the software '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may read volume 'v', in its version '" HEX_A "' alone, in a program that the owner of policy 'bob' chooses by runtime and content; before: read, in its version '" HEX_A "' alone, in a program that the owner of policy 'bob' chooses by runtime and content\n" },
	{ "an image that no service has", unused_policy,
	  ", access: read",
	  "",
	  "changes anything: 'images[i].volumes[v].access' is gone, it was 'read'\n" },
	{ "who creates below and may list by name", unused_policy,
	  "name: w\n",
	  "name: w\n"
	  "access_policy: {create_sessions: 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1, list_sessions: [CREATOR, 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]}\n",
	  "permits access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may create policies below it\n"
	  "permits access: the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1' may see it in lists\n"
	  "forbids access: the creator may no longer create policies below it\n" },
	{ "one of two may change", unused_policy,
	  "name: w\n",
	  "name: w\n"
	  "access_policy: {update: [{require-at-least-1: [CREATOR, 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]}, {signer: LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM}]}\n",
	  "permits access: any 1 together of (the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1', the creator) may change the policy\n"
	  "permits access: any 1 together of (the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1', the creator) may create policies below it\n"
	  "permits access: any 1 together of (the key '3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1', the creator) may see it in lists\n"
	  "permits access: whoever signs by the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' may change the policy\n"
	  "permits access: whoever signs by the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' may create policies below it\n"
	  "permits access: whoever signs by the key '446N6hRzbyC329PLk4Nw7xUupiDCogRN3FDH6ckMhmzNbWzqce' may see it in lists\n"
	  "forbids access: the creator may no longer change the policy\n"
	  "forbids access: the creator may no longer create policies below it\n" },
	{ "a fragment says another thing", fragments_policy,
	  "[CREATOR, \"",
	  "[ANY, \"",
	  "changes anything: secret 'who' stands for a part of the policy and is another: whatever that part says may change\n"
	  "changes secrets: secret 'who' gets another value, which whoever writes the policy chooses and knows\n" },
	{ "what a fragment refers to is another", fragments_policy,
	  "value: x",
	  "value: z",
	  "changes anything: secret 'more' stands for a part of the policy and is another: whatever that part says may change\n"
	  "changes secrets: secret 'more' gets another value, which whoever writes the policy chooses and knows\n" },
	{ "a fragment comes from elsewhere", fragments_policy,
	  "{name: who, kind: config-fragment, value: [CREATOR, \"$$SCONE::more$$\"]}",
	  "{name: who, import: {session: carol, secret: who}}",
	  "changes anything: secret 'who' stands for a part of the policy and is another: whatever that part says may change\n"
	  "changes secrets: secret 'who' is the secret 'who' of policy 'carol', whose owner chooses its value\n"
	  "changes secrets: the kind of secret 'who' is nothing, before 'config-fragment'\n"
	  "changes secrets: the value of secret 'who' no longer stands in the policy\n" },
	{ "another fragment", fragments_policy,
	  "update: $$SCONE::who$$",
	  "update: $$SCONE::other$$",
	  "permits access: whoever '$$SCONE::other$$' names may change the policy\n"
	  "permits access: whoever '$$SCONE::other$$' names may create policies below it\n"
	  "permits access: whoever '$$SCONE::other$$' names may see it in lists\n"
	  "forbids access: whoever '$$SCONE::who$$' names may no longer change the policy\n"
	  "forbids access: whoever '$$SCONE::who$$' names may no longer create policies below it\n"
	  "forbids access: whoever '$$SCONE::who$$' names may no longer see it in lists\n" },
	{ "a secret beside fragments", fragments_policy,
	  "value: y",
	  "value: z",
	  "changes secrets: secret 'other' gets another value, which whoever writes the policy chooses and knows\n" },
	{ "a whole section by a fragment", fragments_policy,
	  "name: w\n",
	  "name: w\n"
	  "security: $$SCONE::other$$\n",
	  "changes anything: 'security' is new: '$$SCONE::other$$'\n" },
	{ "services are attested again", open_policy,
	  "mode: none",
	  "mode: hardware",
	  "permits tolerance: services of this policy, being attested, may use what other policies grant them\n"
	  "forbids tolerance: services are attested: who is not accepted as a service gets nothing\n" },
	{ "a rule that changes nothing", listed_policy,
	  "list_sessions: CREATOR",
	  "list_sessions: [CREATOR, 3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1]",
	  "changes access: the rule 'list_sessions' is another, but not who may see it in lists\n" },
	{ "a grant for anyone becomes one for few", anyone_policy,
	  "consumer: \"*\"",
	  "consumer: bob",
	  "forbids limits: it is over that anyone may run service 's' on grant 'a'\n"
	  "forbids limits: policy 'bob' may run service 's' only 1 time on grant 'a', counted at completion, at most 3 attempts for each; before: anyone 1 time, counted at completion, at most 3 attempts for each\n" },
	{ "a grant with a configuration", base_policy,
	  "content: " HEX_D,
	  "content: " HEX_D ", config: " HEX_E,
	  "forbids data: policy 'bob' may only read volume 'v', in its version '" HEX_C "' alone, in a program of content '" HEX_D "', with the configuration '" HEX_E "' alone; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "a grant on one platform", base_policy,
	  "content: " HEX_D,
	  "content: " HEX_D ", platforms: [snp]",
	  "forbids data: policy 'bob' may only read volume 'v', in its version '" HEX_C "' alone, in a program of content '" HEX_D "', on the platforms '[\"snp\"]' alone; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "a grant on another platform alone", base_policy,
	  "content: " HEX_D,
	  "platforms: [tdx]",
	  "permits data: policy 'bob' may read volume 'v', in its version '" HEX_C "' alone, in a program that the owner of policy 'bob' chooses by runtime and content, on the platforms '[\"tdx\"]' alone; before: read, in its version '" HEX_C "' alone, in a program of content '" HEX_D "'\n" },
	{ "a grant that its consumer must give up", base_policy,
	  "maximum: 3",
	  "maximum: 3, binding: true",
	  "changes limits: grant 'paid' of service 's1' is lowered or replaced only if its consumer consents\n" },
	{ "a service on some machines", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    platforms: [\"INTEL_QE_ID:85ffc69266c833546e5dca1c676a6151\"]",
	  "forbids tolerance: service 's1' may run on the machines '[\"INTEL_QE_ID:85ffc69266c833546e5dca1c676a6151\"]' alone, before on any\n" },
	{ "a start takes a password", base_policy,
	  "mode: hardware",
	  "one_time_password_shared_secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
	  "changes tolerance: the secret of the one-time passwords that starts take comes, changes or goes, and is not shown\n" },
	{ "a start of a service takes a password", base_policy,
	  "pwd: /w",
	  "pwd: /w\n"
	  "    one_time_password_shared_secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
	  "changes tolerance: the secret of the one-time passwords that starts of service 's1' take comes, changes or goes, and is not shown\n" },
};
/* clang-format on */

#endif
