"""Addresses of streams without what only their owner may know."""

import re

_LOGIN = re.compile(r"(?<=://)(?:[^/?#\s@]*@)+|(?<=://)[^/@\s:]*:(?!\d+(?:[/?#\s]|$))[^@\s]*@")
"""Name and password; one with a `/` in it works nowhere, and is hidden all the same."""
_SECRET = re.compile(
    r"((?:^|[?&;/_])(?:pass(?:word|wd|phrase)?|pwd|psw|token|access_token|secret|api_?key|key|auth"
    r"|sig|signature|streamid)=)[^&;#\s/]+",
    re.IGNORECASE,
)
"""What some cameras and servers take within an address."""


def without_secrets(text: str) -> str:
    """An address, or a text with addresses in it, as records, messages and file names may show it.

    Args:
        text: of any kind; one without `://` stays as it is.
    """
    if "://" not in text:
        return text
    return _SECRET.sub(r"\1***", _LOGIN.sub("", text))
