"""L_IT: Information Transfer in bits (arXiv:2009.07624).

``import lit`` loads nothing, since every job does it more than once: scipy comes when transfer is
estimated, torch when something is trained or coded.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lit.api import Source, code_stream, train_source
    from lit.measures.information_transfer import CodeLengths, information_transfer
    from lit.measures.intervals import Estimate
    from lit.notebook.own_networks import as_source
    from lit.notebook.recorder import record
    from lit.workflow.read_data import read_data

__version__ = "0.2.0"
__all__ = [
    "CodeLengths",
    "Estimate",
    "Source",
    "as_source",
    "code_stream",
    "information_transfer",
    "read_data",
    "record",
    "train_source",
]
MODULES = {
    "Source": "lit.api",
    "as_source": "lit.notebook.own_networks",
    "code_stream": "lit.api",
    "read_data": "lit.workflow.read_data",
    "record": "lit.notebook.recorder",
    "train_source": "lit.api",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'lit' has no attribute {name!r}")
    module = MODULES.get(name, "lit.measures.information_transfer")
    return getattr(importlib.import_module(module), name)
