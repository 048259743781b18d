"""Imitations of the known writer writing the questioned text, scored as questioned ink is; and H1 against H3.

H3: a machine wrote the questioned items in imitation of the writer of the known ones. The machine is our generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datasets.errors import ArgumentsError, OutOfScopeError
from datasets.height import writing_height
from datasets.layout import lines as lines_of
from datasets.sample import Sample
from forgery_kit.examination.exhibits import drawn_line
from forgery_kit.imitation.imitate import BATCH, CANDIDATES, DEVICE, broken, set_on_page
from forgery_kit.imitation.known_hand import Hand, hand_of
from forgery_kit.likelihood.back_end import score_pairs
from forgery_kit.likelihood.calibration import TooFewWritersError, likelihood_ratio
from forgery_kit.likelihood.calibrations import Kind
from forgery_kit.likelihood.judge import Judge
from forgery_kit.likelihood.reference import CHUNK_STEPS
from forgery_kit.likelihood.scoring import DEVICES, Scored
from forgery_kit.likelihood.sides import Ready, by_content, untimed
from forgery_kit.reading.lines import ink_lines, read_lines
from forgery_kit.simulation.reference import load_imitations
from gan.features import STEPS_PER_HEIGHT
from gan.judging.style import sequence, traces, weights_hash
from gan.reading.decoding import edit_distance
from gan.reading.reader import card
from gan.writing.priming import strokes_of
from gan.writing.sampling import WEIGHTS, Drawn, draw, load_generator
from reports.findings import Calibration, CaseImitation, DrawnStroke, Simulation
from reports.forger.wording import against_machine, near

BIAS, SEED = 0.5, 7
MOST = 100
#: Lines of the questioned text that are imitated: as much ink as reference imitations have.
LINES = 3
Progress = Callable[[int, int], None]


def check_simulate(count: int) -> None:
    """Raise ArgumentsError for a number of imitations that is none."""
    if not 0 <= count <= MOST:
        raise ArgumentsError("--simulate", f"{count} imitations cannot be drawn.", f"Give 1 to {MOST}, or leave it.")


def simulate(
    questioned: Ready, known: Ready, found: Scored, judge: Judge, count: int, progress: Progress | None = None
) -> Simulation:
    """``count`` imitations of the known writer writing the questioned text, and H1 against H3 of the questioned ink.

    Parameters
    ----------
    found : of these two sides. progress : called with (lines drawn, lines in all).

    Raises
    ------
    ArgumentsError : a text that cannot be read or written. OutOfScopeError : known ink too short to prime, amounts of
        ink that no reference imitation has. MissingResourceError : no weights, no imitations for this reference.
    """
    shipped = load_imitations(judge.reference.sha256)
    kind: Kind = "untimed" if found.kind == "timed" else found.kind
    questioned, known = untimed((questioned, known), judge)
    text, sure = _text(questioned)
    hand = hand_of(known.exhibit.samples, known.exhibit.text or None)
    pieces, steps = _stretches(questioned)
    score = float(np.mean(_scores(judge, pieces, known)))
    try:
        calibrator, _ = shipped.calibrations.at(kind, steps, known.steps)
        figures = shipped.figures(kind, steps, known.steps)
    except TooFewWritersError as error:
        raise OutOfScopeError(questioned.exhibit.label, f"{error}.", "Leave --simulate out.") from error
    samples = _drawn(hand, text, count, progress)
    features = [sequence(traces([sample]), False) for sample in samples]
    scores = _scores(judge, features, known)
    lr = likelihood_ratio(calibrator, score, (-np.inf, most := _most(scores, score)))
    imitations = []
    for number, (sample, seen, mine) in enumerate(zip(samples, features, scores.tolist(), strict=True)):
        usual, _ = judge.calibrations.at(kind, len(seen), known.steps)
        machine, _ = shipped.calibrations.at(kind, min(len(seen), CHUNK_STEPS[-1]), known.steps)
        others = _most(np.delete(scores, number), mine)
        imitations.append(
            CaseImitation(
                score=mine,
                log10_lr=likelihood_ratio(usual, mine).log10_lr,
                log10_lr_machine=likelihood_ratio(machine, mine, (-np.inf, others)).log10_lr,
                misread=_misread(sample, text),
                lines=_shown(sample),
            )
        )
    return Simulation(
        method="prime",
        text=text,
        text_read=sure,
        prime_text=hand.prime.text,
        prime_read=hand.read,
        bias=BIAS,
        seed=SEED,
        candidates=CANDIDATES,
        amount=steps / STEPS_PER_HEIGHT,
        score=score,
        lr=replace(lr, words=against_machine(lr.words)),
        calibration=Calibration(
            intercept=float(calibrator.lines[0, 0]),
            slope=float(calibrator.lines[0, 1]),
            lower_bound=lr.lower_bound,
            upper_bound=lr.upper_bound,
            writers=calibrator.n_writers,
            amounts=(steps / STEPS_PER_HEIGHT, known.steps / STEPS_PER_HEIGHT),
            channels=("x", "y"),
            devices=DEVICES.get(kind, "like"),
            population=judge.population(kind),
            limited_by=near(count, int((scores >= score).sum())) if most <= lr.upper_bound else "",
        ),
        performance=figures,
        others=judge.calibrations.figures(kind, steps, known.steps).different_scores,
        imitations=tuple(imitations),
        people=shipped.people,
        generator_sha256=weights_hash(WEIGHTS),
        reference_sha256=shipped.sha256,
    )


def _most(imitations: NDArray[np.float64], score: float) -> float:
    """The greatest log10 LR that imitations of this very writer support: so many come as near, one more counted."""
    return float(np.log10((len(imitations) + 1) / (1 + (imitations >= score).sum())))


def _text(questioned: Ready) -> tuple[str, float | None]:
    """The first lines of what the questioned ink says, and how sure that is where it was read, 0..1."""
    if questioned.exhibit.text:
        return "\n".join(broken(questioned.exhibit.text)[:LINES]), None
    lines = [line for line in read_lines(ink_lines(questioned.exhibit.samples, False)) if line.text.strip()]
    sure = float(np.mean([line.confidence for line in lines])) if lines else 0.0
    if sure < float(card()["least_confidence"]):
        raise ArgumentsError(
            questioned.exhibit.samples[0].file,
            f"what it says is too doubtful to be imitated ({sure:.0%} sure).",
            'Give --questioned-text "…".',
        )
    return "\n".join(broken("\n".join(line.text.strip() for line in lines))[:LINES]), round(sure, 3)


def _stretches(side: Ready) -> tuple[list[NDArray[np.float32]], int]:
    """The side's features without time in stretches no longer than imitations of reference people, and their length."""
    parts = [sequence([one], False) for one in side.traces]
    whole = np.concatenate([parts[k] for k in by_content(parts)])
    longest = CHUNK_STEPS[-1]
    if len(whole) <= longest:
        return [whole], len(whole)
    starts = np.linspace(0, len(whole) - longest, len(whole) // longest).astype(int)
    return [whole[start : start + longest] for start in starts], longest


def _scores(judge: Judge, pieces: Sequence[NDArray[np.float32]], known: Ready) -> NDArray[np.float64]:
    vectors = judge.embed(pieces)
    back_end = judge.reference.back_end[False]
    return np.array(
        [
            float(score_pairs(back_end, vector, len(piece), known.vectors[False], known.steps)[0])
            for vector, piece in zip(vectors, pieces, strict=True)
        ]
    )


def _drawn(hand: Hand, text: str, count: int, progress: Progress | None) -> list[Sample]:
    """Samples of the text in the hand; its lines are drawn ``BATCH`` at a time."""
    generator, wanted = load_generator(), text.splitlines()
    jobs = [(i, k) for i in range(count) for k in range(len(wanted))]
    made: dict[tuple[int, int], Drawn] = {}
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        seeds = [(SEED, *job) for job in batch]
        found = draw(generator, [wanted[k] for _, k in batch], seeds, BIAS, hand.prime, None, CANDIDATES)
        made.update(zip(batch, found, strict=True))
        if progress:
            progress(min(start + BATCH, len(jobs)), len(jobs))
    samples = []
    for i in range(count):
        lines = [made[i, k] for k in range(len(wanted))]
        ink = set_on_page([strokes_of(one.points[one.first :], generator.hand.scale) for one in lines])
        samples.append(Sample(ink, file=f"imitation {i + 1}", text=text, device=DEVICE, origin="generated"))
    return samples


def _misread(sample: Sample, text: str) -> float:
    """Share of the text's characters that the recogniser reads otherwise, 0 or more."""
    read = " ".join(line.text.strip() for line in read_lines(ink_lines([sample], False)))
    wanted = " ".join(text.split())
    return round(edit_distance(list(read), list(wanted)) / len(wanted), 4)


def _shown(sample: Sample) -> tuple[tuple[DrawnStroke, ...], ...]:
    height = writing_height(list(sample.ink.strokes()))
    return tuple(drawn_line(sample.ink, rows, height, None, None) for rows in lines_of(sample.ink))
