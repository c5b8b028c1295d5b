"""Makes the pictures of a comment: what a real run writes, as GitHub's renderer and a browser show it.

    cargo build --locked
    pip install cmarkgfm pillow
    python docs/images/make.py target/debug/mlgate [CHROMIUM]

Run it when the words of a report have changed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
from PIL import Image, ImageChops

IMAGES = Path(__file__).resolve().parent
LOANS = IMAGES.parents[1] / "fixtures/loans"
# What a change does to its own config, in the picture of the guard.
LOOSER = {
    "max_drop: 0.01}\n      accuracy": "max_drop: 0.05}\n      accuracy",
    "    duplicate_rows: 0\n": "",
    "selection_rate:     {min_ratio: 0.8}": "selection_rate:     {min_ratio: {is: 0.8, severity: warning}}",
}
# The lines that the config of the README's picture lacks, which has a few gates.
FEWER = {
    "      id:     {type: int64, unique: true, nulls: 0}\n      age:    {type: int64, nulls: 0, range: [18, 99]}\n": "",
    ", finite: true": "",
    "      sex:    {in: [female, male]}\n      region: {in: [north, south, east, west, islands]}\n": "",
    '      code:   {regex: "^[A-Z]{2}[0-9]{6}$"}\n': "",
    '    rules:\n      no-job-no-years: "is_employed OR years_employed = 0"\n': "",
    "min: 0.75, ": "",
    "      accuracy: {max_drop: 1%}\n      f1:       {}\n": "",
    "{max: 0.6, max_drop: 0.01}": "{max: 0.6}",
    "[sex, region]": "[sex]",
    "        true_positive_rate: {max_gap: 0.1}\n": "",
}
PICTURES = {"comment.png": {}, "failed.png": FEWER}
WIDTH = 920
STYLE = """
body { margin: 0; background: #fff; color: #1f2328; font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
.comment { width: 894px; margin: 12px; border: 1px solid #d1d9e0; border-radius: 6px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 5px 16px; color: #59636e; }
.head b { color: #1f2328; } .bot { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; font-size: 12px; }
.body { padding: 16px; } .body > :first-child { margin-top: 0; } .body > :last-child { margin-bottom: 0; }
h2 { font-size: 21px; border-bottom: 1px solid #d1d9e0; padding-bottom: 6px; } h3 { font-size: 17.5px; margin: 22px 0 14px; }
p, ul, table, details, pre { margin: 0 0 16px; } ul { padding-left: 28px; } li + li { margin-top: 3px; } a { color: #0969da; text-decoration: none; }
code { background: #818b981f; border-radius: 6px; padding: 3px 5px; font: 85%/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; overflow: auto; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(even) td { background: #f6f8fa; }
"""


def edited(config: Path, edits: dict[str, str]) -> None:
    """Replaces texts of a config."""
    text = config.read_text(encoding="utf-8")
    for before, after in edits.items():
        assert before in text, before
        text = text.replace(before, after)
    config.write_text(text, encoding="utf-8")


def summary(program: Path, change: Path, code: int, target: str | None = None) -> str:
    """Returns what `mlgate publish` writes for a pull request, to the branch `target` if the guard is to compare."""
    job = dict(os.environ, **({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": target} if target else {}))
    with tempfile.TemporaryDirectory() as folder:
        report, written = Path(folder, "report.json"), Path(folder, "summary.md")
        run = [program, "run", "--quiet", "--output", f"json={report}"]
        assert subprocess.run(run, cwd=change, env=job, stdout=subprocess.DEVNULL, check=False).returncode == code
        runner = {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(written),
            "GITHUB_REPOSITORY": "acme/loans",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_RUN_ID": "17",
            "GITHUB_SHA": "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2",
        }
        publish = [program, "publish", "--report", report, "--comment", "off"]
        subprocess.run(publish, cwd=change, env=runner, stdout=subprocess.DEVNULL, check=True)
        return written.read_text(encoding="utf-8")


def failed(program: Path, edits: dict[str, str]) -> str:
    """Returns what is written for a change that must be stopped, with an edited config."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ["main", "bad"]:
            shutil.copytree(LOANS / name, Path(folder, name))
        change = Path(folder, "bad")
        edited(change / "mlgate.yml", edits)
        return summary(program, change, 1)


def guarded(program: Path) -> str:
    """Returns what is written for a change that passes and loosens its own gates."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(LOANS / "main", Path(folder, "main"))
        change = Path(folder, "change")
        shutil.copytree(LOANS / "good", change)
        git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
        for branch in ["main", "change"]:
            if branch == "change":
                subprocess.run([*git, "checkout", "--quiet", "-b", branch], check=True)
                edited(change / "mlgate.yml", LOOSER)
            subprocess.run([*git, "add", "--all"], check=True)
            subprocess.run([*git, "commit", "--quiet", "--message", branch], check=True)
        return summary(program, change, 0, "main")


def picture(markdown: str, browser: str, target: Path) -> None:
    """Writes the comment as a browser shows it, without the empty space around it."""
    head = '<div class="head"><b>github-actions</b> <span class="bot">bot</span> commented 2 minutes ago</div>'
    body = cmarkgfm.github_flavored_markdown_to_html(markdown, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    page = f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><div class="comment">{head}<div class="body">{body}</div></div>'
    with tempfile.TemporaryDirectory() as folder:
        html, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        html.write_text(page, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},1600"]
        command = [browser, *options, f"--user-data-dir={folder}/profile", f"--screenshot={shot}", html.as_uri()]
        subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        image = Image.open(shot).convert("RGB")
    bottom = ImageChops.difference(image, Image.new("RGB", image.size, "#fff")).getbbox()[3]
    # 128 colours are enough for text and a red cross, and a third of the bytes.
    small = image.crop((0, 0, WIDTH, bottom + 12)).quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(target, optimize=True)
    print(f"{target.name}: {target.stat().st_size // 1024} kB")


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    browser = sys.argv[2] if len(sys.argv) > 2 else "chromium"
    for name, edits in PICTURES.items():
        picture(failed(program, edits), browser, IMAGES / name)
    picture(guarded(program), browser, IMAGES / "guard.png")


main()
