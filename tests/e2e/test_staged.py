# SPDX-License-Identifier: Apache-2.0
"""Volumes in memory: of a stage without /dev/fuse, and of one beside what is mounted."""
import json
import os
import signal
import subprocess

import yaml
from pipeline import Probe
from world import CLI, ROOT, wait_for

LEN, IMAGE, VOLUME = 400000, 256, 1  # bytes; MiB: the example's image has 47 of data

# Grows the volume, and hangs when it finds it grown.
MAKE = f"""
import os, time
assert not os.path.exists('/dev/fuse') and 'fuse' not in open('/proc/mounts').read()
size = os.path.getsize('/out/large') if os.path.exists('/out/large') else 0
with open('/out/large', 'ab') as f:
    f.write(b'x' * {LEN})
    f.flush()
    os.fsync(f.fileno())
while size != 0:
    time.sleep(1)
"""
# Its image is mounted.
USE = f"""
import errno, os
mounts = dict(line.split()[1:3] for line in open('/proc/mounts'))
assert mounts['/'] == 'fuse.concordat' and mounts['/out'] == 'tmpfs'
assert os.path.getsize('/out/large') == {LEN}
try:
    open('/out/new', 'w')
except OSError as e:
    raise SystemExit(e.errno not in (errno.EROFS, errno.EACCES))
raise SystemExit(2)
"""
WORKFLOW = """\
name: sh3/probe
version: "0.3.12"
tolerate: [simulation]
volumes:
  - name: out
    current: commit
    export:
      - to: {session: sh1/probe}
        access: write
workflow:
  stages:
    - {name: probe, policy: sh1/probe, service: probe}
    - {name: use, policy: sh1/probe, service: use}
"""


def edited(text):
    """The sealed service, all in memory, and another one of the same image that reads."""
    policy = yaml.safe_load(text)
    make, = policy["services"]
    image, = policy["images"]
    image["volumes"][0]["staged"] = VOLUME
    use = dict(make, name="use", image_name="use", command=["python3", "-c", USE])
    read = dict(image, name="use", volumes=[dict(image["volumes"][0], access="read")])
    make["staged"] = IMAGE
    return json.dumps(dict(policy, services=[make, use], images=[image, read]))


def words(probe):
    return probe.run_words("--image", f"use={probe.image}", "--without-fuse", "probe")


def kill_second(probe):
    """As a crash of the machine, while the program of a second start has written and hangs."""
    world = probe.world
    earlier = world.runs("sh3")
    driver = subprocess.Popen([CLI, *words(probe)], cwd=ROOT, env=world.env("sh3"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(lambda: "the program runs" in world.stage_log("sh3", "probe", skip=earlier),
                 "the program's start")
        killed, = world.runs("sh3") - earlier
    finally:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
        world.kill_containers("sh3")
    world.run("sh3", "workflow", "abort", killed)


def test_a_staged_output_is_a_staged_input_and_stays_when_what_follows_fails(world):
    probe = Probe(world, MAKE, workflow=WORKFLOW, edit=edited)
    world.run("sh3", *words(probe))
    assert len(probe.read("/large")) == LEN
    kill_second(probe)
    assert len(probe.read("/large")) == LEN
    large = world.write("sh3/filler", "x" * (1 << 20))
    world.run("sh3", "volume", "put", "--storage", probe.storage, "sh3/probe", "out", large, "/filler")
    said = world.command("sh3", *words(probe), status=None).stderr
    assert "the tree needs 1462272 bytes of memory, and may have 1048576" in said
    assert len(probe.read("/large")) == LEN
