"""Options that belong together come to a command as one value."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from fer_video.cli.options.flags import flattened

Size = Annotated[int, typer.Option(metavar="N", min=1, help="How large.")]


@dataclass(frozen=True)
class Shape:
    """A value of two options."""

    size: Size = 3
    name: str = "round"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @flattened
    def draw(count: int, shape: Shape, loud: bool = False) -> None:
        """Draw some."""
        typer.echo(f"{count} {shape} {loud}")

    return app


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("2", "2 Shape(size=3, name='round') False"),
        ("2 --name flat --loud --size 4", "2 Shape(size=4, name='flat') True"),
    ],
)
def test_flags_arrive_as_one_value(app: typer.Typer, arguments: str, said: str) -> None:
    assert CliRunner().invoke(app, arguments.split()).stdout.strip() == said


def test_each_flag_is_checked_and_explained(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["2", "--size", "0"]).exit_code == 2
    text = CliRunner().invoke(app, ["--help"]).stdout
    assert "How large." in text
    assert text.index("--size") < text.index("--name") < text.index("--loud")
