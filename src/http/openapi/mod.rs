//! The published document, and what the floor reads from it. What is documented is what is enforced: scopes, query
//! parameters and allowed methods come from here.
//!
//! It ships with the binary, because to collect it from the handlers takes longer than all else at a start, and fifty
//! megabytes. A test holds it to what they say.

use std::sync::{Arc, LazyLock};

use actix_web::{
    App, HttpMessage,
    dev::{HttpServiceFactory, ServiceRequest, Url},
    guard::GuardContext,
    http::{Method, header::HeaderValue},
    web::ServiceConfig,
};
use utoipa::openapi::OpenApi as Collected;
use utoipa_actix_web::OpenApiFactory;

use super::{conditional::tag, durations::Durations};
use crate::problem::{Problem, Result};

mod collect;
mod finish;
mod operation;

pub use collect::collect;
pub use operation::Operation;
use operation::Operations;

/// The document as it is published.
pub const PUBLISHED: &str = include_str!("../../../openapi/openapi.json");

/// Its tag, made when somebody first asks.
pub static ETAG: LazyLock<Option<HeaderValue>> = LazyLock::new(|| tag(None, PUBLISHED.as_bytes()).ok());

/// [`Operations`] of the document.
const OPERATIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/operations.json"));

/// Features whose operations stand under tags of their own.
pub struct Area {
    pub tags: &'static [&'static str],
    pub features: &'static [fn(&mut Routes<'_>)],
}

/// Where a feature says what it serves.
///
/// Handlers write a parameter of their path as `:id`. Actix takes that for a word like any other and compares it as it
/// stands, with the path that [`Document::lead`] gives to a request; for `{id}` it would keep a regular expression for each
/// handler and worker, and try one after the other.
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
    /// As its handlers write it, if it has parameters.
    served: Option<Url>,
}

/// What stands in the path of a request in the place of the parameters, in their order.
pub struct Parameters(pub Vec<String>);

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

    /// Whether what is asked for stands under one of `tags`.
    pub fn leads_to(tags: &[&str], asked: &GuardContext<'_>) -> bool {
        let extensions = asked.req_data();
        let operation = extensions.get::<Arc<Self>>().and_then(|route| route.operation(&asked.head().method));
        operation.is_some_and(|operation| tags.contains(&operation.tag.as_str()))
    }
}

/// The published document and what is looked up in it.
pub struct Document {
    routes: matchit::Router<Arc<Route>>,
}

impl Document {
    /// Reads what ships with the binary.
    ///
    /// # Errors
    /// When it is no document.
    pub fn read() -> Result<Self> {
        let published: Operations = serde_json::from_str(OPERATIONS).map_err(Problem::internal)?;
        let mut routes = matchit::Router::new();
        for (path, item) in published {
            let (mut allow, mut operations) = (Vec::new(), Vec::new());
            for (name, operation) in item {
                let Ok(method) = Method::from_bytes(name.to_uppercase().as_bytes()) else { continue };
                allow.push(if method == Method::GET { "GET, HEAD".to_owned() } else { method.to_string() });
                operations.push((method, operation));
            }
            allow.push("OPTIONS".to_owned());
            let (pattern, durations) = (Arc::<str>::from(path.as_str()), Durations::default());
            let served = path.contains('{').then(|| path.replace('{', ":").replace('}', "").parse().map(Url::new));
            let served = served.transpose().map_err(Problem::internal)?;
            let route = Route { pattern, allow: allow.join(", "), durations, operations, served };
            routes.insert(path, Arc::new(route)).map_err(Problem::internal)?;
        }
        Ok(Self { routes })
    }

    /// Where a request leads to, if the document has its path.
    pub fn route(&self, request: &ServiceRequest) -> Option<&Arc<Route>> {
        self.routes.at(path(request)).ok().map(|found| found.value)
    }

    /// Gives a request the path that its handler names, and lays aside what stood there.
    pub fn lead(&self, request: &mut ServiceRequest) {
        if Route::of(request).is_none_or(|route| route.served.is_none()) {
            return;
        }
        let Ok(found) = self.routes.at(path(request)) else { return };
        if let Some(served) = &found.value.served {
            let parameters = found.params.iter().map(|(_, value)| value.to_owned()).collect();
            request.match_info_mut().set(served.clone());
            request.extensions_mut().insert(Parameters(parameters));
        }
    }
}

/// The path of a request, with what need not have been encoded decoded.
fn path(request: &ServiceRequest) -> &str {
    request.match_info().unprocessed()
}
