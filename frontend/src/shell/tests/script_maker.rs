//! Scripts that are made up, of what all shells know.

use super::random::Random;

/// Deep enough for everything to be in everything.
const DEEPEST: usize = 2;

pub(super) struct Maker<'a> {
    random: &'a mut Random,
    /// Whether the script is run: it must end, and change nothing.
    runs: bool,
    count: usize,
}

impl<'a> Maker<'a> {
    pub(super) fn new(random: &'a mut Random) -> Self {
        Maker { random, runs: false, count: 0 }
    }

    pub(super) fn to_run(random: &'a mut Random) -> Self {
        Maker { random, runs: true, count: 0 }
    }

    pub(super) fn script(&mut self) -> String {
        let start = self.random.pick(&["", "", "set -e\n", "set -eu ; "]);
        format!("{start}{}", self.list(0))
    }

    fn list(&mut self, depth: usize) -> String {
        let mut list = String::new();
        let length = 1 + self.random.below(2 + usize::from(depth == 0));
        for index in 0..length {
            list.push_str(&self.item(depth));
            if index + 1 < length {
                list.push_str(self.random.pick(&[" ; ", "\n", " ;\n", " # note\n", "\n\n"]));
            }
        }
        list
    }

    fn item(&mut self, depth: usize) -> String {
        let mut item = self.pipeline(depth);
        while self.random.below(4) == 0 {
            let connector = self.random.pick(&[" && ", " || ", " && \\\n", " || \n"]);
            item = format!("{item}{connector}{}", self.pipeline(depth));
        }
        item
    }

    fn pipeline(&mut self, depth: usize) -> String {
        let negated = if self.random.below(8) == 0 { "! " } else { "" };
        let first = self.command(depth);
        match self.random.below(6) {
            0 => format!("{negated}{first} | {}", self.command(depth)),
            _ => format!("{negated}{first}"),
        }
    }

    fn command(&mut self, depth: usize) -> String {
        if depth >= DEEPEST || self.random.below(3) > 0 {
            return self.simple(depth);
        }
        let deeper = depth + 1;
        match self.random.below(9) {
            0 => format!("( {} )", self.list(deeper)),
            1 => format!("{{ {} ; }}", self.list(deeper)),
            2 => self.branches(deeper),
            3 => format!("while {} && f1 ; do {} ; done", self.item(deeper), self.list(deeper)),
            4 => format!("until {} || t1 ; do {} ; done", self.item(deeper), self.list(deeper)),
            5 => {
                let words = self.random.pick(&["a", "a b", "$UNSET", "\"$V\" b", ""]);
                format!("for i in {words} ; do {} ; done", self.list(deeper))
            }
            6 => self.case(deeper),
            7 => {
                self.count += 1;
                let name = format!("fn{}", self.count);
                let body = self.list(deeper);
                format!("{name} () {{ {body} ; }} ; {name}")
            }
            _ => self.inner_shell(deeper),
        }
    }

    fn branches(&mut self, depth: usize) -> String {
        let mut branches = format!("if {} ; then {} ; ", self.list(depth), self.list(depth));
        if self.random.below(3) == 0 {
            branches += &format!("elif {} ; then {} ; ", self.item(depth), self.list(depth));
        }
        if self.random.below(2) == 0 {
            branches += &format!("else {} ; ", self.list(depth));
        }
        branches + "fi"
    }

    fn case(&mut self, depth: usize) -> String {
        let subject = self.random.pick(&["a", "$V", "\"$UNSET\"", "$( t1 x )"]);
        let pattern = self.random.pick(&["a", "a | step", "*", "( x* )", "[a-c] | 'd'"]);
        let pattern =
            if pattern.starts_with('(') { pattern.to_owned() } else { format!("{pattern} )") };
        format!(
            "case {subject} in {pattern} {} ;; * ) {} ;; esac",
            self.list(depth),
            self.item(depth)
        )
    }

    /// A shell in the shell, whose script is quoted.
    fn inner_shell(&mut self, depth: usize) -> String {
        let script = self.list(depth);
        if script.contains('\'') || script.contains("<<") {
            return format!("( {script} )");
        }
        match self.random.below(4) {
            0 => format!("sh -c '{script}'"),
            1 => format!("( sh <<'END'\n{script}\nEND\n)"),
            2 => format!("env V=inner sh -e -c '{script}' name"),
            _ => format!("nice -n 1 bash -c '{script}'"),
        }
    }

    fn simple(&mut self, depth: usize) -> String {
        let program = self.random.pick(&["t1", "t1", "t2", "t3", "t2", "f1", "f2"]);
        match self.random.below(16) {
            0 => self.random.pick(&["V=new", "export V=out", "unset V", "V=$( t1 )", "X=1"]).into(),
            1 => self.random.pick(&["cd /tmp", "cd /", "cd usr", "cd .."]).into(),
            2 => format!("V=own {program} own"),
            3 => format!("env V=env {program} env"),
            4 => format!("env -u V {program} {}", self.words(depth)),
            5 => format!("command {program} {}", self.words(depth)),
            6 if self.runs => {
                self.random.pick(&["exit 0", "exit 3", "exit", "exec t1 last"]).into()
            }
            7 => format!("{program} $( {} )", self.item(depth)),
            8 => format!("{program} \"`t3`\" {}", self.words(depth)),
            9 => format!("timeout 9 nohup {program} {}", self.words(depth)),
            _ => format!("{program} {}{}", self.words(depth), self.redirect()),
        }
    }

    fn words(&mut self, _depth: usize) -> String {
        let words = [
            "a",
            "'b c'",
            "\"d e\"",
            "$V",
            "\"$V\"",
            "\"x${V}y\"",
            "f\\ g",
            "h\"i\"'j'",
            "''",
            "'$V'",
            "\"\\$V\"",
            "#no",
            "k#l",
            "~/m",
            "\"${V:-n}\"",
            "$((1+2))",
            "-o=p",
            "\\\nq",
            "if",
            "{}",
            "x=y",
            "'&&'",
            "*.none",
        ];
        let count = self.random.below(3);
        let picked: Vec<&str> = (0..count).map(|_| self.random.pick(&words)).collect();
        // A comment would take the rest of the line.
        picked
            .into_iter()
            .map(|word| if word == "#no" { "\\#no" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn redirect(&mut self) -> &'static str {
        self.random.pick(&["", "", "", " >/dev/null", " 2>&1", " </dev/null 2>/dev/null", " >&2"])
    }
}
