use crate::{
    entities::{consultation_group, membership},
    mail::Mail,
};

/// Tells somebody that a seat is theirs once they sign the agreement.
pub fn seat_offered(group: &consultation_group::Model, seat: &membership::Model, recipient: &str) -> Mail {
    let name = &group.name;
    let until = seat.signature_due_at.map(|due| due.date_naive().to_string()).unwrap_or_default();
    Mail {
        recipient: recipient.to_owned(),
        subject: "A seat is yours".to_owned(),
        body: format!(
            "Hello,\n\n\
             There is a seat for you in {name}. Read its agreement and sign it by {until}; until then the seat is kept \
             for you.\n\n\
             If you no longer want it, withdraw your request, and the next person gets it.\n"
        ),
    }
}
