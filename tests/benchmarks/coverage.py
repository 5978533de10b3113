"""How often intervals hold what they should, and how often equal arms are told apart; by simulation. No training.

Studies are drawn: each seed codes k of N = k / f examples in an order of its own. An example saves bits of its own, the same
for all seeds, and others by chance; both are normal, exponential or of Student's t with three degrees of freedom. The first
labels save more. Intervals about these examples are held against the mean over all seeds that there could be on the N
examples, those about examples like these against that of the distribution. Ratios are shares of two such savings.

Comparisons: families of arms that differ in nothing, compared in all pairs; and, as power, one arm that is ahead of the others
by a number of its standard deviations over seeds. What costs little is drawn more often: few arms, and values by seed alone.
"""

import numpy as np
from common import arguments, hardware, publish
from scipy.stats import spearmanr

from lit.analyses.correlations import interval as interval_of_rho
from lit.measures.comparisons import compare_pairs
from lit.measures.intervals import estimate, ratio_of_means
from lit.measures.samples import sample
from lit.study.schedule import Schedule

K, SHARES, SEEDS, ARMS = 512, (0.1, 0.5, 0.8), (3, 5, 10, 20), (2, 5, 9, 20)
DRAWS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
    "heavy tails": lambda rng, size: rng.standard_t(3, size) / np.sqrt(3),
}
EARLY = 2 * np.exp(-np.arange(K) / 50)  # what the first labels save besides
BLOCKS = Schedule().blocks_of(0, K)


def study(rng: np.random.Generator, kind: str, share: float, seeds: int):
    """Bits (S, K) that labels save, which examples they are (S, K), and what the N of them save."""
    draw, examples = DRAWS[kind], round(K / share)
    own = draw(rng, examples)
    index = np.stack([rng.permutation(examples)[:K] for _ in range(seeds)])
    by_seed = draw(rng, (seeds, 1)) * 15 / K  # as every seed's M is another
    return own[index] + draw(rng, index.shape) + by_seed + EARLY, index, own


def intervals(rng: np.random.Generator, kind: str, share: float, seeds: int, studies: int) -> dict:
    """Shares of studies whose interval holds what it should."""
    held = {"these": 0, "like": 0, "these, of like": 0}
    for _ in range(studies):
        bits, index, own = study(rng, kind, share, seeds)
        found, truth = estimate(sample(bits, index, BLOCKS)), EARLY.sum()
        held["these"] += inside(found.these.ci, truth + K * own.mean())
        held["like"] += inside(found.like.ci, truth)
        held["these, of like"] += inside(found.these.ci, truth)
    return {name: count / studies for name, count in held.items()}


def inside(ends: tuple[float, float], truth: float) -> bool:
    return ends[0] <= truth <= ends[1]


def means(rng: np.random.Generator, kind: str, seeds: int, studies: int) -> dict:
    """The same for values by seed alone, drawn from the distribution itself, and for their ratios."""
    held = {"t": 0, "ratio": 0}
    for _ in range(studies):
        own, other, shared = DRAWS[kind](rng, (3, seeds))
        held["t"] += inside(estimate(own).ci, 0)
        below = 100 + 8 * (shared + own)
        held["ratio"] += inside(ratio_of_means(60 + 8 * (shared + other), below)[1], 0.6)
    return {name: count / studies for name, count in held.items()}


def ranks(rng: np.random.Generator, pairs: int, studies: int) -> dict:
    """The same for Spearman's rho of normal pairs that correlate to a half, which is 6 / pi asin(1 / 4)."""
    held, truth = 0, 6 / np.pi * np.arcsin(0.25)
    for _ in range(studies):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], pairs).T
        held += inside(interval_of_rho(spearmanr(x, y).statistic, pairs), truth)
    return {"rho": held / studies}


def families(rng: np.random.Generator, kind: str, arms: int, seeds: int, studies: int) -> dict:
    """Share of studies in which equal arms are told apart, and of pairs with the arm ahead that are told."""
    false, power = 0, dict.fromkeys((1, 2, 4), 0.0)
    for _ in range(studies):
        common = DRAWS[kind](rng, seeds)  # what a seed's stream does to all arms
        values = {str(i): common + DRAWS[kind](rng, seeds) for i in range(arms)}
        false += any(pair.apart for pair in compare_pairs(values))
        for ahead in power:
            pairs = compare_pairs(values | {"0": values["0"] + ahead * np.sqrt(2)})
            told = [pair.apart for pair in pairs if pair.one == "0"]
            power[ahead] += np.mean(told) / studies
    by_gap = {f"power at {ahead} s.d.": share for ahead, share in power.items()}
    return {"false": false / studies} | by_gap


def main() -> None:
    options = arguments(studies=2000, families=1000)
    rng, about = np.random.default_rng(0), hardware(1)
    about |= {"k": K, "studies": options.studies, "families": options.families}
    rows = []
    for pairs in (7, 10, 20):
        rows.append(
            {"of": "ranks", "draws": "normal", "pairs": pairs} | ranks(rng, pairs, options.studies)
        )
    for kind in DRAWS:
        for seeds in SEEDS:
            same = {"draws": kind, "seeds": seeds}
            rows.append({"of": "means"} | same | means(rng, kind, seeds, 10 * options.studies))
            for share in SHARES:
                found = intervals(rng, kind, share, seeds, options.studies)
                rows.append({"of": "shared examples"} | same | {"f": share} | found)
            for arms in ARMS:
                studies = options.families * max(ARMS) // arms
                found = families(rng, kind, arms, seeds, studies)
                drawn = {"arms": arms, "studies": studies}
                rows.append({"of": "comparisons"} | same | drawn | found)
    publish("coverage", rows, about, options.output)


if __name__ == "__main__":
    main()
