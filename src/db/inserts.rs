//! Rows of several tables in one round trip: to the thread on which SQLite works, or to the server of PostgreSQL.
//!
//! A database prepares a statement once for its text, so there are few texts: the rows of a table are put in by statements
//! for 1, 4, 8, 16, 32 or 64 of them, with rows to spare that are passed over.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DatabaseTransaction, DbBackend, EntityName, EntityTrait,
    IdenStatic, Iterable, Statement, Value,
};

use super::statements::push_placeholder;
use crate::problem::Result;

/// For how many rows there are statements.
const SIZES: [usize; 6] = [1, 4, 8, 16, 32, 64];

/// Rows that are to be put in together, table after table. They are to hold far fewer than 65,535 values, which is all that
/// PostgreSQL takes with one statement: what others put in at the same time comes on top.
#[derive(Clone, Debug, Default)]
pub struct Inserts(Vec<Rows>);

/// Rows of one table of which the same columns are set. The first of them is part of the key, and never null.
#[derive(Clone, Debug)]
struct Rows {
    table: &'static str,
    columns: Vec<&'static str>,
    /// Those of one row after the other.
    values: Vec<Value>,
}

impl Inserts {
    /// Adds a row.
    pub fn add<A: ActiveModelTrait>(&mut self, mut row: A) {
        let set = <A::Entity as EntityTrait>::Column::iter().filter_map(|column| match row.take(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some((column.as_str(), value)),
            ActiveValue::NotSet => None,
        });
        let (columns, values) = set.unzip();
        self.take(0, Rows { table: A::Entity::default().table_name(), columns, values });
    }

    /// Adds rows of one table; there may be none.
    pub fn add_all<A: ActiveModelTrait>(&mut self, rows: Vec<A>) {
        rows.into_iter().for_each(|row| self.add(row));
    }

    /// Adds what `others` holds. Of each, a table still comes after those that it may refer to.
    pub(super) fn extend(&mut self, others: &Self) {
        let mut from = 0;
        for rows in &others.0 {
            from = self.take(from, rows.clone());
        }
    }

    /// Adds rows to those of the same kind, of which the first `from` are too early, and says where.
    fn take(&mut self, from: usize, rows: Rows) -> usize {
        let alike = |there: &Rows| there.table == rows.table && there.columns == rows.columns;
        let at = self.0.iter().skip(from).position(alike).map_or(self.0.len(), |at| from + at);
        match self.0.get_mut(at) {
            Some(there) => there.values.extend(rows.values),
            None => self.0.push(rows),
        }
        at
    }

    /// Puts the rows in.
    pub async fn run(self, tx: &DatabaseTransaction) -> Result<()> {
        if let Some(statement) = self.into_statement(tx.get_database_backend()) {
            tx.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// What puts them in and commits; nothing where there are none. On SQLite the transaction goes on where it failed.
    pub(super) fn into_transaction(self, backend: DbBackend) -> Option<Statement> {
        let statement = self.into_statement(backend)?;
        Some(match backend {
            DbBackend::Sqlite => Statement { sql: format!("BEGIN IMMEDIATE; {}; COMMIT", statement.sql), ..statement },
            // A statement is a transaction of its own.
            _ => statement,
        })
    }

    /// What puts them in; nothing where there are none.
    fn into_statement(self, backend: DbBackend) -> Option<Statement> {
        let (mut inserts, mut values) = (Vec::new(), Vec::new());
        for rows in self.0 {
            rows.split(backend, &mut inserts, &mut values);
        }
        let sql = match (inserts.as_slice(), backend) {
            ([], _) => return None,
            // SQLite takes several statements for one.
            (_, DbBackend::Sqlite) => inserts.join("; "),
            // PostgreSQL takes one with the others before its `SELECT`. References are checked when all of it is done.
            _ => {
                let parts = inserts.iter().enumerate().map(|(at, insert)| format!("rows_{at} AS ({insert})"));
                format!("WITH {} SELECT 1", parts.collect::<Vec<_>>().join(", "))
            }
        };
        Some(Statement::from_sql_and_values(backend, sql, values))
    }
}

impl Rows {
    /// Adds the statements that put the rows in, and what they are to be given after `values`.
    fn split(self, backend: DbBackend, inserts: &mut Vec<String>, values: &mut Vec<Value>) {
        let nulls: Vec<Value> = self.values.iter().take(self.columns.len()).map(Value::as_null).collect();
        let mut left = self.values.len() / self.columns.len().max(1);
        let mut own = self.values.into_iter();
        let names = self.columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        while left > 0 {
            let [.., largest] = SIZES;
            let size = SIZES.into_iter().find(|size| *size >= left).unwrap_or(largest);
            let rows = list_of_rows(backend, values.len(), self.columns.len(), size);
            let from = match size {
                1 => format!("VALUES {rows}"),
                _ => format!("SELECT * FROM (VALUES {rows}) AS given WHERE column1 IS NOT NULL"),
            };
            inserts.push(format!("INSERT INTO \"{}\" ({names}) {from}", self.table));
            let here = size.min(left);
            values.extend(own.by_ref().take(here * self.columns.len()));
            values.extend(nulls.iter().cycle().take((size - here) * self.columns.len()).cloned());
            left -= here;
        }
    }
}

/// Placeholders for `rows` rows of so many columns, after `before` others.
fn list_of_rows(backend: DbBackend, before: usize, columns: usize, rows: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 7);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { "), (" });
        for column in 0..columns {
            text.push_str(if column == 0 { "" } else { ", " });
            match backend {
                DbBackend::Sqlite => text.push('?'),
                _ => push_placeholder(&mut text, before + row * columns + column + 1),
            }
        }
    }
    text.push(')');
    text
}
