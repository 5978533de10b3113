"""Whether ``readout`` has one of the kernels that a study asks for."""

from collections.abc import Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.study.learners import names_of


def check_kernels(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    learners: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Mapping[str, Any]],
    seed: int,
) -> None:
    """Check that network and inputs of each arm have one of the kernels that its learner names.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        data: Data sets by name.
        learners: Entries that name kernels, by the learner's name.
        models: Models' entries by name; they can be built.
        seed: Any seed of the study.

    Raises:
        InputError: naming arm, learner and the kernels that there are.
    """
    uses = {
        (name, row["model"], row["target"]): row["arm"]
        for row in reversed(rows)  # an error names the first arm
        for name in names_of(row["learner"])
        if name in learners
    }
    if not uses:
        return
    from lit.coding.learners import readout  # torch
    from lit.networks.build import build_theta0
    from lit.networks.small import relu_layers

    for (name, model, target), arm in uses.items():
        where, examples = f"arm {arm!r}: learner {name!r}", data[target]
        net = build_theta0(models[model], examples.form(), seed, where)
        depth, generic = relu_layers(net), learners[name].get("generic", True)
        # One of a class of its own may be linear, which its jobs find out.
        every: dict[str, Any] = {}
        for possible in {depth, 0 if depth is None else depth}:
            shape, tokens = examples.x.shape[1:], bool(examples.vocabulary)
            every |= readout.kernels_of(possible, shape, generic, tokens)
        readout.chosen(every, learners[name]["kernels"], where)
