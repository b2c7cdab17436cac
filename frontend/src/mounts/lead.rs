//! A variable that leads a tool to a mount only where the image has nothing in the directory that
//! it leads away from:
//! what is in a base image nobody sees before the step runs.

/// The variable that has a [`Lead`].
pub(crate) const VARIABLE: &str = "STRAKE_LEAD";

/// What strake's program is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lead {
    /// The directory, below the home directory.
    pub directory: String,
    /// The variables, and their values.
    pub env: Vec<(String, String)>,
}

impl Lead {
    /// A line for the directory, and one for each variable. `None` where that can't be told from
    /// more lines.
    pub(crate) fn to_text(&self) -> Option<String> {
        let mut text = self.directory.clone();
        for (name, value) in &self.env {
            text = format!("{text}\n{name}={value}");
        }
        (text.lines().count() == self.env.len() + 1).then_some(text)
    }

    /// The opposite of [`Lead::to_text`].
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let directory = lines.next()?.to_owned();
        let pair = |line: &str| line.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()));
        Some(Lead { directory, env: lines.map(pair).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let pair = |value: &str| vec![("A".to_owned(), value.to_owned())];
        let lead = Lead { directory: ".m2/repository".into(), env: pair("-Da=b -Dc") };
        assert_eq!(lead.to_text().as_deref().and_then(Lead::parse), Some(lead.clone()));
        assert_eq!(Lead { env: pair("a\nb"), ..lead }.to_text(), None);
    }
}
