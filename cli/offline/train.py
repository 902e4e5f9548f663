"""`fer-video train`: teach a network on labelled faces."""

from pathlib import Path
from typing import Annotated

import typer

from fer_video.cli.detector import NAME, train_detector
from fer_video.cli.offline.learning import draw_curves, observe
from fer_video.cli.offline.material import (
    check_classes,
    live_teachers,
    names_of,
    of_datasets,
    of_pack,
    say_threshold,
)
from fer_video.cli.offline.start import (
    check_start,
    described_start,
    kept,
    terms_of,
    terms_of_teachers,
    weights_to_start_from,
)
from fer_video.cli.options.arguments import Detector
from fer_video.cli.options.extras import import_keras
from fer_video.cli.options.offline import (
    BackboneWeights,
    Bfloat16,
    Labels,
    Layouts,
    MaybeData,
    Network,
    Overwrite,
    Resume,
    check_network,
    own_labels,
    pairs,
    refuse,
    say,
)


def train(
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the weights, the record and curves.")
    ],
    data: MaybeData = None,
    layout: Layouts = None,
    labels: Labels = None,
    faces: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz", help="Faces that `prepare` wrote, in place of --data and --layout."
        ),
    ] = None,
    opinions: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.npz",
            help="Opinions that `teach` wrote about the same --faces, to learn from besides the "
            "labels. Give it again for several teachers.",
        ),
    ] = None,
    model: Network = "cnn",
    recipe: Annotated[
        str,
        typer.Option(
            metavar="paper|best|tuned|taught|tempered|own",
            help="Settings of training: the paper's; those of the shipped networks' steps, of "
            "which tuned, tempered and the CNN's taught need --from, and taught needs --faces "
            "where there is a --teacher; or own, to go on with --from on a few hundred faces.",
        ),
    ] = "best",
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Epochs in all, which the recipe's phases share; unless given, the recipe's.",
        ),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NAME|FILE",
            help="Start from these weights, not from fresh ones: a float network of the package, a "
            ".keras file, or a float .onnx file of the same network.",
        ),
    ] = None,
    backbone_weights: BackboneWeights = None,
    detector: Detector = "detector",
    teacher: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Network to learn from besides the labels: of the package, an .onnx file, or with "
            "--recipe taught the .keras file of one. Give it again for several, whose mean counts.",
        ),
    ] = None,
    unlabelled: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="ZIP",
            help="Pictures with faces for the teacher to label. Give it again for several at once.",
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Train although a label has no face to train on; the record names it.",
        ),
    ] = False,
    bfloat16: Bfloat16 = False,
) -> None:
    """Train a network on labelled faces.

    It learns the five expressions, or the --labels that your folders have; docs/own-faces.md shows
    the way. With --from, its last layer keeps the labels that the weights know, and is new for the
    others.

    Writes best.keras, run.json, curves.png and a checkpoint into the output folder.

    A detector needs no --layout: its --data is one folder with this project's archives, clips and
    teacher, or a FILE.toml that names others, whose paths begin at its folder:

    \b
      teacher = "yunet.onnx"  # a YuNet-style detector that labels the faces
      [[collection]]          # one a place; exporters/detector/data/dataset.py tells its fields
      name = "streets"
      path = "streets.zip"    # or a folder of pictures or of videos, or one video
      role = "scenes"         # or portraits, negatives (no face), cutouts (a face and little else)
      held_out = 0.12         # share of its files that is measured on, and not trained on
    """
    from fer_video.engine.errors import OptionsError  # noqa: PLC0415
    from fer_video.exporters.training.record import check_free, tool_versions  # noqa: PLC0415

    if (data is None) == (faces is None):
        raise OptionsError("give either --data with --layout, or --faces")
    if not (resume or overwrite):
        check_free(output)
    if model == NAME:
        others = [layout, labels, faces, opinions, teacher, unlabelled, backbone_weights]
        told = "a detector takes --data, --epochs and --from, and --resume or --overwrite, alone"
        refuse({told: any(others) or allow_missing or bfloat16})
        train_detector(data or [], output, epochs, start, resume=resume)
        return
    check_network(model)
    import_keras()
    from fer_video.exporters.data.atomic import make_folder  # noqa: PLC0415
    from fer_video.exporters.training.architectures import build_network  # noqa: PLC0415
    from fer_video.exporters.training.phases import (  # noqa: PLC0415
        as_followed,
        check_resumable,
        phases_of,
        run_phases,
    )

    phases = phases_of(recipe, model, epochs, bfloat16=bfloat16)
    share = phases[-1].distillation
    live = bool(teacher) and phases[-1].live
    packed = faces is not None
    refuse(
        {
            "--backbone-weights are what a mobilenetv2 without --from begins with": (
                backbone_weights and (model == "cnn" or start)
            ),
            "--unlabelled needs a --teacher to label the faces": unlabelled and not teacher,
            "--unlabelled go with --data; `prepare` them for --faces": unlabelled and packed,
            "--labels go with --data; --faces have theirs": labels and packed,
            "--opinions are about --faces; give both": opinions and not packed,
            "learn either from --opinions or from a --teacher": opinions and teacher,
            f"the recipe {recipe} of {model} learns from labels alone": (
                (teacher or opinions) and not (unlabelled or share)
            ),
            f"the recipe {recipe} asks teachers as .onnx files; export the .keras one": (
                not phases[-1].live and any(t.endswith(".keras") for t in teacher or [])
            ),
            f"the recipe {recipe} has its teachers read --faces; `prepare` them": (
                live and not packed
            ),
        }
    )
    check_start(phases, recipe, start)
    named = own_labels(labels)
    sets = [] if faces is not None else pairs(data or [], layout, unlabelled)
    # what does not fit is refused here, before data is read for hours
    weights = weights_to_start_from(start, model)
    backbone = backbone_weights or (None if weights else "imagenet")
    build_network(model, backbone_weights=backbone)
    if resume and faces is None:
        begun = {"start": described_start(weights, named), "teacher": names_of(teacher or [])}
        check_resumable(output, phases, named, begun)
    make_folder(output)
    if faces is not None:
        material = of_pack(faces, opinions or [], teacher or [], share, live=live)
    else:
        taught = (teacher or [], unlabelled or [])
        material = of_datasets(sets, named, phases[-1], detector, output, *taught)
    teachers = live_teachers(teacher or [], material.labels) if live else []
    learnt = kept(material, weights, model, phases[0])
    phases = as_followed(
        phases, taught=bool(teacher or opinions), live=live, kept=learnt is not material
    )
    material = learnt
    missing = check_classes(material, allow_missing=allow_missing)
    say_threshold(material)
    described = described_start(weights, material.labels)
    say(f"begins with {described}")
    history = run_phases(
        model,
        phases,
        material.train,
        material.valid,
        output,
        observe,
        labels=material.labels,
        weights=weights,
        backbone_weights=backbone,
        teachers=teachers,
        resume=resume,
        record={
            **material.record,
            "classes without faces": missing,
            "start": described,
            "terms of the start": terms_of(weights),
            "terms of the teacher": terms_of_teachers(teacher or []),
            "tools": tool_versions(),
        },
    )
    draw_curves(history, output)
