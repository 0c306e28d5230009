/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of services on the web, as a user writes them. */
#include "tests/unit/test.h"

#include "net/url.h"

static void an_address_has_a_port_and_a_prefix(void **state)
{
	static const struct {
		const char *text, *address, *prefix;
		bool is_tls;
	} good[] = {
		{ "https://api.example", "api.example:443", "", true },
		{ "https://api.example/", "api.example:443", "", true },
		{ "https://api.example:8443/a/b//", "api.example:8443", "/a/b", true },
		{ "http://127.0.0.1:80/x", "127.0.0.1:80", "/x", false },
		{ "http://127.0.0.1", "127.0.0.1:80", "", false },
		{ "https://[::1]", "[::1]:443", "", true },
		{ "https://[::1]:8081/x", "[::1]:8081", "/x", true },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good); i++) {
		struct cc_url url = { 0 };
		struct cc_err err = { 0 };

		if (cc_url_parse(good[i].text, &url, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_string_equal(url.address, good[i].address);
		assert_string_equal(url.prefix, good[i].prefix);
		assert_int_equal(url.is_tls, good[i].is_tls);
	}
}

static void what_is_no_such_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"api.example",
		"ftp://api.example",
		"https://",
		"https:///path",
		"https://user@api.example",
		"https://api.example/a?b=c",
		"https://api.example/#a",
		"https://api.example/a b",
		"https://api.example/\r\nX: y",
		"https://api.example:x",
		"https://api.example:70000",
		"unix:/tmp/x",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(bad); i++) {
		struct cc_url url = { 0 };
		struct cc_err err = { 0 };

		if (cc_url_parse(bad[i], &url, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_a_port_and_a_prefix),
		cmocka_unit_test(what_is_no_such_address_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
