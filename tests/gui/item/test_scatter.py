"""Points as dots."""

import numpy as np
from PySide6.QtGui import QColor

from studio.gui.item.scatter import scatter


def test_a_point_lies_where_its_columns_say(app):
    rows = np.array([[1.0, -1.0, 9.0], [np.nan, 0.0, 0.0], [50.0, 0.0, 0.0]])
    image = scatter(rows, (-2, 2), (-2, 2), (80, 40), (10, 200, 30))
    assert (image.width(), image.height()) == (80, 40)
    dot = QColor(image.pixelColor(60, 30))
    assert (dot.red(), dot.green(), dot.blue()) == (10, 200, 30)
    assert dot.alpha() > 200
    assert image.pixelColor(20, 10).alpha() == 0
    assert sum(image.pixelColor(x, y).alpha() > 0 for x in range(80) for y in range(40)) < 30


def test_many_points_are_fainter_each(app):
    few, many = (np.zeros((count, 2)) + np.arange(count)[:, None] / count for count in (10, 20_000))
    far = (-1, 5)
    alone = scatter(few[:1], far, far, (60, 60), (0, 0, 0))
    crowd = scatter(np.concatenate([many[:1], np.full((19_999, 2), 4.0)]), far, far, (60, 60), (0, 0, 0))
    assert 0 < crowd.pixelColor(10, 50).alpha() < alone.pixelColor(10, 50).alpha()
