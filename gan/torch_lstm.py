"""LSTMs with peepholes in PyTorch for training on a CPU: no graph in the time loop, products in a short format.

Loaded by ``gan.backend`` only. The weights' gradients are one product each after the loop, so no step keeps one.
"""

from __future__ import annotations

from typing import Any

import torch


class PeepholeLstm(torch.autograd.Function):
    """Hidden states of the cell in ``gan.cells.PeepholeLstm``; use ``apply``.

    Arguments: ``projected`` (steps, batch, 4 · units), ``recurrent`` (units, 4 · units), ``peepholes`` (3, units);
    state and cell (batch, units) to begin with, through which no derivatives flow; the ``limit`` of the derivatives by
    the gates' sums, or None; the ``precision`` of the products. Gates, cells and sums stay in float32. Results: states
    (steps, batch, units) in that precision, and the last cell.
    """

    @staticmethod
    def forward(
        ctx: Any,
        projected: Any,
        recurrent: Any,
        peepholes: Any,
        state: Any,
        cell: Any,
        limit: float | None,
        precision: torch.dtype,
    ) -> Any:
        steps, batch, width = projected.shape
        kernel, peep, projected = recurrent.to(precision), peepholes.float(), projected.to(precision)
        memory = _Memory(steps, cell, limit)
        states = torch.empty((steps + 1, batch, width // 4), dtype=precision)
        states[0] = state
        for t in range(steps):
            z = torch.addmm(projected[t], states[t], kernel).float()
            states[t + 1] = memory.forward(t, z, peep)
        ctx.memory = memory
        ctx.save_for_backward(states, kernel, peep)
        last = memory.cells[-1].clone()
        ctx.mark_non_differentiable(last)
        return states[1:].clone(), last

    @staticmethod
    def backward(ctx: Any, gradient: Any, _: Any) -> Any:
        states, kernel, peep = ctx.saved_tensors
        steps, batch, units = gradient.shape
        back = kernel.t().contiguous()
        of_gates = torch.empty((steps, batch, 4 * units), dtype=kernel.dtype)
        of_state = torch.zeros((batch, units))
        for t in range(steps - 1, -1, -1):
            of_gates[t] = ctx.memory.backward(t, gradient[t] + of_state, peep)
            of_state = torch.mm(of_gates[t], back).float()
        of_recurrent = torch.mm(states[:-1].reshape(-1, units).t(), of_gates.reshape(-1, 4 * units))
        return of_gates, of_recurrent.float(), ctx.memory.of_peepholes(of_gates), None, None, None, None


class WindowLstm(torch.autograd.Function):
    """Hidden states and windows of the layer in ``gan.cells.WindowLstm``; use ``apply``.

    Arguments: ``projected`` (steps, batch, 4 · units); ``recurrent`` (units, 4 · units); ``reader`` (letters, 4 ·
    units), from the window; ``peepholes`` (3, units); ``kernel`` (units, 3 · k) and ``bias`` (3 · k) of α, β and the
    step of κ; ``text`` (batch, characters, letters), one-hot, zeros where it has ended; state, cell, κ (batch, k) and
    window (batch, letters) to begin with; ``limit`` and ``precision`` as in ``PeepholeLstm``.
    Results: states (steps, batch, units) and windows (steps, batch, letters) in that precision, last cell and last κ.
    """

    @staticmethod
    def forward(
        ctx: Any,
        projected: Any,
        recurrent: Any,
        reader: Any,
        peepholes: Any,
        kernel: Any,
        bias: Any,
        text: Any,
        state: Any,
        cell: Any,
        place_before: Any,
        window: Any,
        limit: float | None,
        precision: torch.dtype,
    ) -> Any:
        steps, batch, width = projected.shape
        n, k = width // 4, len(bias) // 3
        both, to_window = torch.cat([recurrent, reader]).to(precision), kernel.to(precision)
        peep, text, projected = peepholes.float(), text.float(), projected.to(precision)
        place = torch.arange(text.shape[1], dtype=torch.float32)
        memory = _Memory(steps, cell, limit)
        # State and window side by side, since the next step reads both.
        joined = torch.empty((steps + 1, batch, len(both)), dtype=precision)
        joined[0, :, :n], joined[0, :, n:] = state, window
        shapes = torch.empty((steps, batch, 3, k))
        kappa = torch.empty((steps + 1, batch, k))
        kappa[0] = place_before
        for t in range(steps):
            z = torch.addmm(projected[t], joined[t], both).float()
            hidden = memory.forward(t, z, peep).to(precision)
            torch.exp(torch.mm(hidden, to_window).float().add_(bias).view(batch, 3, k), out=shapes[t])
            torch.add(kappa[t], shapes[t, :, 2], out=kappa[t + 1])
            seen = _bumps(shapes[t], kappa[t + 1], place).sum(1, keepdim=True)
            joined[t + 1, :, :n] = hidden
            joined[t + 1, :, n:] = torch.bmm(seen, text)[:, 0]
        ctx.memory = memory
        ctx.save_for_backward(joined, shapes, kappa, both, to_window, peep, text)
        ends = memory.cells[-1].clone(), kappa[-1].clone()
        ctx.mark_non_differentiable(*ends)
        return joined[1:, :, :n].clone(), joined[1:, :, n:].clone(), *ends

    @staticmethod
    def backward(ctx: Any, of_states: Any, of_windows: Any, *_: Any) -> Any:
        joined, shapes, kappa, both, to_window, peep, text = ctx.saved_tensors
        steps, batch, n = of_states.shape
        k, place = shapes.shape[-1], torch.arange(text.shape[1], dtype=torch.float32)
        back, from_window = both.t().contiguous(), to_window.t().contiguous()
        by_letter = text.transpose(1, 2).contiguous()
        of_gates = torch.empty((steps, batch, 4 * n), dtype=both.dtype)
        of_shapes = torch.empty((steps, batch, 3 * k), dtype=both.dtype)
        of_joined, of_kappa = torch.zeros((batch, len(both))), torch.zeros((batch, k))
        for t in range(steps - 1, -1, -1):
            of_seen = torch.bmm((of_windows[t] + of_joined[:, n:])[:, None], by_letter)
            away = kappa[t + 1][:, :, None] - place
            bumps = _bumps(shapes[t], kappa[t + 1], place) * of_seen
            pulled = bumps * away
            beta, step = shapes[t, :, 1], shapes[t, :, 2]
            of_kappa = of_kappa - 2 * beta * pulled.sum(2)
            of_shapes[t] = torch.cat([bumps.sum(2), -(pulled * away).sum(2) * beta, of_kappa * step], dim=1)
            of_state = of_states[t] + of_joined[:, :n] + torch.mm(of_shapes[t], from_window).float()
            of_gates[t] = ctx.memory.backward(t, of_state, peep)
            of_joined = torch.mm(of_gates[t], back).float()
        of_both = torch.mm(joined[:-1].reshape(-1, len(both)).t(), of_gates.reshape(-1, 4 * n)).float()
        flat = of_shapes.reshape(-1, 3 * k)
        of_kernel = torch.mm(joined[1:, :, :n].reshape(-1, n).t(), flat).float()
        of_bias = flat.float().sum(0)
        of_peepholes = ctx.memory.of_peepholes(of_gates)
        return of_gates, of_both[:n], of_both[n:], of_peepholes, of_kernel, of_bias, *[None] * 7


class _Memory:
    """What the backward pass of a cell needs from the forward one: gates, cells, squashed cells of every step."""

    def __init__(self, steps: int, cell: Any, limit: float | None) -> None:
        batch, units = cell.shape
        self.units, self.limit = units, limit
        self.gates = torch.empty((steps, batch, 4 * units))
        self.squashed = torch.empty((steps, batch, units))
        self.cells = torch.empty((steps + 1, batch, units))
        self.cells[0] = cell
        self.of_cell = torch.zeros((batch, units))

    def forward(self, t: int, z: Any, peep: Any) -> Any:
        """States (batch, units) after step ``t`` from the gates' sums z (batch, 4 · units), which are used up."""
        n, g, c = self.units, self.gates[t], self.cells[t]
        z[:, : 2 * n].view(-1, 2, n).addcmul_(peep[:2][None], c[:, None])
        g[:, : 2 * n] = z[:, : 2 * n].sigmoid_()
        g[:, 2 * n : 3 * n] = z[:, 2 * n : 3 * n].tanh_()
        torch.addcmul(g[:, n : 2 * n] * c, g[:, :n], g[:, 2 * n : 3 * n], out=self.cells[t + 1])
        g[:, 3 * n :] = z[:, 3 * n :].addcmul_(peep[2][None], self.cells[t + 1]).sigmoid_()
        torch.tanh(self.cells[t + 1], out=self.squashed[t])
        return g[:, 3 * n :] * self.squashed[t]

    def backward(self, t: int, of_state: Any, peep: Any) -> Any:
        """Gradient (batch, 4 · units) of the gates' sums of step ``t``, after those of all later steps."""
        i, f, g, o = self.gates[t].split(self.units, dim=1)
        c, d = self.cells[t], of_state
        of_o = self._limited((d * self.squashed[t]).mul_(o).mul_(1 - o))
        d = (d * o).mul_(1 - self.squashed[t] * self.squashed[t]).add_(self.of_cell).addcmul_(of_o, peep[2][None])
        of_i = self._limited((d * g).mul_(i).mul_(1 - i))
        of_f = self._limited((d * c).mul_(f).mul_(1 - f))
        of_g = self._limited((d * i).mul_(1 - g * g))
        self.of_cell = d.mul_(f).addcmul_(of_i, peep[0][None]).addcmul_(of_f, peep[1][None])
        return torch.cat([of_i, of_f, of_g, of_o], dim=1)

    def _limited(self, gradient: Any) -> Any:
        return gradient if self.limit is None else gradient.clamp_(-self.limit, self.limit)

    def of_peepholes(self, of_gates: Any) -> Any:
        """Gradient (3, units) of the peepholes from that of the gates' sums of all steps."""
        n, before, after = self.units, self.cells[:-1], self.cells[1:]
        seen = ((of_gates[..., :n], before), (of_gates[..., n : 2 * n], before), (of_gates[..., 3 * n :], after))
        return torch.stack([(gradient * cells).sum((0, 1)) for gradient, cells in seen])


def _bumps(shapes: Any, kappa: Any, place: Any) -> Any:
    """α exp(−β (κ − u)²), (batch, k, characters): Graves (2013), equation 46 before the sum."""
    away = kappa[:, :, None] - place
    return shapes[:, 0, :, None] * torch.exp(-shapes[:, 1, :, None] * away * away)
