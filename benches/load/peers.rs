//! What people would pick instead, on the same tables and rows of PostgreSQL: hand-written Fastify with raw SQL, and FastAPI
//! with SQLAlchemy. Their packages are fetched at the first run.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{client::Call, directory::Directory, servers::Running};

pub fn fastify(url: &str) -> Running {
    let folder = folder("fastify");
    if !folder.join("node_modules").exists() {
        run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder));
    }
    Running::start(Command::new("node").arg("server.js").current_dir(&folder).env("DATABASE_URL", url))
}

pub fn fastapi(url: &str) -> Running {
    let folder = folder("fastapi");
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fastapi");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
        run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r", "requirements.txt"]).current_dir(&folder));
    }
    Running::start(Command::new(&python).arg("app.py").current_dir(&folder).env("DATABASE_URL", url))
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
