//! The published document: what utoipa collects from the handlers, finished in one pass, and what the floor reads back
//! from it. What is documented is what is enforced: scopes, query parameters and allowed methods come from here.

use std::{collections::HashMap, sync::Arc};

use actix_web::{
    App, HttpMessage,
    dev::{HttpServiceFactory, ServiceRequest},
    guard::GuardContext,
    http::Method,
    web::{Bytes, ServiceConfig},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use utoipa::{OpenApi, openapi::OpenApi as Collected};
use utoipa_actix_web::OpenApiFactory;

use super::{
    caller::every_scope,
    durations::Durations,
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

/// Where a feature says what it serves.
pub struct Routes<'a> {
    service: &'a mut ServiceConfig,
    /// What the document says of it. Workers do not ask for that: it is as large as the document.
    collected: Option<&'a mut Collected>,
}

impl<'a> Routes<'a> {
    /// For a worker.
    pub fn served(service: &'a mut ServiceConfig) -> Self {
        Self { service, collected: None }
    }

    /// For the document.
    fn collected(of: fn(&mut Routes<'_>)) -> Collected {
        let mut collected = Collected::default();
        App::new().configure(|service| of(&mut Routes { service, collected: Some(&mut collected) }));
        collected
    }

    /// Adds an operation.
    pub fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        if let Some(collected) = &mut self.collected {
            let mut schemas = Vec::new();
            operation.schemas(&mut schemas);
            collected.components.get_or_insert_default().schemas.extend(schemas);
            collected.paths.merge(operation.paths());
        }
        self.service.service(operation);
        self
    }

    /// Adds what the document does not list.
    pub fn route(&mut self, path: &str, route: actix_web::Route) -> &mut Self {
        self.service.route(path, route);
        self
    }
}

/// One operation, as far as the floor needs to know it.
pub struct Operation {
    pub scopes: Vec<String>,
    pub query: Vec<String>,
    /// Media types of its successes.
    pub formats: Vec<String>,
    /// The number of the feature that serves it, where one does.
    feature: Option<usize>,
}

/// A path of the document. The envelope looks it up and keeps it in the request.
pub struct Route {
    /// As the document writes it.
    pub pattern: Arc<str>,
    /// Its methods, for `Allow`.
    pub allow: String,
    /// How long its requests took.
    pub durations: Durations,
    operations: Vec<(Method, Operation)>,
}

impl Route {
    /// What a method does here.
    pub fn operation(&self, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.iter().find(|(known, _)| known == method).map(|(_, operation)| operation)
    }

    /// The route of a request, if the document has its path.
    pub fn of(request: &impl HttpMessage) -> Option<Arc<Self>> {
        request.extensions().get::<Arc<Self>>().cloned()
    }

    /// Whether a request is to be served by the feature with this number.
    pub fn leads_to(feature: usize, request: &GuardContext<'_>) -> bool {
        let extensions = request.req_data();
        let operation = extensions.get::<Arc<Self>>().and_then(|route| route.operation(&request.head().method));
        operation.is_some_and(|operation| operation.feature == Some(feature))
    }
}

/// The finished document and what is looked up in it.
pub struct Document {
    pub json: Bytes,
    pub etag: String,
    pub every_scope: String,
    routes: matchit::Router<Arc<Route>>,
}

impl Document {
    /// The document of `features`, which stand under `prefix`, and of what stands `outside` it.
    pub fn new(prefix: &str, features: &[fn(&mut Routes)], outside: &[fn(&mut Routes)]) -> Result<Self> {
        let (mut whole, mut features_of) = (Base::openapi(), HashMap::new());
        for (number, feature) in features.iter().enumerate() {
            let mut collected = Routes::collected(*feature);
            let operations = serde_json::to_value(&collected.paths).map_err(Problem::internal)?;
            for (_, operation) in members(Some(&operations)).flat_map(|(_, item)| members(Some(item))) {
                features_of.extend(text(operation, "operationId").map(|id| (id.to_owned(), number)));
            }
            let paths = std::mem::take(&mut collected.paths.paths).into_iter();
            collected.paths.paths = paths.map(|(path, item)| (format!("{prefix}{path}"), item)).collect();
            whole.merge(collected);
        }
        outside.iter().for_each(|of| whole.merge(Routes::collected(*of)));
        let mut document = serde_json::to_value(&whole).map_err(Problem::internal)?;
        drop(whole);
        finish::finish(&mut document);
        let mut routes = matchit::Router::new();
        for (path, item) in members(document.get("paths")) {
            let (mut allow, mut operations) = (Vec::new(), Vec::new());
            for (name, operation) in members(Some(item)) {
                let Ok(method) = Method::from_bytes(name.to_uppercase().as_bytes()) else { continue };
                allow.push(if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() });
                let feature = features_of.get(text(operation, "operationId").unwrap_or_default()).copied();
                operations.push((method, Operation { feature, ..read_operation(operation) }));
            }
            allow.push("OPTIONS".to_owned());
            let (pattern, durations) = (Arc::<str>::from(path.as_str()), Durations::default());
            let route = Route { pattern, allow: allow.join(", "), durations, operations };
            routes.insert(path, Arc::new(route)).map_err(Problem::internal)?;
        }
        let mut json = serde_json::to_string_pretty(&document).map_err(Problem::internal)?;
        json.push('\n');
        let etag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(crate::crypto::sha256(json.as_bytes())));
        Ok(Self { json: json.into(), etag, every_scope: every_scope(), routes })
    }

    /// Where a request leads to, if the document has its path.
    pub fn route(&self, request: &ServiceRequest) -> Option<&Arc<Route>> {
        // As Actix will match it, with what need not have been encoded decoded.
        self.routes.at(request.match_info().unprocessed()).ok().map(|found| found.value)
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
        feature: None,
    }
}
