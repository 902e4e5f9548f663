"""Opens a page in a real Chromium, without a screen, and lets a script in it answer."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

_ANSWER = "/answer"
_ADDED = """
<script>
addEventListener("load", async () => {{
  const wait = (ready) => new Promise((resolve) => {{
    const look = () => (ready() ? resolve() : setTimeout(look, 10));
    look();
  }});
  let answer;
  try {{ answer = await (async () => {{ {script} }})(); }}
  catch (error) {{ answer = String(error); }}
  fetch("/answer", {{ method: "POST", body: JSON.stringify(answer) }});
}});
</script>
"""


def ask_page(page: Path, script: str, timeout: float = 60) -> Any:
    """What a script returns that is run in a page; `await wait(() => ...)` waits for something.

    The page is a copy that may send the answer; all else that its policy forbids stays forbidden.

    Args:
        page: an HTML file; what lies beside it is served with it.
        script: the body of an async function.
        timeout: seconds to wait for the answer.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    text = page.read_text().replace("default-src 'none'", "default-src 'none'; connect-src 'self'")
    asked = page.with_name("asked.html")
    asked.write_text(text + _ADDED.format(script=script))
    with _served(page.parent) as (address, answers):
        browser = subprocess.Popen(
            [
                program,
                *("--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio"),
                *("--no-first-run", "--disable-background-networking", "--window-size=1200,1000"),
                "--autoplay-policy=no-user-gesture-required",
                f"--user-data-dir={page.parent / 'profile'}",
                f"{address}/{asked.name}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return json.loads(answers.get(timeout=timeout))
        finally:
            browser.terminate()
            browser.wait(20)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, "Queue[bytes]"]]:
    answers: Queue[bytes] = Queue()

    class Handler(SimpleHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", answers
        finally:
            server.shutdown()
            thread.join()
