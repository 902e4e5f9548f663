"""What the engine says to whoever programs it, in the words of the command line: its flags.

The engine names options and classes as Python has them, between backquotes; here they become flags.
"""

import logging
import re

FLAGS = {
    "EngineOptions.classify": "--classify",
    "EngineOptions.precision": "--precision",
    "FileOptions.start": "--start",
    "FileOptions.end": "--end",
    "FileOptions.every": "--every",
    "LiveOptions.fps": "--fps",
    "LiveOptions.width": "--width",
    "LiveOptions.height": "--height",
    "LiveOptions.fourcc": "--fourcc",
    "LiveOptions.reconnect": "--reconnect",
    "SessionOptions.provider": "--provider",
    "VideoWriter": "--output",
    "VideoWriter.copy_sound": "--copy-sound",
    "Stills": "--output",
    "JsonLines": "--json",
    "Csv": "--csv",
}
"""The flag for each option, or class of results, that a message of the engine names."""

_NAMED = re.compile(r"`(\w+)(?:\((\w+)=('?)([^`']*)\3\))?`")
"""A class, or a class with one option and its value: `SessionOptions(provider='cpu')`."""


def with_flags(text: str) -> str:
    """A message of the engine that names flags; other words between backquotes stay."""
    return _NAMED.sub(_flag, text)


def speak_of_flags(record: logging.LogRecord) -> bool:
    """A filter for a handler of logs, which lets everything through, worded for this program."""
    record.msg, record.args = with_flags(record.getMessage()), ()
    return True


def _flag(found: re.Match[str]) -> str:
    """`--no-reconnect`, `--provider cpu` or `--json`."""
    kind, option, _, value = found.groups()
    flag = FLAGS.get(kind if option is None else f"{kind}.{option}")
    if flag is None:
        return found[0]
    if value == "False":
        return flag.replace("--", "--no-", 1)
    return flag if value in (None, "True") else f"{flag} {value}"
