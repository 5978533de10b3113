"""Models get the tokens that their weights were trained on, whichever way they get them."""

import json

import numpy as np
import pytest
from huggingface_hub import constants

from lit.data.dataset import Dataset
from lit.data.tokenizers import BYTES, read_tokenizer
from lit.errors import InputError
from lit.workflow.check_tokens import check_tokens

tokenizers = pytest.importorskip("tokenizers")
COMMIT = "0123456789" * 4


def row(target, model, source=None, n=0):
    stage = {"source_dataset": source or target, "source_labels": None, "n": n}
    return {"arm": "a", "target": target, "model": model, "before": []} | stage


def of_tokens(digest):
    x = np.zeros((4, 3), np.int32)
    return Dataset(x, np.arange(4) % 2, 2, vocabulary=2, tokenizer=digest)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Models of two tokenizers, one of them of the hub, and one that does not say its own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub = f"models--someone--other/snapshots/{COMMIT}"
    for name, words in (("mine", "ab"), ("other", "ba"), (hub, "ba"), ("silent", "")):
        (tmp_path / name).mkdir(parents=True)
        if words:
            model = tokenizers.models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="a")
            tokenizers.Tokenizer(model).save(str(tmp_path / name / "tokenizer.json"))
    return tmp_path


@pytest.fixture
def models(folders):
    of_hub = {"name": "someone/other", "revision": COMMIT}
    named = {name: {"name": str(folders / name)} for name in ("mine", "other", "silent")}
    ready = {"kind": "transformers", "weights": "DEFAULT"}
    return {name: ready | one for name, one in (named | {"hub": of_hub}).items()} | {
        "random": {"kind": "transformers", "name": str(folders / "other")},
        "linear": {"kind": "linear"},
    }


@pytest.fixture
def data(folders):
    mine = read_tokenizer(str(folders / "mine"), special=False)
    assert mine.vocabulary == 2
    again = json.loads((folders / "mine/tokenizer.json").read_text())
    (folders / "again.json").write_text(json.dumps(again, indent=3))
    assert read_tokenizer(str(folders / "again.json"), special=True).digest == mine.digest
    return {"t": of_tokens(mine.digest), "bytes": of_tokens(BYTES), "unknown": of_tokens("")}


@pytest.mark.parametrize("model", ["other", "hub"])
def test_a_model_of_other_tokens_is_refused(data, models, model):
    """As an arm's own, as the backbone of features, and where M is trained on another data set."""
    says = rf"models\.{model} was trained on other tokens than data set '{{}}' .*other.* for it"
    features = {"f": {"kind": "features", "of": "t", "model": model}}
    random_twin = {"f": features["f"] | {"trained": False}}
    fine = [row("t", "mine"), row("t", "random"), row("unknown", model), row("f", "linear")]
    check_tokens(fine, random_twin, data | {"f": of_tokens("")}, models)
    with pytest.raises(InputError, match=says.format("t")):
        check_tokens([row("t", model)], {}, data, models)
    with pytest.raises(InputError, match=says.format("t")):
        check_tokens([], features, data, models)
    with pytest.raises(InputError, match=says.format("bytes")):
        check_tokens([row("bytes", model)], {}, data, models)
    with pytest.raises(InputError, match=says.format("t")):
        check_tokens([row("unknown", model, source="t", n=2)], {}, data, models)
    check_tokens([row("unknown", model, source="t")], {}, data, models)


def test_a_folder_that_does_not_say_its_tokens_is_warned_of_once(data, models, caplog):
    check_tokens([row("bytes", "silent"), row("bytes", "silent")], {}, data, models)
    (said,) = caplog.messages
    assert "silent has no tokenizer.json, so nothing tells whether" in said
    assert "data set 'bytes', bytes" in said
