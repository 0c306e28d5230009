# SPDX-License-Identifier: Apache-2.0
"""Programs that others wrote, random operations and sudden ends, on a mounted volume.

CONCORDAT_SOAK=N (make soak) does N times as much of what is random.
"""
import os
import random
import shutil
import subprocess
import sys
import time

import fsx
import pytest
from mount import Mount
from world import ROOT

SOAK = int(os.environ.get("CONCORDAT_SOAK", "1"))
# All of stress-ng's class "filesystem" that work on files of one directory.
STRESSORS = """access chdir chmod chown copy-file dentry dir dirdeep dirmany dup fallocate fcntl
    fiemap file-ioctl filename flock fpunch fsize fstat getdent hdd inode-flags io iomix lease link
    locka lockf lockofd mknod open readahead rename seek sendfile symlink sync-file touch utime
    verity xattr mmap""".split()


@pytest.fixture
def mount(tmp_path):
    made = Mount(str(tmp_path / "volume"))
    yield made
    made.close()


# What the runtime has is writeback; both where the difference could matter.
both = pytest.mark.parametrize("volume", ["through", "writeback"], indirect=True)


@pytest.fixture
def volume(mount, request):
    mount.words = [getattr(request, "param", "writeback")]
    return mount.start(*mount.words)


# Random operations.

@both
@pytest.mark.parametrize("seed", range(SOAK))
def test_a_file_is_what_was_written_to_it(volume, seed):
    tried = fsx.File(volume("f"), seed)
    for _ in range(3):
        tried.run(500)
        tried.close()
        volume.restart(*volume.words)
        tried.resume()
    tried.close()
    volume.stop()


@both
@pytest.mark.parametrize("seed", range(SOAK))
def test_a_tree_is_what_the_host_makes_of_the_same_calls(volume, tmp_path, seed):
    os.mkdir(tmp_path / "plain")
    os.mkdir(volume("tree"))
    tried = fsx.Tree(volume("tree"), str(tmp_path / "plain"), seed)
    for _ in range(3):
        tried.run(500)
        volume.restart(*volume.words)
        tried.compare()
    volume.stop()


def test_the_stressors_of_stress_ng_find_nothing_wrong(volume):
    """Groups of them at the same time, on different files of one volume."""
    left = STRESSORS[:]
    random.Random(1).shuffle(left)
    while left:
        group, left = left[:14], left[14:]
        words = [word for name in group for word in (f"--{name}", "1")]
        ran = subprocess.run(["stress-ng", *words, "-t", str(SOAK), "--verify", "--quiet",
                              "--temp-path", volume.path],
                             cwd=os.path.dirname(volume.path), capture_output=True, text=True,
                             timeout=60 + 10 * SOAK)
        assert ran.returncode == 0, f"{group}: {ran.stdout}{ran.stderr}"
    volume.stop()


# Programs, on the volume and on the host.

def shell(command, where):
    ran = subprocess.run(["/bin/sh", "-ec", command], cwd=where, capture_output=True, text=True,
                         env={**os.environ, "TREE": ROOT, "HOME": where, "TZ": "UTC",
                              "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "1000000000"})
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


@pytest.fixture
def sides(volume, tmp_path):
    plain = str(tmp_path / "plain")
    os.mkdir(plain)
    os.mkdir(volume("work"))
    yield volume("work"), plain
    volume.stop()


PROGRAMS = {
    "tar": "tar -C $TREE -cf a.tar src && mkdir t && tar -C t -xf a.tar && "
           "tar -C t --sort=name --mtime=@0 -cf - src | sha256sum",
    "rsync": "rsync -aHAX $TREE/src . && touch src/new && rm -r src/base && "
             "rsync -aHAX --delete --inplace $TREE/src . && rsync -aHAXnci --delete $TREE/src .",
    "git": "git init -q r && cd r && cp -r $TREE/src/base src && git add . && "
           "git -c user.name=t -c user.email=t@example.org commit -qm one "
           "--date=@1000000000 && git checkout -qb other && git mv src source && "
           "git -c user.name=t -c user.email=t@example.org commit -qm two && git checkout -q - && "
           "git merge -q other && git gc -q && git fsck --strict && git status --porcelain && "
           "git rev-parse HEAD^{tree} && cd .. && git clone -q r s && git -C s log --format=%s && "
           "rm -rf r/.git s/.git",
    "sqlite": "for mode in delete truncate wal; do sqlite3 $mode.db \"pragma journal_mode=$mode; "
              "create table t(a integer primary key, b); with recursive c(x) as (select 1 union all "
              "select x+1 from c where x<3000) insert into t select x, hex(x*x) from c; "
              "create index i on t(b); begin; delete from t where a%3=0; commit; begin; "
              "delete from t; rollback; vacuum; pragma integrity_check; "
              "select sum(a), max(b) from t\"; done; "
              "for d in delete truncate wal; do sqlite3 $d.db .dump; done | sha256sum; rm -f *.db*",
    "python": "mkdir p && cp /usr/lib/python3*/[a-d]*.py p && "
              "/usr/bin/python3 -m compileall -q --invalidation-mode checked-hash p && "
              "/usr/bin/python3 -m zipapp -m ast:main -o app.pyz p && "
              "echo 'print(1)' | /usr/bin/python3 app.pyz && rm app.pyz",
    "cc": "cp -r $TREE/src . && for f in src/base/*.c; do "
          "cc -c -D_GNU_SOURCE -DCC_VERSION='\"0\"' -include base/banned.h -Isrc -ffile-prefix-map=$PWD=. -o ${f%.c}.o $f; "
          "done && ar rcD base.a src/base/*.o && ranlib -D base.a && nm base.a | wc -l",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_the_same_as_on_the_host(sides, program):
    mounted, plain = sides
    assert shell(PROGRAMS[program], mounted) == shell(PROGRAMS[program], plain)
    subprocess.run(["diff", "-r", "--no-dereference", mounted, plain], check=True)
    on_volume, on_host = fsx.described(mounted), fsx.described(plain)
    assert on_volume == on_host


# Sudden ends.

PUNCHING = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
print('punching', flush=True)
while True:
    os.pwrite(fd, b'x' * 65536, 0)
    libc.fallocate(fd, 3, ctypes.c_long(4096), ctypes.c_long(8192))
"""


def test_programs_that_are_killed_do_not_stop_the_last_commit(volume):
    """The kernel remembers that the times of their files came to nothing, and says so to syncfs."""
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", PUNCHING, volume("f")],
                              stdout=subprocess.PIPE) as program:
            program.stdout.readline()
            time.sleep(random.uniform(0.01, 0.03))
            program.kill()
    volume.stop()


WORKLOAD = """
import os, sys
path, log = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
i = int(sys.argv[3])
def durable(p):
    fd = os.open(p, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
while True:
    i += 1
    with open(f'{path}/new', 'wb') as f:
        f.write(b'%d ' % i * (i * 7919 % 30000))
    durable(f'{path}/new')
    os.rename(f'{path}/new', f'{path}/{i}')
    if i % 5 == 4:
        os.unlink(f'{path}/{i - 2}')
    durable(path)
    os.write(log, b'%d\\n' % i)
"""


def last_logged(path):
    with open(path, "rb") as log:
        lines = log.read().split(b"\n")[:-1]
    return int(lines[-1]) if lines else 0


def assert_state_of_one_moment(directory, acknowledged):
    """All files up to some number, each whole; one that was promised is there."""
    there = {int(name) for name in os.listdir(directory) if name != "new"}
    newest = max(there, default=0)
    assert newest >= acknowledged
    missing = set(range(1, newest + 1)) - there
    removed = {i - 2 for i in range(1, newest + 1) if i % 5 == 4}
    # the removal that goes with the newest may be of the next commit
    assert missing | {newest - 2} == removed | {newest - 2}
    for i in there:
        with open(os.path.join(directory, str(i)), "rb") as f:
            assert f.read() == b"%d " % i * (i * 7919 % 30000)
    return newest


@pytest.mark.parametrize("words", [["strict", "writeback"], ["relaxed"]], ids=" ".join)
def test_a_volume_that_is_killed_opens_with_all_that_was_promised(mount, tmp_path, words):
    log, chance = tmp_path / "log", random.Random(7)
    log.touch()
    mount.start(*words)
    os.mkdir(mount("d"))
    mount.restart(*words)
    for _ in range(4 * SOAK):
        newest = assert_state_of_one_moment(mount("d"), last_logged(log))
        work = subprocess.Popen([sys.executable, "-c", WORKLOAD, mount("d"), str(log), str(newest)],
                                stderr=subprocess.DEVNULL)
        time.sleep(0.2 + chance.random() * 0.4)
        mount.kill()
        assert work.wait(30) != 0
        mount.start(*words)
    newest = assert_state_of_one_moment(mount("d"), last_logged(log))
    assert newest > 0, "the workload never came to a commit"
    shutil.rmtree(mount("d"))
    mount.restart(*words)
    assert os.listdir(mount.path) == []
    mount.stop()
