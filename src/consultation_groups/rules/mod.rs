//! Who may do what to a group, what becomes of it, to whom its seats go.

mod health;
mod life;
mod matching_key;
#[cfg(test)]
mod matrix;
mod seats;
mod standing;

pub use health::{HealthSign, Vitals, signs};
pub use life::{
    Case, Change, GroupStatus, LARGEST_CIRCLE, Refusal, SMALLEST, after, met, size_faults, status_at, with_dormancy,
};
pub use matching_key::{MatchingKey, WeekdayHours, Words, matching_key, weekday_hours};
pub use seats::{DAYS_TO_SIGN, Seats, families_fit, licence_fits, offered, seated, signature_due};
pub use standing::{Seat, Standing, is_visible};

#[cfg(test)]
pub mod samples {
    //! Groups to decide about.

    use uuid::Uuid;

    use crate::entities::{
        consultation_group::{self, GroupFormat, GroupJoinPolicy, GroupPurpose, GroupVisibility, StoredGroupStatus},
        membership::samples::now,
    };

    /// An active group with an agreement, which meets fortnightly.
    pub fn group() -> consultation_group::Model {
        consultation_group::Model {
            id: Uuid::from_u128(40),
            name: "Harbor Circle".into(),
            slug: "harbor-circle".into(),
            purpose: GroupPurpose::PeerConsultation,
            description: Some("Trauma work.".into()),
            specialties: Default::default(),
            modalities: Default::default(),
            populations: Default::default(),
            languages: Default::default(),
            experience: Default::default(),
            licence_families: Default::default(),
            format: GroupFormat::Online,
            country: None,
            region: None,
            city: None,
            time_zone: "UTC".into(),
            availability: Default::default(),
            meeting_minutes: 90,
            cadence_days: 14,
            consultation_format: None,
            min_size: 4,
            max_size: 8,
            quorum: 3,
            join_policy: GroupJoinPolicy::Approval,
            join_questions: Default::default(),
            visibility: GroupVisibility::Public,
            organization_id: None,
            status: StoredGroupStatus::Active,
            paused_until: None,
            alive_at: Some(now()),
            kept_until: None,
            dormant_at: Some(now() + chrono::TimeDelta::days(42)),
            agreement_number: Some(1),
            sort_name: "harbor circle".into(),
            search_name: "harbor circle".into(),
            search_text: String::new(),
            matching_key: String::new(),
            created_by: Uuid::from_u128(1),
            version: 1,
            created_at: now(),
            updated_at: now(),
        }
    }
}
