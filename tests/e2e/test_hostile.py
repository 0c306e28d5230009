# SPDX-License-Identifier: Apache-2.0
"""Requests that no honest client sends: each has its status, and the CAS goes on."""
import json
import re
import socket
import ssl

import pytest
from rest import Rest

HOST = b"Host: cas\r\n"
POST = b"POST /v1/challenge HTTP/1.1\r\n" + HOST
GET = b"GET /v1/version HTTP/1.1\r\n" + HOST


def spoken(world, request):
    """(status, headers, body) of bytes that are sent as they are."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", world.port)) as plain, \
            context.wrap_socket(plain) as connection:
        connection.settimeout(30)
        connection.sendall(request)
        said, wanted = b"", None
        while wanted is None or len(said) < wanted:
            more = connection.recv(65536)
            if not more:
                break
            said += more
            head = said.partition(b"\r\n\r\n")[0]
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if b"\r\n\r\n" in said and length:
                wanted = len(head) + 4 + int(length[1])
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


# What stands on the wire, for which curl is too polite.
WIRE = {
    "no Host": (b"GET /v1/version HTTP/1.1\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                            b"2\r\n{}\r\n0\r\n\r\n", 400),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "a length that is no number": (POST + b"Content-Length: 2x\r\n\r\n{}", 400),
    "a length beyond numbers": (POST + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
    "a length over the limit": (POST + b"Content-Length: 4194305\r\n\r\n", 413),
    "a chunk without a size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400),
    "a chunk over the limit": (POST + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
    "another coding": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    "another expectation": (POST + b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}", 501),
    "another version": (b"GET /v1/version HTTP/2.0\r\n" + HOST + b"\r\n", 501),
    "bytes that are no HTTP": (b"\x00\x01\x02 GET\r\n\r\n", 400),
    "a target with a host": (b"GET https://cas/v1/version HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "CONNECT": (b"CONNECT other:1 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "TRACE": (b"TRACE /v1/version HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a method of its own": (b"BREW /v1/version HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a method in small letters": (b"get /v1/version HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a folded field": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "a field with a space": (GET + b"X : a\r\n\r\n", 400),
    "fields without end": (GET + b"".join(b"X%d: a\r\n" % i for i in range(2000)) + b"\r\n", 413),
    "a head without end": (GET + b"X: " + b"x" * 70000 + b"\r\n\r\n", 431),
    "a name without end": (b"GET /v1/policies/" + b"a" * 20000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 413),
    "a NUL in a path": (b"GET /v1/policies/a%00b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a slash in disguise": (b"GET /v1/policies/a%2fb HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a step upwards": (b"GET /v1/policies/../version HTTP/1.1\r\n" + HOST + b"\r\n", 400),
}


@pytest.mark.parametrize("what", WIRE)
def test_what_no_client_sends_has_its_status(shared_world, what):
    request, status = WIRE[what]
    got, head, body = spoken(shared_world, request)
    assert got == status, body
    problem = json.loads(body)
    assert "application/problem+json" in head and problem["status"] == status
    assert problem["type"] == "urn:concordat:error:" + problem["code"]
    assert ("Allow: " in head) == (status == 405)
    assert Rest(shared_world, None).ask("GET", "/v1/health")["status"] == "ready"


DEEP = "[" * 1000 + "]" * 1000
POLICY = '{"policy": "name: hostile\\n"}'
# Whole requests of somebody with a certificate: method, path, body, headers, status, what is said.
REQUESTS = {
    "json nested too deep": ("POST", "/v1/policies", DEEP, (), 413, "nested deeper than 64"),
    "json nested too deep inside": ("POST", "/v1/policies", '{"policy":' + DEEP + "}", (), 413,
                                    "nested deeper than 64"),
    "a member twice": ("POST", "/v1/policies", '{"policy":"name: a\\n","policy":"name: b\\n"}', (),
                       400, "second member"),
    "a member that nobody knows": ("POST", "/v1/policies", '{"policy":"name: a\\n","polcy":1}', (),
                                   400, "'polcy' is not known"),
    "a member of another kind": ("POST", "/v1/policies", '{"policy": 5}', (), 400, "instead of a string"),
    "a list": ("POST", "/v1/policies", "[]", (), 400, "not a JSON object"),
    "half a character": ("POST", "/v1/policies", '{"policy":"\\ud800"}', (), 400, "syntax"),
    "a NUL": ("POST", "/v1/policies", '{"policy":"name: a\\u0000"}', (), 400, "NUL"),
    "something behind": ("POST", "/v1/policies", POLICY + "x", (), 400, "follows the value"),
    "a number beyond numbers": ("POST", "/v1/runs", '{"workflow":1e400}', (), 400, "too large"),
    "no body": ("POST", "/v1/policies", None, (), 400, "no body"),
    "a body for nothing": ("POST", "/v1/challenge", '{"x":1}', (), 400, None),
    "a nonce and more": ("POST", "/v1/attest-cas", '{"nonce":"AA==","x":1}', (), 400, None),
    "a name that is misspelled": ("GET", "/v1/policies?limits=5", None, (), 400, "'limits'"),
    "a name of another operation": ("GET", "/v1/policies/a?limit=5", None, (), 400, "'limit'"),
    "a name where none is": ("GET", "/v1/version?x=1", None, (), 400, None),
    "a name twice": ("GET", "/v1/policies?limit=5&limit=6", None, (), 400, "more than once"),
    "a value that is none": ("GET", "/v1/policies?limit=many", None, (), 400, "not a number"),
    "a hash that is none": ("GET", "/v1/policies/a?hash=zz", None, (), 400, "hex digits"),
    "SCONE's path, a misspelled name": ("GET", "/v1/sessions?aftr=x", None, (), 400, "'aftr'"),
    "a key that is too long": ("POST", "/v1/policies", POLICY, ("Idempotency-Key: " + "x" * 65,),
                               413, "at most 64"),
    "a key with a space": ("POST", "/v1/policies", POLICY, ("Idempotency-Key: a b",), 400, "visible ASCII"),
    "a key that is empty": ("POST", "/v1/policies", POLICY, ("Idempotency-Key;",), 400, "not empty"),
    "two keys": ("POST", "/v1/policies", POLICY, ("Idempotency-Key: a", "Idempotency-Key: b"), 400,
                 "two http fields 'Idempotency-Key'"),
    "two signatures": ("POST", "/v1/policies", POLICY, ("Signature: a", "Signature: b"), 400,
                       "two http fields 'Signature'"),
    "half a signature": ("POST", "/v1/policies", POLICY, ("Signature: sig1=:AA==:",), 400, "needs the header"),
    "sealed and not signed": ("POST", "/v1/policies", POLICY,
                              ("Content-Type: application/concordat-sealed",), 400, "signed request"),
    "a page in a browser": ("POST", "/v1/policies", POLICY, ("Origin: https://elsewhere.example",), 403, "a page in a browser"),
    "a page that hides its name": ("POST", "/v1/policies", POLICY, ("Origin: null",), 403, "a page in a browser"),
    "another policy than the path says": ("PUT", "/v1/policies/other", POLICY, (), 400, "the request 'other'"),
    "a path with an empty part": ("GET", "/v1/policies/a/", None, (), 400, "empty part"),
    "no path": ("GET", "/v1//policies", None, (), 404, "no operation"),
    "a method that deletes": ("DELETE", "/v1/policies/hostile", None, (), 405, "with this method"),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_a_hostile_request_has_its_status_and_does_nothing(shared_world, what):
    curl = Rest(shared_world)
    curl.raw("POST", "/v1/sessions", "name: a\n")
    before = curl.ask("GET", "/v1/policies")["count"]
    method, path, body, headers, status, says = REQUESTS[what]
    got, media, text = curl.raw(method, path, body, headers)
    assert got == status, text
    said = json.loads(text)
    assert said["code"] and (media == "application/problem+json") == ("msg" not in said)
    # Where nobody is asked for a name, nobody is told more than the code.
    assert says is None or says in text
    assert curl.ask("GET", "/v1/policies")["count"] == before


def test_a_key_stands_for_one_request_and_no_other(shared_world):
    curl = Rest(shared_world)
    key = ["Idempotency-Key: one"]
    made = curl.ask("POST", "/v1/policies", {"policy": "name: keyed\n"}, key, 201)
    assert curl.ask("POST", "/v1/policies", {"policy": "name: keyed\n"}, key, 201) == made
    for method, path, body in (("POST", "/v1/policies", {"policy": "name: another\n"}),
                               ("PUT", "/v1/policies/keyed", {"policy": "name: keyed\n"}),
                               ("POST", "/v1/runs", {"workflow": "keyed"})):
        said = curl.ask(method, path, body, key, 409)
        assert "was used for another request" in said["detail"] and said["hint"]
    # The same key of another caller is another key.
    Rest(shared_world, "another").ask("POST", "/v1/policies", {"policy": "name: theirs\n"}, key, 201)
