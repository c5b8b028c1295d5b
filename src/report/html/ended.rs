//! The page of a run that ended without a report.

use super::document;
use super::markup::Markup;
use crate::report::no_verdict::NoVerdict;

/// Renders the end of a run of this config as HTML.
pub(in crate::report) fn render(ended: &NoVerdict, config: &str) -> String {
    document(&ended.title(), |body| {
        body.tag("header", &[("class", "fail")], |header| {
            header.tag("p", &[("class", "verdict")], |line| line.tag("b", &[], |it| it.text("No verdict")));
            header.tag("h1", &[], |heading| heading.text("Nothing was judged"));
            header.tag("dl", &[("class", "facts")], |facts| {
                facts.tag("div", &[], |pair| {
                    pair.told("dt", "", "Config");
                    pair.tag("dd", &[], |value| value.name(config));
                });
            });
        });
        body.tag("main", &[("id", "main")], |main| problems(main, ended));
    })
}

fn problems(main: &mut Markup, ended: &NoVerdict) {
    main.told("p", "", &super::capitalised(&ended.title()));
    main.tag("ul", &[("class", "reasons")], |list| {
        for problem in &ended.problems {
            list.tag("li", &[], |item| {
                item.prose(&problem.sentence());
                if let Some(at) = &problem.at {
                    item.text(" at ");
                    item.name(&format!("{}:{}:{}", at.file, at.line, at.column));
                }
            });
        }
    });
    main.told("p", "", "An earlier verdict says nothing about this commit.");
}
