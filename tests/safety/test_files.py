"""Files that users hand over are data: nothing in them is executed, and none can fill the memory."""

import json
import time

import pytest

from volcheck.contract.yamlfile import MAX_BYTES, read_yaml
from volcheck.errors import UsageError
from volcheck.results.files import read_json
from volcheck.results.waivers import read_waivers

LAUGHS = "a: &a [lol, lol]\n" + "\n".join(
    f"b{n}: &b{n} [*b{n - 1}, *b{n - 1}]" for n in range(1, 60)
).replace("*b0", "*a")


@pytest.mark.parametrize("read", [read_yaml, read_waivers])
@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "a: &a 1\nb: *a\n",
        "a: &a {x: 1}\nb:\n  <<: *a\n",
        "x: !!python/object/apply:os.system ['touch executed']\n",
        "x: !!python/object/new:subprocess.Popen [['touch', 'executed']]\n",
        "x: !!python/name:os.system\n",
        "x: !include other.yaml\n",
        "[" * 5000 + "]" * 5000,
        "{a: " * 5000 + "1" + "}" * 5000,
        "a: 1\na: 2\n",
        "a: 1\n---\nb: 2\n",
        "? [a, b]\n: 1\n",
        "x" * (MAX_BYTES + 1),
        "a: \x00",
        "%YAML 9.9\n---\na: 1\n",
    ],
    ids=[
        "laughs", "alias", "merge", "apply", "new", "name", "include", "deep list", "deep map",
        "twice", "two documents", "key", "size", "null byte", "version",
    ],
)  # fmt: skip
def test_yaml_is_read_as_data_or_refused_in_one_sentence(tmp_path, monkeypatch, read, text):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "given.yaml"
    file.write_text(text)
    began = time.monotonic()
    with pytest.raises(UsageError) as refusal:
        read(file)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert time.monotonic() - began < 5
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, "9" * 100_000, "\x00", '{"a": ', "{" * 3], ids=["deep", "digits", "null", "cut", "braces"],
)  # fmt: skip
def test_json_is_read_as_data_or_refused_in_one_sentence(tmp_path, text):
    file = tmp_path / "result.json"
    file.write_text(text)
    with pytest.raises(UsageError) as refusal:
        read_json(file, "result")
    assert "\n" not in str(refusal.value)


def test_json_beyond_the_limit_is_not_read(tmp_path):
    file = tmp_path / "result.json"
    file.write_text(json.dumps("x" * 2000))
    with pytest.raises(UsageError, match="more than a result can have"):
        read_json(file, "result", limit=1000)
