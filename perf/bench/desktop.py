"""How often the window in Tk shows a picture, how long after its capture, and what that goes to.

`python -m fer_video.perf.bench.desktop` plays a clip in the window as a camera would, each network
in turn, and closes it. It needs a screen; that of `xvfb-run -a` will do.
"""

import argparse
import subprocess
import sys
from contextlib import suppress

from fer_video.engine import EngineOptions, open_pipeline


def measure(source: str, model: str, parts: float, seconds: float) -> str:
    """What the window says of itself when it is closed.

    Args:
        source: a clip.
        model: name of the network.
        parts: how often a second the parts of a face are read.
        seconds: after which it is closed.
    """
    flags = ["--source", source, "--realtime", "--model", model, "--parts", str(parts), "--profile"]
    command = [sys.executable, "-m", "fer_video.cli", "gui", *flags]
    with open_pipeline(source, EngineOptions(model=model, parts=parts, max_frames=2)) as pipeline:
        list(pipeline)  # what is compiled once is not measured
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        with suppress(subprocess.TimeoutExpired):
            run.wait(seconds)
        run.terminate()
        said = run.communicate()[1].strip()
    return f"{model}, parts {parts:g} Hz: {said}"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.bench.desktop", description=__doc__
    )
    parser.add_argument("--source", default="demo", help="a clip; the demo by default")
    parser.add_argument("--parts", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=12.0)
    wanted = parser.parse_args()
    for model in ("cnn", "mobilenetv2"):
        sys.stdout.write(measure(wanted.source, model, wanted.parts, wanted.seconds) + "\n")


if __name__ == "__main__":
    main()
