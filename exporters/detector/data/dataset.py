"""What the face detector is taught with and measured on: a teacher, and collections of pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["scenes", "portraits", "negatives", "cutouts"]

ROLES: Mapping[Role, tuple[int, ...]] = {
    "scenes": (320, 448, 640, 1024),
    "portraits": (224, 320, 448, 640),
    "negatives": (320, 640),
    "cutouts": (224, 320),
}
"""Roles, with the longer sides in pixels at which the teacher looks at their pictures. Scenes show
faces in their surroundings, portraits one face each, negatives none; cut-outs are a face and little
else, which training pastes onto other pictures, and on which nothing is measured."""

LARGE = 40
"""Height in pixels from which a face is large, see `Collection.sure`."""

VALID_SHARE = 0.12
"""Share of a collection's files that is held out where it does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Files of one kind in one place."""

    name: str
    """What progress and records call it."""
    path: Path
    """A .zip or folder of pictures, a folder of videos, or one video."""
    role: Role
    """What its pictures are used for; see `ROLES`."""
    prefix: str = ""
    """How the paths begin, inside its path, of the files to take."""
    files: tuple[str, ...] = ()
    """Paths, inside its path, of the files to take, in order; none for all, by name."""
    limit: int = 0
    """How many files to take at random; 0 for all."""
    held_out: float | None = None
    """Share of the files, 0..1, that is not trained but measured on: the last ones, since
    neighbours by name often show the same person. None for `VALID_SHARE`, or 0 of cut-outs."""
    share: float = 1.0
    """How often training shows its pictures with faces, in proportion to the other collections."""
    sizes: tuple[int, ...] = ()
    """Longer sides, in pixels, at which the teacher looks, since small faces need an enlarged
    picture; none for those of its role."""
    turned: bool = False
    """Whether some pictures lie on their side or stand on their head."""
    sure: float = 0.0
    """The teacher's least score, 0..1, of a face of `LARGE` pixels and more; others of that size
    are ignored. A teacher takes heads of animals for faces, and of large faces it is surer."""
    negatives: bool = False
    """Whether its pictures in which the teacher sees no face are negatives, too."""

    @property
    def teacher_sizes(self) -> tuple[int, ...]:
        """Longer sides, in pixels, at which the teacher looks."""
        return self.sizes or ROLES[self.role]

    @property
    def valid_share(self) -> float:
        """Share of the files that is held out, 0..1."""
        if self.held_out is None:
            return 0.0 if self.role == "cutouts" else VALID_SHARE
        return self.held_out


@dataclass(frozen=True, slots=True)
class DetectorData:
    """A teacher, and the collections that it labels."""

    name: str
    """What reports call it."""
    teacher: Path
    """ONNX file of a YuNet-style detector that takes any size."""
    collections: tuple[Collection, ...]
    """What is trained and measured on."""
    terms: str
    """What the detector's card says of licences."""

    @property
    def teacher_sizes(self) -> tuple[int, ...]:
        """Longer sides, in pixels, at which the teacher looks at any of the collections."""
        return tuple(sorted({s for kind in self.collections for s in kind.teacher_sizes}))
