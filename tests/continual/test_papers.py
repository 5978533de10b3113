"""Under SGD each algorithm takes the steps that its paper states: against a linear model in NumPy, in double precision.

Every minibatch is the whole task, so that its order does not matter.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lit.continual.algorithms.ewc import Options as EwcOptions
from lit.continual.chain import TaskData, train_task
from lit.continual.memory import reservoir
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.rng import generator

CPU, LINEAR = torch.device("cpu"), {"kind": "linear"}
N, D, C, TASKS, STEPS, LR = 12, 4, 3, 3, 5, 0.3
HOW = {"optimizer": "sgd", "lr": LR, "batch": N, "epochs": STEPS}


@pytest.fixture
def tasks(rng):
    """Three tasks that want other weights each."""
    every = []
    for _ in range(TASKS):
        x = rng.normal(size=(N, D)).astype(np.float32)
        y = np.argmax(x @ rng.normal(size=(D, C)) + rng.normal(size=(N, C)), axis=1)
        every.append(TaskData(Dataset(x, y, C), C, None, N))
    return every


def learned(tasks, several=False, **algorithm):
    """What each task leaves."""
    before, found = None, []
    for position in range(len(tasks)):
        known = [t if i == position else replace(t, data=None) for i, t in enumerate(tasks)]
        before = train_task(LINEAR, known, position, several, HOW | algorithm, [0], CPU, before)
        found.append(before)
    return found


def weights_of(arrays):
    """(C, D + 1) weights and biases of the only seed."""
    weight, bias = (arrays[f"state/layers.0.{name}"][0] for name in ("weight", "bias"))
    return np.concatenate([weight, bias[:, None]], axis=1).astype(np.float64)


def carried(arrays, name):
    """(C, D + 1) of a flat row that is carried, whose padding is left out; biases come first."""
    flat = arrays[f"carried/{name}"][0].astype(np.float64)
    return np.concatenate([flat[C : C + C * D].reshape(C, D), flat[:C, None]], axis=1)


def own(task, arrays):
    """(N, D + 1) inputs with a one beside them, and labels, in the order of the pool."""
    index = arrays["index"][0]
    x = task.data.x[index].astype(np.float64)
    return np.concatenate([x, np.ones((N, 1))], axis=1), task.data.y[index]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def slope(w, x, y):
    """Gradient of the mean loss in nats."""
    return (softmax(x @ w.T) - np.eye(len(w))[y]).T @ x / len(x)


def close(found, wanted):
    assert np.abs(wanted).max() > 0.05
    assert np.allclose(found, wanted, atol=2e-5), np.abs(found - wanted).max()


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("online", [False, True])
def test_ewc_descends_its_loss(tasks, online, momentum):
    """Kirkpatrick et al., eq. 3, by its gradient; online one spring, whose F fades (Schwarz et al., eq. 9)."""
    strength, decay = 2.0, 0.7
    found = learned(
        tasks, kind="ewc", strength=strength, online=online, decay=decay, momentum=momentum
    )
    w, springs = np.zeros((C, D + 1)), []
    for task, arrays in zip(tasks, found, strict=True):
        (x, y), buffer = own(task, arrays), 0.0
        for _ in range(STEPS):
            pulled = sum(f * (w - anchor) for f, anchor in springs)
            buffer = momentum * buffer + slope(w, x, y) + strength * pulled
            w = w - LR * buffer
        close(weights_of(arrays), w)
        p = softmax(x @ w.T)
        new = (p * (1 - p)).T @ x**2 / N
        if online and springs:
            springs = [(decay * springs[0][0] + new, w)]
        else:
            springs = [*springs, (new, w)]
    assert len(springs) == (1 if online else TASKS)
    assert np.allclose(carried(found[-1], f"fisher/{len(springs) - 1}"), springs[-1][0], atol=1e-5)
    plain = learned(tasks, kind="plain", momentum=momentum)
    assert np.abs(weights_of(plain[-1]) - w).max() > 0.05, "the springs do something"


def test_ascent_climbs_the_loss_of_examples_below_chance(tasks):
    """By the gradient of mean min(loss, log C); of a task that was learned, some examples lie on either side."""
    tasks, lr = [tasks[0]] * 2, 0.15
    found = learned(tasks, kind="ascent", lr=lr)
    w, below = np.zeros((C, D + 1)), []
    for position, (task, arrays) in enumerate(zip(tasks, found, strict=True)):
        x, y = own(task, arrays)
        for _ in range(STEPS):
            if position == 0:
                w = w - lr * slope(w, x, y)
                continue
            under = -np.log(softmax(x @ w.T)[np.arange(N), y]) < np.log(C)
            below.append(under.sum())
            w = w + lr * slope(w, x[under], y[under]) * under.sum() / N
        assert np.allclose(weights_of(arrays), w, atol=2e-5)
        assert position or np.abs(w).max() > 0.05
    assert 0 < min(below) < N


def test_a_mask_lowers_the_biases_of_the_classes_and_nothing_else(tasks):
    absent = replace(tasks[1], labels={"without": [2]}, n=4)
    before, after = learned([tasks[0], absent], kind="mask", by=7.0)
    present = np.isin(np.arange(C), after["label"])
    assert present.tolist() == [True, True, False]
    change = weights_of(after) - weights_of(before)
    assert np.allclose(change[:, -1], np.where(present, -7, 0), atol=1e-5)
    assert not change[:, :-1].any()
    close(weights_of(before), weights_of(learned(tasks[:1], kind="plain")[0]))


def test_a_mask_needs_a_bias(tasks):
    spec = {"kind": "linear", "bias": False}
    first = train_task(spec, tasks[:1], 0, False, HOW | {"kind": "mask"}, [0], CPU)
    with pytest.raises(InputError, match="which it lowers; take a model whose"):
        train_task(spec, tasks[:2], 1, False, HOW | {"kind": "mask"}, [0], CPU, first)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_si_descends_its_loss_and_sums_along_the_path(tasks, momentum):
    """Zenke et al., eqs. 3 to 5: the gradient is the task's own, the displacement all that a step moved."""
    strength, damping = 2.0, 0.1
    found = learned(tasks, kind="si", strength=strength, damping=damping, momentum=momentum)
    w, importance, anchor = np.zeros((C, D + 1)), np.zeros((C, D + 1)), np.zeros((C, D + 1))
    apart = 0.0  # from the path that the task's own gradient would have gone alone
    for task, arrays in zip(tasks, found, strict=True):
        (x, y), first, lowered, alone, buffer = own(task, arrays), w, 0.0, 0.0, 0.0
        for _ in range(STEPS):
            g = slope(w, x, y)
            buffer = momentum * buffer + g + strength * 2 * importance * (w - anchor)
            new = w - LR * buffer
            lowered, alone = lowered - g * (new - w), alone + LR * g**2
            w = new
        apart = np.abs(np.maximum(lowered, 0) - alone).max()
        importance = importance + np.maximum(lowered, 0) / ((w - first) ** 2 + damping)
        anchor = w
        close(weights_of(arrays), w)
        close(carried(arrays, "importance"), importance)
    assert apart > 0.01


def test_agem_projects_the_gradient_and_steps_along_what_is_left(tasks):
    """Chaudhry et al., eq. 11, with a memory of one example, which is then every draw from it."""
    found, turned = learned(tasks, kind="agem", memory=1, replayed=3), 0
    w = np.zeros((C, D + 1))
    for position, (task, arrays) in enumerate(zip(tasks, found, strict=True)):
        x, y = own(task, arrays)
        for _ in range(STEPS):
            g = slope(w, x, y)
            if position:
                before = found[position - 1]
                kept = np.append(before["carried/x"][0, 0].astype(np.float64), 1.0)[None]
                r = slope(w, kept, before["carried/label"][0])
                if (g * r).sum() < 0:
                    g, turned = g - (g * r).sum() / (r * r).sum() * r, turned + 1
            w = w - LR * g
        close(weights_of(arrays), w)
    assert 0 < turned < 2 * STEPS


@pytest.mark.parametrize("several", [False, True])
def test_derpp_descends_its_loss_on_a_reservoir_of_its_path(tasks, several):
    """Buzzega et al., algorithm 2, with a memory of one example, which is then every draw from it."""
    alpha, beta = 0.3, 0.6
    found = learned(tasks, several, kind="derpp", alpha=alpha, beta=beta, memory=1, replayed=2)
    outputs = TASKS * C if several else C
    w, seen, memory, changes = np.zeros((outputs, D + 1)), 0, None, 0
    for position, (task, arrays) in enumerate(zip(tasks, found, strict=True)):
        head = slice(*arrays["heads"][position])
        (x, y), filling = own(task, arrays), generator("reservoir", 0, position)
        batches = order_of_minibatches(position)
        for _ in range(STEPS):
            g, said = np.zeros_like(w), x @ w.T
            g[head] = slope(w[head], x, y)
            if memory is not None:
                old, label, logits, its = memory
                g[its] += alpha * 2 * np.outer(old @ w[its].T - logits[its], old)
                g[its] += beta * slope(w[its], old[None], label)
            (place,) = reservoir(seen, N, 1, filling)
            at = next(batches)
            if place or memory is None:  # below 1 is what was there
                i = at[place - (memory is not None)]
                memory, changes = (x[i], y[i : i + 1], said[i], head), changes + 1
            seen += N
            w = w - LR * g
        close(weights_of(arrays), w)
        assert np.allclose(arrays["carried/logits"][0, 0], memory[2], atol=2e-5)
        assert np.allclose(arrays["carried/x"][0, 0], memory[0][:D])
    assert arrays["carried/seen"].tolist() == [TASKS * STEPS * N]
    assert changes > 1


def order_of_minibatches(position):
    """Positions of each step's minibatch: the order in which examples come by the reservoir."""
    from lit.training.batches import Batches

    batches = Batches([np.arange(N)], [(0, position, 2)], N)
    while True:
        yield batches.next()[0].tolist()


def test_under_adamw_springs_follow_the_step_and_under_sgd_they_are_in_the_gradient(tasks):
    """A spring as stiff as 1 / (lr F) stops weights under AdamW; in the gradient it throws them over."""
    from lit.errors import InputError

    stiff = {"kind": "ewc", "strength": 1e7}
    calm = learned(tasks, **stiff, optimizer="adamw")
    assert np.isfinite(calm[-1]["bits"]).all()
    with pytest.raises(
        InputError, match="task 2, 12 examples, 1 models: training diverged under sgd"
    ):
        learned(tasks, **stiff, epochs=200)
    assert EwcOptions().optimizer == "adamw"


# the warm-up of lwf ------------------------------------------------------------------------------


def test_in_lwfs_warm_up_the_new_head_alone_is_trained(tasks):
    """With weight decay and moments of the task before, too, which move weights without any gradient."""
    for how in ({"momentum": 0.5}, {"optimizer": "adamw"}):
        options = {"kind": "lwf", "keep_moments": True, "weight_decay": 0.1, **how}
        first, second, _ = learned(tasks, True, warm_up=1.0, **options)
        before, after = weights_of(first), weights_of(second)
        assert np.array_equal(before[:C], after[:C])
        assert np.abs(after[C : 2 * C]).max() > 0.05
        assert not after[2 * C :].any()


def test_after_the_warm_up_all_weights_are_trained(tasks):
    found = learned(tasks[:2], True, kind="lwf", warm_up=0.4, strength=1.0)
    x, y = own(tasks[1], found[1])
    w = weights_of(found[0])
    said = softmax(x @ w[:C].T / 2)
    for step in range(STEPS):
        g = np.zeros_like(w)
        g[C:] = slope(w[C:], x, y)
        if step >= 2:  # T^2 KL at T = 2 has the gradient T (q - p) / n
            g[:C] = 2 * (softmax(x @ w[:C].T / 2) - said).T @ x / N
        w = w - LR * g
    close(weights_of(found[1]), w)


def test_with_a_single_head_there_is_no_warm_up(tasks):
    one, other = (learned(tasks, kind="lwf", warm_up=share) for share in (0.0, 0.9))
    assert np.array_equal(one[-1]["bits"], other[-1]["bits"])
