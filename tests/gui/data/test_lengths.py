"""Of texts the page shows how long they are, and their tokens on demand."""

from studio.data.text.tokenizer import TextTokenizer
from studio.testing import toy_dataset
from studio.testing.toy_data import toy_texts


def test_lengths_and_tokens_of_texts(workspace, page, context, wait_until):
    dataset = toy_texts(workspace, vocabulary=258)
    context.watch.look_now()
    browser = page.browser
    wait_until(lambda: browser.grid._source is not None)
    wait_until(lambda: page.inspector.lengths.isVisibleTo(page))
    assert sum(count for _, count in page.inspector.lengths.texts()) == len(dataset)
    whole = browser.grid._source.picture(0)
    browser.tokens_box.setCurrentIndex(1)
    wait_until(lambda: "\u2502" in browser.grid._source.picture(0))
    shown = browser.grid._source.picture(0)
    assert shown.replace("\u2502", "") == whole
    assert shown.count("\u2502") + 1 == len(TextTokenizer(dataset.spec).tokens(whole))


def test_of_pictures_nothing_is_asked(workspace, page, context, wait_until):
    toy_dataset(workspace, (2, 2, 1), 2, 40)
    context.watch.look_now()
    wait_until(lambda: page.browser.grid._source is not None)
    assert not page.browser.tokens_box.isVisibleTo(page)
    assert not page.inspector.lengths.isVisibleTo(page)
