"""What a GPU gives: the CPU's results, faces a second against ONNX Runtime alone, many sources.

python -m fer_video.perf.bench.gpu [--provider cuda] [--source CLIP] [--faces 1] [--model cnn]
    [--sources 1 8 32]
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from fer_video.engine import EngineOptions, SessionOptions, open_pipeline
from fer_video.engine.assembly.chain import build_chain
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.capture.film.video import VideoFile
from fer_video.engine.faces.expressions import Reading
from fer_video.engine.network.models import find_model
from fer_video.engine.options.session import ProviderName
from fer_video.perf.bench.benchmark import fps
from fer_video.perf.bench.crowd import film_crowd
from fer_video.perf.bench.sources import together

BATCHES, SOURCES = (1, 8, 32), (1, 8, 32)
_CALLS, _ROUNDS = 200, 5
_BARE = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}


def differences(clip: Path, model: str, provider: ProviderName) -> str:
    """Read a clip's faces there and on the CPU, in float: through the network, and everything."""
    gpu, cpu = (_options(model, where) for where in (provider, "cpu"))
    pairs = list(zip(_readings(clip, gpu), _readings(clip, cpu), strict=True))
    whole = max(float(np.abs(a.raw_scores - b.raw_scores).max()) for a, b in pairs)
    labels = sum(a.expression != b.expression for a, b in pairs)
    batch = _faces(clip, cpu, BATCHES[-1])
    scores = [load_classifier(options)(batch) for options in (gpu, cpu)]
    alone = float(np.abs(scores[0] - scores[1]).max())
    return (
        f"scores differ from the CPU's by {alone:.1e} in the network alone, by {whole:.1e} with "
        f"the detector's places; labels of {labels} of {len(pairs)} faces\n"
    )


def _options(model: str, provider: ProviderName) -> EngineOptions:
    session = SessionOptions(provider)
    return EngineOptions(model, session=session, precision="fp32", smoothing=0, draw=False)


def _readings(clip: Path, options: EngineOptions) -> list[Reading]:
    with open_pipeline(clip, options) as pipeline:
        return [reading for recognized in pipeline for reading in recognized.readings]


def _faces(clip: Path, options: EngineOptions, count: int) -> NDArray[np.float32]:
    """The first faces of a clip, as the network reads them."""
    classifier, detector = load_classifier(options), load_detector(options)
    detect, preprocess, *_ = build_chain(options, classifier, detector).stages
    batches: list[NDArray[np.float32]] = []
    source = VideoFile(str(clip))
    for frame in source.frames():
        batches.append(preprocess.run(detect.run(frame)).batch)
        if sum(len(batch) for batch in batches) >= count:
            break
    source.close()
    return np.concatenate(batches)[:count]


def faces_a_second(
    clip: Path, model: str, provider: ProviderName, size: int
) -> tuple[float, float]:
    """Of the engine's classifier, and of ONNX Runtime as it comes, in turns; medians."""
    options = _options(model, provider)
    engine, batch = load_classifier(options), _faces(clip, options, size)
    bare = ort.InferenceSession(find_model(model), providers=[_BARE[provider]])
    name = bare.get_inputs()[0].name
    loops: list[Callable[[], object]] = [
        lambda: engine(batch),
        lambda: bare.run(None, {name: batch}),
    ]
    rounds = [[len(batch) * _calls_a_second(loop) for loop in loops] for _ in range(_ROUNDS)]
    ours, theirs = (statistics.median(speeds) for speeds in zip(*rounds, strict=True))
    return ours, theirs


def _calls_a_second(call: Callable[[], object]) -> float:
    call()
    start = perf_counter()
    for _ in range(_CALLS):
        call()
    return _CALLS / (perf_counter() - start)


def report(
    clip: Path, model: str, provider: ProviderName, counts: Sequence[int] = SOURCES
) -> Iterator[str]:
    """A line for each thing that is measured."""
    yield differences(clip, model, provider)
    for size in BATCHES:
        ours, theirs = faces_a_second(clip, model, provider, size)
        ratio = f"{ours / theirs:.2f} of ONNX Runtime's {theirs:.0f}"
        yield f"batches of {size}: {ours:.0f} faces a second, {ratio}\n"
    for count in counts:
        for where in (provider, "cpu"):
            options = EngineOptions(model=model, session=SessionOptions(where), draw=False)
            speed = fps(together(clip, count, options))
            yield f"{count} sources on {where}: {speed:.0f} frames a second together\n"


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m fer_video.perf.bench.gpu", description=__doc__)
    parser.add_argument("--provider", choices=sorted(_BARE), default="cuda")
    parser.add_argument("--source", type=Path, help="a clip; faces at 1280x720 by default")
    parser.add_argument("--faces", type=int, default=1, help="in the clip made; a square number")
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--sources", type=int, nargs="+", default=SOURCES, help="how many at once")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        clip = asked.source or film_crowd(Path(folder) / "face.mp4", 1280, 720, asked.faces)
        for line in report(clip, asked.model, asked.provider, asked.sources):
            sys.stdout.write(line)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
