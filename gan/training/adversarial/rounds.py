"""Play the game:  python -m gan.training.adversarial --cache FOLDER --out FOLDER --rounds 4

In every round the generator imitates training writers, the discriminator learns to refuse these imitations, and the
generator learns from its verdicts. A side that is far ahead waits; a round after which the generator is worse at real
lines or at letters is taken back. LOG.csv has a row for each look at the selection people: before the first round, and
after each side has moved. Interrupted and started again with the same command, it goes on after the last whole round.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets import protocol
from gan import backend
from gan.training.loop import Log

if TYPE_CHECKING:
    from gan.training.adversarial.imitations import Row
    from gan.training.adversarial.players import Player

#: A discriminator that is right about so many lines waits; so does a generator that is taken so often.
AHEAD, TAKEN = 0.97, 0.9
#: A round is taken back where real lines cost this share more, or so much more of the letters is misread.
WORSE, MISREAD = 0.02, 0.02


@dataclass(frozen=True)
class Plan:
    """How much each side does in a round.

    ``hands`` of each writer, ``texts`` in each and ``drafts`` of each text; updates of the authenticity part and of the
    generator; seconds are not limited.
    """

    hands: int = 1
    texts: int = 5
    drafts: int = 6
    authenticity_updates: int = 60
    generator_updates: int = 60
    writers: int = 0
    seed: int = 1


def main(arguments: list[str] | None = None) -> None:
    """Play, or go on with, a game; OUT/generator.safetensors and OUT/authenticity.safetensors are the pair as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--plan", type=Path, help="JSON with fields of Plan and Settings that differ from the defaults")
    parser.add_argument("--second-judge", type=Path, help="its weights, where not the shipped ones")
    parser.add_argument("--backend", default="torch", choices=("tensorflow", "torch"))
    options = parser.parse_args(arguments)
    backend.choose(options.backend)
    changes = json.loads(options.plan.read_text()) if options.plan else {}
    play(options.cache, options.out, options.rounds, changes, options.second_judge)


def play(cache: Path, out: Path, rounds: int, changes: dict[str, Any], second: Path | None = None) -> None:
    """The whole game; see ``main``."""
    import keras

    from gan.judging.second_judge import WEIGHTS as SECOND
    from gan.judging.second_judge import load_judge
    from gan.training.adversarial.players import load_players
    from gan.training.adversarial.preference import Settings
    from gan.training.adversarial.verdicts import embedded
    from gan.training.adversarial.watch import Watch

    plan = Plan(**{k: v for k, v in changes.items() if k in Plan.__dataclass_fields__})
    settings = Settings(**{k: v for k, v in changes.items() if k in Settings.__dataclass_fields__})
    keras.utils.set_random_seed(plan.seed)
    out.mkdir(parents=True, exist_ok=True)
    pair = Pair(settings)
    scale = pair.generator.hand.scale
    players = load_players(cache, "trainset", scale, protocol.in_the_game)[: plan.writers or None]
    watch = Watch(load_players(cache, "testset_v", scale), load_judge(second or SECOND))
    watch.centre = embedded([player.samples[:8] for player in players]).mean(axis=0)
    first, seconds = pair.load(out)
    begin = time.monotonic() - seconds
    log = Log(out / "log.csv")
    print(
        f"{len(players)} writers, {len(watch.players)} watched, the second judge errs in {watch.error:.3f}", flush=True
    )

    def tell(number: int, moved: str, **more: Any) -> dict[str, float]:
        found = watch.look(pair.generator, pair.discriminator, plan.seed)
        row = {"round": number, "moved": moved, "minutes": round((time.monotonic() - begin) / 60, 1)}
        log.write(**row, **{"cost": "", "d_right": "", "pairs": ""} | more, **found)
        return found

    for number in range(first + 1, rounds + 1):
        random = np.random.default_rng((plan.seed, number))
        turn = Turn(pair, players, watch.centre, plan, number, random)
        if number == 1:
            pair.discriminator.learn(turn.own, turn.others, None, 0, random)
            tell(0, "nothing")
        right = turn.discriminator_learns(random)
        last = tell(number, "discriminator" if right < AHEAD else "discriminator waits", d_right=round(right, 4))
        chosen = turn.pairs()
        if turn.taken() >= TAKEN or len(chosen) < settings.pairs:
            tell(number, "generator waits", pairs=len(chosen))
        else:
            values = pair.generator.network.get_weights()
            cost = turn.generator_learns(chosen, random)
            found = tell(number, "generator", cost=round(cost, 4), pairs=len(chosen))
            dearer = found["nats_a_line"] - last["nats_a_line"] > WORSE * abs(last["nats_a_line"])
            if dearer or found["misread"] > last["misread"] + MISREAD:
                pair.take_back(values)
                tell(number, "taken back")
        pair.save(out, number, time.monotonic() - begin, asdict(plan) | asdict(settings))


class Pair:
    """Generator and discriminator as they are now, from the shipped ones on, and what makes the generator learn."""

    def __init__(self, settings: Any) -> None:
        import keras

        from gan.judging.authenticity import load_parts, part_of
        from gan.training.adversarial.preference import Learner
        from gan.training.adversarial.verdicts import RATE, Discriminator
        from gan.writing.generator import build_generator
        from gan.writing.sampling import load_generator

        shipped = load_generator()
        # Of this game's own: the weights change.
        self.generator = replace(shipped, network=build_generator(shipped.config))
        self.generator.network.set_weights(shipped.network.get_weights())
        self.parts = load_parts()
        authenticity = part_of(self.parts, "shape")
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        authenticity.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss, jit_compile=False)
        self.discriminator = Discriminator(authenticity)
        self.learner = Learner(shipped.config, settings)
        self.learner.take(self.generator)

    def take_back(self, values: list[np.ndarray]) -> None:
        """Put weights of before into the generator."""
        self.generator.network.set_weights(values)
        self.learner.take(self.generator)

    def save(self, out: Path, number: int, seconds: float, settings: dict[str, Any]) -> None:
        """Both as they are after a round; the number of the round is written last."""
        from gan.judging.authenticity_network import AuthenticityConfig
        from gan.judging.discriminator import save_weights

        card = {"settings": settings, "config": asdict(self.generator.config), "hand": asdict(self.generator.hand)}
        # Each round's, too, so that they can be measured afterwards.
        for name in ("generator", f"generator-{number}"):
            save_weights(self.generator.network, out / f"{name}.safetensors", card | {"round": number})
        config = AuthenticityConfig(classes=self.parts.outputs[0].shape[-1])
        save_weights(self.parts, out / "authenticity.safetensors", {"config": asdict(config), "round": number})
        rows, label = (np.concatenate(some) for some in zip(*self.discriminator.styles, strict=True))
        np.savez(out / "styles.npz", rows=rows, label=label)
        partial = out / "state.partial"
        partial.write_text(json.dumps({"round": number, "seconds": seconds}))
        os.replace(partial, out / "state.json")

    def load(self, out: Path) -> tuple[int, float]:
        """Go on from what was saved, if anything: the last whole round, and the seconds up to its end."""
        from gan.judging.discriminator import load_weights

        if not (out / "state.json").exists():
            return 0, 0.0
        state = json.loads((out / "state.json").read_text())
        load_weights(self.generator.network, out / "generator.safetensors")
        load_weights(self.parts, out / "authenticity.safetensors")
        with np.load(out / "styles.npz", allow_pickle=False) as stored:
            self.discriminator.styles = [(stored["rows"], stored["label"])]
        self.discriminator.fit()
        self.learner.take(self.generator)
        return state["round"], state["seconds"]


class Turn:
    """One round: what the generator wrote, beside as many lines of people."""

    def __init__(
        self, pair: Pair, players: Sequence[Player], centre: np.ndarray, plan: Plan, number: int, random: Any
    ) -> None:
        from gan.training.adversarial.imitations import write
        from gan.training.adversarial.players import task, text_of
        from gan.training.adversarial.verdicts import real_lines, seen, usable

        self.pair, self.plan = pair, plan
        self.tasks = [task(player, random) for player in players for _ in range(plan.hands)]
        said = [text_of(sample) for player in players for sample in player.samples]
        groups = write(pair.generator, self.tasks, plan.texts, plan.drafts, said, plan.seed * 1000 + number)
        self.groups = [[one for one in group if usable(one.sample)] for group in groups]
        self.drawn = [one for group in self.groups for one in group]
        self.theirs = seen([i.sample for i in self.drawn], [i.task for i in self.drawn], centre, random, read=True)
        lines = real_lines(self.tasks * 3, self.drawn)
        self.own, self.others = (seen(some, self.tasks * 3, centre, random, read=False) for some in lines)

    def discriminator_learns(self, random: Any) -> float:
        """The share of these lines that it was right about before, both kinds alike; where that is much, it waits."""
        judge = self.pair.discriminator
        own, fakes = judge.verdicts(self.own), judge.verdicts(self.theirs)
        right = ((own > 0).all(axis=1).mean() + (~(fakes > 0).all(axis=1)).mean()) / 2
        if right < AHEAD:
            judge.learn(self.own, self.others, self.theirs, self.plan.authenticity_updates, random)
        return float(right)

    def taken(self) -> float:
        """Share of the drafts that the discriminator takes for the writer's own."""
        return float((self.pair.discriminator.verdicts(self.theirs) > 0).all(axis=1).mean())

    def pairs(self) -> list[tuple[Row, Row]]:
        """Better and worse drafts by the verdicts as they are now."""
        from gan.training.adversarial.preference import merits, pairs

        merit = merits(self.pair.discriminator.verdicts(self.theirs), self.theirs.misread)
        return pairs(self.groups, {id(one): float(m) for one, m in zip(self.drawn, merit, strict=True)})

    def generator_learns(self, chosen: Sequence[tuple[Row, Row]], random: Any) -> float:
        """The mean cost over the updates."""
        from gan.training.adversarial.imitations import real_rows
        from gan.training.adversarial.preference import learn

        real = real_rows(self.pair.generator, self.tasks)
        cost = learn(self.pair.learner, chosen, real, self.plan.generator_updates, random)
        self.pair.learner.give(self.pair.generator)
        return cost
