use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Answer, Person, TestApp};

/// A published organization with an owner, and the moderator who published it.
pub struct Guild {
    pub id: String,
    pub owner: Person,
    pub moderator: Person,
}

impl TestApp {
    /// The id of an organization that ships, by its abbreviation.
    pub async fn shipped(&self, short_name: &str) -> String {
        let items = self.anonymous().all("/v1/organizations").await;
        let found = items.iter().find(|one| one["short_name"] == short_name);
        found.unwrap_or_else(|| panic!("no {short_name}"))["id"].as_str().unwrap().into()
    }

    /// A guild with this join policy, whose owner is called `owner`.
    pub async fn guild(&self, join_policy: &str) -> Guild {
        let (owner, moderator) = (self.therapist("owner").await, self.moderator("moderator").await);
        let body = json!({"name": format!("Guild {join_policy}"), "kind": "local_association", "country": "US",
            "represented": true, "join_policy": join_policy, "accepts_memberships": true});
        let proposal = owner.proposes(body).await;
        moderator.publishes(&proposal).await;
        Guild { id: proposal["id"].as_str().unwrap().into(), owner, moderator }
    }
}

impl Guild {
    pub fn path(&self, of: &str) -> String {
        format!("/v1/organizations/{}/{of}", self.id)
    }

    /// The open membership of `person`, as the owner sees it.
    pub async fn membership_of(&self, person: &Person) -> Value {
        let roster = self.moderator.all(&self.path("memberships?limit=100")).await;
        let open = roster.into_iter().find(|one| one["account_id"] == person.id && one["status"] != "ended");
        open.unwrap_or_else(|| panic!("{} is no member", person.email))
    }

    /// A member with this role, who joined (and was let in where that takes somebody).
    pub async fn takes_in(&self, person: &Person, role: &str) -> Value {
        let mut membership = person.joins(&self.id).await;
        if membership["status"] == "requested" {
            membership = self.owner.decides(&membership, "approve", json!({})).await.expect(200);
        }
        if role != "member" {
            membership = self.moderator.edits(&membership, json!({"role": role})).await.expect(200);
        }
        membership
    }

    /// `member_count` of the organization, held against the roster.
    pub async fn member_count(&self) -> i64 {
        let stated =
            self.moderator.get(&format!("/v1/organizations/{}", self.id)).await.expect(200)["member_count"].clone();
        let query = "memberships?status=active&status=on_leave&status=suspended&include_total=true&limit=1";
        let counted = self.moderator.get(&self.path(query)).await.expect(200)["total"].clone();
        assert_eq!(stated, counted, "member_count");
        stated.as_i64().unwrap()
    }
}

impl Person {
    /// Proposes an organization.
    pub async fn proposes(&self, body: Value) -> Value {
        self.post("/v1/organizations", body).await.expect(201)
    }

    /// Publishes it, as a moderator.
    pub async fn publishes(&self, organization: &Value) -> Value {
        let path = format!("/v1/organizations/{}/publish", organization["id"].as_str().unwrap());
        self.post(&path, json!({})).await.expect(200)
    }

    /// Asks an organization for membership.
    pub async fn asks_to_join(&self, organization_id: &str, body: Value) -> Answer {
        self.post(&format!("/v1/organizations/{organization_id}/memberships"), body).await
    }

    /// Joins an organization, or asks to.
    pub async fn joins(&self, organization_id: &str) -> Value {
        self.asks_to_join(organization_id, json!({})).await.expect(201)
    }

    /// Asks for a transition of a membership.
    pub async fn decides(&self, membership: &Value, transition: &str, body: Value) -> Answer {
        self.post(&format!("/v1/memberships/{}/{transition}", membership["id"].as_str().unwrap()), body).await
    }

    pub async fn edits(&self, membership: &Value, body: Value) -> Answer {
        self.patch(&format!("/v1/memberships/{}", membership["id"].as_str().unwrap()), body).await
    }

    pub async fn reads(&self, membership: &Value) -> Answer {
        self.get(&format!("/v1/memberships/{}", membership["id"].as_str().unwrap())).await
    }
}

/// So many tasks at once in which owners give it up, each by their membership: every other owner leaves, the rest step
/// down. Tells who stayed.
pub async fn last_of_owners(owners: &[(Person, Value)], tasks: usize) -> &Person {
    let tries = (0..tasks).map(async |task| {
        let number = task % owners.len();
        let (person, membership) = &owners[number];
        let answer = match number % 2 {
            0 => person.decides(membership, "leave", json!({})).await,
            _ => person.edits(membership, json!({"role": "member"})).await,
        };
        (number, answer)
    });
    let (went, refused): (Vec<_>, Vec<_>) =
        join_all(tries).await.into_iter().partition(|(_, answer)| answer.status == 200);
    let mut stayed: BTreeSet<usize> = (0..owners.len()).collect();
    for (number, _) in went {
        stayed.remove(&number);
    }
    assert_eq!(stayed.len(), 1, "so many owners stay");
    let last = *stayed.first().unwrap();
    for (number, answer) in refused {
        if number == last {
            answer.refused(409, "sole_owner");
            continue;
        }
        // Whoever was an owner no more.
        let code = answer.json["code"].as_str().unwrap().to_owned();
        assert!(["invalid_transition", "forbidden"].contains(&code.as_str()), "{}", answer.text);
    }
    &owners[last].0
}
