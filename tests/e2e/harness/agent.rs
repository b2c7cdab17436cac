//! An SSH agent that has one key and answers one question: which keys it has.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;

/// An agent that lives as long as the tests do; its socket as long as the test.
pub(crate) struct Agent {
    directory: TempDir,
}

const SOCKET: &str = "agent.sock";
/// `SSH_AGENT_IDENTITIES_ANSWER` of the agent protocol.
const IDENTITIES_ANSWER: u8 = 12;

impl Agent {
    /// An agent whose key has a comment.
    pub(crate) fn start(comment: &'static str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let listener = UnixListener::bind(directory.path().join(SOCKET)).expect("a socket");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer(stream, comment));
            }
        });
        Agent { directory }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        Path::join(self.directory.path(), SOCKET)
    }
}

fn answer(mut stream: UnixStream, comment: &str) {
    let mut length = [0; 4];
    while stream.read_exact(&mut length).is_ok() {
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or_default();
        let mut question = vec![0; length.min(1 << 16)];
        if stream.read_exact(&mut question).is_err() || stream.write_all(&keys(comment)).is_err() {
            return;
        }
    }
}

fn keys(comment: &str) -> Vec<u8> {
    let key = [string(b"ssh-ed25519"), string(&[7; 32])].concat();
    let count = 1u32.to_be_bytes();
    let body = [&[IDENTITIES_ANSWER][..], &count, &string(&key), &string(comment.as_bytes())];
    string(&body.concat())
}

/// A string of the SSH protocol: its length, then its bytes.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes()[..], bytes].concat()
}
