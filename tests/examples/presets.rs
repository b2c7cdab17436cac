//! Writes the table of the presets into a page that has marks for it. `cargo xtask docs` calls it.

use std::path::PathBuf;
use std::{env, fs, io};

use strake_frontend::testing::presets;

fn main() -> io::Result<()> {
    let file = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "docs/presets.md".into()));
    let page = presets::page(&fs::read_to_string(&file)?);
    fs::write(file, page.ok_or_else(|| io::Error::other("the page has no marks for the table"))?)
}
