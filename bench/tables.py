# SPDX-License-Identifier: Apache-2.0
"""What was measured, as Markdown: medians with their spread, no verdicts."""
import math
import os
import platform
import ssl
import statistics
import subprocess


def number(value):
    """Three digits that matter."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def spread(values):
    return [number(min(values)), number(statistics.median(values)), number(max(values)),
            str(len(values))]


SPREAD = ["min", "median", "max", "n"]


def percentile(values, share):
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def latency(values):
    return [number(min(values)), number(percentile(values, 0.5)), number(percentile(values, 0.99)),
            number(max(values)), str(len(values))]


LATENCY = ["min", "p50", "p99", "max", "n"]


def table(title, head, rows):
    """Print a table; the first column is text, the others are numbers."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(3, *(len(row[i]) for row in [head, *rows])) for i in range(len(head))]

    def line(cells):
        first, *others = zip(cells, widths)
        padded = [first[0].ljust(first[1])] + [text.rjust(width) for text, width in others]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    print(f"\n**{title}**\n")
    print("\n".join([line(head), "| " + " | ".join(rule) + " |", *map(line, rows)]), flush=True)


def first_line(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "not known"
    return (done.stdout.splitlines() or ["not known"])[0]


def field(path, name):
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            if text.startswith(name):
                return text.split(":", 1)[1].strip()
    return "not known"


def load():
    return " ".join(number(value) for value in os.getloadavg())


def machine(root, work):
    """What the figures depend on."""
    openssl = first_line("openssl", "version")
    rows = [
        ("processor", f"{os.cpu_count()} x {field('/proc/cpuinfo', 'model name')}"),
        ("memory", f"{int(field('/proc/meminfo', 'MemTotal').split()[0]) // 1024} MiB"),
        ("virtualised by", first_line("systemd-detect-virt", "--vm")),
        ("kernel", platform.release()),
        ("file system of volumes", first_line("stat", "--file-system", "--format=%T", work)),
        ("OCI runtime", first_line("runc", "--version")),
        ("TLS and signatures", openssl),
        ("python of the bench", f"{platform.python_version()}, {ssl.OPENSSL_VERSION}"),
        ("compiler", first_line("cc", "--version")),
        ("Concordat", first_line("git", "-C", root, "describe", "--always", "--dirty")),
        ("platform", "SIMULATION of sgx: nothing of this was measured in an enclave"),
        ("load average at the start", load()),
    ]
    table("machine", ["what", "which"], rows)
