"""The runtime: from a source's pictures to the expressions on their faces.

    capture -> detect -> preprocess -> infer -> smooth -> render -> your loop

    Frame -> DetectedFrame -> PreparedFrame -> ScoredFrame -> RecognizedFrame -> the same, drawn on

    from fer_video.engine import open_pipeline

    with open_pipeline("video.mp4") as pipeline:
        for result in pipeline:
            print(result.frame.time, [(r.label, r.confidence) for r in result.readings])

As many threads as cores carry the frames; these stay planar Y'CbCr from decoder to encoder.
"""

from fer_video.engine.build import open_pipeline, open_pipelines
from fer_video.engine.errors import (
    DataError,
    FerError,
    ModelError,
    OptionsError,
    OutputError,
    ProviderError,
    SourceError,
)
from fer_video.engine.expressions import EXPRESSIONS, UNCERTAIN, Expression, Reading
from fer_video.engine.faces import Box, Face, Landmarks
from fer_video.engine.frames import Frame, RecognizedFrame, SourceInfo
from fer_video.engine.network.card import ModelCard
from fer_video.engine.options import DetectOptions, EngineOptions, LiveOptions, SessionOptions
from fer_video.engine.output.video import VideoWriter
from fer_video.engine.run.pipeline import Pipeline

__all__ = [
    "EXPRESSIONS",
    "UNCERTAIN",
    "Box",
    "DataError",
    "DetectOptions",
    "EngineOptions",
    "Expression",
    "Face",
    "FerError",
    "Frame",
    "Landmarks",
    "LiveOptions",
    "ModelCard",
    "ModelError",
    "OptionsError",
    "OutputError",
    "Pipeline",
    "ProviderError",
    "Reading",
    "RecognizedFrame",
    "SessionOptions",
    "SourceError",
    "SourceInfo",
    "VideoWriter",
    "open_pipeline",
    "open_pipelines",
]
