"""Training crops: cut as the engine cuts them, varied as cameras vary them."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.faces.crop import crop_affine
from fer_video.engine.faces.face import Box, Face, Landmarks
from fer_video.engine.frames.handovers import DetectedFrame
from fer_video.engine.frames.picture import to_frame
from fer_video.engine.network.card import ModelCard
from fer_video.engine.options.detect import DetectOptions
from fer_video.engine.options.session import SessionOptions
from fer_video.engine.preprocess.stage import Preprocess
from fer_video.exporters.augment.augmentation import CAMERA, PAPER, Augmenter, FaceImage
from fer_video.exporters.augment.warping import (
    aligned_affine,
    painted_background,
    plain_affine,
    warp,
)
from fer_video.exporters.data.alignment import find_landmarks
from fer_video.exporters.data.datasets import Image
from fer_video.exporters.data.images import read_image
from fer_video.exporters.data.layouts.read import read_dataset
from fer_video.exporters.to_onnx.parity import portrait

POINTS = np.array([[30, 40], [70, 44], [50, 60], [34, 80], [66, 82]], np.float32)


def photograph(side: int = 108) -> Image:
    """Smooth, in colour, different everywhere."""
    coarse = np.random.default_rng(4).integers(60, 220, (7, 7, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_plain_crop_is_a_resize() -> None:
    image = photograph(48)
    crop = warp(image, plain_affine(image.shape, 180), 180)
    resized = cv2.resize(image, (180, 180), interpolation=cv2.INTER_LINEAR)
    assert np.abs(crop.astype(int) - resized).max() <= 2


def test_aligned_crop_is_the_engines() -> None:
    face = Face(Box(20, 20, 60, 80), 1.0, POINTS)
    expected = crop_affine(face, 180, 2.8, -0.15)
    np.testing.assert_array_equal(aligned_affine(POINTS, 180, 2.8, -0.15), expected)


def test_aligned_crop_sets_the_eyes_level_at_the_same_place() -> None:
    """Eyes' and mouth's middle lie on the crop's middle line, wherever the face was."""
    turn = cv2.getRotationMatrix2D((50, 50), 25, 1.3)
    turned = (POINTS @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    seen = [_into_crop(points) for points in (POINTS, turned)]
    np.testing.assert_allclose(seen[0], seen[1], atol=0.1)


def _into_crop(points: np.ndarray) -> np.ndarray:
    affine = np.vstack([aligned_affine(points, 180, 2.8, -0.15), [0, 0, 1]])
    return np.asarray((np.linalg.inv(affine) @ np.column_stack([points, np.ones(5)]).T)[:2].T)


def test_augmenter_repeats_with_the_seed_and_differs_without() -> None:
    augment = Augmenter(CAMERA, 96, 2.8, -0.15)
    face = FaceImage(photograph(), POINTS)
    crops = [augment(face, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(crops[0], crops[1])
    assert np.abs(crops[0].astype(int) - crops[2]).mean() > 1


def test_every_sample_is_a_crop_of_bytes() -> None:
    augment = Augmenter(CAMERA, 96, 2.8, -0.15)
    rng = np.random.default_rng(0)
    faces = [FaceImage(photograph(), POINTS), FaceImage(photograph(48))]
    for number in range(200):
        crop = augment(faces[number % 2], rng)
        assert crop.shape == (96, 96, 3)
        assert crop.dtype == np.uint8


def test_paper_recipe_only_moves_the_picture() -> None:
    """Colours stay within those of the source, and no crop is gray."""
    image = photograph()
    rng = np.random.default_rng(0)
    crop = Augmenter(PAPER, 96, 2.8, -0.15)(FaceImage(image, POINTS), rng)
    assert crop.min() >= image.min()
    assert crop.max() <= image.max()
    assert np.ptp(crop.astype(int), axis=2).max() > 20


def hulled(image: np.ndarray) -> np.ndarray:
    side = image.shape[0]
    mask = cv2.circle(np.zeros((side, side), np.uint8), (side // 2,) * 2, side // 3, (1,), -1)
    return image * mask[..., None]


def test_painted_background_is_found_and_only_there() -> None:
    image = hulled(photograph())
    image[54, 54] = 0  # a pupil is black as well, but reaches no corner
    background = painted_background(image)
    assert background is not None
    assert background[0, 0]
    assert not background[54, 54]
    assert painted_background(photograph()) is None


def test_black_background_is_replaced_as_often_as_asked() -> None:
    image = hulled(photograph())
    face = FaceImage(image, None, painted_background(image))
    rng = np.random.default_rng(0)
    augment = Augmenter(PAPER, 96, 2.8, -0.15)
    assert all(augment(face, rng)[0, 0].max() < 30 for _ in range(20))
    camera = Augmenter(CAMERA, 96, 2.8, -0.15)
    lit = np.mean([camera(face, rng)[2, 2].max() > 60 for _ in range(200)])
    assert 0.3 < lit < 0.9


def assert_engine_cuts_alike(image: Image, landmarks: Landmarks) -> None:
    """Training's crop against the engine's, whose chroma is halved: a few grey levels apart."""
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    frame = to_frame(picture, index=0, pts=0, time_base=Fraction(1, 25), source="made")
    face = Face(Box(0, 0, 1, 1), 1.0, landmarks)
    net = ModelCard("net", "expressions", 180, 180, "NHWC", "RGBX", 0, 1)
    card = replace(net, crop_scale=2.8, crop_shift=-0.15)
    (pixels,) = Preprocess(card)(DetectedFrame(frame, (face,))).batch
    engine = pixels[..., :3].astype(float)
    training = warp(image, aligned_affine(landmarks, 180, 2.8, -0.15), 180)
    assert np.abs(engine - training).mean() < 3


def test_engine_cuts_a_face_like_training() -> None:
    image, landmarks = portrait()
    assert_engine_cuts_alike(image, landmarks)


def test_engine_cuts_a_face_that_is_larger_than_its_crop_like_training() -> None:
    """Both average its noise over whole pixels, where bare interpolation would keep it."""
    image, landmarks = portrait()
    large = cv2.resize(image, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1).normal(0, 40, large.shape[:2])[..., None]
    noisy = (large + noise).clip(0, 255).astype(np.uint8)
    assert_engine_cuts_alike(noisy, 6 * landmarks + np.float32(2.5))


def test_smaller_faces_are_interpolated_alone() -> None:
    image = photograph(340)
    affine = plain_affine(image.shape, 180)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    np.testing.assert_array_equal(
        warp(image, affine, 180), cv2.warpAffine(image, affine, (180, 180), flags=flags)
    )


def test_engine_cuts_the_data_sets_faces_like_training(shared: Path) -> None:
    teacher = shared / "detectors" / "yunet_n_dynamic.onnx"
    detector = YuNetDetector(DetectOptions(str(teacher), size=256), SessionOptions("cpu"))
    test = read_dataset(shared / "affectnet_subset.zip", "folders").split("test")
    images = [read_image(sample) for sample in test.samples[::400]]
    assert len(images) == 6
    found = find_landmarks(images, detector)
    for image, landmarks in zip(images, found, strict=True):
        assert landmarks is not None
        assert_engine_cuts_alike(image, landmarks)


def test_landmarks_are_found_in_tight_crops(shared: Path) -> None:
    """The teacher's landmarks, of a crop that fills its picture, are those of the crop."""
    teacher = shared / "detectors" / "yunet_n_dynamic.onnx"
    detector = YuNetDetector(DetectOptions(str(teacher), size=256), SessionOptions("cpu"))
    test = read_dataset(shared / "affectnet_subset.zip", "folders").split("test")
    images = [read_image(sample) for sample in test.samples[::200]]
    found = find_landmarks(images, detector)
    crops = [
        warp(image, aligned_affine(landmarks, 180, 2.8, -0.15), 180)
        for image, landmarks in zip(images, found, strict=True)
        if landmarks is not None
    ]
    level = [points for points in find_landmarks(crops, detector) if points is not None]
    assert len(level) >= 0.9 * len(images)
    assert all(abs(points[0, 1] - points[1, 1]) < 9 for points in level)
