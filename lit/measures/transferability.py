"""Scores of features that users rank representations by, without coding anything. No torch.

Features x (n, D) float, labels y (n,) of C classes; a backbone's own classes are its Z source
classes. Those with a unit are in bits.
"""

import numpy as np
from jaxtyping import Float, Int
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Features = Float[np.ndarray, "n D"]
Labels = Int[np.ndarray, " n"]

STRENGTHS = np.logspace(-1, 5, 13)  # of the ridge, chosen by its leave-one-out error
STEPS, CLOSE = 100, 1e-5  # of LogME's fixed point


def linear_probe_accuracy(
    x: Features, y: Labels, fresh_x: Float[np.ndarray, "m D"], fresh_y: Int[np.ndarray, " m"]
) -> float:
    """Share of fresh labels that ridge regression on the classes gets right."""
    classifier = make_pipeline(StandardScaler(), RidgeClassifierCV(STRENGTHS))
    return float(classifier.fit(x, y).score(fresh_x, fresh_y))


def log_me(x: Features, y: Labels) -> float:
    """LogME (You et al. 2021, arXiv:2102.11005): log2 evidence of Bayesian linear regression.

    Mean over classes c of max_(a, b) log N(1[y = c]; 0, I / b + x x^T / a) / n, without a bias. Not
    a code length of the labels: it is the density of numbers 0 and 1, and can be above 0.
    """
    x = np.asarray(x, dtype=np.float64)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    targets = [(y == c).astype(np.float64) for c in np.unique(y)]
    return float(np.mean([_evidence(u, s**2, x.shape[1], t) for t in targets]) / np.log(2))


def _evidence(u: np.ndarray, squares: np.ndarray, width: int, target: np.ndarray) -> float:
    """Largest log evidence by label, in nats: MacKay's fixed point for the two precisions."""
    n, inside = len(target), (u.T @ target) ** 2
    outside = max(float(target @ target - inside.sum()), 0.0)

    def fitted(ratio: float) -> tuple[float, float, float]:
        """Known directions, squared weights and squared error at a ratio of precisions a / b."""
        shrink = squares / (squares + ratio)  # of each direction's target
        weights = np.sum(inside * shrink**2 / squares, where=squares > 0)
        return shrink.sum(), weights, outside + np.sum(inside * (1 - shrink) ** 2)

    a, b = 1.0, 1.0
    for _ in range(STEPS):
        before = a / b
        known, weights, error = fitted(before)
        a = known / max(weights, 1e-300)
        b = max(n - known, 1e-12) / max(error, 1e-300)
        if abs(a / b - before) <= CLOSE * before:
            break
    _, weights, error = fitted(a / b)
    log_det = np.log(a + b * squares).sum() + (width - len(squares)) * np.log(a)
    evidence = width * np.log(a) + n * np.log(b / (2 * np.pi)) - b * error - a * weights - log_det
    return evidence / (2 * n)


def h_score(x: Features, y: Labels) -> float:
    """H-score tr(cov(x)^-1 cov(E[x | y])) (Bao et al. 2019), shrunken.

    The covariance is Ledoit and Wolf's, and what is between classes is shrunk as much (Ibrahim et
    al. 2021, arXiv:2110.06893).
    """
    x = np.asarray(x, dtype=np.float64)
    x = x - x.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(x, assume_centered=True)
    classes, counts = np.unique(y, return_counts=True)
    means = np.stack([x[y == c].mean(axis=0) for c in classes]) * np.sqrt(counts / len(y))[:, None]
    return float((1 - shrinkage) * np.sum(means * np.linalg.solve(covariance, means.T).T))


def leep(predictions: Float[np.ndarray, "n Z"], y: Labels) -> float:
    """LEEP, in bits a label: mean of log2 sum_z P(y | z) p(z | x), p(z | x) the predictions.

    Nguyen et al. 2020, arXiv:2002.12462.
    """
    joint = np.stack([predictions[y == c].sum(axis=0) for c in range(y.max() + 1)]) / len(y)
    given = joint / np.maximum(joint.sum(axis=0), 1e-300)
    return float(np.mean(np.log2(np.sum(predictions * given[y], axis=1))))


def nce(source: Labels, y: Labels) -> float:
    """NCE, in bits a label: -H(y | z), z (n,) being the likeliest source classes.

    Tran et al. 2019, arXiv:1908.08142.
    """
    joint = np.zeros((source.max() + 1, y.max() + 1))
    np.add.at(joint, (source, y), 1 / len(y))
    given = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
    return float(np.sum(joint * np.log2(given, where=joint > 0, out=np.zeros_like(joint))))
