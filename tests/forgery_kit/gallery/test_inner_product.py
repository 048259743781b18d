"""The score as an inner product: equal to the back end's, by scan and by index, whatever the amounts of ink."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgery_kit.gallery.changes import create
from forgery_kit.gallery.index import INDEX, Index, load_index, make_index, save_index
from forgery_kit.gallery.inner_product import asked, augmented, scan, scan_letters
from forgery_kit.gallery.layout import LETTERS, ROWS, model_of, read_header, row_type
from forgery_kit.gallery.search import exact_scores, near_scores, ranked
from forgery_kit.gallery.stored import Gallery, open_gallery
from forgery_kit.likelihood.judge import Judge, default_judge
from forgery_kit.likelihood.plda import pairs_of, within_variance

ROWS_OF_TEST = 4000


@pytest.fixture(scope="module")
def judge() -> Judge:
    return default_judge()


def strangers(folder: Path, judge: Judge, count: int = ROWS_OF_TEST) -> Gallery:
    """A gallery of rows drawn from the back end's population, with letters in half of them."""
    random = np.random.default_rng(3)
    model, back_end = model_of(judge), judge.reference.back_end[False]
    assert back_end.letters is not None
    create(folder, model)
    place = folder / read_header(folder, model).generation
    records = np.zeros(count, row_type(model))
    records["steps"] = np.exp(random.uniform(np.log(45), np.log(20_000), count))
    spread = np.sqrt(back_end.plda.between + within_variance(records["steps"])[:, None])
    records["vector"] = random.standard_normal(spread.shape) * spread
    records["check"] = random.integers(0, 256, records["check"].shape)
    letters = random.standard_normal((count, len(back_end.letters.classes), 25)) * 0.02
    letters[..., 0] = random.poisson(4, letters.shape[:2]) / records["steps"][:, None]
    letters[..., 1:] *= letters[..., :1] * 50
    (place / ROWS).write_bytes(records.tobytes())
    (place / LETTERS).write_bytes(letters.reshape(count, -1).astype(np.float16).tobytes())
    return open_gallery(folder, model)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Gallery:
    return strangers(tmp_path_factory.mktemp("gallery"), judge)


def vector_like(gallery: Gallery, judge: Judge, row: int) -> np.ndarray:
    """The vector of a row, as if its ink were questioned."""
    from forgery_kit.gallery.entry import lifted

    return lifted(gallery.rows["vector"][row][None], gallery.letters[row][None], judge)[0]


@given(
    seed=st.integers(0, 2**32 - 1),
    steps=st.floats(45, 1e5),
    row_steps=st.floats(45, 1e5),
    dimensions=st.integers(1, 40),
    size=st.floats(0.1, 5),
)
def test_the_inner_product_of_augmented_vectors_is_the_score(
    seed: int, steps: float, row_steps: float, dimensions: int, size: float
) -> None:
    random = np.random.default_rng(seed)
    between = random.uniform(0.05, 4, dimensions)
    x, z = random.normal(0, size, (2, dimensions))
    a, b = (float(within_variance(s)) for s in (steps, row_steps))
    v, c = asked(between, x, a, [b])
    found = augmented(z[None]) @ v[0] + c[0]
    score = pairs_of(between, x[None], np.array([a]), z[None], np.array([b]))
    assert found == pytest.approx(score, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("steps", [45, 240, 5000])
def test_a_scan_gives_the_back_ends_scores(gallery: Gallery, judge: Judge, steps: int) -> None:
    back_end = judge.reference.back_end[False]
    vector = vector_like(gallery, judge, 7)
    question, within = back_end.transform(vector)[0], within_variance(steps)
    found = scan(back_end.plda.between, question, float(within), gallery.rows["vector"], gallery.rows["steps"])
    z = gallery.rows["vector"].astype(float)
    score = pairs_of(
        back_end.plda.between,
        np.broadcast_to(question, z.shape),
        np.full(len(z), within),
        z,
        within_variance(gallery.rows["steps"]),
    )
    assert found == pytest.approx(score, rel=1e-4, abs=2e-3)


def test_letters_scanned_give_the_letters_scores(gallery: Gallery, judge: Judge) -> None:
    letters = judge.reference.back_end[False].letters
    assert letters is not None
    held = vector_like(gallery, judge, 7)[-letters.width :]
    rows = gallery.letters[:500]
    found = scan_letters(letters, held, 300, rows, gallery.rows["steps"][:500])
    sides = np.broadcast_to(held, rows.shape), np.full(len(rows), 300)
    score = letters.score_pairs(*sides, rows.astype(float), gallery.rows["steps"][:500])
    assert found == pytest.approx(score, rel=1e-4, abs=2e-3)
    assert np.abs(score).max() > 1


def test_near_scores_are_near_the_exact_ones(gallery: Gallery, judge: Judge) -> None:
    rows = np.arange(800)
    vector = vector_like(gallery, judge, 7)
    near, exact = (f(gallery, judge, vector, 200, rows) for f in (near_scores, exact_scores))
    assert near == pytest.approx(exact, rel=1e-4, abs=2e-3)


@pytest.fixture(scope="module")
def index(gallery: Gallery, judge: Judge) -> Index:
    return make_index(gallery, judge.reference.back_end[False].plda.between)


@pytest.mark.parametrize("steps", [60, 600, 4000])
def test_index_and_scan_find_the_same_rows_with_the_same_scores(
    gallery: Gallery, judge: Judge, index: Index, steps: int
) -> None:
    for row in range(0, ROWS_OF_TEST, 1000):
        vector = vector_like(gallery, judge, row)
        by_index, by_scan = (ranked(gallery, judge, vector, steps, 10, one) for one in (index, None))
        assert (by_index.how, by_scan.how) == ("index", "scan")
        assert by_index.rows.tolist() == by_scan.rows.tolist()
        assert by_index.scores.tolist() == by_scan.scores.tolist()
        assert (np.diff(by_index.scores) <= 0).all()


def test_rows_behind_an_index_are_found_too(gallery: Gallery, judge: Judge) -> None:
    between = judge.reference.back_end[False].plda.between
    first = Gallery(gallery.folder, gallery.header, gallery.rows[:3000], gallery.letters[:3000], gallery.entries)
    part = make_index(first, between)
    found = ranked(gallery, judge, vector_like(gallery, judge, 3500), 4000, 3, part)
    assert found.rows[0] == 3500


def test_a_saved_index_is_the_one_that_was_made(gallery: Gallery, judge: Judge, index: Index) -> None:
    between = judge.reference.back_end[False].plda.between
    save_index(gallery, index)
    read = load_index(gallery, between)
    assert read is not None
    vector = judge.reference.back_end[False].transform(vector_like(gallery, judge, 9))[0]
    for one, other in zip(index.search(between, vector, 1.0, 300), read.search(between, vector, 1.0, 300), strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("damage", ["cut", "edited", "header", "other rows", "nonsense", "empty", "twice"])
def test_an_index_that_does_not_fit_its_rows_is_not_used(
    gallery: Gallery, judge: Judge, index: Index, damage: str
) -> None:
    between = judge.reference.back_end[False].plda.between
    save_index(gallery, index)
    file = gallery.place / INDEX
    data = file.read_bytes()
    head, payload = data.split(b"\n", 1)
    other = gallery
    if damage == "cut":
        file.write_bytes(data[:-100])
    elif damage == "edited":
        file.write_bytes(data[:-5000] + bytes(5000))
    elif damage == "header":
        file.write_bytes(head.replace(b'"count": 4000', b'"count": 9000000000') + b"\n" + payload)
    elif damage == "nonsense":
        file.write_bytes(b"[[[[" * 1000)
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "twice":
        part = index.parts[0]
        part.numbers[0] = index.parts[-1].numbers[0]
        save_index(gallery, index)
    else:
        rows = gallery.rows.copy()
        rows["check"][-1] = 0
        other = Gallery(gallery.folder, gallery.header, rows, gallery.letters, gallery.entries)
    assert load_index(other, between) is None
