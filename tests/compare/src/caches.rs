//! Files that belong in the cache of a package manager. In the image of the built-in frontend they are there, and not
//! in that of strake, which is what a mount is for.

use std::collections::BTreeSet;

use crate::difference::Difference;

/// Where package managers have their caches.
#[derive(Debug, Clone, Default)]
pub struct Caches {
    places: Vec<String>,
}

impl Caches {
    /// Places are absolute, or below any home directory: `~/.cache/pip`.
    pub fn new(places: impl IntoIterator<Item = String>) -> Self {
        Caches { places: places.into_iter().collect() }
    }

    /// Leaves the differences that are no missing file of a cache, and adds the places of the others.
    pub(crate) fn leave(&self, differences: &mut Vec<Difference>, found: &mut BTreeSet<String>) {
        differences.retain(|difference| {
            let place = difference.missing_file().and_then(|path| self.place_of(path));
            let is_other = place.is_none();
            found.extend(place.map(str::to_owned));
            is_other
        });
    }

    /// The place that a path without a slash before it is in, or that a hidden directory is there
    /// for.
    fn place_of(&self, path: &str) -> Option<&str> {
        let path = format!("/{path}/");
        let has = |place: &&String| match place.strip_prefix('~') {
            Some(rest) => path.contains(&format!("{rest}/")) || is_hidden_above(&path, rest),
            None => path.starts_with(&format!("{place}/")),
        };
        self.places.iter().find(has).map(String::as_str)
    }
}

/// Whether a path ends with a hidden directory that a place is in.
fn is_hidden_above(path: &str, place: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    name.starts_with('.') && place.starts_with(&format!("/{name}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_a_cache_is_told_apart() {
        let caches = Caches::new(["~/.cache/pip", "~/.npm", "/var/cache/dnf"].map(str::to_owned));
        let missing = |path: &str| Difference::missing(path);
        let other = Difference::new("file `root/.npm/x`", "mode 644 and 755");
        let mut differences = vec![
            missing("root/.cache"),
            missing("home/app/.cache/pip/http"),
            missing("app/.npm"),
            missing("var/cache/dnf/x"),
            missing("root/.cache/pipx"),
            missing("root/.local"),
            missing("var/cache"),
            other.clone(),
        ];
        let mut found = BTreeSet::new();
        caches.leave(&mut differences, &mut found);
        let left = ["root/.cache/pipx", "root/.local", "var/cache"].map(missing);
        assert_eq!(differences, [left.to_vec(), vec![other]].concat());
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["/var/cache/dnf", "~/.cache/pip", "~/.npm"]);
    }
}
