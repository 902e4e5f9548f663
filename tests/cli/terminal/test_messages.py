"""The engine speaks of options as Python has them, the command line of its flags."""

import ast
import logging
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from fer_video import engine
from fer_video.cli.main import app
from fer_video.cli.terminal.messages import FLAGS, speak_of_flags, with_flags
from fer_video.engine import EngineOptions, ModelError, ProviderError, SessionOptions
from fer_video.engine.network.models import find_version
from fer_video.engine.network.session import Session
from tests.command_line import assert_one_complaint
from tests.conftest import Cli
from tests.networks import classifier_card, write_classifier

ENGINE = Path(str(engine.__file__)).parent
OF_OTHERS = "docker run --device"
"""A flag that is not ours."""


def messages() -> Iterator[tuple[str, str]]:
    """Every text in the engine that is no docstring, with the name of its file."""
    for path in sorted(ENGINE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        described = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = (node for node in nodes if isinstance(node, ast.Constant))
        texts = (node.value for node in constants if id(node) not in described)
        yield from ((path.name, text) for text in texts if isinstance(text, str))


def test_engine_names_no_flag() -> None:
    texts = [(name, text.replace(OF_OTHERS, "")) for name, text in messages()]
    assert len(texts) > 500
    assert not [text for text in texts if re.search(r"(?<![\w-])--[a-z]", text[1])]


def test_every_option_that_the_engine_names_is_there_and_has_a_flag() -> None:
    named = {
        (kind, option)
        for _, text in messages()
        for kind, option in re.findall(r"`(\w+Options)\((\w+)=", text)
    }
    assert ("SessionOptions", "provider") in named
    for kind, option in named:
        assert option in {field.name for field in fields(getattr(engine, kind))}
        assert f"{kind}.{option}" in FLAGS


def test_every_flag_in_the_table_is_one_of_the_command_line() -> None:
    command = typer.main.get_command(app)
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert set(FLAGS.values()) <= flags


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("or use `SessionOptions(provider='cpu')`", "or use --provider cpu"),
        ("`LiveOptions(reconnect=False)` ends it", "--no-reconnect ends it"),
        ("leave out `VideoWriter(copy_sound=True)`", "leave out --copy-sound"),
        ("(`VideoWriter`, `JsonLines`, `Csv`)", "(--output, --json, --csv)"),
        ("give `demo`, or see `fer-video tune`", "give `demo`, or see `fer-video tune`"),
        ("`DetectOptions(size=8)` has no flag", "`DetectOptions(size=8)` has no flag"),
        ("Csv/VideoWriter.mp4: is empty", "Csv/VideoWriter.mp4: is empty"),
    ],
)
def test_options_become_flags_and_all_else_stays(said: str, shown: str) -> None:
    assert with_flags(said) == shown


def test_warnings_become_the_command_line_s_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(speak_of_flags)
    try:
        logging.getLogger("a").warning("%s; `LiveOptions(reconnect=%s)`", "camera 0: lost", False)
    finally:
        caplog.handler.removeFilter(speak_of_flags)
    assert caplog.messages == ["camera 0: lost; --no-reconnect"]


def missing_provider() -> str:
    import onnxruntime  # noqa: PLC0415 - as the engine loads it

    there = " ".join(onnxruntime.get_available_providers()).lower()
    return next(name for name in ("tensorrt", "openvino", "cuda") if name not in there)


def test_provider_that_is_not_there(cli: Cli, face_clip: Path, tmp_path: Path) -> None:
    name, path = missing_provider(), write_classifier(tmp_path / "a.onnx", classifier_card())
    with pytest.raises(ProviderError, match=r"or use `SessionOptions\(provider='cpu'\)`$"):
        Session(path, SessionOptions(name))  # type: ignore[arg-type]
    run = cli("--source", face_clip, "--json", "-", "--provider", name)
    assert_one_complaint(run, f"provider {name}", "or use --provider cpu")


def test_precision_that_is_not_there(cli: Cli, face_clip: Path) -> None:
    with pytest.raises(ModelError, match=r"use `EngineOptions\(precision='auto'\)`, or make"):
        find_version("mobilenetv2", "fp16", fast_int8=True)
    assert EngineOptions(precision="auto") == EngineOptions()
    run = cli("--source", face_clip, "--json", "-", "--model", "mobilenetv2", "--precision", "fp16")
    assert_one_complaint(
        run, "mobilenetv2", "use --precision auto, or make", "`fer-video quantize`"
    )


def test_display_that_is_not_there(cli: Cli, face_clip: Path) -> None:
    run = cli("--source", face_clip)
    assert_one_complaint(run, "no display; write results instead (--output, --json, --csv)")
