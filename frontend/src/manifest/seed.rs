//! `[seed]`: what empty cache mounts are filled from.

use super::model::Seed;
use super::reader::Value;
use super::values::{repository, tagged};

pub(crate) fn read(value: Value<'_>) -> Option<Seed> {
    let mut table = value.table_called("[seed]")?;
    let repository = table.required("image", repository);
    let images = table.optional("tags", |tags| {
        if !tags.is_array() {
            return tags.wrong_type("an array of strings");
        }
        if !tags.few() {
            return None;
        }
        let repository = repository.as_ref()?;
        tags.each(|tag| tagged(tag, repository))
    });
    table.finish();
    let latest =
        || Some(vec![crate::source::Spanned::new(repository.clone()?.or_latest(), value.span)]);
    let images = images.filter(|images| !images.is_empty()).or_else(latest)?;
    Some(Seed { images })
}
