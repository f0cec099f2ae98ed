"""Each modality has a place of its own name in every room that meets items, and nothing else knows of it."""

from typing import get_args

import pytest

from studio.core.modality import Modality

# Where an item of each modality is at home; a module or a folder.
ROOMS = ("core/modality", "data", "nn/codec", "evaluate", "gui/item")
# What a room does not do yet; it says so in one sentence, which the tests of the room hold.
ABSENT: set[tuple[str, str]] = set()


@pytest.mark.parametrize("modality", get_args(Modality))
@pytest.mark.parametrize("room", ROOMS)
def test_every_modality_has_its_place(repository, room, modality):
    place = repository / "studio" / room
    there = (place / f"{modality}.py").exists() or (place / modality / "__init__.py").exists()
    assert there == ((room, modality) not in ABSENT)


def test_no_other_place_has_the_name_of_one(repository):
    """What one modality needs lies in its own places, and is found by its name."""
    homes = {repository / "studio" / room for room in ROOMS}
    found = {path for name in get_args(Modality) for path in (repository / "studio").rglob(f"{name}*")}
    # How the cells of a table are written: no place of texts.
    found -= {repository / "studio" / "data" / "table" / "text_format.py"}
    strangers = {path for path in found if "__pycache__" not in path.parts and path.parent not in homes}
    # The table of figures on the Compare page, of whatever modality.
    assert strangers <= {repository / "studio" / "gui" / "compare" / "table.py"}
