//! What the agent tells the one who ran it: a small file of lines, `key value`.

use super::failure::{Code, Failure};
use crate::mounts::words;

/// The first line of every answer.
const MAGIC: &str = "strake answer 1";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What came of it.
    pub outcome: Outcome,
    /// How much it was.
    pub counts: Counts,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A probe or a prime: there is nothing in the mount.
    Empty,
    /// A probe or a prime: there is something in the mount, and it was left as it is.
    Warm,
    /// A probe or a prime: somebody else fills the mount just now.
    Busy,
    /// A prime: the mount has what the seed has.
    Primed,
    /// An export: the differences are there.
    Exported,
    /// An export: there are no differences, and nothing was written.
    Unchanged,
    /// An export: the mount is empty and the seed is not, and nothing was written.
    Refused,
    /// A digest: those of all directories, in hex, in the order of their names.
    Digested(Vec<String>),
    /// It failed. A mount that was to be filled is as empty as it was; what was exported must not be
    /// used.
    Failed(Failure),
}

/// How much it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Entries of the mount, its root left out.
    pub entries: u64,
    /// Bytes of its files, each counted once, without holes.
    pub bytes: u64,
    /// Entries written by an export.
    pub written: u64,
    /// Bytes of files written by an export.
    pub written_bytes: u64,
    /// Entries removed by an export; a directory with what was in it is one.
    pub removed: u64,
    /// Files that a size cap left out.
    pub over_cap: u64,
    /// Entries that a layer can't carry: devices, and names that begin as a deletion does.
    pub skipped: u64,
    /// Entries that changed or disappeared while they were read, and were left out.
    pub moving: u64,
    /// Entries whose owner could not be restored.
    pub owners_lost: u64,
    /// How long it took.
    pub milliseconds: u64,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Answer { outcome, counts: Counts::default() }
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Outcome::Empty => "empty",
            Outcome::Warm => "warm",
            Outcome::Busy => "busy",
            Outcome::Primed => "primed",
            Outcome::Exported => "exported",
            Outcome::Unchanged => "unchanged",
            Outcome::Refused => "refused",
            Outcome::Digested(_) => "digested",
            Outcome::Failed(_) => "failed",
        }
    }

    const PLAIN: [Outcome; 7] = [
        Outcome::Empty,
        Outcome::Warm,
        Outcome::Busy,
        Outcome::Primed,
        Outcome::Exported,
        Outcome::Unchanged,
        Outcome::Refused,
    ];
}

impl Counts {
    fn fields(&mut self) -> [(&'static str, &mut u64); 10] {
        [
            ("entries", &mut self.entries),
            ("bytes", &mut self.bytes),
            ("written", &mut self.written),
            ("written-bytes", &mut self.written_bytes),
            ("removed", &mut self.removed),
            ("over-cap", &mut self.over_cap),
            ("skipped", &mut self.skipped),
            ("moving", &mut self.moving),
            ("owners-lost", &mut self.owners_lost),
            ("milliseconds", &mut self.milliseconds),
        ]
    }
}

impl Answer {
    /// The answer as text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{MAGIC}\noutcome {}\n", self.outcome.word());
        if let Outcome::Failed(failure) = &self.outcome {
            text += &format!("code {}\nreason {}\n", failure.code.word(), failure.reason);
        }
        if let Outcome::Digested(digests) = &self.outcome {
            digests.iter().for_each(|digest| text += &format!("digest {digest}\n"));
        }
        let mut counts = self.counts;
        for (name, count) in counts.fields() {
            text += &format!("{name} {count}\n");
        }
        text
    }

    /// The answer as a line for people.
    pub fn line(&self) -> String {
        let Counts { entries, bytes, written, written_bytes, removed, .. } = self.counts;
        let size = |entries, bytes| {
            format!("{} files and directories of {}", words::number(entries), words::bytes(bytes))
        };
        match &self.outcome {
            Outcome::Empty => "the mount is empty".to_owned(),
            Outcome::Warm => "the mount is warm, and left as it is".to_owned(),
            Outcome::Busy => "the mount is being filled by another build".to_owned(),
            Outcome::Primed => format!("filled with {}", size(entries, bytes)),
            Outcome::Exported => format!(
                "written: {}, removed: {}, of {}",
                size(written, written_bytes),
                words::number(removed),
                size(entries, bytes)
            ),
            Outcome::Unchanged => format!("unchanged: {}", size(entries, bytes)),
            Outcome::Refused => "the mount is empty, but its published copy is not".to_owned(),
            Outcome::Digested(_) => format!("read {}", size(entries, bytes)),
            Outcome::Failed(failure) => failure.reason.clone(),
        }
    }

    /// Reads an answer; `None` if the text is none. Lines with unknown keys are passed over.
    pub fn parse(text: &str) -> Option<Answer> {
        let text = text.strip_prefix(MAGIC)?.strip_prefix('\n')?.strip_suffix('\n')?;
        let (mut word, mut code, mut reason) = (None, None, None);
        let mut digests = Vec::new();
        let mut counts = Counts::default();
        for line in text.split('\n') {
            let (key, value) = line.split_once(' ')?;
            match key {
                "outcome" => word = Some(value),
                "code" => code = Code::ALL.into_iter().find(|code| code.word() == value),
                "reason" => reason = Some(value.to_owned()),
                "digest" => digests.push(value.to_owned()),
                key => {
                    let field = counts.fields().into_iter().find(|(name, _)| *name == key);
                    if let Some((_, count)) = field {
                        *count = value.parse().ok()?;
                    }
                }
            }
        }
        let outcome = match word? {
            "failed" => Outcome::Failed(Failure { code: code?, reason: reason? }),
            "digested" => Outcome::Digested(digests),
            word => Outcome::PLAIN.into_iter().find(|outcome| outcome.word() == word)?,
        };
        Some(Answer { outcome, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back() {
        let mut counts = Counts::default();
        for (number, (_, count)) in counts.fields().into_iter().enumerate() {
            *count = number as u64 * 1_000_000_007;
        }
        let failures = Code::ALL.map(|code| {
            Outcome::Failed(Failure { code, reason: "could not read a b: no".to_owned() })
        });
        let digested = [vec![], vec!["ab".into()], vec!["cd".into(), "ab".into()]];
        let others = failures.into_iter().chain(digested.map(Outcome::Digested));
        for outcome in Outcome::PLAIN.into_iter().chain(others) {
            let answer = Answer { outcome, counts };
            assert_eq!(Answer::parse(&answer.to_text()), Some(answer));
        }
    }

    #[test]
    fn anything_else_is_no_answer() {
        let text = Answer::from(Outcome::Warm).to_text();
        assert!(Answer::parse(&format!("{text}later 1\n")).is_some());
        for broken in [
            "",
            "strake answer 1\n",
            "strake answer 1\noutcome cold\n",
            "strake answer 1\noutcome failed\nreason x\n",
            "strake answer 1\noutcome warm\nbytes x\n",
            text.trim_end(),
            &text.replace('1', "2"),
        ] {
            assert_eq!(Answer::parse(broken), None, "{broken}");
        }
    }
}
