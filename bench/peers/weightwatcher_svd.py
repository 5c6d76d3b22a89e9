"""What WeightWatcher does to one matrix with randomize=True, in numpy alone: three float64 SVDs (values
only), of the matrix and of two element-wise shuffles. Reads shapes "ROWSxCOLS" from the command line, writes
one JSON line each: {"shape", "cpu", "wall", "kernel", "numpy"}. Threads and kernel come from the environment.
"""

import ctypes
import json
import sys
import time

import numpy


def kernel_in_use():
    """The kernel of the OpenBLAS this process has loaded, or None for another library."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for path in paths:
        library = ctypes.CDLL(path)
        for suffix in ("", "64_"):
            corename = getattr(library, "openblas_get_corename" + suffix, None)
            if corename is not None:
                corename.restype = ctypes.c_char_p
                return corename().decode()
    return None


def analyse(weights):
    values = numpy.linalg.svd(weights.astype(numpy.float64), compute_uv=False) ** 2
    flat = weights.ravel().copy()
    for _ in range(2):
        numpy.random.shuffle(flat)
        shuffled = flat.reshape(weights.shape).astype(numpy.float64)
        values = numpy.linalg.svd(shuffled, compute_uv=False) ** 2
    return values


for shape in sys.argv[1:]:
    rows, cols = map(int, shape.split("x"))
    weights = numpy.random.default_rng(1).standard_normal((rows, cols), dtype=numpy.float32)
    wall, cpu = time.perf_counter(), time.process_time()
    analyse(weights)
    record = {
        "shape": shape,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "kernel": kernel_in_use(),
        "numpy": numpy.__version__,
    }
    print(json.dumps(record), flush=True)
