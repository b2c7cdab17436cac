//! Comma-separated rows with quotes.

/// The fields of one row of comma-separated values. A field may stand in double quotes, in which
/// a doubled quote is a quote. `None` where the quotes don't match up.
pub(super) fn csv_fields(row: &str) -> Option<Vec<String>> {
    let row = row.strip_suffix('\n').map_or(row, |row| row.strip_suffix('\r').unwrap_or(row));
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        let (field, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(rest)?,
        };
        fields.push(field);
        match behind {
            Some(behind) => rest = behind,
            None => return Some(fields),
        }
    }
}

/// A field and what stands behind its comma.
type Field<'a> = (String, Option<&'a str>);

fn plain_field(text: &str) -> Option<Field<'_>> {
    let (field, behind) = match text.split_once(',') {
        Some((field, behind)) => (field, Some(behind)),
        None => (text, None),
    };
    (!field.contains('"')).then(|| (field.to_owned(), behind))
}

fn quoted_field(mut text: &str) -> Option<Field<'_>> {
    let mut field = String::new();
    loop {
        let (part, behind) = text.split_once('"')?;
        field += part;
        if behind.is_empty() {
            return Some((field, None));
        }
        if let Some(behind) = behind.strip_prefix(',') {
            return Some((field, Some(behind)));
        }
        text = behind.strip_prefix('"')?;
        field.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split() {
        let cases: [(&str, Option<&[&str]>); 9] = [
            ("a", Some(&["a"])),
            ("a,b\n", Some(&["a", "b"])),
            ("a,,b,", Some(&["a", "", "b", ""])),
            ("\"a,b\",c", Some(&["a,b", "c"])),
            ("\"a\"\"b\"", Some(&["a\"b"])),
            ("a=\"b\"", None),
            ("\"a", None),
            ("\"a\"b", None),
            ("\"a=b,c\"", Some(&["a=b,c"])),
        ];
        for (row, expected) in cases {
            let fields = csv_fields(row);
            let fields = fields.as_ref().map(|f| f.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(fields.as_deref(), expected, "{row}");
        }
    }
}
