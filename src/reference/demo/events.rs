//! Invented events of the invented organizations, some full, one cancelled.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Deserialize;
use uuid::Uuid;

use super::{caller, find};
use crate::{
    db::search::sort_name,
    entities::organization,
    events::{
        rules::Standing,
        schema::EventCreate,
        store::{self, Seen},
    },
    http::{caller::Caller, conditional::IfMatch},
    problem::{Problem, Result},
    state::State,
};

const EVENTS: &str = include_str!("../../../reference/demo_events.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoEvent {
    organizer: String,
    organization: String,
    state: DemoState,
    /// From the day on which the demo is put in.
    in_days: i64,
    /// `HH:MM`.
    starts: String,
    ends: String,
    /// All but its times.
    event: serde_json::Value,
    registered: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DemoState {
    Draft,
    Published,
    Cancelled,
}

impl DemoEvent {
    fn body(&self, now: DateTime<Utc>) -> Result<EventCreate> {
        let day = (now + TimeDelta::days(self.in_days)).date_naive();
        let mut body = self.event.clone();
        if let Some(members) = body.as_object_mut() {
            members.insert("starts_local".into(), format!("{day}T{}", self.starts).into());
            members.insert("ends_local".into(), format!("{day}T{}", self.ends).into());
        }
        serde_json::from_value(body).map_err(Problem::internal)
    }
}

/// Puts them all in.
pub async fn seed(
    tx: &DatabaseTransaction,
    app: &State,
    accounts: &HashMap<&str, Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let events: Vec<DemoEvent> = serde_json::from_str(EVENTS).map_err(Problem::internal)?;
    for one in &events {
        let named = organization::COLUMN.sort_name.eq(sort_name(&one.organization));
        let holder = organization::Entity::find().filter(named).one(tx).await?.ok_or_else(Problem::not_found)?;
        let organizer = caller(find(accounts, &one.organizer)?);
        let event = store::create(tx, organizer.account_id, &holder, &one.body(now)?, now).await?.id;
        if one.state == DemoState::Draft {
            continue;
        }
        let (seen, standing) = visible(tx, &organizer, event, now).await?;
        store::publish(tx, organizer.account_id, seen, &standing, now).await?;
        for who in &one.registered {
            let who = caller(find(accounts, who)?);
            let (seen, _) = visible(tx, &who, event, now).await?;
            store::register(tx, app, seen, who.account_id, &IfMatch::Anything, now).await?;
        }
        if one.state == DemoState::Cancelled {
            let (seen, standing) = visible(tx, &organizer, event, now).await?;
            let reason = "The food bank has moved, and has to settle in first.";
            store::cancel(tx, app, organizer.account_id, seen, &standing, reason, now).await?;
        }
    }
    Ok(())
}

async fn visible(tx: &DatabaseTransaction, who: &Caller, event: Uuid, now: DateTime<Utc>) -> Result<(Seen, Standing)> {
    store::visible_to(tx, &who.clone().into(), event, now).await
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[test]
    fn a_handful_of_sound_events_are_invented() {
        let events: Vec<DemoEvent> = serde_json::from_str(EVENTS).unwrap();
        assert_eq!(events.len(), 5);
        for one in &events {
            let body = one.body("2026-11-23T18:00:00Z".parse().unwrap()).unwrap();
            body.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", body.title));
        }
    }
}
