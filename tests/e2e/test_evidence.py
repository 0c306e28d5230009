# SPDX-License-Identifier: Apache-2.0
"""concordat evidence: recorded evidence through the command line, and what openssl says of it."""
import base64
import csv
import json
import os
import re
import struct
import subprocess
import uuid
from pathlib import Path

import pytest
from vendor import serving

BUILD = Path(os.environ.get("CONCORDAT_BUILD", "build"))
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "evidence"
CONCORDAT = BUILD.resolve() / "src" / "cli" / "concordat"

recorded = pytest.mark.skipif(not DATA.exists(), reason="no recorded evidence beside the tree")


def run(*words):
    return subprocess.run([CONCORDAT, *map(str, words)], capture_output=True, text=True, timeout=60)


def rows(*kinds):
    if not DATA.exists():
        return []
    with open(DATA / "cases.tsv", encoding="utf-8") as table:
        found = list(csv.DictReader(table, delimiter="\t"))
    return [r for r in found if r["kind"] in kinds and "/invalid/" not in r["case"]]


def names(found):
    return [r["case"] for r in found]


def verify(file, row, *more):
    result = run("evidence", "verify", file, "--output", "json", *more)
    return result, (json.loads(result.stdout) if result.stdout else None)


def test_nothing_that_is_no_evidence_is_shown(tmp_path):
    (tmp_path / "text").write_text("hello")
    result = run("evidence", "show", tmp_path / "text")
    assert result.returncode != 0
    assert "is no evidence that we read" in result.stderr
    assert result.stdout == ""


def test_what_can_be_tolerated_is_told(tmp_path):
    (tmp_path / "text").write_bytes(bytes([3, 0, 2, 0]) + bytes(2000))
    result = run("evidence", "verify", tmp_path / "text", "--tolerate", "everything")
    assert result.returncode != 0


@recorded
@pytest.mark.parametrize("row", rows("sgx", "tdx"), ids=names(rows("sgx", "tdx")))
def test_a_quote_gives_its_row(row):
    case = DATA / row["case"]
    status = row["tcb_status"].replace("TCB_NOT_SUPPORTED", "NotSupported")
    more = ["--collateral", case, "--tolerate", "ve-on-private-memory", "--tolerate", "migration",
            "--tolerate", "advisories", "--ignore-tail"]
    if status not in ("UpToDate", "NotSupported"):
        more += ["--tolerate", status]
    if row["crl"] == "no":
        more += ["--without-revocation"]
    at = row["verify_at"] or row["window"].split("..")[0]
    result, answer = verify(case / "quote.bin", row, "--at", at, *more)
    if not row["verify_at"]:
        assert answer["authentic"] == {"result": "no", "code": "expired",
                                       "why": answer["authentic"]["why"]}
        assert "claims" not in answer
        return
    assert answer["authentic"]["result"] == "yes", answer
    claims = answer["claims"]
    assert claims["tcb"] == status
    assert claims["qe_tcb"] == row["qe_status"]
    assert claims["measurement"] == row["measurement"]
    assert claims["report_data"] == row["report_data"]
    assert claims["fmspc"] == row["fmspc"]
    if status != "NotSupported":
        assert " ".join(claims["advisories"]) == row["advisories"]
        assert claims["tcb_date"] == row["tcb_date"]
    assert f'{claims["valid_from"]}..{claims["valid_until"]}' == row["window"]
    well = row["verdict"] == "VALID-SIGNATURE"
    assert answer["platform"]["result"] == ("yes" if well else "no")
    assert (result.returncode == 0) == well


@recorded
@pytest.mark.parametrize("row", rows("snp"), ids=names(rows("snp")))
def test_a_report_gives_its_row(row):
    product = re.sub(r"^SEV-(VLEK-)?", "", row["fmspc"]).lower()
    day = row["verify_at"].split(" ")[0]
    at = subprocess.run(["date", "-u", "-d", f"{day} + 1 day", "+%Y-%m-%dT%H:%M:%SZ"],
                        capture_output=True, text=True, check=True).stdout.strip()
    result, answer = verify(DATA / row["case"] / "report.bin", row, "--at", at,
                            "--collateral", DATA / row["case"],
                            "--collateral", DATA / "snp/amd-roots" / product,
                            "--without-revocation", "--tolerate", "milan")
    assert answer["authentic"]["result"] == "yes", answer
    claims = answer["claims"]
    assert claims["measurement"] == row["measurement"]
    assert claims["host_data"] == row["host_data"]
    assert claims["cpuid"] == row["cpuid"]
    assert f'reported={claims["reported_tcb"]}' in row["tcb_status"]
    well = row["verdict"] == "VALID-SIGNATURE"
    assert answer["platform"]["result"] == ("yes" if well else "no")
    assert (result.returncode == 0) == well


def with_table(report, vlek):
    """Behind the report the host's table (GHCB, SNP_EXT_GUEST_REQUEST): one VLEK."""
    guid = uuid.UUID("a8074bc2-a25a-483e-aae6-39c045a0b8a1").bytes
    return report + guid + struct.pack("<II", 48, len(vlek)) + bytes(24) + vlek


@recorded
def test_what_a_provider_s_report_needs_is_fetched(tmp_path):
    """AMD has what is above a VLEK; the VLEK itself stands behind the report, or nowhere."""
    case, evidence, fetched = DATA / "snp/trustee/vlek", tmp_path / "evidence", tmp_path / "fetched"
    evidence.write_bytes(with_table((case / "report.bin").read_bytes(),
                                    (case / "vlek.der").read_bytes()))
    with serving(tmp_path) as (answers, url, roots):
        answers.answers = {
            "/vlek/v1/Milan/cert_chain":
                ({}, (DATA / "snp/amd-roots/go-sev-guest/ask_ark_milan_vlek.pem").read_bytes()),
            # Of another root, as no list of AMD's is recorded: only fetching it is looked at.
            "/vlek/v1/Milan/crl":
                ({}, (DATA / "tdx/dstack/quote_report/root_ca_crl.der").read_bytes())}
        words = ["collateral", "fetch", "--kds", url, "--roots", roots, "--to"]
        done = run(*words, fetched, "--evidence", evidence)
        assert done.returncode == 0, done.stderr
        assert answers.asked == list(answers.answers)
        done = run(*words, tmp_path / "named", "--product", "Milan", "--signer", "vlek")
        assert done.returncode == 0, done.stderr
        assert answers.asked == list(answers.answers) * 2
    more = ["--at", "2024-12-11T00:00:00Z", "--without-revocation", "--collateral"]
    result, answer = verify(case / "report.bin", None, *more, fetched)
    assert answer["authentic"]["result"] == "yes", (answer, result.stderr)
    _, answer = verify(case / "report.bin", None, *more, tmp_path / "named")
    assert "there is no SEV-VLEK certificate" in answer["authentic"]["why"]


@recorded
@pytest.mark.parametrize("row", rows("nitro"), ids=names(rows("nitro")))
def test_a_document_gives_its_row(row):
    result, answer = verify(DATA / row["case"], row, "--at", row["verify_at"])
    assert answer["authentic"]["result"] == "yes", answer
    claims = answer["claims"]
    zero = row["measurement"] == "PCR0=zero"
    assert claims["measurement"] == ("00" * 48 if zero else row["measurement"].split("=")[1])
    assert claims["debug"] == zero
    assert (result.returncode == 0) == (row["verdict"] == "VALID-SIGNATURE")


@recorded
@pytest.mark.parametrize("row", rows("tpm+snp", "tpm+tdx"), ids=names(rows("tpm+snp", "tpm+tdx")))
def test_what_a_guest_of_azure_sends_gives_its_row(row):
    """As it was sent, in the JSON of its agent: with the chip's certificate when it is one of AMD."""
    more = ["--collateral", DATA / "snp/amd-roots/milan", "--collateral",
            DATA / "snp/amd-roots/genoa", "--without-revocation", "--tolerate", "milan"]
    if row["kind"] == "tpm+tdx":
        more = ["--collateral", DATA / "tdx/trustee/az_tdx_td_quote"]
    result, answer = verify(DATA / row["case"] / "evidence.json", row, "--at",
                            "2025-10-31T14:17:11Z", "--tolerate", "OutOfDate", "--tolerate",
                            "advisories", "--tolerate", "ve-on-private-memory", *more)
    assert result.returncode == 0, answer
    claims = answer["claims"]
    assert claims["class"] == "confidential"
    assert claims["pcr_digest"] == row["measurement"].split("=")[1]
    assert claims.get("qualifying", "") == row["report_data"].split("=")[1]


@recorded
def test_a_certificate_with_evidence_gives_its_row():
    """No origin recorded collateral with them: that of a machine of the same family will do."""
    collateral = "sgx/trustee/occlum_quote"
    at = next(r["verify_at"] for r in rows("sgx") if r["case"] == collateral)
    found = rows("ratls")
    assert len(found) == 3
    for row in found:
        shown = json.loads(run("evidence", "show", DATA / row["case"], "--output", "json").stdout)
        assert shown["platform"] == "sgx" and shown["debug"]
        assert shown["ra_tls"] == "interoperable" and shown["for_key_of_certificate"]
        result, answer = verify(DATA / row["case"], row, "--at", at,
                                "--collateral", DATA / collateral)
        assert result.returncode != 0
        if shown["report_data"].startswith("e551b081"):  # of a family without recorded collateral
            assert answer["authentic"]["result"] == "no"
            continue
        assert answer["authentic"]["result"] == "yes", answer
        assert answer["bound"]["result"] == "yes"
        assert answer["platform"]["result"] == "no"
        # Both must hold: the certificate's key, and what somebody asks for.
        _, answer = verify(DATA / row["case"], row, "--at", at, "--report-data", "00" * 64,
                           "--collateral", DATA / collateral)
        assert answer["bound"]["result"] == "no"


@recorded
@pytest.mark.parametrize("name", ["sgx_cert_ec_bad.der", "sgx_cert_rsa_bad.der",
                                  "sgx_report_bad.bin"])
def test_a_bad_report_of_open_enclave_is_refused(name):
    file = DATA / "ratls/invalid/openenclave" / name
    collateral = "sgx/openenclave/attestation_plugin"
    at = next(r["verify_at"] for r in rows("sgx") if r["case"] == collateral)
    result, answer = verify(file, None, "--at", at, "--collateral", DATA / collateral)
    assert result.returncode != 0
    assert answer["authentic"]["result"] == "no" and "claims" not in answer


@recorded
@pytest.mark.parametrize("row", rows("sgx", "tdx"), ids=names(rows("sgx", "tdx")))
def test_openssl_agrees_on_the_pck_chain(row, tmp_path):
    """What openssl can say of a quote: chain, revocation, time."""
    case = DATA / row["case"]
    if row["crl"] == "no":
        pytest.skip("this origin recorded no revocation lists")
    pem = re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?",
                     (case / "quote.bin").read_bytes(), re.S)
    for name, block in zip(("leaf", "ca", "root"), pem):
        (tmp_path / name).write_bytes(block if block.endswith(b"\n") else block + b"\n")
    lists = b""
    for name in ("root_ca_crl.der", "pck_crl.der"):
        lists += subprocess.run(["openssl", "crl", "-inform", "der", "-in", case / name],
                                capture_output=True, check=True).stdout
    (tmp_path / "crls").write_bytes(lists)
    at = row["verify_at"] or row["window"].split("..")[0]
    seconds = subprocess.run(["date", "-u", "-d", at, "+%s"], capture_output=True, text=True,
                             check=True).stdout.strip()
    theirs = subprocess.run(["openssl", "verify", "-x509_strict", "-crl_check_all", "-attime",
                             seconds, "-CRLfile", tmp_path / "crls", "-CAfile", tmp_path / "root",
                             "-untrusted", tmp_path / "ca", tmp_path / "leaf"],
                            capture_output=True, text=True)
    _, answer = verify(case / "quote.bin", row, "--at", at, "--collateral", case, "--ignore-tail")
    ours = answer["authentic"]["result"] == "yes"
    # Ours looks at more: it may say no where openssl says yes, and never the other way round.
    assert (theirs.returncode == 0) or not ours, theirs.stderr
    if row["verify_at"]:
        assert theirs.returncode == 0 and ours


def cbor(value):
    """As much of RFC 8949 as a container of a TPM's quote needs."""
    kind, body = {int: (0, b""), bytes: (2, value), str: (3, str(value).encode())}.get(
        type(value), (4, value))
    count = value if kind == 0 else len(body)
    for width, more in ((0, 23), (1, 0xff), (2, 0xffff)):
        if count <= more:
            break
    head = bytes([kind << 5 | count]) if width == 0 else \
        bytes([kind << 5 | 23 + width]) + count.to_bytes(width, "big")
    return head + (b"".join(map(cbor, body)) if kind == 4 else body)


def container(**members):
    pairs = b"".join(cbor(name) + cbor(value) for name, value in members.items())
    return bytes([0xa0 | len(members)]) + pairs


def values(file):
    pcrs = json.loads(file.read_text())
    return [bytes.fromhex(pcrs[str(i)]) for i in range(24)]


@recorded
def test_a_quote_of_a_tpm_gives_its_row(tmp_path):
    row = next(r for r in rows("tpm") if r["case"].endswith("nonce9009"))
    case = DATA / row["case"]
    (tmp_path / "quote").write_bytes(container(
        tpm=1, quote=(case / "quote_sha256.msg").read_bytes(),
        signature=(case / "quote_sha256.sig").read_bytes(),
        pcrs=values(case / "pcrs_sha256.json"),
        key=(case / "ak_pub.tpmt").read_bytes(), log=(case / "event_log.bin").read_bytes(),
        certs=[(case / "ak_cert.der").read_bytes()]))
    result, answer = verify(tmp_path / "quote", row, "--at", row["verify_at"],
                            "--collateral", DATA / "tpm/go-tpm-tools/ca-certs",
                            "--without-revocation")
    assert result.returncode == 0, answer
    claims = answer["claims"]
    assert claims["class"] == "measured-only"
    assert claims["pcr_digest"] == row["measurement"].split("=")[1]
    assert claims["log_pcrs"] & 0x3ff == 0x3ff
    assert claims["qualifying"] == row["report_data"].split("=")[1]
    shown = json.loads(run("evidence", "show", tmp_path / "quote", "--output", "json").stdout)
    assert shown["platform"] == "tpm" and shown["proven"] is False and "class" not in shown
    assert shown["measurement"] == claims["measurement"]


@recorded
@pytest.mark.parametrize("row", rows("tpm+snp", "tpm+tdx"), ids=names(rows("tpm+snp", "tpm+tdx")))
def test_a_guest_of_azure_gives_its_row(row, tmp_path):
    case = DATA / row["case"]
    raw = (case / "quote.sig_raw").read_bytes()
    members = {"tpm": 1, "quote": (case / "quote.msg").read_bytes(),
               "signature": bytes.fromhex("0014000b") + len(raw).to_bytes(2, "big") + raw,
               "pcrs": values(case / "pcrs_sha256.json"),
               "hcl": (case / "hcl_report.bin").read_bytes()}
    more = ["--without-revocation", "--tolerate", "milan", "--collateral", case]
    more += [w for p in ("milan", "genoa") for w in ("--collateral", DATA / "snp/amd-roots" / p)]
    if row["kind"] == "tpm+tdx":
        members["td_quote"] = (case / "td_quote.bin").read_bytes()
        more = ["--collateral", DATA / "tdx/trustee/az_tdx_td_quote", "--tolerate", "OutOfDate",
                "--tolerate", "advisories", "--tolerate", "ve-on-private-memory"]
    (tmp_path / "evidence").write_bytes(container(**members))
    result, answer = verify(tmp_path / "evidence", row, "--at", "2025-10-31T14:17:11Z", *more)
    assert result.returncode == 0, answer
    claims = answer["claims"]
    assert claims["class"] == "confidential" and claims["platform"] == row["kind"][4:]
    assert claims["pcr_digest"] == row["measurement"].split("=")[1]
    assert claims.get("qualifying", "") == row["report_data"].split("=")[1]


@recorded
@pytest.mark.parametrize("kind", ["sgx", "tdx", "snp", "nitro", "cca"])
def test_every_kind_is_shown_and_says_that_nothing_is_verified(kind):
    row = rows(kind)[0]
    file = DATA / row["case"]
    if file.is_dir():
        file = file / ("report.bin" if kind == "snp" else "quote.bin")
    text = run("evidence", "show", file)
    assert text.returncode == 0, text.stderr
    assert "NOT VERIFIED" in text.stdout
    shown = json.loads(run("evidence", "show", file, "--output", "json").stdout)
    assert shown["platform"] == kind and shown["proven"] is False
    assert "class" not in shown
    if row["measurement"] and "=" not in row["measurement"]:
        assert shown["measurement"] == row["measurement"]


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def der_of(raw):
    """ECDSA-Sig-Value of r and s, for openssl."""
    half = len(raw) // 2
    numbers = [b"\0" + n if n[0] >= 128 else n
               for n in (raw[:half].lstrip(b"\0"), raw[half:].lstrip(b"\0"))]
    body = b"".join(bytes([2, len(n)]) + n for n in numbers)
    return bytes([48, len(body)]) + body


def token_of(result, key):
    """The claims of a token whose signature openssl finds to be of this key."""
    token = result.stdout.strip()
    message, _, signature = token.rpartition(".")
    head, claims = (json.loads(decoded(part)) for part in message.split("."))
    raw, folder = decoded(signature), key.parent
    (folder / "message").write_text(message)
    (folder / "signature").write_bytes(raw if head["alg"] == "EdDSA" else der_of(raw))
    check = ["openssl", "pkeyutl", "-verify", "-inkey", key, "-sigfile", folder / "signature",
             "-rawin", "-in", folder / "message"]
    if head["alg"] != "EdDSA":
        check += ["-digest", {"ES256": "sha256", "ES384": "sha384"}[head["alg"]]]
    said = subprocess.run(check, capture_output=True, text=True)
    assert said.returncode == 0 and "Verified Successfully" in said.stdout, said.stderr
    return head, claims


def make_key(path, *how):
    subprocess.run(["openssl", "genpkey", "-out", path, "-algorithm", *how], check=True,
                   capture_output=True)
    return path


KEYS = {"EdDSA": ["ed25519"], "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "ES384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}


@pytest.mark.parametrize("alg", KEYS)
def test_a_result_is_signed_as_openssl_verifies(alg, tmp_path):
    key = make_key(tmp_path / "key.pem", *KEYS[alg])
    (tmp_path / "document").write_bytes(b"\x84" + bytes(100))
    result = run("evidence", "verify", tmp_path / "document", "--output", "ear", "--key", key,
                 "--at", "2026-11-30T12:00:00Z")
    assert result.returncode != 0  # as without a token: a script goes by it
    head, claims = token_of(result, key)
    assert head == {"alg": alg, "typ": "JWT"}
    assert claims["eat_profile"] == "tag:ietf.org,2026:rats/ear#04"
    assert claims["iat"] == 1796040000
    assert claims["submods"]["nitro"]["ear_status"] == "none"
    assert claims["submods"]["nitro"]["ear_verifier_claims"]["authentic"]["result"] == "no"


def test_a_result_without_a_key_is_refused(tmp_path):
    (tmp_path / "document").write_bytes(b"\x84" + bytes(100))
    result = run("evidence", "verify", tmp_path / "document", "--output", "ear")
    assert result.returncode != 0 and result.stdout == ""
    assert "--key FILE" in result.stderr
    result = run("evidence", "verify", tmp_path / "document", "--key", tmp_path / "none")
    assert result.returncode != 0 and "--output ear" in result.stderr


@recorded
def test_a_result_says_how_far_the_evidence_can_be_trusted(tmp_path):
    row = next(r for r in rows("sgx") if r["case"] == "sgx/dcap-qvl/sgx_quote")
    key = make_key(tmp_path / "key.pem", *KEYS["ES384"])
    policy = tmp_path / "policy.yml"
    policy.write_text(f"""name: p
services: [{{name: s, command: x, measurements: ['sgx:{row["measurement"]}']}}]
security: {{attestation: {{tolerate: [software-hardening-needed, insecure-configuration],
            exceptions: [{{ignore_advisories: '*', until: '2025-08-01T00:00:00Z'}}]}}}}
""")
    asked = ["evidence", "verify", DATA / row["case"] / "quote.bin", "--collateral",
             DATA / row["case"], "--at", row["verify_at"], "--ignore-tail", "--output", "ear",
             "--key", key, "--policy", policy]
    _, claims = token_of(run(*asked), key)
    assert claims["submods"]["sgx"]["ear_status"] == "none"  # nobody asked what it is bound to
    result = run(*asked, "--report-data", row["report_data"])
    assert result.returncode == 0, result.stderr
    one = token_of(result, key)[1]["submods"]["sgx"]
    assert one["ear_status"] == "warning"
    assert one["ear_verifier_claims"]["claims"]["measurement"] == row["measurement"]
    hashed = run("policy", "hash", policy).stdout.split()[0]
    assert one["ear_appraisal_policy_ids"] == ["ni:///sha-256;" + base64.urlsafe_b64encode(
        bytes.fromhex(hashed)).decode().rstrip("=")]
    assert one["ear_verifier_claims"]["platform"]["result"] == "yes"  # as the policy tolerates it
    text = policy.read_text()
    policy.write_text(text.replace(row["measurement"], "00" * 32))
    said = token_of(run(*asked), key)[1]["submods"]["sgx"]["ear_verifier_claims"]
    assert [said[q]["result"] for q in ("platform", "policy")] == ["yes", "no"]
    policy.write_text(text.replace("2025-08-01", "2025-07-01"))
    result = run(*asked, "--report-data", row["report_data"])
    assert ": platform: " in result.stderr
    assert result.returncode != 0 and "ended at 2025-07-01" in result.stderr
    assert token_of(result, key)[1]["submods"]["sgx"]["ear_status"] == "contraindicated"


def test_what_is_wrong_with_a_simulated_platform_is_an_option(tmp_path):
    """Each reaches the program that is the platform; what no status is called is refused."""
    platform = tmp_path / "platform"
    assert run("platform", "init", platform).returncode == 0
    result = run("platform", "run", platform, "--socket", tmp_path / "s", "--status", "Fine")
    assert result.returncode != 0 and "OutOfDate" in result.stderr
    words = ["--status", "OutOfDate", "--qe-status", "ConfigurationNeeded", "--advisory",
             "INTEL-SA-00001", "--revoked", "pck", "--vmpl", "1", "--debug"]
    with subprocess.Popen([CONCORDAT, "platform", "run", platform, "--socket", tmp_path / "s",
                           *words], stdout=subprocess.PIPE, text=True) as process:
        assert "SIMULATION" in process.stdout.readline()
        given = Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8").split("\0")
        process.terminate()
    assert set(words) <= set(given)
    level = json.loads((platform / "collateral/tcb_info.json").read_text())["tcbInfo"]["tcbLevels"]
    assert level[0]["tcbStatus"] == "OutOfDate"
    assert level[0]["advisoryIDs"] == ["INTEL-SA-00001"]
