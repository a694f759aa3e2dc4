//! Matching: which groups fit a therapist, which therapists fit a group, and who never meets.

use chrono::{TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use support_network::entities::{
    account_block,
    consultation_group::{self, StoredGroupStatus},
    membership::{self, EndReason, MembershipKind, MembershipRole, MembershipStatus, Verification},
};
use uuid::Uuid;

use crate::support::{Person, TestApp};

mod candidates;
mod groups;

const MATCHES: &str = "/v1/consultation-groups/matches";

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Ninety minutes on Monday morning; what the worked cases say.
fn circle(name: &str) -> Value {
    json!({"name": name, "purpose": "peer_consultation", "description": "We consult one another.",
        "specialties": ["trauma", "grief"], "modalities": ["emdr", "ifs"], "populations": ["adults"],
        "experience": ["senior"], "format": "online", "time_zone": "UTC", "meeting_minutes": 90,
        "availability": [{"weekday": "monday", "from": "09:00", "to": "10:30"}]})
}

fn colleague() -> Value {
    json!({"specialties": ["trauma", "grief"], "modalities": ["emdr", "ifs"], "populations": ["adults"],
        "experience": "senior", "formats": ["online"], "time_zone": "UTC", "languages": ["en"],
        "availability": [{"weekday": "monday", "from": "09:00", "to": "10:30"}],
        "open_to": ["groups"], "discoverable": "members"})
}

fn licence(family: &str, title: &str, expires_on: &str) -> Value {
    json!([{"family": family, "title": title, "jurisdiction": "US-CA", "expires_on": expires_on}])
}

impl Person {
    /// Somebody whose profile has these members too.
    async fn tells(&self, more: Value) {
        let answer = self.put("/v1/me/profile", with(colleague(), more)).await;
        assert!(answer.status < 300, "{}", answer.text);
    }

    /// The names of the groups that match, and their scores.
    async fn matches(&self, query: &str) -> Vec<(String, f64)> {
        let name = |one: &Value| one["group"]["name"].as_str().unwrap().to_owned();
        scored(self.all(&format!("{MATCHES}{query}")).await, name)
    }

    async fn candidates(&self, group: &str) -> Vec<(String, f64)> {
        let name = |one: &Value| one["therapist"]["display_name"].as_str().unwrap().to_owned();
        scored(self.all(&format!("/v1/consultation-groups/{group}/candidates")).await, name)
    }
}

fn scored(items: Vec<Value>, name: impl Fn(&Value) -> String) -> Vec<(String, f64)> {
    items.iter().map(|one| (name(one), one["score"].as_f64().unwrap())).collect()
}

fn named(scored: &[(String, f64)]) -> Vec<&str> {
    scored.iter().map(|(name, _)| name.as_str()).collect()
}

/// A group that gathers its members, with this owner.
async fn founds(app: &TestApp, owner: &Person, body: Value) -> String {
    let group = owner.post("/v1/consultation-groups", body).await.expect(201);
    let id = group["id"].as_str().unwrap().to_owned();
    set(app, &id, |row| {
        row.status = Set(StoredGroupStatus::Forming);
        row.agreement_number = Set(Some(1));
        row.dormant_at = Set(Some(Utc::now() + TimeDelta::days(400)));
    })
    .await;
    id
}

/// Sets columns of a group, as its life will.
async fn set(app: &TestApp, group: &str, change: impl Fn(&mut consultation_group::ActiveModel)) {
    let id: Uuid = group.parse().unwrap();
    let write = app.state.db.write(async |tx| {
        let mut row = consultation_group::Entity::find_by_id(id).one(tx).await?.unwrap().into_active_model();
        change(&mut row);
        consultation_group::Entity::update(row).exec(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

/// A membership of a group, put where it is.
async fn place(app: &TestApp, group: &str, person: &Person, role: MembershipRole, status: MembershipStatus) {
    let now = app.clock.now();
    let seat = membership::ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(person.id.parse().unwrap()),
        kind: Set(MembershipKind::ConsultationGroup),
        consultation_group_id: Set(Some(group.parse().unwrap())),
        role: Set(role),
        status: Set(status),
        requested_at: Set(now),
        joined_at: Set(Some(now)),
        ended_at: Set((status == MembershipStatus::Ended).then_some(now)),
        end_reason: Set((status == MembershipStatus::Ended).then_some(EndReason::Left)),
        signature_due_at: Set((status == MembershipStatus::AwaitingSignature).then(|| now + TimeDelta::days(14))),
        waitlisted_at: Set((status == MembershipStatus::Waitlisted).then_some(now)),
        verification: Set(Verification::SelfReported),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let write = app.state.db.write(async |tx| {
        membership::Entity::insert(seat.clone()).exec_without_returning(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}

async fn block(app: &TestApp, blocker: &Person, blocked: &Person) {
    let (blocker_id, blocked_id) = (blocker.id.parse().unwrap(), blocked.id.parse().unwrap());
    let write = app.state.db.write(async |tx| {
        let row = account_block::ActiveModel {
            blocker_id: Set(blocker_id),
            blocked_id: Set(blocked_id),
            created_at: Set(Utc::now()),
        };
        account_block::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    });
    write.await.unwrap();
}
