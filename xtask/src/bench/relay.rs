//! A relay in front of a registry that counts what goes through it, both ways, and keeps an access log: a
//! line for each connection. The registry's own log knows nothing of uploads.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context, Result};

/// Bytes over a link, seen from the builder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) down: u64,
    pub(crate) up: u64,
}

impl Traffic {
    /// What came since an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { down: self.down - earlier.down, up: self.up - earlier.up }
    }
}

/// The relay; it lives as long as the process.
#[derive(Debug)]
pub(crate) struct Relay {
    /// Where it listens, on loopback.
    pub(crate) port: u16,
    counted: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    down: AtomicU64,
    up: AtomicU64,
}

impl Relay {
    /// Begins to pass connections on to a port of this machine.
    pub(crate) fn start(to: u16, log: &Path) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let counted = Arc::<Counters>::default();
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let (counters, log) = (Arc::clone(&counted), Arc::new(Mutex::new(log)));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (counters, log) = (Arc::clone(&counters), Arc::clone(&log));
                thread::spawn(move || pass(&client, to, &counters, &log));
            }
        });
        Ok(Self { port, counted })
    }

    /// All that went through so far.
    pub(crate) fn traffic(&self) -> Traffic {
        let read = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        Traffic { down: read(&self.counted.down), up: read(&self.counted.up) }
    }
}

/// One connection, until both sides have closed it. One that breaks ends, and the client sees that.
fn pass(client: &TcpStream, to: u16, counters: &Counters, log: &Mutex<File>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else { return };
    let (up, down) = thread::scope(|scope| {
        let up = scope.spawn(|| copy(client, &server, &counters.up));
        let down = copy(&server, client, &counters.down);
        (up.join().unwrap_or_default(), down)
    });
    if let Ok(mut log) = log.lock() {
        let _ = writeln!(log, "up {up} down {down}");
    }
}

/// Copies until the end, which it passes on, and gives the number of bytes.
fn copy(mut from: &TcpStream, mut to: &TcpStream, counter: &AtomicU64) -> u64 {
    let mut buffer = vec![0; 1 << 16];
    let mut all = 0;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
        counter.fetch_add(read as u64, Ordering::SeqCst);
        all += read as u64;
    }
    let _ = to.shutdown(Shutdown::Write);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_are_counted() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut said = String::new();
            stream.read_to_string(&mut said).unwrap();
            stream.write_all(said.repeat(3).as_bytes()).unwrap();
        });
        let directory = std::env::temp_dir().join(format!("strake-relay-{}", std::process::id()));
        let relay = Relay::start(server, &directory).unwrap();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port)).unwrap();
        stream.write_all(b"ping").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "pingpingping");
        assert_eq!(relay.traffic(), Traffic { down: 12, up: 4 });
        let _ = std::fs::remove_file(directory);
    }
}
