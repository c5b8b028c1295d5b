//! A server on a port of its own, for tests of what is said to it.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::github::server::{Request, Response, speak};

/// The server, with what it was told.
pub(crate) struct StubServer<S> {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<S>>,
}

impl<S: Send + 'static> StubServer<S> {
    /// Starts a server that gives these answers; some of them name its address.
    pub(crate) fn start(state: S, answer: fn(&Request, &mut S, SocketAddr) -> Response) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || speak(stream, |request| answer(request, &mut state.lock().unwrap(), address)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap()
    }
}
