# SPDX-License-Identifier: Apache-2.0
"""tests/mutate over a project of two files: what counts as killed, and what does not."""
import os
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = {
    "meson.build": """\
project('small', 'c')
lib = static_library('small', 'limit.c', 'other.c')
foreach name : ['limit', 'other']
  test(name, executable('test_' + name, 'test_' + name + '.c', link_with : lib))
endforeach
test('alone', executable('test_alone', 'test_alone.c'))
""",
    "limit.h": "#define LIMIT 3\nint within(int n);\n",
    "limit.c": '#include "limit.h"\nint within(int n)\n{\n\treturn n <= LIMIT;\n}\n',
    "other.c": "int other(void);\nint other(void)\n{\n\treturn 0;\n}\n",
    "test_limit.c": '#include "limit.h"\nint main(void)\n{\n\treturn within(4) != 0;\n}\n',
    "test_other.c": "int other(void);\nint main(void)\n{\n\treturn other();\n}\n",
    "test_alone.c": "int main(void)\n{\n\tint unread = 3;\n\n\t(void)unread;\n\treturn 0;\n}\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("mutate")
    (root / "tests").mkdir()
    shutil.copy2(os.path.join(ROOT, "tests", "mutate"), root / "tests" / "mutate")
    for name, text in FILES.items():
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def mutate(project, *rows):
    """The exit status, the verdicts by the rows' names, and all that was said."""
    table = project / "tests" / "mutations.tsv"
    table.write_text("".join("\t".join(row) + "\n" for row in rows))
    done = subprocess.run([project / "tests" / "mutate"], capture_output=True, text=True)
    verdicts = {name: line for name, *_ in rows for line in done.stdout.splitlines()
                if f" {name}  (" in line or line.startswith(f"{name}:")}
    return done.returncode, verdicts, done.stdout + done.stderr


def test_a_mutant_is_killed_by_a_test_that_fails(project):
    code, found, said = mutate(
        project,
        ("in the file", "limit.c", "n <= LIMIT", "n < 100", "limit"),
        ("in its header", "limit.h", "LIMIT 3", "LIMIT 4", "limit"),
        ("by its second test", "limit.c", "n <= LIMIT", "1", "other limit"),
        ("by a crash", "other.c", "return 0;", "__builtin_trap();", "other"))
    assert code == 0, said
    assert all(line.startswith("killed ") for line in found.values()), said
    assert len(found) == 4
    assert said.endswith("4 passed, 0 failed\n")


def test_nothing_else_is_a_kill(project):
    rows = {
        "another's file": ("other.c", "return 0", "return 1", "alone"),
        "survives": ("test_alone.c", "3", "4", "alone"),
        "no longer applies": ("limit.c", "n >= LIMIT", "1", "limit"),
        "stands twice": ("limit.c", "it", "at", "limit"),
        "no program": ("limit.c", "return", "no_such_word", "limit"),
        "does not link": ("limit.c", "int within", "int without", "limit"),
        "no such test": ("limit.c", "n <= LIMIT", "1", "limits"),
    }
    code, _, said = mutate(project, *((name, *row) for name, row in rows.items()))
    assert code == 1
    assert "killed" not in said
    for words in ("SURVIVED", "its text stands 0 times", "its text stands 2 times",
                  "it does not build", "undefined reference", "there is no test 'limits'",
                  "'alone' is not made from other.c"):
        assert words in said, said
    assert said.endswith("0 passed, 7 failed\n")


def test_a_test_that_fails_already_judges_nothing(project):
    whole = (project / "limit.c").read_text()
    (project / "limit.c").write_text(whole.replace("n <= LIMIT", "1"))
    try:
        code, _, said = mutate(project, ("a", "limit.c", "return", "return !", "limit"))
    finally:
        (project / "limit.c").write_text(whole)
    assert code == 1
    assert "without a mutation" in said and "killed" not in said.replace("limit: killed", "")
