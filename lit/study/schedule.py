"""Block boundaries of a stream, and how blocks are dealt out to jobs."""

import bisect
import functools
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from lit.errors import InputError


@dataclass(frozen=True)
class Schedule:
    """Cuts of a stream, independent of its length ``k`` but for the last, cut short at ``k``."""

    first_block: int = 32  # examples in the first block
    growth: float = 2.0  # ratio of successive boundaries; each block has at least one example
    head: int = 1024  # blocks that end by ``head`` examples share one job and one file
    blocks: tuple[int, ...] = ()  # explicit inner boundaries instead of first_block and growth

    def __post_init__(self) -> None:
        if not (self.first_block >= 1 and 1 < self.growth < math.inf):
            found = f"first_block is {self.first_block} and growth {self.growth}"
            raise InputError(f"{found}; write first_block at least 1 and growth above 1")

    def _ends(self) -> Iterator[int]:
        first = self.blocks or (self.first_block,)
        yield from first
        end, exact = first[-1], float(first[-1])
        while True:
            exact *= self.growth
            end = max(end + 1, round(exact))
            yield end

    @functools.cached_property
    def _found(self) -> tuple[list[int], Iterator[int]]:
        return [], self._ends()

    def _ends_past(self, stop: int) -> list[int]:
        """Ends of blocks up to the first one after ``stop``, or more; found once for all jobs."""
        ends, more = self._found
        while not ends or ends[-1] <= stop:
            ends.append(next(more))
        return ends

    def boundaries(self, k: int) -> list[int]:
        """Boundaries ``[0, t_1, ..., k]`` of a stream of ``k`` examples."""
        ends = self._ends_past(k)
        return [0, *ends[: bisect.bisect_left(ends, k)], k]

    def inner(self, k: int) -> Iterator[int]:
        """The boundaries between 0 and ``k``, one by one."""
        return itertools.takewhile(lambda end: end < k, self._ends())

    def next_end(self, stop: int) -> int:
        """The schedule's next boundary after ``stop``, however long the stream is."""
        ends = self._ends_past(stop)
        return ends[bisect.bisect_right(ends, stop)]

    def jobs(self, k: int) -> list[tuple[int, int]]:
        """Spans ``(start, stop)`` that are one job each: the head first, then one block each."""
        cuts = self.boundaries(k)
        head = max((cut for cut in cuts if cut <= self.head), default=0)
        outside = [cut for cut in cuts if cut > head]
        tail = list(itertools.pairwise([head, *outside]))
        return [(0, head), *tail] if head else tail

    def blocks_of(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Blocks inside a job's span."""
        ends = self._ends_past(stop)
        inner = ends[bisect.bisect_left(ends, start) : bisect.bisect_left(ends, stop)]
        return list(itertools.pairwise([*([] if start else [0]), *inner, stop]))
