"""Seconds from process start to the first record, and the memory of whole runs.

    python -m fer_video.perf.bench.footprint [--source CLIP] [--minutes 30]

Each run is a process of its own, as a user starts it. `--minutes` adds a file of that length and
one of two minutes: the longer one must not take more memory.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import av

from fer_video.perf.bench.crowd import film_crowd

ENGINE = (sys.executable, "-m", "fer_video.cli", "--source")
TRANSCODE = """
import sys; from pathlib import Path; from fer_video.perf.bench.transcode import transcode
transcode(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""
_WATCH = """
import resource, subprocess, sys; null = subprocess.DEVNULL
code = subprocess.call(sys.argv[1:], stdout=null, stderr=null)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)
"""
"""Program that runs a command from a small process: on Linux a child's peak counts from its
parent's size."""
_STARTS = 9


def seconds_to_first_record(clip: Path, target: Path) -> float:
    """Median of some starts of a run that writes video, too.

    Raises:
        RuntimeError: a run ends without a record.
    """
    return statistics.median(_start(clip, target) for _ in range(_STARTS))


def _start(clip: Path, target: Path) -> float:
    command = [*ENGINE, str(clip), "--json", "-", "--output", str(target)]
    begin = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        record = process.stdout.readline()
        seconds = perf_counter() - begin
        process.terminate()
    if not record:
        raise RuntimeError(f"{' '.join(command)}: ended without a record")
    return seconds


def peak_megabytes(command: Sequence[str]) -> float:
    """Most memory that a command holds at once.

    Raises:
        RuntimeError: it fails.
    """
    watched = [sys.executable, "-c", _WATCH, *command]
    process = subprocess.run(watched, check=False, stdout=subprocess.PIPE, text=True)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: ended with {process.returncode}")
    return int(process.stdout) * (1 if sys.platform == "darwin" else 1024) / 1e6


def repeat(clip: Path, target: Path, seconds: float) -> Path:
    """The clip's own packets again and again, until the file is so long; its path."""
    with av.open(str(target), "w") as result:
        stream, offset = None, 0
        while stream is None or offset * float(stream.time_base or 1) < seconds:
            with av.open(str(clip)) as source:
                pictures = source.streams.video[0]
                if stream is None:
                    stream = result.add_stream_from_template(pictures)
                    stream.time_base = pictures.time_base
                end = offset
                for packet in source.demux(pictures):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    end = max(end, packet.pts + (packet.duration or 1))
                    packet.stream = stream
                    result.mux(packet)
                offset = end
    return target


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.footprint", description=__doc__
    )
    parser.add_argument("--source", type=Path, help="a clip; one face at 1280x720 by default")
    parser.add_argument("--minutes", type=float, help="length of a long file of 640x360")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        clip, target = asked.source or film_crowd(folder / "a.mp4", 1280, 720, 1), folder / "o.mp4"
        seconds = seconds_to_first_record(clip, target)
        sys.stdout.write(f"first record after {seconds:.2f} s\n")
        for preset in ("ultrafast", "veryfast"):
            whole = peak_megabytes(
                [*ENGINE, str(clip), "--output", str(target), "--preset", preset]
            )
            alone = [sys.executable, "-c", TRANSCODE, str(clip), str(target), preset]
            sys.stdout.write(f"{preset}: {whole:.0f} MB; transcoding {peak_megabytes(alone):.0f}\n")
        if asked.minutes:
            small = film_crowd(folder / "small.mp4", 640, 360, 1)
            for minutes in (2, asked.minutes):
                file = repeat(small, folder / f"{minutes}.mp4", 60 * minutes)
                megabytes = peak_megabytes([*ENGINE, str(file), "--json", os.devnull])
                sys.stdout.write(f"records of {minutes:g} minutes: {megabytes:.0f} MB\n")


if __name__ == "__main__":
    main()
