"""What the processor is said to have, from what systems say of it."""

import os
import platform
import subprocess
import sys
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
        monkeypatch.setattr(machine, "cores", lambda cores=cores: cores)
        assert (codec_threads(light=True), codec_threads(light=False)) == (threads, 0)


def test_codecs_get_no_more_threads_than_there_is_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    assert (codec_threads(light=True), codec_threads(light=False)) == (1, 2)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system pins no process")
def test_process_that_is_pinned_to_a_core_has_one() -> None:
    code = (
        "import os; os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])\n"
        "from fer_video.engine.machine import cores; print(cores())"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "1\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "200000 100000"}, 2),  # a container's own group is the root
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "max 100000"}, 64),
        ({"user.slice/run.scope/cpu.max": "max 100000", "user.slice/cpu.max": "350000 100000"}, 4),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        (
            {
                "cpu,cpuacct/docker/cpu.cfs_quota_us": "250000",
                "cpu,cpuacct/docker/cpu.cfs_period_us": "100000",
            },
            3,
        ),
        ({"cpu.max": "broken"}, 64),
        ({}, 64),
    ],
)
def test_container_has_the_cores_that_it_is_given(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 64 cores, by both versions of Linux's groups of processes."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    (tmp_path / "own").write_text("4:cpu,cpuacct:/docker\n2:memory:/x\n0::/user.slice/run.scope\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(64)), raising=False)
    monkeypatch.setattr(machine, "_GROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "own")
    assert machine.cores() == expected
