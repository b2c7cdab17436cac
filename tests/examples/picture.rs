//! Draws the picture of the Airflow example in a page that has marks for it. `cargo xtask docs` calls it.

use std::path::Path;
use std::{env, fs, io};

use strake_tests::picture;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = env::args_os().nth(1).map_or_else(|| root.join("README.md"), Into::into);
    let page = picture::page(&fs::read_to_string(&file)?, &root.join("examples/airflow"));
    fs::write(file, page.map_err(|failure| io::Error::other(failure.to_string()))?)
}
