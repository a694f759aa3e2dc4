//! What is derived from the clock, as conditions of a query. `rules` says the same of one membership; a test holds the
//! two together.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, DbBackend,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, SimpleExpr},
};

use crate::{
    db::dates::days_after,
    entities::{
        membership::{self, MembershipStanding, MembershipStatus},
        membership_type,
    },
    memberships::rules::{DEFAULT_GRACE_DAYS, DEFAULT_NEW_DAYS},
};

/// Has one of these statuses at `now`.
pub fn has_status(statuses: &[MembershipStatus], now: DateTime<Utc>) -> Condition {
    let today = now.date_naive();
    let stored = |status| Condition::all().add(membership::COLUMN.status.eq(status));
    statuses.iter().fold(Condition::any(), |any, status| {
        any.add(match status {
            MembershipStatus::Active => membership::active_on(today),
            MembershipStatus::OnLeave | MembershipStatus::Suspended => {
                stored(*status).add(membership::active_on(today).not())
            }
            MembershipStatus::AwaitingSignature => membership::awaits_signature_at(now),
            MembershipStatus::Ended => membership::open_at(now).not(),
            MembershipStatus::Requested | MembershipStatus::Waitlisted => stored(*status),
        })
    })
}

/// Holds a place and stands in one of these ways on `today`. The query joins the membership type.
pub fn stands(backend: DbBackend, standings: &[MembershipStanding], today: NaiveDate) -> Condition {
    Condition::all()
        .add(membership::COLUMN.status.is_in(MembershipStatus::PLACED))
        .add(standing(backend, today).is_in(standings.iter().map(ActiveEnum::to_value)))
}

fn standing(backend: DbBackend, today: NaiveDate) -> SimpleExpr {
    let word = |standing: MembershipStanding| Expr::value(ActiveEnum::to_value(&standing));
    let span = |column: membership_type::Column, default: i64| {
        SimpleExpr::from(Func::coalesce([column.into_expr(), Expr::value(default)]))
    };
    let (starts_on, ends_on) = (|| membership::Column::StartsOn.into_expr(), || membership::Column::EndsOn.into_expr());
    let until = || membership::Column::StandingOverrideUntil.into_expr();
    let last_of_grace = days_after(backend, ends_on(), span(membership_type::Column::GraceDays, DEFAULT_GRACE_DAYS));
    let no_longer_new = days_after(backend, starts_on(), span(membership_type::Column::NewDays, DEFAULT_NEW_DAYS));
    let overridden =
        membership::Column::StandingOverride.into_expr().is_not_null().and(until().is_null().or(until().gte(today)));
    CaseStatement::new()
        .case(overridden, membership::Column::StandingOverride.into_expr())
        .case(starts_on().gt(today), word(MembershipStanding::Scheduled))
        .case(ends_on().is_null().or(ends_on().gte(today)).and(no_longer_new.gt(today)), word(MembershipStanding::New))
        .case(ends_on().is_null().or(ends_on().gte(today)), word(MembershipStanding::Current))
        .case(last_of_grace.gte(today), word(MembershipStanding::Grace))
        .finally(word(MembershipStanding::Expired))
        .into()
}
