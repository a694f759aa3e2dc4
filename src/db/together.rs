//! Queries that differ in their values only, sent as one.
//!
//! To send a query to PostgreSQL, to begin it and to end it costs as much as many a query itself; so does it to wake the
//! thread on which SQLite works. So where every connection is at work and queries wait, the first of them to get one takes
//! along those that are like it: its own rows come a little later, those of the others much earlier. Where nobody waits,
//! nothing is put together.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{DbBackend, DbErr, Statement, Value};
use sea_query_sqlx::SqlxValues;
use sqlx::{ColumnIndex, Database, Decode, Executor, IntoArguments, Row, Type};
use tokio::sync::oneshot;

use super::{
    few::{Few, Turn, failed},
    statements::push_placeholder,
};

/// How many queries go as one. There are few sizes, so that the database knows their texts.
const SIZES: [usize; 3] = [8, 4, 2];

/// The values of all that go as one stay far below the 65,535 that PostgreSQL takes.
const MOST_VALUES: usize = 1_000;

/// The readers of one thread, and the queries that wait for one of them.
pub(super) struct Together<DB: Database> {
    pub(super) few: Few<DB>,
    waiting: Mutex<Vec<Waiting<DB::Row>>>,
    numbers: AtomicU64,
}

/// A query that waits for a connection.
struct Waiting<R> {
    number: u64,
    sql: String,
    values: Vec<Value>,
    /// Hears the rows, if somebody takes the query along.
    tell: oneshot::Sender<Vec<R>>,
}

/// A query's place among those that wait. It is given up in any case.
struct Place<'a, DB: Database> {
    of: &'a Together<DB>,
    number: u64,
    answer: oneshot::Receiver<Vec<DB::Row>>,
}

impl<DB: Database> Drop for Place<'_, DB> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<DB: Database> Place<'_, DB> {
    /// Whether the query was still waiting.
    fn leave(&self) -> bool {
        let mut waiting = self.of.waiting();
        let at = waiting.iter().position(|query| query.number == self.number);
        at.map(|at| waiting.remove(at)).is_some()
    }

    /// The query itself, whose text is `sql`, and those that it takes along. None if somebody has taken it along already.
    fn lead(&self, sql: &str) -> Option<Vec<Waiting<DB::Row>>> {
        let mut waiting = self.of.waiting();
        let at = waiting.iter().position(|query| query.number == self.number)?;
        let alike = waiting.iter().filter(|query| query.sql == sql).count();
        let size = SIZES.into_iter().find(|size| *size <= alike).unwrap_or(1);
        let mut group = vec![waiting.remove(at)];
        group.extend(waiting.extract_if(.., |query| query.sql == sql).take(size - 1));
        Some(group)
    }
}

impl<DB: Database> Together<DB> {
    pub(super) fn new(few: Few<DB>) -> Self {
        Self { few, waiting: Mutex::default(), numbers: AtomicU64::default() }
    }

    fn wait(&self, statement: &Statement) -> Place<'_, DB> {
        let (tell, answer) = oneshot::channel();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let values = statement.values.clone().map(|values| values.0).unwrap_or_default();
        self.waiting().push(Waiting { number, sql: statement.sql.clone(), values, tell });
        Place { of: self, number, answer }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<DB::Row>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<DB: Database> Together<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    i32: for<'r> Decode<'r, DB> + Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    /// The first row of a query.
    pub(super) async fn one(&self, statement: Statement) -> Result<Option<DB::Row>, DbErr> {
        if let Some(turn) = self.few.free_turn() {
            return self.few.one(turn, statement).await;
        }
        match can_go_together(&statement) {
            true => Ok(self.in_company(statement).await?.into_iter().next()),
            false => self.few.one(self.few.turn().await?, statement).await,
        }
    }

    /// The rows of a query.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<DB::Row>, DbErr> {
        if let Some(turn) = self.few.free_turn() {
            return self.few.all(turn, statement).await;
        }
        match can_go_together(&statement) {
            true => self.in_company(statement).await,
            false => self.few.all(self.few.turn().await?, statement).await,
        }
    }

    /// The rows of a query that waits for a turn, or for somebody to take it along.
    async fn in_company(&self, statement: Statement) -> Result<Vec<DB::Row>, DbErr> {
        let mut place = self.wait(&statement);
        let turn = tokio::select! {
            biased;
            rows = &mut place.answer => Err(rows),
            turn = self.few.turn() => Ok(turn),
        };
        let rows = match turn {
            Ok(Ok(turn)) => match place.lead(&statement.sql) {
                Some(group) => return self.lead(turn, group, statement).await,
                None => {
                    drop(turn);
                    (&mut place.answer).await
                }
            },
            Ok(Err(late)) if place.leave() => return Err(late),
            Ok(Err(_)) => (&mut place.answer).await,
            Err(rows) => rows,
        };
        match rows {
            Ok(rows) => Ok(rows),
            // All were refused for one of them, or the one who led has gone.
            Err(_) => self.few.all(self.few.turn().await?, statement).await,
        }
    }

    /// Sends the queries of a group as one, and gives the others theirs. `statement` is the first of them.
    async fn lead(
        &self,
        turn: Turn<'_>,
        group: Vec<Waiting<DB::Row>>,
        statement: Statement,
    ) -> Result<Vec<DB::Row>, DbErr> {
        if group.len() == 1 {
            return self.few.all(turn, statement).await;
        }
        let sql = match statement.db_backend {
            DbBackend::Sqlite => side_by_side(&statement.sql, group.len()),
            _ => once_for_each(&statement.sql, group.len()),
        };
        let (values, tells): (Vec<_>, Vec<_>) = group.into_iter().map(|query| (query.values, query.tell)).unzip();
        let values: Vec<Value> = values.into_iter().flatten().collect();
        let whole = Statement::from_sql_and_values(statement.db_backend, sql, values);
        let rows = match self.few.all(turn, whole).await {
            Ok(rows) => rows,
            Err(DbErr::Query(_)) => {
                // The others hear at once that they have to ask for themselves.
                drop(tells);
                return self.few.all(self.few.turn().await?, statement).await;
            }
            Err(error) => return Err(error),
        };
        let mut dealt: Vec<Vec<DB::Row>> = tells.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let nth: i32 = row.try_get(row.len() - 1).map_err(failed)?;
            if let Some(own) = usize::try_from(nth).ok().and_then(|nth| dealt.get_mut(nth)) {
                own.push(row);
            }
        }
        let mut dealt = dealt.into_iter();
        let own = dealt.next().unwrap_or_default();
        for (tell, rows) in tells.into_iter().skip(1).zip(dealt) {
            tell.send(rows).ok();
        }
        Ok(own)
    }
}

/// Whether it is a query, of a size to be put together, in which every `$` or `?` stands for a value. Of SQLite it is to be
/// one that writes its rows down as a text: what a column of several queries holds, it does not know.
fn can_go_together(statement: &Statement) -> bool {
    let values = statement.values.as_ref().map_or(0, |values| values.0.len());
    let sql = &statement.sql;
    let is_plain = match statement.db_backend {
        DbBackend::Sqlite => sql.starts_with("SELECT json_group_array(") && sql.matches('?').count() == values,
        _ => sql.starts_with("SELECT ") && placeholders(sql).count() == values,
    };
    is_plain && values <= MOST_VALUES
}

/// For SQLite: a query many times over, each with values of its own and its number behind the columns. The rows of each come
/// in its order: SQLite does not look into one that has an order or puts rows together, but takes its rows as they come.
fn side_by_side(sql: &str, times: usize) -> String {
    let one = |nth| format!("SELECT \"one\".*, {nth} FROM ({sql}) AS \"one\"");
    (0..times).map(one).collect::<Vec<_>>().join(" UNION ALL ")
}

/// For PostgreSQL: a query that is prepared once and run for each of the sets of values, whose number stands behind the
/// columns, under a name that none of them has. The rows of each come in its order: `OFFSET 0` keeps PostgreSQL from
/// looking into the query.
fn once_for_each(sql: &str, times: usize) -> String {
    let placeholders: Vec<_> = placeholders(sql).collect();
    let values = placeholders.len();
    let mut text = String::with_capacity(sql.len() + 200 + 40 * values + 6 * times * values);
    text.push_str("SELECT \"one\".*, \"each\".\"nth query\" FROM (VALUES ");
    for nth in 0..times {
        text.push_str(if nth > 0 { ", (" } else { "(" });
        text.push_str(itoa::Buffer::new().format(nth));
        for value in 1..=values {
            text.push_str(", ");
            push_placeholder(&mut text, nth * values + value);
        }
        text.push(')');
    }
    text.push_str(") AS \"each\" (\"nth query\"");
    for value in 1..=values {
        text.push_str(", ");
        text.push_str(&value_name(value));
    }
    text.push_str(") CROSS JOIN LATERAL (SELECT * FROM (");
    let mut done = 0;
    for (at, number) in placeholders {
        text.push_str(sql.get(done..at).unwrap_or_default());
        text.push_str("\"each\".");
        text.push_str(&value_name(number));
        done = at + 1 + itoa::Buffer::new().format(number).len();
    }
    text.push_str(sql.get(done..).unwrap_or_default());
    text.push_str(") AS \"its\" OFFSET 0) AS \"one\"");
    text
}

/// What a value is called.
fn value_name(number: usize) -> String {
    format!("\"value_{number}\"")
}

/// Where the placeholders of a text stand, and their numbers.
fn placeholders(sql: &str) -> impl Iterator<Item = (usize, usize)> {
    sql.match_indices('$').filter_map(|(at, _)| {
        let digits = sql.get(at + 1..)?;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        Some((at, digits.get(..end)?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_copy_of_a_query_has_its_own_values_and_its_number() {
        assert_eq!(
            side_by_side("SELECT a FROM t WHERE b = ?", 2),
            "SELECT \"one\".*, 0 FROM (SELECT a FROM t WHERE b = ?) AS \"one\" UNION ALL \
             SELECT \"one\".*, 1 FROM (SELECT a FROM t WHERE b = ?) AS \"one\""
        );
    }

    #[test]
    fn one_query_takes_the_values_of_each_in_turn() {
        for (sql, times, expected) in [
            (
                "SELECT 1",
                2,
                "SELECT \"one\".*, \"each\".\"nth query\" FROM (VALUES (0), (1)) AS \"each\" (\"nth query\") \
                 CROSS JOIN LATERAL (SELECT * FROM (SELECT 1) AS \"its\" OFFSET 0) AS \"one\"",
            ),
            (
                "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)",
                2,
                "SELECT \"one\".*, \"each\".\"nth query\" FROM (VALUES (0, $1, $2, $3), (1, $4, $5, $6)) \
                 AS \"each\" (\"nth query\", \"value_1\", \"value_2\", \"value_3\") \
                 CROSS JOIN LATERAL (SELECT * FROM (SELECT a FROM t WHERE b = \"each\".\"value_1\" \
                 AND c IN (\"each\".\"value_2\", \"each\".\"value_3\")) AS \"its\" OFFSET 0) AS \"one\"",
            ),
        ] {
            assert_eq!(once_for_each(sql, times), expected);
        }
    }
}
