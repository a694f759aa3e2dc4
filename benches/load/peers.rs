//! What people would pick instead, on the same tables and rows of PostgreSQL: hand-written Fastify with raw SQL, and FastAPI
//! with SQLAlchemy. Their packages are fetched at the first run.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{client::Call, directory::Directory};

/// A server that runs until this is dropped.
pub struct Peer {
    pub name: &'static str,
    process: Child,
    pub address: SocketAddr,
}

impl Peer {
    pub fn fastify(url: &str) -> Self {
        let folder = folder("fastify");
        if !folder.join("node_modules").exists() {
            run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder));
        }
        Self::start("Fastify", Command::new("node").arg("server.js").current_dir(&folder), url)
    }

    pub fn fastapi(url: &str) -> Self {
        let folder = folder("fastapi");
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fastapi");
        let python = environment.join("bin/python");
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
            run(Command::new(&python)
                .args(["-m", "pip", "install", "-q", "-r", "requirements.txt"])
                .current_dir(&folder));
        }
        Self::start("FastAPI", Command::new(&python).arg("app.py").current_dir(&folder), url)
    }

    fn start(name: &'static str, command: &mut Command, url: &str) -> Self {
        let mut process = command.env("DATABASE_URL", url).stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(process.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { name, process, address: line.parse().unwrap() }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A page from all over the same lists as those of the service. The cursors of peers are two values that anybody can read.
pub fn page(data: &Directory, number: usize) -> Call {
    // Every third is of the kind that is asked for.
    let at = number * 37 % (data.organizations.len() / 3) * 3;
    let sort = ["name", "-name"][number % 2];
    let country = ["", "&country=US"][number / 2 % 2];
    Call::get(&format!(
        "/v1/organizations?kind=local_association{country}&sort={sort}&limit=25&after_name=association%20{at:06}&after_id={}",
        data.organizations[at]
    ))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name)
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}
