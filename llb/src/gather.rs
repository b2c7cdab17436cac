//! Collecting into B-trees without sorting.

/// [`Iterator::collect`] for B-trees: one by one.
///
/// The standard library sorts what is collected into a B-tree, and brings along four kilobytes of a
/// sort for each type and place: in a program that is downloaded before every build, that was more
/// than all of the rest of some phases. The maps here are small.
pub trait Gather: Iterator + Sized {
    /// Puts all items into a collection. Of two with the same key, the later one is kept.
    fn gather<C: Default + Extend<Self::Item>>(self) -> C {
        let mut all = C::default();
        all.extend(self);
        all
    }
}

impl<I: Iterator> Gather for I {}
