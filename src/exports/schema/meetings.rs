//! What I said about meetings, in the export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{entities::slot_poll_answer, slot_polls::schema::SlotFit};

/// How the times of a poll suited me.
#[derive(Serialize, ToSchema)]
pub struct ExportedSlotPollAnswer {
    /// The poll.
    pub slot_poll_id: Uuid,
    /// How each time suited me.
    #[schema(max_items = 10)]
    pub fits: Vec<SlotFit>,
    /// When I said so.
    pub answered_at: DateTime<Utc>,
}

impl From<slot_poll_answer::Model> for ExportedSlotPollAnswer {
    fn from(row: slot_poll_answer::Model) -> Self {
        let fits = row.fits.0.into_iter().map(SlotFit::from).collect();
        Self { slot_poll_id: row.slot_poll_id, fits, answered_at: row.answered_at }
    }
}
