"""Where results go: files, folders, a window."""

from pathlib import Path
from typing import Annotated

import typer

Preset = Annotated[
    str,
    typer.Option(
        metavar="ultrafast..slow",
        help="Preset of x264, which encodes faster or into smaller files.",
    ),
]

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT.mp4",
        help="Write the annotated video with its sound to this file; `-` is stdout. Of an image "
        "also a .jpg or .png. Images, and several sources: into this folder.",
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        metavar="OUT.jsonl",
        help="Write one JSON object a frame to this file; `-` is stdout.",
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option(metavar="OUT.csv", help="Write one row a face to this file; `-` is stdout."),
]
Report = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write records to this folder, and at the end a report of them, as `fer-video report` "
        "makes it.",
    ),
]
NoAbout = Annotated[
    bool,
    typer.Option(
        "--no-about",
        help="Write no OUT.about.json beside records: what was read, by which networks and how, "
        "and whether it is complete.",
    ),
]
CsvExcel = Annotated[
    bool,
    typer.Option(
        "--csv-excel",
        help="Write --csv as Excel opens it where numbers have decimal commas, as in German: with "
        "these, semicolons, and a byte order mark.",
    ),
]
Crf = Annotated[
    int | None,
    typer.Option(
        metavar="0..51",
        help="Quality of the video, x264's constant rate factor: the less, the better and larger. "
        "Unless given, 23, and at most twice the source's bit rate.",
    ),
]
Bitrate = Annotated[
    int | None,
    typer.Option(metavar="KBIT", help="Average kbit/s of the pictures, in the place of --crf."),
]
CopySound = Annotated[
    bool,
    typer.Option(
        "--copy-sound",
        help="Refuse sound that the video's container cannot hold as it is; else it is encoded "
        "anew.",
    ),
]
Display = Annotated[
    bool | None,
    typer.Option(
        "--display/--no-display",
        help="Show a window or not; by default one opens when nothing is written.",
        show_default=False,
    ),
]
Clock = Annotated[
    bool,
    typer.Option(
        "--clock",
        help="Draw time and number of each frame into a corner, to check records by eye.",
    ),
]
