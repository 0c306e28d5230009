# SPDX-License-Identifier: Apache-2.0
"""Collateral is renewed while a CAS runs, and no number of a vendor's ever goes back."""
import os

import pytest
from rest import Rest
from vendor import Vendor


@pytest.fixture(scope="module")
def vendor(shared_world):
    return Vendor(shared_world.platform_dir)


def numbers(rest):
    """{(kind, subject): number}"""
    return {(one["kind"], one["subject"]): one["number"]
            for one in rest.ask("GET", "/v1/collateral")["statements"]}


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
