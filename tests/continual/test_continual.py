"""Algorithms of continual learning: each against its equation, and all against plain fine-tuning where they must equal it."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional as F

from lit.coding import merge
from lit.coding.coder import Coder, StartState, code_span
from lit.continual.algorithms import ewc as ewc_module
from lit.continual.algorithms import get_algorithm
from lit.continual.algorithms.agem import project
from lit.continual.algorithms.lwf import distillation
from lit.continual.algorithms.si import Path
from lit.continual.chain import TaskData, heads_of, train_task
from lit.continual.lesson import Lesson, Options, begin, train
from lit.continual.memory import reservoir
from lit.continual.springs import pull_back
from lit.data.dataset import Form
from lit.data.streams import ends
from lit.errors import InputError
from lit.study.schedule import Schedule
from lit.training.batches import Batches
from lit.training.stack import Hooks
from lit.training.start_states import theta0
from lit.training.state import Examples, State

CPU = torch.device("cpu")
MLP = {"kind": "mlp", "hidden": [16]}
KINDS = ("plain", "joint", "ewc", "si", "lwf", "replay", "derpp", "agem")
# strengths that both optimisers bear
ON = {"ewc": {"strength": 10.0}, "si": {"strength": 1.0}}
OFF = {
    "ewc": {"strength": 0.0},
    "si": {"strength": 0.0},
    "lwf": {"strength": 0.0, "warm_up": 0.0},
    "derpp": {"alpha": 0.0, "beta": 0.0},
}
SPLIT = [[0, 1], [2, 3], [4, 5]]
K = 512
BLOCKS = Schedule().blocks_of(0, K)


def tasks_of(data, n=96, classes=SPLIT):
    """Pairs of classes, one after the other; renumbered, so that a single head serves all."""
    return [TaskData(data, data.classes, {"classes": pair}, n) for pair in classes]


def chain(data, algorithm, *, several=False, seeds=(0, 1), tasks=None, spec=MLP):
    """Files of a sequence's tasks, as its jobs would write them."""
    tasks, before, found = tasks or tasks_of(data), None, []
    for position in range(len(tasks)):
        joint = algorithm["kind"] == "joint"
        known = [
            t if i == position or joint else replace(t, data=None) for i, t in enumerate(tasks)
        ]
        before = train_task(spec, known, position, several, algorithm, list(seeds), CPU, before)
        found.append(before)
    return found


def lesson_of(x, y, width, seeds=(0,), position=0, heads=None, spec=MLP):
    """A lesson on given examples, the same for every seed, and its network."""
    net, untrained = theta0(spec, Form(x.shape[1:], width), list(seeds))
    rows = torch.arange(len(x)).expand(len(seeds), -1)
    label = torch.as_tensor(y).expand(len(seeds), -1)
    heads = np.array([[0, width]] * 3) if heads is None else heads
    task = torch.full_like(rows, position)
    return net, Lesson(
        Examples(x, rows, label), task, heads, position, len(x), list(seeds), untrained
    )


@pytest.fixture
def small(rng):
    """Twelve examples of four numbers and three classes, and a trained tiny network on them."""
    x, y = (
        torch.from_numpy(rng.normal(size=(12, 4)).astype(np.float32)),
        torch.from_numpy(rng.integers(0, 3, 12)),
    )
    net, lesson = lesson_of(x, y, 3, spec={"kind": "mlp", "hidden": [5]})
    options = Options(epochs=30, batch=4, lr=0.01)
    stack = begin(net, lesson.untrained, lesson, options)
    return net, lesson, stack, train(stack, lesson, options)


def test_fisher_is_the_mean_squared_slope_of_the_labels_that_the_network_itself_would_draw(small):
    """By finite differences, label by label, in double precision."""
    net, lesson, stack, state = small
    found = ewc_module.fisher(net, stack, state, lesson, 100)[0]
    flat = stack.layout.flatten(state.tensors)[0].double()
    x, step = lesson.examples.x.double(), 1e-5

    def log_p(weights):
        views = {name: v[0] for name, v in stack.layout.views(weights[None]).items()}
        return torch.func.functional_call(net.double(), views, (x,)).log_softmax(-1)

    wanted = torch.zeros_like(flat)
    for p in range(sum(v[0].numel() for v in state.tensors.values())):
        away = torch.zeros_like(flat)
        away[p] = step
        slope = (log_p(flat + away) - log_p(flat - away)) / (2 * step)
        wanted[p] = (log_p(flat).exp() * slope.square()).sum(1).mean()
    net.float()
    assert wanted.max() > 1e-3
    assert torch.allclose(found.double(), wanted, rtol=1e-3, atol=1e-6)


def test_fisher_of_a_linear_model_has_a_closed_form(rng):
    x, y = (
        torch.from_numpy(rng.normal(size=(20, 3)).astype(np.float32)),
        torch.from_numpy(rng.integers(0, 4, 20)),
    )
    net, lesson = lesson_of(x, y, 4, spec={"kind": "linear"})
    options = Options(epochs=10, batch=5, lr=0.05)
    stack = begin(net, lesson.untrained, lesson, options)
    state = train(stack, lesson, options)
    views = {
        name: v[0]
        for name, v in stack.layout.views(ewc_module.fisher(net, stack, state, lesson, 20)).items()
    }
    p = (x @ state.tensors["layers.0.weight"][0].T + state.tensors["layers.0.bias"][0]).softmax(-1)
    assert torch.allclose(views["layers.0.bias"], (p * (1 - p)).mean(0), rtol=1e-4)
    assert torch.allclose(views["layers.0.weight"], (p * (1 - p)).T @ x.square() / 20, rtol=1e-4)


def test_the_pull_of_ewcs_springs_is_an_implicit_step_down_their_energy(rng):
    """theta = weights - lr d/dtheta [strength / 2 sum_i sum_p F_i (theta - theta_i)^2], by automatic differentiation."""
    springs = [tuple(torch.from_numpy(rng.random((2, 7))) for _ in range(2)) for _ in range(3)]
    before = torch.from_numpy(rng.normal(size=(2, 7)))
    theta = before.clone()
    pull_back(
        theta, sum(f for f, _ in springs), sum(f * anchor for f, anchor in springs), 0.01 * 300.0
    )
    theta.requires_grad_()
    energy = sum(300.0 / 2 * (f * (theta - anchor).square()).sum() for f, anchor in springs)
    (slope,) = torch.autograd.grad(energy, theta)
    assert torch.allclose(theta, before - 0.01 * slope)
    assert (theta - before).abs().max() > 0.1


def test_online_ewc_keeps_one_spring_and_adds_to_it(digits):
    every = chain(digits, {"kind": "ewc", "strength": 0.0, "epochs": 2})
    online = chain(
        digits, {"kind": "ewc", "strength": 0.0, "epochs": 2, "online": True, "decay": 0.5}
    )
    names = sorted(name for name in online[-1] if name.startswith("carried/"))
    assert names == ["carried/anchor/0", "carried/fisher/0"]
    assert sorted(name for name in every[-1] if "fisher" in name) == [
        f"carried/fisher/{i}" for i in range(3)
    ]
    first, second = (every[1][f"carried/fisher/{i}"] for i in range(2))
    assert np.allclose(online[1]["carried/fisher/0"], 0.5 * first + second)
    assert np.array_equal(online[1]["carried/anchor/0"], every[1]["carried/anchor/1"])


def test_the_path_integral_of_si_sums_to_the_change_of_the_loss(small):
    """Over small steps on the whole set, sum_p w_p is what the loss fell by."""
    net, lesson, _, _ = small
    options = Options(epochs=400, batch=12, lr=2e-4)
    stack = begin(net, lesson.untrained, lesson, options)
    path = Path(stack.weights.detach())
    everything = torch.arange(12)[None]

    def loss():
        logits = net.forward_stack(stack.current.tensors, lesson.examples.inputs(everything))
        return F.cross_entropy(logits[0], lesson.examples.label[0]).item()

    first = loss()
    train(stack, lesson, options, Hooks(gradient=path.before, after=path.after))
    fell = first - loss()
    assert fell > 0.05
    assert path.lowered.sum().item() == pytest.approx(fell, rel=0.02)


def test_distillation_has_the_value_worked_out_by_hand():
    """Two classes, T = 2: teacher logits (2 ln 3, 0) say 3/4 and 1/4, a student of (0, 0) one half each."""
    old, now = torch.tensor([[[2 * math.log(3), 0.0]]]), torch.zeros(1, 1, 2)
    wanted = 4 * (0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))
    assert distillation(now, old, 2.0).item() == pytest.approx(wanted, rel=1e-6)
    assert distillation(old, old, 2.0).item() == pytest.approx(0, abs=1e-7)


def test_a_reservoir_holds_every_example_with_equal_probability():
    """Over 4,000 reservoirs of 10 of 30 examples that came in three parts, by a chi-square test."""
    counts, trials = np.zeros(30), 4000
    for trial in range(trials):
        rng, held = np.random.default_rng(trial), np.empty(0, dtype=int)
        for first, last in ((0, 6), (6, 18), (18, 30)):
            held = np.concatenate([held, np.arange(first, last)])[
                reservoir(first, last - first, 10, rng)
            ]
        assert len(set(held.tolist())) == 10
        counts[held] += 1
    # What one reservoir holds is drawn without replacement: the variance of a count is 20/29 of a multinomial's.
    statistic = ((counts - trials / 3) ** 2 / (trials / 3)).sum() / (20 / 29)
    assert 0.001 < stats.chi2.sf(statistic, 29) < 0.999


def test_a_small_reservoir_fills_first():
    rng = np.random.default_rng(0)
    assert reservoir(0, 4, 10, rng).tolist() == [0, 1, 2, 3]
    held = reservoir(4, 8, 10, rng)
    assert len(held) == 10
    assert len(set(held.tolist())) == 10


def test_agem_turns_a_gradient_by_its_closed_form(rng):
    g, r = (torch.from_numpy(rng.normal(size=(2, 9))) for _ in range(2))
    r[0] *= torch.sign((g[0] * r[0]).sum()) * -1  # the first pair opposes each other
    r[1] *= torch.sign((g[1] * r[1]).sum())
    turned = project(g, r)
    assert torch.allclose(turned[0], g[0] - (g[0] @ r[0]) / (r[0] @ r[0]) * r[0])
    assert (turned[0] @ r[0]).item() == pytest.approx(0, abs=1e-12)
    assert torch.equal(turned[1], g[1])


def test_agem_computes_its_reference_on_what_it_remembers(digits, monkeypatch):
    """Training on a second task turns some gradients, and all of them are at right angles at most to the memory's."""
    from lit.continual.algorithms import agem

    opposed = []

    def spy(gradient, reference):
        turned = project(gradient, reference)
        opposed.extend((gradient * reference).sum(1).tolist())
        assert ((turned * reference).sum(1) > -1e-4).all()
        return turned

    monkeypatch.setattr(agem, "project", spy)
    chain(digits, {"kind": "agem", "epochs": 3, "memory": 40}, tasks=tasks_of(digits)[:2])
    assert min(opposed) < 0 < max(opposed)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("kind", OFF)
def test_with_strength_0_an_algorithm_is_plain_fine_tuning_bit_for_bit(
    digits, kind, several, optimizer
):
    how = {"epochs": 3, "optimizer": optimizer, "lr": 0.05 if optimizer == "sgd" else 1e-3}
    plain = chain(digits, {"kind": "plain"} | how, several=several)
    other = chain(digits, {"kind": kind} | OFF[kind] | how, several=several)
    on = {name: 100.0 if name == "strength" else 0.1 for name in OFF[kind]}
    strong = chain(digits, {"kind": kind} | on | how, several=several)
    states = [name for name in plain[-1] if name.startswith("state/")]
    for position in range(3):
        for name in [*states, "bits"]:
            assert np.array_equal(plain[position][name], other[position][name]), (position, name)
    assert any(not np.array_equal(plain[-1][name], strong[-1][name]) for name in states)


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_does_not_depend_on_the_grouping_of_seeds(digits, kind):
    together = chain(
        digits, {"kind": kind, "epochs": 2, "keep_moments": True}, seeds=[0, 1, 2], several=True
    )
    for i, seed in enumerate([0, 1, 2]):
        alone = chain(
            digits, {"kind": kind, "epochs": 2, "keep_moments": True}, seeds=[seed], several=True
        )
        for name, value in together[-1].items():
            if name not in ("classes", "heads"):
                assert np.array_equal(value[i], alone[-1][name][0]), name


@pytest.mark.parametrize(
    "how", [{"lr": 0.01}, {"lr": 0.1, "optimizer": "sgd", "momentum": 0.9}], ids=["adamw", "sgd"]
)
def test_with_moments_kept_a_sequence_of_one_data_set_is_one_run_of_an_optimiser_over_it(
    digits, how
):
    """Against PyTorch's own, whose one instance sees the tasks' minibatches one after the other."""
    tasks, options = tasks_of(digits), {"kind": "plain", "epochs": 2} | how
    kept = chain(digits, options | {"keep_moments": True}, tasks=tasks, seeds=[0])
    net, untrained = theta0(MLP, Form(digits.x.shape[1:], 2), [0])
    net.load_state_dict({name: value[0] for name, value in untrained.tensors.items()})
    optimizer = (
        torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        if "momentum" in how
        else torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.0)
    )
    for position, (task, found) in enumerate(zip(tasks, kept, strict=True)):
        index, label, _ = ends(task.data.y, task.data.classes, task.labels, [0], "back")
        batches = Batches([np.arange(task.n)], [(0, position, 2)], 64)
        for _ in range(2 * task.n // 64):
            at = batches.next().numpy()[0]
            optimizer.zero_grad()
            x = torch.from_numpy(task.data.x[index[0, at]])
            F.cross_entropy(
                net(x.float() / 255 if x.dtype == torch.uint8 else x),
                torch.from_numpy(label[0, at]),
            ).backward()
            optimizer.step()
        for name, value in net.state_dict().items():
            assert np.allclose(found[f"state/{name}"][0], value.numpy(), atol=1e-5), (
                position,
                name,
            )
    anew = chain(digits, options, tasks=tasks, seeds=[0])
    assert np.array_equal(kept[0]["bits"], anew[0]["bits"])
    assert not np.allclose(kept[1]["bits"], anew[1]["bits"], rtol=0.01)
    assert not any(name.startswith("moments/") for name in anew[-1])


@pytest.mark.parametrize("kind", OFF)
def test_with_moments_kept_too_strength_0_is_plain_fine_tuning_bit_for_bit(digits, kind):
    plain = chain(digits, {"kind": "plain", "epochs": 2, "keep_moments": True})
    other = chain(digits, {"kind": kind, "epochs": 2, "keep_moments": True} | OFF[kind])
    for name, value in plain[-1].items():
        assert np.array_equal(value, other[-1][name]), name


CNN = pytest.param({"kind": "cnn", "channels": [4], "dense": 8}, marks=pytest.mark.slow)


@pytest.mark.parametrize("spec", [MLP, CNN])
def test_every_algorithm_trains_every_network_under_every_optimiser(digits, spec):
    for kind, how in itertools.product(KINDS, [{"lr": 0.01}, {"optimizer": "sgd", "lr": 0.3}]):
        options = {"kind": kind, "epochs": 25} | how | ON.get(kind, {})
        for found in chain(digits, options, spec=spec, tasks=tasks_of(digits)[:2], several=True):
            assert (found["accuracy"] > 0.9).all(), options


def test_heads_lie_beside_each_other_and_one_that_was_not_trained_stays_zero(digits):
    tasks = [
        TaskData(digits, 10, labels, 64)
        for labels in ({"classes": [0, 1]}, {"classes": [2, 3, 4]}, {"only": [5, 6]})
    ]
    assert heads_of(tasks, 0, True).tolist() == [[0, 2], [2, 5], [5, 15]]
    first, second, _ = chain(
        digits, {"kind": "replay", "epochs": 3, "memory": 30}, several=True, tasks=tasks
    )
    weight = first["state/layers.1.weight"]
    assert weight.shape == (2, 15, 16)
    assert (np.abs(weight[:, :2]).max(2) > 0).all()
    assert np.abs(weight[:, 2:]).max() == 0
    assert set(second["carried/task"].ravel().tolist()) == {0, 1}
    of_first = second["carried/task"] == 0
    assert (second["carried/label"][of_first] < 2).all()
    assert (second["carried/label"][~of_first] >= 2).all()


def test_plain_fine_tuning_forgets_and_the_others_forget_less(digits):
    """On classes that come one after the other in one head, what was learned first is wrong later, unless it is kept."""
    tasks = [TaskData(digits, 10, {"only": pair}, 150) for pair in SPLIT]
    lost = {}
    for kind in ("plain", "joint", "replay"):
        found = chain(digits, {"kind": kind, "epochs": 20, "lr": 0.01}, tasks=tasks)
        lost[kind] = [right_at_once(digits, tasks[0].labels, arrays) for arrays in found]
    assert lost["plain"][0] > 0.9
    assert lost["plain"][-1] < 0.1
    assert min(lost["joint"][-1], lost["replay"][-1]) > 0.8


def right_at_once(data, labels, arrays):
    """Share of a task's fresh examples that the network gets right as it is."""
    learner = {"kind": "replay", "effort": 0.1}
    source = StartState(
        State.from_arrays(arrays), data.x, arrays["index"], arrays["label"], int(arrays["classes"])
    )
    coder = Coder(MLP, data, labels, "front", [0, 1], learner, source, "keep", CPU)
    return merge.merge_spans([code_span(coder, [(0, 128)], 256)])["right/start"].mean()


def code(data, seeds, labels, arrays=None, head="keep", position=0, spec=MLP):
    """Merged arrays of a task's stream, coded from theta0 or from the file of a task."""
    source = None
    if arrays is not None:
        outputs = tuple(arrays["heads"][position].tolist())
        source = StartState(
            State.from_arrays(arrays),
            data.x,
            arrays["index"],
            arrays["label"],
            int(arrays["classes"]),
            outputs,
        )
    seeds = list(seeds or range(2))
    coder = Coder(spec, data, labels, "front", seeds, {"kind": "replay"}, source, head, CPU)
    return merge.unite({"replay": merge.merge_spans([code_span(coder, BLOCKS, K)])})


def saved(data, labels, arrays, seeds, **how):
    """(S,) L_IT in bits of a task's stream from the file of a task."""
    spec = how.get("spec", MLP)
    cold, warm = code(data, seeds, labels, spec=spec), code(data, seeds, labels, arrays, **how)
    return cold["bits/network"].sum(1) - warm["bits/network"].sum(1), warm


@pytest.mark.nightly
def test_with_a_reset_head_most_bits_are_kept_though_the_static_loss_is_that_of_chance(digits):
    deep, seeds = {"kind": "mlp", "hidden": [64, 64, 64]}, [0, 1]
    tasks = [TaskData(digits, 10, None, 1200)]
    (found,) = chain(digits, {"kind": "plain", "epochs": 60}, tasks=tasks, seeds=seeds, spec=deep)
    kept, _ = saved(digits, None, found, seeds, spec=deep)
    left, warm = saved(digits, None, found, seeds, spec=deep, head="new")
    assert np.allclose(warm["bits/start"], np.log2(10))
    assert left.mean() > 0.5 * kept.mean() > 50


def test_a_class_that_was_learned_saves_bits_beyond_a_network_that_never_saw_it(digits):
    """Threes among all digits; a mask hides them from accuracy, and behind it is the network of before."""
    seeds, learner = [0, 1, 2, 3, 4], {"kind": "replay", "effort": 20}
    whole, rest = (
        TaskData(digits, 10, labels, n) for labels, n in ((None, 1024), ({"without": [3]}, 920))
    )
    threes = TaskData(digits, 10, {"only": [3]}, 100)
    (nothing,) = chain(digits, {"kind": "plain"}, tasks=[whole], seeds=seeds)
    (retrained,) = chain(digits, {"kind": "plain"}, tasks=[rest], seeds=seeds)
    _, masked = chain(digits, {"kind": "mask"}, tasks=[whole, threes], seeds=seeds)
    bits, right = {}, {}
    for name, arrays in (("nothing", nothing), ("retrained", retrained), ("masked", masked)):
        label, state = arrays["label"], State.from_arrays(arrays)
        source = StartState(state, digits.x, arrays["index"], label, 10)
        coder = Coder(MLP, digits, None, "front", seeds, learner, source, "keep", CPU)
        found = merge.unite({"replay": merge.merge_spans([code_span(coder, BLOCKS, K)])})
        chosen = found["label"] == 3
        bits[name] = (found["bits/network"] * chosen).sum(1)
        right[name] = found["right/start"][chosen].mean()
    left = bits["retrained"] - bits["nothing"]
    assert stats.t.interval(0.95, len(seeds) - 1, left.mean(), stats.sem(left))[0] > 0
    assert right["nothing"] > 0.7
    assert right["retrained"] == right["masked"] == 0
    masked["state/layers.1.bias"][:, 3] += 20
    for name in (name for name in nothing if name.startswith("state/")):
        assert np.allclose(masked[name], nothing[name], atol=1e-5), name


def test_with_frozen_features_only_the_output_layer_is_trained(digits):
    found = chain(digits, {"kind": "plain", "epochs": 5}, tasks=tasks_of(digits)[:1])[0]
    source = StartState(
        State.from_arrays(found), digits.x, found["index"], found["label"], 2, (0, 2)
    )
    learner = {"kind": "replay", "effort": 20}
    coder = Coder(MLP, digits, {"classes": [0, 1]}, "front", [0, 1], learner, source, "only", CPU)
    arrays = code_span(coder, [(0, 64)], 128)
    assert not any("layers.0" in name for name in arrays)  # neither trained nor handed on
    assert arrays["after/flat/weights"].shape[1] == 256, "16 x 2 weights and 2 biases, padded"


def test_an_own_algorithm_is_called_and_what_it_returns_is_checked(digits, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "from lit.continual.algorithms import Options, begin, train\n"
        "def plain(net, start, lesson, carried, options):\n"
        "    how = Options(**options)\n"
        "    return train(begin(net, start, lesson, how), lesson, how), {}\n"
        "def broken(net, start, lesson, carried, options):\n"
        "    return start, {'x': start.scale[:1]}\n"
        "def failing(net, start, lesson, carried, options):\n"
        "    raise KeyError('no such thing')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    own = chain(digits, {"kind": "python", "factory": "mine:plain", "options": {"epochs": 2}})
    assert np.array_equal(
        own[-1]["bits"], chain(digits, {"kind": "plain", "epochs": 2})[-1]["bits"]
    )
    with pytest.raises(InputError, match="mapping of tensors with a row a seed"):
        chain(digits, {"kind": "python", "factory": "mine:broken"})
    with pytest.raises(
        InputError, match=r"algorithm 'mine:failing' failed: KeyError\('no such thing'\)"
    ):
        chain(digits, {"kind": "python", "factory": "mine:failing"})
    with pytest.raises(InputError, match="cannot import 'mine:nothing'"):
        get_algorithm({"kind": "python", "factory": "mine:nothing"})


def test_an_unknown_option_is_named():
    with pytest.raises(InputError, match="did you mean 'strength'"):
        get_algorithm({"kind": "ewc", "strenth": 1})
