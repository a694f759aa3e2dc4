//! Hours as a table for a spreadsheet (RFC 4180), a line for each meeting, amendments counted in.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

/// What the document says of a table.
#[derive(utoipa::ToSchema)]
#[schema(max_length = 5000000)]
pub struct Table(#[allow(dead_code, reason = "it is written, not built")] String);

/// What one meeting came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub occurred_on: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub group_name: String,
    pub minutes: i64,
    pub presenting_minutes: i64,
    pub recused_minutes: i64,
    /// More than one entry of the ledger makes it up.
    pub amended: bool,
}

const HEADER: [&str; 7] =
    ["date", "starts_at", "consultation_group", "minutes", "presenting_minutes", "recused_minutes", "amended"];

/// The whole table, with a header.
pub fn write(lines: &[Line]) -> String {
    let mut table = String::with_capacity(64 * (lines.len() + 1));
    row(&mut table, HEADER.map(Cow::from));
    for line in lines {
        let minutes = [line.minutes, line.presenting_minutes, line.recused_minutes].map(|minutes| minutes.to_string());
        let [minutes, presenting, recused] = minutes;
        row(
            &mut table,
            [
                line.occurred_on.to_string().into(),
                line.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true).into(),
                line.group_name.as_str().into(),
                minutes.into(),
                presenting.into(),
                recused.into(),
                if line.amended { "yes" } else { "no" }.into(),
            ],
        );
    }
    table
}

fn row<const N: usize>(table: &mut String, cells: [Cow<'_, str>; N]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            table.push(',');
        }
        table.push_str(&quoted(&inert(cell)));
    }
    table.push_str("\r\n");
}

/// A text that no spreadsheet takes for a formula, whoever named a group.
fn inert(cell: &str) -> Cow<'_, str> {
    const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if cell.trim_start().starts_with(FORMULA) || cell.starts_with(FORMULA) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

fn quoted(cell: &str) -> Cow<'_, str> {
    match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")).into(),
        false => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(group_name: &str) -> Line {
        Line {
            occurred_on: "2026-12-01".parse().unwrap(),
            starts_at: "2026-12-01T20:00:00Z".parse().unwrap(),
            group_name: group_name.into(),
            minutes: 70,
            presenting_minutes: 30,
            recused_minutes: 20,
            amended: false,
        }
    }

    #[test]
    fn names_of_groups_are_text_and_nothing_else() {
        let header = "date,starts_at,consultation_group,minutes,presenting_minutes,recused_minutes,amended\r\n";
        assert_eq!(write(&[]), header);
        for (name, cell) in [
            ("Harbor Circle", "Harbor Circle"),
            ("Night, and day", "\"Night, and day\""),
            ("The \"quiet\" ones", "\"The \"\"quiet\"\" ones\""),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("＝1", "'＝1"),
            ("1=1", "1=1"),
            ("Größe", "Größe"),
            ("a\nb", "\"a\nb\""),
        ] {
            let expected = format!("{header}2026-12-01,2026-12-01T20:00:00Z,{cell},70,30,20,no\r\n");
            assert_eq!(write(&[line(name)]), expected, "{name:?}");
        }
        let amended = Line { amended: true, minutes: 0, ..line("A") };
        assert!(write(&[line("B"), amended]).ends_with(",A,0,30,20,yes\r\n"));
    }
}
