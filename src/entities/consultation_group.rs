//! A small group of therapists who consult one another.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Strings, WeeklyHours};

/// What a group is for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GroupPurpose {
    /// Colleagues consult one another on their work.
    PeerConsultation,
    /// A supervisor is answerable for the work of the others.
    ClinicalSupervision,
    /// Members look after one another.
    PersonalSupport,
    /// A theme that members share.
    Interest,
    /// Members learn together.
    Study,
}

/// Where a group meets.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GroupFormat {
    /// By video, from anywhere.
    Online,
    /// In one room.
    InPerson,
    /// Some in the room, others by video.
    Hybrid,
}

/// How one gets a seat.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GroupJoinPolicy {
    /// Anyone takes a free seat at once.
    Open,
    /// An owner or facilitator decides.
    Approval,
    /// By invitation only.
    Invitation,
}

/// Who may see the card of a group. Its roster is for its members whatever this says.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GroupVisibility {
    /// Everyone, signed in or not.
    Public,
    /// Everyone who is signed in.
    Members,
    /// Those who belong to it or are invited.
    Hidden,
}

/// Where a group stands in its life, as stored.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StoredGroupStatus {
    /// Seen by its founder alone.
    Draft,
    /// Gathers its members.
    Forming,
    /// Meets.
    Active,
    /// Rests until `paused_until`.
    Paused,
    /// Read-only.
    Archived,
    /// Ended; its texts are gone.
    Dissolved,
}

/// A question that applicants answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredQuestion {
    pub key: String,
    pub question: String,
    pub required: bool,
}

/// Questions in one JSON column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct StoredQuestions(pub Vec<StoredQuestion>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "consultation_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub slug: String,
    pub purpose: GroupPurpose,
    pub description: Option<String>,
    pub specialties: Strings,
    pub modalities: Strings,
    pub populations: Strings,
    pub languages: Strings,
    /// Bands of experience that it takes; any, where there are none.
    pub experience: Strings,
    /// One of these is asked of members; none, where there are none.
    pub licence_families: Strings,
    pub format: GroupFormat,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub region: Option<String>,
    pub city: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// When it meets or could meet, local to `time_zone`.
    pub availability: WeeklyHours,
    pub meeting_minutes: i64,
    /// Days from one meeting to the next.
    pub cadence_days: i64,
    /// Key of the vocabulary `consultation_formats`.
    pub consultation_format: Option<String>,
    pub min_size: i64,
    pub max_size: i64,
    pub quorum: i64,
    pub join_policy: GroupJoinPolicy,
    pub join_questions: StoredQuestions,
    pub visibility: GroupVisibility,
    pub organization_id: Option<Uuid>,
    /// As stored: a pause that has run out still stands here, and dormancy never does.
    pub status: StoredGroupStatus,
    /// The last day of a pause.
    pub paused_until: Option<Date>,
    /// When it last showed life: was published, activated or revived, or met.
    pub alive_at: Option<DateTimeUtc>,
    /// Until when its members asked for patience.
    pub kept_until: Option<DateTimeUtc>,
    /// From when on it is dormant, unless it shows life before.
    pub dormant_at: Option<DateTimeUtc>,
    /// The number of the agreement in force.
    pub agreement_number: Option<i64>,
    /// Folded name.
    pub sort_name: String,
    /// Folded words of the name.
    pub search_name: String,
    /// Folded words of the rest.
    pub search_text: String,
    /// What matching reads, packed.
    pub matching_key: String,
    pub created_by: Uuid,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
