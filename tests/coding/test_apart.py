"""An edit of one learner, or of one algorithm, recomputes none of the others: none imports another."""

import ast

import pytest
from conftest import ROOT

FOLDERS = ("lit/coding/learners", "lit/continual/algorithms")
MODULES = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("[a-z]*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_learner_and_no_algorithm_imports_another(path):
    room = ".".join(path.parent.relative_to(ROOT).parts)
    trees = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
    ]
    assert [node.module for node in trees if str(node.module).startswith(room)] == []
