"""The table that `fer-video profile` prints."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_video.perf.report import Report


def show(report: "Report") -> None:
    """Print a report as a table on stderr, which is where people look and pipes do not."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from fer_video.perf.report import machine  # noqa: PLC0415

    columns = ("mean_ms", "p50_ms", "p95_ms", "p99_ms", "cpu_ms", "wait_ms")
    table = Table("stage", title="milliseconds a frame")
    for name in (*columns, "share"):
        table.add_column(name.removesuffix("_ms"), justify="right")
    for name, stage in report.stages.items():
        values = (f"{getattr(stage, column):.2f}" for column in columns)
        table.add_row(name, *values, f"{stage.share:.0%}")
    console = Console(stderr=True, highlight=False)
    console.print(table)
    late = report.latency_ms
    console.print(
        f"{report.fps:.1f} fps; {report.frames} frames, {report.dropped} dropped, "
        f"{report.faces} faces"
    )
    ran = ", ".join(f"{name} {value}" for name, value in machine().items())
    console.print(f"{report.provider}, threads a network {report.threads}; {ran}")
    console.print(f"latency p50 {late['p50']:.1f}, p95 {late['p95']:.1f}, p99 {late['p99']:.1f} ms")
    console.print(f"bottleneck: {report.bottleneck}; {report.advice}")
    if report.detection_ms:
        costs = ", ".join(f"{face}: {ms:.1f} ms" for face, ms in report.detection_ms.items())
        console.print(f"detection by --min-face: {costs}")
