"""Tokens and several labels in a notebook."""

import numpy as np
import pytest
from torch import nn
from torch.nn import functional as F

import lit
from lit.errors import InputError

SMALL = {"kind": "transformer", "width": 16, "layers": 1, "heads": 2}

ALLOWED = pytest.mark.filterwarnings("ignore:.*which they have to be")


def windows(n, seed):
    """Windows in which each token is mostly the one before it, plus one."""
    rng = np.random.default_rng(seed)
    steps = np.where(rng.random((n, 8)) < 0.9, 1, rng.integers(0, 5, (n, 8)))
    return (rng.integers(0, 5, (n, 1)) + np.pad(steps.cumsum(axis=1), ((0, 0), (1, 0)))) % 5


@pytest.mark.slow
@ALLOWED
def test_what_a_transformer_learned_of_next_tokens_saves_bits():
    text, more = windows(40, 0), windows(60, 1)
    options = {"labels": "next", "vocabulary": 5}
    cold = lit.code_stream(text[:, :-1], text[:, 1:], SMALL, seeds=range(3), **options)
    assert cold.made["learner"]["kind"] == "replay+counts"
    assert cold.uniform == pytest.approx(40 * 8 * np.log2(5))
    assert cold.bits.shape == (3, 40)
    assert "40 labels" not in repr(cold), "a window has eight"
    m = lit.train_source(more[:, :-1], more[:, 1:], SMALL, seeds=range(3), epochs=30, **options)
    warm = lit.code_stream(text[:, :-1], text[:, 1:], start=m, overlap="allow", **options)
    saved = lit.information_transfer(cold, warm)
    assert saved.ci[0] > 0
    by_seed = [code.codes["shortest"].sum(axis=1) for code in (cold, warm)]
    assert saved.by_seed == pytest.approx(by_seed[0] - by_seed[1])
    assert warm.total.mean() < cold.total.mean() < cold.uniform


def test_several_labels_of_numbers(rng):
    """Three labels an example, each told by one input."""
    x = rng.normal(size=(64, 3)).astype(np.float32)
    y = (x > 0).astype(np.int64)
    y[:10, 2] = -1
    code = lit.code_stream(x, y, "linear", seeds=[0], classes=2, labels="several")
    assert code.uniform == 64 * 3 - 10
    assert code.total[0] < 0.8 * code.uniform


class Along(nn.Module):
    """Layers over the tokens of a window, and an output a token."""

    def __init__(self, kind, classes):
        super().__init__()
        self.kind, self.see = kind, nn.Embedding(classes, 8)
        self.middle = {
            "convolution": nn.Conv1d(8, 8, 3),
            "recurrent": nn.LSTM(8, 4, batch_first=True, bidirectional=True),
        }.get(kind.removesuffix(", causal"), nn.GRU(8, 8, batch_first=True))
        self.head = nn.Linear(8, classes)

    def forward(self, x):
        seen = self.see(x.clamp(min=0).long())
        if "convolution" in self.kind:
            pad = (2, 0) if "causal" in self.kind else (1, 1)
            found = self.middle(F.pad(seen.transpose(1, 2), pad)).transpose(1, 2)
        elif self.kind == "attention":
            found = F.scaled_dot_product_attention(seen, seen, seen)
        elif self.kind == "attention, causal":
            found = F.scaled_dot_product_attention(seen, seen, seen, is_causal=True)
        else:
            found = self.middle(seen)[0]
        return self.head(found - found.mean(dim=1, keepdim=True) * (self.kind == "norm"))


@ALLOWED
@pytest.mark.parametrize("kind", ["convolution", "recurrent", "attention", "norm"])
def test_a_network_that_sees_the_tokens_it_predicts_is_refused(kind):
    text = windows(40, 0)
    with pytest.raises(InputError, match=r"network sees the labels: .* a causal mask"):
        lit.code_stream(
            text[:, :-1], text[:, 1:], lambda shape, classes: Along(kind, classes), seeds=[0],
            labels="next", vocabulary=5,
        )  # fmt: skip


@ALLOWED
@pytest.mark.parametrize("kind", ["convolution, causal", "attention, causal", "one direction"])
def test_a_network_of_one_s_own_that_sees_no_later_token_is_taken(kind):
    text = windows(40, 0)
    code = lit.code_stream(
        text[:, :-1], text[:, 1:], lambda shape, classes: Along(kind, classes), seeds=[0],
        labels="next", vocabulary=5, learner={"kind": "replay", "effort": 2},
    )  # fmt: skip
    assert code.bits.shape == (1, 40)


def test_what_next_tokens_need_is_said():
    text = windows(4, 0)
    with pytest.raises(InputError, match="labels is 'next', of tokens; write vocabulary"):
        lit.code_stream(text[:, :-1], text[:, 1:], SMALL, labels="next")
    with pytest.raises(InputError, match="labels is 'two'; write one or several or next"):
        lit.train_source(text[:, :-1], text[:, 1:], SMALL, labels="two")


@ALLOWED
def test_a_stream_has_the_labels_and_the_tokens_of_m():
    """Left out, both are M's: of next tokens, and of a label a text."""
    text = windows(24, 0)
    some = {"model": SMALL, "seeds": [0], "epochs": 1}
    follows = lit.train_source(text[:9, :-1], text[:9, 1:], labels="next", vocabulary=5, **some)
    named = lit.train_source(text[:9], text[:9, 0] > 2, vocabulary=5, **some)
    rest = {"overlap": "allow", "first_block": 4}
    code = lit.code_stream(text[9:, :-1], text[9:, 1:], start=follows, learner="counts", **rest)
    assert code.uniform == pytest.approx(15 * 8 * np.log2(5))
    code = lit.code_stream(text[9:], text[9:, 0] > 2, start=named, learner="readout", **rest)
    assert code.uniform == 15
    some = {"start": follows, "head": "new", "learner": "replay", "classes": 2}
    code = lit.code_stream(text[9:, :-1], text[9:, 0] > 2, **some, **rest)
    assert code.uniform == 15, "under a new head a text has one label"


@pytest.mark.parametrize("kind", [list, np.array, "Series", "DataFrame"])
def test_texts_as_x_are_refused_with_the_way_to_write_them(kind):
    texts = ["one goal in extra time", "shares of all banks fell", "a late, late penalty"]
    x = (
        getattr(pytest.importorskip("pandas"), kind)(texts)
        if isinstance(kind, str)
        else kind(texts)
    )
    with pytest.raises(InputError, match=r"write their bytes \(N, T\), -1 behind a text's last"):
        lit.code_stream(x, [0, 1, 0], "mlp", classes=2)
