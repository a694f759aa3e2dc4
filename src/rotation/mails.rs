use crate::{
    entities::{consultation_group, meeting_role::MeetingRole},
    mail::Mail,
};

/// Tells somebody that a colleague asks them to take a role, at a time by the wall clock of the meeting.
pub fn swap_asked(
    group: &consultation_group::Model,
    role: MeetingRole,
    starts: &str,
    exchange: Option<&str>,
    recipient: &str,
) -> Mail {
    let name = &group.name;
    let what = match role {
        MeetingRole::Facilitator => "lead the meeting",
        MeetingRole::Presenter => "present at the meeting",
    };
    let in_exchange =
        exchange.map(|starts| format!(" In exchange they would do it for you on {starts}.")).unwrap_or_default();
    Mail {
        recipient: recipient.to_owned(),
        subject: "Somebody asks you to swap".to_owned(),
        body: format!(
            "Hello,\n\n\
             A colleague in {name} asks you to {what} on {starts} in their place.{in_exchange}\n\n\
             Accept or decline in the app. If you do nothing, it stays as it is.\n"
        ),
    }
}
