"""Images, folders and globs: order, names, sizes."""

from pathlib import Path

from fer_video.engine.capture.open import open_source
from tests.capturing import every, until_error
from tests.media import (
    patches,
    write_image,
)


def test_images_come_in_code_point_order_with_their_path(tmp_path: Path) -> None:
    for name in ("b/1.png", "a.png", "Z.jpg", "10.png", "9.png"):
        write_image(tmp_path / name, patches(16, 12))
    frames = every(open_source(tmp_path))
    assert [frame.file for frame in frames] == ["10.png", "9.png", "Z.jpg", "a.png", "b/1.png"]


def test_images_of_several_sizes_keep_their_size(tmp_path: Path) -> None:
    for i, size in enumerate([(40, 30), (31, 17), (1, 1)]):
        write_image(tmp_path / f"{i}.png", patches(*size))
    assert [(f.width, f.height) for f in every(open_source(tmp_path))] == [
        (40, 30),
        (31, 17),
        (1, 1),
    ]


def test_glob_is_relative_to_its_fixed_part(tmp_path: Path) -> None:
    for name in ("x/one/a.png", "x/two/b.png", "x/two/c.txt"):
        write_image((tmp_path / name).with_suffix(".png"), patches(16, 12))
    frames = every(open_source(str(tmp_path / "x" / "*" / "[ab].png")))
    assert [frame.file for frame in frames] == ["one/a.png", "two/b.png"]


def test_broken_image_is_named_after_the_good_ones(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", patches())
    (tmp_path / "b.png").write_bytes(b"no picture")
    write_image(tmp_path / "c.png", patches())
    frames = until_error(open_source(tmp_path), r"1 of 3 .*b\.png")
    assert [frame.file for frame in frames] == ["a.png", "c.png"]
