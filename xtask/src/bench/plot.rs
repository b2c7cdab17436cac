//! A plot of grouped bars as SVG, drawn by hand: a library for one picture would be larger than all of
//! the bench.

use std::fmt::Write;

/// Bars side by side under one title.
#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    /// What the bars have in common.
    pub(crate) title: String,
    /// What each is, and its value in seconds.
    pub(crate) bars: Vec<(String, f64)>,
}

const WIDTH: f64 = 760.0;
const LABELS: f64 = 250.0;
const BAR: f64 = 20.0;
const GAP: f64 = 6.0;
const TITLE: f64 = 30.0;
const COLOURS: [&str; 4] = ["#9aa5b1", "#616e7c", "#0b7285", "#c92a2a"];

/// The picture; none without bars.
pub(crate) fn plot(groups: &[Group]) -> Option<String> {
    let values = groups.iter().flat_map(|group| &group.bars).map(|(_, value)| *value);
    let longest = values.fold(0.0, f64::max);
    if longest <= 0.0 {
        return None;
    }
    let scale = (WIDTH - LABELS - 70.0) / longest;
    let mut body = String::new();
    let mut top = 10.0;
    for group in groups {
        let _ = writeln!(
            body,
            r#"<text x="10" y="{:.0}" font-weight="bold">{}</text>"#,
            top + 18.0,
            escape(&group.title)
        );
        top += TITLE;
        for (at, (label, value)) in group.bars.iter().enumerate() {
            let _ = writeln!(
                body,
                "{}",
                bar(label, *value, top, value * scale, COLOURS[at % COLOURS.len()])
            );
            top += BAR + GAP;
        }
        top += GAP;
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top:.0}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    ))
}

fn bar(label: &str, value: f64, top: f64, length: f64, colour: &str) -> String {
    let base = top + 15.0;
    format!(
        "<text x=\"{:.0}\" y=\"{base:.0}\" text-anchor=\"end\">{}</text>\
         <rect x=\"{LABELS}\" y=\"{top:.0}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\
         <text x=\"{:.1}\" y=\"{base:.0}\">{value:.1} s</text>",
        LABELS - 8.0,
        escape(label),
        LABELS + length + 6.0,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let bars = vec![("a < b".to_owned(), 10.0), ("c".to_owned(), 5.0)];
        let svg = plot(&[Group { title: "group".to_owned(), bars }]).unwrap();
        assert!(svg.contains(r#"width="440.0""#) && svg.contains(r#"width="220.0""#), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("5.0 s"), "{svg}");
        assert_eq!(plot(&[]), None);
    }
}
