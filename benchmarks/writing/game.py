"""Generators before and after the game:  python -m benchmarks.writing.game --cache CACHE A.safetensors B.safetensors …

Each writes the same texts in the same hands of a split's writers, one draft each, with the same random numbers. Figures
with intervals over writers, and each generator less the first: imitations that the second judge takes for the writer's
(at its own real-versus-real EER threshold on lines as long), likeness by the shipped encoder, characters misread, and
what real lines cost. ``--split testset_f`` is a look at test people, to be logged.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from gan import backend


def interval(values: np.ndarray, by: np.ndarray) -> str:
    """The mean of values with its 95 % interval over writers."""
    writers = sorted(set(by.tolist()))
    sums = np.array([[values[by == writer].sum(), (by == writer).sum()] for writer in writers])
    random = np.random.default_rng(0)
    drawn = sums[random.integers(len(writers), size=(2000, len(writers)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--split", default="testset_v")
    parser.add_argument("--texts", type=int, default=5)
    options = parser.parse_args()
    backend.choose()
    from gan.judging.second_judge import load_judge
    from gan.training.adversarial.imitations import write
    from gan.training.adversarial.players import load_players
    from gan.training.adversarial.verdicts import embedded, seen, usable
    from gan.training.adversarial.watch import Watch
    from gan.training.generator import log_loss
    from gan.writing.sampling import load_generator

    scale = load_generator().hand.scale
    watch = Watch(load_players(options.cache, options.split, scale), load_judge())
    # The middle of people comes from others than those who are asked about.
    others = load_players(options.cache, "trainset", scale)
    watch.centre = embedded([player.samples[:8] for player in others]).mean(axis=0)
    print(f"{options.split}: {len(watch.players)} writers; the second judge errs in {watch.error:.3f} of real lines")
    first: dict[str, dict[tuple[str, str], float]] = {}
    for path in options.weights:
        generator = load_generator.__wrapped__(path)
        groups = write(generator, watch.tasks, options.texts, 1, watch.said, 11)
        drawn = [one for group in groups for one in group if usable(one.sample)]
        theirs = seen(
            [i.sample for i in drawn], [i.task for i in drawn], watch.centre, np.random.default_rng(0), read=True
        )
        by = np.array([i.task.player.writer for i in drawn])
        found = {
            "taken by the second judge": (watch.asked(drawn) > watch.limit).astype(float),
            "likeness": theirs.style.sum(axis=1) / np.sqrt(theirs.style.shape[1]),
            "misread": theirs.misread,
        }
        keys = [(f"{id(i.task)}", i.text) for i in drawn]
        nats = log_loss(generator.network, watch.lines, generator.config)
        print(f"{path}: {len(drawn)} imitations, {nats:.1f} nats a line")
        for name, values in found.items():
            mine = dict(zip(keys, values.tolist(), strict=True))
            before = first.setdefault(name, mine)
            both = [key for key in keys if key in before]
            change = np.array([mine[key] - before[key] for key in both])
            whose = np.array([writer for key, writer in zip(keys, by, strict=True) if key in before])
            print(f"  {name}: {interval(values, by)}; less the first: {interval(change, whose)}", flush=True)


if __name__ == "__main__":
    main()
