//! Pages of items that were made before.
//!
//! Reading a wide row and writing it down as JSON costs many times what finding it does. So the database is first asked
//! which rows stand on the page and what their stamps are, which an index holds. What was made of a row is used again as
//! long as its stamp stands; only the others are read. The database decides each time what is on the page and whether an
//! item is still good, so nothing is missed, whichever instance wrote it.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter,
    QueryTrait, Select, Value,
    sea_query::{Expr, Func, IntoColumnRef, Query, SimpleExpr},
};
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    page::{Key, PageRequest, Rows},
    rows,
};
use crate::problem::{Problem, Result};

/// Bytes of items that are kept.
const CAPACITY: u64 = 48 * 1024 * 1024;

/// What an entry costs beside its text, in bytes.
const OVERHEAD: usize = 200;

/// After this time an item is made anew in any case.
const LONGEST: Duration = Duration::from_secs(300);

/// A row as it goes over the wire.
#[derive(Clone)]
pub struct Item(Arc<Made>);

struct Made {
    stamp: String,
    json: Box<RawValue>,
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.json.serialize(serializer)
    }
}

/// What a column holds by which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Instant,
    Id,
}

/// The order of a list: by these columns, all in one direction, the last of them unique.
pub struct Order {
    pub columns: Vec<(SimpleExpr, Kind)>,
    pub descending: bool,
}

/// Items of one entity, by the ids of their rows.
pub struct Items(Cache<Uuid, Item>);

impl Default for Items {
    fn default() -> Self {
        let weight = |_: &Uuid, item: &Item| u32::try_from(item.0.json.get().len() + OVERHEAD).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(CAPACITY).weigher(weight).time_to_live(LONGEST).build())
    }
}

impl Items {
    /// One page of what `query` finds. `stamp` names columns of whole numbers, one of which changes whenever that does
    /// which `make` gives.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn page<E, T>(
        &self,
        db: &impl ConnectionTrait,
        query: Select<E>,
        page: &PageRequest,
        order: Order,
        stamp: &[E::Column],
        make: impl Fn(E::Model) -> T,
    ) -> Result<Rows<Item>>
    where
        E: EntityTrait<Model: DeserializeOwned>,
        T: Serialize,
    {
        let text = lines(db, query.clone(), page, order, stamp).await?;
        let mut lines = text.lines().map(Line::read).collect::<Option<Vec<_>>>().ok_or_else(unreadable)?;
        let more = page.cut(&mut lines);
        let next = lines.last().filter(|_| more).map(|line| serde_json::from_str::<Vec<Key>>(line.keys)).transpose();
        let mut items: Vec<Option<Item>> = lines.iter().map(|line| self.kept(line)).collect();
        let unknown: Vec<Uuid> =
            lines.iter().zip(&items).filter(|(_, item)| item.is_none()).map(|(line, _)| line.id).collect();
        if !unknown.is_empty() {
            let made = self.make(db, query, unknown, stamp, make).await?;
            for (item, line) in items.iter_mut().zip(&lines).filter(|(item, _)| item.is_none()) {
                // A row that went just now is missing.
                *item = made.iter().find(|(id, _)| *id == line.id).map(|(_, item)| item.clone());
            }
        }
        Ok(Rows { rows: items.into_iter().flatten().collect(), next: next.map_err(Problem::internal)?, total: None })
    }

    fn kept(&self, line: &Line<'_>) -> Option<Item> {
        self.0.get(&line.id).filter(|item| item.0.stamp == line.stamp)
    }

    /// Reads those of `ids` that `query` still finds, and keeps what is made of them.
    async fn make<E, T>(
        &self,
        db: &impl ConnectionTrait,
        query: Select<E>,
        ids: Vec<Uuid>,
        stamp: &[E::Column],
        make: impl Fn(E::Model) -> T,
    ) -> Result<Vec<(Uuid, Item)>>
    where
        E: EntityTrait<Model: DeserializeOwned>,
        T: Serialize,
    {
        let key = key_of::<E>().ok_or_else(unreadable)?;
        let rows = rows::all(db, query.filter(key.is_in(ids))).await?;
        let made = rows.into_iter().map(|row| {
            let Value::Uuid(Some(id)) = row.get(key) else { return Err(unreadable()) };
            let stamp = stamp.iter().map(|column| number(row.get(*column))).collect::<Vec<_>>().join(".");
            let json = serde_json::value::to_raw_value(&make(row)).map_err(Problem::internal)?;
            let item = Item(Arc::new(Made { stamp, json }));
            self.0.insert(id, item.clone());
            Ok((id, item))
        });
        made.collect()
    }
}

/// A row of a page, as the database writes it down.
struct Line<'a> {
    id: Uuid,
    stamp: &'a str,
    /// Its values in the columns of the order, in JSON.
    keys: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (id, rest) = line.split_once(' ')?;
        let (stamp, keys) = rest.split_once(' ')?;
        Some(Self { id: Uuid::try_parse(id).ok()?, stamp, keys })
    }
}

/// The rows of a page and the one after it, a line for each.
async fn lines<E: EntityTrait>(
    db: &impl ConnectionTrait,
    query: Select<E>,
    page: &PageRequest,
    order: Order,
    stamp: &[E::Column],
) -> Result<String> {
    let backend = db.get_database_backend();
    let line = line::<E>(backend, &order.columns, stamp).ok_or_else(unreadable)?;
    let columns: Vec<SimpleExpr> = order.columns.into_iter().map(|(column, _)| column).collect();
    let mut rows = page.apply(query, &columns, order.descending).into_query();
    rows.clear_selects().expr_as(line, "line");
    let together = match backend {
        DbBackend::Sqlite => "group_concat(\"line\", char(10))",
        _ => "string_agg(\"line\", chr(10))",
    };
    let mut whole = Query::select();
    whole.expr(Expr::cust(together)).from_subquery(rows, "rows");
    let whole = db.query_one(&whole).await?.ok_or_else(unreadable)?;
    Ok(whole.try_get_by_index::<Option<String>>(0)?.unwrap_or_default())
}

/// SQL for a line: the id, the stamp and the keys.
fn line<E: EntityTrait>(backend: DbBackend, columns: &[(SimpleExpr, Kind)], stamp: &[E::Column]) -> Option<SimpleExpr> {
    let column = |column: E::Column| SimpleExpr::Column(column.as_column_ref().into_column_ref());
    let mut parts = vec![written(backend, column(key_of::<E>()?), Kind::Id)];
    for (number, part) in stamp.iter().enumerate() {
        parts.extend([Expr::cust(if number == 0 { "' '" } else { "'.'" }), column(*part)]);
    }
    for (number, (key, kind)) in columns.iter().enumerate() {
        let (before, after) = match kind {
            Kind::Text => ("{\"text\":", "}"),
            Kind::Number => ("{\"number\":", "}"),
            Kind::Instant => ("{\"instant\":", "}"),
            Kind::Id => ("{\"id\":\"", "\"}"),
        };
        let opening = if number == 0 { " [" } else { "," };
        parts.push(Expr::cust(format!("'{opening}{before}'")));
        parts.push(written(backend, key.clone(), *kind));
        parts.push(Expr::cust(format!("'{after}'")));
    }
    parts.push(Expr::cust("']'"));
    Some(Func::cust("concat").args(parts).into())
}

/// SQL for a value as it stands in JSON, quotes of ids apart.
fn written(backend: DbBackend, value: SimpleExpr, kind: Kind) -> SimpleExpr {
    match (backend, kind) {
        (DbBackend::Sqlite, Kind::Text | Kind::Instant) => Expr::cust_with_exprs("json_quote(?)", [value]),
        (DbBackend::Sqlite, Kind::Id) => Expr::cust_with_exprs("hex(?)", [value]),
        (_, Kind::Text | Kind::Instant) => Expr::cust_with_exprs("CAST(to_json($1) AS text)", [value]),
        _ => value,
    }
}

fn key_of<E: EntityTrait>() -> Option<E::Column> {
    E::PrimaryKey::iter().next().map(|key| key.into_column())
}

fn number(value: Value) -> String {
    match value {
        Value::BigInt(Some(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn unreadable() -> Problem {
    Problem::internal("a line of a page cannot be read")
}
