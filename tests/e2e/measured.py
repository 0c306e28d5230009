# SPDX-License-Identifier: Apache-2.0
"""Measurements once more, from the formats and with hashlib alone: what the tests compare with.

Run as a program it prints what the unit tests of src/measure expect.
"""
import hashlib
import struct
import subprocess
import uuid
import zlib

PAGE = 4096


def sha384(data=b""):
    return hashlib.sha384(data).digest()


def guid(text):
    return uuid.UUID(text).bytes_le


# A firmware of two pages: tests/unit/measure/firmware.h makes the same.

SEV = [(0x800000, 0x2000, 1), (0x80d000, 0x1000, 2), (0x80e000, 0x1000, 3), (0x80f000, 0x1000, 4),
       (0x810000, 0x1000, 0x10)]
TDVF = [(0, 0x2000, 0xffffe000, 0x2000, 0, 1), (0, 0x1000, 0xffffd000, 0x1000, 1, 0),
        (0, 0, 0x810000, 0x1000, 3, 0), (0, 0, 0x809000, 0x2000, 2, 0),
        (0x10, 0x180, 0x820000, 0x1000, 4, 1), (0, 0, 0x900000, 0x1000, 4, 2)]
HASHES, RESET = 0x810c00, 0x80b004


def firmware():
    image = bytearray((i * 7 + i // 256) & 255 for i in range(2 * PAGE))
    sev = struct.pack("<4sIII", b"ASEV", 16 + 12 * len(SEV), 1, len(SEV)) + b"".join(
        struct.pack("<III", *s) for s in SEV)
    tdvf = struct.pack("<4sIII", b"TDVF", 16 + 32 * len(TDVF), 1, len(TDVF)) + b"".join(
        struct.pack("<IIQQII", *s) for s in TDVF)
    image[0x1800:0x1800 + len(sev)] = sev
    image[0x1900:0x1900 + len(tdvf)] = tdvf
    entries = b""
    for name, value in (("e47a6535-984a-4798-865e-4685a7bf8ec2", 2 * PAGE - 0x1900),
                        ("dc886566-984a-4798-a75e-5585a7bf67cc", 2 * PAGE - 0x1800),
                        ("7255371f-3a3b-4b04-927b-1da6efa8d454", HASHES),
                        ("00f771de-1a7e-4fcb-890e-68c77e2fb44e", RESET)):
        entries += struct.pack("<IH", value, 22) + guid(name)
    table = entries + struct.pack("<H", len(entries) + 18) + guid(
        "96b582de-1fb2-45f7-baea-a366c55a082d")
    image[0x1fe0 - len(table):0x1fe0] = table
    return bytes(image)


# SEV-SNP


def page(chain, kind, gpa, contents=b""):
    digest = sha384(contents) if contents else bytes(48)
    return sha384(chain + digest + struct.pack("<HBBIQ", 0x70, kind, 0, 0, gpa))


def hashes_page(kernel, initrd, append):
    table = guid("9438d606-4f22-4cc9-b479-a793d411fd21") + struct.pack("<H", 168)
    for name, data in (("97d02dd8-bd20-4c94-aa78-e7714d36ab2a", append.encode() + b"\0"),
                       ("44baf731-3a2f-4bd7-9af1-41e29169781d", initrd),
                       ("4de79437-abd2-427f-b835-d5b172d2045b", kernel)):
        table += guid(name) + struct.pack("<H", 50) + hashlib.sha256(data).digest()
    return bytes(HASHES & 0xfff) + table + bytes(PAGE - (HASHES & 0xfff) - len(table))


def save_area(eip, features, vmm, signature):
    area = bytearray(PAGE)

    def segment(at, attributes, selector=0, base=0):
        struct.pack_into("<HHIQ", area, at, selector, attributes, 0xffff, base)

    first = eip == 0xfffffff0
    for at in (0x00, 0x30, 0x40, 0x50):
        segment(at, 0x93)
    segment(0x10, 0x9a if vmm == "ec2" and first else 0x9b, 0xf000, eip & 0xffff0000)
    segment(0x20, 0x92 if vmm == "ec2" else 0x93)
    segment(0x60, 0)
    segment(0x70, 0x82)
    segment(0x80, 0)
    segment(0x90, 0x83 if vmm == "ec2" else 0x8b)
    for at, value in ((0xd0, 0x1000), (0x148, 0x40), (0x158, 0x10), (0x160, 0x400),
                      (0x168, 0xffff0ff0), (0x170, 2), (0x178, eip & 0xffff),
                      (0x268, 0x70106 if vmm == "gce" else 0x7040600070406),
                      (0x310, signature if vmm == "qemu" else 0x600), (0x3b0, features),
                      (0x3e8, 1)):
        struct.pack_into("<Q", area, at, value)
    if vmm == "qemu":
        struct.pack_into("<I", area, 0x408, 0x1f80)
        struct.pack_into("<H", area, 0x410, 0x37f)
    return bytes(area)


def snp(image, vcpus, vmm="qemu", boot=None, features=1, signature=0x800f12):
    chain = bytes(48)
    for at in range(0, len(image), PAGE):
        chain = page(chain, 1, (1 << 32) - len(image) + at, image[at:at + PAGE])
    late = []
    for gpa, size, kind in SEV:
        if kind == 0x10 and boot:
            chain = page(chain, 1, gpa, hashes_page(*boot))
        elif kind == 3 and vmm == "ec2":
            late.append(gpa)
        else:
            launched = {1: 4 if vmm == "gce" else 3, 2: 5, 3: 6}.get(kind, 3)
            for at in range(0, size, PAGE):
                chain = page(chain, launched, gpa + at)
    for gpa in late:
        chain = page(chain, 6, gpa)
    for cpu in range(vcpus):
        eip = RESET if cpu else 0xfffffff0
        chain = page(chain, 2, 0xfffffffff000, save_area(eip, features, vmm, signature))
    return chain.hex()


# Nitro


def eif(sections, version=4):
    """An enclave image of (kind, bytes)."""
    at, offsets, body = 548, [], b""
    for kind, data in sections:
        offsets.append(at + len(body))
        body += struct.pack(">HHQ", kind, 0, len(data)) + data
    sizes = [len(data) for _, data in sections]
    pad = [0] * (32 - len(sections))
    header = struct.pack(">4sHHQQHH64QII", b".eif", version, 0, 1 << 28, 2, 0, len(sections),
                         *offsets, *pad, *sizes, *pad, 0, 0)
    crc = zlib.crc32(body, zlib.crc32(header[:-4]))
    return header[:-4] + struct.pack(">I", crc) + body


def openssl(*words, data=None):
    return subprocess.run(["openssl", *map(str, words)], input=data, check=True,
                          capture_output=True).stdout


def raw_p384(der):
    """r ‖ s of an ECDSA signature in DER."""
    numbers, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        numbers += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(48, "big")
        at += 2 + length
    return numbers


def eif_signature(pem, key, pcr0):
    """What serde makes of a certificate and COSE_Sign1 over PCR 0: lists of numbers."""
    def numbers(data):
        head = struct.pack(">BB", 0x98, len(data)) if len(data) < 256 else struct.pack(
            ">BH", 0x99, len(data))
        return head + b"".join(bytes([b]) if b < 24 else bytes([0x18, b]) for b in data)

    payload = b"\xa2\x6eregister_index\x00\x6eregister_value" + numbers(pcr0)
    header, body = b"\x44\xa1\x01\x38\x22", b"\x58" + bytes([len(payload)]) + payload
    assert len(payload) < 256
    signature = raw_p384(openssl("dgst", "-sha384", "-sign", key,
                                 data=b"\x84\x6aSignature1" + header + b"\x40" + body))
    cose = b"\x84" + header + b"\xa0" + body + b"\x58\x60" + signature
    return b"\x81\xa2\x73signing_certificate" + numbers(pem) + b"\x69signature" + numbers(cose)


def nitro(content):
    return sha384(bytes(48) + sha384(content)).hex()


# SGX


def sigstruct(mrenclave, key):
    """As a signer of enclaves writes it, with the quotients that a processor wants."""
    n = int(openssl("rsa", "-in", key, "-noout", "-modulus").decode().strip().split("=")[1], 16)
    head = bytes.fromhex("06000000e10000000000010000000000") + bytes(8) + bytes.fromhex(
        "01010000600000006000000001000000")
    head += bytes(128 - len(head))
    body = bytearray(128)
    body[60:92] = mrenclave
    struct.pack_into("<HH", body, 124, 7, 2)
    s = int.from_bytes(openssl("dgst", "-sha256", "-sign", key, data=head + bytes(body)), "big")
    q1 = s * s // n
    numbers = [number.to_bytes(384, "little") for number in (n, s, q1, (s**3 - q1 * s * n) // n)]
    return (head + numbers[0] + struct.pack("<I", 3) + numbers[1] + bytes(body) + bytes(12)
            + numbers[2] + numbers[3])


# Executables: tests/unit/measure/executable.h makes the same.

HEADERS = 0x600


def executable(sections, certificates=b"", trailing=b"", plus=True, directories=16):
    """A PE of (name, bytes, size in memory), sections aligned to 0x200."""
    optional = bytearray((112 if plus else 96) + 8 * directories)
    struct.pack_into("<H", optional, 0, 0x20b if plus else 0x10b)
    struct.pack_into("<I", optional, 60, HEADERS)
    struct.pack_into("<I", optional, 64, 0x11223344)
    struct.pack_into("<I", optional, 108 if plus else 92, directories)
    table, body = b"", b""
    for name, data, size in sections:
        padded = data + bytes(-len(data) % 0x200)
        table += struct.pack("<8sIIIIQII", name.encode(), size, 0x1000, len(padded),
                             HEADERS + len(body), 0, 0, 0)
        body += padded
    body += trailing
    if certificates:
        struct.pack_into("<II", optional, (112 if plus else 96) + 32, HEADERS + len(body),
                         len(certificates))
    file = bytearray(HEADERS)
    file[:2] = b"MZ"
    struct.pack_into("<I", file, 60, 0x280)
    head = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(sections), 0, 0, 0, len(optional), 0)
    head += bytes(optional) + table
    file[0x280:0x280 + len(head)] = head
    return bytes(file) + body + certificates


def authenticode(file, name="sha384"):
    """Of an executable as above: its checksum and its directory of certificates are left out."""
    optional = 0x280 + 24
    magic, = struct.unpack_from("<H", file, optional)
    security = optional + (112 if magic == 0x20b else 96) + 32
    count, = struct.unpack_from("<I", file, optional + (108 if magic == 0x20b else 92))
    certificates = struct.unpack_from("<I", file, security + 4)[0] if count > 4 else 0
    rest = file[optional + 68:] if count <= 4 else (
        file[optional + 68:security] + file[security + 8:])
    return hashlib.new(name, file[:optional + 64] + rest[:len(rest) - certificates]).digest()


def kernel(protocol=0x20f, flags=2):
    file = bytearray(executable([(".text", b"linux" * 200, 1000)]))
    file[0x202:0x208] = b"HdrS" + struct.pack("<H", protocol)
    file[0x211] = 1
    struct.pack_into("<I", file, 0x22c, 0x7fffffff)
    file[0x236] = flags
    return bytes(file)


# TDX


def mrtd(image, single):
    stream = b""
    for at, length, gpa, size, _, attributes in TDVF:
        if attributes & 2:
            continue
        data = image[at:at + length].ljust(size, b"\0")

        def add(page):
            return b"MEM.PAGE.ADD".ljust(16, b"\0") + struct.pack("<Q", page).ljust(112, b"\0")

        def extend(page):
            return b"".join(
                b"MR.EXTEND".ljust(16, b"\0") + struct.pack("<Q", chunk).ljust(112, b"\0")
                + data[chunk - gpa:chunk - gpa + 256]
                for chunk in range(page, page + PAGE, 256)) if attributes & 1 else b""

        pages = range(gpa, gpa + size, PAGE)
        if single:
            stream += b"".join(add(p) + extend(p) for p in pages)
        else:
            stream += b"".join(map(add, pages)) + b"".join(map(extend, pages))
    return sha384(stream).hex()


def hob(memory):
    """Of the firmware above: its hand-off block is at 0x809000, temporary memory at 0x810000."""
    ranges = [(7, 0, 0x809000), (0, 0x809000, 0x80b000), (7, 0x80b000, 0x810000),
              (0, 0x810000, 0x811000)]
    if memory < 0xb0000000:
        ranges += [(7, 0x811000, memory)]
    else:
        ranges += [(7, 0x811000, 2 << 30), (7, 4 << 30, (2 << 30) + memory)]
    resources = b"".join(struct.pack("<HHI16sIIQQ", 3, 48, 0, b"", kind, 7, start, end - start)
                         for kind, start, end in ranges)
    return sha384(struct.pack("<HHIII32sQ", 1, 56, 0, 9, 0, b"",
                              0x809000 + 56 + len(resources) + 8) + resources)


def fold(digests):
    register = bytes(48)
    for digest in digests:
        register = sha384(register + digest)
    return register.hex()


def rtmr0(image, memory, loader, rsdp, tables):
    def variable(owner, name):
        return sha384(guid(owner) + struct.pack("<QQ", len(name), 0) + name.encode("utf-16-le"))

    one, other = "8be4df61-93ca-11d2-aa0d-00e098032b8c", "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
    path = (bytes.fromhex("04071400") + guid("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1")
            + bytes.fromhex("04061400") + guid("462caa21-7614-4503-836e-8ab6f4662331")
            + bytes.fromhex("7fff0400"))
    option = struct.pack("<IH", 0x109, len(path)) + "UiApp\0".encode("utf-16-le") + path
    return fold([hob(memory), sha384(image[:PAGE]), variable(one, "SecureBoot"),
                 variable(one, "PK"), variable(one, "KEK"), variable(other, "db"),
                 variable(other, "dbx"), sha384(bytes(4)), sha384(loader), sha384(rsdp),
                 sha384(tables), sha384(bytes(2)), sha384(option)])


def patched(file, memory, initrd_len):
    low = (memory if memory < 0xb0000000 else 2 << 30) - 0x28000
    highest = min(0xffffffff if file[0x236] & 2 else struct.unpack_from("<I", file, 0x22c)[0],
                  low - 1)
    file = bytearray(file)
    file[0x210], file[0x211] = 0xb0, file[0x211] | 0x80
    struct.pack_into("<II", file, 0x218, (highest - initrd_len) & ~4095, initrd_len)
    struct.pack_into("<II", file, 0x224, 0xfe00, 0x20000)
    return bytes(file)


def rtmr1(file):
    return fold([authenticode(file), sha384(b"Calling EFI Application from Boot Option"),
                 sha384(bytes(4)), sha384(b"Exit Boot Services Invocation"),
                 sha384(b"Exit Boot Services Returned with Success")])


def rtmr2(append, initrd):
    return fold([sha384((append + " initrd=initrd\0").encode("utf-16-le")), sha384(initrd)])


# PCRs


SECTIONS = (".linux .osrel .cmdline .initrd .ucode .splash .dtb .uname .sbat .pcrpkey .profile "
            ".dtbauto .hwids .efifw").split()


def pcr(events, name="sha256", digests=()):
    value = bytes(hashlib.new(name).digest_size)
    for digest in [hashlib.new(name, e).digest() for e in events] + list(digests):
        value = hashlib.new(name, value + digest).digest()
    return value


def pcr11(sections, phases, name="sha256"):
    events = []
    for section in SECTIONS:
        if section in sections:
            events += [section.encode() + b"\0", sections[section]]
    return pcr(events + [phase.encode() for phase in phases], name)


def pcr4(files, name="sha256"):
    return pcr([b"Calling EFI Application from Boot Option", bytes(4)], name,
               [authenticode(f, name) for f in files])


def uki(sections):
    return executable([(name, data, len(data)) for name, data in sections.items()])


def quote(values, algorithm=0x000b):
    """TPMS_QUOTE_INFO of {PCR: value}, hashed."""
    selected = sum(1 << n for n in values)
    digest = hashlib.sha256(b"".join(values[n] for n in sorted(values))).digest()
    return hashlib.sha256(struct.pack(">IHB", 1, algorithm, 3) + selected.to_bytes(3, "little")
                          + struct.pack(">H", 32) + digest).hexdigest()


# SGX


LAYOUT = {"enclave_size": 0x10000, "ssa_frame_pages": 2, "areas": [
    {"at": 0, "pages": 2, "permissions": "rx", "file": "code"},
    {"at": 0x2000, "pages": 1, "kind": "tcs"},
    {"at": 0x8000, "pages": 2, "permissions": "rw", "measured": False}]}


def stream(layout, files):
    """The steps of an enclave: what an .sgxs file has."""
    steps = b"ECREATE\0" + struct.pack("<IQ", layout["ssa_frame_pages"],
                                       layout["enclave_size"]) + bytes(44)
    for area in layout["areas"]:
        data = files.get(area.get("file"), b"").ljust(area["pages"] * PAGE, b"\0")
        secinfo = 0x100 if "kind" in area else 0x200 | sum(
            1 << "rwx".index(letter) for letter in area["permissions"])
        for page in range(0, len(data), PAGE):
            steps += b"EADD\0\0\0\0" + struct.pack("<QQ", area["at"] + page, secinfo) + bytes(40)
            for at in range(page, page + PAGE, 256) if area.get("measured", True) else ():
                steps += (b"EEXTEND\0" + struct.pack("<Q", area["at"] + at) + bytes(48)
                          + data[at:at + 256])
    return steps


def main():
    image = firmware()
    for vmm in ("qemu", "ec2", "gce"):
        print("snp", vmm, snp(image, 3, vmm, features=0x21))
    print("snp kernel", snp(image, 1, boot=(b"kernel", b"initrd", "quiet")))
    for memory in (512 << 20, 4 << 30):
        print("hob", memory >> 20, hob(memory).hex())
    print("mrtd", mrtd(image, True), mrtd(image, False))
    print("rtmr0", rtmr0(image, 4 << 30, b"loader", b"rsdp", b"tables"))
    print("authenticode", authenticode(kernel()).hex())
    print("authenticode, patched", authenticode(patched(kernel(), 4 << 30, 5000)).hex())
    print("authenticode, old", authenticode(patched(kernel(0x203, 0), 4 << 30, 5000)).hex())
    print("sgx", hashlib.sha256(stream(LAYOUT, {"code": b"code" * 1500})).hexdigest())
    sections = {".osrel": b"ID=x", ".cmdline": b"quiet", ".linux": b"kernel", ".initrd": b"init"}
    print("pcr11", pcr11(sections, ["enter-initrd", "ready"]).hex())
    print("pcr4", pcr([b"Calling EFI Application from Boot Option", bytes(4)],
                      digests=[hashlib.sha256(i).digest() for i in (b"a", b"b")]).hex())
    print("quote", quote({4: bytes([4] * 32), 11: bytes([11] * 32)}))
    parts = [b"kernel", b"console=ttyS0", b"init", b"first", b"second"]
    for number, content in enumerate((b"".join(parts), b"".join(parts[:3]), b"".join(parts[3:]))):
        print("nitro", number, nitro(content))
    print("nitro 8", nitro(b"certificate"))
    print("snp no initrd", snp(image, 1, boot=(b"kernel", b"", "")))


if __name__ == "__main__":
    main()
