# SPDX-License-Identifier: Apache-2.0
"""A changed byte, an older state, another image: the run stops and says what failed."""
import glob
import os
import re
import shutil

import pytest
from pipeline import PROBE_WORKFLOW, Probe, native_images
from world import BUILD, copy_tree

COUNT = """
import os
n = int(open('/out/n').read()) + 1 if os.path.exists('/out/n') else 1
open('/out/n', 'w').write(str(n))
open('/out/result', 'w').write('run %d' % n)
"""


@pytest.fixture
def probe(world):
    """A volume that lives as long as its policy: each run goes on from the last one's state."""
    return Probe(world, COUNT, workflow=PROBE_WORKFLOW.replace("lifetime: run",
                                                               "lifetime: policy"))


def flip(path, at=None):
    with open(path, "r+b") as f:
        size = f.seek(0, os.SEEK_END)
        at = size // 2 if at is None else at
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1]))


def flip_superblocks(path):
    """One byte in each slot: which of them the state is in, only the CAS says."""
    for slot in range(32):
        flip(path, slot * 4096 + 100)


def volume_directory(probe):
    """The one below the storage that holds the volume: not the images, not a log."""
    return [d for d in glob.glob(probe.storage + "/*") if os.path.basename(d) != "images"]


def test_each_run_goes_on_from_the_state_before(probe):
    probe.run()
    probe.run()
    assert probe.read() == "run 2"


def test_a_changed_byte_in_a_blob_of_the_image_is_named(probe):
    blobs = sorted(glob.glob(probe.image + "/blobs/sha256/*"), key=os.path.getsize)
    flip(blobs[-1])
    said = probe.world.refused("sh3", *probe.run_words(), code="tampered")
    assert os.path.basename(blobs[-1])[:12] in said


@pytest.mark.parametrize("which", ["superblock", "metadata"])
def test_a_changed_byte_in_the_unpacked_image_stops_the_run(probe, which):
    probe.run()
    files = glob.glob(f"{probe.storage}/images/*/concordat/image/*.data")
    assert files
    for path in files:
        if which == "superblock":
            flip_superblocks(path)
        else:
            # The root node lies at the end of the data and is always read.
            flip(path, os.path.getsize(path) - 40)
    said = probe.world.refused("sh3", *probe.run_words(), code="tampered")
    assert "image" in said


def test_another_runtime_is_another_measurement(probe):
    probe.run()
    for path in glob.glob(f"{probe.storage}/images/*/concordat/runtime"):
        with open(path, "ab") as f:
            f.write(b"\0")
    said = probe.world.command("sh3", *probe.run_words(), status=None)
    assert said.returncode != 0
    assert "error[denied]" in said.stderr or "error[evidence]" in said.stderr, said.stderr


def test_an_image_sealed_with_another_runtime_build_is_refused(probe):
    """Whole and well-formed in itself, sealed by its owner, but not what the policy names."""
    world = probe.world
    runtime, other = world.path("sh1", "other-runtime"), world.path("sh1", "other-sealed")
    shutil.copy(os.path.join(BUILD, "src/runtime/concordat-runtime"), runtime)
    with open(runtime, "ab") as f:
        f.write(b"\0")
    world.run("sh1", "image", "seal", native_images()[0], other, "--name", "sh1/probe", "--service",
              "probe", "--policy", world.path("sh1", "other.yaml"), "--tolerate", "simulation",
              "--volume", "out:/out:sh3/probe", "--runtime", runtime)
    words = [f"probe={other}" if w == f"probe={probe.image}" else w for w in probe.run_words()]
    said = world.command("sh3", *words, status=None)
    assert said.returncode != 0
    assert "error[denied]" in said.stderr or "error[evidence]" in said.stderr, said.stderr
    # What it was refused for is in the log of the CAS, for the one who is not proven learns less.
    assert "measurement" in world.cas.text()


def test_a_changed_byte_in_a_volume_stops_the_run(probe):
    probe.run()
    for directory in volume_directory(probe):
        for path in glob.glob(directory + "/*"):
            flip_superblocks(path)
    said = probe.world.command("sh3", *probe.run_words(), status=None)
    assert said.returncode != 0
    assert "error[tampered]" in said.stderr or "error[stale]" in said.stderr, said.stderr


def test_an_earlier_state_of_a_volume_is_refused(probe):
    probe.run()
    saved = probe.world.path("saved")
    copy_tree(probe.storage, saved)
    probe.run()
    for directory in volume_directory(probe):
        earlier = os.path.join(saved, os.path.basename(directory))
        if os.path.exists(earlier):
            copy_tree(earlier, directory)
    said = probe.world.command("sh3", *probe.run_words(), status=None)
    assert said.returncode != 0
    assert any(f"error[{code}]" in said.stderr for code in ("stale", "tampered", "not-found"))
    # And with its owner's own eyes: the CAS names a state that is not there.
    read = probe.world.command("sh3", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                               probe.storage, status=None)
    assert read.returncode != 0


def test_a_volume_of_another_run_is_refused(world):
    probe = Probe(world, COUNT)
    probe.run()
    first = set(volume_directory(probe))
    run = probe.run()["run"]
    second = set(volume_directory(probe)) - first
    for target in second:
        for source in first:
            shutil.rmtree(target)
            shutil.copytree(source, target)
            break
    done = world.command("sh3", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                         probe.storage, "--run", run, status=None)
    assert done.returncode != 0
    assert any(f"error[{code}]" in done.stderr for code in ("stale", "tampered", "not-found"))


def test_a_changed_digit_in_the_policy_stops_the_run(probe):
    with open(probe.policy_file) as f:
        text = f.read()
    tag = text.split("fspf_tag: ")[1][:64]
    changed = text.replace(tag, tag[:-1] + ("0" if tag[-1] != "0" else "1"))
    probe.world.run("sh1", "policy", "update", probe.world.write("sh1/changed.yaml", changed))
    probe.world.run("sh3", "policy", "update", probe.world.path("sh3", "probe.yaml"))
    said = probe.world.command("sh3", *probe.run_words(), status=None)
    assert said.returncode != 0
    assert "error[stale]" in said.stderr or "error[tampered]" in said.stderr, said.stderr


def test_a_changed_digit_of_the_measurement_stops_the_run(probe):
    with open(probe.policy_file) as f:
        text = f.read()
    changed = text
    # Any of the two is enough, so both name another program: as a number and by its parts.
    for key in ("mrenclaves", "runtime"):
        measured = re.search(key + r":\W+([0-9a-f]{64})", text).group(1)
        changed = changed.replace(measured, measured[:-1] + ("0" if measured[-1] != "0" else "1"))
    probe.world.run("sh1", "policy", "update", probe.world.write("sh1/changed.yaml", changed))
    probe.world.run("sh3", "policy", "update", probe.world.path("sh3", "probe.yaml"))
    said = probe.world.command("sh3", *probe.run_words(), status=None)
    assert said.returncode != 0
    assert "error[denied]" in said.stderr or "error[evidence]" in said.stderr, said.stderr


def test_garbage_instead_of_a_layout_is_an_error_that_says_so(world, tmp_path):
    garbage = tmp_path / "garbage"
    garbage.mkdir()
    (garbage / "index.json").write_bytes(os.urandom(1000))
    (garbage / "oci-layout").write_bytes(os.urandom(100))
    before = sorted(os.listdir(tmp_path))
    done = world.command("sh1", "image", "seal", garbage, tmp_path / "out", "--name", "x",
                         "--policy", tmp_path / "x.yaml", status=None)
    assert done.returncode != 0 and "error[argument]" in done.stderr, done.stderr
    assert sorted(os.listdir(tmp_path)) == before, "something half-written was left"
