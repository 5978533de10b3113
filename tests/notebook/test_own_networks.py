"""M from networks that a notebook trained by its own loop."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

import lit
from lit.errors import InputError

SEEDS = [0, 1, 2]
SOME = {"k": 128, "learner": "readout", "classes": 10}


def build(shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, classes))


def trained(x, y, seed, classes=10, epochs=15):
    torch.manual_seed(seed)
    net = build(x.shape[1:], classes)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    return net


@pytest.fixture(scope="module")
def parts():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = (x[order] / 16).astype("float32"), y[order]
    return x[:512], y[:512], x[512:], y[512:]


@pytest.fixture(scope="module")
def rows():
    return np.array([np.random.default_rng(seed).permutation(512)[:200] for seed in SEEDS])


@pytest.fixture(scope="module")
def networks(parts, rows):
    x, y, *_ = parts
    return [trained(x[some], y[some], seed) for seed, some in zip(SEEDS, rows, strict=True)]


@pytest.fixture(scope="module")
def cold(parts):
    return lit.code_stream(*parts[2:], build, seeds=SEEDS, **SOME)


def test_m_is_the_networks_as_they_are_and_knows_its_examples(parts, rows, networks, cold):
    x, y, x_new, y_new = parts
    m = lit.as_source(networks, x, y, build, rows=rows)
    for s, net in enumerate(networks):
        with torch.no_grad():
            logits = net(torch.from_numpy(x[rows[s]]))
        bits = -logits.log_softmax(1)[range(200), y[rows[s]]] / np.log(2)
        assert np.allclose(m.bits[s], bits, atol=1e-4)
        assert m.accuracy[s] == pytest.approx((logits.argmax(1).numpy() == y[rows[s]]).mean())
    warm = lit.code_stream(x_new, y_new, start=m, k=128, learner="readout")
    found = lit.information_transfer(cold, warm)
    assert 20 < found.mean < cold.total.mean()
    assert not m.one_draw
    with pytest.raises(InputError, match="examples of x have inputs that M was trained on"):
        lit.code_stream(x, y, start=m, k=128, learner="readout")


def test_its_code_is_that_of_the_same_weights_from_a_file(parts, networks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(networks[0].state_dict(), "net.pt")
    model = {"kind": "python", "factory": build, "weights": "net.pt"}
    x, y, x_new, y_new = parts
    ready = lit.code_stream(x_new, y_new, model, "weights", seeds=SEEDS, **SOME)
    m = lit.as_source(networks[0], x, y, build, seeds=SEEDS)
    warm = lit.code_stream(x_new, y_new, start=m, k=128, learner="readout")
    assert np.array_equal(ready.bits, warm.bits)
    assert m.one_draw, "of one network nobody knows how others vary"


def test_weights_examples_and_pickles_are_of_their_own(parts, rows, networks):
    x, y = (part.copy() for part in parts[:2])
    states = [net.state_dict() for net in networks]
    m = lit.as_source(states, x, y, build, rows=rows)
    digest = m.digest
    x *= 3
    kept = {name: value.clone() for name, value in states[0].items()}
    with torch.no_grad():
        networks[0][1].weight.mul_(2)
    assert m.digest == digest == pickle.loads(pickle.dumps(m)).digest
    with torch.no_grad():
        networks[0][1].weight.copy_(kept["1.weight"] / 2)
    assert np.array_equal(m.data.x, parts[0])


def test_a_loop_of_one_s_own_has_a_control_too(parts):
    """Random labels of more classes, known by heart, save nothing."""
    x, _, x_new, _ = parts
    random = np.random.default_rng(0)
    noise, new = random.integers(0, 10, 64), random.integers(0, 10, len(x_new))
    liars = [trained(x[:64], noise, seed, epochs=300) for seed in SEEDS]
    m = lit.as_source(liars, x[:64], noise, build, classes=10)
    assert m.accuracy.min() >= 0.99
    some = {"k": 512, "learner": "readout"}
    cold = lit.code_stream(x_new, new, build, seeds=SEEDS, classes=10, **some)
    found = lit.information_transfer(cold, lit.code_stream(x_new, new, start=m, **some))
    assert abs(found.mean) <= 0.005 * cold.uniform


def test_classes_in_another_order_are_warned_of(parts, networks):
    x, y, *_ = parts
    with pytest.warns(
        UserWarning, match=r"M has 0\.\d+ of its own labels right, and the commonest"
    ):
        lit.as_source(networks, x, (y + 1) % 10, build)


def other(shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, classes))


WRONG = {
    "model": ({"model": other}, r"network 0 is not one .* 1\.weight is \(32, 64\), and \(16, 64\)"),
    "classes": ({"classes": 12}, r"and 12 classes: 3\.weight is \(10, 32\), and \(12, 32\)"),
    "seeds": ({"seeds": [0]}, "3 networks, but 1 seeds"),
    "rows": (
        {"rows": [[0, 1], [2, 3]]},
        r"rows have shape \(2, 2\), up to 3; write \(n,\) or \(3, n\)",
    ),
    "length": ({"rows": [[0, 1], [2], [3]]}, "rows differ in length"),
    "twice": ({"rows": [0, 1, 1]}, "rows are twice the same"),
    "far": ({"rows": [0, 512]}, "up to 512; write"),
    "share": ({"rows": [0.5]}, "type float64"),
    "path": ({"networks": ["a.pt"]}, r"networks has 'a\.pt'; write a torch network"),
    "one path": ({"networks": "a.pt"}, r"networks has 'a\.pt'"),
    "none": ({"networks": []}, "networks is empty"),
    "number": ({"networks": 3}, "of type int"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_is_refused(parts, networks, what):
    changed, words = WRONG[what]
    given = {"networks": networks, "x": parts[0], "y": parts[1], "model": build} | changed
    with pytest.raises(InputError, match=words):
        lit.as_source(**given)


def test_weights_that_are_no_numbers_are_refused(parts, networks):
    broken = {name: value.clone() for name, value in networks[0].state_dict().items()}
    broken["1.weight"][0, 0] = torch.nan
    with pytest.raises(InputError, match=r"has NaN or infinity in 1\.weight"):
        lit.as_source(broken, *parts[:2], build)


def test_networks_where_something_else_belongs_are_told_the_way(parts, networks):
    for start in (networks[0], networks):
        with pytest.raises(
            InputError, match=r"write lit\.as_source\(networks, x_src, y_src, model="
        ):
            lit.code_stream(*parts[2:], build, start, classes=10)
    with pytest.raises(InputError, match=r"becomes M by lit\.as_source\("):
        lit.code_stream(*parts[2:], networks[0], classes=10)
