//! Queries that differ in their values only, sent to PostgreSQL as one.
//!
//! To send a query, to begin it and to end it costs as much as many a query itself. So where every connection is at work and
//! queries wait, the first of them to get one takes along those that are like it: its own rows come a little later, those
//! of the others much earlier. Where nobody waits, nothing is put together.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{DbErr, Statement, Value};
use sqlx::{Postgres, Row, postgres::PgRow};
use tokio::sync::oneshot;

use super::{
    few::{Few, Turn, failed},
    statements::push_placeholder,
};

/// How many queries go as one. There are few sizes, so that PostgreSQL knows their texts.
const SIZES: [usize; 3] = [8, 4, 2];

/// The values of all that go as one stay far below the 65,535 that PostgreSQL takes.
const MOST_VALUES: usize = 1_000;

/// The readers of one thread, and the queries that wait for one of them.
pub(super) struct Together {
    pub(super) few: Few<Postgres>,
    waiting: Mutex<Vec<Waiting>>,
    numbers: AtomicU64,
}

/// A query that waits for a connection.
struct Waiting {
    number: u64,
    sql: String,
    values: Vec<Value>,
    /// Hears the rows, if somebody takes the query along.
    tell: oneshot::Sender<Vec<PgRow>>,
}

/// A query's place among those that wait. It is given up in any case.
struct Place<'a> {
    of: &'a Together,
    number: u64,
    answer: oneshot::Receiver<Vec<PgRow>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Place<'_> {
    /// Whether the query was still waiting.
    fn leave(&self) -> bool {
        let mut waiting = self.of.waiting();
        let at = waiting.iter().position(|query| query.number == self.number);
        at.map(|at| waiting.remove(at)).is_some()
    }

    /// The query itself, whose text is `sql`, and those that it takes along. None if somebody has taken it along already.
    fn lead(&self, sql: &str) -> Option<Vec<Waiting>> {
        let mut waiting = self.of.waiting();
        let at = waiting.iter().position(|query| query.number == self.number)?;
        let alike = waiting.iter().filter(|query| query.sql == sql).count();
        let size = SIZES.into_iter().find(|size| *size <= alike).unwrap_or(1);
        let mut group = vec![waiting.remove(at)];
        group.extend(waiting.extract_if(.., |query| query.sql == sql).take(size - 1));
        Some(group)
    }
}

impl Together {
    pub(super) fn new(few: Few<Postgres>) -> Self {
        Self { few, waiting: Mutex::default(), numbers: AtomicU64::default() }
    }

    /// The rows of a query.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        if let Some(turn) = self.few.free_turn() {
            return self.few.all(turn, statement).await;
        }
        if !can_go_together(&statement) {
            return self.few.all(self.few.turn().await?, statement).await;
        }
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

    fn wait(&self, statement: &Statement) -> Place<'_> {
        let (tell, answer) = oneshot::channel();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let values = statement.values.clone().map(|values| values.0).unwrap_or_default();
        self.waiting().push(Waiting { number, sql: statement.sql.clone(), values, tell });
        Place { of: self, number, answer }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the queries of a group as one, and gives the others theirs. `statement` is the first of them.
    async fn lead(&self, turn: Turn<'_>, group: Vec<Waiting>, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        if group.len() == 1 {
            return self.few.all(turn, statement).await;
        }
        let sql = side_by_side(&statement.sql, group.len());
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
        let mut dealt: Vec<Vec<PgRow>> = tells.iter().map(|_| Vec::new()).collect();
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

/// Whether it is a query, of a size to be put together, in which every `$` stands for a value.
fn can_go_together(statement: &Statement) -> bool {
    let values = statement.values.as_ref().map_or(0, |values| values.0.len());
    statement.sql.starts_with("SELECT ") && values <= MOST_VALUES && placeholders(&statement.sql).count() == values
}

/// A query many times over, each with values of its own and its number behind the columns. The rows of each come in its
/// order: PostgreSQL does not look into one that has an order, but takes its rows as they come.
fn side_by_side(sql: &str, times: usize) -> String {
    let values = placeholders(sql).count();
    let mut text = String::with_capacity((sql.len() + 50) * times);
    for nth in 0..times {
        if nth > 0 {
            text.push_str(" UNION ALL ");
        }
        text.push_str("SELECT \"one\".*, ");
        text.push_str(itoa::Buffer::new().format(nth));
        text.push_str(" FROM (");
        let mut done = 0;
        for (at, number) in placeholders(sql) {
            text.push_str(sql.get(done..at).unwrap_or_default());
            push_placeholder(&mut text, nth * values + number);
            done = at + 1 + itoa::Buffer::new().format(number).len();
        }
        text.push_str(sql.get(done..).unwrap_or_default());
        text.push_str(") AS \"one\"");
    }
    text
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
        for (sql, times, expected) in [
            (
                "SELECT 1",
                2,
                r#"SELECT "one".*, 0 FROM (SELECT 1) AS "one" UNION ALL SELECT "one".*, 1 FROM (SELECT 1) AS "one""#,
            ),
            (
                "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)",
                2,
                "SELECT \"one\".*, 0 FROM (SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)) AS \"one\" UNION ALL \
                 SELECT \"one\".*, 1 FROM (SELECT a FROM t WHERE b = $4 AND c IN ($5, $6)) AS \"one\"",
            ),
        ] {
            assert_eq!(side_by_side(sql, times), expected);
        }
    }
}
