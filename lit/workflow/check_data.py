"""What may be wrong with a data set by itself, so that L_IT would not mean what it seems to."""

from collections.abc import Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.tables.duplicates import FEW_INPUTS
from lit.workflow.check_copies import copies
from lit.workflow.check_leaks import leak
from lit.workflow.check_order import rows_together


def data_warnings(data: Dataset, spec: Mapping[str, Any]) -> list[str]:
    """Warnings of rows that belong together, of inputs that tell the label, and of copies; the
    check before the first job says them too, and the data set's file keeps them for the report.

    Args:
        data: The data set.
        spec: The config's entry, of what is read from files or made.
    """
    found = [rows_together(data, spec), leak(data)]
    if spec["kind"] not in FEW_INPUTS:
        found.append(copies(data))
    return [said for said in found if said]
