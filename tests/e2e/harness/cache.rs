//! A cache in the engine's registry: every blob that it leads to, unpacked; and bytes to be searched
//! for in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The kinds of manifest that a cache may be.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Everything that a cache's manifest leads to.
pub(crate) struct CacheImage {
    directory: TempDir,
    /// Unpacked blobs by digest, and whether each is a layer.
    blobs: BTreeMap<String, bool>,
    /// Bytes that were fetched.
    pub(crate) size: usize,
}

impl CacheImage {
    /// Fetches all of `HOST:PORT/NAME:TAG`.
    pub(crate) fn fetch(reference: &str) -> Self {
        let (host, rest) = reference.split_once('/').expect("a registry");
        let (name, tag) = rest.rsplit_once(':').expect("a tag");
        let directory = TempDir::new().expect("a temporary directory");
        let mut cache = CacheImage { directory, blobs: BTreeMap::new(), size: 0 };
        let mut open = vec![get(host, &format!("/v2/{name}/manifests/{tag}"))];
        while let Some(manifest) = open.pop() {
            let manifest: Value = serde_json::from_slice(&manifest).expect("a manifest");
            for entry in list(&manifest["manifests"]) {
                match text(&entry["mediaType"]) {
                    kind if MANIFESTS.contains(kind) => {
                        let digest = text(&entry["digest"]);
                        open.push(get(host, &format!("/v2/{name}/manifests/{digest}")));
                    }
                    // As an index, a cache lists its layers and its config among the manifests.
                    kind => cache.add(host, name, entry, kind.contains("layer")),
                }
            }
            for layer in list(&manifest["layers"]) {
                cache.add(host, name, layer, true);
            }
            if manifest["config"].is_object() {
                cache.add(host, name, &manifest["config"], false);
            }
        }
        cache
    }

    fn add(&mut self, host: &str, name: &str, descriptor: &Value, layer: bool) {
        let digest = text(&descriptor["digest"]).to_owned();
        let blob = get(host, &format!("/v2/{name}/blobs/{digest}"));
        assert_eq!(Some(blob.len() as u64), descriptor["size"].as_u64(), "{digest}");
        self.size += blob.len();
        fs::write(self.path(&digest), unpack(&blob)).expect("a blob is written");
        self.blobs.insert(digest, layer);
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.directory.path().join(digest.replace(':', "-"))
    }

    /// Whether any blob has 64 bytes in a row of some random ones.
    pub(crate) fn has_any_of(&self, random: &RandomBytes) -> bool {
        self.contents().any(|blob| random.any_is_in(&blob))
    }

    /// Whether a blob has all of some bytes in a row.
    pub(crate) fn has_all_of(&self, bytes: &[u8]) -> bool {
        let start = &bytes[..bytes.len().min(64)];
        self.contents().any(|blob| {
            let starts = blob.windows(start.len()).enumerate().filter(|(_, row)| *row == start);
            starts.into_iter().any(|(at, _)| blob[at..].starts_with(bytes))
        })
    }

    fn contents(&self) -> impl Iterator<Item = Vec<u8>> {
        assert!(!self.blobs.is_empty(), "the cache leads nowhere");
        self.blobs.keys().map(|digest| fs::read(self.path(digest)).expect("a blob"))
    }

    /// The paths in all layers.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let layers = self.blobs.iter().filter(|(_, layer)| **layer);
        let lists = layers.map(|(digest, _)| {
            let list = Command::new("tar").arg("-tf").arg(self.path(digest)).output();
            let list = list.expect("tar runs");
            assert!(list.status.success(), "{digest} is no archive");
            String::from_utf8_lossy(&list.stdout).into_owned()
        });
        let lists: Vec<String> = lists.collect();
        let paths = lists.iter().flat_map(|list| list.lines());
        paths.map(|path| path.trim_start_matches("./").trim_end_matches('/').to_owned()).collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// The body of what is at a path. As HTTP/1.0, so that it comes in one piece and ends with the line.
fn get(host: &str, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).expect("the registry listens");
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {MANIFESTS}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the registry reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the registry answers");
    let end = answer.windows(4).position(|row| row == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(head.lines().next().is_some_and(|line| line.contains(" 200 ")), "{path}: {head}");
    answer.split_off(end + 4)
}

/// What a blob holds, by its first bytes: gzip, zstd, or as it is.
fn unpack(blob: &[u8]) -> Vec<u8> {
    let tool = match blob {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        _ => return blob.to_vec(),
    };
    let directory = TempDir::new().expect("a temporary directory");
    let file = directory.path().join("blob");
    fs::write(&file, blob).expect("a blob is written");
    let mut unpack = Command::new(tool);
    unpack.arg("-dc").stdin(File::open(&file).expect("the blob")).stderr(Stdio::inherit());
    let unpacked = unpack.output().expect("the blob is unpacked");
    assert!(unpacked.status.success(), "{tool} fails");
    unpacked.stdout
}

/// Random bytes that are searched for.
pub(crate) struct RandomBytes {
    bytes: Vec<u8>,
    /// Where each chunk starts, by its first bytes.
    chunks: BTreeMap<[u8; KEY], usize>,
    /// Whether a chunk starts with these three bytes, so that most places are passed by quickly.
    starts: Vec<bool>,
}

/// Any 64 bytes in a row hold a whole chunk of half the length: chunks are searched for.
const CHUNK: usize = 32;
const KEY: usize = 8;

impl RandomBytes {
    /// Takes what a step wrote.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        assert_eq!(bytes.len(), 1 << 20, "a step writes 1 MiB");
        let mut chunks = BTreeMap::new();
        let mut starts = vec![false; 1 << 24];
        for at in (0..bytes.len()).step_by(CHUNK) {
            let key: [u8; KEY] = bytes[at..at + KEY].try_into().expect("a key");
            starts[start(&key)] = true;
            chunks.insert(key, at);
        }
        RandomBytes { bytes, chunks, starts }
    }

    fn any_is_in(&self, blob: &[u8]) -> bool {
        blob.windows(CHUNK).any(|row| self.starts[start(row)] && self.is_chunk(row))
    }

    fn is_chunk(&self, row: &[u8]) -> bool {
        let key: [u8; KEY] = row[..KEY].try_into().expect("a key");
        self.chunks.get(&key).is_some_and(|at| self.bytes[*at..*at + CHUNK] == *row)
    }
}

fn start(row: &[u8]) -> usize {
    usize::from(row[0]) << 16 | usize::from(row[1]) << 8 | usize::from(row[2])
}

/// The search finds what is there, wherever it starts, and nothing else.
#[test]
fn any_64_bytes_are_found() {
    let mut state = 1u64;
    let mut random = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let bytes = RandomBytes::new((0..1 << 20).map(&mut random).collect());
    let other: Vec<u8> = (0..1 << 20).map(&mut random).collect();
    assert!(!bytes.any_is_in(&other));
    for at in [0, 1, 31, 32, 777_777, (1 << 20) - 64] {
        let mut blob = other.clone();
        blob[5..69].copy_from_slice(&bytes.bytes[at..at + 64]);
        assert!(bytes.any_is_in(&blob), "{at}");
    }
}
