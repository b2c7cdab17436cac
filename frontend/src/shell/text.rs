//! Text that was taken out of a script, with the place of every character: quotes and backslashes
//! are gone, and what is left may be a script of its own (`sh -c '...'`, backquotes, here documents)
//! whose commands are still at their places in the first one.

use crate::source::Span;

/// Text and where it comes from. Places are byte offsets in the outermost script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    value: String,
    /// Where a run of characters that follow each other begins: in `value`, and in the script.
    runs: Vec<(usize, usize)>,
}

impl Text {
    /// All of a script.
    pub(crate) fn whole(script: &str) -> Self {
        Text::at(script, 0)
    }

    /// Text as it stands from a place on.
    pub(crate) fn at(text: &str, place: usize) -> Self {
        Text { value: text.to_owned(), runs: vec![(0, place)] }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.value
    }

    /// Puts a character behind the others.
    pub(crate) fn push(&mut self, character: char, place: usize) {
        let follows = self.runs.last().is_some_and(|(value, from)| {
            self.value.len().checked_sub(*value).map(|length| from + length) == Some(place)
        });
        if !follows {
            self.runs.push((self.value.len(), place));
        }
        self.value.push(character);
    }

    /// Puts a text behind this one.
    pub(crate) fn append(&mut self, other: &Text) {
        let length = self.value.len();
        self.runs.extend(other.runs.iter().map(|(value, from)| (value + length, *from)));
        self.value.push_str(&other.value);
    }

    /// The place of a byte.
    pub(crate) fn place(&self, at: usize) -> usize {
        let after = self.runs.partition_point(|(value, _)| *value <= at);
        match after.checked_sub(1).and_then(|index| self.runs.get(index)) {
            Some((value, from)) => from + (at - value),
            None => 0,
        }
    }

    /// The place of some bytes: from the first one's to behind the last one's.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let from = self.place(start);
        let to = if end > start { self.place(end - 1) + 1 } else { from };
        Span { start: from, end: to.max(from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_keep_their_places() {
        let mut text = Text::default();
        for (character, place) in [('a', 5), ('ä', 6), ('b', 8), ('c', 20)] {
            text.push(character, place);
        }
        assert_eq!(text.as_str(), "aäbc");
        assert_eq!(text.runs.len(), 2);
        assert_eq!(text.span(0, 4), Span { start: 5, end: 9 });
        assert_eq!(text.span(4, 5), Span { start: 20, end: 21 });
        assert_eq!(text.span(5, 5), Span { start: 21, end: 21 });
    }

    #[test]
    fn texts_are_put_together() {
        let mut text = Text::at("ab", 3);
        text.append(&Text::at("cd", 9));
        assert_eq!(text.as_str(), "abcd");
        assert_eq!(text.span(1, 3), Span { start: 4, end: 10 });
        assert_eq!(Text::default().span(0, 0), Span::default());
    }
}
