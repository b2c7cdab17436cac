//! Leading a tool to a mount, where nothing is in the directory that it is led away from.

use std::path::Path;

use super::sys;
use crate::mounts::lead::Lead;

/// The variables that the command gets.
pub(super) fn variables(text: Option<String>) -> Vec<(String, String)> {
    let Some(lead) = text.and_then(|text| Lead::parse(&text)) else { return Vec::new() };
    let home = std::env::var_os("HOME").unwrap_or_default();
    let directory = Path::new(&home).join(&lead.directory);
    let has_none = matches!(rustix::fs::lstat(&directory), Err(rustix::io::Errno::NOENT));
    let is_empty = || sys::names_in(&directory).is_ok_and(|names| names.is_empty());
    if has_none || is_empty() { lead.env } else { Vec::new() }
}
