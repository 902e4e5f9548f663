"""What the processor is said to have, from what systems say of it."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_video.engine import machine
from fer_video.engine.machine import codec_threads, has_int8_products

XEON = "flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni avx512_bf16\n"
ALDER_LAKE = "flags\t\t: fpu sse4_2 avx2 avx_vnni\n"
HASWELL = "flags\t\t: fpu sse4_2 avx2 fma\n"
SKYLAKE_X = "flags\t\t: fpu avx2 avx512f avx512bw\n"
RASPBERRY_PI_5 = (
    "Features\t: fp asimd evtstrm aes crc32 atomics fphp asimdhp asimdrdm lrcpc asimddp\n"
)
RASPBERRY_PI_4 = "Features\t: fp asimd evtstrm crc32 cpuid\n"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    has_int8_products.cache_clear()
    yield
    has_int8_products.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (XEON, True),
        (ALDER_LAKE, True),
        (HASWELL, False),
        (SKYLAKE_X, False),
        (RASPBERRY_PI_5, True),
        (RASPBERRY_PI_4, False),
    ],
)
def test_linux_lists_the_instructions(
    text: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "cpuinfo"
    listed.write_text(f"processor\t: 0\n{text}processor\t: 1\n{text}")
    monkeypatch.setattr(machine, "_CPUINFO", listed)
    assert has_int8_products() is expected


@pytest.mark.parametrize(
    ("system", "processor", "expected"),
    [("Darwin", "arm64", True), ("Darwin", "x86_64", False), ("Windows", "AMD64", False)],
)
def test_elsewhere_only_macs_are_known(
    system: str, processor: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "none")
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: processor)
    assert has_int8_products() is expected


def test_codecs_get_one_thread_where_few_cores_are_busy_anyway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for cores, threads in ((1, 1), (2, 1), (8, 0)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert (codec_threads(light=True), codec_threads(light=False)) == (threads, 0)
