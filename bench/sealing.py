# SPDX-License-Identifier: Apache-2.0
"""Sealing the native input-x image: time, rate, and what the sealed form is bigger by."""
import os
import time

from pipeline import native_images
from tables import SPREAD, spread, table


def size_of(directory):
    """Bytes of all regular files below; a file with several names counts once."""
    seen, total = set(), 0
    for folder, _, names in os.walk(directory):
        for name in names:
            found = os.lstat(os.path.join(folder, name))
            if os.path.islink(os.path.join(folder, name)) or found.st_ino in seen:
                continue
            seen.add(found.st_ino)
            total += found.st_size
    return total


class Sealing:
    def __init__(self, world, native_root):
        self.world, self.native = world, native_images()[0]
        self.plain = size_of(native_root)
        self.times = {"seal": [], "measure": []}

    def seal(self, number):
        target = self.world.path("sealing", str(number))
        since = time.monotonic()
        self.world.run("sh1", "image", "seal", self.native, target, "--name", "sh1/sealing",
                       "--key-file", target + ".key", "--policy", target + ".yaml")
        self.times["seal"].append(time.monotonic() - since)
        return target

    def measure_once(self):
        since = time.monotonic()
        self.world.run("sh1", "image", "measure", self.native)
        self.times["measure"].append(time.monotonic() - since)

    def measure(self, rounds):
        os.makedirs(self.world.path("sealing"))
        for number in range(rounds):
            target = self.seal(number)
            self.measure_once()
        self.sealed = size_of(target)

    def show(self):
        mib = self.plain / 2**20
        rows = []
        for name in ("seal", "measure"):
            rows.append([f"image {name}, s", *spread(self.times[name])])
            rows.append([f"image {name}, MiB/s of plaintext",
                         *spread([mib / seconds for seconds in self.times[name]])])
        table("sealing: one image", ["what", *SPREAD], rows)
        sizes = [("plaintext of its files", self.plain), ("native layout (gzip)",
                                                         size_of(self.native)),
                 ("sealed layout", self.sealed)]
        table("sealing: sizes, MiB", ["what", "MiB"],
              [[text, f"{size / 2**20:.1f}"] for text, size in sizes])
