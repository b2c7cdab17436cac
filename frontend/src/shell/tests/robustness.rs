//! Scripts that no person writes: they must be read or refused, and soon.

use std::time::Duration;

use super::commands::shell;
use super::random::Random;
use crate::time::worked;

/// Far above what is needed on any machine, far below what grows faster than the script.
const LONGEST: Duration = Duration::from_secs(10);

fn survive(script: &str) -> bool {
    let start = worked();
    let read = shell(script);
    if let Ok(read) = &read {
        for command in &read.commands {
            for span in command.words.iter().map(|word| word.span).chain([command.span]) {
                assert!(span.start <= span.end && span.end <= read.text.len(), "{script:?}");
            }
            assert!(read.text.is_char_boundary(command.span.start), "{script:?}");
        }
    }
    assert!(worked().saturating_sub(start) < LONGEST, "{:?}", script.get(..60));
    read.is_ok()
}

/// Every opening, and every pair of two, as often as fits.
#[test]
fn deep_nesting() {
    let openings = [
        "(",
        "{ ",
        "$(",
        "${a:-",
        "$((",
        "((",
        "`",
        "\\`",
        "\"",
        "\"$(",
        "'",
        "if ",
        "if a; then ",
        "while ",
        "for a in b; do ",
        "case a in a) ",
        "[[ ",
        "f() ",
        "f() { ",
        "function f ",
        "<(",
        "a=(",
        "a=",
        "! ",
        "time ",
        "sudo ",
        "a && ",
        "a | ",
        "a ; ",
        "a\n",
        "a <<A\n",
        "<<<",
        "$'",
        "sh -c '",
        "sh -c \"",
        "eval ",
        "trap ",
        "\\",
        "\\\n",
        "{a,",
        "[",
        "*",
        "#",
        "\u{0}",
        "ä",
    ];
    for first in openings {
        survive(&first.repeat(10_000));
        for second in openings {
            survive(&format!("{first}{second}").repeat(200));
        }
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}a{}", "( ".repeat(depth), " )".repeat(depth));
    assert!(survive(&nested(10)));
    assert!(!survive(&nested(1_000)));
    let words = |depth: usize| format!("a {}b{}", "$(".repeat(depth), ")".repeat(depth));
    assert!(survive(&words(10)));
    assert!(!survive(&words(1_000)));
}

/// Scripts in scripts, where each level needs twice the backslashes.
#[test]
fn quotes_that_double() {
    let mut script = "a".to_owned();
    for _ in 0..12 {
        script = format!("sh -c \"{}\"", script.replace('\\', "\\\\").replace('"', "\\\""));
        assert!(survive(&script));
    }
    for _ in 0..3 {
        script = format!("`{}`", script.replace('\\', "\\\\").replace('`', "\\`"));
        survive(&script);
    }
}

#[test]
fn long_scripts_are_quick() {
    for line in [
        "a b c\n",
        "a && ",
        "a=$a$a\n",
        "export A=$A$A\n",
        "cd a\n",
        "f() { a; }\nf\n",
        "a <<A\nA\n",
        "if a; then b=1; fi\n",
        "for a in b; do c=1; done\n",
        "(a)\n",
        "a;",
        "a|",
        "$(a) ",
        "a=`b`\n",
        "\"$a\" ",
        "# a\n",
        "case a in b) c;; esac\n",
        "sh -c 'a'\n",
        "trap 'a' EXIT\n",
        "a \\\n",
        "a[",
        "a{b,",
        "unset a\n",
        "local a\n",
        "{ cd b; } &\n",
        "a <<A <<A\nb\nA\nA\n",
    ] {
        survive(&line.repeat((1 << 17) / line.len()));
    }
    let names: String = (0..6_000).map(|name| format!("export A{name}=1\na\n")).collect();
    assert!(survive(&names));
    let functions: String =
        (0..4_000).map(|name| format!("f{name}() {{ a{name}=1; }}\n")).collect();
    assert!(survive(&functions));
    let calls = "f\n".repeat(4_000);
    survive(&format!("{functions}f() {{ a; }}\n{calls}"));
}

/// The value of a variable can't be made to fill the memory.
#[test]
fn values_that_double() {
    let doubling: String = (1..60).map(|step| format!("A{step}=$A{0}$A{0}\n", step - 1)).collect();
    assert!(survive(&format!("A0=aaaa\n{doubling}echo $A59\n")));
    let uses = "a $A ".repeat(20_000);
    assert!(survive(&format!("A={}\n{uses}", "a".repeat(1_000))));
}

/// Scripts of the tables, cut, broken and put together anew.
#[test]
fn cut_and_broken_scripts() {
    let all = concat!(
        include_str!("cases/grammar.sh"),
        include_str!("cases/heredocs.sh"),
        include_str!("cases/expansions.sh"),
        include_str!("cases/wrappers.sh"),
        include_str!("cases/projects.sh"),
    );
    let mut random = Random::new(5);
    for script in all.split("#!\n") {
        let chars: Vec<char> = script.chars().collect();
        for end in 0..chars.len() {
            survive(&chars[..end].iter().collect::<String>());
        }
        for _ in 0..200 {
            let mut changed = chars.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(changed.len());
                match random.below(3) {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, random.pick(&NOISE)),
                    _ => changed[at] = random.pick(&NOISE),
                }
                if changed.is_empty() {
                    changed.push('a');
                }
            }
            survive(&changed.iter().collect::<String>());
        }
    }
}

const NOISE: [char; 32] = [
    '(', ')', '{', '}', '[', ']', '<', '>', '|', '&', ';', '\n', ' ', '\t', '$', '`', '"', '\'',
    '\\', '#', '=', '+', '!', '*', '?', '~', '-', '0', 'a', '\u{0}', 'ä', '\r',
];

#[test]
fn noise() {
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let length = random.below(60);
        survive(&(0..length).map(|_| random.pick(&NOISE)).collect::<String>());
    }
}
