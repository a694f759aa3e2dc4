//! The command line: serve, migrate, openapi, admin, backup, rotate-keys, check-config.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to its terminal")]

use std::{
    fs::{File, TryLockError},
    io::IsTerminal,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::{Args, Parser, Subcommand};
use mimalloc::MiMalloc;
use support_network::{
    accounts,
    clock::Clock,
    config::{self, Config, ConfigFault, LogFormat},
    db::{Db, backup, schema},
    entities::account::PlatformRole,
    keys, reference, server,
};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

/// For SQLite too. The allocator of the system keeps more of what was freed, and takes a sixth more CPU time for a small
/// answer. Huge pages would make a small process a third larger.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The support network for therapists. Without a command it serves.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Args)]
struct Flags {
    /// Configuration file; support-network.toml when it exists.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Address and port to listen on.
    #[arg(long, global = true)]
    listen: Option<String>,
    /// sqlite: or postgres: URL.
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// Where the SQLite file and the master key are kept.
    #[arg(long, global = true)]
    data_dir: Option<String>,
    /// Put in invented therapists, organizations and memberships to play with. Goes with serve.
    #[arg(long, global = true)]
    demo: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server.
    Serve,
    /// Bring the database schema up to date, or show where it stands.
    Migrate {
        #[command(subcommand)]
        step: Migrate,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Manage accounts from the machine itself.
    Admin {
        #[command(subcommand)]
        task: Admin,
    },
    /// Copy a running SQLite database to FILE.
    Backup { file: PathBuf },
    /// Replace the signing key and the master key now; back the new master key up.
    RotateKeys,
    /// Show every setting and where it came from.
    CheckConfig,
    /// Ask a running server whether it is ready; for container health checks.
    Health,
}

#[derive(Subcommand)]
enum Migrate {
    /// Apply the steps that are missing, and put in what ships with the service.
    Up,
    /// Show which steps have been applied.
    Status,
}

#[derive(Subcommand)]
enum Admin {
    /// Give the account with this e-mail address a platform role.
    Grant {
        email: String,
        #[arg(long, default_value = "admin", value_parser = ["member", "moderator", "admin"])]
        role: String,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let outcome = actix_web::rt::System::new().block_on(run(command_line));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("support-network: {error}");
            ExitCode::from(if error.is::<ConfigFault>() { 2 } else { 1 })
        }
    }
}

async fn run(command_line: CommandLine) -> Outcome {
    let CommandLine { command, flags } = command_line;
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        return Err("another TLS provider is installed".into());
    }
    let given = [("listen", flags.listen), ("database_url", flags.database_url), ("data_dir", flags.data_dir)];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let loaded = config::load(flags.config.as_deref(), std::env::vars_os(), given)?;
    let config = loaded.config.clone();
    let command = command.unwrap_or(Command::Serve);
    if flags.demo && !matches!(command, Command::Serve) {
        return Err("--demo goes with serve alone".into());
    }
    match command {
        Command::Serve => serve(config, flags.demo).await,
        Command::Migrate { step } => migrate(&config, step).await,
        Command::Openapi => {
            print!("{}", server::document()?);
            Ok(())
        }
        Command::Admin { task: Admin::Grant { email, role } } => grant(&config, &email, &role).await,
        Command::Backup { file } => back_up(&config, &file).await,
        Command::RotateKeys => rotate_keys(&config).await,
        Command::CheckConfig => {
            print!("{}", loaded.report());
            Ok(())
        }
        Command::Health => health(&config).await,
    }
}

async fn serve(config: Config, demo: bool) -> Outcome {
    let started = Instant::now();
    let _flush_on_exit = log(&config)?;
    let app = server::prepare(config, Clock::default()).await?;
    let _mark = mark_open(&app.config);
    if demo {
        match reference::demo::seed(&app).await? {
            Some(password) => println!("Demo accounts: ana@demo.example and others, password: {password}"),
            None => println!("The demo is here already; the start that put it in printed its password."),
        }
    }
    let listening = server::listen(app, true)?;
    let milliseconds = started.elapsed().as_millis();
    println!("Support Network is ready after {milliseconds} ms: http://{}/docs/", listening.address);
    listening.run().await?;
    Ok(())
}

/// Marks an SQLite database as open, as long as this process lives, and warns where another server has done so: each waits
/// for the writes of the other, and for no longer than a few seconds.
fn mark_open(config: &Config) -> Option<File> {
    let database = config.sqlite_file()?;
    let file = PathBuf::from(format!("{}-lock", database.display()));
    let mark = File::options().write(true).create(true).truncate(false).mode(0o600).open(file).ok()?;
    // Some file systems know no locks.
    if matches!(mark.try_lock(), Err(TryLockError::WouldBlock)) {
        tracing::warn!(file = %database.display(), "another server has this database open; several belong on PostgreSQL");
    }
    Some(mark)
}

/// Lines of the log that may wait to be written. Room for all of them is made at the start, 32 bytes for each.
const WAITING_LINES: usize = 8_192;

/// Logs to standard output, without holding up the threads that serve.
fn log(config: &Config) -> Result<WorkerGuard, ConfigFault> {
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES).finish(std::io::stdout());
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level);
    let filter = filter.map_err(|error| ConfigFault::new("log.level", error))?;
    let human = match config.log.format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stdout().is_terminal(),
    };
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match human {
        true => logging.with_target(false).init(),
        false => logging.json().flatten_event(true).init(),
    }
    // A panic's message may hold anything; only its place is logged.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(guard)
}

async fn migrate(config: &Config, step: Migrate) -> Outcome {
    let db = match step {
        Migrate::Up => Db::connect(config).await?,
        Migrate::Status => find(config).await?,
    };
    if matches!(step, Migrate::Up) {
        schema::migrate(&db).await?;
        reference::seed(&db, Clock::default().now()).await?;
    }
    for (name, applied) in schema::status(&db).await? {
        println!("{name}: {}", if applied { "applied" } else { "pending" });
    }
    db.close().await;
    Ok(())
}

/// The database of a server that has run here. What makes sense there alone makes no new one.
async fn find(config: &Config) -> Result<Db, ConfigFault> {
    if let Some(file) = config.sqlite_file().filter(|file| !file.exists()) {
        let fault =
            format!("there is no database at {}; name the data_dir or database_url of the server", file.display());
        return Err(ConfigFault::new("database_url", fault));
    }
    Db::connect(config).await
}

/// The same, once its schema is the one that this release works with.
async fn find_current(config: &Config) -> Result<Db, Box<dyn std::error::Error>> {
    let db = find(config).await?;
    schema::require_current(&db).await?;
    Ok(db)
}

async fn grant(config: &Config, email: &str, role: &str) -> Outcome {
    let role = match role {
        "admin" => PlatformRole::Admin,
        "moderator" => PlatformRole::Moderator,
        _ => PlatformRole::Member,
    };
    let db = find_current(config).await?;
    accounts::store::grant(&db, email, role, Clock::default().now()).await?;
    println!("{email} is now {role:?}");
    db.close().await;
    Ok(())
}

async fn back_up(config: &Config, file: &Path) -> Outcome {
    let db = find(config).await?;
    backup::backup(&db, file).await?;
    println!("copied to {}; keep the master key with it: {}", file.display(), config.master_key_file().display());
    db.close().await;
    Ok(())
}

async fn rotate_keys(config: &Config) -> Outcome {
    let db = find_current(config).await?;
    let master_key = keys::open(config, &db).await?;
    keys::rotate(&db, &master_key, Clock::default().now()).await?;
    println!("the next key signs from now on, and everything is sealed with a new master key: back it up");
    println!("{} also holds the previous one, until the next rotation", config.master_key_file().display());
    db.close().await;
    Ok(())
}

/// A plain HTTP request by hand, so that an image needs no client.
async fn health(config: &Config) -> Outcome {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let connected = tokio::net::TcpStream::connect(address).await;
    let mut stream = connected.map_err(|error| format!("nothing answers at {address}: {error}"))?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err("the server is not ready".into()),
    }
}
