"""Checkers of the exercises to chapter 4."""
import torch

from .. import kernels
from .checking import Check


def _problems(seed):
    """(Phi, y, c0) with three samples and six neurons."""
    cases = []
    for n in range(4):
        g = torch.Generator().manual_seed(100 * seed + n)
        phi = torch.randn(3, 6, generator=g, dtype=torch.float64)
        y, c0 = torch.randn(3, generator=g, dtype=torch.float64), torch.randn(
            6, generator=g, dtype=torch.float64)
        cases.append((phi, y, c0))
    return cases


def _nearest(phi, y, c0):
    return c0 + torch.linalg.pinv(phi) @ (y - phi @ c0)


nearest = Check(
    "nearest", "the vector c, shape (m,)", _nearest, _problems,
    {
        "this is the c of least norm: descent ends at the solution nearest to its start c0":
            lambda phi, y, c0: torch.linalg.pinv(phi) @ y,
        "it does not fit: the change has to make up for y - Phi c0, not for y":
            lambda phi, y, c0: c0 + torch.linalg.pinv(phi) @ y,
        "this is the change of c: add c0": lambda phi, y, c0: _nearest(phi, y, c0) - c0,
        "the sign of the change is wrong: it makes up for y - Phi c0":
            lambda phi, y, c0: 2 * c0 - _nearest(phi, y, c0),
        "phi.T @ rho is one step of descent, not its end: (Phi Phi^T)^-1 is missing":
            lambda phi, y, c0: c0 + phi.T @ (y - phi @ c0),
    },
    tol=1e-7,
)


def _kernels(seed):
    cases = []
    for n, t in enumerate((0.0, 0.3, 2.0, 50.0)):
        g = torch.Generator().manual_seed(100 * seed + 50 + n)
        root = torch.randn(4, 9, generator=g, dtype=torch.float64)
        rho0 = torch.randn(4, generator=g, dtype=torch.float64)
        cases.append((root @ root.T / 9, rho0, t))
    return cases


def _at_time(K, rho0, t):
    return rho0 - K @ kernels.flow(K, rho0, t)


def _diagonal(K, rho0, t):
    return torch.exp(-t * K.diagonal()) * rho0


def _in_modes(K, rho0, t):
    values, vectors = torch.linalg.eigh(K)
    return torch.exp(-t * values) * (vectors.T @ rho0)


residuals_at = Check(
    "residuals_at", "the residuals at time t, shape (s,)", _at_time, _kernels,
    {
        "these are the parts that have been learned: what is left is rho0 minus this":
            lambda K, rho0, t: rho0 - _at_time(K, rho0, t),
        "the exponential is taken entry by entry: exp(-t K) is a function of the matrix, of its "
        "eigenvalues": lambda K, rho0, t: torch.exp(-t * K) @ rho0,
        "the diagonal is not the spectrum: turn to the eigenvectors of K first": _diagonal,
        "it grows: the exponent is -t K": lambda K, rho0, t: torch.linalg.matrix_exp(t * K) @ rho0,
        "one step of size t is not the flow for a time t": lambda K, rho0, t: rho0 - t * K @ rho0,
        "these are the parts along the eigenvectors: turn back to the samples": _in_modes,
        "the eigenvectors are the columns of V: V.T @ rho0 are the parts, V @ parts turns back":
            lambda K, rho0, t: torch.linalg.eigh(K)[1].T @ (
                torch.exp(-t * torch.linalg.eigvalsh(K)) * (torch.linalg.eigh(K)[1] @ rho0)),
        "each eigenvalue decays its own part: first V.T @ rho0, then the exponentials":
            lambda K, rho0, t: torch.exp(-t * torch.linalg.eigvalsh(K)) * rho0,
        "a function of a matrix is applied with @, not entry by entry":
            lambda K, rho0, t: torch.linalg.matrix_exp(-t * K) * rho0,
    },
    tol=1e-7,
)
