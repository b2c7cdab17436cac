//! Writes the index of the diagnostics' codes. `cargo xtask docs` calls it.

use std::path::PathBuf;
use std::{env, fs, io};

use strake_frontend::testing::diagnostics::codes;

fn main() -> io::Result<()> {
    let page = env::args_os().nth(1).map_or_else(|| "docs/codes/README.md".into(), PathBuf::from);
    fs::write(page, codes::index())
}
