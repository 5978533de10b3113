"""How often `crossings` tells of a change of order where there is none, and how often where there is one.

Simulated studies, in most of which no arm needs fewer bits than another on the whole. `false` is the share of studies that tell of an
overtaking that is none, `leads` of those that have an arm surely ahead that is not: by the bounds at most 0.05, but for `lucky`, of which
they promise nothing. `by_t` is `false` by Student's t over seeds at the end of each block, not adjusted for pairs or ends, and `power` the
share of pairs of arms that do change places and are told of.

- predictors: margins are normal, and what is hard is hard for all arms
- skewed: every other arm pays a little for each label, the others nothing but 12 bits now and then
- heavy: lognormal bits, independent from arm to arm
- shared: seeds draw four fifths of one data set without replacement; over all of it, all arms need the same bits
- caught up: as predictors, but every other arm leads at first, and has lost its lead by half the stream
- lucky: as predictors, but each arm and seed has its luck in each block, as what is trained has: the means of a block vary twice as much
  between seeds as labels within it explain. In config/studies/text.yaml it is 0.4 to 4.9 times, for the sum so far 0.3 to 3 times; between
  networks of 60 to 63 units on 896 digits, `restart`, that is 0.2 to 2.7 times
- crossing: every other arm leads by 0.3 bits a label for an eighth of the stream, the others by as much for the rest
"""

import numpy as np
from common import arguments, hardware, publish

from lit.measures.intervals import quantile
from lit.measures.sequential import leads, overtakings

CLASSES, MOST = 10, 16.0  # of labels; bits that none exceeds
KINDS = ("predictors", "skewed", "heavy", "shared", "caught up", "lucky", "crossing")
SIZES = ((2, 5), (5, 3), (5, 5), (5, 10), (9, 5), (20, 5))  # arms and seeds


def schedule(k: int) -> np.ndarray:
    """Ends of blocks that double from 32 labels on."""
    return np.append(32 * 2 ** np.arange(20)[32 * 2 ** np.arange(20) < k], k)


def draw(kind: str, arms: int, seeds: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """(A, S, k) bits."""
    size, odd = (arms, seeds, k), np.arange(arms)[:, None, None] % 2
    if kind == "skewed":
        return np.where(odd, 12.0 * (rng.random(size) < 0.025), 0.3)
    if kind == "heavy":
        return rng.lognormal(-2, 2, size).clip(max=MOST)
    if kind == "shared":
        known = rng.lognormal(-2, 2, k * 5 // 4).clip(max=MOST)
        known = rng.permuted(np.tile(known, (arms, 1)), axis=1)
        order = rng.permuted(np.tile(np.arange(known.shape[1]), (seeds, 1)), axis=1)
        return known[:, order[:, :k]]
    hard = rng.normal(3, 2, (seeds, k)) + 0.5 * np.log(np.arange(1, k + 1) / k)
    margin = hard + rng.normal(0, 1, size)
    if kind == "lucky":
        lengths = np.diff(schedule(k), prepend=0)
        luck = rng.normal(0, 1.2 / np.sqrt(lengths), (arms, seeds, len(lengths)))
        margin += np.repeat(luck, lengths, axis=2)
    bits = np.log2(1 + (CLASSES - 1) * np.exp(-margin)).clip(max=MOST - 1)
    t = np.arange(k)
    if kind == "caught up":
        return bits + 0.15 * np.where(odd, t < k // 4, (k // 4 <= t) & (t < k // 2))
    if kind == "crossing":
        return bits + 0.3 * np.where(odd, t < k // 8, t >= k // 8)
    return bits


def told(bits: np.ndarray, ends: np.ndarray) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Pairs (arm, over) of arms that are surely ahead somewhere, and of those that overtake."""
    found = leads({str(i): own for i, own in enumerate(bits)}, ends, MOST)
    changes = [lead for lead, _ in overtakings(found)]
    ahead, overtaking = ({(int(x.arm), int(x.over)) for x in some} for some in (found, changes))
    return ahead, overtaking


def told_by_t(bits: np.ndarray, ends: np.ndarray) -> set[tuple[int, int]]:
    """Pairs (arm, over) of arms that t has behind at one end and ahead at a later one."""
    so_far = bits.cumsum(axis=2)[:, :, ends - 1].swapaxes(0, 1)
    saved = so_far[:, None] - so_far[:, :, None]  # (S, arm, over, E)
    reach = quantile(len(saved)) * saved.std(axis=0, ddof=1) / np.sqrt(len(saved))
    behind = np.logical_or.accumulate(saved.mean(axis=0) < -reach, axis=2)
    overtaking = (behind & (saved.mean(axis=0) > reach)).any(axis=2)
    return {(int(a), int(b)) for a, b in np.argwhere(overtaking)}


def study(kind: str, arms: int, seeds: int, k: int, studies: int) -> dict[str, float]:
    """Shares of simulated studies, and of truly crossing pairs."""
    rng = np.random.default_rng([KINDS.index(kind), arms, seeds, k])
    ends, unlike = schedule(k), {(b, a) for a in range(0, arms, 2) for b in range(1, arms, 2)}
    true = unlike if kind == "crossing" else set()
    # Leads that are there: of either side, or of the one that loses it.
    ahead = {"crossing": unlike | _turned(unlike), "caught up": _turned(unlike)}.get(kind, set())
    counts = {"false": 0.0, "leads": 0.0, "by_t": 0.0} | dict.fromkeys(
        ["power"] if true else [], 0.0
    )
    for _ in range(studies):
        bits = draw(kind, arms, seeds, k, rng)
        leading, overtaking = told(bits, ends)
        counts["false"] += bool(overtaking - true)
        counts["leads"] += bool(leading - ahead)
        counts["by_t"] += bool(told_by_t(bits, ends) - true)
        if true:
            counts["power"] += len(overtaking & true) / len(true)
    return {"kind": kind, "arms": arms, "seeds": seeds, "k": k} | {
        name: count / studies for name, count in counts.items()
    }


def _turned(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    return {(b, a) for a, b in pairs}


def main() -> None:
    options = arguments(k=2048, studies=200)
    about = hardware(1) | {"studies": options.studies}
    rows = [study(kind, *size, options.k, options.studies) for kind in KINDS for size in SIZES]
    publish("coverage_crossings", rows, about, options.output)


if __name__ == "__main__":
    main()
