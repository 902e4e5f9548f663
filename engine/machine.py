"""What this machine's processor can do, and how much of it is ours, for networks and codecs."""

import os
import platform
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from math import ceil
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
"""Where Linux keeps what a container, or another group of processes, may use."""
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


def cores() -> int:
    """How many of the machine's cores this process may use: in a container, often few of many."""
    try:
        mine = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        mine = os.cpu_count() or 1
    return max(1, min([mine, *map(ceil, _quotas())]))


def _quotas() -> Iterator[float]:
    """Cores' worth of time that each group of processes around this one may take."""
    for folder in _groups():
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = (folder / "cpu.max").read_text().split()
            yield int(quota) / int(period)  # `max` is no number, and no limit
        with suppress(OSError, ValueError, ZeroDivisionError):
            time = int((folder / "cpu.cfs_quota_us").read_text())
            if time > 0:
                yield time / int((folder / "cpu.cfs_period_us").read_text())


def _groups() -> Iterator[Path]:
    """Folders of this process's groups and those around them, of both versions of cgroups.

    Within a container the groups' root is its own group, and the path leads nowhere.
    """
    yield from (_GROUPS, _GROUPS / "cpu")
    with suppress(OSError):
        for line in _OWN_GROUPS.read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds in ("", "cpu", "cpu,cpuacct"):
                own = _GROUPS / kinds / path.strip("/")
                yield from (own, *(up for up in own.parents if up.is_relative_to(_GROUPS)))


def codec_threads(*, light: bool) -> int:
    """Threads for a codec; 0 is as many as FFmpeg likes, which counts all cores of the machine.

    The scheduler's workers keep one or two cores busy by themselves: where a picture is soon coded,
    threads of the codec's own would only take the cores from them.

    Args:
        light: the pictures are small enough to be coded soon.
    """
    if light and cores() <= _FEW_CORES:
        return 1
    return 0 if cores() == os.cpu_count() else cores()
