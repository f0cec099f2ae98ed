"""What an import did, in words."""

import pytest

from studio.desk.import_words import added, stage_text, unique_name


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ({"items": 1, "name": "pets", "rejected": 0}, "Added 1 item as 'pets'."),
        ({"items": 1200, "name": "a\nb", "rejected": 1}, "Added 1,200 items as 'a b'; 1 was refused."),
        ({"items": 2, "name": "pets", "rejected": 1000}, "Added 2 items as 'pets'; 1,000 were refused."),
    ],
)
def test_what_was_added_and_refused(done, words):
    assert added(done) == words


def test_a_name_that_is_taken_gets_the_first_free_number():
    assert unique_name("pets", ()) == "pets"
    assert unique_name("pets", {"pets", "pets 2", "pets 4"}) == "pets 3"


def test_stages_are_told_and_one_that_is_not_known_goes_by_its_name():
    assert stage_text("decoding") == "Decoding"
    assert stage_text("another") == "another"
