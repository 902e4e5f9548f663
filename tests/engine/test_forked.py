"""Workers that a process forks after it has read pictures itself: they read what it reads."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import multiprocessing, sys
from fer_video.engine import EngineOptions, Recognizer, open_pipeline
from fer_video.engine.capture.film.demo import open_demo

picture = next(open_demo().frames()).to_bgr()
recognizer = Recognizer()


def read(how):
    if how == "that of the parent":
        readings = recognizer(picture)
    elif how == "one of its own":
        readings = Recognizer()(picture)
    else:
        with open_pipeline("demo", EngineOptions(max_frames=3)) as pipeline:
            readings = [list(pipeline)[0].readings][0]
    return [str(reading.label) for reading in readings]


if __name__ == "__main__":
    expected = read("that of the parent")
    assert read("a pipeline") == expected, "in the parent"
    ways = ["that of the parent", "one of its own", "a pipeline"] * 2
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(read, ways, chunksize=1) == [expected] * len(ways)
    print(*expected)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
def test_forked_workers_read_what_their_parent_reads(tmp_path: Path) -> None:
    (tmp_path / "forking.py").write_text(CODE)
    run = subprocess.run(
        [sys.executable, "forking.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "neutral\n"
