"""Labels of sequences, predicted from how often each has followed the latest inputs.

What kernels are to images, counts are to tokens: learning in closed form. An order is how many of
the latest inputs are the context of a label. Each order falls back on the shorter ones as Kneser
and Ney (1995) have it, and the product of all orders is one more expert. No torch.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from lit.coding.product import SMALLEST, Product

ORDERS = 6  # inputs in the longest context

Context = tuple[int, ...]


class Followers:
    """Which labels have followed a context.

    Attributes:
        times: How often, by label.
        contexts: In how many contexts that are one input longer, by label: what shorter orders tell
            where longer ones are not known. At a window's front, where there is no longer one,
            every time counts.
    """

    __slots__ = ("contexts", "times")

    def __init__(self) -> None:
        self.times: dict[int, int] = {}
        self.contexts: dict[int, int] = {}


class ContextCounts:
    """Predictions of the labels of one stream of windows, each window from left to right.

    After :meth:`begin`, each input of a window is given to :meth:`predict`, and then its label to
    :meth:`update`, if it has one. What is predicted depends on the window's inputs so far and on
    the labels told before. Time and memory grow linearly with the labels.

    Attributes:
        names: (E,) experts: the orders 0, 1, ..., and ``product``.
    """

    def __init__(self, classes: int, orders: int = ORDERS):
        """``classes``: C; ``orders``: inputs in the longest context."""
        self.classes, self.orders = classes, orders
        self.names = [*map(str, range(orders + 1)), "product"]
        self.tables: list[dict[Context, Followers]] = [
            defaultdict(Followers) for _ in range(orders + 1)
        ]
        # Labels that followed a context once, and twice; by times and by contexts; by order.
        self.rare = np.zeros((2, 2, orders + 1))
        # Which orders to trust depends on how long a context is known, and whether one label alone
        # has followed it.
        self.products = [[Product(orders + 1, 1) for _ in range(orders + 2)] for _ in range(2)]
        self.product = self.products[0][0]  # of the latest prediction
        self.begin()

    def begin(self) -> None:
        """Begin a window: contexts do not reach beyond its front."""
        self.latest: Context = ()  # inputs, the last one first

    def predict(self, token: int) -> Float64[np.ndarray, "E C"]:
        """Log-probabilities, in nats, of the label of the window's next input, by expert."""
        self.latest = (token, *self.latest)[: self.orders]
        known = self._known()
        alone = bool(known) and len(known[-1].times) == 1
        self.product = self.products[alone][len(known)]
        logs = np.log(self._interpolate(known))
        p = self.product.predict(logs[None])
        return np.concatenate([logs, np.log(np.maximum(p, SMALLEST))])

    def update(self, label: int) -> None:
        """Learn the label of the latest input."""
        self.product.update(np.array([label]))
        first = True  # in the context that is one input longer
        for order in range(len(self.latest), -1, -1):
            followers = self.tables[order][self.latest[:order]]
            if first:
                _count(followers.contexts, label, self.rare[:, 1, order])
            first = _count(followers.times, label, self.rare[:, 0, order]) == 1

    def window(
        self, x: Sequence[int] | np.ndarray, y: Sequence[int] | np.ndarray
    ) -> Float64[np.ndarray, "E T C"]:
        """Log-probabilities, in nats, of all labels of a window, each from those before it.

        Args:
            x: (T,) inputs, -1 behind the last one, where predictions are uniform.
            y: (T,) labels, -1 where there is none.
        """
        found = np.full((len(self.names), len(x), self.classes), -np.log(self.classes))
        self.begin()
        for t, (token, label) in enumerate(zip(x, y, strict=True)):
            if token < 0:
                break
            found[:, t] = self.predict(int(token))
            if label >= 0:
                self.update(int(label))
        return found

    def _known(self) -> list[Followers]:
        """Of the contexts of the latest input that are known, from the shortest on."""
        known: list[Followers] = []
        for order in range(len(self.latest) + 1):
            followers = self.tables[order].get(self.latest[:order])
            if followers is None:
                break
            known.append(followers)
        return known

    def _interpolate(self, known: list[Followers]) -> Float64[np.ndarray, "orders C"]:
        """Probabilities by order."""
        found = np.zeros((2, self.orders + 1, self.classes))  # by times, and by contexts
        shorter, count = np.full(self.classes, 1 / self.classes), len(known)
        if known:
            label, counts, sizes = _arrays(known)
            order = np.repeat(np.arange(count), sizes)
            total = np.add.reduceat(counts, sizes.cumsum() - sizes, axis=1)
            # What is taken off each count, as Ney, Essen and Kneser (1994) estimate it.
            once, twice = self.rare[:, :, :count]
            discount = (once + 0.5) / (once + 2 * twice + 1)
            found[:, order, label] = (counts - discount[:, order]) / total[:, order]
            given = discount * sizes / total  # to the next shorter order
            for i in range(count):
                found[:, i] += given[:, i, None] * shorter
                shorter = found[1, i]
        # Longer contexts are new, or there are none so near to the window's front.
        found[0, count:] = shorter if count <= len(self.latest) else found[0, count - 1]
        return found[0]


def _arrays(
    known: list[Followers],
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, "2 n"], Int64[np.ndarray, " known"]]:
    """Labels, times and contexts of each, all followers' one behind the other; and how many each
    has."""
    label = [one for followers in known for one in followers.times]
    # A label is new in times and contexts at once, so that both have labels in one order.
    times = [count for followers in known for count in followers.times.values()]
    contexts = [count for followers in known for count in followers.contexts.values()]
    sizes = [len(followers.times) for followers in known]
    return np.array(label), np.array([times, contexts]), np.array(sizes)


def _count(counts: dict[int, int], label: int, rare: Float64[np.ndarray, " 2"]) -> int:
    """Count a label once more, and keep account of how many counts are 1, and 2; returns the
    count."""
    count = counts[label] = counts.get(label, 0) + 1
    if count <= 2:
        rare[count - 1] += 1
    if 2 <= count <= 3:
        rare[count - 2] -= 1
    return count
