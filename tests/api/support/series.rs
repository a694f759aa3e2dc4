use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use support_network::{
    entities::{
        meeting::{self, StoredMeetingStatus},
        meeting_answer::{self, Answer},
        meeting_series::{self, LocalTimes, StoredRule, StoredRules},
    },
    recurrence::zone::{local_of, write_local, zone_of},
    schedule::{
        rules::{bounds, key_of, meeting_id, occurrence},
        store,
    },
};
use uuid::Uuid;

use super::{Circle, Person, TestApp};

/// When a circle meets, and the first of its meetings.
pub struct Series {
    pub row: meeting_series::Model,
    pub first: Uuid,
    pub original: NaiveDateTime,
}

impl TestApp {
    /// The wall clock in `zone` so long from now, to the minute.
    pub fn clock_in(&self, zone: &str, from_now: TimeDelta) -> NaiveDateTime {
        let local = local_of(self.clock.now() + from_now, zone_of(zone));
        local - TimeDelta::seconds(local.and_utc().timestamp() % 60)
    }

    /// A series is put in, also one that has begun.
    pub async fn plants(&self, circle: &Circle, title: Option<&str>, rule: StoredRule) -> meeting_series::Model {
        let (id, now) = (Uuid::now_v7(), self.clock.now());
        let (starts_at, ends_at) = bounds(std::slice::from_ref(&rule));
        let row = meeting_series::Model {
            id,
            consultation_group_id: circle.id.parse().unwrap(),
            meeting_key: key_of(id),
            recurring: rule.rrule.is_some(),
            title: title.map(Into::into),
            rules: StoredRules(vec![rule]),
            exdates: LocalTimes::default(),
            starts_at,
            ends_at,
            created_by: circle.owner.id.parse().unwrap(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let insert = async |tx: &sea_orm::DatabaseTransaction| {
            let row = row.clone().into_active_model().reset_all();
            meeting_series::Entity::insert(row).exec_without_returning(tx).await?;
            Ok(())
        };
        self.state.db.write(insert).await.unwrap();
        row
    }

    /// A circle meets, first so long from now, by this rule or once.
    pub async fn meets(&self, circle: &Circle, zone: &str, from_now: TimeDelta, rrule: Option<&str>) -> Series {
        let original = self.clock_in(zone, from_now);
        let rule = StoredRule {
            from: original,
            until: None,
            starts: original,
            time_zone: zone.into(),
            rrule: rrule.map(Into::into),
            duration_minutes: 90,
            place: Some("planted place".into()),
            join_url: Some("https://planted.example.org/room".into()),
        };
        let row = self.plants(circle, Some("planted title"), rule).await;
        Series { first: meeting_id(row.meeting_key, original), original, row }
    }

    /// Something becomes of the first meeting of a series.
    pub async fn changes(&self, series: &Series, change: impl Fn(&mut meeting::Model)) {
        let now = self.clock.now();
        let change = async |tx: &sea_orm::DatabaseTransaction| {
            let one = store::find(tx, series.first).await?.unwrap();
            let mut row = store::kept(tx, &one, now).await?;
            change(&mut row);
            row.sequence += 1;
            let one = occurrence(&series.row, series.first).unwrap().with_row(row.clone());
            (row.starts_at, row.ends_at) = (one.starts_at, one.ends_at);
            let mut wider = series.row.clone().into_active_model();
            wider.starts_at = Set(series.row.starts_at.min(row.starts_at));
            wider.ends_at = Set(series.row.ends_at.map(|ends_at| ends_at.max(row.ends_at)));
            meeting_series::Entity::update(wider).exec(tx).await?;
            store::save(tx, row, now).await
        };
        self.state.db.write(change).await.unwrap();
    }

    /// The first meeting of a series is moved by so much.
    pub async fn moves(&self, series: &Series, by: TimeDelta) {
        let to = write_local(series.original + by);
        self.changes(series, |row| row.moved_to = Some(to.clone())).await;
    }

    /// The first meeting of a series is called off.
    pub async fn calls_off(&self, series: &Series) {
        let now = self.clock.now();
        self.changes(series, |row| {
            row.status = StoredMeetingStatus::Cancelled;
            row.cancelled_at = Some(now);
        })
        .await;
    }

    /// Somebody answers for the first meeting of a series, as it is now.
    pub async fn answers(&self, series: &Series, person: &Person, seat: &serde_json::Value, answer: Answer) {
        let now = self.clock.now();
        let answer = async |tx: &sea_orm::DatabaseTransaction| {
            let one = store::find(tx, series.first).await?.unwrap();
            let row = store::kept(tx, &one, now).await?;
            let answer = meeting_answer::Model {
                version: 1,
                meeting_id: row.id,
                account_id: person.id.parse().unwrap(),
                membership_id: seat["id"].as_str().unwrap().parse().unwrap(),
                answer,
                note: None,
                answered_for: one.starts_at,
                answered_at: now,
            };
            let answer = answer.into_active_model().reset_all();
            meeting_answer::Entity::insert(answer).exec_without_returning(tx).await?;
            Ok(())
        };
        self.state.db.write(answer).await.unwrap();
    }
}

impl Series {
    /// When its first meeting begins, as its series has it.
    pub fn starts_at(&self) -> DateTime<Utc> {
        occurrence(&self.row, self.first).unwrap().starts_at
    }
}
