"""Makes the pictures of the HTML report: what a real run writes, as a browser shows it without script.

    cargo build --locked
    pip install pillow
    python docs/images/report.py target/debug/mlgate [CHROMIUM]

Run it when the page has changed. The browser is spoken to through its own pipe, because a window is not narrower than 500 points.
"""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

IMAGES = Path(__file__).resolve().parent
LOANS = IMAGES.parents[1] / "fixtures/loans"
# Name, width, theme, first element, and height.
PICTURES = [
    ("report.png", 1400, "light", "header", 1000),
    ("report-dark.png", 1400, "dark", "#charts", 620),
    ("report-narrow.png", 400, "dark", "header", 1100),
    ("report-narrow-light.png", 400, "light", "#charts", 1100),
]


class Browser:
    """A browser that shows one page."""

    def __init__(self, program: str, profile: str) -> None:
        commands, self.input = os.pipe()
        self.output, answers = os.pipe()
        # The browser reads commands from its file 3, and answers to its file 4.
        script = 'exec "$0" --headless --no-sandbox --disable-gpu --hide-scrollbars --remote-debugging-pipe --user-data-dir="$1" 3<&0 4>&1'
        self.process = subprocess.Popen(
            ["sh", "-c", script, program, profile], stdin=commands, stdout=answers, stderr=subprocess.DEVNULL
        )
        self.left, self.last, self.session = b"", 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while (answer := self.next()).get("id") != self.last:
            pass
        return answer["result"]

    def next(self) -> dict[str, Any]:
        while b"\0" not in self.left:
            self.left += os.read(self.output, 1 << 20)
        message, self.left = self.left.split(b"\0", 1)
        return json.loads(message)

    def picture(self, page: Path, width: int, theme: str, first: str, height: int) -> Image.Image:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.ask("Page.navigate", url=page.as_uri())
        while self.next().get("method") != "Page.loadEventFired":
            pass
        place = f"document.querySelector('{first}').getBoundingClientRect().top"
        top = self.ask("Runtime.evaluate", expression=place, returnByValue=True)["result"]["value"]
        clip = {"x": 0, "y": max(top - 24, 0), "width": width, "height": height, "scale": 1}
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        return Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB")


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    chromium = sys.argv[2] if len(sys.argv) > 2 else "chromium"
    with tempfile.TemporaryDirectory() as folder:
        # Outside of the repository there is no commit, whose name would be another one each time.
        shutil.copytree(LOANS, Path(folder, "loans"))
        page = Path(folder, "report.html")
        run = [program, "run", "--quiet", "--output", f"html={page}"]
        assert subprocess.run(run, cwd=Path(folder, "loans/bad"), stdout=subprocess.DEVNULL, check=False).returncode == 1
        browser = Browser(chromium, f"{folder}/profile")
        try:
            for name, *view in PICTURES:
                # 128 colours are enough for text and lines, and a third of the bytes.
                image = browser.picture(page, *view)
                small = image.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
                small.save(IMAGES / name, optimize=True)
                size = (IMAGES / name).stat().st_size
                assert size < 150_000, f"{name} has {size} bytes"
                print(f"{name}: {size // 1024} kB")
        finally:
            browser.process.kill()
            browser.process.wait()


main()
