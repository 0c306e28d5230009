# SPDX-License-Identifier: Apache-2.0
"""concordat measure: what the command says is what hashlib says, from the same files."""
import hashlib
import json
import os
import subprocess
from pathlib import Path

import measured
import pytest

BUILD = Path(os.environ.get("CONCORDAT_BUILD", "build"))
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "evidence" / "measure"
CONCORDAT = BUILD.resolve() / "src" / "cli" / "concordat"
OVMF = Path("/usr/share/ovmf/OVMF.fd")


def run(*words):
    return subprocess.run([CONCORDAT, "measure", *map(str, words)], capture_output=True, text=True,
                          timeout=60)


def report(*words):
    result = run(*words, "--output", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refused(code, *words):
    result = run(*words)
    assert result.returncode != 0 and result.stdout == ""
    assert f"error[{code}]" in result.stderr, result.stderr
    return result.stderr


def debian_ovmf(vectors):
    """The firmware of Debian's package, and what was published of it."""
    if not OVMF.exists() or not (DATA / vectors).exists():
        pytest.skip("no package ovmf, or no published vectors beside the tree")
    published = json.loads((DATA / vectors).read_text())
    if hashlib.sha256(OVMF.read_bytes()).hexdigest() != published["sha256"]:
        pytest.skip("another version of the package ovmf")
    return published


@pytest.fixture
def firmware(tmp_path):
    (tmp_path / "OVMF.fd").write_bytes(measured.firmware())
    return tmp_path / "OVMF.fd"


@pytest.mark.parametrize("vmm", ["qemu", "ec2", "gce"])
def test_a_guest_of_snp_measures_as_hashlib_says(firmware, vmm):
    said = report("snp", firmware, "--vcpus", 3, "--vmm", vmm, "--vcpu-sig", "0xa00f11",
                  "--guest-features", "0x21")
    assert said["measurements"] == [
        "snp:" + measured.snp(measured.firmware(), 3, vmm, features=0x21, signature=0xa00f11)]


def test_a_kernel_of_snp_measures_as_hashlib_says(firmware, tmp_path):
    (tmp_path / "kernel").write_bytes(b"kernel" * 500000)
    (tmp_path / "initrd").write_bytes(b"initrd")
    said = report("snp", firmware, "--vcpus", 1, "--kernel", tmp_path / "kernel", "--initrd",
                  tmp_path / "initrd", "--append", "quiet")
    boot = (b"kernel" * 500000, b"initrd", "quiet")
    assert said["measurements"] == ["snp:" + measured.snp(measured.firmware(), 1, boot=boot)]
    assert said["kernel"] == hashlib.sha256(boot[0]).hexdigest()


def test_debians_ovmf_measures_under_snp_as_published():
    published = debian_ovmf("snp/debian12_ovmf_vectors.json")
    for vcpus, digest in published["launch_digest"].items():
        said = report("snp", OVMF, "--vcpus", vcpus, "--vcpu-type", published["vcpu_type"])
        assert said["measurements"] == ["snp:" + digest]
        assert said["firmware_digest"] == published["ovmf_hash"]


def test_a_measurement_is_a_line_of_a_policy(firmware, tmp_path):
    lines = run("snp", firmware, "--vcpus", 1).stdout.partition("of a service in a policy:\n")[2]
    (tmp_path / "policy.yaml").write_text(
        "name: p\nversion: '0.3.12'\nservices:\n  - name: s\n    command: x\n" + lines)
    checked = subprocess.run([CONCORDAT, "policy", "check", tmp_path / "policy.yaml"],
                             capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


@pytest.fixture
def certificate(tmp_path):
    """A certificate in PEM, and its DER."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-384", "-nodes", "-keyout", tmp_path / "key", "-out",
                    tmp_path / "cert.pem", "-subj", "/CN=signer"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "x509", "-in", tmp_path / "cert.pem", "-outform", "DER"],
                         check=True, capture_output=True).stdout
    return tmp_path / "cert.pem", der


def test_an_enclave_of_nitro_measures_as_hashlib_says(tmp_path, certificate):
    pem, der = certificate
    parts = [(1, b"kernel" * 1000), (2, b"console=ttyS0"), (5, b"{}"), (3, b"init"), (3, b"app")]
    (tmp_path / "plain.eif").write_bytes(measured.eif(parts))
    pcr0 = bytes.fromhex(measured.nitro(b"kernel" * 1000 + b"console=ttyS0initapp"))
    section = measured.eif_signature(pem.read_bytes(), tmp_path / "key", pcr0)
    (tmp_path / "signed.eif").write_bytes(measured.eif([*parts, (4, section)]))
    changed = [(kind, data + b"!" if kind == 2 else data) for kind, data in parts]
    (tmp_path / "changed.eif").write_bytes(measured.eif([*changed, (4, section)]))
    plain = report("eif", tmp_path / "plain.eif", "--instance", "i-0a22e5c5f24d22174")
    assert plain["pcr0"] == measured.nitro(b"kernel" * 1000 + b"console=ttyS0initapp")
    assert plain["pcr1"] == measured.nitro(b"kernel" * 1000 + b"console=ttyS0init")
    assert plain["pcr2"] == measured.nitro(b"app")
    assert plain["measurements"] == ["nitro:" + plain["pcr0"]]
    assert not plain["signed"] and "pcr8" not in plain
    signed = report("eif", tmp_path / "signed.eif")
    assert signed["signed"] and signed["pcr8"] == measured.nitro(der)
    assert signed["pcr0"] == plain["pcr0"]
    assert report("eif", tmp_path / "plain.eif", "--signing-certificate",
                  pem)["pcr8"] == signed["pcr8"]
    entry, = report("eif", tmp_path / "signed.eif", "--registers")["measurements"]
    assert entry == {"platform": "nitro", "value": plain["pcr0"], "registers":
                     {f"pcr{i}": signed[f"pcr{i}"] for i in (0, 1, 2, 8)}}
    assert "not over PCR 0 of this image" in refused("evidence", "eif", tmp_path / "changed.eif")


def test_what_a_signer_says_of_an_enclave_is_verified(tmp_path):
    measured.openssl("genrsa", "-3", "-out", tmp_path / "key", "3072")
    whole = measured.sigstruct(hashlib.sha256(b"enclave").digest(), tmp_path / "key")
    (tmp_path / "enclave.sig").write_bytes(whole)
    said = report("sgx", tmp_path / "enclave.sig")
    assert said["signed"] and said["isvprodid"] == 7 and said["isvsvn"] == 2
    assert said["mrsigner"] == hashlib.sha256(whole[128:512]).hexdigest()
    assert said["measurements"] == ["sgx:" + hashlib.sha256(b"enclave").hexdigest()]
    for at, why in ((960, "does not verify"), (512, "exponent"), (1040, "Q1"), (1424, "Q2")):
        (tmp_path / "wrong.sig").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        assert why in refused("evidence", "sgx", tmp_path / "wrong.sig")
    (tmp_path / "bare.sig").write_bytes(whole[:516] + bytes(384) + whole[900:])
    assert not report("sgx", tmp_path / "bare.sig")["signed"]


def test_a_guest_of_tdx_measures_as_hashlib_says(firmware, tmp_path):
    image = measured.firmware()
    said = report("tdx", firmware)
    assert said["mrtd_single_pass"] == measured.mrtd(image, True)
    assert said["mrtd_two_pass"] == measured.mrtd(image, False)
    assert said["measurements"] == ["tdx:" + measured.mrtd(image, single) for single in (True, False)]
    one = report("tdx", firmware, "--order", "two-pass")
    assert one["measurements"] == ["tdx:" + measured.mrtd(image, False)]


def test_a_kernel_of_tdx_measures_as_hashlib_says(firmware, tmp_path):
    files = {"kernel": measured.kernel(), "initrd": b"initrd" * 900, "acpi-loader": b"loader",
             "acpi-rsdp": b"rsdp", "acpi-tables": b"tables"}
    words = []
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        words += ["--" + name, tmp_path / name]
    said = report("tdx", firmware, *words, "--memory", 4096, "--append", "quiet")
    assert said["rtmr0"] == measured.rtmr0(measured.firmware(), 4 << 30, b"loader", b"rsdp",
                                           b"tables")
    assert said["rtmr1"] == measured.rtmr1(measured.patched(files["kernel"], 4 << 30, 5400))
    assert said["rtmr2"] == measured.rtmr2("quiet", files["initrd"])
    assert report("tdx", firmware, *words[:4], "--kernel-as-is")["rtmr1"] == measured.rtmr1(
        files["kernel"])
    lines = report("tdx", firmware, *words, "--memory", 4096, "--append", "quiet",
                   "--registers")["measurements"]
    assert lines == [{"platform": "tdx", "value": line.split(":")[1], "registers":
                      {f"rtmr{i}": said[f"rtmr{i}"] for i in range(3)}}
                     for line in said["measurements"]]


def test_what_a_register_rests_on_must_be_there(firmware, tmp_path):
    (tmp_path / "file").write_bytes(measured.kernel())
    for words in (["--kernel", "file"], ["--initrd", "file"], ["--append", "x"],
                  ["--kernel-as-is"], ["--kernel", "file", "--initrd", "file"],
                  ["--acpi-rsdp", "file", "--memory", "512"]):
        refused("argument", "tdx", firmware,
                *[tmp_path / w if w == "file" else w for w in words])
    assert "do not hold" in refused("argument", "tdx", firmware, "--memory", 8, "--acpi-loader",
                                    firmware, "--acpi-rsdp", firmware, "--acpi-tables", firmware)


def test_debians_ovmf_measures_under_tdx_as_published():
    published = debian_ovmf("tdx/debian12_ovmf_mrtd.json")
    said = report("tdx", OVMF)
    assert said["mrtd_single_pass"] == published["mrtd_single_pass"]
    assert said["mrtd_two_pass"] == published["mrtd_two_pass"]


@pytest.mark.parametrize("bank", ["sha1", "sha256", "sha384", "sha512"])
def test_an_image_for_a_tpm_measures_as_hashlib_says(tmp_path, bank):
    loader, kernel = measured.executable([(".text", b"loader", 6)]), measured.kernel()
    sections = {".text": b"stub", ".cmdline": b"quiet", ".osrel": b"ID=x", ".linux": kernel,
                ".initrd": b"initrd" * 100, ".pcrsig": b"{}"}
    image = measured.uki(sections)
    (tmp_path / "uki.efi").write_bytes(image)
    (tmp_path / "boot.efi").write_bytes(loader)
    said = report("pcr", tmp_path / "uki.efi", "--bank", bank, "--loader", tmp_path / "boot.efi")
    four = measured.pcr4([loader, image, kernel], bank)
    eleven = measured.pcr11(sections, ["enter-initrd", "leave-initrd", "sysinit", "ready"], bank)
    assert (said["pcr4"], said["pcr11"]) == (four.hex(), eleven.hex())
    algorithm = {"sha1": 4, "sha256": 11, "sha384": 12, "sha512": 13}[bank]
    assert said["measurements"] == ["tpm:" + measured.quote({4: four, 11: eleven}, algorithm)]


def test_the_pcrs_of_a_quote_are_chosen(tmp_path):
    image = measured.uki({".linux": measured.kernel()})
    (tmp_path / "uki.efi").write_bytes(image)
    said = report("pcr", tmp_path / "uki.efi", "--pcr", "7=" + 32 * "07", "--pcr", "4", "--phases",
                  "", "--kernel-in-place")
    assert "pcr11" not in said
    assert said["measurements"] == ["tpm:" + measured.quote({4: measured.pcr4([image]),
                                                             7: bytes([7] * 32)})]
    lines = report("pcr", tmp_path / "uki.efi", "--pcr", "7=" + 32 * "07", "--pcr", "4",
                   "--kernel-in-place", "--registers")["measurements"]
    assert lines == [{"platform": "tpm", "registers": {"pcr4": said["pcr4"], "pcr7": 32 * "07"}}]
    assert 'registers' in run("pcr", tmp_path / "uki.efi", "--registers").stdout
    refused("argument", "pcr", tmp_path / "uki.efi", "--registers", "--bank", "sha1")
    for wrong in (["--pcr", "7"], ["--pcr", "7=00"], ["--pcr", "x"],
                  ["--pcr", "4", "--pcr", "4"], ["--phases", "a::b"], ["--phases", "a:"]):
        refused("argument", "pcr", tmp_path / "uki.efi", *wrong)
    refused("too-big", "pcr", tmp_path / "uki.efi", "--pcr", "24=00")
    (tmp_path / "kernel").write_bytes(measured.kernel())
    assert "ukify" in refused("argument", "pcr", tmp_path / "kernel")


def test_an_enclave_of_sgx_measures_as_hashlib_says(tmp_path):
    (tmp_path / "code").write_bytes(b"code" * 1500)
    (tmp_path / "layout.json").write_text(json.dumps(measured.LAYOUT))
    steps = measured.stream(measured.LAYOUT, {"code": b"code" * 1500})
    (tmp_path / "enclave.sgxs").write_bytes(steps)
    expected = ["sgx:" + hashlib.sha256(steps).hexdigest()]
    for file, source in (("layout.json", "layout"), ("enclave.sgxs", "stream")):
        said = report("sgx", tmp_path / file)
        assert (said["measurements"], said["source"]) == (expected, source)
    (tmp_path / "code").write_bytes(bytes(8193))
    assert "area 0: 8193 bytes do not fit 2 pages" in refused("argument", "sgx",
                                                              tmp_path / "layout.json")
    (tmp_path / "code").unlink()
    assert "area 0" in refused("not-found", "sgx", tmp_path / "layout.json")
    (tmp_path / "text").write_text("hello")
    assert "no layout" in refused("argument", "sgx", tmp_path / "text")


def test_what_does_not_fit_is_refused(firmware, tmp_path):
    (tmp_path / "text").write_text("hello")
    assert "no whole pages" in refused("argument", "snp", tmp_path / "text", "--vcpus", 1)
    assert "go with --kernel" in refused("argument", "snp", firmware, "--vcpus", 1, "--append", "x")
    for number in ("0x", "0xg", "1x", "-1", "0x10000000000000000"):
        assert "--guest-features" in refused("argument", "snp", firmware, "--vcpus", 1,
                                             "--guest-features=" + number)
    assert "more than 0xffffffff" in refused("argument", "snp", firmware, "--vcpus", 1,
                                             "--vcpu-sig", "0x100000000")
    assert "EPYC-Milan" in refused("argument", "snp", firmware, "--vcpus", 1, "--vcpu-type", "host")
    assert "open" in refused("not-found", "snp", tmp_path / "none", "--vcpus", 1)
