"""Faces come back in pixels of the picture, whatever the network's size."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_video.engine.capture.film.demo import open_demo
from fer_video.engine.capture.open import open_source
from fer_video.engine.detect.stage import Detect
from fer_video.engine.detect.track import Tracker
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import ModelError, OptionsError
from fer_video.engine.network.card import ModelCard
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from tests.networks import classifier_card, write_classifier, write_spot_detector


def load(model: Path | str, size: int = 320, **options: float) -> YuNetDetector:
    return YuNetDetector(DetectOptions(str(model), size, **options), SessionOptions())


def spot(height: int, width: int, top: int, left: int, side: int) -> NDArray[np.uint8]:
    """Black in limited range, with one white square."""
    luma = np.full((height, width), 16, np.uint8)
    luma[top : top + side, left : left + side] = 235
    return luma


def to_full_range(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return ((luma.astype(float) - 16) * 255 / 219).round().clip(0, 255).astype(np.uint8)


# coordinates, with a network whose answers are known


@pytest.mark.parametrize("fixed", [None, (320, 320), (192, 320)])
def test_box_is_in_pixels_of_the_picture(tmp_path: Path, fixed: tuple[int, int] | None) -> None:
    detector = load(write_spot_detector(tmp_path / "spot.onnx", fixed))
    (face,) = detector(spot(360, 640, top=96, left=320, side=16), full_range=False)
    box = face.box  # one cell of 8 network pixels is 16 picture pixels here
    assert (box.left, box.top, box.width, box.height) == pytest.approx((312, 88, 16, 16), abs=0.1)
    assert face.landmarks == pytest.approx(np.tile([320, 96], (5, 1)), abs=0.1)
    assert face.score == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("size", [(359, 641), (641, 359), (97, 131), (33, 700), (1080, 1920)])
@pytest.mark.parametrize("fixed", [None, (320, 320)])
def test_odd_sizes_and_shapes_map_back(
    tmp_path: Path, size: tuple[int, int], fixed: tuple[int, int] | None
) -> None:
    height, width = size
    scale = max(size) / 320
    top, left, side = height // 3, width // 3, max(round(24 * scale), 3)
    luma = spot(height, width, top, left, min(side, height - top))
    faces = load(write_spot_detector(tmp_path / "s.onnx", fixed), overlap=0.9)(
        luma, full_range=False
    )
    assert faces
    for face in faces:  # its centre is the corner of a cell that lies at least half in the square
        x, y = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
        assert left - 5 * scale <= x <= left + side
        assert top - 5 * scale <= y <= top + side
        assert face.box.width == pytest.approx(8 * scale, rel=0.1)


def test_full_and_limited_range_look_alike(tmp_path: Path) -> None:
    detector = load(write_spot_detector(tmp_path / "spot.onnx"))
    limited = spot(180, 320, top=80, left=160, side=8)
    (one,), (other,) = (
        detector(limited, full_range=False),
        detector(to_full_range(limited), full_range=True),
    )
    assert one.score == pytest.approx(other.score, abs=0.01)
    assert one.box == other.box


def test_gray_network_with_a_card_gets_what_its_card_says(tmp_path: Path) -> None:
    card = ModelCard("spot", "faces", 64, 64, colour="GRAY", mean=0, scale=1 / 255, threshold=0.9)
    detector = load(write_spot_detector(tmp_path / "spot.onnx", card=card))
    (face,) = detector(spot(180, 320, top=80, left=160, side=8), full_range=False)
    assert face.score == pytest.approx(1, abs=0.01)
    luma = spot(180, 320, top=80, left=160, side=8)
    luma[luma > 16] = 200  # 84 % of white, under the card's threshold
    assert detector(luma, full_range=False) == ()


@pytest.mark.parametrize("fixed", [None, (320, 320)])
def test_nothing_of_the_picture_before_is_left(
    tmp_path: Path, fixed: tuple[int, int] | None
) -> None:
    """A wide picture follows a tall one: its padding must be as empty as if it came first."""
    detector = load(write_spot_detector(tmp_path / "spot.onnx", fixed))
    white = np.full((320, 320), 235, np.uint8)
    assert detector(white, full_range=False)
    assert detector(np.full((300, 320), 16, np.uint8), full_range=False) == ()
    assert detector(np.full((320, 150), 16, np.uint8), full_range=False) == ()


def test_small_picture_is_enlarged(tmp_path: Path) -> None:
    detector = load(write_spot_detector(tmp_path / "spot.onnx"))
    faces = detector(spot(36, 64, top=10, left=30, side=8), full_range=False)
    assert faces
    assert all(28 <= face.box.left + face.box.width / 2 <= 40 for face in faces)


def test_more_faces_than_fit_are_no_error(tmp_path: Path) -> None:
    detector = load(write_spot_detector(tmp_path / "spot.onnx"), size=1024)
    assert len(detector(np.full((1024, 1024), 235, np.uint8), full_range=False)) == 4096


def test_best_face_comes_first(tmp_path: Path) -> None:
    luma = spot(320, 320, top=80, left=160, side=8)
    luma[160:168, 40:48] = 200
    faces = load(write_spot_detector(tmp_path / "spot.onnx"))(luma, full_range=False)
    assert [round(face.box.left + 4) for face in faces] == [160, 40]


# wrong networks and settings


def test_classifier_is_refused_as_detector(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "c.onnx", classifier_card())
    with pytest.raises(ModelError, match=r"c\.onnx: is not a YuNet-style.*cls_8.*has scores"):
        load(path)


@pytest.mark.parametrize(
    "settings", [{"size": 8}, {"size": 9000}, {"threshold": 1.5}, {"min_face": 1}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(OptionsError, match="give"):
        DetectOptions(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("min_face", "longer_side", "size"),
    [(None, 640, 320), (None, 1280, 320), (None, 1920, 480), (None, 48, 160), (None, 160, 320),
     (32, 1280, 640), (128, 1280, 160), (4, 3840, 4096)],
)  # fmt: skip
def test_working_size_follows_the_picture_and_the_smallest_face(
    min_face: float | None, longer_side: int, size: int
) -> None:
    assert DetectOptions(min_face=min_face).working_size(longer_side) == size
    assert DetectOptions(min_face=min_face, size=416).working_size(longer_side) == 416


@pytest.mark.parametrize(
    ("longer_side", "film", "still"),
    [(100, 8, 8), (200, 10, 10), (320, 16, 16), (640, 32, 16), (1280, 64, 16), (4000, 64, 50)],
)
def test_smallest_faces_are_as_the_records_page_tells(
    longer_side: int, film: float, still: float
) -> None:
    assert DetectOptions().smallest_face(longer_side) == film
    assert DetectOptions().smallest_face(longer_side, still=True) == still


# the packaged network


def test_demo_has_exactly_one_face_in_the_middle(detector: YuNetDetector) -> None:
    for frame in islice(open_demo().frames(), 0, 60, 20):
        (face,) = detector(frame.luma, full_range=frame.colour.full_range)
        x, y = face.box.left + face.box.width / 2, face.box.top + face.box.height / 2
        assert 320 < x < 960
        assert 150 < y < 570
        assert face.landmarks is not None
        assert face.landmarks[0, 0] < face.landmarks[1, 0]  # the person's right eye is on the left
        assert face.landmarks[:2, 1].max() < face.landmarks[3:, 1].min()


def test_range_makes_no_difference_to_the_packaged_network(detector: YuNetDetector) -> None:
    limited = next(open_demo().frames()).luma
    full = ((limited.astype(float) - 16) * 255 / 219).clip(0, 255).round().astype(np.uint8)
    (one,), (other,) = detector(full, full_range=True), detector(limited, full_range=False)
    assert one.box.iou(other.box) > 0.95
    assert one.score == pytest.approx(other.score, abs=0.03)


@pytest.mark.parametrize("size", [(360, 640), (481, 641), (1, 1), (5, 400)])
def test_noise_and_plain_pictures_have_no_face(
    detector: YuNetDetector, size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    for luma in (noise, np.full(size, 128, np.uint8)):
        assert detector(luma, full_range=True) == ()


def test_stage_gives_each_face_its_identity(detector: YuNetDetector) -> None:
    stage = Detect(detector, Tracker())
    found = [stage(frame) for frame in islice(open_demo().frames(), 3)]
    assert [[face.id for face in item.faces] for item in found] == [[1]] * 3


# published networks, where the project's data is at hand


@pytest.mark.parametrize("name", ["yunet_n_dynamic", "yunet_s_640"])
def test_published_networks_run_by_path(shared: Path, name: str) -> None:
    detector = load(shared / "detectors" / f"{name}.onnx", size=640, threshold=0.75)
    source = open_source(shared / "stills" / "group_eight_faces.jpg")
    frame = next(iter(source.frames()))
    assert len(detector(frame.luma, full_range=frame.colour.full_range)) == 8


def test_packaged_network_agrees_with_a_published_one(
    shared: Path, detector: YuNetDetector
) -> None:
    published = load(shared / "detectors" / "yunet_n_dynamic.onnx")
    frame = next(open_demo().frames())
    (ours,), (theirs,) = (d(frame.luma, full_range=True) for d in (detector, published))
    assert ours.box.iou(theirs.box) > 0.5
