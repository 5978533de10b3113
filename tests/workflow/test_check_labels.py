"""What learners, sequences and models cannot take is refused before anything is trained."""

import numpy as np
import pytest
import torch

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.networks.features import extract_features
from lit.workflow.check_labels import check_labels
from lit.workflow.check_rows import check_rows

TOKENS = Dataset(
    np.zeros((4, 3), np.int32), np.ones((4, 3), np.int64), 5, None, "", (), 5, True, "a"
)
ONE = Dataset(np.zeros((4, 3), np.float32), np.arange(4) % 2, 2)
TAGS = Dataset(np.zeros((4, 3), np.float32), np.ones((4, 2), np.int64), 2)
TAKES = {"replay": "any", "readout": "one", "counts": "each"}
MODELS = {"mlp": {"kind": "mlp", "hidden": [4]}}


def row(target, learner="replay", **more):
    one = {"arm": "a", "target": target, "learner": learner, "model": "mlp", "labels": None}
    return one | {"before": [], "source_dataset": target, "source_labels": None, "n": 0} | more


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (row("tokens", "replay+readout"), "arm 'a': learner 'readout' takes one label an example"),
        (row("one", "counts"), "'counts' takes tokens with a label each, which 'one' does not"),
        (row("tags", "counts"), "'counts' takes tokens with a label each"),
        (row("tokens", sequence="s"), "sequences are of tasks with one label an example"),
    ],
)
def test_other_labels_are_refused(one, message):
    data = {"tokens": TOKENS, "one": ONE, "tags": TAGS}
    check_labels([row("tokens", "replay+counts"), row("one", "readout")], data, TAKES)
    with pytest.raises(InputError, match=message):
        check_labels([one], data, TAKES)


def test_features_of_next_tokens_are_refused():
    """Where they are made, as preflight makes those of two examples."""
    model = {"kind": "transformer", "width": 8, "layers": 1, "heads": 1}
    with pytest.raises(
        InputError, match=r"datasets\.f: labels are the next tokens, which features"
    ):
        extract_features(model, TOKENS, 0, torch.device("cpu"), where="datasets.f")


def test_source_and_target_are_of_the_same_tokens():
    other = Dataset(TOKENS.x, TOKENS.y, 5, None, "", (), 5, True, "b")
    one = row("tokens", k=2, n=1, source="m", source_dataset="other", source_labels={}, labels={})
    one |= {"before": [], "memory": "none"}
    origins = {"tokens": "tokens", "other": "other"}
    with pytest.raises(
        InputError, match="source 'other' and target 'tokens' are of different tokens"
    ):
        check_rows([one], {"tokens": TOKENS, "other": other}, MODELS, 0, origins)
