"""How many faces are found by their size, from 16 pixels to the whole picture.

Each face is laid, with its surroundings, in the middle of a picture of that size, over a blurred
and darkened copy of its own photograph. Where it lies and how high it is was found by the detector
in the photograph itself, which must show one face alone.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image, ImageFilter

from fer_video.engine import EngineOptions
from fer_video.engine.assembly.networks import load_detector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.face import Box
from fer_video.engine.options.detect import DetectOptions
from fer_video.perf.bench.crowd import portrait

HEIGHTS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
"""Heights of faces in pixels; those higher than a picture are left out, and its own comes last."""
PICTURES = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160), (4032, 3024))
"""Sizes of pictures, in pixels."""
_SAME = 0.4
"""Least IoU of a box with the face's own for it to count as found."""
_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Known:
    """A photograph with one face."""

    picture: Image.Image
    """Its grey levels."""
    box: Box
    """Where the face is in it."""


def known(pictures: Iterator[Image.Image], detector: YuNetDetector) -> Iterator[Known]:
    """Those of the pictures that show one face alone."""
    for picture in pictures:
        grey = picture.convert("L")
        faces = detector(np.array(grey), full_range=True)
        if len(faces) == 1:
            yield Known(grey, faces[0].box)


def laid(face: Known, height: int, size: tuple[int, int]) -> tuple[Image.Image, Box]:
    """A picture of this size with the face at this height in its middle, and the face's box."""
    scale, (across, down) = height / face.box.height, size
    ground = face.picture.resize(size).filter(ImageFilter.GaussianBlur(down / 8))
    ground = ground.point(lambda level: level // 2)
    left = across / 2 - scale * (face.box.left + face.box.width / 2)
    top = down / 2 - scale * (face.box.top + face.box.height / 2)
    sides = (max(round(scale * side), 1) for side in face.picture.size)
    ground.paste(face.picture.resize((next(sides), next(sides))), (round(left), round(top)))
    width = scale * face.box.width
    return ground, Box(across / 2 - width / 2, down / 2 - height / 2, width, height)


def recall(
    faces: Sequence[Known], height: int, size: tuple[int, int], detector: YuNetDetector
) -> tuple[float, int]:
    """Share of the faces that is found at this height, and the number of other boxes."""
    found = others = 0
    for face in faces:
        picture, box = laid(face, height, size)
        boxes = [one.box for one in detector(np.array(picture), full_range=True)]
        hits = [one for one in boxes if one.iou(box) >= _SAME]
        found += bool(hits)
        others += len(boxes) - min(len(hits), 1)
    return found / len(faces), others


def pictures_in(place: Path | None, most: int) -> Iterator[Image.Image]:
    """Up to `most` pictures of a folder or a zip, spread over all; without one, the portrait."""
    if place is None:
        yield portrait()
    elif place.is_dir():
        paths = sorted(path for path in place.rglob("*") if path.suffix.lower() in _SUFFIXES)
        yield from (Image.open(path) for path in paths[:: max(len(paths) // most, 1)][:most])
    else:
        with ZipFile(place) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith(_SUFFIXES))
            for name in names[:: max(len(names) // most, 1)][:most]:
                yield Image.open(BytesIO(archive.read(name)))


def main() -> None:
    """Print a table: recall by the height of the face, for frames of films and photographs."""
    parser = argparse.ArgumentParser(
        prog="python -m fer_video.perf.studies.face_sizes", description=__doc__
    )
    parser.add_argument("--faces", type=Path, help="folder or zip of portraits; else one portrait")
    parser.add_argument("--most", type=int, default=24, help="faces taken of them")
    parser.add_argument("--min-face", type=float, help="as of fer-video")
    wanted = parser.parse_args()
    detector = load_detector(EngineOptions(detect=DetectOptions(min_face=wanted.min_face)))
    faces = list(known(pictures_in(wanted.faces, wanted.most), detector.clone(still=True)))
    if not faces:
        parser.error(f"no picture with one face alone in {wanted.faces}")
    sys.stdout.write(f"{len(faces)} faces\n\n| picture | " + " | ".join(map(str, HEIGHTS)))
    sys.stdout.write(" | its height | other boxes |\n" + "|---" * (len(HEIGHTS) + 3) + "|\n")
    for size in PICTURES:
        for still in (False, True):
            heights = [height for height in HEIGHTS if height < size[1]]
            looking = detector.clone(still=still)
            rows = [recall(faces, height, size, looking) for height in (*heights, size[1])]
            cells = [f"{share:.2f}" for share, _ in rows]
            cells[-1:-1] = [""] * (len(HEIGHTS) - len(heights))
            kind = "photograph" if still else "film"
            others = sum(count for _, count in rows)
            sys.stdout.write(f"| {size[0]}x{size[1]} {kind} | {' | '.join(cells)} | {others} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
