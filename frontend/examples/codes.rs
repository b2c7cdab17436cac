//! Writes the pages of the diagnostics' codes into a folder and removes those of codes that are no
//! more. `cargo xtask docs` calls it.

use std::path::PathBuf;
use std::{env, fs, io};

use strake_frontend::diagnostics::codes;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "docs/codes".into()));
    fs::create_dir_all(&folder)?;
    let pages = codes::pages();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if !pages.contains_key(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, page) in pages {
        fs::write(folder.join(name), page)?;
    }
    Ok(())
}
