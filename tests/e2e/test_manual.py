# SPDX-License-Identifier: Apache-2.0
"""What policy(5) shows is accepted by the commands that it names; what they say of themselves."""
import os
import re
import subprocess

import pytest

from world import CLI, ROOT


def examples():
    """The texts of the section, as a reader sees them."""
    with open(os.path.join(ROOT, "man/policy.5"), encoding="utf-8") as page:
        section = page.read().split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    blocks = re.findall(r"\.Bd -literal[^\n]*\n(.*?)^\.Ed$", section, re.S | re.M)
    return [block.replace("\\e", "\\") for block in blocks]


def concordat(*words):
    return subprocess.run([CLI, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def study(tmp_path):
    """The worked example and the change that the page makes in it."""
    text = next(one for one in examples() if "name: trial/study" in one)
    changed = text.replace("maximum: 3", "maximum: 5").replace("\n        access: read\n",
                                                              "\n        access: write\n")
    assert text.count("maximum: 3") == 1 and changed.count("access: write") == 1
    (tmp_path / "study.yaml").write_text(text)
    (tmp_path / "new.yaml").write_text(changed)
    return tmp_path


def test_every_policy_of_the_manual_is_accepted(tmp_path):
    policies = [one for one in examples() if one.startswith("version:")]
    assert len(policies) >= 3
    for text in policies:
        path = tmp_path / "policy.yaml"
        path.write_text(text)
        done = concordat("policy", "check", str(path))
        assert done.returncode == 0, text + done.stderr


def test_the_worked_example_keeps_to_the_best_practices(study):
    checked = concordat("policy", "check", "--fail-on-warning", str(study / "study.yaml"))
    assert checked.returncode == 0, checked.stderr
    linted = concordat("policy", "lint", str(study / "study.yaml"))
    # "All of three" includes whoever proposes, as the page says.
    assert ": self-approval: " in linted.stdout, linted.stdout
    assert linted.stdout.endswith("1 findings\n"), linted.stdout


def test_the_worked_example_has_the_effects_that_are_shown(study):
    done = concordat("policy", "diff", str(study / "study.yaml"), str(study / "new.yaml"))
    said = " ".join(done.stdout.split())
    shown = " ".join(next(one for one in examples() if one.startswith("permits ")).split())
    assert said.endswith("effects, hash " + said.split()[-1]) and "2 effects" in said
    at = 0
    for part in shown.split("..."):
        part = part.strip()
        assert part in said[at:], f"'{part}' is not in: {said[at:]}"
        at = said.index(part, at) + len(part)


@pytest.mark.parametrize("words", [("measure", "--help"), ("measure", "-h"), ("help", "measure")])
def test_the_first_word_of_several_commands_lists_those(words):
    said = concordat(*words)
    assert said.returncode == 0 and said.stdout.startswith("usage: concordat measure COMMAND")
    listed = re.findall(r"^  (\w+) ", said.stdout, re.M)
    assert len(listed) > 1 and set(listed) == {"measure"}


def test_a_first_word_alone_says_how_to_go_on():
    said = concordat("measure")
    assert said.returncode != 0
    assert "'measure' begins several commands" in said.stderr
    assert "'concordat measure --help' lists those of 'measure'" in said.stderr
    said = concordat("measure", "the-weather")
    assert "there is no command 'measure the-weather'" in said.stderr
