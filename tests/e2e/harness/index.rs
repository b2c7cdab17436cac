//! An index of Python packages on loopback that hands everything on from the real one, and remembers
//! who asked for what. Pages are good for a day, so that no client has to ask again within a test.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use super::server::head;

/// An index that lives as long as the tests do.
pub(crate) struct Index {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By URL and what the client accepts: each is fetched once.
    pages: BTreeMap<(String, String), Page>,
    requests: Vec<(String, usize)>,
}

#[derive(Clone)]
struct Page {
    status: String,
    kind: String,
    body: Vec<u8>,
}

/// Where the packages are, unless the machine has another index.
const INDEX: &str = "https://pypi.org/simple";
/// What stands for `https://` in paths here.
const SECURE: &str = "/https/";

impl Index {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let state: Arc<Mutex<State>> = Arc::default();
        let (served, own) = (Arc::clone(&state), address.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, own) = (Arc::clone(&served), own.clone());
                thread::spawn(move || answer(stream, &own, &state));
            }
        });
        Index { address, state }
    }

    /// The address of the index, as package managers take it.
    pub(crate) fn url(&self) -> String {
        let given = ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"].iter();
        let given = given.flat_map(std::env::var).next();
        let index = given.unwrap_or_else(|| INDEX.to_owned());
        let index = index.strip_prefix("https://").expect("an index with TLS");
        format!("http://{}{SECURE}{index}", self.address)
    }

    /// What was asked for since the last time: paths, and the bytes that were sent.
    pub(crate) fn take(&self) -> Vec<(String, usize)> {
        std::mem::take(&mut self.state.lock().expect("the index").requests)
    }
}

/// Answers one request and closes.
fn answer(mut stream: TcpStream, own: &str, state: &Mutex<State>) {
    let Some(head) = head(&stream) else { return };
    let accept = head.value("accept").unwrap_or_default().to_owned();
    let Some(rest) = head.target.strip_prefix(SECURE) else { return };
    let key = (format!("https://{rest}"), accept);
    let known = state.lock().expect("the index").pages.get(&key).cloned();
    let page = known.unwrap_or_else(|| {
        let page = fetch(&key.0, &key.1, own);
        state.lock().expect("the index").pages.insert(key, page.clone());
        page
    });
    let text = format!(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: max-age=86400\r\n\
         Connection: close\r\n\r\n",
        page.status,
        page.kind,
        page.body.len()
    );
    let body = if head.method == "HEAD" { &[] } else { page.body.as_slice() };
    let sent = text.len() + body.len();
    state.lock().expect("the index").requests.push((head.target, sent));
    // A client that has gone away is no failure of the index's.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(body));
}

/// What is at a URL; in pages, links lead here.
fn fetch(url: &str, accept: &str, own: &str) -> Page {
    // Some of many questions for a name at once are lost.
    let output = Command::new("curl")
        .args([
            "--silent",
            "--location",
            "--retry",
            "6",
            "--retry-all-errors",
            "--retry-delay",
            "1",
        ])
        .args(["--header", &format!("Accept: {accept}")])
        .args(["--write-out", "%{stderr}\n%{http_code} %{content_type}", url])
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{url}: {}", output.status);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let (status, kind) =
        told.lines().last().and_then(|line| line.split_once(' ')).expect("a status");
    let is_page = kind.contains("html") || kind.contains("json");
    let body = match String::from_utf8(output.stdout) {
        Ok(text) if is_page => text.replace("https://", &format!("http://{own}{SECURE}")).into(),
        Ok(text) => text.into(),
        Err(bytes) => bytes.into_bytes(),
    };
    Page { status: status.to_owned(), kind: kind.to_owned(), body }
}
