"""The real command line: what it writes and says."""

import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from fer_video.cli.main import app
from fer_video.engine.faces.expressions import EXPRESSIONS, UNCERTAIN
from fer_video.engine.network import models
from fer_video.engine.network.models import MODELS
from fer_video.engine.run.pipeline import Pipeline
from tests.command_line import PROGRAM, assert_one_complaint, complaints, records
from tests.conftest import Cli
from tests.fakes import FakeStages, Gate, GeneratedSource, lane_of, wait
from tests.media import (
    Encoding,
    decoded,
    frame_times,
    moving,
    patches,
    rotate,
    write_image,
    write_video,
)
from tests.networks import classifier_card, write_classifier, write_spot_detector

# what it does


def test_video_and_records_come_out(program: Cli, face_clip: Path, tmp_path: Path) -> None:
    run = program("--source", face_clip, "--output", "o.mp4", "--json", "o.jsonl", "--csv", "o.csv")
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert complaints(run) == []
    assert "12 frames" in run.stderr
    assert "o.mp4, o.jsonl, o.csv" in run.stderr
    found = records(tmp_path / "o.jsonl")
    assert [record["frame"] for record in found] == list(range(12))
    assert [record["time"] for record in found] == pytest.approx(frame_times(face_clip), abs=1e-5)
    for record in found:
        (face,) = record["faces"]
        assert face["id"] == 1
        assert face["expression"] in (*EXPRESSIONS, UNCERTAIN)
        assert sum(face["scores"].values()) == pytest.approx(1, abs=0.001)
        assert np.shape(face["landmarks"]) == (5, 2)
    assert len((tmp_path / "o.csv").read_text().splitlines()) == 13
    before, after = decoded(face_clip), decoded(tmp_path / "o.mp4")
    assert [p.time for p in after] == pytest.approx([p.time for p in before])
    drawn = after[0].to_ndarray(format="gray").astype(int) - before[0].to_ndarray(format="gray")
    assert (np.abs(drawn) > 40).sum() > 500
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("o.about.json", "o.csv", "o.jsonl", "o.mp4")
    ]


def test_stdout_carries_only_what_was_asked_for(program: Cli, face_clip: Path) -> None:
    run = program("--source", face_clip, "--json", "-", "--max-frames", "3")
    assert run.returncode == 0
    assert [json.loads(line)["frame"] for line in run.stdout.splitlines()] == [0, 1, 2]
    assert complaints(run) == []


def test_video_goes_to_stdout(face_clip: Path, tmp_path: Path) -> None:
    command = [*PROGRAM, "--source", str(face_clip), "--output", "-"]
    run = subprocess.run(command, capture_output=True, check=True)
    (tmp_path / "read.mkv").write_bytes(run.stdout)
    assert len(decoded(tmp_path / "read.mkv")) == 12


def test_uneven_turned_clip_has_the_demuxers_times_and_the_upright_size(
    cli: Cli, tmp_path: Path
) -> None:
    how = Encoding(times=[0, 40, 50, 700, 3000], time_base=Fraction(1, 1000), sound="aac")
    clip = rotate(write_video(tmp_path / "in.mp4", moving(160, 96, 5), how), 90)
    run = cli("--source", clip, "--output", "o.mp4", "--json", "o.jsonl")
    assert run.returncode == 0, run.stderr
    truth = pytest.approx(frame_times(clip), abs=0.001)
    assert [record["time"] for record in records(tmp_path / "o.jsonl")] == truth
    assert frame_times(tmp_path / "o.mp4") == truth
    assert {(p.width, p.height) for p in decoded(tmp_path / "o.mp4")} == {(96, 160)}


def test_folder_gives_a_record_an_image(cli: Cli, tmp_path: Path) -> None:
    for name in ("b.png", "a.jpg"):
        write_image(tmp_path / "in" / name, patches())
    assert cli("--source", "in", "--json", "o.jsonl").returncode == 0
    assert [record["file"] for record in records(tmp_path / "o.jsonl")] == ["a.jpg", "b.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_name_that_is_no_unicode_is_recorded_with_its_bytes_spelt(cli: Cli, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.png")
    write_image(tmp_path / "a.png", patches()).rename(tmp_path / name)
    assert cli("--source", ".", "--json", "o.jsonl", "--csv", "o.csv").returncode == 0
    assert [record["file"] for record in records(tmp_path / "o.jsonl")] == [name]
    assert r"\udcff.png,0" in (tmp_path / "o.csv").read_text()


def test_predict_tells_what_it_can_and_names_what_it_cannot(cli: Cli, tmp_path: Path) -> None:
    write_image(tmp_path / "good.png", patches())
    run = cli("predict", "good.png", "missing.png", "--json")
    assert_one_complaint(run, "missing.png", "1 of 2")
    assert [json.loads(line)["file"] for line in run.stdout.splitlines()] == ["good.png"]


def test_faces_below_the_confidence_asked_for_are_called_uncertain(
    cli: Cli, face_clip: Path, tmp_path: Path
) -> None:
    run = cli("--source", face_clip, "--json", "-", "--min-confidence", "1")
    faces = [face for line in run.stdout.splitlines() for face in json.loads(line)["faces"]]
    assert [face["expression"] for face in faces] == ["uncertain"] * 12
    assert all(face["confidence"] in face["scores"].values() for face in faces)
    picture = np.asarray(decoded(face_clip)[0].to_ndarray(format="rgb24"), np.uint8)
    write_image(tmp_path / "face.png", picture)
    assert "uncertain" in cli("predict", "face.png", "--min-confidence", "1").stdout
    assert "uncertain" not in cli("predict", "face.png", "--min-confidence", "0").stdout


@pytest.mark.parametrize(
    "command", [["--source", "demo", "--json", "o.jsonl"], ["predict", "a.png"]]
)
@pytest.mark.parametrize("asked", ["-0.1", "1.1", "nan"])
def test_confidence_out_of_range_is_told(cli: Cli, command: list[str], asked: str) -> None:
    assert_one_complaint(cli(*command, "--min-confidence", asked), asked, "0 (off) to 1")


@pytest.mark.parametrize("flag", ["--calibrate", "--jitter", "--stall"])
def test_seconds_out_of_range_are_told(cli: Cli, flag: str) -> None:
    run = cli("--source", "demo", "--json", "-", "--realtime", flag, "61")
    assert_one_complaint(run, "61", "0 (off) to 60")


def test_profile_writes_its_contract_and_a_trace(cli: Cli, face_clip: Path, tmp_path: Path) -> None:
    run = cli("profile", "--source", face_clip, "--json", "-", "--trace", "trace.json")
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert (result["frames"], result["offered"], result["faces"]) == (12, 12, 12)
    assert list(result["stages"]) == [
        "capture", "detect", "preprocess", "infer", "quality", "smooth", "render",
        "output",
    ]  # fmt: skip
    costs = result["detection_ms"]
    assert list(costs) == ["96", "64", "48", "32", "24"]
    assert 0 < costs["96"] < costs["24"]
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    runs = Counter(event["name"] for event in events if event["ph"] == "X")
    assert runs == dict.fromkeys(result["stages"], 12)


def test_profile_of_photographs_has_no_costs_of_one_size(cli: Cli, tmp_path: Path) -> None:
    photograph = write_image(tmp_path / "a.png", patches(96, 64))
    run = cli("profile", "--source", photograph, "--json", "-")
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert (result["frames"], result["detection_ms"]) == (1, {})


def test_profile_shows_a_table(cli: Cli, face_clip: Path) -> None:
    run = cli("--source", face_clip, "--json", os.devnull, "--profile")
    assert run.returncode == 0
    assert "bottleneck" in run.stderr
    assert run.stdout == ""


def test_frames_that_came_too_late_are_counted_in_the_summary(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first frame is held in a stage until the source has offered all."""
    gate = Gate(0)

    def before(index: int) -> None:
        if index == 1:
            wait(gate.reached)
        if index == 99:
            gate.open()

    chain = FakeStages(lambda stage, index: gate(index) if stage == "infer" else None).chain()
    source = GeneratedSource(100, live=True, before=before)
    pipeline = Pipeline([lane_of(source, chain)])
    monkeypatch.setattr(
        "fer_video.engine.assembly.pipelines.open_pipelines", lambda *_, **__: pipeline
    )
    run = cli("--source", "camera", "--json", "-")
    frames = len(run.stdout.splitlines())
    assert 2 <= frames < 10
    assert f"{frames} frames ({100 - frames} dropped) in " in run.stderr


def test_models_lists_the_packaged_networks_with_their_cards(cli: Cli) -> None:
    run = cli("models")
    assert run.returncode == 0
    blocks = run.stdout.rstrip().split("\n\n")
    assert [block.split()[0] for block in blocks] == list(MODELS)
    assert all("  trained on " in block and "  terms " in block for block in blocks)


def test_models_tells_from_which_confidence_on_a_network_labels(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {
        least: write_classifier(tmp_path / f"{least}.onnx", classifier_card(min_confidence=least))
        for least in (0.0, 0.45)
    }
    monkeypatch.setattr(models, "MODELS", {"any": own[0.0], "sure": own[0.45]})
    every, sure = cli("models").stdout.rstrip().split("\n\n")
    assert "uncertain" not in every
    assert "  uncertain  under 0.45\n" in sure


def test_anybodys_networks_run_by_path(cli: Cli, face_clip: Path, tmp_path: Path) -> None:
    write_classifier(tmp_path / "my.onnx", classifier_card(layout="NHWC"))
    write_spot_detector(tmp_path / "spots.onnx")
    networks = ("--model", "my.onnx", "--detector", "spots.onnx")
    run = cli("--source", face_clip, *networks, "--max-frames", "2", "--json", "o.jsonl")
    assert run.returncode == 0, run.stderr
    assert len(records(tmp_path / "o.jsonl")) == 2


# help and wrong usage, in this process: nothing but the parser runs

COMMANDS = sorted(getattr(typer.main.get_command(app), "commands", {}))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_works(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--no-such-flag", "--no-such-flag"),
        ("no_such_command", "'no_such_command'"),
        ("--json out.jsonl", "give --source SRC"),
        ("--source demo --max-frames 0", "'--max-frames': 0"),
        ("--source demo --max-frames many", "'many' is not a valid int"),
        ("--source demo --min-face 1", "'--min-face': 1"),
        ("predict", "Missing argument 'IMAGE...'"),
        ("--model mobilenetv2 predict a.jpg", "--model: belongs behind `predict`"),
        ("-s demo gui", "--source: belongs behind `gui`"),
        ("-s demo --csv-excel --json -", "--csv-excel: does nothing without --csv"),
        ("-s demo --crf 20", "--crf: does nothing without --output"),
        ("-s demo --bitrate 9 --json -", "--bitrate: does nothing without --output"),
        ("-s demo --preset slow --json -", "--preset: does nothing without --output"),
        ("-s demo --copy-sound --json -", "--copy-sound: does nothing without --output"),
        ("-s demo --no-about --output o.mp4", "does nothing without --json or --csv or --report"),
        ("-s demo --jitter 1 --json -", "--jitter: does nothing without --realtime"),
        ("profile -s demo --stall 1", "--stall: does nothing without --realtime"),
        ("gui --realtime --seed 1", "--seed: does nothing without --jitter or --stall"),
        ("--provider cuda models card a.onnx", "`models` has no --provider"),
    ],
)
def test_wrong_usage_is_named_and_exits_with_2(arguments: str, said: str) -> None:
    result = CliRunner().invoke(app, arguments.split())
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_flag_before_a_command_belongs_behind_it_or_is_none_of_it(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program: Any = typer.main.get_command(app)
    own = {flag for one in program.commands[command].params for flag in one.opts}
    for one in program.params:
        if one.is_eager:
            continue
        flag, value = one.opts[0], str(getattr(one.type, "min", None) or 1)
        with pytest.raises(SystemExit) as ended:
            program([flag, *([] if one.is_flag else [value]), command])
        assert ended.value.code == 2
        says = (
            f"{flag}: belongs behind `{command}`" if flag in own else f"`{command}` has no {flag}"
        )
        assert says in " ".join(capsys.readouterr().err.split())


def test_settings_may_hold_what_a_run_has_no_use_for(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("preset = 'slow'\ncrf = 20\n")
    run = cli("--settings", "s.toml", "--source", "demo", "--max-frames", "1", "--json", "-")
    assert run.returncode == 0, run.stderr


def test_wrong_usage_is_explained_on_stderr(program: Cli) -> None:
    run = program("--no-such-flag")
    assert run.returncode == 2
    assert "--no-such-flag" in run.stderr
    assert run.stdout == ""
