//! Queries and transactions on self-assessments. Each starts from one's own.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    rules,
    schema::{AnswerGiven, Opened, SelfAssessmentCreate, SelfAssessmentFilter, SupportBlock, refused},
};
use crate::{
    accounts::rules::day_in,
    crypto::data_keys::DataKey,
    db::page::{Key, PageRequest, Rows, any_of},
    entities::{
        account, contribution, profile,
        self_assessment::{self, Column, SelfAssessmentStatus, StoredStatus},
    },
    instruments,
    problem::{Problem, ProblemCode, Result},
    psychometrics::{Instrument, Response},
    state::State,
};

pub mod check_ins;
mod pins;
pub mod shares;

pub use pins::pin_versions;

/// The most scores that a trend is drawn from.
const LONGEST_TREND: u64 = 200;

/// A self-assessment of the account.
///
/// # Errors
/// 404 where there is none, or it is somebody else's.
pub async fn own(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<self_assessment::Model> {
    find_own(db, account_id, id).await?.ok_or_else(Problem::not_found)
}

/// A self-assessment of the account, if it is one.
pub async fn find_own(db: &impl ConnectionTrait, account_id: Uuid, id: Uuid) -> Result<Option<self_assessment::Model>> {
    let found = self_assessment::Entity::find_by_id(id).filter(self_assessment::COLUMN.account_id.eq(account_id));
    Ok(found.one(db).await?)
}

/// What is sealed in a row; nothing, once it is erased or its time is over.
pub fn unsealed(key: &DataKey, row: &self_assessment::Model, now: DateTime<Utc>) -> Result<Response> {
    let over = row.status_at(now) == SelfAssessmentStatus::Expired && now >= rules::erased_at(row.expires_at);
    match row.content.as_deref().filter(|_| !over) {
        Some(sealed) => key.open(sealed, &row.place()),
        None => Ok(Response::default()),
    }
}

/// What there is to know of an account to show what is its own.
pub struct Owner {
    pub time_zone: String,
    country: Option<String>,
}

/// The owner of what is shown.
pub async fn owner(app: &State, account_id: Uuid) -> Result<Owner> {
    let db = app.db.read();
    let zone = account::Entity::find_by_id(account_id).select_only().column(account::Column::TimeZone);
    let time_zone = zone.into_tuple().one(db).await?.ok_or_else(Problem::not_found)?;
    let country = profile::Entity::find_by_id(account_id).select_only().column(profile::Column::Country);
    let country: Option<Option<String>> = country.into_tuple().one(db).await?;
    Ok(Owner { time_zone, country: country.flatten() })
}

impl Owner {
    /// A self-assessment that is open, with what it is shown with.
    pub fn sees(&self, app: &State, row: self_assessment::Model, response: Response) -> Opened {
        let asks_for_support = response.outcome.as_ref().is_some_and(|outcome| outcome.support);
        let lines = || SupportBlock::new(app.support_lines.of(self.country.as_deref()));
        Opened {
            instrument: app.instruments.version(&row.instrument, &row.instrument_version).cloned(),
            day: day_in(&self.time_zone, row.completed_at.unwrap_or(app.clock.now())),
            support: asks_for_support.then(lines),
            response,
            row,
        }
    }
}

/// Opens rows of one account, for showing them.
pub async fn open(app: &State, account_id: Uuid, rows: Vec<self_assessment::Model>) -> Result<Vec<Opened>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (key, owner) = (app.data_key(account_id).await?, owner(app, account_id).await?);
    let now = app.clock.now();
    let open = |row: self_assessment::Model| unsealed(&key, &row, now).map(|response| owner.sees(app, row, response));
    rows.into_iter().map(open).collect()
}

/// One page of my self-assessments that the filters let through, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    filter: &SelfAssessmentFilter,
    now: DateTime<Utc>,
    page: &PageRequest,
) -> Result<Rows<self_assessment::Model>> {
    let day = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let query = self_assessment::Entity::find().filter(self_assessment::COLUMN.account_id.eq(account_id)).filter(
        Condition::all()
            .add_option(any_of(&filter.instrument, |keys| Column::Instrument.is_in(keys)))
            .add_option(in_statuses(&filter.status, now))
            .add_option(filter.from.map(|from| Column::StartedAt.gte(day(from))))
            .add_option(filter.to.map(|to| Column::StartedAt.lt(day(to) + TimeDelta::days(1)))),
    );
    let total = match page.include_total {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let rows = page.apply(query, &[Expr::col(Column::StartedAt), Expr::col(Column::Id)], true).all(db).await?;
    Ok(Rows { total, ..page.finish(rows, |row| vec![Key::Instant(row.started_at), Key::Id(row.id)]) })
}

fn in_statuses(statuses: &[SelfAssessmentStatus], now: DateTime<Utc>) -> Option<Condition> {
    let unfinished = || Condition::all().add(Column::Status.eq(StoredStatus::InProgress));
    let is = |status: &SelfAssessmentStatus| match status {
        SelfAssessmentStatus::InProgress => unfinished().add(Column::ExpiresAt.gt(now)),
        SelfAssessmentStatus::Expired => unfinished().add(Column::ExpiresAt.lte(now)),
        SelfAssessmentStatus::Completed => Condition::all().add(Column::Status.eq(StoredStatus::Completed)),
        SelfAssessmentStatus::Voided => Condition::all().add(Column::Status.eq(StoredStatus::Voided)),
    };
    (!statuses.is_empty()).then(|| statuses.iter().map(is).fold(Condition::any(), Condition::add))
}

/// What is to be taken: an instrument, and the language of the wording that is answered.
pub struct Form {
    pub instrument: Arc<Instrument>,
    pub language: Option<String>,
}

/// The newest version of the instrument that a body names.
///
/// # Errors
/// 422 where there is none.
pub fn known<'a>(app: &'a State, key: &str) -> Result<&'a Arc<Instrument>> {
    app.instruments.newest(key).ok_or_else(|| {
        Problem::invalid_at("/instrument", "unknown_instrument", "must be the key of one of /v1/instruments")
    })
}

/// The instrument and the wording that `body` asks for.
///
/// # Errors
/// 422 for an unknown instrument or version, and `wording_needed` where there is no wording and no form in hand.
pub async fn form(app: &State, body: &SelfAssessmentCreate) -> Result<Form> {
    let key = &body.instrument;
    let newest = known(app, key)?;
    let instrument = match &body.version {
        None => newest,
        Some(version) => app.instruments.version(key, version).ok_or_else(|| {
            let words = format!("must be a version of the instrument, such as {}", newest.version);
            Problem::invalid_at("/version", "unknown_version", words)
        })?,
    };
    let language = match body.own_form {
        true => None,
        false => Some(worded_in(app, instrument, body.language.as_deref()).await?),
    };
    Ok(Form { instrument: Arc::clone(instrument), language })
}

/// The language of the wording that is answered, which is the one asked for or comes next to it.
async fn worded_in(app: &State, instrument: &Instrument, wanted: Option<&str>) -> Result<String> {
    let wording = instruments::store::wording(app.db.read(), instrument, wanted).await?;
    wording.map(|wording| wording.language).ok_or_else(|| ProblemCode::WordingNeeded.into())
}

/// The answers with those of `given` added, changed or taken back.
///
/// # Errors
/// 422 with the place of each that does not fit the instrument.
pub fn merge(instrument: &Instrument, response: &mut Response, given: &[AnswerGiven]) -> Result<()> {
    let list: Vec<_> = given.iter().map(|answer| (answer.item.clone(), answer.value)).collect();
    let faults = instrument.faults(&list);
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    for (item, value) in list {
        match value {
            Some(value) => response.answers.insert(item, value),
            None => response.answers.remove(&item),
        };
    }
    Ok(())
}

/// Starts one; submits it at once, where that is asked for.
///
/// # Errors
/// 422 for answers that do not fit or do not suffice.
pub async fn create(
    tx: &DatabaseTransaction,
    app: &State,
    account_id: Uuid,
    form: &Form,
    body: &SelfAssessmentCreate,
    now: DateTime<Utc>,
) -> Result<(self_assessment::Model, Response)> {
    let instrument = &form.instrument;
    let mut response = Response::default();
    merge(instrument, &mut response, &body.answers)?;
    if body.submit {
        response.outcome = Some(instrument.score(&response.answers)?);
    }
    let mut row = self_assessment::Model {
        id: Uuid::now_v7(),
        account_id,
        instrument: instrument.key.clone(),
        instrument_version: instrument.version.clone(),
        rules_sha256: instrument.rules_sha256.clone(),
        language: form.language.clone(),
        status: if body.submit { StoredStatus::Completed } else { StoredStatus::InProgress },
        content: None,
        started_at: now,
        expires_at: now + rules::TIME_TO_FINISH,
        completed_at: body.submit.then_some(now),
        voided_at: None,
        version: 1,
        updated_at: now,
    };
    let key = app.data_key_to_write(tx, account_id).await?;
    row.content = Some(key.seal(&response, &row.place())?);
    self_assessment::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok((row, response))
}

/// One that is being changed.
pub struct Draft {
    pub row: self_assessment::Model,
    pub response: Response,
    key: Arc<DataKey>,
}

/// A self-assessment of the account, opened for a change.
///
/// # Errors
/// 404 where there is none, or it is somebody else's.
pub async fn draft(tx: &DatabaseTransaction, app: &State, account_id: Uuid, id: Uuid) -> Result<Draft> {
    let row = own(tx, account_id, id).await?;
    let key = app.data_key_to_write(tx, account_id).await?;
    let response = unsealed(&key, &row, app.clock.now())?;
    Ok(Draft { row, response, key })
}

impl Draft {
    /// The instrument that is answered.
    ///
    /// # Errors
    /// 409 where its version is not installed any more.
    pub fn instrument(&self, app: &State) -> Result<Arc<Instrument>> {
        let found = app.instruments.version(&self.row.instrument, &self.row.instrument_version);
        let gone = || Problem::new(ProblemCode::InvalidTransition, "this version is not installed any more");
        found.cloned().ok_or_else(gone)
    }

    /// Writes the change down.
    pub async fn save(
        mut self,
        tx: &DatabaseTransaction,
        now: DateTime<Utc>,
    ) -> Result<(self_assessment::Model, Response)> {
        self.row.content = Some(self.key.seal(&self.response, &self.row.place())?);
        self.row.version += 1;
        self.row.updated_at = now;
        let mut changed = self.row.clone().into_active_model().reset_all();
        changed.id = Unchanged(self.row.id);
        self_assessment::Entity::update(changed).exec(tx).await?;
        Ok((self.row, self.response))
    }
}

/// Lets a self-assessment count in no aggregate.
pub async fn withdraw_contribution(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    contribution::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Erases a self-assessment for good.
pub async fn delete(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    self_assessment::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// The ones of an instrument that were completed last, `most` at most, oldest first.
pub async fn completed(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    instrument: &str,
    most: u64,
) -> Result<Vec<self_assessment::Model>> {
    let mut rows = self_assessment::Entity::find()
        .filter(self_assessment::COLUMN.account_id.eq(account_id))
        .filter(self_assessment::COLUMN.instrument.eq(instrument))
        .filter(self_assessment::COLUMN.status.eq(StoredStatus::Completed))
        .order_by_desc(Column::CompletedAt)
        .order_by_desc(Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.sort_by_key(|row| (row.completed_at, row.id));
    Ok(rows)
}

/// The completed ones that a trend is drawn from, opened.
pub async fn trend(app: &State, account_id: Uuid, instrument: &str) -> Result<Vec<Opened>> {
    let rows = completed(app.db.read(), account_id, instrument, LONGEST_TREND).await?;
    open(app, account_id, rows).await
}

/// The one of an instrument that was completed last, opened.
pub async fn latest(app: &State, account_id: Uuid, instrument: &str) -> Result<Option<Opened>> {
    let rows = completed(app.db.read(), account_id, instrument, 1).await?;
    Ok(open(app, account_id, rows).await?.pop())
}

/// Erases the answers of those that expired long ago.
pub async fn erase_expired(app: &State) -> Result<()> {
    let before = app.clock.now() - rules::KEPT_AFTER_EXPIRY;
    app.db
        .write(async |tx| {
            self_assessment::Entity::update_many()
                .col_expr(Column::Content, Expr::value(None::<Vec<u8>>))
                .filter(Column::Status.eq(StoredStatus::InProgress))
                .filter(Column::Content.is_not_null())
                .filter(Column::ExpiresAt.lte(before))
                .exec(tx)
                .await?;
            Ok(())
        })
        .await
}
