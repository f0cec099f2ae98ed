"""Single measures out of reports: what does not compare is a measure of its own."""

from studio.desk.measures import (
    MeasureKey,
    difference_text,
    likelihood_keys,
    likelihood_of,
    likelihood_text,
    measure_keys,
    plotted_keys,
    read_measure,
    reading_text,
)


def test_measures_in_the_order_of_the_judge_and_what_is_above_the_floor_first(make_report):
    keys = [key.title for key in measure_keys([make_report(), make_report("m-2")])]
    assert keys == ["Fréchet distance (pixels)", "coverage (pixels)", "accuracy (classifier)"]
    plotted = [key.title for key in plotted_keys([make_report()])]
    assert plotted == ["Fréchet distance, above the floor (pixels)", *keys]


def test_other_weights_of_the_same_features_are_another_measure(make_report):
    old = make_report()
    new = old.model_copy(update={"features": (old.features[0].model_copy(update={"version": "2"}),)})
    keys = measure_keys([old, new])
    assert [key.version for key in keys if key.measure == "coverage"] == ["1", "2"]
    assert read_measure(old, next(key for key in keys if key.version == "2")) is None


def test_what_is_above_the_floor_has_its_interval_and_a_floor_of_nothing(make_report):
    """Finding M6: how many times the floor a distance is depends on how many samples there are."""
    reading = read_measure(make_report(value=6.0), MeasureKey("pixels", "1", "Fréchet distance", above=True))
    assert (reading.value, reading.low, reading.high, reading.floor) == (4.0, 3.5, 4.5, 0.0)
    assert (round(reading.floor_low, 9), round(reading.floor_high, 9)) == (-0.2, 0.2)
    assert read_measure(make_report(), MeasureKey("pixels", "1", "coverage", above=True)) is None


def test_reports_of_an_earlier_protocol_are_measures_of_their_own(make_report):
    old, new = make_report(protocol=1), make_report("m-2")
    titles = [key.title for key in measure_keys([old, new])]
    assert "Fréchet distance (pixels, earlier protocol)" in titles
    assert "Fréchet distance (pixels)" in titles
    key = MeasureKey("pixels", "1", "Fréchet distance")
    assert read_measure(old, key) is None
    assert difference_text(("a", old), ("b", new), key) == ""


def test_words_always_say_the_floor(make_report):
    report = make_report(value=6.0)
    words = [reading_text(read_measure(report, key)) for key in measure_keys([report])]
    assert words[0] == "6 (5.4 to 6.6), 4 above the floor"
    assert words[1] == "0.7 (0.63 to 0.77), floor 0.95"


def test_two_models_are_told_apart_by_their_difference(make_report):
    """Their bars overlap, but chance moves both alike (finding M7)."""
    key = MeasureKey("pixels", "1", "Fréchet distance", above=True)
    one, other = (("a", make_report(value=6.0)), ("b", make_report("m-2", 6.5)))
    readings = [read_measure(report, key) for _, report in (one, other)]
    assert readings[0].high > readings[1].low
    assert difference_text(one, other, key).startswith("a is lower than b by 0.5 (0.4")
    assert difference_text(other, one, key) == difference_text(one, other, key)
    same = ("c", make_report("m-3", 6.0))
    assert difference_text(one, same, key) == "between a and c no difference can be told"


def test_likelihoods_of_other_protocols_do_not_share_a_column(make_report):
    one = make_report()
    entry = one.likelihood[0].model_copy(update={"protocol": "dequantised", "kind": "exact", "nats_error": None})
    other = make_report("m-2", likelihood=(entry,))
    keys = likelihood_keys([one, other])
    assert [key.protocol for key in keys] == ["dynamically binarised", "dequantised"]
    assert likelihood_of(one, keys[1]) is None
    assert likelihood_text(likelihood_of(one, keys[0])) == "at least -80.00 ± 0.50"
    assert likelihood_text(likelihood_of(other, keys[1])) == "-80.00"
    near = entry.model_copy(update={"gap": 0.0377, "gap_error": 0.0056})
    assert likelihood_text(near) == "-80.00, 0.038 ± 0.006 below the true density"
    mixed = one.likelihood[0].model_copy(update={"mixture": True})
    keys = likelihood_keys([one, make_report("m-3", likelihood=(mixed,))])
    assert keys[1].title.endswith("test, classes mixed)")
    assert likelihood_text(entry.model_copy(update={"nats": None})) == "none"
