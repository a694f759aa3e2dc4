//! Pages of items that were made before.
//!
//! Reading a wide row and writing it down as JSON costs many times what finding it does. So the database is first asked
//! which rows stand on the page and what their stamps are, which an index holds. What was made of a row is used again as
//! long as its stamp stands; only the others are read. The database decides each time what is on the page and whether an
//! item is still good, so nothing is missed, whichever instance wrote it.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ModelTrait, QueryFilter, QueryResult,
    Value,
    sea_query::{Alias, Expr, Func, Query, SelectStatement, SimpleExpr},
};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    key_of,
    page::{Key, PageRequest, Rows},
    rows,
};
use crate::problem::{Problem, Result};

/// Bytes of items that are kept.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// What an entry costs beside its text, in bytes.
const OVERHEAD: u64 = 200;

/// How many items that is, about.
const ITEMS: usize = 27_000;

/// A row as it goes over the wire.
#[derive(Clone)]
pub struct Item(Arc<Made>);

struct Made {
    stamp: [i64; 2],
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
}

/// The order of a list: by these columns and then by the id, all in one direction.
pub struct Order {
    pub columns: Vec<(SimpleExpr, Kind)>,
    pub descending: bool,
}

/// Items of one entity, by the ids of their rows.
pub struct Items(Cache<Uuid, Item, Weight>);

/// What an item takes of the capacity.
#[derive(Clone)]
struct Weight;

impl Weighter<Uuid, Item> for Weight {
    fn weight(&self, _: &Uuid, item: &Item) -> u64 {
        item.0.json.get().len() as u64 + OVERHEAD
    }
}

impl Default for Items {
    fn default() -> Self {
        Self(Cache::with_weighter(ITEMS, CAPACITY, Weight))
    }
}

impl Items {
    /// One page of the rows that meet `condition`. `stamp` names two columns of whole numbers, one of which changes whenever
    /// that does which `make` gives.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn page<E, T>(
        &self,
        db: &impl ConnectionTrait,
        condition: Condition,
        page: &PageRequest,
        order: Order,
        stamp: [E::Column; 2],
        make: impl Fn(E::Model) -> T,
    ) -> Result<Rows<Item>>
    where
        E: EntityTrait<Model: DeserializeOwned>,
        T: Serialize,
    {
        let (lines, next) = on_page::<E>(db, condition.clone(), page, order, stamp).await?;
        let mut items: Vec<Option<Item>> = lines.iter().map(|line| self.kept(line)).collect();
        let missing = lines.iter().zip(&items).filter(|(_, item)| item.is_none());
        let unknown: Vec<Uuid> = missing.map(|(line, _)| line.id).collect();
        if !unknown.is_empty() {
            let made = self.make::<E, T>(db, condition, unknown, stamp, make).await?;
            for (item, line) in items.iter_mut().zip(&lines).filter(|(item, _)| item.is_none()) {
                // A row that went just now is missing.
                *item = made.iter().find(|(id, _)| *id == line.id).map(|(_, item)| item.clone());
            }
        }
        Ok(Rows { rows: items.into_iter().flatten().collect(), next, total: None })
    }

    fn kept(&self, line: &Line) -> Option<Item> {
        self.0.get(&line.id).filter(|item| item.0.stamp == line.stamp)
    }

    /// Reads those of `ids` that still meet `condition`, and keeps what is made of them.
    async fn make<E, T>(
        &self,
        db: &impl ConnectionTrait,
        condition: Condition,
        ids: Vec<Uuid>,
        stamp: [E::Column; 2],
        make: impl Fn(E::Model) -> T,
    ) -> Result<Vec<(Uuid, Item)>>
    where
        E: EntityTrait<Model: DeserializeOwned>,
        T: Serialize,
    {
        let key = key_of::<E>().ok_or_else(unreadable)?;
        let rows = rows::all(db, E::find().filter(condition.add(key.is_in(ids)))).await?;
        let made = rows.into_iter().map(|row| {
            let Value::Uuid(Some(id)) = row.get(key) else { return Err(unreadable()) };
            let [Value::BigInt(Some(first)), Value::BigInt(Some(second))] = stamp.map(|column| row.get(column)) else {
                return Err(unreadable());
            };
            let json = serde_json::value::to_raw_value(&make(row)).map_err(Problem::internal)?;
            let item = Item(Arc::new(Made { stamp: [first, second], json }));
            self.0.insert(id, item.clone());
            Ok((id, item))
        });
        made.collect()
    }
}

/// A row of a page.
struct Line {
    id: Uuid,
    stamp: [i64; 2],
}

// What the columns of a page are called, but for those that it is sorted by.
const ID: &str = "id";
const FIRST: &str = "first";
const SECOND: &str = "second";

/// The rows of a page, and the sort values of the last where others follow.
async fn on_page<E: EntityTrait>(
    db: &impl ConnectionTrait,
    condition: Condition,
    page: &PageRequest,
    order: Order,
    stamp: [E::Column; 2],
) -> Result<(Vec<Line>, Option<Vec<Key>>)> {
    let id = key_of::<E>().ok_or_else(unreadable)?.into_expr();
    let [first, second] = stamp.map(|part| part.into_expr());
    let (mut columns, kinds): (Vec<SimpleExpr>, Vec<Kind>) = order.columns.into_iter().unzip();
    let mut rows = Query::select();
    rows.from(E::default().table_ref()).cond_where(condition);
    rows.expr_as(id.clone(), ID).expr_as(first, FIRST).expr_as(second, SECOND);
    for (number, column) in columns.iter().enumerate() {
        rows.expr_as(column.clone(), key_name(number));
    }
    columns.push(id);
    page.apply_to(&mut rows, &columns, order.descending);
    match db.get_database_backend() {
        DbBackend::Sqlite => written_down(db, rows, page, &kinds).await,
        _ => handed_over(db, rows, page, &kinds).await,
    }
}

fn key_name(number: usize) -> Alias {
    Alias::new(format!("key_{number}"))
}

/// The driver of PostgreSQL hands over rows as the bytes that came.
async fn handed_over(
    db: &impl ConnectionTrait,
    rows: SelectStatement,
    page: &PageRequest,
    kinds: &[Kind],
) -> Result<(Vec<Line>, Option<Vec<Key>>)> {
    let mut rows = db.query_all(&rows).await?;
    let more = page.cut(&mut rows);
    let line = |row: &QueryResult| {
        Ok(Line { id: row.try_get_by_index(0)?, stamp: [row.try_get_by_index(1)?, row.try_get_by_index(2)?] })
    };
    let key = |row: &QueryResult| {
        let of_columns = kinds.iter().zip(3..).map(|(kind, at)| {
            Ok(match kind {
                Kind::Text => Key::Text(row.try_get_by_index(at)?),
                Kind::Number => Key::Number(row.try_get_by_index(at)?),
                Kind::Instant => Key::Instant(row.try_get_by_index(at)?),
            })
        });
        of_columns.chain([row.try_get_by_index(0).map(Key::Id)]).collect::<std::result::Result<_, DbErr>>()
    };
    let next = rows.last().filter(|_| more).map(key).transpose()?;
    Ok((rows.iter().map(line).collect::<Result<_>>()?, next))
}

/// The driver of SQLite spends microseconds on each row that it hands over. So SQLite writes them down as one JSON array.
async fn written_down(
    db: &impl ConnectionTrait,
    rows: SelectStatement,
    page: &PageRequest,
    kinds: &[Kind],
) -> Result<(Vec<Line>, Option<Vec<Key>>)> {
    let id = Func::cust("hex").arg(Expr::col(ID)).into();
    let sorted_by = Func::cust("json_array").args((0..kinds.len()).map(|number| Expr::col(key_name(number)))).into();
    let line = Func::cust("json_array").args([id, Expr::col(FIRST), Expr::col(SECOND), sorted_by]);
    let whole = Query::select().expr(Func::cust("json_group_array").arg(line)).from_subquery(rows, "rows").take();
    let whole = db.query_one(&whole).await?.ok_or_else(unreadable)?;
    let text: String = whole.try_get_by_index(0)?;
    let mut lines: Vec<(Uuid, i64, i64, &RawValue)> = serde_json::from_str(&text).map_err(Problem::internal)?;
    let more = page.cut(&mut lines);
    let key = |(id, _, _, sorted_by): &(Uuid, i64, i64, &RawValue)| {
        let values: Vec<&RawValue> = read(sorted_by)?;
        let of_columns = values.iter().zip(kinds).map(|(value, kind)| {
            Ok(match kind {
                Kind::Text => Key::Text(read(value)?),
                Kind::Number => Key::Number(read(value)?),
                Kind::Instant => Key::Instant(read(value)?),
            })
        });
        of_columns.chain([Ok(Key::Id(*id))]).collect::<Result<_>>()
    };
    let next = lines.last().filter(|_| more).map(key).transpose()?;
    Ok((lines.into_iter().map(|(id, first, second, _)| Line { id, stamp: [first, second] }).collect(), next))
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue) -> Result<T> {
    serde_json::from_str(value.get()).map_err(Problem::internal)
}

fn unreadable() -> Problem {
    Problem::internal("a line of a page cannot be read")
}
