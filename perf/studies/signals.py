"""Runs of the command line that a signal comes into, and what is wrong with what they leave."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from fer_video.perf.studies.leftovers import disagreements, left_by_kill
from fer_video.perf.studies.mutants import Generator, Kind, film

_SECONDS = 120
"""Seconds after which a run hangs."""
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


def disturbed(folder: Path, count: int, rng: Generator) -> Iterator[str]:
    """Run it so often, and yield a line for each fault as it is found.

    Args:
        folder: for the films that are annotated.
        count: of the runs, all but the first of which are sent a signal.
        rng: tells when.
    """
    clips = [_long(folder / f"{sound}.mov", sound) for sound in _SOUNDS if count]
    whole = 0.0
    for number in range(count):
        begin = perf_counter()
        moment = rng.uniform(0, whole) if whole else inf
        turn, which = divmod(number, len(_SIGNALS))
        clip, extension = clips[turn % len(clips)], _KILLABLE[turn % len(_KILLABLE)]
        yield from interrupt(clip, _SIGNALS[which], moment, extension)
        whole = whole or perf_counter() - begin


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


def _long(path: Path, sound: str) -> Path:
    return film(path, Kind("mov", "libx264", sound), _LONG, size=4)
