//! Invitations that end because something else did: whoever made them may no longer, or what they invite to is gone.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    audit,
    entities::invitation::{self, Column, InvitationStatus},
    problem::Result,
};

/// Revokes the pending invitations among `which`, with a line in the audit trail for each. `reason_code` says what ended
/// them.
pub async fn revoke(
    tx: &DatabaseTransaction,
    which: Condition,
    actor_id: Option<Uuid>,
    reason_code: &'static str,
    now: DateTime<Utc>,
) -> Result<()> {
    let pending = which.add(invitation::COLUMN.status.eq(InvitationStatus::Pending));
    let revoked = invitation::Entity::find().filter(pending.clone()).all(tx).await?;
    if revoked.is_empty() {
        return Ok(());
    }
    invitation::Entity::update_many()
        .col_expr(Column::Status, Expr::value(InvitationStatus::Revoked))
        .col_expr(Column::DecidedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(pending)
        .exec(tx)
        .await?;
    let events = revoked.into_iter().map(|invitation| audit::Event {
        action: "invitation.revoke",
        actor_id,
        subject_type: "invitation",
        subject_id: invitation.id,
        organization_id: invitation.organization_id,
        consultation_group_id: invitation.consultation_group_id,
        account_id: None,
        reason_code: Some(reason_code),
    });
    audit::record_all(tx, now, events.collect()).await
}
