//! Meetings whose roles go round.

use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Timelike, Utc};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::Value;
use support_network::{
    entities::{
        consultation_group,
        meeting::StoredMeetingStatus,
        meeting_answer::{self, Answer},
        meeting_series::StoredRule,
    },
    rotation,
    schedule::{self, rules::meeting_id},
};
use uuid::Uuid;

use super::{Circle, Person, TestApp};

/// Meetings of a circle, a week apart; the first is two days ahead.
pub struct Meetings {
    pub starts: DateTime<Utc>,
    key: i64,
}

impl Meetings {
    /// The meeting of a week, from 0.
    pub fn id(&self, week: u64) -> Uuid {
        let local: NaiveDateTime = self.starts.naive_utc() + Days::new(7 * week);
        meeting_id(self.key, local)
    }

    /// What it has, such as `roles`.
    pub fn path(&self, week: u64, of: &str) -> String {
        format!("/v1/meetings/{}/{of}", self.id(week))
    }
}

impl TestApp {
    /// The circle meets every week, for so many minutes.
    pub async fn meets_weekly(&self, circle: &Circle, minutes: i64) -> Meetings {
        let now = self.clock.now();
        let starts = (now + TimeDelta::days(2)).with_second(0).unwrap();
        let rule = StoredRule {
            from: starts.naive_utc(),
            until: None,
            starts: starts.naive_utc(),
            time_zone: "UTC".into(),
            rrule: Some("FREQ=WEEKLY".into()),
            duration_minutes: minutes,
            place: None,
            join_url: None,
        };
        let key = self.plants(circle, None, rule).await.meeting_key;
        Meetings { starts, key }
    }

    /// Somebody, by their seat, says whether they come.
    pub async fn says(&self, seat: &Value, meeting: Uuid, answer: Answer) {
        let now = self.clock.now();
        let id = |member: &str| seat[member].as_str().unwrap().parse::<Uuid>().unwrap();
        let (membership_id, account_id) = (id("id"), id("account_id"));
        let insert = async |tx: &sea_orm::DatabaseTransaction| {
            let one = schedule::store::find(tx, meeting).await?.unwrap();
            let row = schedule::store::kept(tx, &one, now).await?;
            meeting_answer::Entity::delete_by_id((meeting, account_id)).exec(tx).await?;
            let said = meeting_answer::Model {
                version: 1,
                meeting_id: meeting,
                account_id,
                membership_id,
                answer,
                note: None,
                answered_for: row.starts_at,
                answered_at: now,
            };
            meeting_answer::Entity::insert(said.into_active_model().reset_all()).exec_without_returning(tx).await?;
            Ok(())
        };
        self.state.db.write(insert).await.unwrap();
    }

    /// The meeting takes place and is recorded.
    pub async fn holds(&self, meeting: Uuid) {
        let now = self.clock.now();
        let hold = async |tx: &sea_orm::DatabaseTransaction| {
            let one = schedule::store::find(tx, meeting).await?.unwrap();
            let group = consultation_group::Entity::find_by_id(one.group_id).one(tx).await?.unwrap();
            rotation::store::freeze(tx, &group, &one, now).await?;
            let one = schedule::store::find(tx, meeting).await?.unwrap();
            let mut row = schedule::store::kept(tx, &one, now).await?;
            row.status = StoredMeetingStatus::Held;
            row.closed_at = Some(now);
            schedule::store::save(tx, row, now).await?;
            Ok(())
        };
        self.state.db.write(hold).await.unwrap();
    }

    /// The meeting is called off.
    pub async fn calls_off_one(&self, meeting: Uuid) {
        let now = self.clock.now();
        let cancel = async |tx: &sea_orm::DatabaseTransaction| {
            let one = schedule::store::find(tx, meeting).await?.unwrap();
            let mut row = schedule::store::kept(tx, &one, now).await?;
            row.status = StoredMeetingStatus::Cancelled;
            row.cancelled_at = Some(now);
            schedule::store::save(tx, row, now).await?;
            Ok(())
        };
        self.state.db.write(cancel).await.unwrap();
    }
}

impl Person {
    /// Who leads and who presents at a meeting, by name.
    pub async fn turns(&self, meetings: &Meetings, week: u64) -> (String, Vec<String>) {
        let roles = self.get(&meetings.path(week, "roles")).await.expect(200);
        let name = |holder: &Value| holder["display_name"].as_str().unwrap_or_default().to_owned();
        let presenters = roles["presenters"].as_array().unwrap().iter().map(name).collect();
        (name(&roles["facilitator"]), presenters)
    }

    /// Who leads the next so many meetings.
    pub async fn leaders<const N: usize>(&self, meetings: &Meetings) -> [String; N] {
        let mut leaders = Vec::new();
        for week in 0..N {
            leaders.push(self.turns(meetings, week as u64).await.0);
        }
        leaders.try_into().unwrap()
    }

    /// Asks to present.
    pub async fn asks_to_present(&self, circle: &Circle, urgent: bool) -> Value {
        self.post(&circle.path("presenter-queue"), serde_json::json!({"urgent": urgent})).await.expect(201)
    }
}
