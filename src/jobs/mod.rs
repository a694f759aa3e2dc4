//! What runs beside the requests: sending mail, reminding, tidying, reading keys again. What a client sees does not wait for a job,
//! but for a seat that time alone has freed: it counts as free at once, and is offered by the next write or here.

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    accounts, consultation_groups,
    crypto::access_tokens,
    http::idempotency,
    mail,
    problem::{Problem, Result},
    reminders, self_assessments, sessions,
    state::{App, State},
};

/// Jobs that run until they are stopped.
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// Starts every job.
pub fn start(app: App) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let running = vec![
        repeat(app.clone(), stopped.clone(), "mail", Duration::from_secs(5), async |app| mail::send_due(app).await),
        repeat(app.clone(), stopped.clone(), "keys", Duration::from_secs(30), async |app| {
            app.data_keys.sweep();
            app.master_key.read_again().map_err(Problem::internal)?;
            app.access_tokens.reload(&app.db, &app.master_key, app.clock.now()).await
        }),
        repeat(app.clone(), stopped.clone(), "reminders", Duration::from_secs(60), async |app| {
            reminders::store::send_due(app).await
        }),
        // Durations are kept one by one until they are sorted into their buckets, whether or not anybody scrapes them.
        repeat(app.clone(), stopped.clone(), "metrics", Duration::from_secs(5), async |app| {
            app.metrics.run_upkeep();
            Ok(())
        }),
        repeat(app, stopped, "tidying", Duration::from_secs(3600), async |app| tidy(app).await),
    ];
    Jobs { stop, running }
}

impl Jobs {
    /// Lets each finish what it is doing.
    pub async fn stop(self) {
        self.stop.send(true).ok();
        for job in self.running {
            job.await.ok();
        }
    }
}

/// Forgets what nobody needs any more, brings near what waits too long, and readies the next signing key.
async fn tidy(app: &State) -> Result<()> {
    idempotency::forget_old(app).await?;
    accounts::store::tokens::forget_old(app).await?;
    sessions::store::forget_old(app).await?;
    self_assessments::store::erase_expired(app).await?;
    reminders::store::forget_old(app).await?;
    mail::bring_near(app).await?;
    consultation_groups::store::offer_seats_that_time_freed(app).await?;
    access_tokens::tend_keys(&app.db, &app.master_key, app.clock.now()).await
}

fn repeat(
    app: App,
    mut stopped: watch::Receiver<bool>,
    name: &'static str,
    pause: Duration,
    work: impl AsyncFn(&State) -> Result<()> + 'static,
) -> JoinHandle<()> {
    actix_web::rt::spawn(async move {
        while !*stopped.borrow() {
            if let Err(problem) = work(&app).await {
                tracing::warn!(job = name, %problem, "a job failed and will be repeated");
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = app.mail_waits.notified(), if name == "mail" => {}
                _ = stopped.changed() => {}
            }
        }
    })
}
