"""What an observer is told, in which order."""

from studio.train.observe import tell_rows


class Seen:
    def __init__(self):
        self.told = []

    def on_step(self, step, metrics):
        self.told.append(("step", step, metrics))

    def on_validated(self, step, metrics):
        self.told.append(("validated", step, metrics))


def test_a_step_and_its_validation_are_told_apart():
    seen = Seen()
    rows = [(1, 1, "loss", 2.0), (2, 1, "norm", None), (3, 1, "validation.loss", 3.0), (4, 2, "loss", 1.0)]
    tell_rows(seen, rows)
    assert seen.told == [("step", 1, {"loss": 2.0}), ("validated", 1, {"loss": 3.0}), ("step", 2, {"loss": 1.0})]


def test_what_it_does_not_want_to_know_is_not_told():
    tell_rows(object(), [(1, 1, "loss", 2.0)])
