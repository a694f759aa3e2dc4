//! Queries and transactions on plans. Each starts from the plan of one account, and opens what it reads.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    accounts,
    problem::{Problem, Result},
};

pub mod actions;
pub mod log;
pub mod ties;

/// The date where the account is.
pub async fn today(db: &impl ConnectionTrait, account_id: Uuid, now: DateTime<Utc>) -> Result<NaiveDate> {
    let account = accounts::store::of_caller(db, account_id).await?;
    Ok(accounts::rules::day_in(&account.time_zone, now))
}

/// A day that is over or is running.
fn not_in_future(place: &'static str, day: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
    match day {
        Some(day) if day > today => {
            Err(Problem::invalid_at(place, "in_the_future", "must not be in the future where you are"))
        }
        _ => Ok(()),
    }
}
