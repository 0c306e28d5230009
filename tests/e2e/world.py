# SPDX-License-Identifier: Apache-2.0
"""Real processes for end-to-end tests: a platform, witnesses, a CAS, stakeholders.

Everything lives below one directory and ends with the World. Commands run as a
user would run them; their output is kept in <directory>/output for the tests
that search everything a run wrote.
"""
import glob
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CONCORDAT_BUILD", os.path.join(ROOT, "build"))
CLI = os.path.join(BUILD, "src/cli/concordat")
IMAGES = os.environ.get("CONCORDAT_IMAGES", os.path.join(ROOT, "build", "images"))
PATIENCE = 60
ports = []  # the names of those that free_port() gave


class Failed(Exception):
    """A command ended with another status than expected."""


def wait_for(condition, what):
    """What `condition` gives as soon as it is true; tests sleep for nothing else."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen")


def free_port():
    """One that stays free until a daemon takes it, and while it is started anew.

    Below those that the kernel gives to whoever connects, which would take it in the meantime; and of
    this process, by a name that other ones cannot bind and that ends with it.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as text:
        end = int(text.read().split()[0])
    for port in random.sample(range(end // 2, end), 1000):
        name = socket.socket(socket.AF_UNIX)
        with socket.socket() as s:
            try:
                name.bind(f"\0concordat-port-{port}")
                s.bind(("127.0.0.1", port))
            except OSError:
                name.close()
                continue
        ports.append(name)
        return port
    raise AssertionError("there is no free port")


class Process:
    """A daemon: its log is a file, it is ready when a line matches."""

    def __init__(self, world, name, command, ready):
        self.name, self.command, self.ready = name, command, ready
        self.log = os.path.join(world.output, name + ".log")
        self.world = world
        self.start()

    def start(self, wait=True):
        self.skip = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=self.world.env(), cwd=ROOT)
        if wait:
            self.wait_ready()

    def text(self):
        with open(self.log, "rb") as log:
            log.seek(self.skip)
            return log.read().decode(errors="replace")

    def wait_ready(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(self.ready, self.text())
            if found:
                return found
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with {self.process.returncode}:\n{self.text()}")
            time.sleep(0.02)
        raise Failed(f"{self.name} is not ready:\n{self.text()}")

    def wait_end(self):
        return self.process.wait(PATIENCE)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def kill(self):
        """As a crash: no clean-up. The CAS's children end with their parent."""
        self.stop(signal.SIGKILL)


class World:
    def __init__(self, directory, witnesses=("sh1", "sh2", "sh3"), quorum=None, unwitnessed=False,
                 init=(), start=()):
        self.dir, self.init_words, self.start_words = str(directory), init, start
        self.output = os.path.join(self.dir, "output")
        os.makedirs(self.output)
        self.processes = []
        self.count = 0
        self.platform_dir = self.path("platform")
        self.platform_socket = self.path("platform.sock")
        self.run(None, "platform", "init", self.platform_dir)
        self.platform = self.daemon("platform", [CLI, "platform", "run", self.platform_dir,
                                                 "--socket", self.platform_socket], r"ready")
        self.witnesses = {}
        for name in () if unwitnessed else witnesses:
            self.add_witness(name)
        self.quorum = quorum or (len(self.witnesses) // 2 + 1)
        self.cas_dir = self.path("cas")
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.init_cas(unwitnessed)
        self.cas = self.daemon("cas", self.cas_command(), r"ready")

    # places and processes

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def env(self, who=None, **more):
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": self.path("home"), "LANG": "C.UTF-8"}
        if who:
            env["CONCORDAT_HOME"] = self.path(who, "home")
        env.update(more)
        return env

    def daemon(self, name, command, ready):
        process = Process(self, name, command, ready)
        self.processes.append(process)
        return process

    def close(self):
        for process in reversed(self.processes):
            process.stop()

    # commands

    def command(self, who, *words, status=0, env=None, input=None):
        """Run concordat as `who`; the CompletedProcess, its streams as text."""
        self.count += 1
        done = subprocess.run([CLI, *map(str, words)], capture_output=True, text=True, cwd=ROOT,
                              env=self.env(who, **(env or {})), timeout=600, errors="replace",
                              **({"input": input} if input is not None else
                                 {"stdin": subprocess.DEVNULL}))
        name = f"{self.count:04}-{who or 'operator'}-{'-'.join(map(str, words[:2]))}".replace("/", "_")
        with open(os.path.join(self.output, name), "w") as out:
            out.write(done.stdout + done.stderr)
        if status is not None and done.returncode != status:
            raise Failed(f"concordat {' '.join(map(str, words))}: exit {done.returncode}, "
                         f"not {status}\n{done.stdout}\n{done.stderr}")
        return done

    def run(self, who, *words, **more):
        return self.command(who, *words, **more).stdout

    def refused(self, who, *words, code, **more):
        """The command must fail with this stable code; its standard error."""
        done = self.command(who, *words, status=None, **more)
        if done.returncode == 0 or f"error[{code}]" not in done.stderr:
            raise Failed(f"concordat {' '.join(map(str, words))}: expected error[{code}], got exit "
                         f"{done.returncode}\n{done.stdout}\n{done.stderr}")
        assert done.returncode < 100, "a crash is not a refusal"
        return done.stderr

    # the CAS and its witnesses

    def add_witness(self, name):
        directory, port = self.path("witness-" + name), free_port()
        key = self.run(name, "witness", "init", directory, "--name", name + ".example").strip()
        self.witnesses[name] = {"dir": directory, "port": port, "key": key,
                                "url": f"http://127.0.0.1:{port}"}
        return self.witnesses[name]

    def start_witness(self, name):
        w = self.witnesses[name]
        w["process"] = self.daemon("witness-" + name,
                                   [CLI, "witness", "run", w["dir"], "--listen",
                                    f"127.0.0.1:{w['port']}"], r"listening")

    def init_cas(self, unwitnessed):
        words = ["cas", "init", "--dir", self.cas_dir, "--name", "cas.example", "--platform",
                 self.platform_socket, "--simulation", self.platform_dir, "--output", "json"]
        for w in self.witnesses.values():
            words += ["--witness", f"{w['key']}@{w['url']}"]
        words += ["--unwitnessed"] if unwitnessed else ["--quorum", str(self.quorum)]
        words += self.init_words
        self.identity = json.loads(self.run(None, *words))
        for name, w in self.witnesses.items():
            self.run(name, "witness", "add", w["dir"], self.identity["log_key"])
            self.start_witness(name)

    def cas_command(self):
        return [CLI, "cas", "start", "--dir", self.cas_dir, "--listen", self.address, "--platform",
                self.platform_socket, *self.start_words]

    def restart_cas(self, how=signal.SIGTERM):
        self.cas.stop(how)
        self.cas.start()

    def trust_cas(self, who):
        self.run(who, "cas", "attest", self.address, "--cas-key", self.identity["cas_key"],
                 "--simulation", self.platform_dir)

    # containers

    def runs(self, who):
        """Ids of the runs that have not come to their end under a driver."""
        return {os.path.basename(d) for d in glob.glob(self.path(who, "home", "runs", "*"))}

    def stage_log(self, who, stage, skip=()):
        """What the containers of this stage said, in all those runs but the ones to skip."""
        text = ""
        for run in self.runs(who) - set(skip):
            path = self.path(who, "home", "runs", run, stage + ".log")
            if not os.path.exists(path):
                continue
            with open(path) as f:
                text += f.read()
        return text

    def kill_containers(self, who):
        """Those of this world alone: others on the machine run theirs."""
        runc = ["runc", "--root", self.path(who, "home", "containers")]
        listed = subprocess.run([*runc, "list", "--quiet"], capture_output=True, text=True)
        for container in listed.stdout.split():
            subprocess.run([*runc, "delete", "--force", container], check=True)

    # stakeholders

    def key_hash(self, who):
        return self.run(who, "self", "show").strip()

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path

    def everything_written(self, *skip):
        """Every file below the world's directory, as (path, bytes)."""
        for folder, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(folder, name)
                if any(path.startswith(self.path(s)) for s in skip) or not os.path.isfile(path):
                    continue
                with open(path, "rb") as f:
                    yield path, f.read()


def copy_tree(source, target):
    if os.path.exists(target):
        shutil.rmtree(target)
    shutil.copytree(source, target, symlinks=True)
