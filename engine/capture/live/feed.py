"""Feed: a source that is pushed into, from the callback of a robot, a browser or a camera."""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from queue import Empty, SimpleQueue
from threading import RLock
from time import monotonic

from fer_video.engine.capture.pictures.arrays import ArrayFrames, array_info
from fer_video.engine.capture.pictures.given import ChannelNames, Picture
from fer_video.engine.contracts.delivery import Delivery
from fer_video.engine.errors import OptionsError
from fer_video.engine.frames.frame import Frame


class Feed:
    """Pictures that any thread puts in, and a pipeline takes out.

    feed = Feed(colour="RGB")
    robot.on_picture(feed.put)
    with open_pipeline(feed) as pipeline:
        for result in pipeline:
            ...
    """

    def __init__(
        self,
        *,
        colour: ChannelNames = "BGR",
        frame_rate: float | Fraction = 30,
        delivery: Delivery = Delivery.DROP_OLDEST,
        capacity: int = 1,
        name: str = "feed",
    ) -> None:
        """Be empty, and open.

        Args:
            colour: order of the channels.
            frame_rate: frames a second, as nearly as it is known; of pictures that bring no time
                one that is not live takes it.
            delivery: what `put` does while `capacity` pictures wait: take the place of the oldest,
                as is right for something live, or wait.
            capacity: most pictures that wait to be taken.
            name: of the source, in records and messages.

        Raises:
            OptionsError: the colour, the rate, the delivery or the capacity is none.
        """
        if not isinstance(capacity, int) or capacity < 1:
            raise OptionsError(f"capacity {capacity}: give a whole number of pictures, at least 1")
        if not isinstance(delivery, Delivery):
            raise OptionsError(f"delivery {delivery}: give {' or '.join(map(str, Delivery))}")
        self._to_frame = ArrayFrames(colour, frame_rate, name)
        self._live = delivery is Delivery.DROP_OLDEST
        self.info = array_info(name, self._to_frame.rate, None, live=self._live)
        """What is known before the first picture: its size is not."""
        self._frames: deque[Frame] = deque(maxlen=capacity)
        self._arrivals: SimpleQueue[None] = SimpleQueue()
        """An item for each picture that was put, and one when the feed is closed."""
        self._vacancies: SimpleQueue[None] = SimpleQueue()
        """An item for each picture that may be put without loss."""
        for _ in range(capacity):
            self._vacancies.put(None)
        self._order = RLock()  # a signal's handler may close while its thread puts
        self._started: float | None = None
        self._closed = self._stopped = False

    def put(
        self, picture: Picture, time: float | None = None, *, timeout: float | None = None
    ) -> bool:
        """Hand over a picture; the array may be changed afterwards. From any thread.

        Args:
            picture: (H, W, 3) or (H, W) uint8.
            time: seconds; None for now, or where the feed waits, for the next at its frame rate.
            timeout: most seconds to wait for room, where the feed waits; None for any time.

        Returns:
            Whether it was taken: not after `close`, after the pipeline's end, or in time.

        Raises:
            SourceError: it is no picture.
        """
        if not self._live and not self._may_enter(timeout):
            return False
        try:
            with self._order:
                return self._append(picture, time)
        except BaseException:
            if not self._live:
                self._vacancies.put(None)  # it is no picture, and took no room
            raise

    def frames(self) -> Iterator[Frame]:
        """The pictures in the order in which they were put, until `close`."""
        while not self._stopped:
            self._arrivals.get()
            if self._frames:
                frame = self._frames.popleft()
                if not self._live:
                    self._vacancies.put(None)
                yield frame
            elif self._closed:
                self._arrivals.put(None)  # for whoever else reads, who would wait for ever
                return

    def stop(self) -> None:
        """Take no more: the pipeline ends."""
        self._stopped = True
        self.close()

    def close(self) -> None:
        """Take no more pictures; those that wait are still read. Safe to call twice."""
        with self._order:  # a picture that is being put is there before the end is told
            if self._closed:
                return
            self._closed = True
            self._arrivals.put(None)
            self._vacancies.put(None)

    def _may_enter(self, timeout: float | None) -> bool:
        """Wait for room; the item of a closed feed is for the next thread that waits."""
        with suppress(Empty):
            self._vacancies.get(timeout=None if timeout is None else max(timeout, 0))
            if not self._closed:
                return True
            self._vacancies.put(None)
        return False

    def _append(self, picture: Picture, time: float | None) -> bool:
        if self._closed:
            return False
        if time is None and self._live:
            time = self._now()
        self._frames.append(self._to_frame(picture if time is None else (picture, time)))
        if self._closed or self._arrivals.qsize() < len(self._frames):  # else one gave way, told of
            self._arrivals.put(None)
        return True

    def _now(self) -> float:
        self._started = monotonic() if self._started is None else self._started
        return monotonic() - self._started
