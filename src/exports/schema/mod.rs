//! Everything about me, as one document.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    accounts::schema::Account,
    calendar_feeds::schema::CalendarFeed,
    entities::{
        self, account, account_block, agreement, agreement_signature, audit_event, consultation_group, contribution,
        event, event_registration, invitation, licence, meeting, meeting_answer, meeting_attendance, meeting_role,
        membership, membership_type, organization, presenter_request, report, role_swap, session, slot_poll_answer,
    },
    hours::schema::{Certificate, HourEntry},
    insights::schema::Contribution,
    meetings::schema::MyMeetingAnswer,
    organizations::schema::Organization,
    reminders::schema::ReminderSettings,
    self_assessments::schema::{Opened, SelfAssessment, check_ins::CheckInSchedule, shares::SelfAssessmentShare},
    support_plan::schema::{SupportAction, SupportActionEntry, SupportTie},
};

mod meetings;
mod attendance;
mod events;
mod memberships;
mod profile;
mod rotation;
mod trust;

use attendance::ExportedAttendance;
use events::ExportedEventRegistration;
use meetings::ExportedSlotPollAnswer;
use memberships::{ExportedInvitation, ExportedMembership, ExportedSignature};
use profile::ExportedProfile;
use rotation::{ExportedMeetingRole, ExportedPresenterRequest, ExportedRoleSwap};
use trust::{ExportedBlock, ExportedReport};

/// What is stored about one account.
pub struct Everything {
    pub account: account::Model,
    pub sessions: Vec<session::Model>,
    pub profile: Option<entities::profile::Model>,
    /// With their numbers.
    pub licences: Vec<(licence::Model, Option<String>)>,
    pub organizations_proposed: Vec<organization::Model>,
    pub memberships: Vec<HeldMembership>,
    pub signatures: Vec<(agreement_signature::Model, Option<agreement::Model>)>,
    pub invitations_received: Vec<invitation::Model>,
    pub invitations_sent: Vec<invitation::Model>,
    pub blocks: Vec<(account_block::Model, Option<account::Model>)>,
    pub meeting_roles: Vec<meeting_role::Model>,
    /// Each with the meeting at which its turn came.
    pub presenter_requests: Vec<(presenter_request::Model, Option<meeting::Model>)>,
    pub role_swaps: Vec<role_swap::Model>,
    pub event_registrations: Vec<(event_registration::Model, Option<event::Model>)>,
    pub reports: Vec<report::Model>,
    pub calendar_feeds: Vec<CalendarFeed>,
    pub reminder_settings: Option<ReminderSettings>,
    pub self_assessments: Vec<Opened>,
    pub self_assessment_shares: Vec<SelfAssessmentShare>,
    pub self_assessment_shares_received: Vec<SelfAssessmentShare>,
    pub contributions: Vec<contribution::Model>,
    pub check_in_schedule: Option<CheckInSchedule>,
    pub support_actions: Vec<SupportAction>,
    pub support_action_log: Vec<SupportActionEntry>,
    pub support_ties: Vec<SupportTie>,
    pub meeting_answers: Vec<meeting_answer::Model>,
    pub slot_poll_answers: Vec<slot_poll_answer::Model>,
    pub attendance: Vec<(meeting_attendance::Model, Option<meeting::Model>)>,
    pub hours: Vec<HourEntry>,
    pub certificates: Vec<Certificate>,
    pub audit_events: Vec<audit_event::Model>,
}

/// A membership and what it is of.
pub struct HeldMembership {
    pub membership: membership::Model,
    pub terms: Option<membership_type::Model>,
    pub organization: Option<organization::Model>,
    pub consultation_group: Option<consultation_group::Model>,
}

/// Everything that this service holds about me.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "exported_at": "2026-11-23T18:00:00Z",
    "account": {
        "id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6b", "email": "ana@example.org", "display_name": "Ana Reyes",
        "locale": "en", "time_zone": "America/Los_Angeles", "platform_role": "member",
        "created_at": "2026-11-23T17:58:00Z", "version": 1
    },
    "sessions": [{
        "id": "01981b3e-8f1c-7a53-9f0a-3c1d2e4f5a6c", "created_at": "2026-11-23T17:59:00Z",
        "last_used_at": "2026-11-23T17:59:00Z", "expires_at": "2026-12-23T17:59:00Z"
    }],
    "licences": [{"family": "mft", "title": "LMFT", "jurisdiction": "US-CA", "number": "LMFT-1234567"}],
    "organizations_proposed": [], "memberships": [], "signatures": [], "invitations_received": [], "invitations_sent": [], "event_registrations": [], "blocks": [],
    "meeting_roles": [], "presenter_requests": [], "role_swaps": [],
    "reports": [], "calendar_feeds": [], "self_assessments": [], "self_assessment_shares": [], "self_assessment_shares_received": [], "contributions": [], "support_actions": [], "support_action_log": [], "support_ties": [],
    "meeting_answers": [], "slot_poll_answers": [],
    "attendance": [], "hours": [], "certificates": [],
    "audit_events": []
}))]
pub struct AccountExport {
    /// When this was put together.
    pub exported_at: DateTime<Utc>,
    /// My account.
    pub account: Account,
    /// Where I am or was signed in.
    #[schema(max_items = 100000)]
    pub sessions: Vec<ExportedSession>,
    /// What I tell colleagues about my work, if I do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub profile: Option<ExportedProfile>,
    /// My licences.
    #[schema(max_items = 100000)]
    pub licences: Vec<ExportedLicence>,
    /// Organizations that I proposed, whatever became of them.
    #[schema(max_items = 100000)]
    pub organizations_proposed: Vec<Organization>,
    /// My memberships, also those that ended.
    #[schema(max_items = 100000)]
    pub memberships: Vec<ExportedMembership>,
    /// Agreements of consultation groups that I signed.
    #[schema(max_items = 100000)]
    pub signatures: Vec<ExportedSignature>,
    /// Invitations to my address, once it is confirmed.
    #[schema(max_items = 100000)]
    pub invitations_received: Vec<ExportedInvitation>,
    /// Invitations that I sent.
    #[schema(max_items = 100000)]
    pub invitations_sent: Vec<ExportedInvitation>,
    /// Roles at meetings that were agreed on or came to pass.
    #[schema(max_items = 100000)]
    pub meeting_roles: Vec<ExportedMeetingRole>,
    /// When I wished to present.
    #[schema(max_items = 100000)]
    pub presenter_requests: Vec<ExportedPresenterRequest>,
    /// Roles that I asked others to take, and they asked me.
    #[schema(max_items = 100000)]
    pub role_swaps: Vec<ExportedRoleSwap>,
    /// Events for which I registered, also those that I withdrew from.
    #[schema(max_items = 100000)]
    pub event_registrations: Vec<ExportedEventRegistration>,
    /// Whom I do not wish to meet.
    #[schema(max_items = 100000)]
    pub blocks: Vec<ExportedBlock>,
    /// What I reported.
    #[schema(max_items = 100000)]
    pub reports: Vec<ExportedReport>,
    /// My calendar feeds, without their addresses.
    #[schema(max_items = 100000)]
    pub calendar_feeds: Vec<CalendarFeed>,
    /// How I am reminded, if I ever said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reminder_settings: Option<ReminderSettings>,
    /// What I answered about myself, and what came of it.
    #[schema(max_items = 100000)]
    pub self_assessments: Vec<SelfAssessment>,
    /// Whom I let read one of them, also those whose time is over.
    #[schema(max_items = 100000)]
    pub self_assessment_shares: Vec<SelfAssessmentShare>,
    /// What others let me read now.
    #[schema(max_items = 100000)]
    pub self_assessment_shares_received: Vec<SelfAssessmentShare>,
    /// Where they count.
    #[schema(max_items = 100000)]
    pub contributions: Vec<Contribution>,
    /// How often I mean to take stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub check_in_schedule: Option<CheckInSchedule>,
    /// What I mean to do for myself.
    #[schema(max_items = 100000)]
    pub support_actions: Vec<SupportAction>,
    /// Each time that I did it.
    #[schema(max_items = 100000)]
    pub support_action_log: Vec<SupportActionEntry>,
    /// The people and places that hold me.
    #[schema(max_items = 100000)]
    pub support_ties: Vec<SupportTie>,
    /// Whether I said that I come to meetings.
    #[schema(max_items = 100000)]
    pub meeting_answers: Vec<MyMeetingAnswer>,
    /// Which times I said would suit me.
    #[schema(max_items = 100000)]
    pub slot_poll_answers: Vec<ExportedSlotPollAnswer>,
    /// How I took part in meetings.
    #[schema(max_items = 100000)]
    pub attendance: Vec<ExportedAttendance>,
    /// The hours that meetings came to for me.
    #[schema(max_items = 100000)]
    pub hours: Vec<HourEntry>,
    /// Certificates of these hours.
    #[schema(max_items = 100000)]
    pub certificates: Vec<Certificate>,
    /// What I did, and what was done to what is mine.
    #[schema(max_items = 100000)]
    pub audit_events: Vec<ExportedEvent>,
}

impl AccountExport {
    pub fn new(exported_at: DateTime<Utc>, everything: Everything) -> Self {
        let Everything { account, sessions, profile, licences, memberships, signatures, .. } = everything;
        Self {
            exported_at,
            account: account.into(),
            sessions: sessions.into_iter().map(Into::into).collect(),
            profile: profile.map(Into::into),
            licences: licences.into_iter().map(Into::into).collect(),
            organizations_proposed: everything.organizations_proposed.into_iter().map(Into::into).collect(),
            memberships: memberships.into_iter().map(|held| ExportedMembership::new(held, exported_at)).collect(),
            signatures: signatures.into_iter().map(Into::into).collect(),
            invitations_received: everything.invitations_received.into_iter().map(Into::into).collect(),
            invitations_sent: everything.invitations_sent.into_iter().map(Into::into).collect(),
            meeting_roles: everything.meeting_roles.into_iter().map(Into::into).collect(),
            presenter_requests: everything.presenter_requests.into_iter().map(Into::into).collect(),
            role_swaps: everything.role_swaps.into_iter().map(Into::into).collect(),
            event_registrations: everything.event_registrations.into_iter().map(Into::into).collect(),
            blocks: everything.blocks.into_iter().map(Into::into).collect(),
            reports: everything.reports.into_iter().map(Into::into).collect(),
            calendar_feeds: everything.calendar_feeds,
            reminder_settings: everything.reminder_settings,
            self_assessments: everything
                .self_assessments
                .into_iter()
                .map(|one| SelfAssessment::whole(one, exported_at))
                .collect(),
            self_assessment_shares: everything.self_assessment_shares,
            self_assessment_shares_received: everything.self_assessment_shares_received,
            contributions: everything.contributions.into_iter().map(Into::into).collect(),
            check_in_schedule: everything.check_in_schedule,
            support_actions: everything.support_actions,
            support_action_log: everything.support_action_log,
            support_ties: everything.support_ties,
            meeting_answers: everything.meeting_answers.into_iter().map(Into::into).collect(),
            slot_poll_answers: everything.slot_poll_answers.into_iter().map(Into::into).collect(),
            attendance: everything.attendance.into_iter().map(Into::into).collect(),
            hours: everything.hours,
            certificates: everything.certificates,
            audit_events: everything.audit_events.into_iter().map(Into::into).collect(),
        }
    }
}

/// A signed-in device.
#[derive(Serialize, ToSchema)]
pub struct ExportedSession {
    /// The session.
    pub id: Uuid,
    /// What I called the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub device_label: Option<String>,
    /// When I signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<session::Model> for ExportedSession {
    fn from(row: session::Model) -> Self {
        Self {
            id: row.id,
            device_label: row.device_label,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}

/// A licence to practise.
#[derive(Serialize, ToSchema)]
pub struct ExportedLicence {
    /// Key of its family.
    #[schema(max_length = 64)]
    pub family: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// ISO 3166-2 code of where it holds.
    #[schema(max_length = 10)]
    pub jurisdiction: String,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub number: Option<String>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_on: Option<NaiveDate>,
    /// When it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub verified_at: Option<DateTime<Utc>>,
}

impl From<(licence::Model, Option<String>)> for ExportedLicence {
    fn from((row, number): (licence::Model, Option<String>)) -> Self {
        Self {
            family: row.family,
            title: row.title,
            jurisdiction: row.jurisdiction,
            number,
            expires_on: row.expires_on,
            verified_at: row.verified_at,
        }
    }
}

/// A line of the audit trail.
#[derive(Serialize, ToSchema)]
pub struct ExportedEvent {
    /// The event.
    pub id: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What happened.
    #[schema(max_length = 64)]
    pub action: String,
    /// Who did it; nobody for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor_id: Option<Uuid>,
    /// The kind of thing that it happened to.
    #[schema(max_length = 64)]
    pub subject_type: String,
    /// The thing that it happened to.
    pub subject_id: Uuid,
    /// The organization that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organization_id: Option<Uuid>,
    /// The consultation group that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consultation_group_id: Option<Uuid>,
    /// Whom it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_id: Option<Uuid>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub reason_code: Option<String>,
}

impl From<audit_event::Model> for ExportedEvent {
    fn from(row: audit_event::Model) -> Self {
        Self {
            id: row.id,
            occurred_at: row.occurred_at,
            action: row.action,
            actor_id: row.actor_id,
            subject_type: row.subject_type,
            subject_id: row.subject_id,
            organization_id: row.organization_id,
            consultation_group_id: row.consultation_group_id,
            account_id: row.account_id,
            reason_code: row.reason_code,
        }
    }
}
