"""How speed changes with resolution, faces and sources: a table, and a picture of it.

    python -m fer_video.perf.bench.growth [--output FOLDER] [--rounds 3]

Every setting has its own limits measured beside it: transcoding, and the machine's roofline.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_video.engine import EngineOptions, open_pipeline
from fer_video.perf.bench.benchmark import Speeds, measure, ratio
from fer_video.perf.bench.crowd import film_crowd
from fer_video.perf.bench.sources import describe, together_fps

SIZES = ((640, 360), (1280, 720), (1920, 1080))
FACES = (1, 4)
MORE_FACES = (1, 4, 9, 16)
"""Numbers of faces in 1920x1080, where all of them are found at the usual setting."""
PRESETS = ("ultrafast", "veryfast")
_LOOPS = ("transcode", "roofline", "engine")


@dataclass(frozen=True, slots=True)
class Setting:
    """One place in the table."""

    width: int
    height: int
    faces: int
    preset: str

    @property
    def name(self) -> str:
        """For a row."""
        return f"{self.width}x{self.height} | {self.faces} | {self.preset}"


@dataclass(frozen=True, slots=True)
class Row:
    """A setting and the medians of its rounds."""

    setting: Setting
    transcode: float
    """Frames a second of decoding and encoding alone."""
    roofline: float
    """Frames a second of the roofline's processes."""
    engine: float
    """Frames a second of the engine."""
    of_transcode: float
    """Speed of the engine in that of transcoding, round by round."""
    of_roofline: float
    """Speed of the engine in that of the roofline, round by round."""
    found: float
    """Faces found in a frame, in the mean."""

    @property
    def beyond(self) -> float:
        """Milliseconds a frame that the engine takes beyond transcoding."""
        return 1e3 / self.engine - 1e3 / self.transcode


def settings() -> list[Setting]:
    """All sizes, faces and presets, and more faces in the largest."""
    usual = [Setting(*size, n, preset) for preset, size, n in product(PRESETS, SIZES, FACES)]
    return usual + [Setting(*SIZES[-1], n, PRESETS[0]) for n in MORE_FACES if n not in FACES]


def measure_row(setting: Setting, folder: Path, rounds: int) -> Row:
    """Make a clip and run the loops on it."""
    clip = folder / f"{setting.width}_{setting.faces}.mp4"
    if not clip.exists():
        film_crowd(clip, setting.width, setting.height, setting.faces)
    speeds: Speeds = measure(clip, setting.preset, EngineOptions(draw=True), rounds, _LOOPS)
    transcode, roofline, engine = (statistics.median(speeds[loop]) for loop in _LOOPS)
    of_transcode, of_roofline = (ratio(speeds, "engine", limit) for limit in _LOOPS[:2])
    return Row(setting, transcode, roofline, engine, of_transcode, of_roofline, found(clip))


def found(clip: Path) -> float:
    """Faces that the engine finds in a frame, in the mean."""
    with open_pipeline(str(clip), EngineOptions(draw=False)) as pipeline:
        return statistics.mean(len(recognized.readings) for recognized in pipeline)


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = [
        "| size | faces | preset | transcode | roofline | engine | of transcode | of roofline |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.setting.name} | {row.transcode:.0f} | {row.roofline:.0f} | {row.engine:.0f} "
        f"| {row.of_transcode:.2f} | {row.of_roofline:.2f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def more_faces(rows: Sequence[Row]) -> str:
    """How the most faces compare with one, in the largest size."""
    places = {row.setting: row for row in rows}
    one, most = (places[Setting(*SIZES[-1], n, PRESETS[0])] for n in (1, MORE_FACES[-1]))
    return (
        f"{most.setting.faces} faces, {most.found:.1f} of them found, take "
        f"{most.beyond / one.beyond:.1f} times what one takes beyond transcoding\n"
    )


def draw(rows: Sequence[Row], sources: dict[int, float], target: Path) -> None:
    """Three panels: by resolution, by faces, by sources; PNG."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11, 3.4), layout="constrained")
    by_size, by_faces, by_source = figure.subplots(1, 3)
    fast = [row for row in rows if row.setting.preset == PRESETS[0]]
    one = [row for row in fast if row.setting.faces == 1]
    pixels = [row.setting.width * row.setting.height / 1e6 for row in one]
    for loop in _LOOPS:
        by_size.plot(pixels, [getattr(row, loop) for row in one], "o-", label=loop)
    by_size.set(xlabel="megapixels, one face", ylabel="frames a second", ylim=(0, None))
    by_size.legend()
    large = sorted(
        (row for row in fast if row.setting.width == SIZES[-1][0]),
        key=lambda row: row.setting.faces,
    )
    by_faces.plot([row.setting.faces for row in large], [row.beyond for row in large], "o-")
    by_faces.set(xlabel="faces, 1920x1080", ylabel="ms a frame beyond transcoding", ylim=(0, None))
    by_faces.set_xticks([row.setting.faces for row in large])
    names = [str(count) for count in sources]
    by_source.bar(names, list(sources.values()))
    by_source.set(xlabel="sources, 1280x720, one face", ylabel="frames a second of all together")
    figure.savefig(target, dpi=110)


def main() -> None:
    """Measure, print the table, draw."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.growth", description=__doc__
    )
    parser.add_argument("--output", type=Path, default=Path("runs/bench"))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for setting in settings():
            rows.append(measure_row(setting, Path(folder), asked.rounds))
            sys.stderr.write(f"{setting.name.replace(' | ', ', ')}: {rows[-1].engine:.0f} fps\n")
        sources = together_fps(film_crowd(Path(folder) / "face.mp4", *SIZES[1], 1), asked.rounds)
    written = {"rows": [asdict(row) for row in rows], "sources": sources}
    (asked.output / "growth.json").write_text(json.dumps(written, indent=1) + "\n")
    draw(rows, sources, asked.output / "growth.png")
    sys.stdout.write(table(rows))
    sys.stdout.write(more_faces(rows))
    sys.stdout.write(describe(sources))


if __name__ == "__main__":
    main()
