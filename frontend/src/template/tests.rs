//! Tables of strings and what becomes of them.

use super::*;

fn lookup(name: &str) -> Option<String> {
    match name {
        "A" => Some("a-value".to_owned()),
        "EMPTY" => Some(String::new()),
        "PATH" => Some("/usr/bin:/bin".to_owned()),
        "FILE" => Some("archive.tar.gz".to_owned()),
        _ => None,
    }
}

fn expand(text: &str) -> Result<String, String> {
    let template = Template::parse(text, Place::From(0)).map_err(|error| error.to_string())?;
    template.expand(&lookup).map_err(|error| error.to_string())
}

fn check(text: &str, expected: &str) {
    assert_eq!(expand(text).as_deref(), Ok(expected), "{text}");
}

fn fails(text: &str, expected: &str) {
    assert_eq!(expand(text), Err(expected.to_owned()), "{text}");
}

#[test]
fn plain_text_stays() {
    let texts =
        ["", "x", "it's", "\"x\"", r"C:\dir", "ä€", "5$", "$", "$5", "$-", "a$ b", "}", r"\"];
    for text in texts {
        check(text, text);
    }
}

#[test]
fn names_are_replaced() {
    check("$A", "a-value");
    check("${A}", "a-value");
    check("x${A}y$A-z", "xa-valueya-value-z");
    check("$EMPTY", "");
    fails("$A_", "`A_` is not set");
    fails("${UNSET}", "`UNSET` is not set");
}

#[test]
fn a_backslash_takes_the_meaning_of_a_dollar_sign_away() {
    check(r"\$A", "$A");
    check(r"\${A}", "${A}");
    check(r"a\b\n", r"a\b\n");
}

#[test]
fn tests_look_at_the_value() {
    check("${A:-x}", "a-value");
    check("${UNSET:-x}", "x");
    check("${EMPTY:-x}", "x");
    check("${EMPTY-x}", "");
    check("${UNSET-x}", "x");
    check("${A:+x}", "x");
    check("${EMPTY:+x}", "");
    check("${EMPTY+x}", "x");
    check("${UNSET+x}", "");
    check("${A:?no}", "a-value");
    check("${EMPTY?no}", "");
    fails("${EMPTY:?not there}", "`EMPTY`: not there");
    fails("${UNSET?}", "`UNSET`: a value is required");
}

#[test]
fn words_are_templates_themselves() {
    check("${UNSET:-${A}}", "a-value");
    check("${UNSET:-${EMPTY:-$A}/x}", "a-value/x");
    check(r"${UNSET:-\}\$A}", "}$A");
    check("${PATH:+$PATH:}/x", "/usr/bin:/bin:/x");
    check("${A:-${UNSET}}", "a-value");
}

#[test]
fn ends_are_trimmed() {
    check("${FILE%.*}", "archive.tar");
    check("${FILE%%.*}", "archive");
    check("${FILE#*.}", "tar.gz");
    check("${FILE##*.}", "gz");
    check("${FILE#x}", "archive.tar.gz");
    check("${FILE%???}", "archive.tar");
    check(r"${FILE%\*}", "archive.tar.gz");
    check("${A#${A%value}}", "value");
}

#[test]
fn patterns_are_replaced() {
    check("${FILE/./_}", "archive_tar.gz");
    check("${FILE//./_}", "archive_tar_gz");
    check("${FILE//[/_}", "archive.tar.gz");
    check(r"${PATH//\//_}", "_usr_bin:_bin");
    check("${A/a*a/${FILE}}", "archive.tar.gzlue");
    check("${A//?/-}", "-------");
    check("${A//*/x}", "x");
    check("${FILE/.tar/}", "archive.gz");
}

#[test]
fn bad_substitutions_are_errors() {
    fails("${A", "the closing `}` is missing");
    fails("${", "a name must follow `${`");
    fails("${}", "a name must follow `${`");
    fails("${{A}}", "a name must follow `${`");
    fails("${A:-x", "the closing `}` is missing");
    fails("${A//x}", "the closing `}` is missing");
    fails("${A//}", "the closing `}` is missing");
    let after =
        "after a name, `}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `%`, `/` or `@tag` may follow";
    fails("${A:}", after);
    fails("${A:#x}", after);
    fails("${A///x}", "there is nothing to replace");
}

#[test]
fn places_are_kept() {
    let template = Template::parse("x${A}$B", Place::From(10)).unwrap();
    assert_eq!(template.names(), [("A", Span::from(11..15)), ("B", Span::from(15..17))]);
    let whole = Span::from(3..30);
    let template = Template::parse("x${A}", Place::Inside(whole)).unwrap();
    assert_eq!(template.names(), [("A", whole)]);
    let error = Template::parse("ab${A:", Place::From(10)).unwrap_err();
    assert_eq!(error.span, Span::from(12..16));
}

#[test]
fn bound_values_come_first() {
    let mut template = Template::parse("$A $B ${C:-$A}", Place::From(0)).unwrap();
    template.bind(&|name| (name == "A").then(|| "1".to_owned()));
    let free: Vec<&str> = template.free_names().into_iter().map(|(name, _)| name).collect();
    assert_eq!(free, ["B", "C"]);
    let lookup = |name: &str| (name != "C").then(|| "2".to_owned());
    assert_eq!(template.expand(&lookup).unwrap(), "1 2 1");
    assert_eq!(Template::literal("x").as_literal(), Some("x"));
    assert_eq!(template.as_literal(), None);
}

#[test]
fn nothing_grows_without_bounds() {
    fails(&"${A:-".repeat(100_000), "`${...}` is nested too deeply");
    let long = "a".repeat(1 << 19);
    let lookup = |_: &str| Some(long.clone());
    let expand = |text: &str| Template::parse(text, Place::From(0)).unwrap().expand(&lookup);
    assert_eq!(expand("$A$A$A").unwrap_err().kind, ExpandErrorKind::TooLong);
    assert_eq!(expand("${A//a/$A}").unwrap_err().kind, ExpandErrorKind::TooLong);
    assert_eq!(expand("${A#$A}").unwrap_err().kind, ExpandErrorKind::LongPattern);
}

/// Whatever a branch is called.
#[test]
fn any_text_makes_a_tag() {
    let tag = |text: &str| {
        let template = Template::parse("${B@tag}", Place::From(0)).unwrap();
        template.expand(&|_| Some(text.to_owned())).unwrap()
    };
    for (text, expected) in [
        ("main", "main"),
        ("feature/login", "feature-login"),
        ("fix#12", "fix-12"),
        ("a+b", "a-b"),
        ("@types/x", "_types-x"),
        ("-x", "_x"),
        (".x", "_x"),
        ("", "_"),
        ("v1.0_rc-1", "v1.0_rc-1"),
        ("\u{e4}", "_-"),
    ] {
        assert_eq!(tag(text), expected, "{text}");
    }
    assert_eq!(tag(&"x".repeat(130)), "x".repeat(96));
    fails("${A@}", "the only word that may follow `@` is `tag`: `${NAME@tag}`");
    fails("${A@tags}", "the only word that may follow `@` is `tag`: `${NAME@tag}`");
    fails("${UNSET@tag}", "`UNSET` is not set");
}
