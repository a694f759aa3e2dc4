use chrono::{DateTime, Utc};

use crate::{
    db::Db,
    entities::account::PlatformRole,
    problem::{Problem, Result},
};

/// Gives the account with this e-mail address a platform role.
pub async fn grant(_db: &Db, _email: &str, _role: PlatformRole, _now: DateTime<Utc>) -> Result<()> {
    Err(Problem::not_found())
}
