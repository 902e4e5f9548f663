"""`predict --parts`: what each part says, in words and in the record."""

import json
from pathlib import Path

from fer_video.engine.faces.evidence import PARTS
from tests.conftest import Cli
from tests.media import photograph


def test_parts_of_a_photograph_are_printed_and_recorded(tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "face.png"
    photograph(320, 240, (110, 150, 120)).save(path)
    text = cli("predict", str(path), "--parts").stdout.splitlines()
    assert [line.split(" ")[4] for line in text[2:]] == ["left", "right", "nose", "mouth", "around"]
    assert all("adds" in line for line in text[2:])
    (face,) = json.loads(cli("predict", str(path), "--parts", "--json").stdout)["faces"]
    assert list(face["parts"]) == [*PARTS, "rest", "baseline"]
    (without,) = json.loads(cli("predict", str(path), "--json").stdout)["faces"]
    assert without == {name: value for name, value in face.items() if name != "parts"}
