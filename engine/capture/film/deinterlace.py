"""Whole pictures of interlaced ones, in which two moments lie between each other's lines."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, groupby
from logging import getLogger

import av
import av.filter

log = getLogger(__name__)

_FILTER = "mode=send_frame:deint=interlaced"
"""Of FFmpeg's bwdif: a picture for each, and none changed that is not flagged as interlaced."""


def deinterlaced(pictures: Iterator[av.VideoFrame], name: str) -> Iterator[av.VideoFrame]:
    """The pictures as they are, and from the first interlaced one on without its comb, told once.

    Args:
        pictures: decoded, in order.
        name: of the source.
    """
    for picture in pictures:
        if picture.interlaced_frame:
            log.warning("%s: is interlaced; its pictures are deinterlaced", name)
            yield from _filtered(chain([picture], pictures))
            return
        yield picture


def _filtered(pictures: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    for _, alike in groupby(pictures, key=lambda one: (one.width, one.height, one.format.name)):
        first = next(alike)
        graph, base = _graph(first), first.time_base or Fraction(1, 90_000)
        for picture in chain([first], alike, [None]):
            graph.push(picture)
            yield from _finished(graph, base)


def _graph(first: av.VideoFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=first.width, height=first.height, format=first.format, time_base=first.time_base
    )
    graph.link_nodes(source, graph.add("bwdif", _FILTER), graph.add("buffersink")).configure()
    return graph


def _finished(graph: av.filter.Graph, base: Fraction) -> Iterator[av.VideoFrame]:
    """What the graph has ready, its times in the decoder's units; bwdif halves them."""
    while True:
        try:
            picture = graph.vpull()
        except (BlockingIOError, EOFError):
            return
        scale = 1 if picture.time_base is None else picture.time_base / base
        picture.pts = None if picture.pts is None else round(picture.pts * scale)
        picture.duration = round((picture.duration or 0) * scale)
        picture.time_base = base
        yield picture
