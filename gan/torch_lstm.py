"""LSTM with peepholes in PyTorch for training on a CPU: no graph in the time loop, products in a short format.

Loaded by ``gan.backend`` only. The weights' gradients are one product each after the loop, so no step keeps one.
"""

from __future__ import annotations

from typing import Any

import torch


class PeepholeLstm(torch.autograd.Function):
    """Hidden states of the cell in ``gan.cells.PeepholeLstm``, from a zero state; use ``apply``.

    Arguments: ``projected`` (steps, batch, 4 · units), ``recurrent`` (units, 4 · units), ``peepholes`` (3, units) and
    the ``precision`` of the products. Gates, cells and sums stay in float32. Result (steps, batch, units) in that
    precision.
    """

    @staticmethod
    def forward(ctx: Any, projected: Any, recurrent: Any, peepholes: Any, precision: torch.dtype) -> Any:
        steps, batch, width = projected.shape
        n = width // 4
        kernel, peep = recurrent.to(precision), peepholes.float()
        gates = projected.new_empty((steps, batch, width), dtype=torch.float32)
        # Squashed cells; states and cells have the zero state before the first step.
        squashed = projected.new_empty((steps, batch, n), dtype=torch.float32)
        cells = projected.new_zeros((steps + 1, batch, n), dtype=torch.float32)
        states = projected.new_zeros((steps + 1, batch, n), dtype=precision)
        for t in range(steps):
            z, g, c = torch.mm(states[t], kernel).float().add_(projected[t]), gates[t], cells[t]
            z[:, : 2 * n].view(batch, 2, n).addcmul_(peep[:2][None], c[:, None])
            g[:, : 2 * n] = z[:, : 2 * n].sigmoid_()
            g[:, 2 * n : 3 * n] = z[:, 2 * n : 3 * n].tanh_()
            torch.addcmul(g[:, n : 2 * n] * c, g[:, :n], g[:, 2 * n : 3 * n], out=cells[t + 1])
            g[:, 3 * n :] = z[:, 3 * n :].addcmul_(peep[2][None], cells[t + 1]).sigmoid_()
            torch.tanh(cells[t + 1], out=squashed[t])
            states[t + 1] = g[:, 3 * n :] * squashed[t]
        ctx.save_for_backward(gates, squashed, cells, states, kernel, peep)
        return states[1:].clone()

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        gates, squashed, cells, states, kernel, peep = ctx.saved_tensors
        steps, batch, width = gates.shape
        n = width // 4
        back = kernel.t().contiguous()
        before_gates = torch.empty((steps, batch, width), dtype=kernel.dtype)
        of_peep, of_cell = torch.zeros_like(peep), torch.zeros((batch, n))
        of_state = torch.zeros((batch, n), dtype=kernel.dtype)
        for t in range(steps - 1, -1, -1):
            i, f, g, o = gates[t].split(n, dim=1)
            c, d = cells[t], gradient[t] + of_state.float()
            of_o = (d * squashed[t]).mul_(o).mul_(1 - o)
            d.mul_(o).mul_(1 - squashed[t] * squashed[t]).add_(of_cell).addcmul_(of_o, peep[2][None])
            of_i = (d * g).mul_(i).mul_(1 - i)
            of_f = (d * c).mul_(f).mul_(1 - f)
            torch.cat([of_i, of_f, (d * i).mul_(1 - g * g), of_o], dim=1, out=(whole := torch.empty((batch, width))))
            of_peep += torch.stack([(of_i * c).sum(0), (of_f * c).sum(0), (of_o * cells[t + 1]).sum(0)])
            of_cell = d.mul_(f).addcmul_(of_i, peep[0][None]).addcmul_(of_f, peep[1][None])
            before_gates[t] = whole
            of_state = torch.mm(before_gates[t], back)
        of_recurrent = torch.mm(states[:-1].reshape(-1, n).t(), before_gates.reshape(-1, width))
        return before_gates, of_recurrent.float(), of_peep, None
