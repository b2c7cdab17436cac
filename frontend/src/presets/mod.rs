//! What strake knows of each package manager's cache. The facts are data, `presets/NAME.toml`, each
//! with its source; `build.rs` writes them as the list [`PRESETS`].

mod page;
mod terms;

use strake_llb::CacheSharing;

pub use page::page;
pub(crate) use terms::OWN_IDS;

type Text = &'static str;
type Maybe<T> = Option<T>;
type OrEmpty<T> = T;
type List<T> = &'static [T];
type Table = &'static [(&'static str, &'static str)];

macro_rules! schema {
    ($($item:item)*) => { $($item)* };
}

include!("schema.rs");

/// The kind of file that the steps with the mounts are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// A manifest's: its author knows of them.
    Manifest,
    /// A Dockerfile's, which must not be able to tell. A script that knows nothing of mounts removes what
    /// is in `/var/cache` or `/tmp`, and nothing in `/dev`; and that is in memory, so no stub of a mount
    /// stays.
    Dockerfile,
}

impl Preset {
    /// Where the mount is.
    pub fn target(&self, places: Places) -> String {
        match (self.target, self.default_target, places) {
            (_, _, Places::Dockerfile) if self.lend.is_some() => {
                format!("/dev/strake/cache/{}", self.name)
            }
            (Some(target), _, _) | (None, Some(target), Places::Dockerfile) => target.to_owned(),
            (None, _, Places::Manifest) => format!("/var/cache/strake/{}", self.name),
            (None, None, Places::Dockerfile) => format!("/dev/strake/cache/{}", self.name),
        }
    }

    /// The sharing mode that is safe. Archives that are lent are put in their places whole.
    pub fn sharing(&self, places: Places) -> CacheSharing {
        match places {
            Places::Dockerfile if self.lend.is_some() => CacheSharing::Shared,
            _ => self.sharing,
        }
    }

    /// The directories of the target that are mounts; none where all of it is one.
    pub fn directories(&self, places: Places) -> &'static [&'static str] {
        match places {
            Places::Dockerfile if self.lend.is_some() => &[],
            _ => self.directories,
        }
    }

    /// What is set in the environment of a step that uses the cache.
    pub fn env(&self, places: Places) -> impl Iterator<Item = (&'static str, &'static str)> {
        let of_manifests: &[_] = match places {
            Places::Manifest => self.manifest_env,
            Places::Dockerfile => &[],
        };
        self.env.iter().chain(of_manifests).copied()
    }

    /// The configuration file: its path and its content.
    pub fn file(&self, places: Places) -> Option<(&'static str, &'static str)> {
        self.file.as_ref().map(|file| match places {
            Places::Manifest => (file.path, file.content),
            Places::Dockerfile => (file.path, file.dockerfile.unwrap_or(file.content)),
        })
    }
}

include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// The preset of a name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
