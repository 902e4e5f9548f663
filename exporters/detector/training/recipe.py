"""How the face detector is trained: every choice in one value, in phases that follow each other."""

from dataclasses import dataclass, field, replace

import numpy as np

from fer_video.exporters.detector.canvas.canvas import CanvasOptions
from fer_video.exporters.detector.training.loss import LossWeights


@dataclass(frozen=True, slots=True)
class Phase:
    """Some epochs on canvases of one size; each phase but the first dwells on hard negatives."""

    epochs: int
    """Epochs of this phase."""
    side: int
    """Height and width of a canvas, in pixels; the network takes any size afterwards."""
    batch_size: int
    """Canvases a training step."""
    degraded: float = 1.0
    """Share of the canvases on which light, lens, sensor and transmission are simulated."""
    canvas: CanvasOptions = field(default_factory=CanvasOptions)
    """How canvases are composed."""
    learning_rate: float | None = None
    """Learning rate at which a new cosine starts; None goes on with the one before."""


@dataclass(frozen=True, slots=True)
class DetectorRecipe:
    """Every choice of a training."""

    phases: tuple[Phase, ...] = (
        Phase(50, 256, 16),
        Phase(26, 384, 7),
        Phase(10, 384, 7, 0.35),
        Phase(14, 384, 7, 0.6, CanvasOptions(empty=0.45, out_of_focus=0.3), 6e-4),
    )
    """Phases in order: small canvases first, since most is learnt on them and they are quick; then
    large ones, for faces that fill a frame; then what most pictures are: neither dark nor blurred;
    last, more of what is no face, much of it as blurred as a background."""
    steps: int = 250
    """Training steps an epoch."""
    hard_negative_copies: int = 2
    """How many copies of each hard negative are added to the pictures without a face."""
    learning_rate: float = 3e-3
    """Largest learning rate of AdamW."""
    warmup_steps: int = 500
    """Steps in which the rate rises to its largest."""
    last_rate: float = 0.005
    """Share of the learning rate that is left at the end of the cosine."""
    weight_decay: float = 1e-3
    """Decoupled weight decay of AdamW."""
    clip_norm: float = 10.0
    """Largest norm of each gradient."""
    averaging: float = 0.998
    """Decay per step of the exponential moving average (EMA) of the weights, which is kept."""
    scribbles: float = 0.04
    """Share of canvases with drawings and words in place of photographs."""
    weights: LossWeights = field(default_factory=LossWeights)
    """Factors of the parts of the loss."""
    seen_score: float = 0.15
    """The teacher's score under which a face on a finished canvas is ignored."""
    seed: int = 7
    """Seed of weights and canvases."""

    @property
    def epochs(self) -> int:
        """How many epochs all phases have together."""
        return sum(phase.epochs for phase in self.phases)


def with_epochs(recipe: DetectorRecipe, epochs: int) -> DetectorRecipe:
    """The recipe with so many epochs in all, of which each phase keeps its share, perhaps none."""
    ends = np.rint(np.cumsum([phase.epochs for phase in recipe.phases]) * epochs / recipe.epochs)
    shares = np.diff(ends.astype(int), prepend=0).tolist()
    phases = zip(recipe.phases, shares, strict=True)
    return replace(recipe, phases=tuple(replace(phase, epochs=n) for phase, n in phases if n))


_CROWDS = CanvasOptions(
    tiles=(0.3, 0.25, 0.2, 0.15, 0.1), empty=0.3, pasted=0.1, crowded=0.12, smallest_face=6.0
)

TUNED = DetectorRecipe(
    phases=(Phase(24, 320, 6, 0.5, _CROWDS),), steps=100, learning_rate=1e-3, warmup_steps=100
)
"""To go on from trained weights: more and smaller faces, down to six pixels, in scenes side by side
and in crowds; half of the canvases are as the pictures are."""
