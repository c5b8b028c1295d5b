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
CHANGE = LOANS / "bad"
# What a change does to its own config, in the picture of the guard.
LOOSER = {
    "max_drop: 0.01}\n      accuracy": "max_drop: 0.05}\n      accuracy",
    "    duplicate_rows: 0\n": "",
    "selection_rate:     {min_ratio: 0.8}": "selection_rate:     {min_ratio: {is: 0.8, severity: warning}}",
}
# All gates of the change that must be stopped, and a few of them for the README.
PICTURES = {
    "comment.png": [],
    "failed.png": [
        "data.applications.rows",
        "data.applications.schema",
        "data.applications.duplicate_rows",
        "data.applications.columns.income.nulls",
        "models.approval.metrics.roc_auc.max_drop",
        "models.approval.metrics.log_loss.max",
        "models.approval.fairness.sex.selection_rate.min_ratio",
    ],
}
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
pre { background: #f6f8fa; border-radius: 6px; padding: 16px; } pre code { background: none; padding: 0; }
table { border-collapse: collapse; } th, td { border: 1px solid #d1d9e0; padding: 6px 13px; } tr:nth-child(even) td { background: #f6f8fa; }
"""


def summary(program: Path, change: Path, only: list[str], code: int, target: str | None = None) -> str:
    """Returns what `mlgate publish` writes for a pull request, to the branch `target` if the guard is to compare."""
    job = dict(os.environ, **({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": target} if target else {}))
    with tempfile.TemporaryDirectory() as folder:
        report, written = Path(folder, "report.json"), Path(folder, "summary.md")
        globs = [part for glob in only for part in ("--only", glob)]
        run = [program, "run", "--quiet", "--output", f"json={report}", *globs]
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


def guarded(program: Path) -> str:
    """Returns what is written for a change that passes and loosens its own gates."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(LOANS / "main", Path(folder, "main"))
        change = Path(folder, "change")
        shutil.copytree(LOANS / "good", change)
        git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"]
        config = change / "mlgate.yml"
        text = config.read_text(encoding="utf-8")
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
        for branch in ["main", "change"]:
            if branch == "change":
                subprocess.run([*git, "checkout", "--quiet", "-b", branch], check=True)
                for before, after in LOOSER.items():
                    assert before in text, before
                    text = text.replace(before, after)
                config.write_text(text, encoding="utf-8")
            subprocess.run([*git, "add", "--all"], check=True)
            subprocess.run([*git, "commit", "--quiet", "--message", branch], check=True)
        return summary(program, change, [], 0, "main")


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
    for name, only in PICTURES.items():
        picture(summary(program, CHANGE, only, 1), browser, IMAGES / name)
    picture(guarded(program), browser, IMAGES / "guard.png")


main()
