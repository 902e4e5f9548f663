"""The collections that the packaged detector was trained and measured on."""

from functools import partial
from pathlib import Path

from fer_video.exporters.detector.data.dataset import Collection, DetectorData

_TEACHER = Path("detectors", "yunet_n_dynamic.onnx")
_TERMS = (
    "Taught by YuNet (Apache-2.0) on Caltech-101 pictures (research), third-party scenes and press "
    "photos, FER2013 (research), AffectNet (non-commercial research) and clips under CC BY 4.0 and "
    "MIT"
)
_TRAINED = (
    *("portrait_d18.mp4", "portrait_d3.mp4", "portrait_s20.mp4", "single_face.mp4"),
    *("signing2_640x480.mkv", "signing_640x480.mkv", "classroom_four_small.gif"),
)
_HELD_OUT = ("portrait_d13.mp4", "portrait_d19.mp4", "portrait_s18.mp4")
"""Whole clips, so that no person and no place is on both sides."""
_WITHOUT_A_FACE = ("bottles_no_face.mp4", "cartoon_no_face.mp4")


def project_data(folder: Path) -> DetectorData:
    """The data set in a folder with the project's archives, clips and teacher."""
    scenes = partial(Collection, path=folder / "scenes_unlabelled.zip", role="scenes")
    clips = partial(Collection, path=folder / "videos", sizes=(320, 448, 640))
    cutouts = partial(Collection, role="cutouts", share=0.03)
    collections = (
        scenes("work", prefix="scenes/work_", share=0.4, turned=True, negatives=True),
        scenes("web", prefix="scenes/web_", share=0.21),
        scenes("room", prefix="scenes/room_", share=0.11),
        Collection(
            "everyday",
            folder / "everyday_scenes_unlabelled.zip",
            "scenes",
            held_out=0.2,
            share=0.3,
            sure=0.85,
            negatives=True,
        ),
        Collection("portraits", folder / "portraits_unlabelled.zip", "portraits", share=0.13),
        Collection("no_faces", folder / "no_faces.zip", "negatives"),
        Collection("places", folder / "places_no_faces.zip", "negatives"),
        clips("clips", role="scenes", files=_TRAINED, held_out=0, share=0.09),
        cutouts(
            "fer2013",
            path=folder / "fer2013_ferplus.zip",
            prefix="fer2013/FER2013Train/",
            limit=1000,
        ),
        cutouts(
            "affectnet",
            path=folder / "affectnet_subset.zip",
            prefix="affectnet_subset/train/",
            limit=700,
        ),
        cutouts("all ages", path=folder / "faces_all_ages_unlabelled.zip", limit=1000),
        Collection("stills", folder / "stills", "scenes", held_out=1),
        clips("portrait clips", role="portraits", files=_HELD_OUT, held_out=1),
        clips("clips without a face", role="negatives", files=_WITHOUT_A_FACE, held_out=1),
    )
    return DetectorData(folder.name, folder / _TEACHER, collections, _TERMS)
