"""The loop that people write by hand, to compare with: OpenCV and ONNX Runtime, as they come.

Decoding, networks and filters take the threads that these libraries take unasked, which is all
cores; the loop itself does one thing after the other. Every frame becomes BGR, a crop is what is in
the box, and `putText` writes on it. The detector is ours: OpenCV brings none, and the usual ones
are many times slower.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from fer_video.engine import EngineOptions, ModelCard
from fer_video.engine.assembly.networks import load_classifier, load_detector
from fer_video.engine.faces.face import Box
from fer_video.engine.network.models import find_model
from fer_video.perf.bench.loops import Run

_GREEN = (0, 255, 0)


def by_hand(clip: Path, target: Path, options: EngineOptions) -> Run:
    """Ready to run on a clip; without records."""
    detector = load_detector(options)
    card = load_classifier(replace(options, precision="fp32")).card
    classifier = ort.InferenceSession(str(find_model(options.model)))
    name = classifier.get_inputs()[0].name

    def run() -> int:
        source, count = cv2.VideoCapture(str(clip)), 0
        size = int(source.get(cv2.CAP_PROP_FRAME_WIDTH)), int(source.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate, fourcc = source.get(cv2.CAP_PROP_FPS), cv2.VideoWriter.fourcc(*"mp4v")
        result = cv2.VideoWriter(str(target), fourcc, rate, size)
        while (read := source.read())[0]:
            image: Any = read[1]
            grey: Any = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            for face in detector(grey, full_range=True):
                scores = classifier.run(None, {name: _crop(image, face.box, card)})
                _mark(image, face.box, np.asarray(scores[0])[0], card)
            result.write(image)
            count += 1
        result.release()
        source.release()
        return count

    return run


def _crop(image: Any, box: Box, card: ModelCard) -> Any:
    top, left = max(round(box.top), 0), max(round(box.left), 0)
    face = image[top : top + round(box.height), left : left + round(box.width)]
    face = cv2.resize(face, (card.input_width, card.input_height))
    pixels = (cv2.cvtColor(face, cv2.COLOR_BGR2RGB).astype(np.float32) - card.mean) * card.scale
    return (pixels if card.layout == "NHWC" else pixels.transpose(2, 0, 1))[None]


def _mark(image: Any, box: Box, scores: Any, card: ModelCard) -> None:
    left, top, right, bottom = map(
        round, (box.left, box.top, box.left + box.width, box.top + box.height)
    )
    cv2.rectangle(image, (left, top), (right, bottom), _GREEN, 2)
    text = f"{card.labels[int(scores.argmax())]} {scores.max():.2f}"
    cv2.putText(image, text, (left, top - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.8, _GREEN, 2)
