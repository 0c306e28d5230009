# SPDX-License-Identifier: Apache-2.0
"""The workflow of SH1, SH2 and SH3 in a World: sealed images, three policies, runs."""
import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile

from world import IMAGES, ROOT, World

WORKFLOW = """\
name: sh3/pipeline
version: "0.3.12"
tolerate: [simulation]
access_policy:
  read: [CREATOR]
  update: [CREATOR]
volumes:
  - name: vol1
    lifetime: run
    export:
      - to: {session: sh1/input-x}
        access: write
      - to: {session: sh2/compute}
        access: read
  - name: vol2
    lifetime: run
    export:
      - to: {session: sh2/compute}
        access: write
workflow:
  stages:
    - name: input-x
      policy: sh1/input-x
      service: input-x
    - name: compute
      policy: sh2/compute
      service: compute
"""

NAMESPACE = """\
name: {name}
version: "0.3.12"
access_policy:
  read: [CREATOR]
  update: [CREATOR]
  create_sessions: [CREATOR]
"""


def value_of(directory):
    """What the images there were made with: a demo with another value leaves its own."""
    try:
        with open(os.path.join(directory, "value"), encoding="utf-8") as text:
            return text.read().strip()
    except FileNotFoundError:
        return None


def native_images(value="15"):
    """Layouts of the two native images, made once for all tests of a machine.

    The value 15 is the demo's; another one gets a directory of its own on the same base. Several
    processes run tests at once, of which one makes them.
    """
    with open(IMAGES + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        directory = build_images("15")
        if value != "15":
            directory = build_images(value)
    return os.path.join(directory, "input-x"), os.path.join(directory, "compute")


def build_images(value):
    directory = IMAGES if value == "15" else f"{IMAGES}-{value}"
    if value_of(directory) == value:
        return directory
    if value != "15":
        os.makedirs(directory, exist_ok=True)
        base = os.path.join(directory, "base.tar")
        if not os.path.exists(base):
            os.link(os.path.join(IMAGES, "base.tar"), base)
    subprocess.run(["examples/workflow/build-images", "-v", value, "-d", directory], cwd=ROOT,
                   check=True, stdin=subprocess.DEVNULL)
    return directory


def image_with_file(native, target, path, content):
    """A copy of a native layout with one more layer, which holds one file."""
    def blob(digest):
        return os.path.join(target, "blobs", *digest.split(":"))

    def add(media, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        with open(blob(digest), "wb") as f:
            f.write(data)
        return {"mediaType": media, "digest": digest, "size": len(data)}

    def read(file):
        with open(file, "rb") as f:
            return json.loads(f.read())

    shutil.copytree(native, target)
    index = read(os.path.join(target, "index.json"))
    manifest = read(blob(index["manifests"][0]["digest"]))
    config = read(blob(manifest["config"]["digest"]))
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(content), 0o644
        tar.addfile(entry, io.BytesIO(content))
    manifest["layers"].append(add("application/vnd.oci.image.layer.v1.tar", layer.getvalue()))
    config["rootfs"]["diff_ids"].append(manifest["layers"][-1]["digest"])
    config["history"].append({"created_by": "a test"})
    manifest["config"] = add(manifest["config"]["mediaType"], json.dumps(config).encode())
    index["manifests"][0].update(add(index["manifests"][0]["mediaType"],
                                     json.dumps(manifest).encode()))
    with open(os.path.join(target, "index.json"), "w") as f:
        json.dump(index, f)
    return target


class Pipeline:
    """The three parties' doings; `maximum` is what SH3 has paid for.

    `program` is Python that SH1's service runs instead of its image's command.
    """

    def __init__(self, world: World, maximum=3, executions=True, workflow=WORKFLOW, value="15",
                 program=None):
        self.world, self.maximum, self.executions = world, maximum, executions
        self.storage = world.path("storage")
        for who in ("sh1", "sh2", "sh3"):
            world.trust_cas(who)
            world.run(who, "policy", "create", world.write(f"{who}/namespace.yaml",
                                                           NAMESPACE.format(name=who)))
        self.seal("sh1", "input-x", native_images(value)[0], "vol1:/vol1:sh3/pipeline",
                  executions=executions, program=program)
        self.seal("sh2", "compute", native_images(value)[1], "vol1:/vol1:sh3/pipeline",
                  "vol2:/vol2:sh3/pipeline")
        for who, service in (("sh1", "input-x"), ("sh2", "compute")):
            world.run(who, "policy", "create", self.policy_file(who, service))
        self.workflow_file = world.write("sh3/pipeline.yaml", workflow)
        world.run("sh3", "policy", "create", self.workflow_file)

    def image(self, who, service):
        return self.world.path(who, service + "-sealed")

    def policy_file(self, who, service):
        return self.world.path(who, service + ".yaml")

    def seal(self, who, service, native, *volumes, executions=False, force=False, program=None):
        words = ["image", "seal", native, self.image(who, service), "--name", f"{who}/{service}",
                 "--service", service, "--key-file", self.world.path(who, service + ".key"),
                 "--policy", self.policy_file(who, service), "--tolerate", "simulation"]
        for volume in volumes:
            words += ["--volume", volume]
        if executions:
            words += ["--executions", f"sh3/pipeline:{self.maximum}"]
        if force:
            words += ["--force"]
        if program:
            words += ["--command", "python3", "--command=-c", f"--command={program}"]
        return self.world.run(who, *words)

    def run_words(self, *more):
        return ["workflow", "run", "sh3/pipeline", "--storage", self.storage, "--platform",
                self.world.platform_socket, "--image", f"input-x={self.image('sh1', 'input-x')}",
                "--image", f"compute={self.image('sh2', 'compute')}", *more]

    def run(self, *more, who="sh3"):
        done = self.world.command(who, *self.run_words("--output", "json", *more))
        return json.loads(done.stdout)

    def result(self, *more, who="sh3"):
        return self.world.run(who, "volume", "cat", "sh3/pipeline", "vol2", "/result", "--storage",
                              self.storage, *more)


PROBE_WORKFLOW = """\
name: sh3/probe
version: "0.3.12"
tolerate: [simulation]
volumes:
  - name: out
    lifetime: run
    export:
      - to: {session: sh1/probe}
        access: write
workflow:
  stages:
    - {name: probe, policy: sh1/probe, service: probe}
"""


class Probe:
    """One stage of SH1 that runs a Python text of the test and writes to SH3's volume.

    `edit` is given the text of the policy that sealing wrote and gives the one to create.
    """

    def __init__(self, world: World, script, *options, workflow=PROBE_WORKFLOW, native=None,
                 edit=None):
        self.world, self.storage = world, world.path("storage")
        self.image = world.path("sh1", "probe-sealed")
        for who in ("sh1", "sh3"):
            world.trust_cas(who)
            world.run(who, "policy", "create", world.write(f"{who}/namespace.yaml",
                                                           NAMESPACE.format(name=who)))
        words = ["--command", "python3", "--command=-c", f"--command={script}"]
        self.policy_file = world.path("sh1", "probe.yaml")
        world.run("sh1", "image", "seal", native or native_images()[0], self.image, "--name",
                  "sh1/probe", "--service", "probe", "--policy", self.policy_file, "--tolerate", "simulation",
                  "--volume", "out:/out:sh3/probe", *words, *options)
        if edit:
            with open(self.policy_file) as f:
                text = edit(f.read())
            with open(self.policy_file, "w") as f:
                f.write(text)
        world.run("sh1", "policy", "create", self.policy_file)
        world.run("sh3", "policy", "create", world.write("sh3/probe.yaml", workflow))

    def run_words(self, *more):
        return ["workflow", "run", "sh3/probe", "--storage", self.storage, "--platform",
                self.world.platform_socket, "--image", f"probe={self.image}", "--output", "json", *more]

    def run(self, *more):
        return json.loads(self.world.run("sh3", *self.run_words(*more)))

    def read(self, path="/result", *more):
        return self.world.run("sh3", "volume", "cat", "sh3/probe", "out", path, "--storage",
                              self.storage, *more)
