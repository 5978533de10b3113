"""Temperature fitting: how sure a model may be, from labels that it was not trained on."""

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor
from torch.nn import functional as F

ITERATIONS = 20  # Newton steps


def one_behind_another(
    logits: Float64[Tensor, "J V *T C"], labels: Int64[Tensor, "J V *T"]
) -> tuple[Float64[Tensor, "J L C"], Int64[Tensor, "J L"], Bool[Tensor, "J L"]]:
    """All labels of each model one behind the other, with their logits, and which there are.

    Where there is none, -1, logits are zeros, which move no scale, and the label is 0.
    """
    logits, labels = logits.flatten(1, -2), labels.flatten(1)
    there = labels >= 0
    if not there.all():
        logits = logits * there[..., None]
    return logits, labels.clamp(min=0), there


def fit_scale(
    logits: Float64[Tensor, "J V *T C"], labels: Int64[Tensor, "J V *T"]
) -> tuple[Float64[Tensor, " J"], Float64[Tensor, " J"]]:
    """Inverse temperatures b that code held-out labels y best, and mean losses in nats a label.

    Minimises sum_i -ln softmax(b z_i)[y_i] + (b - 1 - ln b), convex in b, by damped Newton steps in
    ln b; z are logits before temperature. The last term pulls towards b = 1, and decides where V is
    small. Where there is no label, -1, nothing counts.
    """
    logits, labels, there = one_behind_another(logits, labels)
    log_b = torch.zeros(len(logits), dtype=torch.float64, device=logits.device)
    at_label = logits.gather(-1, labels[..., None])[..., 0]
    for _ in range(ITERATIONS):
        b = log_b.exp()
        p = (b[:, None, None] * logits).softmax(-1)
        mean = (p * logits).sum(-1)
        variance = (p * logits.square()).sum(-1) - mean.square()
        slope = (mean - at_label).sum(-1) * b + (b - 1)
        curvature = variance.sum(-1) * b.square() + b
        log_b = (log_b - (slope / curvature).clamp(-0.7, 0.7)).clamp(-5, 3)
    b = log_b.exp()
    scaled = (b[:, None, None] * logits).flatten(0, 1)
    loss = F.cross_entropy(scaled, labels.flatten(), reduction="none")
    return b, (loss.view(labels.shape) * there).sum(-1) / there.sum(-1)
