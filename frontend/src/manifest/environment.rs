//! `env` tables, wherever they stand.

use super::model::EnvVar;
use super::reader::Value;
use super::values::environment_name;
use crate::source::Spanned;

/// Variables in the order of the file.
pub(crate) fn read(value: Value<'_>) -> Option<Vec<EnvVar>> {
    let entries = value.table()?.entries();
    let variables = entries.into_iter().filter_map(|(name, value)| {
        let named = environment_name(value.reader, name.value, name.span);
        let variable = EnvVar {
            name: Spanned::new(name.value.to_owned(), name.span),
            value: value.template()?,
        };
        named.then_some(variable)
    });
    Some(variables.collect())
}
