//! Just enough HTTP to ask a registry on loopback whether an image is there and how large it is.
//! Version 1.0 on purpose: the answer ends where the connection does, so that there are no chunks.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A registry on this machine answers at once or is not there.
const PATIENCE: Duration = Duration::from_secs(5);
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// Whether a registry answers on this port of the loopback address.
pub(crate) fn is_registry(port: u16) -> bool {
    get(port, "/v2/").is_some()
}

/// The manifest of `name` at `tag`, when the registry has it.
pub(crate) fn manifest(port: u16, name: &str, tag: &str) -> Option<Value> {
    serde_json::from_slice(&get(port, &format!("/v2/{name}/manifests/{tag}"))?).ok()
}

/// What has to be downloaded for an image: its compressed layers and its config.
pub(crate) fn download_size(manifest: &Value) -> u64 {
    let layers = manifest["layers"].as_array().map_or(&[][..], Vec::as_slice);
    layers.iter().chain([&manifest["config"]]).filter_map(|part| part["size"].as_u64()).sum()
}

fn get(port: u16, path: &str) -> Option<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept: {MANIFESTS}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    body(&answer).map(<[u8]>::to_vec)
}

/// The body of a successful answer.
fn body(answer: &[u8]) -> Option<&[u8]> {
    let status = answer.split(|&byte| byte == b' ').nth(1)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    (status == b"200").then_some(&answer[end + 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_has_a_body() {
        assert_eq!(body(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\n{}"), Some(&b"{}"[..]));
        assert_eq!(body(b"HTTP/1.0 404 Not Found\r\n\r\n{}"), None);
        assert_eq!(body(b"something else"), None);
    }

    #[test]
    fn layers_and_config_count() {
        let manifest = serde_json::json!({ "config": { "size": 5 }, "layers": [{ "size": 7 }, { "size": 8 }] });
        assert_eq!(download_size(&manifest), 20);
    }
}
