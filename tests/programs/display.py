"""A screen without a monitor, and what a person does with keys and a window's frame."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event
from time import monotonic

import pytest

PACKAGES = ("xvfb", "xdotool")


@contextmanager
def virtual_screen(size: str = "1400x900") -> Iterator[str]:
    """A screen of its own; its name, as `DISPLAY` takes it."""
    # each xdotool comes and goes; without -noreset the server begins anew when the last client
    # leaves, and throws out the program that connects at that moment
    server, name = _start("-noreset", size)
    try:
        yield name
    finally:
        server.kill()
        server.wait()


@cache
def lasting_screen(size: str = "1400x900") -> str:
    """One for all windows of Tk in this process; its name, as `DISPLAY` takes it.

    Tk leaves a screen when its process ends, and ends its process when the screen goes; so this one
    goes when the last program has left it.
    """
    server, name = _start("-terminate", size)
    _LASTING.append(server)
    return name


_LASTING: list["subprocess.Popen[bytes]"] = []
"""Servers that are not waited for."""


def _start(how: str, size: str) -> "tuple[subprocess.Popen[bytes], str]":
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip(f"needs Debian's {' '.join(PACKAGES)}")
    read, write = os.pipe()
    command = ["Xvfb", how, "-displayfd", str(write), "-screen", "0", f"{size}x24"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        return server, f":{number.readline().strip()}"


def xdotool(*words: str) -> list[str]:
    """The lines that it prints; none where it finds nothing."""
    run = subprocess.run(["xdotool", *words], capture_output=True, text=True, check=False)
    return run.stdout.split()


def wait_for_window(title: str, run: "subprocess.Popen[str]") -> str:
    """The number of a program's window, once it is there.

    Args:
        title: regular expression of its title.
        run: the program.
    """
    end = monotonic() + 120
    while not (found := xdotool("search", "--onlyvisible", "--name", title)):
        assert run.poll() is None, run.communicate()[1]
        assert monotonic() < end, f"no window {title} opened"
        Event().wait(0.1)
    return found[-1]


class ClientMessage(ctypes.Structure):
    """`XClientMessageEvent` of Xlib, padded to the size of `XEvent`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 12),
    )


def close_by_x(window: str) -> None:
    """Ask a window to close, as a window manager does when a person clicks on its X."""
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype, xlib.XInternAtom.restype = ctypes.c_void_p, ctypes.c_ulong
    display = ctypes.c_void_p(xlib.XOpenDisplay(None))
    protocols, delete = (
        ctypes.c_ulong(xlib.XInternAtom(display, name, 0))
        for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
    )
    event = ClientMessage(type=33, window=int(window), message_type=protocols, format=32)
    event.data[0] = delete.value
    assert xlib.XSendEvent(display, ctypes.c_ulong(int(window)), 0, 0, ctypes.byref(event))
    xlib.XCloseDisplay(display)
