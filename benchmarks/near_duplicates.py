"""Signatures per second of the text kernels, with numba and without, beside Daft's ``normalize`` + ``minhash``.

All three turn the same documents into 128 MinHash values over shingles of 5 words, in one run on one core: they take
turns, and the median of the rounds counts. Time is CPU time, summed over a process's threads, so that other work on
the machine weighs little. The documents are pieces of the ``.py .md .rst .txt`` files that this
Python's packages hold, about 1.8 kB each, as they are (not only ASCII).

Run ``python -m benchmarks.near_duplicates``. Daft wants another pyarrow than this project's, so it lives in an
environment of its own; ``--daft-python`` names that environment's interpreter. Without it, only the kernels are timed.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.feather

SUFFIXES = {".py", ".md", ".rst", ".txt"}
PIECE_BYTES = 1_800

# Answers each line of input with the CPU seconds that one pass took. The process is bound to one core before Daft
# starts its threads, so it has one compute thread as the kernels do.
DAFT_WORKER = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[2])})
import daft, pyarrow.feather
from daft import col
frame = daft.from_arrow(pyarrow.feather.read_table(sys.argv[1])).collect()
normal = col("text").normalize(remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True)
for _ in sys.stdin:
    start = time.process_time()
    rows = frame.select(normal.minhash(num_hashes=128, ngram_size=5, seed=1)).collect()
    print(time.process_time() - start, len(rows), daft.__version__, flush=True)
"""


def corpus(documents: int) -> pa.Array:
    """Cut the packages' text files into pieces of about `PIECE_BYTES` and draw `documents` of them."""
    root = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in root.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    random.Random(0).shuffle(paths)
    pieces: list[str] = []
    for path in paths:
        data = path.read_bytes()
        starts = range(0, len(data) - PIECE_BYTES // 2, PIECE_BYTES)
        pieces += [data[start : start + PIECE_BYTES].decode("utf-8", errors="ignore") for start in starts]
        if len(pieces) >= documents:
            break
    return pa.array(pieces[:documents])


class Daft:
    """Daft in a process of its own, which runs one pass each time it is asked."""

    def __init__(self, python: str, texts: pa.Array, folder: Path, core: int) -> None:
        path = folder / "texts.arrow"
        pyarrow.feather.write_feather(pa.table({"text": texts}), str(path), compression="uncompressed")
        command = [python, "-c", DAFT_WORKER, str(path), str(core)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.rows = len(texts)
        self.version = ""

    def seconds(self) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 3 or int(answer[1]) != self.rows:
            raise RuntimeError(f"Daft's process did not sign {self.rows} documents; its messages stand above")
        self.version = answer[2]
        return float(answer[0])

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def kernel_seconds(texts: pa.Array, *, numba: bool) -> float:
    """Time one pass of the kernels."""
    from engine.kernels.text.minhash import signatures

    os.environ["BIGFRAME_NUMBA"] = "1" if numba else "0"
    start = time.process_time()
    signatures(texts)
    return time.process_time() - start


def measure(texts: pa.Array, rounds: int, daft_python: str | None) -> dict[str, float]:
    """Return the median seconds of each contender; they take turns, so a busy machine slows all alike."""
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    with tempfile.TemporaryDirectory() as folder:
        contenders: dict[str, Callable[[], float]] = {
            "numba": lambda: kernel_seconds(texts, numba=True),
            "numpy": lambda: kernel_seconds(texts, numba=False),
        }
        daft = Daft(daft_python, texts, Path(folder), core) if daft_python else None
        if daft:
            contenders["daft"] = daft.seconds
        try:
            for run in contenders.values():
                run()  # compiles, fills caches
            seconds: dict[str, list[float]] = {name: [] for name in contenders}
            for _ in range(rounds):
                for name, run in contenders.items():
                    seconds[name].append(run())
        finally:
            if daft:
                daft.close()
    if daft:
        print(f"Daft {daft.version}, bound to core {core} as the kernels are", file=sys.stderr)
    return {name: statistics.median(times) for name, times in seconds.items()}


def main() -> None:
    """Measure, and print a table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000, help="how many documents (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="timed passes of each contender (default: %(default)s)")
    parser.add_argument("--daft-python", help="interpreter of an environment with Daft and pyarrow")
    options = parser.parse_args()

    texts = corpus(options.documents)
    size = sum(len(text.as_buffer()) for text in texts)
    foreign = 1 - sum(text.as_py().isascii() for text in texts) / len(texts)
    print(f"{len(texts):,} documents, {size / 1e6:.1f} MB, {foreign:.1%} not ASCII; 128 values, 5 words, one core")
    medians = measure(texts, options.rounds, options.daft_python)
    for name, seconds in medians.items():
        ratio = f"{medians['daft'] / seconds:8.2f} x Daft" if "daft" in medians else ""
        print(f"{name:>6} {len(texts) / seconds:10,.0f} documents/s {size / 1e6 / seconds:8.1f} MB/s {ratio}")
    print(json.dumps({"documents": len(texts), "bytes": size, "median_cpu_seconds": medians}))


if __name__ == "__main__":
    main()
