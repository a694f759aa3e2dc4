//! Puts state, middleware and routes together; runs them; drains them.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Mutex, PoisonError},
};

use actix_web::{
    App as Actix,
    dev::{Server, ServerHandle},
    guard::fn_guard,
    middleware::{Compress, from_fn},
    web,
};
use metrics::counter;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpSocket;

use crate::{
    clock::Clock,
    config::{Config, ConfigFault},
    crypto::{access_tokens::AccessTokens, data_keys::DataKeys, passwords::Passwords},
    db::{Db, items::Items, schema},
    http::{
        caller::SessionCache,
        compression, connection,
        cors::{cors, is_cross_origin},
        envelope::envelope,
        fallback::{beside_metrics, fallback},
        gate::gate,
        idempotency::Keys,
        limits::RateLimits,
        openapi::{self, Area, Document, Route, Routes},
        public_answers::PublicAnswers,
        site,
        when::When,
    },
    jobs, keys,
    problem::{Problem, Result},
    psychometrics::Catalogue,
    reference, self_assessments,
    state::{App, State},
    support_lines::SupportLines,
};

/// How long requests in flight may take to finish after SIGTERM, in seconds.
const DRAIN_SECONDS: u64 = 30;

/// How many connections may wait to be taken, if the system allows as many.
const BACKLOG: u32 = 2048;

/// Where the features stand.
const PREFIX: &str = "/v1";

/// What serves `/v1`.
static AREAS: [Area; 26] = [
    Area { tags: &["Vocabularies"], features: &[crate::vocabularies::routes] },
    Area { tags: &["Consultation Formats"], features: &[crate::consultation_formats::routes] },
    Area { tags: &["Accounts"], features: &[crate::accounts::routes, crate::exports::routes, crate::erasure::routes] },
    Area { tags: &["Sessions"], features: &[crate::sessions::routes] },
    Area { tags: &["Instruments"], features: &[crate::instruments::routes] },
    Area { tags: &["Profiles", "Therapists"], features: &[crate::therapists::routes] },
    Area { tags: &["Blocks"], features: &[crate::blocks::routes] },
    Area { tags: &["Organizations"], features: &[crate::organizations::routes, crate::membership_types::routes] },
    Area { tags: &["Matching"], features: &[crate::matching::routes] },
    Area { tags: &["Consultation Groups"], features: &[crate::consultation_groups::routes] },
    Area { tags: &["Agreements"], features: &[crate::agreements::routes] },
    Area { tags: &["Memberships"], features: &[crate::memberships::routes] },
    Area { tags: &["Invitations"], features: &[crate::invitations::routes] },
    Area { tags: &["Reports"], features: &[crate::reports::routes] },
    Area { tags: &["Rotation"], features: &[crate::rotation::routes] },
    Area { tags: &["Meetings"], features: &[crate::meetings::routes, crate::slot_polls::routes] },
    Area { tags: &["Attendance"], features: &[crate::attendance::routes] },
    Area { tags: &["Hours"], features: &[crate::hours::routes] },
    Area { tags: &["Events"], features: &[crate::events::routes] },
    Area { tags: &["Calendar Feeds"], features: &[crate::calendar_feeds::routes] },
    Area { tags: &["Reminders"], features: &[crate::reminders::routes] },
    Area { tags: &["Self Assessments"], features: &[crate::self_assessments::routes] },
    Area { tags: &["Insights"], features: &[crate::insights::routes] },
    Area { tags: &["Support Plan"], features: &[crate::support_plan::routes] },
    Area { tags: &["Recommendations"], features: &[crate::recommendations::routes] },
    Area { tags: &["Audit"], features: &[crate::audit::routes] },
];

/// What is documented and stands outside `/v1`.
const OUTSIDE: [fn(&mut Routes); 2] = [crate::calendar_feeds::public_routes, site::documented];

/// Every operation of the API. Actix tries pattern after pattern, so each request is led to its area and tries those of
/// no other.
fn routes(service: &mut web::ServiceConfig) {
    let areas = AREAS.iter().fold(web::scope(PREFIX), |areas, area| {
        let led_here = fn_guard(|asked| Route::leads_to(area.tags, asked));
        let features = |service: &mut web::ServiceConfig| {
            area.features.iter().for_each(|feature| feature(&mut Routes::served(service)));
        };
        areas.service(web::scope("").guard(led_here).configure(features))
    });
    service.service(areas);
    OUTSIDE.iter().for_each(|of| of(&mut Routes::served(service)));
}

/// The document as the handlers of this binary describe it.
///
/// # Errors
/// When it cannot be written down as JSON.
pub fn document() -> Result<String> {
    openapi::collect(PREFIX, &AREAS, &OUTSIDE)
}

/// Connects, migrates, seeds, and reads the keys: everything before the first request.
///
/// # Errors
/// Names the setting at fault and the mend.
pub async fn prepare(config: Config, clock: Clock) -> std::result::Result<App, ConfigFault> {
    let metrics = recorder().map_err(|error| ConfigFault::new("metrics", error))?;
    let instruments = Catalogue::load(config.instruments_dir.as_deref())
        .map_err(|fault| ConfigFault::new("instruments_dir", fault))?;
    let support_lines = SupportLines::load(config.support_lines_file.as_deref())?;
    let db = Db::connect(&config).await?;
    let database = |problem: Problem| ConfigFault::new("database_url", problem);
    schema::migrate(&db).await.map_err(database)?;
    reference::seed(&db, clock.now()).await.map_err(database)?;
    let master_key = keys::open(&config, &db).await?;
    let issuer = config.public_url();
    self_assessments::store::pin_versions(&db, &instruments, clock.now())
        .await
        .map_err(|problem| ConfigFault::new("instruments_dir", problem))?;
    let access_tokens = AccessTokens::load(&db, &master_key, issuer, clock.now()).await.map_err(|problem| {
        let file = config.master_key_file();
        ConfigFault::new("master_key_file", format!("{problem}; {} is not the key of this database", file.display()))
    })?;
    let threads = (config.workers() / 2).max(1);
    let fault = |problem: Problem| ConfigFault::new("configuration", problem);
    Ok(web::Data::new(State {
        passwords: Passwords::start(threads).map_err(fault)?,
        limits: RateLimits::new(&config.limits),
        document: Document::read().map_err(fault)?,
        instruments,
        support_lines,
        sessions: SessionCache::default(),
        public_answers: PublicAnswers::default(),
        idempotency_keys: Keys::default(),
        organization_items: Items::default(),
        mail_waits: tokio::sync::Notify::new(),
        config,
        clock,
        db,
        master_key,
        data_keys: DataKeys::default(),
        access_tokens,
        metrics,
    }))
}

/// A server that listens.
pub struct Listening {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    server: Server,
    metrics: Option<Server>,
    state: App,
}

/// Opens the listener and starts the workers and the jobs.
///
/// # Errors
/// When the address cannot be had.
pub fn listen(state: App, with_signals: bool) -> std::result::Result<Listening, ConfigFault> {
    let unavailable = |setting: &'static str, address: SocketAddr| {
        move |error: std::io::Error| ConfigFault::new(setting, format!("{address}: {error}"))
    };
    let asked_for = state.config.listen;
    let listener = bind(asked_for).map_err(unavailable("listen", asked_for))?;
    let address = listener.local_addr().map_err(unavailable("listen", asked_for))?;
    let app = state.clone();
    let metrics_here = state.config.metrics.listen.is_none();
    let server = Server::build().workers(state.config.workers()).shutdown_timeout(DRAIN_SECONDS);
    let server = if with_signals { server } else { server.disable_signals() };
    let shutdown = server.graceful_shutdown_signal();
    let application = move || {
        // Extractors would look it up for each request.
        let (inner, outer, settling) = (app.clone(), app.clone(), app.clone());
        let settle = move || settle(settling.clone());
        let application = Actix::new()
            .app_data(app.clone())
            .data_factory(settle)
            .configure(routes)
            .configure(|service| site::undocumented(service, metrics_here))
            .default_service(web::to(fallback))
            .wrap(from_fn(move |request, next| gate(inner.clone(), request, next)))
            .wrap(When { asks: compression::is_asked_for, layer: Compress::default() })
            .wrap(When { asks: is_cross_origin, layer: cors(&app.config.cors.origins) })
            .wrap(from_fn(move |request, next| envelope(outer.clone(), request, next)));
        connection::http(app.clone(), shutdown.clone(), application)
    };
    let server = server.listen("api", listener, application).map_err(unavailable("listen", asked_for))?.run();
    let metrics = match state.config.metrics.listen {
        Some(address) => {
            let app = state.clone();
            let server = Server::build().workers(1).disable_signals();
            let shutdown = server.graceful_shutdown_signal();
            let application = move || {
                let outer = app.clone();
                let application = Actix::new()
                    .app_data(app.clone())
                    .configure(site::metrics_only)
                    .default_service(web::to(beside_metrics))
                    .wrap(from_fn(move |request, next| envelope(outer.clone(), request, next)));
                connection::http(app.clone(), shutdown.clone(), application)
            };
            let server = bind(address).and_then(|listener| server.listen("metrics", listener, application));
            Some(server.map_err(unavailable("metrics.listen", address))?.run())
        }
        None => None,
    };
    Ok(Listening { address, handle: server.handle(), server, metrics, state })
}

impl Listening {
    /// Serves until told to stop, then lets requests in flight finish.
    pub async fn run(self) -> std::io::Result<()> {
        let jobs = jobs::start(self.state.clone());
        let metrics = self.metrics.map(tokio::spawn);
        let served = self.server.await;
        if let Some(metrics) = metrics {
            metrics.abort();
        }
        jobs.stop().await;
        self.state.db.close().await;
        served
    }
}

/// The standard library lets 128 wait. Whoever comes then is not heard, and asks again after a second. Connections have the
/// send buffer of their listener.
fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(connection::SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Each worker has database connections of its own. One that cannot have them now shares those of the others.
async fn settle(app: App) -> std::result::Result<(), std::convert::Infallible> {
    if let Err(error) = app.db.settle().await {
        tracing::warn!(%error, "a worker shares the database connections of the others");
    }
    Ok(())
}

/// One recorder for the process, however many servers start in it at once.
fn recorder() -> std::result::Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*recorder {
        return Ok(handle.clone());
    }
    let buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("http_request_duration_seconds".into()), &buckets)?
        .install_recorder()?;
    // One that has counted nothing yet is there too, so that whoever watches it sees it rise.
    for name in ["http_server_errors_total", "database_retries_total"] {
        counter!(name).increment(0);
    }
    Ok(recorder.insert(handle).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody takes the connections, and yet they are there.
    #[actix_web::test]
    async fn a_crowd_may_wait_in_line() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let mut waiting = Vec::new();
        for number in 0..300 {
            let connecting = tokio::net::TcpStream::connect(listener.local_addr().unwrap());
            let connected = tokio::time::timeout(std::time::Duration::from_secs(10), connecting).await;
            waiting.push(connected.unwrap_or_else(|_| panic!("{number} wait, and no more")).unwrap());
        }
    }

    /// A request is led to the first area with its tag, so it must be the only one.
    #[test]
    fn every_operation_stands_under_a_tag_of_its_area_alone() {
        for area in &AREAS {
            let document = openapi::collect(PREFIX, std::slice::from_ref(area), &[]).unwrap();
            let document: serde_json::Value = serde_json::from_str(&document).unwrap();
            let items = document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap());
            for (_, operation) in items.flatten() {
                let tag = operation["tags"][0].as_str().unwrap();
                assert!(area.tags.contains(&tag), "{operation}");
                assert_eq!(AREAS.iter().filter(|area| area.tags.contains(&tag)).count(), 1, "{tag}");
            }
        }
    }
}
