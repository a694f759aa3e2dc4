//! The one error type: RFC 9457 problems, and the only list of what can go wrong.
//!
//! A feature answers `Err(ProblemCode::X.into())` or `Err(Problem::new(ProblemCode::X, "detail"))`. `?` turns a database
//! error into a problem. Nothing else implements [`ResponseError`].

use std::borrow::Cow;

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

mod codes;

pub use codes::{Explanation, ProblemCode};

pub type Result<T> = std::result::Result<T, Problem>;

/// The longest name of a parameter that is repeated to whoever gave it, in bytes.
const LONGEST_NAME: usize = 100;

tokio::task_local! {
    /// The id of the request being served, for `instance`.
    pub static REQUEST_ID: Uuid;
}

/// One part of the request that needs mending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the body, as a URI fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 512, example = "#/name")]
    pub pointer: Option<String>,
    /// Name of the query, path or header parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 128)]
    pub parameter: Option<String>,
    /// Stable key of the fault.
    #[schema(value_type = String, max_length = 64, example = "too_long")]
    pub code: Cow<'static, str>,
    /// What it must be.
    #[schema(value_type = String, max_length = 500, example = "must have at most 200 characters")]
    pub detail: Cow<'static, str>,
}

impl Fault {
    /// A fault in the body; `path` is a JSON Pointer without its `#`, such as `/licences/0/npi`.
    pub fn at(path: impl AsRef<str>, code: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: Some(format!("#{}", path.as_ref())), parameter: None, code: code.into(), detail: detail.into() }
    }

    /// A fault in a query, path or header parameter.
    pub fn parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { pointer: None, parameter: Some(name.into()), code: code.into(), detail: detail.into() }
    }
}

/// A failure, ready to be answered. Its cause stays in the log.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: ProblemCode,
    detail: Option<Cow<'static, str>>,
    errors: Vec<Fault>,
    headers: Vec<(header::HeaderName, String)>,
    cause: Option<String>,
    retry: Option<Retry>,
}

/// Why a transaction that failed may succeed when it is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Another transaction was ahead of it.
    LostRace,
    /// Another transaction held a lock for long. Perhaps each waited for the other.
    Locked,
}

impl Problem {
    pub fn new(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: Some(detail.into()), ..code.into() }
    }

    /// `validation_failed` with every fault that was found.
    pub fn invalid(mut errors: Vec<Fault>) -> Self {
        errors.sort();
        errors.dedup();
        // A name may be as long as the client likes.
        for name in errors.iter_mut().filter_map(|fault| fault.parameter.as_mut()) {
            name.truncate(name.floor_char_boundary(LONGEST_NAME));
        }
        let detail = match errors.len() {
            1 => "1 place needs attention".to_owned(),
            many => format!("{many} places need attention"),
        };
        errors.truncate(100);
        Self { errors, ..Self::new(ProblemCode::ValidationFailed, detail) }
    }

    /// `validation_failed` with one fault in the body.
    pub fn invalid_at(
        path: impl AsRef<str>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::invalid(vec![Fault::at(path, code, detail)])
    }

    /// `validation_failed` with one fault in a query, path or header parameter.
    pub fn invalid_parameter(
        name: &'static str,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::invalid(vec![Fault::parameter(name, code, detail)])
    }

    /// # Errors
    /// 403 unless `allowed`; `who` says who may.
    pub fn forbid_unless(allowed: bool, who: &'static str) -> Result<()> {
        if allowed { Ok(()) } else { Err(Self::new(ProblemCode::Forbidden, who)) }
    }

    pub fn not_found() -> Self {
        ProblemCode::NotFound.into()
    }

    /// 500; `cause` goes to the log and nowhere else.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..ProblemCode::Internal.into() }
    }

    /// 503 with `Retry-After`; `cause` goes to the log and nowhere else.
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::from(ProblemCode::Unavailable).retry_after(1) }
    }

    /// A transaction that has to be run again; 503 where that does not help.
    pub fn lost_race(cause: impl std::fmt::Display) -> Self {
        Self { retry: Some(Retry::LostRace), ..Self::unavailable(cause) }
    }

    /// The same code with faults named.
    pub fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.errors = errors;
        self
    }

    /// Its faults, which go into another answer.
    pub fn take_errors(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.errors)
    }

    pub fn with_header(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, seconds.to_string())
    }

    /// What the log says and the answer does not.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Why the whole transaction is to be run again; nothing if that would not help.
    pub fn retry(&self) -> Option<Retry> {
        self.retry
    }

    /// The database is away, full or overloaded: whatever had been asked of it, the answer would be the same.
    pub fn is_outage(&self) -> bool {
        self.code == ProblemCode::Unavailable && self.retry != Some(Retry::LostRace)
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self { code, detail: None, errors: Vec::new(), headers: Vec::new(), cause: None, retry: None }
    }
}

/// A row that is not there is 404; a database that is away, full or overloaded is 503; a lost race asks for a retry;
/// anything else is a 500.
impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        let (away, retry) = match &error {
            DbErr::RecordNotFound(_) => return Self::not_found(),
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) | DbErr::Conn(_) => {
                (true, None)
            }
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
                sqlx::Error::Database(error) => {
                    let code = error.code().unwrap_or_default();
                    (
                        database_is_away(&code),
                        if error.is_unique_violation() { Some(Retry::LostRace) } else { retry(&code) },
                    )
                }
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => (true, None),
                _ => (false, None),
            },
            _ => (false, None),
        };
        let problem = if away || retry.is_some() { Self::unavailable(error) } else { Self::internal(error) };
        Self { retry, ..problem }
    }
}

/// PostgreSQL: connection (08), resources (53), operator intervention or time-out (57), a lock that was not to be had. SQLite: busy, locked, read-only, I/O, full.
fn database_is_away(code: &str) -> bool {
    let primary_sqlite_code = code.parse::<u32>().map(|code| code & 0xff);
    code.len() == 5 && ["08", "53", "57", "55P03"].iter().any(|class| code.starts_with(class))
        || code.len() < 5 && matches!(primary_sqlite_code, Ok(5 | 6 | 8 | 10 | 13))
}

/// PostgreSQL: serialization failure, deadlock; a lock that was not to be had. SQLite: a snapshot that another process
/// wrote past.
fn retry(code: &str) -> Option<Retry> {
    match code {
        "40001" | "40P01" | "517" => Some(Retry::LostRace),
        "55P03" => Some(Retry::Locked),
        _ => None,
    }
}

/// RFC 9457 problem details.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, example = json!({"type": "/problems/validation_failed", "title": "The request is not valid", "status": 422, "code": "validation_failed", "detail": "1 place needs attention", "instance": "urn:uuid:01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "errors": [{"pointer": "#/name", "code": "too_long", "detail": "must have at most 200 characters"}]}))]
pub struct ProblemBody {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 200)]
    kind: String,
    /// What went wrong, in a few words.
    #[schema(max_length = 200)]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Stable key that clients switch on. New ones may appear.
    #[schema(max_length = 64)]
    code: &'static str,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 1000)]
    detail: Option<Cow<'static, str>>,
    /// The request, as in `X-Request-Id`, unless you sent one that is no UUID. It is in the log, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri-reference", max_length = 64)]
    instance: Option<String>,
    /// Every place that needs mending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 100)]
    errors: Vec<Fault>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let title = self.code.explanation().title;
        match (&self.cause, &self.detail) {
            // Whoever reads this is an operator, whom the title tells nothing.
            (Some(cause), _) => f.write_str(cause),
            (None, Some(detail)) => write!(f, "{title}: {detail}"),
            (None, None) => f.write_str(title),
        }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let Explanation { code, status, title, .. } = self.code.explanation();
        let instance = REQUEST_ID.try_with(|id| id.urn().to_string());
        let body = ProblemBody {
            kind: format!("/problems/{code}"),
            title,
            status,
            code,
            detail: self.detail.clone(),
            instance: instance.ok(),
            errors: self.errors.clone(),
        };
        let mut response = HttpResponse::build(self.code.status());
        if self.code.status() == StatusCode::UNAUTHORIZED {
            let challenge = match self.code {
                ProblemCode::InvalidToken => "Bearer realm=\"support-network\", error=\"invalid_token\"",
                _ => "Bearer realm=\"support-network\"",
            };
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        response.content_type("application/problem+json").body(serde_json::to_vec(&body).unwrap_or_default())
    }
}
