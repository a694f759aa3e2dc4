//! The rules of ARCHITECTURE.md, held against the source.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Services that features call, and features: whatever stands below them must not know them.
const SERVICES: [&str; 4] = ["audit", "mail", "revocation", "schedule"];
/// What puts everything together may import anything.
const TOP: [&str; 4] = ["reference", "keys", "jobs", "server"];

/// A source file, and every path of ours that its code names (tests aside), as modules: `["organizations", "rules"]`.
struct Source {
    path: String,
    module: Vec<String>,
    imports: BTreeSet<Vec<String>>,
}

impl Source {
    /// The top-level module: `organizations`.
    fn top(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// Which part of a feature this is: `routes`, `store`, …; `mod` for its front.
    fn part(&self) -> &str {
        self.module.get(1).map_or("mod", String::as_str)
    }
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(&Path::new(ROOT).join("src"), &mut files);
    let modules: Vec<(PathBuf, Vec<String>)> = files.into_iter().map(|file| (file.clone(), module_of(&file))).collect();
    let names: BTreeSet<Vec<String>> = modules.iter().map(|(_, module)| module.clone()).collect();
    let read = |(file, module): &(PathBuf, Vec<String>)| Source {
        path: file.strip_prefix(ROOT).unwrap().display().to_string(),
        module: module.clone(),
        imports: paths_in(&code_of(file), module).iter().filter_map(|path| nearest(path, &names)).collect(),
    };
    modules.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(Path::new(ROOT).join("src")).unwrap().with_extension("");
    let mut module: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// The code without comments and without its tests, which stand at the end.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every path that starts with `crate`, `super` or `self`, also inside braces, as a path from the crate's root.
fn paths_in(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '"') {
                let mut prefix = Vec::new();
                expand(&code[at..], &mut prefix, &mut found);
            }
        }
    }
    found.into_iter().map(|path| absolute(path, module)).collect()
}

/// Reads `a::b`, `a::{b, c::d}`; answers what is left.
fn expand<'a>(code: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            let mut branch = prefix.clone();
            rest = expand(rest, &mut branch, found).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if more.trim_start().starts_with('}') => return &more.trim_start()[1..],
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    let (name, rest) = code.split_at(end);
    if !name.is_empty() {
        prefix.push(name.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(rest) => expand(rest, prefix, found),
        None => {
            found.push(prefix.clone());
            match rest.trim_start().strip_prefix("as ") {
                Some(alias) => alias.trim_start().trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
                None => rest,
            }
        }
    }
}

fn absolute(path: Vec<String>, module: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let base = if ups > 0 { module[..module.len().saturating_sub(ups)].to_vec() } else { Vec::new() };
    base.into_iter().chain(path.into_iter().filter(|part| part != "super" && part != "crate")).collect()
}

/// The file that a path leads into.
fn nearest(path: &[String], names: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|module| names.contains(module))
}

/// The modules of the crate, in the order of the map.
fn map() -> Vec<String> {
    let lib = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    let names = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(ToOwned::to_owned).collect()
}

fn features() -> Vec<String> {
    let map = map();
    let first = map.iter().position(|name| name == "vocabularies").unwrap();
    map[first..].iter().filter(|name| !TOP.contains(&name.as_str())).cloned().collect()
}

#[test]
fn imports_lead_downward_in_the_map() {
    let map = map();
    let floor = |name: &str| match name {
        // These share a floor with another.
        "state" => map.iter().position(|known| known == "http"),
        "db" => map.iter().position(|known| known == "crypto"),
        name => map.iter().position(|known| known == name),
    };
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !source.module.is_empty()) {
        let own = floor(source.top()).unwrap_or_else(|| panic!("{} is not on the map in lib.rs", source.path));
        for import in source.imports.iter().filter(|import| import[0] != source.top()) {
            if floor(&import[0]).unwrap() > own {
                faults.push(format!("{} imports {}", source.path, import.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_floor_knows_no_feature() {
    let features = features();
    let mut faults = Vec::new();
    for source in sources() {
        let floor = matches!(
            source.top(),
            "http" | "db" | "crypto" | "entities" | "problem" | "config" | "clock" | "psychometrics"
        );
        for import in source.imports.iter().filter(|_| floor) {
            if features.contains(&import[0]) || SERVICES.contains(&import[0].as_str()) {
                faults.push(format!("{} imports {}", source.path, import.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The parts of a feature, top first. Each uses those below it, and what is named of the floor and of services; of other
/// features, which stand lower in the map, it uses the front and the same or lower parts.
const PARTS: [(&str, &[&str]); 4] = [
    (
        "routes",
        &[
            "problem",
            "config",
            "entities",
            "crypto",
            "db",
            "psychometrics",
            "recurrence",
            "http",
            "state",
            "audit",
            "mail",
            "schedule",
        ],
    ),
    (
        "store",
        &[
            "problem",
            "entities",
            "crypto",
            "db",
            "psychometrics",
            "recurrence",
            "http::caller",
            "http::conditional",
            "state",
            "audit",
            "mail",
            "revocation",
            "schedule",
        ],
    ),
    ("schema", &["problem", "support_lines", "entities", "psychometrics", "recurrence", "http", "schedule::rules"]),
    // How words are folded for search, how answers are scored, and when meetings are, is as pure as any rule.
    ("rules", &["problem", "entities", "psychometrics", "recurrence", "schedule::rules", "db::search"]),
];

#[test]
fn the_parts_of_a_feature_keep_to_their_neighbours() {
    let features = features();
    let height = |part: &str| PARTS.iter().position(|(name, _)| *name == part);
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| features.iter().any(|feature| feature == source.top())) {
        let Some(own) = height(source.part()) else { continue };
        for import in &source.imports {
            let foreign = import[0] != source.top();
            let fine = match features.contains(&import[0]) {
                true => import.get(1).map_or(foreign, |part| height(part).is_none_or(|height| height >= own)),
                false => PARTS[own].1.iter().any(|floor| import.join("::").starts_with(floor)),
            };
            if !fine {
                faults.push(format!("{} imports {}", source.path, import.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_two_files_import_each_other() {
    let imports: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> =
        sources().into_iter().map(|source| (source.module, source.imports)).collect();
    let mut faults = Vec::new();
    for (module, targets) in &imports {
        for target in targets.iter().filter(|target| *target > module) {
            // `state` names what the floor beside it keeps there, and the floor names `state`.
            let beside = [module, target].iter().any(|one| one[0] == "state");
            if imports.get(target).is_some_and(|back| back.contains(module)) && !beside {
                faults.push(format!("{} and {}", module.join("::"), target.join("::")));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_stay_short_and_nothing_is_left_to_do() {
    let mut files = Vec::new();
    for folder in ["src", "migration/src"] {
        collect(&Path::new(ROOT).join(folder), &mut files);
    }
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.lines().count() <= 500, "{} has more than 500 lines: make it a folder", file.display());
        for word in [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("TO", "DO"), concat!("FIX", "ME")] {
            assert!(!text.contains(word), "{} says {word}", file.display());
        }
    }
}

#[test]
fn both_crates_keep_the_lints_of_the_workspace() {
    let root = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing", "todo", "dbg_macro", "print_stdout"] {
        assert!(root.contains(&format!("{lint} = \"deny\"")), "{lint} is not denied");
    }
    assert!(root.contains("unsafe_code = \"forbid\""));
    for manifest in ["Cargo.toml", "migration/Cargo.toml"] {
        let text = fs::read_to_string(Path::new(ROOT).join(manifest)).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} does not take the lints of the workspace");
    }
    let mut files = Vec::new();
    collect(&Path::new(ROOT).join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("[allow(").chain(text.match_indices("[expect(")) {
            let attribute = text[at..].split(")]").next().unwrap_or_default();
            assert!(attribute.contains("reason"), "{}: {attribute}) gives no reason", file.display());
        }
    }
}

#[test]
fn every_feature_is_furnished_alike() {
    for feature in features() {
        let folder = Path::new(ROOT).join("src").join(&feature);
        let front = fs::read_to_string(folder.join("mod.rs")).unwrap();
        assert!(front.starts_with("//! "), "{feature}/mod.rs does not say what it is");
        let routes = front.contains("pub fn routes(") || front.contains("pub use routes::routes;");
        assert!(routes, "{feature}/mod.rs has no routes");
    }
}

/// For `{id}` Actix would keep a regular expression for each handler and worker.
#[test]
fn handlers_write_the_parameters_of_their_paths_with_a_colon() {
    let mut files = Vec::new();
    collect(&Path::new(ROOT).join("src"), &mut files);
    let mut handlers = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            let method = line.strip_prefix("#[").and_then(|rest| rest.split_once("(\"/"));
            if method.is_some_and(|(method, _)| ["get", "post", "put", "patch", "delete"].contains(&method)) {
                handlers += 1;
                assert!(!line.contains('{'), "{}: {line}", file.display());
            }
        }
    }
    assert!(handlers > 200, "{handlers}");
}
