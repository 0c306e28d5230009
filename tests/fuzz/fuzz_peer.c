/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CC_AUTO_PEER_ASK struct cc_peer_ask ask = { 0 };
	CC_AUTO_PEER_ANSWER struct cc_peer_answer answer = { 0 };
	struct cc_peer_given given = { 0 };
	struct cc_err err = { 0 };

	cc_ignore(cc_peer_ask_parse(cc_span(data, size), &ask, &err));
	cc_ignore(cc_peer_answer_parse(cc_span(data, size), &answer, &err));
	cc_ignore(cc_peer_given_parse(cc_span(data, size), &given, &err));
	return 0;
}
