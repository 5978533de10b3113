"""Whether ``readout`` has one of the kernels that a study asks for."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from lit.coding.learners.readout import chosen, kernels_of
from lit.data.dataset import Dataset
from lit.networks.small import relu_layers
from lit.study.learners import names_of


def check_kernels(
    row: Mapping[str, Any],
    net: nn.Module,
    data: Dataset,
    kernels: Mapping[str, Mapping[str, Any]],
    where: str,
) -> None:
    """Check that a row's network and inputs have one of the kernels that its learner names.

    Args:
        row: Of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        net: Its network.
        data: Its target.
        kernels: Entries of learners that name kernels, by the learner's name.
        where: How errors name the row.

    Raises:
        InputError: naming learner and the kernels that there are.
    """
    for name in names_of(row["learner"]):
        if name in kernels:
            generic, depth = kernels[name].get("generic", True), relu_layers(net)
            # What ours do not know may be linear, which the jobs find out.
            own = depth is None and not type(net).__module__.startswith("lit.")
            every: dict[str, Any] = {}
            for possible in {depth, 0 if own else depth}:
                shape, tokens = data.x.shape[1:], bool(data.vocabulary)
                every |= kernels_of(possible, shape, generic, tokens)
            chosen(every, kernels[name]["kernels"], f"{where}: learner {name!r}")
