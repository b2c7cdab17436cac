//! Decides where the main context and the file to build from are. What a web server has at a URL is
//! looked at, since an archive and a file are used in different ways.

use strake_llb::{Definition, Graph};
use strake_proto::caps::{gateway as gateway_cap, llb as llb_cap};

use super::source::GitRepository;
use super::{ContextError, HTTP_FILE, MAIN_CONTEXT, vertices};
use crate::gateway::{Gateway, SolveRequest};
use crate::git_url::GitUrl;
use crate::options::{Options, RemoteContext};

/// As much of a download as tells what it is.
const MAGIC_LENGTH: u64 = 1024;

/// Where the main context and the file are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub(super) main: Place,
    /// The file to build from, where it is not beside the main context in a directory of the
    /// client's.
    pub(super) file: FilePlace,
}

/// Where the main context is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Local,
    Git(Box<GitRepository>),
    Http { url: String, archive: bool },
    Input(Definition),
}

/// Where the file to build from is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FilePlace {
    /// In the client's directory for it.
    Local,
    /// In the main context, before a subdirectory is taken.
    Main,
    /// In what the client gave as an input.
    Input(Definition),
}

pub(super) async fn locate<G: Gateway>(
    gateway: &G,
    options: &Options,
) -> Result<Located, ContextError> {
    let main = match &options.remote_context {
        Some(RemoteContext::Git { url, given }) => {
            let url = with_options(
                url,
                options,
                gateway.capabilities().llb.contains(llb_cap::SOURCE_GIT_MTIME),
            );
            let progress = format!("[internal] load git source {given}");
            Place::Git(Box::new(GitRepository { url, progress }))
        }
        Some(RemoteContext::Http(url)) => {
            Place::Http { url: url.clone(), archive: is_archive_at(gateway, url).await? }
        }
        None if gateway.capabilities().frontend.contains(gateway_cap::FRONTEND_INPUTS) => {
            return from_inputs(gateway, options).await;
        }
        None => Place::Local,
    };
    let local_file = options.force_local_dockerfile || main == Place::Local;
    let file = if local_file { FilePlace::Local } else { FilePlace::Main };
    Ok(Located { main, file })
}

/// What build arguments say about a repository that is the main context.
fn with_options(url: &GitUrl, options: &Options, has_mtime: bool) -> GitUrl {
    let mut url = url.clone();
    if options.keep_git_dir == Some(true) {
        url.keep_git_dir = Some(true);
    }
    if options.build_args.get("SOURCE_DATE_EPOCH").is_some_and(|epoch| !epoch.is_empty())
        && has_mtime
    {
        url.mtime.get_or_insert_with(|| "commit".to_owned());
    }
    url
}

async fn from_inputs<G: Gateway>(gateway: &G, options: &Options) -> Result<Located, ContextError> {
    let mut inputs = gateway.inputs().await?;
    let main = inputs.get(MAIN_CONTEXT).cloned().map_or(Place::Local, Place::Input);
    let file = match inputs.remove(&options.dockerfile_name) {
        Some(definition) if !options.force_local_dockerfile => FilePlace::Input(definition),
        _ => FilePlace::Local,
    };
    Ok(Located { main, file })
}

async fn is_archive_at<G: Gateway>(gateway: &G, url: &str) -> Result<bool, ContextError> {
    let mut graph = Graph::new();
    let file = vertices::http_context(&mut graph, url, false);
    let definition = vertices::marshal(&graph, Some(file), &gateway.capabilities().llb)?;
    let reference = gateway.solve(SolveRequest::of(definition)).await?.single_reference();
    let head = gateway.read_file(&reference, HTTP_FILE, Some((0, MAGIC_LENGTH))).await?;
    Ok(is_archive(&head))
}

/// Whether a file begins as an archive that BuildKit can unpack.
fn is_archive(head: &[u8]) -> bool {
    let compressed: [&[u8]; 3] =
        [b"BZh", &[0x1f, 0x8b, 0x08], &[0xfd, b'7', b'z', b'X', b'Z', 0x00]];
    compressed.iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

/// A tar header is a block of 512 bytes with a checksum over it, itself taken for spaces.
fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else {
        return false;
    };
    let written = String::from_utf8_lossy(&header[148..156]);
    let written = written.trim_matches([' ', '\0']);
    let Ok(written) = u32::from_str_radix(written, 8) else {
        return false;
    };
    let spaces = 8 * u32::from(b' ');
    let sum: u32 =
        header[..148].iter().chain(&header[156..]).map(|byte| u32::from(*byte)).sum::<u32>();
    sum != 0 && sum + spaces == written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_header() -> Vec<u8> {
        let mut header = vec![0; 512];
        header[..5].copy_from_slice(b"a.txt");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum::<u32>() + 256;
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    #[test]
    fn archives_are_told_by_their_first_bytes() {
        assert!(is_archive(b"BZh91AY"));
        assert!(is_archive(&[0x1f, 0x8b, 0x08, 0x00]));
        assert!(is_archive(&[0xfd, b'7', b'z', b'X', b'Z', 0x00]));
        assert!(is_archive(&tar_header()));
        assert!(!is_archive(b""));
        assert!(!is_archive(b"FROM alpine\n"));
        assert!(!is_archive(&[0; 1024]));
        let mut broken = tar_header();
        broken[0] = b'b';
        assert!(!is_archive(&broken));
    }
}
