//! The published document: what utoipa collects from the handlers, finished in one pass, and what the floor reads back
//! from it. What is documented is what is enforced: scopes, query parameters and allowed methods come from here.

use std::collections::HashMap;

use actix_web::{dev::ResourceDef, http::Method, web::Bytes};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use utoipa::OpenApi;

use super::{
    caller::every_scope,
    text::{CountryCode, Keyword, RegionCode},
};
use crate::problem::{Fault, Problem, ProblemBody, Result};

mod finish;

/// Where an operation names the scopes that it needs.
const SCOPES_NEEDED: &str = "x-required-scopes";

/// What the document starts from. Tags are in the order in which one meets them.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Support Network API",
        description = "The service behind apps that end the isolation of mental-health therapists.\n\n\
            Sign in with `createSession`, press **Authorize**, and paste the access token. Clients ignore response \
            members and enum values that they do not know: new ones may appear at any time. A member without value is left \
            out of an answer; in a request that creates, null counts as left out. Failures are RFC 9457 \
            problems, explained at `/problems`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Support Network", url = "https://github.com/support-network/support-network")
    ),
    servers((url = "/", description = "The server that sent this document: local, staging or production.")),
    tags(
        (name = "Accounts", description = "Who can sign in: registration, my account, e-mail addresses, passwords."),
        (name = "Agreements", description = "What the members of a consultation group agree on: numbered versions that never change, and their signatures."),
        (name = "Attendance", description = "Who came to the meetings of a consultation group, and closing them."),
        (name = "Audit", description = "Who did what, when and why."),
        (name = "Blocks", description = "Colleagues whom I do not wish to meet. Mine alone."),
        (name = "Calendar Feeds", description = "Addresses at which calendar apps fetch my meetings."),
        (name = "Consultation Formats", description = "How a group works on what somebody brings, phase by phase."),
        (name = "Consultation Groups", description = "Small groups of therapists who consult one another."),
        (name = "Events", description = "What organizations hold: conferences, workshops, trainings, get-togethers, days of helping; and who registers."),
        (name = "Hours", description = "What meetings came to for me, and certificates of it that anybody with the code can check."),
        (name = "Insights", description = "What the self-assessments that members contribute come to, without telling of anybody."),
        (name = "Instruments", description = "Questionnaires for taking stock: their items, their scoring, their wording."),
        (name = "Invitations", description = "Offers of a membership, bound to an e-mail address."),
        (name = "Matching", description = "Which consultation groups fit a therapist, and which therapists fit a group."),
        (name = "Meetings", description = "When groups meet, who comes, and what becomes of each meeting."),
        (name = "Memberships", description = "The tie of an account to an organization: joining, standing, roles, leaving."),
        (name = "Organizations", description = "The bodies of the profession, and the terms on which they take members."),
        (name = "Profiles", description = "What I tell colleagues about my work."),
        (name = "Recommendations", description = "What a self-assessment leads to."),
        (name = "Reminders", description = "What is about to happen, and how I am told of it."),
        (name = "Reports", description = "What somebody brings before the moderators, and what they decide."),
        (name = "Rotation", description = "Whose turn it is to lead a meeting and to present at it: roles, the queue, swaps, agendas, fairness."),
        (name = "Self Assessments", description = "Taking stock: instruments that I answer about myself, their results, and how they change. Mine alone."),
        (name = "Service", description = "The service itself: health, keys, problems."),
        (name = "Sessions", description = "Signed-in devices and their tokens."),
        (name = "Support Plan", description = "What eases the challenges of the work, and what I do about mine. Mine alone."),
        (name = "Therapists", description = "The directory of colleagues who wish to be found."),
        (name = "Vocabularies", description = "The words that profiles and organizations share.")
    ),
    // Those of parameters are not collected by themselves.
    components(schemas(ProblemBody, Fault, CountryCode, Keyword, RegionCode)),
)]
pub struct Base;

/// One operation, as far as the floor needs to know it.
pub struct Operation {
    pub scopes: Vec<String>,
    pub query: Vec<String>,
    /// Media types of its successes.
    pub formats: Vec<String>,
}

/// The finished document and what is looked up in it.
pub struct Document {
    pub json: Bytes,
    pub etag: String,
    pub every_scope: String,
    operations: HashMap<String, HashMap<Method, Operation>>,
    allowed: Vec<(ResourceDef, String)>,
}

impl Document {
    /// Finishes what utoipa collected.
    pub fn new(collected: &utoipa::openapi::OpenApi) -> Result<Self> {
        let mut document = serde_json::to_value(collected).map_err(Problem::internal)?;
        finish::finish(&mut document);
        let mut operations: HashMap<String, HashMap<Method, Operation>> = HashMap::new();
        let mut allowed = Vec::new();
        for (path, item) in members(document.get("paths")) {
            let mut allow = Vec::new();
            for (method, operation) in members(Some(item)) {
                let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
                allow.push(if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() });
                operations.entry(path.clone()).or_default().insert(method, read_operation(operation));
            }
            allow.push("OPTIONS".to_owned());
            allowed.push((ResourceDef::new(path.as_str()), allow.join(", ")));
        }
        let mut json = serde_json::to_string_pretty(&document).map_err(Problem::internal)?;
        json.push('\n');
        let etag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(crate::crypto::sha256(json.as_bytes())));
        Ok(Self { json: json.into(), etag, every_scope: every_scope(), operations, allowed })
    }

    /// The operation behind a route.
    pub fn operation(&self, method: &Method, pattern: &str) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.get(pattern)?.get(method)
    }

    /// The route that a path leads to.
    pub fn pattern(&self, path: &str) -> Option<&str> {
        self.allowed.iter().find(|(pattern, _)| pattern.is_match(path)).and_then(|(pattern, _)| pattern.pattern())
    }

    /// The methods of a path, for `Allow`.
    pub fn allowed(&self, path: &str) -> Option<&str> {
        self.allowed.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, allow)| allow.as_str())
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn read_operation(operation: &Value) -> Operation {
    let scopes = items(operation, SCOPES_NEEDED).filter_map(Value::as_str);
    let query = items(operation, "parameters").filter(|parameter| text(parameter, "in") == Some("query"));
    let successes = members(operation.get("responses")).filter(|(status, _)| status.starts_with('2'));
    let formats =
        successes.flat_map(|(_, response)| members(response.get("content")).map(|(format, _)| format.clone()));
    Operation {
        formats: formats.collect(),
        scopes: scopes.map(String::from).collect(),
        query: query.filter_map(|parameter| text(parameter, "name").map(String::from)).collect(),
    }
}
