"""Single measures out of reports: what does not compare is a measure of its own."""

from studio.gui.compare.measures import (
    MeasureKey,
    likelihood_keys,
    likelihood_of,
    likelihood_text,
    measure_keys,
    plotted_keys,
    read_measure,
    reading_text,
)


def test_measures_in_the_order_of_the_judge_and_multiples_before_numbers(make_report):
    keys = [key.title for key in measure_keys([make_report(), make_report("m-2")])]
    assert keys == ["Fréchet distance (pixels)", "coverage (pixels)", "accuracy (classifier)"]
    plotted = [key.title for key in plotted_keys([make_report()])]
    assert plotted == ["Fréchet distance, times the floor (pixels)", *keys]


def test_other_weights_of_the_same_features_are_another_measure(make_report):
    old = make_report()
    new = old.model_copy(update={"features": (old.features[0].model_copy(update={"version": "2"}),)})
    keys = measure_keys([old, new])
    assert [key.version for key in keys if key.measure == "coverage"] == ["1", "2"]
    assert read_measure(old, next(key for key in keys if key.version == "2")) is None


def test_a_multiple_has_its_interval_and_floor_in_the_same_unit(make_report):
    reading = read_measure(make_report(value=6.0), MeasureKey("pixels", "1", "Fréchet distance", True))
    assert (reading.value, round(reading.low, 9), round(reading.high, 9), reading.floor) == (3.0, 2.7, 3.3, 1.0)
    assert round(reading.floor_low, 9) == 0.9
    assert read_measure(make_report(), MeasureKey("pixels", "1", "coverage", True)) is None


def test_words_always_say_the_floor(make_report):
    report = make_report(value=6.0)
    words = [reading_text(read_measure(report, key)) for key in measure_keys([report])]
    assert words[0] == "6 (5.4 to 6.6), 3 times the floor"
    assert words[1] == "0.7 (0.63 to 0.77), floor 0.95"


def test_likelihoods_of_other_protocols_do_not_share_a_column(make_report):
    one = make_report()
    entry = one.likelihood[0].model_copy(update={"protocol": "dequantised", "kind": "exact", "nats_error": None})
    other = make_report("m-2", likelihood=(entry,))
    keys = likelihood_keys([one, other])
    assert [key.protocol for key in keys] == ["dynamically binarised", "dequantised"]
    assert likelihood_of(one, keys[1]) is None
    assert likelihood_text(likelihood_of(one, keys[0])) == "at least -80.00 ± 0.50"
    assert likelihood_text(likelihood_of(other, keys[1])) == "-80.00"
    assert likelihood_text(entry.model_copy(update={"nats": None})) == "none"
