//! Invented consultation groups in all their states, with a history.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use sea_orm::DatabaseTransaction;
use serde::Deserialize;
use uuid::Uuid;

use super::{caller, find};
use crate::{
    agreements::{self, schema::AgreementCreate},
    consultation_groups::{
        self,
        rules::{Change, GroupStatus},
        schema::ConsultationGroupCreate,
    },
    entities::{
        Weekday, consultation_group,
        meeting_series::StoredRule,
        membership::{MembershipRole, MembershipStatus, Tie},
    },
    http::caller::Caller,
    meetings,
    memberships::{
        self,
        rules::Changes,
        schema::{AgreementSigning, JoinAnswer, SeatRequest},
        store::HeldPlace,
    },
    problem::{Problem, Result},
    state::State,
};

const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};
const GROUPS: &str = include_str!("../../../reference/demo_groups.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoGroup {
    founder: String,
    /// When it was founded.
    days_ago: i64,
    state: DemoState,
    group: ConsultationGroupCreate,
    members: Vec<DemoSeat>,
    /// It has published a second version of its agreement.
    #[serde(default)]
    new_version: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DemoState {
    Draft,
    Forming,
    Active,
    Paused,
    /// Was active, and has not met since.
    Dormant,
    Archived,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoSeat {
    therapist: String,
    #[serde(default)]
    role: Option<MembershipRole>,
    #[serde(default)]
    state: DemoSeatState,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DemoSeatState {
    #[default]
    Active,
    Requested,
    AwaitingSignature,
    Waitlisted,
    /// Has not signed the second version.
    Unsigned,
}

/// Founds the groups, one after another.
pub async fn seed(
    tx: &DatabaseTransaction,
    app: &State,
    accounts: &HashMap<&str, Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let groups: Vec<DemoGroup> = serde_json::from_str(GROUPS).map_err(Problem::internal)?;
    for one in &groups {
        let founder = caller(find(accounts, &one.founder)?);
        live(tx, app, accounts, &founder, one, now).await?;
    }
    Ok(())
}

/// What happened to a group from its founding to `now`.
async fn live(
    tx: &DatabaseTransaction,
    app: &State,
    accounts: &HashMap<&str, Uuid>,
    founder: &Caller,
    one: &DemoGroup,
    now: DateTime<Utc>,
) -> Result<()> {
    let founded = now - TimeDelta::days(one.days_ago);
    let group = consultation_groups::store::create(tx, founder.account_id, &one.group, founded).await?.id;
    let agreement: AgreementCreate =
        serde_json::from_value(serde_json::json!({"clauses": agreements::rules::library()}))
            .map_err(Problem::internal)?;
    publish_agreement(tx, app, founder, group, &agreement, founded).await?;
    if one.state == DemoState::Draft {
        return Ok(());
    }
    change(tx, app, founder, group, &Change::Publish, founded).await?;
    sign(tx, app, founder, group, founded).await?;
    for seat in &one.members {
        take_seat(tx, app, founder, &caller(find(accounts, &seat.therapist)?), group, seat, founded).await?;
    }
    let lately = now - TimeDelta::days(1);
    if matches!(one.state, DemoState::Active | DemoState::Paused | DemoState::Dormant) {
        change(tx, app, founder, group, &Change::Activate, founded).await?;
    }
    // Except where a group is to have been forgotten, somebody saw to it that it goes on.
    let (found, _) = visible(tx, founder, group, lately).await?;
    let asleep = consultation_groups::rules::status_at(&found, lately) == GroupStatus::Dormant;
    if asleep && matches!(one.state, DemoState::Active | DemoState::Paused) {
        change(tx, app, founder, group, &Change::Revive, lately).await?;
    }
    if one.state == DemoState::Active {
        plan_meetings(tx, founder, group, now).await?;
    }
    match one.state {
        DemoState::Paused => {
            let until = (now + TimeDelta::days(30)).date_naive();
            change(tx, app, founder, group, &Change::Pause(until), lately).await?;
        }
        DemoState::Archived => change(tx, app, founder, group, &Change::Archive, lately).await?,
        DemoState::Draft | DemoState::Forming | DemoState::Active | DemoState::Dormant => {}
    }
    if one.new_version {
        publish_agreement(tx, app, founder, group, &agreement, lately).await?;
        sign(tx, app, founder, group, lately).await?;
        for seat in one.members.iter().filter(|seat| seat.state == DemoSeatState::Active) {
            sign(tx, app, &caller(find(accounts, &seat.therapist)?), group, lately).await?;
        }
    }
    Ok(())
}

/// It meets every other week, at the first hour that suits it, from in two days on.
async fn plan_meetings(tx: &DatabaseTransaction, founder: &Caller, group: Uuid, now: DateTime<Utc>) -> Result<()> {
    let (group, _) = visible(tx, founder, group, now).await?;
    let earliest = (now + TimeDelta::days(2)).date_naive();
    let suits = group.availability.0.first();
    let day = earliest.iter_days().take(7).find(|day| suits.is_none_or(|hours| falls_on(*day, hours.weekday)));
    let time = suits.and_then(|hours| NaiveTime::parse_from_str(&hours.from, "%H:%M").ok()).unwrap_or(NOON);
    let starts = day.unwrap_or(earliest).and_time(time);
    let first = StoredRule {
        from: starts,
        until: None,
        starts,
        time_zone: group.time_zone.clone(),
        rrule: Some("FREQ=WEEKLY;INTERVAL=2".to_owned()),
        duration_minutes: group.meeting_minutes,
        place: None,
        join_url: None,
    };
    let series = meetings::rules::new_series(group.id, founder.account_id, None, first, Vec::new(), now)?;
    meetings::store::series::create(tx, founder.account_id, series, now).await?;
    Ok(())
}

fn falls_on(day: NaiveDate, weekday: Weekday) -> bool {
    day.weekday().num_days_from_monday() == weekday as u32
}

async fn change(
    tx: &DatabaseTransaction,
    app: &State,
    founder: &Caller,
    group: Uuid,
    change: &Change,
    at: DateTime<Utc>,
) -> Result<()> {
    let (group, standing) = visible(tx, founder, group, at).await?;
    consultation_groups::store::change(tx, app, &group, &standing, change, at).await?;
    Ok(())
}

async fn visible(
    tx: &DatabaseTransaction,
    who: &Caller,
    group: Uuid,
    at: DateTime<Utc>,
) -> Result<(consultation_group::Model, consultation_groups::rules::Standing)> {
    consultation_groups::store::visible_to(tx, &who.clone().into(), group, at).await
}

async fn publish_agreement(
    tx: &DatabaseTransaction,
    app: &State,
    founder: &Caller,
    group: Uuid,
    body: &AgreementCreate,
    at: DateTime<Utc>,
) -> Result<()> {
    let draft = agreements::store::create(tx, founder.account_id, group, body, at).await?;
    let found = agreements::store::visible_to(tx, founder, draft.id, at).await?;
    let next = agreements::rules::published(&found.case(at), None)?;
    agreements::store::publish(tx, app, founder.account_id, found.group, next, at).await?;
    Ok(())
}

/// Asks for a seat, and goes as far as the demo says.
async fn take_seat(
    tx: &DatabaseTransaction,
    app: &State,
    founder: &Caller,
    who: &Caller,
    group: Uuid,
    seat: &DemoSeat,
    at: DateTime<Utc>,
) -> Result<()> {
    let (group, standing) = visible(tx, who, group, at).await?;
    let (tie, id) = (Tie::ConsultationGroup(group.id), group.id);
    let answer =
        |key: &str| JoinAnswer { key: key.to_owned(), answer: "Colleagues who think aloud with me.".to_owned() };
    let answers = group.join_questions.0.iter().map(|question| answer(&question.key)).collect();
    let body = SeatRequest { answers, note: None };
    let applicant = memberships::store::applicant(tx, who.account_id, group.id, &body, at).await?;
    let blank = memberships::store::blank(tx, who.account_id, tie, None, at).await?;
    let held = memberships::store::application(blank, HeldPlace::group(tx, group, standing, at).await?);
    let next = memberships::rules::request_seat(&held.case(at), None, applicant)?;
    let asked = memberships::store::begin(tx, held.seen, next, who.account_id, at).await?.membership;
    if seat.state == DemoSeatState::Requested {
        return Ok(());
    }
    if asked.status == MembershipStatus::Requested {
        let held = memberships::store::to_change(tx, founder, asked.id, at).await?;
        let next = memberships::rules::approve(&held.case(at))?;
        memberships::store::apply(tx, app, held, next, founder.account_id, at).await?;
    }
    if matches!(seat.state, DemoSeatState::AwaitingSignature | DemoSeatState::Waitlisted) {
        return Ok(());
    }
    sign(tx, app, who, id, at).await?;
    if let Some(role) = seat.role {
        let held = memberships::store::to_change(tx, founder, asked.id, at).await?;
        let next = memberships::rules::amend(&held.case(at), Changes { role: Some(role), ..Changes::default() })?;
        memberships::store::apply(tx, app, held, next, founder.account_id, at).await?;
    }
    Ok(())
}

/// Signs the agreement in force.
async fn sign(tx: &DatabaseTransaction, app: &State, who: &Caller, group: Uuid, at: DateTime<Utc>) -> Result<()> {
    let open = memberships::store::open_of(tx, who.account_id, Tie::ConsultationGroup(group)).await?;
    let seat = open.ok_or_else(Problem::not_found)?;
    let held = memberships::store::to_change(tx, who, seat.id, at).await?;
    let (agreement_version, sha256, agreement_id) = memberships::store::agreement_in_force(tx, &held.place).await?;
    let version = (agreement_version, sha256.as_str());
    let next = memberships::rules::sign(&held.case(at), version, version)?;
    let typed_name = held.seen.holder.display_name.clone();
    let body = AgreementSigning { agreement_version, sha256, typed_name };
    memberships::store::keep_signature(tx, &next.membership, agreement_id, &body, at).await?;
    memberships::store::apply(tx, app, held, next, who.account_id, at).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[test]
    fn a_dozen_sound_groups_are_invented() {
        let groups: Vec<DemoGroup> = serde_json::from_str(GROUPS).unwrap();
        assert_eq!(groups.len(), 12);
        for one in &groups {
            one.group.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", one.group.name));
        }
    }
}
