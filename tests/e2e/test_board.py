# SPDX-License-Identifier: Apache-2.0
"""Three members of a board, two of whom must agree, change a policy by the real commands."""
import json
import subprocess

import pytest

MEMBERS = ("ann", "bob", "cat")
TEXT = """\
version: "0.3.12"
name: {name}
tolerate: [simulation]
board:
  members:
{members}
  rule: {{at_least: 2, of: [ann, bob, cat]}}
{board}
services:
  - name: s
    image_name: i
    command: [run]
    fspf_key: {key}
    fspf_tag: {tag}
    measurements: [{{platform: sgx, runtime: {runtime}, content: {content}}}]
    executions: [{{id: paid, consumer: {name}, maximum: {maximum}}}]
images: [{{name: i}}]
workflow:
  stages: [{{name: only, policy: {name}, service: s}}]
"""


class Board:
    """A policy of ann's with a board of three, in a world of its own name."""

    def __init__(self, world, name, board="  veto: cat"):
        self.world, self.name, self.board = world, name, board
        self.run("ann", "policy", "create", self.text(3), output=False)

    def text(self, maximum, board=None):
        members = "\n".join(f"  - {{name: {who}, key: {self.world.run(who, 'self', 'show').split()[0]}}}"
                            for who in MEMBERS)
        path = self.world.path(f"{self.name}-{maximum}.yaml")
        with open(path, "w") as out:
            out.write(TEXT.format(name=self.name, members=members, board=board or self.board,
                                  maximum=maximum, key="cc" * 32, tag="dd" * 32, runtime="aa" * 32,
                                  content="bb" * 32))
        return path

    def run(self, who, *words, output=True):
        more = ["--output", "json"] if output else []
        text = self.world.run(who, *words, *more)
        return json.loads(text) if output else text

    def propose(self, who, maximum, *words, board=None):
        return self.run(who, "proposal", "create", self.text(maximum, board), *words)

    def digest(self, who, proposal):
        """What a member reads off the last line of what is shown."""
        shown = self.world.run(who, "proposal", "show", proposal["proposal"])
        return shown.strip().splitlines()[-1].split()[-1]

    def approve(self, who, proposal, *words):
        return self.run(who, "proposal", "approve", proposal["proposal"], "--digest",
                        self.digest(who, proposal), *words)

    def maximum(self):
        grants = self.run("ann", "policy", "executions", self.name)["grants"]
        return grants[0]["maximum"]


@pytest.fixture(scope="module")
def members(shared_world):
    for who in (*MEMBERS, "eve"):
        shared_world.trust_cas(who)
    return shared_world


def test_a_limit_is_raised_by_two_of_three(members):
    board = Board(members, "raised")
    shown = board.propose("bob", 5, "--reason", "more was paid")
    assert shown["state"] == "open"
    text = members.run("ann", "proposal", "show", shown["proposal"])
    assert "permits limits: " in text and "5" in text
    assert "needs     2 of (ann, bob, cat): not met" in text
    assert "reason    more was paid" in text
    assert board.approve("ann", shown)["state"] == "open"
    assert board.maximum() == 3
    assert board.approve("cat", shown)["state"] == "applied"
    assert board.maximum() == 5
    listed = board.run("bob", "proposal", "list", "raised")["proposals"]
    assert [p["state"] for p in listed] == ["applied"]


def test_nothing_else_changes_a_policy_with_a_board(members):
    board = Board(members, "guarded")
    path = board.text(5)
    error = members.refused("ann", "policy", "update", path, code="denied")
    assert "concordat proposal create" in error
    members.refused("eve", "proposal", "create", path, code="denied")
    assert board.maximum() == 3


def test_the_proposer_does_not_approve_and_a_stranger_does_not_see(members):
    board = Board(members, "own")
    shown = board.propose("bob", 5)
    proposal = shown["proposal"]
    error = members.refused("bob", "proposal", "approve", proposal, "--digest", shown["digest"],
                            code="denied")
    assert "its own" in error
    members.refused("eve", "proposal", "show", proposal, code="not-found")
    members.refused("eve", "proposal", "approve", proposal, "--digest", shown["digest"],
                    code="not-found")
    members.refused("ann", "proposal", "withdraw", proposal, code="denied")


def test_only_what_was_shown_is_approved(members):
    board = Board(members, "shown")
    first, other = board.propose("bob", 5), board.propose("bob", 50)
    error = members.refused("ann", "proposal", "approve", other["proposal"], "--digest",
                            board.digest("ann", first), code="evidence")
    assert "proposal show" in error


def test_one_key_counts_once(members):
    board = Board(members, "twice")
    shown = board.propose("bob", 5)
    board.approve("ann", shown)
    assert board.approve("ann", shown)["state"] == "open"
    assert board.maximum() == 3


def test_a_veto_ends_it_with_its_reason(members):
    board = Board(members, "vetoed")
    shown = board.propose("bob", 5)
    board.approve("ann", shown)
    ended = board.run("cat", "proposal", "reject", shown["proposal"], "--reason", "no \x1b[2J money")
    assert ended["state"] == "rejected"
    text = members.run("ann", "proposal", "show", shown["proposal"])
    assert "cat has vetoed it: no \\x1b[2J money" in text, "a reason must not move the cursor"
    error = members.refused("ann", "proposal", "approve", shown["proposal"], "--digest",
                            shown["digest"], code="stale")
    assert "vetoed" in error
    assert board.maximum() == 3


def test_a_proposal_about_a_version_that_is_gone_is_a_conflict(members):
    board = Board(members, "moved")
    five, six = board.propose("bob", 5), board.propose("bob", 6)
    for who in ("ann", "cat"):
        board.approve(who, five)
    members.refused("ann", "proposal", "approve", six["proposal"], "--digest", six["digest"],
                    code="conflict")
    status = board.run("ann", "proposal", "status", six["proposal"])
    assert status["state"] == "conflict"


def test_a_board_changes_by_the_rule_of_the_old_board(members):
    guard = "  veto: cat\n  self_approval: true\n  classes: [{class: board, rule: {all: [ann, bob, cat]}}]"
    board = Board(members, "boards", guard)
    shown = board.propose("bob", 3, board="  veto: cat\n  self_approval: true")
    text = members.run("ann", "proposal", "show", shown["proposal"])
    assert "needs     all of (ann, bob, cat): not met" in text
    for who in ("ann", "bob"):
        assert board.approve(who, shown)["state"] == "open"
    assert board.approve("cat", shown)["state"] == "applied"


def test_a_delay_passes_and_then_it_takes_effect(members):
    board = Board(members, "slow", "  delay: 2 seconds")
    shown = board.propose("bob", 5)
    board.approve("ann", shown)
    assert board.approve("cat", shown)["state"] == "accepted"
    assert board.maximum() == 3
    from world import wait_for
    wait_for(lambda: board.maximum() == 5, "the delay has passed, which nobody has to say")
    assert board.run("bob", "proposal", "show", shown["proposal"])["state"] == "applied"


def test_an_emergency_forbids_at_once_and_lapses(members):
    board = Board(members, "emergency", "  emergency: {rule: cat, lapses: 3 seconds}")
    members.refused("cat", "proposal", "create", board.text(5), "--emergency", code="denied")
    shown = board.propose("cat", 1, "--emergency")
    assert board.approve("cat", shown)["state"] == "in-force"
    from world import wait_for
    assert board.maximum() == 1
    wait_for(lambda: board.maximum() == 3, "it lapses, which nobody has to say")
    assert board.run("bob", "proposal", "show", shown["proposal"])["state"] == "lapsed"


def test_a_member_stops_the_services(members):
    board = Board(members, "stopped")
    stop = board.run("cat", "proposal", "stop", "stopped", "--reason", "a leak")
    assert stop["state"] == "in-force"
    error = members.refused("ann", "workflow", "open", "stopped", code="denied")
    assert "stopped" in error
    for who in ("ann", "bob"):
        board.approve(who, stop)
    resume = board.run("ann", "proposal", "resume", "stopped", "--reason", "it was none")
    for who in ("bob", "cat"):
        board.approve(who, resume)
    members.run("ann", "workflow", "open", "stopped")
    members.refused("eve", "proposal", "stop", "stopped", "--reason", "because", code="denied")


def test_a_member_with_a_p384_key_signs_with_its_file(members):
    """The key is no home's: the vote's signature says whose it is, and who may see may carry it."""
    key, public = members.path("p384.pem"), members.path("p384.pub")
    for words in (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", key],
                  ["pkey", "-in", key, "-pubout", "-out", public]):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    with open(public) as f:
        pem = "\n".join("      " + line for line in f.read().strip().splitlines())
    ann = members.run("ann", "self", "show").split()[0]
    path = members.path("p384.yaml")
    for maximum in (3, 4):
        with open(path, "w") as out:
            out.write(f"version: \"0.3.12\"\nname: p384\ntolerate: [simulation]\nsalt: {maximum:032x}\n"
                      f"board:\n  rule: {{all: [ann, token]}}\n  self_approval: true\n  members:\n"
                      f"  - {{name: ann, key: {ann}}}\n  - name: token\n    key: |\n{pem}\n")
        if maximum == 3:
            members.run("ann", "policy", "create", path)
    shown = json.loads(members.run("ann", "proposal", "create", path, "--output", "json"))
    words = ["proposal", "approve", shown["proposal"], "--digest", shown["digest"], "--output", "json"]
    assert json.loads(members.run("ann", *words))["state"] == "open"
    done = json.loads(members.run("ann", *words, "--key", key))
    assert done["state"] == "applied"
    assert [v["member"] for v in done["votes"]] == ["ann", "token"]
