use super::*;

fn layer(name: &str, boundary: &'static str, exportable: bool) -> Node {
    Node::Layer { name: name.to_owned(), line: 1, boundary, exportable }
}

fn stage(name: &str, platform: &str, nodes: &[usize]) -> Stage {
    let (name, platform) = (name.to_owned(), platform.to_owned());
    Stage { name, platform, on: None, target: false, line: 1, nodes: nodes.to_vec() }
}

/// The lines of a graph but for the first one and the classes.
fn lines(graph: &Flowchart) -> Vec<String> {
    let text = mermaid::text(graph);
    let lines = text.lines().skip(1).map(|line| line.trim().to_owned());
    lines.filter(|line| !line.starts_with("classDef")).collect()
}

#[test]
fn each_boundary_has_its_look() {
    for (boundary, exportable, expected) in [
        ("registry", true, r#"n0["a<br>registry, exportable"]:::exportable"#),
        ("registry", false, r#"n0["a<br>not exportable"]:::local"#),
        ("mount", false, r#"n0["a<br>mount"]:::mount"#),
        ("none", false, r#"n0["a<br>none"]:::none"#),
    ] {
        let nodes = vec![layer("a", boundary, exportable)];
        let graph =
            Flowchart { stages: vec![stage("app", "p", &[0])], nodes, ..Flowchart::default() };
        assert_eq!(lines(&graph), ["subgraph s0[\"app\"]", expected, "end"]);
    }
}

/// What a manifest says can't end a label, nor be markup.
#[test]
fn labels_hold_any_text() {
    for (name, expected) in [
        (r#"a"]; click n0 "x"#, "a#34;]; click n0 #34;x"),
        ("<b>&amp;</b>", "#60;b#62;#38;amp;#60;/b#62;"),
        ("`md` #1 \\", "#96;md#96; #35;1 #92;"),
        ("two\nlines\u{7}", "two lines "),
        (&"é".repeat(50), &format!("{} ...", "é".repeat(48))),
    ] {
        let nodes = vec![layer(name, "mount", false)];
        let graph =
            Flowchart { stages: vec![stage("app", "p", &[0])], nodes, ..Flowchart::default() };
        assert_eq!(lines(&graph)[1], format!("n0[\"{expected}<br>mount\"]:::mount"));
    }
}

/// A Dockerfile's only stage and its own mounts have no names.
#[test]
fn what_has_no_name_is_shown_by_what_it_has() {
    let sharing = "shared";
    let (id, target) = ("/root/.npm".to_owned(), "/c".to_owned());
    let cache = Node::Cache { name: String::new(), id, target, sharing };
    let only = Stage { target: true, ..stage("", "p", &[1]) };
    let nodes = vec![cache, layer("a", "mount", false)];
    let lines = lines(&Flowchart { stages: vec![only], nodes, ..Flowchart::default() });
    assert_eq!(lines[0], r#"n0[("cache /root/.npm<br>shared")]:::cache"#);
    assert_eq!(lines[1], r#"subgraph s0["(target)"]"#);
}

#[test]
fn platforms_are_told_where_there_are_several() {
    let nodes = || vec![layer("a", "none", false), layer("a", "none", false)];
    let with = |stages| lines(&Flowchart { stages, nodes: nodes(), ..Flowchart::default() });
    let foreign = |platform: &str, nodes: &[usize]| Stage {
        on: Some("linux/s390x".to_owned()),
        target: true,
        ..stage("app", platform, nodes)
    };
    let one = with(vec![foreign("linux/amd64", &[0])]);
    assert_eq!(one[0], r#"subgraph s0["app (target) on linux/s390x"]"#);
    let two = with(vec![foreign("linux/amd64", &[0]), stage("app", "linux/arm64", &[1])]);
    assert_eq!(two[0], r#"subgraph s0["app (target) on linux/s390x, for linux/amd64"]"#);
    assert_eq!(two[3], r#"subgraph s1["app for linux/arm64"]"#);
}
