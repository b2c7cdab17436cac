//! A web server on loopback that serves what it is told to and remembers who asked for what. BuildKit
//! fetches from the host's network, so it reaches it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that lives as long as the tests do.
pub(crate) struct Server {
    address: String,
    site: Arc<Mutex<Site>>,
}

#[derive(Default)]
struct Site {
    files: BTreeMap<String, Vec<u8>>,
    requests: Vec<String>,
}

impl Server {
    /// A server that has nothing yet.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let site = Arc::new(Mutex::new(Site::default()));
        let served = Arc::clone(&site);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = Arc::clone(&served);
                thread::spawn(move || answer(stream, &site));
            }
        });
        Server { address, site }
    }

    /// Serves files by their paths, `/name`.
    pub(crate) fn of<B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (&'static str, B)>) -> Self {
        let server = Server::start();
        for (path, content) in files {
            server.put(path, content);
        }
        server
    }

    /// Puts a file at a path (`/a/b`), or another in its place.
    pub(crate) fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        self.site.lock().expect("the site").files.insert(path.to_owned(), content.into());
    }

    /// Puts the files of a directory below a path (`/a`, or nothing); an `index.html` is the
    /// directory's.
    pub(crate) fn put_directory(&self, path: &str, directory: &Path) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                self.put_directory(&format!("{path}/{name}"), &entry.path());
                continue;
            }
            let name = if name == "index.html" { "" } else { &name };
            self.put(&format!("{path}/{name}"), fs::read(entry.path()).expect("a file"));
        }
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What is in a file.
    pub(crate) fn text(&self, path: &str) -> String {
        let site = self.site.lock().expect("the site");
        String::from_utf8(site.files[path].clone()).expect("a text")
    }

    /// Written as `HOST:PORT`, without a scheme.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was asked for so far: `GET /a`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.site.lock().expect("the site").requests.clone()
    }
}

/// The head of a request.
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    /// All of it, the first line included.
    pub(super) lines: Vec<String>,
}

impl Head {
    /// The value of a header, named in small letters.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let headers = self.lines.iter().filter_map(|line| line.split_once(": "));
        let mut values = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value)
    }
}

/// Reads the head of a request, and nothing behind it; `None` where it is none, as from who wants TLS:
/// who is told nothing asks again without.
pub(super) fn head(stream: &TcpStream) -> Option<Head> {
    let mut bytes = Vec::new();
    let mut stream = stream;
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
        if !bytes[0].is_ascii_uppercase() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
            return None;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines: Vec<String> =
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    Some(Head { method, target, lines })
}

/// Answers one request and closes: BuildKit asks for little.
fn answer(mut stream: TcpStream, site: &Mutex<Site>) {
    let Some(head) = head(&stream) else { return };
    let (method, target) = (head.method.as_str(), head.target.as_str());
    let path = target.split('?').next().unwrap_or_default();
    let known: Vec<&str> =
        head.value("if-none-match").into_iter().flat_map(|tags| tags.split(", ")).collect();
    let mut site = site.lock().expect("the site");
    let (status, tag, body) = match site.files.get(path) {
        None => ("404 Not Found", String::new(), Vec::new()),
        Some(content) => {
            let tag = format!("\"{:x}\"", fingerprint(content));
            match known.contains(&tag.as_str()) {
                true => ("304 Not Modified", tag, Vec::new()),
                false => ("200 OK", tag, content.clone()),
            }
        }
    };
    site.requests.push(format!("{method} {target}"));
    drop(site);
    // What is at a directory is a page.
    let kind = if path.ends_with('/') { "text/html" } else { "application/octet-stream" };
    // As Python's own index has it. uv, which must ask whether a wheel is still the same, takes it anew where
    // that question fails; and it fails for once when a machine is busy.
    let age = if path.ends_with(".whl") { 31_536_000 } else { 0 };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: max-age={age}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone away is no failure of the server's.
    let _ = stream.write_all(head.as_bytes());
    if method != "HEAD" {
        let _ = stream.write_all(&body);
    }
}

/// FNV-1a: an ETag need not be more.
fn fingerprint(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
