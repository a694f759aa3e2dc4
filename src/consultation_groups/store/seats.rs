use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Unchanged,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, IntoColumnRef, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    audit,
    consultation_groups::{
        mails,
        rules::{self, Seats},
    },
    entities::{
        account,
        consultation_group::{self, StoredGroupStatus},
        invitation::{self, InvitationStatus},
        membership::{self, MembershipRole, MembershipStatus},
    },
    mail,
    problem::Result,
    state::State,
};

/// How the seats of these groups stand at `now`, in two queries. `all` is left to the caller, who holds the groups.
pub(super) async fn count(
    db: &impl ConnectionTrait,
    groups: impl IntoIterator<Item = Uuid>,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Seats>> {
    let ids: Vec<Uuid> = groups.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let placed = || Condition::all().add(membership::COLUMN.status.is_in(MembershipStatus::PLACED));
    let waiting = Condition::all().add(membership::COLUMN.status.eq(MembershipStatus::Waitlisted));
    let owners = placed().add(membership::COLUMN.role.eq(MembershipRole::Owner));
    type Counts = (Option<Uuid>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let counts: Vec<Counts> = membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .column_as(how_many(membership::holds_seat_at(now)), "taken")
        .column_as(how_many(waiting), "waiting")
        .column_as(how_many(placed()), "members")
        .column_as(how_many(membership::active_on(now.date_naive())), "active")
        .column_as(how_many(owners), "owners")
        .filter(membership::COLUMN.consultation_group_id.is_in(ids.clone()))
        .filter(membership::COLUMN.status.ne(MembershipStatus::Ended))
        .group_by(membership::Column::ConsultationGroupId)
        .into_tuple()
        .all(db)
        .await?;
    let kept: Vec<(Option<Uuid>, i64)> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::ConsultationGroupId)
        .column_as(invitation::Column::Id.count(), "kept")
        .filter(invitation::COLUMN.consultation_group_id.is_in(ids))
        .filter(reserves_seat(now))
        .group_by(invitation::Column::ConsultationGroupId)
        .into_tuple()
        .all(db)
        .await?;
    let mut seats: HashMap<Uuid, Seats> = HashMap::new();
    for (group, taken, waiting, members, active, owners) in counts {
        let [taken, waiting, members, active, owners] =
            [taken, waiting, members, active, owners].map(Option::unwrap_or_default);
        let counted = Seats { taken, waiting, members, active, owners, ..Seats::default() };
        seats.extend(group.map(|group| (group, counted)));
    }
    for (group, kept) in kept {
        if let Some(group) = group {
            seats.entry(group).or_default().reserved = kept;
        }
    }
    Ok(seats)
}

/// The seat of somebody who counts as a member of a group, present or not.
pub async fn seat_of(db: &impl ConnectionTrait, account_id: Uuid, group_id: Uuid) -> Result<Option<membership::Model>> {
    let seat = membership::Entity::find()
        .filter(membership::COLUMN.account_id.eq(account_id))
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::COLUMN.status.is_in(MembershipStatus::PLACED));
    Ok(seat.one(db).await?)
}

/// How the seats of one group stand at `now`.
pub async fn seats_of(db: &impl ConnectionTrait, group_id: Uuid, all: i64, now: DateTime<Utc>) -> Result<Seats> {
    let counted = count(db, [group_id], now).await?.remove(&group_id).unwrap_or_default();
    Ok(Seats { all, ..counted })
}

/// The sum of ones, because both databases count a filtered column alike that way.
fn how_many(condition: Condition) -> SimpleExpr {
    Func::sum(CaseStatement::new().case(condition, 1).finally(0)).cast_as("BIGINT")
}

/// Invitations that a seat is kept for.
fn reserves_seat(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(invitation::COLUMN.status.eq(InvitationStatus::Pending))
        .add(invitation::COLUMN.reserve_seat.eq(true))
        .add(invitation::COLUMN.expires_at.gt(now))
}

/// [`Seats::free`] as a condition of a query on groups.
pub fn has_open_seat(now: DateTime<Utc>) -> SimpleExpr {
    let id = || SimpleExpr::Column(consultation_group::Column::Id.as_column_ref().into_column_ref());
    let taken = membership::Entity::find()
        .select_only()
        .expr(membership::Column::Id.count())
        .filter(Expr::expr(membership::Column::ConsultationGroupId.into_expr()).eq(id()))
        .filter(membership::holds_seat_at(now))
        .into_query();
    let kept = invitation::Entity::find()
        .select_only()
        .expr(invitation::Column::Id.count())
        .filter(Expr::expr(invitation::Column::ConsultationGroupId.into_expr()).eq(id()))
        .filter(reserves_seat(now))
        .into_query();
    let all = SimpleExpr::Column(consultation_group::Column::MaxSize.as_column_ref().into_column_ref());
    all.gt(SimpleExpr::from(taken).add(SimpleExpr::from(kept)))
}

/// Writes down which seats of a group have ended because nobody signed in time.
pub(super) async fn expire_overdue(tx: &DatabaseTransaction, group_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let overdue = membership::Entity::find()
        .filter(membership::COLUMN.consultation_group_id.eq(group_id))
        .filter(membership::COLUMN.status.eq(MembershipStatus::AwaitingSignature))
        .filter(membership::COLUMN.signature_due_at.lte(now))
        .all(tx)
        .await?;
    for seat in overdue {
        write(tx, seat.settled_at(now), "membership.expire", now).await?;
    }
    Ok(())
}

/// Gives the free seats of a group to whoever waits longest, and tells them. Call it after each write that may free one.
pub async fn offer_free_seats(
    tx: &DatabaseTransaction,
    app: &State,
    group: &consultation_group::Model,
    now: DateTime<Utc>,
) -> Result<Seats> {
    expire_overdue(tx, group.id, now).await?;
    let mut seats = seats_of(tx, group.id, group.max_size, now).await?;
    if seats.waiting == 0 || seats.free() == 0 || !rules::status_at(group, now).takes_people() {
        return Ok(seats);
    }
    let waiting = membership::Entity::find()
        .find_also_related(account::Entity)
        .filter(membership::COLUMN.consultation_group_id.eq(group.id))
        .filter(membership::COLUMN.status.eq(MembershipStatus::Waitlisted))
        .order_by_asc(membership::COLUMN.waitlisted_at)
        .order_by_asc(membership::Column::Id)
        .limit(u64::try_from(seats.free()).unwrap_or_default())
        .all(tx)
        .await?;
    for (first, holder) in waiting {
        let offered = rules::offered(first, now);
        if let Some(holder) = holder {
            let mail = mails::seat_offered(group, &offered, &holder.email);
            mail::enqueue(tx, &app.master_key, now, &mail).await?;
        }
        write(tx, offered, "membership.offer_seat", now).await?;
        seats = Seats { waiting: seats.waiting - 1, ..seats.with_one_taken() };
    }
    Ok(seats)
}

/// Gives away the seats that time alone has freed: nobody signed, or an invitation that one was kept for has expired.
pub async fn offer_seats_that_time_freed(app: &State) -> Result<()> {
    let now = app.clock.now();
    let waiting = membership::Entity::find()
        .select_only()
        .column(membership::Column::ConsultationGroupId)
        .filter(membership::COLUMN.consultation_group_id.is_not_null())
        .filter(
            Condition::any().add(membership::COLUMN.status.eq(MembershipStatus::Waitlisted)).add(
                Condition::all()
                    .add(membership::COLUMN.status.eq(MembershipStatus::AwaitingSignature))
                    .add(membership::COLUMN.signature_due_at.lte(now)),
            ),
        )
        .into_query();
    let groups = consultation_group::Entity::find()
        .filter(consultation_group::COLUMN.id.in_subquery(waiting))
        .filter(consultation_group::COLUMN.status.ne(StoredGroupStatus::Dissolved))
        .all(app.db.read())
        .await?;
    for group in groups {
        app.db.write(async |tx| offer_free_seats(tx, app, &group, now).await).await?;
    }
    app.mail_waits.notify_one();
    Ok(())
}

/// A change that the service makes by itself.
async fn write(
    tx: &DatabaseTransaction,
    seat: membership::Model,
    action: &'static str,
    now: DateTime<Utc>,
) -> Result<()> {
    let seat = membership::Model { version: seat.version + 1, updated_at: now, ..seat };
    let event = audit::Event {
        action,
        subject_type: "membership",
        subject_id: seat.id,
        consultation_group_id: seat.consultation_group_id,
        account_id: Some(seat.account_id),
        ..Default::default()
    };
    let mut changed = seat.into_active_model().reset_all();
    changed.id = Unchanged(event.subject_id);
    membership::Entity::update(changed).exec(tx).await?;
    audit::record(tx, now, event).await
}
