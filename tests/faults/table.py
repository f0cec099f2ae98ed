"""Which of the faults in faults.csv hold, and by which tests: ``python -m tests.faults.table [--tests]``.

A test says by ``@pytest.mark.fault("A1", ...)`` which faults it holds; a module by ``pytestmark``. A fault that no test
holds has its standing in the list: ``seen`` to hold by hand, ``fails``, ``untried``, or ``later`` where what it would
break is not built yet.
"""

import argparse
import ast
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SECTIONS = {
    "A": "data",
    "B": "training",
    "C": "storage",
    "D": "export and ONNX",
    "E": "gallery and sampling",
    "F": "plugins",
    "G": "window and start",
}
STANDINGS = ("held", "seen", "fails", "untried", "later")


@dataclass
class Fault:
    """One fault of the list.

    Attributes:
        number: Its number, such as C14.
        text: What goes wrong.
        standing: One of STANDINGS.
        note: Why, where no test holds it.
        tests: The tests that hold it.
    """

    number: str
    text: str
    standing: str
    note: str
    tests: list[str] = field(default_factory=list)


def _numbers(node: ast.expr) -> list[str]:
    """The faults that a decorator or ``pytestmark`` names."""
    if isinstance(node, ast.List | ast.Tuple):
        return [number for each in node.elts for number in _numbers(each)]
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
        return [str(ast.literal_eval(argument)) for argument in node.args]
    return []


def _marks_of(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(TESTS.parent).as_posix()
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield from ((number, name) for number in _numbers(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                yield from ((number, f"{name}::{node.name}") for number in _numbers(mark))


def read_faults() -> list[Fault]:
    """The list, each fault with the tests that hold it.

    Raises:
        ValueError: If a test names a fault that is not in the list, or nothing is known of one.
    """
    with open(Path(__file__).with_name("faults.csv"), newline="", encoding="utf-8") as file:
        faults = {
            row["number"]: Fault(row["number"], row["fault"], row["standing"], row["note"])
            for row in csv.DictReader(file)
        }
    for path in sorted(TESTS.rglob("test_*.py")):
        for number, test in _marks_of(path):
            if number not in faults:
                raise ValueError(f"{test} holds the fault {number}, which is not in faults.csv")
            faults[number].tests.append(test)
    for fault in faults.values():
        fault.standing = fault.standing or ("held" if fault.tests else "")
        if fault.standing not in STANDINGS:
            raise ValueError(f"no test holds {fault.number}, and faults.csv does not say why")
    return list(faults.values())


def table(faults: list[Fault]) -> str:
    """Markdown: a row for each section, and which faults do not hold or were not tried."""
    lines = [
        "| | faults | held by tests | seen to hold | fail | not tried | do not apply yet |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = [(f"{letter} {title}", [f for f in faults if f.number[0] == letter]) for letter, title in SECTIONS.items()]
    for title, rows in [*groups, ("all", faults)]:
        counts = [str(len(rows))]
        for standing in STANDINGS:
            numbers = [fault.number for fault in rows if fault.standing == standing]
            named = standing != "held" and title != "all" and numbers
            counts.append(f"{len(numbers)}" + (f" ({', '.join(numbers)})" if named else ""))
        lines.append(f"| {title} | {' | '.join(counts)} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table, or every fault with its tests."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.table")
    parser.add_argument("--tests", action="store_true", help="list every fault, with the tests that hold it")
    options = parser.parse_args()
    faults = read_faults()
    if not options.tests:
        print(table(faults))
        return 0
    for fault in faults:
        print(f"{fault.number:4} {fault.standing:8} {fault.text}" + (f" ({fault.note})" if fault.note else ""))
        for test in fault.tests:
            print(f"              {test}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
