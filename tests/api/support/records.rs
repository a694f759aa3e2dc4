use chrono::{TimeDelta, Timelike};
use serde_json::{Value, json};
use support_network::{
    entities::{
        meeting::{self, StoredMeetingStatus},
        meeting_series::StoredRule,
    },
    recurrence::zone::{local_of, zone_of},
    schedule::{rules::meeting_id, store},
};
use uuid::Uuid;

use super::{Answer, Circle, Person, TestApp};

impl TestApp {
    /// The path of a meeting of 90 minutes that begins so many minutes from now.
    pub async fn meeting_of(&self, circle: &Circle, in_minutes: i64) -> String {
        self.meeting_in(circle, in_minutes, "UTC").await
    }

    /// The same, where clocks show the time of `zone`.
    pub async fn meeting_in(&self, circle: &Circle, in_minutes: i64, zone: &str) -> String {
        let starts = local_of(self.clock.now() + TimeDelta::minutes(in_minutes), zone_of(zone)).with_second(0).unwrap();
        let rule = StoredRule {
            from: starts,
            until: None,
            starts,
            time_zone: zone.into(),
            rrule: None,
            duration_minutes: 90,
            place: None,
            join_url: None,
        };
        let series = self.plants(circle, None, rule).await;
        format!("/v1/meetings/{}", meeting_id(series.meeting_key, starts))
    }

    /// A meeting that began half an hour ago and is in progress.
    pub async fn running_meeting_of(&self, circle: &Circle) -> String {
        let meeting = self.meeting_of(circle, -30).await;
        self.sets_status(&meeting, StoredMeetingStatus::InProgress).await;
        meeting
    }

    /// A meeting that was held, with these entries.
    pub async fn held_meeting_of(&self, circle: &Circle, entries: Value) -> String {
        let meeting = self.running_meeting_of(circle).await;
        circle.owner.records(&meeting, entries).await.expect(200);
        circle.owner.closes(&meeting).await.expect(200);
        meeting
    }

    pub async fn sets_status(&self, meeting: &str, status: StoredMeetingStatus) {
        let (id, now): (Uuid, _) = (meeting.rsplit('/').next().unwrap().parse().unwrap(), self.clock.now());
        self.state
            .db
            .write(async |tx| {
                let found = store::find(tx, id).await?.unwrap();
                let row = store::kept(tx, &found, now).await?;
                let cancelled_at = (status == StoredMeetingStatus::Cancelled).then_some(now);
                store::save(tx, meeting::Model { status, cancelled_at, ..row }, now).await?;
                Ok(())
            })
            .await
            .unwrap();
    }
}

impl Person {
    /// Writes down who came.
    pub async fn records(&self, meeting: &str, entries: Value) -> Answer {
        self.put(&format!("{meeting}/attendance"), json!({"entries": entries})).await
    }

    /// The same, with a reason.
    pub async fn amends(&self, meeting: &str, entries: Value, reason: &str) -> Answer {
        self.put(&format!("{meeting}/attendance"), json!({"entries": entries, "reason": reason})).await
    }

    /// Who came, as they see it.
    pub async fn attendance_of(&self, meeting: &str) -> Value {
        self.get(&format!("{meeting}/attendance")).await.expect(200)
    }

    pub async fn closes(&self, meeting: &str) -> Answer {
        self.post(&format!("{meeting}/close"), json!({})).await
    }

    pub async fn disputes(&self, meeting: &str, note: &str) -> Answer {
        self.post(&format!("{meeting}/attendance/dispute"), json!({"note": note})).await
    }

    /// What their ledger comes to.
    pub async fn hours(&self) -> Value {
        self.get("/v1/me/hours").await.expect(200)["totals"].clone()
    }
}

/// That the holder of a seat took part like this.
pub fn took_part(seat: &Value, status: &str) -> Value {
    json!({"membership_id": seat["id"], "status": status})
}

/// That they were there for so many minutes.
pub fn was_there(seat: &Value, status: &str, minutes: i64, recused: i64, presenting: i64) -> Value {
    json!({"membership_id": seat["id"], "status": status, "minutes": minutes, "recused_minutes": recused,
        "presenting_minutes": presenting})
}
