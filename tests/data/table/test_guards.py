"""Tables that nobody would make on purpose come in whole, or are refused in plain words."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.request import SampleRequest
from studio.data.sample_file import sample_file
from studio.store.gallery import BatchDocument

WIDE = ",".join(f"c{number}" for number in range(1000)) + "\n"


def kinds(dataset):
    return [(column.name, column.kind) for column in dataset.document.spec.columns]


@pytest.mark.fault("A23")
@pytest.mark.parametrize(
    ("text", "columns", "count", "rejected"),
    [
        ("5\n", [("column 1", "whole")], 1, 0),
        ("x,y\n1,a\n", [("x", "whole"), ("y", "category")], 1, 0),
        ("x\n0.5\n\n1.25\n", [("x", "number")], 2, 0),
        ("x,y\n1.5,\n2.5,\n", [("x", "number")], 2, 0),
        ("x,c\n1.5,red\n2.5,red\n", [("x", "number"), ("c", "category")], 2, 0),
        ("x,y\n1,2\ninf,3\n-inf,4\n1e999,5\n4,3\n", [("x", "whole"), ("y", "whole")], 2, 3),
        ("d,x\n9999-12-31,1\n0001-01-01,3\n10000-01-01,5\n", [("d", "date"), ("x", "whole")], 2, 1),
        (",a,a,,a (2)\n1,2,3,4,5\n", [(n, "whole") for n in ("column 1", "a", "a (2)", "column 4", "a (2) (2)")], 1, 0),
        (WIDE + (",".join("12" for _ in range(1000)) + "\n") * 2, [(f"c{n}", "whole") for n in range(1000)], 2, 0),
        ("x,c\n" + "".join(f"{n % 7},cat{n}\n" for n in range(3000)), [("x", "whole")], 3000, 0),
        ("x,y\n,\n1,2\n", [("x", "whole"), ("y", "whole")], 1, 1),
    ],
)
def test_what_comes_in(add, tmp_path, text, columns, count, rejected):
    (tmp_path / "t.csv").write_text(text)
    dataset = add(tmp_path / "t.csv")
    assert kinds(dataset) == columns
    assert (dataset.document.count, dataset.document.rejected) == (count, rejected)
    assert np.isfinite(dataset.items[~np.isnan(dataset.items)]).all()


@pytest.mark.fault("A23")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x,y\n,\nNA,?\n", "'x' is left out: all its cells are empty; 'y' is left out: all its cells are empty"),
        (bytes(range(256)) * 20, "t.csv is no text"),
        (b"", "it holds no row"),
        (b"<p>no, table</p>\n<p>really</p>\n", "No row of t can be imported (line 2: it has 1 cell where there are 2"),
        (b"c\n" + b"".join(b"cat%d\n" % n for n in range(3000)), "it is text, or has more than 1,000 different words"),
    ],
)
def test_what_does_not(add, tmp_path, leftovers, data, said):
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(DataError) as raised:
        add(tmp_path / "t.csv")
    assert said in str(raised.value)
    assert leftovers() == []


def test_too_many_categories_are_not_cut(add, tmp_path):
    (tmp_path / "t.csv").write_text("x,c\n" + "".join(f"{n},cat{n}\n" for n in range(2000)))
    for asked in ({"label": "c"}, {"kinds": {"c": "category"}}):
        with pytest.raises(DataError, match=r"The column 'c' cannot be imported|has more than 1,000 different values"):
            add(tmp_path / "t.csv", table=asked)


def test_formulas_are_words_here_and_harmless_words_elsewhere(add, tmp_path):
    (tmp_path / "t.csv").write_text("x,=cmd|calc\n1.5,=1+1\n2.5,@SUM(A1)\n3.5,=1+1\n")
    dataset = add(tmp_path / "t.csv")
    spec = dataset.document.spec
    assert spec.columns[1].categories == ("=1+1", "@SUM(A1)")
    batch = BatchDocument(id="b", request=SampleRequest(count=3), spec=spec)
    sample_file(spec).save_one(tmp_path / "back.csv", batch, np.asarray(dataset.items), {})
    assert (tmp_path / "back.csv").read_text() == "x,'=cmd|calc\n1.5,'=1+1\n2.5,'@SUM(A1)\n3.5,'=1+1\n"
    again = add(tmp_path / "back.csv")
    assert again.document.spec == spec
    np.testing.assert_array_equal(again.items, dataset.items)
