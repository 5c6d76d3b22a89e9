"""Eigenvalues of a symmetric matrix by numpy, scipy or torch, as a contender of `spectrap bench solvers`.

eigenvalues.py ROUTINE version                 prints {"version"}
eigenvalues.py ROUTINE PRECISION FILE N [ROWS] prints {"seconds", "cpuSeconds", "kernel", "library", "eigenvalues"}

FILE holds N × N float64 numbers, or ROWS × N for scipy-svd. Singular values count as eigenvalues: the matrices are positive semidefinite. A matrix
that takes less than a fifth of a second is solved again until that time is spent; the median counts, as in
lib/bench/repeated.ts. The number of threads comes from the environment.
"""

import ctypes
import json
import statistics
import sys
import time


def load(routine):
    """The function, and the version of its library."""
    if routine == "numpy-eigvalsh":
        import numpy

        return numpy.linalg.eigvalsh, "numpy " + numpy.__version__
    if routine.startswith("scipy-"):
        import numpy
        import scipy
        import scipy.linalg

        version = f"scipy {scipy.__version__}, numpy {numpy.__version__}"
        if routine == "scipy-svd":
            # gesdd, as WeightWatcher calls it.
            return lambda a: scipy.linalg.svd(a, compute_uv=False)[::-1], version
        return lambda a: scipy.linalg.eigh(a, eigvals_only=True), version
    import torch

    torch.set_num_threads(1)
    return lambda a: torch.linalg.eigvalsh(torch.from_numpy(a)).numpy(), "torch " + torch.__version__


def openblas():
    """Kernel and build of the OpenBLAS this process has loaded, or None for another library."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for path in sorted(paths):
        library = ctypes.CDLL(path)
        for prefix in ("", "scipy_"):
            for suffix in ("", "64_"):
                found = [
                    getattr(library, f"{prefix}openblas_get_{what}{suffix}", None) for what in ("corename", "config")
                ]
                if None in found:
                    continue
                for function in found:
                    function.restype = ctypes.c_char_p
                return [function().decode() for function in found]
    return [None, None]


def main(routine, precision, file=None, n=None, rows=None):
    try:
        solve, version = load(routine)
    except ImportError as error:
        return {"error": {"code": "CONTENDER_NOT_AVAILABLE", "message": str(error)}}
    if precision == "version":
        return {"version": version}

    import numpy

    matrix = numpy.fromfile(file).reshape(int(rows or n), int(n))
    matrix = matrix.astype(numpy.float64 if precision == "double" else numpy.float32)
    solve(numpy.eye(2, dtype=matrix.dtype))
    wall, cpu = [], []
    while not wall or (sum(wall) < 0.2 and len(wall) < 200):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        values = solve(matrix)
        cpu.append(time.process_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    kernel, build = openblas()
    return {
        "seconds": statistics.median(wall),
        "cpuSeconds": statistics.median(cpu),
        "kernel": kernel,
        "library": version if build is None else f"{version}, {build}",
        "eigenvalues": [float(value) for value in values],
    }


print(json.dumps(main(*sys.argv[1:])))
