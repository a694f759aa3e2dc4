//! Calculating with dates inside a query.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, SimpleExpr},
};

/// The date that lies `days` after `date`.
pub fn days_after(backend: DbBackend, date: SimpleExpr, days: SimpleExpr) -> SimpleExpr {
    match backend {
        DbBackend::Sqlite => Expr::cust_with_exprs("date(?, ? || ' days')", [date, days]),
        _ => Expr::cust_with_exprs("($1 + CAST($2 AS integer))", [date, days]),
    }
}
