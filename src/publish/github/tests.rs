use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use super::place::{Wanted, find};
use super::*;
use crate::publish::part::Standing;

/// Starts a server that accepts every request, sends `head` if there is one, and then a blank each second.
fn server(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(head.as_bytes());
                while !head.is_empty() && stream.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_secs(1));
                }
                thread::sleep(Duration::from_secs(60));
            });
        }
    });
    format!("http://{address}")
}

fn order() -> Order {
    let part = Part {
        id: "a".to_owned(),
        lane: "a".to_owned(),
        run: Some(1),
        attempt: 1,
        commit: None,
        job: None,
        only: Vec::new(),
        standing: Standing::Pass,
        title: String::new(),
    };
    let name = || Some("gate".to_owned());
    Order { key: "k".to_owned(), mode: CommentMode::Update, author: None, check_run: name(), status: name(), part }
}

#[test]
fn one_limit_holds_for_everything_that_is_posted() {
    for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"] {
        let api = server(head);
        let env = |name: &str| (name == "GITHUB_API_URL").then(|| api.clone());
        let wanted = Wanted { repository: Some("o/r".to_owned()), pull: Some(7), commit: Some("a1".repeat(20)) };
        let place = find(&env, None, &wanted).expect("a place");
        let content = Content {
            verdict: Overall::Pass,
            title: "all passed".to_owned(),
            bodies: vec!["text".to_owned()],
            annotations: Vec::new(),
            tree: Vec::new(),
            // Three seconds are left.
            started: Instant::now().checked_sub(PATIENCE - Duration::from_secs(3)),
        };
        let start = Instant::now();
        let posted = post(&place, "t", &order(), &content);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(posted.len(), 3, "{posted:?}");
        for surface in posted {
            assert!(matches!(&surface, Posted::Failed(_, why) if why.contains("seconds")), "{surface:?}");
        }
    }
}
