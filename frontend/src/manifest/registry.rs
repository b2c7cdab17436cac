//! `[registry]`: what every build takes from registries, without a flag.

use super::model::Registry;
use super::reader::Value;
use super::values::image_reference;
use crate::reference::ImageReference;
use crate::source::Spanned;

pub(crate) fn read(value: Value<'_>) -> Option<Registry> {
    let mut table = value.table_called("[registry]")?;
    let registry = Registry { cache: table.list("cache", references) };
    table.finish();
    Some(registry)
}

fn references(value: Value<'_>) -> Option<Vec<Spanned<ImageReference>>> {
    if !value.is_array() {
        return value.wrong_type("an array of strings");
    }
    value.few().then(|| value.each(image_reference)).flatten()
}
