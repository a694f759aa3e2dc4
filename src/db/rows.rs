//! Whole rows of an entity, many at once.
//!
//! The SQLite driver copies every value by itself, hands over every row by itself, and finds every column by its name:
//! for a page of wide rows that costs several times what the query does. So SQLite writes the rows down as one JSON
//! text, and the model reads itself from there, member by member in the order of its columns. PostgreSQL's driver hands
//! over a row as the bytes that came, and is left alone.

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, QueryTrait, Select,
    sea_query::{Expr, Query},
};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, Result};

/// All rows of `select`, in its order.
///
/// # Errors
/// 503 when the database is away.
pub async fn all<E>(db: &impl ConnectionTrait, select: Select<E>) -> Result<Vec<E::Model>>
where
    E: EntityTrait<Model: DeserializeOwned>,
{
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(select.all(db).await?);
    }
    let mut rows = select.into_query();
    rows.clear_selects().expr_as(Expr::cust(row_as_json::<E>()), "row");
    let mut whole = Query::select();
    whole.expr(Expr::cust("concat('[', group_concat(\"row\"), ']')")).from_subquery(rows, "rows");
    let whole = db.query_one(&whole).await?.ok_or_else(|| Problem::internal("an aggregate without a row"))?;
    serde_json::from_str(&whole.try_get_by_index::<String>(0)?).map_err(Problem::internal)
}

/// SQL for a row as a JSON array of its columns.
fn row_as_json<E: EntityTrait>() -> String {
    let table = E::default();
    let table = table.table_name();
    let columns = E::Column::iter().map(|column| {
        let name = format!("\"{table}\".\"{}\"", column.as_str());
        let value = match column.def().get_column_type() {
            ColumnType::Uuid => format!("'\"' || hex({name}) || '\"'"),
            ColumnType::Date | ColumnType::TimestampWithTimeZone => format!("'\"' || {name} || '\"'"),
            ColumnType::Boolean => format!("iif({name}, 'true', 'false')"),
            // What is a number or JSON already stands as it is.
            ColumnType::BigInteger | ColumnType::Json | ColumnType::JsonBinary => name.clone(),
            _ => return format!("json_quote({name})"),
        };
        match column.def().is_null() {
            true => format!("iif({name} IS NULL, 'null', {value})"),
            false => value,
        }
    });
    format!("concat('[', {}, ']')", columns.collect::<Vec<_>>().join(", ',', "))
}
