"""Linear algebra of NumPy and SciPy on one thread: their bytes may depend on how many there are."""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _libraries() -> ThreadpoolController:
    """Those that are loaded; to look for them takes longer than a label."""
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """Meanwhile one thread, whatever the environment says."""
    return _libraries().limit(limits=1, user_api="blas")
