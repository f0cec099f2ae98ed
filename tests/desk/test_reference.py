"""What models can be judged by: data sets with items of their shape, and those that are gone but judged them."""

from dataclasses import replace
from pathlib import Path

from studio.core.modality import ImageSpec, TableSpec
from studio.desk.reference import Reference, references_of
from studio.desk.snapshot import DatasetRow
from studio.store.dataset import DatasetDocument


def row(name, shape=(4, 4, 1)):
    spec = ImageSpec(shape=shape)
    document = DatasetDocument(id=name, name=name, spec=spec, count=4, fingerprint=f"print of {name}")
    return DatasetRow(Path(f"/datasets/{name}"), document)


def test_only_items_of_their_shape_can_judge(make_subject):
    datasets = [row("toys"), row("large", (8, 8, 3)), DatasetRow(Path("/datasets/broken"), None, "it is damaged")]
    assert references_of(datasets, [make_subject(judged=False)]) == [
        Reference("print of toys", "toys", "toys", (4, 4, 1))
    ]
    assert references_of(datasets, []) == []


def test_one_that_is_gone_is_listed_while_a_model_was_judged_by_it(make_subject):
    subjects = [make_subject(), make_subject("m-2", dataset="others"), make_subject("m-3", dataset="others")]
    assert references_of([row("toys")], subjects) == [
        Reference("print of toys", "toys", "toys", (4, 4, 1)),
        Reference("print of others", "others (removed)"),
    ]


def test_a_table_judges_models_of_tables_of_its_shape(make_subject):
    spec = TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (0.0, 1.0)))
    document = DatasetDocument(id="rings", name="rings", spec=spec, count=4, fingerprint="print of rings")
    subject = make_subject(judged=False)
    about = {"modality": "table", "shape": (2,), "columns": spec.columns, "classes": ()}
    table = replace(subject, manifest=subject.manifest.model_copy(update=about))
    assert table.manifest.spec == spec
    found = references_of([DatasetRow(Path("/datasets/rings"), document), row("toys")], [table])
    assert found == [Reference("print of rings", "rings", "rings", (2,))]
