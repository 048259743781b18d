"""A command whose ``--known`` takes all files that follow it."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from forgery_kit.terminal.sides import known_together


class KnownTogether(TyperCommand):
    """A command in which all files behind ``--known`` are known (``terminal.sides``)."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer does, once each known file has its own ``--known``; a shell that completes gets no refusals."""
        options: list[Any] = [part for part in self.get_params(ctx) if part.param_type_name == "option"]
        flags = {name for part in options if part.is_flag for name in part.opts}
        valued = {name for part in options if not part.is_flag for name in part.opts}
        has_questioned = any(part.param_type_name == "argument" for part in self.params)
        together = args if ctx.resilient_parsing else known_together(args, flags, valued, has_questioned)
        return super().parse_args(ctx, together)
