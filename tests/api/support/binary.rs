use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{Client, database::TestDatabase};

/// A folder with a database in which the binary itself is run, as an operator runs it.
pub struct Installation {
    pub database: TestDatabase,
    settings: Vec<(String, String)>,
}

impl Installation {
    /// With nothing in it: an SQLite file in its own `data`, or an empty PostgreSQL database.
    pub async fn new() -> Self {
        let installation = Self::bare().await;
        match installation.database.url.starts_with("sqlite:") {
            true => installation,
            false => {
                let url = installation.database.url.clone();
                installation.with("DATABASE_URL", &url)
            }
        }
    }

    /// With no settings but those that keep tests apart.
    pub async fn bare() -> Self {
        let installation = Self { database: TestDatabase::empty().await, settings: Vec::new() };
        let installation = installation.with("SUPPORT_NETWORK_LISTEN", "127.0.0.1:0");
        let installation = installation.with("SUPPORT_NETWORK_LIMITS__REQUESTS_PER_MINUTE", "1000000");
        let installation = installation.with("SUPPORT_NETWORK_LIMITS__REGISTRATIONS_PER_HOUR", "1000000");
        installation.with("SUPPORT_NETWORK_WORKERS", "2")
    }

    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.into(), value.into()));
        self
    }

    pub fn folder(&self) -> &Path {
        self.database.folder()
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.folder().join("data").join(name)
    }

    /// Where its database is.
    pub fn database_url(&self) -> String {
        match self.settings.iter().find(|(name, _)| name == "DATABASE_URL") {
            Some((_, url)) => url.clone(),
            None => format!("sqlite://{}", self.data("support-network.db").display()),
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_support-network"));
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints when it succeeds.
    #[track_caller]
    pub fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?} failed: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The exit code and the words of a command that fails.
    #[track_caller]
    pub fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(15);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > patience {
                child.kill().unwrap();
                panic!("{arguments:?} goes on");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().unwrap();
        let words = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&words).into_owned())
    }

    /// Starts the server without waiting for it.
    pub fn launch(&self) -> Launched {
        self.launch_with(&[])
    }

    /// The same with arguments.
    pub fn launch_with(&self, arguments: &[&str]) -> Launched {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        for stream in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn std::io::Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let lines = Arc::clone(&lines);
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    lines.lock().unwrap().push(line);
                }
            });
        }
        Launched { child, lines }
    }

    /// Starts the server and waits until it says that it is ready.
    pub async fn start(&self) -> Running {
        self.launch().ready().await
    }
}

/// A server that may not be ready yet.
pub struct Launched {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Launched {
    pub async fn ready(self) -> Running {
        for _ in 0..400 {
            let ready = self.lines.lock().unwrap().iter().find_map(|line| {
                let (_, address) = line.split_once("http://")?;
                line.starts_with("Support Network is ready").then(|| address.trim_end_matches("/docs/").to_owned())
            });
            if let Some(address) = ready {
                let base = format!("http://{address}");
                return Running { child: self.child, lines: self.lines, base, address: address.parse().unwrap() };
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it did not become ready: {:?}", self.lines.lock().unwrap());
    }
}

/// The binary while it serves. It is killed when the test ends.
pub struct Running {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    pub base: String,
    pub address: SocketAddr,
}

impl Running {
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    pub fn with_token(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token.to_owned()))
    }

    /// What it has printed so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// How much memory it has in use, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Its exit code, once it has stopped.
    pub async fn exit_code(&mut self) -> Option<i32> {
        for _ in 0..800 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it does not stop: {:?}", self.lines());
    }

    /// Ends it without a chance to do anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
