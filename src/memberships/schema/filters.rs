use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::entities::membership::{MembershipKind, MembershipRole, MembershipStanding, MembershipStatus, Verification};

/// Which of my memberships to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembershipFilter {
    /// Of this kind.
    #[serde(default)]
    #[validate(length(max = 5))]
    #[param(required = false, max_items = 5)]
    pub kind: Vec<MembershipKind>,
    /// Of this status today; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<MembershipStatus>,
    /// With this role; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub role: Vec<MembershipRole>,
    /// In this organization.
    #[param(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// In this consultation group.
    #[param(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// `requested_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<MembershipSort>,
}

/// What memberships are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum MembershipSort {
    #[serde(rename = "requested_at")]
    RequestedAt,
    #[serde(rename = "-requested_at")]
    RequestedAtDescending,
}

/// Whom of a roster to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RosterFilter {
    /// Of this status today; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<MembershipStatus>,
    /// With this role; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub role: Vec<MembershipRole>,
    /// Who stand like this today; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub standing: Vec<MembershipStanding>,
    /// Checked this far; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub verification: Vec<Verification>,
    /// Beginnings of words of the display name, without regard to case and diacritics.
    #[validate(length(max = 200))]
    #[param(nullable = false, max_length = 200)]
    pub q: Option<String>,
    /// `requested_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<RosterSort>,
}

/// Whom of a group to list.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeatFilter {
    /// Of this status now; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub status: Vec<MembershipStatus>,
    /// With this role; repeat it for either.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[param(required = false, max_items = 10)]
    pub role: Vec<MembershipRole>,
    /// `requested_at` when absent; `-` in front turns it round.
    #[param(inline, nullable = false)]
    pub sort: Option<RosterSort>,
}

/// What a roster is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum RosterSort {
    #[serde(rename = "requested_at")]
    RequestedAt,
    #[serde(rename = "-requested_at")]
    RequestedAtDescending,
    #[serde(rename = "display_name")]
    DisplayName,
    #[serde(rename = "-display_name")]
    DisplayNameDescending,
}
