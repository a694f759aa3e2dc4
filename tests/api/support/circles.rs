use serde_json::{Value, json};

use super::{Answer, Person, TestApp};

/// A published consultation group with an agreement that its owner has signed.
pub struct Circle {
    pub id: String,
    pub name: String,
    pub owner: Person,
}

/// The clauses of the agreement that a circle starts with.
pub fn clauses() -> Value {
    json!([
        {"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves for that part."},
        {"key": "private_space", "title": "We meet where nobody listens", "body": "A closed door, or headphones."},
    ])
}

impl TestApp {
    /// An open circle of eight, seen by everybody signed in. Its owner is called `owner`.
    pub async fn circle(&self) -> Circle {
        self.circle_with(json!({})).await
    }

    /// A circle that differs from [`TestApp::circle`] in these members.
    pub async fn circle_with(&self, members: Value) -> Circle {
        let circle = self.draft_circle_with(members).await;
        circle.opens().await
    }

    /// Another circle, of `owner`.
    pub async fn circle_of(&self, owner: &Person, name: &str) -> Circle {
        owner.founds(json!({"name": name})).await.opens().await
    }

    /// A circle that was founded, and no more: a draft without an agreement.
    pub async fn draft_circle_with(&self, members: Value) -> Circle {
        self.therapist("owner").await.founds(members).await
    }

    /// Another open circle of `owner`, with so many seats, one of them the owner's.
    pub async fn small_circle_of(&self, owner: &Person, max_size: i64) -> Circle {
        owner.founds(json!({"min_size": 2, "quorum": 2, "max_size": max_size})).await.opens().await
    }

    /// The same person in a new session, for when the clock has moved past the old token.
    pub async fn again(&self, person: &Person) -> Person {
        self.sign_in(&person.id, &person.email).await
    }

    /// The same circle, whose owner has a new session.
    pub async fn circle_again(&self, circle: &Circle) -> Circle {
        Circle { id: circle.id.clone(), name: circle.name.clone(), owner: self.again(&circle.owner).await }
    }
}

impl Circle {
    /// Where it is.
    pub fn address(&self) -> String {
        format!("/v1/consultation-groups/{}", self.id)
    }

    pub fn path(&self, of: &str) -> String {
        format!("{}/{of}", self.address())
    }

    /// Its card, as the owner sees it.
    pub async fn card(&self) -> Value {
        self.owner.get(&self.address()).await.expect(200)
    }

    /// It gets an agreement, is published, and its owner signs.
    pub async fn opens(self) -> Self {
        self.publishes(json!({"clauses": clauses()})).await;
        self.owner.post(&self.path("publish"), json!({})).await.expect(200);
        self.owner.signs(&self.membership_of(&self.owner).await).await.expect(200);
        self
    }

    /// From now on those who belong to it see it, and nobody else.
    pub async fn hides(&self) {
        self.owner.patch(&self.address(), json!({"visibility": "hidden"})).await.expect(200);
    }

    /// An agreement that the owner has drafted.
    pub async fn drafts(&self, body: Value) -> Value {
        self.owner.post(&self.path("agreements"), body).await.expect(201)
    }

    /// An agreement that the owner has drafted and published; it takes effect today.
    pub async fn publishes(&self, body: Value) -> Value {
        let draft = self.drafts(body).await;
        self.owner.post(&agreement_path(&draft, "/publish"), json!({})).await.expect(200)
    }

    /// The agreement in force.
    pub async fn agreement(&self) -> Value {
        self.owner.agreement_of(&self.id).await
    }

    /// The open membership of `person`.
    pub async fn membership_of(&self, person: &Person) -> Value {
        let path = format!("/v1/memberships?consultation_group_id={}", self.id);
        let open = person.all(&path).await.into_iter().find(|one| one["status"] != "ended");
        open.unwrap_or_else(|| panic!("{} is no member", person.email))
    }

    /// `person` asks for a seat, and is let in where that takes somebody.
    pub async fn admits(&self, person: &Person) -> Value {
        let asked = person.asks_for_a_seat(&self.id, json!({})).await.expect(201);
        match asked["status"].as_str() {
            Some("requested") => self.owner.decides(&asked, "approve", json!({})).await.expect(200),
            _ => asked,
        }
    }

    /// `person` gets a seat and signs: a member.
    pub async fn seats(&self, person: &Person) -> Value {
        person.signs(&self.admits(person).await).await.expect(200)
    }

    /// A member with this role.
    pub async fn seats_as(&self, person: &Person, role: &str) -> Value {
        let seat = self.seats(person).await;
        self.owner.edits(&seat, json!({"role": role})).await.expect(200)
    }

    /// Members, each with their name and their seat.
    pub async fn seats_all<const N: usize>(&self, app: &TestApp, names: [&str; N]) -> [(Person, Value); N] {
        let mut seated = Vec::new();
        for name in names {
            let person = app.therapist(name).await;
            let seat = self.seats(&person).await;
            seated.push((person, seat));
        }
        seated.try_into().unwrap_or_else(|_| panic!("a seat for each name"))
    }
}

impl Person {
    /// Founds an open circle that everybody signed in sees, a draft without an agreement, with these members of its own.
    pub async fn founds(&self, members: Value) -> Circle {
        let mut body = json!({"name": "Harbor Circle", "purpose": "peer_consultation", "join_policy": "open",
            "description": "Fortnightly peer consultation.", "visibility": "members"});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let group = self.post("/v1/consultation-groups", body).await.expect(201);
        let text = |member: &str| group[member].as_str().unwrap().to_owned();
        Circle { id: text("id"), name: text("name"), owner: self.clone() }
    }

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

    /// Asks for a seat in a group.
    pub async fn asks_for_a_seat(&self, group_id: &str, body: Value) -> Answer {
        self.post(&format!("/v1/consultation-groups/{group_id}/memberships"), body).await
    }

    /// The agreement in force in a group.
    pub async fn agreement_of(&self, group_id: &str) -> Value {
        let card = self.get(&format!("/v1/consultation-groups/{group_id}")).await.expect(200);
        let versions = self.all(&format!("/v1/consultation-groups/{group_id}/agreements?status=published")).await;
        let current = versions.into_iter().find(|one| one["number"] == card["agreement_number"]);
        current.expect("an agreement in force")
    }

    /// Signs the agreement in force where a membership is.
    pub async fn signs(&self, membership: &Value) -> Answer {
        let agreement = self.agreement_of(membership["consultation_group_id"].as_str().unwrap()).await;
        self.signs_version(membership, &agreement["number"], &agreement["sha256"]).await
    }

    /// Signs what they say they have read.
    pub async fn signs_version(&self, membership: &Value, number: &Value, sha256: &Value) -> Answer {
        let name = self.email.split('@').next().unwrap();
        let body = json!({"agreement_version": number, "sha256": sha256, "typed_name": format!("{name} Reyes")});
        self.decides(membership, "sign", body).await
    }
}

/// The path of an agreement, and what follows it.
pub fn agreement_path(agreement: &Value, of: &str) -> String {
    format!("/v1/agreements/{}{of}", agreement["id"].as_str().unwrap())
}
