# SPDX-License-Identifier: Apache-2.0
"""Files that an image brings and a policy's secrets fill in."""
import ast
import secrets
import stat

import pytest
from pipeline import Probe, image_with_file, native_images

PASSWORD = f'canary "{secrets.token_hex(12)}"'
TEMPLATE = b'{"password": "$$SCONE::password|escape(json)$$", "key": "$$SCONE::key:hex$$"}\n'
SCRIPT = """
import os
s = os.stat('/etc/app.conf')
with open('/etc/app.conf') as f:
    text = f.read()
with open('/out/result', 'w') as out:
    out.write(repr((text, s.st_mode, s.st_uid, dict(os.environ))))
"""
SECRETS = f"""\
secrets:
  - {{name: password, kind: ascii, value: '{PASSWORD}'}}
  - {{name: key, kind: binary, value: '00ff'}}
"""


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    return image_with_file(native_images()[0], tmp_path_factory.mktemp("own") / "native",
                           "/etc/app.conf", TEMPLATE)


def with_template(more):
    def edit(policy):
        assert policy.count("    volumes:\n") == 1
        return policy.replace("    volumes:\n", "    injection_files: [/etc/app.conf]\n" + more +
                              "    volumes:\n") + SECRETS
    return edit


@pytest.fixture(scope="module")
def probe(shared_world, native):
    return Probe(shared_world, SCRIPT, native=str(native), edit=with_template(""))


def test_the_program_reads_its_file_with_the_values_in_it(probe):
    probe.run()
    text, mode, uid, environment = ast.literal_eval(probe.read())
    assert text == '{"password": "%s", "key": "00ff"}\n' % PASSWORD.replace('"', '\\"')
    assert stat.S_IMODE(mode) == 0o700 and uid == 0
    # the values came for the runtime: nothing but the file holds them
    assert PASSWORD not in repr(environment)


def test_the_image_is_as_it_was(probe):
    """What is written into the file lies in memory: no layer and no log has it."""
    probe.run()
    for path, content in probe.world.everything_written():
        if path != probe.policy_file and "-volume-cat" not in path:
            assert PASSWORD.encode() not in content, path


def test_a_secret_that_is_not_provided_stops_the_start(world, native):
    probe = Probe(world, SCRIPT, native=str(native),
                  edit=with_template("    provide_secrets: [key]\n"))
    said = probe.world.refused("sh3", *probe.run_words(), code="denied")
    assert "inject '/etc/app.conf'" in said and "'password'" in said
