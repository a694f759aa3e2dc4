use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::read::HeldPlace;
use crate::{
    entities::{account_block, agreement, agreement_signature, licence, membership},
    memberships::{
        rules::Applicant,
        schema::{AgreementSigning, SeatRequest},
    },
    problem::{Problem, ProblemCode, Result},
};

/// What an applicant for a seat brings along: their licences, and whether a block stands between them and a member.
pub async fn applicant(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    group_id: Uuid,
    body: &SeatRequest,
    now: DateTime<Utc>,
) -> Result<Applicant> {
    let licence_families = licence::Entity::find()
        .select_only()
        .column(licence::Column::Family)
        .filter(licence::COLUMN.account_id.eq(account_id))
        .filter(licence::good_on(now.date_naive()))
        .into_tuple()
        .all(tx)
        .await?;
    let blocked = is_blocked(tx, account_id, group_id, now).await?;
    Ok(Applicant { answers: body.stored(), note: body.note.clone(), licence_families, blocked })
}

/// Whether a block stands between an account and somebody who holds a seat in a group.
pub async fn is_blocked(
    tx: &DatabaseTransaction,
    account_id: Uuid,
    group_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let seated = || {
        membership::Entity::find()
            .select_only()
            .column(membership::Column::AccountId)
            .filter(membership::COLUMN.consultation_group_id.eq(group_id))
            .filter(membership::holds_seat_at(now))
            .into_query()
    };
    let block = account_block::COLUMN;
    let between = Condition::any()
        .add(block.blocker_id.eq(account_id).and(block.blocked_id.in_subquery(seated())))
        .add(block.blocked_id.eq(account_id).and(block.blocker_id.in_subquery(seated())));
    Ok(account_block::Entity::find().filter(between).one(tx).await?.is_some())
}

/// The number, the hash and the id of the agreement in force where a membership is.
///
/// # Errors
/// 409 where nothing is to be signed.
pub async fn agreement_in_force(tx: &DatabaseTransaction, place: &HeldPlace) -> Result<(i64, String, Uuid)> {
    let nothing = |detail| Problem::new(ProblemCode::InvalidTransition, detail);
    let HeldPlace::Group { group, .. } = place else {
        return Err(nothing("memberships of an organization are not signed for"));
    };
    let found = agreement::Entity::find()
        .filter(agreement::COLUMN.consultation_group_id.eq(group.id))
        .filter(agreement::COLUMN.number.eq(group.agreement_number))
        .one(tx)
        .await?;
    let known = found.and_then(|found| Some((found.number?, found.sha256?, found.id)));
    known.ok_or_else(|| nothing("the group has no agreement to sign yet"))
}

/// Keeps a signature for good.
pub async fn keep_signature(
    tx: &DatabaseTransaction,
    membership: &membership::Model,
    agreement_id: Uuid,
    body: &AgreementSigning,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = agreement_signature::ActiveModel {
        id: Set(Uuid::now_v7()),
        agreement_id: Set(agreement_id),
        membership_id: Set(membership.id),
        account_id: Set(membership.account_id),
        typed_name: Set(body.typed_name.clone()),
        sha256: Set(body.sha256.clone()),
        signed_at: Set(now),
    };
    agreement_signature::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
