//! One organization takes the place of another: what may, and what becomes of members, chapters and the trail.

use serde_json::{Value, json};

use crate::support::{Person, TestApp};

/// A published organization with these members too.
async fn publishes(moderator: &Person, name: &str, more: Value) -> String {
    let mut body = json!({"name": name, "kind": "local_association", "join_policy": "open"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let published = moderator.publishes(&moderator.proposes(body).await).await;
    published["id"].as_str().unwrap().to_owned()
}

/// Organizations that are each a chapter of the one before.
async fn line(moderator: &Person, name: &str, length: usize) -> Vec<String> {
    let mut line: Vec<String> = Vec::new();
    for level in 1..=length {
        let more = line.last().map_or(json!({}), |parent| json!({"parent_id": parent}));
        line.push(publishes(moderator, &format!("{name} {level}"), more).await);
    }
    line
}

fn path(id: &str) -> String {
    format!("/v1/organizations/{id}")
}

async fn owned(moderator: &Person, name: &str, owner: &Person, more: Value) -> String {
    let id = publishes(moderator, name, more).await;
    let body = json!({"account_id": owner.id});
    moderator.post(&format!("{}/appoint-owner", path(&id)), body).await.expect(200);
    id
}

#[actix_web::test]
async fn chapters_form_no_ring_and_no_sixth_level() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mo").await;
    let (five, four) = (line(&moderator, "Five", 5).await, line(&moderator, "Four", 4).await);
    for (from, into, fault) in
        [(&five[0], &five[1], "cycle"), (&five[0], &five[2], "cycle"), (&four[0], &five[4], "too_deep")]
    {
        let merge = moderator.post(&format!("{}/merge", path(from)), json!({"into_id": into})).await;
        merge.invalid_at("#/into_id", fault);
        assert_eq!(moderator.get(&path(from)).await.expect(200)["status"], "published");
    }
    // Three levels fit under the second.
    moderator.post(&format!("{}/merge", path(&four[0])), json!({"into_id": five[1]})).await.expect(200);
    assert_eq!(moderator.get(&path(&four[1])).await.expect(200)["parent_id"], five[1].as_str());
    // A chapter goes up into what it belongs to.
    moderator.post(&format!("{}/merge", path(&five[3])), json!({"into_id": five[2]})).await.expect(200);
    assert_eq!(moderator.get(&path(&five[4])).await.expect(200)["parent_id"], five[2].as_str());
}

#[actix_web::test]
async fn members_go_only_where_members_are_taken() {
    let app = TestApp::spawn().await;
    let (moderator, ana) = (app.moderator("mo").await, app.therapist("ana").await);
    let agency = publishes(&moderator, "Agency", json!({"kind": "government_agency"})).await;
    let closed = publishes(&moderator, "Closed", json!({"accepts_memberships": false})).await;
    let guild = owned(&moderator, "Guild", &ana, json!({})).await;
    let merge = format!("{}/merge", path(&guild));
    for into in [&agency, &closed] {
        moderator.post(&merge, json!({"into_id": into})).await.invalid_at("#/into_id", "not_joinable");
        assert_eq!(moderator.get(&path(into)).await.expect(200)["member_count"], 0);
    }
    let empty = publishes(&moderator, "Empty", json!({})).await;
    moderator.post(&format!("{}/merge", path(&empty)), json!({"into_id": agency})).await.expect(200);
    // Nor does one that has members become what has none.
    for kind in ["directory", "government_agency"] {
        let patch = json!({"kind": kind, "accepts_memberships": false});
        ana.patch(&path(&guild), patch).await.invalid_at("#/kind", "has_members");
    }
}

#[actix_web::test]
async fn nobody_loses_a_place_or_a_role_and_everybody_finds_it_in_their_trail() {
    let app = TestApp::spawn().await;
    let (moderator, owner) = (app.moderator("mo").await, app.therapist("owner").await);
    let (ana, ben, chi) = (app.therapist("ana").await, app.therapist("ben").await, app.therapist("chi").await);
    let old = owned(&moderator, "Old", &owner, json!({})).await;
    let new = owned(&moderator, "New", &chi, json!({"join_policy": "approval"})).await;
    for (person, organization) in [(&ana, &old), (&ben, &old), (&ana, &new), (&owner, &new)] {
        person.joins(organization).await;
    }
    let asked = owner.all("/v1/memberships").await.into_iter().find(|one| one["organization_id"] == new.as_str());
    chi.decides(&asked.unwrap(), "approve", json!({})).await.expect(200);
    moderator.post(&format!("{}/merge", path(&old)), json!({"into_id": new})).await.expect(200);

    let open = async |person: &Person| -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mine = person.all("/v1/memberships").await;
        let open = mine.iter().filter(|one| one["status"] != "ended");
        open.map(|one| (text(&one["organization_id"]), text(&one["status"]), text(&one["role"]))).collect()
    };
    for (person, role) in [(&ana, "member"), (&ben, "member"), (&chi, "owner"), (&owner, "owner")] {
        assert_eq!(open(person).await, [(new.clone(), "active".to_owned(), role.to_owned())], "{role}");
    }
    assert_eq!(moderator.get(&path(&new)).await.expect(200)["member_count"], 4);
    for (person, expected) in [
        (&ana, &["membership.end", "membership.move"][..]),
        (&ben, &["membership.move"]),
        (&chi, &[]),
        (&owner, &["membership.end", "membership.update"]),
    ] {
        let trail = person.all(&format!("/v1/audit-events?account_id={}", person.id)).await;
        let merged = trail.iter().filter(|event| event["reason_code"] == "merged");
        let mut actions: Vec<_> = merged.map(|event| event["action"].as_str().unwrap()).collect();
        actions.sort_unstable();
        assert_eq!(actions, expected);
    }
    for chain in [&old, &new] {
        let verified = moderator.get(&format!("/v1/audit-events/verify?organization_id={chain}")).await.expect(200);
        assert_eq!(verified["valid"], true);
    }
}

#[actix_web::test]
async fn a_chapter_can_be_edited_when_its_parent_has_been_archived() {
    let app = TestApp::spawn().await;
    let (moderator, ana) = (app.moderator("mo").await, app.therapist("ana").await);
    let parent = publishes(&moderator, "Parent", json!({})).await;
    let chapter = owned(&moderator, "Chapter", &ana, json!({"parent_id": parent})).await;
    let other = owned(&moderator, "Other", &ana, json!({})).await;
    moderator.post(&format!("{}/archive", path(&parent)), json!({})).await.expect(200);
    for patch in [json!({"description": "Monthly."}), json!({"parent_id": parent}), json!({"parent_id": null})] {
        ana.patch(&path(&chapter), patch).await.expect(200);
    }
    let under_it = json!({"parent_id": parent});
    ana.patch(&path(&other), under_it).await.invalid_at("#/parent_id", "unknown_organization");
}
