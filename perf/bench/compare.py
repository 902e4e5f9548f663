"""Compare the engine of the working tree with that of another revision, in one run, in turns.

python -m fer_video.perf.bench.compare HEAD~1 [--source CLIP] [--preset ultrafast] [--rounds 5]
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_video.perf.bench import one_run
from fer_video.perf.bench.crowd import film_crowd

ROOT = Path(one_run.__file__).resolve().parents[2]
"""Root of the working tree."""


def package(tree: Path, folder: Path) -> Path:
    """Let the folders of a working tree be found as `fer_video`; what to put on PYTHONPATH."""
    inside = folder / "fer_video"
    inside.mkdir(parents=True)
    for name in ("engine", "perf"):
        (inside / name).symlink_to(tree / name, target_is_directory=True)
    (inside / "__init__.py").touch()  # else the installed package is found first
    return folder


def speed(path: Path, clip: Path, preset: str) -> float:
    """Frames a second of the engine that is found at `path`."""
    command = [sys.executable, str(ROOT / "perf/bench/one_run.py"), str(clip), preset]
    environment = os.environ | {"PYTHONPATH": str(path)}
    result = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(result.stdout)


def alternate(revision: str, clip: Path, preset: str, rounds: int) -> list[tuple[float, float]]:
    """Frames a second of the other revision and of the working tree, a pair a round."""
    git = ["git", "-C", str(ROOT), "worktree"]
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "-q", "--detach", str(tree), revision], check=True)
        try:
            paths = [
                package(where, Path(folder) / name) for name, where in (("a", tree), ("b", ROOT))
            ]
            for path in paths:
                speed(path, clip, preset)  # compiles what is not compiled yet
            return [
                (speed(paths[0], clip, preset), speed(paths[1], clip, preset))
                for _ in range(rounds)
            ]
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.compare", description=__doc__
    )
    parser.add_argument("revision", help="of git, e.g. HEAD~1 or main")
    parser.add_argument("--source", type=Path, help="a clip; one face at 1280x720 by default")
    parser.add_argument("--preset", default="ultrafast")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        clip = asked.source or film_crowd(Path(folder) / "face.mp4", 1280, 720, 1)
        pairs = alternate(asked.revision, clip.resolve(), asked.preset, asked.rounds)
    before, now = (statistics.median(column) for column in zip(*pairs, strict=True))
    gain = statistics.median(b / a for a, b in pairs)
    sys.stdout.write(
        f"{asked.revision} {before:.1f} fps, working tree {now:.1f} fps: x {gain:.3f}, median of "
        f"{asked.rounds} rounds\n"
    )


if __name__ == "__main__":
    main()
