//! What is in the catalogue, and what a file must not be.

use std::fs;

use support_network::psychometrics::{Catalogue, Kind, TextStatus};

use super::catalogue;

#[test]
fn the_catalogue_holds_our_three_and_eleven_published_ones() {
    let catalogue = catalogue();
    let keys: Vec<_> = catalogue.all().map(|instrument| instrument.key.as_str()).collect();
    let expected = [
        "challenge-check",
        "connection-check",
        "weekly-check-in",
        "proqol-5",
        "who-5",
        "cbi",
        "olbi",
        "pfi",
        "stss",
        "ucla-3",
        "mini-z-1",
        "brs",
        "pss-10",
        "vts",
    ];
    assert_eq!(keys, expected);
    for instrument in catalogue.all() {
        let ours = instrument.key.contains("-check");
        let status = if ours { TextStatus::Bundled } else { TextStatus::StructureOnly };
        assert_eq!(instrument.licence.text_status, status, "{}", instrument.key);
        assert_eq!(instrument.items.iter().all(|item| item.text.is_some()), ours, "{}", instrument.key);
        assert_eq!((instrument.version.as_str(), instrument.major()), ("1.0.0", 1));
        assert!(!instrument.examples.is_empty(), "{} has no example", instrument.key);
        assert!(instrument.self_check().all(|case| case.passes()), "{}", instrument.key);
    }
    assert_eq!(catalogue.newest("challenge-check").unwrap().kind, Kind::Checklist);
    assert!(catalogue.newest("mbi").is_none() && catalogue.version("who-5", "2.0.0").is_none());
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments")).unwrap();
    assert_eq!(files.count(), expected.len(), "a file that is not built in");
}

#[test]
fn no_wording_of_others_is_in_the_repository() {
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/instruments")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let ours = text.contains("text_status = \"bundled\"");
        assert!(ours || !(text.contains("text = ") || text.contains("label = ")), "{text}");
    }
}

/// A small instrument of three items, for files of its own.
const SOUND: &str = r#"key = "tiny"
version = "1.0.0"
title = "Tiny"
description = "Three questions."
kind = "scale"
min_interval_days = 1
items = [
    { name = "1", options = "rating" },
    { name = "2", options = "rating", weights = [3, 2, 1] },
    { name = "3", options = "rating" },
]

[source]
citation = "Nobody (2026)."

[licence]
statement = "None."
text_status = "structure_only"

[options]
rating = [{ value = 1 }, { value = 2 }, { value = 3 }]

[[scales]]
key = "total"
title = "Total"
items = ["1", "2", "3"]
method = "sum"
higher_is_better = true
bands = [{ key = "low", from = 3 }, { key = "high", from = 6 }]
band_source = "Nobody (2026)."

[[norms]]
scale = "total"
mean = 5
sd = 1
sample = "Nobody"
source = "Nobody (2026)."

[[reliable_change]]
scale = "total"
sd = 1
reliability = 0.8
source = "Nobody (2026)."

[[examples]]
case = "ones"
answers = "1 1 1"
scores = { total = 5 }
bands = { total = "low" }
t_scores = { total = 50.0 }
straight_line = true
"#;

fn load(files: &[(&str, &str)]) -> Result<Catalogue, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    Catalogue::load(Some(folder.path())).map_err(|fault| fault.to_string())
}

#[test]
fn files_of_the_operator_add_instruments_and_versions() {
    let newer = SOUND.replace("1.0.0", "1.10.0");
    let older = SOUND.replace("1.0.0", "1.9.0");
    let catalogue = load(&[("b.toml", SOUND), ("a.toml", &newer), ("c.toml", &older), ("notes.txt", "?")]).unwrap();
    assert_eq!(catalogue.newest("tiny").unwrap().version, "1.10.0");
    assert_eq!(
        catalogue.versions("tiny").iter().map(|one| one.version.as_str()).collect::<Vec<_>>(),
        ["1.0.0", "1.9.0", "1.10.0"]
    );
    assert_eq!(catalogue.all().last().unwrap().key, "tiny");
    assert!(load(&[("a.toml", SOUND), ("b.toml", SOUND)]).unwrap_err().contains("b.toml: tiny 1.0.0 exists already"));
    assert!(Catalogue::load(Some(std::path::Path::new("/nowhere/at/all"))).is_err());
}

#[test]
fn a_hash_is_over_what_decides_a_score_and_nothing_else() {
    let hash = |text: &str| load(&[("a.toml", text)]).unwrap().newest("tiny").unwrap().rules_sha256.clone();
    let own = hash(SOUND);
    assert_eq!(own.len(), 64);
    assert_eq!(hash(&SOUND.replace("Tiny", "Little")), own);
    assert_eq!(hash(&SOUND.replace("from = 3 }", "from = 3.0 }")), own);
    for (from, to) in [
        ("from = 6", "from = 7"),
        ("mean = 5\n", "mean = 5.0\n "),
        ("weights = [3, 2, 1]", "weights = [1, 3, 2]"),
        ("method = \"sum\"", "method = \"mean\"\nfactor = 3"),
    ] {
        let same = from.starts_with("mean");
        let text = SOUND.replace(from, to);
        let text = text.split("[[examples]]").next().unwrap();
        assert_eq!(hash(text) == own, same, "{from}");
    }
}

#[test]
fn a_fault_names_file_and_line_and_the_mend() {
    for (from, to, line, words) in [
        ("title = \"Tiny\"", "title = ", 3, "write it as"),
        ("kind = \"scale\"", "kind = \"test\"", 5, "unknown variant"),
        ("kind = \"scale\"", "kind = \"scale\"\ncolour = \"red\"", 6, "unknown field `colour`"),
        ("key = \"tiny\"", "key = \"Tiny one\"", 1, "no key"),
        ("version = \"1.0.0\"", "version = \"1.0\"", 2, "write it as 1.0.0"),
        ("title = \"Tiny\"", "title = \"\"", 3, "1 to 200 characters"),
        ("name = \"3\"", "name = \"1\"", 10, "stands twice"),
        ("name = \"3\"", "name = \"3\", asked_if = \"1\"", 10, "decide whether an item is asked"),
        ("name = \"3\"", "name = \"3\", text = \"Copied\"", 10, "has a wording"),
        ("{ name = \"3\", options = \"rating\" }", "{ name = \"3\", options = \"other\" }", 10, "no such options"),
        ("weights = [3, 2, 1]", "weights = [3, 2, 2]", 9, "another order, each once"),
        ("weights = [3, 2, 1]", "weights = [3, 2]", 9, "another order, each once"),
        ("text_status = \"structure_only\"", "text_status = \"bundled\"", 18, "no language"),
        ("{ value = 3 }]", "{ value = 2 }]", 21, "a whole number from 0 to 100"),
        ("items = [\"1\", \"2\", \"3\"]", "items = [\"1\", \"2\", \"4\"]", 26, "no such item"),
        ("items = [\"1\", \"2\", \"3\"]", "items = [\"1\", \"1\", \"3\"]", 26, "stands twice"),
        ("method = \"sum\"", "method = \"sum\"\nmin_answered = 2", 28, "only a mean"),
        ("method = \"sum\"", "method = \"product\"", 26, "a product has two items"),
        ("from = 3 }", "from = 4 }", 29, "the lowest score"),
        ("from = 6 }", "from = 3 }", 29, "overlaps"),
        ("from = 6 }", "from = 10 }", 29, "nothing lies in it"),
        ("from = 6 }", "from = 6, above = 5 }", 29, "`from` or `above`"),
        ("band_source = \"Nobody (2026).\"", "provisional = true", 24, "without a word why"),
        ("band_source = \"Nobody (2026).\"", "", 24, "add a `band_source`"),
        ("scale = \"total\"\nmean", "scale = \"sum\"\nmean", 33, "no such scale"),
        ("sd = 1\nsample", "sd = 0\nsample", 35, "above 0"),
        ("reliability = 0.8\n", "", 40, "cannot be reckoned"),
        ("reliability = 0.8", "reliability = 1", 40, "cannot be reckoned"),
        ("answers = \"1 1 1\"", "answers = \"1 1\"", 47, "an answer for each item"),
        ("answers = \"1 1 1\"", "answers = \"1 1 4\"", 47, "4 is no answer to item 3"),
        ("scores = { total = 5 }", "scores = { total = 6 }", 45, "comes to something else"),
        ("straight_line = true\n", "", 45, "comes to something else"),
    ] {
        assert!(SOUND.contains(from), "{from}");
        let fault = load(&[("a.toml", &SOUND.replacen(from, to, 1))]).unwrap_err();
        assert!(fault.contains(&format!("a.toml, line {line}: ")), "{from}: {fault}");
        assert!(fault.contains(words) && fault.contains("; "), "{from}: {fault}");
    }
}
