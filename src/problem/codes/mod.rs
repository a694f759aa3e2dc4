//! The list of what can go wrong, and what is said of it.

use actix_web::http::StatusCode;

mod explanations;

/// What went wrong, as a stable key that clients switch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    MalformedJson,
    BadRequest,
    Unauthenticated,
    InvalidToken,
    InvalidCredentials,
    InvalidRefreshToken,
    Forbidden,
    InsufficientScope,
    EmailNotVerified,
    AccountSuspended,
    RegistrationClosed,
    InvitationForAnotherAddress,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    EmailTaken,
    InvalidTransition,
    SoleOwner,
    AlreadyMember,
    AlreadyReported,
    CooldownRunning,
    GroupNotJoinable,
    GroupFull,
    EventFull,
    AgreementChanged,
    ProfileNeeded,
    NameTaken,
    InUse,
    PlanFull,
    LimitReached,
    ScheduleFull,
    RefreshTokenJustUsed,
    IdempotencyKeyInUse,
    TokenExpired,
    InvitationExpired,
    InvitationClosed,
    StaleVersion,
    ContentTooLarge,
    UriTooLong,
    HeaderFieldsTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    InvalidCursor,
    IdempotencyKeyReused,
    OrganizationNotJoinable,
    LicenceRequired,
    WordingNeeded,
    NotEnoughAnswers,
    TooManyRequests,
    Internal,
    Unavailable,
}

/// What is said of a code everywhere: the answer, the `/problems/{code}` page, the published document.
pub struct Explanation {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub meaning: &'static str,
    pub mend: &'static str,
}

impl ProblemCode {
    pub const ALL: [ProblemCode; 52] = [
        Self::MalformedJson,
        Self::BadRequest,
        Self::Unauthenticated,
        Self::InvalidToken,
        Self::InvalidCredentials,
        Self::InvalidRefreshToken,
        Self::Forbidden,
        Self::InsufficientScope,
        Self::EmailNotVerified,
        Self::AccountSuspended,
        Self::RegistrationClosed,
        Self::InvitationForAnotherAddress,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::EmailTaken,
        Self::InvalidTransition,
        Self::SoleOwner,
        Self::AlreadyMember,
        Self::AlreadyReported,
        Self::CooldownRunning,
        Self::GroupNotJoinable,
        Self::GroupFull,
        Self::EventFull,
        Self::AgreementChanged,
        Self::ProfileNeeded,
        Self::NameTaken,
        Self::InUse,
        Self::PlanFull,
        Self::LimitReached,
        Self::ScheduleFull,
        Self::RefreshTokenJustUsed,
        Self::IdempotencyKeyInUse,
        Self::TokenExpired,
        Self::InvitationExpired,
        Self::InvitationClosed,
        Self::StaleVersion,
        Self::ContentTooLarge,
        Self::UriTooLong,
        Self::HeaderFieldsTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::InvalidCursor,
        Self::IdempotencyKeyReused,
        Self::OrganizationNotJoinable,
        Self::LicenceRequired,
        Self::WordingNeeded,
        Self::NotEnoughAnswers,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.explanation().code == code)
    }

    pub(super) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.explanation().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_each_has_its_words() {
        let mut seen = std::collections::HashSet::new();
        for code in ProblemCode::ALL {
            let Explanation { code, status, title, meaning, mend } = code.explanation();
            assert!(seen.insert(code), "{code} stands twice");
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            assert!((400..600).contains(&status), "{code}: {status}");
            assert!(!title.ends_with('.') && meaning.ends_with('.') && mend.ends_with('.'), "{code}");
        }
    }
}
