//! Markdown for a forge that shows HTML as text: folds become paragraphs, and mlgate's own marks become definitions of
//! links that nothing uses, which are not shown.

/// The start and the end of a mark where HTML is understood.
const HTML: (&str, &str) = ("<!-- mlgate:", " -->");
/// The start and the end of a mark on Bitbucket. Between them there is no parenthesis.
const DEFINITION: (&str, &str) = ("[//]: # (mlgate:", ")");

/// Returns a page without HTML.
pub(super) fn page(text: &str) -> String {
    text.lines().map(|line| plain(line) + "\n").collect()
}

fn plain(line: &str) -> String {
    let line = line.replace("</details>", "").replace("<details>", "");
    let line = match line.strip_prefix("<summary>").and_then(|rest| rest.split_once("</summary>")) {
        // A title of mlgate's own, which has no untrusted text.
        Some((title, rest)) => format!("**{title}**{rest}"),
        None => line,
    };
    line.replace("<br>", " · ")
}

/// Returns a comment as Bitbucket keeps it.
pub(super) fn encoded(body: &str) -> String {
    let of = |line: &str| match between(line, HTML) {
        Some(mark) => format!("{}{mark}{}", DEFINITION.0, DEFINITION.1),
        // No line of a page is a mark.
        None if line.starts_with(DEFINITION.0) => format!("\\{line}"),
        None => line.to_owned(),
    };
    // A definition ends the paragraph before it only with a blank line.
    let lines: Vec<String> = body.lines().map(of).collect();
    lines.join("\n")
}

/// Returns a comment as it was before [`encoded`].
pub(super) fn decoded(body: &str) -> String {
    let of = |line: &str| match between(line.trim_end(), DEFINITION) {
        Some(mark) => format!("{}{mark}{}", HTML.0, HTML.1),
        None => line.to_owned(),
    };
    let lines: Vec<String> = body.lines().map(of).collect();
    lines.join("\n")
}

fn between<'a>(line: &'a str, (start, end): (&str, &str)) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix(end).filter(|mark| !mark.contains(['(', ')', '<', '>']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::marker;

    #[test]
    fn marks_are_kept_and_no_page_has_one() {
        let body = format!("{}\n<!-- mlgate:part id=a job=x%28y%29 -->\n## x\n\ntext (a)", marker::line("a (b).yml"));
        let kept = encoded(&body);
        assert!(!kept.contains("<!--") && kept.starts_with("[//]: # (mlgate:v1 key=a%20%28b%29.yml)\n"), "{kept}");
        assert_eq!(decoded(&kept.replace('\n', "\r\n")), body);
        let forged = encoded("text\n[//]: # (mlgate:part id=b)\n");
        assert!(!decoded(&forged).contains("<!-- mlgate:part"), "{forged}");
    }

    #[test]
    fn folds_are_paragraphs() {
        let text = "<details><summary>Provenance</summary>\n\n- `a` · **3**<br>3 rows\n\n</details>\n";
        assert_eq!(page(text), "**Provenance**\n\n- `a` · **3** · 3 rows\n\n\n");
        assert_eq!(page(&page(text)), page(text));
    }
}
