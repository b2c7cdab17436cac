//! A way to the registry that keeps a log of requests and bytes, and that can break.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::engine;
use super::server::head;

/// A relay that lives as long as the tests do.
pub(crate) struct Relay {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    log: Vec<Request>,
    breaks: Option<Break>,
    /// Nobody listens any more.
    dead: bool,
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Bytes to the registry, and from it.
    pub(crate) up: u64,
    pub(crate) down: u64,
}

/// The request at which something goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Break {
    pub(crate) method: &'static str,
    /// A part of its path.
    pub(crate) path: &'static str,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// The registry dies when so many bytes are through, the head included.
    Dies(u64),
    /// It answers such requests with a status, and all others as ever.
    Answers(&'static str),
    /// It takes such requests and says nothing, for as long as the client waits.
    IsSilent,
}

impl Relay {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let state: Arc<Mutex<State>> = Arc::default();
        let served = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&served);
                thread::spawn(move || relay(&stream, &state));
            }
        });
        Relay { address, state }
    }

    /// A repository of the engine's registry, by this way.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/test/{name}", self.address)
    }

    /// Something goes wrong with such a request.
    pub(crate) fn breaks_at(&self, request: Break) {
        self.state.lock().expect("the relay").breaks = Some(request);
    }

    /// Whether it has died.
    pub(crate) fn is_dead(&self) -> bool {
        self.state.lock().expect("the relay").dead
    }

    /// The registry lives again, and nothing goes wrong any more.
    pub(crate) fn fix(&self) {
        let mut state = self.state.lock().expect("the relay");
        (state.breaks, state.dead) = (None, false);
    }

    /// Requests since the last time.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().expect("the relay").log)
    }
}

/// Hands one request on, and closes when it is answered.
fn relay(client: &TcpStream, state: &Arc<Mutex<State>>) -> Option<()> {
    if state.lock().expect("the relay").dead {
        return None;
    }
    let head = head(client)?;
    let breaks = state.lock().expect("the relay").breaks;
    let breaks = breaks.filter(|at| head.method == at.method && head.target.contains(at.path));
    let most = match breaks.map(|at| at.how) {
        Some(How::Answers(status)) => {
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let mut client = client;
            return client.write_all(answer.as_bytes()).ok();
        }
        Some(How::IsSilent) => {
            // Nothing more comes but the end.
            let _ = io::copy(&mut &*client, &mut io::sink());
            return None;
        }
        Some(How::Dies(after)) => after,
        None => u64::MAX,
    };
    let mut registry = TcpStream::connect(engine().registry()).ok()?;
    let lines = head.lines.iter().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let lines: String = lines.map(|line| format!("{line}\r\n")).collect();
    let text = format!("{lines}Connection: close\r\n\r\n");
    registry.write_all(text.as_bytes()).ok()?;
    let (most_up, most_down) = match head.method.as_str() {
        "PUT" | "PATCH" => (most, u64::MAX),
        _ => (u64::MAX, most),
    };
    let (up, down) = thread::scope(|scope| {
        let sending = scope.spawn(|| pass(client, &registry, most_up));
        let down = pass(&registry, client, most_down);
        let _ = (client.shutdown(Shutdown::Both), registry.shutdown(Shutdown::Both));
        (sending.join().unwrap_or_default() + text.len() as u64, down)
    });
    let mut state = state.lock().expect("the relay");
    state.dead |= breaks.is_some();
    state.log.push(Request { method: head.method, path: head.target, up, down });
    Some(())
}

/// Copies until the end, or until so many bytes are through: then both ends are cut off.
fn pass(from: &TcpStream, mut to: &TcpStream, most: u64) -> u64 {
    let copied = io::copy(&mut Read::take(from, most), &mut to).unwrap_or_default();
    if copied == most {
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
    copied
}
