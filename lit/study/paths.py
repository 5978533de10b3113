"""Where every result lies. Rules, scripts and tests take their paths from here."""

import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Paths:
    """Paths of one study; arguments may be Snakemake wildcards such as ``"{run}"``."""

    study: str

    @property
    def root(self) -> str:
        return f"results/{self.study}"

    def dataset(self, name: str) -> str:
        return f"{self.root}/data/{name}.h5"

    def view(self, name: str) -> str:
        return f"{self.root}/views/{name}.h5"

    def features(self, name: str) -> str:
        return f"{self.root}/features/{name}.h5"

    def checked(self) -> str:
        """Which settings were found to be in order, so that they are not checked again."""
        return f"{self.root}/data/checked.json"

    def origin(self) -> str:
        """Which config files the results are made from, so that no other study overwrites them."""
        return f"{self.root}/data/origin.json"

    def source(self, source: str, group: str) -> str:
        return f"{self.root}/models/{source}/seeds-{group}.h5"

    def block(self, run: str, group: str, start: int | str, stop: int | str) -> str:
        return f"{self.root}/blocks/{run}/seeds-{group}/{start}-{stop}.h5"

    def codelengths(self, run: str) -> str:
        return f"{self.root}/codelengths/{run}.h5"

    def decoded(self, run: str, group: str, suffix: str) -> str:
        """A run's labels as a code (``code``), and what decoding it showed (``json``)."""
        return f"{self.root}/audit/{run}/seeds-{group}.{suffix}"

    def table(self, name: str) -> str:
        return f"{self.root}/tables/{name}.csv"

    def figure(self, name: str, suffix: str) -> str:
        return f"{self.root}/figures/{name}.{suffix}"

    def tex(self, name: str) -> str:
        return f"{self.root}/tex/{name}.tex"

    def report(self) -> str:
        return f"{self.root}/report/index.html"

    def published(self) -> str:
        return f"results/published/{self.study}"

    def log(self, rule: str, name: str) -> str:
        return f"{self.root}/logs/{rule}/{name}.log"

    def times(self, rule: str, name: str) -> str:
        return f"{self.root}/benchmarks/{rule}/{name}.tsv"


def group_name(seeds: list[int]) -> str:
    """File name of a seed group: ``3``, ``0-4`` for consecutive seeds, ``0+2+7`` otherwise."""
    if len(seeds) > 1 and all(b == a + 1 for a, b in itertools.pairwise(seeds)):
        return f"{seeds[0]}-{seeds[-1]}"
    return "+".join(map(str, seeds))
