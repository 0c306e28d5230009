# SPDX-License-Identifier: Apache-2.0
"""The two example stages as sealed images in a workflow, and as native images, under one runc."""
import json
import os
import re
import shutil
import subprocess
import tarfile
import time

from pipeline import native_images
from tables import SPREAD, spread, table

STAGES = ("input-x", "compute")
VOLUMES = {"input-x": ("vol1",), "compute": ("vol1", "vol2")}
CAPABILITIES = ["CAP_SYS_ADMIN", "CAP_SETPCAP", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE",
                "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_KILL"]
# In the order in which the runtime does them; `attest` without its `evidence`.
PARTS = ("host", "evidence", "channel", "image", "files", "tree", "volumes", "program", "run", "end")
SPAWNS = 20
# Starts python again and again from inside its container, whose python has no json.
SPAWN = f"""
import os, sys, time
times = []
for _ in range({SPAWNS}):
    since = time.monotonic()
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], os.environ), 0)
    times.append((time.monotonic() - since) * 1000)
print(times)
"""
STARTUP = """\
name: sh3/startup
version: "0.3.12"
tolerate: [simulation]
workflow:
  stages:
    - {name: startup, policy: sh1/startup, service: startup}
"""


def blob(layout, digest):
    return os.path.join(layout, "blobs", *digest.split(":"))


def manifest(layout):
    """The manifest and config of a layout's only image."""
    with open(os.path.join(layout, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    with open(blob(layout, index["manifests"][0]["digest"]), encoding="utf-8") as file:
        found = json.load(file)
    with open(blob(layout, found["config"]["digest"]), encoding="utf-8") as file:
        return found, json.load(file)["config"]


def unpack(layout, target):
    """The image's files. Our own images have no whiteouts; one that has is refused."""
    found, config = manifest(layout)
    os.makedirs(target)
    for layer in found["layers"]:
        with tarfile.open(blob(layout, layer["digest"])) as archive:
            if any(os.path.basename(name).startswith(".wh.") for name in archive.getnames()):
                raise SystemExit(f"bench: '{layout}' has whiteouts, which are not unpacked here")
            archive.extractall(target, numeric_owner=True)
    return config


class Containers:
    """runc behind a script that notes when each container starts and ends, for both sides alike."""

    def __init__(self, world):
        self.world, self.logs = world, world.path("container-logs")
        os.makedirs(self.logs)
        self.command = world.write("runc-timed", f"""#!/bin/bash
# The driver removes the logs of complete runs; these stay.
[[ " $* " == *" run "* ]] || exec runc "$@"
log={self.logs}/${{@: -1}}
since=$EPOCHREALTIME
runc "$@" >"$log" 2>&1
status=$?
echo "wall $since $EPOCHREALTIME $status" >>"$log"
exit $status
""")
        os.chmod(self.command, 0o755)

    def take(self):
        """{end of the container's name: (wall in ms, its log)}, forgotten afterwards."""
        found = {}
        for name in os.listdir(self.logs):
            path = os.path.join(self.logs, name)
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            os.unlink(path)
            since, until, status = re.search(r"^wall (\S+) (\S+) (\d+)$", text, re.M).groups()
            if status != "0":
                raise SystemExit(f"bench: container '{name}' ended with {status}:\n{text}")
            found[name.split("-", 2)[-1]] = ((float(until) - float(since)) * 1000, text)
        return found


class Native:
    """The native image of a stage: same runc, same namespaces, capabilities and read-only root."""

    def __init__(self, world, containers, name, layout):
        self.world, self.containers, self.name = world, containers, name
        self.directory = world.path("native", name)
        self.image = unpack(layout, os.path.join(self.directory, "rootfs"))
        self.command = (self.image.get("Entrypoint") or []) + (self.image.get("Cmd") or [])

    def mounts(self, volumes):
        made = [{"destination": "/proc", "type": "proc", "source": "proc",
                 "options": ["nosuid", "noexec", "nodev"]},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                 "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
                {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
                 "options": ["nosuid", "nodev"]}]
        return made + [{"destination": f"/{volume}", "type": "bind",
                        "source": self.world.path("native", volume),
                        "options": ["bind", "nosuid", "nodev", "noexec"]} for volume in volumes]

    def config(self, command, volumes):
        held = {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
        return {"ociVersion": "1.0.2",
                "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": command,
                            "env": self.image.get("Env") or [],
                            "cwd": self.image.get("WorkingDir") or "/",
                            "capabilities": held, "noNewPrivileges": True},
                "root": {"path": os.path.join(self.directory, "rootfs"), "readonly": True},
                "hostname": "native", "mounts": self.mounts(volumes),
                "linux": {"namespaces": [{"type": kind} for kind in
                                         ("pid", "network", "ipc", "uts", "mount")],
                          "resources": {"devices": [{"allow": False, "access": "rwm"}]}}}

    def run(self, command=None, volumes=(), label=None):
        label = label or self.name
        with open(os.path.join(self.directory, "config.json"), "w", encoding="utf-8") as file:
            json.dump(self.config(command or self.command, volumes), file)
        subprocess.run([self.containers.command, "--root", self.world.path("native", "state"),
                        "run", "--bundle", self.directory, f"native-0-{label}"],
                       check=True, stdin=subprocess.DEVNULL)


def steps(log):
    """The parts that a runtime's log tells, in milliseconds."""
    found = {name: float(ms) for name, ms in re.findall(r"step name=(\S+) ms=([0-9.]+)", log)}
    found["channel"] = found["attest"] - found["evidence"]
    return found


class Stages:
    def __init__(self, pipeline):
        self.pipeline, self.world = pipeline, pipeline.world
        self.containers = Containers(self.world)
        self.native = {name: Native(self.world, self.containers, name, layout)
                       for name, layout in zip(STAGES, native_images())}
        self.wall, self.parts = {}, {}

    def note(self, key, value):
        self.wall.setdefault(key, []).append(value)

    def confidential_round(self):
        since = time.monotonic()
        self.pipeline.run("--runtime", self.containers.command)
        self.note(("both", "confidential"), (time.monotonic() - since) * 1000)
        for name, (wall, log) in self.containers.take().items():
            self.note((name, "confidential"), wall)
            found = steps(log)
            for part in PARTS:
                self.parts.setdefault((name, part), []).append(found[part])
            outside = wall - sum(found[part] for part in PARTS)
            self.parts.setdefault((name, "runc"), []).append(outside)

    def native_round(self):
        for volume in ("vol1", "vol2"):
            shutil.rmtree(self.world.path("native", volume), ignore_errors=True)
            os.makedirs(self.world.path("native", volume))
        since = time.monotonic()
        for name in STAGES:
            self.native[name].run(volumes=VOLUMES[name])
        self.note(("both", "native"), (time.monotonic() - since) * 1000)
        self.native["input-x"].run(["/bin/true"], label="true")
        for name, (wall, _) in self.containers.take().items():
            self.note((name, "native"), wall)

    def check(self):
        """Both sides have computed the same, or none of the figures means anything."""
        with open(self.world.path("native", "vol2", "result"), encoding="utf-8") as file:
            native = file.read()
        if self.pipeline.result() != native:
            raise SystemExit("bench: the confidential result is not the native one")

    def measure(self, rounds):
        for number in range(rounds + 1):
            order = [self.confidential_round, self.native_round]
            for side in order if number % 2 == 0 else reversed(order):
                side()
            if number == 0:
                self.wall, self.parts = {}, {}  # images were unpacked, caches filled
        self.check()

    def show(self):
        rows = [[name, side, *spread(self.wall[name, side])] for name in (*STAGES, "both")
                for side in ("native", "confidential")]
        rows.append(["/bin/true", "native", *spread(self.wall["true", "native"])])
        table("stages: wall time of a container, ms", ["stage", "side", *SPREAD], rows)
        table("stages: parts of the confidential container, ms", ["stage", "part", *SPREAD],
              [[name, part, *spread(self.parts[name, part])] for name in STAGES
               for part in ("runc", *PARTS)])


class Startup:
    """Starts of python inside the container, from the sealed root and from the native one."""

    def __init__(self, stages):
        self.stages, self.world = stages, stages.world
        world = self.world
        command = [word for text in ("python3", "-c", SPAWN) for word in ("--command", text)]
        world.run("sh1", "image", "seal", native_images()[0], world.path("sh1/startup-sealed"),
                  "--name", "sh1/startup", "--service", "startup", "--key-file",
                  world.path("sh1/startup.key"), "--policy", world.path("sh1/startup.yaml"),
                  "--tolerate", "simulation", *command)
        world.run("sh1", "policy", "create", world.path("sh1/startup.yaml"))
        world.run("sh3", "policy", "create", world.write("sh3/startup.yaml", STARTUP))
        self.times = {"native": [], "confidential": []}

    def confidential_round(self):
        run = json.loads(self.world.run(
            "sh3", "workflow", "run", "sh3/startup", "--storage", self.stages.pipeline.storage,
            "--platform", self.world.platform_socket, "--output", "json", "--runtime",
            self.stages.containers.command,
            "--image", f"startup={self.world.path('sh1/startup-sealed')}"))
        self.stages.containers.take()
        log = self.world.run("sh3", "workflow", "logs", run["run"], "startup", "--storage",
                             self.stages.pipeline.storage)
        self.times["confidential"].append(json.loads(re.search(r"\[.*\]", log).group()))

    def native_round(self):
        self.stages.native["input-x"].run(["python3", "-c", SPAWN], label="startup")
        _, log = self.stages.containers.take()["startup"]
        self.times["native"].append(json.loads(re.search(r"\[.*\]", log).group()))

    def measure(self, rounds):
        for _ in range(rounds):
            self.confidential_round()
            self.native_round()

    def show(self):
        rows = []
        for side in ("native", "confidential"):
            rows.append(["first in its container", side,
                         *spread([times[0] for times in self.times[side]])])
            rows.append(["the others", side,
                         *spread([ms for times in self.times[side] for ms in times[1:]])])
        table("start of python3 -c pass inside a running container, ms",
              ["which", "side", *SPREAD], rows)
