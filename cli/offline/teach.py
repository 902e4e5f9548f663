"""`fer-video teach`: train a larger network, and write down what it says about faces."""

from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.offline.learning import draw_curves, observe
from fer_video.cli.options.extras import import_keras
from fer_video.cli.options.offline import Bfloat16, Overwrite, Resume, say


def teach(
    faces: Annotated[Path, typer.Option(metavar="FILE.npz", help="Faces that `prepare` wrote.")],
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for opinions, weights and the record.")
    ],
    backbone_weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Weights of a MobileNetV1 that knows faces; unless given, it begins with none.",
        ),
    ] = None,
    fold: Annotated[
        tuple[int, int],
        typer.Option(
            metavar="K N",
            help="Leave out the K-th of N parts of the faces, to give opinions on; 1 1 leaves none "
            "out, for a teacher that `train` lets read each crop.",
        ),
    ] = (1, 3),
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Epochs; unless given, the recipe's."),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    bfloat16: Bfloat16 = False,
) -> None:
    """Train a larger network, and write its opinions of faces.

    Teach each of the N folds into a folder of its own: then every face has the opinion of a teacher
    that did not learn from it. `train --opinions` takes them. Of a teacher of all faces,
    `train --teacher` takes best.keras.
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415

    if not 1 <= fold[0] <= fold[1]:
        raise OptionsError(f"--fold {fold[0]} {fold[1]}: give K from 1 to N")
    from fer_video.exporters.data.atomic import check_folder  # noqa: PLC0415
    from fer_video.exporters.training.record import check_free, tool_versions  # noqa: PLC0415

    if not (resume or overwrite):
        check_free(output)
    check_folder(output)
    import_keras()
    from fer_video.exporters.training.pack import load_pack  # noqa: PLC0415
    from fer_video.exporters.training.phases import phases_of, run_phases  # noqa: PLC0415
    from fer_video.exporters.training.teachers.opinions import (  # noqa: PLC0415
        OPINIONS_NAME,
        give_opinions,
        learnt_from,
        save_opinions,
    )

    pack = load_pack(faces)
    phases = phases_of("taught", "teacher", epochs, bfloat16=bfloat16)
    history = run_phases(
        "teacher",
        phases,
        learnt_from(pack, *fold),
        pack.valid,
        output,
        observe,
        labels=pack.labels,
        backbone_weights=backbone_weights,
        resume=resume,
        record={**pack.record, "unlabelled": {}, "fold": list(fold), "tools": tool_versions()},
    )
    draw_curves(history, output)
    save_opinions(output / OPINIONS_NAME, pack, give_opinions(pack, *fold, output, phases[-1]))
    say(f"opinions in {output / OPINIONS_NAME}")
