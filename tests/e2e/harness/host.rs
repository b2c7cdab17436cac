//! Hosts on loopback that are no registry: they answer everything with the same status, or nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The first byte of who wants TLS. A registry without it says so, and is asked without it.
const TLS: u8 = 0x16;

/// A host that lives as long as the tests do.
pub(crate) struct Host {
    address: SocketAddr,
    waiting: Arc<AtomicUsize>,
}

impl Host {
    /// A host that answers with a status, `401 Unauthorized`.
    pub(crate) fn answering(status: &'static str) -> Self {
        Host::start(move |stream| answer(stream, status))
    }

    /// A host that takes connections, reads what comes, and says nothing.
    pub(crate) fn silent() -> Self {
        Host::start(|mut stream| {
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// A port where nobody listens.
    pub(crate) fn refusing() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        Host { address, waiting: Arc::default() }
    }

    fn start(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let waiting: Arc<AtomicUsize> = Arc::default();
        let (counted, talk) = (Arc::clone(&waiting), Arc::new(talk));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, talk) = (Arc::clone(&counted), Arc::clone(&talk));
                thread::spawn(move || {
                    counted.fetch_add(1, Ordering::SeqCst);
                    talk(stream);
                    counted.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Host { address, waiting }
    }

    /// Connections that are open at the moment.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// A reference of an image that the host would have.
    pub(crate) fn image(&self) -> String {
        format!("{}/some/cache:main", self.address)
    }
}

/// One request, one answer: clients come back.
fn answer(mut stream: TcpStream, status: &str) {
    let mut first = [0];
    if stream.peek(&mut first).unwrap_or_default() == 0 {
        return;
    }
    let status = if first[0] == TLS { "400 Bad Request" } else { status };
    if first[0] != TLS {
        let head = BufReader::new(&stream).lines().map_while(Result::ok);
        head.take_while(|line| !line.is_empty()).for_each(drop);
    }
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // A client that has gone away is no failure of the host's.
    let _ = stream.write_all(head.as_bytes());
}
