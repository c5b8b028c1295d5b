//! GitHub behind TLS with a CA of a company's own, reached through a proxy that tunnels: by CONNECT, and by SOCKS.

use std::io::{BufRead, BufReader, Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::artifact::{FROM_ARTIFACT, second_job};
use super::server::Fault;
use super::{Job, TOKEN};
use crate::support::fixtures;

/// Returns the path of a file beside this one.
fn certificate(name: &str) -> String {
    fixtures().parent().unwrap().join("tests/github/certificates").join(name).display().to_string()
}

/// Serves an HTTP server behind TLS, as `ghes.invalid`; returns its port.
fn behind_tls(plain: u16) -> u16 {
    let chain = CertificateDer::pem_file_iter(certificate("server.pem")).unwrap().collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(certificate("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || {
                let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                while let Some(request) = request(&mut tls) {
                    let mut server = TcpStream::connect(("127.0.0.1", plain)).unwrap();
                    server.write_all(&request).unwrap();
                    // One request for each connection, which ends after its answer.
                    server.shutdown(Shutdown::Write).unwrap();
                    let mut response = Vec::new();
                    server.read_to_end(&mut response).unwrap();
                    if tls.write_all(&response).and_then(|()| tls.flush()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// Reads one request, and asks for the end of the connection after its answer.
fn request(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut head = String::new();
    let mut length = 0;
    let mut reader = BufReader::with_capacity(1, stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some([format!("{head}connection: close\r\n\r\n").as_bytes(), &body].concat())
}

/// A proxy that leads every tunnel to one port.
struct Tunnels {
    port: u16,
    /// The hosts and the users of the tunnels.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    fn start(to: u16, open: fn(&mut TcpStream) -> Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let shared = Arc::clone(&asked);
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let Some(host) = open(&mut client) else { return };
                    shared.lock().unwrap().push(host);
                    let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                    let (mut from, mut into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                    thread::spawn(move || {
                        let _ = copy(&mut from, &mut into);
                        let _ = into.shutdown(Shutdown::Both);
                    });
                    let (mut from, mut into) = (server, client);
                    let _ = copy(&mut from, &mut into);
                    let _ = into.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Opens a tunnel by CONNECT (RFC 9110, 9.3.6).
fn by_connect(client: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::with_capacity(1, &*client);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let host = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    let user = head.to_ascii_lowercase().contains("proxy-authorization: basic bwu6cgfzcy13b3jk");
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    Some(if user { format!("{host} for me") } else { host })
}

/// Opens a tunnel by SOCKS 5 (RFC 1928), with a user and a password (RFC 1929) where the client offers them.
fn by_socks(client: &mut TcpStream) -> Option<String> {
    let mut exactly = |bytes: usize| {
        let mut read = vec![0; bytes];
        client.read_exact(&mut read).ok().map(|()| read)
    };
    let [5, methods] = exactly(2)?[..] else { return None };
    let has_user = exactly(methods.into())?.contains(&2);
    client.write_all(&[5, if has_user { 2 } else { 0 }]).ok()?;
    let text = |client: &mut TcpStream| {
        let mut length = [0];
        client.read_exact(&mut length).ok()?;
        let mut read = vec![0; length[0].into()];
        client.read_exact(&mut read).ok()?;
        String::from_utf8(read).ok()
    };
    let mut user = String::new();
    if has_user {
        client.read_exact(&mut [0]).ok()?;
        user = format!(" for {}:{}", text(client)?, text(client)?);
        client.write_all(&[1, 0]).ok()?;
    }
    let mut head = [0; 4];
    client.read_exact(&mut head).ok()?;
    let host = match head[3] {
        3 => text(client)?,
        1 => {
            let mut address = [0; 4];
            client.read_exact(&mut address).ok()?;
            address.map(|part| part.to_string()).join(".")
        }
        _ => return None,
    };
    let mut port = [0; 2];
    client.read_exact(&mut port).ok()?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
    Some(format!("{host}:{}{user}", u16::from_be_bytes(port)))
}

/// A job whose GitHub is `https://ghes.invalid`, which only a proxy finds.
fn behind(variable: &'static str, proxy: String, holds: bool) -> Job {
    let mut job = Job::new(holds);
    job.more.extend([
        ("GITHUB_API_URL", "https://ghes.invalid".to_owned()),
        ("SSL_CERT_FILE", certificate("ca.pem")),
        (variable, proxy),
    ]);
    job
}

fn port_of(job: &Job) -> u16 {
    job.github.url().rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn a_comment_is_written_over_tls_through_a_tunnel() {
    for (scheme, variable, open) in [
        ("http://me:pass%2Dword@", "HTTPS_PROXY", by_connect as fn(&mut TcpStream) -> Option<String>),
        ("http://", "ALL_PROXY", by_connect),
        ("socks5h://", "HTTPS_PROXY", by_socks),
        ("socks5h://me:pass%2Dword@", "ALL_PROXY", by_socks),
    ] {
        let mut job = behind(variable, String::new(), false);
        let tunnels = Tunnels::start(behind_tls(port_of(&job)), open);
        job.more.pop();
        job.more.push((variable, format!("{scheme}127.0.0.1:{}", tunnels.port)));
        let answer = job.publish(&["--require-post", "--status", "--check-run"]);
        assert_eq!((answer.code, job.comments().len()), (1, 1), "{scheme}: {}", answer.stderr);
        let state = job.github.state();
        assert_eq!((state.checks.len(), state.statuses.len()), (1, 1), "{scheme}");
        assert_eq!(state.broken, Vec::<String>::new(), "{scheme}");
        drop(state);
        let asked = tunnels.asked();
        let user = match (scheme.contains("me:"), scheme.starts_with("socks")) {
            (false, _) => "",
            (true, false) => " for me",
            (true, true) => " for me:pass-word",
        };
        assert!(!asked.is_empty() && asked.iter().all(|host| *host == format!("ghes.invalid:443{user}")), "{asked:?}");
    }
}

#[test]
fn a_certificate_of_an_unknown_ca_is_told_with_the_variable_that_names_it() {
    for (scheme, open) in [("http", by_connect as fn(&mut TcpStream) -> Option<String>), ("socks5h", by_socks)] {
        let mut job = Job::new(true);
        let tunnels = Tunnels::start(behind_tls(port_of(&job)), open);
        job.more.extend([
            ("GITHUB_API_URL", "https://ghes.invalid".to_owned()),
            ("HTTPS_PROXY", format!("{scheme}://127.0.0.1:{}", tunnels.port)),
        ]);
        let answer = job.publish(&["--require-post"]);
        assert_eq!((answer.code, job.comments().len()), (5, 0), "{}", answer.stderr);
        assert!(answer.stderr.contains("set SSL_CERT_FILE to the file of its certificates"), "{}", answer.stderr);
    }
    // A CA vouches for one name, and for no other.
    let mut job = behind("HTTPS_PROXY", String::new(), true);
    let tunnels = Tunnels::start(behind_tls(port_of(&job)), by_connect);
    job.more.push(("HTTPS_PROXY", format!("http://127.0.0.1:{}", tunnels.port)));
    job.more.push(("GITHUB_API_URL", "https://other.invalid".to_owned()));
    let answer = job.publish(&["--require-post"]);
    assert_eq!((answer.code, job.comments().len()), (5, 0), "{}", answer.stderr);
}

/// The token stays in the tunnel to the forge; the store of artifacts is reached through another one without it.
#[test]
fn an_artifact_is_fetched_through_a_tunnel_and_its_store_gets_no_token() {
    for (scheme, open) in [("http", by_connect as fn(&mut TcpStream) -> Option<String>), ("socks5h", by_socks)] {
        let mut job = second_job(b"{}");
        let to = "https://store.invalid/blob?sig=SIGNATURE";
        job.fails(
            Fault::new("GET /repos/octo/model/actions/artifacts/9/zip", 302, "Found").with("location", to).times(9),
        );
        let tunnels = Tunnels::start(behind_tls(port_of(&job)), open);
        job.more.extend([
            ("GITHUB_API_URL", "https://ghes.invalid".to_owned()),
            ("SSL_CERT_FILE", certificate("ca.pem")),
            ("HTTPS_PROXY", format!("{scheme}://127.0.0.1:{}", tunnels.port)),
        ]);
        let answer = job.run(&FROM_ARTIFACT);
        // The store has no certificate of its own name.
        assert_eq!(answer.code, 4, "{}", answer.stderr);
        let asked = tunnels.asked();
        assert!(
            asked.contains(&"ghes.invalid:443".to_owned()) && asked.contains(&"store.invalid:443".to_owned()),
            "{asked:?}"
        );
        assert!(!answer.stderr.contains("SIGNATURE") && !answer.stderr.contains(TOKEN), "{}", answer.stderr);
    }
}
