"""Intervals: right for an average, whose spread is known; for distances that are null; and over trainings."""

import numpy as np
import pytest

from studio.core.estimate import Estimate, next_training, student_t


def parts(x, share, times, generator):
    return np.array([generator.permutation(x)[: len(x) // share].mean() for _ in range(times)])


def test_the_spread_of_an_average_is_its_standard_error():
    generator = np.random.default_rng(0)
    x = generator.normal(size=400)
    for quarters in (np.zeros(0), parts(x, 4, 2000, generator)):
        low, high = Estimate(x.mean(), parts(x, 2, 2000, generator), quarters).interval()
        assert (low + high) / 2 == pytest.approx(x.mean())
        assert (high - low) / 2 == pytest.approx(1.96 * x.std(ddof=1) / 20, rel=0.15)


def test_a_term_of_second_order_is_not_counted_thrice():
    """The square of an average whose mean is 0 has standard deviation sqrt(2) / n; by halves alone it is 1.7 times that
    (finding M7)."""
    generator = np.random.default_rng(1)

    def square(x):
        return x.mean() ** 2 - x.var(ddof=1) / len(x)

    by_halves, corrected = [], []
    for _ in range(200):
        x = generator.normal(size=64)
        halves, quarters = (
            np.array([square(generator.permutation(x)[: 64 // share]) for _ in range(60)]) for share in (2, 4)
        )
        by_halves.append(Estimate(0.0, halves).variance)
        corrected.append(Estimate(0.0, halves, quarters).variance)
    true = 2.0 / 64**2
    assert (np.mean(by_halves) / true) ** 0.5 > 1.55
    assert 1.0 < (np.mean(corrected) / true) ** 0.5 < 1.4


def test_a_bias_of_halves_moves_no_interval():
    spread = np.array([-1.0, 0.0, 1.0])
    assert Estimate(5.0, 100.0 + spread).interval() == pytest.approx(Estimate(5.0, spread).interval())
    assert Estimate(2.0).interval() == (2.0, 2.0)


def test_what_chance_does_to_both_drops_out_of_a_difference():
    generator = np.random.default_rng(2)
    shared = generator.normal(size=100)
    one, other = (Estimate(value, shared + 0.01 * generator.normal(size=100)) for value in (1.0, 0.9))
    assert one.interval()[0] < other.value < one.interval()[1]
    low, high = one.minus(other).interval()
    assert 0.0 < low < 0.1 < high
    assert one.minus(Estimate(0.0)).interval() == (1.0, 1.0)
    assert Estimate.mean([one, other]).value == pytest.approx(0.95)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_one_more_training_comes_where_it_was_said_to(count):
    """95 % of the time; with 1.96 in the place of Student's t two trainings would be right 74 to 93 % of it."""
    generator = np.random.default_rng(3)
    held = 0
    for row in generator.normal(size=(4000, count + 1)):
        low, high = next_training(row[:count].tolist())
        held += low <= row[count] <= high
    assert held / 4000 == pytest.approx(0.95, abs=0.012)


def test_quantiles_of_students_t():
    """Of tables: 12.706, 2.228 and 2.042 for 1, 10 and 30 degrees of freedom."""
    assert (student_t(1), student_t(10)) == (12.706, 2.228)
    assert student_t(11) == pytest.approx(2.201, rel=2e-3)
    assert student_t(30) == pytest.approx(2.042, rel=2e-3)
