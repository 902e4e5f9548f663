"""The runtime: from a source's pictures to the expressions on their faces.

    capture -> detect -> preprocess -> infer -> smooth -> render -> your loop

    Frame -> DetectedFrame -> PreparedFrame -> ScoredFrame -> RecognizedFrame -> the same, drawn on

A whole program, which writes an annotated video and a record for every frame:

    from fer_video.engine import EngineOptions, Records, VideoWriter, open_pipeline

    options = EngineOptions(draw=True)
    with open_pipeline("in.mp4", options) as pipeline, Records("out.jsonl") as records:
        with VideoWriter("out.mp4", pipeline.info) as video:
            for result in pipeline:
                records.write(result)
                video.write(result)
                print(result.frame.time, [(r.label, r["happy"]) for r in result.readings])

As many worker threads as there are cores take the frames through the stages; the frames stay planar
Y'CbCr 4:2:0 from decoder to encoder.
"""

from fer_video.engine.assembly.networks import Networks
from fer_video.engine.assembly.pipelines import open_pipeline, open_pipelines
from fer_video.engine.assembly.recognizer import Recognizer
from fer_video.engine.capture.live.feed import Feed
from fer_video.engine.capture.pictures.arrays import Arrays
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.contracts.source import Source
from fer_video.engine.contracts.stage import Stage
from fer_video.engine.errors import (
    DataError,
    FerError,
    ModelError,
    OptionsError,
    OutputError,
    ProviderError,
    SourceError,
)
from fer_video.engine.faces.evidence import PARTS, PartReading, Parts
from fer_video.engine.faces.expressions import EXPRESSIONS, UNCERTAIN, Expression, Reading
from fer_video.engine.faces.face import Box, Face, Landmarks
from fer_video.engine.faces.quality import REASONS, Quality
from fer_video.engine.field_texts import show_field_texts
from fer_video.engine.frames.frame import ColourMatrix, Frame, SoundPacket
from fer_video.engine.frames.handovers import (
    DetectedFrame,
    PreparedFrame,
    RecognizedFrame,
    ScoredFrame,
)
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.network.card import ModelCard
from fer_video.engine.network.used import UsedNetwork
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.engine import EngineOptions
from fer_video.engine.options.file import FileOptions
from fer_video.engine.options.live import LiveOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.output.film.video import VideoWriter
from fer_video.engine.output.records import JsonLines, Records
from fer_video.engine.output.stills import Stills
from fer_video.engine.output.table import Csv
from fer_video.engine.run.counters import Counters
from fer_video.engine.run.pipeline import Pipeline
from fer_video.engine.smooth.baseline import NeutralBaseline

__all__ = [
    "EXPRESSIONS",
    "PARTS",
    "REASONS",
    "UNCERTAIN",
    "Arrays",
    "Box",
    "ColourMatrix",
    "Counters",
    "Csv",
    "DataError",
    "Delivery",
    "DetectOptions",
    "DetectedFrame",
    "EngineOptions",
    "Expression",
    "Face",
    "Feed",
    "FerError",
    "FileOptions",
    "Frame",
    "JsonLines",
    "Landmarks",
    "LiveOptions",
    "ModelCard",
    "ModelError",
    "Networks",
    "NeutralBaseline",
    "OptionsError",
    "OutputError",
    "PartReading",
    "Parts",
    "Pipeline",
    "PreparedFrame",
    "ProviderError",
    "Quality",
    "Reading",
    "RecognizedFrame",
    "Recognizer",
    "Records",
    "ScoredFrame",
    "SessionOptions",
    "SoundPacket",
    "Source",
    "SourceError",
    "SourceInfo",
    "Stage",
    "Stills",
    "UsedNetwork",
    "VideoWriter",
    "open_pipeline",
    "open_pipelines",
]

show_field_texts(globals()[name] for name in __all__)
