"""The one table that turns codes into statuses and verdicts."""

import json

import pytest

from data.errors import Fault, TiengNoiError
from serving.contracts.errors import ANSWERS, Verdict, answer_for, problem


def tree(kind: type[TiengNoiError] = TiengNoiError) -> list[type[TiengNoiError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in tree(child))]


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_row_that_agrees_with_whose_fault_it_is(kind):
    answer = ANSWERS[kind.code]
    expected = {Fault.CALLER: (Verdict.DROP, 4), Fault.WORLD: (Verdict.RETRY, 5), Fault.OURS: (Verdict.ALARM, 5)}
    assert (answer.verdict, answer.status // 100) == expected[kind.fault]
    assert (answer.retry_after_s is not None) == (kind.fault is Fault.WORLD)


def test_no_row_stands_for_an_error_that_is_gone():
    assert set(ANSWERS) == {kind.code for kind in tree()}


def test_two_errors_never_share_a_code():
    codes = [kind.code for kind in tree()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_a_problem_speaks_both_dialects(kind):
    body = json.loads(json.dumps(problem(kind("what happened", pointer="/field"), instance="/v1/x", trace_id="abc")))
    assert {"type", "title", "status", "detail", "instance", "code", "retryable", "trace_id", "errors", "error"} == set(body)
    assert body["code"] == body["error"]["code"] == kind.code
    assert body["status"] == answer_for(kind()).status
    assert body["error"]["message"] == body["detail"]
    if kind.fault is not Fault.OURS:
        assert body["detail"] == "what happened"
        assert body["errors"] == [{"pointer": "/field", "detail": "what happened"}]
        assert body["error"]["param"] == "field"


def test_our_own_faults_keep_their_details_for_the_log():
    for error in (TiengNoiError("the secret path"), ValueError("the secret path")):
        assert "secret" not in json.dumps(problem(error, instance="/", trace_id="t-1"))
        assert problem(error, instance="/", trace_id="t-1")["status"] == 500
