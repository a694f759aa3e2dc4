//! Connections for queries that change nothing.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sqlx::{Postgres, Sqlite};

use super::{statements::Statements, together::Together};

/// The readers of one thread.
pub struct Readers {
    connections: Connections,
    statements: Statements,
}

pub(super) enum Connections {
    Sqlite(Together<Sqlite>),
    Postgres(Together<Postgres>),
}

impl Readers {
    pub(super) fn new(connections: Connections, statements: Statements) -> Self {
        Self { connections, statements }
    }

    pub(super) async fn ping(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Sqlite(readers) => readers.few.ping().await,
            Connections::Postgres(readers) => readers.few.ping().await,
        }
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Sqlite(readers) => readers.few.close().await,
            Connections::Postgres(readers) => readers.few.close().await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DbBackend {
        match &self.connections {
            Connections::Sqlite(_) => DbBackend::Sqlite,
            Connections::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(readers) => readers.few.execute(statement).await.map(Into::into),
            Connections::Postgres(readers) => readers.few.execute(statement).await.map(Into::into),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(readers) => Ok(readers.one(statement).await?.map(Into::into)),
            Connections::Postgres(readers) => Ok(readers.rows(statement).await?.into_iter().next().map(Into::into)),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statements.count();
        match &self.connections {
            Connections::Sqlite(readers) => Ok(converted(readers.rows(statement).await?)),
            Connections::Postgres(readers) => Ok(converted(readers.rows(statement).await?)),
        }
    }
}

fn converted<R: Into<QueryResult>>(rows: Vec<R>) -> Vec<QueryResult> {
    rows.into_iter().map(Into::into).collect()
}
