//! What a seed says of itself: a label of its image. So the build knows what there is to be had
//! before anything of the image is fetched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::image::Image;

/// The label of the image that holds [`Contents`] as JSON.
const LABEL: &str = "strake.seed";

/// The form of seeds that this strake reads and writes.
const VERSION: u32 = 1;

/// What is in a seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    version: u32,
    /// Mounts by [key](crate::mounts::find::Identity::key): each a directory of that name.
    pub mounts: BTreeMap<String, Content>,
}

/// What is in a seed for one mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The id of the mount, without a namespace.
    pub id: String,
    /// Files, directories and links.
    pub entries: u64,
    /// Bytes of its files.
    pub bytes: u64,
}

impl Default for Contents {
    fn default() -> Self {
        Contents::new(BTreeMap::new())
    }
}

impl Contents {
    pub fn new(mounts: BTreeMap<String, Content>) -> Self {
        Contents { version: VERSION, mounts }
    }

    /// What an image says that is in it.
    ///
    /// # Errors
    /// Why the image is no seed.
    pub fn of(image: &Image) -> Result<Self, String> {
        let labels = image.config.labels.as_ref();
        let label = labels.and_then(|labels| labels.get(LABEL));
        let label = label.ok_or_else(|| "it was not made by strake".to_owned())?;
        match serde_json::from_str::<Contents>(label) {
            Ok(contents) if contents.version == VERSION => Ok(contents),
            Ok(contents) => {
                Err(format!("it has format {}, of another strake version", contents.version))
            }
            Err(_) => Err("its label can't be read".to_owned()),
        }
    }

    /// Says in an image what is in it.
    pub fn put(&self, image: &mut Image) {
        // Texts and numbers: this can't fail.
        let label = serde_json::to_string(self).unwrap_or_default();
        image.config.labels.get_or_insert_default().insert(LABEL.to_owned(), label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(label: &str) -> Image {
        let mut image = Image::default();
        let labels = image.config.labels.get_or_insert_default();
        labels.insert(LABEL.to_owned(), label.to_owned());
        image
    }

    #[test]
    fn what_is_said_is_read() {
        let content = Content { id: "strake/uv/linux-amd64".into(), entries: 3, bytes: 1 << 40 };
        let mut contents = Contents::default();
        contents.mounts.insert("00ff".into(), content);
        let mut image = Image::default();
        contents.put(&mut image);
        let image = Image::parse(&image.to_json().unwrap()).unwrap();
        assert_eq!(Contents::of(&image), Ok(contents));
    }

    #[test]
    fn anything_else_is_no_seed() {
        let why = |image: &Image| Contents::of(image).unwrap_err();
        assert_eq!(why(&Image::default()), "it was not made by strake");
        let later = r#"{"version":2,"mounts":{}}"#;
        assert_eq!(why(&labelled(later)), "it has format 2, of another strake version");
        for broken in ["", "{}", "[1]", r#"{"version":1,"mounts":{"a":{"id":"b"}}}"#] {
            assert_eq!(why(&labelled(broken)), "its label can't be read");
        }
    }
}
