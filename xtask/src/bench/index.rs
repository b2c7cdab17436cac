//! A proxy for package indexes, beside the builders: what it fetched once it gives again from disk, so that
//! no run depends on how fast an index answers today, and it logs what each request got. Packages of Debian
//! come through it as through any HTTP proxy; for Python it is an index whose pages lead to itself.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{cmd, ui};

/// Below it are files of other hosts: `/upstream/https/HOST/PATH`.
const UPSTREAM: &str = "/upstream/";
const SIMPLE: &str = "/simple/";

/// The proxy; it lives as long as the process.
#[derive(Debug)]
pub(crate) struct Index {
    /// Where it listens, on loopback.
    pub(crate) port: u16,
    sent: Arc<AtomicU64>,
}

/// What all connections share.
struct Store {
    directory: PathBuf,
    /// The index that Python packages are looked up in, with `/` at its end.
    python: String,
    sent: Arc<AtomicU64>,
    log: Mutex<File>,
}

impl Index {
    /// Begins to serve, with what is in the directory already.
    pub(crate) fn start(directory: &Path, python: &str, log: &Path) -> Result<Self> {
        fs::create_dir_all(directory)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let sent = Arc::<AtomicU64>::default();
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let python = format!("{}/", python.trim_end_matches('/'));
        let (directory, log) = (directory.to_owned(), Mutex::new(log));
        let store = Arc::new(Store { directory, python, sent: Arc::clone(&sent), log });
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let store = Arc::clone(&store);
                // A client that goes away ends its own connection alone.
                thread::spawn(move || store.serve(&client));
            }
        });
        Ok(Self { port, sent })
    }

    /// Bytes of all answers so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Store {
    /// Requests of one connection, one after the other.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(client);
        while let Some(request) = Request::read(&mut reader)? {
            let sent = self.answer(client, &request)?;
            self.sent.fetch_add(sent, Ordering::SeqCst);
            if let Ok(mut log) = self.log.lock() {
                writeln!(log, "{sent} {} {}", request.method, request.target)?;
            }
        }
        Ok(())
    }

    fn answer(&self, mut client: &TcpStream, request: &Request) -> io::Result<u64> {
        let (status, kind, content) = match self.content(&request.target) {
            Some(content) if request.target.starts_with(SIMPLE) => {
                let page = lead_here(&String::from_utf8_lossy(&content));
                ("200 OK", "text/html", page.into_bytes())
            }
            Some(content) => ("200 OK", "application/octet-stream", content),
            None => ("404 Not Found", "text/plain", Vec::new()),
        };
        let tag = digest(&content);
        let (status, range, content) = if request.tag.as_ref() == Some(&tag) {
            ("304 Not Modified", String::new(), &[][..])
        } else {
            request.part_of(status, &content)
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\n\
             Cache-Control: {}\r\nETag: \"{tag}\"\r\n{range}\r\n",
            content.len(),
            freshness(&request.target),
        );
        client.write_all(head.as_bytes())?;
        let content = if request.method == "HEAD" { &[][..] } else { content };
        client.write_all(content)?;
        Ok((head.len() + content.len()) as u64)
    }

    fn content(&self, target: &str) -> Option<Vec<u8>> {
        let url = upstream(target, &self.python)?;
        let file = self.directory.join(digest(url.as_bytes()));
        if !file.exists() {
            fetch(&url, &file).inspect_err(|error| ui::note(format!("{error:#}"))).ok()?;
        }
        fs::read(file).ok()
    }
}

/// One request, as far as it matters.
struct Request {
    method: String,
    target: String,
    /// First and last byte that are asked for.
    range: Option<(usize, Option<usize>)>,
    /// What the client has already.
    tag: Option<String>,
}

impl Request {
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut words = first.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (mut range, mut tag) = (None, None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                return Ok(Some(Self { method, target, range, tag }));
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            match key.to_ascii_lowercase().as_str() {
                "range" => range = parse_range(value.trim()),
                "if-none-match" => tag = Some(value.trim().trim_matches('"').to_owned()),
                _ => {}
            }
        }
    }

    /// Status, header of the range and content of what is asked for.
    fn part_of<'a>(&self, status: &'static str, all: &'a [u8]) -> (&'static str, String, &'a [u8]) {
        let Some((first, last)) = self.range.filter(|_| status.starts_with("200")) else {
            return (status, String::new(), all);
        };
        let end = last.map_or(all.len(), |last| (last + 1).min(all.len()));
        let Some(part) = all.get(first..end) else { return (status, String::new(), all) };
        let header =
            format!("Content-Range: bytes {first}-{}/{}\r\n", end.saturating_sub(1), all.len());
        ("206 Partial Content", header, part)
    }
}

/// How long an answer counts, as PyPI says it: pages for ten minutes, files for ever.
fn freshness(target: &str) -> &'static str {
    if target.starts_with(UPSTREAM) {
        "max-age=365000000, immutable, public"
    } else if target.starts_with(SIMPLE) {
        "max-age=600, public"
    } else {
        "no-cache"
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads `bytes=FIRST-LAST` or `bytes=FIRST-`.
fn parse_range(value: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()))
}

/// The URL that a request stands for.
fn upstream(target: &str, python: &str) -> Option<String> {
    if let Some(rest) = target.strip_prefix(SIMPLE) {
        return Some(format!("{python}{rest}"));
    }
    if let Some(rest) = target.strip_prefix(UPSTREAM) {
        let (scheme, rest) = rest.split_once('/')?;
        return Some(format!("{scheme}://{rest}"));
    }
    target.starts_with("http://").then(|| target.to_owned())
}

/// A page of an index whose links lead to other hosts, leading here instead.
fn lead_here(page: &str) -> String {
    page.replace("href=\"https://", &format!("href=\"{UPSTREAM}https/"))
        .replace("href=\"http://", &format!("href=\"{UPSTREAM}http/"))
}

/// Two requests may fetch the same at the same time: each writes a file of its own, the last one stays.
fn fetch(url: &str, file: &Path) -> Result<()> {
    let draft = file.with_extension(format!("{:?}", thread::current().id()));
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location"]);
    // Installers ask for many files at once, and not every index answers all of that.
    curl.args(["--retry", "8", "--retry-all-errors", "--retry-delay", "1"]);
    curl.args(["--header", "Accept: text/html, */*;q=0.1", "--output"]);
    cmd::output(curl.arg(&draft).arg(url))?;
    fs::rename(draft, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stand_for_urls() {
        let url = |target| upstream(target, "https://index.test/simple/");
        assert_eq!(url("/simple/uv/").as_deref(), Some("https://index.test/simple/uv/"));
        assert_eq!(
            url("/upstream/https/files.test/a.whl").as_deref(),
            Some("https://files.test/a.whl")
        );
        assert_eq!(url("http://deb.test/debian/x").as_deref(), Some("http://deb.test/debian/x"));
        assert_eq!(url("/"), None);
    }

    #[test]
    fn links_of_a_page_lead_here() {
        let page = r#"<a href="https://files.test/a.whl#sha256=0">a</a> <a href="../b.whl">b</a>"#;
        let here =
            r#"<a href="/upstream/https/files.test/a.whl#sha256=0">a</a> <a href="../b.whl">b</a>"#;
        assert_eq!(lead_here(page), here);
    }

    #[test]
    fn a_part_is_a_part() {
        let text = "GET /x HTTP/1.1\r\nRange: bytes=1-2\r\nIf-None-Match: \"a\"\r\n\r\nGET /y HTTP/1.1\r\n\r\n";
        let mut reader = text.as_bytes();
        let request = Request::read(&mut reader).unwrap().unwrap();
        assert_eq!(request.tag.as_deref(), Some("a"));
        let (status, header, part) = request.part_of("200 OK", b"abcd");
        assert_eq!((status, part), ("206 Partial Content", &b"bc"[..]));
        assert_eq!(header, "Content-Range: bytes 1-2/4\r\n");
        assert_eq!(Request::read(&mut reader).unwrap().unwrap().target, "/y");
        assert!(Request::read(&mut reader).unwrap().is_none());
    }
}
