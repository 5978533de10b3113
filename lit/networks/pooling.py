"""From the numbers of each token to those of an example."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def pool(h: Float[Tensor, "B T D"], there: Bool[Tensor, "B T"], how: str) -> Float[Tensor, "B D"]:
    """The ``mean`` over an example's tokens, its ``last`` token, or its first (``cls``).

    ``there`` says which tokens are; those behind the last one count for nothing.
    """
    if how == "cls":
        return h[:, 0]
    if how == "last":
        return h[torch.arange(len(h), device=h.device), there.sum(1) - 1]
    weight = there.to(h.dtype)[..., None]
    return (h * weight).sum(1) / weight.sum(1)
