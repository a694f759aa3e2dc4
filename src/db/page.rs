//! Keyset paging: page 10,000 costs what page 1 does, and rows that come and go neither repeat nor hide others.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    Order, QuerySelect,
    sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr, Value},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    crypto::master_key::MasterKey,
    problem::{Fault, Problem, ProblemCode, Result},
};

/// The code of a cursor that was changed or belongs to another list.
pub const INVALID_CURSOR: &str = "invalid_cursor";

/// The value of one sort column in the last row of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Text(String),
    Number(i64),
    Instant(DateTime<Utc>),
    Day(NaiveDate),
    Id(Uuid),
}

impl From<Key> for SimpleExpr {
    fn from(key: Key) -> Self {
        Expr::value(match key {
            Key::Text(text) => Value::from(text),
            Key::Number(number) => Value::from(number),
            Key::Instant(instant) => Value::from(instant),
            Key::Day(day) => Value::from(day),
            Key::Id(id) => Value::from(id),
        })
    }
}

/// Which page is wanted. Made from the query string, with the cursor already checked.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub limit: u64,
    pub include_total: bool,
    after: Option<Vec<Key>>,
    /// The sort and the filters, a line for each: a cursor fits only the list that it came from.
    list: String,
}

/// The rows of one page, and where the next one starts.
pub struct Rows<M> {
    pub rows: Vec<M>,
    pub next: Option<Vec<Key>>,
    pub total: Option<u64>,
}

impl PageRequest {
    /// # Errors
    /// 422 `invalid_cursor` for one that was changed or belongs to another list.
    pub fn new(
        limit: u64,
        include_total: bool,
        cursor: Option<&str>,
        list: String,
        master_key: &MasterKey,
    ) -> Result<Self> {
        let after = cursor.map(|cursor| decode(cursor, &list, master_key)).transpose()?;
        Ok(Self { limit, include_total, after, list })
    }

    /// The sort values of the last row of the page before, where there was one.
    pub fn after(&self) -> Option<&[Key]> {
        self.after.as_deref()
    }

    /// Restricts `query` to this page: sorted by `columns`, all in one direction, the last of them unique. One row more
    /// than the page holds is asked for, to know whether there is another page.
    pub fn apply<Q: QuerySelect>(&self, mut query: Q, columns: &[SimpleExpr], descending: bool) -> Q {
        self.apply_to(query.query(), columns, descending);
        query
    }

    /// The same for a statement that is no query of an entity.
    pub(super) fn apply_to(&self, query: &mut SelectStatement, columns: &[SimpleExpr], descending: bool) {
        if let Some(after) = &self.after {
            let here = Expr::tuple(columns.iter().cloned());
            let there = Expr::tuple(after.iter().cloned().map(SimpleExpr::from));
            query.and_where(if descending { here.lt(there) } else { here.gt(there) });
        }
        for column in columns {
            query.order_by_expr(column.clone(), if descending { Order::Desc } else { Order::Asc });
        }
        query.limit(self.limit + 1);
    }

    /// Takes the surplus row off; `key` reads the sort columns of a row.
    pub fn finish<M>(&self, mut rows: Vec<M>, key: impl Fn(&M) -> Vec<Key>) -> Rows<M> {
        let more = self.cut(&mut rows);
        let next = rows.last().filter(|_| more).map(key);
        Rows { rows, next, total: None }
    }

    /// Takes the surplus row off, and says whether there was one.
    pub(super) fn cut<M>(&self, rows: &mut Vec<M>) -> bool {
        let more = rows.len() as u64 > self.limit;
        rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        more
    }

    /// This page of items that no query could sort or restrict, all of them at hand and sorted by `key`.
    pub fn of<T>(&self, items: Vec<T>, key: impl Fn(&T) -> (DateTime<Utc>, Uuid)) -> Rows<T> {
        let total = self.include_total.then_some(items.len() as u64);
        let after = match self.after() {
            Some([Key::Instant(at), Key::Id(id)]) => Some((*at, *id)),
            _ => None,
        };
        let rest = items.into_iter().filter(|item| after.is_none_or(|after| key(item) > after));
        let rest = rest.take(usize::try_from(self.limit).unwrap_or(usize::MAX).saturating_add(1)).collect();
        let keys = |item: &T| {
            let (at, id) = key(item);
            vec![Key::Instant(at), Key::Id(id)]
        };
        Rows { total, ..self.finish(rest, keys) }
    }

    /// The cursor that continues after `next`.
    pub fn cursor(&self, next: Vec<Key>, master_key: &MasterKey) -> Result<String> {
        let bytes = serde_json::to_vec(&next).map_err(Problem::internal)?;
        let mark = master_key.mark(&marked(&self.list, &bytes));
        Ok(BASE64_URL_SAFE_NO_PAD.encode([mark.as_slice(), &bytes].concat()))
    }
}

/// A filter that is given more than once lets either through; none lets everything through.
pub fn any_of<T: Clone>(values: &[T], condition: impl FnOnce(Vec<T>) -> SimpleExpr) -> Option<SimpleExpr> {
    (!values.is_empty()).then(|| condition(values.to_vec()))
}

fn decode(cursor: &str, list: &str, master_key: &MasterKey) -> Result<Vec<Key>> {
    let invalid = || {
        let detail = "must be next_cursor of the page before, under the same sort and filters";
        Problem::from(ProblemCode::InvalidCursor).with_errors(vec![Fault::parameter("cursor", INVALID_CURSOR, detail)])
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let (mark, bytes) = bytes.split_at_checked(16).ok_or_else(invalid)?;
    if !master_key.is_marked(&marked(list, bytes), mark) {
        return Err(invalid());
    }
    serde_json::from_slice(bytes).map_err(|_| invalid())
}

/// What the mark of a cursor is made of: the list, and where in it.
fn marked(list: &str, after: &[u8]) -> Vec<u8> {
    [list.as_bytes(), after].concat()
}
