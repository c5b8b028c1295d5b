"""Renders pages full of hostile strings with GitHub's own renderer, and looks for any effect of the strings.

    python inert.py MLGATE REPORT.json

Every free text of the report becomes a random string of characters with a meaning in Markdown, HTML and forges. `mlgate
publish` renders the page, cmark-gfm renders its Markdown without filters, and all text outside of code must be the template's.
"""

import copy
import html.parser
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import cmarkgfm
from cmarkgfm.cmark import Options

PAGES = 40
PARTS = [
    "`", "``", "```", "|", "\\", "\\|", "<b>", "</details>", "<details>", "<!--", "-->", "<img src=x onerror=alert(1)>", "<script>",
    "&amp;", "&#64;", "&", "@octocat", "@org/team", "#1", "GH-1", "octo/model#2", "https://evil.example/x", "www.evil.example",
    "a@evil.example", "![p](https://evil.example/p.png)", "[x](javascript:alert(1))", "[x]: https://evil.example", "**a**", "_a_",
    "~~a~~", "# a", "- a", "> a", "---", "/merge", "\n", "\n\n", "\r\n", "\t", " ", "  ", "\u202e", "\u200b", "\x1b[2J", "\x00", ":tada:",
    "$x$", "[^1]", "deadbeefdeadbeef", "<", ">", "[", "]", "(", ")", "!", "*", "é", "表", "a", "b", "1", ".", ",", ":",
]
# Words of the format itself: a report with other ones would be invalid.
WORDS = {"verdict", "effect", "severity", "unit", "group_unit", "name", "until", "on_loosened", "kind"}
# Outside of code: a mention, a reference, an address, a commit, an emoji.
MEANING = re.compile(r"@[a-z0-9]|#\d|\bGH-\d|[\w-]+/[\w-]+#\d|https?:|www\.|\b[0-9a-f]{7,}\b|:[a-z_]+:|\$", re.I)
OURS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "code", "pre", "br", "details", "summary", "blockquote", "a"}


def hostile(source):
    return "".join(source.choice(PARTS) for _ in range(source.randint(1, 12)))


def filled(node, source, key=None):
    if isinstance(node, dict):
        return {key: filled(value, source, key) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(item, source, key) for item in node]
    return hostile(source) if isinstance(node, str) and key not in WORDS else node


def varied(report):
    """Returns the report with gates of every verdict, and with every part that a report can have."""
    gates = report["gates"]
    kinds = [
        ("inconclusive", "warns", "error"), ("error", "blocks", "error"), ("not_applicable", "none", "error"), ("fail", "warns", "warning"),
        ("fail", "none", "note"), ("fail", "waived", "error"),
    ]
    # Every other gate is unchanged, so that the verdict is, too.
    for index, gate in enumerate(gates[::2]):
        gate["verdict"], gate["effect"], gate["severity"] = kinds[index % len(kinds)]
        if gate["effect"] == "waived":
            gate["waiver"] = {
                "owner": "o", "reason": "r", "until": "2026-12-31", "has_ended": False, "at": {"file": "f", "line": 1, "column": 1},
            }
    report["counts"] = dict.fromkeys(report["counts"], 0)
    for gate in gates:
        report["counts"]["waived" if gate["effect"] == "waived" else gate["verdict"]] += 1
    estimate = {"value": 0.5, "interval": [0.4, 0.6], "n": 100}
    undefined = {"value": None, "interval": None, "n": None, "undefined": "u"}
    change = {"value": 0.1, "interval": [0.0, 0.2], "method": "m", "detectable": 0.1}
    report["explored"] = [{
        "model": "m", "metric": "m", "lost": ["l"],
        "slices": [
            {"slice": "s", "candidate": estimate, "baseline": estimate, "change": change, "adjusted_p": 0.01},
            {"slice": "s", "candidate": undefined, "baseline": None, "change": None, "adjusted_p": None},
        ],
    }]
    for side in ("candidate", "baseline"):
        report["provenance"][side].update({"git": "g", "time": "t", "notes": ["n"]})
    return report


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.problems, self.cells, self.links = [], [], [], 0

    def handle_starttag(self, tag, attributes):
        if tag not in OURS:
            self.problems.append(f"<{tag} {attributes}>")
        if tag == "a":
            self.links += 1
            if attributes != [("href", "https://github.com/octo/model/actions/runs/31")]:
                self.problems.append(f"a link {attributes}")
        elif any(name not in ("align", "lang") for name, _ in attributes):
            self.problems.append(f"<{tag} {attributes}>")
        if tag == "table":
            self.cells.append([])
        if tag == "tr":
            self.cells[-1].append(0)
        if tag in ("td", "th"):
            self.cells[-1][-1] += 1
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes what it did not open")

    def handle_comment(self, text):
        self.problems.append(f"a comment {text!r}")

    def handle_data(self, text):
        if not {"code", "pre"} & set(self.open) and MEANING.search(text):
            self.problems.append(f"the text {text!r}")


def problems(page):
    reader = Reader()
    reader.feed(cmarkgfm.github_flavored_markdown_to_html(page, Options.CMARK_OPT_UNSAFE))
    reader.close()
    if reader.open:
        reader.problems.append(f"{reader.open} stay open")
    for table in reader.cells:
        if len(set(table)) != 1:
            reader.problems.append(f"rows of {set(table)} cells in one table")
    if reader.links > 1:
        reader.problems.append(f"{reader.links} links")
    return reader.problems


def page(mlgate, report, folder):
    path, summary = os.path.join(folder, "report.json"), os.path.join(folder, "summary.md")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    if os.path.exists(summary):
        os.remove(summary)
    environment = {
        "PATH": os.environ["PATH"], "GITHUB_REPOSITORY": "octo/model", "GITHUB_RUN_ID": "31", "GITHUB_STEP_SUMMARY": summary,
    }
    done = subprocess.run(
        [mlgate, "publish", "--report", path, "--comment", "off", "--now", "2026-06-01T00:00:00Z"], env=environment, cwd=folder, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"mlgate ended with {done.returncode}: {done.stderr}")
    with open(summary, encoding="utf-8") as file:
        return file.read()


def main():
    mlgate, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        report = varied(json.load(file))
    source = random.Random(20_240_101)
    strings = 0

    # The test itself is tested: each of these strings has an effect if it is not escaped.
    for plain in ("@octocat", "<img src=x>", "https://evil.example", "#1", "| a |", "</details>", "![p](x)"):
        table = f"<details>\n\n| a | b |\n|---|---|\n| {plain} | x |\n\n{plain}\n\n</details>\n"
        if plain != "| a |" and not problems(table):
            sys.exit(f"nothing is seen in {plain!r}")

    with tempfile.TemporaryDirectory() as folder:
        if found := problems(page(mlgate, report, folder)):
            sys.exit(f"a harmless report: {found}")
        for _ in range(PAGES):
            other = filled(copy.deepcopy(report), source)
            # Every gate has an id of its own, and every waiver an owner.
            for index, gate in enumerate(other["gates"]):
                gate["id"] += f" {index}"
                for key in ("owner", "reason") if gate.get("waiver") else ():
                    gate["waiver"][key] += "o"
            strings += len(re.findall(r'"', json.dumps(other))) // 2
            text = page(mlgate, other, folder)
            if found := problems(text):
                sys.exit(f"{found}\n\n{text}")
    print(f"{PAGES} pages, {strings} strings, nothing but text")


if __name__ == "__main__":
    main()
