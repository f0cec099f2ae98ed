"""Each module that holds logic has a test of its own name in the same place."""

# The rest of the tests of a window go through its pages.
SHARE = 0.8
WHOLE = {"core", "data", "desk", "evaluate", "export", "hooks", "jobs", "nn", "runtime", "store", "testing", "train"}
# Types, protocols, constants, and what only hands on.
WITHOUT_LOGIC = {
    "api.py",
    "cli/__main__.py",
    "core/event.py",
    "core/protocol.py",
    "data/decoder.py",
    "data/table/cells.py",
    "evaluate/features.py",
    "hooks/hookspecs.py",
    "version.py",
}


def mirror_of(module):
    return module.with_name(f"test_{module.name.replace('__main__', 'main')}")


def test_modules_have_their_mirrored_tests(repository):
    modules = [path.relative_to(repository / "studio") for path in (repository / "studio").rglob("*.py")]
    modules = [path for path in modules if path.name != "__init__.py"]
    assert {path.as_posix() for path in modules} >= WITHOUT_LOGIC
    logic = [path for path in modules if path.as_posix() not in WITHOUT_LOGIC]
    missing = [path.as_posix() for path in logic if not (repository / "tests" / mirror_of(path)).exists()]
    assert [name for name in missing if name.partition("/")[0] in WHOLE] == []
    assert len(missing) <= (1 - SHARE) * len(logic), missing


def test_plugins_have_a_file_of_tests_each(repository):
    for folder in (repository / "plugins").glob("studio_*/"):
        if (folder / "__init__.py").exists():
            assert (repository / "tests" / "plugins" / f"test_{folder.name.removeprefix('studio_')}.py").exists()
