"""Mutated files, and signals at random moments: nothing may hang, crash, disagree or be left over.

    python -m fer_video.perf.studies.robustness [--files 1000] [--signals 200] [--seed 1]

A seed repeats it; 1,000 files and 200 signals take about an hour. Each file that a fault came from
is kept in the folder `--keep`. Of every run the records are numbered without gaps and their times
increase, the video has a picture for each of them at its time, the folder holds nothing else, and
nothing is said twice.
"""

import argparse
import json
import logging
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import numpy as np

from fer_video.engine import EngineOptions, Networks, Records, VideoWriter, open_pipeline
from fer_video.engine.errors import SourceError
from fer_video.engine.output.sinks import Sinks
from fer_video.perf.studies.leftovers import disagreements
from fer_video.perf.studies.mutants import KINDS, Generator, film, mutate
from fer_video.perf.studies.signals import disturbed

_OUTPUTS = ("mp4", "mkv", "ts", "flv", "mov")
_SECONDS, _SECONDS_A_FILE = 120, 30
"""Seconds after which a worker hangs: for its start, and for each file."""
_AT_ONCE = 50
"""Files that one worker reads."""
_WORKER = "import sys; from fer_video.perf.studies.robustness import work; work(sys.stdin, {})"


def work(paths: Iterator[str], silent: bool) -> None:
    """Read each file that is named, a line each, and print a JSON list of its faults."""
    networks = Networks.load(EngineOptions(draw=True, keep_audio=not silent))
    for number, line in enumerate(paths):
        path = Path(line.rstrip("\n"))
        faults = examine(path, _OUTPUTS[number % len(_OUTPUTS)], networks)
        sys.stdout.write(json.dumps(faults) + "\n")
        sys.stdout.flush()


def examine(path: Path, extension: str, networks: Networks) -> list[str]:
    """Annotate one file, and say what is wrong with what came out."""
    with TemporaryDirectory() as name:
        folder, faults = Path(name), []
        with _listening() as said:
            try:
                _annotate(path, folder, extension, networks)
            except SourceError as error:
                if "\n" in str(error):
                    faults.append(f"more than one line: {error!r}")
            except Exception as error:  # a fault of ours, whatever it is
                faults.append(f"{extension}: {type(error).__name__}: {error}")
        faults += [f"said {times} times: {text}" for text, times in said.items() if times > 1]
        return faults + disagreements(folder, extension)


class _Said(logging.Handler):
    """Counts what is logged, by its text without names and numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        self.count[record.msg] += 1


@contextmanager
def _listening() -> Iterator[Counter[str]]:
    """How often the engine says what within the block: once is enough for whoever reads it."""
    said, engine = _Said(), logging.getLogger("fer_video.engine")
    engine.addHandler(said)
    try:
        yield said.count
    finally:
        engine.removeHandler(said)


def _annotate(path: Path, folder: Path, extension: str, networks: Networks) -> None:
    with open_pipeline(path, networks=networks) as pipeline, Sinks() as sinks:
        sinks.add(VideoWriter(folder / f"out.{extension}", pipeline.info, "ultrafast"))
        sinks.add(Records(folder / "out.jsonl"))
        for result in pipeline:
            sinks.write(result)


def read_all(paths: Sequence[Path], silent: bool) -> Iterator[tuple[Path, list[str]]]:
    """Each file with its faults, read by workers, so that one that dies or hangs is told."""
    while paths:
        now = paths[:_AT_ONCE]
        answers, ended = _answers(now, silent)
        yield from zip(now, answers, strict=False)
        if len(answers) < len(now):
            yield now[len(answers)], [ended]
        paths = paths[min(len(answers) + 1, len(now)) :]


def _answers(paths: Sequence[Path], silent: bool) -> tuple[list[list[str]], str]:
    """Faults of the files that a worker answered for, and how it ended."""
    names = "".join(f"{path}\n" for path in paths)
    limit = _SECONDS + _SECONDS_A_FILE * len(paths)
    command = [sys.executable, "-c", _WORKER.format(silent)]
    try:
        run = subprocess.run(
            command, input=names.encode(), capture_output=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired as error:
        return [json.loads(line) for line in (error.stdout or b"").splitlines()], "hangs"
    said = run.stderr.decode(errors="replace").strip().splitlines()
    ended = f"the process ended with {run.returncode}: {said[-1] if said else ''}"
    return [json.loads(line) for line in run.stdout.splitlines()], ended


def mutants(folder: Path, count: int, rng: Generator, seconds: float) -> Iterator[Path]:
    """Write so many, of all kinds in turn, of films that are so long."""
    wholes = [
        film(folder / f"whole{number}.{kind.extension}", kind, seconds)
        for number, kind in enumerate(KINDS)
    ]
    for number in range(count):
        whole = wholes[number % len(wholes)]
        path = folder / f"mutant{number}{whole.suffix}"
        path.write_bytes(mutate(whole.read_bytes(), rng))
        yield path


def study(
    files: int,
    signals: int,
    seed: int = 1,
    *,
    seconds: float = 2.0,
    silent: bool = False,
    keep: Path | None = None,
) -> Iterator[str]:
    """Run it, and yield a line for each fault as it is found.

    Args:
        files: how many are mutated.
        signals: how many runs of the command line, all but the first of which are sent one.
        seed: repeats it.
        seconds: how long the films are that become these files.
        silent: leave the sound of the files out.
        keep: folder for the files that a fault came from.
    """
    rng = np.random.default_rng(seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, found in read_all(list(mutants(folder, files, rng, seconds)), silent):
            yield from (f"{path.name}: {fault}" for fault in found)
            if found and keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                copy(path, keep)
        yield from disturbed(folder, signals, rng)


def main() -> None:
    """Print a line for each fault, and how many there were; exit 1 if any."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.robustness", description=__doc__
    )
    parser.add_argument("--files", type=int, default=1000, help="mutated files")
    parser.add_argument("--signals", type=int, default=200, help="signals at random moments")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--silent", action="store_true", help="leave the files' sound out")
    parser.add_argument("--keep", type=Path, help="folder for files that a fault came from")
    wanted = parser.parse_args()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a child in the background inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    faults = 0
    for fault in study(**vars(wanted)):
        faults += 1
        sys.stdout.write(f"{fault}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{wanted.files} files, {wanted.signals} signals: {faults} faults\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
