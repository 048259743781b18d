"""What the generator is worth:  python -m benchmarks.writing.generation --cache FOLDER [--out FILE.json]

Fit: log-loss a line and squared error a point, on ``testset_v``, which chose the weights but was not trained on, and on
``testset_f``. Reading: 100 texts of ``testset_v``, bias 0.5: does the window rest on every character, and does the
sample end? Known text: does ink gain by its own text alone? Likeness: does the style head find samples primed with a
line of a writer of ``testset_f`` more like that writer's other forms than samples without a prime? Speed: ratios in one
run. Looks at ``testset_f``: log every run in ``docs/experiments.md``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from datasets.cache import read_samples
from datasets.errors import MissingResourceError
from datasets.ink import ink_from_strokes
from datasets.sample import Sample
from forgery_kit.imitation.imitate import CANDIDATES
from forgery_kit.likelihood.back_end import score_matrix
from forgery_kit.likelihood.reference import load_reference
from forgery_kit.validation.iam_ondb import Embedded, embed
from gan.training.generator import Settings, load_lines, log_loss
from gan.writing.alphabet import CHARACTERS, encode
from gan.writing.lines import padded
from gan.writing.loops import Generator, network_step, pick, random_numbers, zero_state
from gan.writing.priming import offsets, strokes_of
from gan.writing.sampling import Drawn, Prime, draw, load_generator, text_gain

#: Unseen lines whose texts are drawn, and the bias.
LINES, BIAS = 100, 0.5
#: Of which so many are drawn in one batch, with their drafts.
AT_ONCE = 5
#: Test writers who are imitated, and points of a line that primes.
WRITERS, PRIME_POINTS = 40, (300, 900)
TEXTS = ("The committee met again on Tuesday", "and nobody could say why the light", "had been left on for so long")
DRAWS = 1000


def fit(generator: Generator, cache: Path, unseen: str) -> dict[str, Any]:
    """Log-loss in nats a line and squared error of the mixture's mean a point on a split, unfiltered.

    With each line's text replaced by the one before's, the log-loss tells what the text is worth to the network.
    """
    from gan.writing.mixture import split

    _, validation, _ = load_lines(cache, Settings(), unseen)
    nats = log_loss(generator.network, validation, generator.config)
    others = [replace(line, text=validation[i - 1].text) for i, line in enumerate(validation)]
    with_another_text = log_loss(generator.network, others, generator.config)
    total = points = 0.0
    for start in range(0, len(validation), 64):
        inputs, text, target, mask = padded(validation[start : start + 64])
        y = generator.network.predict_on_batch([inputs, text])
        _, log_weights, means, _, _ = (np.asarray(part) for part in split(y, generator.config.components))
        mean = np.sum(np.exp(log_weights)[..., None] * means, axis=2)
        total += float((np.sum((mean - target[..., :2]) ** 2, axis=-1) * mask).sum())
        points += float(mask.sum())
    return {
        "lines": len(validation),
        "nats a line": round(nats, 1),
        "nats a line with another line's text": round(with_another_text, 1),
        "nats a point": round(nats * len(validation) / points, 4),
        "squared error a point": round(total / points, 4),
    }


def load_samples(cache: Path) -> list[Sample]:
    """The cached IAM-OnDB. Raises MissingResourceError where there is none."""
    loaded = read_samples(cache / "iam-ondb.fkcache")
    if loaded is None:
        raise MissingResourceError(str(cache), "IAM-OnDB is not cached here.", "Run `python cli.py data cache`.")
    return list(loaded[0])


def unseen_texts(samples: list[Sample], seed: int = 1) -> list[str]:
    """100 texts of ``testset_v``, in random order."""
    texts = sorted({str(s.text) for s in samples if s.split == "testset_v" and s.text})
    return [texts[i] for i in np.random.default_rng(seed).permutation(len(texts))[:LINES]]


def prime_lines(samples: list[Sample], seed: int = 2) -> list[Sample]:
    """A line of each person (or form without a writer) of ``testset_v``, long enough to prime, in random order."""
    found: dict[str, Sample] = {}
    for sample in samples:
        if sample.split == "testset_v" and sample.text and PRIME_POINTS[0] <= len(sample.ink) <= PRIME_POINTS[1]:
            found.setdefault(sample.writer or str(sample.form), sample)
    lines = [found[name] for name in sorted(found)]
    return [lines[i] for i in np.random.default_rng(seed).permutation(len(lines))]


def reading(generator: Generator, samples: list[Sample]) -> dict[str, Any]:
    """Of 100 unseen texts: does the window rest on every character but spaces, in order, and does the sample end?

    One draft of each, then as ``imitate`` draws them: without a prime, and five in the hand of each of 20 lines.
    """
    texts = unseen_texts(samples)
    seeds = list(range(len(texts)))
    drafted: list[Drawn] = []
    primed: list[Drawn] = []
    for part in range(0, len(texts), AT_ONCE):
        some = slice(part, part + AT_ONCE)
        drafted += draw(generator, texts[some], seeds[some], BIAS, drafts=CANDIDATES)
    for sample, part in zip(prime_lines(samples), range(0, len(texts), AT_ONCE), strict=False):
        some = slice(part, part + AT_ONCE)
        prime = _prime(generator, sample)
        primed += draw(generator, texts[some], seeds[some], BIAS, prime, drafts=CANDIDATES)
    return {
        "one draft": _read(draw(generator, texts, seeds, BIAS), texts),
        f"{CANDIDATES} drafts": _read(drafted, texts),
        f"{CANDIDATES} drafts, primed": _read(primed, texts),
    }


def _read(drawn: list[Drawn], texts: list[str]) -> dict[str, Any]:
    whole = [
        one.ended and not [place for place in one.passed_over if text[place] != " "] and _in_order(one)
        for one, text in zip(drawn, texts, strict=True)
    ]
    strict = [one.ended and not one.passed_over and _in_order(one) for one in drawn]
    found = {"ended": sum(one.ended for one in drawn), "every character": sum(whole), "spaces too": sum(strict)}
    return {"lines": len(drawn)} | found | {"every character, 95 % (Wilson)": _wilson(sum(whole), len(whole))}


def _wilson(k: int, n: int) -> str:
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return f"[{low:.3f}, {high:.3f}]"


def _prime(generator: Generator, sample: Sample) -> Prime:
    return Prime(offsets(list(sample.ink.strokes()), generator.hand.scale), str(sample.text))


def _in_order(one: Drawn) -> bool:
    """Whether the window never went back."""
    return bool((np.diff(np.argmax(one.seen[one.first :], axis=1)) >= 0).all())


def known_text(generator: Generator, samples: list[Sample]) -> dict[str, Any]:
    """What lines of ``testset_v``, one of each person, gain by their own text and by that of the line before.

    Nats a character, against letters of another look: least, 10 %, middle, 90 % and most.
    """
    primes = [_prime(generator, sample) for sample in prime_lines(samples)]
    others = [Prime(prime.points, before.text) for prime, before in zip(primes, primes[-1:] + primes[:-1], strict=True)]
    found: dict[str, Any] = {"lines": len(primes)}
    for name, known in (("own", primes), ("another's", others)):
        gains = [text_gain(generator, prime) for prime in known]
        found[name] = np.quantile(gains, [0, 0.1, 0.5, 0.9, 1]).round(2).tolist()
    return found


def likeness(generator: Generator, samples: list[Sample]) -> dict[str, Any]:
    """Scores of samples against the other forms of the writer who primed them: primed, not primed, and real lines."""
    by_writer: dict[str, dict[str, list[Sample]]] = {}
    for sample in samples:
        if sample.split == "testset_f" and sample.writer:
            by_writer.setdefault(sample.writer, {}).setdefault(str(sample.form), []).append(sample)
    random = np.random.default_rng(1)
    people = [w for w in sorted(by_writer) if len(by_writer[w]) > 1]
    rows: dict[str, list[float]] = {"primed": [], "not primed": [], "real": []}
    texts, seeds = list(TEXTS), list(range(len(TEXTS)))
    free = _as_samples(generator, draw(generator, texts, seeds, BIAS, drafts=CANDIDATES))
    for writer in [people[i] for i in random.permutation(len(people))[:WRITERS]]:
        forms = by_writer[writer]
        prime_form = sorted(forms)[0]
        usable = [s for s in forms[prime_form] if s.text and PRIME_POINTS[0] <= len(s.ink) <= PRIME_POINTS[1]]
        if not usable:
            continue
        primed = _as_samples(
            generator, draw(generator, texts, seeds, BIAS, _prime(generator, usable[0]), drafts=CANDIDATES)
        )
        other = [s for form, lines in forms.items() if form != prime_form for s in lines]
        known = embed([other], with_time=False)
        for name, exhibits in (("primed", primed), ("not primed", free), ("real", usable[: len(texts)])):
            rows[name].append(float(np.mean(_scores(embed([[s] for s in exhibits], with_time=False), known))))
    found: dict[str, Any] = {"writers": len(rows["primed"])}
    for name, values in rows.items():
        found[name] = _mean(np.array(values), random)
    gain = np.array(rows["primed"]) - np.array(rows["not primed"])
    most = np.array(rows["real"]) - np.array(rows["not primed"])
    found["primed − not primed"] = _mean(gain, random)
    found["share of the way to real"] = round(float(gain.mean() / most.mean()), 3)
    return found


def _scores(questioned: Embedded, known: Embedded) -> NDArray[np.float64]:
    back_end = load_reference().back_end[False]
    return score_matrix(back_end, questioned.vectors, questioned.steps, known.vectors, known.steps)


def _as_samples(generator: Generator, drawn: list[Drawn]) -> list[Sample]:
    inks = [ink_from_strokes(strokes_of(one.points[one.first :], generator.hand.scale)) for one in drawn]
    return [Sample(ink, writer="generated", form=f"{i}", origin="generated") for i, ink in enumerate(inks)]


def _mean(values: NDArray[np.float64], random: np.random.Generator) -> str:
    """Mean over writers with its 95 % interval."""
    means = values[random.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():.2f} [{low:.2f}, {high:.2f}]"


def speed(generator: Generator) -> dict[str, Any]:
    """The compiled loop against a step at a time from Python, a batch against single lines, a step against memory."""
    text = "the quick brown fox jumps over it and over them again"

    def lines(count: int) -> list[Drawn]:
        return draw(generator, [text] * count, [1] * count, BIAS, steps=600)

    if any(len(one.points) != 600 for count in (1, 32) for one in lines(count)):
        raise SystemExit("the line that is timed ended before its 600th point; give another text or seed")
    single = _seconds(lambda: lines(1))
    step = _one_step(generator, text)
    stepped = _seconds(lambda: _stepped(generator, text, step, 600))
    batch = _seconds(lambda: lines(32))
    weights = np.concatenate([w.ravel() for w in generator.network.get_weights()])
    copy = _seconds(lambda: weights.copy(), 20)
    return {
        "seconds, one line of 600 points": round(single, 3),
        "a step at a time from Python / compiled": round(stepped / single, 1),
        "32 single lines / one batch of 32": round(32 * single / batch, 1),
        "a step / copying the weights once": round(single / 600 / copy, 2),
    }


def _seconds(action: Callable[[], Any], times: int = 3) -> float:
    """The least of some runs."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        found.append(time.perf_counter() - begin)
    return min(found)


def _one_step(generator: Generator, text: str) -> Any:
    """The same network as a model of one step, warmed up."""
    import keras

    letters, state = _letters(text), zero_state(generator, 1)

    class Step(keras.layers.Layer):
        """One step as a layer."""

        def call(self, inputs: Any) -> Any:
            return network_step(generator, *inputs)

    inputs = [keras.Input(part.shape[1:]) for part in (letters, *state)]
    model = keras.Model(inputs, Step()(inputs))
    model([letters, *state], training=False)
    return model


def _stepped(generator: Generator, text: str, model: Any, steps: int) -> None:
    """A line, by calling the model of one step from Python for each point."""
    from keras import ops

    letters, *state = (ops.convert_to_tensor(part) for part in (_letters(text), *zero_state(generator, 1)))
    random = np.random.default_rng(1)
    noise = np.concatenate([random_numbers(random) for _ in range(steps // 64 + 1)])
    for step in range(steps):
        y, _, rest = model([letters, *state], training=False)
        state = [pick(y, noise[step : step + 1], generator.config.components, 0.0), *rest]
    np.asarray(state[0])


def _letters(text: str) -> NDArray[np.float32]:
    return np.eye(len(CHARACTERS), dtype=np.float32)[None, encode(text)]


def main(arguments: list[str] | None = None) -> None:
    """Run all of it and print, or write, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, help="write JSON here")
    options = parser.parse_args(arguments)
    samples = load_samples(options.cache)
    generator = load_generator()
    result = {
        "fit": {split: fit(generator, options.cache, split) for split in ("testset_v", "testset_f")},
        "reading": reading(generator, samples),
        "known text": known_text(generator, samples),
        "likeness": likeness(generator, samples),
        "speed": speed(generator),
    }
    text = json.dumps(result, indent=1, ensure_ascii=False)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
