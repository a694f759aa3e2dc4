//! The load benchmark: CPU per request of the release binary, as a ratio to a bare Actix handler that answers the same
//! requests with a constant of the same size, on the same machine in the same run.
//!
//! `cargo bench --bench load` measures SQLite, with `-- page` only what has `page` in its name; with
//! `BENCH_DATABASE_URL=postgres://…` (an empty database) PostgreSQL too, its own CPU included. Nothing else is needed: the load generator is in here, 64 connections that each wait for their answer.
//! Rounds of all servers interleave, the median of their ratios counts, and any status but the expected one ends the run.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise"
)]

#[allow(dead_code, reason = "each benchmark uses what it needs")]
mod load {
    pub mod client;
    pub mod cpu;
    pub mod directory;
    pub mod peers;
    pub mod servers;
}

use std::time::{Duration, Instant};

use load::{
    client::{Call, drive},
    cpu::CpuTime,
    directory::{DEEP, Directory, MEMBERS, ORGANIZATIONS},
    peers,
    servers::Running,
};

type Service = load::servers::Service<Directory>;

/// The call that a connection makes next.
type MakeCall = Box<dyn Fn(&Service, usize) -> Call>;

/// Rounds are short, so that both sides of one meet the same machine, and many.
const ROUNDS: usize = 15;
/// Rounds with peers, which take longer.
const ROUNDS_OF_PEERS: usize = 7;
/// Requests of a round that go to the bare handler, at least: as many as go to the service, where those are more, because
/// to open the connections is a part of both.
const HELLOS: usize = 4_000;
/// Requests to a bare handler before it is measured.
const WARM_UP: usize = 1_000;
const CONNECTIONS: usize = 64;
/// Addresses with an account, and others, that are asked for in turn.
const TURNS: usize = 200;
/// Connections that are open at once when memory is read.
const MANY_CONNECTIONS: usize = 1_000;

/// What is measured: a name, how many requests a round has, the goal as a ratio, and the call that request `n` makes.
struct Work {
    name: &'static str,
    requests: usize,
    goal: Option<f64>,
    call: MakeCall,
}

fn main() {
    // `cargo bench` and `cargo test --benches` pass flags of the standard harness.
    if std::env::args().any(|flag| flag == "--test") {
        return;
    }
    if let Some(size) = std::env::args().skip_while(|flag| flag != "hello").nth(1) {
        load::servers::serve_hello(size.parse().unwrap());
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(&wanted));
}

async fn run(wanted: &[String]) {
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let mut databases = vec![("SQLite", None)];
    if let Ok(url) = std::env::var("BENCH_DATABASE_URL") {
        databases.push(("PostgreSQL", Some(url)));
    }
    for (name, url) in databases {
        let service = load::directory::start(url).await;
        println!(
            "\n{name}: {} organizations, {} members of one; ready after {:.0} ms",
            ORGANIZATIONS,
            MEMBERS,
            service.ready_after.as_secs_f64() * 1000.0
        );
        println!(
            "{:<34} {:>9} {:>9} {:>7} {:>8} {:>8} {:>6}",
            "", "CPU µs", "hello µs", "ratio", "p50 ms", "p99 ms", "goal"
        );
        if is_wanted("memory") {
            memory(&service).await;
        }
        for work in works().iter().filter(|work| is_wanted(work.name)) {
            measure(&service, work).await;
        }
        if is_wanted("depth") {
            depth(&service).await;
        }
        if is_wanted("login beside reads") {
            login_beside_reads(&service).await;
        }
        if is_wanted("enumeration") {
            enumeration(&service).await;
        }
        // They need more than the repository, so they are not measured unasked.
        if wanted.iter().any(|word| word == "peers") {
            beside_peers(&service).await;
        }
        let memory = load::cpu::resident_megabytes(service.pid());
        println!("resident memory after the run: {memory:.0} MB");
    }
}

fn works() -> Vec<Work> {
    let work = |name, requests, goal, call: MakeCall| Work { name, requests, goal, call };
    vec![
        work(
            "GET one organization, 304",
            8_000,
            Some(1.6),
            Box::new(|s, _| {
                s.get(&format!("/v1/organizations/{}", s.data.first))
                    .with("if-none-match", &s.data.first_etag)
                    .expecting(304)
            }),
        ),
        work(
            "GET one organization, the same",
            8_000,
            Some(1.6),
            Box::new(|s, _| s.get(&format!("/v1/organizations/{}", s.data.first))),
        ),
        work("GET one organization, any", 8_000, Some(6.5), Box::new(|s, n| s.get(&s.any(n)))),
        work("page of 25, filtered and sorted", 2_000, Some(8.0), Box::new(|s, n| s.get(s.page(n)))),
        work(
            "page of full-text search, 100 hits",
            300,
            None,
            Box::new(|s, _| s.get("/v1/organizations?limit=25&q=place77")),
        ),
        work(
            "roster page of 25",
            600,
            None,
            Box::new(|s, _| s.get(&format!("/v1/organizations/{}/memberships?limit=25", s.data.first))),
        ),
        work("my memberships", 2_000, None, Box::new(|s, _| s.get("/v1/memberships"))),
        work("create with idempotency key, audit", 1_500, Some(22.0), Box::new(|s, n| s.create(n))),
        work("self-assessment, started", 600, None, Box::new(|s, _| s.post("/v1/self-assessments", proqol(false)))),
        work(
            "self-assessment, ProQOL taken whole",
            600,
            None,
            Box::new(|s, _| s.post("/v1/self-assessments", proqol(true))),
        ),
        work("login", 100, None, Box::new(|s, _| s.login())),
    ]
}

/// A ProQOL that is only started, or one that is answered and submitted: both write the same rows.
fn proqol(whole: bool) -> String {
    let answers: Vec<String> = match whole {
        true => (1..=30).map(|item| format!(r#"{{"item":"{item}","value":{}}}"#, item % 5 + 1)).collect(),
        false => Vec::new(),
    };
    format!(r#"{{"instrument":"proqol-5","own_form":true,"submit":{whole},"answers":[{}]}}"#, answers.join(","))
}

async fn measure(service: &Service, work: &Work) {
    let probe = drive(service.address, 1, 1, |n| (work.call)(service, 1_000_000 + n)).await;
    let hellos = work.requests.max(HELLOS);
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        // Two processes that do the same differ by a tenth for as long as they live, so each round has its own.
        let hello = Running::hello(probe.body_size);
        drive(hello.address, CONNECTIONS, WARM_UP, |n| (work.call)(service, n).expecting(200)).await;
        // The first round warms up.
        let offset = round * work.requests;
        let before = service.cpu();
        let run = drive(service.address, CONNECTIONS, work.requests, |n| (work.call)(service, offset + n)).await;
        let spent = service.cpu().since(before).micros() / work.requests as f64;
        let before = CpuTime::of(&[hello.pid()]);
        drive(hello.address, CONNECTIONS, hellos, |n| (work.call)(service, offset + n).expecting(200)).await;
        let spent_hello = CpuTime::of(&[hello.pid()]).since(before).micros() / hellos as f64;
        if round > 0 {
            rounds.push([spent, spent_hello, spent / spent_hello, run.quantile(0.5), run.quantile(0.99)]);
        }
    }
    let goal = work.goal.map_or(String::new(), |goal| format!("≤ {goal}"));
    let [cpu, hello, ratio, p50, p99] = medians(&rounds);
    println!("{:<34} {cpu:>9.1} {hello:>9.1} {ratio:>7.2} {p50:>8.2} {p99:>8.2} {goal:>6}", work.name);
}

/// Resident memory before anything was asked, and after some thousand pages, while many connections are open.
async fn memory(service: &Service) {
    let held = load::client::hold(service.address, MANY_CONNECTIONS, &service.get("/v1/memberships")).await;
    let with_many = load::cpu::resident_megabytes(service.pid());
    let of_its_own = load::cpu::resident_megabytes_of_its_own(service.pid());
    println!(
        "resident memory: {:.0} MB idle; later, with {} connections, {of_its_own:.0} MB (goal ≤ 40 and 120), and {:.0} MB of \
         the database file mapped",
        service.idle_megabytes,
        held.len(),
        with_many - of_its_own
    );
}

/// What a page deep in the list costs against the first: requests of both take turns, one at a time.
async fn depth(service: &Service) {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..400 {
        for (page, times) in [&service.data.first_page, &service.data.deep_page].into_iter().zip(&mut times) {
            let run = drive(service.address, 1, 5, |_| service.get(page)).await;
            if round > 0 {
                times.push(run.quantile(0.5));
            }
        }
    }
    let [first, deep] = times.map(median);
    println!("page {} against page 1: {first:.3} ms and {deep:.3} ms: {:.2} times (goal ≤ 1.1)", DEEP, deep / first);
}

/// What peers spend on the same work, on PostgreSQL.
async fn beside_peers(service: &Service) {
    let Some(url) = service.postgres_url() else { return };
    println!("\n{:<34} {:>9} {:>9} {:>9} {:>9} {:>9}", "", "CPU µs", "Fastify", "times", "FastAPI", "times");
    let works: [(&str, usize, MakeCall, MakeCall); 3] = [
        ("GET one organization, any", 1_000, Box::new(|s, n| s.get(&s.any(n))), Box::new(|s, n| Call::get(&s.any(n)))),
        (
            "page of 25, filtered and sorted",
            500,
            Box::new(|s, n| s.get(s.page(n))),
            Box::new(|s, n| peers::page(&s.data, n)),
        ),
        ("create with idempotency key, audit", 500, Box::new(|s, n| s.create(n)), Box::new(|s, n| s.create(n))),
    ];
    let peers = [peers::fastify(url), peers::fastapi(url)];
    for (at, (name, requests, own, of_peers)) in works.iter().enumerate() {
        let mut rounds = Vec::new();
        for round in 0..=ROUNDS_OF_PEERS {
            let offset = (at * ROUNDS_OF_PEERS + round + 10_000) * requests;
            let before = service.cpu();
            drive(service.address, CONNECTIONS, *requests, |n| own(service, offset + n)).await;
            let mut spent = vec![service.cpu().since(before).micros() / *requests as f64];
            for peer in &peers {
                let before = service.cpu_of_database_and(peer.pid());
                drive(peer.address, CONNECTIONS, *requests, |n| of_peers(service, offset + n)).await;
                spent.push(service.cpu_of_database_and(peer.pid()).since(before).micros() / *requests as f64);
            }
            if round > 0 {
                rounds.push([spent[0], spent[1], spent[1] / spent[0], spent[2], spent[2] / spent[0]]);
            }
        }
        let [own, fastify, times, fastapi, more_times] = medians(&rounds);
        println!("{name:<34} {own:>9.1} {fastify:>9.1} {times:>9.1} {fastapi:>9.1} {more_times:>9.1}");
    }
}

/// The median of each column.
fn medians<const N: usize>(rounds: &[[f64; N]]) -> [f64; N] {
    std::array::from_fn(|column| median(rounds.iter().map(|round| round[column]).collect()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What the clock tells somebody who asks for addresses with and without an account: requests of both take turns, one at a
/// time.
async fn enumeration(service: &Service) {
    let register = |email: &str| {
        let body = format!(r#"{{"email":"{email}","password":"nine quiet herons at dusk","display_name":"Bench"}}"#);
        Call::post("/v1/accounts", body).expecting(202)
    };
    let reset = |email: &str| Call::post("/v1/password-resets", format!(r#"{{"email":"{email}"}}"#)).expecting(202);
    let sign_in = |email: &str| {
        let body = format!(r#"{{"email":"{email}","password":"seven quiet herons at dusk"}}"#);
        Call::post("/v1/sessions", body).expecting(401)
    };
    let known = |number: usize| format!("known{number}@example.org");
    for number in 0..TURNS {
        drive(service.address, 1, 1, |_| register(&known(number))).await;
    }
    type Request<'a> = (&'a str, &'a dyn Fn(&str) -> Call);
    let requests: [Request; 3] = [("sign-in", &sign_in), ("reset", &reset), ("registration", &register)];
    for (name, request) in requests {
        let mut times = [Vec::new(), Vec::new()];
        for number in 0..TURNS {
            let emails = [known(number), format!("{name}{number}@example.org")];
            for turn in [number % 2, (number + 1) % 2] {
                let run = drive(service.address, 1, 1, |_| request(&emails[turn])).await;
                times[turn].push(run.quantile(0.5));
            }
        }
        let [with, without] = times.map(median);
        println!(
            "{name}: {with:.3} ms with an account, {without:.3} ms without: {:.2} times (goal 0.9 to 1.1)",
            with / without
        );
    }
}

/// How much slower other requests are while eight people a second sign in.
async fn login_beside_reads(service: &Service) {
    let read = async || {
        let run =
            drive(service.address, 4, 8_000, |_| service.get(&format!("/v1/organizations/{}", service.data.first)));
        run.await.quantile(0.99)
    };
    let logins = async || {
        loop {
            let started = Instant::now();
            drive(service.address, 1, 1, |_| service.login()).await;
            tokio::time::sleep(Duration::from_millis(125).saturating_sub(started.elapsed())).await;
        }
    };
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let alone = read().await;
        let beside = tokio::select! {
            () = logins() => unreachable!("it goes on for ever"),
            p99 = read() => p99,
        };
        rounds.push((beside / alone, alone, beside));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, alone, beside) = rounds[ROUNDS / 2];
    println!("p99 of reads: {alone:.2} ms alone, {beside:.2} ms beside 8 logins a second: {ratio:.2} times (goal ≤ 2)");
}
