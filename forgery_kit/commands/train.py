"""Networks trained again: `train generator`, `train discriminator`, `train image-gan`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Train a network again.", no_args_is_help=True)
#: A command that leaves its options to the module that it runs.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("generator", context_settings=PASSED_ON, add_help_option=False)
def train_generator(context: typer.Context) -> None:
    """Train the generator; options as in `python -m gan.training.generator --help`."""
    from gan.training.generator import main as run

    run(context.args)


@app.command("discriminator", context_settings=PASSED_ON, add_help_option=False)
def train_discriminator(context: typer.Context) -> None:
    """Train the style head; options as in `python -m gan.training.style.discriminator --help`."""
    from gan.training.style.discriminator import main as run

    run(context.args)


@app.command("image-gan", context_settings=PASSED_ON, add_help_option=False)
def train_image_gan(context: typer.Context) -> None:
    """Train a pair that draws images of characters; options as in `python -m gan.training.image_gan --help`."""
    from gan.training.image_gan import main as run

    run(context.args)
