"""Networks, where they run, and what is made of what they say."""

from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="Network that reads the expressions: a name that `fer-video models` lists, or an "
        ".onnx file with a card.",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        help="Threads of ONNX Runtime within each network. Frames are worked on side by side "
        "already; `fer-video tune` tells whether more help.",
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="auto|fp32|int8|fp16",
        help="Number format of the packaged networks; auto takes int8 where the processor is fast "
        "at it, else fp32. With fp32 the detector is in float, too. None in fp16 is packaged.",
    ),
]
Detector = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.onnx",
        help="Network that finds the faces: the packaged `detector`, or an .onnx file with YuNet's "
        "outputs.",
    ),
]
MinFace = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        min=4,
        max=4096,
        help="Height in pixels from which faces are looked for; most are found from two to three "
        "times that. For half of it detection takes four times as long. Unless given, 64, or a "
        "20th of the longer side if that is less; of photographs 16, or an 80th if that is more, "
        "or a 20th if that is under 16; never under 8.",
    ),
]
MinScore = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        min=0,
        max=1,
        help="Least score, 0 to 1, from which what the detector finds counts as a face: a lower "
        "one finds more faces, and more that are none. It says nothing of the expression. Unless "
        "given, it is the card's: 0.7 of the packaged detector.",
    ),
]
Provider = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda|tensorrt",
        help="Where the networks run; auto takes CUDA where it starts, else the CPU, and one asked "
        "for by name must be there.",
    ),
]
Device = Annotated[int, typer.Option(metavar="N", min=0, help="Number of the GPU, from 0.")]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Label a face `uncertain` below this confidence, 0 to 1; 0 labels every face. Unless "
        "given, it is the network's own.",
    ),
]
Reject = Annotated[
    str | None,
    typer.Option(
        metavar="REASON,...",
        help="Label a face `uncertain` that is small, turned, blurred, dark, bright, flat or "
        "uneven, as its `quality` says: some of these words, with commas between, or `any`.",
    ),
]
Smoothing = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="Smooth each face's scores over this time, so that labels hold; 0 is off. Images "
        "never are.",
    ),
]
ClassifyWhen = Annotated[
    str,
    typer.Option(
        metavar="every|adaptive",
        help="Find and read the faces of every frame, or (adaptive) again only when one has "
        "changed or 0.2 s have passed.",
    ),
]
Calibrate = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        help="Take each face's first so many seconds as its resting look, and read expressions as "
        "changes from that; 0 is off.",
    ),
]
Parts = Annotated[
    float,
    typer.Option(
        metavar="HZ",
        help="Read so many times a second what the eyes, the nose and the mouth of each face say; "
        "5 is a good rate, 0 is off.",
    ),
]
