"""What a call in a notebook does around its computing: threads, and progress on stderr."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import lit
from lit import api, logs
from lit.errors import InputError
from lit.notebook.computing import computing

QUICK = {"kind": "restart", "epochs": 1, "min_steps": 1, "within": False}


@pytest.fixture(autouse=True)
def as_python_begins(monkeypatch):
    """Without the logging that a job of another test in this process may have left."""
    kept = [one for one in logging.root.handlers if type(one).__module__.startswith("_pytest")]
    level = logging.root.level
    monkeypatch.setattr(logging.root, "handlers", kept)
    logging.root.setLevel(logging.WARNING)
    yield
    logging.root.setLevel(level)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def calls(digits):
    """One of each function, with further arguments."""
    x, y = digits.x[:64], digits.y[:64]

    def code(**more):
        return lit.code_stream(x, y, "linear", learner=QUICK, seeds=[0], classes=10, **more).bits

    def train(**more):
        return lit.train_source(x, y, "linear", [0], epochs=1, min_steps=1, **more).bits

    return code, train


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.usefixtures("two_threads")
def test_a_call_has_one_thread_unless_told_and_gives_back_the_callers(which, calls, monkeypatch):
    """As the workflow's jobs have; with the bits of a caller who has one thread."""
    during, call = [], calls[which]
    tried = api.try_network
    monkeypatch.setattr(
        api, "try_network", lambda *a, **b: during.append(torch.get_num_threads()) or tried(*a, **b)
    )
    plain = call()
    assert (during, torch.get_num_threads()) == ([1], 2)
    call(threads=2)
    assert during == [1, 2]
    torch.set_num_threads(1)
    assert np.array_equal(call(), plain)


@pytest.mark.usefixtures("two_threads")
def test_threads_come_back_after_an_error_and_wrong_numbers_are_refused(calls):
    with pytest.raises(KeyError), computing(1, "here"):
        raise KeyError
    assert torch.get_num_threads() == 2
    for wrong in (0, 1.5, True, "all"):
        for call in calls:
            with pytest.raises(InputError, match="write an integer of at least 1"):
                call(threads=wrong)


def test_only_long_calls_say_how_far_they_are_and_on_stderr(capsys, monkeypatch):
    """Many short loops count as one long call."""
    now = iter(range(0, 1000, 3))
    monkeypatch.setattr(logs, "time", SimpleNamespace(monotonic=lambda: next(now)))
    with computing(1, "here"):
        for name in "abc":
            loop = logs.Progress(name)
            loop.step(1, 2)
    logs.Progress("after").step(1, 2)
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["b"]
    assert logs.progress.handlers == []


def test_a_callers_own_logging_is_left_alone(caplog, capsys, monkeypatch):
    monkeypatch.setattr(logs, "EVERY", -1.0)
    monkeypatch.setattr(logs, "SETTLED", -1.0)
    with caplog.at_level(logging.INFO, logger="lit"), computing(1, "here"):
        logs.Progress("mine").step(1, 2)
    assert caplog.messages[0].startswith("mine: 1 of at most 2")
    assert capsys.readouterr().err == ""
