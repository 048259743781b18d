"""What a saved search must hold besides its fields' types."""

from __future__ import annotations

from reports.checks import MAX_SCORE, check_calibration, check_item, check_lr, demand
from reports.identification.findings import Hit, Identification
from reports.scale import VerbalScale, scale_from_setting, words

#: Writers found, and scores of the gallery, that are kept.
MAX_HITS, MAX_SCORES = 1000, 100_000


def check_identification(found: Identification) -> None:
    """Raise ValueError, which names the place, where a finding is not one that this program could have made."""
    gallery, scale = found.gallery, scale_from_setting(found.settings)
    demand(0 < len(found.hits) <= min(gallery.writers, MAX_HITS), "hits are none, or more than there are writers")
    demand(len(gallery.state) == 32 and set(gallery.state) <= set("0123456789abcdef"), "gallery.state is no hash")
    demand(0 < gallery.shortlist <= gallery.writers, "gallery.shortlist is none, or more than there are writers")
    full = gallery.how == "all rows"
    demand(not full or gallery.shortlist == gallery.writers, "gallery.how says all rows, gallery.shortlist less")
    demand(list(found.scores) == sorted(found.scores), "scores do not rise")
    most = min(gallery.writers, MAX_SCORES)
    demand(0 < len(found.scores) <= most, "scores are none, or more than there are writers")
    demand(max(map(abs, found.scores)) <= MAX_SCORE, "scores has one beyond all")
    for rank, hit in enumerate(found.hits, 1):
        _check_hit(hit, rank, found.model.calibration_writers, scale)
    falling = all(a.score >= b.score - 1e-6 for a, b in zip(found.hits, found.hits[1:], strict=False))
    demand(falling, "the scores of hits do not fall")
    labels = [item.label for item in found.items]
    demand(len(set(labels)) == len(labels), "two items have one label")
    demand("questioned" in {item.role for item in found.items}, "there is no questioned item")
    for item in found.items:
        check_item(item, f"item {item.label!r:.20}")
        rank_of = item.label.split(".")[0]
        fits = item.role == "questioned" or (rank_of.isdecimal() and 1 <= int(rank_of) <= len(found.hits))
        demand(fits, f"item {item.label!r:.20} is of no writer that was found")


def _check_hit(hit: Hit, rank: int, people: int, scale: VerbalScale) -> None:
    path = f"hits[{rank - 1}]"
    demand(hit.rank == rank, f"{path}.rank is {hit.rank}")
    demand(bool(hit.files) and hit.amount >= 0 and abs(hit.score) <= MAX_SCORE, f"{path} has no file, or no amount")
    there = hit.lr is not None, hit.calibration is not None, hit.by_chance is not None, not hit.refused
    demand(len(set(there)) == 1, f"{path} has an LR without its calibration, or says why there is none beside one")
    if hit.by_chance is not None:
        chance = hit.by_chance
        demand(0 <= chance.low <= chance.share <= chance.high <= 1 <= chance.people, f"{path}.by_chance is no share")
    if hit.lr is not None and hit.calibration is not None:
        check_lr(hit.lr)
        check_calibration(hit.calibration, hit.lr, hit.score)
        demand(hit.calibration.writers <= people, f"{path} has more calibration writers than the model")
        stated = words(hit.lr.log10_lr, scale)
        demand(hit.lr.words == stated, f"{path}.lr.words is {hit.lr.words!r:.60}, the scale says {stated!r}")
