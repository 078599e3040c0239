"""Requests from a process of their own."""

import pytest
import yaml

from volcheck.contract import load_contract
from volcheck.generation.beside import Beside, NotGenerated
from volcheck.generation.maker import Maker
from volcheck.generation.request import Brief


@pytest.fixture(scope="module")
def beside():
    source = Beside(Brief(seed=5))
    source.load()
    yield source
    source.close()


def test_it_gives_what_the_maker_makes(beside):
    maker = Maker(Brief(seed=5))
    for kind in ("positive", "negative"):
        for operation in maker.operations(kind):
            here, there = [], []
            maker.play(kind, operation, here.append)
            beside.play(kind, operation, there.append)
            assert there == here, (kind, operation)


def test_it_sends_the_rest_when_one_has_failed(beside):
    sent = []

    def send(request):
        sent.append(request)
        if len(sent) == 1:
            raise AssertionError("the first")

    with pytest.raises(AssertionError, match="the first"):
        beside.play("negative", "createVolume", send)
    assert len(sent) > 10


def test_it_tells_all_that_failed(beside):
    def send(request):
        raise AssertionError(request.path)

    with pytest.raises(ExceptionGroup) as caught:
        beside.play("positive", "listVolumes", send)
    assert len(caught.value.exceptions) > 5


def test_an_error_that_is_no_failed_demand_ends_it(beside):
    sent = []

    def send(request):
        sent.append(request)
        raise LookupError("broken")

    with pytest.raises(LookupError):
        beside.play("positive", "listVolumes", send)
    assert len(sent) == 1


def test_a_process_that_ends_early_is_told_in_one_sentence(tmp_path):
    source = Beside(Brief(openapi=str(tmp_path / "none.yaml")))
    with pytest.raises(NotGenerated, match=r"none\.yaml") as caught:
        source.load()
    assert "\n" not in str(caught.value)
    source.close()


def test_a_killed_process_is_told_in_one_sentence():
    source = Beside(Brief())
    source._process.kill()
    with pytest.raises(NotGenerated, match="ended with code -9"):
        source.play("positive", "listVolumes", print)
    source.close()


def test_one_operation_that_is_not_fit_leaves_the_others(tmp_path):
    document = yaml.safe_load((load_contract().spec_dir / "openapi.yaml").read_text())
    document["paths"]["/{projectId}/types"]["get"].setdefault("parameters", []).append(
        {"name": "X-Odd", "in": "header", "required": True, "schema": {"type": "string"}, "example": "a\nb"}
    )
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    source = Beside(Brief(openapi=str(file)))
    with pytest.raises(NotGenerated, match="listVolumeTypes"):
        source.play("positive", "listVolumeTypes", print)
    sent = []
    source.play("positive", "showVolume", sent.append)
    assert len(sent) == 1
    source.close()
