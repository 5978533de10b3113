"""L_IT: Information Transfer in bits (arXiv:2009.07624).

``import lit`` is light; torch is loaded when something is trained or coded.
"""

from typing import TYPE_CHECKING, Any

from lit.transfer import CodeLengths, Estimate, information_transfer

if TYPE_CHECKING:
    from lit.api import Source, code_stream, train_source

__version__ = "0.1.0"
__all__ = ["CodeLengths", "Estimate", "Source", "code_stream", "information_transfer", "train_source"]


def __getattr__(name: str) -> Any:
    if name in ("Source", "code_stream", "train_source"):
        from lit import api

        return getattr(api, name)
    raise AttributeError(f"module 'lit' has no attribute {name!r}")
