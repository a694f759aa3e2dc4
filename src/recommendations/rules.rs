//! Why something is recommended, and which of what can be joined.

use uuid::Uuid;

use crate::{
    entities::{consultation_group::GroupPurpose, event::EventKind, organization::OrganizationKind},
    support_plan::rules::advice,
};

/// How many groups, organizations and events each stand beside a challenge at most.
pub const MOST_OPTIONS: usize = 3;

/// A challenge that weighs on somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burden {
    pub challenge: String,
    pub burden: i64,
    pub band: Option<String>,
}

/// What an organization is looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    Kind(OrganizationKind),
    /// Key of an offering.
    Offering(&'static str),
}

/// What an event is looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathering {
    Kinds(&'static [EventKind]),
    /// Held by a local association of one's own region.
    Local,
}

/// How near an organization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    Region,
    Country,
    Elsewhere,
}

/// Something to join, and the avenue that it lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: Uuid,
    pub avenue: &'static str,
    pub name: String,
    pub why: String,
}

/// Those that weigh something, in the order of the check.
pub fn heavy(ranking: Vec<Burden>) -> Vec<Burden> {
    ranking.into_iter().filter(|one| one.burden > 0).collect()
}

/// Why to do something about a challenge: a sentence.
pub fn why(challenge: &str, band: Option<&str>) -> String {
    let weight = match band {
        Some("high") => "This weighs heavily on you",
        Some("moderate") => "This weighs on you",
        _ => "This weighs a little on you",
    };
    let turn = match challenge {
        "professional_isolation" => "days full of talk need some in which somebody asks how you are",
        "decision_making_complexity" => {
            "a hard decision is lighter when colleagues think with you, which is what a consult in a group is for"
        }
        "caseload_pressure" => "others who carry as much know what to put down, and how to say no",
        "administrative_demands" => "somebody has solved the same form before, and most of it can be learnt",
        "trauma_exposure" => "what you hear leaves traces, and they fade where you can speak of them",
        "personal_matters" => "you are more than your work, and may lean on people as others lean on you",
        _ => "company may ease it",
    };
    format!("{weight}: {turn}.")
}

/// For what a group on an avenue is.
pub fn purpose(avenue: &str) -> Option<GroupPurpose> {
    match avenue {
        "peer_consultation_group" => Some(GroupPurpose::PeerConsultation),
        "therapist_support_group" => Some(GroupPurpose::PersonalSupport),
        "clinical_supervision" => Some(GroupPurpose::ClinicalSupervision),
        "development_community" => Some(GroupPurpose::Study),
        _ => None,
    }
}

/// By what an organization on an avenue is looked for.
pub fn sought(avenue: &str) -> Option<Sought> {
    match avenue {
        "local_association" => Some(Sought::Kind(OrganizationKind::LocalAssociation)),
        "online_community" => Some(Sought::Kind(OrganizationKind::OnlineCommunity)),
        "training_program" => Some(Sought::Offering("training")),
        "conference_workshop" => Some(Sought::Offering("conferences")),
        "development_community" => Some(Sought::Offering("community")),
        "clinical_supervision" => Some(Sought::Offering("supervision")),
        "personal_development_workshop" => Some(Sought::Offering("workshops")),
        _ => None,
    }
}

/// By what an event on an avenue is looked for.
pub fn gathering(avenue: &str) -> Option<Gathering> {
    match avenue {
        "conference_workshop" => Some(Gathering::Kinds(&[EventKind::Conference, EventKind::Workshop])),
        "training_program" => Some(Gathering::Kinds(&[EventKind::Training])),
        "personal_development_workshop" => Some(Gathering::Kinds(&[EventKind::Workshop])),
        "community_events" | "outside_networking" => {
            Some(Gathering::Kinds(&[EventKind::Social, EventKind::VolunteerDay]))
        }
        "volunteering" => Some(Gathering::Kinds(&[EventKind::VolunteerDay])),
        "local_association" => Some(Gathering::Local),
        _ => None,
    }
}

/// Every avenue that is advised for one of the challenges, once.
pub fn avenues(burdens: &[Burden]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for avenue in burdens.iter().flat_map(|one| advice(&one.challenge).avenues) {
        if !all.contains(avenue) {
            all.push(*avenue);
        }
    }
    all
}

/// Why a group is an option: how well it fits, and what fits best.
pub fn why_group(score: f64, best_reason: Option<&str>) -> String {
    match best_reason {
        Some(reason) => format!("It fits your profile with {score} of 100. {reason}."),
        None => format!("It fits your profile with {score} of 100."),
    }
}

/// Why an organization is an option.
pub fn why_organization(sought: Sought, nearness: Nearness) -> String {
    let what = match sought {
        Sought::Kind(OrganizationKind::LocalAssociation) => "A local association that takes members",
        Sought::Kind(OrganizationKind::OnlineCommunity) => "A community that meets online and takes members",
        Sought::Kind(_) => "It takes members",
        Sought::Offering("training") => "It trains, and takes members",
        Sought::Offering("conferences") => "It holds conferences, and takes members",
        Sought::Offering("community") => "It keeps a community of colleagues, and takes members",
        Sought::Offering("supervision") => "It offers supervision, and takes members",
        Sought::Offering("workshops") => "It holds workshops, and takes members",
        Sought::Offering(_) => "It takes members",
    };
    match nearness {
        Nearness::Region => format!("{what}, in your region."),
        Nearness::Country => format!("{what}, in your country."),
        Nearness::Elsewhere => format!("{what}."),
    }
}

/// Why an event is an option.
pub fn why_event(kind: EventKind, starts_local: &str, is_online: bool, nearness: Nearness) -> String {
    let what = match kind {
        EventKind::Conference => "A conference",
        EventKind::Workshop => "A workshop",
        EventKind::Training => "A training",
        EventKind::Social => "A get-together of colleagues",
        EventKind::VolunteerDay => "A day of helping",
    };
    let place = match nearness {
        _ if is_online => ", online",
        Nearness::Region => ", in your region",
        Nearness::Country => ", in your country",
        Nearness::Elsewhere => "",
    };
    let day = starts_local.split('T').next().unwrap_or_default();
    format!("{what} with a free place{place}, on {day}.")
}

/// The few to show for a challenge: the best on each of its avenues in turn, then the second best, nothing twice.
/// `candidates` are in their order on each avenue.
pub fn few<'a>(challenge: &str, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
    let piles: Vec<Vec<&Candidate>> = advice(challenge)
        .avenues
        .iter()
        .map(|avenue| candidates.iter().filter(|one| one.avenue == *avenue).collect())
        .collect();
    let longest = piles.iter().map(Vec::len).max().unwrap_or_default();
    let mut picked: Vec<&Candidate> = Vec::new();
    for one in (0..longest).flat_map(|at| piles.iter().filter_map(move |pile| pile.get(at))) {
        if picked.len() < MOST_OPTIONS && picked.iter().all(|known| known.id != one.id) {
            picked.push(one);
        }
    }
    picked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabularies::Vocabulary;

    fn candidate(id: u128, avenue: &'static str) -> Candidate {
        Candidate { id: Uuid::from_u128(id), avenue, name: format!("number {id}"), why: String::new() }
    }

    fn burden(challenge: &str, burden: i64) -> Burden {
        Burden { challenge: challenge.into(), burden, band: None }
    }

    #[test]
    fn every_challenge_has_a_sentence_of_its_own_for_each_band() {
        let mut seen = std::collections::HashSet::new();
        for challenge in Vocabulary::Challenges.terms() {
            for band in ["low", "moderate", "high"] {
                let sentence = why(&challenge.key, Some(band));
                assert!(sentence.ends_with('.') && sentence.matches('.').count() == 1, "{sentence}");
                assert!(sentence.len() <= 300, "{sentence}");
                assert!(seen.insert(sentence), "{} {band}", challenge.key);
            }
        }
    }

    #[test]
    fn what_weighs_nothing_is_left_out_and_the_order_stays() {
        let ranking = vec![burden("trauma_exposure", 9), burden("caseload_pressure", 4), burden("personal_matters", 0)];
        let left: Vec<_> = heavy(ranking).into_iter().map(|one| one.challenge).collect();
        assert_eq!(left, ["trauma_exposure", "caseload_pressure"]);
    }

    #[test]
    fn each_avenue_is_asked_for_once() {
        let both = [burden("caseload_pressure", 4), burden("trauma_exposure", 2)];
        assert_eq!(avenues(&both), ["peer_consultation_group", "development_community", "clinical_supervision"]);
        assert!(avenues(&[burden("unheard_of", 3)]).is_empty());
    }

    #[test]
    fn the_best_of_each_avenue_comes_before_the_second_best_of_any() {
        // Isolation: peer consultation group, support group, local association, online community.
        let (peer, support) = ("peer_consultation_group", "therapist_support_group");
        for (given, picked) in [
            (vec![], vec![]),
            (vec![(1, peer), (2, peer), (3, peer), (4, peer)], vec![1, 2, 3]),
            (vec![(1, peer), (2, peer), (3, peer), (4, support)], vec![1, 4, 2]),
            (vec![(1, support), (2, peer)], vec![2, 1]),
            (vec![(1, "local_association"), (1, "online_community"), (2, "online_community")], vec![1, 2]),
            (vec![(1, "training_program")], vec![]),
        ] {
            let candidates: Vec<_> = given.iter().map(|(id, avenue)| candidate(*id, avenue)).collect();
            let found: Vec<_> = few("professional_isolation", &candidates).iter().map(|one| one.id.as_u128()).collect();
            assert_eq!(found, picked, "{given:?}");
        }
    }

    #[test]
    fn every_kind_of_event_lies_on_an_avenue() {
        let mut kinds = std::collections::HashSet::<EventKind>::new();
        for avenue in Vocabulary::Avenues.terms() {
            match gathering(&avenue.key) {
                Some(Gathering::Kinds(some)) => kinds.extend(some),
                Some(Gathering::Local) => assert_eq!(avenue.key, "local_association"),
                None => {}
            }
        }
        assert_eq!(kinds.len(), 5);
        assert_eq!(gathering("unheard_of"), None);
    }

    #[test]
    fn reasons_are_sentences() {
        for (sought, nearness, words) in [
            (
                Sought::Kind(OrganizationKind::LocalAssociation),
                Nearness::Region,
                "A local association that takes members, in your region.",
            ),
            (Sought::Offering("training"), Nearness::Country, "It trains, and takes members, in your country."),
            (Sought::Offering("training"), Nearness::Elsewhere, "It trains, and takes members."),
        ] {
            assert_eq!(why_organization(sought, nearness), words);
        }
        for (kind, is_online, nearness, words) in [
            (EventKind::Training, true, Nearness::Region, "A training with a free place, online, on 2027-03-20."),
            (
                EventKind::Social,
                false,
                Nearness::Region,
                "A get-together of colleagues with a free place, in your region, on 2027-03-20.",
            ),
            (EventKind::Workshop, false, Nearness::Elsewhere, "A workshop with a free place, on 2027-03-20."),
        ] {
            assert_eq!(why_event(kind, "2027-03-20T10:00", is_online, nearness), words);
        }
        assert_eq!(
            why_group(76.67, Some("Both are online")),
            "It fits your profile with 76.67 of 100. Both are online."
        );
    }
}
