# SPDX-License-Identifier: Apache-2.0
"""A volume that a test mounts, with a CAS that is a file: tests/volume/mounted.c."""
import os
import subprocess

from world import BUILD

MOUNTED = os.path.join(BUILD, "src/volumed/mounted")


class Mount:
    """A volume below `directory`: its storage, its state, and where it is mounted."""

    def __init__(self, directory):
        self.store = os.path.join(directory, "store")
        self.path = os.path.join(directory, "mnt")
        self.state = os.path.join(directory, "state")
        self.serving = None
        os.makedirs(self.path)

    def start(self, *words):
        self.serving = subprocess.Popen([MOUNTED, self.store, self.path, self.state, *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = self.serving.stdout.readline()
        assert said == "ready\n", f"the volume does not open: {said}"
        return self

    def stop(self):
        """Unmount, with a last commit."""
        serving, self.serving = self.serving, None
        serving.stdin.close()
        serving.stdout.close()
        assert serving.wait(60) == 0

    def restart(self, *words):
        self.stop()
        return self.start(*words)

    def kill(self):
        """Like a machine that loses its power; what programs see afterwards is no file system."""
        serving, self.serving = self.serving, None
        serving.kill()
        serving.wait()
        serving.stdin.close()
        serving.stdout.close()
        subprocess.run(["umount", "-l", self.path], check=True)

    def close(self):
        if self.serving is not None:
            self.kill()

    def __call__(self, *names):
        return os.path.join(self.path, *names)
