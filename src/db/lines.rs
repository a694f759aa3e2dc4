//! Many short rows in one long text. A driver spends microseconds on each row that it hands over; where thousands are
//! only looked through, the database puts them together itself.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, SimpleExpr},
};
use uuid::Uuid;

/// All rows of a query as one text: a line for each, its id, a space, its `text`. Null where there are none.
pub fn lines(backend: DbBackend, id: SimpleExpr, text: SimpleExpr) -> SimpleExpr {
    match backend {
        DbBackend::Sqlite => Expr::cust_with_exprs("group_concat(hex(?) || ' ' || ?, char(10))", [id, text]),
        _ => Expr::cust_with_exprs("string_agg(CAST($1 AS text) || ' ' || $2, chr(10))", [id, text]),
    }
}

/// The rows that [`lines`] put together.
pub fn rows(text: &str) -> impl Iterator<Item = (Uuid, &str)> {
    text.lines().filter_map(|line| {
        let (id, text) = line.split_once(' ')?;
        Some((Uuid::try_parse(id).ok()?, text))
    })
}
