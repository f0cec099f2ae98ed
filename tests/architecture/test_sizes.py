"""Files are short, and their names say what they hold."""

import ast

import pytest

BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "types"}


def sources(repository):
    return sorted([*(repository / "studio").rglob("*.py"), *(repository / "plugins").rglob("*.py")])


def test_no_file_is_longer_than_400_lines(repository):
    lengths = {str(path): len(path.read_text().splitlines()) for path in sources(repository)}
    assert len(lengths) > 50
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_no_file_has_a_name_that_says_nothing(repository):
    assert [path for path in sources(repository) if path.stem in BANNED] == []


def test_no_function_is_longer_than_100_lines(repository):
    long = []
    for path in sources(repository):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 100:
                long.append(f"{path.name}:{node.name}")
    assert long == []


def test_every_public_name_has_a_docstring(repository):
    missing = []
    for path in sources(repository):
        tree = ast.parse(path.read_text())
        if ast.get_docstring(tree) is None:
            missing.append(str(path))
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            overload = any(getattr(mark, "id", "") == "overload" for mark in getattr(node, "decorator_list", []))
            if public and not overload and ast.get_docstring(node) is None:
                missing.append(f"{path}:{node.name}")
    assert missing == []


def test_nothing_but_the_agreed_lies_at_the_top(repository):
    import subprocess

    done = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this copy of the sources is not a git checkout")
    top = {line.split("/")[0] for line in done.stdout.splitlines()}
    allowed = {"pyproject.toml", "studio", "plugins", "tests", "resources", "README.md", ".ci", ".gitignore", "LICENSE"}
    assert top <= allowed


def test_the_project_file_lists_every_package(repository):
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text())
    listed = set(project["tool"]["setuptools"]["packages"]) - {"studio_resources", "studio_resources.icons"}
    found = set()
    for root in (repository, repository / "plugins"):
        for path in root.glob("studio*/**/__init__.py"):
            found.add(".".join(path.parent.relative_to(root).parts))
    assert listed == found
