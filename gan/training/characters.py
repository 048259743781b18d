"""Count the characters that the generator learnt from:  python -m gan.training.characters --cache FOLDER

Writes ``gan/pretrained/characters.json``, which ``gan.writing.rarity`` reads, from the lines that the shipped weights
were trained on (``generator.load_lines`` with the settings of their card).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import fields
from pathlib import Path

from gan.training.generator import Settings, load_lines
from gan.writing.alphabet import CHARACTERS
from gan.writing.rarity import COUNTS
from gan.writing.sampling import PRETRAINED


def main(arguments: list[str] | None = None) -> None:
    """Count, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="folder that `cli.py data cache` made")
    parser.add_argument("--out", type=Path, default=COUNTS, help="the file to write")
    options = parser.parse_args(arguments)
    card = json.loads((PRETRAINED / "generator.json").read_text(encoding="utf-8"))
    known = {field.name for field in fields(Settings)}
    lines, _, _ = load_lines(options.cache, Settings(**{k: v for k, v in card["settings"].items() if k in known}))
    found = Counter(CHARACTERS[number] for line in lines for number in line.text.tolist())
    counts = {"lines": len(lines), "characters": {character: found[character] for character in CHARACTERS}}
    options.out.write_text(json.dumps(counts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(found.values())} characters of {len(lines)} lines: {options.out}")


if __name__ == "__main__":
    main()
