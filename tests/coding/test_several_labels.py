"""Examples that carry several labels: bits add up over them, and none that is missing counts."""

import numpy as np
import pytest
import torch

from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import prove
from lit.coding.label_order import LabelOrder
from lit.coding.merge import merge_spans, unite
from lit.coding.mixture import mixtures
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset, Form
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.networks import transformer
from lit.networks.build import build_theta0
from lit.training.options import Training
from lit.training.scoring import bits, score
from lit.training.sources import train_source
from lit.training.state import Examples, State
from lit.training.temperature import fit_scale

SMALL = {"kind": "transformer", "width": 16, "layers": 2, "heads": 2}
CPU = torch.device("cpu")


def tokens(n=24, t=9, vocabulary=7, seed=0):
    """Windows of a random text, each token's label the next one; some windows end early."""
    text = np.random.default_rng(seed).integers(0, vocabulary, (n, t + 1)).astype(np.int32)
    text[::3, 5:] = -1
    x, y = text[:, :-1], text[:, 1:].astype(np.int64)
    return Dataset(x, y, vocabulary, vocabulary=vocabulary, next_tokens=True)


def replayed(data, model=SMALL, seeds=(0,)):
    coder = Coder(model, data, None, "front", list(seeds), {"kind": "replay"}, None, "keep", CPU)
    return merge_spans([code_span(coder, [(0, 8), (8, 16)], 16)])


def drawn(form, seed=0):
    """A network whose head is not zero, and its state."""
    net = build_theta0(SMALL, form, seed)
    torch.manual_seed(seed)
    torch.nn.init.normal_(net.head.weight)
    return net, State.of([net])


def test_theta0_pays_the_uniform_code_of_the_labels_that_are_there():
    data = tokens()
    united = unite({"replay": replayed(data)})
    there = (data.y[united["index"]] >= 0).sum(axis=2)
    np.testing.assert_array_equal(united["labels"], there)
    np.testing.assert_allclose(united["bits/start"], there * np.log2(7), rtol=1e-6)
    assert there.min() < there.max() == 9


def test_of_one_label_each_nothing_changes(digits):
    """The same labels as (N, 1) and as (N,) give the same bits."""
    one = Dataset(digits.x[:64], digits.y[:64], 10)
    several = Dataset(digits.x[:64], digits.y[:64, None], 10)
    plain, columns = (
        unite({"replay": replayed(data, {"kind": "mlp", "hidden": [8]})}) for data in (one, several)
    )
    for name in ("bits/architecture", "least/architecture", "bits/model", "right/start"):
        np.testing.assert_allclose(columns[name], plain[name], rtol=1e-9, atol=1e-9)


def test_the_mixture_follows_labels_in_coding_order():
    """Bits of an example are those of its labels, mixed one after the other without the gaps."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 4, (2, 5, 3))
    label[0, 1] = label[1, 3, 1:] = -1
    experts = {name: rng.exponential(2, label.shape) * (label >= 0) for name in ("start", "model")}
    order = LabelOrder(label)
    flat = {name: order.labels(array) for name, array in experts.items()}
    mixed = mixtures(flat, 4, {}, order.labels(label, fill=-1))["bits/network"]
    for s in range(2):
        there = label[s] >= 0
        alone = {name: array[s][there][None] for name, array in experts.items()}
        by_hand = np.zeros(label[s].shape)
        by_hand[there] = mixtures(alone, 4, {}, label[s][there][None])["bits/network"][0]
        np.testing.assert_allclose(order.sums(mixed)[s], by_hand.sum(axis=1), rtol=1e-12)


def test_later_tokens_change_no_earlier_bits():
    form = tokens().form()
    net, state = drawn(form)
    data = tokens(n=2)
    changed = data.x.copy()
    changed[1, 6:] = (changed[1, 6:] + 1) % 7
    rows, label = torch.arange(2)[None], torch.from_numpy(data.y)[None]
    found = [
        bits(score(net, state, Examples(torch.from_numpy(x), rows, label), 0, 2), label)
        for x in (data.x, changed)
    ]
    np.testing.assert_allclose(found[0][0, 1, :6], found[1][0, 1, :6], atol=1e-6)
    assert abs(found[0][0, 1, 6:] - found[1][0, 1, 6:]).max() > 0.1


@pytest.mark.parametrize("labels", [9, None], ids=["a label a token", "a label an example"])
def test_padding_and_the_batch_change_no_bits(labels):
    net, _ = drawn(Form((9,), 7, labels, 7))
    net = net.double()  # else processors differ in how far off rounding is
    short = torch.from_numpy(tokens().x[:1, :5])
    padded = torch.nn.functional.pad(short, (0, 4), value=-1)
    batch = torch.cat([padded, torch.from_numpy(tokens(seed=1).x[1:4])])
    with torch.no_grad():
        alone, behind, together = net(short), net(padded)[:1], net(batch)[:1]
    count = 5 if labels else 1
    for other in (behind, together):
        torch.testing.assert_close(other[0, :count], alone[0, :count], atol=1e-12, rtol=0)


def test_missing_labels_move_no_temperature():
    torch.manual_seed(0)
    logits, label = torch.randn(1, 30, 2, 5, dtype=torch.float64), torch.randint(5, (1, 30, 2))
    label[:, ::3, 1] = -1
    there = label[0] >= 0
    scale, loss = fit_scale(logits, label)
    alone = fit_scale(logits[0][there][None], label[0][there][None])
    torch.testing.assert_close((scale, loss), alone)


def test_training_learns_what_follows_what():
    """Of a text in which each token decides the next, a transformer soon pays little."""
    rng = np.random.default_rng(0)
    text = (rng.integers(0, 7, (40, 1)) + np.arange(10)) % 7
    x, y = text[:, :-1].astype(np.int32), text[:, 1:]
    data = Dataset(x, y, 7, vocabulary=7, next_tokens=True)
    coder = Coder(SMALL, data, None, "front", [0], {"kind": "replay"}, None, "keep", CPU)
    spent = code_span(coder, [(0, 8), (8, 16), (16, 32)], 32)["bits/model"]
    assert spent[:, 24:].mean() < 0.3 < np.log2(7) / 4


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([[0, 9]], [[1, 2]], {"vocabulary": 9}, r"x\[0\] holds token 9, but vocabulary: 9"),
        ([[0, 1], [-1, 1]], [[1, 2]] * 2, {"vocabulary": 9}, r"x\[1\] has no token"),
        ([[0, 1, 2], [0, -1, 1]], [[1] * 3] * 2, {"vocabulary": 9}, r"x\[1\] has a token behind"),
        ([[0.5, 1.0]], [[1, 2]], {"vocabulary": 9}, "integers \\(N, T\\)"),
        ([[0, 1], [0, 1]], [[1, 2], [-1, -1]], {}, r"y\[1\] has no label at all"),
        ([[0, 1], [0, 1]], [[1, 2], [-2, 1]], {}, r"y\[1\] holds -2"),
        ([[0, 1]], [1], {}, "several labels an example are integers"),
    ],
)
def test_what_is_wrong_with_tokens_and_labels_is_said(x, y, options, message):
    with pytest.raises(InputError, match=message):
        check_dataset(np.array(x), np.array(y), "d", 4, several=True, **options)


def test_a_network_of_numbers_refuses_tokens():
    numbers, others = "takes numbers, but examples are tokens", "takes tokens, but examples are"
    with pytest.raises(InputError, match=f"{numbers}; .* of kind transformer or transformers"):
        build_theta0({"kind": "mlp", "hidden": [4]}, tokens().form(), 0)
    with pytest.raises(InputError, match=f"{others} numbers; .* of kind mlp or linear"):
        build_theta0(SMALL, Form((4,), 3), 0)
    with pytest.raises(InputError, match=f"{others} numbers; .* of kind cnn or mlp"):
        build_theta0(SMALL, Form((1, 4, 4), 3), 0)


EIGHT = [(0, 4), (4, 8)]
LEARNERS = {
    "replay": {"kind": "replay", "effort": 4},
    "restart": {"kind": "restart", "effort": 4, "epochs": 2, "min_steps": 4},
}


def proof_of(kind):
    """Sixteen windows of five tokens, eight of them coded, for two seeds."""
    data = tokens(n=16, t=5)

    def build():
        return {kind: Coder(SMALL, data, None, "front", [0, 1], LEARNERS[kind], None, "keep", CPU)}

    merged = {kind: merge_spans([code_span(build()[kind], EIGHT, 8)])}
    return data, merged, prove(build, EIGHT, merged)


@pytest.mark.parametrize("kind", LEARNERS)
def test_next_tokens_come_back_from_the_file(kind):
    """The receiver has each window's first token alone, and reads all others from the code."""
    data, merged, proof = proof_of(kind)
    assert proof.wrong == 0
    assert proof.holds
    assert proof.labels == (data.y[merged[kind]["index"]] >= 0).sum()


def test_a_network_that_sees_later_tokens_does_not_decode(monkeypatch):
    """Without its mask a transformer sees the labels among the inputs; its receiver does not."""
    honest = transformer.F.scaled_dot_product_attention
    monkeypatch.setattr(
        transformer.F, "scaled_dot_product_attention", lambda *parts, **options: honest(*parts)
    )
    *_, proof = proof_of("replay")
    assert proof.wrong > 0
    assert not proof.holds


def random_bytes(learner, model, source=None):
    """Bits a byte of 256 windows of 8 random bytes, of which M knows 16 others by heart."""
    spec = {"kind": "markov", "order": 0, "symbols": 256, "length": 8, "concentration": "inf"}
    data = load_dataset(spec | {"examples": 300})
    start = None
    if source:
        arrays = train_source(model, data, None, 16, "memorise", [0], Training(lr=0.004), CPU)
        assert arrays["accuracy"] > 0.99
        state = State.from_arrays(arrays)
        start = StartState(state, data.x, arrays["index"], arrays["label"], 256)
    coder = Coder(model, data, None, "front", [0], learner, start, "keep", CPU)
    return merge_spans([code_span(coder, [(0, 32), (32, 64), (64, 128), (128, 256)], 256)])


@pytest.mark.slow
def test_random_bytes_cost_eight_bits_a_byte_whatever_m_knows():
    """No code is 0.2 % from the uniform one: from theta0, and from an M that knows others by heart,
    whose own prediction costs far more."""
    model = {"kind": "transformer", "width": 64, "layers": 2, "heads": 4}
    learners = {
        "replay": {"kind": "replay", "effort": 4, "lr": 0.004},
        "counts": {"kind": "counts"},
    }
    uniform = 256 * 8 * 8
    for source in (False, True):
        spent = unite({name: random_bytes(one, model, source) for name, one in learners.items()})
        for code in ("network", "architecture", "shortest"):
            assert spent[f"bits/{code}"].sum() == pytest.approx(uniform, rel=0.002)
    assert spent["bits/start"].sum() > 1.05 * uniform
