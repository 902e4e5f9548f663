"""Tables as Parquet, for pandas and for R's arrow; needs the extra `parquet`."""

import importlib.util
import json
from pathlib import Path

from fer_video.engine.errors import OptionsError
from fer_video.exporters.data.atomic import replacing
from fer_video.exporters.report.recorded.about import About
from fer_video.exporters.report.tables.table import Table, described

_ROW_GROUP = 100_000


def parquet_is_there() -> bool:
    """Whether pyarrow is installed."""
    return importlib.util.find_spec("pyarrow") is not None


def check_parquet() -> None:
    """Refuse what cannot be written, before anything is.

    Raises:
        OptionsError: pyarrow is not installed.
    """
    if not parquet_is_there():
        raise OptionsError(
            "parquet needs pyarrow; in the folder that fer-video was installed from: "
            "pip install '.[parquet]'"
        )


def write_parquet(table: Table, path: Path, about: About) -> None:
    """Write a table in row groups, its names dictionary-encoded.

    Args:
        table: what is written.
        path: the file; replaced in one step.
        about: what is known of the runs, by video; kept in the file's metadata as JSON under
            `fer_video`, with what each column holds.

    Raises:
        OutputError: it cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - of an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    told = json.dumps({"columns": described([table])[table.name], "runs": dict(about)})
    columns = {column.name: pa.array(column.values, from_pandas=True) for column in table.columns}
    for name, values in columns.items():
        if pa.types.is_null(values.type):  # nothing in it: whoever stacks tables needs a type
            columns[name] = values.cast(pa.string())
    made = pa.table(columns).replace_schema_metadata({"fer_video": told})
    with replacing(path) as partial:
        pq.write_table(made, partial, row_group_size=_ROW_GROUP, use_dictionary=True)
