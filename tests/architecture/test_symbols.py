"""Each family's mathematics begins with the symbols of its papers; the names beside them are those of its code."""

import ast
import re

import pytest

FAMILIES = ("autoregressive", "diffusion", "flow", "gan", "vae")


def table(repository, family):
    """Rows of symbol, names and meaning in the header of a family's model."""
    header = ast.get_docstring(ast.parse((repository / f"plugins/studio_{family}/model.py").read_text()))
    _, _, rest = header.partition("Symbols of the paper")
    return [re.split(r" {2,}", line.strip()) for line in rest.splitlines() if line.startswith("    ")]


def names_of(tree):
    """Every name that code defines or uses."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
    return names


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_beside_a_symbol_is_one_of_the_code(repository, family):
    files = [*(repository / f"plugins/studio_{family}").glob("*.py"), *(repository / "studio/nn").rglob("*.py")]
    known = set().union(*(names_of(ast.parse(file.read_text())) for file in files))
    rows = table(repository, family)
    assert len(rows) > 3
    for row in rows:
        symbol, names, meaning = row
        assert symbol
        assert meaning
        for name in re.split(r"[,.] ?", names):
            assert name in known, f"{name}, beside {symbol}"
