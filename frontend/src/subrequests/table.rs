//! Columns of text, as Go's `tabwriter` lays them out for the Dockerfile frontend's answers.

/// Lays rows out in columns with some spaces between them; the last column is not padded.
pub(super) fn table<const N: usize>(rows: &[[String; N]], gap: usize) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < N {
                let padding = widths[column] - cell.chars().count() + gap;
                text.extend(std::iter::repeat_n(' ', padding));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows = [["A", "LONG", "x"], ["BBB", "é", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(super::table(&rows, 2), "A    LONG  x\nBBB  é     \n");
    }
}
