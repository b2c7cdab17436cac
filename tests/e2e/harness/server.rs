//! A web server on loopback that serves what it is told to and remembers who asked for what. BuildKit
//! fetches from the host's network, so it reaches it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
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

    /// Puts the files of a folder below a path (`/a`, or nothing); an `index.html` is the folder's.
    pub(crate) fn put_folder(&self, path: &str, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                self.put_folder(&format!("{path}/{name}"), &entry.path());
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

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was asked for so far: `GET /a`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.site.lock().expect("the site").requests.clone()
    }
}

/// Answers one request and closes: BuildKit asks for little.
fn answer(mut stream: TcpStream, site: &Mutex<Site>) {
    let Ok(reading) = stream.try_clone() else { return };
    let lines: Vec<String> = BufReader::new(reading)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let Some(first) = lines.first() else { return };
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let known = lines.iter().filter_map(|line| line.split_once(": "));
    let known = known.filter(|(name, _)| name.eq_ignore_ascii_case("if-none-match"));
    let known: Vec<&str> = known.flat_map(|(_, tags)| tags.split(", ")).collect();
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
    // What is at a folder is a page.
    let kind = if path.ends_with('/') { "text/html" } else { "application/octet-stream" };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
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
