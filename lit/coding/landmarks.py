"""Features of examples whose inner products are a kernel, or close to one.

Of a kernel that is linear in few columns these columns, else its values with some of the data set's
inputs, the landmarks (Nystrom features; Williams and Seeger 2001).
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from lit.coding.kernels import Kernel
from lit.coding.regression import FLOPS_CHOLESKY
from lit.coding.tiles import Factor, fixed
from lit.coding.views import Views
from lit.rng import generator

JITTER = 1e-6  # on landmarks' kernel with themselves, for rounding


class Landmarks:
    """What stands for all examples under one kernel.

    Attributes:
        flops: Operations that it took, with those of views.
        passes: Of examples through the network.
        each: Operations that the features of one example take, besides products.
    """

    def __init__(self, kernel: Kernel, views: Views, count: int):
        self.kernel, self.names = kernel, kernel.views
        passes, flops = views.passes, views.flops
        chosen = generator("landmarks", 0).permutation(len(views.examples.x))[:count]
        seen, self.size = views.rows(torch.from_numpy(chosen), self.names), views.size(kernel)
        self.passes, self.flops = views.passes - passes, views.flops - flops
        views.passes, views.flops = passes, flops  # the caller counts them, of each seed
        self.factor: Factor | None = None
        self.each = 0.0
        if kernel.linear and kernel.columns(seen).shape[1] <= len(chosen):
            return
        self.seen = seen
        self.factor = Factor(fixed(kernel.matrix(seen, seen) / self.size), JITTER)
        product = len(chosen) * kernel.products(seen)
        self.flops += FLOPS_CHOLESKY * len(chosen) ** 3 + len(chosen) * product
        self.each = float(len(chosen) ** 2)

    def features(self, views: Views, begin: int, end: int) -> Float64[Tensor, "m D"]:
        """Those of the examples begin..end of a stream."""
        if self.factor is None:
            stream = views.stream(begin, end, self.names)
            return self.kernel.columns(stream) / self.size.sqrt()
        pairs = {name: views.across(name, self.seen[name], begin, end) for name in self.names}
        return self.factor.solve(self.kernel.of(pairs) / self.size).T.contiguous()
