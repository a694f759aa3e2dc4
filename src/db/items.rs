//! Pages of items that were made before.
//!
//! Reading a wide row and writing it down as JSON costs many times what finding it does. So the database is first asked
//! which rows stand on the page and what their stamps are, which an index holds. What was made of a row is used again as
//! long as its stamp stands; only the others are read. The database decides each time what is on the page and whether an
//! item is still good, so nothing is missed, whichever instance wrote it.

use std::sync::{Arc, PoisonError, RwLock};

use quick_cache::{Weighter, unsync::Cache};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ModelTrait, QueryFilter, Value,
    sea_query::{Expr, Query, SimpleExpr},
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
pub struct Item {
    stamp: [i64; 2],
    json: Arc<RawValue>,
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
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

/// Items of one entity, by the ids of their rows. One lock for a whole page: where each item has its own, the processor
/// waits for the memory of one before it asks for that of the next.
pub struct Items(RwLock<Cache<Uuid, Item, Weight>>);

/// What an item takes of the capacity.
#[derive(Clone)]
struct Weight;

impl Weighter<Uuid, Item> for Weight {
    fn weight(&self, _: &Uuid, item: &Item) -> u64 {
        item.json.get().len() as u64 + OVERHEAD
    }
}

impl Default for Items {
    fn default() -> Self {
        Self(RwLock::new(Cache::with_weighter(ITEMS, CAPACITY, Weight)))
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
        let mut items = self.kept(&lines);
        let missing = lines.iter().zip(&items).filter(|(_, item)| item.is_none());
        let unknown: Vec<Uuid> = missing.map(|(line, _)| line.0).collect();
        if !unknown.is_empty() {
            let made = self.make::<E, T>(db, condition, unknown, stamp, make).await?;
            for (item, line) in items.iter_mut().zip(&lines).filter(|(item, _)| item.is_none()) {
                // A row that went just now is missing.
                *item = made.iter().find(|(id, _)| *id == line.0).map(|(_, item)| item.clone());
            }
        }
        Ok(Rows { rows: items.into_iter().flatten().collect(), next, total: None })
    }

    /// What is kept of these lines, and still good.
    fn kept(&self, lines: &[Line]) -> Vec<Option<Item>> {
        let items = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let good = |line: &Line| items.get(&line.0).filter(|item| item.stamp == [line.1, line.2]);
        // All are found before the first is touched, for the same reason.
        let found: Vec<Option<&Item>> = lines.iter().map(good).collect();
        found.into_iter().map(Option::<&Item>::cloned).collect()
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
            Ok((id, Item { stamp: [first, second], json: json.into() }))
        });
        let made: Vec<_> = made.collect::<Result<_>>()?;
        let mut items = self.0.write().unwrap_or_else(PoisonError::into_inner);
        made.iter().for_each(|(id, item)| items.insert(*id, item.clone()));
        Ok(made)
    }
}

/// A row of a page: its id and its stamp.
#[derive(Deserialize)]
struct Line(Uuid, i64, i64);

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
    rows.expr_as(id.clone(), "id").expr_as(first, "first").expr_as(second, "second");
    for (number, column) in columns.iter().enumerate() {
        rows.expr_as(column.clone(), key_name(number));
    }
    columns.push(id);
    page.apply_to(&mut rows, &columns, order.descending);
    let mut whole = Query::select();
    whole.expr(all_lines(db.get_database_backend())).from_subquery(rows, "rows");
    for number in 0..kinds.len() {
        whole.expr(last_key(db.get_database_backend(), number, page.limit));
    }
    let whole = db.query_one(&whole).await?.ok_or_else(unreadable)?;
    let mut lines: Vec<Line> = match db.get_database_backend() {
        DbBackend::Sqlite => serde_json::from_str(&whole.try_get_by_index::<String>(0)?).map_err(Problem::internal)?,
        _ => whole.try_get_by_index::<Option<Vec<u8>>>(0)?.map_or(Ok(Vec::new()), |bytes| from_bytes(&bytes))?,
    };
    let more = page.cut(&mut lines);
    let Some(last) = lines.last().filter(|_| more) else { return Ok((lines, None)) };
    let keys = kinds.iter().zip(1..).map(|(kind, at)| {
        Ok(match kind {
            Kind::Text => Key::Text(whole.try_get_by_index(at)?),
            Kind::Number => Key::Number(whole.try_get_by_index(at)?),
            Kind::Instant => Key::Instant(whole.try_get_by_index(at)?),
        })
    });
    let next = keys.chain([Ok(Key::Id(last.0))]).collect::<std::result::Result<_, DbErr>>()?;
    Ok((lines, Some(next)))
}

fn key_name(number: usize) -> String {
    format!("key_{number}")
}

/// All lines in one value. The drivers spend on each row that they hand over several times what this costs the database.
fn all_lines(backend: DbBackend) -> SimpleExpr {
    Expr::cust(match backend {
        DbBackend::Sqlite => r#"json_group_array(json_array(hex("id"), "first", "second"))"#,
        _ => r#"string_agg(uuid_send("id") || int8send("first") || int8send("second"), '')"#,
    })
}

/// The sort value with this number in the last row of a page of `limit`.
fn last_key(backend: DbBackend, number: usize, limit: u64) -> SimpleExpr {
    let name = key_name(number);
    // The query builder takes what stands in brackets for a name, so the number cannot be a value.
    Expr::cust(match backend {
        DbBackend::Sqlite => format!("json_extract(json_group_array(\"{name}\"), '$[{}]')", limit.saturating_sub(1)),
        _ => format!("(array_agg(\"{name}\"))[{limit}]"),
    })
}

/// Lines as PostgreSQL puts them together: 32 bytes each, the most significant of a number first.
fn from_bytes(bytes: &[u8]) -> Result<Vec<Line>> {
    let (lines, _) = bytes.as_chunks::<32>();
    let line = |line: &[u8; 32]| {
        let (id, stamp) = line.split_first_chunk()?;
        let (first, second) = stamp.split_first_chunk()?;
        let second = second.first_chunk()?;
        Some(Line(Uuid::from_bytes(*id), i64::from_be_bytes(*first), i64::from_be_bytes(*second)))
    };
    lines.iter().map(|bytes| line(bytes).ok_or_else(unreadable)).collect()
}

fn unreadable() -> Problem {
    Problem::internal("a line of a page cannot be read")
}
