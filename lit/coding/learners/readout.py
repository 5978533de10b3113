"""``readout``: learning in closed form, each label predicted from all before it.

Ridge regression of the labels with kernels of the architecture: of the limit of infinitely many
draws of theta0, and of the start state's own layers; with equal probabilities, or the start state's
prediction, as the prior mean. One Cholesky factor predicts every label from all before it, see
:mod:`lit.coding.regression`. Every kernel, ridge and prior is an expert, paid for in bits. So are
logistic regressions of few inputs, and of the principal components of many, see
:mod:`lit.coding.logistic`, forests of the same, see :mod:`lit.coding.forest`, regressions of the
targets whose bins are the labels, see :mod:`lit.coding.normal`, the labels that inputs had before,
where they come again, see :mod:`lit.coding.by_heart`, and the shares of the labels so far. Blocks
do not depend on each other, so each can be a job of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from lit.coding import kernels
from lit.coding.channel import Coded, Span, Stream
from lit.coding.closed_form import KERNELS, ClosedForm, Options
from lit.coding.kernels import Kernel
from lit.coding.landmarks import Landmarks
from lit.coding.one_by_one import Again, Besides
from lit.coding.views import BATCH, View, Views, sees_inputs
from lit.data.overlap import numbers_of_kinds
from lit.errors import InputError, check_known
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.networks.output_layer import find_head
from lit.networks.patches import fits
from lit.networks.small import relu_layers
from lit.training.scoring import score_at
from lit.training.state import Examples, State, scaled

KIND = {"labels": "one"}
LABEL_COUNTS = "architecture.label-counts"
BY_HEART = {True: "architecture.by-heart", False: "generic.by-heart"}  # whether the network can
RANK = 1e-6  # of the longest row: what depends on others is shorter
UNSEEN = 0.5  # count of each label before the first (Krichevsky and Trofimov 1981)


def readout(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: the expert ``start``, one for each kernel, ridge and prior, those that follow
    the labels one by one, and label counts."""
    coded = Coded.nothing(len(stream.seeds))
    if stream.examples.sizes:
        raise InputError(
            "the learner readout takes one label an example, but these carry several; take replay"
        )
    # Layers of ReLU units before the head, 0 where it sees the inputs; None where unknown.
    depth = 0 if sees_inputs(net, start, stream.examples) else relu_layers(net)
    experts = _experts(depth, stream.examples, options)
    progress = Progress(f"readout {span.start}-{span.stop}, {len(experts)} kernels")
    names = set().union(*(kernel.views for kernel in experts.values()))
    besides = _besides(net, depth, stream.examples, experts, options)
    names |= besides.views
    shared: dict[str, View] = {}
    views = [
        Views(net, stream, start, s, names, shared, besides.components)
        for s in range(len(stream.seeds))
    ]
    landmarks: dict[Kernel, Landmarks] = {}
    seeds: list[ClosedForm] = []
    for begin, end in _solved_at_once(span.blocks, options.exact):
        prior = _start(net, start, stream.examples, end)
        if seeds and seeds[0].long:  # one pass
            for one, own in zip(seeds, prior, strict=True):
                one.go_on(own)
        else:
            coded.other += [one.flops for one in seeds] or [0.0]
            seeds = [
                ClosedForm(stream, s, prior[s], experts, options, views[s], landmarks, besides)
                for s in range(len(views))
            ]
        step = stream.channel.at_once or end - begin
        for at in range(begin, end, step):
            stop = min(end, at + step)
            parts = [one.predict(at, stop) for one in seeds]
            predictions = {n: torch.stack([p[n] for p in parts]) for n in parts[0]}
            shares = label_counts(stream.examples.label[:, :stop], at, prior.shape[-1])
            predictions |= {"start": prior[:, at:stop], LABEL_COUNTS: shares}
            stream.channel.code(at, stop, predictions)
        coded.scored += end
        progress.step(end - span.start, span.stop - span.start)
    coded.other += [one.flops + own.flops for one, own in zip(seeds, views, strict=True)]
    coded.scored += [own.passes for own in views]
    return coded


def _solved_at_once(blocks: list[tuple[int, int]], exact: int) -> list[tuple[int, int]]:
    """A job's blocks, of which those of a short stream are one: its factor is theirs too."""
    short = [end for _, end in blocks if end <= exact]
    first = [(blocks[0][0], short[-1])] if short else []
    return first + blocks[len(short) :]


def _start(net: nn.Module, start: State, examples: Examples, end: int) -> Float64[Tensor, "S m C"]:
    """Log-probabilities under the start state, in whole batches: what comes before a label has the
    same bytes however many follow it."""
    places = torch.arange(end + -end % BATCH, device=examples.index.device).clamp(max=end - 1)
    each = places.expand(len(examples.index), -1).split(BATCH, dim=1)
    logits = torch.cat([score_at(net, start, examples, part) for part in each], dim=1)[:, :end]
    return (logits * start.scale.view(-1, 1, 1)).log_softmax(-1)


def _experts(depth: int | None, examples: Examples, options: Options) -> dict[str, Kernel]:
    """Kernels by name of a network and its inputs, those that the options ask for."""
    for name in options.kernels:
        check_known("learner readout: kernels", "kernel", name, KERNELS)
    shape = tuple(examples.x.shape[1:])
    every = kernels_of(depth, shape, options.generic, examples.tokens)
    return chosen(every, options.kernels, "learner readout")


def chosen(every: dict[str, Kernel], kinds: Sequence[str], where: str) -> dict[str, Kernel]:
    """Those of a network's kernels that are of these kinds.

    Raises:
        InputError: there is none.
    """
    found = {name: kernel for name, kernel in every.items() if kind_of(name) in kinds}
    if not found:
        there = ", ".join(sorted(set(map(kind_of, every))))
        raise InputError(
            f"{where}: kernels: of {', '.join(kinds)} this network and its inputs have none; write"
            f" some of {there}"
        )
    return found


def _besides(
    net: nn.Module,
    depth: int | None,
    examples: Examples,
    experts: dict[str, Kernel],
    options: Options,
) -> Besides:
    """What learns beside these kernels: where all are generic, no regression is."""
    again, classes = _again(net, depth, examples, options), len(find_head(net)[1].weight)
    found = Besides.of(examples, classes, depth == 0, options.generic, again)
    if not options.precisions or all(name.startswith("generic.") for name in experts):
        return replace(found, logistic=())
    return found


def _again(net: nn.Module, depth: int | None, examples: Examples, options: Options) -> Again | None:
    """Which inputs come again, where there is an expert that knows them by heart.

    It is the architecture's where a network can give each input a label of its own; a linear one
    can, where inputs do not depend on each other linearly.
    """
    found = numbers_of_kinds(examples.x.numpy(force=True))
    if found is None:
        return None
    number = torch.from_numpy(found)
    free = depth != 0 or _independent(examples.x, number, net)
    if not free and not options.generic:
        return None
    return Again(BY_HEART[free], number.to(examples.x.device))


def _independent(x: Tensor, number: Int64[Tensor, " N"], net: nn.Module) -> bool:
    """Whether a linear network can give each of the inputs of these kinds any logit."""
    kinds, bias = int(number.max()) + 1, find_head(net)[1].bias is not None
    if kinds > x[0].numel() + bias:
        return False
    rows = torch.empty(kinds, dtype=torch.int64)
    rows[number] = torch.arange(len(number))
    each = scaled(x[rows.to(x.device)]).flatten(1).double()
    if bias:
        each = F.pad(each, (0, 1), value=1.0)
    left = torch.linalg.qr(each.T).R.diagonal().abs()  # of each what those before do not span
    return bool(left.min() > RANK * left.max())


def kernels_of(
    depth: int | None, shape: tuple[int, ...], generic: bool, tokens: bool = False
) -> dict[str, Kernel]:
    """Kernels by name: ``architecture.`` those of the network, ``generic.`` any other.

    Those of a fully connected network follow from its ``depth``, see
    :func:`lit.networks.small.relu_layers`; where that is unknown, they are made of draws of it.
    """
    flat = len(shape) == 1
    views = ["inputs", "standardised"] if flat else ["inputs"]
    found: dict[str, Kernel] = {}
    if depth is not None:
        for view in views:
            if not depth:
                found[f"linear-{view}"] = Kernel(((view, kernels.linear),))
                continue
            found[f"nngp-{view}"] = Kernel(((view, kernels.nngp(depth)),))
            found[f"ntk-{view}"] = Kernel(((view, kernels.ntk(depth)),))
        if depth:
            found["both"] = Kernel((("inputs", kernels.ntk(depth)), ("hidden", kernels.linear)))
    else:
        found["draws"] = Kernel((("draws", kernels.linear),))
        found["draws-ntk"] = Kernel((("draws", kernels.ntk(1)),))
        found["both"] = Kernel((("draws", kernels.ntk(1)), ("hidden", kernels.linear)))
    named = {f"architecture.{name}": kernel for name, kernel in found.items()}
    if generic and tokens:  # whose numbers mean nothing
        named["generic.ngrams"] = Kernel((("ngrams", kernels.linear),))
    elif generic:
        for view in views:
            named[f"generic.rbf-{view}"] = Kernel(((view, kernels.rbf(0.5)),))
        if fits(shape):
            named["generic.patches"] = Kernel((("patches", kernels.nngp(1)),))
    return named


def kind_of(name: str) -> str:
    """The kind of a kernel, by its name: of ``architecture.draws-ntk`` it is ``draws``."""
    return name.partition(".")[2].partition("-")[0]


def label_counts(
    label: Int64[Tensor, "S end"], begin: int, classes: int
) -> Float64[Tensor, "S m C"]:
    """Log-probabilities of the labels from ``begin`` on, by how often each was seen before it.

    It is an architecture's output bias alone, learnt in closed form. Where inputs say little and
    classes are unequal, all else learns their shares dearly, and that waste would stand in L_IT.
    """
    seen = F.one_hot(label[:, :-1], classes).double().cumsum(1)
    counts = UNSEEN + F.pad(seen, (0, 0, 1, 0))[:, begin:]
    return (counts / counts.sum(-1, keepdim=True)).log()
