//! Grants on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{
    entities::{
        account,
        self_assessment_share::{self, ShareScope},
        self_assessment_share_read,
    },
    http::page::Page,
    self_assessments::rules::shares::{self, ShareStatus},
};

pub type SelfAssessmentSharePage = Page<SelfAssessmentShare>;
pub type SelfAssessmentShareReadPage = Page<SelfAssessmentShareRead>;

/// Somebody who may read a self-assessment of mine.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account_id": "01936b2f-5f00-7000-8000-000000000202", "scope": "band", "expires_at": "2026-12-24T18:00:00Z"}))]
pub struct SelfAssessmentShareCreate {
    /// Any account but mine.
    pub account_id: Uuid,
    /// How much of it they may read.
    pub scope: ShareScope,
    /// Until when, at most 90 days ahead; 30 days, where nothing is said.
    #[schema(nullable = false)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which way shares go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareDirection {
    /// From me to others.
    Given,
    /// From others to me, as long as they are live.
    #[default]
    Received,
}

/// Which shares.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SelfAssessmentShareFilter {
    /// Those that I was given, as long as they are live, or those that I gave. `received`, where nothing is said.
    #[param(inline)]
    pub direction: Option<ShareDirection>,
}

/// A grant to one account to read a self-assessment, until it ends or is revoked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000811", "self_assessment_id": "01936b2f-5f00-7000-8000-000000000801", "owner_id": "01936b2f-5f00-7000-8000-000000000201", "recipient_id": "01936b2f-5f00-7000-8000-000000000202", "display_name": "Ben Okafor", "scope": "band", "status": "live", "expires_at": "2026-12-24T18:00:00Z", "read_count": 1, "last_read_at": "2026-11-25T08:00:00Z", "created_at": "2026-11-24T18:00:00Z", "version": 1}))]
pub struct SelfAssessmentShare {
    /// Its id.
    pub id: Uuid,
    /// What is shared.
    pub self_assessment_id: Uuid,
    /// Whose it is.
    pub owner_id: Uuid,
    /// Who may read it.
    pub recipient_id: Uuid,
    /// The name of the other: of who may read it, for its owner; of its owner, for who may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub display_name: Option<String>,
    /// How much of it they may read.
    pub scope: ShareScope,
    /// Where it stands.
    pub status: ShareStatus,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// How often it was read.
    #[schema(minimum = 0)]
    pub read_count: i64,
    /// When it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_read_at: Option<DateTime<Utc>>,
    /// Since when it stands.
    pub created_at: DateTime<Utc>,
    /// Rises with each change.
    pub version: i64,
}

/// A share and the other of the two.
pub type Seen = (self_assessment_share::Model, Option<account::Model>);

impl SelfAssessmentShare {
    pub fn new((row, other): Seen, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            status: shares::status(&row, now),
            self_assessment_id: row.self_assessment_id,
            owner_id: row.owner_id,
            recipient_id: row.recipient_id,
            display_name: other.map(|other| other.display_name),
            scope: row.scope,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            read_count: row.read_count,
            last_read_at: row.last_read_at,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// That a self-assessment of mine was read by whom I share it with.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "01936b2f-5f00-7000-8000-000000000821", "read_at": "2026-11-25T08:00:00Z"}))]
pub struct SelfAssessmentShareRead {
    /// Its id.
    pub id: Uuid,
    /// When it was read.
    pub read_at: DateTime<Utc>,
}

impl From<self_assessment_share_read::Model> for SelfAssessmentShareRead {
    fn from(row: self_assessment_share_read::Model) -> Self {
        Self { id: row.id, read_at: row.read_at }
    }
}

/// By which grant I read it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"share_id": "01936b2f-5f00-7000-8000-000000000811", "owner_id": "01936b2f-5f00-7000-8000-000000000201", "scope": "band", "expires_at": "2026-12-24T18:00:00Z"}))]
pub struct SharedBy {
    /// The grant.
    pub share_id: Uuid,
    /// Whose it is.
    pub owner_id: Uuid,
    /// How much of it I may read.
    pub scope: ShareScope,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl From<&self_assessment_share::Model> for SharedBy {
    fn from(row: &self_assessment_share::Model) -> Self {
        Self { share_id: row.id, owner_id: row.owner_id, scope: row.scope, expires_at: row.expires_at }
    }
}
