//! Which avenues ease a challenge, and what can be done here on an avenue.

/// What may ease a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Keys of avenues, the likeliest first.
    pub avenues: &'static [&'static str],
    /// Keys of instruments that look closer.
    pub instruments: &'static [&'static str],
}

/// Something that can be done here: words, and a path of this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    pub label: &'static str,
    pub path: &'static str,
    /// Only for those who are signed in.
    pub signed_in: bool,
}

/// What may ease a challenge; nothing for a word that is none.
pub fn advice(challenge: &str) -> Advice {
    let (avenues, instruments): (&[&str], &[&str]) = match challenge {
        "professional_isolation" => {
            (&["peer_consultation_group", "therapist_support_group", "local_association", "online_community"], &[])
        }
        // A consult is asked for within a peer consultation group.
        "decision_making_complexity" => (&["peer_consultation_group", "clinical_supervision"], &[]),
        "caseload_pressure" => (&["peer_consultation_group", "development_community"], &[]),
        "administrative_demands" => (&["training_program", "peer_consultation_group", "local_association"], &[]),
        "trauma_exposure" => (&["clinical_supervision", "peer_consultation_group"], &["proqol-5"]),
        "personal_matters" => (
            &[
                "friendships",
                "family",
                "therapist_support_group",
                "personal_development_workshop",
                "outside_networking",
            ],
            &[],
        ),
        _ => (&[], &[]),
    };
    Advice { avenues, instruments }
}

const fn open(label: &'static str, path: &'static str) -> Door {
    Door { label, path, signed_in: false }
}

const fn mine(label: &'static str, path: &'static str) -> Door {
    Door { label, path, signed_in: true }
}

/// What can be done here, by avenue.
const DOORS: [(&str, &[Door]); 16] = [
    (
        "development_community",
        &[
            open("Groups that learn together", "/v1/consultation-groups?purpose=study"),
            open("Organizations with a community", "/v1/organizations?offering=community"),
        ],
    ),
    (
        "online_community",
        &[
            open("Communities that meet online", "/v1/organizations?kind=online_community"),
            open("Online groups around a theme", "/v1/consultation-groups?purpose=interest&format=online"),
        ],
    ),
    (
        "clinical_supervision",
        &[
            open("Groups with a supervisor", "/v1/consultation-groups?purpose=clinical_supervision"),
            open("Organizations that offer supervision", "/v1/organizations?offering=supervision"),
        ],
    ),
    (
        "local_association",
        &[
            open("Local associations", "/v1/organizations?kind=local_association"),
            open("Organizations that bring colleagues together", "/v1/organizations?offering=networking"),
        ],
    ),
    (
        "conference_workshop",
        &[
            open("Coming conferences and workshops", "/v1/events?kind=conference&kind=workshop"),
            open("Organizations that hold them", "/v1/organizations?offering=conferences&offering=workshops"),
        ],
    ),
    (
        "training_program",
        &[
            open("Training institutes", "/v1/organizations?kind=training_institute"),
            open("Organizations that train", "/v1/organizations?offering=training"),
            open("Coming trainings", "/v1/events?kind=training"),
        ],
    ),
    (
        "peer_consultation_group",
        &[
            mine("Groups that fit my profile", "/v1/consultation-groups/matches?purpose=peer_consultation"),
            open("All peer consultation groups", "/v1/consultation-groups?purpose=peer_consultation"),
        ],
    ),
    ("friendships", &[mine("My friends in my plan", "/v1/support-plan/ties?avenue=friendships")]),
    ("family", &[mine("My family in my plan", "/v1/support-plan/ties?avenue=family")]),
    ("clubs_hobbies", &[mine("My clubs in my plan", "/v1/support-plan/ties?avenue=clubs_hobbies")]),
    (
        "community_events",
        &[
            open("Coming get-togethers of colleagues", "/v1/events?kind=social"),
            mine("My places in my plan", "/v1/support-plan/ties?avenue=community_events"),
        ],
    ),
    (
        "volunteering",
        &[
            open("Coming days of helping", "/v1/events?kind=volunteer_day"),
            open("Organizations that speak up for others", "/v1/organizations?kind=advocacy_organization"),
            mine("Where I help, in my plan", "/v1/support-plan/ties?avenue=volunteering"),
        ],
    ),
    (
        "outside_networking",
        &[
            open("Coming events to meet others", "/v1/events?kind=social&kind=volunteer_day"),
            mine("My other circles, in my plan", "/v1/support-plan/ties?avenue=outside_networking"),
        ],
    ),
    ("online_friendships", &[mine("My online friends, in my plan", "/v1/support-plan/ties?avenue=online_friendships")]),
    (
        "therapist_support_group",
        &[
            mine("Support groups that fit my profile", "/v1/consultation-groups/matches?purpose=personal_support"),
            open("All support groups", "/v1/consultation-groups?purpose=personal_support"),
        ],
    ),
    (
        "personal_development_workshop",
        &[
            open("Coming workshops", "/v1/events?kind=workshop"),
            open("Organizations that hold workshops", "/v1/organizations?offering=workshops"),
        ],
    ),
];

/// What can be done here on an avenue; nothing for a word that is none.
pub fn doors(avenue: &str) -> &'static [Door] {
    DOORS.iter().find(|(key, _)| *key == avenue).map_or(&[], |(_, doors)| doors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabularies::Vocabulary;

    #[test]
    fn every_challenge_has_avenues_and_every_avenue_has_a_door() {
        for challenge in Vocabulary::Challenges.terms() {
            let Advice { avenues, .. } = advice(&challenge.key);
            assert!((2..=5).contains(&avenues.len()), "{}", challenge.key);
            for avenue in avenues {
                assert!(Vocabulary::Avenues.contains(avenue), "{}: {avenue}", challenge.key);
            }
        }
        for avenue in Vocabulary::Avenues.terms() {
            assert!((1..=5).contains(&doors(&avenue.key).len()), "{}", avenue.key);
            assert!(doors(&avenue.key).iter().all(|door| door.path.starts_with("/v1/")), "{}", avenue.key);
        }
        assert_eq!((advice("nothing"), doors("nothing")), (Advice { avenues: &[], instruments: &[] }, &[][..]));
    }
}
