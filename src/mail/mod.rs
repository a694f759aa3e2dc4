//! Mail: written to an outbox in the transaction that causes it, sent by a job that survives a crash.
//!
//! Each mail is sent once: its row is claimed for a while before it is sent and deleted after; one that fails waits twice
//! as long each time. Only a crash between the server's yes and the deletion sends a mail twice, or a clock that is
//! ahead of that of another instance by more than a claim lasts, and then under the same `Message-ID`, by which mail
//! programs show it once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::authentication::Credentials,
};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    config::{Mail as Settings, MailTransport, SmtpEncryption},
    crypto::master_key::MasterKey,
    db::inserts::Inserts,
    entities::mail_outbox,
    problem::{Problem, Result},
    state::State,
};

/// How long a claimed mail belongs to the worker that claimed it. The clocks of instances may differ by nearly as much.
const CLAIM: TimeDelta = TimeDelta::minutes(15);
/// How long the mail server may take for one mail: far less than a claim lasts.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);
/// A mail is given up after this many attempts, spread over some two days.
const ATTEMPTS: i64 = 12;
/// No mail waits longer for its next attempt.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(18);

/// Mails put into the outbox by one statement.
const AT_ONCE: usize = 500;

/// A mail to one person, in plain text.
pub struct Mail {
    pub recipient: String,
    pub subject: String,
    pub body: String,
}

/// What a mail says to hand over a token: a link to `page` of the app where `mail.link_base` is set, else the bare token.
/// The token stands behind `#`, so that no server on the way logs it.
pub fn token_line(settings: &Settings, page: &str, token: &SecretString) -> String {
    let token = token.expose_secret();
    match &settings.link_base {
        Some(base) => format!("{}/{page}#token={token}", base.as_str().trim_end_matches('/')),
        None => token.to_owned(),
    }
}

/// Puts `mail` into the outbox; it is sent if and when the transaction commits. Ring [`State::mail_waits`] after that.
pub async fn enqueue(tx: &DatabaseTransaction, master_key: &MasterKey, now: DateTime<Utc>, mail: &Mail) -> Result<()> {
    insert(tx, master_key, now, mail).await?;
    Ok(())
}

/// The same with what else is put in.
pub fn add(inserts: &mut Inserts, master_key: &MasterKey, now: DateTime<Utc>, mail: &Mail) -> Result<()> {
    inserts.add(new_row(master_key, now, Uuid::now_v7(), mail)?);
    Ok(())
}

/// The same with many at once.
pub async fn enqueue_all(
    tx: &DatabaseTransaction,
    master_key: &MasterKey,
    now: DateTime<Utc>,
    mails: &[Mail],
) -> Result<()> {
    for some in mails.chunks(AT_ONCE) {
        let rows: Vec<_> =
            some.iter().map(|mail| new_row(master_key, now, Uuid::now_v7(), mail)).collect::<Result<_>>()?;
        mail_outbox::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Does the work of [`enqueue`] and sends nothing, so that nobody learns from the clock whether there was a mail to send.
pub async fn pretend(tx: &DatabaseTransaction, master_key: &MasterKey, now: DateTime<Utc>, mail: &Mail) -> Result<()> {
    let id = insert(tx, master_key, now, mail).await?;
    forget(tx, id).await
}

async fn insert(tx: &DatabaseTransaction, master_key: &MasterKey, now: DateTime<Utc>, mail: &Mail) -> Result<Uuid> {
    let id = Uuid::now_v7();
    mail_outbox::Entity::insert(new_row(master_key, now, id, mail)?).exec_without_returning(tx).await?;
    Ok(id)
}

fn new_row(master_key: &MasterKey, now: DateTime<Utc>, id: Uuid, mail: &Mail) -> Result<mail_outbox::ActiveModel> {
    Ok(mail_outbox::ActiveModel {
        id: Set(id),
        recipient: Set(mail.recipient.clone()),
        subject: Set(mail.subject.clone()),
        body_sealed: Set(master_key.seal(mail.body.as_bytes(), &place(id))?),
        attempts: Set(0),
        next_attempt_at: Set(now),
        created_at: Set(now),
    })
}

/// Seals every mail that waits anew, with the master key that seals now.
pub async fn reseal(tx: &DatabaseTransaction, master_key: &MasterKey) -> Result<()> {
    for row in mail_outbox::Entity::find().all(tx).await? {
        let body_sealed = Set(master_key.reseal(&row.body_sealed, &place(row.id))?);
        let row = mail_outbox::ActiveModel { id: Set(row.id), body_sealed, ..Default::default() };
        mail_outbox::Entity::update(row).exec(tx).await?;
    }
    Ok(())
}

/// Sends what is due.
pub async fn send_due(app: &State) -> Result<()> {
    while let Some(claimed) = claim(app).await? {
        send(app, claimed).await?;
    }
    Ok(())
}

/// Brings mails near that a clock far ahead has put off. They are not sent at once: an instance with such a clock may be
/// sending them right now.
pub async fn bring_near(app: &State) -> Result<()> {
    let latest = app.clock.now() + LONGEST_PAUSE;
    app.db
        .write(async |tx| {
            let near = mail_outbox::ActiveModel { next_attempt_at: Set(latest), ..Default::default() };
            let far = mail_outbox::COLUMN.next_attempt_at.gt(latest);
            mail_outbox::Entity::update_many().set(near).filter(far).exec(tx).await?;
            Ok(())
        })
        .await
}

/// Takes a mail that is due: from now on, and until the claim runs out, no other instance sends it.
async fn claim(app: &State) -> Result<Option<mail_outbox::Model>> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let due = mail_outbox::Entity::find()
                .filter(mail_outbox::COLUMN.next_attempt_at.lte(now))
                .order_by_asc(mail_outbox::COLUMN.next_attempt_at)
                .one(tx)
                .await?;
            if let Some(row) = &due {
                update(tx, row.id, row.attempts, now + CLAIM).await?;
            }
            Ok(due)
        })
        .await
}

async fn send(app: &State, row: mail_outbox::Model) -> Result<()> {
    let body = app.master_key.open(&row.body_sealed, &place(row.id))?;
    let body = String::from_utf8(body.expose_secret().to_vec()).map_err(Problem::internal)?;
    let delivered = match app.config.mail.transport {
        MailTransport::Log => {
            tracing::info!(to = row.recipient, subject = row.subject, "mail\n{body}");
            Ok(())
        }
        MailTransport::Smtp => {
            let delivered = timeout(LONGEST_DELIVERY, deliver(&app.config.mail, &row, body)).await;
            delivered.unwrap_or_else(|_| Err("the mail server took too long".to_owned()))
        }
    };
    let attempts = row.attempts + 1;
    let now = app.clock.now();
    app.db
        .write(async |tx| match &delivered {
            Ok(()) => forget(tx, row.id).await,
            Err(cause) if attempts >= ATTEMPTS => {
                tracing::error!(mail = %row.id, cause, "a mail was given up");
                forget(tx, row.id).await
            }
            Err(cause) => {
                tracing::warn!(mail = %row.id, cause, attempts, "a mail could not be sent and will be tried again");
                let pause = TimeDelta::seconds(30) * 2_i32.pow(u32::try_from(attempts.min(11)).unwrap_or(11));
                update(tx, row.id, attempts, now + pause).await
            }
        })
        .await
}

async fn forget(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    mail_outbox::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

async fn update(tx: &DatabaseTransaction, id: Uuid, attempts: i64, next_attempt_at: DateTime<Utc>) -> Result<()> {
    let changed = mail_outbox::ActiveModel {
        attempts: Set(attempts),
        next_attempt_at: Set(next_attempt_at),
        ..Default::default()
    };
    // There is none any more where another instance has sent it.
    mail_outbox::Entity::update_many().set(changed).filter(mail_outbox::COLUMN.id.eq(id)).exec(tx).await?;
    Ok(())
}

/// Hands the mail to the SMTP server. The error says nothing of its content.
async fn deliver(settings: &Settings, row: &mail_outbox::Model, body: String) -> std::result::Result<(), String> {
    let smtp = &settings.smtp;
    let builder = match smtp.encryption {
        SmtpEncryption::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&smtp.host),
        SmtpEncryption::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&smtp.host),
        SmtpEncryption::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)),
    };
    let mut builder = builder.map_err(|error| error.to_string())?.port(smtp.port);
    if let (Some(username), Some(password)) = (&smtp.username, &smtp.password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
    }
    let from: Mailbox = settings.from.parse().map_err(|_| "mail.from is no address")?;
    let to: Mailbox = row.recipient.parse().map_err(|_| "the recipient is no address")?;
    let message = Message::builder()
        .message_id(Some(format!("<{}@{}>", row.id, from.email.domain())))
        .from(from)
        .to(to)
        .subject(row.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| error.to_string())?;
    builder.build().send(message).await.map(drop).map_err(|error| error.to_string())
}

fn place(id: Uuid) -> String {
    format!("mail_outbox.body/{id}")
}
