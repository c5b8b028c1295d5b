//! The page in a browser: Debian's Chromium, without a window and without JavaScript.
//!
//! The browser is spoken to through its own pipe. Without Chromium these tests say that they were skipped;
//! `MLGATE_REQUIRE_BROWSER=1` makes them fail, and `MLGATE_BROWSER` names another one.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::{Value, json};

use crate::support::{Workplace, fixtures, run_in, run_with};

const RENDER: [&str; 4] = ["render", "report.json", "--output", "html=report.html"];
/// A moment at which the waiver of the sample holds.
const NOW: (&str, &str) = ("MLGATE_NOW", "2026-01-31T11:00:00Z");

/// A browser with one page.
struct Browser {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Starts a browser, or tells why not.
    fn start() -> Option<Self> {
        let named = env::var_os("MLGATE_BROWSER").map(PathBuf::from);
        let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
        let Some(program) = named.into_iter().chain(known).find(|path| path.exists()) else {
            assert!(env::var_os("MLGATE_REQUIRE_BROWSER").is_none(), "there is no Chromium");
            eprintln!("skipped: there is no Chromium; MLGATE_BROWSER names one");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // The browser reads commands from its file 3, and answers to its file 4.
        let options = "--headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking --no-first-run \
                       --remote-debugging-pipe";
        let script = format!(
            "exec \"$0\" {options} --user-data-dir=\"$1\" about:blank 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"
        );
        let mut process = Command::new("sh")
            .args(["-c", &script])
            .arg(&program)
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut browser =
            Self { process, input, output, session: None, last: 0, events: Vec::new(), _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Log", "Runtime", "Performance"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.next();
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    fn next(&mut self) -> Value {
        let mut message = Vec::new();
        let mut byte = [0];
        loop {
            self.output.read_exact(&mut byte).expect("the browser answers");
            if byte[0] == 0 {
                return serde_json::from_slice(&message).unwrap();
            }
            message.push(byte[0]);
        }
    }

    /// Opens a page in a window of this width, and returns how long it took until the page was loaded.
    fn open(&mut self, page: &Path, width: u32, theme: &str, scripts: bool) -> Duration {
        self.ask("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}));
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let theme = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.ask("Emulation.setEmulatedMedia", theme);
        self.events.clear();
        let start = Instant::now();
        self.ask("Page.navigate", json!({"url": format!("file://{}", page.display())}));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.next();
            self.events.push(event);
        }
        start.elapsed()
    }

    fn all(&self, method: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["method"] == method).collect()
    }

    /// Returns the value of an expression; the page itself cannot run any.
    fn value(&mut self, expression: &str) -> Value {
        self.ask("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}))["result"]["value"]
            .clone()
    }

    /// Returns the size of the page's content.
    fn content(&mut self) -> [f64; 2] {
        let size = self.ask("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        [size["width"].as_f64().unwrap(), size["height"].as_f64().unwrap()]
    }
}

/// A page with everything that a page can have, and names that are hard to show.
fn full_page(place: &Workplace) -> PathBuf {
    let mut report: Value = serde_json::from_str(include_str!("../../src/report/sample/report.json")).unwrap();
    let answer = run_in(&fixtures().join("loans/bad"), &["--format", "json", "--plots"]);
    let with_plots: Value = serde_json::from_str(&answer.stdout).unwrap();
    report["plots"] = with_plots["plots"].clone();
    let long = format!("{}.{}", "long_name_without_any_break".repeat(9), "x".repeat(90));
    report["plots"]["scores"][0]["model"] = long.as_str().into();
    report["gates"][0]["message"] = format!("`{long}` {long}").into();
    report["gates"][0]["subject"]["dataset"] = long.as_str().into();
    place.write("report.json", &report.to_string());
    let answer = run_with(place.path(), &RENDER, &[NOW]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    place.path().join("report.html")
}

#[test]
fn a_page_without_script_fits_any_window_and_asks_for_nothing() {
    let Some(mut browser) = Browser::start() else { return };
    let place = Workplace::new();
    let page = full_page(&place);
    for (width, theme) in [(400, "light"), (400, "dark"), (1_400, "light"), (1_400, "dark")] {
        browser.open(&page, width, theme, false);
        let requests: Vec<String> = browser
            .all("Network.requestWillBeSent")
            .iter()
            .map(|event| event["params"]["request"]["url"].to_string())
            .collect();
        assert_eq!(requests.len(), 1, "the page asks for itself alone: {requests:?}");
        assert_eq!(browser.all("Log.entryAdded"), Vec::<&Value>::new());
        assert_eq!(browser.all("Runtime.consoleAPICalled"), Vec::<&Value>::new());
        let [wide, high] = browser.content();
        assert!(wide <= f64::from(width) && high > 1_000.0, "{wide} × {high} in {width}");
    }
}

#[test]
fn text_has_contrast_and_the_page_a_structure() {
    let Some(mut browser) = Browser::start() else { return };
    let place = Workplace::new();
    let page = full_page(&place);
    // The ratio of WCAG 2.2 between the colour of each text and the ground.
    let contrast = "(() => {
        const light = (colour) => {
            const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
                .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        document.querySelectorAll('details').forEach((fold) => { fold.open = true; });
        const ground = light(getComputedStyle(document.body).backgroundColor);
        let least = [99, ''];
        for (const element of document.querySelectorAll('body *')) {
            const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
            if (!own || element.closest('svg')) continue;
            const text = light(getComputedStyle(element).color);
            const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
            if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 200)];
        }
        return least;
    })()";
    let structure = "(() => {
        const levels = [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]));
        const jumps = levels.some((level, at) => at > 0 && level > levels[at - 1] + 1);
        const unnamed = [...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent.trim()).length;
        const unscoped = [...document.querySelectorAll('th')].filter((head) => !head.scope).length;
        const silent = [...document.querySelectorAll('svg')]
            .filter((svg) => svg.getAttribute('aria-hidden') !== 'true' && !svg.getAttribute('aria-label')).length;
        const lang = document.documentElement.lang, title = document.title;
        return {first: levels[0], h1: levels.filter((level) => level === 1).length, jumps, unnamed, unscoped, silent, lang, title};
    })()";
    for theme in ["light", "dark"] {
        browser.open(&page, 1_400, theme, true);
        let least = browser.value(contrast);
        assert!(least[0].as_f64().unwrap() >= 4.5, "{theme}: {least}");
        let found = browser.value(structure);
        for (name, expected) in [("first", 1), ("h1", 1), ("unnamed", 0), ("unscoped", 0), ("silent", 0)] {
            assert_eq!(found[name], expected, "{name}: {found}");
        }
        assert_eq!((&found["jumps"], &found["lang"]), (&false.into(), &"en".into()), "{found}");
        // All folds are open now, and still nothing is wider than the window.
        let [wide, _] = browser.content();
        assert!(wide <= 1_400.0, "{wide}");
    }
}

#[test]
fn a_page_without_its_style_is_complete() {
    let Some(mut browser) = Browser::start() else { return };
    let place = Workplace::new();
    let page = full_page(&place);
    // A policy of the page's own stands for Jenkins', which comes with the answer.
    let text = place.read("report.html");
    let strict = text.replacen("style-src 'unsafe-inline'", "img-src 'self'; style-src 'self'", 1);
    let start = strict.find("content=\"default-src").unwrap();
    assert!(strict[start..].starts_with("content=\"default-src &#39;none&#39;;"), "{}", &strict[start..start + 120]);
    let strict =
        text.replacen("style-src &#39;unsafe-inline&#39;", "img-src &#39;self&#39;; style-src &#39;self&#39;", 1);
    assert_ne!(text, strict);
    fs::write(&page, strict).unwrap();
    browser.open(&page, 1_400, "dark", true);
    let text = browser.value("document.body.innerText");
    let text = text.as_str().unwrap();
    assert!(text.contains("Failed") && text.contains("Where, and what to do") && text.contains("Provenance"), "{text}");
    let drawn =
        browser.value("[...document.querySelectorAll('svg.chart')].map((svg) => svg.getBoundingClientRect().width)");
    assert!(drawn.as_array().unwrap().iter().all(|width| (300.0..400.0).contains(&width.as_f64().unwrap())), "{drawn}");
    let refused = browser.all("Log.entryAdded");
    assert!(refused.iter().all(|entry| entry.to_string().contains("inline style")), "{refused:?}");
}

#[test]
fn two_thousand_gates_open_at_once() {
    let Some(mut browser) = Browser::start() else { return };
    let place = Workplace::new();
    let mut report: Value = serde_json::from_str(include_str!("../../src/report/sample/report.json")).unwrap();
    let gates = report["gates"].as_array().unwrap().clone();
    let many: Vec<Value> = (0..2_000)
        .map(|at| {
            let mut gate = gates[at % gates.len()].clone();
            gate["id"] = format!("gate{at}.{}", gate["id"].as_str().unwrap()).into();
            gate
        })
        .collect();
    let counts =
        |verdict: &str| many.iter().filter(|gate| gate["verdict"] == verdict && gate["effect"] != "waived").count();
    for verdict in ["pass", "fail", "inconclusive", "not_applicable", "no_baseline", "error"] {
        report["counts"][verdict] = counts(verdict).into();
    }
    report["counts"]["waived"] = many.iter().filter(|gate| gate["effect"] == "waived").count().into();
    report["gates"] = many.into();
    place.write("report.json", &report.to_string());
    let answer = run_with(place.path(), &RENDER, &[NOW]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    let page = place.path().join("report.html");
    let times: Vec<Duration> = (0..5).map(|_| browser.open(&page, 1_400, "light", false)).collect();
    let fastest = times.iter().min().unwrap();
    // No measurement: a page whose cost grows with the square of its gates takes minutes.
    assert!(*fastest < Duration::from_secs(20), "{times:?}");
    let [wide, _] = browser.content();
    assert!(wide <= 1_400.0, "{wide}");
}
