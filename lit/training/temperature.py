"""Temperature fitting: how sure a model may be, from labels that it was not trained on."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor
from torch.nn import functional as F


def fit_scale(
    logits: Float64[Tensor, "J V C"],
    labels: Int64[Tensor, "J V"],
    prior: float = 1.0,
    iterations: int = 20,
) -> tuple[Float64[Tensor, " J"], Float64[Tensor, " J"]]:
    """Inverse temperature that codes held-out labels best, and its mean loss.

    Minimises sum_i -ln softmax(b z_i)[y_i] + prior (b - 1 - ln b), convex in b, by damped Newton
    steps in ln b.

    Args:
        logits: z, before temperature.
        labels: y.
        prior: Weight of the pull towards b = 1, in examples; it decides where V is small.
        iterations: Newton steps.

    Returns:
        Inverse temperatures b, and mean losses in nats an example.
    """
    log_b = torch.zeros(len(logits), dtype=torch.float64, device=logits.device)
    at_label = logits.gather(-1, labels[..., None])[..., 0]
    for _ in range(iterations):
        b = log_b.exp()
        p = (b[:, None, None] * logits).softmax(-1)
        mean = (p * logits).sum(-1)
        variance = (p * logits.square()).sum(-1) - mean.square()
        slope = (mean - at_label).sum(-1) * b + prior * (b - 1)
        curvature = variance.sum(-1) * b.square() + prior * b
        log_b = (log_b - (slope / curvature).clamp(-0.7, 0.7)).clamp(-5, 3)
    b = log_b.exp()
    scaled = (b[:, None, None] * logits).flatten(0, 1)
    loss = F.cross_entropy(scaled, labels.flatten(), reduction="none")
    return b, loss.view(labels.shape).mean(-1)
