//! Deleting an account. What was its owner's alone is gone at once; what others keep stays, under a row without a name.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use super::rules;
use crate::{
    accounts::store::{event, of_caller, update},
    audit::{self, Event},
    consultation_groups,
    crypto::data_keys,
    db::search::{forget_words, sort_name},
    entities::{
        account::{self, PlatformRole},
        account_block, agreement_signature, calendar_feed, check_in_schedule,
        consultation_group::{self, StoredGroupStatus},
        idempotency_record, invitation, licence, mail_outbox, meeting_answer, meeting_attendance,
        meeting_attendance_change,
        membership::{self, EndReason, MembershipRole, MembershipStatus, Tie},
        one_time_token, organization, presenter_request, profile, profile_facet, reminder_sent, reminder_settings,
        report, role_swap, self_assessment, session, slot_poll_answer, support_action, support_action_entry,
        support_tie,
    },
    events, hours,
    http::{caller::Caller, conditional::IfMatch},
    problem::Result,
    revocation::revoke,
    state::State,
};

/// What others see where the account was.
const NAMELESS: &str = "Former member";

/// Deletes the caller's account.
///
/// # Errors
/// 412 when it has another version.
pub async fn erase(app: &State, caller: &Caller, version: &IfMatch) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(async |tx| {
            let account = of_caller(tx, caller.account_id).await?;
            version.check(account.version)?;
            end_memberships(tx, app, account.id, now).await?;
            events::store::leave_all(tx, app, account.id, now).await?;
            delete_belongings(tx, account.id).await?;
            leave_reports_without_words(tx, account.id, now).await?;
            forget_address(tx, app, &account).await?;
            let nameless = account::ActiveModel {
                email: Set(String::new()),
                email_key: Set(None),
                display_name: Set(NAMELESS.to_owned()),
                sort_name: Set(sort_name(NAMELESS)),
                locale: Set("en".to_owned()),
                time_zone: Set("UTC".to_owned()),
                password_hash: Set(None),
                platform_role: Set(PlatformRole::Member),
                email_verified_at: Set(None),
                erased_at: Set(Some(now)),
                ..Default::default()
            };
            let account = update(tx, account, nameless, now).await?;
            audit::record(tx, now, event("account.erase", account.id, Some(account.id))).await
        })
        .await?;
    app.sessions.forget_account(caller.account_id);
    app.data_keys.forget(caller.account_id);
    Ok(())
}

async fn delete_belongings(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    // Before its ledger goes, it tells which certificates are good.
    hours::store::erase(tx, id).await?;
    // Without its key nothing that it sealed can be read, wherever copies of the rows may be.
    data_keys::destroy(tx, id).await?;
    self_assessment::Entity::delete_many().filter(self_assessment::COLUMN.account_id.eq(id)).exec(tx).await?;
    check_in_schedule::Entity::delete_by_id(id).exec(tx).await?;
    let entries = support_action_entry::Entity::delete_many();
    entries.filter(support_action_entry::COLUMN.account_id.eq(id)).exec(tx).await?;
    support_action::Entity::delete_many().filter(support_action::COLUMN.account_id.eq(id)).exec(tx).await?;
    support_tie::Entity::delete_many().filter(support_tie::COLUMN.account_id.eq(id)).exec(tx).await?;
    calendar_feed::Entity::delete_many().filter(calendar_feed::COLUMN.account_id.eq(id)).exec(tx).await?;
    reminder_settings::Entity::delete_by_id(id).exec(tx).await?;
    reminder_sent::Entity::delete_many().filter(reminder_sent::COLUMN.account_id.eq(id)).exec(tx).await?;
    profile_facet::Entity::delete_many().filter(profile_facet::COLUMN.account_id.eq(id)).exec(tx).await?;
    profile::Entity::delete_many().filter(profile::COLUMN.account_id.eq(id)).exec(tx).await?;
    forget_words(tx, profile::Entity).await?;
    licence::Entity::delete_many().filter(licence::COLUMN.account_id.eq(id)).exec(tx).await?;
    session::Entity::delete_many().filter(session::COLUMN.account_id.eq(id)).exec(tx).await?;
    one_time_token::Entity::delete_many().filter(one_time_token::COLUMN.account_id.eq(id)).exec(tx).await?;
    let records = idempotency_record::Entity::delete_many();
    records.filter(idempotency_record::COLUMN.account_id.eq(id)).exec(tx).await?;
    meeting_answer::Entity::delete_many().filter(meeting_answer::COLUMN.account_id.eq(id)).exec(tx).await?;
    slot_poll_answer::Entity::delete_many().filter(slot_poll_answer::COLUMN.account_id.eq(id)).exec(tx).await?;
    // That somebody signed stays, for those who signed with them; who it was goes.
    agreement_signature::Entity::update_many()
        .col_expr(agreement_signature::Column::TypedName, Expr::value(NAMELESS))
        .filter(agreement_signature::COLUMN.account_id.eq(id))
        .exec(tx)
        .await?;
    // Whose turn it was stays with the meetings that were held; who wished for what goes.
    let requests = presenter_request::Entity::delete_many();
    requests.filter(presenter_request::COLUMN.account_id.eq(id)).exec(tx).await?;
    let either = role_swap::COLUMN.from_account_id.eq(id).or(role_swap::COLUMN.with_account_id.eq(id));
    role_swap::Entity::delete_many().filter(either).exec(tx).await?;
    // Who came to meetings stays, for those who met; what the person said about it goes.
    meeting_attendance::Entity::update_many()
        .col_expr(meeting_attendance::Column::DisputeNote, Expr::value(None::<String>))
        .filter(meeting_attendance::COLUMN.account_id.eq(id))
        .exec(tx)
        .await?;
    meeting_attendance_change::Entity::update_many()
        .col_expr(meeting_attendance_change::Column::Reason, Expr::value(None::<String>))
        .filter(meeting_attendance_change::COLUMN.changed_by.eq(id))
        .exec(tx)
        .await?;
    let either = account_block::COLUMN.blocker_id.eq(id).or(account_block::COLUMN.blocked_id.eq(id));
    account_block::Entity::delete_many().filter(either).exec(tx).await?;
    Ok(())
}

/// Moderators still decide about what was reported; what the person wrote is gone.
async fn leave_reports_without_words(tx: &DatabaseTransaction, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    use report::Column;
    report::Entity::update_many()
        .col_expr(Column::Description, Expr::value(None::<String>))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(report::COLUMN.reporter_id.eq(id))
        .filter(report::COLUMN.description.is_not_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Invitations to the address go, whatever became of them. One that the account never confirmed, where that is asked
/// for, may be somebody else's: their invitations are not touched.
async fn forget_address(tx: &DatabaseTransaction, app: &State, account: &account::Model) -> Result<()> {
    let is_own = account.email_verified_at.is_some() || !app.config.accounts.requires_verification();
    if let Some(key) = account.email_key.clone().filter(|_| is_own) {
        invitation::Entity::delete_many().filter(invitation::COLUMN.email_key.eq(key)).exec(tx).await?;
    }
    let mails = mail_outbox::Entity::delete_many();
    mails.filter(mail_outbox::COLUMN.recipient.eq(account.email.clone())).exec(tx).await?;
    Ok(())
}

/// Ends every membership, and what the person offered to others; where that takes the last owner away, somebody follows.
async fn end_memberships(tx: &DatabaseTransaction, app: &State, account_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    revoke(tx, invitation::COLUMN.invited_by.eq(account_id).into(), Some(account_id), "account_deleted", now).await?;
    let own = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::Column::Status.ne(MembershipStatus::Ended))
        .all(tx)
        .await?;
    for one in own {
        let one = one.settled_at(now);
        end_membership(tx, &one, now).await?;
        match one.tie() {
            Some(Tie::Organization(id)) if one.status.holds_place() => {
                organization::Entity::update_many()
                    .col_expr(organization::Column::MemberCount, Expr::col(organization::Column::MemberCount).sub(1))
                    .filter(organization::COLUMN.id.eq(id))
                    .filter(organization::COLUMN.member_count.gt(0))
                    .exec(tx)
                    .await?;
                succeed(tx, &one, now).await?;
            }
            Some(Tie::ConsultationGroup(id)) => leave_group(tx, app, &one, id, now).await?,
            _ => {}
        }
    }
    // What was written by and about the person goes too.
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Message, Expr::value(None::<String>))
        .filter(invitation::COLUMN.invited_by.eq(account_id))
        .exec(tx)
        .await?;
    membership::Entity::update_many()
        .col_expr(membership::Column::MemberNumber, Expr::value(None::<String>))
        .col_expr(membership::Column::RequestNote, Expr::value(None::<String>))
        .col_expr(membership::Column::DecisionNote, Expr::value(None::<String>))
        .col_expr(membership::Column::Answers, Expr::value(None::<serde_json::Value>))
        .filter(membership::COLUMN.account_id.eq(account_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// A draft goes with its founder. Elsewhere somebody follows, and the seat goes to whoever waits.
async fn leave_group(
    tx: &DatabaseTransaction,
    app: &State,
    seat: &membership::Model,
    group_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(group) = consultation_group::Entity::find_by_id(group_id).one(tx).await? else { return Ok(()) };
    if group.status == StoredGroupStatus::Draft {
        return consultation_groups::store::delete(tx, seat.account_id, &group, now).await;
    }
    succeed(tx, seat, now).await?;
    consultation_groups::store::offer_free_seats(tx, app, &group, now).await?;
    Ok(())
}

async fn end_membership(tx: &DatabaseTransaction, one: &membership::Model, now: DateTime<Utc>) -> Result<()> {
    let ended = membership::ActiveModel {
        id: Set(one.id),
        status: Set(MembershipStatus::Ended),
        end_reason: Set(Some(EndReason::AccountDeleted)),
        ended_at: Set(Some(now)),
        version: Set(one.version + 1),
        updated_at: Set(now),
        ..Default::default()
    };
    membership::Entity::update(ended).exec(tx).await?;
    record(tx, one, "membership.end", Some(one.account_id), "account_deleted", now).await
}

/// Makes somebody owner where `gone` was the last one.
async fn succeed(tx: &DatabaseTransaction, gone: &membership::Model, now: DateTime<Utc>) -> Result<()> {
    let Some(tie) = gone.tie().filter(|_| gone.role == MembershipRole::Owner) else { return Ok(()) };
    let remaining = membership::Entity::find()
        .inner_join(account::Entity)
        .filter(account::is_live())
        .filter(membership::tied_to(tie))
        .filter(membership::Column::Status.ne(MembershipStatus::Ended))
        .all(tx)
        .await?;
    let Some(heir) = rules::successor(&remaining, now) else { return Ok(()) };
    let succeeded = membership::ActiveModel {
        id: Set(heir.id),
        role: Set(MembershipRole::Owner),
        version: Set(heir.version + 1),
        updated_at: Set(now),
        ..Default::default()
    };
    membership::Entity::update(succeeded).exec(tx).await?;
    record(tx, heir, "membership.update", None, "succession", now).await
}

async fn record(
    tx: &DatabaseTransaction,
    one: &membership::Model,
    action: &'static str,
    actor_id: Option<Uuid>,
    reason_code: &'static str,
    now: DateTime<Utc>,
) -> Result<()> {
    let event = Event {
        action,
        actor_id,
        subject_type: "membership",
        subject_id: one.id,
        organization_id: one.organization_id,
        consultation_group_id: one.consultation_group_id,
        account_id: Some(one.account_id),
        reason_code: Some(reason_code),
    };
    audit::record(tx, now, event).await
}
