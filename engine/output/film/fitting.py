"""Pictures in the size, matrix and range of the video that they go into."""

import av
from av.video.reformatter import ColorRange

from fer_video.engine.capture.pictures.photograph import largest_size
from fer_video.engine.frames.frame import Frame
from fer_video.engine.frames.info import SourceInfo
from fer_video.engine.frames.picture import views

_ALIKE = 0.01
"""Share by which shapes of pixels may differ and are taken for one."""


def size_of_video(first: Frame, info: SourceInfo) -> tuple[int, int]:
    """Width and height, even: the largest picture's, as far as it is known beforehand.

    That is the size that the source declares, that of the largest of several images, or the first
    picture's.
    """
    declared = info.width, info.height
    if declared == (0, 0) and len(info.files) > 1:
        declared = largest_size(info.files)
    shown = first.width, first.height
    width, height = max(shown, declared, key=lambda size: size[0] * size[1])
    return width + width % 2, height + height % 2


def fitted(frame: Frame, stream: av.VideoStream) -> av.VideoFrame:
    """The frame's picture in the video's size: odd borders repeated, other sizes letterboxed, and
    those whose pixels are of another shape, as those of broadcasts become on the way."""
    picture = _levelled(frame.picture, stream)
    wider = frame.pixel_aspect / float(stream.codec_context.sample_aspect_ratio or 1)
    alike = abs(wider - 1) < _ALIKE
    if (picture.width, picture.height) != (stream.width, stream.height) or not alike:
        return _letterboxed(picture, stream.width, stream.height, 1 if alike else wider)
    if frame.width % 2 or frame.height % 2:
        lines = views(picture)[0]
        lines[:, picture.width - 1] = lines[:, frame.width - 1]
        lines[picture.height - 1] = lines[frame.height - 1]
    return picture


def _levelled(picture: av.VideoFrame, stream: av.VideoStream) -> av.VideoFrame:
    """The picture in the matrix and range of the first, which is what the video declares."""
    context = stream.codec_context
    if (picture.colorspace, picture.color_range) == (context.colorspace, context.color_range):
        return picture
    return picture.reformat(
        src_colorspace=picture.colorspace,
        dst_colorspace=context.colorspace,
        src_color_range=picture.color_range,
        dst_color_range=context.color_range,
    )


def _letterboxed(picture: av.VideoFrame, width: int, height: int, wider: float) -> av.VideoFrame:
    """The picture between borders; its pixels are `wider` than the video's by so many times."""
    scale = min(width / (picture.width * wider), height / picture.height)
    inner = picture.reformat(
        width=max(int(picture.width * wider * scale) // 2 * 2, 2),
        height=max(int(picture.height * scale) // 2 * 2, 2),
        format="yuv420p",
    )
    outer = av.VideoFrame(width, height, "yuv420p")
    black = 0 if inner.color_range == ColorRange.JPEG else 16
    corner = (height - inner.height) // 4 * 2, (width - inner.width) // 4 * 2
    for i, (canvas, pixels) in enumerate(zip(views(outer), views(inner), strict=True)):
        step = 1 if i == 0 else 2
        top, left = corner[0] // step, corner[1] // step
        rows, columns = inner.height // step, inner.width // step
        canvas[:] = black if i == 0 else 128
        canvas[top : top + rows, left : left + columns] = pixels[:rows, :columns]
    outer.pts, outer.time_base, outer.duration = picture.pts, picture.time_base, picture.duration
    return outer
