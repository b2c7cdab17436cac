//! All images, unpacked by the engine once before anything else uses them. Where several builds are the
//! first to use an image on an empty engine at the same time, BuildKit does not find again what they
//! ran on it for as long as any of them overlap: steps run again that nothing changed (seen with
//! plain Dockerfiles, BuildKit 0.25).

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::cmd;
use crate::engine::{Engine, Instance};

/// Has the engine run one step that sees each of these images: a new one each time, so that it has used them of late.
pub(crate) fn unpack(instance: &Instance, engine: &Engine, images: [&str; 3]) -> Result<()> {
    let [base, busybox, syntax] = images;
    let directory = instance.path("images/unpack");
    fs::create_dir_all(&directory)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let dockerfile = format!(
        "FROM {base}\n\
         RUN --mount=type=bind,from={busybox},target=/busybox \\\n    \
             --mount=type=bind,from={syntax},target=/syntax true {}\n",
        now.as_nanos()
    );
    fs::write(directory.join("Dockerfile"), dockerfile)?;
    cmd::output(engine.client.build().arg("--output=type=cacheonly").arg(&directory))
        .context("the engine cannot use the images")?;
    Ok(())
}
