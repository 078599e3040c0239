"""What a demand says when it is not met, and when it must not speak at all."""

import pytest

from volcheck.exchange import Exchange, Request, Response
from volcheck.gateway.errors import Blocked, BudgetExhausted
from volcheck.run.api import Api
from volcheck.run.demand import Demand, RequirementFailed, refused_by_quota, same, shorten
from volcheck.tag import SLOT


def exchange(status=200, body="{}", error=None, retry_after=""):
    request = Request("GET", "http://h/v2/p/volumes", "/p/volumes", (), {}, None)
    headers = {"content-type": "application/json", "retry-after": retry_after}
    response = Response(status, "", headers, body) if error is None else None
    return Exchange(1, "listVolumes", request, response, error, 0.01, 0.0)


@pytest.fixture
def demand():
    reached = []
    made = Demand(lambda: reached.append(1))
    made.count = reached
    return made


def test_a_demand_that_holds_counts(demand):
    demand.equal({"a": [1]}, {"a": [1]}, "they differ")
    assert len(demand.count) == 1


@pytest.mark.parametrize(("got", "expected"), [(1, True), (1, 1.0), (None, False), ("1", 1), ([1], (2,))])
def test_values_are_equal_only_with_their_json_type(demand, got, expected):
    assert not same(got, expected)
    with pytest.raises(RequirementFailed) as failed:
        demand.equal(got, expected, "the field differs")
    assert "the field differs" in str(failed.value)
    assert failed.value.expected != "" != failed.value.got


def test_a_refusal_with_another_status_names_both(demand):
    with pytest.raises(RequirementFailed) as failed:
        demand.refused(exchange(200, '{"volumes": []}'), 400, 404, what="the size 0")
    assert failed.value.expected == "400 or 404"
    assert failed.value.got.startswith("200 ")
    assert failed.value.exchange is not None


@pytest.mark.parametrize(
    "busy",
    [
        exchange(503),
        exchange(429),
        exchange(413, retry_after="7"),
        exchange(error="the connection was refused"),
    ],
)
def test_no_answer_and_a_busy_endpoint_block_instead_of_failing(demand, busy):
    with pytest.raises(Blocked):
        demand.status(busy, 200)
    assert demand.count == []


def test_a_missing_key_fails_with_the_answer(demand):
    with pytest.raises(RequirementFailed) as failed:
        demand.body(exchange(200, '{"volume": {}}'), "volumes")
    assert "'volumes'" in str(failed.value)


def test_long_texts_are_cut_in_the_middle():
    assert shorten("a" * 100 + "z", 21) == "a" * 9 + " … " + "a" * 8 + "z"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"size": 1}, "name"),
        ({"name": None}, "description"),
        ({"name": "n", "description": "d"}, "metadata"),
        ({"name": f"{SLOT} mine", "description": "d", "metadata": {}}, "name"),
        ({"name": "volcheck-x mine"}, "description"),
    ],
)
def test_whatever_is_made_carries_the_tag(fields, place):
    tagged = Api(None, "volcheck-x").tagged("volume", fields)
    assert "volcheck-x-" in str(tagged.pop(place))
    assert tagged == {key: value for key, value in fields.items() if key != place}


def test_a_test_that_leaves_no_place_for_the_tag_is_told_so():
    with pytest.raises(ValueError, match="leave a place"):
        Api(None, "volcheck-x").tagged("volume", {"name": "n", "description": "d", "metadata": {}})


def test_what_is_no_object_is_left_alone():
    assert Api(None, "volcheck-x").tagged("volume", [1]) == [1]


def creation(status, body="{}", method="POST", **headers):
    request = Request(method, "http://h/v2/p/volumes", "/p/volumes", (), {}, "{}")
    named = {"content-type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}
    return Exchange(1, "createVolume", request, Response(status, "", named, body), None, 0.01, 0.0)


QUOTA = '{"forbidden": {"code": 403, "message": "Quota exceeded for volumes"}}'


@pytest.mark.parametrize(
    "refusal",
    [creation(413), creation(413, retry_after="0"), creation(403, QUOTA)],
    ids=["413", "0 s", "403"],
)
def test_a_quota_that_is_used_up_fails_no_demand(demand, refusal):
    for ask in (
        lambda: demand.status(refusal, 202),
        lambda: demand.body(refusal, "volume"),
        lambda: demand.accepted(refusal, what="a volume"),
    ):
        with pytest.raises(BudgetExhausted, match="the project's quota is used up"):
            ask()


@pytest.mark.parametrize(
    "refusal",
    [creation(403), creation(400, QUOTA), creation(413, method="GET"), creation(500, QUOTA)],
    ids=["403 for another reason", "400", "no creation", "500"],
)
def test_other_refusals_fail_a_demand(demand, refusal):
    with pytest.raises(RequirementFailed):
        demand.status(refusal, 202)


def test_a_refusal_by_the_quota_that_is_demanded_is_met(demand):
    demand.refused(creation(413), 413, what="a volume beyond the quota")


@pytest.mark.parametrize(("seconds", "refused"), [("0", True), ("5", False)])
def test_a_413_that_names_a_time_is_a_rate_limit(seconds, refused):
    assert refused_by_quota(creation(413, retry_after=seconds)) is refused
