"""What the quick study must show, checked on its tables after a real run."""

import re
import sys
from pathlib import Path

import pandas as pd

TABLES = Path("results/quick/tables")


def check(table: pd.DataFrame) -> list[str]:
    """Sentences about what does not hold."""
    wrong = []
    for arm, rows in table.groupby("arm"):
        zero, rest = rows[rows["n"] == 0], rows[rows["n"] > 0]
        if (zero["l_it_bits"] != 0).any():
            wrong.append(f"{arm}: L_IT at n = 0 is not exactly 0")
        if (rows["labels"] == "true").all():
            if not rows.sort_values("n")["l_it_bits"].is_monotonic_increasing:
                wrong.append(f"{arm}: L_IT does not rise with n")
            if (rest["l_it_ci_low"] <= 0).any():
                wrong.append(f"{arm}: an interval does not exclude 0")
        if (rows["labels"] == "random-1").all() and (
            rest["l_it_bits"].abs() > 0.005 * rest["uniform_bits"]
        ).any():
            wrong.append(f"{arm}: a random-label row is farther than 0.5 % of k log2 C from 0")
    if (table["m_knowable"][table["n"] > 0] != 1).any():
        wrong.append("digits all differ, yet some labels are said to be beyond knowing by heart")
    if (table["l_m_bits"] > 1.02 * table["uniform_bits"]).any():
        wrong.append("a code exceeds the uniform code by more than 2 %")
    return wrong


def run_example() -> None:
    """The lines of results/README.md that read a file of this study."""
    page = Path("results/README.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.S)
    sys.path.insert(0, str(Path(__file__).parent.parent))  # it imports lit, which stands there
    exec(block, {})


if __name__ == "__main__":
    run_example()
    found = check(pd.read_csv(TABLES / "information_transfer.csv", dtype={"labels": str}))
    print("\n".join(found) or "quick study: every check holds")
    sys.exit(bool(found))
