//! Queries and transactions on plans. Each starts from the plan of one account, and opens what it reads.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    accounts,
    db::page::{Key, PageRequest, Rows},
    problem::{Problem, Result},
};

pub mod actions;
pub mod log;
pub mod ties;

/// The date where the account is.
pub async fn today(db: &impl ConnectionTrait, account_id: Uuid, now: DateTime<Utc>) -> Result<NaiveDate> {
    let account = accounts::store::get(db, account_id).await?;
    Ok(accounts::rules::day_in(&account.time_zone, now))
}

/// One page of what was opened and is sorted by `key`: the database cannot look into it.
fn page_of<T>(items: Vec<T>, page: &PageRequest, key: impl Fn(&T) -> (DateTime<Utc>, Uuid)) -> Rows<T> {
    let total = page.include_total.then_some(items.len() as u64);
    let after = match page.after() {
        Some([Key::Instant(at), Key::Id(id)]) => Some((*at, *id)),
        _ => None,
    };
    let rest = items.into_iter().filter(|item| after.is_none_or(|after| key(item) > after));
    let rest = rest.take(usize::try_from(page.limit).unwrap_or(usize::MAX).saturating_add(1)).collect();
    let keys = |item: &T| {
        let (at, id) = key(item);
        vec![Key::Instant(at), Key::Id(id)]
    };
    Rows { total, ..page.finish(rest, keys) }
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
