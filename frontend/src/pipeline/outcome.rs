//! The result of a build: references and image configs of all platforms, under the keys that
//! BuildKit's exporters read (`exporter/containerimage/exptypes`).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::gateway::{Failure, Reference, References, SolveResult};
use crate::image::Image;
use crate::lower::Lowered;
use crate::options::Options;
use crate::platform::Platform;

const CONFIG: &str = "containerimage.config";
const BASE_CONFIG: &str = "containerimage.base.config";
pub(super) const PLATFORMS: &str = "refs.platforms";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Platforms {
    pub(super) platforms: Vec<ExportPlatform>,
}

#[derive(Serialize)]
pub(super) struct ExportPlatform {
    #[serde(rename = "ID")]
    pub(super) id: String,
    #[serde(rename = "Platform")]
    pub(super) platform: Platform,
}

/// Puts the result of a build together.
pub(super) fn result(
    options: &Options,
    lowered: Vec<Lowered>,
    solved: Vec<SolveResult>,
) -> Result<SolveResult, Failure> {
    let mut metadata = BTreeMap::new();
    let mut references = BTreeMap::new();
    let mut platforms = Platforms { platforms: Vec::new() };
    let mut single = None;
    for (lowered, solved) in lowered.into_iter().zip(solved) {
        let id = lowered.platform.id();
        let suffix = suffix(options, &id);
        let reference = reference(solved);
        add_metadata(&mut metadata, &lowered, &suffix, options)?;
        single.clone_from(&reference);
        references.insert(id.clone(), reference.unwrap_or_default());
        platforms.platforms.push(ExportPlatform { id, platform: lowered.platform });
    }
    metadata.insert(PLATFORMS.to_owned(), json(&platforms)?);
    let references = match options.multi_platform {
        true => References::ByPlatform(references),
        false => References::Single(single),
    };
    Ok(SolveResult { references, metadata, attestations: BTreeMap::new() })
}

fn add_metadata(
    metadata: &mut BTreeMap<String, Vec<u8>>,
    lowered: &Lowered,
    suffix: &str,
    options: &Options,
) -> Result<(), Failure> {
    metadata.insert(format!("{CONFIG}{suffix}"), json(&image(lowered, options))?);
    if let Some(base) = &lowered.base_image {
        metadata.insert(format!("{BASE_CONFIG}{suffix}"), json(base)?);
    }
    for (key, value) in &lowered.annotations {
        let kind = match options.multi_platform {
            true => format!("annotation-manifest[{}].{key}", lowered.platform.id()),
            false => format!("annotation-manifest.{key}"),
        };
        metadata.insert(kind, value.clone().into_bytes());
    }
    Ok(())
}

/// The config of an image, with the labels of the command line.
pub(super) fn image(lowered: &Lowered, options: &Options) -> Image {
    let mut image = lowered.image.clone();
    if !options.labels.is_empty() {
        image.config.labels.get_or_insert_default().extend(options.labels.clone());
    }
    image
}

fn suffix(options: &Options, platform: &str) -> String {
    if options.multi_platform { format!("/{platform}") } else { String::new() }
}

/// Where the image config of a platform is.
pub(super) fn config_key(options: &Options, platform: &str) -> String {
    format!("{CONFIG}{}", suffix(options, platform))
}

fn reference(solved: SolveResult) -> Option<Reference> {
    match solved.references {
        References::Single(reference) => reference,
        References::ByPlatform(references) => references.into_values().next(),
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(value).map_err(|error| Failure::new(error.to_string()))
}
