"""What this machine's processor can do that decides how networks and codecs run on it."""

import os
import platform
import re
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_PRODUCTS = re.compile(r"\b(avx512_vnni|avx_vnni|asimddp)\b")
"""Names in /proc/cpuinfo of the instructions that add up four products of int8 in 32 bits."""
_FEW_CORES = 2
"""Most cores that the workers keep busy without the codec's threads."""
_ARM = ("arm64", "aarch64")


@cache
def has_int8_products() -> bool:
    """Whether networks in int8 are both fast and exact here: by VNNI on x86, DotProd on Arm.

    Other x86 processors add two products up in 16 bits, which overflows. Where the system does not
    say what it has (Windows), the answer is no; every Mac of Apple's own chips has them.
    """
    if _CPUINFO.is_file():
        return _PRODUCTS.search(_CPUINFO.read_text(errors="replace")) is not None
    return platform.system() == "Darwin" and platform.machine() in _ARM


def codec_threads(*, light: bool) -> int:
    """Threads for a codec; 0 is as many as FFmpeg likes.

    The scheduler's workers keep one or two cores busy by themselves: where a picture is soon coded,
    threads of the codec's own would only take the cores from them.

    Args:
        light: the pictures are small enough to be coded soon.
    """
    return 1 if light and (os.cpu_count() or 1) <= _FEW_CORES else 0
