use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use support_network::entities::{
    agreement::{self, StoredClauses},
    consultation_group,
};
use uuid::Uuid;

use super::{Answer, Person, TestApp};

/// The hash of the agreement that every circle has.
const AGREEMENT: &str = "5f1d8c7a5f1d8c7a5f1d8c7a5f1d8c7a5f1d8c7a5f1d8c7a5f1d8c7a5f1d8c7a";

/// A consultation group that gathers its members.
pub struct Circle {
    pub id: String,
    pub name: String,
    pub owner: Person,
}

impl TestApp {
    /// A group of `owner` that anybody may join and everybody signed in may see, with an agreement in force.
    pub async fn circle(&self, owner: &Person, name: &str) -> Circle {
        let body = json!({"name": name, "purpose": "peer_consultation", "description": "Trauma work, fortnightly.",
            "visibility": "members", "join_policy": "open"});
        let draft = owner.post("/v1/consultation-groups", body).await.expect(201);
        let circle = Circle { id: draft["id"].as_str().unwrap().into(), name: name.into(), owner: owner.clone() };
        self.puts_an_agreement_in_force(&circle).await;
        owner.post(&circle.path("publish"), json!({})).await.expect(200);
        circle
    }

    async fn puts_an_agreement_in_force(&self, circle: &Circle) {
        let (id, now): (Uuid, _) = (circle.id.parse().unwrap(), self.clock.now());
        let author = circle.owner.id.parse().unwrap();
        let row = agreement::ActiveModel {
            id: Set(Uuid::now_v7()),
            consultation_group_id: Set(id),
            number: Set(Some(1)),
            clauses: Set(StoredClauses::default()),
            material: Set(true),
            effective_from: Set(Some(now.date_naive())),
            sha256: Set(Some(AGREEMENT.into())),
            created_by: Set(author),
            published_by: Set(Some(author)),
            published_at: Set(Some(now)),
            version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let group =
            consultation_group::ActiveModel { id: Set(id), agreement_number: Set(Some(1)), ..Default::default() };
        let written = self.state.db.write(async |tx| {
            agreement::Entity::insert(row.clone()).exec_without_returning(tx).await?;
            Ok(consultation_group::Entity::update(group.clone()).exec(tx).await?)
        });
        written.await.unwrap();
    }
}

impl Circle {
    pub fn card(&self) -> String {
        format!("/v1/consultation-groups/{}", self.id)
    }

    pub fn path(&self, of: &str) -> String {
        format!("{}/{of}", self.card())
    }

    /// A seat for `person`, asked for and signed for.
    pub async fn seats(&self, person: &Person) -> Value {
        let offered = self.is_asked_by(person).await.expect(201);
        let signature = json!({"agreement_version": 1, "sha256": AGREEMENT, "typed_name": "My Name"});
        person.decides(&offered, "sign", signature).await.expect(200)
    }

    /// What `person` is answered who asks for a seat.
    pub async fn is_asked_by(&self, person: &Person) -> Answer {
        person.post(&self.path("memberships"), json!({})).await
    }

    /// Gives somebody with a seat another role.
    pub async fn promotes(&self, seat: &Value, role: &str) {
        self.owner.edits(seat, json!({"role": role})).await.expect(200);
    }

    /// From now on those who belong to it see it, and nobody else.
    pub async fn hides(&self) {
        self.owner.patch(&self.card(), json!({"visibility": "hidden"})).await.expect(200);
    }
}

impl Person {
    /// Brings something before the moderators.
    pub async fn reports(&self, subject_type: &str, subject_id: &str, reason: &str) -> Answer {
        let body = json!({"subject_type": subject_type, "subject_id": subject_id, "reason": reason,
            "description": "What I saw."});
        self.post("/v1/reports", body).await
    }

    /// Blocks somebody.
    pub async fn blocks(&self, other: &Person) -> Answer {
        self.post("/v1/me/blocks", json!({"account_id": other.id})).await
    }

    /// Lifts the block.
    pub async fn unblocks(&self, other: &Person) {
        self.delete(&format!("/v1/me/blocks/{}", other.id)).await.expect(204);
    }
}
