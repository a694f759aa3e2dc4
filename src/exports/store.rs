//! Everything about one person, for that person.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, LoaderTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::IntoCondition,
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::schema::{Everything, HeldMembership};
use crate::{
    accounts,
    calendar_feeds::{self, schema::CalendarFeed},
    entities::{
        account, account_block, agreement, agreement_signature, audit_event, consultation_group, contribution, event,
        event_registration, invitation, licence, meeting, meeting_answer, meeting_attendance, meeting_role,
        membership::{self, MembershipKind},
        membership_type, organization, presenter_request, profile, report, role_swap, self_assessment,
        self_assessment_share, session, slot_poll_answer,
    },
    hours::{self, schema::Certificate},
    http::caller::Caller,
    problem::{Problem, Result},
    reminders::{self, schema::ReminderSettings},
    self_assessments::{
        self,
        schema::{Opened, check_ins::CheckInSchedule, shares::SelfAssessmentShare},
        store::{check_ins, shares::live},
    },
    state::State,
    support_plan::{
        self,
        schema::{SupportAction, SupportActionEntry, SupportTie},
    },
};

/// The longest list of an export; far more than a person has.
const LONGEST_LIST: u64 = 100_000;

/// Reads everything about the caller. Invitations to an address that is not confirmed may be somebody else's, and are
/// left out.
pub async fn everything(app: &State, caller: &Caller) -> Result<Everything> {
    let db = app.db.read();
    let account = accounts::store::of_caller(db, caller.account_id).await?;
    let id = account.id;
    let confirmed = account.email_key.clone().filter(|_| account.email_verified_at.is_some());
    let invitations = |whose: Condition| {
        let found = invitation::Entity::find().filter(whose).order_by_asc(invitation::Column::Id);
        found.limit(LONGEST_LIST).all(db)
    };
    let today = accounts::rules::day_in(&account.time_zone, app.clock.now());
    Ok(Everything {
        sessions: session::Entity::find()
            .filter(session::COLUMN.account_id.eq(id))
            .order_by_asc(session::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        profile: profile::Entity::find_by_id(id).one(db).await?,
        licences: licence::Entity::find()
            .filter(licence::COLUMN.account_id.eq(id))
            .order_by_asc(licence::Column::Position)
            .limit(LONGEST_LIST)
            .all(db)
            .await?
            .into_iter()
            .map(|licence| with_number(app, licence))
            .collect::<Result<_>>()?,
        organizations_proposed: organization::Entity::find()
            .filter(organization::COLUMN.proposed_by.eq(id))
            .order_by_asc(organization::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        memberships: memberships(db, id).await?,
        signatures: agreement_signature::Entity::find()
            .filter(agreement_signature::COLUMN.account_id.eq(id))
            .find_also_related(agreement::Entity)
            .order_by_asc(agreement_signature::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        invitations_received: match confirmed {
            Some(key) => invitations(Condition::all().add(invitation::COLUMN.email_key.eq(key))).await?,
            None => Vec::new(),
        },
        invitations_sent: invitations(Condition::all().add(invitation::COLUMN.invited_by.eq(id))).await?,
        blocks: account_block::Entity::find()
            .filter(account_block::COLUMN.blocker_id.eq(id))
            .find_also_related(account::Entity)
            .order_by_asc(account_block::Column::CreatedAt)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        meeting_roles: meeting_role::Entity::find()
            .filter(meeting_role::COLUMN.account_id.eq(id))
            .order_by_asc(meeting_role::Column::CreatedAt)
            .order_by_asc(meeting_role::Column::MeetingId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        presenter_requests: presenter_request::Entity::find()
            .filter(presenter_request::COLUMN.account_id.eq(id))
            .find_also_related(meeting::Entity)
            .order_by_asc(presenter_request::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        role_swaps: role_swap::Entity::find()
            .filter(role_swap::COLUMN.from_account_id.eq(id).or(role_swap::COLUMN.with_account_id.eq(id)))
            .order_by_asc(role_swap::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        event_registrations: event_registration::Entity::find()
            .filter(event_registration::COLUMN.account_id.eq(id))
            .find_also_related(event::Entity)
            .order_by_asc(event_registration::Column::RegisteredAt)
            .order_by_asc(event_registration::Column::EventId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        reports: report::Entity::find()
            .filter(report::COLUMN.reporter_id.eq(id))
            .order_by_asc(report::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        calendar_feeds: calendar_feeds::store::all(db, id)
            .await?
            .into_iter()
            .map(|seen| CalendarFeed::at(app.clock.now(), seen))
            .collect(),
        reminder_settings: reminders::store::settings(db, id).await?.map(|row| ReminderSettings::from(Some(row))),
        self_assessments: self_assessments(app, id).await?,
        self_assessment_shares: shares(app, self_assessment_share::COLUMN.owner_id.eq(id)).await?,
        self_assessment_shares_received: shares(app, live(id, app.clock.now())).await?,
        contributions: contribution::Entity::find()
            .filter(contribution::COLUMN.account_id.eq(id))
            .order_by_asc(contribution::Column::SelfAssessmentId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        check_in_schedule: check_in_schedule(app, &account).await?,
        support_actions: support_plan::store::actions::all(app, id)
            .await?
            .into_iter()
            .map(|(row, content)| SupportAction::on(today, &row, content))
            .collect(),
        support_action_log: support_plan::store::log::all(app, id, LONGEST_LIST)
            .await?
            .into_iter()
            .map(SupportActionEntry::from)
            .collect(),
        support_ties: support_plan::store::ties::all(app, id)
            .await?
            .into_iter()
            .map(|(row, content)| SupportTie::on(today, &row, content))
            .collect(),
        meeting_answers: meeting_answer::Entity::find()
            .filter(meeting_answer::COLUMN.account_id.eq(id))
            .order_by_asc(meeting_answer::Column::MeetingId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        slot_poll_answers: slot_poll_answer::Entity::find()
            .filter(slot_poll_answer::COLUMN.account_id.eq(id))
            .order_by_asc(slot_poll_answer::Column::SlotPollId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        attendance: meeting_attendance::Entity::find()
            .filter(meeting_attendance::COLUMN.account_id.eq(id))
            .find_also_related(meeting::Entity)
            .order_by_asc(meeting_attendance::Column::RecordedAt)
            .order_by_asc(meeting_attendance::Column::MeetingId)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        hours: hours::store::ledger::all(db, id, LONGEST_LIST).await?,
        certificates: hours::store::certificates::all(app, id, LONGEST_LIST)
            .await?
            .into_iter()
            .map(Certificate::from)
            .collect(),
        audit_events: audit_event::Entity::find()
            .filter(
                Condition::any().add(audit_event::COLUMN.account_id.eq(id)).add(audit_event::COLUMN.actor_id.eq(id)),
            )
            .order_by_asc(audit_event::Column::Id)
            .limit(LONGEST_LIST)
            .all(db)
            .await?,
        account,
    })
}

/// Every self-assessment, oldest first, opened.
async fn self_assessments(app: &State, account_id: Uuid) -> Result<Vec<Opened>> {
    let own = self_assessment::Entity::find().filter(self_assessment::COLUMN.account_id.eq(account_id));
    let own = own.order_by_asc(self_assessment::Column::Id).limit(LONGEST_LIST).all(app.db.read()).await?;
    self_assessments::store::open(app, account_id, own).await
}

/// Grants, oldest first.
async fn shares(app: &State, which: impl IntoCondition) -> Result<Vec<SelfAssessmentShare>> {
    let found = self_assessment_share::Entity::find().filter(which);
    let found = found.order_by_asc(self_assessment_share::Column::Id).limit(LONGEST_LIST).all(app.db.read()).await?;
    Ok(found.into_iter().map(|share| SelfAssessmentShare::new((share, None), app.clock.now())).collect())
}

async fn check_in_schedule(app: &State, account: &account::Model) -> Result<Option<CheckInSchedule>> {
    let db = app.db.read();
    let Some(row) = check_ins::find(db, account.id).await? else { return Ok(None) };
    Ok(Some(check_ins::seen(db, row, &account.time_zone, app.clock.now()).await?.1))
}

/// Memberships of organizations, then those of groups.
async fn memberships(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<HeldMembership>> {
    let of = |kind| {
        let own = membership::COLUMN.account_id.eq(account_id).and(membership::COLUMN.kind.eq(kind));
        membership::Entity::find().filter(own).order_by_asc(membership::Column::Id).limit(LONGEST_LIST)
    };
    let of_organizations =
        of(MembershipKind::Organization).find_also_related(organization::Entity).all(db).await?.into_iter();
    let (held, organizations): (Vec<_>, Vec<_>) = of_organizations.unzip();
    let terms = held.load_one(membership_type::Entity, db).await?;
    let of_organizations = held.into_iter().zip(organizations).zip(terms);
    let of_organizations = of_organizations.map(|((membership, organization), terms)| HeldMembership {
        membership,
        terms,
        organization,
        consultation_group: None,
    });
    let of_groups =
        of(MembershipKind::ConsultationGroup).find_also_related(consultation_group::Entity).all(db).await?.into_iter();
    let of_groups = of_groups.map(|(membership, consultation_group)| HeldMembership {
        membership,
        terms: None,
        organization: None,
        consultation_group,
    });
    Ok(of_organizations.chain(of_groups).collect())
}

/// A licence and its number, which its owner alone reads in full.
fn with_number(app: &State, licence: licence::Model) -> Result<(licence::Model, Option<String>)> {
    let sealed = licence.number_sealed.as_deref();
    let number =
        sealed.map(|sealed| app.master_key.open(sealed, &format!("licence.number/{}", licence.id))).transpose()?;
    let number = number
        .map(|number| String::from_utf8(number.expose_secret().to_vec()))
        .transpose()
        .map_err(Problem::internal)?;
    Ok((licence, number))
}
