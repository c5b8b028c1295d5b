//! A web server with fixed answers, which keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path without its query.
    pub(super) path: String,
    /// The decoded query.
    pub(super) query: BTreeMap<String, String>,
    /// Headers by their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// An answer: status, headers and body.
pub(super) type Reply = (u16, Vec<(&'static str, String)>, String);

pub(super) struct Server {
    pub(super) url: String,
    pub(super) asked: Arc<Mutex<Vec<Request>>>,
}

/// Returns an answer with JSON.
pub(super) fn json(status: u16, text: impl Into<String>) -> Reply {
    (status, vec![("Content-Type", "application/json".to_owned())], text.into())
}

impl Server {
    pub(super) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, &answer, &log)));
        Self { url, asked }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: &impl Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    let mut words = line.split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length: &String| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    let address = url::Url::parse(&format!("http://h{target}")).unwrap();
    let request = Request {
        method,
        path: address.path().to_owned(),
        query: address.query_pairs().into_owned().collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let (status, headers, body) = answer(&request);
    log.lock().unwrap().push(request);
    let headers: String = headers.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    let _ = stream.write_all((head + &body).as_bytes());
}
