# SPDX-License-Identifier: Apache-2.0
"""Single registers that a policy demands, of what real platforms said of themselves."""
import json
import os
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("CONCORDAT_BUILD", "build"))
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "evidence"
CONCORDAT = BUILD.resolve() / "src" / "cli" / "concordat"

TDX = {"mrseam": "module", "mrsignerseam": "module_signer", "mrconfigid": "config",
       "mrowner": "owner", "mrownerconfig": "owner_config", "mrservicetd": "service_td"}
# Evidence, its collateral, the time, what a policy must put up with, and names of its registers.
CASES = {
    "tdx": ("tdx/dcap-qvl/tdx_quote_v4/quote.bin", "tdx/dcap-qvl/tdx_quote_v4", None, "rtmr"),
    "nitro": ("nitro", None, None, "pcr"),
    "azure": ("tpm/azure-tdx/trustee-evidence-v1/evidence.json",
              "tdx/trustee/az_tdx_td_quote", "2025-10-31T14:17:11Z", "pcr"),
}
SECURITY = """security:
  attestation:
    tolerate: [outdated-tcb, ve-on-private-memory, migration, measured-only]
    exceptions: [{ignore_advisories: '*', until: '2100-01-01T00:00:00Z'}]
"""


def rows():
    lines = (DATA / "cases.tsv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]


def asked(kind):
    """The words of `evidence verify` for evidence of this kind whose signature is good."""
    file, collateral, at, _ = CASES[kind]
    found = [r for r in rows() if r["verdict"] == "VALID-SIGNATURE"
             and (r["kind"] == kind or file.startswith(r["case"] + "/"))]
    row = next(r for r in found if kind != "tdx" or file.startswith(r["case"] + "/"))
    words = [DATA / (file if "/" in file else row["case"]), "--at", at or row["verify_at"]]
    return words + (["--collateral", DATA / collateral] if collateral else [])


def verify(words):
    result = subprocess.run([CONCORDAT, "evidence", "verify", *map(str, words), "--output", "json"],
                            capture_output=True, text=True, timeout=60)
    assert result.stdout, result.stderr
    return json.loads(result.stdout)


def registers_of(claims, name):
    found = {f"{name}{r['index']}": r["value"] for r in claims["registers"]}
    if name == "rtmr":
        found |= {word: claims[member] for word, member in TDX.items()}
    if "launch" in claims:
        found["launch"] = claims["launch"]
    return found


@pytest.fixture(params=CASES)
def real(request, tmp_path):
    """A question to a policy with these registers, and the registers that evidence has."""
    if not DATA.exists():
        pytest.skip("no recorded evidence beside the tree")
    words = asked(request.param)
    claims = verify(words)["claims"]

    def ask(registers, more="", value=f"value: {claims['measurement']}, "):
        mapping = ", ".join(f"{name}: {value}" for name, value in registers.items())
        (tmp_path / "policy.yml").write_text(
            "name: p\nservices:\n- name: s\n  command: x\n  measurements:\n"
            f"  - {{platform: {claims['platform']}, {value}registers: {{{mapping}}}{more}}}\n"
            + SECURITY)
        return verify([*words, "--policy", tmp_path / "policy.yml"])["policy"]

    return ask, registers_of(claims, CASES[request.param][3])


def other(value):
    """One hexadecimal digit is another."""
    return value[:-1] + format(int(value[-1], 16) ^ 1, "x")


def test_registers_are_accepted_as_recorded_and_refused_otherwise(real):
    ask, registers = real
    assert registers
    answer = ask(registers)
    assert answer["result"] == "yes", answer
    for name, value in list(registers.items())[::3]:
        answer = ask({**registers, name: other(value)})
        assert answer["result"] == "no" and answer["code"] == "denied"
        assert f"'{name}'" in answer["why"]
        assert ask({**registers, name: f"[{other(value)}, {value}]"})["result"] == "yes"


def test_a_guest_is_known_by_what_runs_its_tpm_and_some_of_its_registers(tmp_path):
    if not DATA.exists():
        pytest.skip("no recorded evidence beside the tree")
    words = asked("azure")
    claims = verify(words)["claims"]
    entry = {"launch": claims["launch"],
             **{f"pcr{r['index']}": r["value"] for r in claims["registers"] if r["index"] in (4, 7)}}
    for wrong in (None, *entry):
        mapping = ", ".join(f"{name}: {other(value) if name == wrong else value}"
                            for name, value in entry.items())
        (tmp_path / "policy.yml").write_text(
            "name: p\nservices:\n- name: s\n  command: x\n  measurements:\n"
            f"  - {{platform: tdx, registers: {{{mapping}}}}}\n" + SECURITY)
        answer = verify([*words, "--policy", tmp_path / "policy.yml"])["policy"]
        assert (answer["result"] == "yes") == (wrong is None), answer
