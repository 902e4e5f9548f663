"""Networks: a classifier and a detector that are loaded, for one pipeline or for many."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from fer_video.engine.detect.own import OwnDetector
from fer_video.engine.detect.yunet import YuNetDetector
from fer_video.engine.errors import OptionsError
from fer_video.engine.faces.face import Face
from fer_video.engine.frames.frame import Plane
from fer_video.engine.network.batching import BatchingClassifier
from fer_video.engine.network.classifier import Classifier, Reads
from fer_video.engine.network.models import find_version
from fer_video.engine.network.provider import prefers_int8
from fer_video.engine.network.used import UsedNetwork
from fer_video.engine.options.engine import EngineOptions

_DEFAULT = EngineOptions()


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Two networks, loaded once; any number of pipelines and recognizers may run them at once.

    networks = Networks.load()
    recognizer = Recognizer(networks=networks)
    with open_pipeline("in.mp4", networks=networks) as pipeline:
        ...
    """

    options: EngineOptions
    """The options that they were loaded with, or are run with here."""
    classifier: Reads
    """Reads the expressions; from several threads at once."""
    detector: YuNetDetector | OwnDetector
    """Finds the faces; each thread takes a clone of it."""
    provider: str
    """ONNX Runtime's name of what the classifier runs on, e.g. `CPUExecutionProvider`."""
    used: tuple[UsedNetwork, ...] = ()
    """The files that they were loaded from; a detector of one's own has none."""

    @classmethod
    def load(
        cls,
        options: EngineOptions = _DEFAULT,
        detector: Callable[[Plane], Iterable[Face]] | None = None,
    ) -> "Networks":
        """Load them, and run each once.

        Args:
            options: which networks, in which precision, and where they run.
            detector: one of your own in the place of the packaged one, see `open_pipeline`.

        Raises:
            ModelError: one is missing, does not fit, or is not there in this precision.
            ProviderError: the provider asked for is not there.
        """
        classifier = load_classifier(options)
        on_cpu = classifier.provider == "CPUExecutionProvider"
        reads: Reads = classifier if on_cpu else BatchingClassifier(classifier)
        used = (classifier.used,)
        if detector is not None:
            return cls(options, reads, OwnDetector(detector), classifier.provider, used)
        finds = load_detector(options)
        return cls(options, reads, finds, classifier.provider, (*used, finds.used))

    def under(
        self,
        options: EngineOptions | None = None,
        detector: Callable[[Plane], Iterable[Face]] | None = None,
    ) -> "Networks":
        """The same networks, run with other options.

        Args:
            options: how faces are looked for, and all that is no network's; None for the same.
            detector: one of your own in the place of theirs.

        Raises:
            OptionsError: the options ask for other networks, or for the same ones elsewhere.
        """
        options = options or self.options
        for name, loaded, wanted in _differences(self.options, options):
            raise OptionsError(
                f"{name} {wanted}: the networks given were loaded with {loaded}; load others with "
                "`Networks.load(options)`"
            )
        if detector is None:
            finds = self.detector.under(options.detect)
            return replace(self, options=options, detector=finds)
        used = tuple(network for network in self.used if network.task == "expressions")
        return replace(self, options=options, detector=OwnDetector(detector), used=used)


def networks_for(
    options: EngineOptions | None,
    networks: Networks | None,
    detector: Callable[[Plane], Iterable[Face]] | None,
) -> Networks:
    """The networks given, under these options; or new ones, where none are given.

    Raises:
        OptionsError: one of them is none, or the options ask for other networks.
    """
    for name, given, kind in (
        ("options", options, EngineOptions),
        ("networks", networks, Networks),
    ):
        if given is not None and not isinstance(given, kind):
            raise OptionsError(f"{name} {given!r}: give {kind.__name__}, or None")
    if networks is None:
        return Networks.load(options or _DEFAULT, detector)
    return networks.under(options, detector)


def load_classifier(options: EngineOptions) -> Classifier:
    """The classifier in the precision asked for.

    Raises:
        ModelError: it is missing, does not fit, or is not there in this precision.
        ProviderError: the provider asked for is not there.
    """
    fast = prefers_int8(options.session)
    model = find_version(str(options.model), options.precision, fast_int8=fast)
    return Classifier(str(model), options.session)


def load_detector(options: EngineOptions) -> YuNetDetector:
    """The detector, in int8 where there is one and it is fast, unless all is to be float.

    Raises:
        ModelError: it is missing or does not fit.
        ProviderError: the provider asked for is not there.
    """
    fast = options.precision in ("auto", "int8") and prefers_int8(options.session)
    file = find_version(str(options.detect.model), "auto", fast_int8=fast)
    return YuNetDetector(replace(options.detect, model=str(file)), options.session)


def _differences(one: EngineOptions, other: EngineOptions) -> list[tuple[str, object, object]]:
    """What of two options makes other networks: its name, and both values."""
    rows = (
        ("model", str(one.model), str(other.model)),
        ("precision", one.precision, other.precision),
        ("session", one.session, other.session),
        ("detector", str(one.detect.model), str(other.detect.model)),
    )
    return [row for row in rows if row[1] != row[2]]
