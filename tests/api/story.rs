//! A story in the life of a group, told through the API. What was said is printed in `docs/story.md`; this test tells it
//! again and holds the page to it. `WRITE_STORY=1 cargo test the_story` writes the page anew.

use std::{collections::HashMap, fmt::Write, fs, path::Path};

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Person, TestApp};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/story.md");

/// What is printed, with names instead of ids.
struct Story {
    text: String,
    names: HashMap<String, String>,
}

impl Story {
    fn says(&mut self, words: &str) {
        write!(self.text, "\n{words}\n").unwrap();
    }

    /// From now on the id in `answer` is called `name`.
    fn calls(&mut self, answer: &Value, name: &str) {
        self.names.insert(answer["id"].as_str().unwrap().to_owned(), format!("{{{name}}}"));
    }

    /// `who` asks; the answer has this status, and these members of it are printed.
    async fn asks(&mut self, who: &Person, request: (Method, &str, Value), status: u16, shown: &[&str]) -> Value {
        let (method, path, body) = request;
        let name = who.email.split('@').next().unwrap();
        let asked = who.request(method.clone(), path);
        let asked = if body.is_null() { asked } else { asked.json(&body) };
        let answer = asked.send().await;
        let found = answer.clone();
        assert_eq!(answer.status, status, "{name}: {method} {path} {}", answer.text);
        let members = shown.iter().map(|member| {
            let value = member.split('.').fold(&found.json, |value, part| match part.parse::<usize>() {
                Ok(at) => &value[at],
                Err(_) => &value[part],
            });
            assert!(!value.is_null(), "{name}: {method} {path} has no {member}: {}", found.text);
            format!("\"{member}\": {value}")
        });
        let members = members.collect::<Vec<_>>().join(", ");
        let body = if body.is_null() || body == json!({}) { String::new() } else { format!(" {body}") };
        let line = self.with_names(&format!("    {name}> {method} {path}{body}\n    {status} {{{members}}}"));
        writeln!(self.text, "\n{}", line.trim_end_matches(" {}")).unwrap();
        found.json
    }

    fn with_names(&self, line: &str) -> String {
        self.names.iter().fold(line.to_owned(), |line, (id, name)| line.replace(id, name))
    }
}

fn post(path: &str, body: Value) -> (Method, &str, Value) {
    (Method::POST, path, body)
}

fn get(path: &str) -> (Method, &str, Value) {
    (Method::GET, path, Value::Null)
}

/// Six therapists in three time zones, and a seventh who waits.
const PEOPLE: [(&str, &str); 7] = [
    ("ana", "America/Los_Angeles"),
    ("ben", "America/Los_Angeles"),
    ("chi", "America/Chicago"),
    ("dee", "America/Chicago"),
    ("eli", "America/New_York"),
    ("fay", "America/New_York"),
    ("gus", "America/New_York"),
];

#[actix_web::test]
async fn the_story_of_a_group_goes_as_it_is_printed() {
    let told = told(&TestApp::spawn().await, async || {}).await;
    if std::env::var_os("WRITE_STORY").is_some() {
        fs::write(PAGE, &told).unwrap();
    }
    assert_eq!(told, printed(), "docs/story.md is not what happened; see the top of tests/api/story.rs");
}

/// The page.
pub fn printed() -> String {
    fs::read_to_string(Path::new(PAGE)).unwrap_or_default()
}

/// Tells the story, and gives what is printed of it. `meanwhile` happens between its chapters.
pub async fn told(app: &TestApp, meanwhile: impl AsyncFn()) -> String {
    app.at("2026-10-01T16:00:00Z");
    let mut people = Vec::new();
    for (name, zone) in PEOPLE {
        let person = app.therapist(name).await;
        person.patch("/v1/me", json!({"time_zone": zone})).await.expect(200);
        people.push(person);
    }
    let mut story = Story { text: String::new(), names: HashMap::new() };
    for person in &people {
        story.calls(&json!({"id": person.id}), person.email.split('@').next().unwrap());
    }
    tell(app, &mut people, &mut story, meanwhile).await;
    format!("{}{}", HEAD, story.text)
}

const HEAD: &str = "# The story of a group

A group forms, fills, loses a member, changes its agreement, meets, changes its owner, rests, and ends. Each step is a
request to the API and what it answers, shortened to what matters; names in braces stand for ids. A test tells this story on
SQLite and on PostgreSQL, and holds this page to it.
";

/// The access tokens of everybody are ten minutes old at most.
async fn sign_in_again(app: &TestApp, people: &mut [Person]) {
    for person in people {
        *person = app.again(person).await;
    }
}

async fn tell(app: &TestApp, people: &mut [Person], story: &mut Story, meanwhile: impl AsyncFn()) {
    let (group, agreement) = found(people, story).await;
    meanwhile().await;
    let seats = fill(people, story, &group, &agreement).await;
    meanwhile().await;
    lose_one(people, story, &seats).await;
    meanwhile().await;
    change_the_agreement(app, people, story, &group, &seats).await;
    meanwhile().await;
    meet(app, people, story, &group, &seats).await;
    meanwhile().await;
    reckon(app, people, story, &group).await;
    meanwhile().await;
    change_hands(app, people, story, &group, &seats).await;
    meanwhile().await;
    end(people, story, &group, &seats).await;
}

async fn found(people: &[Person], story: &mut Story) -> (String, Value) {
    let ana = &people[0];
    story.says(
        "## Ana founds a group\n\nSix seats, every other Tuesday at noon in Los Angeles. It is a draft, and hers.",
    );
    let body = json!({"name": "Harbor Circle", "purpose": "peer_consultation", "description": "Trauma work, every other Tuesday.",
        "specialties": ["trauma", "grief"], "join_policy": "open", "max_size": 6,
        "availability": [{"weekday": "tuesday", "from": "12:00", "to": "13:30"}]});
    let shown = ["status", "time_zone", "min_size", "max_size", "quorum", "open_seats"];
    let group = story.asks(ana, post("/v1/consultation-groups", body), 201, &shown).await;
    story.calls(&group, "group");
    let path = format!("/v1/consultation-groups/{}", group["id"].as_str().unwrap());

    story.says("She writes down what everybody will agree on, and publishes it. Its hash shows which text was signed.");
    let clauses = json!({"clauses": [
        {"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves for that part."},
        {"key": "attendance", "title": "We come", "body": "Who cannot, says so two days before."}]});
    let draft = story.asks(ana, post(&format!("{path}/agreements"), clauses), 201, &["status"]).await;
    story.calls(&draft, "first agreement");
    let publish = format!("/v1/agreements/{}/publish", draft["id"].as_str().unwrap());
    let agreement = story.asks(ana, post(&publish, json!({})), 200, &["status", "number", "material"]).await;
    story.names.insert(agreement["sha256"].as_str().unwrap().to_owned(), "{hash of the first agreement}".into());
    story.asks(ana, post(&format!("{path}/publish"), json!({})), 200, &["status", "agreement_number"]).await;
    (path, agreement)
}

fn signing(name: &str, agreement: &Value) -> Value {
    json!({"agreement_version": agreement["number"], "sha256": agreement["sha256"], "typed_name": name})
}

async fn signs(story: &mut Story, who: &Person, seat: &str, agreement: &Value) -> Value {
    let name = who.email.split('@').next().unwrap();
    let path = format!("/v1/memberships/{seat}/sign");
    let shown = ["status", "seat.agreement_version_signed", "seat.agreement_status"];
    story.asks(who, post(&path, signing(name, agreement)), 200, &shown).await
}

async fn fill(people: &[Person], story: &mut Story, path: &str, agreement: &Value) -> Vec<String> {
    let ana = &people[0];
    story.says("## It fills\n\nAna signs too: the agreement binds whoever founded the group.");
    let mine = ana.get("/v1/memberships?kind=consultation_group").await.expect(200)["items"][0].clone();
    story.calls(&mine, "seat of ana");
    let mut seats = vec![mine["id"].as_str().unwrap().to_owned()];
    signs(story, ana, &seats[0], agreement).await;
    story.says("Five more ask for a seat, read, and sign. An open group gives a free seat at once, to sign for within 14 days.");
    for person in &people[1..6] {
        let request = post(path, json!({}));
        let asked = format!("{}/memberships", request.1);
        let seat = story.asks(person, post(&asked, json!({})), 201, &["status"]).await;
        story.calls(&seat, &format!("seat of {}", person.email.split('@').next().unwrap()));
        seats.push(seat["id"].as_str().unwrap().to_owned());
        signs(story, person, seats.last().unwrap(), agreement).await;
    }
    story.says("Everybody is there, so Ana starts it.");
    story.asks(ana, post(&format!("{path}/activate"), json!({})), 200, &["status", "member_count", "open_seats"]).await;
    story.says("A seventh comes, and waits. Who sits in the group is not his to know; how many is.");
    let gus = &people[6];
    let asked = format!("{path}/memberships");
    let seat = story.asks(gus, post(&asked, json!({})), 201, &["status", "seat.waitlist_position"]).await;
    story.calls(&seat, "seat of gus");
    seats.push(seat["id"].as_str().unwrap().to_owned());
    story.asks(gus, get(&asked), 403, &["code", "detail"]).await;
    story.asks(gus, get(path), 200, &["member_count", "open_seats", "waitlist_length"]).await;
    seats
}

async fn lose_one(people: &[Person], story: &mut Story, seats: &[String]) {
    let (fay, gus) = (&people[5], &people[6]);
    story.says(
        "## One goes, the next comes\n\nFay leaves. Her seat is offered to Gus in the same moment, and he gets a mail.",
    );
    let leave = format!("/v1/memberships/{}/leave", seats[5]);
    story.asks(fay, post(&leave, json!({})), 200, &["status", "end_reason"]).await;
    let own = format!("/v1/memberships/{}", seats[6]);
    story.asks(gus, get(&own), 200, &["status"]).await;
    let group = gus.get(&own).await.expect(200)["consultation_group_id"].as_str().unwrap().to_owned();
    let agreement = gus.agreement_of(&group).await;
    signs(story, gus, &seats[6], &agreement).await;
}

async fn change_the_agreement(app: &TestApp, people: &mut [Person], story: &mut Story, path: &str, seats: &[String]) {
    story.says(
        "## The agreement changes\n\nNobody wants machines to listen. That is material: every seat has to sign anew.",
    );
    let clauses = json!({"material": true, "clauses": [
        {"key": "recusal", "title": "We step out", "body": "Whoever might know the client leaves for that part."},
        {"key": "attendance", "title": "We come", "body": "Who cannot, says so two days before."},
        {"key": "no_recording", "title": "Nothing listens", "body": "No recording, no transcript by a machine."}]});
    let draft = story.asks(&people[0], post(&format!("{path}/agreements"), clauses), 201, &["status"]).await;
    story.calls(&draft, "second agreement");
    let publish = format!("/v1/agreements/{}/publish", draft["id"].as_str().unwrap());
    let shown = ["number", "changes_since_previous.added"];
    let agreement = story.asks(&people[0], post(&publish, json!({})), 200, &shown).await;
    story.names.insert(agreement["sha256"].as_str().unwrap().to_owned(), "{hash of the second agreement}".into());
    let own = |at: usize| format!("/v1/memberships/{}", seats[at]);
    story.asks(&people[4], get(&own(4)), 200, &["status", "seat.agreement_status"]).await;
    story.says("Signing the old one is refused: it is no longer in force.");
    let old = json!({"agreement_version": 1, "sha256": people[0].all(&format!("{path}/agreements")).await.iter()
        .find(|one| one["number"] == 1).unwrap()["sha256"], "typed_name": "ben"});
    story.asks(&people[1], post(&format!("{}/sign", own(1)), old), 409, &["code"]).await;
    story.says("All sign but Eli.");
    for at in [0, 1, 2, 3, 6] {
        signs(story, &people[at], &seats[at], &agreement).await;
    }
    story.says("Fifteen days later he may read the agreement, sign it and leave, and nothing else.");
    app.later(TimeDelta::days(15));
    sign_in_again(app, people).await;
    let eli = &people[4];
    story.asks(eli, get(&own(4)), 200, &["status", "seat.agreement_status"]).await;
    story.asks(eli, get(&format!("{path}/memberships")), 403, &["code"]).await;
    story.says("He signs, and belongs again.");
    signs(story, eli, &seats[4], &agreement).await;
    story.asks(eli, get(&format!("{path}/memberships?limit=1")), 200, &[]).await;
}

/// Moves the clock to an instant, where everybody signs in.
async fn at(app: &TestApp, people: &mut [Person], instant: &str) {
    app.at(instant);
    sign_in_again(app, people).await;
}

async fn meet(app: &TestApp, people: &mut [Person], story: &mut Story, path: &str, seats: &[String]) {
    story.says(
        "## It meets\n\nEvery other Tuesday at noon in Los Angeles, four times. Noon stays noon when clocks there change on \
         1 November.",
    );
    let body = json!({"starts_local": "2026-10-20T12:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=4"});
    let shown = ["time_zone", "starts_at", "ends_at"];
    let series = story.asks(&people[0], post(&format!("{path}/series"), body), 201, &shown).await;
    story.calls(&series, "series");
    let all = people[0].all(&format!("{path}/meetings?to=2026-12-31T00:00:00Z")).await;
    for (meeting, name) in all.iter().zip(["first meeting", "second meeting", "third meeting", "fourth meeting"]) {
        story.calls(meeting, name);
    }
    let of = |number: usize, of: &str| format!("/v1/meetings/{}{of}", all[number]["id"].as_str().unwrap());
    story.says("Gus spends the winter in Phoenix, where clocks never change. The second one is an hour later for him.");
    let moves = (Method::PATCH, "/v1/me", json!({"time_zone": "America/Phoenix"}));
    story.asks(&people[6], moves, 200, &["time_zone"]).await;
    story.asks(&people[6], get(&of(1, "")), 200, &["starts_at", "starts_local", "my_time"]).await;

    story
        .says("Chi has something to bring, and Dee something that cannot wait. Whoever has not led for longest leads.");
    let queue = format!("{path}/presenter-queue");
    story.asks(&people[2], post(&queue, json!({})), 201, &["status"]).await;
    story.asks(&people[3], post(&queue, json!({"urgent": true})), 201, &["status"]).await;
    let shown = ["facilitator.display_name", "facilitator.source", "presenters.0.display_name"];
    story.asks(&people[0], get(&of(0, "/roles")), 200, &shown).await;
    hold(app, people, story, (0, "2026-10-20", 18, &of(0, "")), seats).await;

    story.says("Next time it is Ben's turn, and Chi's to present. Ben owns nothing here, but he leads that day.");
    story.asks(&people[1], get(&of(1, "/roles")), 200, &shown).await;
    hold(app, people, story, (1, "2026-11-03", 19, &of(1, "")), seats).await;

    story.says("The third is moved. It keeps its id; who had said yes is asked anew.");
    let change = (Method::PATCH, &*of(2, ""), json!({"starts_local": "2026-11-18T17:00"}));
    story.asks(&people[0], change, 200, &["starts_at", "original_starts_local", "answers"]).await;
    let yes = (Method::PUT, &*of(2, "/rsvp"), json!({"answer": "yes"}));
    story.asks(&people[1], yes, 201, &["answer"]).await;
    story.says("A day before, only one has said yes. It is called off.");
    at(app, people, "2026-11-18T01:00:00Z").await;
    story.asks(&people[2], get(&of(2, "")), 200, &["status", "quorum", "answers"]).await;
    let reason = json!({"reason": "Too few of us can come."});
    story.asks(&people[0], post(&of(2, "/cancel"), reason), 200, &["status", "cancel_reason"]).await;
}

/// A meeting is started, recorded and closed by whoever's turn it is.
async fn hold(
    app: &TestApp,
    people: &mut [Person],
    story: &mut Story,
    (leader, day, hour, path): (usize, &str, u32, &str),
    seats: &[String],
) {
    at(app, people, &format!("{day}T{hour}:55:00Z")).await;
    story.asks(&people[leader], post(&format!("{path}/start"), json!({})), 200, &["status"]).await;
    at(app, people, &format!("{day}T{}:35:00Z", hour + 2)).await;
    let entry = |at: usize| match at {
        3 => json!({"membership_id": seats[3], "status": "late", "minutes": 75}),
        4 => json!({"membership_id": seats[4], "status": "excused"}),
        at => json!({"membership_id": seats[at], "status": "present"}),
    };
    let entries: Vec<_> = [0, 1, 2, 3, 4, 6].map(entry).into();
    let record = (Method::PUT, &*format!("{path}/attendance"), json!({"entries": entries}));
    story.asks(&people[leader], record, 200, &["duration_minutes"]).await;
    let shown = ["status", "expected_count", "present_count"];
    story.asks(&people[leader], post(&format!("{path}/close"), json!({})), 200, &shown).await;
}

async fn reckon(app: &TestApp, people: &[Person], story: &mut Story, path: &str) {
    story.says(
        "## It counts\n\nWhat the meetings came to for Dee, and a certificate of it. Anybody with the code may ask \
        whether it is good, and learns no more.",
    );
    let (dee, gus, fay) = (&people[3], &people[6], &people[5]);
    story.asks(dee, get("/v1/me/hours"), 200, &["totals"]).await;
    let group = path.rsplit('/').next().unwrap();
    let body = json!({"consultation_group_id": group, "from": "2026-10-01", "to": "2026-11-17"});
    let shown = ["meetings", "minutes", "status"];
    let certificate = story.asks(dee, post("/v1/me/certificates", body), 201, &shown).await;
    let code = certificate["code"].as_str().unwrap();
    story.names.insert(code.to_owned(), "{code}".into());
    story.asks(fay, get(&format!("/v1/certificates/{code}")), 200, &["status"]).await;
    story.says("Gus gives his calendar app an address. It names nobody.");
    let feed = story.asks(gus, post("/v1/me/calendar-feeds", json!({})), 201, &["label", "show_names"]).await;
    let url: url::Url = feed["url"].as_str().unwrap().parse().unwrap();
    let calendar = app.anonymous().get(url.path()).await;
    assert_eq!(calendar.status, 200);
    let wanted = ["DTSTART", "RRULE:FREQ=WEEKLY", "RECURRENCE-ID", "STATUS:CANCELLED", "SUMMARY"];
    let start = calendar.text.find("BEGIN:VEVENT").unwrap();
    let lines = calendar.text[start..].lines().filter(|line| wanted.iter().any(|wanted| line.starts_with(wanted)));
    let lines: Vec<_> = lines.map(|line| format!("    {line}")).collect();
    story.says(&lines.join("\n"));
}

async fn change_hands(app: &TestApp, people: &mut [Person], story: &mut Story, path: &str, seats: &[String]) {
    story.says("## It changes hands, and rests\n\nThe last owner cannot just go.");
    let leave = format!("/v1/memberships/{}/leave", seats[0]);
    story.asks(&people[0], post(&leave, json!({})), 409, &["code"]).await;
    story.says("She names Ben, who owns the group from the same moment on.");
    let body = json!({"successor_id": people[1].id});
    story.asks(&people[0], post(&leave, body), 200, &["status", "end_reason"]).await;
    story.asks(&people[1], get(&format!("/v1/memberships/{}", seats[1])), 200, &["role"]).await;
    story.says("Ben lets it rest. Nobody gets a seat meanwhile.");
    let until = (app.clock.today() + TimeDelta::days(30)).to_string();
    story.names.insert(until.clone(), "{in 30 days}".into());
    story
        .asks(&people[1], post(&format!("{path}/pause"), json!({"until": until})), 200, &["status", "paused_until"])
        .await;
    story.asks(&people[5], post(&format!("{path}/memberships"), json!({})), 409, &["code"]).await;
    story.says("And goes on sooner.");
    story.asks(&people[1], post(&format!("{path}/resume"), json!({})), 200, &["status"]).await;
}

async fn end(people: &[Person], story: &mut Story, path: &str, seats: &[String]) {
    let ben = &people[1];
    story.says(
        "## It ends\n\nIts name has to be typed, because there is no way back: memberships end, texts are erased.",
    );
    let dissolve = format!("{path}/dissolve");
    story.asks(ben, post(&dissolve, json!({"confirm_name": "The circle"})), 422, &["code"]).await;
    let shown = ["status", "member_count"];
    story.asks(ben, post(&dissolve, json!({"confirm_name": "Harbor Circle"})), 200, &shown).await;
    story.asks(&people[2], get(&format!("/v1/memberships/{}", seats[2])), 200, &["status", "end_reason"]).await;
    story.says("Who was there still finds it; nobody else does.");
    story.asks(&people[2], get(path), 200, &["status", "agreement_number"]).await;
    let stranger = &people[5];
    story.asks(stranger, get(path), 404, &["code"]).await;
}
