"""`fer-video clips`: synthetic labelled clips, made from a data set's still faces."""

from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.options.offline import check_read, check_split, say, say_counts


def clips(
    data: Annotated[Path, typer.Option(metavar="DIR|ZIP", help="Data set, a folder or .zip.")],
    layout: Annotated[
        str,
        typer.Option(
            metavar="fer2013|ferplus|rafdb|affectnet|indexed|folders",
            help="How the files of the data set are laid out.",
        ),
    ],
    output: Annotated[Path, typer.Option(metavar="DIR", help="New folder for the clips.")],
    split: Annotated[
        str, typer.Option(metavar="train|valid|test|all", help="Part of the data set to take.")
    ] = "test",
    per_class: Annotated[
        int, typer.Option(metavar="N", min=1, help="Most clips of each expression.")
    ] = 10,
    seed: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="The same number gives the same faces and motion."),
    ] = 1,
) -> None:
    """Make synthetic labelled clips for `evaluate`.

    Each is one still face of the data set under a moving camera.

    \b
    They are DIR/EXPRESSION/*.mp4: fer-video evaluate --clips --data DIR --output REPORT
    """
    from fer_video.exporters.data.images import load_images  # noqa: PLC0415
    from fer_video.exporters.data.layouts.read import read_dataset, set_name  # noqa: PLC0415
    from fer_video.exporters.evaluation.labelled_clips import Origin  # noqa: PLC0415
    from fer_video.exporters.evaluation.synthetic import check_new, choose, write_clips  # noqa: PLC0415

    check_new(output)
    instead = "clips are made of faces of these five"
    part = read_dataset(data, layout, instead=instead).split(check_split(split))
    dataset, images = load_images(choose(part, per_class, seed))
    check_read(images, part, data, split)
    origin = Origin(set_name(data), split, seed)
    say_counts(str(origin), dataset)
    for clip in write_clips(dataset, images, origin, output):
        say(str(clip))
