//! Options about where files come from: the main context and the named ones.

use std::collections::BTreeMap;

use base64::Engine;

use super::{ContextSpec, NamedContext, RemoteContext};
use crate::git_url::GitUrl;
use crate::reference::{ImageReference, check_path, is_digest, split_name};

/// The `context` option: `None` where it names a local directory.
pub(super) fn remote(given: &str) -> Result<Option<RemoteContext>, String> {
    match GitUrl::detect(given) {
        Some(Ok(url)) => {
            Ok(Some(RemoteContext::Git { url: Box::new(url), given: given.to_owned() }))
        }
        Some(Err(error)) => Err(error.to_string()),
        None if is_http(given) => Ok(Some(RemoteContext::Http(given.to_owned()))),
        None => Ok(None),
    }
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// A named context with what other options say of it.
pub(super) fn named(
    key: &str,
    given: &str,
    raw: &BTreeMap<String, String>,
) -> Result<NamedContext, String> {
    let spec = parse_spec(given)?;
    let input_config = match &spec {
        ContextSpec::Input(name) => match raw.get(&format!("input-metadata:{name}")) {
            Some(metadata) => image_config(metadata)?,
            None => None,
        },
        _ => None,
    };
    let shared_key = raw.get(&format!("sharedkey:localdir:{key}")).cloned().unwrap_or_default();
    Ok(NamedContext {
        key: key.to_owned(),
        spec,
        given: given.to_owned(),
        shared_key,
        input_config,
    })
}

/// What a context's value means. Also used where a source policy puts another source in the place
/// of an image.
pub(crate) fn parse_spec(given: &str) -> Result<ContextSpec, String> {
    if let Some(url) = GitUrl::detect(given).filter(|_| given.contains(':')) {
        return url.map(ContextSpec::Git).map_err(|error| error.to_string());
    }
    let Some((scheme, rest)) = given.split_once(':') else {
        return Err(format!("`{given}` has no scheme such as `docker-image://` or `local:`"));
    };
    let slashless = rest.strip_prefix("//").unwrap_or(rest);
    match scheme {
        "docker-image" if slashless == "scratch" => Ok(ContextSpec::Scratch),
        "docker-image" => match ImageReference::parse(slashless) {
            Ok(reference) => Ok(ContextSpec::Image(reference.or_latest())),
            Err(error) => Err(error.to_string()),
        },
        "oci-layout" => oci_layout(slashless),
        "local" => Ok(ContextSpec::Local(slashless.to_owned())),
        "input" => Ok(ContextSpec::Input(slashless.to_owned())),
        // Bake builds that target first and gives its result, but for a call.
        "target" => Ok(ContextSpec::Target(slashless.to_owned())),
        "http" | "https" => Ok(ContextSpec::Http(given.to_owned())),
        "git" | "ssh" => Err(format!("`{given}` is not a git URL")),
        _ => Err(format!("`{scheme}` is not a context scheme of BuildKit")),
    }
}

/// `STORE[:TAG]@DIGEST`. The store is a name in the client's session and not an image's, so nothing
/// is filled in.
fn oci_layout(text: &str) -> Result<ContextSpec, String> {
    let (store, _, digest) = split_name(text);
    let digest = digest.ok_or_else(|| format!("`{text}` has no digest"))?;
    if !is_digest(digest) {
        return Err(format!("`{digest}` is not a digest"));
    }
    let path = store.split_once('/').filter(|(first, _)| first.contains(['.', ':']));
    check_path(path.map_or(store, |(_, path)| path)).map_err(|error| error.to_string())?;
    Ok(ContextSpec::OciLayout { store: store.to_owned(), digest: digest.to_owned() })
}

/// The image config in `input-metadata:NAME`, a JSON object of base64 texts.
fn image_config(metadata: &str) -> Result<Option<Vec<u8>>, String> {
    let entries: BTreeMap<String, String> = serde_json::from_str(metadata)
        .map_err(|error| format!("its metadata is not a JSON object of strings: {error}"))?;
    let Some(config) = entries.get("containerimage.config") else {
        return Ok(None);
    };
    base64::engine::general_purpose::STANDARD
        .decode(config)
        .map(Some)
        .map_err(|error| format!("the image config in its metadata is not base64: {error}"))
}
