use crate::{
    entities::event::{self, EventFormat},
    mail::Mail,
};

/// When and where, in a line.
fn appointment(event: &event::Model) -> String {
    let start = event.starts_local.replace('T', ", ");
    let place = event.place.as_ref().map(|place| format!(" It takes place at {place}.")).unwrap_or_default();
    let online = match event.format {
        EventFormat::Online => " It takes place online.",
        EventFormat::InPerson => "",
        EventFormat::Hybrid => " You can also take part online.",
    };
    format!("It starts on {start} ({}).{place}{online}", event.time_zone)
}

/// Tells somebody who waited that they have a place.
pub fn place_freed(event: &event::Model, recipient: &str) -> Mail {
    let (title, appointment) = (&event.title, appointment(event));
    Mail {
        recipient: recipient.to_owned(),
        subject: "You have a place".to_owned(),
        body: format!(
            "Hello,\n\n\
             A place has become free in {title}, and it is yours. {appointment}\n\n\
             If you cannot come, withdraw your registration, and the next person gets the place.\n"
        ),
    }
}

/// Tells somebody who registered that the event is at another time or place.
pub fn moved(event: &event::Model, recipient: &str) -> Mail {
    let (title, appointment) = (&event.title, appointment(event));
    Mail {
        recipient: recipient.to_owned(),
        subject: "An event has moved".to_owned(),
        body: format!(
            "Hello,\n\n\
             {title}, for which you registered, is at another time or place now. {appointment}\n\n\
             If you cannot come, withdraw your registration.\n"
        ),
    }
}

/// Tells somebody who registered that the event does not take place, and why.
pub fn cancelled(event: &event::Model, recipient: &str) -> Mail {
    let (title, start) = (&event.title, event.starts_local.replace('T', ", "));
    let reason = event.cancel_reason.as_deref().unwrap_or_default();
    Mail {
        recipient: recipient.to_owned(),
        subject: "An event is cancelled".to_owned(),
        body: format!(
            "Hello,\n\n\
             {title}, for which you registered, does not take place. It was to start on {start} ({}).\n\n\
             The organizers write:\n\n{reason}\n",
            event.time_zone
        ),
    }
}
