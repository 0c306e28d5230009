# SPDX-License-Identifier: Apache-2.0
"""Collateral is renewed while a CAS runs, and no number of a vendor's ever goes back."""
import base64
import json
import os

import pytest
from rest import Rest
from vendor import Vendor, serving


@pytest.fixture(scope="module")
def vendor(shared_world):
    return Vendor(shared_world.platform_dir)


def numbers(rest):
    """{(kind, subject): number} of the simulated Intel; the platform has an AMD, too."""
    return {(one["kind"], one["subject"]): one["number"]
            for one in rest.ask("GET", "/v1/collateral")["statements"]
            if one["platform"] == "sgx"}


def attested(world):
    """With the collateral that the CAS now shows: its own evidence still proves."""
    world.trust_cas("looker")


def test_the_collateral_of_the_directory_is_held_from_the_start(shared_world):
    held = numbers(Rest(shared_world))
    assert sorted(kind for kind, _ in held) == ["crl", "crl", "qe-identity", "tcb-info"]
    assert set(held.values()) == {1}


def test_newer_collateral_is_taken_while_the_cas_runs(shared_world, vendor):
    rest = Rest(shared_world)
    assert rest.ask("POST", "/v1/collateral", vendor.set(tcb=7, crl=4))["new"] == 4
    assert sorted(numbers(rest).values()) == [4, 4, 7, 7]
    # Our own evidence is verified with it from now on, and that of others: it still proves.
    attested(shared_world)
    assert rest.entries("collateral.hold") == 1


def test_older_collateral_is_refused_with_both_numbers(shared_world, vendor):
    rest = Rest(shared_world)
    refused = rest.ask("POST", "/v1/collateral", vendor.set(tcb=6, crl=5), status=409)
    assert refused["code"] == "stale"
    assert "number 6" in refused["detail"] and "known is 7" in refused["detail"]
    refused = rest.ask("POST", "/v1/collateral", vendor.set(tcb=8, crl=3), status=409)
    assert "number 3" in refused["detail"] and "known is 4" in refused["detail"]
    assert sorted(numbers(rest).values()) == [4, 4, 7, 7]


def test_another_processor_family_has_a_place_of_its_own(shared_world, vendor):
    rest = Rest(shared_world)
    rest.ask("POST", "/v1/collateral", vendor.set(tcb=7, crl=4, fmspc="0123456789ab"))
    assert numbers(rest)[("tcb-info", "0123456789ab")] == 7
    attested(shared_world)


def test_what_does_not_prove_is_not_held(shared_world, vendor, tmp_path):
    rest, other = Rest(shared_world), Vendor(str(tmp_path / "other"))
    shared_world.run(None, "platform", "init", other.platform)
    assert rest.ask("POST", "/v1/collateral", other.set(tcb=99), status=403)["code"] == "evidence"
    part = vendor.set(tcb=99)
    del part["collateral"]["root_crl"]
    assert rest.ask("POST", "/v1/collateral", part, status=403)["code"] == "evidence"
    assert rest.ask("POST", "/v1/collateral", {}, status=400)["code"] == "argument"
    assert Rest(shared_world, None).raw("POST", "/v1/collateral", "{}")[0] == 403


def test_a_restart_with_the_old_directory_keeps_the_numbers(shared_world, vendor):
    """Whoever runs the machine puts older files there: they are valid, and not taken."""
    rest = Rest(shared_world)
    before = numbers(rest)
    shared_world.restart_cas()
    assert numbers(rest) == before
    assert "is not taken" in shared_world.cas.text() and "known is 7" in shared_world.cas.text()
    attested(shared_world)


def test_a_newer_directory_is_taken_at_the_start(shared_world, vendor):
    rest = Rest(shared_world)
    shared_world.cas.stop()
    vendor.directory(os.path.join(shared_world.cas_dir, "collateral"), tcb=9, crl=9)
    shared_world.cas.start()
    assert sorted(numbers(rest).values()) == [7, 9, 9, 9, 9]


def imported(world, *words):
    return json.loads(world.run("looker", "collateral", "import", *words, "--simulation",
                                world.platform_dir, "--output", "json"))["statements"]


def test_import_brings_sets_to_a_cas_and_list_and_show_read_them(shared_world, vendor, tmp_path):
    rest = Rest(shared_world)
    newer = vendor.directory(str(tmp_path / "newer"), tcb=11, crl=11)
    assert {one["number"] for one in imported(shared_world, newer)} == {11}
    assert sorted(numbers(rest).values()) == [7, 11, 11, 11, 11]
    text = shared_world.run("looker", "collateral", "list")
    assert "Intel SGX Root CA" in text and "number 11" in text and "SIMULATION" in text
    listed = json.loads(shared_world.run("looker", "collateral", "list", "-o", "json"))
    one = next(s for s in listed["statements"] if s["number"] == 11 and s["kind"] == "tcb-info")
    shown = shared_world.run("looker", "collateral", "show", one["hash"][:20])
    assert "tcbEvaluationDataNumber" in shown and one["hash"] in shown
    as_json = tmp_path / "set.json"
    as_json.write_text(json.dumps(vendor.set(tcb=12, crl=12)["collateral"]))
    assert len(imported(shared_world, str(as_json))) == 4
    refused = shared_world.refused("looker", "collateral", "import", newer, "--simulation",
                                   shared_world.platform_dir, code="stale")
    assert "number 11" in refused and "known is 12" in refused


def test_import_works_offline_with_a_directory(shared_world, vendor, tmp_path):
    kept, sets = str(tmp_path / "kept"), [vendor.directory(str(tmp_path / str(n)), tcb=n, crl=n)
                                          for n in (5, 6)]
    other = vendor.directory(str(tmp_path / "other"), tcb=6, crl=6, fmspc="0123456789ab")
    imported(shared_world, "--dir", kept, sets[1], other)
    assert len(os.listdir(kept)) == 2
    listed = json.loads(shared_world.run(None, "collateral", "list", "--dir", kept, "-o", "json"))
    assert len({(one["kind"], one["subject"]) for one in listed["statements"]}) == 5
    shown = shared_world.run(None, "collateral", "show", "--dir", kept,
                             listed["statements"][0]["hash"])
    assert "number" in shown
    refused = shared_world.refused(None, "collateral", "import", "--dir", kept, sets[0],
                                   "--simulation", shared_world.platform_dir, code="stale")
    assert "number 5" in refused and "known is 6" in refused
    # What does not prove is not kept, nor what was named before it.
    with open(os.path.join(other, "tcb_info.json"), "r+b") as f:
        f.write(b"[")
    shared_world.refused(None, "collateral", "import", "--dir", str(tmp_path / "none"), sets[0],
                         other, "--simulation", shared_world.platform_dir, code="evidence")
    assert not (tmp_path / "none").exists()
    shared_world.refused(None, "collateral", "import", "--check", sets[0], code="evidence")
    assert len(imported(shared_world, "--check", sets[0])) == 4
    late = ["--at", "2099-01-01T00:00:00Z", "--simulation", shared_world.platform_dir]
    shared_world.refused(None, "collateral", "import", "--check", sets[0], *late, code="expired")


FAMILY = ["--fmspc", "00606a000000"]


@pytest.fixture
def service(shared_world, vendor, tmp_path):
    """(what answers, the words of collateral fetch)"""
    with serving(tmp_path) as (answers, url, roots):
        answers.publish(vendor.files(tcb=21, crl=21))
        yield answers, ["collateral", "fetch", "--pcs", url, "--kds", url, "--root-crl",
                        url + "/root.der", "--roots", roots, "--to", str(tmp_path / "fetched")]


def test_what_is_fetched_from_intels_service_is_imported(shared_world, vendor, service, tmp_path):
    answers, words = service
    fetched = str(tmp_path / "fetched")
    shared_world.run(None, *words, *FAMILY)
    assert len(answers.asked) == 4
    assert len(os.listdir(fetched)) == 7
    assert {one["number"] for one in imported(shared_world, fetched)} == {21}
    assert "number 21" in shared_world.run("looker", "collateral", "list")


def test_what_a_quote_needs_is_fetched_for_it(shared_world, vendor, service, tmp_path):
    """The family and its CA are those of the evidence, here of the CAS's own."""
    answers, words = service
    rest = Rest(shared_world)
    answer = rest.ask("POST", "/v1/attest-cas", {"nonce": "A" * 43 + "="})
    quote = tmp_path / "quote"
    quote.write_bytes(base64.b64decode(answer["evidence"]))
    fmspc = json.loads(vendor.read("tcb_info.json"))["tcbInfo"]["fmspc"].lower()
    answers.publish(vendor.files(tcb=21, crl=21), fmspc=fmspc)
    shared_world.run(None, *words, "--evidence", str(quote))
    assert answers.asked[0] == f"/sgx/certification/v4/tcb?fmspc={fmspc}"


def test_what_is_fetched_from_amds_service_becomes_files(shared_world, vendor, service, tmp_path):
    answers, words = service
    answers.answers = {"/vcek/v1/Genoa/cert_chain": ({}, vendor.read("root.pem")),
                       "/vcek/v1/Genoa/crl": ({}, vendor.read("root_ca_crl.der"))}
    shared_world.run(None, *words, "--product", "Genoa")
    assert sorted(os.listdir(tmp_path / "fetched")) == ["certs.pem", "crls.pem"]


@pytest.mark.parametrize("spoil,code", [
    (lambda a: a.statuses.update({path: 302 for path in a.answers}), "denied"),
    (lambda a: a.statuses.update({path: 500 for path in a.answers}), "unavailable"),
    (lambda a: a.answers.clear(), "not-found"),
    (lambda a: a.answers.update({"/root.der": ({}, b"x" * (2 << 20))}), "too-big"),
    (lambda a: a.answers.update({path: ({}, body) for path, (_, body) in a.answers.items()}),
     "evidence"),
])
def test_what_a_service_should_not_answer_writes_nothing(shared_world, service, tmp_path, spoil,
                                                         code):
    answers, words = service
    spoil(answers)
    shared_world.refused(None, *words, *FAMILY, code=code)
    assert not (tmp_path / "fetched").exists()
    assert "/elsewhere" not in answers.asked


def test_a_service_is_known_by_its_certificate(shared_world, service):
    answers, words = service
    at = words.index("--roots")
    shared_world.refused(None, *words[:at], *words[at + 2:], *FAMILY, code="evidence")
    other = [word.replace("localhost", "127.0.0.1") for word in words]
    shared_world.refused(None, *other, *FAMILY, code="evidence")
    assert answers.asked == []
    shared_world.refused(None, *words, code="argument")
    shared_world.refused(None, *words, "--fmspc", "12", code="argument")
