//! Keyset pages, with proposals seen by a moderator as the example.

use std::collections::HashMap;

use futures_util::future::join_all;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use support_network::db::search::fold;

use crate::support::{Person, TestApp};

async fn propose(person: &Person, name: &str, country: &str) -> Value {
    let body = json!({"name": name, "kind": "online_community", "country": country});
    person.post("/v1/organizations", body).await.expect(201)
}

#[actix_web::test]
async fn a_cursor_fits_only_the_list_that_it_came_from() {
    let app = TestApp::spawn().await;
    let somebody = app.anonymous();
    let list = "/v1/organizations?kind=professional_association";
    let first = somebody.get(&format!("{list}&limit=2")).await;
    let link = first.header("link").unwrap().to_owned();
    let cursor = first.json["next_cursor"].as_str().unwrap().to_owned();
    let with = async |query: &str, cursor: &str| somebody.get(&format!("{query}&cursor={cursor}")).await;
    with(list, &cursor).await.expect(200);
    // The size of a page and the total may change on the way, and the order of parameters says nothing.
    with(&format!("{list}&limit=1&include_total=true"), &cursor).await.expect(200);
    with("/v1/organizations?limit=2", &format!("{cursor}&kind=professional_association")).await.expect(200);
    for other in [
        "/v1/organizations?limit=2",
        "/v1/organizations?kind=directory",
        "/v1/organizations?kind=professional_association&kind=directory",
        "/v1/organizations?kind=professional_association&sort=-name",
        "/v1/organizations?kind=professional_association&sort=name",
        "/v1/organizations?kind=professional_association&q=a",
    ] {
        with(other, &cursor).await.refused(422, "invalid_cursor");
    }
    let mut forged: Vec<String> = (0..cursor.len())
        .step_by(7)
        .map(|at| {
            let other = if cursor.as_bytes()[at] == b'A' { 'B' } else { 'A' };
            format!("{}{other}{}", &cursor[..at], &cursor[at + 1..])
        })
        .collect();
    forged.extend(["", "A", "rubbish!", "eyJhZnRlciI6W119"].map(String::from));
    forged.push(cursor[..cursor.len() - 4].to_owned());
    forged.push(format!("{cursor}AAAA"));
    for forged in &forged {
        with(list, forged).await.refused(422, "invalid_cursor");
    }
    let elsewhere = TestApp::spawn().await;
    elsewhere.anonymous().get(&format!("{list}&cursor={cursor}")).await.refused(422, "invalid_cursor");

    let target = link.trim_start_matches('<').split_once(">; rel=\"next\"").unwrap().0.to_owned();
    assert!(target.starts_with("/v1/organizations?"), "{link}");
    assert_eq!(
        somebody.get(&target).await.expect(200)["items"],
        with(list, &format!("{cursor}&limit=2")).await.json["items"]
    );
}

#[actix_web::test]
async fn a_page_has_its_bounds_and_the_last_one_leads_nowhere() {
    let app = TestApp::spawn().await;
    let page = async |query: &str| app.anonymous().get(&format!("/v1/organizations{query}")).await;
    let whole = page("").await;
    assert_eq!((whole.header("link"), whole.json["items"].as_array().unwrap().len()), (None, 8));
    assert!(whole.json.get("next_cursor").is_none() && whole.json.get("total").is_none());
    // A page that is just full is the last one.
    assert!(page("?limit=8").await.expect(200).get("next_cursor").is_none());
    assert!(page("?limit=7").await.expect(200)["next_cursor"].is_string());
    let counted = page("?limit=1&include_total=true").await.expect(200);
    assert_eq!((&counted["total"], counted["items"].as_array().unwrap().len()), (&json!(8), 1));
    let none = page("?country=AQ&include_total=true").await.expect(200);
    assert_eq!(none, json!({"items": [], "total": 0}));
    assert_eq!(page("?limit=100").await.status, 200);
}

/// What happens to the list between two pages.
#[derive(Clone, Debug)]
enum Meanwhile {
    Nothing,
    Insert(String),
    /// Counted from the first row that was there at the start.
    Delete(usize),
}

const SORTS: [&str; 6] = ["name", "-name", "created_at", "-created_at", "member_count", "-member_count"];

/// Names that fold to the same word, or to nothing at all, are the hard ones.
const NAMES: [&str; 14] = [
    "aa",
    "AA",
    "\u{e4}\u{e4}",
    "bb",
    "B b",
    "b-b",
    "\u{df}\u{df}",
    "zz",
    "ZZ",
    "10",
    "9 9",
    "\u{65e5}\u{672c}",
    "!!",
    "++",
];

#[actix_web::test]
async fn what_is_encoded_in_a_query_is_encoded_where_the_next_page_is() {
    let app = TestApp::spawn().await;
    let somebody = app.anonymous();
    let first = somebody.get("/v1/organizations?q=associati%C3%B6n%3E%22&limit=1").await;
    let link = first.header("link").unwrap().to_owned();
    let target = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
    assert!(target.starts_with("/v1/organizations?q=associati%C3%B6n%3E%22&limit=1&cursor="), "{link}");
    let second = somebody.get(target).await.expect(200);
    assert_ne!(second["items"][0]["id"], first.json["items"][0]["id"]);
}

/// Those that wait for a connection go together, and each is to get what is its own.
#[actix_web::test]
async fn pages_that_many_ask_for_at_once_are_each_ones_own() {
    let app = TestApp::spawn().await;
    let moderator = app.moderator("mo").await;
    let countries = ["AT", "BE", "CH", "DE"];
    for (number, country) in countries.into_iter().cycle().enumerate().take(24) {
        propose(&moderator, &format!("Circle {number}"), country).await;
    }
    // By a text, by a number and by a time.
    let lists = ["name", "-member_count", "created_at"].into_iter().flat_map(|sort| {
        countries.map(|country| format!("/v1/organizations?country={country}&status=proposed&sort={sort}"))
    });
    let mut asked: Vec<String> = Vec::new();
    for list in lists {
        let cursor = moderator.get(&format!("{list}&limit=1")).await.expect(200)["next_cursor"].clone();
        let cursor = cursor.as_str().unwrap();
        asked.extend([2, 5].map(|limit| format!("{list}&limit={limit}")));
        asked.extend([2, 5].map(|limit| format!("{list}&limit={limit}&cursor={cursor}")));
    }
    let mut alone = Vec::new();
    for path in &asked {
        alone.push(moderator.get(path).await.expect(200));
    }
    let names =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&alone[0]), ["Circle 0", "Circle 12"]);
    for pages in alone.chunks(4) {
        let goes_on: Vec<bool> = pages.iter().map(|page| page["next_cursor"].is_string()).collect();
        assert_eq!(goes_on, [true, true, true, false]);
    }
    for _ in 0..3 {
        let together = join_all(asked.iter().chain(&asked).map(|path| moderator.get(path))).await;
        let expected = asked.iter().zip(&alone);
        for ((path, expected), answer) in expected.clone().chain(expected).zip(together) {
            assert_eq!(&answer.expect(200), expected, "{path}");
        }
    }
}

fn a_name() -> impl Strategy<Value = String> {
    prop::sample::select(&NAMES[..]).prop_map(String::from)
}

fn a_walk() -> impl Strategy<Value = (Vec<String>, usize, &'static str, Vec<Meanwhile>)> {
    let meanwhile = prop_oneof![
        Just(Meanwhile::Nothing),
        a_name().prop_map(Meanwhile::Insert),
        (0usize..9).prop_map(Meanwhile::Delete),
    ];
    (
        prop::collection::vec(a_name(), 0..9),
        1usize..5,
        prop::sample::select(&SORTS[..]),
        prop::collection::vec(meanwhile, 0..6),
    )
}

/// Walks a list of its own, page by page, and holds what was seen against what was there.
async fn walk(people: (&Person, &Person), country: &str, case: (Vec<String>, usize, &str, Vec<Meanwhile>)) {
    let (ana, moderator) = people;
    let (names, limit, sort, meanwhile) = case;
    let mut rows = Vec::new();
    for name in &names {
        rows.push(propose(ana, name, country).await);
    }
    let key = |row: &Value| {
        let text = |member: &str| row[member].as_str().unwrap().to_owned();
        match sort.trim_start_matches('-') {
            "name" => (fold(&text("name")), text("id")),
            "created_at" => (text("created_at"), text("id")),
            _ => (format!("{:09}", row["member_count"].as_u64().unwrap()), text("id")),
        }
    };
    let list = format!("/v1/organizations?status=proposed&country={country}&sort={sort}&limit={limit}");
    let (mut seen, mut inserted, mut deleted) = (Vec::<Value>::new(), 0, Vec::new());
    let mut cursor = String::new();
    let mut meanwhile = meanwhile.into_iter();
    loop {
        let page = moderator.get(&format!("{list}{cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{page}");
        seen.extend(items.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!(items.len(), limit, "a page that has a next one is full");
        cursor = format!("&cursor={next}");
        match meanwhile.next() {
            Some(Meanwhile::Insert(name)) => {
                propose(ana, &name, country).await;
                inserted += 1;
            }
            Some(Meanwhile::Delete(at)) if at < rows.len() && !deleted.contains(&at) => {
                ana.delete(&format!("/v1/organizations/{}", rows[at]["id"].as_str().unwrap())).await.expect(204);
                deleted.push(at);
            }
            _ => {}
        }
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for row in &seen {
        *times.entry(row["id"].as_str().unwrap()).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "a row repeats in {seen:?}");
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| !deleted.contains(at)) {
        assert!(times.contains_key(row["id"].as_str().unwrap()), "row {at} is hidden: {row}");
    }
    assert!(seen.len() <= rows.len() + inserted, "{seen:?}");
    let descending = sort.starts_with('-');
    let in_order =
        |pair: &[Value]| if descending { key(&pair[0]) > key(&pair[1]) } else { key(&pair[0]) < key(&pair[1]) };
    assert!(seen.windows(2).all(in_order), "out of order by {sort}: {seen:?}");
}

#[test]
fn every_row_comes_exactly_once_in_order_whatever_happens_meanwhile() {
    let system = actix_web::rt::System::new();
    let (_app, ana, moderator) = system.block_on(async {
        let app = TestApp::spawn().await;
        let (ana, moderator) = (app.therapist("ana").await, app.moderator("mo").await);
        (app, ana, moderator)
    });
    let mut countries = rust_iso3166::ALL_ALPHA2.iter();
    let mut runner =
        TestRunner::new(Config { cases: 40, failure_persistence: None, max_shrink_iters: 60, ..Config::default() });
    let countries = std::cell::RefCell::new(&mut countries);
    let outcome = runner.run(&a_walk(), |case| {
        let country = countries.borrow_mut().next().unwrap();
        let walked = std::panic::AssertUnwindSafe(|| system.block_on(walk((&ana, &moderator), country, case)));
        std::panic::catch_unwind(walked).map_err(|panic| {
            let words = panic.downcast_ref::<String>().cloned();
            TestCaseError::fail(words.unwrap_or_else(|| "it panicked".into()))
        })
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
}
