//! `[arg]`, build arguments, and strings that use them.

use super::{check, good, problems_with, read_with};
use crate::manifest::model::StageBase;

const STAGE: &str = "[stage.app]\nfrom = \"x\"\n";

fn from(text: &str, build_args: &[(&str, &str)]) -> String {
    let manifest = read_with(text, build_args, false).unwrap();
    match &manifest.stages[0].base {
        StageBase::From(from) => from.value.clone(),
        StageBase::Dockerfile { .. } => panic!("a Dockerfile"),
    }
}

#[test]
fn values_come_from_the_command_line_or_the_default() {
    let text = "[arg]\nA = \"1\"\nB = \"a$A\"\n[stage.app]\nfrom = \"x:${B}-$TARGETARCH\"\n";
    assert_eq!(from(text, &[]), "x:a1-arm64");
    assert_eq!(from(text, &[("A", "2")]), "x:a2-arm64");
    assert_eq!(from(text, &[("B", "$A")]), "x:$A-arm64");
}

#[test]
fn names_in_strings_must_exist() {
    check(
        "[arg]\nA = \"$B\"\nB = \"1\"\n[stage.app]\nfrom = \"x:${b}y\"\nuser = '''\nx$HOME'''\n",
        "2:6 unknown-argument there is no argument `B`
         5:11 unknown-argument there is no argument `b`
         7:2 unknown-argument there is no argument `HOME`",
    );
    // With escapes in the literal the place is the literal.
    check("[stage.app]\nfrom = \"\\u0078$A\"\n", "2:8 unknown-argument there is no argument `A`");
    check(
        "[stage.app]\nfrom = \"${TYPO:-x}\"\n",
        "2:9 unknown-argument there is no argument `TYPO`",
    );
    check("[stage.app]\nfrom = \"ä${\"\n", "2:11 bad-substitution a name must follow `${`");
}

#[test]
fn environment_values_may_use_the_environment() {
    let manifest = good(
        "[arg]\nA = \"1\"\n[stage.app]\nfrom = \"x\"\nenv = { P = \"$A:$PATH\", Q = \"$A\", R = '\\$A' }\n",
    );
    let env = &manifest.stages[0].env;
    assert_eq!(env[0].value.value.as_literal(), None);
    let path = env[0].value.value.expand(&|name| (name == "PATH").then(|| "/bin".to_owned()));
    assert_eq!(path.unwrap(), "1:/bin");
    assert_eq!(env[1].value.value.as_literal(), Some("1"));
    assert_eq!(env[2].value.value.as_literal(), Some("$A"));
}

#[test]
fn commands_are_not_expanded() {
    good(
        "project = \"p\"\n[cache.c]\ntarget = \"/c\"\nprune = \"rm $X\"\n[stage.app]\nfrom = \"x\"\nshell = [\"$SHELL\"]\n\
         [[stage.app.layer]]\nrun = \"$X ${\"\n[[stage.app.layer]]\nrun = [\"$X\"]\n\
         [[stage.app.layer]]\nwrite = { path = \"/x\", content = \"$X\" }\n\
         [stage.app.image]\nentrypoint = [\"$X\"]\ncmd = [\"$X\"]\nonbuild = [\"RUN $X\"]\nhealthcheck = \"$X\"\n",
    );
}

#[test]
fn declarations_are_checked() {
    check(
        &format!(
            "[arg]\n1A = \"x\"\nA-B = \"x\"\nplatform = \"x\"\nTARGETOS = \"x\"\nC = 8080\nD = {{ defualt = \"x\" }}\n\
             E = {{ default = \"x\", required = true }}\nF = {{ default = \"x\", choices = [\"y\"] }}\n\
             G = {{ default = \"x\", pattern = \"y|z\" }}\nH = {{ default = \"x\", choices = \"x\" }}\n{STAGE}"
        ),
        "2:1 invalid-name `1A` cannot be the name of an argument
         3:1 invalid-name `A-B` cannot be the name of an argument
         4:1 reserved-name `platform` cannot be an argument: it has a meaning in `when`
         5:1 reserved-name `TARGETOS` is predefined and cannot be declared
         6:5 wrong-type `C` must be a string or a table, but this is an integer
         7:5 argument-without-default `D` has no default and is not required
         7:7 unknown-key unknown key `defualt` in `D`
         8:22 conflicting-keys `default` and `required` cannot both be in `E`
         9:17 argument-choice the default of `F`, `x`, is not one of its choices
         10:17 argument-pattern the default of `G`, `x`, does not match its pattern
         11:32 wrong-type `choices` must be an array, but this is a string",
    );
}

#[test]
fn patterns_match_the_whole_value() {
    let text = format!("[arg]\nA = {{ default = \"1\", pattern = '\\d|\\d\\d' }}\n{STAGE}");
    assert!(problems_with(&text, &[("A", "12")]).is_empty());
    for bad in ["123", "1 ", "1\n", "a1"] {
        assert_eq!(problems_with(&text, &[("A", bad)]).len(), 1, "{bad:?}");
    }
}

#[test]
fn unused_build_arguments_are_warnings() {
    let text = format!("[arg]\nAIRFLOW = \"1\"\n{STAGE}");
    let quiet = [
        ("AIRFLOW", "2"),
        ("TARGETARCH", "x"),
        ("http_proxy", "x"),
        ("HTTPS_PROXY", "x"),
        ("BUILDKIT_SYNTAX", "x"),
        ("SOURCE_DATE_EPOCH", "0"),
        ("STRAKE_CACHE", "off"),
    ];
    assert!(problems_with(&text, &quiet).is_empty());
    assert_eq!(
        problems_with(
            &text,
            &[("AIRFLW", "2"), ("STRAKE_SEDE", "off"), ("source_date_epoch", "1")]
        ),
        [
            "- unused-build-arg the build argument `STRAKE_SEDE` is not declared",
            "- unused-build-arg the build argument `source_date_epoch` is not declared",
            "2:1 unused-build-arg the build argument `AIRFLW` is not declared",
        ]
    );
}

#[test]
fn conditions_decide_whether_a_layer_is_active() {
    let active = |when: &str| {
        let text = format!(
            "[arg]\nA = \"1\"\nF = {{ default = \"x\", choices = [\"x\", \"y\"] }}\n{STAGE}[[stage.app.layer]]\nwhen = {when}\nrun = \"x\"\n"
        );
        good(&text).stages[0].layers[0].active
    };
    assert!(active("{}"));
    assert!(active("{ A = \"1\" }"));
    assert!(!active("{ A = \"2\" }"));
    assert!(active("{ A = [\"2\", \"1\"], F = \"x\" }"));
    assert!(!active("{ A = \"1\", F = \"y\" }"));
    assert!(!active("{ A = [] }"));
    assert!(active("{ platform = \"linux/arm64/v8\" }"));
    assert!(!active("{ platform = [\"linux/amd64\", \"linux/arm\"] }"));
    assert!(active("{ TARGETARCH = \"arm64\" }"));
    check(
        "[stage.app]\nfrom = \"x\"\n[[stage.app.layer]]\nwhen = { B = \"1\", platform = \"arm64\", TARGETOS = 1 }\nrun = \"x\"\n",
        "4:10 unknown-argument there is no argument `B`
         4:30 invalid-platform `arm64` is not a platform
         4:50 wrong-type `TARGETOS` must be a string or an array of strings, but this is an integer",
    );
}
