//! apt, of Debian and Ubuntu.
//!
//! apt reads the file that `APT_CONFIG` names before its other configuration (apt.conf(5)), so the
//! lists and archives move to the mount without a change to the image. The `docker-clean` hook of the
//! official images removes archives by the path that they usually have, and so leaves these alone.
//! What says which packages are
//! installed, and which of them by themselves, belongs to the image and stays there. apt
//! makes its `partial` folders only below `Dir::State` and `Dir::Cache`: both are the mount.

use super::{Preset, Scope};
use crate::manifest::model::{Boundary, Sharing};

pub(super) static APT: Preset = Preset {
    name: "apt",
    target: "/var/cache/strake/apt",
    // apt takes locks in both folders and fails where another holds them.
    sharing: Sharing::Locked,
    scope: Scope::Base,
    boundary: Boundary::Registry,
    env: &[("APT_CONFIG", CONFIG_PATH)],
    file: Some((CONFIG_PATH, CONFIG)),
};

const CONFIG_PATH: &str = "/dev/strake/apt.conf";

const CONFIG: &str = r#"Dir::Cache "/var/cache/strake/apt";
Dir::Cache::archives "archives/";
Dir::State "/var/cache/strake/apt";
Dir::State::lists "lists/";
Dir::State::status "/var/lib/dpkg/status";
Dir::State::extended_states "/var/lib/apt/extended_states";
APT::Keep-Downloaded-Packages "true";
Binary::apt::APT::Keep-Downloaded-Packages "true";
"#;
