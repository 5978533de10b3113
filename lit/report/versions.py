"""What the numbers were computed with."""

import platform

from lit.files import provenance


def versions() -> dict[str, str]:
    """Versions of what computes the numbers."""
    names = ["torch", "numpy", "scipy", "h5py", "pandas", "snakemake"]
    return {"python": platform.python_version()} | provenance.versions(*names)
