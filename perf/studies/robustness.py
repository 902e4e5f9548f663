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
from math import inf
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from fer_video.engine import EngineOptions, Networks, Records, VideoWriter, open_pipeline
from fer_video.engine.errors import SourceError
from fer_video.engine.output.sinks import Sinks
from fer_video.perf.studies.leftovers import disagreements, left_by_kill
from fer_video.perf.studies.mutants import KINDS, Generator, Kind, film, mutate

_OUTPUTS = ("mp4", "mkv", "ts", "flv", "mov")
_SECONDS, _SECONDS_A_FILE = 120, 30
"""Seconds after which a worker hangs: for its start, and for each file."""
_AT_ONCE = 50
"""Files that one worker reads."""
_LONG = 8.0
"""Seconds of film that a signal comes into."""
_SOUNDS = ("aac", "pcm_s16le")
"""Sound of such films: copied, and encoded anew for most containers."""
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")
_KILLABLE = ("mp4", "mkv", "ts")
"""Extensions of what runs write that a signal comes into."""
_IN_ORDER = (0, 130)
"""What a run ends with that a signal came to, the first if too late; or with the signal itself, if
that came while Python began."""
_PROGRAM = (sys.executable, "-m", "fer_video.cli")
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


def interrupt(clip: Path, name: str, seconds: float, extension: str) -> list[str]:
    """Annotate a clip, send a signal after some seconds, and say what is wrong then."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        video, records = folder / f"out.{extension}", folder / "out.jsonl"
        targets = "--output", str(video), "--json", str(records), "--no-about"
        command = [*_PROGRAM, "--source", str(clip), *targets, "--preset", "ultrafast"]
        ended = _signalled(command, name, seconds)
        if ended is None:
            return [f"{extension}, {name} after {seconds:.2f} s: hangs"]
        code, said = ended
        if seconds == inf and code:
            return [f"a run that nothing disturbs ends with {code}: {said}"]
        ends = (*_IN_ORDER, -signal.Signals[name])
        faults = ["a traceback"] if "Traceback" in said and "fer_video" in said else []
        if name == "SIGKILL":
            faults += left_by_kill(folder, extension)
        else:
            faults += disagreements(folder, extension)
            early = said.rstrip().endswith("KeyboardInterrupt")  # in Python's own beginning
            faults += [] if early or code in ends else [f"it ends with {code}: {said}"]
        return [f"{extension}, {name} after {seconds:.2f} s: {fault}" for fault in faults]


def _signalled(command: Sequence[str], name: str, seconds: float) -> tuple[int, str] | None:
    """How a program ended, and what it said; None of one that hangs."""
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            process.wait(min(seconds, _SECONDS))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.Signals[name])
        try:
            said = process.communicate(timeout=_SECONDS)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            return None
        return process.returncode, said.decode(errors="replace")


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
        clips = [_long(folder / f"{sound}.mov", sound) for sound in _SOUNDS if signals]
        whole = 0.0
        for number in range(signals):
            begin = perf_counter()
            moment = rng.uniform(0, whole) if whole else inf
            turn, which = divmod(number, len(_SIGNALS))
            clip, extension = clips[turn % len(clips)], _KILLABLE[turn % len(_KILLABLE)]
            yield from interrupt(clip, _SIGNALS[which], moment, extension)
            whole = whole or perf_counter() - begin


def _long(path: Path, sound: str) -> Path:
    return film(path, Kind("mov", "libx264", sound), _LONG, size=4)


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
