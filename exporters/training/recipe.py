"""How a network is trained: every choice in one value."""

from dataclasses import dataclass
from typing import Literal

from fer_video.exporters.augment.augmentation import PAPER, Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of one phase of a training."""

    name: str
    """What records and cards call the phase."""
    epochs: int = 20
    """Most epochs of the phase; it may stop earlier, see `patience`."""
    batch_size: int = 32
    """Faces a training step."""
    learning_rate: float = 1e-4
    """Largest learning rate of Adam."""
    schedule: Literal["constant", "cosine"] = "constant"
    """How the learning rate goes on: as it is, or down to almost nothing along a cosine."""
    warmup_steps: int = 0
    """Steps in which the rate rises to its largest under the cosine schedule."""
    loss: Literal["binary", "categorical"] = "binary"
    """Binary cross-entropy on each output, or cross-entropy of the softmax over their logits, which
    is what the engine reads from a sigmoid head."""
    smoothing: float = 0.0
    """Label smoothing: share of a label that is spread over all five classes."""
    balance: float = 0.0
    """Oversampling of rare classes: 0 keeps the classes' shares, 1 makes them equal."""
    balance_each: bool = False
    """Whether each data set is balanced by itself: else a network learns that a look, of a camera
    or a crop, goes with the expressions that are common in the data set that looks so."""
    evenness: float = 0.0
    """How far data sets of different sizes are evened out: 0 keeps their shares, 1 makes them
    equal. Small sets of posed faces, whose labels are right, are seen more often by it."""
    unlabelled: float = 1.0
    """How often faces without a label are seen, in shares of what `evenness` gives them."""
    mixup: float = 0.0
    """Parameter of the Beta distribution by which two faces of a batch and their targets are mixed
    (mixup; Zhang et al., 2018); 0 mixes none."""
    adjust_logits: bool = False
    """Whether a bias is added to the logits in the end, so that no class pays for being rare; see
    `fit_bias`."""
    dropout: float | None = None
    """Share of the last layer's inputs that is left out at random in training; None for the
    network's own. Where no two crops are alike, a small network needs little of it."""
    averaging: float = 0.0
    """Decay per step of the exponential moving average (EMA) of the weights that is kept; 0 keeps
    the weights themselves."""
    epoch_samples: int | None = None
    """Faces an epoch; None for as many as there are."""
    augmentation: Augmentation = PAPER
    """How training crops differ from their source."""
    crop_scale: float = 2.8
    """Side of an aligned crop, in eye-to-mouth distances; medians of how FER2013 and AffectNet
    frame their faces are 2.86 and 2.60."""
    crop_shift: float = -0.15
    """Downward shift of an aligned crop, in eye-to-mouth distances; the same medians are -0.20 and
    -0.03."""
    distillation: float = 0.0
    """Share of a teacher's scores in the targets (knowledge distillation); 0 without a teacher."""
    live: bool = False
    """Whether teachers read every crop that is learnt from, as it was turned, darkened and covered,
    rather than each face once: a consistent teacher (Beyer et al., 2022)."""
    renewed: bool = False
    """Whether batch normalisation is trained on where a network's file has folded it into a scale
    and an offset: its statistics are measured anew first."""
    kept: float = 0.0
    """Share of what the network said that training goes on from, in the targets of the data sets
    that it learnt (learning without forgetting; Li and Hoiem, 2016)."""
    tempered: bool = False
    """Whether what is kept is tempered by data set, by its validation faces, so that a network
    becomes as sure of each kind of faces as it is right."""
    blended: float = 1.0
    """Share of the trained weights in their mean with those that training goes on from: the mean
    keeps what the one knew and most of what the other learnt (WiSE-FT; Wortsman et al., 2022)."""
    side: int = 180
    """Height and width of the crops, in pixels; a backbone without a hidden layer takes any."""
    dtype: str = "float32"
    """Keras dtype policy to compute in."""
    frozen: str = ""
    """Name of the last layer that is not trained; "" trains all layers."""
    patience: int = 20
    """Epochs without a better score after which training stops."""
    seed: int = 1
    """Seed of weights, order and augmentation."""
