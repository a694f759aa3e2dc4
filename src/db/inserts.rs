//! Rows of several tables in one round trip: to the thread on which SQLite works, or to the server of PostgreSQL.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryTrait, Statement,
    sea_query::{
        Alias, CommonTableExpression, Expr, InsertStatement, Query, SqliteQueryBuilder, Values, WithClause, WithQuery,
    },
};

use crate::problem::Result;

/// Rows that are to be put in together.
#[derive(Default)]
pub struct Inserts(Vec<InsertStatement>);

impl Inserts {
    /// A row.
    pub fn add<A: ActiveModelTrait>(&mut self, row: A) {
        self.0.push(<A::Entity as EntityTrait>::insert(row).into_query());
    }

    /// Rows of one table; there may be none.
    pub fn add_all<A: ActiveModelTrait>(&mut self, rows: Vec<A>) {
        if !rows.is_empty() {
            self.0.push(<A::Entity as EntityTrait>::insert_many(rows).into_query());
        }
    }

    /// Puts them in, in the order in which they were added.
    pub async fn run(self, tx: &DatabaseTransaction) -> Result<()> {
        if let Some(statement) = self.into_statement(tx.get_database_backend()) {
            tx.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// What puts them in; nothing where there are none.
    pub(super) fn into_statement(self, backend: DbBackend) -> Option<Statement> {
        match (self.0.is_empty(), backend) {
            (true, _) => None,
            (false, DbBackend::Sqlite) => Some(one_after_another(&self.0)),
            (false, _) => Some(backend.build(&one_around_the_others(self.0))),
        }
    }
}

/// SQLite takes several statements for one.
fn one_after_another(inserts: &[InsertStatement]) -> Statement {
    let (mut sql, mut values) = (Vec::new(), Vec::new());
    for insert in inserts {
        let (text, Values(own)) = insert.build(SqliteQueryBuilder);
        sql.push(text);
        values.extend(own);
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, sql.join("; "), values)
}

/// PostgreSQL takes one statement with the others before its `SELECT`. References are checked when all of it is done.
fn one_around_the_others(inserts: Vec<InsertStatement>) -> WithQuery {
    let mut with = WithClause::new();
    for (number, insert) in inserts.into_iter().enumerate() {
        let mut part = CommonTableExpression::new();
        part.table_name(Alias::new(format!("rows_{number}"))).query(insert);
        with.cte(part);
    }
    with.query(Query::select().expr(Expr::val(1)).take())
}
