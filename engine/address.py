"""Addresses of streams: which are some, and how they are shown without what is their owner's."""

import re

_STREAMS = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "tcp")
"""Protocols by which nothing but streams comes."""
_LOGIN = re.compile(r"(?<=://)(?:[^/?#\s@]*@)+|(?<=://)[^/@\s:]*:(?!\d+(?:[/?#\s]|$))[^@\s]*@")
"""Name and password; one with a `/` in it works nowhere, and is hidden all the same."""
_SECRET = re.compile(
    r"((?:^|[?&;/_])(?:pass(?:word|wd|phrase)?|pwd|psw|token|access_token|secret|api_?key|key|auth"
    r"|sig|signature|streamid)=)[^&;#\s/]+",
    re.IGNORECASE,
)
"""What some cameras and servers take within an address."""


def is_stream(url: str) -> bool:
    """Whether the protocol carries streams only; HTTP carries files, too."""
    return url.partition("://")[0].lower() in _STREAMS


def without_secrets(text: str) -> str:
    """An address, or a text with addresses in it, as records, messages and file names may show it.

    Args:
        text: of any kind; one without `://` stays as it is.
    """
    if "://" not in text:
        return text
    return _SECRET.sub(r"\1***", _LOGIN.sub("", text))
